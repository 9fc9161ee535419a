// What the tests of memory share: people who chat, and what is known of them.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startHearken } from '../harness.mjs';

/** One person at one Worker. `credential` is a bearer; without one the person is named in `x-user`. */
export class Somebody {
  constructor(url, user, { credential, named = user } = {}) {
    Object.assign(this, { url, user, headers: { ...(credential ? { authorization: `Bearer ${credential}` } : {}), ...(named ? { 'x-user': named } : {}) } });
  }

  /** A request; answers `{status, headers, body}` with the body read as JSON where it is. */
  async ask(method, path, body, headers = {}) {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...this.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const is_json = /json$/.test(answer.headers.get('content-type') ?? '') && !/ndjson/.test(answer.headers.get('content-type'));
    return { status: answer.status, headers: answer.headers, text, body: is_json ? JSON.parse(text) : undefined };
  }

  /** The same, and it must succeed. */
  async must(method, path, body) {
    const answer = await this.ask(method, path, body);
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }

  /** Says something; answers `{status, headers, text}` with the reply's words. */
  async say(content, fields = {}) {
    const messages = Array.isArray(content) ? content : [{ role: 'user', content }];
    const answer = await this.ask('POST', '/v1/chat/completions', { messages, ...fields });
    const { status, headers, text, body } = answer;
    if (fields.stream) return { status, headers, raw: text, text: spoken(text) };
    return { status, headers, body, text: body?.choices?.[0]?.message?.content };
  }

  async remember(text, kind) {
    return (await this.must('POST', '/v1/memories', { text, ...(kind ? { kind } : {}) })).body;
  }

  async memories() {
    return (await this.must('GET', '/v1/memories?limit=100')).body.data;
  }

  async texts() {
    return (await this.memories()).map(({ text }) => text);
  }

  async flush() {
    return (await this.must('POST', '/v1/memories/flush', {})).body;
  }

  async search(query, limit) {
    const answer = await this.must('POST', '/v1/memories/search', { query, ...(limit ? { limit } : {}) });
    return { recall: answer.headers.get('x-recall'), generation: answer.body.generation, found: answer.body.data, texts: answer.body.data.map(({ text }) => text) };
  }
}

/** The words of a stream of chunks. */
export const spoken = (raw) => raw.split('\n\n').filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)).choices?.[0]?.delta?.content ?? '').join('');

/** Requests for chat that reached the providers, besides extractions and summaries. */
export const turns = (providers) => providers.requests.filter(({ scope, body }) => scope?.endsWith('.chat') && !isExtraction(body) && !isSummary(body));
export const extractions = (providers) => providers.requests.filter(({ scope, body }) => scope?.endsWith('.chat') && isExtraction(body));
export const summaries = (providers) => providers.requests.filter(({ scope, body }) => scope?.endsWith('.chat') && isSummary(body));
export const embeddings = (providers) => providers.requests.filter(({ scope }) => scope?.endsWith('.embeddings'));
const read = (body) => (typeof body === 'string' ? JSON.parse(body) : body);
const isExtraction = (body) => read(body)?.response_format?.type === 'json_object';
const isSummary = (body) => /^Summarise a conversation/.test(read(body)?.messages?.[0]?.content ?? '');
/** The messages of a journalled chat request. */
export const messagesOf = (request) => read(request.body).messages;
/** The system messages that carry what is known. */
export const knownIn = (request) => messagesOf(request).filter(({ role }) => role === 'system').map(({ content }) => content).join('\n');

/** Quick providers, as they are at the start. */
const QUICK = { chat: { first_ms: 0, gap_ms: 0 } };

/** A Worker for the tests of a block, which extracts nothing unless it is told to. */
export function quietWorker(vars = {}) {
  let hearken;
  before(async () => {
    hearken = await startHearken({ vars: { EXTRACT_BATCH_MESSAGES: '100', ...vars } });
  });
  after(() => hearken?.stop());
  return {
    get url() { return hearken.url; },
    get providers() { return hearken.providers; },
    person: (user) => new Somebody(hearken.url, user),
    /** The providers as they were at the start. */
    calm() {
      hearken.providers.control(null);
      hearken.providers.control(QUICK);
    },
  };
}
