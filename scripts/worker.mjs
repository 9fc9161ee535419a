// Runs the built Worker in workerd through Miniflare, configured by wrangler.toml alone, so that start, tests and
// benchmarks run what a deploy would run.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

// As `import`, Node reads its three megabytes of CommonJS twice more, for half a second of CPU.
const { Log, LogLevel, Miniflare } = createRequire(import.meta.url)('miniflare');

/** Every provider's address when the local ones serve; each can still be overridden. */
export const localVars = (url) => ({
  AUTH: 'local',
  GROQ_BASE_URL: `${url}/openai/v1`,
  OPENAI_BASE_URL: `${url}/v1`,
  ELEVENLABS_BASE_URL: url,
  DEEPGRAM_BASE_URL: url,
  GROQ_API_KEY: 'local',
  OPENAI_API_KEY: 'local',
  ELEVENLABS_API_KEY: 'local',
  DEEPGRAM_API_KEY: 'local',
  EMBED: 'openai:local-embedding',
});

/** `static/_headers` as the assets service takes it (Workers static assets, "Headers"). */
function assetHeaders() {
  const path = join(ROOT, 'static', '_headers');
  if (!existsSync(path)) return undefined;
  const rules = {};
  let rule;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (!line.trim() || line.startsWith('#')) continue;
    if (!/^\s/.test(line)) rule = rules[line.trim()] = { set: {}, unset: [] };
    else if (line.trim().startsWith('! ')) rule.unset.push(line.trim().slice(2));
    else rule.set[line.slice(0, line.indexOf(':')).trim()] = line.slice(line.indexOf(':') + 1).trim();
  }
  return { version: 2, rules };
}

/** A stand-in for the `AI` binding that asks the local providers; on Cloudflare the binding is real. */
const aiStandIn = (url) => ({
  scriptName: 'ai-stand-in',
  bindings: { ...(url ? { UPSTREAM: url } : {}) },
});
const AI_SCRIPT = `export default (env) => ({
  run: (model, inputs, { signal, websocket } = {}) => websocket ? fetch(env.UPSTREAM + '/ai/run/' + model + '?' + new URLSearchParams(inputs), { headers: { upgrade: 'websocket' } }) : fetch(env.UPSTREAM + '/ai/run/' + model, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(inputs), signal,
  }),
});`;

/**
 * Starts the Worker of the directory `built`, on the loopback unless `host` says otherwise. `vars` override wrangler.toml's;
 * `persist` keeps state in that directory; `aiUrl` serves the AI binding, or `ai`, wrangler's connection to an account's own; `log` receives what the Worker logs;
 * `adjust` may change Miniflare's options, for tests.
 */
export async function startWorker({ port = 0, adjust = (options) => options, ...choices } = {}) {
  const miniflare = new Miniflare(adjust(await options({ port, ...choices })));
  const ready = miniflare.ready.catch(async (error) => {
    await miniflare.dispose();
    throw error;
  });
  const url = (await ready).href.replace(/\/$/, '');
  return {
    url,
    miniflare,
    stop: () => miniflare.dispose(),
    /** Runs the cron's work once, now. */
    scheduled: async () => (await miniflare.getWorker('hearken')).scheduled(),
    /** Serves what the directory holds now, at the same address and with the same state. */
    reload: async () => miniflare.setOptions(adjust(await options({ ...choices, port: Number(new URL(url).port) }))),
  };
}

/** What wrangler reads in wrangler.toml. Loading wrangler takes longer than starting workerd: its answer is cached. */
async function configuration() {
  const path = join(ROOT, 'wrangler.toml');
  const hash = createHash('sha256').update(readFileSync(path)).update(readFileSync(join(ROOT, 'package-lock.json'))).update(ROOT).digest('hex');
  const cached = join(ROOT, 'target', 'wrangler', `${hash}.json`);
  if (existsSync(cached)) return JSON.parse(readFileSync(cached, 'utf8'));
  const { unstable_getMiniflareWorkerOptions } = await import('wrangler');
  const { workerOptions } = unstable_getMiniflareWorkerOptions(path);
  mkdirSync(join(ROOT, 'target', 'wrangler'), { recursive: true });
  writeFileSync(`${cached}.${process.pid}`, JSON.stringify(workerOptions));
  renameSync(`${cached}.${process.pid}`, cached);
  return workerOptions;
}

/** The Worker by itself, as wrangler.toml says and Miniflare takes it. */
export async function hearkenWorker({ built = join(ROOT, 'build'), vars = {}, aiUrl, ai: account } = {}) {
  const { ai, assets, modulesRules, bindings, kvNamespaces, ratelimits, ...rest } = await configuration();
  const rate = Number(vars.RATE_PER_MINUTE ?? bindings?.RATE_PER_MINUTE);
  const headers = assetHeaders();
  return {
    ...rest,
    name: 'hearken',
    modules: [
      { type: 'ESModule', path: join(built, 'index.js') },
      { type: 'CompiledWasm', path: join(built, 'index_bg.wasm') },
    ],
    modulesRoot: built,
    bindings: { ...bindings, ...vars },
    ratelimits: rate > 0 ? { ...ratelimits, RATE: { simple: { limit: rate, period: 60 } } } : ratelimits,
    kvNamespaces: Object.fromEntries(Object.keys(kvNamespaces ?? {}).map((name) => [name, name])),
    ...(assets ? { assets: { ...assets, assetConfig: { ...assets.assetConfig, ...(headers ? { headers } : {}) } } } : {}),
    ...(account ? { ai: { binding: ai?.binding ?? 'AI', remoteProxyConnectionString: account } } : {}),
    ...(aiUrl ? { wrappedBindings: { [ai?.binding ?? 'AI']: aiStandIn(aiUrl) } } : {}),
  };
}

async function options({ port, host = '127.0.0.1', persist, log, ...worker }) {
  return {
    port,
    host,
    cf: false,
    log: new Log(LogLevel.ERROR),
    handleRuntimeStdio(stdout, stderr) {
      for (const stream of [stdout, stderr]) stream.setEncoding('utf8').on('data', (text) => log?.(text));
    },
    ...(persist ? { defaultPersistRoot: persist } : {}),
    workers: [await hearkenWorker(worker), ...(worker.aiUrl ? [{ name: 'ai-stand-in', modules: true, script: AI_SCRIPT }] : [])],
  };
}

/** Removes kept state, for a start from nothing. */
export const forget = (persist) => rmSync(persist, { recursive: true, force: true });
