// Streaming voice in anybody's page; the companion page is made with it, too.
//
//   import { connect } from 'https://hearken.example/hearken.js';
//   const companion = await connect({ key: token });
//   button.onclick = () => companion.say('Good evening.', { onText: (piece) => out.append(piece) });
//
// Owns: one conversation and what is under way in it. Types: hearken.d.ts.
// Invariant: at most one reply is under way; it is stopped before the next begins, and the next request tells how much of it
// was heard. To be called from a click or a key, for browsers let no page speak before.
// Leaves out: how anything looks.

import { createApi } from './api.js';
import { createHistory } from './history.js';
import { createMicrophone } from './microphone.js';
import { canRecord, startRecording } from './recorder.js';
import { createOutput } from './speech/player.js';
import { createVoice } from './speech/voice.js';
import { endOfPhrase } from './spoken.js';
import { startTurn } from './turn.js';

export { Failure, describe } from './errors.js';
export { canRecord };

/** A companion at `url`, by default where this module came from. `key` is a key, a session's token, or a function of it. */
export async function connect({ url = new URL(import.meta.url).origin, key = null, conversation, persona, voice = true, audio = new Audio(), onAway, onBack } = {}) {
  const api = createApi({ url, key: typeof key === 'function' ? key : () => key });
  const output = await createOutput({ audio, onAway, onBack });
  const history = createHistory({ settings: {} });
  if (conversation) history.keep([], conversation);
  let current = null;

  function say(text, events) {
    return answer({ role: 'user', content: text }, events);
  }

  /** `recording` is what `record()` gave. */
  function hear(recording, events) {
    return answer({ role: 'user', recording }, events);
  }

  function answer(said, { onText = () => {}, onHeard = () => {}, onSpoken = () => {}, onSound = () => {}, onBlocked = () => {} } = {}) {
    stop();
    output.unlock();
    const asked = history.add(said);
    const outgoing = history.outgoing();
    const entry = history.add({ role: 'assistant', isTaken: history.isKept });
    let saidTo = 0;
    const onPhrase = (phrase) => {
      saidTo = endOfPhrase(entry.content, phrase, saidTo);
      onSpoken(phrase, saidTo);
    };
    const isAloud = typeof voice === 'function' ? voice() : voice;
    const turn = startTurn({
      api,
      ...outgoing,
      persona,
      view: {
        heard(words) {
          Object.assign(asked, { content: words, recording: null });
          onHeard(words);
        },
        append(piece) {
          entry.content += piece;
          onText(piece);
        },
        announce: () => {},
      },
      makeVoice: () => (isAloud ? createVoice({ output, onSound, onBlocked, onPhrase }) : null),
      onFirstText: () => {},
    });
    const own = {
      stop() {
        turn.stop();
        history.cut(entry, isAloud ? entry.content.slice(0, saidTo) : entry.content);
      },
    };
    current = own;
    const text = turn.reply.then(({ text: whole, failure }) => {
      if (!failure) return whole;
      history.remove(entry);
      throw failure;
    });
    const done = Promise.all([text, turn.speech]).then(([, { failure }]) => {
      if (current === own) current = null;
      if (failure) throw failure;
    });
    for (const promise of [text, done]) promise.catch(() => {}); // whoever waits will see it
    return { text, done, stop: () => current === own && stop() };
  }

  function stop() {
    current?.stop();
    current = null;
  }

  /** Opens the microphone: `{finish, cancel}`; `finish()` resolves to a recording for `hear`. */
  function record({ onLevel = () => {}, onLimit = () => {} } = {}) {
    stop();
    return startRecording({ onLevel, onLimit });
  }

  /** Lets people hold `button`, or tap it, to talk. `onReply(reply)` gets what `hear` gives. */
  function talk(button, { onReply = () => {}, onFailure = () => {}, onLevel = () => {}, ...events } = {}) {
    return createMicrophone({ button, onStart: stop, onLevel, onRecording: (recording) => onReply(hear(recording, events)), onCancel: () => {}, onFailure });
  }

  /** A turn whose conversation, voice and view are the caller's own; see turn.js. */
  const turn = (given) => startTurn({ api, ...given });

  return { say, hear, stop, record, talk, turn, api, output };
}
