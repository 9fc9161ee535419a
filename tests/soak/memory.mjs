// What a Worker holds, through workerd's inspector. Most of what grows in the process is none of it: every isolate beside ours
// (Miniflare's entry, its router, its KV) keeps the native halves of requests that nobody needs until it collects its
// garbage, which an isolate of some KiB hardly ever does. So everything is measured after a collection in every isolate.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';

const MIB = 1024 * 1024;
/** Most that may be added between the first third of a run and its end: what is under way, and caches that fill to their bounds. */
const GROWTH_BYTES_MAX = { heap: 3 * MIB, wasm: 6 * MIB, resident: 32 * MIB };
/** What is resident grows in a process's first minutes, while V8 compiles what turns out to be hot: in a shorter run it is only told. */
const RESIDENT_WARM_MS = 120_000;
/** Garbage that is left for longer raises what is resident for good: what is freed in the middle of the heap stays with the process. */
const COLLECT_EVERY_MS = 30_000;

class Isolate {
  constructor(socket, isOurs) {
    Object.assign(this, { socket, isOurs, waiting: new Map(), asked: 0 });
    socket.on('message', (data) => {
      const { id, result, error, method, params } = JSON.parse(data);
      if (method === 'Runtime.executionContextCreated') this.context = params.context.id;
      this.waiting.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
      this.waiting.delete(id);
    });
  }

  ask(method, params = {}) {
    this.asked += 1;
    this.socket.send(JSON.stringify({ id: this.asked, method, params }));
    return new Promise((resolve) => this.waiting.set(this.asked, resolve));
  }

  /** What a function makes of the list of all objects of a class; garbage is collected before. */
  async ofAll(name, functionDeclaration) {
    const { result: prototype } = await this.ask('Runtime.evaluate', { expression: `${name}.prototype`, contextId: this.context });
    const { objects } = await this.ask('Runtime.queryObjects', { prototypeObjectId: prototype.objectId });
    return (await this.ask('Runtime.callFunctionOn', { objectId: objects.objectId, functionDeclaration, returnByValue: true })).result.value;
  }

  /** Collects garbage; answers the bytes of the JavaScript heap and of WebAssembly's memories. */
  async collect() {
    const wasm = await this.ofAll('WebAssembly.Memory', 'function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }');
    const { usedSize, backingStorageSize = 0 } = await this.ask('Runtime.getHeapUsage');
    return { heap: usedSize + backingStorageSize, wasm };
  }
}

/** All isolates of a workerd that was started with an inspector. */
async function isolates(inspector_url) {
  const targets = await (await fetch(`http://${inspector_url.host}/json`)).json();
  return Promise.all(targets.map(async ({ id, webSocketDebuggerUrl }) => {
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const isolate = new Isolate(socket, id === 'core:user:hearken');
    await isolate.ask('Runtime.enable');
    // Its events are not wanted: it would keep what is logged.
    await isolate.ask('Runtime.disable');
    return isolate;
  }));
}

/** What is learned of the isolates of a running workerd. */
async function inspect(runtime, look) {
  const all = await isolates(await runtime.worker.miniflare.getInspectorURL());
  try {
    return await look(all);
  } finally {
    for (const { socket } of all) socket.close();
  }
}

/** Bytes that it holds now: of our isolate its heap and its WebAssembly memory, and all that is resident. */
const held = (runtime) => inspect(runtime, async (all) => {
  const collected = await Promise.all(all.map(async (isolate) => [isolate.isOurs, await isolate.collect()]));
  const [, ours] = collected.find(([isOurs]) => isOurs);
  return { ...ours, resident: runtime.resident_bytes() };
});

/** How many sockets our isolate holds. Of one that sleeps it forgets its own once it has run again. */
export const socketsAwake = (runtime) => inspect(runtime, (all) => all.find(({ isOurs }) => isOurs).ofAll('WebSocket', 'function () { return this.length; }'));

/** What is held once the first third of a run has warmed it up, and what at its end; `progress` is the share that is over. What is held in between is told. */
export async function heldOver(runtime, progress, tell = () => {}) {
  const pass = async (share) => {
    for (let next_ms = Date.now() + COLLECT_EVERY_MS; progress() < share; await pause(50)) {
      if (Date.now() < next_ms) continue;
      const now = await held(runtime);
      tell(`held, MiB: ${Object.keys(GROWTH_BYTES_MAX).map((name) => `${name} ${mib(now[name])}`).join(', ')}`);
      next_ms = Date.now() + COLLECT_EVERY_MS;
    }
    return held(runtime);
  };
  const early = await pass(1 / 3);
  const began_ms = Date.now();
  return [early, await pass(1), Date.now() - began_ms];
}

const mib = (bytes) => Math.round((bytes / MIB) * 10) / 10;

/** Fails where more was held late in a run than after its first third, so many milliseconds before; answers both in MiB. */
export function flat([early, late, passed_ms]) {
  const isJudged = (name) => name !== 'resident' || passed_ms >= RESIDENT_WARM_MS;
  const grown = Object.keys(GROWTH_BYTES_MAX).filter((name) => isJudged(name) && late[name] > early[name] + GROWTH_BYTES_MAX[name]);
  const figures = Object.fromEntries(Object.keys(GROWTH_BYTES_MAX).map((name) => [name, [early, late].map((one) => mib(one[name]))]));
  assert.deepEqual(grown, [], `memory grew: ${JSON.stringify(figures)}`);
  return figures;
}
