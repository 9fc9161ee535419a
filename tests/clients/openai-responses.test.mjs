// The official OpenAI SDK's Responses, unmodified: whole, streamed, accumulated, with functions and with what came before.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { startHearken } from '../harness.mjs';

const SAID = 'The tide turns at seven, and the boats go out 🌊.';
let hearken;
let client;
before(async () => {
  hearken = await startHearken({ vars: { LLM: 'groq:first' } });
  client = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: 'any', maxRetries: 0, defaultHeaders: { 'x-user': 'ada' } });
});
after(() => hearken?.stop());
beforeEach(() => {
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: [SAID], script_repeat: true } });
  hearken.providers.journal.clear();
});
const ask = (fields) => client.responses.create({ model: 'companion', input: 'When?', ...fields });

describe('responses', () => {
  test('are whole', async () => {
    const response = await ask({ instructions: 'Be brief.', metadata: { a: 'b' } });
    assert.deepEqual([response.output_text, response.status, response.metadata], [SAID, 'completed', { a: 'b' }]);
    assert.equal(response.usage.total_tokens, response.usage.input_tokens + response.usage.output_tokens);
    assert.ok(response.usage.output_tokens > 0);
  });

  test('are streamed event by event', async () => {
    let text = '';
    const types = new Set();
    let last;
    for await (const event of await ask({ stream: true })) {
      types.add(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
      last = event;
    }
    assert.equal(text, SAID);
    assert.equal(last.type, 'response.completed');
    assert.ok(types.has('response.created') && types.has('response.output_item.done'));
  });

  test('are accumulated by the helper, whose final response is the same', async () => {
    const stream = client.responses.stream({ model: 'companion', input: 'When?' });
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => { text += delta; });
    const response = await stream.finalResponse();
    assert.deepEqual([text, response.output[0].content[0].text, response.status], [SAID, SAID, 'completed']);
  });

  test('follow each other, and nobody else\'s', async () => {
    const first = await ask({ input: 'My boat is called Marie.' });
    hearken.providers.journal.clear();
    await ask({ input: 'And now?', previous_response_id: first.id });
    const { body } = hearken.providers.requests.find(({ scope }) => scope?.endsWith('.chat'));
    const { messages } = typeof body === 'string' ? JSON.parse(body) : body;
    assert.deepEqual(messages.filter(({ role }) => role !== 'system').map(({ content }) => content), ['My boat is called Marie.', SAID, 'And now?']);
    await assert.rejects(
      client.responses.create({ model: 'companion', input: 'Hm?', previous_response_id: first.id }, { headers: { 'x-user': 'bea' } }),
      (error) => error instanceof BadRequestError && error.code === 'previous_response_not_found' && error.param === 'previous_response_id',
    );
  });

  test('are stored: retrieved, listed, deleted', async () => {
    const first = await ask({ input: 'Kept?' });
    const { output_text, ...stored } = await client.responses.retrieve(first.id);
    const { output_text: said, _request_id, ...answered } = first;
    assert.deepEqual([output_text, { ...stored, _request_id: undefined }], [said, { ...answered, _request_id: undefined }]);
    const texts = [];
    for await (const item of client.responses.inputItems.list(first.id)) texts.push(item.content[0].text);
    assert.deepEqual(texts, ['Kept?']);
    await client.responses.delete(first.id);
    await assert.rejects(client.responses.retrieve(first.id), NotFoundError);
  });

  test('go on in a conversation that was made for them, and that has a title', async () => {
    const { id, object, metadata } = await client.conversations.create({
      metadata: { title: 'Boats' },
      items: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'My boat is called Marie.' }, { role: 'assistant', content: 'A good name.' }],
    });
    assert.deepEqual([id.slice(0, 5), object, metadata], ['conv_', 'conversation', { title: 'Boats' }]);
    hearken.providers.journal.clear();
    const { conversation } = await ask({ input: 'And now?', conversation: id });
    assert.deepEqual(conversation, { id });
    const { body } = hearken.providers.requests.find(({ scope }) => scope?.endsWith('.chat'));
    const { messages } = typeof body === 'string' ? JSON.parse(body) : body;
    assert.deepEqual(messages.filter(({ role }) => role !== 'system').map(({ content }) => content), ['My boat is called Marie.', 'A good name.', 'And now?']);
    const { data: [added] } = await client.conversations.items.create(id, { items: [{ type: 'message', role: 'user', content: 'One more.' }] });
    const items = [];
    for await (const item of client.conversations.items.list(id, { order: 'asc', limit: 2 })) items.push(item);
    assert.deepEqual(items.map(({ content: [{ text }] }) => text), ['My boat is called Marie.', 'A good name.', 'And now?', SAID, 'One more.']);
    assert.equal(items.at(-1).id, added.id);
    assert.deepEqual((await client.conversations.update(id, { metadata: { title: 'Ships' } })).metadata, { title: 'Ships' });
    assert.equal((await client.conversations.retrieve(id)).object, 'conversation');
    assert.equal((await client.conversations.delete(id)).deleted, true);
    await assert.rejects(client.conversations.items.list(id), NotFoundError);
    for (const items of [['x'], [{ role: 'pirate', content: 'x' }], Array(21).fill({ role: 'user', content: 'x' })])
      await assert.rejects(client.conversations.create({ items }), (error) => error instanceof BadRequestError && error.param === 'items');
  });

  test('are refused by name', async () => {
    await assert.rejects(ask({ background: true }), (error) => error instanceof BadRequestError && error.param === 'background');
    await assert.rejects(ask({ model: 'nobody' }), (error) => error instanceof NotFoundError && error.code === 'model_not_found');
  });
});
