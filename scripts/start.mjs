// `npm start`: sets up, builds, starts the local providers and the Worker, and serves until it is told to stop.
// `npm start -- --watch` builds soon rather than small, and serves each change under src/ once it compiles.

import { join } from 'node:path';
import { setUp, say, ROOT } from './setup.mjs';
import { build } from './build.mjs';
import { onChange } from './watch.mjs';
import { ownVariables, port, untilStopped } from './running.mjs';

async function main() {
  const wanted = await port();
  const tools = setUp({ local: true });
  const kind = process.argv.includes('--watch') ? 'watch' : 'release';
  const built = await build({ kind });
  // Packages may be used only now: the set-up has just installed them.
  const { startLocalProviders } = await import('../local/server.mjs');
  const { localVars, startWorker } = await import('./worker.mjs');

  const own = ownVariables();
  const started = [];
  untilStopped(started);

  let vars = { AUTH: 'local' };
  let aiUrl;
  if (process.env.LOCAL_PROVIDERS !== 'off') {
    const { settingsFromEnvironment } = await import('../local/knobs.mjs');
    const providers = await startLocalProviders({ settings: settingsFromEnvironment(process.env), python: tools.python });
    started.push(() => providers.close());
    const able = await (await fetch(`${providers.url}/control/capabilities`)).json();
    vars = { ...localVars(providers.url), TRANSCRIPTION: able.transcription ? 'on' : 'off' };
    // The local embeddings go with the local server: another one has models of its own.
    if (own.OPENAI_BASE_URL) vars.EMBED = 'off';
    aiUrl = providers.url;
    say(`local providers on ${providers.url} (no keys needed; set GROQ_BASE_URL and the like to use others)`);
  }
  const worker = await startWorker({
    built,
    port: wanted,
    vars: { ...vars, ...own },
    aiUrl,
    persist: join(ROOT, '.wrangler', 'state'),
    log: (text) => process.stdout.write(text),
  });
  started.push(() => worker.stop());
  const url = `http://127.0.0.1:${new URL(worker.url).port}`;
  const health = await (await fetch(`${url}/health`)).json();
  if (health.status !== 'ok') say(`not ready to serve: ${health.problem ?? health.error?.message}`);
  console.log(`ready ${url}`);
  const serveChange = async () => {
    const began_ms = Date.now();
    await build({ kind });
    await worker.reload();
    say(`serving the change after ${((Date.now() - began_ms) / 1000).toFixed(1)} s`);
  };
  if (kind === 'watch') started.push(onChange(join(ROOT, 'src'), serveChange));
  if (own.PHRASE_CACHE !== 'off') void warm(url, own.API_KEYS?.split(',')[0].trim());
}

/** Has the phrases made that are said most. Nobody waits for it, and a later cron goes on where it stops. */
async function warm(url, key) {
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  const answer = await fetch(`${url}/admin/phrases/warm`, { method: 'POST', headers }).catch(() => undefined);
  const { warmed } = answer?.ok ? await answer.json().catch(() => ({})) : {};
  if (warmed > 0) say(`${warmed} phrases are ready before anybody asks for them`);
}

main().catch((error) => {
  console.error(`hearken: ${error.message}`);
  process.exit(1);
});
