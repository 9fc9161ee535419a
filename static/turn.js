// One turn: the conversation goes out, the reply comes back as text, and is spoken while it still arrives.
//
// Owns: the life of one reply, from the request to the last word heard.
// Invariant: after `stop()` nothing more is fetched, shown or heard; a voice that fails never holds back the text.
// Leaves out: how things look and sound: it is given an api, a view and a way to make a speaker. Runs in Node for tests.

import { Failure, asFailure, isAbort } from './errors.js';
import { createCutter, speakable } from './sentences.js';

/**
 * Starts a turn. `view` has `append(text)`, `announce(sentence)`; `makeSpeaker` returns a speaker, or null for silence;
 * `onFirstText` is called when the first word arrives.
 * `reply` resolves to `{text, failure, stopped}`; `speech` to `{failure}` once all is heard. Neither rejects.
 */
export function startTurn({ api, messages, view, makeSpeaker, onFirstText }) {
  const stopping = new AbortController();
  const speaker = makeSpeaker();

  function stop() {
    stopping.abort();
    speaker?.stop();
  }

  /** The voice alone falls silent; the text goes on. */
  function hush() {
    speaker?.stop();
  }

  return {
    stop,
    hush,
    reply: readReply({ api, messages, view, speaker, onFirstText, signal: stopping.signal }),
    speech: heard(speaker),
  };
}

async function readReply({ api, messages, view, speaker, onFirstText, signal }) {
  const cutter = createCutter();
  let text = '';
  const take = (pieces) => {
    for (const piece of pieces) {
      view.announce(piece);
      const words = speakable(piece);
      if (words) speaker?.say(words);
    }
  };
  try {
    for await (const part of api.reply({ messages, signal })) {
      if (signal.aborted) break;
      if (text === '') onFirstText();
      text += part;
      view.append(part);
      take(cutter.push(part));
    }
    if (signal.aborted) return { text, failure: null, stopped: true };
    if (text.trim() === '') throw new Failure('empty');
    take(cutter.flush()); // only of a whole reply: half a sentence is not worth saying
    return { text, failure: null, stopped: false };
  } catch (error) {
    if (signal.aborted || isAbort(error)) return { text, failure: null, stopped: true };
    return { text, failure: asFailure(error), stopped: false };
  } finally {
    speaker?.close();
  }
}

async function heard(speaker) {
  if (!speaker) return { failure: null };
  return speaker.done.then(
    () => ({ failure: null }),
    (failure) => ({ failure }),
  );
}
