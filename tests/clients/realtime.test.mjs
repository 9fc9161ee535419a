// Clients of the Realtime protocol that others make, unmodified: OpenAI's for Node and Python, its Agents SDK, the AI SDK,
// LiveKit and pipecat.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents/realtime';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import WebSocket from 'ws';
import { z } from 'zod';
import { examplesPython, ran, scratch, voiceAgentsPython } from '../examples/support.mjs';
import { until } from '../harness.mjs';
import { startWithModel } from '../model.mjs';
import { room, speech } from '../worker/realtime-client.mjs';

const WEATHER = { type: 'function', name: 'weather', description: 'The weather', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } };
const LONG = 'Tell me all of it, please, from the very beginning to the very end, for I have the whole evening and nothing else to do.';
const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
const python = examplesPython();
const voiceAgents = voiceAgentsPython();
let hearken;
let base;
before(async () => {
  hearken = await startWithModel({ SESSION_SECRET: 'secret', STT: 'openai:whisper-1' });
  base = `${hearken.url}/v1`;
  await hearken.providers.warm();
});
after(() => hearken?.stop());
beforeEach(() => {
  hearken.providers.control(null);
  hearken.providers.control({ transcription: { transcript: 'Good evening' } });
});

describe('the Agents SDK', () => {
  const weather = tool({ name: 'weather', description: 'The weather', parameters: z.object({ city: z.string() }), execute: ({ city }) => `mild in ${city}` });

  async function begin(tools = []) {
    const agent = new RealtimeAgent({ name: 'guide', instructions: 'Be brief.', tools });
    const transport = new OpenAIRealtimeWebSocket({ url: `${base.replace('http', 'ws')}/realtime?model=companion` });
    const session = new RealtimeSession(agent, { transport, model: 'companion', config: { audio: { input: { turnDetection: { type: 'server_vad' } } } } });
    const seen = { events: [], errors: [], audio: 0, history: [] };
    session.on('transport_event', (event) => seen.events.push(event));
    session.on('error', ({ error }) => seen.errors.push(error));
    session.on('audio', ({ data }) => {
      seen.began_ms ??= Date.now();
      seen.audio += data.byteLength;
    });
    session.on('history_updated', (history) => (seen.history = history));
    await session.connect({ apiKey: 'any' });
    const words = () => seen.history.map(({ role, content }) => [role, content?.map(({ text, transcript }) => text ?? transcript).join(' ')]);
    return { session, seen, words };
  }

  test('talks, and is talked to', async () => {
    const { session, seen, words } = await begin();
    session.sendMessage('Hello');
    await until('a reply', () => seen.events.some(({ type }) => type === 'response.done'));
    const sound = Buffer.concat([room(400), speech(900), room(1_200)]);
    session.sendAudio(sound.buffer.slice(sound.byteOffset, sound.byteOffset + sound.length));
    await until('a second reply', () => seen.events.filter(({ type }) => type === 'response.done').length === 2 && words().length === 4);
    await until('all words', () => words().every(([, text]) => text) && words()[3][1].endsWith('evening'));
    const [, first] = words();
    assert.deepEqual(words().toSpliced(1, 1), [['user', 'Hello'], ['user', 'Good evening'], ['assistant', 'You said: Good evening']]);
    // It may have been spoken over.
    assert.ok('You said: Hello'.startsWith(first[1]), first[1]);
    assert.ok(seen.audio > 48_000);
    assert.deepEqual(seen.errors, []);
    session.close();
  });

  test('runs its function', async () => {
    const { session, seen, words } = await begin([weather]);
    session.sendMessage('How is it in Lima?');
    await until('the answer', () => words().some(([, text]) => text === 'It is mild in Lima.'));
    assert.deepEqual(seen.errors, []);
    session.close();
  });

  test('is interrupted, and remembers what was heard', async () => {
    const { session, seen, words } = await begin();
    session.sendMessage(LONG);
    await until('two seconds to be heard', () => seen.audio > 96_000 && Date.now() > seen.began_ms + 2_000);
    session.interrupt();
    await until('the truncation', () => seen.events.some(({ type }) => type === 'conversation.item.truncated'));
    await until('what was heard', () => {
      const [, reply] = words();
      return reply?.[1] !== undefined && reply[1].length < `You said: ${LONG}`.length;
    });
    assert.ok(letters(`You said: ${LONG}`).startsWith(letters(words()[1][1])));
    assert.deepEqual(seen.errors, []);
    session.close();
  });
});

describe('the AI SDK', () => {
  /** Its codec over a plain socket, as its session in the browser uses it. */
  async function open(model, config, session) {
    const socket = new WebSocket(config.url, config.protocols ?? [], { headers: config.headers ?? {} });
    const events = [];
    socket.on('message', (data) => events.push(model.parseServerEvent(JSON.parse(data))));
    await once(socket, 'open');
    const send = (event, options) => socket.send(JSON.stringify(model.serializeClientEvent(event, options)));
    if (session) send({ type: 'session-update', config: session });
    const event = (type, count = 1) => until(type, () => events.filter((one) => one.type === type)[count - 1]);
    return { send, event, events, close: () => socket.close() };
  }

  test('has a function called by the browser, with a client secret', async () => {
    const openai = createOpenAI({ baseURL: base, apiKey: 'any' });
    const config = { instructions: 'Be brief.', tools: [WEATHER], turnDetection: { type: 'disabled' } };
    const { token, url } = await openai.experimental_realtime.getToken({ model: 'companion', api: 'realtime', sessionConfig: config, expiresAfterSeconds: 60 });
    assert.ok(token.startsWith('ek_') && url.endsWith('/v1/realtime?model=companion'));
    const model = openai.experimental_realtime('companion', { api: 'realtime' });
    const session = await open(model, model.getWebSocketConfig({ token, url: url.replace('wss', 'ws') }));
    assert.equal((await session.event('session-created')).raw.session.instructions, 'Be brief.');
    session.send({ type: 'conversation-item-create', item: { type: 'text-message', role: 'user', text: 'How is it in Lima?' } });
    session.send({ type: 'response-create' });
    const call = await session.event('function-call-arguments-done');
    assert.deepEqual([call.name, JSON.parse(call.arguments)], ['weather', { city: 'Lima' }]);
    await session.event('response-done');
    session.send({ type: 'conversation-item-create', item: { type: 'function-call-output', callId: call.callId, output: 'mild in Lima' } });
    session.send({ type: 'response-create' });
    assert.equal((await session.event('audio-transcript-done')).transcript, 'It is mild in Lima.');
    const { usage, status } = await session.event('response-done', 2);
    assert.deepEqual([status, usage.inputTokens, usage.outputTokens], ['completed', 12, 5]);
    assert.deepEqual(session.events.filter(({ type }) => type === 'error'), []);
    session.close();
  });

  test('hears and truncates, and writes down', async () => {
    const model = createOpenAI({ baseURL: base, apiKey: 'any' }).experimental_realtime('companion', { api: 'realtime' });
    const session = await open(model, await model.getServerWebSocketConfig(), { inputAudioTranscription: {}, turnDetection: { type: 'server-vad' } });
    session.send({ type: 'input-audio-append', audio: Buffer.concat([room(400), speech(900), room(1_200)]).toString('base64') });
    assert.equal((await session.event('input-transcription-completed')).transcript, 'Good evening');
    const { itemId } = await session.event('audio-done');
    session.send({ type: 'conversation-item-truncate', itemId, contentIndex: 0, audioEndMs: 300 });
    await until('the truncation', () => session.events.some(({ rawType }) => rawType === 'conversation.item.truncated'));
    session.close();
    const intent = { intent: 'transcription' };
    const scribe = await open(model, await model.getServerWebSocketConfig(intent));
    scribe.send({ type: 'session-update', config: { turnDetection: { type: 'disabled' } } }, intent);
    await scribe.event('session-updated');
    scribe.send({ type: 'input-audio-append', audio: speech(600).toString('base64') });
    scribe.send({ type: 'input-audio-commit' });
    assert.equal((await scribe.event('input-transcription-completed')).transcript, 'Good evening');
    assert.deepEqual([...session.events, ...scribe.events].filter(({ type }) => type === 'error'), []);
    scribe.close();
  });
});

describe('the client for Node', () => {
  test('connects over TLS with a client secret, and talks', { skip: spawnSync('openssl', ['version']).error && 'openssl is not installed' }, async () => {
    const folder = scratch();
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder.path, name));
    spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']);
    const { port } = new URL(base);
    const tls = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
      const plain = connect(Number(port), '127.0.0.1');
      for (const one of [socket, plain]) one.on('error', () => {});
      socket.pipe(plain).pipe(socket);
    });
    await once(tls.listen(0), 'listening');
    const plain = new OpenAI({ baseURL: base, apiKey: 'any' });
    const secret = await plain.realtime.clientSecrets.create({ session: { type: 'realtime', instructions: 'Be brief.' } });
    const client = new OpenAI({ baseURL: `https://localhost:${tls.address().port}/v1`, apiKey: secret.value });
    const realtime = new OpenAIRealtimeWS({ model: 'companion', options: { ca: readFileSync(cert) } }, client);
    try {
      const errors = [];
      let text = '';
      realtime.on('error', (error) => errors.push(error));
      realtime.on('response.output_text.delta', ({ delta }) => (text += delta));
      const done = new Promise((resolve) => realtime.on('response.done', resolve));
      const created = await new Promise((resolve) => realtime.on('session.created', resolve));
      assert.equal(created.session.instructions, 'Be brief.');
      realtime.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] } });
      realtime.send({ type: 'response.create', response: { output_modalities: ['text'] } });
      assert.equal((await done).response.status, 'completed');
      assert.deepEqual([text, errors], ['You said: Hello', []]);
    } finally {
      realtime.close();
      tls.close();
      folder.remove();
    }
  });
});

const needs = (interpreter) => ({ skip: interpreter ? false : 'its packages could not be installed' });
/** What a client in Python tells that is given an address and something that is said. */
async function toldBy(interpreter, script, url, behind_ms = 1_200) {
  const folder = scratch();
  const sound = join(folder.path, 'sound');
  writeFileSync(sound, Buffer.concat([room(400), speech(900), room(behind_ms)]));
  try {
    return JSON.parse(await ran(interpreter, [join(import.meta.dirname, script), url, sound], { timeout_ms: 180_000 }));
  } finally {
    folder.remove();
  }
}

describe('the client for Python', needs(python), () => {
  test('writes, hears, speaks, calls a function, and truncates', async () => {
    const told = await toldBy(python, 'realtime.py', base);
    assert.deepEqual(told.text, ['You said: Hello', 'completed', 17]);
    assert.deepEqual(told.call, ['weather', { city: 'Lima' }, 'It is mild in Lima.']);
    assert.deepEqual([told.heard, told.reply], ['Good evening', 'You said: Good evening']);
    assert.ok(told.sound_bytes > 24_000 && told.left.length < told.reply.length, JSON.stringify(told));
    assert.deepEqual(told.missing, [], 'no event lacks a field that its type needs');
  });
});

describe('what LiveKit and pipecat make of it', needs(voiceAgents), () => {
  test('LiveKit\'s plugin writes, calls a function, hears and speaks', async () => {
    const { greeting, called, told, spoken, heard, items, errors } = await toldBy(voiceAgents, 'realtime_livekit.py', base, 2_000);
    assert.deepEqual([greeting.text, told.text, spoken.text], ['You said: Hello', 'It is mild in Lima.', 'You said: Good evening']);
    for (const { sound_bytes } of [greeting, told, spoken]) assert.ok(sound_bytes > 24_000, `${sound_bytes}`);
    assert.deepEqual(called.calls.map(([, ...call]) => call), [['weather', { city: 'Lima' }]]);
    assert.deepEqual([heard, errors], [['Good evening'], []]);
    assert.deepEqual(items.map(([type, text]) => text ?? type), ['Hello', 'You said: Hello', 'How is it in Lima?', 'function_call', 'function_call_output', 'It is mild in Lima.', 'Good evening', 'You said: Good evening']);
  });

  test('a pipeline of pipecat\'s greets, hears, calls its function each time, and speaks', async () => {
    const { said, replies, called, sound_bytes, errors } = await toldBy(voiceAgents, 'realtime_pipecat.py', `${base.replace('http', 'ws')}/realtime`);
    assert.deepEqual([said, errors], [['Hello', 'Good evening'], []]);
    assert.deepEqual(replies, Array(2).fill('It is "mild in Lima".'));
    assert.deepEqual(called, Array(2).fill({ city: 'Lima' }));
    assert.ok(sound_bytes > 48_000, `${sound_bytes}`);
  });

  test('pipecat\'s transcription sessions write down what is committed, and turns that the server finds', async () => {
    const { words, errors } = await toldBy(voiceAgents, 'realtime_pipecat_stt.py', `${base.replace('http', 'ws')}/realtime`);
    assert.deepEqual([words, errors], [['Good evening', 'Good evening'], []]);
  });
});
