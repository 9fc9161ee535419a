import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApi, readReply } from '../../static/api.js';

const encoder = new TextEncoder();
const chunk = (content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

/** A body of the given pieces; it ends after them unless `open`. `cancelled` resolves when the reader lets go. */
function body(pieces, { open = false } = {}) {
  let letGo;
  const cancelled = new Promise((resolve) => {
    letGo = resolve;
  });
  const stream = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      if (!open) controller.close();
    },
    cancel: letGo,
  });
  return { stream, cancelled };
}

async function textsOf(pieces, options) {
  const texts = [];
  for await (const part of readReply(body(pieces, options).stream, { silenceMsMax: 20 })) texts.push(part.text ?? part);
  return texts;
}

test('ok_content_is_yielded_until_done', async () => {
  assert.deepEqual(await textsOf([chunk('Hel'), chunk('lo'), 'data: [DONE]\n\n', chunk('after')]), ['Hel', 'lo']);
});

test('ok_events_without_text_or_json_are_passed_over', async () => {
  const odd = [': hi\n\n', 'data: {"choices":[]}\n\n', 'data: not json\n\n', 'event: ping\ndata: 1\n\n'];
  assert.deepEqual(await textsOf([...odd, chunk('x'), 'data: [DONE]\n\n']), ['x']);
});

test('sound and its failure come with the text', async () => {
  const audio = (fields) => `data: ${JSON.stringify({ choices: [{ delta: { audio: { id: 'a', ...fields } } }] })}\n\n`;
  const failing = audio({ error: { message: 'no voice', code: 'not_configured' } });
  const [text, sound, more, failure] = await textsOf([chunk('Hi'), audio({ data: btoa('\u0001\u00ff'), transcript: 'Hi' }), audio({ data: btoa('\u0002') }), failing, 'data: [DONE]\n\n']);
  assert.equal(text, 'Hi');
  assert.deepEqual([[...sound.sound], sound.phrase], [[1, 255], 'Hi']);
  assert.deepEqual([[...more.sound], more.phrase], [[2], undefined]);
  assert.deepEqual([failure.voiceFailure.kind, failure.voiceFailure.format], ['voice', true]);
});

test('a voice is asked for where a format is given, and only there', async () => {
  const sent = [];
  const fetch = async (path, init) => {
    sent.push(JSON.parse(init.body));
    return new Response('data: [DONE]\n\n');
  };
  const api = createApi({ key: () => null, fetch });
  for (const format of ['webm', undefined]) for await (const part of api.reply({ messages: [], format })) assert.fail(part);
  assert.deepEqual([sent[0].modalities, sent[0].audio], [['text', 'audio'], { format: 'webm' }]);
  assert.equal(sent[1].modalities, undefined);
});

test('the words of a recording come from the first chunk', async () => {
  const first = 'data: {"input_transcript":"Good evening.","choices":[{"delta":{"role":"assistant","content":""}}]}\n\n';
  assert.deepEqual(await textsOf([first, chunk('Hi'), 'data: [DONE]\n\n']), [{ heard: 'Good evening.' }, 'Hi']);
});

test('err_a_server_that_cannot_hear_is_told_from_one_that_cannot_answer', async () => {
  const api = createApi({ key: () => null, fetch: async () => new Response('{"error":{"message":"no"}}', { status: 501 }) });
  const kindOf = (content) => api.reply({ messages: [{ role: 'user', content }] }).next().catch(({ kind }) => kind);
  assert.equal(await kindOf([{ type: 'input_audio', input_audio: { data: 'AA', format: 'webm' } }]), 'no_transcription');
  assert.equal(await kindOf('Hello'), 'unavailable');
});

test('err_an_end_without_done_is_a_cut', async () => {
  await assert.rejects(textsOf([chunk('Hel')]), { kind: 'cut' });
});

test('err_silence_is_noticed', async () => {
  await assert.rejects(textsOf([chunk('Hel')], { open: true }), { kind: 'silent' });
});

for (const event of [
  'data: {"error":{"message":"upstream died"}}\n\n',
  'event: error\ndata: {"message":"upstream died"}\n\n',
  'event: error\ndata: upstream died\n\n',
  'data: {"id":"x","choices":[],"x_groq":{"error":{"message":"upstream died"}}}\n\n',
]) {
  test(`err_event: ${JSON.stringify(event)}`, async () => {
    await assert.rejects(textsOf([chunk('Hel'), event, 'data: [DONE]\n\n']), { kind: 'stream', detail: /upstream died/ });
  });
}

test('a listener who leaves early cancels the body', async () => {
  const { stream, cancelled } = body([chunk('Hel'), chunk('lo')], { open: true });
  for await (const { text } of readReply(stream)) {
    assert.equal(text, 'Hel');
    break;
  }
  await cancelled;
});

test('the key goes into the header, and no header goes without one', async () => {
  const sent = [];
  const fetch = async (path, init) => {
    sent.push(init.headers.authorization);
    return new Response('', { headers: { 'content-type': 'audio/webm' } });
  };
  let key = 'k1';
  const api = createApi({ key: () => key, fetch });
  await api.speech({ text: 'Hi', accept: 'audio/webm' });
  key = null;
  await api.speech({ text: 'Hi', accept: 'audio/webm' });
  assert.deepEqual(sent, ['Bearer k1', undefined]);
});

test('a network that fails is told as offline, an abort stays an abort', async () => {
  const failing = (error) => createApi({ key: () => null, fetch: () => Promise.reject(error) });
  await assert.rejects(failing(new TypeError('Failed to fetch')).speech({ text: 'Hi' }), { kind: 'offline' });
  await assert.rejects(failing(new DOMException('gone', 'AbortError')).speech({ text: 'Hi' }), { name: 'AbortError' });
});

test('a server that says nothing of transcription counts as able, one that denies it does not', async () => {
  const health = (value, key = null) => createApi({ key: () => key, fetch: async () => Response.json(value) }).health();
  assert.deepEqual(await health({ status: 'ok' }), { siteKey: null, transcription: true, realtime: false, memory: false, personas: [] });
  assert.equal((await health({ transcription: { available: false } })).transcription, false);
  const personas = [{ id: 'listener', name: 'Hearken' }];
  assert.deepEqual(await health({ turnstile: '0x4A', personas }), { siteKey: '0x4A', transcription: true, realtime: false, memory: false, personas });
  assert.equal((await health({ memory: { available: true }, auth: 'local' })).memory, true);
  assert.equal((await health({ memory: { available: true }, auth: 'required' })).memory, false, 'nobody is known without a key');
  assert.equal((await health({ memory: { available: true }, auth: 'required' }, 'a-server-key')).memory, false, 'a server’s key names nobody');
  assert.equal((await health({ memory: { available: true }, auth: 'required' }, `hk1.${btoa('{"u":"ann","e":1}')}.tag`)).memory, true);
});

test('a realtime session is opened where the server is, with the key among its protocols', () => {
  globalThis.WebSocket = class {
    constructor(...given) {
      this.given = given.map(String);
    }
  };
  const open = (url, key, ask) => createApi({ url, key: () => key, fetch: () => {} }).realtime(ask).given;
  assert.deepEqual(open('https://h.example', 'hk1.a.b', { conversation: 'c1', persona: 'guide' }), ['wss://h.example/v1/realtime?model=companion&conversation=c1&persona=guide', 'realtime,openai-insecure-api-key.hk1.a.b']);
  assert.deepEqual(open('http://127.0.0.1:8787', null, { conversation: null, persona: '' }), ['ws://127.0.0.1:8787/v1/realtime?model=companion', 'realtime']);
});
