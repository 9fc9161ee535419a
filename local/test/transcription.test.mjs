import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { wavHeader } from '../encode.mjs';
import { BadForm, parseForm } from '../multipart.mjs';
import { post, start } from './helpers.mjs';

const PYTHON = process.env.LOCAL_PYTHON || 'python3';
const has_recogniser = spawnSync(PYTHON, ['-c', 'import pocketsphinx']).status === 0;
const silence = (seconds) => Buffer.concat([wavHeader(16_000, seconds * 32_000), Buffer.alloc(seconds * 32_000)]);

const ask = (providers, bytes, fields = {}, prefix = '/openai/v1') => {
  const form = new FormData();
  form.set('model', 'whisper-large-v3-turbo');
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  if (bytes) form.set('file', new Blob([bytes], { type: 'audio/wav' }), 'speech.wav');
  return fetch(`${providers.url}${prefix}/audio/transcriptions`, { method: 'POST', body: form });
};

test('a scripted transcript comes in each response format', async (t) => {
  const providers = await start(t, { transcription: { transcript: 'hello world' } });
  const json = await (await ask(providers, silence(1))).json();
  assert.equal(json.text, 'hello world');
  assert.match(json.x_groq.id, /^req_/);
  assert.equal(await (await ask(providers, silence(1), { response_format: 'text' })).text(), 'hello world\n');
  const verbose = await (await ask(providers, silence(2), { response_format: 'verbose_json' }, '/v1')).json();
  assert.deepEqual([verbose.task, verbose.duration, verbose.segments[0].text], ['transcribe', 2, 'hello world']);
  assert.deepEqual(providers.requests[0].body.file, { name: 'speech.wav', type: 'audio/wav', bytes: 32_044 });
});

test('deepgram and workers-ai answer in their own shapes', async (t) => {
  const providers = await start(t, { transcription: { transcript: 'hello world' } });
  const heard = await (await fetch(`${providers.url}/v1/listen?model=nova-3`, { method: 'POST', headers: { 'content-type': 'audio/wav' }, body: silence(1) })).json();
  assert.equal(heard.results.channels[0].alternatives[0].transcript, 'hello world');
  assert.equal(heard.metadata.duration, 1);
  const run = await post(`${providers.url}/ai/run/@cf/openai/whisper-large-v3-turbo`, { audio: silence(1).toString('base64') });
  assert.equal((await run.json()).text, 'hello world');
});

test('the container is read from the bytes, whatever the transcript is', async (t) => {
  const providers = await start(t, { transcription: { transcript: 'x' } });
  const refused = [
    [Buffer.from('this is not sound at all'), 'invalid_file'], [Buffer.alloc(0), 'invalid_file'],
    [silence(1).subarray(0, 30), 'invalid_file'], [Buffer.from('OggS with nothing in it, no head, no pages'), 'invalid_file'],
    [silence(0.05), 'audio_too_short'],
  ];
  for (const [bytes, code] of refused) {
    const response = await ask(providers, bytes);
    assert.deepEqual([response.status, (await response.json()).error.code], [400, code]);
  }
  assert.equal((await ask(providers, undefined)).status, 400);
  assert.equal((await ask(providers, silence(1), { response_format: 'srt' })).status, 400);
  assert.equal((await ask(providers, Buffer.alloc(26 * 1024 * 1024))).status, 413);
  assert.equal((await post(`${providers.url}/v1/audio/transcriptions`, { file: 'x' })).status, 400);
});

test('speech made here is accepted as a recording in each container', async (t) => {
  const providers = await start(t, { transcription: { transcript: 'x' } });
  for (const response_format of ['wav', 'mp3', 'opus']) {
    const speech = await post(`${providers.url}/v1/audio/speech`, { model: 't', voice: 'alloy', input: 'Hello there.', response_format });
    const heard = await (await ask(providers, Buffer.from(await speech.arrayBuffer()), { response_format: 'verbose_json' })).json();
    assert.ok(heard.duration > 0.5 && heard.duration < 3, `${response_format}: ${heard.duration} s`);
  }
});

test('without a recogniser the answer is 501 and capabilities say so; with one the words are heard', { timeout: 25_000 }, async (t) => {
  const providers = await start(t);
  const capabilities = await (await fetch(`${providers.url}/control/capabilities`)).json();
  assert.equal(capabilities.transcription, has_recogniser);
  const speech = await post(`${providers.url}/v1/audio/speech`, { model: 't', voice: 'onyx', input: 'Hello. How are you?', response_format: 'wav', speed: 0.8 });
  const response = await ask(providers, Buffer.from(await speech.arrayBuffer()));
  const body = await response.json();
  if (has_recogniser) assert.match(body.text, /hello|how|you/);
  else assert.deepEqual([response.status, body.error.code], [501, 'recogniser_not_installed']);
});

test('a form that is cut, endless or unnamed is refused and not guessed at', () => {
  const type = 'multipart/form-data; boundary=b';
  const part = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nvalue\r\n';
  assert.equal(parseForm(Buffer.from(`${part}--b--\r\n`), type).fields.get('a'), 'value');
  assert.equal(parseForm(Buffer.from('--b\r\ncontent-disposition: form-data; name="f"; filename="x.wav"\r\n\r\n\r\n--\r\n--b--'), type).files.get('f').bytes.toString(), '\r\n--');
  for (const [body, content_type] of [[part, type], ['', type], [`${part}--b--`, 'text/plain'], ['--b\r\n\r\nx\r\n--b--', type], [`${part.repeat(65)}--b--`, type]]) {
    assert.throws(() => parseForm(Buffer.from(body), content_type), BadForm);
  }
});
