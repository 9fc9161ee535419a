// Whether a run is worse than the kept one (bench/baseline.json), beyond what the same build differs from itself.

/** What a figure may differ without having changed, as a share of the kept one, and at least so much in its own unit. */
const NOISE_SHARE = 0.15;
const NOISE_LEAST = { ms: 0.3, x: 0.05, '%': 2, KB: 1, 'kB': 1 };

/** A run as it is kept: name, unit, figure, which way is better, and how much it differs from itself. */
export function kept(rows) {
  return rows.filter(({ measured, target }) => measured !== undefined && target).map(({ name, unit, measured, target, detail = {} }) => {
    const spread = detail.ratio_p75 === undefined ? 0 : (detail.ratio_p75 - detail.ratio_p25) / 2;
    const noise = Math.max(spread, Math.abs(measured) * NOISE_SHARE, NOISE_LEAST[unit] ?? 0);
    return { name, unit, measured, better: 'at_least' in target ? 'more' : 'less', noise: Number(noise.toPrecision(2)) };
  });
}

/** The figures of `rows` that are worse than `baseline`'s beyond its noise, and those that are better. */
export function compared(rows, baseline) {
  const now = new Map(rows.map((row) => [row.name, row.measured]));
  const moved = baseline.filter(({ name }) => now.get(name) !== undefined).map((was) => {
    const by = (now.get(was.name) - was.measured) * (was.better === 'more' ? 1 : -1);
    return { ...was, now: now.get(was.name), by };
  });
  return { worse: moved.filter(({ by, noise }) => by < -noise), better: moved.filter(({ by, noise }) => by > noise), compared: moved.length };
}

/** The comparison in lines. */
export function told({ worse, better, compared: count }) {
  const line = (word) => ({ name, unit, measured, now, noise }) => `${word}: ${name}: ${measured} -> ${now} ${unit} (noise ${noise})`;
  return [...worse.map(line('worse')), ...better.map(line('better')), `${count} figures compared: ${worse.length} worse, ${better.length} better`];
}
