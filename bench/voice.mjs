// Spoken turns through the built Worker, with a provider at a known pace: what hearken adds to the first sound, what it
// saves against doing one thing after the other, how many bytes its sound has, and what fifty turns at once do to it.
//
// `run()` starts what it needs and answers rows `{name, unit, measured, target, detail}`. Alone: `node bench/voice.mjs`.

import http from 'node:http';
import { pathToFileURL } from 'node:url';
import { encoderFor } from '../local/encode.mjs';
import { startLocalProviders } from '../local/server.mjs';
import { localVars, startWorker } from '../scripts/worker.mjs';
import { median, quantile } from './statistics.mjs';

/** The provider's pace. */
const PACE = { first_token_ms: 300, token_ms: 20, first_audio_ms: 150, audio_rate: 10 };
const MS_PER_CHARACTER = 65;
const PAGE_MS = 200;
const RATE_HZ = 48_000;

const FIRST = 'That is a lovely thought to begin with.';
const REPLY = `${FIRST} It reminds me of a long walk by the sea, when the light was low and nobody was in a hurry. `
  + 'You could hear the gulls over the harbour, and somewhere a door that opened and closed in the wind. '
  + 'Perhaps we should take a little time, and you tell me what it was that stayed with you.';
/** About a minute of speech. */
const LONG = `${REPLY} There is a small place at the end of the pier where they sell tea in paper cups, and the woman there knows everybody by name. `
  + 'She asked me once what I was looking for, and I had no answer, so she gave me the tea for nothing and told me to come back when I knew. '
  + 'I did come back, years later, and she remembered. We talked until the lamps were lit. It was an ordinary evening, and I have never forgotten it. '
  + 'So tell me about yours. Who was there, what did you hear, and what did you think of on the way home? Take all the time that you need.';
const PERSONA = 'It is good to hear from you today, my friend.';

const SENTENCES = [
  'Good evening.', 'I hear you.', 'How was your day by the sea?', 'That sounds like a lot to carry alone.', 'Tell me more about your sister.',
  'We could go through it step by step, if you like.', 'There is no hurry at all.', 'The train leaves at ten past eight.', 'I am glad that you called.',
  'Would you rather rest for a while?', 'It will rain in the afternoon, so take your coat.', 'Thank you for telling me.', 'I had not thought of it that way.',
  'Your appointment is on Thursday morning.', 'Let us begin with the easy part.', 'She will be happy to see you again.', 'The soup needs another ten minutes.',
  'You have done this before, and it went well.', 'What would make tomorrow a little lighter?', 'Sleep well, and until tomorrow.',
];

const words = (text) => text.match(/\S+\s*/g);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** The longest phrase has 300 characters. A whole reply in one go, as the step-by-step way has it, is longer. */
const PHRASE_S_MAX = 20;
const CLIP_S_MAX = 90;

/** Ogg pages of a tone, encoded once for each length: those of phrases before anything is measured. */
const clips = new Map();
function clip(seconds) {
  const whole = Math.min(CLIP_S_MAX, Math.max(1, Math.round(seconds)));
  if (!clips.has(whole)) clips.set(whole, encoded(whole));
  return clips.get(whole);
}

async function encoded(seconds) {
  const samples = Int16Array.from({ length: RATE_HZ * seconds }, (_, at) => 9000 * Math.sin((at / RATE_HZ) ** 2 * 90 + at / 40));
  const encoder = await encoderFor({ codec: 'opus', rate_hz: RATE_HZ, bitrate: 32_000 });
  return [...encoder.head(), ...encoder.push(samples), ...encoder.finish()].map(({ bytes }) => bytes);
}

/** The paced provider: OpenAI's chat and speech. What is to be said is the last message. */
async function startPaced() {
  for (let seconds = 1; seconds <= PHRASE_S_MAX; seconds += 1) await clip(seconds);
  await clip((LONG.length * MS_PER_CHARACTER) / 1_000);
  const chunk = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const server = http.createServer(async (req, res) => {
    const began_ms = performance.now();
    const parts = [];
    for await (const part of req) parts.push(part);
    const body = JSON.parse(Buffer.concat(parts).toString());
    if (req.url.endsWith('/chat/completions')) {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.flushHeaders();
      const tokens = words(body.messages.at(-1).content);
      for (let index = 0; index < tokens.length; index += 1) {
        await sleep(began_ms + PACE.first_token_ms + index * PACE.token_ms - performance.now());
        if (res.destroyed) return;
        res.write(chunk({ content: tokens[index] }));
      }
      res.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
      return;
    }
    const pages = await clip((body.input.length * MS_PER_CHARACTER) / 1_000);
    res.writeHead(200, { 'content-type': 'audio/ogg' });
    res.flushHeaders();
    // Two pages of headers, then sound at ten times real time.
    for (let index = 0; index < pages.length; index += 1) {
      const sound = Math.max(0, index - 2);
      await sleep(began_ms + PACE.first_audio_ms + (sound * PAGE_MS) / PACE.audio_rate - performance.now());
      if (res.destroyed) return;
      res.write(pages[index]);
    }
    res.end();
  });
  server.on('connection', (socket) => socket.setNoDelay(true));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

/** The last position, in ms of sound, that the pages in `bytes` tell of; null without a page (RFC 3533 §6). */
function positionMs(bytes) {
  let last = null;
  for (let at = bytes.indexOf('OggS'); at !== -1; at = bytes.indexOf('OggS', at + 4)) {
    if (at + 14 > bytes.length) break;
    const granule = Number(bytes.readBigInt64LE(at + 6));
    if (granule > 0) last = granule / (RATE_HZ / 1_000);
  }
  return last;
}

/** One spoken turn, with its moments in ms since the request. */
async function turn(url, text) {
  const began_ms = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'companion', stream: true, modalities: ['text', 'audio'], audio: { format: 'opus' }, messages: [{ role: 'user', content: text }] }),
  });
  if (!response.ok) throw new Error(`a turn failed: ${response.status} ${await response.text()}`);
  const seen = { texts: [], sounds: [], transcripts: [] };
  const decoder = new TextDecoder();
  let held = '';
  for await (const bytes of response.body) {
    const at_ms = performance.now() - began_ms;
    held += decoder.decode(bytes, { stream: true });
    const events = held.split('\n\n');
    held = events.pop();
    for (const event of events) {
      if (event === 'data: [DONE]') continue;
      const delta = JSON.parse(event.slice(6)).choices?.[0]?.delta ?? {};
      if (delta.content) seen.texts.push({ at_ms, text: delta.content });
      if (delta.audio?.error) throw new Error(delta.audio.error.message);
      if (delta.audio?.data) seen.sounds.push({ at_ms, bytes: Buffer.from(delta.audio.data, 'base64') });
      if (delta.audio?.transcript) seen.transcripts.push(delta.audio.transcript);
    }
  }
  return { ...seen, total_ms: performance.now() - began_ms };
}

/** Whether a chunk has sound in it, and not only headers. */
const firstSoundMs = ({ sounds }) => sounds.find(({ bytes }) => positionMs(bytes) !== null)?.at_ms ?? Infinity;

/** The longest silence of a listener who plays from the first sound on, ms. */
function silenceMs({ sounds }) {
  let until_ms = null;
  let position_ms = 0;
  let worst_ms = 0;
  for (const { at_ms, bytes } of sounds) {
    const now_ms = positionMs(bytes);
    if (now_ms === null) continue;
    if (until_ms !== null) worst_ms = Math.max(worst_ms, at_ms - until_ms);
    until_ms = Math.max(until_ms ?? at_ms, at_ms) + Math.max(0, now_ms - position_ms);
    position_ms = Math.max(position_ms, now_ms);
  }
  return worst_ms;
}

/** The predecessor's way: the whole reply, then the whole of it spoken. */
async function stepByStep(url, text) {
  const began_ms = performance.now();
  const post = (path, body) => fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await (await post('/v1/chat/completions', { stream: true, messages: [{ role: 'user', content: text }] })).text();
  await (await post('/v1/audio/speech', { input: text, voice: 'bench', response_format: 'opus' })).arrayBuffer();
  return performance.now() - began_ms;
}

async function repeated(rounds, once) {
  const values = [];
  for (let round = 0; round < rounds; round += 1) values.push(await once());
  return values;
}

async function latency(url, rounds) {
  const tokens = words(FIRST).length;
  const path_ms = PACE.first_token_ms + (tokens - 1) * PACE.token_ms + PACE.first_audio_ms;
  const firsts = await repeated(rounds, async () => firstSoundMs(await turn(url, REPLY)));
  await until(async () => firstSoundMs(await turn(url, `${PERSONA} ${FIRST}`)) < path_ms - 50);
  const waits = await repeated(rounds, async () => {
    const got = await turn(url, `${PERSONA} ${FIRST}`);
    // The phrase is known with the word after it.
    const known = got.texts[words(PERSONA).length];
    return firstSoundMs(got) - known.at_ms;
  });
  const totals = await repeated(Math.ceil(rounds / 4), async () => (await turn(url, LONG)).total_ms);
  const steps = await repeated(Math.ceil(rounds / 4), () => stepByStep(url, LONG));
  const ms = (value) => `${value.toFixed(0)} ms`;
  return [
    { name: 'voice: first sound against its critical path, p50', unit: 'ratio', measured: median(firsts) / path_ms, target: { below: 1.05 }, detail: `${ms(median(firsts))} of ${path_ms} ms (p95 ${ms(quantile(firsts, 0.95))})` },
    { name: 'voice: a kept first phrase after it is known, p50', unit: 'ms', measured: median(waits), target: { below: 10 }, detail: `p95 ${ms(quantile(waits, 0.95))}` },
    { name: 'voice: all of a turn with a minute of speech against step by step', unit: 'ratio', measured: median(totals) / median(steps), target: { below: 0.5 }, detail: `${ms(median(totals))} of ${ms(median(steps))}` },
  ];
}

async function until(condition) {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    if (await condition()) return;
    await sleep(100);
  }
  throw new Error('the first phrase was never kept');
}

async function crowd(url, count) {
  await turn(url, REPLY);
  const turns = await Promise.all(Array.from({ length: count }, () => turn(url, REPLY)));
  const silences = turns.map(silenceMs);
  const firsts = turns.map(firstSoundMs);
  return [{
    name: `voice: longest silence in ${count} turns at once`, unit: 'ms', measured: Math.max(...silences), target: { below: 50 },
    detail: `first sound p50 ${median(firsts).toFixed(0)} ms, p95 ${quantile(firsts, 0.95).toFixed(0)} ms`,
  }];
}

/** The same sentences as hearken sends them, and as MP3 of the engine, with the real voice. */
async function bytes() {
  const providers = await startLocalProviders({ port: 0, settings: { speech: { first_ms: 0 } } });
  const worker = await startWorker({ vars: { ...localVars(providers.url), TTS: 'elevenlabs:bench' } });
  const size = async (url, body) => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return (await response.arrayBuffer()).byteLength;
  };
  try {
    await providers.warm();
    const sums = { webm: 0, 128: 0, 64: 0 };
    for (const text of SENTENCES) {
      sums.webm += await size(`${worker.url}/v1/audio/speech`, { input: text, voice: 'bench', response_format: 'webm' });
      for (const rate of [128, 64]) sums[rate] += await size(`${providers.url}/v1/text-to-speech/bench/stream?output_format=mp3_44100_${rate}`, { text });
    }
    return [[128, 60], [64, 35]].map(([rate, target]) => ({
      name: `voice: fewer bytes than MP3 at ${rate} kb/s, ${SENTENCES.length} sentences`, unit: '%',
      measured: 100 * (1 - sums.webm / sums[rate]), target: { above: target }, detail: `${sums.webm} of ${sums[rate]} bytes`,
    }));
  } finally {
    await worker.stop();
    await providers.close();
  }
}

export async function run({ rounds = 20, turns = 50, only } = {}) {
  const provider = await startPaced();
  const worker = await startWorker({
    vars: {
      AUTH: 'local', LLM: 'openai:bench', TTS: 'openai:bench', STT: 'openai:bench', EMBED: 'off', TTS_HEADERS_MS: '20000', TTS_FIRST_MS: '20000', LLM_FIRST_MS: '20000', LLM_HEADERS_MS: '20000', PERSONA_PHRASES: PERSONA, PHRASE_FLUSH_MS: '50',
      OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_API_KEY: 'bench',
    },
  });
  try {
    await turn(worker.url, REPLY);
    const parts = { latency: () => latency(worker.url, rounds), crowd: () => crowd(worker.url, turns), bytes };
    const rows = [];
    for (const name of only ?? Object.keys(parts)) rows.push(...await parts[name]());
    return rows;
  } finally {
    await worker.stop();
    await provider.stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { name, measured, unit, target, detail } of await run({ only: process.argv.length > 2 ? process.argv.slice(2) : undefined })) {
    console.log(`${name}: ${measured.toFixed(unit === 'ratio' ? 3 : 1)} ${unit} (target ${JSON.stringify(target)}; ${detail})`);
  }
}
