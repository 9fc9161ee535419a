// OpenAI's Agents SDK with its defaults: the Responses API and its default model's name.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Agent, OpenAIConversationsSession, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { startWithModel } from '../model.mjs';

let hearken;
let runner;
let openAIClient;
before(async () => {
  hearken = await startWithModel({ MODEL_ALIASES: '*=companion' });
  setTracingDisabled(true);
});
after(() => hearken?.stop());
beforeEach(({ name }) => {
  openAIClient = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: 'any', maxRetries: 0, defaultHeaders: { 'x-user': name.replaceAll(' ', '-') } });
  runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient }), tracingDisabled: true });
  hearken.asked.length = 0;
});

const weather = tool({ name: 'weather', description: 'The weather', parameters: z.object({ city: z.string() }), execute: ({ city }) => `mild in ${city}` });
const agent = new Agent({ name: 'guide', instructions: 'Be brief.', tools: [weather] });
const plain = new Agent({ name: 'friend', instructions: 'Be kind.' });
const roles = () => hearken.asked.at(-1).messages.map(({ role }) => role);

describe('an agent', () => {
  test('calls its function and answers', async () => {
    const { finalOutput } = await runner.run(agent, 'How is it in Lima?');
    assert.equal(finalOutput, 'It is mild in Lima.');
    assert.deepEqual(roles(), ['system', 'user', 'assistant', 'tool']);
  });

  test('streams the same', async () => {
    const result = await runner.run(agent, 'How is it in Lima?', { stream: true });
    let text = '';
    for await (const piece of result.toTextStream()) text += piece;
    await result.completed;
    assert.deepEqual([text, result.finalOutput], ['It is mild in Lima.', 'It is mild in Lima.']);
  });

  test('goes on with its history', async () => {
    const first = await runner.run(agent, 'How is it in Lima?');
    const { finalOutput } = await runner.run(plain, [...first.history, { role: 'user', content: 'Thanks!' }]);
    assert.equal(finalOutput, 'You said: Thanks!');
    assert.deepEqual(roles(), ['system', 'user', 'assistant', 'tool', 'assistant', 'user']);
    const { data } = await (await fetch(`${hearken.url}/v1/conversations`, { headers: { 'x-user': 'goes-on-with-its-history' } })).json();
    assert.deepEqual(data.map(({ message_count }) => message_count), [6]);
  });

  test('goes on from a response', async () => {
    const { lastResponseId } = await runner.run(plain, 'My boat is called Marie.');
    const { finalOutput } = await runner.run(plain, 'And now?', { previousResponseId: lastResponseId });
    assert.equal(finalOutput, 'You said: And now?');
    assert.deepEqual(roles(), ['system', 'user', 'assistant', 'user']);
  });

  test('keeps its session in a conversation', async () => {
    const session = new OpenAIConversationsSession({ client: openAIClient });
    await runner.run(agent, 'How is it in Lima?', { session });
    await runner.run(plain, 'Thanks!', { session });
    assert.deepEqual(roles(), ['system', 'user', 'assistant', 'tool', 'assistant', 'user']);
    const kinds = (items) => items.map(({ type, role }) => role ?? type);
    assert.deepEqual(kinds(await session.getItems()), ['user', 'function_call', 'function_call_result', 'assistant', 'user', 'assistant']);
    assert.deepEqual(kinds(await session.getItems(1)), ['assistant']);
    assert.deepEqual(kinds([await session.popItem(), await session.popItem()]), ['assistant', 'user']);
    assert.deepEqual(kinds(await session.getItems()), ['user', 'function_call', 'function_call_result', 'assistant']);
    await session.clearSession();
  });

  test('goes on in a conversation', async () => {
    for (const [input, count] of [['Hello', 2], ['Still there?', 4]]) {
      await runner.run(plain, input, { conversationId: 'conv_harbour' });
      assert.equal(roles().length, count);
    }
  });
});
