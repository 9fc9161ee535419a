// Opens the right player for what the server sent, on the one <audio> element and the one AudioContext of the page.
//
// Owns: both outputs, and their unlocking: browsers let a page speak only after a person's gesture, and an element that
// has been allowed once stays allowed.
// Invariant: at most one player uses an output at a time; opening the next is the speaker's decision.
// Leaves out: the order of clips (speaker.js).

import { acceptFor, chooseLadder, essence, probe, rungFor, streamFor } from './ladder.js';
import { createBlobPlayer } from './player-blob.js';
import { createMsePlayer } from './player-mse.js';
import { createWebCodecsPlayer } from './player-webcodecs.js';

/** The page's voice: `accept` and `format` for requests, `type` of a stream that was asked for, `unlock()` for gestures, `open(contentType, events)` for a player. */
export async function createOutput({ audio }) {
  const rungs = chooseLadder(await probe());
  let context = null;

  /** To be called inside a gesture, before the first sound. */
  function unlock() {
    if (!audio.src) audio.load();
    if (!rungs.some((rung) => rung.kind === 'webcodecs') || rungs[0].kind === 'mse') return;
    context ??= new AudioContext({ sampleRate: 48_000 });
    if (context.state !== 'running') context.resume().catch(() => {});
  }

  // A call, or an alarm, takes the sound away from a page ("interrupted"): it goes on at the next touch.
  for (const touch of ['pointerdown', 'keydown']) {
    document.addEventListener(touch, () => {
      if (context?.state === 'interrupted') context.resume().catch(() => {});
    }, { capture: true });
  }

  /** Starts what the browser held back, inside a gesture. */
  function resume() {
    unlock();
    context?.resume().catch(() => {});
    if (audio.src) audio.play().catch(() => {});
  }

  /** A player whose `takes(contentType)` tells whether a further clip fits behind what it already plays. */
  function open(contentType, events) {
    const rung = rungFor(rungs, contentType);
    const takes = (type) => rung.kind === 'blob' || essence(type) === essence(contentType);
    return { kind: rung.kind, takes, ...playerOf(rung, events) };
  }

  /** How fast is spoken, as a playback rate. What is decoded here plays at its own pace. */
  function pace(rate) {
    audio.defaultPlaybackRate = rate;
    audio.playbackRate = rate;
    audio.preservesPitch = true;
  }

  /** Holds the sound for a moment, to go on where it was with `goOn()`; a reply that is stopped instead is gone. */
  function hold() {
    audio.pause();
    context?.suspend().catch(() => {});
  }

  function goOn() {
    context?.resume().catch(() => {});
    if (audio.src && !audio.ended) audio.play().catch(() => {});
  }

  function playerOf(rung, events) {
    if (rung.kind === 'mse') return createMsePlayer({ audio, mime: rung.mime, ...events });
    if (rung.kind === 'webcodecs') {
      context ??= new AudioContext({ sampleRate: 48_000 });
      return createWebCodecsPlayer({ context, ...events });
    }
    return createBlobPlayer({ audio, ...events });
  }

  return { accept: acceptFor(rungs), ...streamFor(rungs), best: rungs[0], unlock, resume, open, pace, hold, goOn };
}
