// What `npm run bench -- --check` says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compared, kept, told } from '../../bench/check.mjs';

const row = (name, unit, measured, target, detail) => ({ part: 'text', name, unit, measured, target, detail });
const RUN = [row('streams', 'x', 0.56, { at_least: 0.75 }, { ratio_p25: 0.5, ratio_p75: 0.64 }), row('added', 'ms', 0.9, { below: 2 }), row('size', 'KB', 600, { at_most: 700 }), row('told only', 'ms', 5)];

test('a figure is worse only beyond its noise, whichever way is better', () => {
  const baseline = kept(RUN);
  assert.deepEqual(baseline.map(({ name, better, noise }) => [name, better, noise]), [['streams', 'more', 0.084], ['added', 'less', 0.3], ['size', 'less', 90]]);
  const with_ = (...changes) => compared(RUN.map((one, place) => ({ ...one, measured: changes[place] ?? one.measured })), baseline);
  assert.deepEqual(with_().worse, []);
  assert.deepEqual(with_(0.48, 1.2, 690).worse.map(({ name }) => name), []);
  assert.deepEqual(with_(0.47, 1.21, 691).worse.map(({ name }) => name), ['streams', 'added', 'size']);
  assert.deepEqual(with_(0.7, 0.5).better.map(({ name }) => name), ['streams', 'added']);
  assert.equal(told(with_(0.47)).at(-1), '3 figures compared: 1 worse, 0 better');
});

test('what is kept are figures that the bench has', () => {
  const read = (name) => JSON.parse(readFileSync(new URL(`../../bench/${name}`, import.meta.url), 'utf8'));
  const names = read('results.json').results.map(({ name }) => name);
  const baseline = read('baseline.json');
  assert.ok(baseline.length > 20);
  for (const { name, noise } of baseline) assert.ok(names.includes(name) && noise >= 0, name);
});
