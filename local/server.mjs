// Local providers: the real wire formats of language, speech, hearing and embedding providers, on one free port,
// without a key. `startLocalProviders` is for tests in the same process; main.mjs is the command.

import { chat, chatFacts, workersAiChat, CHAT_MODELS } from './chat.mjs';
import { embeddings, workersAiEmbeddings } from './embeddings.mjs';
import { Engine } from './engine.mjs';
import { badInput, preset, PRESET_NAMES } from './errors.mjs';
import { ClientGone, Exchange } from './exchange.mjs';
import { BodyTooLarge, readBody, Router, startServer } from './http.mjs';
import { Journal } from './journal.mjs';
import { KnobError, Knobs } from './knobs.mjs';
import { Recogniser } from './recogniser.mjs';
import { deepgramSpeech, elevenlabsSpeech, openaiSpeech, workersAiSpeech } from './speech.mjs';
import { deepgramTranscription, openaiTranscription, workersAiEndOfTurn, workersAiTranscription } from './transcription.mjs';
import { voiceList } from './voices.mjs';
import { wholeJson } from './whole.mjs';

/**
 * Starts the providers. `port` 0 takes a free one; `settings` are knobs by scope (see README.md).
 * `control(settings)` merges knobs, `control(null)` resets them; `requests` is the journal's list; `waitFor` its wait.
 * A speech `engine` that is given is shared: whoever gives it closes it.
 */
export async function startLocalProviders({ port = 0, settings = {}, python = process.env.LOCAL_PYTHON || 'python3', engine: shared } = {}) {
  const knobs = new Knobs(settings);
  const journal = new Journal();
  const engine = shared ?? new Engine();
  const recogniser = new Recogniser(python);
  const parts = { knobs, journal, engine, recogniser };
  const router = routes(parts);
  const server = await startServer((req, res) => void handle(req, res, router, parts), port);
  return {
    url: server.url, port: Number(new URL(server.url).port), journal, requests: journal.entries,
    control(change) {
      if (change === null) knobs.reset();
      else if (change !== undefined) knobs.set(change);
      return knobs.effective();
    },
    waitFor: (predicate, timeout_ms) => journal.waitFor(predicate, timeout_ms),
    /** Starts what the first request would wait for: a synthesiser, and the recogniser where there is one. */
    async warm() {
      await engine.warm();
      if (await recogniser.available()) recogniser.warm();
    },
    async close() {
      recogniser.close();
      await Promise.all([server.close(), shared ? undefined : engine.close()]);
    },
  };
}

/** Every route. A handler that returns an object has it sent as JSON. */
function routes({ knobs, journal, engine, recogniser }) {
  const router = new Router();
  for (const [prefix, provider] of [['/v1', 'openai'], ['/openai/v1', 'groq']]) {
    const at = (kind) => ({ provider, kind });
    router.add('GET', `${prefix}/models`, at('models'), () => modelList());
    router.add('POST', `${prefix}/chat/completions`, { ...at('chat'), json: true }, chat);
    router.add('POST', `${prefix}/embeddings`, { ...at('embeddings'), json: true }, embeddings);
    router.add('POST', `${prefix}/audio/speech`, { ...at('speech'), json: true }, (ex) => openaiSpeech(ex, engine));
    router.add('POST', `${prefix}/audio/translations`, at('transcription'), (ex) => openaiTranscription(ex, recogniser));
    router.add('POST', `${prefix}/audio/transcriptions`, at('transcription'), (ex) => openaiTranscription(ex, recogniser));
  }
  const elevenlabs = { provider: 'elevenlabs', kind: 'speech', json: true };
  router.add('POST', '/v1/text-to-speech/{voice}', elevenlabs, (ex) => elevenlabsSpeech(ex, engine, true));
  router.add('POST', '/v1/text-to-speech/{voice}/stream', elevenlabs, (ex) => elevenlabsSpeech(ex, engine, false));
  router.add('GET', '/v1/voices', { provider: 'elevenlabs', kind: 'models' }, () => voiceList());
  router.add('POST', '/v1/speak', { provider: 'deepgram', kind: 'speech', json: true }, (ex) => deepgramSpeech(ex, engine));
  router.add('POST', '/v1/listen', { provider: 'deepgram', kind: 'transcription' }, (ex) => deepgramTranscription(ex, recogniser));
  router.add('POST', '/ai/run/{model+}', { provider: 'workers-ai', kind: workersAiKind, json: true }, (ex) => workersAiRun(ex, engine, recogniser));
  controlRoutes(router, { knobs, journal, recogniser });
  return router;
}

function controlRoutes(router, { knobs, journal, recogniser }) {
  const add = (method, path, handler, json = false) => router.add(method, path, { control: true, json }, handler);
  add('GET', '/control/ping', () => ({ ok: true }));
  add('GET', '/control', () => knobs.effective());
  add('POST', '/control', (ex) => {
    knobs.set(ex.json);
    return knobs.effective();
  }, true);
  add('DELETE', '/control', () => {
    knobs.reset();
    return knobs.effective();
  });
  add('GET', '/control/requests', () => ({ requests: journal.entries }));
  add('DELETE', '/control/requests', () => {
    journal.clear();
    return { requests: [] };
  });
  add('GET', '/control/capabilities', async () => ({
    chat: true, speech: ['opus', 'mp3', 'wav', 'pcm'], embeddings: true, transcription: await recogniser.available(),
  }));
}

const modelList = () => ({
  object: 'list', data: CHAT_MODELS.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'local' })),
});

/** Workers AI has one route for all: the inputs tell what is asked. */
function workersAiKind(json) {
  if (json?.dtype !== undefined) return 'end_of_turn';
  if (json?.audio !== undefined) return 'transcription';
  if (json?.messages !== undefined) return 'chat';
  if (Array.isArray(json?.text)) return 'embeddings';
  return 'speech';
}

async function workersAiRun(ex, engine, recogniser) {
  ex.params.model = decodeURIComponent(ex.params.model);
  const embedding = /bge|embed/.test(ex.params.model);
  if (ex.kind === 'embeddings' || (embedding && ex.json.text !== undefined)) return workersAiEmbeddings(ex);
  if (ex.kind === 'transcription') return workersAiTranscription(ex, recogniser);
  if (ex.kind === 'end_of_turn') return workersAiEndOfTurn(ex);
  if (ex.kind === 'chat' || (ex.json.prompt !== undefined && !/melotts|aura/.test(ex.params.model))) return workersAiChat(ex);
  return workersAiSpeech(ex, engine);
}

async function handle(req, res, router, parts) {
  const url = new URL(req.url, 'http://local');
  const match = router.match(req.method, url.pathname);
  const route = match?.route;
  // The control routes are not part of what a client did.
  const journal = route?.facts.control ? new Journal() : parts.journal;
  const entry = journal.open({ method: req.method, path: url.pathname, query: url.search, headers: req.headers });
  const ex = new Exchange(req, res, url, journal, entry);
  res.on('error', () => {});
  try {
    ex.raw = await readBody(req);
    if (!route) {
      const allowed = match?.allowed;
      const { status, body } = badInput('openai', allowed ? `Method ${req.method} is not allowed here` : `Unknown request URL: ${req.method} ${url.pathname}`,
        { status: allowed ? 405 : 404, code: allowed ? 'method_not_allowed' : 'unknown_url' });
      await ex.answer(status, body, allowed ? { allow: allowed.join(', ') } : {});
    } else await serve(ex, match, parts);
  } catch (error) {
    await fail(ex, error);
  }
}

async function serve(ex, { route, params }, { knobs }) {
  const { facts, handler } = route;
  Object.assign(ex, { params, provider: facts.provider });
  if (facts.json && !readJson(ex)) {
    const { status, body } = badInput(facts.provider ?? 'openai', 'The request body is not valid JSON', { code: 'json_validate_failed' });
    return ex.answer(status, body);
  }
  if (!facts.control) {
    ex.kind = typeof facts.kind === 'function' ? facts.kind(ex.json) : facts.kind;
    ex.entry.scope = `${ex.provider}.${ex.kind}`;
    ex.entry.body = facts.json ? ex.json : undefined;
    if (ex.kind !== 'models') ex.knobs = knobs.resolve(ex.provider, ex.kind, requestFacts(ex));
    ex.journal.touch(ex.entry);
    if (await answeredByFault(ex)) return undefined;
  }
  const result = await handler(ex);
  if (result === undefined || result === ex.res) return undefined;
  return facts.control ? ex.answer(200, result) : wholeJson(ex, JSON.stringify(result), ex.knobs.first_ms ?? 0);
}

function readJson(ex) {
  try {
    ex.json = JSON.parse(ex.raw.toString('utf8'));
    return ex.json !== null && typeof ex.json === 'object';
  } catch {
    return false;
  }
}

function requestFacts({ kind, json, params, url }) {
  if (kind === 'chat') return { ...chatFacts(json), ...(params.model ? { model: params.model } : {}) };
  const text = json?.input ?? json?.text;
  return { model: params.model ?? json?.model ?? json?.model_id ?? url.searchParams.get('model') ?? undefined, text: Array.isArray(text) ? text.join('\n') : text };
}

/** The faults that are the same for every kind: no answer, no connection, another status, another body. */
async function answeredByFault(ex) {
  const { knobs } = ex;
  if (ex.has('refuse')) {
    ex.markFault('refuse');
    ex.journal.close(ex.entry, 'fault');
    ex.res.socket.resetAndDestroy();
    return true;
  }
  if (ex.has('hang')) await ex.stall('hang');
  const name = ex.faultAmong(PRESET_NAMES) ?? (knobs.key !== undefined && !hasKey(ex) ? 'bad_key' : undefined);
  if (name) {
    const { status, headers, body } = preset(ex.provider, name);
    ex.markFault(name);
    await ex.answer(knobs.status ?? status, knobs.body ?? body, { ...headers, ...knobs.headers });
    return true;
  }
  if (knobs.status !== undefined && knobs.status !== 200) {
    ex.markFault(`status_${knobs.status}`);
    const body = knobs.body ?? { error: { message: `scripted status ${knobs.status}`, type: knobs.status >= 500 ? 'server_error' : 'invalid_request_error', param: null, code: null } };
    await ex.answer(knobs.status, body, knobs.headers);
    return true;
  }
  if (knobs.body !== undefined) {
    ex.markFault('body');
    await ex.answer(200, knobs.body, knobs.headers);
    return true;
  }
  if (ex.has('html')) {
    ex.markFault('html');
    await ex.answer(200, '<!doctype html><title>Bad gateway</title><h1>Something is not right</h1>', { 'content-type': 'text/html; charset=utf-8' });
    return true;
  }
  return false;
}

/** Whether the request carries the key the scope wants, in the provider's own header. */
function hasKey({ provider, req, knobs }) {
  const { authorization } = req.headers;
  if (provider === 'elevenlabs') return req.headers['xi-api-key'] === knobs.key;
  if (provider === 'deepgram') return authorization === `Token ${knobs.key}`;
  return authorization === `Bearer ${knobs.key}`;
}

async function fail(ex, error) {
  if (error instanceof ClientGone || ex.signal.aborted) return;
  if (ex.res.headersSent) {
    ex.res.destroy();
    return;
  }
  if (error instanceof BodyTooLarge) {
    const { status, body } = badInput(ex.provider ?? 'openai', 'Request Entity Too Large', { status: 413, code: 'request_too_large' });
    await ex.answer(status, body, { connection: 'close' }).catch(() => {});
  } else if (error instanceof KnobError) {
    await ex.answer(400, { error: { message: error.message, type: 'invalid_request_error', param: null, code: 'bad_knob' } }).catch(() => {});
  } else {
    process.stderr.write(`local providers: ${ex.req.method} ${ex.url.pathname}: ${error?.stack ?? error}\n`);
    await ex.answer(500, { error: { message: 'the local provider failed', type: 'server_error', param: null, code: null } }).catch(() => {});
  }
}
