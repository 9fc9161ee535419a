// The only module that talks to the server.
//
// Owns: the requests of the contract (health, chat completions, realtime sessions, speech, memories) and the reading of a reply.
// Invariant: a call either yields what was asked, or throws a Failure, or an AbortError after its own signal; a reply
// that ends without `[DONE]` is never taken for a whole one.
// Leaves out: history, playback and wording.

import { Failure, failureOf, isAbort } from './errors.js';
import { personOf } from './settings.js';
import { createSseParser } from './sse.js';

const MODEL = 'companion';

/** Silence we bear inside a reply; above the server's own deadlines, so it only catches a dead connection. */
const SILENCE_MS_MAX = 45_000;

/** Memories on one page of the list, and the most that a search gives. */
const PAGE_MEMORIES = 50;
const FOUND_MAX = 50;
/** Conversations on one page of theirs. */
const PAGE_CONVERSATIONS = 30;

/**
 * The server at `url`, by default the page's own, as calls. `key()` gives the access key or null; `fetch` and `silenceMsMax` can
 * be replaced in tests.
 */
export function createApi({ url = '', key, fetch = globalThis.fetch.bind(globalThis), silenceMsMax = SILENCE_MS_MAX }) {
  /** `{siteKey, transcription, realtime, memory, personas}`: what the page may offer. Hearing counts as available unless the server says no, memory only where it says yes and knows whose; personas, `{id, name}`, are those that may be chosen, the server's own first. */
  async function health() {
    const response = await fetch(`${url}/health`, { headers: { accept: 'application/json' } });
    const body = response.ok ? await response.json() : {};
    return {
      siteKey: body?.turnstile ?? null,
      transcription: body?.transcription?.available !== false,
      realtime: body?.realtime?.available === true,
      memory: body?.memory?.available === true && (body.auth === 'local' || personOf(key()) !== null),
      personas: body?.personas ?? [],
    };
  }

  /**
   * Yields the reply as it arrives: `{text}`, with a `format` also `{sound}` (bytes; `phrase` where one begins) and
   * `{voiceFailure}`, and after a recording `{heard}`, its words. `messages` is the conversation, oldest first, without a
   * system prompt; with a `conversation`, which the server keeps, only what is new of it and, after a reply
   * that was stopped, how much of it was `heard`. `onAnswer` is told that the
   * server has taken them, and what it calls the turn.
   */
  async function* reply({ messages, conversation, heard, format, voiceId, persona, signal, onAnswer }) {
    const voice = format ? { modalities: ['text', 'audio'], audio: { format, ...(voiceId ? { voice: voiceId } : {}) } } : {};
    const response = await post('/v1/chat/completions', {
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ model: MODEL, stream: true, messages, ...(conversation ? { conversation, heard } : {}), ...(persona ? { persona } : {}), ...voice }),
      signal,
    }).catch((error) => {
      throw error.status === 501 && typeof messages.at(-1)?.content !== 'string' ? new Failure('no_transcription', { cause: error }) : error;
    });
    onAnswer?.(response.headers.get('x-request-id'));
    yield* readReply(response.body, { signal, silenceMsMax });
  }

  /** A socket to a realtime session that goes on with `conversation`; a browser lets no page send headers with it. */
  function realtime({ conversation, persona }) {
    const address = new URL(`${url || location.origin}/v1/realtime`);
    address.protocol = address.protocol.replace('http', 'ws');
    for (const [name, value] of Object.entries({ model: MODEL, conversation, persona })) if (value) address.searchParams.set(name, value);
    return new WebSocket(address, ['realtime', ...(key() ? [`openai-insecure-api-key.${key()}`] : [])]);
  }

  /** Speech for one sentence: the Response itself, so that its bytes can be played as they arrive. */
  async function speech({ text, accept, voiceId, signal }) {
    return post('/v1/audio/speech', {
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ model: MODEL, input: text, ...(voiceId ? { voice: voiceId } : {}) }),
      signal,
    });
  }

  /** What is remembered, for the person to see and to forget. Each memory has `id` and `text`. */
  const memory = {
    /** A page, newest first: `{data, has_more, last_id}`; the next one comes `after` its last. */
    list: (after) => read('GET', `/v1/memories?limit=${PAGE_MEMORIES}${after ? `&after=${encodeURIComponent(after)}` : ''}`),
    search: (query) => read('POST', '/v1/memories/search', { query, limit: FOUND_MAX }),
    change: (id, text) => read('PUT', `/v1/memories/${encodeURIComponent(id)}`, { text }),
    remove: (id) => read('DELETE', `/v1/memories/${encodeURIComponent(id)}`),
    erase: () => read('DELETE', '/v1/person'),
    /** Everything about the person, as JSON lines. */
    export: async () => (await post('/v1/export', { method: 'GET', headers: { accept: 'application/x-ndjson' } })).blob(),
    /** The messages of a conversation, oldest first; none when it is not known. */
    conversation: (id) =>
      read('GET', `/v1/conversations/${encodeURIComponent(id)}`).then(
        ({ messages }) => messages,
        (error) => {
          if (error.status === 404) return [];
          throw error;
        },
      ),
  };

  /** Past conversations, the latest first. */
  const conversations = {
    /** A page of those in which every word of `query` was said; each has a `title`. */
    list: (after, query = '') => read('GET', `/v1/conversations?${new URLSearchParams({ limit: PAGE_CONVERSATIONS, query, after: after ?? '' })}`),
    label: (id, metadata) => read('POST', `/v1/conversations/${encodeURIComponent(id)}`, { metadata }),
    remove: (id) => read('DELETE', `/v1/conversations/${encodeURIComponent(id)}`),
  };

  /** The voices of the preferred provider: `[{id, name}]`. */
  const voices = () => read('GET', '/v1/audio/voices').then(({ voices: known }) => known);

  /** Tells when the first sound of a turn was heard; of no consequence where that fails. */
  async function heard(turn, heardMs) {
    await post('/v1/heard', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ turn, heard_ms: heardMs }), keepalive: true }).catch(() => {});
  }

  async function read(method, path, fields, token) {
    const response = await post(path, {
      method,
      token,
      headers: { accept: 'application/json', ...(fields ? { 'content-type': 'application/json' } : {}) },
      body: fields && JSON.stringify(fields),
    });
    return response.json();
  }

  async function post(path, { method = 'POST', headers, body, signal, keepalive, token = key() }) {
    const authorization = token ? { authorization: `Bearer ${token}` } : {};
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, ...authorization },
      body,
      signal,
      keepalive,
    }).catch((error) => {
      throw isAbort(error) ? error : new Failure('offline', { cause: error });
    });
    if (response.ok) return response;
    throw Object.assign(await failureOf(response), { status: response.status });
  }

  /** A key for a visitor who has solved a challenge: `{token}`. */
  const session = (fields) => read('POST', '/v1/sessions', fields, null);

  return { health, reply, realtime, speech, memory, conversations, voices, heard, session };
}

/** Yields what each chunk brings; throws a Failure on an error event, silence, or an end without `[DONE]`. */
export async function* readReply(body, { signal, silenceMsMax = SILENCE_MS_MAX } = {}) {
  const parser = createSseParser();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, silenceMsMax, signal);
      for (const event of done ? parser.end() : parser.push(value)) {
        if (event.data.trim() === '[DONE]') return;
        yield* partsOf(event);
      }
      if (done) throw new Failure('cut');
    }
  } finally {
    // Also runs when the listener leaves early: the server learns of it and stops the model.
    await reader.cancel().catch(() => {});
  }
}

async function readWithin(reader, limitMs, signal) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failure('silent')), limitMs);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    if (error instanceof Failure || isAbort(error) || signal?.aborted) throw error;
    throw new Failure('cut', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What one event brings, or a thrown Failure when it reports an error. Unknown events bring nothing. */
function partsOf({ event, data }) {
  let chunk = null;
  try {
    chunk = JSON.parse(data);
  } catch {
    if (event !== 'error') return [];
  }
  const error = chunk?.error ?? chunk?.x_groq?.error ?? (event === 'error' ? (chunk ?? data) : null);
  if (error) throw new Failure('stream', { detail: String(error.message ?? error) });
  const { content, audio } = chunk?.choices?.[0]?.delta ?? {};
  const parts = [];
  if (typeof chunk?.input_transcript === 'string') parts.push({ heard: chunk.input_transcript });
  if (typeof content === 'string' && content !== '') parts.push({ text: content });
  if (typeof audio?.data === 'string') parts.push({ sound: bytesOf(audio.data), ...(audio.transcript ? { phrase: String(audio.transcript).trim() } : {}) });
  if (audio?.error) parts.push({ voiceFailure: voiceFailure(audio.error) });
  return parts;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A voice that cannot make the format we asked for (`format`) may make another one, sentence by sentence. */
function voiceFailure({ message, code }) {
  return Object.assign(new Failure('voice', { detail: String(message ?? '') }), { format: code === 'not_configured' });
}
