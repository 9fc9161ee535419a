// The two lanes that are compared: the built Worker and plain.js, in one workerd process, each behind a socket of its
// own, with one provider process behind both. Neither passes Miniflare's entry Worker, and the assets service, which
// Cloudflare runs before a Worker and not as part of it, is left out.

import { fork } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { ROOT } from '../scripts/setup.mjs';

/** Starts a provider process. */
export async function startUpstream(file = 'upstream.mjs') {
  const child = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const port = await new Promise((resolve, reject) => {
    child.once('message', ({ port }) => resolve(port));
    child.once('exit', (code) => reject(new Error(`the upstream did not start (exit code ${code})`)));
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() };
}

function hearkenWorker(upstreamUrl, vars) {
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions(join(ROOT, 'wrangler.toml'));
  const { ai: _ai, assets: _assets, modulesRules: _rules, bindings, kvNamespaces, ...rest } = workerOptions;
  return {
    ...rest,
    name: 'hearken',
    modules: [
      { type: 'ESModule', path: main },
      { type: 'CompiledWasm', path: join(ROOT, 'build', 'index_bg.wasm') },
    ],
    modulesRoot: join(ROOT, 'build'),
    kvNamespaces: Object.fromEntries(Object.keys(kvNamespaces ?? {}).map((name) => [name, name])),
    bindings: {
      ...bindings,
      AUTH: 'local',
      // The relay by itself; what memory costs is measured in memory.mjs.
      MEMORY: 'off',
      LLM: 'openai:bench',
      TTS: 'openai:bench',
      EMBED: 'off',
      OPENAI_BASE_URL: `${upstreamUrl}/v1`,
      OPENAI_API_KEY: 'bench',
      ...vars,
    },
  };
}

const plainWorker = (upstreamUrl) => ({
  name: 'plain',
  modules: true,
  script: readFileSync(join(import.meta.dirname, 'plain.js'), 'utf8'),
  compatibilityDate: '2026-04-01',
  bindings: { UPSTREAM: upstreamUrl },
});

const WORKERS = { plain: plainWorker, hearken: hearkenWorker };

/**
 * Starts the named lanes (both, if none are named) in a new workerd; `vars` are hearken's. Answers
 * `{urls, pid, logs, stop}`; `pid` is the workerd's, undefined where /proc does not tell.
 */
export async function startLanes(upstreamUrl, names = Object.keys(WORKERS), vars = {}) {
  const before = new Set(workerdChildren());
  const logs = [];
  const miniflare = new Miniflare({
    port: 0,
    host: '127.0.0.1',
    cf: false,
    log: new Log(LogLevel.ERROR),
    handleRuntimeStdio(stdout, stderr) {
      for (const stream of [stdout, stderr]) stream.setEncoding('utf8').on('data', (text) => logs.push(text));
    },
    workers: names.map((name) => ({ ...WORKERS[name](upstreamUrl, vars), unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] })),
  });
  await miniflare.ready;
  const urls = {};
  for (const name of names) urls[name] = (await miniflare.unsafeGetDirectURL(name)).href.replace(/\/$/, '');
  const [pid] = workerdChildren().filter((child) => !before.has(child));
  return { urls, pid, logs, stop: () => miniflare.dispose() };
}

/** Process ids of the workerd processes that this process has started. */
function workerdChildren() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        const [, command, rest] = /^\d+ \((.*)\) (.*)/.exec(stat(pid)) ?? [];
        return command === 'workerd' && Number(rest.split(' ')[1]) === process.pid;
      });
  } catch {
    return [];
  }
}

function stat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** CPU time a process has used, milliseconds; the kernel's ticks are hundredths of a second (proc(5)). */
export function cpu_ms(pid) {
  const fields = stat(pid).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Memory a process holds, MB (proc(5), VmRSS). */
export function rss_mb(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
