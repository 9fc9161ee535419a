// No route reaches another person's data, whatever ids and names it is given.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { knownIn, Somebody, turns } from './people.mjs';

const KEY = 'key-of-a-server';
let hearken;
let ann; // Has everything; a server speaks for her.
let bob; // A browser with a token of its own, that tries everything.
let memory;
before(async () => {
  hearken = await startHearken({ vars: { AUTH: 'required', API_KEYS: KEY, SESSION_SECRET: 'a secret for sessions' } });
  ann = new Somebody(hearken.url, 'ann', { credential: KEY });
  const { body } = await ann.must('POST', '/v1/sessions', { user: 'bob' });
  bob = new Somebody(hearken.url, 'bob', { credential: body.token, named: 'ann' });
  memory = await ann.remember('Hides the key under the violet pot');
  await ann.remember('Is called Annabel', 'name');
  await ann.say('I keep a diary about violet things.', { conversation: 'secret-talk' });
  await until('the reply', async () => (await ann.must('GET', '/v1/conversations/secret-talk')).body.messages.length === 2);
});
after(() => hearken?.stop());

const SECRETS = /violet|Annabel|diary/;

test('a token that names another person is still its own', async () => {
  for (const [method, path, body] of [
    ['GET', '/v1/memories'], ['GET', '/v1/memories?user=ann'], ['GET', `/v1/memories/${memory.id}`], ['GET', `/v1/memories/${memory.id}?user=ann`],
    ['GET', `/v1/memories/${memory.id}/history`], ['PUT', `/v1/memories/${memory.id}`, { text: 'Taken over', user: 'ann' }], ['DELETE', `/v1/memories/${memory.id}`],
    ['POST', '/v1/memories/search', { query: 'violet pot key diary', user: 'ann' }], ['GET', '/v1/conversations?user=ann'],
    ['GET', '/v1/conversations/secret-talk'], ['DELETE', '/v1/conversations/secret-talk?user=ann'], ['GET', '/v1/export?user=ann'],
    ['GET', `/v1/memories?after=${memory.id}`], ['GET', '/v1/conversations?after=secret-talk'],
    ['DELETE', '/v1/memories?user=ann'], ['POST', '/v1/memories/flush', { user: 'ann' }], ['DELETE', '/v1/person?user=ann'],
  ]) {
    const answer = await bob.ask(method, path, body);
    assert.ok(!SECRETS.test(answer.text), `${method} ${path}: ${answer.text}`);
    if (path.includes(memory.id) && !path.includes('after')) assert.equal(answer.status, 404, `${method} ${path}`);
  }
  // Who erases themselves ends their own sessions.
  assert.equal((await bob.ask('GET', '/v1/memories')).status, 401);
  const { body: session } = await ann.must('POST', '/v1/sessions', { user: 'bob' });
  bob = new Somebody(hearken.url, 'bob', { credential: session.token, named: 'ann' });
  hearken.providers.journal.clear();
  const reply = await bob.say('What do you know about my violet key and diary?', { conversation: 'secret-talk', user: 'ann' });
  assert.equal(reply.status, 200);
  const sent = JSON.stringify(turns(hearken.providers)[0].body);
  assert.ok(!/Hides|Annabel|I keep a diary/.test(sent), sent);
  assert.deepEqual((await ann.texts()).sort(), ['Hides the key under the violet pot', 'Is called Annabel']);
  assert.equal((await ann.must('GET', '/v1/conversations/secret-talk')).body.messages.length, 2);
  assert.equal((await ann.flush()).messages, 1, 'what waited was hers and stayed');
});

test('a server names the person in the body, the header or the address', async () => {
  const server = new Somebody(hearken.url, undefined, { credential: KEY, named: '' });
  assert.match((await server.must('GET', '/v1/memories?user=ann')).text, SECRETS);
  assert.match((await server.must('POST', '/v1/memories/search', { query: 'violet', user: 'ann' })).text, SECRETS);
  hearken.providers.journal.clear();
  await server.say('Where is my key with the violet pot?', { user: 'ann' });
  assert.match(knownIn(turns(hearken.providers)[0]), /Hides the key/);
});

test('a server that names nobody has no memory, and is told so where it asks for one', async () => {
  const server = new Somebody(hearken.url, undefined, { credential: KEY, named: '' });
  for (const [method, path, body] of [
    ['GET', '/v1/memories'], ['POST', '/v1/memories', { text: 'x' }], ['POST', '/v1/memories/search', { query: 'x' }], ['DELETE', '/v1/memories'],
    ['GET', '/v1/conversations'], ['GET', '/v1/export'], ['DELETE', '/v1/person'], ['POST', '/v1/memories/flush', {}],
  ]) {
    const answer = await server.ask(method, path, body);
    assert.deepEqual([answer.status, answer.body?.error?.param], [400, 'user'], `${method} ${path}`);
  }
  const reply = await server.say('Remember that I am nobody.');
  assert.deepEqual([reply.status, reply.headers.get('x-recall')], [200, 'off']);
  const talk = await server.say('hello', { conversation: 'c' });
  assert.deepEqual([talk.status, talk.body.error.param], [400, 'user']);
});

test('every resource is closed to those without a credential', async () => {
  for (const [method, path] of [
    ['GET', '/v1/memories'], ['POST', '/v1/memories'], ['DELETE', '/v1/memories'], ['POST', '/v1/memories/search'], ['POST', '/v1/memories/flush'],
    ['GET', `/v1/memories/${memory.id}`], ['PUT', `/v1/memories/${memory.id}`], ['DELETE', `/v1/memories/${memory.id}`], ['GET', `/v1/memories/${memory.id}/history`],
    ['GET', '/v1/conversations'], ['GET', '/v1/conversations/secret-talk'], ['DELETE', '/v1/conversations/secret-talk'], ['GET', '/v1/export'], ['DELETE', '/v1/person'],
  ]) {
    for (const credential of [undefined, 'wrong']) {
      const stranger = new Somebody(hearken.url, 'ann', { credential });
      assert.equal((await stranger.ask(method, path)).status, 401, `${method} ${path}`);
    }
  }
});

test('people with the same words share no cached result', async () => {
  const carl = new Somebody(hearken.url, 'carl', { credential: KEY });
  const dora = new Somebody(hearken.url, 'dora', { credential: KEY });
  await carl.remember('Has a green kite');
  await dora.remember('Has a purple kite');
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual((await carl.search('kite')).texts, ['Has a green kite']);
    assert.deepEqual((await dora.search('kite')).texts, ['Has a purple kite']);
  }
});

test('names that look alike are different people', async () => {
  const names = ['jos\u00e9', 'jose\u0301', 'jose', 'Jose', 'jos\u0435', 'jose ', 'jose\u200b', 'jose/..', 'jose\u0000', 'x'.repeat(256)];
  const server = new Somebody(hearken.url, undefined, { credential: KEY, named: '' });
  for (const [at, user] of names.entries()) await server.must('POST', '/v1/memories', { text: `Owns boat number ${at}`, user });
  for (const [at, user] of names.entries()) {
    const { body } = await server.must('POST', '/v1/memories/search', { query: 'boat number', user });
    assert.deepEqual(body.data.map(({ text }) => text), [`Owns boat number ${at}`], JSON.stringify(user));
  }
  for (const user of ['x'.repeat(257), '\u{1F600}'.repeat(65)]) {
    const answer = await server.ask('POST', '/v1/memories', { text: 'x', user });
    assert.deepEqual([answer.status, answer.body.error.param], [400, 'user']);
  }
  // A header's name is the same person as the body's, byte for byte.
  const { body } = await server.must('POST', '/v1/sessions', { user: 'jos\u00e9' });
  const token = new Somebody(hearken.url, undefined, { credential: body.token, named: 'jose' });
  assert.deepEqual(await token.texts(), ['Owns boat number 0']);
});

test('ids of others are no ids here, in any spelling', async () => {
  const before = await ann.texts();
  for (const id of [memory.id, memory.id.toUpperCase(), `${memory.id}%00`, `../ann/${memory.id}`, encodeURIComponent(`${memory.id}' OR '1'='1`), '%', 'mem_%25', '*']) {
    for (const method of ['GET', 'DELETE']) {
      const answer = await bob.ask(method, `/v1/memories/${id}`);
      assert.ok([400, 404].includes(answer.status) && !SECRETS.test(answer.text), `${method} ${id}: ${answer.status} ${answer.text}`);
    }
  }
  assert.deepEqual(await ann.texts(), before);
});

test('a page of another origin is told nothing', async () => {
  const answer = await ann.ask('GET', '/v1/memories', undefined, { origin: 'https://elsewhere.example' });
  assert.equal(answer.headers.get('access-control-allow-origin'), null);
  const preflight = await ann.ask('OPTIONS', '/v1/memories', undefined, { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' });
  assert.equal(preflight.headers.get('access-control-allow-origin'), null);
});

test('no log line says who or what', () => {
  for (const line of hearken.logs) assert.ok(!SECRETS.test(line) && !/\bann\b|\bbob\b/.test(line), line);
});
