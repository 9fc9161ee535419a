// `npm run serve` as an operator of one machine runs it: closed to strangers, bound to the loopback, and with its state in
// one directory that outlives even a kill.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeOfToday } from '../../scripts/setup.mjs';
import { startLocalProviders } from '../../local/server.mjs';
import { cronMinutes } from '../../scripts/serve.mjs';
import { localVars } from '../../scripts/worker.mjs';
import { ran } from '../examples/support.mjs';
import { NO_PROC, ROOT, descendants, listens, nothingLeft, start } from './command.mjs';

const KEY = 'a-key-of-the-operator';
const json = (token) => ({ 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) });
const chat = (url, token, content) => fetch(`${url}/v1/chat/completions`, {
  method: 'POST', headers: json(token), body: JSON.stringify({ user: 'ann', conversation: 'porch', messages: [{ role: 'user', content }] }),
});

test('it serves with keys alone, and what was said outlives a kill', { skip: NO_PROC }, async () => {
  const providers = await startLocalProviders({ port: 0, settings: { chat: { first_ms: 0, gap_ms: 0 } } });
  const state = mkdtempSync(join(tmpdir(), 'hearken-state-'));
  const { AUTH: _, ...vars } = localVars(providers.url);
  const serve = () => start({ ...vars, API_KEYS: KEY, SESSION_SECRET: 'a secret for the tokens', STATE_DIR: state }, ['run', 'serve']);
  try {
    const first = serve();
    const url = await first.ready();
    assert.equal((await chat(url, undefined, 'Hello')).status, 401);
    const answer = await chat(url, KEY, 'My boat is called Marie.');
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
    const outside = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal);
    if (outside) {
      const reached = await fetch(`http://${outside.address}:${new URL(url).port}/health`).then(() => true, () => false);
      assert.equal(reached, false, 'nobody but this machine reaches it');
    }
    const killed = [first.pid, ...descendants(first.pid)];
    first.kill('SIGKILL');
    await first.ended();
    await nothingLeft(first, killed, [url], { isKilled: true });

    const second = serve();
    const again = await second.ready();
    const conversation = await (await fetch(`${again}/v1/conversations/porch`, { headers: { ...json(KEY), 'x-user': 'ann' } })).json();
    assert.equal(conversation.messages[0].content, 'My boat is called Marie.');
    const pids = [second.pid, ...descendants(second.pid)];
    process.kill(second.pid, 'SIGTERM');
    await second.ended();
    await nothingLeft(second, pids, [again]);
    assert.equal(await listens(again), false);
  } finally {
    await providers.close();
    rmSync(state, { recursive: true, force: true });
  }
});

test('what holds of the Worker holds of it: OpenAI’s client, and conversations that are kept', async () => {
  const files = ['clients/openai.test.mjs', 'worker/conversations.test.mjs'].map((file) => join(ROOT, 'tests', file));
  const output = await ran(nodeOfToday(), ['--test', '--test-reporter=tap', ...files], { env: { HEARKEN_SERVED: 'yes', NODE_TEST_CONTEXT: undefined }, timeout_ms: 240_000 });
  assert.match(output, /^# fail 0$/m);
  assert.ok(Number(/^# pass (\d+)$/m.exec(output)[1]) > 20, output);
});

test('the cron runs as often as wrangler.toml says', () => {
  assert.equal(cronMinutes(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')), 30);
  assert.throws(() => cronMinutes('crons = ["0 3 * * *"]\n'), /crons/);
});
