// The official OpenAI SDK with only a base URL: speech that streams, transcription of a file, errors of its own types.

import assert from 'node:assert/strict';
import { createReadStream, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, describe, test } from 'node:test';
import OpenAI, { APIUserAbortError, AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError, toFile } from 'openai';
import { startHearken } from '../harness.mjs';

const KEY = 'key-of-a-server';
const SAID = 'The tide turns at seven.';
const TEXT = 'The tide turns at seven. Then the boats go out, and the harbour is quiet again.';
const fixture = (name) => fileURLToPath(new URL(`../fixtures/audio/${name}`, import.meta.url));

let hearken;
let client;
before(async () => {
  hearken = await startHearken({
    vars: { AUTH: 'required', API_KEYS: KEY, SESSION_SECRET: 's', TTS: 'elevenlabs:first, openai:second', STT: 'groq:first, openai:second' },
  });
  await hearken.providers.warm();
  client = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
after(() => hearken?.stop());
beforeEach(() => set({}));

function set(knobs) {
  hearken.providers.control(null);
  hearken.providers.control({ transcription: { transcript: SAID }, ...knobs });
  hearken.providers.journal.clear();
}
const speak = (fields, options) => client.audio.speech.create({ model: 'gpt-4o-mini-tts', voice: 'alloy', input: TEXT, ...fields }, options);

/** Asserts the class, and that status and fields can be read from it. */
const raises = (promise, type, { status, ...fields }) => assert.rejects(promise, (error) => {
  assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
  assert.equal(error.status, status);
  assert.match(error.requestID, /^req_/);
  for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value, name);
  return true;
});

describe('spoken replies', () => {
  const REPLY = 'Hello there. How are you?';
  const spoken = (fields) => client.chat.completions.create({
    model: 'companion', modalities: ['text', 'audio'], messages: [{ role: 'user', content: 'Hello?' }], ...fields,
  });
  const script = () => set({ chat: { first_ms: 0, gap_ms: 0, script: [REPLY, REPLY], script_repeat: true } });

  test('a whole reply comes as WAV, as in the first example of the documentation', async () => {
    script();
    const { choices: [{ message }] } = await spoken({ audio: { voice: 'alloy', format: 'wav' } });
    const wav = Buffer.from(message.audio.data, 'base64');
    const samples_at = wav.indexOf('data', 12, 'latin1') + 8;
    assert.deepEqual([wav.toString('latin1', 0, 4), wav.readUInt32LE(4), wav.readUInt32LE(samples_at - 4)], ['RIFF', wav.length - 8, wav.length - samples_at]);
    assert.ok(wav.length > 20_000);
    assert.equal(message.audio.transcript, REPLY);
    await raises(spoken({ stream: true, audio: { voice: 'alloy', format: 'wav' } }), BadRequestError, { status: 400, param: 'audio.format' });
  });

  test('deltas that are joined as strings are one sound, one id and one transcript', async () => {
    script();
    const joined = { id: '', data: '', transcript: '' };
    for await (const chunk of await spoken({ stream: true, audio: { voice: 'alloy', format: 'opus' } })) {
      const audio = chunk.choices[0]?.delta.audio ?? {};
      for (const name of Object.keys(joined)) joined[name] += audio[name] ?? '';
    }
    assert.match(joined.id, /^audio_[0-9a-f]+$/);
    assert.equal(joined.transcript, REPLY);
    assert.match(joined.data, /^[A-Za-z0-9+/]+={0,2}$/);
    assert.equal(Buffer.from(joined.data, 'base64').toString('latin1', 0, 4), 'OggS');
  });
});

describe('speech', () => {
  test('every format the SDK and hearken share is read whole', async () => {
    for (const [response_format, start] of Object.entries({ mp3: /^(ID3|\xff)/, opus: /^OggS/, wav: /^RIFF/, pcm: /^/ })) {
      const response = await speak({ response_format });
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.ok(bytes.length > 4_000);
      assert.match(bytes.toString('latin1', 0, 4), start);
      assert.equal(response.headers.get('x-served-by'), 'elevenlabs:first');
    }
  });

  test('the body streams while the provider is still speaking', async () => {
    // Real time: the end is seconds away when the first bytes come.
    set({ elevenlabs: { audio_rate: 1 } });
    const response = await speak({ response_format: 'opus' });
    const reader = response.body.getReader();
    const { value } = await reader.read();
    assert.equal(Buffer.from(value).toString('latin1', 0, 4), 'OggS');
    const [call] = hearken.providers.requests;
    assert.equal(call.ended, 'open');
    await reader.cancel();
    const left = await hearken.providers.waitFor(({ ended }) => ended !== 'open');
    assert.equal(left.ended, 'client_closed');
  });

  test('aborting while it streams frees the provider', async () => {
    set({ elevenlabs: { audio_rate: 1 } });
    const controller = new AbortController();
    const response = await speak({ response_format: 'opus' }, { signal: controller.signal });
    const reader = response.body.getReader();
    await reader.read();
    controller.abort();
    await assert.rejects(async () => {
      while (!(await reader.read()).done);
    });
    const call = await hearken.providers.waitFor(({ ended }) => ended !== 'open');
    assert.equal(call.ended, 'client_closed');
    assert.equal(hearken.providers.requests.length, 1);
  });

  test('a request that is aborted raises as the SDK says', async () => {
    set({ speech: { headers_ms: 200 } });
    const controller = new AbortController();
    const asked = speak({ input: 'Aborted.' }, { signal: controller.signal });
    asked.catch(() => {});
    await hearken.providers.waitFor(({ body }) => body?.text === 'Aborted.');
    controller.abort();
    await assert.rejects(asked, APIUserAbortError);
  });

  test('the fields are the ones the provider gets', async () => {
    const response = await client.audio.speech.create({ model: 'openai:second', voice: 'nova', input: 'Yes.', speed: 1.25, instructions: 'Softly.', response_format: 'opus' });
    await response.arrayBuffer();
    const { body } = hearken.providers.requests.find(({ scope }) => scope === 'openai.speech');
    assert.deepEqual(body, { model: 'second', voice: 'nova', input: 'Yes.', speed: 1.25, instructions: 'Softly.', response_format: 'opus' });
  });

  test('errors are raised as the SDK names them', async () => {
    await raises(speak({ input: '' }), BadRequestError, { status: 400, param: 'input', type: 'invalid_request_error' });
    await raises(speak({ input: 'a'.repeat(4_097) }), BadRequestError, { status: 400, param: 'input' });
    await raises(speak({ response_format: 'vorbis' }), BadRequestError, { status: 400, param: 'response_format' });
    await raises(speak({ speed: 9 }), BadRequestError, { status: 400, param: 'speed' });
    await raises(speak({ model: 'nobody:x' }), NotFoundError, { status: 404, code: 'model_not_found', param: 'model' });
    set({ speech: { fault: 'rate_limit' } });
    await raises(speak(), RateLimitError, { status: 429, code: 'provider_busy' });
    set({ speech: { fault: 'html' } });
    await raises(speak(), InternalServerError, { status: 502, code: 'provider_failed' });
    const stranger = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: 'wrong', maxRetries: 0 });
    await raises(stranger.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Yes.' }), AuthenticationError, { status: 401, code: 'invalid_api_key' });
  });

  test('a retry of the SDK is served once the providers are well again', async () => {
    set({ speech: { fault: 'server_error', times: 2 } });
    const patient = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: KEY, maxRetries: 1 });
    const response = await patient.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Yes.' });
    assert.ok((await response.arrayBuffer()).byteLength > 1_000);
    assert.equal(hearken.providers.requests.length, 3);
  });
});

describe('transcription', () => {
  test('a file stream is heard', async () => {
    for (const name of ['two.wav', 'two.mp3', 'two.webm', 'two.m4a', 'two.flac', 'two.ogg']) {
      const transcript = await client.audio.transcriptions.create({ model: 'whisper-1', file: createReadStream(fixture(name)), language: 'en', prompt: 'tides' });
      assert.equal(transcript.text, SAID, name);
    }
    const [call] = hearken.providers.requests;
    assert.deepEqual([call.body.model, call.body.language, call.body.prompt, call.body.file.name], ['first', 'en', 'tides', 'speech.wav']);
  });

  test('text and verbose_json have the shapes the SDK documents', async () => {
    const file = () => createReadStream(fixture('two.wav'));
    assert.equal(await client.audio.transcriptions.create({ model: 'whisper-1', file: file(), response_format: 'text' }), `${SAID}\n`);
    const verbose = await client.audio.transcriptions.create({ model: 'whisper-1', file: file(), response_format: 'verbose_json' });
    assert.equal(verbose.text, SAID);
    assert.equal(typeof verbose.duration, 'number');
    assert.ok(Array.isArray(verbose.segments));
  });

  test('subtitles, words and events have the shapes the SDK documents', async () => {
    const file = () => createReadStream(fixture('two.wav'));
    assert.match(await client.audio.transcriptions.create({ model: 'whisper-1', file: file(), response_format: 'srt' }), /^1\n00:00:00,000 --> /);
    assert.match(await client.audio.transcriptions.create({ model: 'whisper-1', file: file(), response_format: 'vtt' }), /^WEBVTT\n\n00:00:00\.000 --> /);
    const { words } = await client.audio.transcriptions.create({ model: 'whisper-1', file: file(), response_format: 'verbose_json', timestamp_granularities: ['word'] });
    assert.equal(words.map(({ word }) => word).join(' '), SAID);
    const stream = await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: file(), stream: true });
    let deltas = '';
    let done;
    for await (const event of stream) {
      if (event.type === 'transcript.text.delta') deltas += event.delta;
      else done = event;
    }
    assert.deepEqual([deltas, done], [SAID, { type: 'transcript.text.done', text: SAID }]);
    const translation = await client.audio.translations.create({ model: 'whisper-1', file: file() });
    assert.deepEqual({ ...translation }, { text: SAID });
  });

  test('the second provider hears when the first fails', async () => {
    set({ groq: { fault: 'server_error' } });
    const { data, response } = await client.audio.transcriptions.create({ model: 'whisper-1', file: createReadStream(fixture('two.webm')) }).withResponse();
    assert.equal(data.text, SAID);
    assert.equal(response.headers.get('x-served-by'), 'openai:second');
  });

  test('errors are raised as the SDK names them', async () => {
    const hear = (file, fields) => client.audio.transcriptions.create({ model: 'whisper-1', file, ...fields });
    const broken = await toFile(readFileSync(fixture('two.m4a')).subarray(0, 3_000), 'a.m4a');
    await raises(hear(broken), BadRequestError, { status: 400, param: 'file', code: 'invalid_file' });
    await raises(hear(await toFile(Buffer.from('Dear diary, '.repeat(50)), 'a.wav')), BadRequestError, { status: 400, param: 'file' });
    await assert.rejects(hear(await toFile(Buffer.alloc(27_000_000, 1), 'a.wav')), (error) => error.status === 413 && error.param === 'file');
    await raises(hear(createReadStream(fixture('two.wav')), { response_format: 'tsv' }), BadRequestError, { status: 400, param: 'response_format' });
    assert.equal(hearken.providers.requests.length, 0);
    set({ transcription: { status: 501 } });
    await raises(hear(createReadStream(fixture('two.wav'))), InternalServerError, { status: 501, code: 'not_implemented' });
  });
});
