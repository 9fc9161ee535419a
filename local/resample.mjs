// Sample-rate conversion by a windowed-sinc polyphase filter: band-limited, so that speech at 22,050 Hz becomes speech
// at 24,000 Hz and not speech with images above it.

/** Zero crossings of the sinc on each side; 16 give more than 70 dB of rejection with this window. */
const ZERO_CROSSINGS = 16;
const filters = new Map();

const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b));

/** Filter taps for every phase of `from_hz` to `to_hz`. */
function filterFor(from_hz, to_hz) {
  const key = `${from_hz}/${to_hz}`;
  const known = filters.get(key);
  if (known) return known;
  const common = divisor(from_hz, to_hz);
  const [up, down] = [to_hz / common, from_hz / common];
  const cutoff = Math.min(1, to_hz / from_hz) * 0.95;
  const half = Math.ceil(ZERO_CROSSINGS / cutoff);
  const phases = [];
  for (let phase = 0; phase < up; phase += 1) {
    const taps = new Float64Array(2 * half);
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap += 1) {
      const distance = tap - half + 1 - phase / up;
      const x = Math.PI * distance * cutoff;
      const window = Math.abs(distance) < half ? 0.5 * (1 + Math.cos((Math.PI * distance) / half)) : 0;
      taps[tap] = (x === 0 ? 1 : Math.sin(x) / x) * cutoff * window;
      sum += taps[tap];
    }
    // Unity gain at every phase, or a constant would come out with a ripple.
    phases.push(taps.map((tap) => tap / sum));
  }
  const filter = { up, down, half, phases };
  filters.set(key, filter);
  return filter;
}

/** `samples` (Int16Array at `from_hz`) as an Int16Array at `to_hz`. */
export function resample(samples, from_hz, to_hz) {
  if (from_hz === to_hz) return samples;
  const { up, down, half, phases } = filterFor(from_hz, to_hz);
  const out = new Int16Array(Math.ceil((samples.length * up) / down));
  for (let index = 0; index < out.length; index += 1) {
    const position = index * down;
    const taps = phases[position % up];
    const first = Math.floor(position / up) - half + 1;
    let sum = 0;
    const low = Math.max(0, -first);
    const high = Math.min(taps.length, samples.length - first);
    for (let tap = low; tap < high; tap += 1) sum += taps[tap] * samples[first + tap];
    out[index] = Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
  return out;
}
