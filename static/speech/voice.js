// The voice of one reply, out of one stream: bytes in as they arrive with the text, sound out.
//
// Owns: one player for one reply, and the bytes of a reply that was heard whole, for hearing it again.
// Invariant: bytes reach the player in the order they came; after `stop()` nothing is heard. A voice that fails lets
// what has arrived be heard to its end.
// Leaves out: reading the stream (api.js), decoding (player*.js). It runs in Node for tests.

import { Failure, asFailure, isAbort } from '../errors.js';

/** Bytes kept for hearing again; a reply of five minutes has about 1.2 MB. */
export const KEPT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * A voice for one reply. `sound(bytes)` adds sound, `fail(failure)` says that there will be no more, `close()` that this
 * was all, `stop()` ends it at once. `done` resolves to 'heard', 'stopped' or 'nothing', or rejects with a Failure after
 * what has come has been heard. `kept()` gives the bytes, or null if they were too many.
 */
export function createVoice({ output, onSound, onBlocked }) {
  let controller;
  const stream = new ReadableStream({ start: (own) => (controller = own) });
  let player = null;
  let appended = Promise.resolve();
  let failure = null;
  let stopped = false;
  let closed = false;
  let kept = [];
  let keptBytes = 0;
  let end;
  const ended = new Promise((resolve) => {
    end = resolve;
  });

  function sound(bytes) {
    if (stopped || closed || bytes.byteLength === 0) return;
    keep(bytes);
    if (!player) {
      player = output.open(output.type, { onSound, onBlocked });
      appended = player.append(stream, output.type);
      // A player that gives up before the end is heard of at once.
      appended.catch(() => close());
    }
    controller.enqueue(bytes);
  }

  function keep(bytes) {
    if (!kept) return;
    keptBytes += bytes.byteLength;
    if (keptBytes > KEPT_BYTES_MAX) kept = null;
    else kept.push(bytes);
  }

  function fail(why) {
    failure ??= why;
  }

  function close() {
    if (closed) return;
    closed = true;
    try {
      controller.close();
    } catch {
      // The player has let go of it.
    }
    end();
  }

  function stop() {
    stopped = true;
    player?.stop();
    close();
  }

  async function run() {
    await ended;
    try {
      await appended;
      if (!stopped) await player?.finish();
    } catch (error) {
      if (!stopped && !isAbort(error)) failure ??= asFailure(error, 'voice');
    }
    if (stopped) return 'stopped';
    if (failure) {
      kept = null;
      throw failure.kind === 'voice' ? failure : new Failure('voice', { detail: failure.message, cause: failure });
    }
    return player ? 'heard' : 'nothing';
  }

  const done = run();
  done.catch(() => {}); // whoever waits will see it
  return { format: output.format, sound, fail, close, stop, done, kept: () => (closed && !stopped && keptBytes > 0 ? kept : null) };
}
