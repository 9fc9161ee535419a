// `npm run deploy`: builds and deploys; needs `npx wrangler login` and the secrets, nothing else. `--dry-run` does all
// but the upload, without an account, and fails when the bundle is larger than the project allows itself.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, say, setUp } from './setup.mjs';
import { build } from './build.mjs';
import { rateProblem, unknownVariables, varsOf } from './variables.mjs';

// Of all that is uploaded; Cloudflare's own limit is 3 MB on the free plan. The aim is 500. It must not grow unnoticed.
const GZIP_KIB_MAX = 689;

const toml = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
unknownVariables(varsOf(toml), { all: true }).forEach(say);
const differ = rateProblem(toml);
if (differ) {
  say(differ);
  process.exit(1);
}
const dryRun = process.argv.includes('--dry-run');
setUp();
await build();
const args = ['deploy', ...(dryRun ? ['--dry-run', '--outdir', join(ROOT, 'dist')] : [])];
const done = spawnSync(join(ROOT, 'node_modules', '.bin', 'wrangler'), args, {
  cwd: ROOT,
  encoding: 'utf8',
  env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  stdio: dryRun ? ['ignore', 'pipe', 'pipe'] : 'inherit',
});
if (dryRun) {
  process.stdout.write(done.stdout);
  if (done.status !== 0) process.stderr.write(done.stderr);
  const gzip_kib = Number(/gzip: ([\d.]+) KiB/.exec(done.stdout)?.[1] ?? NaN);
  if (done.status === 0 && !(gzip_kib <= GZIP_KIB_MAX)) {
    say(`the bundle is ${gzip_kib} KiB gzip, more than ${GZIP_KIB_MAX}`);
    process.exit(1);
  }
}
if (!dryRun && done.status === 0) {
  // A misspelt secret shows nowhere else: it is as good as unset.
  const listed = spawnSync(join(ROOT, 'node_modules', '.bin', 'wrangler'), ['secret', 'list', '--format', 'json'], { cwd: ROOT, encoding: 'utf8' });
  const secrets = listed.status === 0 ? [...listed.stdout.matchAll(/"name":\s*"(\w+)"/g)].map(([, name]) => name) : [];
  unknownVariables(secrets, { all: true }).forEach(say);
}
process.exit(done.status ?? 1);
