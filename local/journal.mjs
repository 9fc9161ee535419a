// The journal: every request a provider route received, in order, with how it ended. Tests read it in place of
// sleeping: `waitFor` resolves as soon as an entry fits.

import { nowMs } from './clock.mjs';

/** Older entries are dropped beyond this many, so that a long benchmark does not grow without end. */
const ENTRIES_MAX = 5_000;

export class Journal {
  entries = [];
  #waiting = new Set();
  #next_id = 1;

  /** Opens an entry; the caller fills `scope`, `body` and the counters, then calls `touch`. */
  open(fields) {
    const entry = {
      id: this.#next_id++, at_ms: nowMs(), ...fields,
      body: undefined, scope: undefined, fault: undefined, status: undefined,
      headers_at_ms: undefined, first_write_at_ms: undefined, bytes_sent: 0, events_sent: 0,
      ended: 'open', closed_at_ms: undefined,
    };
    this.entries.push(entry);
    if (this.entries.length > ENTRIES_MAX) this.entries.splice(0, this.entries.length - ENTRIES_MAX);
    this.touch(entry);
    return entry;
  }

  /** Ends an entry once; later endings are ignored. */
  close(entry, ended) {
    if (entry.ended !== 'open') return;
    entry.ended = ended;
    entry.closed_at_ms = nowMs();
    this.touch(entry);
  }

  /** Whether anyone waits: a write of a benchmark need not tell nobody. */
  get watched() {
    return this.#waiting.size > 0;
  }

  /** Tells those who wait that `entry` changed. */
  touch(entry) {
    for (const waiter of this.#waiting) if (waiter.predicate(entry)) waiter.resolve(entry);
  }

  clear() {
    this.entries.length = 0;
  }

  /** The first entry, past or future, for which `predicate(entry)` is true; rejects after `timeout_ms`. */
  waitFor(predicate, timeout_ms = 5_000) {
    const found = this.entries.find(predicate);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const waiter = { predicate };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(new Error(`no request in the journal fitted within ${timeout_ms} ms`));
      }, timeout_ms);
      waiter.resolve = (entry) => {
        this.#waiting.delete(waiter);
        clearTimeout(timer);
        resolve(entry);
      };
      this.#waiting.add(waiter);
    });
  }
}
