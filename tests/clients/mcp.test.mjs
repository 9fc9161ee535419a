// The official clients of the Model Context Protocol, of today's version and of the one before it, at `/mcp`.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client as Today, StreamableHTTPClientTransport as TodaysTransport } from '@modelcontextprotocol/client';
import { Client as Earlier } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as EarlierTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { nodeOfToday, ROOT } from '../../scripts/setup.mjs';
import { ran } from '../examples/support.mjs';
import { startHearken } from '../harness.mjs';

const KEY = 'key-of-a-server';
const ORIGIN = 'https://example.org';
let hearken;
before(async () => {
  hearken = await startHearken({ vars: { AUTH: 'required', API_KEYS: KEY, SESSION_SECRET: 's', ALLOWED_ORIGINS: ORIGIN } });
});
after(() => hearken?.stop());

const post = (path, body, headers = {}) => fetch(hearken.url + path, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}`, ...headers }, body: JSON.stringify(body) });

/** A client with a token of `user`. */
async function connected(Client, Transport, user, options) {
  const { token } = await (await post('/v1/sessions', { user })).json();
  const client = new Client({ name: 'a-test', version: '1' }, options);
  await client.connect(new Transport(new URL(`${hearken.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  return client;
}

const ERAS = [
  ['2026-07-28', (user) => connected(Today, TodaysTransport, user, { versionNegotiation: { mode: 'auto' } })],
  ['2025-11-25', (user) => connected(Earlier, EarlierTransport, user)],
];
for (const [version, connect] of ERAS) {
  describe(version, () => {
    let client;
    const user = `ann of ${version}`;
    before(async () => {
      client = await connect(user);
    });
    after(() => client?.close());
    const call = (name, args = {}) => client.callTool({ name, arguments: args });

    test('is spoken, and five tools are listed', async () => {
      assert.equal(client.getServerVersion().name, 'hearken');
      if (client.getNegotiatedProtocolVersion) assert.equal(client.getNegotiatedProtocolVersion(), version);
      const { tools } = await client.listTools();
      assert.deepEqual(tools.map(({ name }) => name), ['search_memories', 'add_memory', 'forget_memory', 'list_conversations', 'read_conversation']);
      assert.deepEqual(tools.filter(({ annotations }) => !annotations.readOnlyHint).map(({ name }) => name), ['add_memory', 'forget_memory']);
    });

    test('a memory is added, found and forgotten, for this person alone', async () => {
      const { structuredContent: added } = await call('add_memory', { text: 'Her dog is called Rex.' });
      const found = async (one) => (await one.callTool({ name: 'search_memories', arguments: { query: 'What is the dog called?' } })).structuredContent.data.map(({ id }) => id);
      assert.deepEqual(await found(client), [added.id]);
      const other = await connect(`bob of ${version}`);
      assert.deepEqual(await found(other), []);
      assert.equal((await other.callTool({ name: 'forget_memory', arguments: { id: added.id } })).isError, true);
      await other.close();
      assert.deepEqual((await call('forget_memory', { id: added.id })).structuredContent, { id: added.id, deleted: true });
      assert.deepEqual(await found(client), []);
    });

    test('conversations are listed and read', async () => {
      await (await post('/v1/chat/completions', { user, conversation: 'evening', messages: [{ role: 'user', content: 'Good evening.' }] })).text();
      assert.deepEqual((await call('list_conversations', { limit: 5 })).structuredContent.data.map(({ id }) => id), ['evening']);
      // As models fill in what they have nothing for.
      assert.deepEqual((await call('list_conversations', { query: null, limit: null, after: null })).structuredContent.data.map(({ id }) => id), ['evening']);
      const { content, structuredContent } = await call('read_conversation', { id: 'evening' });
      assert.deepEqual(JSON.parse(content[0].text), structuredContent);
      assert.equal(structuredContent.messages[0].content, 'Good evening.');
      const items = Array.from({ length: 20 }, (_, at) => ({ role: 'user', content: `line ${at}` }));
      for (let at = 0; at < 6; at += 1) await (await post('/v1/conversations/evening/items', { user, items })).text();
      const count = async (args) => (await call('read_conversation', { id: 'evening', ...args })).structuredContent.messages.length;
      assert.deepEqual([await count({}), await count({ limit: 7 }), await count({ limit: 2_000 }) > 120], [100, 7, true]);
    });

    test('what a tool cannot do is for the model to read', async () => {
      for (const [name, args] of [['search_memories', {}], ['add_memory', { text: ' ' }], ['read_conversation', { id: 'none' }], ['list_conversations', { limit: 0 }]]) {
        const { isError, content } = await call(name, args);
        assert.ok(isError && content[0].text.length > 0, name);
      }
    });
  });
}

test('a whole number may be written 5.0, as some models do', async () => {
  const called = async (name, args) => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: { ...args, limit: 'FIVE' } } };
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}`, 'x-user': 'floats' };
    const answer = await fetch(`${hearken.url}/mcp`, { method: 'POST', headers, body: JSON.stringify(message).replace('"FIVE"', '5.0') });
    return (await answer.json()).result;
  };
  for (const result of [await called('search_memories', { query: 'dogs' }), await called('list_conversations')]) assert.equal(result.isError, false, JSON.stringify(result));
});

test('GET and DELETE are 405, a strange origin is 403, and no credentials are 401', async () => {
  for (const method of ['GET', 'DELETE']) {
    const answer = await fetch(`${hearken.url}/mcp`, { method, headers: { authorization: `Bearer ${KEY}` } });
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST']);
    await answer.text();
  }
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  for (const [origin, status] of [['https://evil.example', 403], [ORIGIN, 200], [hearken.url, 200]]) {
    const answer = await post('/mcp', ping, { origin });
    assert.equal(answer.status, status, await answer.text());
  }
  assert.equal((await post('/mcp', ping, { authorization: '' })).status, 401);
});

describe('the official conformance runner', () => {
  // It has no way to name a key.
  let open;
  before(async () => {
    open = await startHearken();
  });
  after(() => open?.stop());

  for (const revision of ['2025-11-25', '2026-07-28']) {
    test(`finds nothing missing of ${revision} but what mcp-conformance.yml lists`, async () => {
      const runner = join(ROOT, 'node_modules', '@modelcontextprotocol', 'conformance', 'dist', 'index.js');
      const expected = join(import.meta.dirname, 'mcp-conformance.yml');
      const output = await ran(nodeOfToday(), [runner, 'server', '--url', `${open.url}/mcp`, '--requirements', revision, '--expected-failures', expected], { timeout_ms: 120_000 });
      const own = ['tools-list', ...(revision === '2025-11-25' ? ['server-initialize', 'ping'] : []), 'dns-rebinding-protection'];
      for (const scenario of own) assert.match(output, new RegExp(`✓ ${scenario}: \\d+ passed, 0 failed`), scenario);
    });
  }
});
