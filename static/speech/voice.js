// The voice of one reply, out of one stream: bytes in as they arrive with the text, sound out.
//
// Owns: one player for one reply, and the pieces of a reply that was heard whole, for hearing it again.
// Invariant: bytes reach the player in the order they came; after `stop()` nothing is heard. A voice that fails lets
// what has arrived be heard to its end.
// Leaves out: reading the stream (api.js), decoding (player*.js). It runs in Node for tests.

import { Failure, asFailure, isAbort } from '../errors.js';

/** Bytes kept for hearing again; a reply of five minutes has about 1.2 MB. */
export const KEPT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * A voice for one reply. `sound(bytes, phrase)` adds sound, and says which phrase begins with it; `fail(failure)` says that there will be no more, `close()` that this
 * was all, `stop()` ends it at once. `done` resolves to 'heard', 'stopped' or 'nothing', or rejects with a Failure after
 * what has come has been heard. `kept()` gives the pieces, `{bytes, phrase?}`, or null if they were too many; `playedMs()`, of
 * samples, how much was heard.
 */
export function createVoice({ output, type = output.type, ...events }) {
  const waiting = [];
  let wake = () => {};
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

  function sound(bytes, phrase) {
    if (stopped || closed || (bytes.byteLength === 0 && !phrase)) return;
    const piece = phrase ? { bytes, phrase } : { bytes };
    keep(piece);
    if (!player) {
      player = output.open(type, events);
      appended = player.append(pieces(), type);
      // A player that gives up before the end is heard of at once.
      appended.catch(() => close());
    }
    waiting.push(piece);
    wake();
  }

  /** What is to be played, as it comes, to its end. */
  async function* pieces() {
    for (;;) {
      while (waiting.length > 0) yield waiting.shift();
      if (closed) return;
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  }

  function keep(piece) {
    if (!kept) return;
    keptBytes += piece.bytes.byteLength;
    if (keptBytes > KEPT_BYTES_MAX) kept = null;
    else kept.push(piece);
  }

  function fail(why) {
    failure ??= why;
  }

  function close() {
    if (closed) return;
    closed = true;
    wake();
    end();
  }

  function stop() {
    stopped = true;
    waiting.length = 0;
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
  return { format: output.format, sound, fail, close, stop, done, kept: () => (closed && !stopped && keptBytes > 0 ? kept : null), playedMs: () => player?.playedMs() ?? 0 };
}
