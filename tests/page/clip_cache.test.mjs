import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClipCache } from '../../static/speech/clip_cache.js';

const sound = (...sizes) => sizes.map((size) => ({ bytes: new Uint8Array(size) }));

test('what was put is there, as it was put', () => {
  const cache = createClipCache();
  const [one, two] = [{}, {}];
  const pieces = sound(3, 4);
  cache.put(one, pieces);
  assert.equal(cache.get(one), pieces);
  assert.equal(cache.get(two), null);
});

test('the sound that was heard longest ago goes first, and only as much as must', () => {
  const cache = createClipCache({ bytesMax: 10 });
  const [one, two, three] = [{ n: 1 }, { n: 2 }, { n: 3 }];
  cache.put(one, sound(2, 2));
  cache.put(two, sound(4));
  cache.get(one);
  cache.put(three, sound(6));
  assert.deepEqual([one, two, three].map((reply) => cache.get(reply) !== null), [true, false, true]);
});

test('a sound that is larger than the cache is not kept, and what is put twice counts once', () => {
  const cache = createClipCache({ bytesMax: 10 });
  const [one, two] = [{}, {}];
  cache.put(one, sound(11));
  assert.equal(cache.get(one), null);
  for (let time = 0; time < 3; time += 1) cache.put(two, sound(5));
  cache.put(one, sound(5));
  assert.ok(cache.get(one) && cache.get(two));
});
