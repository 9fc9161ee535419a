// Runs the built Worker in workerd through Miniflare, configured by wrangler.toml alone, so that start, tests and
// benchmarks run what a deploy would run.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { ROOT } from './setup.mjs';

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
  run: (model, inputs, { signal } = {}) => fetch(env.UPSTREAM + '/ai/run/' + model, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(inputs), signal,
  }),
});`;

/**
 * Starts the Worker. `vars` override wrangler.toml's; `persist` keeps state in that directory; `aiUrl` serves the AI
 * binding, or `ai`, wrangler's connection to an account's own; `log` receives what the Worker logs; `adjust` may change
 * Miniflare's options, for tests.
 */
export async function startWorker({ port = 0, vars = {}, persist, aiUrl, ai: account, log, adjust = (options) => options } = {}) {
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions(join(ROOT, 'wrangler.toml'));
  const { ai, assets, modulesRules, bindings, kvNamespaces, ...rest } = workerOptions;
  const headers = assetHeaders();
  const options = {
    port,
    host: '127.0.0.1',
    cf: false,
    log: new Log(LogLevel.ERROR),
    handleRuntimeStdio(stdout, stderr) {
      const take = (stream) => {
        stream.setEncoding('utf8');
        stream.on('data', (text) => log?.(text));
      };
      take(stdout);
      take(stderr);
    },
    ...(persist ? { defaultPersistRoot: persist } : {}),
    workers: [
      {
        ...rest,
        name: 'hearken',
        modules: [
          { type: 'ESModule', path: main },
          { type: 'CompiledWasm', path: join(ROOT, 'build', 'index_bg.wasm') },
        ],
        modulesRoot: join(ROOT, 'build'),
        bindings: { ...bindings, ...vars },
        kvNamespaces: Object.fromEntries(Object.keys(kvNamespaces ?? {}).map((name) => [name, name])),
        ...(assets ? { assets: { ...assets, assetConfig: { ...assets.assetConfig, ...(headers ? { headers } : {}) } } } : {}),
        ...(account ? { ai: { binding: ai?.binding ?? 'AI', remoteProxyConnectionString: account } } : {}),
        ...(aiUrl ? { wrappedBindings: { [ai?.binding ?? 'AI']: aiStandIn(aiUrl) } } : {}),
      },
      ...(aiUrl ? [{ name: 'ai-stand-in', modules: true, script: AI_SCRIPT }] : []),
    ],
  };
  const miniflare = new Miniflare(adjust(options));
  const url = (await miniflare.ready).href.replace(/\/$/, '');
  return { url, miniflare, stop: () => miniflare.dispose() };
}

/** Removes kept state, for a start from nothing. */
export const forget = (persist) => rmSync(persist, { recursive: true, force: true });
