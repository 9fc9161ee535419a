// The AI SDK's default model, `openai('...')`, which speaks Responses: one chat of several turns with a function, streamed,
// where earlier items are only named by their ids.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, Output, streamText, tool } from 'ai';
import { z } from 'zod';
import { startWithModel } from '../model.mjs';

let hearken;
let openai;
before(async () => {
  hearken = await startWithModel();
  openai = createOpenAI({ baseURL: `${hearken.url}/v1`, apiKey: 'any', headers: { 'x-user': 'ada' } });
});
after(() => hearken?.stop());

const weather = tool({ description: 'The weather', inputSchema: z.object({ city: z.string() }), execute: ({ city }) => `mild in ${city}` });
const read = async (path) => (await fetch(`${hearken.url}${path}`, { headers: { 'x-user': 'ada' } })).json();
const spoken = (messages) => messages.filter(({ role }) => role !== 'system').map(({ role, content, tool_calls }) => [role, content ?? tool_calls[0].function.name]);

describe('the default model of the AI SDK', () => {
  test('calls functions and goes on for several turns, all of them one conversation', async () => {
    const messages = [];
    const say = async (content, tools) => {
      messages.push({ role: 'user', content });
      const result = streamText({ model: openai('companion'), messages, tools, stopWhen: isStepCount(3), onError: ({ error }) => { throw error; } });
      let text = '';
      for await (const part of result.textStream) text += part;
      messages.push(...(await result.responseMessages));
      return [text, await result.finishReason, (await result.totalUsage).totalTokens];
    };
    assert.deepEqual(await say('How is it in Lima?', { weather }), ['It is mild in Lima.', 'stop', 34]);
    assert.deepEqual(await say('And tomorrow?'), ['You said: And tomorrow?', 'stop', 17]);
    assert.deepEqual(await say('Thanks!'), ['You said: Thanks!', 'stop', 17]);
    const whole = [
      ['user', 'How is it in Lima?'], ['assistant', 'weather'], ['tool', 'mild in Lima'], ['assistant', 'It is mild in Lima.'],
      ['user', 'And tomorrow?'], ['assistant', 'You said: And tomorrow?'], ['user', 'Thanks!'],
    ];
    assert.deepEqual(spoken(hearken.asked.at(-1).messages), whole);
    const { data } = await read('/v1/conversations');
    assert.deepEqual(data.map(({ message_count }) => message_count), [whole.length + 1]);
  });

  test('gives an object of a schema', async () => {
    const { output } = await generateText({ model: openai('companion'), prompt: 'Where?', output: Output.object({ schema: z.object({ city: z.string() }) }) });
    assert.deepEqual(output, { city: 'Lima' });
    assert.equal(hearken.asked.at(-1).response_format.json_schema.schema.properties.city.type, 'string');
  });

  test('raises what is refused', async () => {
    await assert.rejects(generateText({ model: openai('nobody'), prompt: 'Hm?', maxRetries: 0 }), ({ statusCode, data }) => statusCode === 404 && data.error.code === 'model_not_found');
  });
});
