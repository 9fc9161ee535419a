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

export const abort = (writer) => writer.abort(new Error('the reply broke off')).catch(() => {});

/** Resolves when `signal` is aborted. */
export const left = (signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
