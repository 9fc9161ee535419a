// Personas: who the companion is, by the operator's word or, where that allows it, the request's.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { turns } from './people.mjs';
import { connect } from './realtime-client.mjs';
import { ask, spokenBody } from './voice-client.mjs';

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { PERSONAS_ALLOWED: 'guide', MARKS: 'off' } });
});
after(() => hearken?.stop());

const hi = (fields = {}) => ({ model: 'companion', messages: [{ role: 'user', content: 'Tell me about the sea.' }], ...fields });

/** The instructions that the model got, if any. */
async function instructions(body) {
  return told(async () => {
    const response = await ask(hearken.url, body);
    assert.equal(response.status, 200);
    await response.arrayBuffer();
  });
}

/** The same of whatever is asked. */
async function told(asks) {
  hearken.providers.requests.length = 0;
  await asks();
  // The memory of those before may be written down meanwhile.
  const [{ body: sent }] = turns(hearken.providers);
  assert.equal(sent.persona, undefined);
  return sent.messages.filter(({ role }) => role === 'system').map(({ content }) => content).join('\n');
}

test('a spoken turn is the default listener’s, a text that names nobody the client’s', async () => {
  assert.match(await instructions(spokenBody('Tell me about the sea.', { user: 'a' })), /warm, plain listener/);
  assert.equal(await instructions(hi({ user: 'b', memory: 'off' })), '');
});

test('a request chooses an allowed persona, unless its client instructs the model itself', async () => {
  assert.match(await instructions(hi({ persona: 'guide', user: 'c' })), /practical guide/);
  const own = { messages: [{ role: 'system', content: 'Be a pirate.' }, { role: 'user', content: 'hi there' }], persona: 'guide', user: 'd' };
  assert.equal(await instructions({ model: 'companion', ...own }), 'Be a pirate.');
});

test('any other persona is 400 that names the field', async () => {
  for (const persona of ['pirate', '../listener', '', 7]) {
    const response = await ask(hearken.url, hi({ persona }));
    const { error } = await response.json();
    assert.deepEqual([response.status, error.param], [400, 'persona'], String(persona));
  }
});

const respond = (fields) => fetch(`${hearken.url}/v1/responses`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input: 'Tell me about the sea.', ...fields }) });

test('a response and a realtime session choose as a completion does', async () => {
  const responded = await told(async () => assert.equal((await respond({ persona: 'guide' })).status, 200));
  assert.match(responded, /practical guide/);
  const refused = await respond({ persona: 'pirate' });
  assert.deepEqual([refused.status, (await refused.json()).error.param], [400, 'persona']);

  await assert.rejects(connect(hearken.url, { query: '?model=companion&persona=pirate' }), ({ status, body }) => status === 400 && JSON.parse(body).error.param === 'persona');
  const session = await connect(hearken.url, { query: '?model=companion&persona=guide' });
  const opening = async () => {
    session.send({ type: 'response.create', response: { output_modalities: ['text'] } });
    assert.equal((await session.event('response.done')).response.status, 'completed');
  };
  assert.match(await told(opening), /practical guide/, 'it is that persona who begins');
  assert.match(await told(() => session.say('And the harbour?')), /practical guide/);
  await session.close();
});

test('in danger the model is told what the persona adds to it, and no other', async () => {
  const danger = { user: 'e', messages: [{ role: 'user', content: 'I want to kill myself.' }] };
  assert.match(await instructions(danger), /Speak plainly and slowly/);
  const guided = await instructions({ ...danger, persona: 'guide' });
  assert.ok(guided.length > 0);
  assert.doesNotMatch(guided, /Speak plainly and slowly/);
});

test('health says who it is, and who may be chosen', async () => {
  const { persona, personas } = await (await fetch(`${hearken.url}/health`)).json();
  assert.deepEqual([persona, personas], ['listener', [{ id: 'listener', name: 'Listener' }, { id: 'guide', name: 'Guide' }]]);
});

test('MARKS=off leaves every mark out', async () => {
  const response = await ask(hearken.url, hi(), { headers: { accept: 'audio/ogg' } });
  assert.deepEqual([response.status, response.headers.get('ai-disclosure')], [200, null]);
  assert.ok(!Buffer.from(await response.arrayBuffer()).includes('DIGITAL_SOURCE_TYPE'));
});
