// Speaks one reply: sentences in, sound out, strictly in order.
//
// Owns: the order of requests and clips. The next sentence is asked for while the current one arrives, so no pause is
// heard between them, and never more than that, so little is wasted when the person interrupts.
// Invariant: clips reach the player in the order of their sentences; after `stop()` nothing is fetched or heard.
// Leaves out: cutting (sentences.js), HTTP (api.js), decoding (player*.js). It runs in Node for tests.

import { Failure, asFailure, isAbort } from '../errors.js';

/** Requests under way at once: the clip that is being appended, and the next. */
export const REQUESTS_MAX = 2;

/**
 * A speaker for one reply. `say(text)` adds a sentence, `close()` says there are no more, `stop()` ends it at once.
 * `done` resolves to 'heard', 'stopped' or 'nothing', or rejects with a Failure after what was already fetched has been heard.
 */
export function createSpeaker({ speech, output, ...events }) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const waiting = [];
  const requests = [];
  let closed = false;
  let wake = () => {};
  let player = null;

  const done = run().finally(() => {
    if (!signal.aborted) stopping.abort();
  });

  function say(text) {
    if (closed || signal.aborted) return;
    waiting.push(text);
    ask();
    wake();
  }

  function close() {
    closed = true;
    wake();
  }

  function stop() {
    stopping.abort();
    player?.stop();
    wake();
  }

  function ask() {
    while (waiting.length > 0 && requests.length < REQUESTS_MAX && !signal.aborted) {
      const text = waiting.shift();
      const answer = speech({ text, accept: output.accept, signal });
      answer.catch(() => {}); // looked at in turn
      requests.push({ text, answer });
    }
  }

  async function run() {
    try {
      while (await another()) {
        await playNext();
        requests.shift();
        ask();
      }
      await player?.finish();
    } catch (error) {
      if (signal.aborted || isAbort(error)) return 'stopped';
      const failure = asFailure(error, 'voice');
      stopping.abort();
      await player?.finish().catch(() => {});
      throw failure.kind === 'unauthorized' ? failure : new Failure('voice', { detail: failure.message, cause: failure });
    }
    if (signal.aborted) return 'stopped';
    return player ? 'heard' : 'nothing';
  }

  /** True once a sentence is at hand, false when there will be none. */
  async function another() {
    while (requests.length === 0 && !closed && !signal.aborted) {
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
    return requests.length > 0 && !signal.aborted;
  }

  async function playNext() {
    const { text, answer } = requests[0];
    const response = await answer;
    if (signal.aborted) return;
    const contentType = response.headers.get('content-type') ?? '';
    if (!contentType.startsWith('audio/')) throw new Failure('voice', { detail: `${contentType} is no sound` });
    if (player && !player.takes(contentType)) {
      await player.finish();
      player = null;
    }
    player ??= output.open(contentType, events);
    await player.append(piecesOf(response.body, text), contentType);
  }

  return { say, close, stop, done };
}

/** A clip's bytes as a player takes them: the first piece is where its phrase begins. */
async function* piecesOf(body, phrase) {
  const reader = body.getReader();
  try {
    for (let first = true; ; first = false) {
      const { done, value } = await reader.read();
      if (done) return;
      yield first ? { bytes: value, phrase } : { bytes: value };
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
