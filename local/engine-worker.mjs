// A synthesiser and encoder in a worker thread: takes sentences, posts pieces of the finished format as they are made.
// Keeps the compiled WebAssembly module between sentences; every sentence gets a fresh instance, because the program
// inside runs `main` once and exits.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { encoderFor } from './encode.mjs';
import { resample } from './resample.mjs';

const require = createRequire(import.meta.url);
const espeak = require('text2wav/lib/espeak-ng');
const module = new WebAssembly.Module(readFileSync(require.resolve('text2wav/lib/espeak-ng.wasm')));

const WAV_HEADER_BYTES = 44;
const ENGINE_HZ = 22_050;
/** Silence between two sentences of one request. */
const PAUSE_MS = 180;
/** Samples of sentences said before: 16 MiB, about six minutes, so that another format of them costs no synthesis. */
const CACHE_BYTES_MAX = 16 * 1024 * 1024;

const cancelled = new Set();
const said = new Map();
let said_bytes = 0;

parentPort.on('message', (message) => {
  if (message.cancel !== undefined) {
    cancelled.add(message.cancel);
    return;
  }
  speak(message).then(
    () => parentPort.postMessage({ id: message.id, done: true }),
    (error) => parentPort.postMessage({ id: message.id, error: String(error?.message ?? error) }),
  ).finally(() => cancelled.delete(message.id));
});

async function speak({ id, sentences, voice, format }) {
  const encoder = await encoderFor(format);
  const post = (pieces) => {
    for (const { bytes, duration_ms } of pieces) parentPort.postMessage({ id, bytes, duration_ms });
  };
  post(encoder.head());
  const pause = new Int16Array(Math.round((format.rate_hz * PAUSE_MS) / 1000));
  for (const [index, text] of sentences.entries()) {
    if (index > 0) post(encoder.push(pause));
    post(encoder.push(resample(await sentence(text, voice), ENGINE_HZ, format.rate_hz)));
    if (cancelled.has(id)) return;
  }
  post(encoder.finish());
}

/** The samples of one sentence at ENGINE_HZ, from the cache where it has been said. */
async function sentence(text, voice) {
  const key = JSON.stringify([text, voice]);
  const known = said.get(key);
  if (known) return known;
  const samples = await synthesise(text, voice);
  said.set(key, samples);
  said_bytes += samples.byteLength;
  for (const [oldest, old] of said) {
    if (said_bytes <= CACHE_BYTES_MAX) break;
    said.delete(oldest);
    said_bytes -= old.byteLength;
  }
  return samples;
}

function synthesise(text, { name, words_per_minute, pitch }) {
  return new Promise((resolve, reject) => {
    const messages = [];
    const program = {
      // `--` ends the options, so that a text beginning with a hyphen stays a text.
      arguments: ['-w', 'wav.wav', '-v', name, '-s', String(words_per_minute), '-p', String(pitch), '-z', '--', text],
      instantiateWasm(imports, receive) {
        // A microtask later, since the package mounts its voice data after this call and before `main`.
        queueMicrotask(() => receive(new WebAssembly.Instance(module, imports)));
        return {};
      },
      print: (line) => messages.push(line),
      printErr: (line) => messages.push(line),
      postRun() {
        program.FS.unmount('/usr/share');
        const file = program.FS.root.contents['wav.wav'];
        if (!file) return reject(new Error(`the engine made no audio: ${messages.join(' ')}`));
        const bytes = Uint8Array.from(file.contents.slice(0, file.usedBytes));
        const samples_bytes = (bytes.length - WAV_HEADER_BYTES) & ~1;
        resolve(new Int16Array(bytes.slice(WAV_HEADER_BYTES, WAV_HEADER_BYTES + samples_bytes).buffer));
      },
      quit(status) {
        if (status !== 0) reject(new Error(`the engine stopped with status ${status}: ${messages.join(' ')}`));
      },
    };
    espeak(program);
    // The package installs process-wide handlers at every run; they would pile up.
    process.removeAllListeners('uncaughtException');
    process.removeAllListeners('unhandledRejection');
  });
}
