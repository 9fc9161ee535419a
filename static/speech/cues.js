// Tells when each phrase of a reply begins to be heard, from where it lies on the time line of an <audio> element.
//
// Owns: the phrases that are still to come, in order of their moments.
// Invariant: phrases are told once, in order, and none before its sound.
// Leaves out: what is done with it (conversation.js).

/** An <audio> element tells its time some four times a second; a phrase that begins before the next time has a timer. */
const TIMER_S_MAX = 0.4;

/** `add(atS, phrase)` in order; `finish()` tells what is left, once all has been heard. Nothing is told after `signal`. */
export function createCues({ audio, signal, onPhrase }) {
  const waiting = [];
  let timer;

  function look() {
    clearTimeout(timer);
    while (waiting.length > 0 && !audio.paused && audio.currentTime >= waiting[0].atS) onPhrase(waiting.shift().phrase);
    const leftS = waiting.length > 0 && !audio.paused ? waiting[0].atS - audio.currentTime : Infinity;
    if (leftS < TIMER_S_MAX) timer = setTimeout(look, leftS * 1_000 + 5);
  }

  for (const name of ['playing', 'timeupdate']) audio.addEventListener(name, look, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));

  return {
    add(atS, phrase) {
      waiting.push({ atS, phrase });
    },
    finish() {
      clearTimeout(timer);
      for (const { phrase } of waiting.splice(0)) onPhrase(phrase);
    },
  };
}
