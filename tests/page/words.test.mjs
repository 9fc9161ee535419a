import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINDS, Failure, describe } from '../../static/errors.js';
import { LANGUAGES, TABLES, t } from '../../static/words.js';

test('every language has every word, with the same places to fill in', () => {
  const places = (words) => [...words.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
  assert.deepEqual(Object.keys(LANGUAGES), Object.keys(TABLES));
  for (const [tag, table] of Object.entries(TABLES)) {
    assert.deepEqual(Object.keys(table), Object.keys(TABLES.en), tag);
    for (const [key, words] of Object.entries(table)) {
      assert.ok(words.trim() !== '', `${tag}: ${key}`);
      assert.deepEqual(places(words), places(TABLES.en[key]), `${tag}: ${key}`);
    }
  }
});

test('places are filled in, and every failure has its own words', () => {
  assert.equal(t('inSeconds', { words: 'Try again', seconds: 3 }), 'Try again in 3 s');
  assert.equal(new Set(KINDS.map((kind) => describe(new Failure(kind)).text)).size, KINDS.length);
});
