// Plays clips through Media Source Extensions: bytes are appended as they arrive, all clips on one time line.
//
// Owns: one MediaSource and one SourceBuffer for one spoken reply.
// Invariant: clips are appended whole and in order; each begins where the one before it ended, so no gap is heard.
// Source: https://www.w3.org/TR/media-source-2/ (§3.5.1 reset parser state, "sequence" mode).
// Leaves out: which type to use (ladder.js), and fetching (speaker.js).

import { Failure } from '../errors.js';
import { createCues } from './cues.js';

/** Sound kept behind the playing position when the browser's buffer is full. */
const KEPT_BEHIND_S = 5;

/** How often a full buffer is looked at again, milliseconds: sound leaves it as fast as it is heard. */
const FULL_RETRY_MS = 1_000;

/**
 * A player for one reply on the page's <audio> element. `append(pieces)` takes one clip as `{bytes, phrase?}` pieces and
 * resolves when its last byte is in; `finish()` when all has been heard; `stop()` ends everything at once. `onSound` is
 * called when sound begins, `onPhrase(phrase)` when a phrase does.
 */
export function createMsePlayer({ audio, mime, onSound, onPhrase, onBlocked }) {
  const Source = globalThis.ManagedMediaSource ?? globalThis.MediaSource;
  const source = new Source();
  const url = URL.createObjectURL(source);
  const stopping = new AbortController();
  const { signal } = stopping;

  const cues = createCues({ audio, signal, onPhrase });
  audio.disableRemotePlayback = true; // ManagedMediaSource does not open without this
  audio.src = url;
  audio.addEventListener('playing', () => onSound(), { once: true, signal });
  const opened = next([source, 'sourceopen'], [audio, 'error'], signal).then((event) => {
    if (event.type === 'error') throw broken();
    URL.revokeObjectURL(url);
    const buffer = source.addSourceBuffer(mime);
    buffer.mode = 'sequence';
    return buffer;
  });
  opened.catch(() => {}); // whoever appends will see it
  audio.play().catch((error) => {
    if (error.name === 'NotAllowedError') onBlocked();
  });

  async function append(pieces) {
    const buffer = await opened;
    placeNextClip(buffer);
    let received = 0;
    for await (const { bytes, phrase } of pieces) {
      if (signal.aborted) return;
      if (phrase) cues.add(bufferedEnd(buffer), phrase);
      if (bytes.byteLength === 0) continue;
      received += bytes.byteLength;
      await appendBytes(buffer, bytes);
    }
    if (received === 0) throw new Failure('voice', { detail: 'a clip without a byte' });
  }

  /** Forgets an unfinished cluster of the clip before, and puts the next clip at the end of what is there. */
  function placeNextClip(buffer) {
    if (buffer.buffered.length === 0) return;
    buffer.abort();
    buffer.timestampOffset = bufferedEnd(buffer);
  }

  function bufferedEnd({ buffered }) {
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
  }

  async function appendBytes(buffer, bytes) {
    while (!appendedNow(buffer, bytes)) await makeRoom(buffer);
    await updated(buffer);
  }

  /** False when the browser's buffer is full: then what was heard has to go first. */
  function appendedNow(buffer, bytes) {
    try {
      buffer.appendBuffer(bytes);
      return true;
    } catch (error) {
      if (error.name !== 'QuotaExceededError') throw error;
      return false;
    }
  }

  async function makeRoom(buffer) {
    const until = audio.currentTime - KEPT_BEHIND_S;
    if (until > 0 && buffer.buffered.start(0) < until) {
      buffer.remove(0, until);
      await updated(buffer);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, FULL_RETRY_MS));
    signal.throwIfAborted();
  }

  async function updated(buffer) {
    const event = await next([buffer, 'updateend'], [buffer, 'error'], signal);
    if (event.type === 'error') throw broken();
  }

  async function finish() {
    const buffer = await opened;
    if (audio.error) throw broken();
    if (buffer.buffered.length === 0) return;
    if (source.readyState === 'open' && !buffer.updating) source.endOfStream();
    if (!audio.ended) {
      const event = await next([audio, 'ended'], [audio, 'error'], signal);
      if (event.type === 'error') throw broken();
    }
    cues.finish();
  }

  function broken() {
    return new Failure('voice', { detail: audio.error?.message || 'the clip cannot be decoded' });
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

/** The first event of the two, or an AbortError when the signal comes first. Leaves no listener behind. */
function next(one, other, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const done = new AbortController();
    const settle = (finish) => (event) => {
      done.abort();
      finish(event);
    };
    for (const [target, name] of [one, other]) {
      target.addEventListener(name, settle(resolve), { signal: done.signal });
    }
    signal.addEventListener('abort', settle(() => reject(signal.reason)), { signal: done.signal });
  });
}
