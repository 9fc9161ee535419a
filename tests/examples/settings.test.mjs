// The examples that are settings: the calls that each program then makes, replayed as it makes them (Open WebUI 0.12.4,
// wyoming_openai and openai_tts for Home Assistant).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHearken } from '../harness.mjs';

const SAID = 'Good to hear you.';
let hearken;
before(async () => {
  hearken = await startHearken({ knobs: { chat: { first_ms: 0, gap_ms: 0, script: [SAID], script_repeat: true }, speech: { first_ms: 0 }, transcription: { transcript: 'When?' } } });
});
after(() => hearken?.stop());

const KEY = { authorization: 'Bearer KEY' };
const OF_OPEN_WEBUI = {
  ...KEY, 'x-openwebui-user-id': 'b2c4', 'x-openwebui-user-name': 'Ann', 'x-openwebui-user-email': 'ann@example.org', 'x-openwebui-user-role': 'user', 'x-openwebui-chat-id': 'c1',
};
const post = (path, headers, body) => fetch(`${hearken.url}/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
const start = async (answer) => Buffer.from(await answer.arrayBuffer()).subarray(0, 12);
async function form(path, headers, fields) {
  const speech = await post('/audio/speech', KEY, { input: 'When?', response_format: 'wav' });
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('file', new File([await speech.arrayBuffer()], 'audio.wav', { type: 'audio/wav' }));
  return fetch(`${hearken.url}/v1${path}`, { method: 'POST', headers, body });
}
/** MPEG audio: an ID3 tag or a frame's sync word. */
const isMp3 = (bytes) => bytes.toString('latin1', 0, 3) === 'ID3' || (bytes[0] === 0xff && (bytes[1] & 0xe0) === 0xe0);

test('Open WebUI lists models, chats with its own fields, and takes the title', async () => {
  const models = await (await fetch(`${hearken.url}/v1/models`, { headers: OF_OPEN_WEBUI })).json();
  assert.ok(models.data.some(({ id }) => id === 'companion'));
  const chat = await post('/chat/completions', OF_OPEN_WEBUI, {
    model: 'companion', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'When?' }], temperature: 0.8, params: {}, tool_ids: [], chat_id: 'c1', id: 'm1', session_id: 's1', background_tasks: {},
  });
  assert.equal(chat.status, 200);
  assert.match(await chat.text(), /\[DONE\]/);
  const title = await post('/chat/completions', OF_OPEN_WEBUI, { model: 'companion', stream: false, messages: [{ role: 'user', content: 'A title for it' }], max_completion_tokens: 1000, metadata: { task: 'title_generation' } });
  assert.equal((await title.json()).choices[0].message.content, SAID);
});

test('Open WebUI has its lists of speech without a key, speaks without a format, and hears', async () => {
  const voices = await (await fetch(`${hearken.url}/v1/audio/voices`)).json();
  assert.ok(voices.voices.length > 0 && voices.voices.every(({ id, name }) => id && name));
  const models = await (await fetch(`${hearken.url}/v1/audio/models`)).json();
  assert.ok(models.models.some(({ id }) => id === 'companion'));
  for (const model of ['companion', 'tts-1', 'tts-1-hd']) {
    const speech = await post('/audio/speech', OF_OPEN_WEBUI, { model, input: 'Good evening.', voice: 'alloy' });
    assert.equal(speech.headers.get('content-type'), 'audio/mpeg');
    assert.ok(isMp3(await start(speech)), model);
  }
  const heard = await form('/audio/transcriptions', OF_OPEN_WEBUI, { model: 'whisper-1', language: 'en' });
  assert.deepEqual((await heard.json()).text, 'When?');
});

test('wyoming_openai probes, speaks three sentences at once as WAV, and hears', async () => {
  for (const path of ['/test', '/readyz', '/v1/test']) assert.equal((await fetch(hearken.url + path, { headers: KEY })).status, 404, path);
  const spoken = await Promise.all(['One.', 'Two.', 'Three.'].map((input) => post('/audio/speech', KEY, { model: 'tts-1', voice: 'alloy', input, response_format: 'wav', speed: 1.0 })));
  for (const speech of spoken) assert.match((await start(speech)).toString('latin1'), /^RIFF....WAVE$/s);
  const heard = await form('/audio/transcriptions', KEY, { model: 'whisper-1', response_format: 'json', temperature: '0', prompt: '' });
  assert.equal((await heard.json()).text, 'When?');
  const streamed = await form('/audio/transcriptions', KEY, { model: 'whisper-1', response_format: 'json', stream: 'true' });
  assert.deepEqual(JSON.parse((await streamed.text()).trim().split('data: ').at(-1)), { type: 'transcript.text.done', text: 'When?' });
});

test('openai_tts speaks with its whole address and its own voice names', async () => {
  const speech = await post('/audio/speech', KEY, { model: 'tts-1', input: 'The door is open.', voice: 'shimmer', response_format: 'mp3', speed: 1, instructions: null });
  assert.equal(speech.status, 200);
  assert.ok(isMp3(await start(speech)));
});
