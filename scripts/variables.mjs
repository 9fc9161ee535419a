// The variables and secrets that the Worker reads, as docs/operating.md and docs/breaker.md list them. The tests hold
// those tables to what the code reads, so there is no second list.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

const CHAINS = ['LLM', 'TTS', 'STT', 'EMBED', 'LISTEN', 'END_OF_TURN'];
/** One slip of the pen in so many letters at most: PATH is no misspelt AUTH. */
const LETTERS_A_SLIP = 4;

function documented() {
  const sections = [['operating', 'Variables'], ['operating', 'Secrets'], ['operating', 'Breakers'], ['breaker', 'Configuration']];
  const tables = sections.map(([page, heading]) => readFileSync(join(ROOT, 'docs', `${page}.md`), 'utf8').split(`\n## ${heading}\n`)[1].split('\n## ')[0]);
  const cells = tables.join('\n').match(/^\| `[^|]*\|/gm);
  const names = cells.flatMap((cell) => [...cell.matchAll(/`([A-Z][A-Z_]*)`/g)].map(([, name]) => name));
  return [...new Set(names.flatMap((name) => (name.startsWith('BREAKER_') ? [name, ...CHAINS.map((chain) => `${chain}_${name}`)] : [name])))];
}

/** Every name. */
export const VARIABLES = documented();

/** Letters that have to be changed, added, left out or swapped to make one name of the other. */
export function slips(from, to) {
  const rows = [Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= from.length; i += 1) {
    rows[i] = [i];
    for (let j = 1; j <= to.length; j += 1) {
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1));
      if (i > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[from.length][to.length];
}

/**
 * Of these names the ones that look like hearken's and are none, each as a sentence with the name that is most like it: a
 * misspelt variable is as good as unset. `all` says that they were set for hearken, so that a known family is enough.
 */
export function unknownVariables(names, { all = false } = {}) {
  return names.filter((name) => !VARIABLES.includes(name)).flatMap((name) => {
    const [nearest, distance] = VARIABLES.map((known) => [known, slips(name, known)]).reduce((best, one) => (one[1] < best[1] ? one : best));
    const family = `${name.split('_')[0]}_`;
    const isOurs = distance * LETTERS_A_SLIP <= name.length || (all && name.includes('_') && VARIABLES.filter((known) => known.startsWith(family)).length > 1);
    return isOurs ? [`${name} is set and means nothing; the nearest variable is ${nearest}`] : [];
  });
}

/** The names under `[vars]` in wrangler.toml. */
export function varsOf(toml) {
  const section = toml.split(/^\[vars\]$/m)[1]?.split(/^\[/m)[0] ?? '';
  return [...section.matchAll(/^([A-Za-z_]\w*)\s*=/gm)].map(([, name]) => name);
}

/** What is wrong where RATE_PER_MINUTE and the limit of its binding differ: the platform counts by the binding's. */
export function rateProblem(toml) {
  const rate = Number(/^RATE_PER_MINUTE\s*=\s*"?(\d+)/m.exec(toml)?.[1] ?? 0);
  const limit = Number(/^\[\[ratelimits\]\]\nname = "RATE"\n(?:.*\n)*?simple = \{ limit = (\d+)/m.exec(toml)?.[1] ?? NaN);
  return rate > 0 && rate !== limit ? `RATE_PER_MINUTE is ${rate}, and the binding RATE in wrangler.toml counts to ${limit}: both must be the same` : undefined;
}
