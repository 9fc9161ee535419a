// The recording that is being heard: from its sending until its words are known.
//
// Owns: the message that stands for it, in the history and on the page.
// Invariant: at most one recording is being heard, and it is the newest message. Its words replace it once; without
// them it leaves the history, and stays on the page as a mark that something was said.
// Leaves out: recording (recorder.js, handsfree.js) and the turn that brings the words (turn.js).

import { t } from './words.js';

/** Hearing over the history and the view of the conversation. */
export function createHearing({ history, conversation }) {
  let own = null; // {entry, shown, known, leave}

  function begin(recording) {
    own = { entry: history.add({ role: 'user', recording }), shown: conversation.addPerson(''), known: null, leave: null };
  }

  /** The words are known. */
  function heard(text) {
    if (!own) return;
    Object.assign(own.entry, { content: text, recording: null });
    own.shown.heard(text);
    conversation.announce(`${t('youSaid')} ${text}`);
    own = null;
  }

  /** They will not be known; with `isNothing`, there were none. */
  function giveUp({ isNothing = false } = {}) {
    if (!own) return;
    history.remove(own.entry);
    if (isNothing) own.shown.remove();
    else own.shown.heard(null);
    own = null;
  }

  /** The turn that brings the words; `stop` ends it. */
  function broughtBy(turn, stop) {
    const known = Promise.race([turn.heard, turn.reply]);
    const hearing = own;
    turn.reply.then(() => {
      hearing.leave = null;
    });
    own.known = known;
    own.leave = () => {
      turn.hush();
      known.then(stop);
    };
  }

  /** The person speaks on: the turn ends as soon as it has brought the words. False where none is under way. */
  function leave() {
    own?.leave?.();
    return Boolean(own?.leave);
  }

  return {
    begin,
    heard,
    giveUp,
    broughtBy,
    leave,
    get isUnderWay() {
      return own !== null;
    },
    /** A promise for the words, or for the turn's end without them; undefined where none is under way. */
    get known() {
      return own?.known;
    },
  };
}
