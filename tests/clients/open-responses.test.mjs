// The compliance cases of Open Responses (openresponses/openresponses at 18e5656), under their names: each request as it is
// there, each answer held to the specification's schema, every event to its order.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWithModel } from '../model.mjs';

let hearken;
before(async () => {
  hearken = await startWithModel({ MEMORY: 'off' });
});
after(() => hearken?.stop());

const isString = (value) => typeof value === 'string';
const isNumber = (value) => typeof value === 'number';
const isWhole = (value) => Number.isInteger(value);
const isFlag = (value) => typeof value === 'boolean';
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const isOne = (...words) => (value) => words.includes(value);
const orNull = (check) => (value) => value === null || check(value);
const has = (shape) => (value) => isObject(value) && Object.entries(shape).every(([name, check]) => name in value && check(value[name]));
const list = (check) => (value) => Array.isArray(value) && value.every(check);

const STATUS = isOne('in_progress', 'completed', 'incomplete');
const PART = { output_text: has({ text: isString, annotations: list(isObject), logprobs: list(isObject) }), refusal: has({ refusal: isString }), summary_text: has({ text: isString }) };
const isPart = (part) => PART[part?.type]?.(part);
const ITEM = {
  message: has({ id: isString, status: STATUS, role: isOne('assistant'), content: list(isPart) }),
  function_call: has({ id: isString, status: STATUS, call_id: isString, name: isString, arguments: isString }),
  reasoning: has({ id: isString, summary: list(isPart) }),
};
const isItem = (item) => ITEM[item?.type]?.(item);
const RESPONSE = {
  id: isString, object: isOne('response'), created_at: isWhole, completed_at: orNull(isWhole), status: isOne('in_progress', 'completed', 'incomplete', 'failed'),
  incomplete_details: orNull(has({ reason: isString })), model: isString, previous_response_id: orNull(isString), instructions: orNull(isString),
  output: list(isItem), error: orNull(has({ code: isString, message: isString })),
  tools: list(has({ type: isOne('function'), name: isString, description: orNull(isString), parameters: orNull(isObject), strict: orNull(isFlag) })),
  tool_choice: (value) => isOne('none', 'auto', 'required')(value) || isObject(value), truncation: isOne('auto', 'disabled'), parallel_tool_calls: isFlag,
  text: has({ format: has({ type: isString }) }), top_p: isNumber, presence_penalty: isNumber, frequency_penalty: isNumber, top_logprobs: isWhole, temperature: isNumber,
  reasoning: orNull(has({ effort: orNull(isString), summary: orNull(isString) })),
  usage: orNull(has({ input_tokens: isWhole, output_tokens: isWhole, total_tokens: isWhole, input_tokens_details: has({ cached_tokens: isWhole }), output_tokens_details: has({ reasoning_tokens: isWhole }) })),
  max_output_tokens: orNull(isWhole), max_tool_calls: orNull(isWhole), store: isFlag, background: isFlag, service_tier: isString, metadata: isObject,
  safety_identifier: orNull(isString), prompt_cache_key: orNull(isString),
};
const OF_ITEM = { item_id: isString, output_index: isWhole };
const OF_PART = { ...OF_ITEM, content_index: isWhole };
const EVENT = {
  created: { response: has(RESPONSE) }, in_progress: { response: has(RESPONSE) }, completed: { response: has(RESPONSE) },
  'output_item.added': { output_index: isWhole, item: isItem }, 'output_item.done': { output_index: isWhole, item: isItem },
  'content_part.added': { ...OF_PART, part: isPart }, 'content_part.done': { ...OF_PART, part: isPart },
  'output_text.delta': { ...OF_PART, delta: isString, logprobs: list(isObject) }, 'output_text.done': { ...OF_PART, text: isString, logprobs: list(isObject) },
  'function_call_arguments.delta': { ...OF_ITEM, delta: isString }, 'function_call_arguments.done': { ...OF_ITEM, name: isString, arguments: isString },
};

/** What of `shape` a value does not have as it should be. */
const wrong = (shape, value) => Object.entries(shape).filter(([name, check]) => !(name in value) || !check(value[name])).map(([name]) => name);
function checked(response) {
  assert.deepEqual(wrong(RESPONSE, response), []);
  return response;
}

async function post(body) {
  const answer = await fetch(`${hearken.url}/v1/responses`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer k' }, body: JSON.stringify({ model: 'companion', ...body }) });
  assert.equal(answer.status, 200);
  return answer;
}
const create = async (body) => checked(await (await post({ ...body, stream: false })).json());
/** The events of a stream; each came whole in one read. */
async function stream(body) {
  const answer = await post({ ...body, stream: true });
  assert.match(answer.headers.get('content-type'), /^text\/event-stream/);
  const events = [];
  let text = '';
  for await (const bytes of answer.body) {
    const read = Buffer.from(bytes).toString();
    assert.ok(read.endsWith('\n\n') && !read.includes('\r'), 'an event is cut');
    text += read;
  }
  for (const block of text.trimEnd().split('\n\n')) {
    const [, name, data] = /^(?:event: (.+)\n)?data: (.+)$/.exec(block);
    if (data === '[DONE]') continue;
    const event = JSON.parse(data);
    assert.deepEqual([event.type, event.sequence_number], [name, events.length]);
    assert.deepEqual(wrong(EVENT[name.slice('response.'.length)], event), [], name);
    events.push(event);
  }
  assert.ok(text.endsWith('data: [DONE]\n\n'));
  const [created] = events;
  assert.ok(events.every(({ response }) => !response || response.id === created.response.id), 'a response has one id');
  return events;
}
const types = (events) => events.map(({ type }) => type.slice('response.'.length));
const said = ({ output }) => output.map(({ type, status, content, name }) => [type, status, content?.[0].text ?? name]);
const message = (role, content) => ({ type: 'message', role, content });
const WEATHER = {
  type: 'function', name: 'get_weather', description: 'Get the current weather for a location',
  parameters: { type: 'object', properties: { location: { type: 'string', description: 'The city and state, e.g. San Francisco, CA' } }, required: ['location'] },
};

test('basic-response', async () => {
  const response = await create({ input: [message('user', 'Say hello in exactly 3 words.')] });
  assert.equal(response.status, 'completed');
  assert.deepEqual(said(response), [['message', 'completed', 'You said: Say hello in exactly 3 words.']]);
});

test('streaming-response', async () => {
  const events = await stream({ input: [message('user', 'Count from 1 to 5.')] });
  const deltas = types(events).filter((type) => type === 'output_text.delta');
  assert.deepEqual(types(events), [
    'created', 'in_progress', 'output_item.added', 'content_part.added', ...deltas, 'output_text.done', 'content_part.done', 'output_item.done', 'completed',
  ]);
  const { response } = events.at(-1);
  assert.deepEqual([response.status, response.usage.total_tokens], ['completed', 17]);
  assert.equal(events.map(({ delta }) => delta ?? '').join(''), response.output[0].content[0].text);
});

test('system-prompt', async () => {
  const prompt = 'You are a pirate. Always respond in pirate speak.';
  const response = await create({ input: [message('system', prompt), message('user', 'Say hello.')] });
  assert.equal(response.status, 'completed');
  assert.ok(hearken.asked.some(({ messages }) => messages[0].role === 'system' && messages[0].content === prompt));
});

test('tool-calling', async () => {
  const response = await create({ input: [message('user', "What's the weather like in San Francisco?")], tools: [WEATHER] });
  assert.deepEqual(said(response), [['function_call', 'completed', 'get_weather']]);
});

test('tool-calling-streaming', async () => {
  const events = await stream({ input: [message('user', "What's the weather like in San Francisco?")], tools: [WEATHER] });
  assert.deepEqual(types(events), [
    'created', 'in_progress', 'output_item.added', 'function_call_arguments.delta', 'function_call_arguments.delta', 'function_call_arguments.done', 'output_item.done', 'completed',
  ]);
  assert.deepEqual(said(events.at(-1).response), [['function_call', 'completed', 'get_weather']]);
  assert.equal(events[2].item.arguments, '');
});

test('function-call-roundtrip', async () => {
  const input = 'Use the weather tool to get the temperature in San Francisco.';
  const first = await create({ input, tools: [WEATHER], tool_choice: { type: 'function', name: 'get_weather' } });
  const { call_id } = first.output.find(({ type }) => type === 'function_call');
  const second = await create({ previous_response_id: first.id, input: [{ type: 'function_call_output', call_id, output: '64 degrees and clear' }] });
  assert.deepEqual([second.status, ...said(second)], ['completed', ['message', 'completed', 'It is 64 degrees and clear.']]);
  const { messages } = hearken.asked.at(-1);
  assert.deepEqual(messages.map(({ role }) => role), ['user', 'assistant', 'tool']);
  assert.equal(messages[1].tool_calls[0].id, call_id);
});

test('image-input', async () => {
  const image_url = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=';
  const response = await create({ input: [message('user', [{ type: 'input_text', text: 'What do you see in this image? Answer in one sentence.' }, { type: 'input_image', image_url }])] });
  assert.deepEqual([response.status, response.output.length], ['completed', 1]);
  assert.deepEqual(hearken.asked.at(-1).messages.at(-1).content[1], { type: 'image_url', image_url: { url: image_url } });
});

test('file-input', async () => {
  const file_data = 'data:application/pdf;base64,JVBERi0xLjEKJSVFT0Y=';
  const response = await create({ input: [message('user', [{ type: 'input_text', text: 'Read the attached file and answer with its title only.' }, { type: 'input_file', filename: 'openresponses-fixture.pdf', file_data }])] });
  assert.deepEqual([response.status, response.output.length], ['completed', 1]);
  assert.deepEqual(hearken.asked.at(-1).messages.at(-1).content[1], { type: 'file', file: { filename: 'openresponses-fixture.pdf', file_data } });
});

test('multi-turn', async () => {
  const input = [message('user', 'My name is Alice.'), message('assistant', 'Hello Alice! Nice to meet you. How can I help you today?'), message('user', 'What is my name?')];
  const response = await create({ input });
  assert.equal(response.status, 'completed');
  assert.deepEqual(hearken.asked.at(-1).messages.map(({ content }) => content), input.map(({ content }) => content));
});

test('previous-response-id', async () => {
  const first = await create({ input: 'Remember this code word: papaya. Reply with only OK.' });
  const second = await create({ previous_response_id: first.id, input: 'What code word did I ask you to remember?' });
  assert.deepEqual([second.status, second.previous_response_id], ['completed', first.id]);
  assert.deepEqual(hearken.asked.at(-1).messages.map(({ role }) => role), ['user', 'assistant', 'user']);
  assert.match(hearken.asked.at(-1).messages[0].content, /papaya/);
});
