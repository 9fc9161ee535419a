// The contenders: the built Worker and plain.js, in one workerd process, each behind a socket of its own, with one
// provider process behind both. Neither passes Miniflare's entry Worker, and the assets service, which Cloudflare runs
// before a Worker and not as part of it, is left out.

import { fork } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { hearkenWorker } from '../scripts/worker.mjs';

/** Starts a provider process. */
export async function startUpstream(file = 'upstream.mjs') {
  const child = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const url = await new Promise((resolve, reject) => {
    child.once('message', ({ url }) => resolve(url));
    child.once('exit', (code) => reject(new Error(`the upstream did not start (exit code ${code})`)));
  });
  return { url, stop: () => child.disconnect() };
}

async function hearken(upstreamUrl, vars) {
  const { assets: _assets, ...worker } = await hearkenWorker({
    vars: {
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
  });
  return worker;
}

const plain = (upstreamUrl) => ({
  name: 'plain',
  modules: true,
  script: readFileSync(join(import.meta.dirname, 'plain.js'), 'utf8'),
  compatibilityDate: '2026-04-01',
  bindings: { UPSTREAM: upstreamUrl },
});

const OBJECTS = 'export class Breaker {} export class Person {} export class Phrasebook {}';
const IDLE = "export default { fetch: () => new Response('idle') };";

/** A Worker with hearken's bindings and bytes that does nothing: what a cold start costs without hearken, in this harness. */
async function empty(upstreamUrl, vars) {
  const worker = await hearken(upstreamUrl, vars);
  const [script, wasm] = worker.modules;
  const entry = { type: 'ESModule', path: join(worker.modulesRoot, 'empty.js'), contents: OBJECTS + IDLE };
  return { ...worker, name: 'empty', modules: [entry, { ...script, type: 'Text' }, { ...wasm, type: 'Data' }] };
}

/** hearken, loaded and asked nothing: what is its module's start, and what its first request. */
async function loaded(upstreamUrl, vars) {
  const worker = await hearken(upstreamUrl, vars);
  const entry = { type: 'ESModule', path: join(worker.modulesRoot, 'loaded.js'), contents: `export * from './index.js'; ${IDLE}` };
  return { ...worker, name: 'loaded', modules: [entry, ...worker.modules] };
}

const WORKERS = { plain, hearken, empty, loaded };

/**
 * Starts the named contenders (plain and hearken, if none are named) in a new workerd; `vars` are hearken's, `more` are Workers beside them. Answers
 * `{urls, pid, logs, stop}`; `pid` is the workerd's, undefined where /proc does not tell.
 */
export async function startContenders(upstreamUrl, names = ['plain', 'hearken'], vars = {}, more = []) {
  const workers = [...(await Promise.all(names.map((name) => WORKERS[name](upstreamUrl, vars)))), ...more];
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
    workers: workers.map((worker) => ({ ...worker, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] })),
  });
  await miniflare.ready;
  const urls = {};
  for (const { name } of workers) urls[name] = (await miniflare.unsafeGetDirectURL(name)).href.replace(/\/$/, '');
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
