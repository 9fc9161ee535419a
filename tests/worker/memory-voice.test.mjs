// A spoken turn knows the person and is remembered like a typed one; of a reply that was cut short it keeps what was said.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { extractions, knownIn, messagesOf, Somebody, turns } from './people.mjs';
import { ask, eventsOf, spokenBody, turn } from './voice-client.mjs';

let hearken;
before(async () => {
  hearken = await startHearken({ knobs: { chat: { first_ms: 0, gap_ms: 0 }, speech: { first_ms: 0 } } });
  await hearken.providers.warm();
});
after(() => hearken?.stop());

const person = (user) => new Somebody(hearken.url, user);
const aloud = (user, words, fields) => turn(hearken.url, spokenBody(words, { format: 'mp3', ...fields }), { headers: { 'x-user': user } });

test('a spoken turn recalls, and its second time comes from the cache', async () => {
  const ada = person('ada');
  await ada.remember('Has a sister called Vera who keeps bees');
  hearken.providers.journal.clear();
  const first = await aloud('ada', 'What did I tell you of Vera and her bees?');
  assert.deepEqual([first.status, first.headers.get('x-recall'), first.isDone], [200, 'miss', true]);
  assert.ok(first.bytes.length > 1_000 && first.audioErrors.length === 0);
  assert.match(knownIn(turns(hearken.providers)[0]), /sister called Vera/);
  assert.match(first.headers.get('server-timing'), /opening;dur=\d+, recall;dur=\d+/);
  assert.equal((await aloud('ada', 'What did I tell you of Vera and her bees?')).headers.get('x-recall'), 'hit');
  assert.equal((await aloud('ada', 'thank you!')).headers.get('x-recall'), 'skip');
  assert.equal((await aloud('ada', 'What of Vera?', { memory: 'off' })).headers.get('x-recall'), 'off');
});

test('what is said aloud is remembered, in its conversation and beyond', async () => {
  const bea = person('bea');
  await aloud('bea', 'I live in Porto and I work as a nurse.', { conversation: 'aloud' });
  const { messages } = await until('the reply', async () => {
    const { body } = await bea.must('GET', '/v1/conversations/aloud');
    return body.messages.length === 2 && body;
  });
  assert.deepEqual(messages.map(({ role }) => role), ['user', 'assistant']);
  await bea.flush();
  assert.ok((await bea.texts()).some((text) => /Porto/.test(text)), String(await bea.texts()));
  hearken.providers.journal.clear();
  await aloud('bea', 'And where do I live?', { conversation: 'aloud' });
  const [asked] = turns(hearken.providers);
  assert.match(knownIn(asked), /Porto/);
  assert.ok(messagesOf(asked).some(({ role, content }) => role === 'user' && /nurse/.test(JSON.stringify(content))), 'the history came along');
});

test('a safety message said aloud is extracted at once', async () => {
  hearken.providers.journal.clear();
  await aloud('cleo', 'Please remember that I am allergic to peanuts.');
  await until('the allergy', async () => (await person('cleo').texts()).some((text) => /peanut/.test(text)));
  assert.equal(extractions(hearken.providers).length, 1);
});

// How long the person listens to sentences of some three seconds before leaving.
const HEARD_MS = 1_500;
const WORDS_A_SENTENCE = 9;

test('of a reply that the person cut short, the history keeps what can have been heard by then, to the word', async () => {
  const reply = Array.from({ length: 40 }, (_, number) => `This is sentence number ${number} of a long story.`).join(' ');
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 15, script: [reply] } });
  const controller = new AbortController();
  try {
    const response = await ask(hearken.url, spokenBody('Tell me a long story about Porto.', { format: 'mp3', conversation: 'cut' }), { headers: { 'x-user': 'dan' }, signal: controller.signal });
    let sound_at_ms;
    for await (const { json } of eventsOf(response)) {
      if (json?.choices?.[0]?.delta?.audio) sound_at_ms ??= Date.now();
      if (Date.now() - sound_at_ms > HEARD_MS) break;
    }
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  } finally {
    controller.abort();
    hearken.providers.control(null);
    hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0 } });
  }
  const dan = person('dan');
  const { messages } = await until('the part', async () => {
    const { body } = await dan.must('GET', '/v1/conversations/cut');
    return body.messages.length === 2 && body;
  });
  const [, said] = messages;
  assert.equal(said.role, 'assistant');
  assert.ok(reply.startsWith(said.content), said.content);
  const words = said.content.split(' ').length;
  assert.ok(words >= 2 && words < 3 * WORDS_A_SENTENCE, said.content);
  hearken.providers.journal.clear();
  await dan.say('Go on, please.', { conversation: 'cut' });
  assert.ok(JSON.stringify(messagesOf(turns(hearken.providers)[0])).includes(said.content), 'the next turn knows it');
});
