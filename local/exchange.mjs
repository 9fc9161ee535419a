// One request and its answer: delays, writes that respect backpressure, and the ways an answer can break off.
// Owns the journal entry of the request: everything sent is counted here and nowhere else.

import { nowMs, sleepUntil, nextTurn } from './clock.mjs';

/** What a write or a wait throws once the client has gone; the server swallows it. */
export class ClientGone extends Error {}

/** Events framed for `writeBatch`. */
export function batchOf(events) {
  let framed = '';
  let bytes = 0;
  for (const event of events) {
    const length = Buffer.byteLength(event);
    bytes += length;
    framed += `${length.toString(16)}\r\n${event}\r\n`;
  }
  return { framed: Buffer.from(framed), bytes, events: events.length };
}

export class Exchange {
  /** Set by the server: `{provider, kind}`, the parsed body, the resolved knobs. */
  provider; kind; json; raw; knobs = { faults: new Set() }; params = {};
  #abort = new AbortController();
  #wrong_body = false;

  constructor(req, res, url, journal, entry) {
    Object.assign(this, { req, res, url, journal, entry });
    this.started_ms = entry.at_ms;
    res.on('close', () => {
      this.#abort.abort();
      journal.close(entry, res.writableFinished ? (entry.fault && this.#wrong_body ? 'fault' : 'complete') : 'client_closed');
    });
  }

  /** Aborted once the connection has closed, whoever closed it. */
  get signal() {
    return this.#abort.signal;
  }

  has(fault) {
    return this.knobs.faults.has(fault);
  }

  /** The first of `names` among the faults of this request. */
  faultAmong(names) {
    return names.find((name) => this.has(name));
  }

  /** Remembers in the journal that this request was answered with `name`, and that the answer is not whole. */
  markFault(name) {
    this.#wrong_body = true;
    this.entry.fault ??= name;
    this.journal.touch(this.entry);
  }

  /** Waits until `ms` after the request arrived (0 passes at once); throws ClientGone. */
  async since(ms) {
    if (ms > 0) await this.until(this.started_ms + ms);
  }

  /** Waits for a moment in Unix milliseconds; throws ClientGone. */
  async until(at_ms) {
    await sleepUntil(at_ms, this.signal);
    if (this.signal.aborted) throw new ClientGone();
  }

  /** Sends the status line and headers after `headers_ms`. */
  async head(status, headers) {
    await this.since(this.knobs.headers_ms ?? 0);
    if (this.signal.aborted) throw new ClientGone();
    this.entry.status = status;
    this.res.writeHead(status, { 'x-request-id': `req_local_${this.entry.id}`, ...headers });
    this.res.flushHeaders();
    this.entry.headers_at_ms = nowMs();
    this.journal.touch(this.entry);
  }

  /**
   * Writes one piece (an event, a page of audio). Returns undefined or a promise to await: the promise resolves when
   * the socket wants more. `events` is how many events the piece holds.
   */
  write(piece, events = 0) {
    this.#count(piece, events);
    if (this.res.write(piece)) return undefined;
    return this.#drained();
  }

  #count(piece, events) {
    this.#countBytes(Buffer.byteLength(piece), events);
  }

  #countBytes(bytes, events) {
    if (this.signal.aborted) throw new ClientGone();
    const { entry } = this;
    entry.first_write_at_ms ??= nowMs();
    entry.bytes_sent += bytes;
    entry.events_sent += events;
    if (this.journal.watched) this.journal.touch(entry);
  }

  /**
   * Writes events as HTTP chunks of their own in one go. The framing (RFC 9112 §7.1) is done here: through
   * `res.write` each event costs three socket writes, and an upstream that slow would be what a benchmark measures.
   */
  writeBatch({ framed, bytes, events }) {
    this.#countBytes(bytes, events);
    const { socket } = this.res;
    if (socket.write(framed)) return undefined;
    return this.#drained(socket);
  }

  /** Writes `piece` as one TCP segment of its own. */
  async writeApart(piece, events = 0) {
    await this.write(piece, events);
    await nextTurn();
  }

  #drained(writable = this.res) {
    return new Promise((resolve, reject) => {
      const settle = () => {
        writable.off('drain', settle);
        this.signal.removeEventListener('abort', settle);
        if (this.signal.aborted) reject(new ClientGone());
        else resolve();
      };
      writable.once('drain', settle);
      this.signal.addEventListener('abort', settle, { once: true });
    });
  }

  /** Ends the body cleanly, optionally with a last piece. */
  end(piece, events = 0) {
    if (piece !== undefined) this.#count(piece, events);
    this.res.end(piece);
  }

  /** A whole answer in one go: `body` is text, bytes, or an object for JSON. */
  async answer(status, body, headers = {}) {
    const isBytes = typeof body === 'string' || body instanceof Uint8Array;
    const bytes = Buffer.from(isBytes ? body : JSON.stringify(body));
    await this.head(status, {
      'content-type': isBytes ? 'text/plain; charset=utf-8' : 'application/json', 'content-length': bytes.length, ...headers,
    });
    this.end(bytes);
  }

  /** The body ends as if it were whole: no `[DONE]`, half a file, but a clean end of the transfer. */
  cut(name = 'cut') {
    this.markFault(name);
    this.res.end();
  }

  /** The connection closes (FIN) in the middle of the transfer. */
  async drop() {
    this.markFault('drop');
    await this.#flushed();
    this.journal.close(this.entry, 'fault');
    this.res.socket?.end();
    this.res.socket?.destroySoon();
  }

  /** The connection is reset (RST) in the middle of the transfer, after what was written has left. */
  async reset() {
    this.markFault('reset');
    await this.#flushed();
    this.journal.close(this.entry, 'fault');
    this.res.socket?.resetAndDestroy();
  }

  /** Goes silent with the socket open, until the client leaves or the server stops. */
  async stall(name = 'stall') {
    this.markFault(name);
    if (!this.signal.aborted) await new Promise((resolve) => this.signal.addEventListener('abort', resolve, { once: true }));
    throw new ClientGone();
  }

  /** Waits until the socket has handed everything to the kernel (or the connection is gone). */
  async #flushed() {
    while (!this.signal.aborted && this.res.socket?.writableLength > 0) await nextTurn();
    // One more turn: what the kernel holds should leave before a reset throws it away.
    await nextTurn();
  }
}
