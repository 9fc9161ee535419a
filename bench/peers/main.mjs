// `npm run bench -- --peers`: hearken beside the field, in one run. Prints the tables of docs/benchmarks.md and writes
// bench/peers.json; with `--keep` also the tables there. `-- --peers text` runs that part alone; the others keep their figures.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT, say } from '../../scripts/setup.mjs';
import { startUpstream } from '../contenders.mjs';
import { tables } from './tables.mjs';

const RESULTS = join(ROOT, 'bench', 'peers.json');
const PAGE = join(ROOT, 'docs', 'benchmarks.md');

const rounded = (value) => (typeof value !== 'number' ? value : Number(Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)));
const tidy = (table) => JSON.parse(JSON.stringify(table), (_, value) => rounded(value));

/** Runs the named parts; `machine` is what the run was made on. */
export async function peers(names, machine, isKept) {
  const results = () => (existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {});
  for (const part of names) {
    const upstream = await startUpstream(join('peers', 'provider.mjs'));
    const busy = loadavg()[0];
    try {
      const { [part]: run } = await import(`./${part}.mjs`);
      const table = tidy({ machine: { ...machine, load_before: busy }, ...(await run(upstream, say)) });
      writeFileSync(RESULTS, `${JSON.stringify({ ...results(), [part]: table }, null, 1)}\n`);
    } finally {
      upstream.stop();
    }
  }
  const told = tables(results());
  console.log(told);
  if (isKept) writeFileSync(PAGE, readFileSync(PAGE, 'utf8').replace(/(<!-- tables -->\n)[^]*(<!-- end of tables -->)/, (_, begin, end) => `${begin}\n${told}\n${end}`));
}
