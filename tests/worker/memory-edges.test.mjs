// What people, clients and providers do at the edges: names, ids, halves of characters, answers in parts, turns sent twice.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { until } from '../harness.mjs';
import { extractions, knownIn, messagesOf, quietWorker, Somebody, turns } from './people.mjs';

const KEY = 'key-of-a-server';

/** A conversation once its last reply is kept. */
const settled = (person, id, count) => until(`${count} messages`, async () => {
  const answer = await person.ask('GET', `/v1/conversations/${id}`);
  return answer.status === 200 && answer.body.messages.length === count && answer.body.messages.map(({ role, content }) => [role, content]);
});

describe('names', () => {
  const it = quietWorker({ AUTH: 'required', API_KEYS: KEY, SESSION_SECRET: 'a secret for sessions' });
  const server = () => new Somebody(it.url, undefined, { credential: KEY, named: '' });

  /** A request whose header has these very bytes; the answer as it came. */
  const listed = (name) => new Promise((resolve, reject) => {
    const { hostname, port } = new URL(it.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (data) => { text += data; }).on('close', () => resolve(text)).on('error', reject);
    socket.write(Buffer.concat([Buffer.from(`GET /v1/memories HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\nconnection: close\r\nx-user: `), name, Buffer.from('\r\n\r\n')]));
  });

  test('names in bytes that are no UTF-8 are refused, because they would all be one person', async () => {
    for (const name of ['José', 'Josè']) assert.match(await listed(Buffer.from(name, 'latin1')), /^HTTP\/1\.1 400 [^]*"param":"user"/);
    await server().must('POST', '/v1/memories', { text: 'Owns a kite', user: 'José' });
    assert.match(await listed(Buffer.from('José')), /^HTTP\/1\.1 200 [^]*Owns a kite/);
    for (const path of ['/v1/memories?user=%e9', '/v1/memories?user=%ZZ']) assert.deepEqual((await server().ask('GET', path)).body.error.param, 'user');
    assert.equal((await server().ask('POST', '/v1/sessions', { user: 'Jos\ufffd' })).body.error.param, 'user');
    assert.equal((await server().ask('POST', '/v1/sessions', { user: ' ' })).body.error.param, 'user');
  });

  test('the body of a deletion names the person, before the header', async () => {
    for (const user of ['ann', 'bob']) await server().must('POST', '/v1/memories', { text: 'Owns a boat', user });
    const left = async (user) => (await server().must('GET', `/v1/memories?user=${user}`)).body.data.length;
    const ann = new Somebody(it.url, 'ann', { credential: KEY });
    await ann.must('DELETE', '/v1/person', { user: 'bob' });
    assert.deepEqual([await left('ann'), await left('bob')], [1, 0]);
    await server().must('DELETE', '/v1/memories', { user: 'ann' });
    assert.equal(await left('ann'), 0);
  });

  test('an empty name leaves the word to the header', async () => {
    await server().must('POST', '/v1/memories', { text: 'Owns a sledge', user: 'cid' });
    const cid = new Somebody(it.url, 'cid', { credential: KEY });
    for (const user of ['', '  ']) assert.equal((await cid.must('POST', '/v1/memories/search', { query: 'sledge', user })).body.data.length, 1);
  });
});

describe('requests', () => {
  const it = quietWorker();

  test('ids in paths may be percent-encoded, as clients do', async () => {
    const dan = it.person('dan');
    for (const id of ['user@host:1', 'a b'.replace(' ', '+'), '{x}|"y"', 'back\\slash']) {
      await dan.say('Let us talk.', { conversation: id });
      const path = `/v1/conversations/${encodeURIComponent(id)}`;
      assert.equal((await dan.must('GET', path)).body.id, id);
      await dan.must('DELETE', path);
      assert.equal((await dan.ask('GET', path)).status, 404);
    }
    for (const conversation of ['.', '..']) assert.equal((await dan.say('hello', { conversation })).body.error.param, 'conversation');
  });

  test('a parameter that cannot be read is no missing one', async () => {
    const eli = it.person('eli');
    for (const [query, param] of [['limit=%ZZ', 'limit'], ['after=%e9', 'after'], ['limit=1.5', 'limit']]) {
      const answer = await eli.ask('GET', `/v1/memories?${query}`);
      assert.deepEqual([answer.status, answer.body.error?.param], [400, param], query);
    }
  });

  test('half an emoji costs no word of what stands around it', async () => {
    const flo = it.person('flo');
    const reply = await flo.ask('POST', '/v1/chat/completions', String.raw`{"messages":[{"role":"user","content":"I keep bees \ud83d\udc1d and goats \ud83d"}],"conversation":"h"}`);
    assert.equal(reply.status, 200);
    const [[, content]] = await settled(flo, 'h', 2);
    assert.equal(content, 'I keep bees 🐝 and goats \ufffd');
    assert.equal((await flo.must('POST', '/v1/memories', String.raw`{"text":"Owns a \udc1d farm"}`)).body.text, 'Owns a \ufffd farm');
    await flo.flush();
    assert.ok((await flo.texts()).some((text) => /goats/.test(text)));
  });

  test('messages may have parts, and those that only call tools say nothing', async () => {
    const gia = it.person('gia');
    const answer = await gia.must('POST', '/v1/memories', { messages: [
      { role: 'assistant', content: null, tool_calls: [] },
      { role: 'user', content: [{ type: 'text', text: 'I juggle' }, { type: 'image_url', image_url: { url: 'data:,' } }, { type: 'text', text: 'on Sundays.' }] },
    ] });
    assert.equal(answer.body.accepted, 1);
    for (const content of [null, 7, {}, true]) assert.equal((await gia.ask('POST', '/v1/memories', { messages: [{ role: 'user', content }] })).body.error.param, 'messages');
    await gia.flush();
    assert.match((await gia.texts())[0], /juggle on Sundays/);
  });

  test('a thousand long messages are taken within a moment', async () => {
    const hub = it.person('hub');
    const messages = Array.from({ length: 1000 }, (_, number) => ({ role: 'user', content: `I own item ${number}. ${'pad '.repeat(450)}` }));
    assert.equal((await hub.must('POST', '/v1/memories', { messages })).body.accepted, 1000);
    assert.equal((await hub.must('POST', '/v1/memories', { messages })).body.accepted, 0, 'and a second time none of them');
    await hub.must('DELETE', '/v1/person');
  });

  test('a memory cannot be emptied', async () => {
    const ian = it.person('ian');
    const memory = await ian.remember('Owns a harp');
    assert.equal((await ian.ask('PUT', `/v1/memories/${memory.id}`, { text: '\u0000\u0001' })).body.error.param, 'text');
    assert.deepEqual(await ian.texts(), ['Owns a harp']);
  });

  test('there is one name, whoever becomes it', async () => {
    const jan = it.person('jan');
    await jan.remember('Is called Jan', 'name');
    const memory = await jan.remember('Likes figs');
    await jan.must('PUT', `/v1/memories/${memory.id}`, { text: 'Is called Johanna', kind: 'name' });
    assert.deepEqual(await jan.texts(), ['Is called Johanna']);
  });

  test('a search finds the name, though a prompt has it anyway', async () => {
    const joe = it.person('joe');
    await joe.remember('Is called Josephine', 'name');
    assert.deepEqual((await joe.search('Josephine')).texts, ['Is called Josephine']);
    await joe.remember('Likes Josephine Baker');
    assert.equal((await joe.search('Josephine')).texts.length, 2);
    it.providers.journal.clear();
    await joe.say('What about Josephine?');
    assert.equal(knownIn(turns(it.providers)[0]).match(/Is called Josephine/g).length, 1);
  });

  test('a request with an idempotency key that is sent again finds its memory, though it was changed', async () => {
    const kai = it.person('kai');
    const give = () => kai.ask('POST', '/v1/memories', { text: 'Owns a ship' }, { 'idempotency-key': 'one' });
    const first = await give();
    await kai.must('PUT', `/v1/memories/${first.body.id}`, { text: 'Owns a boat' });
    const again = await give();
    assert.deepEqual([again.status, again.body.id, again.body.text], [200, first.body.id, 'Owns a boat']);
  });
});

describe('turns', () => {
  const it = quietWorker();

  test('a turn that is sent twice at once has one reply', async () => {
    const lin = it.person('lin');
    it.providers.control({ chat: { first_ms: 150, gap_ms: 0 } });
    const replies = await Promise.all([0, 1].map(() => lin.say('I have a goat.', { conversation: 'd' })));
    it.calm();
    assert.deepEqual(replies.map(({ status }) => status), [200, 200]);
    await lin.say('And a cow.', { conversation: 'd' });
    const kept = await settled(lin, 'd', 4);
    assert.deepEqual(kept.map(([role]) => role), ['user', 'assistant', 'user', 'assistant']);
    assert.ok(replies.some(({ text }) => text === kept[1][1]));
  });

  test('a reply to a conversation that was deleted does not come into a new one of that id', async () => {
    const mia = it.person('mia');
    it.providers.control({ chat: { first_ms: 500 } });
    const old = mia.say('An old secret.', { conversation: 'again' });
    await until('the call', () => turns(it.providers).some((one) => one.ended === 'open' && JSON.stringify(one.body).includes('old secret')));
    await mia.must('DELETE', '/v1/conversations/again');
    it.calm();
    const fresh = await mia.say('Something new.', { conversation: 'again' });
    await old;
    await mia.say('And more.', { conversation: 'again' });
    const kept = await settled(mia, 'again', 4);
    assert.deepEqual(kept.slice(0, 3), [['user', 'Something new.'], ['assistant', fresh.text], ['user', 'And more.']]);
  });
});

describe('answers of models', () => {
  const it = quietWorker();
  const operations = (...list) => JSON.stringify({ operations: list });

  test('a part that is refused is asked for again, so that no fact is lost with it', async () => {
    const nik = it.person('nik');
    await nik.say('I have a boat and live in Rome now.', { conversation: 'n' });
    it.providers.journal.clear();
    const boat = { op: 'add', text: 'Has a boat' };
    it.providers.control({ chat: { script: [operations(boat, { op: 'update', id: 99, text: 'Lives in Rome' }), operations(boat, { op: 'add', text: 'Lives in Rome' })] } });
    assert.equal((await nik.flush()).changes, 2);
    it.calm();
    const calls = extractions(it.providers);
    assert.equal(calls.length, 2);
    assert.match(messagesOf(calls[1]).at(-1).content, /operation 2 .*not the id of a memory/);
    assert.deepEqual((await nik.texts()).sort(), ['Has a boat', 'Lives in Rome']);
  });

  test('what is sound stays when the second answer is worse', async () => {
    const ola = it.person('ola');
    await ola.say('I have a boat and more.', { conversation: 'o' });
    it.providers.control({ chat: { script: [operations({ op: 'add', text: 'Has a boat' }, { op: 'add', text: 'x'.repeat(1001) }), 'no'] } });
    assert.equal((await ola.flush()).changes, 1);
    it.calm();
    assert.deepEqual(await ola.texts(), ['Has a boat']);
  });

  test('a name is forgotten when the person asks for it', async () => {
    const ron = it.person('ron');
    await ron.remember('Is called Ron', 'name');
    await ron.remember('Has a boat');
    it.providers.journal.clear();
    it.providers.control({ chat: { script: [operations({ op: 'delete', id: 2 })] } });
    await ron.must('POST', '/v1/memories', { messages: [{ role: 'user', content: 'I would rather be nobody to you.' }] });
    assert.equal((await ron.flush()).changes, 1);
    it.calm();
    assert.match(messagesOf(extractions(it.providers)[0]).at(-1).content, /<profile>\n\{"id":2,"kind":"name","text":"Is called Ron"\}/);
    assert.deepEqual(await ron.texts(), ['Has a boat']);
  });

  test('a model that thinks first is asked to think little and has room for it', async () => {
    const tea = it.person('tea');
    await tea.say('I play the flute.', { conversation: 't' });
    it.providers.journal.clear();
    await tea.flush();
    const [{ body }] = extractions(it.providers);
    assert.deepEqual([body.model, body.reasoning_effort, body.stream], ['openai/gpt-oss-120b', 'low', false]);
    for (const limit of ['max_tokens', 'max_completion_tokens']) assert.ok(!(limit in body) || body[limit] >= 4096, limit);
    assert.ok((await tea.texts()).some((text) => /flute/.test(text)));
  });

  test('what a model leaves unsaid for want of room is not lost, and no fault of its provider', async () => {
    const una = it.person('una');
    for (const said of ['I play the flute.', 'I own a kite.']) await una.say(said, { conversation: 'u' });
    for (const cut of ['', '{"operations":[{"op":"add","te', '<think>The flute']) {
      it.providers.control({ chat: { script: [cut], script_repeat: true, finish_reason: 'length' } });
      const failed = await una.ask('POST', '/v1/memories/flush', {});
      assert.ok(failed.status >= 500, failed.text);
      it.calm();
    }
    await una.flush();
    assert.equal((await una.texts()).length, 2);
  });

  test('drafts that a model thinks aloud are not its answer', async () => {
    const pat = it.person('pat');
    await pat.say('I play the flute.', { conversation: 'p' });
    it.providers.control({ chat: { script: [`<think>Nothing? {"operations":[]} No, there is.</think>${operations({ op: 'add', text: 'Plays the flute' })}`] } });
    await pat.flush();
    it.calm();
    assert.deepEqual(await pat.texts(), ['Plays the flute']);
  });

  test('a model that refuses temperature and a JSON object is asked without, remembers, and is not asked so again', async () => {
    const vic = it.person('vic');
    await vic.say('I play the flute.', { conversation: 'v' });
    it.providers.journal.clear();
    const refused = (param, code) => ({ status: 400, body: { error: { message: `Unsupported: '${param}'`, param, code } } });
    it.providers.control({ 'groq.chat': { sequence: [refused('temperature', 'unsupported_value'), refused('response_format', null), {}] } });
    await vic.flush();
    it.calm();
    const asked = () => it.providers.requests.filter(({ scope }) => scope === 'groq.chat').map(({ body }) => [body.temperature, body.response_format?.type]);
    assert.deepEqual(asked(), [[0, 'json_object'], [undefined, 'json_object'], [undefined, 'json_schema']]);
    assert.ok((await vic.texts()).some((text) => /flute/.test(text)));
    await vic.must('POST', '/v1/memories', { messages: [{ role: 'user', content: 'I own a kite.' }] });
    it.providers.journal.clear();
    await vic.flush();
    assert.deepEqual(asked(), [[undefined, 'json_schema']]);
  });
});

describe('embeddings of another length', () => {
  const it = quietWorker();

  test('cost neither the other memories nor, for long, their own', async () => {
    const quin = it.person('quin');
    for (const fact of ['Owns a small puppy', 'Plays the violin']) await quin.remember(fact);
    it.providers.control({ embeddings: { dimensions: 7 } });
    await quin.remember('Has a kitten');
    it.calm();
    assert.match((await quin.search('which animals and pets?')).texts[0], /puppy/);
    await until('its own vector', async () => (await quin.search('which animals and pets?')).texts.some((text) => /kitten/.test(text)));
    await quin.search('which animals and pets?');
    assert.equal((await quin.search('which animals and pets?')).recall, 'hit', 'a whole result is kept again');
  });

  test('that come first give way to those of the model', async () => {
    const rae = it.person('rae');
    it.providers.control({ embeddings: { dimensions: 7 } });
    await rae.remember('Has a kitten');
    it.calm();
    await rae.remember('Has a puppy');
    await until('both', async () => (await rae.search('animals and pets')).texts.length === 2);
  });
});

describe('MEMORY=off', () => {
  const it = quietWorker({ MEMORY: 'off' });

  test('takes no memory, and says why', async () => {
    const tom = it.person('tom');
    for (const body of [{ text: 'Owns a kite' }, { messages: [{ role: 'user', content: 'I own a kite.' }] }]) {
      const answer = await tom.ask('POST', '/v1/memories', body);
      assert.deepEqual([answer.status, answer.body.error?.code], [503, 'not_configured']);
    }
    assert.deepEqual(await tom.texts(), []);
  });
});

describe('EMBED=off', () => {
  const it = quietWorker({ EMBED: 'off' });

  test('questions in the first person find memories in the third, in their own words', async () => {
    const sue = it.person('sue');
    const facts = ['The person has a dog named Rex', 'The person is allergic to peanuts', 'The person works at a bakery', 'The person lives in Porto', 'The person loves hiking', 'The person has two sisters', 'Owns a 🐢',
      'ペットは猫のミケです', '강아지를 키운다', 'يحب القهوة', 'ผมมีแมวชื่อมะลิ', 'कुत्ता पालता है'];
    for (const fact of facts) await sue.remember(fact);
    for (const [query, fact] of [
      ["What is my dog's name?", /Rex/], ['dogs', /Rex/], ['Where do I live?', /Porto/], ['Where am I working?', /bakery/], ['peanut butter?', /peanuts/], ['Shall I hike?', /hiking/], ['my sister', /sisters/],
      ['🐢', /🐢/], ['猫', /ミケ/], ['강아지가 있어?', /강아지/], ['قهوة', /القهوة/], ['แมว', /แมว/], ['कुत्ता', /कुत्ता/],
    ]) assert.match((await sue.search(query)).texts[0] ?? '', fact, query);
    assert.deepEqual((await sue.search('zebra')).texts, []);
  });
});
