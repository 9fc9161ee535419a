// The HTTP server around the routes: matching, body limits, TCP_NODELAY, and what is the same for every provider.

import { createServer } from 'node:http';
import { nowMs } from './clock.mjs';

/** OpenAI and Groq stop at 25 MB; a little more is read so that the provider's own refusal can be tested. */
export const BODY_BYTES_MAX = 40 * 1024 * 1024;

/** Beyond this the connection is simply closed. */
const DISCARD_BYTES_MAX = 256 * 1024 * 1024;

export class BodyTooLarge extends Error {}

/** Routes by method and path. `{name}` takes one segment, `{name+}` takes the rest. */
export class Router {
  #exact = new Map();
  #patterns = [];

  /** `facts` is kept with the handler; the server reads `provider` and `kind` from it. */
  add(method, path, facts, handler) {
    const route = { method, facts, handler };
    if (!path.includes('{')) {
      this.#exact.set(path, [...(this.#exact.get(path) ?? []), route]);
      return;
    }
    const source = path.replace(/[.]/g, '\\.').replace(/\{(\w+)\+\}/g, '(?<$1>.+)').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    this.#patterns.push({ ...route, regex: new RegExp(`^${source}$`) });
  }

  /** `{route, params}`, or `{allowed: [methods]}` when only the method is wrong, or undefined. */
  match(method, path) {
    const allowed = [];
    for (const route of this.#exact.get(path) ?? []) {
      if (route.method === method) return { route, params: {} };
      allowed.push(route.method);
    }
    for (const route of this.#patterns) {
      const found = route.regex.exec(path);
      if (!found) continue;
      if (route.method === method) return { route, params: { ...found.groups } };
      allowed.push(route.method);
    }
    return allowed.length > 0 ? { allowed } : undefined;
  }
}

/** The whole request body, bounded. A body beyond the bound is read to its end and thrown away, so that the answer is heard. */
export async function readBody(req, bytes_max = BODY_BYTES_MAX) {
  let parts = [];
  let length = 0;
  for await (const part of req) {
    length += part.length;
    if (length > DISCARD_BYTES_MAX) break;
    if (length <= bytes_max) parts.push(part);
    else parts = [];
  }
  if (length > bytes_max) throw new BodyTooLarge();
  return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
}

/** Starts an HTTP server on 127.0.0.1; resolves once it listens, with its address and what closes it. */
export async function startServer(handler, port = 0) {
  // A connection that is closed while it is taken up again would be a failure of nobody's.
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0, noDelay: true }, handler);
  server.on('connection', (socket) => {
    // Without it, Nagle and a delayed acknowledgement put 40 ms between the first two events of a stream.
    socket.setNoDelay(true);
    socket.accepted_ms = nowMs();
    socket.on('error', () => {});
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
