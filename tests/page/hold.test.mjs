import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AT_REST, TAP_MS_MAX, step } from '../../static/hold.js';

/** Plays `[event, atMs]` pairs and lists the actions. */
function actions(...events) {
  let state = AT_REST;
  return events.map(([event, atMs]) => {
    const next = step(state, event, atMs);
    state = next.state;
    return next.action;
  });
}

test('holding starts, letting go sends', () => {
  assert.deepEqual(actions(['press', 0], ['release', TAP_MS_MAX]), ['start', 'send']);
});

test('a tap starts, the next press sends', () => {
  assert.deepEqual(actions(['press', 0], ['release', TAP_MS_MAX - 1], ['press', 5_000], ['release', 5_100]), [
    'start',
    null,
    'send',
    null,
  ]);
});

test('assistive clicks start and send', () => {
  assert.deepEqual(actions(['click', 0], ['click', 3_000]), ['start', 'send']);
});

test('cancelling drops a held and a latched recording, and nothing at rest', () => {
  assert.deepEqual(actions(['cancel', 0], ['press', 1], ['cancel', 2], ['release', 900]), [null, 'start', 'cancel', null]);
  assert.deepEqual(actions(['click', 0], ['cancel', 2], ['click', 3]), ['start', 'cancel', 'start']);
});
