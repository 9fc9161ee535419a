// Opens the right player for what the server sent, on the one <audio> element of the page and its AudioContexts.
//
// Owns: both outputs, and their unlocking: browsers let a page speak only after a person's gesture, and an element that
// has been allowed once stays allowed.
// Invariant: at most one player uses an output at a time; opening the next is the speaker's decision.
// Leaves out: the order of clips (speaker.js).

import { acceptFor, chooseLadder, essence, probe, rungFor, streamFor } from './ladder.js';
import { createBlobPlayer } from './player-blob.js';
import { createMsePlayer } from './player-mse.js';
import { PCM_HZ, createPcmPlayer } from './player-pcm.js';
import { createWebCodecsPlayer } from './player-webcodecs.js';

/** What a realtime session sends. */
export const PCM = 'audio/pcm';

const OPUS_HZ = 48_000;

/** The page's voice. `onAway()` is called when somebody else takes the sound (a call, another app), `onBack()` when it goes on, which the next touch makes it. `accept` and `format` for requests, `type` of a stream that was asked for, `unlock()` for gestures (`unlock(PCM)` where samples will come), `open(contentType, events)` for a player. */
export async function createOutput({ audio, onAway = () => {}, onBack = () => {} }) {
  const rungs = chooseLadder(await probe());
  const contexts = new Map(); // by their rate
  let speed = 1;
  let isHeld = false;
  let isAway = false;

  audio.addEventListener('pause', () => {
    // Neither held, nor stopped, nor at its end, nor broken: it was not us.
    if (!isHeld && audio.getAttribute('src') && !audio.ended && !audio.error) away();
  });
  // Not `playing`: it goes on as soon as it may, though what is next may still have to come.
  audio.addEventListener('play', back);
  for (const touch of ['pointerdown', 'keydown']) document.addEventListener(touch, () => isAway && goOn(), { capture: true });

  function contextOf(sampleRate) {
    const known = contexts.get(sampleRate);
    if (known) return known;
    const context = new AudioContext({ sampleRate });
    contexts.set(sampleRate, context);
    context.addEventListener('statechange', () => {
      if (context.state === 'running') back();
      else if (context.state === 'interrupted' && !isHeld) away();
    });
    return context;
  }

  function wakeContexts() {
    for (const context of contexts.values()) if (context.state !== 'running') context.resume().catch(() => {});
  }

  function away() {
    if (isAway) return;
    isAway = true;
    onAway();
  }

  function back() {
    if (!isAway) return;
    isAway = false;
    onBack();
  }

  /** To be called inside a gesture, before the first sound. */
  function unlock(type) {
    if (!audio.src) audio.load();
    if (type === PCM) contextOf(PCM_HZ);
    if (rungs.some((rung) => rung.kind === 'webcodecs') && rungs[0].kind !== 'mse') contextOf(OPUS_HZ);
    if (!isHeld) wakeContexts();
  }

  /** Starts what the browser held back, inside a gesture. */
  function resume() {
    unlock();
    if (audio.src) audio.play().catch(() => {});
  }

  /** A player whose `takes(contentType)` tells whether a further clip fits behind what it already plays. */
  function open(contentType, events) {
    isHeld = false;
    if (contentType === PCM) return { kind: 'pcm', takes: (type) => type === PCM, ...createPcmPlayer({ context: contextOf(PCM_HZ), rate: speed, ...events }) };
    const rung = rungFor(rungs, contentType);
    const takes = (type) => rung.kind === 'blob' || essence(type) === essence(contentType);
    return { kind: rung.kind, takes, ...playerOf(rung, events) };
  }

  /** How fast is spoken, as a playback rate; what is decoded here changes with the next reply. */
  function pace(rate) {
    speed = rate;
    audio.defaultPlaybackRate = rate;
    audio.playbackRate = rate;
    audio.preservesPitch = true;
  }

  /** Holds the sound for a moment, to go on where it was with `goOn()`; a reply that is stopped instead is gone. */
  function hold() {
    isHeld = true;
    audio.pause();
    for (const context of contexts.values()) context.suspend().catch(() => {});
  }

  function goOn() {
    isHeld = false;
    wakeContexts();
    if (audio.src && !audio.ended) audio.play().catch(() => {});
  }

  function playerOf(rung, events) {
    if (rung.kind === 'mse') return createMsePlayer({ audio, mime: rung.mime, ...events });
    if (rung.kind === 'webcodecs') {
      return createWebCodecsPlayer({ context: contextOf(OPUS_HZ), rate: speed, ...events });
    }
    return createBlobPlayer({ audio, ...events });
  }

  return { accept: acceptFor(rungs), ...streamFor(rungs), best: rungs[0], unlock, resume, open, pace, hold, goOn };
}
