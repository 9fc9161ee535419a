// The load client: HTTP/1.1 over plain sockets, because it must cost little and the same for every contender. A client that
// parses each chunk of a body would flatter a contender that puts several events into one write.

import { connect } from 'node:net';
import { clock_ms } from './statistics.mjs';

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');
/** A body without any bytes. */
const NO_CHUNK = LAST_CHUNK.subarray(2);
const ANSWER_MS_MAX = 60_000;

/** A POST with a JSON body, as bytes. */
export function post(url, path, body) {
  const { host } = new URL(url);
  const text = JSON.stringify(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: */*\r\n`;
  return Buffer.from(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** One kept-alive connection; one request at a time. */
export class Connection {
  static async open(url) {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket);
  }

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.answer?.take(bytes));
    socket.on('error', (error) => this.answer?.fail(error));
    socket.on('close', () => this.answer?.fail(new Error('the connection was closed before the answer was whole')));
  }

  /** Sends a request; resolves with the whole [`Answer`]. `onRead(bytes, at_ms)` sees every read of the body. */
  async ask(request, onRead) {
    const answer = new Answer(onRead);
    this.answer = answer;
    const timer = setTimeout(() => answer.fail(new Error('no whole answer came in time')), ANSWER_MS_MAX);
    answer.sent_ms = clock_ms();
    this.socket.write(request);
    try {
      await answer.whole;
      return answer;
    } finally {
      clearTimeout(timer);
      this.answer = undefined;
    }
  }

  close() {
    this.socket.destroy();
  }
}

/** An answer as it arrives: `status`, `first_ms` (from the request to the body's first byte) and the raw reads. */
class Answer {
  constructor(onRead) {
    this.onRead = onRead;
    this.reads = [];
    this.body_bytes = 0;
    this.whole = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.fail = reject;
    });
  }

  take(bytes) {
    const at_ms = this.onRead || this.first_ms === undefined ? clock_ms() : 0;
    let body = bytes;
    if (this.status === undefined) {
      // A head comes in one piece: it is some hundred bytes and is written at once.
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) return this.fail(new Error('the head of the answer came in pieces'));
      this.readHead(bytes.toString('latin1', 0, end));
      body = bytes.subarray(end + HEAD_END.length);
    }
    if (body.length > 0) {
      this.first_ms ??= at_ms - this.sent_ms;
      this.body_bytes += body.length;
      this.reads.push(body);
      this.onRead?.(body, at_ms);
    }
    if (this.isWhole()) this.resolve();
  }

  readHead(head) {
    this.head = head;
    this.status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    this.length = length ? Number(length[1]) : undefined;
  }

  isWhole() {
    if (this.length !== undefined) return this.body_bytes >= this.length;
    const tail = this.tail(LAST_CHUNK.length);
    return tail.equals(LAST_CHUNK) || (this.body_bytes < LAST_CHUNK.length && tail.equals(NO_CHUNK));
  }

  /** The last `bytes` bytes that have come, however they were split into reads. */
  tail(bytes) {
    const last = this.reads.at(-1) ?? Buffer.alloc(0);
    if (last.length >= bytes) return last.subarray(-bytes);
    return Buffer.concat(this.reads.slice(-bytes)).subarray(-bytes);
  }

  /** The body without its chunk frames. */
  body() {
    const raw = Buffer.concat(this.reads);
    if (this.length !== undefined) return raw;
    const parts = [];
    for (let at = 0; ; ) {
      const end = raw.indexOf('\r\n', at);
      const size = Number.parseInt(raw.toString('latin1', at, end), 16);
      if (!(size > 0)) return Buffer.concat(parts);
      parts.push(raw.subarray(end + 2, end + 2 + size));
      at = end + 2 + size + 2;
    }
  }
}

/** Asks once over a connection of its own. */
export async function askOnce(url, request) {
  const connection = await Connection.open(url);
  try {
    return await connection.ask(request);
  } finally {
    connection.close();
  }
}

/** Asks `count` times over `connections` connections as fast as answers come; `request` may make each anew; throws when one is not `isGood`. */
export async function load(url, request, { count, connections, isGood }) {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  let left = count;
  const began_ms = clock_ms();
  try {
    await Promise.all(
      open.map(async (connection) => {
        while (left > 0) {
          left -= 1;
          const answer = await connection.ask(typeof request === 'function' ? request() : request);
          if (!isGood(answer)) throw new Error(`a bad answer under load: ${answer.head.split('\r\n')[0]}, ${answer.body_bytes} bytes`);
        }
      }),
    );
    return { seconds: (clock_ms() - began_ms) / 1000 };
  } finally {
    for (const connection of open) connection.close();
  }
}
