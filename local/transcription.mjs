// Transcription in OpenAI's, Groq's, Deepgram's and Workers AI's formats: checks the recording, then the recogniser
// (or the `transcript` knob) says what was spoken.

import { badInput } from './errors.mjs';
import { BrokenContainer, containerOf, durationOf } from './containers.mjs';
import { BadForm, parseForm } from './multipart.mjs';
import { CannotDecode } from './recogniser.mjs';
import { wholeJson } from './whole.mjs';

const FILE_BYTES_MAX = 25 * 1024 * 1024;
/** The shortest recording OpenAI takes. */
const SECONDS_MIN = 0.1;
const FORMATS = ['json', 'text', 'verbose_json'];

export const NOT_INSTALLED = {
  error: {
    message: 'No recogniser is installed: `pip install pocketsphinx` for the python3 on PATH (or LOCAL_PYTHON) turns transcription on.',
    type: 'not_implemented', param: null, code: 'recogniser_not_installed',
  },
};

/** `POST .../audio/transcriptions` (OpenAI, Groq). */
export async function openaiTranscription(ex, recogniser) {
  const bad = (message, param, more = {}) => refuse(ex, badInput(ex.provider, message, { param, ...more }));
  let form;
  try {
    form = parseForm(ex.raw, ex.req.headers['content-type']);
  } catch (error) {
    if (error instanceof BadForm) return bad(error.message, null);
    throw error;
  }
  const file = form.files.get('file');
  const format = form.fields.get('response_format') ?? 'json';
  ex.entry.body = {
    ...Object.fromEntries(form.fields), file: file && { name: file.name, type: file.type, bytes: file.bytes.length },
  };
  if (!form.fields.get('model')) return bad('you must provide a model parameter', 'model');
  if (!file) return bad('you must provide a file', 'file');
  if (!FORMATS.includes(format)) return bad(`response_format must be one of ${FORMATS.join(', ')}`, 'response_format');
  if (file.bytes.length > FILE_BYTES_MAX) return bad('Maximum content size limit (26214400) exceeded', 'file', { status: 413 });
  const heard = await hear(ex, recogniser, file.bytes);
  if (heard.problem) return heard.not_installed ? ex.answer(501, NOT_INSTALLED) : bad(heard.problem, 'file', { code: heard.code });
  const { text, seconds } = heard;
  if (format === 'text') {
    await ex.since(ex.knobs.first_ms ?? 0);
    return ex.answer(200, `${text}\n`);
  }
  const x_groq = ex.provider === 'groq' ? { x_groq: { id: `req_local${ex.entry.id}` } } : {};
  if (format === 'json') return answerJson(ex, { text, ...x_groq });
  const duration = seconds ?? 0;
  const segment = { id: 0, seek: 0, start: 0, end: duration, text, tokens: [], temperature: 0, avg_logprob: -0.2, compression_ratio: 1, no_speech_prob: 0.01 };
  const words = form.fields.get('timestamp_granularities[]')?.split(',').includes('word') ? { words: wordsOf(text, duration) } : {};
  const task = ex.url.pathname.endsWith('/translations') ? 'translate' : 'transcribe';
  return answerJson(ex, { task, language: form.fields.get('language') ?? 'english', duration, text, segments: [segment], ...words, ...x_groq });
}

/** `POST /v1/listen` (Deepgram): the recording is the body. */
export async function deepgramTranscription(ex, recogniser) {
  const heard = await hear(ex, recogniser, ex.raw);
  if (heard.not_installed) return ex.answer(501, NOT_INSTALLED);
  if (heard.problem) return refuse(ex, badInput('deepgram', 'Bad Request: failed to process audio: corrupt or unsupported data'));
  const words = wordsOf(heard.text, heard.seconds ?? 0).map((word) => ({ ...word, confidence: 0.9 }));
  return answerJson(ex, {
    metadata: { request_id: `local${ex.entry.id}`, created: new Date().toISOString(), duration: heard.seconds ?? 0, channels: 1, models: [ex.url.searchParams.get('model') ?? 'nova-3'] },
    results: { channels: [{ alternatives: [{ transcript: heard.text, confidence: 0.9, words }] }] },
  });
}

/** Workers AI's whisper: `{audio}` as base64, a list of bytes, or nova-3's `{audio: {body}}`. */
export async function workersAiTranscription(ex, recogniser) {
  const { audio } = ex.json;
  const given = audio?.body ?? audio;
  const bytes = Array.isArray(given) ? Buffer.from(given) : Buffer.from(String(given ?? ''), 'base64');
  ex.entry.body = { ...ex.json, audio: { bytes: bytes.length } };
  const heard = await hear(ex, recogniser, bytes);
  if (heard.not_installed) return ex.answer(501, NOT_INSTALLED);
  if (heard.problem) return refuse(ex, badInput('workers-ai', heard.problem));
  if (/deepgram/.test(ex.params.model)) return answerJson(ex, { results: { channels: [{ alternatives: [{ transcript: heard.text, confidence: 0.9 }] }] } });
  return answerJson(ex, { text: heard.text, word_count: heard.text.split(/\s+/).filter(Boolean).length, transcription_info: { language: ex.json.language ?? 'en', duration: heard.seconds } });
}

/** Workers AI's smart-turn: the last seconds as 32-bit floats of 16 kHz. */
export async function workersAiEndOfTurn(ex) {
  const bytes = Buffer.from(String(ex.json.audio ?? ''), 'base64');
  ex.entry.body = { dtype: ex.json.dtype, samples: Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readFloatLE(at * 4)) };
  const probability = ex.knobs.finished ?? 0.5;
  return answerJson(ex, { is_complete: probability > 0.5, probability });
}

/** The words, evenly spread over the recording. */
function wordsOf(text, seconds) {
  const words = text.split(/\s+/).filter(Boolean);
  return words.map((word, index) => ({ word, start: (index * seconds) / words.length, end: ((index + 1) * seconds) / words.length }));
}

/** `{text, seconds}`, or `{problem}`. The container is checked even when the words are scripted. */
async function hear(ex, recogniser, bytes) {
  const container = containerOf(bytes);
  if (!container) {
    return { problem: "Invalid file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']", code: 'invalid_file' };
  }
  let seconds;
  try {
    seconds = durationOf(bytes, container);
  } catch (error) {
    if (error instanceof BrokenContainer || error instanceof RangeError) return { problem: 'The audio file could not be decoded or its format is not supported.', code: 'invalid_file' };
    throw error;
  }
  if (seconds !== undefined && seconds < SECONDS_MIN) return { problem: `Audio file is too short. Minimum audio length is ${SECONDS_MIN} seconds.`, code: 'audio_too_short' };
  if (ex.has('empty')) {
    ex.markFault('empty');
    return { text: '', seconds };
  }
  if (ex.knobs.transcript !== undefined) return { text: ex.knobs.transcript, seconds };
  if (!(await recogniser.available())) return { problem: 'no recogniser', not_installed: true };
  try {
    return { text: await recogniser.transcribe(bytes, container), seconds };
  } catch (error) {
    if (error instanceof CannotDecode) return { problem: 'The audio file could not be decoded or its format is not supported.', code: 'invalid_file' };
    throw error;
  }
}

const refuse = (ex, { status, headers, body }) => ex.answer(status, body, headers);
const answerJson = (ex, body) => wholeJson(ex, JSON.stringify(body), ex.knobs.first_ms ?? 0);
