// Personas: who the companion is, by the operator's word or, where that allows it, the request's.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { ask, spokenBody } from './voice-client.mjs';

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { PERSONAS_ALLOWED: 'guide', MARKS: 'off' } });
});
after(() => hearken?.stop());

const hi = (fields = {}) => ({ model: 'companion', messages: [{ role: 'user', content: 'Tell me about the sea.' }], ...fields });

/** The instructions that the model got, if any. */
async function instructions(body) {
  hearken.providers.requests.length = 0;
  const response = await ask(hearken.url, body);
  assert.equal(response.status, 200);
  await response.arrayBuffer();
  const { body: sent } = hearken.providers.requests.find(({ path }) => /chat\/completions/.test(path));
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

test('health says who it is, and who may be chosen', async () => {
  const { persona, personas } = await (await fetch(`${hearken.url}/health`)).json();
  assert.deepEqual([persona, personas], ['listener', [{ id: 'listener', name: 'Listener' }, { id: 'guide', name: 'Guide' }]]);
});

test('MARKS=off leaves every mark out', async () => {
  const response = await ask(hearken.url, hi(), { headers: { accept: 'audio/ogg' } });
  assert.deepEqual([response.status, response.headers.get('ai-disclosure')], [200, null]);
  assert.ok(!Buffer.from(await response.arrayBuffer()).includes('DIGITAL_SOURCE_TYPE'));
});
