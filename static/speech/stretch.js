// Speech faster or slower at its own pitch: samples in as they are decoded, samples out.
//
// Owns: what has come in and is not out yet, some hundredths of a second.
// Method: WSOLA (Verhelst and Roelands, 1993): pieces of the sound are joined where they go on most alike.
// Invariant: no sample is a step louder than the two that it is mixed of, so joints do not click. Pure.

/** Each step gives so many samples: 10 ms at 48 kHz. */
const HOP = 480;
/** How far from its place a piece is looked for: a period of the lowest voices. */
const REACH = 480;
/** Every such sample is compared. */
const STRIDE = 4;

/** A stretcher to `rate` times the speed; `push(planes)` and `flush()` give planes, one Float32Array for each channel. */
export function createStretcher(rate) {
  let input = [];
  /** Where the next piece is due, and where what was last given would go on. */
  let due = 0;
  let next = 0;

  function push(planes) {
    input = planes.map((plane, channel) => joined(input[channel] ?? new Float32Array(0), plane));
    const out = planes.map(() => []);
    while (Math.max(due + REACH, next) + HOP <= input[0].length) {
      const from = mostAlike();
      for (const [channel, samples] of input.entries()) {
        for (let at = 0; at < HOP; at += 1) {
          const share = at / HOP;
          out[channel].push(samples[next + at] * (1 - share) + samples[from + at] * share);
        }
      }
      next = from + HOP;
      due += HOP * rate;
    }
    const done = Math.max(0, Math.min(next, Math.floor(due) - REACH));
    input = input.map((samples) => samples.slice(done));
    next -= done;
    due -= done;
    return out.map((samples) => Float32Array.from(samples));
  }

  /** Where, near its place, a piece begins most like what would follow now. */
  function mostAlike() {
    const [samples] = input;
    const middle = Math.round(due);
    let best = Infinity;
    let from = middle;
    for (let start = Math.max(0, middle - REACH); start <= middle + REACH && start + HOP <= samples.length; start += 1) {
      let differs = 0;
      for (let at = 0; at < HOP && differs < best; at += STRIDE) differs += Math.abs(samples[start + at] - samples[next + at]);
      if (differs < best) [best, from] = [differs, start];
    }
    return from;
  }

  /** What is left, as it came. */
  function flush() {
    const rest = input.map((samples) => samples.slice(next));
    input = [];
    return rest;
  }

  return { push, flush };
}

function joined(one, other) {
  const all = new Float32Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}
