// What the Worker's tests share: an upstream that a test scripts write by write, a client whose socket it holds, and
// the two together around the built Worker. Nothing here sleeps: a test waits for the other side's bytes or its close.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { readBody, startServer } from '../../local/http.mjs';
import { startHearken } from '../harness.mjs';
import { PATIENCE_MS } from '../patience.mjs';

export const EVENT_STREAM = { 'content-type': 'text/event-stream' };
export const GROQ_KEY = 'gsk-secret-of-groq';
export const OPENAI_KEY = 'sk-secret-of-openai';

/** A chunk that carries `content`, in the bytes of a provider. */
export const chunk = (content) => `data: ${JSON.stringify({
  id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }],
})}\n\n`;
export const ROLE = 'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n';
export const FINISH = 'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
export const DONE = 'data: [DONE]\n\n';

/** Rejects with `what` when `promise` takes too long. */
export function within(what, promise, ms = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** One request that reached the scripted upstream. */
export class Call {
  constructor(provider, req, res, raw) {
    Object.assign(this, { provider, req, res, raw, headers: req.headers });
    /** Resolves with the moment at which the answer's connection was closed, or the answer was complete. */
    this.closed = new Promise((resolve) => res.once('close', () => resolve(performance.now())));
  }

  get gone() {
    return this.res.destroyed || this.res.closed;
  }

  head(status = 200, headers = EVENT_STREAM) {
    this.res.writeHead(status, headers);
    this.res.flushHeaders();
  }

  /** Writes one piece and resolves once the kernel has it, so that the next piece is a segment of its own. */
  async write(piece) {
    if (this.gone) return;
    await Promise.race([new Promise((resolve) => this.res.write(piece, resolve)), this.closed]);
    await new Promise(setImmediate);
  }

  end(piece) {
    this.res.end(piece);
  }

  /** Closes the connection with a reset. */
  reset() {
    this.res.socket?.resetAndDestroy();
  }
}

/** Which plan a request asks for: what it says last, or what it wants spoken. */
const keyOf = ({ messages, input, text }) => messages?.at(-1).content ?? input ?? text;

/**
 * An upstream on a free port that speaks for every provider: the first segment of the path (`/groq`, `/deepgram`) is
 * whose base it is. `plan(key, {groq, openai})` says what is done with a request whose last message, or whose words to
 * speak, are `key`; a plan is a function of the `Call`. `calls(key)` lists what came.
 */
export async function startUpstream({ first = 'groq' } = {}) {
  const plans = new Map();
  const seen = [];
  const problems = [];
  const waiting = new Set();
  const server = await startServer(async (req, res) => {
    const raw = await readBody(req).catch(() => undefined);
    if (!raw) return;
    const key = keyOf(JSON.parse(raw.toString()));
    const provider = req.url.split('/')[1];
    const call = Object.assign(new Call(provider, req, res, raw), { key });
    seen.push(call);
    for (const wake of waiting) wake();
    try {
      const plan = plans.get(key)?.[provider];
      if (!plan) throw new Error('there is no plan');
      await plan(call);
    } catch (error) {
      problems.push(`${provider}, "${key}": ${error.stack}`);
      res.destroy();
    }
  });
  const calls = (key) => seen.filter((call) => call.key === key);
  return {
    url: server.url,
    problems,
    plan: (key, providers) => plans.set(key, providers),
    calls,
    /** The first call of `key`, past or future, at `provider`. */
    call(key, provider = first) {
      const found = () => calls(key).find((call) => call.provider === provider);
      let wake;
      const future = new Promise((resolve) => {
        wake = () => found() && resolve(found());
        waiting.add(wake);
        wake();
      });
      return within(`a request to ${provider}`, future).finally(() => waiting.delete(wake));
    },
    close: server.close,
  };
}

/** An answer whose body arrives; `until` and `whole` wait for bytes of it. */
class Answer {
  #parts = [];
  #waiting = new Set();
  #total = 0;

  constructor(req, res) {
    Object.assign(this, { req, res, status: res.statusCode, headers: res.headers, ended: false, broken: false });
    res.on('data', (part) => {
      this.#parts.push(part);
      this.#total += part.length;
      this.#wake();
    });
    res.on('end', () => this.#finish(!res.complete));
    res.on('error', () => this.#finish(true));
    res.on('close', () => this.#finish(!res.complete));
  }

  #finish(broken) {
    if (this.ended) return;
    Object.assign(this, { ended: true, broken, ended_at_ms: performance.now() });
    this.#wake();
  }

  #wake() {
    for (const check of this.#waiting) check();
  }

  get bytes() {
    return Buffer.concat(this.#parts);
  }

  get length() {
    return this.#total;
  }

  #when(what, condition) {
    let check;
    const fits = new Promise((resolve, reject) => {
      check = () => {
        if (condition()) resolve();
        else if (this.ended) reject(new Error(`the answer ended before ${what}: ${this.bytes.toString().slice(-300)}`));
      };
      this.#waiting.add(check);
      check();
    });
    return within(what, fits).finally(() => this.#waiting.delete(check));
  }

  /** Resolves once `length` bytes have come. */
  until(length) {
    return this.#when(`byte ${length} (it has ${this.#total})`, () => this.#total >= length);
  }

  /** Resolves with all bytes once the answer has ended. */
  async whole() {
    await this.#when('the end of the answer', () => this.ended);
    return this.bytes;
  }

  async text() {
    return (await this.whole()).toString();
  }

  async json() {
    return JSON.parse(await this.text());
  }

  /** Leaves with a reset; answers the moment. */
  reset() {
    this.req.socket.resetAndDestroy();
    return performance.now();
  }
}

/** Sends a request on a connection of its own. `answer` is a promise; `reset` leaves at once. */
export function send(url, { method = 'POST', headers = {}, body } = {}) {
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const req = request(url, {
    method, agent: false, headers: { ...(bytes && !headers['transfer-encoding'] ? { 'content-length': bytes.length } : {}), ...headers },
  });
  const answer = new Promise((resolve, reject) => {
    req.on('response', (res) => resolve(new Answer(req, res)));
    req.on('error', reject);
  });
  answer.catch(() => {});
  req.end(bytes);
  return {
    answer: within('an answer', answer),
    reset() {
      req.socket.resetAndDestroy();
      return performance.now();
    },
  };
}

/** The body of a chat request whose script is `key`. */
export const chatBody = (key, fields = {}) => ({ model: 'companion', stream: true, messages: [{ role: 'user', content: key }], ...fields });

/** Sends a chat request; `body` is text, or an object. */
export const sendChat = (url, body, headers = {}) => send(`${url}/v1/chat/completions`, {
  headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** The Worker with the scripted upstream as its Groq and its OpenAI; `options` are those of `startHearken`. */
export async function startScripted(vars = {}, options = {}) {
  const upstream = await startUpstream();
  try {
    const hearken = await startHearken({
      ...options,
      vars: {
        LLM: 'groq:first, openai:second',
        GROQ_BASE_URL: `${upstream.url}/groq`, OPENAI_BASE_URL: `${upstream.url}/openai`,
        GROQ_API_KEY: GROQ_KEY, OPENAI_API_KEY: OPENAI_KEY,
        // What is scripted is each call of a request, so nothing else may call.
        MEMORY: 'off',
        ...vars,
      },
    });
    return {
      ...hearken,
      upstream,
      /** Asks for `key`'s script; answers once headers have come. */
      chat: (key, fields, headers) => sendChat(hearken.url, chatBody(key, fields), headers).answer,
      async stop() {
        await hearken.stop();
        await upstream.close();
        assert.deepEqual(upstream.problems, []);
      },
    };
  } catch (error) {
    await upstream.close();
    throw error;
  }
}

/** The provider's way of sending all of `pieces`, each in a segment of its own, and ending. */
export const sending = (...pieces) => async (call) => {
  call.head();
  for (const piece of pieces) await call.write(piece);
  call.end();
};

/** Asserts the contract's error: status, the four fields, a request id. Answers the error. */
export async function contractError(answer, status) {
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  assert.match(answer.headers['x-request-id'] ?? '', /^req_[0-9a-f]{24}$/);
  assert.match(answer.headers['content-type'], /^application\/json/);
  const { error, ...rest } = JSON.parse(text);
  assert.deepEqual(rest, {});
  assert.deepEqual(Object.keys(error), ['message', 'type', 'param', 'code']);
  assert.equal(typeof error.message, 'string');
  assert.equal(typeof error.type, 'string');
  return error;
}

/** The data of every event, in order, for streams of LF. */
export const events = (text) => text.split('\n\n').filter(Boolean)
  .map((event) => event.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart()).join('\n'));
