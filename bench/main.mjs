// Measures the built Worker side by side with a Worker that only passes on, prints a table and writes
// bench/results.json. Every figure is a ratio or a difference within one run, because the machine's own speed says
// nothing. `npm run bench -- text cost` runs only these parts, `--check` says what got worse than bench/baseline.json
// beyond its noise and then fails, `--keep` keeps the figures there. A figure that misses its target does not fail the run.
// `--peers` measures hearken beside its peers instead (peers/main.mjs).

import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { build } from '../scripts/build.mjs';
import { ROOT, say, setUp } from '../scripts/setup.mjs';
import { compared, kept, told } from './check.mjs';

const PARTS = ['text', 'ladder', 'speech', 'voice', 'cost', 'memory', 'breakers', 'turns', 'size'];
const PEERS_PARTS = ['text', 'memory', 'voice', 'turns'];
const RESULTS = join(ROOT, 'bench', 'results.json');

const BASELINE = join(ROOT, 'bench', 'baseline.json');

const options = ['--check', '--keep', '--peers'].filter((option) => process.argv.includes(option));
const chosen = process.argv.slice(2).filter((word) => !options.includes(word));
const all = options.includes('--peers') ? PEERS_PARTS : PARTS;
const unknown = chosen.filter((part) => !all.includes(part));
if (unknown.length > 0) {
  say(`there is no part ${unknown.join(', ')}: choose of ${all.join(', ')}`);
  process.exit(2);
}
const parts = chosen.length > 0 ? chosen : PARTS;

setUp();
await build();
if (options.includes('--peers')) {
  const { peers } = await import('./peers/main.mjs');
  await peers(chosen.length > 0 ? chosen : PEERS_PARTS, machine(), options.includes('--keep'));
  process.exit();
}
const rows = await measure(parts);
print(rows);
writeFileSync(RESULTS, `${JSON.stringify({ machine: machine(), results: merged(rows) }, null, 2)}\n`);
say('written to bench/results.json');
if (options.includes('--check')) {
  const figures = rows.filter(({ measured }) => measured !== undefined).map((row) => ({ ...row, measured: rounded(row.measured) }));
  const comparison = compared(figures, JSON.parse(readFileSync(BASELINE, 'utf8')));
  for (const line of told(comparison)) say(line);
  if (comparison.worse.length > 0) process.exitCode = 1;
}
if (options.includes('--keep')) writeFileSync(BASELINE, `${JSON.stringify(kept(JSON.parse(readFileSync(RESULTS, 'utf8')).results), null, 1)}\n`);

async function measure(parts) {
  // Loaded late, because they need what build() sets up.
  const { startContenders, startUpstream } = await import('./contenders.mjs');
  const text = await import('./text.mjs');
  const { ladder } = await import('./ladder.mjs');
  const { speech } = await import('./speech.mjs');
  const { run: voice } = await import('./voice.mjs');
  const { cpu, memory } = await import('./cost.mjs');
  const breakers = await import('./breakers.mjs');
  const { turns } = await import('./turns.mjs');
  const { answer } = await import('./answer.mjs');
  const { frames } = await import('./frames.mjs');
  const { size, startUp, telemetryCost } = await import('./size.mjs');
  const remembering = await import('./memory.mjs');
  const { sizes } = await import('./memory-size.mjs');
  const steps = {
    text: [text.throughput, text.firstByte, text.paced, text.remembering],
    ladder: [ladder],
    speech: [speech],
    voice: [() => voice()],
    cost: [cpu, memory],
    memory: [remembering.recall, remembering.turns, remembering.batches, remembering.repeats, remembering.cost, sizes],
    breakers: [breakers.happyPath, breakers.ownCost, breakers.besideThePath, breakers.deadFirst, breakers.outage],
    turns: [turns, () => answer(), frames],
    size: [size, telemetryCost, startUp],
  };
  const upstream = await startUpstream();
  const contenders = { ...(await startContenders(upstream.url)), upstream };
  const rows = [];
  try {
    await text.sameBytes(contenders);
    for (const part of parts) {
      for (const step of steps[part]) {
        say(`measuring ${part}: ${step.name || 'all of it'}`);
        rows.push(...(await step(contenders)).map((row) => ({ part, ...row })));
      }
    }
  } finally {
    await contenders.stop();
    upstream.stop();
  }
  return rows;
}

/** `{below: 2}` as words. */
function words(bound, unit) {
  if (!bound) return '';
  const [[word, value]] = Object.entries(bound);
  return `${{ below: '<', at_most: '<=', at_least: '>=' }[word]} ${value}${unit === 'x' ? 'x' : ` ${unit}`}`;
}

function meets({ below, at_most, at_least }, value) {
  if (below !== undefined) return value < below;
  return at_most !== undefined ? value <= at_most : value >= at_least;
}

function verdict({ measured, target, aim, not_measured }) {
  if (not_measured) return '';
  if (!target) return '';
  if (!meets(target, measured)) return 'MISS';
  return aim && !meets(aim, measured) ? 'pass (aim missed)' : 'pass';
}

function print(rows) {
  const table = rows.map((row) => [
    row.name,
    words(row.target, row.unit),
    row.not_measured ? `not measured: ${row.not_measured}` : `${rounded(row.measured)}${row.unit === 'x' ? 'x' : ` ${row.unit}`}`,
    verdict(row),
  ]);
  table.unshift(['figure', 'target', 'measured', '']);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((cells) => cells[column].length)));
  for (const cells of table) console.log(cells.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd());
  for (const { name, detail } of rows.filter((row) => row.detail)) {
    console.log(`  ${name}\n    ${Object.entries(detail).map(([key, value]) => `${key} ${rounded(value)}`).join(', ')}`);
  }
}

function rounded(value) {
  return Number(Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
}

/** What the machine is, without saying whose: figures from different machines do not compare. */
function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`, node: process.versions.node, workerd: packageVersion('workerd'),
    date: new Date().toISOString().slice(0, 10),
  };
}

function packageVersion(name) {
  return JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** Parts that were not run keep their last figures. */
function merged(rows) {
  const ran = new Set(rows.map((row) => row.part));
  let last = [];
  try {
    last = JSON.parse(readFileSync(RESULTS, 'utf8')).results;
  } catch {
    // There are none yet.
  }
  const kept = last.filter((row) => !ran.has(row.part));
  const tidy = ({ detail, measured, ...row }) => ({
    ...row,
    ...(measured === undefined ? {} : { measured: rounded(measured), verdict: verdict({ measured, ...row }) }),
    ...(detail ? { detail: Object.fromEntries(Object.entries(detail).map(([key, value]) => [key, rounded(value)])) } : {}),
  });
  return [...kept, ...rows.map(tidy)].sort((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part));
}
