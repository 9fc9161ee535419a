// One turn: the conversation goes out, the reply comes back in one stream, as text and as the sound of it.
//
// Owns: the life of one reply, from the request to the last word heard.
// Invariant: after `stop()` nothing more is fetched, shown or heard; a voice that fails never holds back the text.
// Leaves out: how things look and sound: it is given an api, a view and a way to make a speaker. Runs in Node for tests.

import { Failure, asFailure, isAbort } from './errors.js';
import { createCutter } from './sentences.js';

/**
 * Starts a turn. `view` has `append(text)`, `announce(sentence)`; `makeVoice` returns a voice, or null for silence;
 * `onFirstText` is called when the first word arrives.
 * `reply` resolves to `{text, failure, stopped}`; `speech` to `{failure}` once all is heard. Neither rejects.
 */
export function startTurn({ api, messages, conversation, view, makeVoice, onFirstText }) {
  const stopping = new AbortController();
  const voice = makeVoice();

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
    reply: readReply({ api, messages, conversation, view, voice, onFirstText, signal: stopping.signal }),
    speech: heard(voice),
    kept: () => voice?.kept() ?? null,
  };
}

async function readReply({ api, messages, conversation, view, voice, onFirstText, signal }) {
  const cutter = createCutter();
  let text = '';
  const announce = (pieces) => pieces.forEach((piece) => view.announce(piece));
  try {
    for await (const part of api.reply({ messages, conversation, format: voice?.format, signal })) {
      if (signal.aborted) break;
      if (part.sound) voice?.sound(part.sound);
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

async function heard(voice) {
  if (!voice) return { failure: null };
  return voice.done.then(
    () => ({ failure: null }),
    (failure) => ({ failure }),
  );
}
