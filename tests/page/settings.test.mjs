import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSettings, personOf } from '../../static/settings.js';

/** A storage as settings.js wants it. */
function memory() {
  const values = new Map();
  return {
    values,
    get: (name) => values.get(name) ?? null,
    set: (name, value) => (value === null ? values.delete(name) : values.set(name, value)),
  };
}

test('the voice switch is remembered for good, key and draft for the tab', () => {
  const lasting = memory();
  const tab = memory();
  const settings = createSettings({ lasting, tab });
  settings.voice = false;
  settings.key = 'k1';
  settings.draft = 'half a thought';
  assert.deepEqual([...lasting.values], [['hearken/v1/voice', 'off']]);
  assert.deepEqual([...tab.values], [['hearken/v1/key', 'k1'], ['hearken/v1/draft', 'half a thought']]);
  assert.equal(createSettings({ lasting, tab }).voice, false);
});

test('without storage it lasts as long as the page', () => {
  const settings = createSettings();
  assert.deepEqual([settings.voice, settings.key, settings.draft], [true, null, '']);
  settings.voice = false;
  settings.key = 'k1';
  assert.deepEqual([settings.voice, settings.key], [false, 'k1']);
  settings.key = '';
  assert.equal(settings.key, null);
});

test('a token names its person, and nothing else does', () => {
  const token = (payload) => `hk1.${Buffer.from(payload).toString('base64url')}.tag`;
  assert.equal(personOf(token('{"u":"Zoë 🌊 ?>","e":1}')), 'Zoë 🌊 ?>');
  for (const key of [null, '', 'sk-123', 'hk1', 'hk1..', 'hk1.%%%.x', token('no json'), token('{}'), token('null')]) assert.equal(personOf(key), null, key);
});
