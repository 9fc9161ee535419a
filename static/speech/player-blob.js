// Plays whole clips in the <audio> element, one after another: the floor, for browsers with nothing better.
//
// Owns: the queue of clips of one spoken reply.
// Invariant: clips are heard in the order they were appended; a clip of any type the element can play is taken.
// Leaves out: an early start. A clip begins when its last byte is in, and a short gap between clips is heard.

import { Failure } from '../errors.js';

/** The largest clip held in memory; a sentence of speech is a few hundred kilobytes at most. */
const CLIP_BYTES_MAX = 16 * 1024 * 1024;

/** Same face as createMsePlayer. */
export function createBlobPlayer({ audio, onSound, onBlocked }) {
  const stopping = new AbortController();
  const { signal } = stopping;
  let heard = Promise.resolve();

  audio.addEventListener('playing', () => onSound(), { once: true, signal });

  async function append(stream, contentType) {
    const blob = await collect(stream, contentType);
    if (signal.aborted) return;
    if (blob.size === 0) throw new Failure('voice', { detail: 'a clip without a byte' });
    heard = heard.then(() => play(blob));
    heard.catch(() => {}); // finish() reports it
  }

  async function play(blob) {
    if (signal.aborted) return;
    const url = URL.createObjectURL(blob);
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
    } finally {
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

async function collect(stream, contentType) {
  const reader = stream.getReader();
  const parts = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts, { type: contentType });
    bytes += value.byteLength;
    if (bytes > CLIP_BYTES_MAX) {
      reader.cancel().catch(() => {});
      throw new Failure('voice', { detail: 'a clip is too large' });
    }
    parts.push(value);
  }
}
