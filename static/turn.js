// One turn: the conversation goes out, the reply comes back in one stream, as text and as the sound of it.
//
// Owns: the life of one reply, from the request to the last word heard.
// Invariant: after `stop()` nothing more is fetched, shown or heard; a voice that fails never holds back the text.
// Leaves out: how things look and sound: it is given an api, a view and a way to make a speaker. Runs in Node for tests.

import { Failure, asFailure, isAbort } from './errors.js';
import { createCutter } from './sentences.js';

/**
 * Starts a turn. `view` has `append(text)`, `announce(sentence)` and, for a recording, `heard(words)`; `makeVoice` returns a
 * voice, or null for silence; `taken` is called when the server has the messages, `onFirstText` when the first word arrives.
 * `reply` resolves to `{text, failure, stopped}`; `speech` to `{failure}` once all is heard; `heard` when a recording's
 * words are known. None rejects.
 */
export function startTurn({ api, messages, conversation, heard, voiceId, persona, taken, view, makeVoice, onFirstText }) {
  const stopping = new AbortController();
  const voice = makeVoice();
  let known;
  const heardWords = new Promise((resolve) => {
    known = resolve;
  });
  const ask = { messages, conversation, heard, voiceId, persona, format: voice?.format, signal: stopping.signal, onAnswer: taken };
  function onHeard(words) {
    view.heard(words);
    known();
  }

  function stop() {
    stopping.abort();
    voice?.stop();
  }

  /** The voice alone falls silent; the text goes on. */
  function hush() {
    voice?.stop();
  }

  return {
    stop,
    hush,
    reply: readReply({ api, ask, view, voice, onHeard, onFirstText }),
    speech: speechOf(voice),
    heard: heardWords,
  };
}

async function readReply({ api, ask, view, voice, onHeard, onFirstText }) {
  const { signal } = ask;
  const cutter = createCutter();
  let text = '';
  const announce = (pieces) => pieces.forEach((piece) => view.announce(piece));
  try {
    for await (const part of api.reply(ask)) {
      if (signal.aborted) break;
      if (part.heard) onHeard(part.heard);
      if (part.sound) voice?.sound(part.sound, part.phrase);
      if (part.voiceFailure) voice?.fail(part.voiceFailure);
      if (!part.text) continue;
      if (text === '') onFirstText();
      text += part.text;
      view.append(part.text);
      announce(cutter.push(part.text));
    }
    if (signal.aborted) return { text, failure: null, stopped: true };
    if (text.trim() === '') throw new Failure('empty');
    announce(cutter.flush());
    return { text, failure: null, stopped: false };
  } catch (error) {
    if (signal.aborted || isAbort(error)) return { text, failure: null, stopped: true };
    return { text, failure: asFailure(error), stopped: false };
  } finally {
    voice?.close();
  }
}

async function speechOf(voice) {
  if (!voice) return { failure: null };
  return voice.done.then(
    () => ({ failure: null }),
    (failure) => ({ failure }),
  );
}
