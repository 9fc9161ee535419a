// What is deployed: its size, and how long it takes to start.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../scripts/setup.mjs';
import { askOnce } from './client.mjs';
import { startLanes } from './lanes.mjs';
import { clock_ms, inTurn, median } from './statistics.mjs';

const kb = (bytes) => bytes / 1024;

export function size() {
  const file = (name) => readFileSync(join(ROOT, 'build', name));
  const wasm = file('index_bg.wasm');
  const script = file('index.js');
  return [
    {
      name: 'wasm and script, gzip', unit: 'KB', measured: kb(gzipSync(wasm).length + gzipSync(script).length), target: { at_most: 300 }, aim: { at_most: 200 },
      detail: { wasm_kb: kb(wasm.length), wasm_gzip_kb: kb(gzipSync(wasm).length), script_kb: kb(script.length), script_gzip_kb: kb(gzipSync(script).length) },
    },
  ];
}

/** Compiles and instantiates the module as the script does when an isolate starts, in Node's V8, with empty imports. */
function instantiate_ms(bytes) {
  const began_ms = clock_ms();
  const module = new WebAssembly.Module(bytes);
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== 'function') throw new Error(`the module imports a ${kind}, ${name}`);
    (imports[from] ??= {})[name] = () => {};
  }
  new WebAssembly.Instance(module, imports);
  return clock_ms() - began_ms;
}

/** From nothing to the first answer, a new workerd each time. */
async function coldStart_ms(upstreamUrl, lane) {
  const began_ms = clock_ms();
  const lanes = await startLanes(upstreamUrl, [lane]);
  try {
    const url = lanes.urls[lane];
    await askOnce(url, Buffer.from(`GET /health HTTP/1.1\r\nhost: ${new URL(url).host}\r\n\r\n`));
    return clock_ms() - began_ms;
  } finally {
    await lanes.stop();
  }
}

export async function startUp({ upstream }, { rounds = 5 } = {}) {
  const bytes = readFileSync(join(ROOT, 'build', 'index_bg.wasm'));
  const compiled = Array.from({ length: 9 }, () => instantiate_ms(bytes));
  const { plain, hearken } = await inTurn({ plain: 'plain', hearken: 'hearken' }, rounds, (lane) => coldStart_ms(upstream.url, lane));
  const added = hearken.map((took_ms, round) => took_ms - plain[round]);
  return [
    { name: 'start-up: compile and instantiate', unit: 'ms', measured: median(compiled), target: { below: 50 } },
    {
      name: 'start-up: added to a cold start, up to the first answer', unit: 'ms', measured: median(added), target: { below: 50 },
      detail: { plain_ms: median(plain), hearken_ms: median(hearken), rounds },
    },
  ];
}
