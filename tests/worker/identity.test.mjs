// Who may ask, and what a Worker that is not set up says.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { connect as openSession } from './realtime-client.mjs';
import { contractError, send, sendChat } from './support.mjs';

const KEY = 'key-of-a-server';
const SECRET = 'a secret for sessions';
const CHAT = { messages: [{ role: 'user', content: 'hi' }] };

/** A Worker for the tests of this `describe`; answers a function that gives it. */
function worker(vars) {
  let hearken;
  before(async () => {
    hearken = await startHearken({ vars });
  });
  after(() => hearken?.stop());
  return () => hearken;
}
const bearer = (credential) => ({ authorization: `Bearer ${credential}` });

describe('AUTH=required', () => {
  // Two keys, of which one is kept as its digest: so one is replaced by another.
  const digest = (key) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
  const it = worker({ AUTH: 'required', API_KEYS: `other-key, ${digest(KEY)}`, SESSION_SECRET: SECRET });
  const chat = (credential, fields) => sendChat(it().url, { ...CHAT, ...fields }, credential === undefined ? {} : bearer(credential)).answer;
  const session = (body, headers = bearer(KEY)) => send(`${it().url}/v1/sessions`, {
    headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body),
  }).answer;
  const sign = (payload, secret = SECRET) => {
    const signed = `hk1.${Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)).toString('base64url')}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
  const in_s = (seconds) => Math.floor(Date.now() / 1000) + seconds;

  test('a key opens, and is not passed on', async () => {
    for (const key of [KEY, 'other-key']) assert.equal((await chat(key)).status, 200);
    const call = await it().providers.waitFor(({ scope }) => scope === 'groq.chat');
    assert.equal(call.headers.authorization, 'Bearer local');
  });

  test('anything else is 401, before a provider is asked', async () => {
    const before = it().providers.requests.length;
    for (const credential of [undefined, '', 'wrong', digest(KEY), KEY.slice(0, -1), `${KEY}x`, `${KEY},`, 'other-key, key-of-a-server', KEY.toUpperCase()]) {
      const answer = await chat(credential);
      const error = await contractError(answer, 401);
      assert.deepEqual([error.type, error.code, answer.headers['www-authenticate']], ['authentication_error', 'invalid_api_key', 'Bearer']);
    }
    for (const authorization of [`Basic ${KEY}`, KEY, 'Bearer', `Token ${KEY}`]) await contractError(await sendChat(it().url, CHAT, { authorization }).answer, 401);
    assert.equal(it().providers.requests.length, before);
  });

  test('every resource but health is closed', async () => {
    for (const [method, path] of [['GET', '/v1/models'], ['GET', '/v1/models/companion'], ['POST', '/v1/sessions'], ['POST', '/v1/audio/speech'], ['POST', '/v1/audio/transcriptions']]) {
      await contractError(await send(`${it().url}${path}`, { method }).answer, 401);
    }
    assert.equal((await send(`${it().url}/health`, { method: 'GET' }).answer).status, 200);
  });

  test('a session token speaks for its person until it expires', async () => {
    const before_s = in_s(0);
    const answer = await session({ user: 'ann', ttl_seconds: 60 });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['cache-control'], 'no-store');
    const { token, expires_at, user } = await answer.json();
    assert.equal(user, 'ann');
    assert.ok(expires_at >= before_s + 60 && expires_at <= in_s(60), `${expires_at}`);
    assert.equal((await chat(token)).status, 200);
    assert.equal((await chat(sign({ u: 'ann', e: in_s(5) }))).status, 200, 'the format is as documented');
    const late = await contractError(await chat(sign({ u: 'ann', e: in_s(-1) })), 401);
    assert.match(late.message, /expired/);
  });

  test('a revocation ends the tokens that were made until then, and nobody else\'s', async () => {
    const tokenOf = async (user) => (await (await session({ user })).json()).token;
    const [old, other, unsaid] = [await tokenOf('rex'), await tokenOf('ray'), sign({ u: 'rex', e: in_s(60) })];
    const status = async (token) => {
      const answer = await send(`${it().url}/v1/models`, { method: 'GET', headers: bearer(token) }).answer;
      await answer.text();
      return answer.status;
    };
    assert.deepEqual([await status(old), await status(unsaid)], [200, 200]);
    await contractError(await send(`${it().url}/v1/sessions?user=rex`, { method: 'DELETE', headers: bearer(old) }).answer, 403);
    const ended = await send(`${it().url}/v1/sessions?user=rex`, { method: 'DELETE', headers: bearer(KEY) }).answer;
    assert.deepEqual(await ended.json(), { object: 'sessions.deleted', deleted: true });
    assert.deepEqual([await status(old), await status(unsaid), await status(other)], [401, 401, 200]);
    const fresh = await tokenOf('rex');
    assert.equal(await status(fresh), 200);
    assert.match((await contractError(await chat(old), 401)).message, /revoked/);
    // Who is erased has no tokens any more, and nothing else is left of them.
    assert.equal((await send(`${it().url}/v1/person`, { method: 'DELETE', headers: bearer(fresh) }).answer).status, 200);
    assert.equal(await status(fresh), 401);
    assert.equal(await status(await tokenOf('rex')), 200);
  });

  test('a token of another audience is 401', async () => {
    await contractError(await chat(sign({ u: 'ann', e: in_s(60), i: Date.now(), a: 'realtime' })), 401);
    assert.equal((await chat(sign({ u: 'ann', e: in_s(60), i: Date.now(), a: 'session' }))).status, 200);
  });

  test('a token can be made that lives for a second', async () => {
    const { token, expires_at } = await (await session({ user: 'ann', ttl_seconds: 1 })).json();
    const answers = await until('the end', async () => {
      const answer = await chat(token);
      const text = await answer.text();
      return Date.now() / 1000 > expires_at + 0.1 && { status: answer.status, text };
    });
    assert.equal(answers.status, 401);
    assert.match(answers.text, /expired/);
  });

  test('a forged or damaged token is 401', async () => {
    const good = sign({ u: 'ann', e: in_s(60) });
    const [head, payload, tag] = good.split('.');
    const bob = sign({ u: 'bob', e: in_s(60) }).split('.')[1];
    for (const token of [
      sign({ u: 'ann', e: in_s(60) }, 'another secret'), `${head}.${bob}.${tag}`, `${head}.${payload}`, `${head}.${payload}.`, `${head}..${tag}`, `hk2.${payload}.${tag}`,
      `${good}A`, `${good}.`, `${good.slice(0, -1)}`, sign('not json'), sign({ e: in_s(60) }), sign({ u: 'ann' }), sign({ u: 'ann', e: 'never' }), `hk1.${'A'.repeat(5_000)}.A`,
    ]) await contractError(await chat(token), 401);
    assert.equal((await chat(good)).status, 200);
  });

  test('a token in which any one bit is changed is 401', async () => {
    const good = sign({ u: 'ann', e: in_s(600) });
    const bytes = Buffer.from(good);
    const changed = [];
    for (let at = 0; at < bytes.length; at += 1) {
      const other = Buffer.from(bytes);
      other[at] ^= 1 << at % 5;
      const text = other.toString('latin1');
      // What cannot stand in a header, or only says the same in other words, is no token.
      if (/^[\x21-\x7e]+$/.test(text)) changed.push(text);
    }
    const decoded = (token) => token.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex')).join('.');
    for (const token of changed.filter((one) => decoded(one) !== decoded(good) || !one.startsWith('hk1.'))) {
      const answer = await send(`${it().url}/v1/models`, { method: 'GET', headers: bearer(token) }).answer;
      assert.equal(answer.status, 401, token);
      await answer.text();
    }
    assert.equal((await send(`${it().url}/v1/models`, { method: 'GET', headers: bearer(good) }).answer).status, 200);
  });

  test('a token of another algorithm, of none, or of nobody is 401', async () => {
    const b64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { u: 'ann', e: in_s(600), sub: 'ann', exp: in_s(600) };
    const jwt = `${b64({ alg: 'HS256', typ: 'JWT' })}.${b64(claims)}`;
    const sha512 = `hk1.${b64(claims)}`;
    for (const token of [
      `${jwt}.${createHmac('sha256', SECRET).update(jwt).digest('base64url')}`, `${b64({ alg: 'none' })}.${b64(claims)}.`, `${sha512}.${createHmac('sha512', SECRET).update(sha512).digest('base64url')}`,
      sign({ u: '', e: in_s(600) }), sign({ u: 7, e: in_s(600) }), sign({ u: null, e: in_s(600) }), sign({ u: 'ann', e: -1 }), sign({ u: 'ann', e: 1e300 }), sign('{"u":"ann","u":"bob","e":99999999999}'), sign([]),
    ]) await contractError(await chat(token), 401);
  });

  test('a session token makes no session tokens', async () => {
    const { token } = await (await session({ user: 'ann' })).json();
    const error = await contractError(await session({ user: 'bob' }, bearer(token)), 403);
    assert.equal(error.type, 'permission_error');
  });

  test('a session needs a person and a sane life', async () => {
    for (const [body, param] of [
      ['{', null], [{}, 'user'], [{ user: '' }, 'user'], [{ user: 7 }, 'user'], [{ user: 'x'.repeat(257) }, 'user'],
      [{ user: '  ' }, 'user'], [{ user: 'a', ttl_seconds: 0 }, 'ttl_seconds'], [{ user: 'a', ttl_seconds: 2_592_001 }, 'ttl_seconds'], [{ user: 'a', ttl_seconds: 60.5 }, 'ttl_seconds'], [{ user: 'a', ttl_seconds: '60' }, 'ttl_seconds'],
    ]) assert.equal((await contractError(await session(body), 400)).param, param, JSON.stringify(body));
    await contractError(await session(`{"user":"${'x'.repeat(9_000)}"}`), 413);
    await contractError(await session('user=ann', { ...bearer(KEY), 'content-type': 'application/x-www-form-urlencoded' }), 415);
  });
});

describe('one request is one person', () => {
  const it = worker({ AUTH: 'required', API_KEYS: KEY, PHRASE_MIN_PEOPLE: '2', PHRASE_FLUSH_MS: '20' });
  const ask = (method, path, person, body) => send(`${it().url}${path}`, {
    method, headers: { 'x-user': person, 'content-type': 'application/json', ...bearer(KEY) }, ...(body && { body: JSON.stringify({ ...body, user: '' }) }),
  }).answer;

  test('to memory and to the phrase cache alike: an empty name in the body leaves it to the header', async () => {
    const phrase = 'A phrase for everybody.';
    for (const person of ['ann', 'bob']) {
      await (await ask('POST', '/v1/chat/completions', person, { ...CHAT, conversation: person })).text();
      const { data } = await (await ask('GET', '/v1/conversations', person)).json();
      assert.deepEqual(data.map(({ id }) => id), [person]);
      await (await ask('POST', '/v1/audio/speech', person, { input: phrase })).text();
    }
    await until('two people to be counted', async () => {
      const { data } = await (await ask('GET', '/admin/phrases', '')).json();
      return data.find(({ text }) => text === phrase)?.people === 2;
    });
  });
});

describe('AUTH=required without keys', () => {
  const it = worker({ AUTH: 'required', API_KEYS: '' });
  test('everything but health is 503 and says what to set', async () => {
    for (const credential of [undefined, '', 'x']) {
      const error = await contractError(await sendChat(it().url, CHAT, credential === undefined ? {} : bearer(credential)).answer, 503);
      assert.match(error.message, /API_KEYS/);
      assert.equal(error.code, 'not_configured');
    }
    await contractError(await send(`${it().url}/v1/models`, { method: 'GET' }).answer, 503);
    const health = await (await send(`${it().url}/health`, { method: 'GET' }).answer).json();
    assert.equal(health.status, 'misconfigured');
    assert.match(health.problem, /API_KEYS/);
    assert.equal(it().providers.requests.length, 0);
  });
});

describe('RATE_PER_MINUTE', () => {
  const it = worker({ AUTH: 'required', API_KEYS: KEY, SESSION_SECRET: SECRET, RATE_PER_MINUTE: '5' });
  const models = (headers) => send(`${it().url}/v1/models`, { method: 'GET', headers }).answer;

  test('is a limit of each caller: a key with a person, a token\'s person', async () => {
    const { token } = await (await send(`${it().url}/v1/sessions`, { headers: { 'content-type': 'application/json', ...bearer(KEY), 'x-user': 'first' }, body: '{"user":"ann"}' }).answer).json();
    for (const headers of [{ ...bearer(KEY), 'x-user': 'bob' }, bearer(token)]) {
      // A minute may end in between: then twice as many are let in.
      const answers = [];
      for (let count = 0; count < 12; count += 1) answers.push(await models(headers));
      const refused = answers.filter(({ status }) => status === 429);
      assert.ok(refused.length >= 2 && refused.length <= 7, `${refused.length} of 12`);
      const error = await contractError(refused[0], 429);
      assert.deepEqual([error.type, error.code], ['rate_limit_error', 'rate_limit_exceeded']);
      assert.ok(Number(refused[0].headers['retry-after']) >= 1 && Number(refused[0].headers['retry-after']) <= 60);
      assert.equal(refused[0].headers['x-should-retry'], undefined);
      for (const { headers: told } of answers) assert.equal(told['ratelimit-policy'], '"requests";q=5;w=60');
    }
    assert.equal((await models({ ...bearer(KEY), 'x-user': 'cat' })).status, 200);
    for (let count = 0; count < 12; count += 1) assert.equal((await send(`${it().url}/health`, { method: 'GET' }).answer).status, 200);
  });

  test('counts each turn of a session, too', async () => {
    it().providers.control({ chat: { first_ms: 0, gap_ms: 0, script: ['Yes.'], script_repeat: true } });
    const session = await openSession(it().url, { headers: { ...bearer(KEY), 'x-user': 'dan' } });
    const turns = [];
    for (let count = 0; count < 12; count += 1) turns.push(await session.say('hello', { output_modalities: ['text'] }));
    const refused = turns.filter(({ status }) => status === 'failed');
    assert.ok(refused.length >= 2 && refused.length <= 8, `${refused.length} of 12`);
    for (const { status_details: { error } } of refused) assert.equal(error.code, 'rate_limit_exceeded');
    const told = session.events.filter(({ type }) => type === 'rate_limits.updated').map(({ rate_limits: [requests] }) => requests);
    assert.equal(told.length, turns.length - refused.length);
    const [{ name, limit, remaining, reset_seconds }] = told;
    assert.deepEqual([name, limit, remaining, reset_seconds > 0 && reset_seconds <= 60], ['requests', 5, 4, true]);
    await session.close();
  });
});

describe('AUTH=required without a session secret', () => {
  const it = worker({ AUTH: 'required', API_KEYS: KEY });
  test('keys work, tokens do not, and asking for one says what to set', async () => {
    assert.equal((await sendChat(it().url, CHAT, bearer(KEY)).answer).status, 200);
    const forged = `hk1.${Buffer.from('{"u":"ann","e":99999999999}').toString('base64url')}`;
    const token = `${forged}.${createHmac('sha256', '').update(forged).digest('base64url')}`;
    await contractError(await sendChat(it().url, CHAT, bearer(token)).answer, 401);
    const answer = await send(`${it().url}/v1/sessions`, { headers: { 'content-type': 'application/json', ...bearer(KEY) }, body: '{"user":"ann"}' }).answer;
    assert.match((await contractError(answer, 503)).message, /SESSION_SECRET/);
  });
});

describe('a variable that cannot be used', () => {
  test('costs no client its connection', async () => {
    const hearken = await startHearken({ vars: { AUTH: 'maybe' } });
    try {
      const { hostname, port } = new URL(hearken.url);
      const socket = connect(Number(port), hostname);
      let text = '';
      let is_closed = false;
      socket.on('data', (data) => { text += data; }).on('close', () => { is_closed = true; }).on('error', () => {});
      const answers = (count) => until(`${count} answers`, () => is_closed || text.split('HTTP/1.1 503').length > count);
      for (const count of [1, 2]) {
        socket.write(`POST /v1/memories HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"text":1`);
        await answers(count);
      }
      assert.equal(text.split('HTTP/1.1 503').length, 3);
      socket.destroy();
    } finally {
      await hearken.stop();
    }
  });

  for (const [name, value] of [['LLM', 'nobody:model'], ['LLM', 'groq'], ['LLM_IDLE_MS', 'soon'], ['GROQ_BASE_URL', 'ftp://x'], ['AUTH', 'maybe'], ['ALLOWED_ORIGINS', '*']]) {
    test(`${name}=${value} is 503 everywhere, and named`, async () => {
      const hearken = await startHearken({ vars: { [name]: value } });
      try {
        for (const answer of [await sendChat(hearken.url, CHAT).answer, await send(`${hearken.url}/health`, { method: 'GET' }).answer]) {
          const error = await contractError(answer, 503);
          assert.ok(error.message.includes(name), error.message);
          assert.equal(error.code, 'not_configured');
        }
      } finally {
        await hearken.stop();
      }
    });
  }
});
