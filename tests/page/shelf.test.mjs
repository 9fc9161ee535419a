import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShelf } from '../../static/speech/shelf.js';

const sound = (...sizes) => sizes.map((size) => ({ bytes: new Uint8Array(size) }));

test('what was put is there, as it was put', () => {
  const shelf = createShelf();
  const [one, two] = [{}, {}];
  const pieces = sound(3, 4);
  shelf.put(one, pieces);
  assert.equal(shelf.get(one), pieces);
  assert.equal(shelf.get(two), null);
});

test('the sound that was heard longest ago goes first, and only as much as must', () => {
  const shelf = createShelf({ bytesMax: 10 });
  const [one, two, three] = [{ n: 1 }, { n: 2 }, { n: 3 }];
  shelf.put(one, sound(2, 2));
  shelf.put(two, sound(4));
  shelf.get(one);
  shelf.put(three, sound(6));
  assert.deepEqual([one, two, three].map((reply) => shelf.get(reply) !== null), [true, false, true]);
});

test('a sound that is larger than the shelf is not kept, and what is put twice counts once', () => {
  const shelf = createShelf({ bytesMax: 10 });
  const [one, two] = [{}, {}];
  shelf.put(one, sound(11));
  assert.equal(shelf.get(one), null);
  for (let time = 0; time < 3; time += 1) shelf.put(two, sound(5));
  shelf.put(one, sound(5));
  assert.ok(shelf.get(one) && shelf.get(two));
});
