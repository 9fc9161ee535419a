// The only module that talks to the server.
//
// Owns: the requests of the contract (health, chat completions, speech, transcriptions) and the reading of a reply.
// Invariant: a call either yields what was asked, or throws a Failure, or an AbortError after its own signal; a reply
// that ends without `[DONE]` is never taken for a whole one.
// Leaves out: history, playback and wording. When text and speech come in one stream, only this file changes.

import { Failure, failureOf, isAbort } from './errors.js';
import { createSseParser } from './sse.js';

const MODEL = 'companion';

/** Silence we bear inside a reply; above the server's own deadlines, so it only catches a dead connection. */
const SILENCE_MS_MAX = 45_000;

/**
 * The server as four calls. `key()` gives the access key or null; `fetch` and `silenceMsMax` can be replaced in tests.
 */
export function createApi({ key, fetch = globalThis.fetch.bind(globalThis), silenceMsMax = SILENCE_MS_MAX }) {
  /** `{transcription: boolean}`: what the page may offer. What the server does not say counts as available. */
  async function health() {
    const response = await fetch('/health', { headers: { accept: 'application/json' } });
    const body = response.ok ? await response.json() : {};
    return { transcription: body?.transcription?.available !== false };
  }

  /** Yields the reply's text as it arrives. `messages` is the conversation, oldest first, without a system prompt. */
  async function* reply({ messages, signal }) {
    const response = await post('/v1/chat/completions', {
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ model: MODEL, stream: true, messages }),
      signal,
    });
    yield* readReply(response.body, { signal, silenceMsMax });
  }

  /** Speech for one sentence: the Response itself, so that its bytes can be played as they arrive. */
  async function speech({ text, accept, signal }) {
    return post('/v1/audio/speech', {
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ model: MODEL, input: text }),
      signal,
    });
  }

  /** The words in a recording. `name` carries the container's file extension. */
  async function transcribe({ blob, name, signal }) {
    const form = new FormData();
    form.append('file', blob, name);
    form.append('model', MODEL);
    form.append('response_format', 'json');
    const response = await post('/v1/audio/transcriptions', {
      headers: { accept: 'application/json' },
      body: form,
      signal,
    }).catch((error) => {
      throw error.status === 501 ? new Failure('no_transcription', { cause: error }) : error;
    });
    const body = await response.json();
    return typeof body?.text === 'string' ? body.text.trim() : '';
  }

  async function post(path, { headers, body, signal }) {
    const token = key();
    const authorization = token ? { authorization: `Bearer ${token}` } : {};
    const response = await fetch(path, {
      method: 'POST',
      headers: { ...headers, ...authorization },
      body,
      signal,
    }).catch((error) => {
      throw isAbort(error) ? error : new Failure('offline', { cause: error });
    });
    if (response.ok) return response;
    throw Object.assign(await failureOf(response), { status: response.status });
  }

  return { health, reply, speech, transcribe };
}

/** Yields `delta.content` of each chunk; throws a Failure on an error event, silence, or an end without `[DONE]`. */
export async function* readReply(body, { signal, silenceMsMax = SILENCE_MS_MAX } = {}) {
  const parser = createSseParser();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, silenceMsMax, signal);
      for (const event of done ? parser.end() : parser.push(value)) {
        if (event.data.trim() === '[DONE]') return;
        const text = textOf(event);
        if (text) yield text;
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

/** The text of one event, or a thrown Failure when it reports an error. Unknown events carry no text. */
function textOf({ event, data }) {
  let chunk = null;
  try {
    chunk = JSON.parse(data);
  } catch {
    if (event !== 'error') return '';
  }
  const error = chunk?.error ?? chunk?.x_groq?.error ?? (event === 'error' ? (chunk ?? data) : null);
  if (error) throw new Failure('stream', { detail: String(error.message ?? error) });
  const content = chunk?.choices?.[0]?.delta?.content;
  return typeof content === 'string' ? content : '';
}
