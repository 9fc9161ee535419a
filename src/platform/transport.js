// A call to a provider and its clock, in JavaScript: each promise that wasm waits for costs closures, a timer and several
// crossings. What a call means is decided in Rust (fetch.rs, outcome.rs).

import { fields } from './headers.js';

const READ_BYTES = 64 * 1024;
// A provider's chunk is an event or some Ogg pages.
const CALL_READ_BYTES = 16 * 1024;
// Of a socket, that nobody has read yet.
const MESSAGES_MAX = 1_000;

/** A reader of `body`, which holds its lock. Byte streams are read into one buffer; others give their own chunks. */
export function reader(body) {
  try {
    return body.getReader({ mode: 'byob' });
  } catch {
    return body.getReader();
  }
}

/** The next bytes, or undefined at the end. */
export async function read(reader) {
  const { value, done } = await reader.read(new Uint8Array(READ_BYTES));
  return done ? undefined : value;
}

/** Lets go of the stream, so that someone else can read on. */
export function release(reader) {
  reader.releaseLock();
}

/** One call: what is waited for is waited for under a clock, and an abort reaches its socket. */
export class Call {
  constructor(client) {
    this.controller = new AbortController();
    this.signal = AbortSignal.any([client, this.controller.signal]);
    this.late_at_ms = Infinity;
    this.late = undefined;
    this.check = this.check.bind(this);
  }

  /** Sends a request. Resolves when the headers are there; rejects when they are late. */
  send(method, url, headers, body, left_ms) {
    // What may not stand in a header throws here, before anything is sent. A redirect would carry the key to wherever it points.
    const init = { method, headers: new Headers(fields(headers)), body, signal: this.signal, redirect: 'manual' };
    return this.answered(fetch(url, init), left_ms);
  }

  /** Calls a Workers AI model. A raw response keeps status and stream, as with any other provider. */
  run(ai, model, inputs, left_ms) {
    return this.answered(ai.run(model, JSON.parse(inputs), { returnRawResponse: true, signal: this.signal }), left_ms);
  }

  /** The same of a model that hears over a socket. */
  listen(ai, model, inputs, left_ms) {
    return this.answered(ai.run(model, JSON.parse(inputs), { websocket: true }), left_ms);
  }

  async answered(promise, left_ms) {
    this.response = await this.within(promise, left_ms);
  }

  /** The answer's status; 0 when it is no answer at all. */
  get status() {
    return this.response instanceof Response ? this.response.status : 0;
  }

  /** A header of the answer. */
  header(name) {
    return this.response.headers.get(name) ?? undefined;
  }

  /** Begins to read the body; false if there is none. */
  open() {
    this.body = this.response.body;
    if (!this.body) return false;
    this.reader = reader(this.body);
    if (this.reader instanceof ReadableStreamBYOBReader) this.buffer = new ArrayBuffer(CALL_READ_BYTES);
    return true;
  }

  /** The next bytes, good until the next read; undefined at the end. */
  async read(left_ms) {
    const reading = this.buffer ? this.reader.read(new Uint8Array(this.buffer)) : this.reader.read();
    const { value, done } = await this.within(reading, left_ms);
    if (this.buffer) this.buffer = value?.buffer ?? new ArrayBuffer(CALL_READ_BYTES);
    return done ? undefined : value;
  }

  /** A promise's end, or a rejection when the clock runs out first. */
  within(promise, left_ms) {
    return new Promise((resolve, reject) => {
      this.late = reject;
      this.late_at_ms = Date.now() + left_ms;
      // A timer that goes off too early looks again; one timer serves most calls from their sending to their last byte.
      if (this.timer === undefined || this.wakes_at_ms > this.late_at_ms) this.wake(left_ms);
      promise.then(
        (value) => {
          this.late_at_ms = Infinity;
          resolve(value);
        },
        (error) => {
          this.late_at_ms = Infinity;
          reject(error);
        },
      );
    });
  }

  wake(left_ms) {
    clearTimeout(this.timer);
    this.wakes_at_ms = Date.now() + left_ms;
    this.timer = setTimeout(this.check, left_ms);
  }

  check() {
    this.timer = undefined;
    const left_ms = this.late_at_ms - Date.now();
    if (left_ms === Infinity) return;
    if (left_ms > 0) return this.wake(left_ms);
    this.is_late = true;
    this.late(new Error('late'));
  }

  /** Takes the answer's socket; false if there is none. */
  accept() {
    const socket = this.response.webSocket;
    if (!socket) return false;
    this.commit();
    this.socket = socket;
    this.messages = [];
    const tell = (text) => {
      if (text === undefined || this.messages.length < MESSAGES_MAX) this.messages.push(text);
      this.told?.();
    };
    socket.addEventListener('message', ({ data }) => typeof data === 'string' && tell(data));
    for (const end of ['close', 'error']) socket.addEventListener(end, () => tell(undefined));
    socket.accept();
    return true;
  }

  /** The next text of the socket; undefined at its end. */
  async message() {
    while (this.messages.length === 0) await new Promise((resolve) => (this.told = resolve));
    return this.messages.shift();
  }

  /** Sends text or bytes; a socket that is gone tells so by its end. */
  tell(frame) {
    try {
      this.socket.send(frame);
    } catch {}
  }

  /** Ends the socket. */
  close() {
    try {
      this.socket.close(1000);
    } catch {}
  }

  /** From here on others watch over the call. */
  commit() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Ends the call down to its socket. */
  abort() {
    this.commit();
    this.controller.abort();
    // Whoever waits hears it now: an abort that comes back from the socket may find the request's own end before it.
    this.late?.(new Error('aborted'));
  }
}
