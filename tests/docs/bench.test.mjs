// What `npm run bench -- --check` says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compared, kept, told } from '../../bench/check.mjs';
import { PARTS } from '../../bench/ladder.mjs';
import { tables } from '../../bench/peers/tables.mjs';

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

test('the Workers of the ladder have all that their parts import', () => {
  const imported = PARTS.flatMap(({ path, contents }) => [...contents.matchAll(/from '\.(\/[\w.]+)'/g)].map(([, other]) => [path, other]));
  assert.ok(imported.length > 0);
  for (const [path, other] of imported) assert.ok(PARTS.some((part) => part.path === other), `${path} imports ${other}`);
});

test('docs/benchmarks.md shows the last run of the peers, and where hearken is behind', () => {
  const machine = { date: 'd', cpu: 'c', cores: 2, memory_gb: 1, system: 's', node: 'n', workerd: 'w', load_before: 0 };
  const row = (figure, unit, better, hearken, other) => ({ figure, unit, better, values: { hearken, other } });
  const rows = [row('slow', 'ms', 'less', 2, 1), row('many', 'x', 'more', 2, 1), row('how', '', undefined, 'whole', 'cut'), row('absent', 'MB', 'less', 1, undefined)];
  const told = tables({ text: { machine, columns: { hearken: 'hearken', other: 'Other' }, rows, missing: [{ title: 'Third', why: 'it is gone' }] } });
  for (const line of ['| slow | 2 ms | 1 ms |', '| many | 2x | 1x |', '| how | whole | cut |', '| absent | 1 MB | not measured |', 'Not measured: Third: it is gone.', '- slow: Other']) assert.ok(told.includes(line), line);
  assert.ok(!told.includes('- many'));
  const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const [page, results] = ['docs/benchmarks.md', 'bench/peers.json'].map(read);
  assert.ok(page.includes(tables(JSON.parse(results))));
});
