// LangChain's OpenAI model over Responses.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { startWithModel } from '../model.mjs';

let hearken;
let model;
before(async () => {
  hearken = await startWithModel();
  model = new ChatOpenAI({ model: 'companion', useResponsesApi: true, apiKey: 'any', maxRetries: 0, configuration: { baseURL: `${hearken.url}/v1`, defaultHeaders: { 'x-user': 'ada' } } });
});
after(() => hearken?.stop());

const weather = tool(({ city }) => `mild in ${city}`, { name: 'weather', description: 'The weather', schema: z.object({ city: z.string() }) });

describe('LangChain over Responses', () => {
  test('answers, with what it cost', async () => {
    const message = await model.invoke('Hello');
    assert.equal(message.text, 'You said: Hello');
    assert.equal(message.usage_metadata.total_tokens, 17);
    assert.match(message.response_metadata.id, /^resp_/);
  });

  test('streams', async () => {
    let text = '';
    for await (const part of await model.stream('Hello you')) text += part.text;
    assert.equal(text, 'You said: Hello you');
  });

  test('calls functions and takes what they gave', async () => {
    const bound = model.bindTools([weather]);
    const asked = new HumanMessage('How is it in Lima?');
    const call = await bound.invoke([asked]);
    assert.ok(call instanceof AIMessage);
    const [{ id, name, args }] = call.tool_calls;
    assert.deepEqual([name, args], ['weather', { city: 'Lima' }]);
    const result = new ToolMessage({ content: await weather.invoke(args), tool_call_id: id });
    assert.equal((await bound.invoke([asked, call, result])).text, 'It is mild in Lima.');
    assert.deepEqual(hearken.asked.at(-1).messages.map(({ role }) => role), ['user', 'assistant', 'tool']);
  });

  test('gives an object of a schema', async () => {
    assert.deepEqual(await model.withStructuredOutput(z.object({ city: z.string() })).invoke('Where?'), { city: 'Lima' });
  });

  test('follows a response', async () => {
    const first = await model.invoke('My boat is called Marie.');
    await model.invoke('And now?', { previous_response_id: first.response_metadata.id });
    assert.deepEqual(hearken.asked.at(-1).messages.filter(({ role }) => role !== 'system').map(({ role }) => role), ['user', 'assistant', 'user']);
  });
});
