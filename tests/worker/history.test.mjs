// What a model is sent of a conversation: its own calls of tools before their results, marks for images, no thoughts, the
// first of several choices, roles that alternate, and one leading instruction.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chunk, DONE, FINISH, ROLE, sending, startScripted } from './support.mjs';

let hearken;
before(async () => {
  hearken = await startScripted();
});
after(() => hearken?.stop());

const CALL = { id: 'call_1', type: 'function', function: { name: 'warmth', arguments: '{"of":"sea"}' } };
const calling = `${ROLE}data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...CALL, function: { name: 'warmth', arguments: '{"of":' } }] } }] })}\n\n`
  + `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '"sea"}' } }] } }] })}\n\n`
  + FINISH.replace('stop', 'tool_calls') + DONE;
const saying = (text) => ROLE + chunk(text) + FINISH + DONE;

/** Says `messages` in a conversation; the upstream answers `reply`. Resolves with the messages that it was sent. */
async function turn(conversation, messages, reply, fields = {}) {
  const key = messages.at(-1).content;
  const before = hearken.upstream.calls(key).length;
  hearken.upstream.plan(key, { groq: sending(reply) });
  const answer = await hearken.chat(key, { conversation, user: 'ann', messages, ...fields });
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), reply);
  // What was said is kept off the path.
  const wanted = (list) => list.messages.at(-1)?.role === 'assistant';
  for (let tries = 0; tries < 100; tries += 1) {
    const kept = await (await fetch(`${hearken.url}/v1/conversations/${conversation}`, { headers: { 'x-user': 'ann' } })).json();
    if (wanted(kept)) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return JSON.parse(hearken.upstream.calls(key)[before].raw).messages;
}
const said = (messages) => messages.map(({ role, content }) => [role, content]);
const user = (content) => ({ role: 'user', content });

describe('a conversation', { concurrency: true }, () => {
  test('that only brings a result has the call before it, and lists both', async () => {
    await turn('tools', [user('How warm is the sea?')], calling);
    const sent = await turn('tools', [{ role: 'tool', tool_call_id: 'call_1', content: 'seventeen' }], saying('Quite warm.'));
    assert.deepEqual(sent.map(({ role }) => role), ['user', 'assistant', 'tool']);
    assert.deepEqual(sent[1].tool_calls, [CALL]);
    const later = await turn('tools', [user('Thank you.')], saying('Welcome.'));
    assert.deepEqual(later.map(({ role }) => role), ['user', 'assistant', 'tool', 'assistant', 'user']);
    const { messages } = await (await fetch(`${hearken.url}/v1/conversations/tools`, { headers: { 'x-user': 'ann' } })).json();
    assert.deepEqual(messages[1].tool_calls, [CALL]);
    assert.deepEqual([messages[2].role, messages[2].tool_call_id, messages[2].content], ['tool', 'call_1', 'seventeen']);
  });

  test('holds of a reply that was stopped what the client says was heard of it', async () => {
    await turn('stopped', [user('How is the sea today?')], saying('The sea is **calm** today. It was wild.'));
    const sent = await turn('stopped', [user('And how is the wind?')], saying('A breeze.'), { heard: { text: 'The sea is calm tod' } });
    assert.deepEqual(said(sent), [['user', 'How is the sea today?'], ['assistant', 'The sea is **calm**'], ['user', 'And how is the wind?']]);
    const { messages } = await (await fetch(`${hearken.url}/v1/conversations/stopped`, { headers: { 'x-user': 'ann' } })).json();
    assert.deepEqual(messages.map(({ content }) => content), ['How is the sea today?', 'The sea is **calm**', 'And how is the wind?', 'A breeze.']);
    for (const fields of [{ heard: { text: 'x' } }, { conversation: 'stopped', heard: 'x' }]) {
      const refused = await hearken.chat('refused', { user: 'ann', messages: [user('refused')], ...fields });
      assert.equal(refused.status, 400);
      assert.equal((await refused.json()).error.param, 'heard');
    }
  });

  test('holds no thoughts, and of two choices the first', async () => {
    const other = (event) => event.replace('"index":0', '"index":1');
    const two = ROLE + other(chunk('no')) + chunk('<think>hm</think>Yes.') + other(chunk(' no')) + FINISH + other(FINISH) + DONE;
    await turn('two', [user('One or two?')], two, { n: 2 });
    const sent = await turn('two', [user('And then?')], saying('Three.'));
    assert.deepEqual(said(sent), [['user', 'One or two?'], ['assistant', 'Yes.'], ['user', 'And then?']]);
  });

  test('has a mark for an image, and one leading instruction', async () => {
    const image = { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }] };
    await turn('image', [{ role: 'developer', content: 'Be kind.' }, image, user('What is it?')], saying('A cat.'));
    const sent = await turn('image', [{ role: 'developer', content: 'Be kind.' }, user('Where does it sit?')], saying('There.'), {
      user_location: { city: 'Porto' },
    });
    assert.equal(sent.filter(({ role }) => role === 'system' || role === 'developer').length, 1);
    assert.equal(sent[0].role, 'developer');
    assert.match(sent[0].content, /^Be kind\.\n\n.*Porto/s);
    assert.deepEqual(said(sent.slice(1)), [['user', '[image]\n\nWhat is it?'], ['assistant', 'A cat.'], ['user', 'Where does it sit?']]);
  });
});
