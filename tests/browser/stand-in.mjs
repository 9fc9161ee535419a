// A scripted server for the page's own tests: it serves static/ with its real headers, and answers each call of the
// contract exactly as the test at hand says, gate by gate, so that no test needs to sleep.
//
// The way through the real Worker is proved in worker.test.mjs; here the page meets every answer it may get.

import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBody, startServer } from '../../local/http.mjs';

const STATIC = fileURLToPath(new URL('../../static/', import.meta.url));
const CLIPS = new URL('./clips/', import.meta.url);

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** What the page may be sent, with its bytes. */
export const CLIP = {
  webm: { type: 'audio/webm', bytes: await readFile(new URL('tone.webm', CLIPS)) },
  ogg: { type: 'audio/ogg', bytes: await readFile(new URL('tone.ogg', CLIPS)) },
  mp4: { type: 'audio/mp4', bytes: await readFile(new URL('tone.mp4', CLIPS)) },
  mp3: { type: 'audio/mpeg', bytes: await readFile(new URL('tone.mp3', CLIPS)) },
};

/** A promise that a test opens when it has seen enough. */
export function gate() {
  let open;
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/**
 * Starts the server. `script` holds one function for each call, `(exchange) => Promise`, which a test replaces;
 * `seen` lists the calls in order, each with `closed`, a promise for the moment its connection ends.
 */
export async function startStandIn() {
  const seen = [];
  const script = defaults();
  const headers = await readHeaders();
  const server = await startServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://page');
    const call = CALLS[`${request.method} ${pathname}`];
    if (!call) return serveFile(pathname, headers, response);
    const exchange = exchangeOf(call, request, response, (await readBody(request)).toString('latin1'), script);
    seen.push(exchange);
    await script[call](exchange).catch(() => response.destroy());
    return undefined;
  });
  return {
    url: server.url,
    script,
    seen,
    of: (call) => seen.filter((exchange) => exchange.call === call),
    stop: server.close,
  };
}

const CALLS = {
  'GET /health': 'health',
  'POST /v1/chat/completions': 'chat',
  'POST /v1/audio/speech': 'speech',
  'GET /v1/memories': 'memories',
  'GET /v1/conversations': 'conversations',
  'GET /v1/conversations/c1': 'conversation',
  'GET /v1/audio/voices': 'voices',
  'POST /v1/sessions': 'session',
};

function defaults() {
  return {
    health: (exchange) => exchange.json(200, { status: 'ok', transcription: { available: true } }),
    async chat(exchange) {
      exchange.say('I hear you. ');
      exchange.say('Tell me more about that.');
      exchange.done();
    },
    speech: (exchange) => exchange.clip(CLIP.webm),
    memories: (exchange) => exchange.json(200, { data: [{ id: 'm1', text: `Anna’s boat is called ${'Halcyon'.repeat(8)}.` }], has_more: false }),
    conversations: (exchange) => exchange.json(200, { data: [{ id: 'c1', title: 'How was the sea?', metadata: {}, summary: null, updated_at: 1_800_000_000 }], has_more: false }),
    conversation: (exchange) => exchange.json(200, { id: 'c1', messages: [{ role: 'user', content: 'How was the sea?' }, { role: 'assistant', content: 'Calm.' }] }),
    voices: (exchange) => exchange.json(200, { voices: [{ id: 'luna', name: 'Luna' }] }),
    hearing: 'The sea was calm today.',
  };
}

function exchangeOf(call, request, response, body, script) {
  const closed = new Promise((resolve) => {
    response.on('close', () => resolve({ whole: response.writableFinished }));
  });
  const stream = () => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  };
  const event = (data) => {
    stream();
    response.write(`data: ${data}\n\n`);
  };
  // A reply that is to be spoken: its sound is what the script of `speech` says, in the same stream, from the first words.
  const asked = call === 'chat' ? JSON.parse(body) : {};
  const isSpoken = asked.modalities?.includes('audio') ?? false;
  let speaking = null;
  const audio = (fields) => {
    if (!response.writableEnded) event(JSON.stringify({ choices: [{ index: 0, delta: { audio: { id: 'a', ...fields } } }] }));
  };
  const voice = {
    input: asked,
    error: async (_, message) => audio({ error: { message, type: 'test', param: null, code: null } }),
    /** The first half of it says one phrase, the second half the other, if there is one. */
    async clip({ bytes }, between, [first, second] = ['I hear you.', 'Tell me more about that.']) {
      const middle = Math.floor(bytes.length / 2);
      audio({ data: bytes.subarray(0, middle).toString('base64'), transcript: first });
      await between;
      audio({ data: bytes.subarray(middle).toString('base64'), ...(second ? { transcript: second } : {}) });
    },
  };
  // What was said in a recording comes before all else.
  let isHeard = !(call === 'chat' && Array.isArray(asked.messages.at(-1).content));
  const hear = () => {
    if (!isHeard) event(JSON.stringify({ input_transcript: script.hearing, choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }));
    isHeard = true;
  };
  const speak = () => {
    if (isSpoken) speaking ??= Promise.resolve(script.speech(voice)).catch(() => response.destroy());
  };
  return {
    call,
    request,
    body,
    closed,
    get input() {
      return JSON.parse(body);
    },
    async json(status, value, headers = {}) {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    },
    error(status, message, headers, code = null) {
      return this.json(status, { error: { message, type: 'test', param: null, code } }, headers);
    },
    event,
    hear,
    say(content) {
      hear();
      event(JSON.stringify({ choices: [{ index: 0, delta: { content } }] }));
      speak();
    },
    async done() {
      await speaking;
      event('[DONE]');
      response.end();
    },
    end: () => response.end(),
    /** Sends a clip; with `between`, the second half of it waits for that promise. */
    async clip({ type, bytes }, between) {
      response.writeHead(200, { 'content-type': type });
      const middle = Math.floor(bytes.length / 2);
      response.write(bytes.subarray(0, middle));
      await between;
      response.end(bytes.subarray(middle));
    },
  };
}

async function serveFile(pathname, headers, response) {
  const path = normalize(pathname === '/' ? '/index.html' : pathname);
  try {
    const bytes = await readFile(join(STATIC, path));
    response.writeHead(200, { ...headers, 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

/** The headers of every path in static/_headers (the first rule), as the platform would send them. */
async function readHeaders() {
  const text = await readFile(join(STATIC, '_headers'), 'utf8');
  const lines = text.split(/^$/m)[0].split('\n').filter((line) => /^\s+\S/.test(line));
  return Object.fromEntries(lines.map((line) => line.trim().split(/:\s(.*)/s, 2)));
}
