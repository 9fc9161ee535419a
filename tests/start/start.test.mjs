// `npm start` as a newcomer runs it: it says where it serves, serves, and leaves nothing behind when it is told to stop.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../harness.mjs';
import { NO_PROC, ROOT, descendants, listens, nothingLeft, start } from './command.mjs';

const providersOf = ({ output }) => /local providers on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
const models = async (url) => (await (await fetch(`${url}/v1/models`)).json()).data.map(({ id }) => id);
const stateBeside = () => (existsSync(join(ROOT, '.wrangler')) ? readdirSync(join(ROOT, '.wrangler')).filter((name) => name !== 'state') : []);

test('it serves the page and speaks without a key, takes variables, and ends by SIGTERM', { skip: NO_PROC }, async () => {
  const beside = stateBeside();
  const started = start({ LLM: 'openai:of-the-environment', LOCAL_CHAT_FIRST_MS: '0', LOCAL_CHAT_GAP_MS: '0' });
  const url = await started.ready();
  const page = await fetch(`${url}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  assert.match(await page.text(), /<html/i);
  assert.deepEqual(await models(url), ['companion', 'openai:of-the-environment']);
  const chat = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
  });
  assert.equal(chat.status, 200);
  assert.equal(chat.headers.get('x-served-by'), 'openai:of-the-environment');
  assert.ok((await chat.json()).choices[0].message.content.length > 0);
  const speech = await fetch(`${url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'audio/ogg' }, body: '{"input":"Yes."}' });
  assert.equal(speech.status, 200);
  assert.equal(Buffer.from(await speech.arrayBuffer()).toString('latin1', 0, 4), 'OggS');
  assert.ok(existsSync(join(ROOT, '.wrangler', 'state')));
  assert.deepEqual(stateBeside(), beside, 'state is kept in .wrangler/state alone');
  const providers = providersOf(started);
  assert.equal(await listens(providers), true);
  const pids = [started.pid, ...descendants(started.pid)];
  assert.ok(pids.length >= 3, 'npm, node and workerd');
  // To npm alone, as a supervisor does.
  process.kill(started.pid, 'SIGTERM');
  await started.ended();
  await nothingLeft(started, pids, [url, providers]);
});

test('with LOCAL_PROVIDERS=off it asks the provider that the environment names, and it ends by SIGINT', { skip: NO_PROC }, async () => {
  const asked = [];
  const provider = createHttpServer((req, res) => {
    asked.push({ url: req.url, authorization: req.headers.authorization });
    req.resume();
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end('{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}]}');
  });
  await new Promise((resolve) => provider.listen(0, '127.0.0.1', resolve));
  try {
    const started = start({ LOCAL_PROVIDERS: 'off', LLM: 'groq:m', GROQ_BASE_URL: `http://127.0.0.1:${provider.address().port}/v1`, GROQ_API_KEY: 'key-of-the-environment' });
    const url = await started.ready();
    assert.equal(providersOf(started), undefined);
    const chat = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
    });
    assert.equal((await chat.json()).choices[0].message.content, 'Yes.');
    assert.deepEqual(asked, [{ url: '/v1/chat/completions', authorization: 'Bearer key-of-the-environment' }]);
    const pids = [started.pid, ...descendants(started.pid)];
    // To the whole group, as a terminal does.
    started.kill('SIGINT');
    await started.ended();
    await nothingLeft(started, pids, [url]);
  } finally {
    provider.closeAllConnections();
    provider.close();
  }
});

test('a port that is taken is said with what to change, before anything is started', { skip: NO_PROC }, async () => {
  const taken = createServer();
  await new Promise((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const port = `${taken.address().port}`;
  try {
    const started = start({ PORT: port });
    await until('npm start to end', () => started.closed);
    assert.notEqual(started.code, 0);
    const said = started.output.split('\n').filter((line) => line.startsWith('hearken: ') && line.includes(port) && /in use.*PORT/.test(line));
    assert.equal(said.length, 1, started.output);
    assert.doesNotMatch(started.output, /workerd|local providers/);
    assert.doesNotMatch(started.output, /^ready/m);
    assert.doesNotMatch(started.output, /^\s+at .*\.m?js:\d+/m);
    await nothingLeft(started, [], [providersOf(started)].filter(Boolean));
  } finally {
    taken.close();
  }
});

test('a port that is none is said', async () => {
  const started = start({ PORT: 'eighty' });
  await until('npm start to end', () => started.closed);
  assert.notEqual(started.code, 0);
  assert.match(started.output, /^hearken: PORT must be .*"eighty"/m);
});

test('a variable that cannot be used is named in one sentence', { skip: NO_PROC }, async () => {
  const started = start({ TTS_IDLE_MS: 'soon', LOCAL_PROVIDERS: 'off' });
  const url = await started.ready();
  const lines = started.output.split('\n').filter((line) => line.includes('not ready to serve'));
  assert.equal(lines.length, 1, started.output);
  assert.match(lines[0], /\bTTS_IDLE_MS\b.*soon/);
  const answer = await fetch(`${url}/v1/models`);
  assert.equal(answer.status, 503);
  assert.match((await answer.json()).error.message, /\bTTS_IDLE_MS\b/);
  const pids = [started.pid, ...descendants(started.pid)];
  started.kill('SIGTERM');
  await started.ended();
  await nothingLeft(started, pids, [url]);
});
