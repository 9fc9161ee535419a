// Plays whole clips in the <audio> element, one after another: the floor, for browsers with nothing better.
//
// Owns: the queue of clips of one spoken reply.
// Invariant: clips are heard in the order they were appended; a clip of any type the element can play is taken.
// Leaves out: an early start. A clip begins when its last byte is in, and a short gap between clips is heard.

import { Failure } from '../errors.js';
import { createCues } from './cues.js';

/** The largest clip held in memory; a sentence of speech is a few hundred kilobytes at most. */
const CLIP_BYTES_MAX = 16 * 1024 * 1024;

/** Same face as createMsePlayer. */
export function createBlobPlayer({ audio, onSound, onPhrase, onBlocked }) {
  const stopping = new AbortController();
  const { signal } = stopping;
  let heard = Promise.resolve();

  audio.addEventListener('playing', () => onSound(), { once: true, signal });

  async function append(pieces, contentType) {
    const clip = await collect(pieces, contentType);
    if (signal.aborted) return;
    if (clip.blob.size === 0) throw new Failure('voice', { detail: 'a clip without a byte' });
    heard = heard.then(() => play(clip));
    heard.catch(() => {}); // finish() reports it
  }

  async function play({ blob, phrases }) {
    if (signal.aborted) return;
    const url = URL.createObjectURL(blob);
    const over = new AbortController();
    const cues = createCues({ audio, signal: over.signal, onPhrase });
    signal.addEventListener('abort', () => over.abort(), { signal: over.signal });
    const place = () => {
      // Speech has a constant bit rate, near enough: where a phrase's bytes begin is where its sound does.
      for (const { at, phrase } of phrases.splice(0)) cues.add((at / blob.size) * audio.duration, phrase);
    };
    audio.addEventListener('durationchange', () => Number.isFinite(audio.duration) && place(), { signal: over.signal });
    try {
      await new Promise((resolve, reject) => {
        const own = new AbortController();
        const leave = (settle) => () => {
          own.abort();
          settle();
        };
        const broken = () => reject(new Failure('voice', { detail: audio.error?.message ?? '' }));
        audio.addEventListener('ended', leave(resolve), { signal: own.signal });
        audio.addEventListener('error', leave(broken), { signal: own.signal });
        signal.addEventListener('abort', leave(resolve), { signal: own.signal });
        audio.src = url;
        audio.play().catch((error) => {
          if (error.name === 'NotAllowedError') onBlocked();
        });
      });
      if (!signal.aborted) {
        place();
        cues.finish();
      }
    } finally {
      over.abort();
      URL.revokeObjectURL(url);
    }
  }

  async function finish() {
    await heard;
  }

  function stop() {
    if (signal.aborted) return;
    stopping.abort();
    audio.pause();
    audio.removeAttribute('src');
    audio.load();
  }

  return { append, finish, stop };
}

/** A clip as `{blob, phrases}`, with the byte at which each phrase begins. */
async function collect(pieces, contentType) {
  const parts = [];
  const phrases = [];
  let size = 0;
  for await (const { bytes, phrase } of pieces) {
    if (phrase) phrases.push({ at: size, phrase });
    size += bytes.byteLength;
    if (size > CLIP_BYTES_MAX) throw new Failure('voice', { detail: 'a clip is too large' });
    parts.push(bytes);
  }
  return { blob: new Blob(parts, { type: contentType }), phrases };
}
