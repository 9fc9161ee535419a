// The Worker's JavaScript by itself: a promise that stays open keeps what waits for it in wasm for ever, so every wait that
// can be given up has an end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watch } from '../../src/platform/body_writer.js';
import { Call } from '../../src/platform/transport.js';

const never = () => new Promise(() => {});

test('watching for a client’s leaving ends when it leaves, and when nobody watches any more', async () => {
  const client = new AbortController();
  const left = new Watch(client.signal);
  const stopped = new Watch(client.signal);
  stopped.stop();
  await stopped.left;
  client.abort();
  await left.left;
  await new Watch(client.signal).left;
});

test('a call that is ended is heard at once by whoever waits for it, whatever its socket does', async () => {
  const call = new Call(new AbortController().signal);
  const waiting = call.within(never(), 1e6);
  call.abort();
  await assert.rejects(waiting, /aborted/);
  assert.equal(call.is_late, undefined, 'which is not lateness');
  assert.equal(call.signal.aborted, true);
});

test('a call that is late is so by its own clock, and is not ended by it', async () => {
  const call = new Call(new AbortController().signal);
  await assert.rejects(call.within(never(), 1), /late/);
  assert.equal(call.is_late, true);
  assert.equal(call.signal.aborted, false);
  call.abort();
});
