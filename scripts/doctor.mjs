// `npm run doctor`: asks every target of every chain once and says which serve, with the keys that are set here; with
// `-- --url URL --key KEY` it asks a hearken that is deployed. Both ask the Worker's own doors for one `provider:model` at a
// time, which has no stand-in: what serves here, serves people. Nothing that is printed holds a key or what anybody said.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { on } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';
import { Engine } from '../local/engine.mjs';
import { ROOT, say, setUp } from './setup.mjs';
import { build } from './build.mjs';
import { unknownVariables, VARIABLES, varsOf } from './variables.mjs';

const CHAINS = ['llm', 'tts', 'stt', 'listen', 'embed'];
/** Chains that may be empty, and what stands in for them. */
const WITHOUT = { listen: 'recordings are written down', embed: 'by words alone' };
/** Longer than any clock of the Worker: it is the Worker that gives up. */
const PATIENCE_MS = 130_000;
const PERSON = 'hearken-doctor';
/** What the clip says: synthesised, and nobody's voice. */
const CLIP = new URL('doctor.ogg', import.meta.url);
const CLIP_WORDS = ['quick', 'brown', 'fox', 'jumps', 'lazy', 'dog'];
/** A recogniser that gets so many of them has heard the clip. */
const HEARD_MIN = 3;

/** A recogniser that listens has said its words by then. */
const LISTEN_MS = 15_000;
/** Silence that ends the turn: words that come only then are the recording's. */
const TURN_MS = 3_000;
const PIECE_MS = 100;
/** Twice as fast as it is said. */
const PACE_MS = 50;

/** The clip's words at 24 kHz, in pieces, and a silence. */
async function spoken() {
  const engine = new Engine();
  const parts = [Buffer.alloc(PIECE_MS * 48)];
  const ask = { text: 'The quick brown fox jumps over the lazy dog.', voice: { name: 'en-us', words_per_minute: 165, pitch: 50 }, format: { codec: 'pcm', rate_hz: 24_000 } };
  for await (const { bytes } of engine.speak(ask)) parts.push(Buffer.from(bytes));
  await engine.close();
  const sound = Buffer.concat([...parts, Buffer.alloc((TURN_MS + 500) * 48)]);
  return Array.from({ length: Math.floor(sound.length / (PIECE_MS * 48)) }, (_, at) => sound.subarray(at * PIECE_MS * 48, (at + 1) * PIECE_MS * 48));
}

/** Why a target does not serve. */
class Refused extends Error {}

/** What an operator does about a failure of the Worker's log, or about a code of its answers. */
function advice(word, chain, target) {
  const provider = target.split(':')[0];
  const prefix = provider.toUpperCase();
  const isBinding = provider === 'workers-ai';
  const account = 'the AI binding: ask the deployed Worker with --url, or log in with npx wrangler login';
  return {
    model_gone: ['the provider does not have this model', chain],
    not_configured: isBinding ? ['no AI binding', account] : ['no key is set', `${prefix}_API_KEY`],
    credential: isBinding ? ['the account was refused', account] : ['the key was refused', `${prefix}_API_KEY`],
    place_refused: ['the provider does not serve this place', `${chain}, or placement in wrangler.toml`],
    quota_exhausted: ['what was paid for is used up', `${prefix}_API_KEY, or ${chain}`],
    throttled: ['busy, or the quota is used up', `${prefix}_API_KEY, or ${chain}`],
    connect: ['nothing answers there', isBinding ? account : `${prefix}_BASE_URL`],
    refused: ['the provider refused the request', isBinding ? chain : `${chain} or ${prefix}_BASE_URL`],
    denied: ['its breaker is open', 'GET /admin/breakers'],
  }[{ provider_exhausted: 'quota_exhausted', provider_busy: 'throttled', no_upstream_available: 'denied' }[word] ?? word];
}

/** One hearken, asked through its doors. */
class Hearken {
  constructor(url, key, logs = []) {
    Object.assign(this, { url: url.replace(/\/$/, ''), logs });
    this.headers = { 'x-user': PERSON, ...(key ? { authorization: `Bearer ${key}` } : {}) };
  }

  async fetch(path, { json, ...init } = {}) {
    const body = json && { method: 'POST', body: JSON.stringify(json) };
    const headers = { ...this.headers, ...(json ? { 'content-type': 'application/json' } : {}) };
    return fetch(this.url + path, { signal: AbortSignal.timeout(PATIENCE_MS), headers, ...body, ...init });
  }

  /** The target's own answer; else why there is none. */
  async ask(path, target, init) {
    const response = await this.fetch(path, init);
    const served = response.headers.get('x-served-by') ?? target;
    if (response.ok && served !== target) throw new Refused(`${served} answered in its place`);
    if (response.ok) return response;
    const { error = {} } = await response.json().catch(() => ({}));
    throw Object.assign(new Refused(error.message ?? `status ${response.status}`), { status: response.status, code: error.code, id: response.headers.get('x-request-id') });
  }

  async llm(model) {
    const json = { model, stream: true, memory: 'off', messages: [{ role: 'user', content: 'Say one word.' }] };
    const began = performance.now();
    const response = await this.ask('/v1/chat/completions', model, { json });
    let text = '';
    for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
      text += bytes;
      // A thought is no answer.
      if (/"content":\s*"[^"]/.test(text)) return performance.now() - began;
    }
    throw new Refused('its reply has no words');
  }

  async tts(model) {
    // A text that nobody has said before: a clip that is kept would answer for the provider.
    const json = { model, input: `The number is ${Math.floor(Math.random() * 1e6)}.`, response_format: 'mp3' };
    const began = performance.now();
    const response = await this.ask('/v1/audio/speech', model, { json });
    let first_ms;
    for await (const bytes of response.body) if (bytes.length > 0) first_ms ??= performance.now() - began;
    if (first_ms === undefined) throw new Refused('it sent no sound');
    return first_ms;
  }

  async stt(model) {
    const body = new FormData();
    body.append('file', new Blob([readFileSync(CLIP)], { type: 'audio/ogg' }), 'speech.ogg');
    body.append('model', model);
    const began = performance.now();
    const { text } = await (await this.ask('/v1/audio/transcriptions', model, { method: 'POST', body })).json();
    const took_ms = performance.now() - began;
    const heard = CLIP_WORDS.filter((word) => text.toLowerCase().includes(word)).length;
    if (heard < HEARD_MIN) throw new Refused(`it heard ${heard} of the ${CLIP_WORDS.length} words of the clip`);
    return took_ms;
  }

  /** Words that come while the turn is not over are a recogniser's: a recording is written down after it, or in one piece. */
  async listen(model) {
    const socket = new WebSocket(`${this.url.replace(/^http/, 'ws')}/v1/realtime?intent=transcription`, { headers: this.headers });
    const events = on(socket, 'message', { signal: AbortSignal.timeout(LISTEN_MS), close: ['close'] });
    const update = { type: 'transcription', audio: { input: { transcription: { model }, turn_detection: { type: 'server_vad', silence_duration_ms: TURN_MS } } } };
    socket.on('error', () => socket.close());
    let [began, text] = [performance.now(), ''];
    const say = async () => {
      for (const piece of await spoken()) {
        socket.send(JSON.stringify({ type: 'input_audio_buffer.append', audio: piece.toString('base64') }));
        await setTimeout(PACE_MS);
      }
      began = performance.now();
    };
    try {
      for await (const [data] of events) {
        const event = JSON.parse(data);
        if (event.type === 'session.created') socket.send(JSON.stringify({ type: 'session.update', session: update }));
        if (event.type === 'session.updated') say().catch(() => {});
        if (event.type === 'input_audio_buffer.committed') break;
        if (event.type === 'error') throw new Refused(event.error.message);
        if (/transcription.delta$/.test(event.type)) text += event.delta;
        const heard = CLIP_WORDS.filter((word) => text.toLowerCase().includes(word)).length;
        if (heard >= HEARD_MIN) return Math.max(0, performance.now() - began);
      }
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    } finally {
      socket.terminate();
    }
    throw new Refused(text ? 'it did not hear the words of the clip' : 'it does not listen');
  }

  async embed(model) {
    const began = performance.now();
    const { data } = await (await this.ask('/v1/embeddings', model, { json: { model, input: 'a word' } })).json();
    if (!(data?.[0]?.embedding?.length > 0)) throw new Refused('it sent no vector');
    return performance.now() - began;
  }

  /** Why a target does not serve, and what to change. */
  async reason(error, chain, target) {
    if (!(error instanceof Refused)) return [error.name === 'TimeoutError' ? 'no answer in time' : 'hearken does not answer', '--url'];
    if (error.status === 401 || error.status === 403) return ['hearken refused the key', '--key'];
    const { warnings = [] } = await (await this.fetch('/health')).json().catch(() => ({}));
    if (error.status === 404 && error.code !== 'model_not_found') return ['this hearken has no door to ask it', 'hearken: a newer one'];
    if (warnings.some((warning) => warning.startsWith(`${chain} names ${target},`))) return advice('model_gone', chain, target);
    // A session's own requests have ids that nobody is told.
    const mark = error.id ?? target;
    const logged = this.logs.filter((line) => line.includes(mark) && line.includes('attempt_failed')).map((line) => JSON.parse(line).failure);
    const known = advice(logged.at(-1), chain, target) ?? advice(error.code, chain, target);
    return known ?? [logged.at(-1) ?? error.message, `${chain}; the Worker's log says more`];
  }
}

/** Asks every target; rows of `[chain, target, result, first byte, change]`, and the chains without a target that serves. */
async function examine(hearken) {
  const health = await (await hearken.fetch('/health')).json();
  if (!health.llm) throw new Error(health.error?.message ?? 'this is no hearken');
  const rows = [];
  const without = [];
  for (const chain of CHAINS) {
    const name = chain.toUpperCase();
    const targets = health[chain] ?? [];
    let serves = WITHOUT[chain] !== undefined && targets.length === 0;
    if (serves) rows.push([name, 'off', WITHOUT[chain], '', '']);
    for (const target of targets) {
      try {
        const first_ms = await hearken[chain](target);
        rows.push([name, target, 'serves', `${Math.round(first_ms)} ms`, '']);
        serves = true;
      } catch (error) {
        const [why, change] = await hearken.reason(error, name, target);
        rows.push([name, target, why, '', change]);
      }
    }
    if (!serves) without.push(name);
  }
  return { rows, without };
}

function table(rows) {
  const all = [['chain', 'target', 'result', 'first byte', 'to change'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}

/** Runs the Worker here, with the variables and keys of this environment. */
async function here() {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => VARIABLES.includes(name)));
  unknownVariables(Object.keys(process.env)).forEach(say);
  unknownVariables(varsOf(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')), { all: true }).forEach(say);
  setUp();
  await build();
  const { startWorker } = await import('./worker.mjs');
  const logs = [];
  const log = (text) => logs.push(...text.split('\n').filter((line) => line.startsWith('{')));
  const ai = await accountsAi();
  const worker = await startWorker({ vars: { ...own, AUTH: 'local' }, log, ai: ai?.remoteProxyConnectionString });
  const stop = () => Promise.all([worker.stop(), ai?.dispose()]);
  return { hearken: new Hearken(worker.url, undefined, logs), stop };
}

/** The account's own AI binding, for whoever is logged in (`npx wrangler login`); undefined for others. */
async function accountsAi() {
  const { startRemoteProxySession } = await import('wrangler');
  // Without a login it is to fail, not to ask for one.
  Object.assign(process.env, { CI: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'none' });
  return startRemoteProxySession({ AI: { type: 'ai' } }).catch(() => undefined);
}

async function main() {
  const { values } = parseArgs({ options: { url: { type: 'string' }, key: { type: 'string' } } });
  const { hearken, stop } = values.url ? { hearken: new Hearken(values.url, values.key), stop() {} } : await here();
  try {
    const { rows, without } = await examine(hearken);
    console.log(table(rows));
    if (without.length > 0) console.log(`\nno target serves for ${without.join(', ')}`);
    return without.length === 0 ? 0 : 1;
  } finally {
    await stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().then((status) => process.exit(status), (error) => {
    console.error(`hearken: ${error.message}`);
    process.exit(1);
  });
}
