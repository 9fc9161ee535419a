// Everything about a person can be taken along and erased, everywhere.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { extractions, knownIn, Somebody, turns } from './people.mjs';

let hearken;
before(async () => {
  hearken = await startHearken();
});
after(() => hearken?.stop());
const person = (user) => new Somebody(hearken.url, user);

async function lived(user) {
  const one = person(user);
  await one.remember('Is called Ada', 'name');
  const memory = await one.remember('Lives in Bath');
  await one.must('PUT', `/v1/memories/${memory.id}`, { text: 'Lives in York' });
  await one.say('I collect old maps.', { conversation: 'maps' });
  await until('the reply', async () => (await one.must('GET', '/v1/conversations/maps')).body.messages.length === 2);
  await one.search('York');
  return one;
}
const lines = async (one) => {
  const answer = await one.must('GET', '/v1/export');
  assert.match(answer.headers.get('content-type'), /application\/x-ndjson/);
  return answer.text.trim().split('\n').map((line) => JSON.parse(line));
};

test('an export holds everything, one JSON object a line', async () => {
  const ada = await lived('ada');
  const all = await lines(ada);
  const of = (type) => all.filter((line) => line.type === type);
  assert.deepEqual([all[0].type, all[0].user], ['person', 'ada']);
  assert.deepEqual(of('memory').map(({ text }) => text).sort(), ['Is called Ada', 'Lives in York']);
  assert.deepEqual(of('history').map(({ text }) => text), ['Lives in Bath']);
  assert.deepEqual(of('conversation').map(({ id }) => id), ['maps']);
  assert.deepEqual(of('message').map(({ role }) => role), ['user', 'assistant']);
  assert.deepEqual(of('pending').map(({ text }) => text), ['I collect old maps.']);
});

test('a line of an export is one to every reader of lines', async () => {
  const liv = person('liv');
  const text = 'Said\u2028over\u2029lines\u0085and\u000bmore.';
  await liv.must('POST', '/v1/conversations', { items: [{ role: 'user', content: text }] });
  assert.ok(!/[\u0085\u2028\u2029\u000b]/.test((await liv.must('GET', '/v1/export')).text));
  assert.equal((await lines(liv)).find(({ type }) => type === 'message').content, text);
});

test('a long export comes whole', async () => {
  const max = person('max');
  const messages = Array.from({ length: 700 }, (_, number) => ({ role: 'user', content: `I own item number ${number} of my collection.` }));
  assert.equal((await max.must('POST', '/v1/memories', { messages })).body.accepted, 700);
  const all = await lines(max);
  assert.equal(all.filter(({ type }) => type === 'message').length, 700);
  assert.equal(new Set(all.filter(({ type }) => type === 'pending' || type === 'message').map((line) => JSON.stringify(line))).size, all.length - 1 - all.filter(({ type }) => type === 'memory').length);
});

test('an export of more than a Worker could hold comes whole, as it is read', async () => {
  const noa = person('noa');
  const { id } = (await noa.must('POST', '/v1/conversations', {})).body;
  const page = 'x'.repeat(250_000);
  for (let at = 0; at < 220; at += 4) {
    await noa.must('POST', `/v1/conversations/${id}/items`, { items: [0, 1, 2, 3].map((more) => ({ role: 'user', content: `${at + more} ${page}` })) });
  }
  const said = (await lines(noa)).filter(({ type }) => type === 'message');
  assert.deepEqual(said.map(({ content }) => Number(content.split(' ')[0])), Array.from({ length: 220 }, (_, at) => at));
});

test('an erased person is nobody, and the same name begins anew', async () => {
  const eve = await lived('eve');
  assert.equal((await eve.must('DELETE', '/v1/person')).body.deleted, true);
  assert.deepEqual(await eve.texts(), []);
  assert.deepEqual((await eve.must('GET', '/v1/conversations')).body.data, []);
  assert.equal((await eve.flush()).messages, 0);
  assert.equal((await lines(eve)).length, 1);
  const { texts, recall } = await eve.search('York');
  assert.deepEqual([texts, recall], [[], 'miss']);
  hearken.providers.journal.clear();
  await eve.say('What about York and my maps?', { conversation: 'maps' });
  assert.ok(!/York|maps\.|Ada/.test(knownIn(turns(hearken.providers)[0])));
});

test('cached results of another life are never read, though generations repeat', async () => {
  const ivo = person('ivo');
  await ivo.remember('Owns a grey horse');
  await ivo.search('horse');
  assert.equal((await ivo.search('horse')).recall, 'hit');
  await ivo.must('DELETE', '/v1/person');
  await ivo.remember('Owns a black horse');
  const { generation, texts, recall } = await ivo.search('horse');
  assert.deepEqual([generation, texts, recall], [1, ['Owns a black horse'], 'miss']);
});

test('what the cache holds cannot be read without the person', async () => {
  const kay = person('kay');
  await kay.remember('Owns a submarine');
  await kay.search('submarine');
  const kv = await hearken.miniflare.getKVNamespace('RECALL', 'hearken');
  const { keys } = await until('an entry', async () => {
    const listed = await kv.list();
    return listed.keys.length > 0 && listed;
  });
  for (const { name, expiration } of keys) {
    assert.ok(expiration > Date.now() / 1000 && expiration < Date.now() / 1000 + 330);
    const value = Buffer.from(await kv.get(name, 'arrayBuffer'));
    for (const word of ['submarine', 'horse', 'kay']) assert.ok(!value.includes(word) && !name.includes(word));
  }
});

test('an extraction that is under way brings nothing back', async () => {
  const lou = person('lou');
  await lou.say('I breed canaries.', { conversation: 'c' });
  hearken.providers.control({ chat: { first_ms: 600 } });
  const flush = lou.ask('POST', '/v1/memories/flush', {});
  await until('the call', () => extractions(hearken.providers).some((one) => one.ended === 'open' && JSON.stringify(one.body).includes('canaries')));
  await lou.must('DELETE', '/v1/person');
  await flush;
  hearken.providers.control(null);
  assert.deepEqual(await lou.texts(), []);
  assert.equal((await lou.flush()).messages, 0);
});

test('a reply that is under way brings nothing back', async () => {
  const moe = person('moe');
  hearken.providers.control({ chat: { first_ms: 400 } });
  const reply = moe.say('Tell me about my garden.', { conversation: 'g' });
  await until('the call', () => turns(hearken.providers).some((one) => one.ended === 'open' && JSON.stringify(one.body).includes('garden')));
  await moe.must('DELETE', '/v1/person');
  await reply;
  hearken.providers.control(null);
  await moe.say('hello');
  assert.deepEqual((await moe.must('GET', '/v1/conversations')).body.data, []);
});

/** An extraction of `said` that is under way while `during` runs; afterwards whatever still waits is extracted. */
async function meanwhile(one, word, during, say = () => {}) {
  hearken.providers.control({ chat: { first_ms: 600 } });
  await say();
  const flush = one.ask('POST', '/v1/memories/flush', {});
  await until('the call', () => extractions(hearken.providers).some((call) => call.ended === 'open' && JSON.stringify(call.body).includes(word)));
  await during();
  hearken.providers.control(null);
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0 } });
  await flush;
  await one.flush();
}

test('all memories erased while an extraction is under way stay erased', async () => {
  const nan = person('nan');
  await nan.remember('Likes snow');
  await nan.say('I tame falcons.', { conversation: 'f' });
  await meanwhile(nan, 'falcons', () => nan.must('DELETE', '/v1/memories'));
  assert.deepEqual(await nan.texts(), []);
  assert.equal((await lines(nan)).filter(({ type }) => ['memory', 'history', 'pending'].includes(type)).length, 0);
});

test('a conversation erased while its extraction is under way leaves no memory, and others lose nothing', async () => {
  const ora = person('ora');
  let other;
  await meanwhile(ora, 'herons', () => ora.must('DELETE', '/v1/conversations/gone'), async () => {
    await ora.say('I tame herons.', { conversation: 'gone' });
    // Another conversation begins, so what waits is extracted by itself.
    other = ora.say('I paint windmills.', { conversation: 'stays' });
  });
  await other;
  await ora.flush();
  const texts = await ora.texts();
  assert.ok(!texts.some((text) => /heron/.test(text)), String(texts));
  assert.ok(texts.some((text) => /windmill/.test(text)), String(texts));
});

test('a memory erased while an extraction changes it stays erased', async () => {
  const pam = person('pam');
  await pam.say('I live in Lyon.', { conversation: 'h' });
  await pam.flush();
  const [memory] = await pam.memories();
  await pam.say('I just moved to Nantes.', { conversation: 'h' });
  await meanwhile(pam, 'Nantes', () => pam.must('DELETE', `/v1/memories/${memory.id}`));
  assert.equal((await pam.ask('GET', `/v1/memories/${memory.id}`)).status, 404);
  assert.ok(!JSON.stringify(await lines(pam)).includes('Lyon."') || !(await pam.texts()).some((text) => /Lyon/.test(text)));
});

test('what an isolate holds of an erased person is not served', async () => {
  const rex = person('rex');
  await rex.remember('Owns a red canoe');
  await rex.search('canoe');
  assert.equal((await rex.search('canoe')).recall, 'hit');
  await rex.must('DELETE', '/v1/memories');
  assert.deepEqual((await rex.search('canoe')).texts, []);
  await rex.must('DELETE', '/v1/person');
  assert.deepEqual((await rex.search('canoe')).texts, []);
});
