// `npm run serve`: hearken on a machine of one's own, without Cloudflare's network. The built Worker in workerd, as
// wrangler.toml says: `AUTH=required` and no local providers, with its state in one directory and its cron's work in time.
// Bound to loopback unless HOST says otherwise: what is beyond it belongs behind a proxy that speaks TLS.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, say, setUp } from './setup.mjs';
import { build } from './build.mjs';
import { ownVariables, port, untilStopped } from './running.mjs';

/** The minutes between two runs of the cron, from wrangler.toml. */
export function cronMinutes(toml) {
  const found = /^crons = \["\*\/(\d+) \* \* \* \*"\]$/m.exec(toml);
  if (!found) throw new Error('wrangler.toml: [triggers] crons must be one run every so many minutes, as in "*/30 * * * *"');
  return Number(found[1]);
}

async function main() {
  const host = process.env.HOST ?? '127.0.0.1';
  const wanted = await port(host);
  const state = resolve(process.env.STATE_DIR ?? join(ROOT, '.wrangler', 'serve'));
  const minutes = cronMinutes(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'));
  setUp();
  const built = await build();
  // Packages may be used only now: the set-up has just installed them.
  const { startWorker } = await import('./worker.mjs');
  const started = [];
  untilStopped(started);
  const worker = await startWorker({
    built, port: wanted, host, vars: ownVariables(), persist: state, log: (text) => process.stdout.write(text),
  });
  started.push(() => worker.stop());
  const url = `http://127.0.0.1:${new URL(worker.url).port}`;
  const health = await (await fetch(`${url}/health`)).json();
  if (health.status !== 'ok') say(`not ready to serve: ${health.problem ?? health.error?.message}`);
  say(`state is in ${state}`);
  console.log(`ready ${url}`);
  const cron = setInterval(() => void worker.scheduled().catch((error) => say(`the cron failed: ${error.message}`)), minutes * 60_000);
  started.push(async () => clearInterval(cron));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  main().catch((error) => {
    console.error(`hearken: ${error.message}`);
    process.exit(1);
  });
