// Responses are chat's turn in another form: what the provider is asked, what the client gets, what is kept and for whom.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../harness.mjs';
import { chunk, contractError, DONE, FINISH, ROLE, send, sending, startScripted } from './support.mjs';

let hearken;
before(async () => {
  hearken = await startScripted();
});
after(() => hearken?.stop());

const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}\n\n';
const REPLY = [ROLE, chunk('Hello '), chunk('Ada 🌊'), FINISH, USAGE, DONE];
const never = (call) => call.end();
const respond = (body, headers = {}) => send(`${hearken.url}/v1/responses`, {
  headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body),
}).answer;
/** Scripts `key` and asks for it. */
async function asked(key, groq, fields = {}, headers = {}) {
  hearken.upstream.plan(key, { groq, openai: never });
  return respond({ model: 'companion', input: key, ...fields }, headers);
}
/** The body that the provider got. */
const sent = async (key) => JSON.parse((await hearken.upstream.call(key)).raw.toString());
/** The events of a stream, checked: named after their types, numbered in order, closed by `[DONE]`. */
function eventsOf(text) {
  assert.ok(text.endsWith('data: [DONE]\n\n'));
  return text.split('\n\n').slice(0, -2).map((event, index) => {
    const [, name, data] = /^event: (.+)\ndata: (.+)$/.exec(event);
    const value = JSON.parse(data);
    assert.deepEqual([value.type, value.sequence_number], [name, index]);
    return value;
  });
}
const whole = (message, finish_reason = 'stop') => (call) => {
  call.head(200, { 'content-type': 'application/json' });
  call.end(JSON.stringify({
    id: 'c1', object: 'chat.completion', created: 7, model: 'm', usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }],
  }));
};

describe('a response', { concurrency: true }, () => {
  test('is streamed as events while the provider speaks, and its end is the whole', async () => {
    const answer = await asked('streamed', sending(...REPLY), { stream: true });
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'], /^text\/event-stream/);
    assert.equal(answer.headers['x-served-by'], 'groq:first');
    const events = eventsOf(await answer.text());
    assert.deepEqual(events.map(({ type }) => type), [
      'response.created', 'response.in_progress', 'response.output_item.added', 'response.content_part.added',
      'response.output_text.delta', 'response.output_text.delta', 'response.output_text.done', 'response.content_part.done',
      'response.output_item.done', 'response.completed',
    ]);
    const { response } = events.at(-1);
    assert.equal(response.output[0].content[0].text, 'Hello Ada 🌊');
    assert.deepEqual([response.usage.input_tokens, response.usage.output_tokens, response.usage.total_tokens], [5, 2, 7]);
    const { stream, stream_options, messages } = await sent('streamed');
    assert.deepEqual([stream, stream_options, messages], [true, { include_usage: true }, [{ role: 'user', content: 'streamed' }]]);
  });

  test('is sent delta by delta, not at the end', async () => {
    let go;
    const gate = new Promise((resolve) => { go = resolve; });
    const answer = await asked('delta', async (call) => {
      call.head();
      await call.write(ROLE + chunk('one'));
      await gate;
      call.end(chunk('two') + FINISH + DONE);
    }, { stream: true });
    await until('the first delta', () => answer.bytes.includes('"delta":"one"'));
    assert.ok(!answer.bytes.includes('two'));
    go();
    assert.equal(eventsOf(await answer.text()).at(-1).response.output[0].content[0].text, 'onetwo');
  });

  test('that is not streamed is one object', async () => {
    const answer = await asked('whole', whole({ content: 'Hello' }), { instructions: 'Be brief.', metadata: { a: 'b' } });
    const response = await answer.json();
    assert.deepEqual([answer.status, response.object, response.status, response.store], [200, 'response', 'completed', true]);
    assert.deepEqual([response.instructions, response.metadata], ['Be brief.', { a: 'b' }]);
    assert.deepEqual(response.output.map(({ type, status, content }) => [type, status, content[0].text]), [['message', 'completed', 'Hello']]);
    assert.deepEqual((await sent('whole')).messages[0], { role: 'system', content: 'Be brief.' });
  });

  test('calls functions, and takes what they gave', async () => {
    const tool_calls = [{ id: 'call_1', type: 'function', function: { name: 'tide', arguments: '{"at":7}' } }];
    const tools = [{ type: 'function', name: 'tide', parameters: { type: 'object' }, strict: true }];
    const first = await (await asked('calls', whole({ content: null, tool_calls }, 'tool_calls'), { tools, tool_choice: 'required' })).json();
    const [{ id, ...call }] = first.output;
    assert.match(id, /^fc_/);
    assert.deepEqual(call, { type: 'function_call', status: 'completed', call_id: 'call_1', name: 'tide', arguments: '{"at":7}' });
    assert.deepEqual((await sent('calls')).tools, [{ type: 'function', function: { name: 'tide', parameters: { type: 'object' }, strict: true } }]);
    const input = [{ role: 'user', content: 'calls' }, ...first.output, { type: 'function_call_output', call_id: 'call_1', output: 'high tide' }];
    await asked('high tide', whole({ content: 'High.' }), { input, tools });
    assert.deepEqual((await sent('high tide')).messages, [
      { role: 'user', content: 'calls' }, { role: 'assistant', content: null, tool_calls }, { role: 'tool', tool_call_id: 'call_1', content: 'high tide' },
    ]);
  });

  test('is refused with the field that is wrong, before anybody is asked', async () => {
    const noise = [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }];
    for (const [fields, param] of [[{ background: true }, 'background'], [{ input: noise }, 'input'], [{ temperature: 'warm' }, 'temperature'], [{ tools: [{ type: 'web_search' }] }, 'tools'], [{ input: [] }, 'input'], [{ stream: 'yes' }, 'stream']])
      assert.equal((await contractError(await respond({ input: 'refused', ...fields }), 400)).param, param);
    assert.equal((await contractError(await respond({ input: 'refused', model: 'nobody' }), 404)).code, 'model_not_found');
    assert.deepEqual(hearken.upstream.calls('refused'), []);
  });

  test('that no provider gives is an error with its status; one that breaks off has failed', async () => {
    const down = (call) => { call.head(500, {}); call.end('secret'); };
    hearken.upstream.plan('down', { groq: down, openai: down });
    for (const stream of [false, true]) assert.equal((await contractError(await respond({ input: 'down', stream }), 502)).code, 'provider_failed');
    for (const [key, last] of [['cut', ''], ['reports', 'data: {"error":{"message":"secret"}}\n\n']]) {
      const text = await (await asked(key, sending(ROLE + chunk('Hel') + last), { stream: true })).text();
      assert.ok(!text.includes('secret'));
      const [error, failed] = eventsOf(text).slice(-2);
      assert.deepEqual([error.type, error.code, failed.type, failed.response.status], ['error', 'stream_interrupted', 'response.failed', 'failed']);
    }
  });
});

describe('what is kept', { concurrency: true }, () => {
  const read = async (user, path) => (await fetch(`${hearken.url}${path}`, { headers: { 'x-user': user } })).json();

  /** Answers `key` for somebody; the response and its conversation. */
  const saying = (user, stream) => async (key, fields) => {
    const answer = await asked(key, stream ? sending(...REPLY) : whole({ content: 'Hello Ada 🌊' }), { stream, ...fields }, { 'x-user': user });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return [stream ? eventsOf(text).at(-1).response : JSON.parse(text), answer.headers['x-conversation-id']];
  };
  const stored = async (user, path, method = 'GET') => {
    const answer = await fetch(`${hearken.url}/v1/responses/${path}`, { method, headers: { 'x-user': user } });
    return [answer.status, await answer.json()];
  };

  for (const stream of [false, true]) {
    test(`a response is there at once, as it was answered, with what it was asked (stream ${stream})`, async () => {
      const user = `eve-${stream}`;
      const say = saying(user, stream);
      const [response] = await say(`kept ${stream}`, { metadata: { a: 'b' }, instructions: 'Be brief.', tools: [{ type: 'function', name: 'f' }] });
      assert.deepEqual(await stored(user, response.id), [200, response]);
      const [status, list] = await stored(user, `${response.id}/input_items`);
      assert.deepEqual([status, list.object, list.has_more, list.data.length], [200, 'list', false, 1]);
      assert.deepEqual([list.data[0].id, list.data[0].content], [list.first_id, [{ type: 'input_text', text: `kept ${stream}` }]]);
      assert.equal((await stored(user, `${response.id}/input_items?limit=0`))[1].error.param, 'limit');
      assert.equal((await stored(user, `${response.id}/input_items?order=up`))[1].error.param, 'order');
      assert.equal((await stored(user, `${response.id}?stream=true`))[1].error.param, 'stream');
      for (const [other, id] of [['fay', response.id], [user, 'resp_0'], [user, 'x']])
        for (const [path, method] of [[id, 'GET'], [id, 'DELETE'], [`${id}/input_items`, 'GET']]) assert.equal((await stored(other, path, method))[0], 404);
      assert.deepEqual(await stored(user, response.id, 'DELETE'), [200, { id: response.id, object: 'response', deleted: true }]);
      assert.equal((await stored(user, response.id))[0], 404);
      assert.deepEqual((await read(user, '/v1/conversations')).data, []);
      assert.ok(!(await (await fetch(`${hearken.url}/v1/export`, { headers: { 'x-user': user } })).text()).includes('kept'));
    });

    test(`items are named by their ids, those of others and of responses that are gone are not (stream ${stream})`, async () => {
      const user = `gil-${stream}`;
      const say = saying(user, stream);
      const [first, conversation] = await say(`named ${stream}`, {});
      const [message] = first.output;
      const refer = (key, as) => ({ input: [{ role: 'user', content: `named ${stream}` }, { type: 'item_reference', id: message.id, ...as }, { role: 'user', content: key }] });
      for (const [index, as] of [{}, { type: undefined }, { type: null }].entries()) {
        const key = `again ${stream} ${index}`;
        await say(key, refer(key, as));
        assert.deepEqual((await sent(key)).messages, [
          { role: 'user', content: `named ${stream}` }, { role: 'assistant', content: 'Hello Ada 🌊' }, { role: 'user', content: key },
        ]);
      }
      const refused = async (other, as) => {
        const error = await contractError(await respond(refer('never', as), { 'x-user': other }), 404);
        assert.deepEqual([error.param, error.code], ['input', 'item_not_found']);
      };
      await refused('hal');
      await refused(user, { id: 'msg_0' });
      await fetch(`${hearken.url}/v1/conversations/${conversation}`, { method: 'DELETE', headers: { 'x-user': user } });
      await refused(user);
      assert.equal((await stored(user, first.id))[0], 404);
    });

    test(`a response that is followed twice is followed from where it stood (stream ${stream})`, async () => {
      const say = saying(`ian-${stream}`, stream);
      const [first, place] = await say(`fork ${stream}`, {});
      const [, second] = await say(`left ${stream}`, { previous_response_id: first.id });
      const [, third] = await say(`right ${stream}`, { previous_response_id: first.id });
      assert.equal(second, place);
      assert.notEqual(third, place);
      assert.deepEqual((await sent(`right ${stream}`)).messages.map(({ content }) => content), [`fork ${stream}`, 'Hello Ada 🌊', `right ${stream}`]);
    });

    test(`a response that follows another knows what was said (stream ${stream})`, async () => {
      const say = saying(`ada-${stream}`, stream);
      const [first, conversation] = await say(`first ${stream}`, {});
      assert.ok(first.store && first.id.startsWith('resp_') && conversation.startsWith('conv_'));
      const [second] = await say(`second ${stream}`, { previous_response_id: first.id });
      assert.deepEqual([second.previous_response_id, second.store], [first.id, true]);
      assert.deepEqual((await sent(`second ${stream}`)).messages, [
        { role: 'user', content: `first ${stream}` }, { role: 'assistant', content: 'Hello Ada 🌊' }, { role: 'user', content: `second ${stream}` },
      ]);
      assert.equal((await read(`ada-${stream}`, `/v1/conversations/${conversation}`)).messages.length, 4);
      // One that is not to be stored knows it, too, and leaves nothing: neither itself nor what was said in it.
      for (const [key, named] of [[`unstored ${stream}`, { previous_response_id: second.id }], [`unsaid ${stream}`, { conversation }]]) {
        const [third] = await say(key, { ...named, store: false });
        assert.deepEqual([third.store, (await stored(`ada-${stream}`, third.id))[0]], [false, 404]);
        assert.deepEqual((await sent(key)).messages.map(({ content }) => content), [`first ${stream}`, 'Hello Ada 🌊', `second ${stream}`, 'Hello Ada 🌊', key]);
      }
      assert.equal((await read(`ada-${stream}`, `/v1/conversations/${conversation}`)).messages.length, 4);
    });
  }

  test('a response whose client left is cancelled, with what had been said', async () => {
    const speaking = async (call) => { call.head(); await call.write(ROLE + chunk('Hel')); await call.closed; };
    const answer = await asked('left alone', speaking, { stream: true }, { 'x-user': 'lea' });
    const told = await until('the first words', () => answer.bytes.includes('"delta":"Hel"') && answer.bytes.toString());
    answer.reset();
    const [response] = await until('the response', async () => {
      const [status, body] = await stored('lea', /"id":"(resp_[0-9a-f]+)"/.exec(told)[1]);
      return status === 200 && [body];
    });
    assert.deepEqual([response.status, response.error, response.completed_at], ['cancelled', null, null]);
    assert.deepEqual(response.output.map(({ status, content }) => [status, content[0].text]), [['incomplete', 'Hel']]);
  });

  test('a conversation is named by a word or an object, and the response says which', async () => {
    for (const [key, conversation] of [['by word', 'talk'], ['by object', { id: 'talk' }]]) {
      const response = await (await asked(key, whole({ content: 'Yes' }), { conversation }, { 'x-user': 'bea' })).json();
      assert.deepEqual(response.conversation, { id: 'talk' });
      assert.equal((await read('bea', '/v1/conversations/talk')).messages.length, key === 'by word' ? 2 : 4);
    }
  });

  test('nobody follows the response of another, nor one that was not kept or never was', async () => {
    const first = await (await asked('private', whole({ content: 'Yes' }), {}, { 'x-user': 'cal' })).json();
    const unkept = await (await asked('unkept', whole({ content: 'Yes' }), { store: false }, { 'x-user': 'cal' })).json();
    assert.equal(unkept.store, false);
    assert.equal((await stored('cal', unkept.id))[0], 404);
    for (const [user, previous_response_id] of [['dee', first.id], ['cal', unkept.id], ['cal', 'resp_0.conv_0'], ['cal', 'x']]) {
      const error = await contractError(await respond({ input: 'follows', previous_response_id }, { 'x-user': user }), 400);
      assert.deepEqual([error.param, error.code], ['previous_response_id', 'previous_response_not_found']);
    }
    assert.deepEqual((await read('dee', '/v1/conversations')).data, []);
    assert.equal((await read('cal', '/v1/conversations')).data.length, 1);
    assert.deepEqual(hearken.upstream.calls('follows'), []);
  });
});

test('nothing is kept where nobody is named, and the response says so', async () => {
  const other = await startScripted({ AUTH: 'required', API_KEYS: 'key', SESSION_SECRET: 's' });
  try {
    other.upstream.plan('nobody', { groq: whole({ content: 'Yes' }), openai: never });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer key' };
    const answer = await send(`${other.url}/v1/responses`, { headers, body: JSON.stringify({ input: 'nobody' }) }).answer;
    const response = await answer.json();
    assert.deepEqual([answer.status, response.store, answer.headers['x-conversation-id']], [200, false, undefined]);
    const refer = { input: [{ type: 'item_reference', id: response.output[0].id }] };
    assert.equal((await contractError(await send(`${other.url}/v1/responses`, { headers, body: JSON.stringify(refer) }).answer, 404)).param, 'input');
  } finally {
    await other.stop();
  }
});
