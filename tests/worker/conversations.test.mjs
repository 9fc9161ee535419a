// A conversation's history is kept here: the client sends what is new and the model sees the rest.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../harness.mjs';
import { knownIn, messagesOf, quietWorker, spoken, summaries, turns } from './people.mjs';

const saved = async (person, id) => (await person.must('GET', `/v1/conversations/${id}`)).body;
/** The reply is kept after it was sent. */
const settled = (person, id, count) => until(`${count} messages`, async () => {
  const answer = await person.ask('GET', `/v1/conversations/${id}`);
  return answer.status === 200 && answer.body.messages.length === count && answer.body;
});

describe('history', () => {
  const it = quietWorker();

  test('the model sees what was said, the client sends only what is new', async () => {
    const ana = it.person('ana');
    const first = await ana.say('Let us talk about boats.', { conversation: 'c1' });
    assert.equal(first.headers.get('x-conversation-id'), 'c1');
    await settled(ana, 'c1', 2);
    it.providers.journal.clear();
    const second = await ana.say([{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'And about sails?' }], { conversation: 'c1' });
    const sent = messagesOf(turns(it.providers)[0]).filter(({ content }) => !content.includes('as data'));
    assert.deepEqual(sent, [
      { role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Let us talk about boats.' },
      { role: 'assistant', content: first.text }, { role: 'user', content: 'And about sails?' },
    ]);
    const { messages, message_count } = await settled(ana, 'c1', 4);
    assert.deepEqual(messages.map(({ role, content }) => [role, content]).at(-1), ['assistant', second.text]);
    assert.equal(message_count, 4);
  });

  test('a streamed reply is kept as it was heard', async () => {
    const bea = it.person('bea');
    const reply = await bea.say('Tell me about the sea.', { conversation: 's', stream: true });
    assert.ok(reply.raw.endsWith('data: [DONE]\n\n'));
    const { messages } = await settled(bea, 's', 2);
    assert.equal(messages[1].content, spoken(reply.raw));
  });

  test('a turn that failed and is sent again is one message', async () => {
    const cal = it.person('cal');
    it.providers.control({ chat: { fault: 'server_error' } });
    assert.equal((await cal.say('Are you there, my friend?', { conversation: 'r' })).status, 502);
    it.providers.control(null);
    it.providers.control({ chat: { first_ms: 0, gap_ms: 0 } });
    assert.equal((await cal.say('Are you there, my friend?', { conversation: 'r' })).status, 200);
    const { messages } = await settled(cal, 'r', 2);
    assert.deepEqual(messages.map(({ role }) => role), ['user', 'assistant']);
  });

  test('the fields of the request reach the provider as they are', async () => {
    const dee = it.person('dee');
    it.providers.journal.clear();
    await dee.say([{ role: 'user', content: [{ type: 'text', text: 'What is this picture?' }], name: 'dee' }], { conversation: 'f', temperature: 0.5, tools: [], seed: 7 });
    const [{ body }] = turns(it.providers);
    const sent = typeof body === 'string' ? JSON.parse(body) : body;
    assert.deepEqual([sent.temperature, sent.seed, sent.conversation, sent.memory], [0.5, 7, undefined, undefined]);
    assert.deepEqual(sent.messages.at(-1), { role: 'user', content: [{ type: 'text', text: 'What is this picture?' }], name: 'dee' });
  });

  test('conversations are listed, the latest first, and deleted', async () => {
    const eva = it.person('eva');
    for (const id of ['one', 'two', 'three']) {
      await eva.say(`This is conversation ${id}.`, { conversation: id });
      await settled(eva, id, 2);
    }
    await eva.say('Back to the first.', { conversation: 'one' });
    await settled(eva, 'one', 4);
    const page = (await eva.must('GET', '/v1/conversations?limit=2')).body;
    assert.deepEqual([page.data.map(({ id }) => id), page.has_more], [['one', 'three'], true]);
    const rest = (await eva.must('GET', `/v1/conversations?after=${page.last_id}`)).body;
    assert.deepEqual([rest.data.map(({ id }) => id), rest.has_more], [['two'], false]);
    assert.equal((await eva.must('DELETE', '/v1/conversations/one')).body.deleted, true);
    assert.equal((await eva.ask('GET', '/v1/conversations/one')).status, 404);
    it.providers.journal.clear();
    await eva.say('Something else now.', { conversation: 'one' });
    assert.ok(!JSON.stringify(messagesOf(turns(it.providers)[0])).includes('conversation one'));
  });

  test('a conversation is called by what was said first, or by the name it is given', async () => {
    const kim = it.person('kim');
    await kim.say('Let us talk about boats.', { conversation: 'b' });
    const before = await settled(kim, 'b', 2);
    assert.deepEqual([before.title, before.metadata], ['Let us talk about boats.', {}]);
    const label = async (metadata, id = 'b') => kim.ask('POST', `/v1/conversations/${id}`, { metadata });
    const { messages, ...same } = before;
    assert.deepEqual((await label({ title: 'Ölzeug & Öre', kind: 'sea' })).body, { ...same, title: 'Ölzeug & Öre', metadata: { title: 'Ölzeug & Öre', kind: 'sea' } });
    const [listed] = (await kim.must('GET', '/v1/conversations')).body.data;
    assert.equal(listed.title, 'Ölzeug & Öre');
    assert.match((await kim.must('GET', '/v1/export')).text, /Ölzeug/);
    for (const wrong of [undefined, 'x', { title: 7 }, { title: 'x'.repeat(513) }, { ['k'.repeat(65)]: 'x' }, Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'x']))]) {
      const { status, body } = await label(wrong);
      assert.deepEqual([status, body.error.param], [400, 'metadata']);
    }
    assert.equal((await label({ title: 'x' }, 'none')).status, 404);
    assert.deepEqual((await label(null)).body.metadata, {});
  });

  test('a conversation is found by words that were said in it, or that it is called', async () => {
    const lou = it.person('lou');
    await lou.say('Let us talk about Ärger and boats.', { conversation: 'one' });
    await lou.say('I like windmills.', { conversation: 'two' });
    await lou.must('POST', '/v1/conversations/two', { metadata: { title: 'Old mills' } });
    const found = async (query) => (await lou.must('GET', `/v1/conversations?query=${encodeURIComponent(query)}`)).body.data.map(({ id }) => id);
    for (const [query, ids] of [['BOATS', ['one']], ['ärger boat', ['one']], ['boats windmills', []], ['old WIND', ['two']], ['%_[', []], [' ', ['two', 'one']]])
      assert.deepEqual(await found(query), ids, query);
  });

  test('one item is seen and taken out, of calls that were made together each for itself', async () => {
    const uma = it.person('uma');
    const call = (call_id) => ({ type: 'function_call', call_id, name: 'tide', arguments: '{}' });
    const items = [
      { role: 'user', content: 'When is high tide, here and there?' }, { role: 'assistant', content: 'I look.' }, call('here'), call('there'),
      { type: 'function_call_output', call_id: 'here', output: 'at six' }, { type: 'function_call_output', call_id: 'there', output: 'at seven' },
    ];
    const { id } = (await uma.must('POST', '/v1/conversations', { items })).body;
    const at = `/v1/conversations/${id}/items`;
    const all = async () => (await uma.must('GET', `${at}?order=asc`)).body.data;
    const told = (list) => list.map((item) => item.call_id ?? item.content[0].text);
    const before = await all();
    assert.equal(before.length, items.length);
    for (const item of before) assert.deepEqual((await uma.must('GET', `${at}/${item.id}`)).body, item);
    const left = told(before);
    // From the end, as a session that goes back does.
    for (const item of before.toReversed()) {
      const { body } = await uma.must('DELETE', `${at}/${item.id}`);
      assert.deepEqual([body.id, body.object], [id, 'conversation']);
      left.pop();
      assert.deepEqual(told(await all()), left);
      assert.equal((await uma.ask('GET', `${at}/${item.id}`)).status, 404);
    }
    const again = await uma.must('POST', at, { items });
    const [first, text, here] = (await all()).slice(0, 3);
    assert.equal(again.body.data.length, items.length);
    await uma.must('DELETE', `${at}/${text.id}`);
    await uma.must('DELETE', `${at}/${here.id}`);
    assert.deepEqual(told(await all()), [first.content[0].text, 'there', 'here', 'there']);
    for (const [path, who] of [[`${at}/none`, uma], [`/v1/conversations/none/items/${first.id}`, uma], [`${at}/${first.id}`, it.person('somebody')]])
      for (const method of ['GET', 'DELETE']) assert.equal((await who.ask(method, path)).status, 404, `${method} ${path}`);
    assert.equal((await all()).length, 4);
  });

  test('a deleted conversation takes what waits with it', async () => {
    const fin = it.person('fin');
    await fin.say('I own a windmill.', { conversation: 'w' });
    await fin.must('DELETE', '/v1/conversations/w');
    assert.equal((await fin.flush()).messages, 0);
    assert.deepEqual(await fin.texts(), []);
  });

  test('with memory off the history is still kept, and nothing else', async () => {
    const gus = it.person('gus');
    const reply = await gus.say('I own a castle.', { conversation: 'k', memory: 'off' });
    assert.equal(reply.headers.get('x-recall'), 'off');
    await settled(gus, 'k', 2);
    assert.equal((await gus.flush()).messages, 0);
  });
});

describe('a long message', () => {
  const it = quietWorker();

  test('is still seen in the next turn, cut to what fits', async () => {
    const ike = it.person('ike');
    await ike.say(`I moved to Lima. ${'It was a long way. '.repeat(1500)}`, { conversation: 'long' });
    await settled(ike, 'long', 2);
    it.providers.journal.clear();
    await ike.say('Where did I move?', { conversation: 'long' });
    const sent = messagesOf(turns(it.providers)[0]).filter(({ role }) => role !== 'system');
    assert.deepEqual(sent.map(({ role }) => role), ['user', 'assistant', 'user']);
    assert.match(sent[0].content, /^I moved to Lima\. .* \[\.\.\.\]$/);
    assert.ok(sent[0].content.length < 12_000, `${sent[0].content.length} characters`);
  });

  test('and a page of many comes whole, beyond what a call between Workers carries', async () => {
    const zoe = it.person('zoe');
    const item = (at) => ({ type: 'message', role: 'user', content: `${at} \u{1f30a}${'wave '.repeat(50_000)}` });
    const id = (await zoe.must('POST', '/v1/conversations', {})).body.id;
    for (let at = 0; at < 84; at += 7) {
      await zoe.must('POST', `/v1/conversations/${id}/items`, { items: Array.from({ length: 7 }, (_, more) => item(at + more)) });
    }
    const { data } = (await zoe.must('GET', `/v1/conversations/${id}/items?limit=100&order=asc`)).body;
    assert.deepEqual(data.map(({ content: [{ text }] }) => text), Array.from({ length: 84 }, (_, at) => item(at).content));
  });

  test('that no prompt has room for is in the summary', async () => {
    const jo = it.person('jo');
    for (const number of [1, 2, 3]) {
      await jo.say(`Part ${number}. ${'Word after word. '.repeat(400)}`, { conversation: 'parts' });
      await settled(jo, 'parts', number * 2);
    }
    await until('the summary', async () => (await saved(jo, 'parts')).summary);
    assert.ok(summaries(it.providers).some(({ body }) => JSON.stringify(body).includes('Part 1')));
  });
});

describe('a long conversation', () => {
  const it = quietWorker({ HISTORY_TOKENS: '120', SUMMARY_TRIGGER_MESSAGES: '8', SUMMARY_KEEP_MESSAGES: '4', LLM: 'groq:openai/gpt-oss-120b, openai:second' });

  test('is trimmed to its budget and summarised in the background', async () => {
    const hal = it.person('hal');
    for (let turn = 1; turn <= 6; turn += 1) {
      await hal.say(`I tell you thing ${turn}: ${'la '.repeat(20)}`, { conversation: 'l' });
      await settled(hal, 'l', turn * 2);
    }
    const { summary, messages } = await until('the summary', async () => {
      const one = await saved(hal, 'l');
      return one.summary && one;
    });
    assert.match(summary, /person and the companion/);
    assert.equal(messages.length, 12, 'a summary is for prompts, not for keeping');
    assert.ok(summaries(it.providers).length >= 1);
    it.providers.journal.clear();
    await hal.say('And what now, after all of this?', { conversation: 'l' });
    const [asked] = turns(it.providers);
    assert.match(knownIn(asked), /earlier_conversation/);
    assert.ok(messagesOf(asked).length <= 8, `${messagesOf(asked).length} messages`);
  });

  test('is not summarised by half: a model that had no room for all of it is followed by the next', async () => {
    const ivo = it.person('ivo');
    it.providers.journal.clear();
    it.providers.control({ 'groq.chat': { finish_reason: 'length' } });
    for (let turn = 1; turn <= 6; turn += 1) {
      await ivo.say(`I tell you thing ${turn}: ${'la '.repeat(20)}`, { conversation: 'h' });
      await settled(ivo, 'h', turn * 2);
    }
    await until('the summary', async () => (await saved(ivo, 'h')).summary);
    it.calm();
    const [first, second] = summaries(it.providers);
    assert.deepEqual([first.scope, second.scope], ['groq.chat', 'openai.chat']);
    assert.equal(first.body.reasoning_effort, 'low');
    for (const limit of ['max_tokens', 'max_completion_tokens']) assert.ok(!(limit in first.body) || first.body[limit] >= 4096, limit);
  });
});
