// Every way in that is not a good request: errors in the contract's shape, methods, sizes, models, health, CORS.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startHearken } from '../harness.mjs';
import { contractError, send, sendChat } from './support.mjs';

const MB = 1024 * 1024;
const ORIGIN = 'https://app.example';

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { ALLOWED_ORIGINS: `${ORIGIN}, http://localhost:5173`, LLM: 'groq:first, openai:second' } });
});
after(() => hearken?.stop());

const at = (path, options) => send(`${hearken.url}${path}`, options).answer;
const nothingAsked = () => assert.equal(hearken.providers.requests.length, 0, 'no provider is asked for a bad request');

describe('a bad chat request is refused before any provider is asked', () => {
  const GOOD = { messages: [{ role: 'user', content: 'hi' }] };
  const BAD = {
    'no JSON': ['{', null], 'nothing': ['', null], 'a list': ['[]', null], 'text': ['"hi"', null], 'null': ['null', null], 'two objects': ['{}{}', null],
    'no messages': ['{}', 'messages'], 'messages of null': ['{"messages":null}', 'messages'], 'no message': ['{"messages":[]}', 'messages'],
    'messages of text': ['{"messages":"hi"}', 'messages'], 'a message of text': ['{"messages":["hi"]}', 'messages'],
    'a message without a role': ['{"messages":[{"content":"hi"}]}', 'messages'], 'a role of 7': ['{"messages":[{"role":7}]}', 'messages'],
    'stream of text': [JSON.stringify({ ...GOOD, stream: 'yes' }), 'stream'], 'stream of 1': [JSON.stringify({ ...GOOD, stream: 1 }), 'stream'],
    'a model of 7': [JSON.stringify({ ...GOOD, model: 7 }), 'model'], 'a user of 7': [JSON.stringify({ ...GOOD, user: 7 }), 'user'],
    'bytes that are not UTF-8': [Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), null],
    'brackets a hundred thousand deep': [`{"messages":${'['.repeat(100_000)}`, 'messages or none'],
  };
  for (const [name, [body, param]] of Object.entries(BAD)) {
    test(name, async () => {
      const answer = await at('/v1/chat/completions', { headers: { 'content-type': 'application/json' }, body });
      const error = await contractError(answer, 400);
      assert.equal(error.type, 'invalid_request_error');
      if (param !== 'messages or none') assert.equal(error.param, param);
      if (param && param !== 'messages or none') assert.ok(error.message.includes(param), error.message);
      nothingAsked();
    });
  }

  for (const type of [undefined, 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'application/jsonp']) {
    test(`content-type ${type} is 415`, async () => {
      const headers = type ? { 'content-type': type } : {};
      const error = await contractError(await at('/v1/chat/completions', { headers, body: JSON.stringify(GOOD) }), 415);
      assert.match(error.message, /application\/json/);
      nothingAsked();
    });
  }

  test('a body that is compressed is 415, and says so', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const error = await contractError(await at('/v1/chat/completions', { headers, body: gzipSync(JSON.stringify(GOOD)) }), 415);
    assert.match(error.message, /content-encoding/);
    nothingAsked();
  });

  test('a model that the chain does not have is 404 and named', async () => {
    for (const model of ['gpt-4o', 'groq:other', 'first', 'groq:first ', '__proto__']) {
      const error = await contractError(await sendChat(hearken.url, { ...GOOD, model }).answer, 404);
      assert.deepEqual([error.param, error.code], ['model', 'model_not_found']);
    }
    nothingAsked();
  });

  test('more than 36 MB is 413, by its length and by its bytes', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = `{"messages":[{"role":"user","content":"${'A'.repeat(37 * MB)}"}]}`;
    const error = await contractError(await at('/v1/chat/completions', { headers, body }), 413);
    assert.equal(error.code, 'request_too_large');
    await contractError(await at('/v1/chat/completions', { headers: { ...headers, 'transfer-encoding': 'chunked' }, body }), 413);
    nothingAsked();
  });

  test('an uncompressed body may say so, however it is written', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'Identity' };
    const answer = await at('/v1/chat/completions', { headers, body: JSON.stringify(GOOD) });
    assert.equal(answer.status, 200, await answer.text());
  });

  test('JSON by another name is JSON', async () => {
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.api+json']) {
      const answer = await at('/v1/chat/completions', { headers: { 'content-type': type }, body: JSON.stringify(GOOD) });
      assert.equal(answer.status, 200, await answer.text());
    }
  });
});

describe('addresses', () => {
  test('an unknown address is 404, in any method', async () => {
    for (const [method, path] of [['GET', '/v1/nothing'], ['POST', '/v1/chat'], ['GET', '/v1'], ['DELETE', '/v1/models/'], ['PUT', '/v2/chat/completions']]) {
      const error = await contractError(await at(path, { method }), path === '/v1/models/' ? 405 : 404);
      assert.equal(error.type, 'invalid_request_error');
    }
  });

  test('a wrong method is 405 and says which are right', async () => {
    for (const [method, path, allow] of [
      ['GET', '/v1/chat/completions', 'POST'], ['PUT', '/v1/chat/completions', 'POST'], ['POST', '/v1/models', 'GET, HEAD'], ['DELETE', '/v1/models/companion', 'GET, HEAD'],
      ['GET', '/v1/sessions', 'POST, DELETE'], ['POST', '/health', 'GET, HEAD'], ['GET', '/v1/audio/speech', 'POST'],
    ]) {
      const answer = await at(path, { method });
      await contractError(answer, 405);
      assert.equal(answer.headers.allow, allow, `${method} ${path}`);
    }
  });

  test('models are listed, and each can be asked for', async () => {
    const list = await (await at('/v1/models', { method: 'GET' })).json();
    assert.equal(list.object, 'list');
    assert.deepEqual(list.data.map(({ id }) => id), ['companion', 'groq:first', 'openai:second']);
    for (const model of list.data) {
      assert.deepEqual(await (await at(`/v1/models/${encodeURIComponent(model.id)}`, { method: 'GET' })).json(), model);
      assert.equal(model.object, 'model');
    }
    const error = await contractError(await at('/v1/models/gpt-4o', { method: 'GET' }), 404);
    assert.equal(error.param, 'model');
    await contractError(await at('/v1/models/%E0%A4%A', { method: 'GET' }), 404);
  });

  test('health says what is configured, and no secret', async () => {
    const answer = await at('/health', { method: 'GET' });
    const text = await answer.text();
    assert.equal(answer.status, 200);
    const health = JSON.parse(text);
    assert.equal(health.status, 'ok');
    assert.deepEqual(health.llm, ['groq:first', 'openai:second']);
    assert.equal(answer.headers['cache-control'], 'no-store');
    for (const secret of ['127.0.0.1', '_KEY', 'api_key', 'secret']) assert.ok(!text.includes(secret), secret);
    const head = await at('/health', { method: 'HEAD' });
    assert.deepEqual([head.status, (await head.whole()).length], [200, 0]);
    assert.match(head.headers['x-request-id'], /^req_/);
  });

  test('health says whether realtime sessions have an object', async (t) => {
    assert.deepEqual(JSON.parse(await (await at('/health', { method: 'GET' })).text()).realtime, { available: true });
    const without = await startHearken({
      adjust: ({ workers: [{ durableObjects, ...worker }, ...others], ...options }) => {
        const { SESSION: _, ...bound } = durableObjects;
        return { ...options, workers: [{ ...worker, durableObjects: bound }, ...others] };
      },
    });
    t.after(() => without.stop());
    const { answer } = send(`${without.url}/health`, { method: 'GET' });
    assert.deepEqual(JSON.parse(await (await answer).text()).realtime, { available: false });
  });

  test('no two answers share a request id', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => at('/health', { method: 'GET' })));
    assert.equal(new Set(answers.map(({ headers }) => headers['x-request-id'])).size, 20);
  });
});

describe('another origin', () => {
  const preflight = (origin, path = '/v1/chat/completions') => at(path, {
    method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
  });

  test('that is allowed gets its own name in every answer, preflight and error', async () => {
    const asked = await preflight(ORIGIN);
    assert.equal(asked.status, 204);
    assert.equal((await asked.whole()).length, 0);
    assert.match(asked.headers['access-control-allow-methods'], /POST/);
    assert.match(asked.headers['access-control-allow-headers'], /authorization/);
    assert.match(asked.headers['access-control-allow-headers'], /content-type/);
    const answers = [
      asked, await preflight('http://localhost:5173'),
      await at('/health', { method: 'GET', headers: { origin: ORIGIN } }),
      await at('/v1/nothing', { method: 'GET', headers: { origin: ORIGIN } }),
      await sendChat(hearken.url, '{', { origin: ORIGIN }).answer,
      await sendChat(hearken.url, { stream: true, messages: [{ role: 'user', content: 'hi' }] }, { origin: ORIGIN }).answer,
    ];
    for (const [index, answer] of answers.entries()) {
      await answer.whole();
      assert.equal(answer.headers['access-control-allow-origin'], index === 1 ? 'http://localhost:5173' : ORIGIN);
      assert.match(answer.headers.vary ?? '', /origin/i);
      assert.match(answer.headers['access-control-expose-headers'], /x-request-id/);
      assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    }
  });

  test('the headers of the official SDK are allowed in a browser', async () => {
    const { headers } = await preflight(ORIGIN);
    const allowed = headers['access-control-allow-headers'].toLowerCase().split(/, */);
    // A dozen headers of its own, and the key: the star stands for all but that.
    assert.ok(allowed.includes('*') && allowed.includes('authorization'), headers['access-control-allow-headers']);
  });

  test('that is not allowed gets nothing that lets a page read', async () => {
    for (const origin of ['https://evil.example', 'http://app.example', `${ORIGIN}.evil.example`, `${ORIGIN}:444`, 'null', 'HTTPS://APP.EXAMPLE', '*']) {
      for (const answer of [await preflight(origin), await at('/health', { method: 'GET', headers: { origin } })]) {
        await answer.whole();
        assert.equal(answer.headers['access-control-allow-origin'], undefined, origin);
      }
    }
  });
});

test('a body that nobody asked for does not cost the next request its connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (method, path, body = '') => new Promise((resolve, reject) => {
    const sent = request(`${hearken.url}${path}`, { method, agent, headers: { 'content-length': body.length } }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
    sent.on('error', reject).end(body);
  });
  try {
    for (const [method, path] of [['POST', '/admin/phrases/warm'], ['GET', '/v1/models']]) {
      for (const body of ['{}', 'x'.repeat(100_000)]) {
        await ask(method, path, body);
        assert.equal(await ask('GET', '/health'), 200, `after ${method} ${path}`);
      }
    }
  } finally {
    agent.destroy();
  }
});
