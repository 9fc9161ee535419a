import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatBody, contentOf, dataOf, post, rawPost, start } from './helpers.mjs';

test('a groq stream has role, content, finish, usage and DONE, with x_groq on its first and last chunk', async (t) => {
  const providers = await start(t, { chat: { script: ['One two three.'] } });
  const response = await post(`${providers.url}/openai/v1/chat/completions`, chatBody('hi', { stream_options: { include_usage: true } }));
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const events = dataOf(await response.text());
  assert.equal(events.at(-1), '[DONE]');
  assert.deepEqual(events[0].choices[0].delta, { role: 'assistant', content: '' });
  assert.equal(contentOf(events), 'One two three.');
  assert.deepEqual(events.slice(1, 4).map((event) => event.choices[0].delta.content), ['One', ' two', ' three.']);
  assert.equal(events.at(-3).choices[0].finish_reason, 'stop');
  assert.deepEqual(events.at(-2).choices, []);
  assert.equal(events.at(-2).usage.total_tokens, events.at(-2).usage.prompt_tokens + events.at(-2).usage.completion_tokens);
  assert.match(events[0].x_groq.id, /^req_/);
  assert.equal(events.at(-3).x_groq.usage.completion_tokens, events.at(-2).usage.completion_tokens);
  assert.equal(new Set(events.slice(0, -1).map(({ id }) => id)).size, 1);
});

test('an openai stream carries no x_groq, and no usage unless asked', async (t) => {
  const providers = await start(t);
  const events = dataOf(await (await post(`${providers.url}/v1/chat/completions`, chatBody('hello'))).text());
  assert.ok(events.slice(0, -1).every((event) => event.x_groq === undefined && event.choices.length === 1));
});

test('a completion that is not streamed has the same words', async (t) => {
  const providers = await start(t);
  const body = chatBody('I feel sad today');
  const streamed = contentOf(dataOf(await (await post(`${providers.url}/v1/chat/completions`, body)).text()));
  const whole = await (await post(`${providers.url}/v1/chat/completions`, { ...body, stream: false })).json();
  assert.equal(whole.object, 'chat.completion');
  assert.equal(whole.choices[0].message.content, streamed);
  assert.match(streamed, /sad/);
});

test('image and audio parts are tolerated, broken requests are refused in the provider shape', async (t) => {
  const providers = await start(t);
  const url = `${providers.url}/v1/chat/completions`;
  const parts = [{ type: 'text', text: 'Hello' }, { type: 'image_url', image_url: { url: 'data:,' } }, { type: 'input_audio', input_audio: { data: '', format: 'wav' } }];
  assert.equal((await post(url, { model: 'm', tools: [{}], messages: [{ role: 'user', content: parts }] })).status, 200);
  for (const body of [{}, { model: 'm' }, { model: 'm', messages: [] }, { model: 'm', messages: [{ role: 'robot' }] }, { messages: [{ role: 'user', content: 'x' }] }]) {
    const response = await post(url, body);
    assert.equal(response.status, 400);
    const { error } = await response.json();
    assert.equal(error.type, 'invalid_request_error');
    assert.ok(error.message.length > 0 && 'param' in error && 'code' in error);
  }
  const broken = await fetch(url, { method: 'POST', body: '{"model":' });
  assert.equal(broken.status, 400);
  assert.equal((await fetch(url)).status, 405);
  assert.equal((await fetch(`${providers.url}/v1/nothing`)).status, 404);
});

test('models are listed for openai and groq', async (t) => {
  const providers = await start(t);
  for (const prefix of ['/v1', '/openai/v1']) {
    const list = await (await fetch(`${providers.url}${prefix}/models`)).json();
    assert.equal(list.object, 'list');
    assert.ok(list.data.every(({ id, object }) => typeof id === 'string' && object === 'model'));
  }
});

test('workers-ai streams response events, and openai chunks by setting', async (t) => {
  const providers = await start(t, { chat: { script: ['Good day.'], script_repeat: true } });
  const url = `${providers.url}/ai/run/@cf/meta/llama-3.1-8b-instruct-fp8`;
  const body = { messages: [{ role: 'user', content: 'hello' }], stream: true };
  const events = dataOf(await (await post(url, body)).text());
  assert.equal(events.slice(0, -1).map(({ response }) => response).join(''), 'Good day.');
  assert.equal(events.at(-1), '[DONE]');
  assert.equal((await (await post(url, { ...body, stream: false })).json()).response, 'Good day.');
  providers.control({ chat: { workers_ai_shape: 'openai' } });
  const chunks = dataOf(await (await post(url, body)).text());
  assert.equal(contentOf(chunks), 'Good day.');
});

test('paced events keep an absolute schedule, each in a write of its own', async (t) => {
  const words = Array.from({ length: 12 }, (_, index) => `w${index}`).join(' ');
  const providers = await start(t, { chat: { first_ms: 40, gap_ms: 10, script: [words] } });
  const seen = await rawPost(providers, '/v1/chat/completions', chatBody('x'));
  assert.equal(seen.chunks.length, 12 + 3, 'role, words, finish and DONE each are one HTTP chunk');
  const [entry] = providers.requests;
  const contents = seen.chunk_at_ms.slice(1, 13);
  for (const [index, at_ms] of contents.entries()) {
    // Timers have a resolution of a millisecond.
    assert.ok(at_ms - entry.at_ms >= 40 + index * 10 - 2, `event ${index} came ${at_ms - entry.at_ms} ms after the request`);
  }
  const late_ms = contents.map((at_ms, index) => at_ms - entry.at_ms - 40 - index * 10);
  assert.ok(late_ms.at(-1) < late_ms[0] + 60, `the schedule drifts: ${late_ms.map(Math.round)}`);
});

test('raw chunks arrive as exactly the writes that were scripted', async (t) => {
  const pieces = [Buffer.from('data: {"a":"\xc3', 'latin1'), Buffer.from('\xa9"}\r', 'latin1'), Buffer.from('\n\r\ndata: [DONE]\n\n')];
  const providers = await start(t, { chat: { raw_chunks_base64: pieces.map((piece) => piece.toString('base64')) } });
  const seen = await rawPost(providers, '/v1/chat/completions', chatBody('x'));
  assert.deepEqual(seen.chunks.map((chunk) => chunk.toString('hex')), pieces.map((piece) => piece.toString('hex')));
});

test('scripted events are sent as they are', async (t) => {
  const events = ['data: {"choices":[]}\n\n', ': note\n\n', 'data: [DONE]\n\n'];
  const providers = await start(t, { 'groq.chat': { events } });
  const seen = await rawPost(providers, '/openai/v1/chat/completions', chatBody('x'));
  assert.equal(seen.body.toString(), events.join(''));
  assert.equal(contentOf(dataOf((await rawPost(providers, '/v1/chat/completions', chatBody('hello'))).body.toString())).length > 0, true);
});

test('a long unpaced stream respects a slow reader and arrives whole', async (t) => {
  const text = Array.from({ length: 40_000 }, (_, index) => `word${index}`).join(' ');
  const providers = await start(t, { chat: { script: [text] } });
  const seen = await rawPost(providers, '/v1/chat/completions', chatBody('x'));
  assert.equal(contentOf(dataOf(seen.body.toString())), text);
});
