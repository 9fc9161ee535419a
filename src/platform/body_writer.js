// A stream for the client that Rust writes to. An identity stream makes the runtime carry the bytes natively and gives
// real back-pressure: a write resolves when the client has taken it.

export function open() {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  return { readable, writer };
}

export const write = (writer, bytes) => writer.write(bytes);

export const close = (writer) => writer.close();

export const abort = (writer) => void writer.abort(new Error('the reply broke off')).catch(() => {});

/** `left` resolves when `signal` is aborted, or with `stop`: wasm never gets back what waits for a promise that stays open. */
export class Watch {
  constructor(signal) {
    this.left = new Promise((resolve) => {
      this.stop = () => resolve();
    });
    if (signal.aborted) this.stop();
    else signal.addEventListener('abort', this.stop, { once: true });
  }
}
