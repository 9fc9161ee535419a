// The one provider behind the whole field, a process of its own: chat, words, speech and embeddings in OpenAI's forms, each at a
// fixed pace. What a stream is like stands in the last message, as `<<events=200 gap_ms=5>>`, because that passes through every
// gateway; when an event was sent stands in its text, for the same reason. Started by field.mjs.

import { encoderFor } from '../../local/encode.mjs';
import { readBody, startServer } from '../../local/http.mjs';
import { clock_ms } from '../statistics.mjs';

/** Of a spoken turn: words, first token, between tokens, first sound. */
const VOICE = { words_ms: 150, first_ms: 250, gap_ms: 30, sound_ms: 120 };
const HEARD = 'Tell me about the sea.';
const REPLY = 'That is a lovely thought to begin with. It reminds me of a long walk by the sea, when the light was low and nobody was in a hurry.';
const SOUND_S = 2;
const PCM_HZ = 24_000;
const DIMENSIONS = 384;
const NOTHING = '{"operations":[]}';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
/** When streams ended for whose client we waited, by their `id`. */
const left = new Map();

function asked({ messages = [] }) {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const text = typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
  const marked = /<<(.*?)>>/.exec(text)?.[1];
  return marked && Object.fromEntries(marked.split(' ').map((word) => word.split('=')));
}

const chunk = (delta, finish_reason = null) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_750_000_000, model: 'bench', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

const whole = (content) => JSON.stringify({
  id: 'chatcmpl-bench', object: 'chat.completion', created: 1_750_000_000, model: 'bench',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }], usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 },
});

async function chat(res, body) {
  // Extractions and what else is not read as it comes.
  if (!body.stream) return res.writeHead(200, { 'content-type': 'application/json' }).end(whole(body.response_format ? NOTHING : REPLY));
  const began_ms = clock_ms();
  const given = asked(body);
  const { id, end, lines } = given ?? {};
  const words = given ? Array.from({ length: Number(given.events) }) : REPLY.match(/\S+\s*/g);
  const [first_ms, gap_ms] = given ? [0, Number(given.gap_ms ?? 0)] : [VOICE.first_ms, VOICE.gap_ms];
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  if (id) res.once('close', () => left.set(id, { at_ms: clock_ms(), is_whole: res.writableFinished }));
  const write = (text) => res.write(lines === 'crlf' ? text.replaceAll('\n', '\r\n') : text);
  for (let index = 0; index < words.length; index += 1) {
    const due_ms = began_ms + first_ms + index * gap_ms;
    if (gap_ms > 0) await sleep(due_ms - clock_ms());
    if (res.destroyed) return;
    write(chunk({ ...(index === 0 ? { role: 'assistant' } : {}), content: words[index] ?? `w${index}@${clock_ms().toFixed(2)} ` }));
  }
  if (end === 'cut') return setTimeout(() => res.destroy(), 50);
  write(chunk({}, 'stop'));
  write('data: [DONE]\n\n');
  res.end();
}

const tone = (rate_hz) => Int16Array.from({ length: rate_hz * SOUND_S }, (_, at) => 9000 * Math.sin((at / rate_hz) * 2 * Math.PI * 220));
const pcm = Buffer.from(tone(PCM_HZ).buffer);
const encoder = await encoderFor({ codec: 'opus', rate_hz: 48_000, bitrate: 32_000 });
const pages = [...encoder.head(), ...encoder.push(tone(48_000)), ...encoder.finish()].map(({ bytes }) => bytes);
const CHUNK = PCM_HZ / 5;

async function speech(res, { response_format = 'mp3' }) {
  const isPcm = response_format === 'pcm';
  if (!isPcm && response_format !== 'opus') return res.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"pcm or opus"}}');
  await sleep(VOICE.sound_ms);
  res.writeHead(200, { 'content-type': isPcm ? 'audio/pcm' : 'audio/ogg' });
  const parts = isPcm ? Array.from({ length: pcm.length / CHUNK }, (_, at) => pcm.subarray(at * CHUNK, (at + 1) * CHUNK)) : pages;
  for (const part of parts) res.write(part);
  res.end();
}

async function transcription(res) {
  await sleep(VOICE.words_ms);
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ text: HEARD }));
}

function embeddings(res, { input, encoding_format }) {
  const vector = Float32Array.from({ length: DIMENSIONS }, (_, at) => Math.sin(at + 1) / 14);
  const embedding = encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
  const data = [input].flat().map((_, index) => ({ object: 'embedding', index, embedding }));
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', data, model: 'bench', usage: { prompt_tokens: 1, total_tokens: 1 } }));
}

const { url } = await startServer(async (req, res) => {
  const raw = await readBody(req);
  const path = req.url.replace(/\?.*/, '');
  if (path.startsWith('/left/')) return res.end(JSON.stringify(left.get(path.slice(6)) ?? null));
  if (path.endsWith('/transcriptions')) return transcription(res);
  const body = raw.length > 0 ? JSON.parse(raw) : {};
  if (path.endsWith('/chat/completions')) return chat(res, body);
  if (path.endsWith('/audio/speech')) return speech(res, body);
  if (path.endsWith('/embeddings')) return embeddings(res, body);
  res.writeHead(404).end();
});
process.send({ url });
process.once('disconnect', () => process.exit());
