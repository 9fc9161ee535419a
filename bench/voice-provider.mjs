// The provider of the voice bench, a process of its own: OpenAI's chat and speech at a known pace. With the model
// `listener` the local listener answers; otherwise what is to be said is the last message. Started by voice.mjs.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { encoderFor } from '../local/encode.mjs';
import { readBody, startServer } from '../local/http.mjs';
import { listen } from '../local/listener.mjs';
import { MS_PER_CHARACTER, PACE, PAGE_MS, RATE_HZ, words } from './voice-pace.mjs';

/** The longest phrase has 300 characters. A whole reply in one go, as the step-by-step way has it, is longer. */
const PHRASE_S_MAX = 20;
const CLIP_S_MAX = 90;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** Ogg pages of a tone, encoded once for each length: those of phrases before anything is measured. */
const clips = new Map();
function clip(seconds) {
  const whole = Math.min(CLIP_S_MAX, Math.max(1, Math.round(seconds)));
  if (!clips.has(whole)) clips.set(whole, encoded(whole));
  return clips.get(whole);
}

const clipOf = (text) => clip((text.length * MS_PER_CHARACTER) / 1_000);

async function encoded(seconds) {
  const samples = Int16Array.from({ length: RATE_HZ * seconds }, (_, at) => 9000 * Math.sin((at / RATE_HZ) ** 2 * 90 + at / 40));
  const encoder = await encoderFor({ codec: 'opus', rate_hz: RATE_HZ, bitrate: 32_000 });
  return [...encoder.head(), ...encoder.push(samples), ...encoder.finish()].map(({ bytes }) => bytes);
}

const chunk = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

async function chat(res, body, began_ms) {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.flushHeaders();
  const isPaced = body.model !== 'listener';
  const tokens = words(isPaced ? body.messages.at(-1).content : listen(body.messages));
  for (let index = 0; index < tokens.length; index += 1) {
    if (isPaced) await sleep(began_ms + PACE.first_token_ms + index * PACE.token_ms - performance.now());
    if (res.destroyed) return;
    res.write(chunk({ content: tokens[index] }));
  }
  res.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
}

async function speech(res, body, began_ms) {
  const isPaced = body.model !== 'listener';
  const pages = await clipOf(body.input);
  res.writeHead(200, { 'content-type': 'audio/ogg' });
  res.flushHeaders();
  // Two pages of headers, then sound at ten times real time.
  for (let index = 0; index < pages.length; index += 1) {
    const sound = Math.max(0, index - 2);
    if (isPaced) await sleep(began_ms + PACE.first_audio_ms + (sound * PAGE_MS) / PACE.audio_rate - performance.now());
    if (res.destroyed) return;
    res.write(pages[index]);
  }
  res.end();
}

for (let seconds = 1; seconds <= PHRASE_S_MAX; seconds += 1) await clip(seconds);
/** What was to be spoken. */
const said = [];
const lag = monitorEventLoopDelay({ resolution: 5 });
lag.enable();
const { url } = await startServer(async (req, res) => {
  const began_ms = performance.now();
  const raw = await readBody(req);
  if (req.url === '/lag') {
    // How late this process itself was since it was last asked, beyond the sampling interval.
    res.end(JSON.stringify({ lag_ms: Math.max(0, lag.max / 1e6 - 5) }));
    lag.reset();
    return;
  }
  if (req.url === '/said') return res.end(JSON.stringify({ said: said.splice(0) }));
  const body = JSON.parse(raw.toString());
  if (req.url === '/prepare') return res.end(String((await clipOf(body.input)).length));
  if (body.input) said.push(body.input);
  await (req.url.endsWith('/chat/completions') ? chat : speech)(res, body, began_ms);
});
process.send({ url });
process.once('disconnect', () => process.exit());
