// Workers AI through its binding: the old shape of its streams becomes OpenAI's, the new one passes.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { chatBody, contractError, DONE, events, sendChat } from './support.mjs';

const MODEL = '@cf/meta/llama-3.1-8b-instruct-fp8';
const SAID = 'The tide turns at seven.';

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { LLM: `workers-ai:${MODEL}, openai:second`, LLM_FIRST_MS: '500', LLM_IDLE_MS: '700' } });
});
after(() => hearken?.stop());
beforeEach(() => {
  hearken.providers.control(null);
  hearken.providers.journal.clear();
});

/** Asks with these knobs at Workers AI. */
async function ask(knobs, fields) {
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: [SAID, SAID], script_repeat: true }, 'workers-ai': knobs });
  return sendChat(hearken.url, chatBody('hi', fields)).answer;
}
const content = (text) => events(text).filter((data) => data !== '[DONE]').map((data) => JSON.parse(data).choices[0]?.delta?.content ?? '').join('');

test('tokens in the old shape become chunks with a role, an end and [DONE]', async () => {
  for (const knobs of [{}, { gap_ms: 5 }, { fault: 'crlf' }, { fault: 'split_utf8' }, { fault: ['comments', 'bom'] }]) {
    const answer = await ask(knobs);
    const text = await answer.text();
    assert.equal(answer.headers['x-served-by'], `workers-ai:${MODEL}`);
    assert.match(answer.headers['content-type'], /^text\/event-stream/);
    const all = events(text);
    assert.equal(all.at(-1), '[DONE]');
    const chunks = all.slice(0, -1).map((data) => JSON.parse(data));
    assert.deepEqual(chunks[0].choices[0].delta, { role: 'assistant', content: '' });
    assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
    assert.ok(chunks.every(({ object, model, id }) => object === 'chat.completion.chunk' && model === MODEL && id === chunks[0].id));
    assert.match(chunks[0].id, /^chatcmpl-/);
    assert.ok(content(text).startsWith(SAID), content(text));
    assert.ok(chunks.some(({ usage }) => usage?.total_tokens > 0), 'usage is kept');
  }
  const [call] = hearken.providers.requests;
  assert.equal(decodeURIComponent(call.path), `/ai/run/${MODEL}`);
  assert.deepEqual([call.body.model, call.body.stream, call.body.messages[0].content], [MODEL, true, 'hi']);
});

test('a token that came as a number, or as nothing, is read as it was meant', async () => {
  const answer = await ask({ events: ['data: {"response":"It is "}\n\n', 'data: {"response":42}\n\n', 'data: {"response":null}\n\n', 'data: {"response":"."}\n\n', DONE] });
  assert.equal(content(await answer.text()), 'It is 42.');
});

test("OpenAI's chunks pass as they are", async () => {
  const answer = await ask({ workers_ai_shape: 'openai' });
  const text = await answer.text();
  assert.equal(content(text), SAID);
  assert.equal(text.split('[DONE]').length, 2);
  const finishes = events(text).filter((data) => data !== '[DONE]').map((data) => JSON.parse(data)).filter(({ choices }) => choices[0]?.finish_reason);
  assert.equal(finishes.length, 1);
});

test('a whole answer in either shape is a chat.completion', async () => {
  for (const knobs of [{}, { workers_ai_shape: 'openai' }]) {
    const answer = await ask(knobs, { stream: false });
    const completion = await answer.json();
    assert.equal(answer.status, 200);
    assert.equal(completion.object, 'chat.completion');
    assert.deepEqual(completion.choices[0].message, { role: 'assistant', content: SAID });
    assert.equal(completion.choices[0].finish_reason, 'stop');
    assert.ok(completion.usage.total_tokens > 0);
    assert.equal(answer.headers['x-served-by'], `workers-ai:${MODEL}`);
  }
});

test('what fails before content falls back', async () => {
  for (const fault of ['server_error', 'rate_limit', 'empty', 'error_first', 'hang']) {
    for (const stream of [true, false]) {
      const answer = await ask({ fault }, { stream });
      const text = await answer.text();
      assert.equal(answer.headers['x-served-by'], 'openai:second', `${fault} ${stream}: ${text}`);
      assert.equal(stream ? content(text) : JSON.parse(text).choices[0].message.content, SAID);
    }
  }
});

test('a stream that breaks off after content is told once', async () => {
  for (const [fault, code] of [['cut', 'stream_interrupted'], ['reset', 'stream_interrupted'], ['no_done', 'stream_interrupted'], ['stall', 'stream_idle']]) {
    const answer = await ask({ fault, gap_ms: 1 });
    const text = await answer.text();
    const last = JSON.parse(events(text).at(-1));
    assert.equal(last.error?.code, code, fault);
    assert.equal(text.split('"error"').length, 2);
    assert.ok(!text.includes('[DONE]'));
    assert.equal(answer.headers['x-served-by'], `workers-ai:${MODEL}`);
  }
});

test('a client that leaves frees the model', async () => {
  for (const knobs of [{ fault: 'hang' }, { fault: 'stall', after: 2 }]) {
    hearken.providers.control(null);
    hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0 }, 'workers-ai': knobs });
    // Named, because the end of an earlier request may still be on its way to the journal.
    const key = `leaving at ${knobs.fault}`;
    const mine = ({ scope, body }) => scope === 'workers-ai.chat' && body.messages[0].content === key;
    const client = sendChat(hearken.url, chatBody(key));
    client.answer.catch(() => {});
    await hearken.providers.waitFor((entry) => mine(entry) && entry.fault);
    client.reset();
    await hearken.providers.waitFor((entry) => mine(entry) && entry.ended === 'client_closed');
  }
});

test('a chain whose only model has no binding is 503', async () => {
  const bare = await startHearken({ vars: { LLM: `workers-ai:${MODEL}` } });
  try {
    bare.providers.control({ 'workers-ai': { fault: 'server_error' } });
    await contractError(await sendChat(bare.url, chatBody('hi')).answer, 502);
  } finally {
    await bare.stop();
  }
});
