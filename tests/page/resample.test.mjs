import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResampler } from '../../static/resample.js';

const wave = (hz, rateHz, seconds = 0.5) => Float32Array.from({ length: rateHz * seconds }, (_, at) => Math.sin((2 * Math.PI * hz * at) / rateHz));
const rms = (samples) => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
/** How much louder or quieter a wave comes out, in dB, without its ends. */
function gainDb(hz, fromHz) {
  const samples = createResampler(fromHz, 24_000).push(wave(hz, fromHz));
  return 20 * Math.log10(rms(samples.slice(1_000, -1_000)) / Math.SQRT1_2);
}

for (const fromHz of [48_000, 44_100, 16_000]) {
  test(`speech at ${fromHz} Hz comes out at 24,000 Hz as loud as it was and as long`, () => {
    for (const hz of [100, 440, 1_000, 3_400, 6_000]) assert.ok(Math.abs(gainDb(hz, fromHz)) < 0.3, `${hz} Hz: ${gainDb(hz, fromHz)} dB`);
    assert.ok(Math.abs(createResampler(fromHz, 24_000).push(wave(440, fromHz, 1)).length - 24_000) < 40);
  });
}

test('what 24,000 Hz cannot hold is taken away, and does not come back as another tone', () => {
  for (const hz of [13_000, 15_000, 20_000]) assert.ok(gainDb(hz, 48_000) < -40, `${hz} Hz: ${gainDb(hz, 48_000)} dB`);
});

test('how the sound is cut makes no difference', () => {
  const samples = wave(700, 44_100, 0.2);
  const whole = createResampler(44_100, 24_000).push(samples);
  const cut = createResampler(44_100, 24_000);
  const parts = [];
  for (let at = 0; at < samples.length; at += 128) parts.push(...cut.push(samples.subarray(at, at + 128)));
  assert.ok(Math.abs(parts.length - whole.length) <= 1);
  assert.ok(parts.every((sample, at) => Math.abs(sample - (whole[at] ?? sample)) < 1e-5));
});

test('sound that has the rate already passes as it is', () => {
  const samples = wave(440, 24_000, 0.01);
  assert.equal(createResampler(24_000, 24_000).push(samples), samples);
});
