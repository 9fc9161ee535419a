// The few things about streams that are plainer to say in JavaScript than through bindings.

const READ_BYTES = 64 * 1024;

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

/** Calls a Workers AI model. A raw response keeps status and stream, as with any other provider. */
export function run(ai, model, inputs, signal) {
  return ai.run(model, inputs, { returnRawResponse: true, signal });
}

/** Reads a body to its end and forgets it, within bounds. */
export async function drain(body, bytes_max, ms_max) {
  const source = reader(body);
  const until_ms = Date.now() + ms_max;
  let bytes = 0;
  try {
    while (bytes < bytes_max && Date.now() < until_ms) {
      const { value, done } = await source.read(new Uint8Array(READ_BYTES));
      if (done) return;
      bytes += value.length;
    }
    await source.cancel();
  } catch {
    // The client has stopped sending; that is an end, too.
  }
}
