// Says replies aloud: while they come, and once more when a person asks for it.
//
// Owns: the voice of each reply, and the sound that is kept of the latest ones.
// Invariant: a reply is heard again from what was kept of it; only without that is the server asked to make it anew.
// Leaves out: when something is said (main.js), one stream of sound (voice.js), speech by sentences (speaker.js).

import { createCutter, speakable } from '../sentences.js';
import { createShelf } from './shelf.js';
import { createSpeaker } from './speaker.js';
import { createVoice } from './voice.js';

/** `onSound()` is called when sound begins, `onBlocked()` when the browser wants a gesture first. */
export function createAloud({ speech, output, onSound, onBlocked }) {
  const shelf = createShelf();
  const types = new WeakMap();
  const eventsOf = (reply) => ({ onSound, onBlocked, onPhrase: reply.saying });

  /** A voice for a reply that is about to come in one stream with its text, of the type that was asked for or of another. */
  function live(reply, { type = output.type, ...own } = {}) {
    reply.unsaid();
    types.set(reply, type);
    const voice = createVoice({ output, type, ...eventsOf(reply), ...own });
    voice.done.then(
      () => {
        const pieces = voice.kept();
        if (pieces) shelf.put(reply, pieces);
      },
      () => {},
    );
    return voice;
  }

  /** Says a reply once more: `{stop, done}`, as a voice has them. */
  function again(reply, text) {
    const pieces = shelf.get(reply);
    reply.unsaid();
    return pieces ? replay(reply, pieces) : anew(reply, text);
  }

  function replay(reply, pieces) {
    const voice = createVoice({ output, type: types.get(reply), ...eventsOf(reply) });
    for (const { bytes, phrase } of pieces) voice.sound(bytes, phrase);
    voice.close();
    return voice;
  }

  /** Sentence by sentence, in whatever form the server can make. */
  function anew(reply, text) {
    const speaker = createSpeaker({ speech, output, ...eventsOf(reply) });
    const cutter = createCutter();
    for (const words of [...cutter.push(text), ...cutter.flush()].map(speakable)) if (words) speaker.say(words);
    speaker.close();
    return speaker;
  }

  return { live, again };
}
