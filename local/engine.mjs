// The speech engine: a small pool of worker threads, a cache of finished audio, and the cutting of text into sentences
// so that a long input starts as early as a short one. Owns the threads; never synthesises on the main thread.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Finished audio kept for repeats: 48 MiB, more than three hours of Opus at 32 kb/s. */
const CACHE_BYTES_MAX = 48 * 1024 * 1024;
const WORKERS_MAX = 2;
/** A sentence longer than this is cut at a comma or a space, so that speech starts early. */
const SENTENCE_CHARS_MAX = 220;

/** Sentences of `text`, in order, none empty; long ones cut further. */
export function sentencesOf(text) {
  const out = [];
  for (const sentence of text.split(/(?<=[.!?…]["'”’)\]]*)\s+|(?<=[。！？])|\n+/u)) {
    let rest = sentence.trim();
    while (rest.length > SENTENCE_CHARS_MAX) {
      const window = rest.slice(0, SENTENCE_CHARS_MAX);
      const at = Math.max(window.lastIndexOf(', '), window.lastIndexOf('; '));
      const space = at > 40 ? at + 1 : window.lastIndexOf(' ');
      const cut = space > 0 ? space : SENTENCE_CHARS_MAX;
      out.push(rest.slice(0, cut).trim());
      rest = rest.slice(cut).trim();
    }
    // "e.g. this" is not two sentences: join what does not begin like one.
    const previous = out.at(-1);
    if (previous !== undefined && rest !== '' && !/^["'“(]?[\p{Lu}\d¿¡]/u.test(rest) && previous.length + rest.length < SENTENCE_CHARS_MAX) {
      out[out.length - 1] = `${previous} ${rest}`;
    } else if (rest !== '') out.push(rest);
  }
  return out.length > 0 ? out : [text.trim() || ' '];
}

export class Engine {
  #workers = []; #jobs = new Map(); #next_id = 1; #cache = new Map(); #cache_bytes = 0; #closed = false;

  /** Starts a thread and loads the engine before the first request needs it. */
  async warm() {
    const voice = { name: 'en-us', words_per_minute: 165, pitch: 50 };
    for await (const piece of this.speak({ text: 'Hello.', voice, format: { codec: 'opus', rate_hz: 24_000, bitrate: 32_000 } })) void piece;
  }

  /**
   * The pieces `{bytes, duration_ms}` of `text` in `format` as they are made.
   * `voice` is `{name, words_per_minute, pitch}`; an aborted `signal` stops the work.
   */
  async *speak({ text, voice, format, signal }) {
    const key = JSON.stringify([text, voice, format]);
    const known = this.#cache.get(key);
    if (known) {
      yield* known;
      return;
    }
    const pieces = [];
    for await (const piece of this.#run({ sentences: sentencesOf(text), voice, format, signal })) {
      pieces.push(piece);
      yield piece;
    }
    if (!signal?.aborted) this.#keep(key, pieces);
  }

  async close() {
    this.#closed = true;
    for (const job of this.#jobs.values()) job.fail(new Error('the engine has stopped'));
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
  }

  async *#run({ sentences, voice, format, signal }) {
    if (this.#closed) throw new Error('the engine has stopped');
    const id = this.#next_id++;
    const host = this.#leastBusy();
    const job = { host, pieces: [], done: false, error: undefined, wake: () => {} };
    job.fail = (error) => { job.error = error; job.done = true; job.wake(); };
    this.#jobs.set(id, job);
    host.jobs += 1;
    host.worker.ref();
    const cancel = () => { host.worker.postMessage({ cancel: id }); job.done = true; job.wake(); };
    signal?.addEventListener('abort', cancel, { once: true });
    host.worker.postMessage({ id, sentences, voice, format });
    try {
      for (;;) {
        while (job.pieces.length > 0) yield job.pieces.shift();
        if (job.error) throw job.error;
        if (job.done) return;
        await new Promise((resolve) => { job.wake = resolve; });
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
      if (!job.done) host.worker.postMessage({ cancel: id });
      host.jobs -= 1;
      // An idle thread keeps no process alive.
      if (host.jobs === 0) host.worker.unref();
      this.#jobs.delete(id);
    }
  }

  #leastBusy() {
    const idle = this.#workers.find(({ jobs }) => jobs === 0);
    if (idle) return idle;
    if (this.#workers.length < Math.min(WORKERS_MAX, availableParallelism())) return this.#start();
    return this.#workers.reduce((least, host) => (host.jobs < least.jobs ? host : least));
  }

  #start() {
    const worker = new Worker(new URL('./engine-worker.mjs', import.meta.url));
    const host = { worker, jobs: 0 };
    worker.on('message', ({ id, bytes, duration_ms, done, error }) => {
      const job = this.#jobs.get(id);
      if (!job) return;
      if (bytes) job.pieces.push({ bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), duration_ms });
      if (error) job.error = new Error(error);
      if (done || error) job.done = true;
      job.wake();
    });
    worker.on('error', (error) => {
      this.#workers = this.#workers.filter((other) => other !== host);
      for (const job of this.#jobs.values()) if (job.host === host) job.fail(error);
    });
    this.#workers.push(host);
    return host;
  }

  #keep(key, pieces) {
    if (this.#cache.has(key)) return;
    this.#cache.set(key, pieces);
    this.#cache_bytes += bytesOf(pieces);
    for (const [oldest, old] of this.#cache) {
      if (this.#cache_bytes <= CACHE_BYTES_MAX) break;
      this.#cache.delete(oldest);
      this.#cache_bytes -= bytesOf(old);
    }
  }
}

const bytesOf = (pieces) => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
