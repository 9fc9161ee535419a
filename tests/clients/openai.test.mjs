// The official OpenAI SDK with only a base URL: what it streams, what it raises.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import OpenAI, { APIConnectionError, APIError, APIUserAbortError, AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError, UnprocessableEntityError } from 'openai';
import { startHearken } from '../harness.mjs';

const KEY = 'key-of-a-server';
const SAID = 'The tide turns at seven, and the boats go out 🌊.';
const MESSAGES = [{ role: 'user', content: 'When?' }];

let hearken;
let client;
before(async () => {
  hearken = await startHearken({
    vars: { AUTH: 'required', API_KEYS: KEY, SESSION_SECRET: 's', LLM: 'groq:first, openai:second', LLM_HEADERS_MS: '1000', LLM_IDLE_MS: '700' },
  });
  client = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
after(() => hearken?.stop());
beforeEach(() => set({}));

/** Sets the providers: a script for all, and `knobs` by scope. */
function set(knobs) {
  hearken.providers.control(null);
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: [SAID, SAID], script_repeat: true, ...knobs.chat }, ...Object.fromEntries(Object.entries(knobs).filter(([scope]) => scope !== 'chat')) });
  hearken.providers.journal.clear();
}
const stream = (fields) => client.chat.completions.create({ model: 'companion', messages: MESSAGES, stream: true, ...fields });
const whole = (fields) => client.chat.completions.create({ model: 'companion', messages: MESSAGES, ...fields });

async function read(chunks) {
  const got = [];
  for await (const chunk of chunks) got.push(chunk);
  return got;
}
const text = (chunks) => chunks.map(({ choices }) => choices[0]?.delta?.content ?? '').join('');

describe('streaming', () => {
  test('a reply is read chunk by chunk to its end', async () => {
    set({ chat: { gap_ms: 2 } });
    const chunks = await read(await stream());
    assert.equal(text(chunks), SAID);
    assert.ok(chunks.length > 8);
    assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
  });

  test('usage comes when it is asked for', async () => {
    const chunks = await read(await stream({ stream_options: { include_usage: true } }));
    const last = chunks.findLast(({ usage }) => usage);
    assert.ok(last.usage.total_tokens > 0);
    assert.equal(text(chunks), SAID);
  });

  test('every way of writing events is read the same', async () => {
    for (const fault of ['crlf', 'cr', 'bom', 'comments', 'multi_line_data', 'split_utf8']) {
      set({ groq: { fault } });
      assert.equal(text(await read(await stream())), SAID, fault);
    }
  });

  test('a reply of the second provider is read like any other', async () => {
    set({ groq: { fault: 'role_then_error' } });
    const { data, response } = await stream().withResponse();
    assert.equal(text(await read(data)), SAID);
    assert.equal(response.headers.get('x-served-by'), 'openai:second');
  });

  test('the stream helper puts the reply together', async () => {
    const runner = client.chat.completions.stream({ model: 'companion', messages: MESSAGES });
    const completion = await runner.finalChatCompletion();
    assert.equal(completion.choices[0].message.content, SAID);
  });

  test('a reply that has finished is whole without [DONE]', async () => {
    for (const gap_ms of [0, 5]) {
      set({ groq: { fault: 'no_done', gap_ms } });
      const chunks = await read(await stream());
      assert.deepEqual([text(chunks), chunks.at(-1).choices[0].finish_reason], [SAID, 'stop']);
    }
  });

  for (const gap_ms of [0, 5]) {
    for (const fault of ['cut', 'reset', 'drop', 'stall', 'error_event', 'event_error']) {
      test(`a stream that breaks off (${fault}, ${gap_ms} ms apart) raises after what was said`, async () => {
        set({ groq: { fault, after: 6, gap_ms } });
        const got = [];
        await assert.rejects(async () => {
          for await (const chunk of await stream()) got.push(chunk);
        }, (error) => error instanceof APIError && !(error instanceof APIUserAbortError));
        assert.ok(SAID.startsWith(text(got)) && text(got).length > 10, text(got));
      });
    }
  }

  test('aborting a stream frees the provider', async () => {
    for (const fault of [{ gap_ms: 20, script: ['on and on '.repeat(500)] }, { fault: 'stall', after: 3 }]) {
      set({ groq: fault });
      const chunks = await stream();
      for await (const chunk of chunks) {
        if (chunk.choices[0].delta.content) break;
      }
      chunks.controller.abort();
      const call = await hearken.providers.waitFor(({ scope, ended }) => scope === 'groq.chat' && ended !== 'open');
      assert.equal(call.ended, 'client_closed');
    }
  });
});

describe('not streaming', () => {
  test('a completion is whole', async () => {
    const completion = await whole({ temperature: 0.5 });
    assert.equal(completion.object, 'chat.completion');
    assert.equal(completion.choices[0].message.content, SAID);
    assert.match(completion._request_id, /^req_/);
    const [call] = hearken.providers.requests;
    assert.equal(call.body.temperature, 0.5);
    assert.equal(call.body.model, 'first');
  });

  test('models are listed and retrieved', async () => {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    assert.deepEqual(ids, ['companion', 'groq:first', 'openai:second']);
    assert.equal((await client.models.retrieve('groq:first')).id, 'groq:first');
    await assert.rejects(client.models.retrieve('gpt-4o'), NotFoundError);
  });

  test('a session token works as a key', async () => {
    const { token } = await (await fetch(`${hearken.url}/v1/sessions`, {
      method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }, body: '{"user":"ann"}',
    })).json();
    const browser = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: token, maxRetries: 0 });
    const completion = await browser.chat.completions.create({ model: 'companion', messages: MESSAGES });
    assert.equal(completion.choices[0].message.content, SAID);
  });
});

describe('errors are raised as the SDK names them', () => {
  /** Asserts the class, and that status, code, param and request id can be read from it. */
  const raises = (promise, type, { status, ...fields }) => assert.rejects(promise, (error) => {
    assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
    assert.ok(!(error instanceof APIConnectionError));
    assert.equal(error.status, status);
    assert.match(error.requestID, /^req_/);
    for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value, name);
    return true;
  });

  for (const [how, ask] of [['streamed', stream], ['not streamed', whole]]) {
    test(`${how}`, async () => {
      await raises(ask({ messages: [] }), BadRequestError, { status: 400, param: 'messages', type: 'invalid_request_error' });
      await raises(ask({ model: 'gpt-4o' }), NotFoundError, { status: 404, code: 'model_not_found', param: 'model' });
      set({ chat: { fault: 'rate_limit' } });
      await assert.rejects(ask(), (error) => error instanceof RateLimitError && error.headers.get('retry-after') === '2');
      set({ chat: { fault: 'server_error' } });
      await raises(ask(), InternalServerError, { status: 502, code: 'provider_failed' });
      set({ chat: { fault: 'hang' } });
      await raises(ask(), InternalServerError, { status: 504, code: 'provider_timeout' });
      set({ chat: { status: 422 } });
      await raises(ask(), UnprocessableEntityError, { status: 422, code: 'provider_refused' });
    });
  }

  test('a wrong key', async () => {
    const stranger = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: 'wrong', maxRetries: 0 });
    await raises(stranger.models.list(), AuthenticationError, { status: 401, code: 'invalid_api_key' });
    await raises(stranger.chat.completions.create({ model: 'companion', messages: MESSAGES, stream: true }), AuthenticationError, { status: 401 });
  });

  test('a retry after a failure of all succeeds', async () => {
    set({ chat: { fault: 'server_error', times: 2 } });
    // One more than needed: a refused request may cost the connection that it left unread bytes on.
    const patient = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: KEY, maxRetries: 2 });
    const completion = await patient.chat.completions.create({ model: 'companion', messages: MESSAGES });
    assert.equal(completion.choices[0].message.content, SAID);
    assert.equal(hearken.providers.requests.length, 3);
  });
});
