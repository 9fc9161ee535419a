// A request's head on its way in and a response on its way out, each in one crossing instead of one for each header.
// A list is one string whose first character stands before each of its parts (wire/flat.rs).

/** Method, path, and the named headers of a request, in order; a header that is missing is an empty one. */
export function head(request, names) {
  const [separator] = names;
  const { headers } = request;
  const values = names.slice(1).split(separator).map((name) => headers.get(name) ?? '');
  return ['', request.method, new URL(request.url).pathname, ...values].join(separator);
}

/** Names and values in turn, as a plain object, which crosses into the platform once; a later one of the same name replaces an earlier one. */
export function fields(flat) {
  const parts = flat.slice(1).split(flat[0]);
  const all = {};
  for (let index = 0; index + 1 < parts.length; index += 2) all[parts[index]] = parts[index + 1];
  return all;
}

export const respond = (status, headers, body) => new Response(body, { status, headers: fields(headers) });

const READ_BYTES = 64 * 1024;

/** Reads a body to its end and forgets it, within bounds. */
export async function drain(body, bytes_max, ms_max) {
  const source = body.getReader({ mode: 'byob' });
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
