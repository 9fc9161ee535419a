// Words while one speaks, and a reply before one is certainly done: recognisers over a socket, and pauses without one.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { connect, room, tone } from './realtime-client.mjs';
import { recogniser } from './recogniser.mjs';

const TEXT = 'what a fine day it was.';
const SEMANTIC = { type: 'session.update', session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' }, turn_detection: { type: 'semantic_vad' } } } } };

let hearken; let nova;
before(async () => {
  nova = await recogniser({ text: TEXT });
  hearken = await startHearken({ vars: { LISTEN: 'deepgram:nova-3', DEEPGRAM_BASE_URL: nova.url, DEEPGRAM_API_KEY: 'secret', OPENER_AFTER_MS: '50', PHRASE_FLUSH_MS: '20' } });
  await hearken.providers.warm();
});
after(async () => {
  await hearken?.stop();
  await nova?.stop();
});
beforeEach(() => {
  hearken.providers.control(null);
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: ['All right.'], script_repeat: true }, transcription: { transcript: 'from the recording' } });
  hearken.providers.requests.length = 0;
  nova.sockets.length = 0;
});

const asked = (pattern) => hearken.providers.requests.filter(({ path }) => pattern.test(path));

test('a recogniser is asked as its provider wants, hears all, and its words come while they are said', async () => {
  const session = await connect(hearken.url, { query: '?person=listened&conversation=l' });
  session.send(SEMANTIC);
  await session.event('session.updated');
  session.hear(Buffer.concat([room(600), tone(1_400)]));
  await session.event('conversation.item.input_audio_transcription.delta');
  session.hear(room(900));
  const { transcript } = await session.event('conversation.item.input_audio_transcription.completed');
  assert.equal(transcript, TEXT);
  const types = session.types(/speech_stopped|transcription/);
  assert.equal(types[0], 'conversation.item.input_audio_transcription.delta', 'before the end');
  const deltas = session.events.filter(({ type }) => /transcription.delta/.test(type)).map(({ delta }) => delta);
  assert.equal(deltas.join(''), TEXT);
  const { response } = await session.event('response.done');
  assert.equal(response.status, 'completed');
  const [socket] = nova.sockets;
  assert.match(socket.url, /^\/v1\/listen\?model=nova-3&encoding=linear16&sample_rate=24000/);
  assert.equal(socket.headers.authorization, 'Token secret');
  await socket.closed;
  assert.ok(socket.saidFarewell && socket.heard_ms > 1_700 && nova.sockets.length === 1, `${socket.heard_ms}`);
  assert.equal(asked(/transcriptions/).length, 0, 'nobody is asked for the recording');
  assert.equal(asked(/chat\/completions/)[0].body.messages.at(-1).content, TEXT);
  await session.close();
});

test('a kept opener is said where a reply takes long, and never before care', async () => {
  const session = await connect(hearken.url);
  const replies = (reply, first_ms) => hearken.providers.control({ chat: { first_ms, gap_ms: 0, script: [reply], script_repeat: true } });
  replies('Let me think. It is all right.', 0);
  await session.say('hello');
  replies('All right.', 700);
  const said = async (text) => (await session.say(text)).output[0].content[0].transcript;
  await until('the opener', async () => (await said('and?')) === 'Let me think. All right.', 15_000);
  assert.ok(!(await said('I want to kill myself')).includes('Let me think.'));
  await session.close();
});

test('a phrase that is kept costs no synthesis', async () => {
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: ['Let me think.'], script_repeat: true } });
  const session = await connect(hearken.url);
  for (const type of ['audio/pcm', 'audio/pcmu']) {
    const first = await session.say('and?', { audio: { output: { format: { type } } } });
    await until('it to be kept', async () => {
      const before = asked(/speech/).length;
      const { id } = await session.say('and?', { audio: { output: { format: { type } } } });
      assert.ok(Math.abs(session.sound(id).length - session.sound(first.id).length) < 1_000, 'the same sound');
      return asked(/speech/).length === before;
    });
  }
  await session.close();
});

for (const [target, url] of [
  ['deepgram:flux-general-en', '/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=24000'],
  ['workers-ai:@cf/deepgram/flux', '/ai/run/@cf/deepgram/flux?encoding=linear16&sample_rate=24000'],
  ['workers-ai:@cf/deepgram/nova-3', '/ai/run/@cf/deepgram/nova-3?encoding=linear16&interim_results=true&sample_rate=24000'],
]) {
  test(`${target} hears while one speaks`, async (t) => {
    const ears = await recogniser({ text: TEXT });
    t.after(() => ears.stop());
    const adjust = (options) => {
      for (const { wrappedBindings } of options.workers) if (wrappedBindings?.AI) wrappedBindings.AI.bindings.UPSTREAM = ears.url;
      return options;
    };
    const other = await startHearken({ vars: { LISTEN: target, DEEPGRAM_BASE_URL: ears.url, DEEPGRAM_API_KEY: 'secret' }, adjust });
    t.after(() => other.stop());
    other.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: ['All right.'], script_repeat: true } });
    const session = await connect(other.url);
    session.send(SEMANTIC);
    session.hear(Buffer.concat([room(600), tone(1_400)]));
    await session.event('conversation.item.input_audio_transcription.delta');
    assert.deepEqual(session.types(/speech_stopped/), [], 'words come before the end');
    session.hear(room(900));
    const { transcript } = await session.event('conversation.item.input_audio_transcription.completed');
    assert.equal(transcript, TEXT);
    assert.equal((await session.event('response.done')).response.status, 'completed');
    const [socket] = ears.sockets;
    assert.equal(socket.url, url);
    await socket.closed;
    assert.ok(socket.saidFarewell && other.providers.requests.every(({ path }) => !/transcriptions/.test(path)));
    await session.close();
  });
}

describe('without a recogniser that lasts', () => {
  let other; let broken;
  before(async () => {
    broken = await recogniser({ text: TEXT, cut_after_ms: 600 });
    // What a model says of a pause counts, however busy the machine is.
    const patient = Object.fromEntries(['HEADERS', 'FIRST', 'IDLE', 'TOTAL'].map((clock) => [`END_OF_TURN_${clock}_MS`, '30000']));
    other = await startHearken({ vars: { LISTEN: 'openai:gpt-realtime-whisper', OPENAI_BASE_URL: `${broken.url}/v1`, EMBED: 'off', END_OF_TURN: 'workers-ai:@cf/pipecat-ai/smart-turn-v2', ...patient } });
    await other.providers.warm();
  });
  after(async () => {
    await other?.stop();
    await broken?.stop();
  });
  const hears = (transcript) => other.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: ['All right.'], script_repeat: true }, transcription: { transcript } });
  const chats = () => other.providers.requests.filter(({ path, body }) => /chat\/completions/.test(path) && body?.stream);

  test('the recording is written down', async () => {
    hears('from the recording');
    for (const isThere of [true, false]) {
      if (!isThere) await broken.stop();
      const session = await connect(other.url);
      session.send(SEMANTIC);
      session.hear(Buffer.concat([room(600), tone(1_200), room(1_200)]));
      const { transcript } = await session.event('conversation.item.input_audio_transcription.completed');
      assert.equal(transcript, 'from the recording');
      await session.event('response.done');
      await session.close();
    }
    const [{ session, url, headers }] = broken.sockets;
    assert.equal(session.audio.input.transcription.model, 'gpt-realtime-whisper');
    assert.deepEqual([url, headers.authorization], ['/v1/realtime?intent=transcription', 'Bearer local']);
  });

  test('a reply begins before its turn is over, and only the one that is the turn is kept', async () => {
    hears('I went home.');
    other.providers.requests.length = 0;
    const session = await connect(other.url, { query: '?person=ahead&conversation=a' });
    session.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 5_000 } } } } });
    await session.event('session.updated');
    session.hear(Buffer.concat([room(600), tone(800), room(400)]));
    await until('a reply that has begun', () => chats().length === 1);
    const conversation = async () => (await (await fetch(`${other.url}/v1/conversations/a`, { headers: { 'x-user': 'ahead' } })).json()).messages ?? [];
    assert.deepEqual([await conversation(), session.types(/^response/)], [[], []], 'of which nobody knows');
    hears('I went home early.');
    session.hear(Buffer.concat([tone(600), room(400)]));
    await until('another one', () => chats().length === 2);
    session.hear(room(5_000));
    const { response } = await session.event('response.done');
    assert.deepEqual([response.status, response.output[0].content[0].transcript], ['completed', 'All right.']);
    assert.deepEqual(chats().map(({ body }) => body.messages.at(-1).content), ['I went home.', 'I went home early.']);
    const kept = await until('the conversation', async () => {
      const all = await conversation();
      return all.length === 2 && all;
    });
    assert.deepEqual(kept.map(({ content }) => content), ['I went home early.', 'All right.']);
    await until('the counts', async () => {
      const text = await (await fetch(`${other.url}/metrics`)).text();
      return /speculative_total\{outcome="used"\} [1-9]/.test(text) && /speculative_total\{outcome="resumed"\} 1/.test(text);
    });
    await session.close();
  });

  test('a model that hears a pause is believed where it is sure', async () => {
    const judged = () => other.providers.requests.filter(({ path }) => /smart-turn/.test(path));
    const counted = async () => Number(/provider_duration_seconds_count\{operation="end_of_turn".*\} (\d+)/.exec(await (await fetch(`${other.url}/metrics`)).text())?.[1] ?? 0);
    // Without words silence ends a turn after 700 ms, with these after 320.
    for (const [words, finished, silence_ms] of [['', 0.97, [280, 600]], ['I went home', 0.05, [700, 1_000]]]) {
      hears(words);
      const before = await counted();
      other.providers.control({ end_of_turn: { finished } });
      other.providers.requests.length = 0;
      const session = await connect(other.url);
      session.send(SEMANTIC);
      session.hear(Buffer.concat([room(600), tone(10_000), room(150)]));
      await until('its answer', () => judged().some(({ ended }) => ended));
      await until('the count of it', async () => (await counted()) > before);
      session.hear(room(5_000));
      const { audio_end_ms } = await session.event('input_audio_buffer.speech_stopped');
      const silent_ms = audio_end_ms - 10_600;
      assert.ok(silent_ms >= silence_ms[0] - 40 && silent_ms <= silence_ms[1], `${words}: ${silent_ms} ms`);
      const [{ body }] = judged();
      assert.deepEqual([body.dtype, body.samples.length], ['float32', 8 * 16_000], 'its last eight seconds');
      assert.ok(body.samples.some((sample) => sample > 0.1) && body.samples.every((sample) => Math.abs(sample) <= 1));
      await session.close();
    }
  });
});
