// What the tests share: a server on a free port, and a client that sees the bytes and the way a connection ends.

import { connect } from 'node:net';
import { startLocalProviders } from '../server.mjs';

/** Starts providers without delays; closed when the test ends. */
export async function start(t, settings = {}) {
  const { chat, ...others } = settings;
  const providers = await startLocalProviders({ settings: { chat: { first_ms: 0, gap_ms: 0, ...chat }, ...others } });
  t.after(() => providers.close());
  return providers;
}

/** `fetch` with a JSON body. */
export const post = (url, body, headers = {}) => fetch(url, {
  method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body),
});

/** A chat request that streams. */
export const chatBody = (text, more = {}) => ({ model: 'test-model', stream: true, messages: [{ role: 'user', content: text }], ...more });

/**
 * One POST over a bare socket. Resolves when the connection has ended or the body is complete, with
 * `{status, headers, body, chunks, chunk_at_ms, whole, ended}`: `chunks` are the HTTP chunks, `whole` says whether the
 * transfer was ended properly, `ended` is `complete`, `fin` or the error's code. `enough(chunks)` leaves early.
 */
export function rawPost(providers, path, body, { enough, headers = {} } = {}) {
  return new Promise((resolve) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const socket = connect(providers.port, '127.0.0.1');
    const seen = { chunks: [], chunk_at_ms: [], whole: false };
    let pending = Buffer.alloc(0);
    const finish = (ended) => {
      socket.destroy();
      resolve({ ...seen, body: Buffer.concat(seen.chunks), ended });
    };
    socket.on('error', (error) => finish(error.code));
    socket.on('end', () => finish(seen.whole ? 'complete' : 'fin'));
    socket.on('data', (data) => {
      pending = take(Buffer.concat([pending, data]), seen);
      if (seen.whole) finish('complete');
      else if (enough?.(seen.chunks)) finish('left');
    });
    const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${more}content-length: ${bytes.length}\r\n\r\n`);
    socket.write(bytes);
  });
}

/** Moves what is complete in `pending` into `seen`; returns the rest. */
function take(pending, seen) {
  if (seen.status === undefined) {
    const end = pending.indexOf('\r\n\r\n');
    if (end < 0) return pending;
    const [first, ...lines] = pending.subarray(0, end).toString('latin1').split('\r\n');
    seen.status = Number(first.split(' ')[1]);
    seen.headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    pending = pending.subarray(end + 4);
  }
  if (seen.headers['content-length'] !== undefined) {
    if (pending.length < Number(seen.headers['content-length'])) return pending;
    Object.assign(seen, { whole: true, chunks: [pending] });
    return Buffer.alloc(0);
  }
  for (;;) {
    const line = pending.indexOf('\r\n');
    if (line < 0) return pending;
    const length = Number.parseInt(pending.subarray(0, line).toString('latin1'), 16);
    if (pending.length < line + 2 + length + 2) return pending;
    if (length === 0) {
      seen.whole = true;
      return Buffer.alloc(0);
    }
    seen.chunks.push(pending.subarray(line + 2, line + 2 + length));
    seen.chunk_at_ms.push(performance.timeOrigin + performance.now());
    pending = pending.subarray(line + 2 + length + 2);
  }
}

/** The `data:` payloads of an LF event stream, parsed where they are JSON. */
export const dataOf = (text) => text.split('\n\n').filter((event) => event.includes('data: '))
  .map((event) => event.split('\n').filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('\n'))
  .map((data) => (data.startsWith('{') ? tryJson(data) : data));

const tryJson = (text) => {
  try { return JSON.parse(text); } catch { return { broken: text }; }
};

/** The text of OpenAI chunks. */
export const contentOf = (events) => events.map((event) => event.choices?.[0]?.delta?.content ?? '').join('');
