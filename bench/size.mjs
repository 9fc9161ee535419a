// What is deployed: its size, and how long it takes to start.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { ROOT } from '../scripts/setup.mjs';
import { Connection, askOnce } from './client.mjs';
import { startContenders } from './contenders.mjs';
import { bodiesOf } from './wasm-share.mjs';
import { clock_ms, inTurn, median } from './statistics.mjs';

const COMPILED = join(ROOT, 'target', 'wasm32-unknown-unknown', 'release', 'hearken.wasm');
/** The room and its three doors. */
const TELEMETRY = /telemetry|4http(7metrics|5stats|5heard)/;
const WASM = join(ROOT, 'build', 'index_bg.wasm');
const kb = (bytes) => bytes / 1024;

export function size() {
  const wasm = readFileSync(WASM);
  const script = readFileSync(join(ROOT, 'build', 'index.js'));
  const telemetry = bodiesOf(COMPILED, (name) => TELEMETRY.test(name));
  return [
    {
      name: 'wasm, gzip', unit: 'KB', measured: kb(gzipSync(wasm).length), target: { at_most: 300 }, aim: { at_most: 200 },
      detail: { wasm_kb: kb(wasm.length), script_kb: kb(script.length), script_gzip_kb: kb(gzipSync(script).length) },
    },
    { name: 'telemetry: its functions, gzip', unit: 'KB', measured: kb(gzipSync(telemetry, { level: 9 }).length), target: { at_most: 20 }, detail: { wasm_kb: kb(telemetry.length) } },
  ];
}

/** What a turn tells telemetry. Natively: a clock inside a Worker stands still while it works. */
export function telemetryCost() {
  const args = ['test', '--quiet', '--release', '--test', 'sim', 'cost', '--', '--nocapture'];
  const { stdout } = spawnSync('cargo', args, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, SIM_COST: '200000' } });
  const turn_ms = Number(/ns_per_turn (\d+)/.exec(stdout)?.[1]) / 1e6;
  return [{ name: 'telemetry: all that a turn of 64 events tells, native', unit: 'ms', measured: turn_ms, target: { at_most: 0.05 } }];
}

const get = (url, path) => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n\r\n`);

/**
 * Compiles and instantiates the module inside workerd, `rounds` times; each figure is what a request that does it takes
 * longer than one that does nothing, because a clock inside a Worker stands still while it works.
 */
async function instantiate_ms(rounds) {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log: new Log(LogLevel.ERROR),
    unsafeEvalBinding: 'UNSAFE_EVAL',
    compatibilityDate: '2026-04-01',
    modules: [
      { type: 'ESModule', path: 'starter.js', contents: readFileSync(join(import.meta.dirname, 'starter.js')) },
      { type: 'Data', path: 'index_bg.wasm.data', contents: readFileSync(WASM) },
    ],
  });
  try {
    const url = (await miniflare.ready).href;
    const connection = await Connection.open(url);
    const timed = async (path) => {
      const began_ms = clock_ms();
      const answer = await connection.ask(get(url, path));
      if (answer.status !== 200) throw new Error(`the module does not start: ${answer.body()}`);
      return clock_ms() - began_ms;
    };
    await inTurn({ idle: '/', start: '/start' }, 2, timed);
    const { idle, start } = await inTurn({ idle: '/', start: '/start' }, rounds, timed);
    connection.close();
    return median(start) - median(idle);
  } finally {
    await miniflare.dispose();
  }
}

/** From nothing to the first answer, a new workerd each time. */
async function coldStart_ms(upstreamUrl, contender) {
  const began_ms = clock_ms();
  const contenders = await startContenders(upstreamUrl, [contender]);
  try {
    const url = contenders.urls[contender];
    await askOnce(url, get(url, '/health'));
    return clock_ms() - began_ms;
  } finally {
    await contenders.stop();
  }
}

export async function startUp({ upstream }, { rounds = 9 } = {}) {
  const instantiated_ms = await instantiate_ms(9);
  const once = (contender) => coldStart_ms(upstream.url, contender);
  const { empty, loaded, hearken } = await inTurn({ empty: 'empty', loaded: 'loaded', hearken: 'hearken' }, rounds, once);
  const added = (more, less) => median(more.map((took_ms, round) => took_ms - less[round]));
  return [
    { name: 'start-up: compile and instantiate', unit: 'ms', measured: instantiated_ms, target: { below: 50 } },
    {
      name: 'start-up: added to a cold start, up to the first answer', unit: 'ms', measured: added(hearken, empty), target: { below: 40 },
      detail: { empty_ms: median(empty), module_ms: added(loaded, empty), first_request_ms: added(hearken, loaded), hearken_ms: median(hearken), rounds },
    },
  ];
}
