// What a row of numbers says.

/** The value below which the share `q` (0 to 1) of `values` lies. */
export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

export const median = (values) => quantile(values, 0.5);

/** Milliseconds on the clock that all processes of a machine share (CLOCK_MONOTONIC). */
export const clock_ms = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * Runs both contenders `rounds` times in turn, each round beginning with the other one, so that whatever else the machine
 * does falls on both. `once(contender)` measures; answers `{plain: [...], hearken: [...]}` in the order of the rounds.
 */
export async function inTurn(contenders, rounds, once) {
  const measured = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const names = Object.keys(contenders);
    if (round % 2 === 1) names.reverse();
    for (const name of names) measured[name].push(await once(contenders[name], name));
  }
  return measured;
}
