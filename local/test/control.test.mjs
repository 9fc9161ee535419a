import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { settingsFromEnvironment } from '../knobs.mjs';
import { chatBody, post, rawPost, start } from './helpers.mjs';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));
const statusOf = async (providers, path, body = chatBody('hello')) => (await post(providers.url + path, body)).status;

test('a scope concerns its provider and kind alone, the narrower one wins', async (t) => {
  const providers = await start(t, { groq: { status: 500 }, 'groq.chat': { status: 502 }, elevenlabs: { status: 418 } });
  assert.equal(await statusOf(providers, '/openai/v1/chat/completions'), 502);
  assert.equal(await statusOf(providers, '/openai/v1/embeddings', { model: 'e', input: 'x' }), 500);
  assert.equal(await statusOf(providers, '/v1/chat/completions'), 200);
  assert.equal(await statusOf(providers, '/v1/text-to-speech/v', { text: 'x' }), 418);
});

test('times limits a fault to the first requests, sequence gives each its own', async (t) => {
  const providers = await start(t, { chat: { status: 500, times: 2 } });
  const three = async () => [await statusOf(providers, '/v1/chat/completions'), await statusOf(providers, '/v1/chat/completions'), await statusOf(providers, '/v1/chat/completions')];
  assert.deepEqual(await three(), [500, 500, 200]);
  providers.control({ chat: { status: null, times: null, sequence: [{ status: 429 }, {}, { fault: 'busy' }] } });
  assert.deepEqual(await three(), [429, 200, 503]);
});

test('probability repeats with its seed', async (t) => {
  const providers = await start(t);
  const run = async () => {
    providers.control({ chat: { status: 500, probability: 0.5, seed: 7 } });
    const statuses = [];
    for (let request = 0; request < 12; request += 1) statuses.push(await statusOf(providers, '/v1/chat/completions'));
    return statuses;
  };
  const first = await run();
  assert.deepEqual(await run(), first);
  assert.ok(first.includes(500) && first.includes(200));
});

test('rules pick requests by model and by text', async (t) => {
  const providers = await start(t);
  providers.control({ chat: [{ model: 'bad-model', status: 500 }, { match_text: 'poison', status: 400 }] });
  assert.equal(await statusOf(providers, '/v1/chat/completions', chatBody('hello', { model: 'bad-model' })), 500);
  assert.equal(await statusOf(providers, '/v1/chat/completions', chatBody('some poison here')), 400);
  assert.equal(await statusOf(providers, '/v1/chat/completions'), 200);
});

test('control merges, shows, resets, and refuses what it does not know', async (t) => {
  const providers = await start(t);
  const url = `${providers.url}/control`;
  await post(url, { speech: { fault: 'cut', after: 10 } });
  const shown = await (await post(url, { speech: { after: 20 } })).json();
  assert.deepEqual(shown.speech, { fault: 'cut', after: 20 });
  assert.deepEqual(await (await fetch(url)).json(), shown);
  for (const wrong of [{ nowhere: {} }, { chat: { nothing: 1 } }, { chat: { fault: 'explode' } }, { chat: { first_ms: 'soon' } }, { chat: { __proto__x: 1 } }]) {
    const response = await post(url, wrong);
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error.code, 'bad_knob');
  }
  assert.equal((await (await fetch(url, { method: 'DELETE' })).json()).speech, undefined);
  assert.deepEqual(await (await fetch(`${url}/ping`)).json(), { ok: true });
});

test('the journal holds what was asked and how it ended, and control requests are not in it', async (t) => {
  const providers = await start(t);
  await (await post(`${providers.url}/v1/chat/completions`, chatBody('hello'), { authorization: 'Bearer secret' })).text();
  const { requests } = await (await fetch(`${providers.url}/control/requests`)).json();
  assert.equal(requests.length, 1);
  const [entry] = requests;
  assert.deepEqual([entry.method, entry.path, entry.scope, entry.ended, entry.status], ['POST', '/v1/chat/completions', 'openai.chat', 'complete', 200]);
  assert.equal(entry.headers.authorization, 'Bearer secret');
  assert.equal(entry.body.messages[0].content, 'hello');
  assert.ok(entry.events_sent >= 4 && entry.bytes_sent > 100 && entry.closed_at_ms >= entry.at_ms);
  await fetch(`${providers.url}/control/requests`, { method: 'DELETE' });
  assert.equal(providers.requests.length, 0);
});

test('a client that leaves a running stream is seen at once', async (t) => {
  const providers = await start(t, { chat: { gap_ms: 20, script: ['word '.repeat(2_000)] } });
  await rawPost(providers, '/v1/chat/completions', chatBody('x'), { enough: (chunks) => chunks.length >= 3 });
  const entry = await providers.waitFor(({ ended }) => ended === 'client_closed');
  assert.ok(entry.events_sent < 2_000);
});

test('waitFor rejects when nothing fits', async (t) => {
  const providers = await start(t);
  await assert.rejects(providers.waitFor(() => false, 10), /within 10 ms/);
});

test('key makes a scope ask for it in the header of the provider', async (t) => {
  const providers = await start(t, { all: { key: 'k' } });
  const speak = (headers) => post(`${providers.url}/v1/text-to-speech/v`, { text: 'x' }, headers);
  assert.equal((await speak({})).status, 401);
  assert.equal((await speak({ 'xi-api-key': 'k' })).status, 200);
  assert.equal((await post(`${providers.url}/v1/chat/completions`, chatBody('x'), { authorization: 'Bearer k' })).status, 200);
});

test('variables set knobs, words and JSON alike', () => {
  const settings = settingsFromEnvironment({
    LOCAL_CHAT_FIRST_MS: '5', LOCAL_WORKERS_AI_CHAT_FAULT: 'cut', LOCAL_GROQ_CHAT_SCRIPT: '["hi"]', LOCAL_SPEECH_STRICT: 'true', LOCAL_OTHER: '1',
  });
  assert.deepEqual(settings, { chat: { first_ms: 5 }, 'workers-ai.chat': { fault: 'cut' }, 'groq.chat': { script: ['hi'] }, speech: { strict: true } });
});

test('a body beyond the limit is refused with 413 and the server lives on', async (t) => {
  const providers = await start(t);
  const response = await fetch(`${providers.url}/v1/chat/completions`, { method: 'POST', body: Buffer.alloc(41 * 1024 * 1024, 32) });
  assert.equal(response.status, 413);
  assert.equal(await statusOf(providers, '/v1/chat/completions'), 200);
});

test('the command says where it listens, obeys variables and stops on SIGTERM', async (t) => {
  const child = spawn(process.execPath, [MAIN, '--port', '0'], { env: { ...process.env, LOCAL_CHAT_STATUS: '503' }, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const url = /^local providers on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1];
  assert.ok(url, line);
  assert.equal((await post(`${url}/v1/chat/completions`, chatBody('x'))).status, 503);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
