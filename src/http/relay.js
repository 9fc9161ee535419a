// Moves an upstream's bytes to the client inside workerd. The loops live here, not in wasm, because crossing into
// wasm for every chunk costs three times the CPU of the relay itself; the decisions (what an event means, what to
// append) are the tap's, which is Rust.
//
// A tap has `feed(bytes, now_ms) -> bool` (true: the reply is complete, stop reading) and `finish(reason) -> bytes | undefined`
// (what to append); one of a model that may think aloud has `thought_ms() -> number | undefined` (how long it may be silent
// meanwhile). Reasons: "end" the upstream ended, "idle" it fell silent, "total" the deadline passed, "cut" it
// broke off, "client" the client left. A tap of `transform` may promise what it appends.

const GULP_BYTES = 64 * 1024;
// This many reads in a row that are no further apart than this are a burst. Most streams never are: they are paced by
// their provider, and gathering would gain them nothing.
const BURST_READS = 2;
const BURST_GAP_MS = 1;
// After a gulp the relay looks away this long, so that a burst becomes a few writes to the client instead of hundreds.
// An event that comes alone is never delayed: the next read is already waiting when it arrives.
const WINDOW_MS = 2;
// A burst is over after one to three gulps. A stream that needs more is paced after all. (Handing it to `pipeTo` costs less, but when the upstream breaks, `pipeTo` breaks the client's stream with it, whatever
// `preventAbort` says: nothing could be appended, and the client would take the cut for a clean end.)
const GULPS_MAX = 8;
const CHUNK_BYTES = 16 * 1024;
// What may gather while the relay looks away; a burst is some hundred kilobytes.
const GATHERED_BYTES_MAX = 256 * 1024;

// Buffers of GULP_BYTES that are free: a new one is zeroed, and counts against the isolate until it is collected.
const SPARE_MAX = 16;
const spare = [];
const buffer_of_gulp = () => spare.pop() ?? new ArrayBuffer(GULP_BYTES);
const free = (buffer) => {
  if (buffer?.byteLength === GULP_BYTES && spare.length < SPARE_MAX) spare.push(buffer);
};

// Once everything is said, an upstream is given this long to close its side, so that its connection can serve again.
const LINGER_MS = 250;
// What may still follow the end: an empty line, a comment.
const LINGER_BYTES_MAX = 1024;
// How long bytes that have arrived may wait for their turn behind a timer.
const GRACE_MS = 20;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Aborts the upstream when it is silent for `idle_ms` (while it thinks aloud, for what the tap says) or alive after
 * `total_ms`; says which. One timer per stream.
 */
class Watchdog {
  constructor({ call, idle_ms, total_ms }, tap) {
    this.idle_ms = idle_ms;
    this.tap = tap;
    this.silent_ms = tap.thought_ms?.() ?? idle_ms;
    this.total_at_ms = Date.now() + total_ms;
    this.call = call;
    this.alive();
    this.check = this.check.bind(this);
    this.arm();
  }
  alive() {
    this.alive_at_ms = Date.now();
    this.doubted = false;
    // A flood leaves timers no room.
    if (this.alive_at_ms >= this.total_at_ms && !this.reason) this.bite('total');
  }
  /** It is the client that is waited for now: until `alive`, silence says nothing about the upstream. */
  rest() {
    this.alive_at_ms = Infinity;
  }
  arm() {
    const now_ms = Date.now();
    const at_ms = Math.min(this.alive_at_ms + this.silent_ms, now_ms + this.silent_ms, this.total_at_ms);
    this.timer = setTimeout(this.check, Math.max(1, at_ms - now_ms));
  }
  check() {
    const now_ms = Date.now();
    if (now_ms >= this.total_at_ms) this.bite('total');
    else if (now_ms < this.alive_at_ms + this.silent_ms) this.arm();
    else if (this.silent_ms < this.idle_ms && this.tap.thought_ms() === undefined) {
      this.silent_ms = this.idle_ms;
      this.arm();
    }
    else if (this.doubted) this.bite('idle');
    else {
      // On a machine out of breath the timer comes before bytes that have long been there. They get their turn.
      this.doubted = true;
      this.timer = setTimeout(this.check, GRACE_MS);
    }
  }
  bite(reason) {
    this.reason = reason;
    this.call.abort();
  }
  stop() {
    clearTimeout(this.timer);
  }
}

/**
 * Keeps a tee pulling while the relay looks away, so that what arrives meanwhile gathers in the other branch. Piping
 * through an identity stream reads chunk by chunk; reading a branch whole directly would hold the other one back.
 * Ends without an exception in the common case, because each costs as much as some twenty events. When it is stopped,
 * or more has gathered than it may, its sink is closed to the pipe: a slow client must be felt upstream, and not be
 * made up for by the memory of the isolate. (An abort signal would not stop a pipe that runs natively.)
 */
function drain(branch) {
  const sink = new IdentityTransformStream();
  branch.pipeTo(sink.writable).catch(() => {});
  const reader = sink.readable.getReader({ mode: 'byob' });
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    reader.cancel().catch(() => {});
  };
  const swallow = async () => {
    let buffer = buffer_of_gulp();
    for (let bytes = 0; bytes < GATHERED_BYTES_MAX && !stopped; bytes += GULP_BYTES) {
      const { value, done } = await reader.readAtLeast(GULP_BYTES, new Uint8Array(buffer));
      buffer = value?.buffer;
      if (done) return free(buffer);
    }
    free(buffer);
    stop();
  };
  swallow().catch(() => {});
  return stop;
}

/** What a stream is handed on with: the call it belongs to, the client's signal, the clocks that are left. */
export class Options {
  constructor(call, client, complete, idle_ms, total_ms) {
    Object.assign(this, { call, client, complete, idle_ms, total_ms });
  }
}

/**
 * Hands a stream of events on, byte for byte, while the tap observes all of it.
 * `held` is what was read while deciding to commit (already seen by the tap).
 * Returns the client's stream and a promise that settles when nothing is left to do; it never rejects.
 */
export function relay(held, tap, options) {
  const pipe = new IdentityTransformStream();
  return { readable: pipe.readable, settled: run(held, tap, options, pipe.writable) };
}

async function run(held, tap, options, writable) {
  const { call, client, complete } = options;
  const watchdog = new Watchdog(options, tap);
  const writer = writable.getWriter();
  let clientLeft = false;
  writer.closed.catch(() => {});
  const write = async (bytes) => {
    try {
      await writer.write(bytes);
    } catch (error) {
      clientLeft = true;
      throw error;
    }
  };
  let stopDrain = () => {};
  let reason = 'end';
  let source = call.reader;
  let open = true;
  try {
    // When nothing more is expected of the upstream, how long the client takes is its own affair.
    if (complete) watchdog.stop();
    else watchdog.rest();
    await write(held);
    if (!complete) {
      watchdog.alive();
      // Nobody else reads from here on: the call's buffer serves on.
      let state = await passOn(source, tap, watchdog, write, BURST_READS, call.buffer);
      if (state === 'burst') {
        source.releaseLock();
        const [branch, other] = call.body.tee();
        stopDrain = drain(other);
        source = branch.getReader({ mode: 'byob' });
        state = await gulp(source, tap, watchdog, write, stopDrain);
        if (state === 'more') state = await passOn(source, tap, watchdog, write, Infinity);
      }
      open = state !== 'ended';
    }
  } catch {
    reason = clientLeft ? 'client' : 'cut';
  }
  watchdog.stop();
  if (watchdog.reason) reason = watchdog.reason;
  if (client.aborted) reason = 'client';
  if (reason !== 'end') call.abort();
  const last = tap.finish(reason);
  tap.free();
  try {
    if (last) await writer.write(last);
    await writer.close();
  } catch {
    // The client has left; there is nobody to tell.
  }
  if (reason === 'end' && open) await linger(source, call);
}

/**
 * Waits for the end of an upstream that has said everything, and closes its socket if that does not come, or if it goes
 * on talking: a flood would leave the timer no room.
 */
async function linger(reader, call) {
  const timer = setTimeout(() => call.abort(), LINGER_MS);
  let buffer = new ArrayBuffer(LINGER_BYTES_MAX);
  try {
    for (let bytes = 0; bytes < LINGER_BYTES_MAX; ) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      bytes += value.length;
      buffer = value.buffer;
    }
    call.abort();
  } catch {
    // It broke off, or did not end in time: both are of no consequence now.
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Relays in gulps. Answers 'ended' when the upstream has, 'complete' when the reply has, and 'more' when gathering what
 * is still to come gains nothing.
 */
async function gulp(reader, tap, watchdog, write, stopDrain) {
  let pending = Promise.resolve();
  let buffer = buffer_of_gulp();
  for (let count = 0; ; count += 1) {
    let written = false;
    const marked = pending.then(() => {
      written = true;
    });
    marked.catch(() => {});
    await sleep(WINDOW_MS);
    if (!written) {
      // A slow client: stop gathering, so that the upstream feels the back-pressure again.
      stopDrain();
      watchdog.rest();
      await marked;
      watchdog.alive();
      return 'more';
    }
    // What it held before has been written: the buffer is free again.
    if (count >= GULPS_MAX) {
      free(buffer);
      stopDrain();
      return 'more';
    }
    const { value, done } = await reader.read(new Uint8Array(buffer));
    buffer = value?.buffer;
    if (done) {
      free(buffer);
      return 'ended';
    }
    watchdog.alive();
    const complete = tap.feed(value, watchdog.alive_at_ms);
    pending = write(value);
    if (complete) {
      watchdog.stop();
      await pending;
      free(buffer);
      return 'complete';
    }
  }
}

/**
 * Passes every chunk on as it comes. Answers 'ended', 'complete', or 'burst' after so many chunks without a pause
 * between them.
 */
async function passOn(reader, tap, watchdog, write, burst_reads, buffer = new ArrayBuffer(CHUNK_BYTES)) {
  let at_ms = Date.now();
  for (let quick = 0; quick < burst_reads; ) {
    const { value, done } = await reader.read(new Uint8Array(buffer));
    if (done) return 'ended';
    const now_ms = Date.now();
    quick = now_ms - at_ms > BURST_GAP_MS ? 0 : quick + 1;
    at_ms = now_ms;
    const complete = tap.feed(value, now_ms);
    if (complete) watchdog.stop();
    else watchdog.rest();
    await write(value);
    if (complete) return 'complete';
    watchdog.alive();
    buffer = value.buffer;
  }
  return 'burst';
}

/**
 * Hands a stream on through the tap, chunk by chunk: `tap.transform(bytes)` gives what the client gets. For sound,
 * whose container changes on the way, and for events that must be translated. When the upstream fails, or the tap
 * refuses what it sees, the client's stream is broken off, because a clean end would pass for the whole. (workerd's own
 * server writes the last chunk of a body even when the body has failed, so on a laptop HTTP clients cannot tell.)
 */
export function transform(held, tap, options) {
  const pipe = new IdentityTransformStream();
  return { readable: pipe.readable, settled: runTransform(held, tap, options, pipe.writable) };
}

async function runTransform(held, tap, options, writable) {
  const { call, client, complete } = options;
  const watchdog = new Watchdog(options, tap);
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  let reason = 'end';
  let clientLeft = false;
  const write = async (bytes) => {
    if (!bytes?.length) return;
    watchdog.rest();
    try {
      await writer.write(bytes);
    } catch (error) {
      clientLeft = true;
      throw error;
    }
    watchdog.alive();
  };
  try {
    if (complete) watchdog.stop();
    await write(held);
    while (!complete && !tap.is_complete()) {
      const { value, done } = await call.reader.read(new Uint8Array(GULP_BYTES));
      if (done) break;
      watchdog.alive();
      await write(tap.transform(value));
    }
  } catch {
    reason = clientLeft ? 'client' : 'cut';
  }
  watchdog.stop();
  if (watchdog.reason) reason = watchdog.reason;
  if (client.aborted) reason = 'client';
  call.abort();
  const last = await tap.finish(reason);
  const whole = tap.is_whole();
  tap.free();
  try {
    if (last?.length) await writer.write(last);
    if (whole) await writer.close();
    else await writer.abort(new Error('the upstream ended early'));
  } catch {
    // The client has left; there is nobody to tell.
  }
}
