// Speech in OpenAI's, ElevenLabs', Deepgram's and Workers AI's formats, from one engine, with the faults of audio.

import { badInput, preset } from './errors.mjs';
import { sleepUntil } from './clock.mjs';
import { voiceFor } from './voices.mjs';

const OPUS_BITRATE = 32_000;
const MP3_BITRATE = 128_000;
const OPENAI_INPUT_CHARS_MAX = 4_096;
const ELEVENLABS_INPUT_CHARS_MAX = 40_000;
const DEEPGRAM_INPUT_CHARS_MAX = 2_000;
/** Bytes sent before a mid-audio fault, unless `after` says otherwise. */
const AFTER_BYTES = 2_000;
/** MPEG layer III sampling rates; the bit rates an encoder takes at them. */
const MP3_RATES_HZ = new Set([8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]);
const OPUS_RATES_HZ = new Set([8000, 12000, 16000, 24000, 48000]);
const MEDIA_TYPES = { opus: 'audio/ogg', mp3: 'audio/mpeg', wav: 'audio/wav', pcm: 'audio/pcm', mulaw: 'audio/basic', alaw: 'audio/x-alaw-basic' };

/** `POST .../audio/speech` (OpenAI, Groq). */
export async function openaiSpeech(ex, engine) {
  const { input, model, response_format = 'mp3', speed = 1, stream_format = 'audio' } = ex.json;
  const voice_id = typeof ex.json.voice === 'object' ? ex.json.voice?.id : ex.json.voice;
  const bad = (message, param, code) => refuse(ex, badInput(ex.provider, message, { param, code }));
  if (typeof model !== 'string') return bad('you must provide a model parameter', 'model');
  if (typeof input !== 'string' || input.trim() === '') return bad("'input' must have at least 1 character", 'input');
  if ([...input].length > OPENAI_INPUT_CHARS_MAX) return bad(`'input' must have at most ${OPENAI_INPUT_CHARS_MAX} characters`, 'input', 'string_above_max_length');
  if (typeof speed !== 'number' || speed < 0.25 || speed > 4) return bad("'speed' must be between 0.25 and 4", 'speed');
  const voice = voiceFor(voice_id ?? '', { speed, strict: ex.knobs.strict });
  if (!voice || typeof voice_id !== 'string') return bad("'voice' is not one of the known voices", 'voice');
  const format = {
    mp3: { codec: 'mp3', rate_hz: 24_000, bitrate: MP3_BITRATE }, opus: { codec: 'opus', rate_hz: 24_000, bitrate: OPUS_BITRATE },
    ogg: { codec: 'opus', rate_hz: 24_000, bitrate: OPUS_BITRATE }, wav: { codec: 'wav', rate_hz: 24_000 }, pcm: { codec: 'pcm', rate_hz: 24_000 },
  }[response_format];
  if (!format) return bad(`'response_format' ${JSON.stringify(response_format)} is not supported here`, 'response_format');
  return speak(ex, engine, { text: input, voice, format, sse: stream_format === 'sse' });
}

/** `POST /v1/text-to-speech/{voice}` and `/stream` (ElevenLabs). */
export async function elevenlabsSpeech(ex, engine, whole) {
  const { text, model_id, previous_text, voice_settings = {} } = ex.json;
  if (typeof text !== 'string' || text === '') return refuse(ex, badInput('elevenlabs', 'Field required', { param: 'text', status: 422, code: 'missing' }));
  if (text.length > ELEVENLABS_INPUT_CHARS_MAX) return refuse(ex, preset('elevenlabs', 'too_long'));
  if (previous_text !== undefined && /_v[3-9]/.test(model_id)) {
    return refuse(ex, badInput('elevenlabs', `Providing previous_text or next_text is not yet supported with the '${model_id}' model.`, { code: 'unsupported_model' }));
  }
  const format = elevenlabsFormat(ex.url.searchParams.get('output_format') ?? 'mp3_44100_128');
  if (!format) return refuse(ex, badInput('elevenlabs', 'Invalid output format', { code: 'invalid_output_format' }));
  const speed = typeof voice_settings?.speed === 'number' ? voice_settings.speed : 1;
  const voice = voiceFor(ex.params.voice, { speed, strict: ex.knobs.strict });
  if (!voice) return refuse(ex, preset('elevenlabs', 'voice_not_found'));
  const headers = { 'current-concurrent-requests': '1', 'maximum-concurrent-requests': '5', 'request-id': `local${ex.entry.id}` };
  return speak(ex, engine, { text, voice, format, whole, headers });
}

/** `mp3_44100_128`, `opus_48000_32`, `pcm_24000`, ... as the engine's format. */
function elevenlabsFormat(name) {
  const found = /^(mp3|opus|pcm|wav|ulaw|alaw)_(\d+)(?:_(\d+))?$/.exec(name);
  if (!found) return undefined;
  const codec = found[1] === 'ulaw' ? 'mulaw' : found[1];
  return checked({ codec, rate_hz: Number(found[2]), bitrate: Number(found[3] ?? (codec === 'opus' ? 32 : 128)) * 1000 });
}

/** `POST /v1/speak` (Deepgram). */
export async function deepgramSpeech(ex, engine) {
  const query = ex.url.searchParams;
  const { text } = ex.json;
  if (typeof text !== 'string' || text.trim() === '') return refuse(ex, badInput('deepgram', 'text: field required', { code: 'PAYLOAD_ERROR' }));
  if (text.length > DEEPGRAM_INPUT_CHARS_MAX) return refuse(ex, preset('deepgram', 'too_long'));
  const format = deepgramFormat(Object.fromEntries(query));
  if (!format) return refuse(ex, badInput('deepgram', 'Unsupported audio format.', { code: 'UNSUPPORTED_AUDIO_FORMAT' }));
  const voice = voiceFor(query.get('model') ?? 'aura-asteria-en', { strict: ex.knobs.strict });
  if (!voice) return refuse(ex, preset('deepgram', 'voice_not_found'));
  const headers = { 'dg-model-name': query.get('model') ?? 'aura-asteria-en', 'dg-char-count': String(text.length) };
  return speak(ex, engine, { text, voice, format, headers });
}

/** Deepgram's and aura's `encoding`, `container`, `bit_rate`, `sample_rate`. */
function deepgramFormat({ encoding = 'mp3', container, bit_rate, sample_rate }) {
  const rate = sample_rate === undefined ? undefined : Number(sample_rate);
  const bitrate = bit_rate === undefined ? undefined : Number(bit_rate);
  if (encoding === 'mp3') return checked({ codec: 'mp3', rate_hz: rate ?? 22_050, bitrate: bitrate ?? 48_000 });
  if (encoding === 'opus') return checked({ codec: 'opus', rate_hz: rate ?? 48_000, bitrate: bitrate ?? 12_000 });
  if (encoding === 'linear16') return checked({ codec: container === 'none' ? 'pcm' : 'wav', rate_hz: rate ?? 24_000 });
  if (encoding === 'mulaw' || encoding === 'alaw') return checked({ codec: encoding, rate_hz: rate ?? 8_000 });
  return undefined;
}

/** Workers AI's speech: aura answers with audio bytes, melotts with `{"audio": base64 MP3}`. */
export async function workersAiSpeech(ex, engine) {
  const text = ex.json.text ?? ex.json.prompt;
  if (typeof text !== 'string' || text.trim() === '') return refuse(ex, badInput('workers-ai', 'required properties at "/" are "text"'));
  const format = deepgramFormat(ex.json);
  if (!format) return refuse(ex, badInput('workers-ai', 'encoding is not supported'));
  const voice = voiceFor(ex.json.speaker ?? 'luna', { strict: ex.knobs.strict });
  if (!voice) return refuse(ex, badInput('workers-ai', 'speaker is not known'));
  if (/melotts/.test(ex.params.model)) {
    const parts = [];
    for await (const { bytes } of engine.speak({ text, voice, format, signal: ex.signal })) parts.push(bytes);
    return { audio: ex.has('empty') ? '' : Buffer.concat(parts).toString('base64') };
  }
  return speak(ex, engine, { text, voice, format });
}

/** The format if an encoder takes it, else undefined. */
function checked(format) {
  const { codec, rate_hz, bitrate } = format;
  if (codec === 'mp3' && !(MP3_RATES_HZ.has(rate_hz) && bitrate >= 8_000 && bitrate <= 320_000)) return undefined;
  if (codec === 'opus' && !(OPUS_RATES_HZ.has(rate_hz) && bitrate >= 6_000 && bitrate <= 256_000)) return undefined;
  return rate_hz >= 8_000 && rate_hz <= 48_000 ? format : undefined;
}

const refuse = (ex, { status, headers, body }) => ex.answer(status, body, headers);

/** Synthesises and sends: raw bytes as they are made, whole, or as OpenAI's speech events. */
async function speak(ex, engine, { text, voice, format, whole = false, sse = false, headers = {} }) {
  const asked = format;
  if (ex.has('mp3_instead')) format = { codec: 'mp3', rate_hz: 44_100, bitrate: MP3_BITRATE };
  let type = MEDIA_TYPES[format.codec];
  if (ex.has('wrong_content_type')) type = asked.codec === 'mp3' ? 'audio/ogg' : 'application/octet-stream';
  for (const name of ['mp3_instead', 'wrong_content_type']) if (ex.has(name)) ex.markFault(name);
  if (ex.has('json_instead_of_audio')) {
    ex.markFault('json_instead_of_audio');
    return ex.answer(200, { detail: { status: 'something_went_wrong', message: 'The audio could not be made.' } });
  }
  if (ex.has('empty')) {
    ex.markFault('empty');
    return ex.answer(200, new Uint8Array(0), { 'content-type': type });
  }
  const pieces = ex.knobs.raw_chunks_base64
    ? ex.knobs.raw_chunks_base64.map((chunk) => ({ bytes: Buffer.from(chunk, 'base64'), duration_ms: 0 }))
    : engine.speak({ text, voice, format, signal: ex.signal });
  if (sse) return sendSpeechEvents(ex, pieces, text);
  if (whole) return sendWhole(ex, pieces, { 'content-type': type, ...headers });
  return sendAudio(ex, pieces, { 'content-type': type, 'transfer-encoding': 'chunked', ...headers });
}

/** Paces pieces at `audio_rate` times real time, beginning `first_ms` after the request. */
function pacer(ex) {
  const { first_ms = 0, gap_ms = 0 } = ex.knobs;
  const rate = ex.knobs.audio_rate ?? (ex.has('slow_audio') ? 0.5 : undefined);
  let begun_ms;
  let played_ms = 0;
  let index = 0;
  return async ({ duration_ms }) => {
    await ex.since(first_ms);
    begun_ms ??= Math.max(ex.started_ms + first_ms, performance.timeOrigin + performance.now());
    const due_ms = begun_ms + (rate ? played_ms / rate : 0) + index * gap_ms;
    await sleepUntil(due_ms, ex.signal);
    played_ms += duration_ms;
    index += 1;
  };
}

async function sendAudio(ex, pieces, headers) {
  const pace = pacer(ex);
  const fault = ex.faultAmong(['cut', 'truncated_audio', 'drop', 'reset', 'stall']);
  let left = fault ? ex.knobs.after ?? AFTER_BYTES : Infinity;
  let headed = false;
  for await (const piece of pieces) {
    // An engine that fails before its first piece is answered with a status; after it, the connection breaks.
    if (!headed) await ex.head(200, headers);
    headed = true;
    await pace(piece);
    const { bytes } = piece;
    const part = bytes.length > left ? bytes.subarray(0, left) : bytes;
    if (part.length > 0) await ex.writeApart(part, 1);
    left -= part.length;
    if (left <= 0) return breakAudio(ex, fault);
  }
  // Audio shorter than `after` breaks at its end.
  return fault ? breakAudio(ex, fault) : ex.end();
}

async function breakAudio(ex, fault) {
  if (fault === 'reset') return ex.reset();
  if (fault === 'drop') return ex.drop();
  if (fault === 'stall') return ex.stall();
  return ex.cut(fault);
}

/** The whole file with its length; with `cut` and the like the file is half. */
async function sendWhole(ex, pieces, headers) {
  if (ex.faultAmong(['cut', 'truncated_audio', 'drop', 'reset', 'stall']) || ex.knobs.audio_rate) return sendAudio(ex, pieces, headers);
  const parts = [];
  for await (const { bytes } of pieces) parts.push(bytes);
  await ex.since(ex.knobs.first_ms ?? 0);
  return ex.answer(200, Buffer.concat(parts), headers);
}

/** OpenAI's `stream_format: "sse"`. */
async function sendSpeechEvents(ex, pieces, text) {
  const pace = pacer(ex);
  const fault = ex.faultAmong(['cut', 'truncated_audio', 'drop', 'reset', 'stall', 'error_event']);
  const after = ex.knobs.after ?? 2;
  await ex.head(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  let sent = 0;
  for await (const piece of pieces) {
    await pace(piece);
    if (fault && sent === after) {
      if (fault !== 'error_event') return breakAudio(ex, fault);
      ex.markFault(fault);
      return ex.end('data: {"error":{"message":"The speech stopped.","type":"server_error","param":null,"code":null}}\n\n', 1);
    }
    await ex.writeApart(`data: ${JSON.stringify({ type: 'speech.audio.delta', audio: piece.bytes.toString('base64') })}\n\n`, 1);
    sent += 1;
  }
  const input_tokens = Math.ceil(text.length / 4);
  const usage = { input_tokens, output_tokens: sent, total_tokens: input_tokens + sent };
  return ex.end(`data: ${JSON.stringify({ type: 'speech.audio.done', usage })}\n\n`, 1);
}
