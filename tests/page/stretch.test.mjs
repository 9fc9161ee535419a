import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStretcher } from '../../static/speech/stretch.js';

const RATE_HZ = 48_000;
const tone = (hz, count) => Float32Array.from({ length: count }, (_, at) => Math.sin((2 * Math.PI * hz * at) / RATE_HZ));
const crossings = (samples) => samples.reduce((count, sample, at) => count + (at > 0 && samples[at - 1] < 0 && sample >= 0 ? 1 : 0), 0);
const steepest = (samples) => samples.reduce((most, sample, at) => Math.max(most, at > 0 ? Math.abs(sample - samples[at - 1]) : 0), 0);

/** All that comes out of `planes`, put in packet by packet. */
function stretched(planes, rate, packet) {
  const { push, flush } = createStretcher(rate);
  const out = planes.map(() => []);
  const take = (some) => some.forEach((samples, channel) => out[channel].push(...samples));
  for (let at = 0; at < planes[0].length; at += packet) take(push(planes.map((samples) => samples.slice(at, at + packet))));
  take(flush());
  return out;
}

test('speech is so much shorter or longer, at the same pitch and without a click', () => {
  for (const rate of [0.85, 1, 1.2]) {
    for (const packet of [960, 2_880, 7]) {
      const [said] = stretched([tone(180, packet === 7 ? 12_000 : 96_000)], rate, packet);
      const whole = packet === 7 ? 12_000 : 96_000;
      assert.ok(Math.abs(said.length - whole / rate) < 1_500, `${rate}: ${said.length}`);
      const hz = (crossings(said) * RATE_HZ) / said.length;
      assert.ok(Math.abs(hz - 180) < 5, `${rate}: ${hz} Hz`);
      assert.ok(steepest(said) < 1.5 * steepest(tone(180, 1_000)), `${rate}: ${steepest(said)}`);
    }
  }
});

test('channels stay together, and what is too short comes out as it went in', () => {
  const [left, right] = stretched([tone(150, 48_000), tone(150, 48_000)], 1.2, 960);
  assert.deepEqual(left, right);
  const short = tone(150, 300);
  assert.deepEqual(stretched([short], 1.2, 100)[0], [...short]);
});
