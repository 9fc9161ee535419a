// Sound at another rate: samples in as they come, samples out.
//
// Owns: the last of what came in, which the next of it needs.
// Method: a windowed sinc (Hann), read from a table; what the lower rate cannot hold is taken away.
// Invariant: what comes out does not depend on how the sound was cut. Pure.

/** On each side, in samples of the lower rate. */
const REACH = 16;
/** Steps of the table for each of these. */
const STEPS = 64;

/** The kernel, from its middle on. */
const TABLE = Float32Array.from({ length: REACH * STEPS + 2 }, (_, at) => {
  const x = at / STEPS;
  if (x >= REACH) return 0;
  const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / REACH);
  return window * (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
});

/** `push(samples)` gives samples at `toHz`. */
export function createResampler(fromHz, toHz) {
  if (fromHz === toHz) return { push: (samples) => samples };
  const step = fromHz / toHz;
  // In samples of the input; nothing above nine tenths of the lower rate's half passes.
  const scale = Math.min(1, 1 / step) * 0.9;
  const reach = Math.floor(REACH / scale);
  let input = new Float32Array(reach);
  let at = reach; // where the next one lies in the input

  function push(samples) {
    const whole = new Float32Array(input.length + samples.length);
    whole.set(input);
    whole.set(samples, input.length);
    const out = [];
    for (; at + reach < whole.length; at += step) {
      let sum = 0;
      for (let tap = Math.ceil(at - reach); tap <= at + reach; tap += 1) sum += whole[tap] * TABLE[Math.round(Math.abs(tap - at) * scale * STEPS)];
      out.push(sum * scale);
    }
    const from = Math.max(0, Math.floor(at) - reach);
    input = whole.slice(from);
    at -= from;
    return Float32Array.from(out);
  }

  return { push };
}
