// What many people are really told becomes sound for the next one, without any list: the local listener answers, the
// phrasebook learns, warming makes the clips, and a newcomer waits for no voice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { spokenBody, turn } from './voice-client.mjs';

/** What newcomers say, each as one conversation. */
const TALKS = [['Hello', 'How are you?'], ['I am tired', 'Yes'], ['Who are you?', 'Thank you'], ['I feel lonely', 'Okay', 'Bye']];
const PERSONAL = ['Hello', 'My dog is called Bello'];

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { LLM: 'groq:first', TTS: 'elevenlabs:eleven', PERSONA_PHRASES: '|', PHRASE_FLUSH_MS: '20' } });
  await hearken.providers.warm();
});
after(() => hearken?.stop());

const speeches = () => hearken.providers.requests.filter(({ path }) => /speech/.test(path));
const listing = async () => (await fetch(`${hearken.url}/admin/phrases`)).json();

/** `user` has this conversation by voice; answers the phrases of each reply. */
async function talks(user, said) {
  const messages = [];
  const replies = [];
  for (const content of said) {
    messages.push({ role: 'user', content });
    const got = await turn(hearken.url, { ...spokenBody(''), messages: [...messages], user, memory: 'off' });
    assert.ok(got.isDone && got.bytes.length > 0);
    messages.push({ role: 'assistant', content: got.text });
    replies.push(got.transcripts);
  }
  return replies;
}

test('the fourth person with an everyday talk hears kept sound alone, and nobody a personal one', async () => {
  const three = async () => {
    for (const person of ['ann', 'bob', 'cleo']) {
      for (const [index, said] of TALKS.entries()) await talks(`${person} ${index}`, said);
    }
  };
  await three();
  await talks('dora', PERSONAL);
  const said = new Set((await Promise.all(TALKS.map((talk, index) => talks(`ann ${index}`, talk)))).flat(2));
  const isCounted = async () => {
    const { data } = await listing();
    return [...said].every((phrase) => data.some(({ text }) => text === phrase));
  };
  // Nobody waits for a count, and a busy machine loses some: then they are told it all again.
  for (let again = 0; again < 5 && !(await until('the counts', isCounted, 5_000).catch(() => false)); again += 1) await three();
  assert.ok(await isCounted(), 'all of it is counted');
  const { failed } = await (await fetch(`${hearken.url}/admin/phrases/warm`, { method: 'POST' })).json();
  assert.equal(failed, 0);

  hearken.providers.requests.length = 0;
  const heard = await Promise.all(TALKS.map((talk, index) => talks(`new ${index}`, talk)));
  assert.ok(heard.flat(2).length >= 15, `${heard.flat(2).length} phrases`);
  assert.deepEqual(speeches().map(({ body }) => body.text), [], 'every phrase was sound already');

  await talks('eve', PERSONAL);
  assert.ok(speeches().some(({ body }) => /Bello/.test(body.text)), 'the personal part was made anew');
  assert.doesNotMatch(JSON.stringify(await listing()), /Bello/);
});
