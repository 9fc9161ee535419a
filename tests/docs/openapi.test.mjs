// static/openapi.json against the built Worker: its methods, and what it really answers. (src/http/router.rs compares its table with it.)

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { resolve, wrong } from './schema.mjs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const document = JSON.parse(read('static/openapi.json'));
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method.toLowerCase()]).map((method) => ({ method, path, name: `${method} ${path}`, ...item[method.toLowerCase()] })));

/** Values for path parameters, so that an address means something. A new parameter needs a line here. */
const EXAMPLES = { '/v1/models/{id}': { id: 'companion' }, '/admin/breakers/{key}': { key: 'chat:groq:openai/gpt-oss-120b' } };
const addressOf = (path) => path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(EXAMPLES[path]?.[name] ?? 'example'));

describe('the document', () => {
  test('is OpenAPI 3.1, and every reference in it leads somewhere', () => {
    assert.match(document.openapi, /^3\.1\.\d+$/);
    const used = new Set();
    const visit = (node) => {
      if (node?.$ref) {
        resolve(document, node);
        used.add(node.$ref);
      }
      if (node && typeof node === 'object') Object.values(node).forEach(visit);
    };
    visit(document);
    for (const [kind, parts] of Object.entries(document.components)) {
      if (kind === 'securitySchemes') continue;
      for (const name of Object.keys(parts)) assert.ok(used.has(`#/components/${kind}/${name}`), `${kind}/${name} is used by nobody`);
    }
  });

  test('names the version of the crate and of the package', () => {
    assert.equal(document.info.version, /^version = "(.+)"/m.exec(read('Cargo.toml'))[1]);
    assert.equal(document.info.version, JSON.parse(read('package.json')).version);
  });

  test('describes every operation: a name of its own, a summary, a tag, an answer, its path parameters', () => {
    const tags = document.tags.map(({ name }) => name);
    assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
    for (const { name, path, operationId, summary, tags: own, responses, parameters = [] } of operations) {
      assert.ok(operationId && summary && own.every((tag) => tags.includes(tag)), name);
      assert.ok(Object.keys(responses).some((status) => /^(2|101)/.test(status)), `${name} has no answer`);
      const named = parameters.filter((one) => one.in === 'path').map((one) => one.name);
      assert.deepEqual(named, [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter), name);
    }
  });

  test('gives every answer a request id, and every error the contract\'s shape', () => {
    // What an MCP client is refused is a JSON-RPC error.
    const isRpc = (path, status) => path === '/mcp' && ['400', '404'].includes(status);
    for (const { name, path, responses } of operations) {
      for (const [status, node] of Object.entries(responses)) {
        const response = resolve(document, node);
        assert.ok(response.description && response.headers['x-request-id'], `${name} ${status}`);
        if (Number(status) >= 400 && !isRpc(path, status)) assert.equal(response.content['application/json'].schema.$ref, '#/components/schemas/Error', `${name} ${status}`);
      }
    }
  });

  test('lists exactly the error codes that the code can give', () => {
    const sources = readdirSync(new URL('../../src', import.meta.url), { recursive: true }).filter((path) => path.endsWith('.rs')).map((path) => read(`src/${path}`).split('#[cfg(test)]')[0]);
    // Ours stand where an error is made, a provider's reasons in one table.
    const words = (text, pattern) => [...text.matchAll(pattern)].map(([, code]) => code.toLowerCase());
    const reasons = words(read('src/upstream/reason.rs').split('#[cfg(test)]')[0], /known\(\s*"?(\w+)"?,/g);
    const given = new Set([...sources.flatMap((text) => words(text, /with_code\(\s*"(\w+)"/g)), ...reasons]);
    const listed = document.components.schemas.Error.properties.error.properties.code.enum.filter(Boolean);
    assert.deepEqual([...given].sort(), [...listed].sort());
  });
});

describe('the built Worker', () => {
  const KEY = 'key-of-a-server';
  let hearken;
  before(async () => {
    hearken = await startHearken({ vars: { AUTH: 'required', API_KEYS: KEY, SESSION_SECRET: 's' } });
  });
  after(() => hearken?.stop());

  const ask = (method, path, { body, headers = {}, key = KEY } = {}) => {
    const form = body instanceof FormData;
    return fetch(hearken.url + path, {
      method,
      headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...(body && !form ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: form ? body : JSON.stringify(body) } : {}),
    });
  };

  /** Reads an answer and compares status, content type, headers and body with what is documented; gives the body. */
  async function documented(name, response) {
    const operation = operations.find((one) => one.name === name);
    const node = operation.responses[response.status];
    assert.ok(node, `${name} answered the undocumented status ${response.status}: ${node ? '' : await response.text()}`);
    const { content, headers } = resolve(document, node);
    for (const [header, described] of Object.entries(headers)) {
      const { required, schema } = resolve(document, described);
      const value = response.headers.get(header);
      if (required) assert.ok(value, `${name} ${response.status} has no ${header}`);
      if (value !== null) assert.deepEqual(wrong(document, schema, value, header), []);
    }
    for (const header of response.headers.keys())
      if (/^x-(?!content-type-options|accel)|^server-timing|^retry-after/.test(header)) assert.ok(headers[header], `${name} ${response.status} has the undocumented header ${header}`);
    if (!content) return undefined;
    const type = response.headers.get('content-type')?.split(';')[0];
    assert.ok(content[type], `${name} ${response.status} is ${type}, which is not documented`);
    const { schema } = content[type];
    if (type.startsWith('audio/')) return Buffer.from(await response.arrayBuffer());
    const text = await response.text();
    const values = type === 'text/event-stream' ? events(text) : [type === 'application/json' ? JSON.parse(text) : text];
    for (const value of values) assert.deepEqual(wrong(document, schema, value, `${name} ${response.status}`), [], text);
    return type === 'text/event-stream' ? values : values[0];
  }

  const events = (text) => [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => (data === '[DONE]' ? data : JSON.parse(data)));

  test('knows every documented path and method', async () => {
    for (const { method, path, name } of operations) {
      const response = await ask(method, addressOf(path), { headers: method === 'GET' ? {} : { 'content-type': 'application/json' } });
      await response.arrayBuffer();
      assert.ok(![404, 405].includes(response.status), `${name} answered ${response.status}`);
    }
  });

  test('refuses every other method with 405, and says which there are', async () => {
    for (const path of Object.keys(document.paths)) {
      const known = operations.filter((one) => one.path === path).map(({ method }) => method);
      for (const method of METHODS.filter((one) => !known.includes(one))) {
        const response = await ask(method, addressOf(path));
        const text = await response.text();
        assert.equal(response.status, 405, `${method} ${path}`);
        const allowed = response.headers.get('allow').split(', ');
        assert.deepEqual(allowed.filter((one) => one !== 'HEAD').sort(), [...known].sort(), `${method} ${path}`);
        assert.deepEqual(wrong(document, { $ref: '#/components/schemas/Error' }, JSON.parse(text)), []);
      }
    }
  });

  test('serves HEAD where GET is, or says in `allow` that it does not; with no body', async () => {
    for (const { path, name } of operations.filter(({ method }) => method === 'GET')) {
      const response = await ask('HEAD', addressOf(path));
      assert.equal((await response.text()).length, 0, name);
      if (response.status === 405) assert.ok(!response.headers.get('allow').includes('HEAD'), name);
      else assert.ok(response.status < 500, `HEAD ${path} answered ${response.status}`);
    }
  });

  test('asks for a key exactly where the document does', async () => {
    for (const { method, path, name, security = document.security, responses } of operations) {
      const response = await ask(method, addressOf(path), { key: null, headers: method === 'GET' ? {} : { 'content-type': 'application/json' } });
      assert.equal(response.status === 401, security.length > 0, name);
      assert.equal('401' in responses, security.length > 0, name);
      await documented(name, response);
    }
  });

  /** A second of silence that every provider takes. */
  const wav = () => {
    const bytes = Buffer.alloc(44 + 32_000);
    bytes.write('RIFF', 0);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    bytes.write('WAVEfmt ', 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(1, 22);
    bytes.writeUInt32LE(16_000, 24);
    bytes.writeUInt32LE(32_000, 28);
    bytes.writeUInt16LE(2, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write('data', 36);
    bytes.writeUInt32LE(32_000, 40);
    return bytes;
  };
  const form = (fields) => {
    const data = new FormData();
    data.set('file', new Blob([wav()]), 'speech.wav');
    for (const [field, value] of Object.entries(fields)) data.set(field, value);
    return data;
  };
  const CHAT = { messages: [{ role: 'user', content: 'Good evening.' }] };
  const SPOKEN = { modalities: ['text', 'audio'], audio: { format: 'webm' } };
  const HEARD = () => ({ messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: wav().toString('base64'), format: 'wav' } }] }] });
  const SPEECH = { input: 'Good evening.' };

  /** The address of a memory, and of a conversation, that exist. */
  const remembered = async (below = '') => {
    const response = await ask('POST', '/v1/memories', { body: { user: 'ann', text: 'She lives in Leeds.' } });
    return `/v1/memories/${(await response.json()).id}${below}?user=ann`;
  };
  const talked = async () => {
    await (await ask('POST', '/v1/chat/completions', { body: { ...CHAT, user: 'ann', conversation: 'evening' } })).text();
    return '/v1/conversations/evening?user=ann';
  };
  const itemsOfTalk = async (more = '') => (await talked()).replace('?', '/items?') + more;
  const itemOfTalk = async () => {
    const { data: [{ id }] } = await (await ask('GET', await itemsOfTalk())).json();
    return (await talked()).replace('?', `/items/${id}?`);
  };
  const SAID = { role: 'user', content: 'Good evening.' };

  const answered = async (below = '') => {
    const response = await ask('POST', '/v1/responses', { body: { user: 'ann', input: 'Good evening.' } });
    return `/v1/responses/${(await response.json()).id}${below}?user=ann`;
  };

  const MODERN = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
  const RPC = (method, params = {}) => ({ jsonrpc: '2.0', id: 1, method, params });

  /** What is asked of each operation, and which statuses that must give. A new operation needs a line here. */
  const CASES = {
    'POST /v1/chat/completions': [
      [200, { body: CHAT }], [200, { body: { ...CHAT, user: 'ann', conversation: 'c1' } }], [400, { body: { ...CHAT, memory: 'maybe' } }], [200, { body: { ...CHAT, stream: true } }], [400, { body: {} }], [404, { body: { ...CHAT, model: 'gpt-4o' } }],
      [415, { headers: { 'content-type': 'text/plain' }, body: CHAT }],
      [502, { body: CHAT, knobs: { chat: { fault: 'server_error' } } }], [429, { body: CHAT, knobs: { chat: { fault: 'rate_limit' } } }],
      [200, { body: { ...CHAT, stream: true }, knobs: { chat: { fault: 'cut' } } }],
      ...[true, false].map((stream) => [200, { body: { ...CHAT, ...SPOKEN, stream } }]),
      ...[true, false].map((stream) => [200, { body: { ...CHAT, ...SPOKEN, stream }, knobs: { speech: { fault: 'server_error' } } }]),
      [200, { body: CHAT, headers: { accept: 'audio/webm' } }], [502, { body: CHAT, headers: { accept: 'audio/webm' }, knobs: { speech: { fault: 'server_error' } } }],
      [200, { body: () => ({ ...HEARD(), stream: true }), knobs: { transcription: { transcript: 'Good evening.' } } }],
      [200, { body: () => HEARD(), knobs: { transcription: { transcript: 'Good evening.' } } }],
      [400, { body: () => HEARD(), knobs: { transcription: { transcript: '' } } }], [400, { body: { ...CHAT, modalities: ['smell'] } }],
    ],
    'POST /v1/audio/speech': [
      ...['mp3', 'opus', 'webm', 'mp4', 'wav', 'pcm'].map((response_format) => [200, { body: { ...SPEECH, response_format } }]),
      [200, { body: { ...SPEECH, stream_format: 'sse' } }], [400, { body: { input: '' } }], [404, { body: { ...SPEECH, model: 'acme:x' } }],
      [415, { headers: { 'content-type': 'text/plain' }, body: SPEECH }], [502, { body: { input: 'A sentence that was never spoken.' }, knobs: { speech: { fault: 'json_instead_of_audio' } } }],
    ],
    'POST /v1/audio/transcriptions': [
      ...['json', 'text', 'verbose_json'].map((response_format) => [200, { body: () => form({ response_format }), knobs: { transcription: { transcript: 'Good evening.' } } }]),
      [400, { body: () => form({ response_format: 'xml' }) }], [404, { body: () => form({ model: 'acme:x' }) }], [415, { body: {} }],
    ],
    'POST /v1/audio/translations': [[400, { body: () => form({ response_format: 'xml' }) }], [404, { body: () => form({ model: 'acme:x' }) }], [415, { body: {} }]],
    'GET /v1/audio/voices': [[200, {}]],
    'GET /v1/audio/models': [[200, {}]],
    'POST /v1/responses': [
      [200, { body: { input: 'Good evening.' } }], [200, { body: { input: [{ role: 'user', content: 'Good evening.' }], stream: true, conversation: { id: 'r' } }, headers: { 'x-user': 'ann' } }],
      [400, { body: { input: 'hi', background: true } }], [400, { body: { input: 'hi', previous_response_id: 'resp_1' } }],
      [404, { body: { input: 'hi', model: 'none' } }], [404, { body: { user: 'ann', input: [{ type: 'item_reference', id: 'msg_1' }] } }], [415, { headers: { 'content-type': 'text/plain' }, body: {} }],
      [502, { body: { input: 'hi' }, knobs: { chat: { fault: 'server_error' } } }],
    ],
    'GET /v1/responses/{id}': [[200, { path: () => answered() }], [400, { path: '/v1/responses/none?stream=true' }], [404, { path: '/v1/responses/none?user=ann' }]],
    'DELETE /v1/responses/{id}': [[200, { path: () => answered() }], [404, { path: '/v1/responses/none?user=ann' }]],
    'GET /v1/responses/{id}/input_items': [[200, { path: () => answered('/input_items') }], [400, { path: '/v1/responses/none/input_items?order=up' }], [404, { path: '/v1/responses/none/input_items?user=ann' }]],
    'GET /v1/realtime': [[400, {}]],
    'POST /v1/realtime/client_secrets': [
      [200, { body: {} }], [200, { body: { session: { type: 'realtime' }, expires_after: { anchor: 'created_at', seconds: 10 } } }], [400, { body: { expires_after: { seconds: 9 } } }],
      [403, { body: {}, token: true }], [404, { body: { session: { model: 'none' } } }], [415, { headers: { 'content-type': 'text/plain' }, body: {} }],
    ],
    'POST /v1/embeddings': [
      [200, { body: { input: 'Good evening.' } }], [200, { body: { input: ['a', 'b'], encoding_format: 'base64', dimensions: 8 } }], [200, { body: { input: [1, 2] } }],
      [400, { body: { input: '' } }], [404, { body: { input: 'a', model: 'text-embedding-3-small' } }], [415, { headers: { 'content-type': 'text/plain' }, body: {} }],
      [502, { body: { input: 'a' }, knobs: { embeddings: { fault: 'server_error' } } }],
    ],
    'GET /v1/models': [[200, {}]],
    'GET /v1/models/{id}': [[200, {}], [404, { path: '/v1/models/none' }]],
    'DELETE /v1/sessions': [[200, { headers: { 'x-user': 'cleo' } }], [400, {}], [403, { headers: { 'x-user': 'cleo' }, token: true }]],
    'GET /v1/usage': [[200, { headers: { 'x-user': 'ann' } }], [400, {}]],
    'POST /v1/sessions': [[200, { body: { user: 'ann' } }], [400, { body: {} }], [415, { headers: { 'content-type': 'text/plain' }, body: {} }]],
    'GET /metrics': [[200, {}], [403, { token: true }]],
    'POST /v1/heard': [[204, { body: { turn: 'req_0123456789abcdef01234567', heard_ms: 900 } }], [400, { body: { turn: 'x', heard_ms: 1 } }], [415, { headers: { 'content-type': 'text/plain' }, body: {} }]],
    'GET /admin/stats': [[200, { path: '/admin/stats?window=24h' }], [400, { path: '/admin/stats?window=7d' }], [403, { token: true }]],
    'GET /admin/breakers': [[200, {}], [403, { token: true }]],
    'GET /admin/breakers/{key}': [[200, {}], [404, { path: '/admin/breakers/chat:acme:x' }], [403, { token: true }]],
    'PUT /admin/breakers/{key}': [[200, { body: { mode: 'auto' } }], [400, { body: { mode: 'ajar' } }], [403, { body: { mode: 'auto' }, token: true }]],
    'GET /v1/memories': [[200, { path: '/v1/memories?user=ann' }], [400, { path: '/v1/memories?user=ann&limit=0' }], [400, {}]],
    'POST /v1/memories': [[200, { body: { user: 'ann', text: 'She lives in Leeds.' } }], [202, { body: { user: 'ann', messages: [{ role: 'user', content: 'I have a dog called Rex.' }] } }], [400, { body: { user: 'ann' } }]],
    'DELETE /v1/memories': [[200, { path: '/v1/memories?user=bob' }]],
    'POST /v1/memories/search': [[200, { body: { user: 'ann', query: 'Where does she live?' } }], [400, { body: { user: 'ann' } }]],
    'POST /v1/memories/flush': [[200, { path: '/v1/memories/flush?user=ann' }]],
    'GET /v1/memories/{id}': [[200, { path: () => remembered() }], [404, { path: '/v1/memories/none?user=ann' }]],
    'PUT /v1/memories/{id}': [[200, { path: () => remembered(), body: { user: 'ann', text: 'She lives in York.' } }], [404, { path: '/v1/memories/none', body: { user: 'ann', text: 'x' } }]],
    'DELETE /v1/memories/{id}': [[200, { path: () => remembered() }], [404, { path: '/v1/memories/none?user=ann' }]],
    'GET /v1/memories/{id}/history': [[200, { path: () => remembered('/history') }], [404, { path: '/v1/memories/none/history?user=ann' }]],
    'GET /v1/conversations': [[200, { path: '/v1/conversations?user=ann&query=Leeds' }], [400, { path: '/v1/conversations?user=ann&limit=0' }]],
    'POST /v1/conversations': [[200, { body: { user: 'ann', items: [SAID], metadata: { a: 'b' } } }], [400, { body: { user: 'ann', items: ['x'] } }]],
    'GET /v1/conversations/{id}/items': [[200, { path: () => itemsOfTalk() }], [400, { path: () => itemsOfTalk('&order=up') }], [404, { path: '/v1/conversations/none/items?user=ann' }]],
    'POST /v1/conversations/{id}/items': [[200, { path: () => itemsOfTalk(), body: { items: [SAID] } }], [400, { path: () => itemsOfTalk(), body: { items: 'x' } }], [404, { path: '/v1/conversations/none/items?user=ann', body: { items: [SAID] } }]],
    'GET /v1/conversations/{id}/items/{item_id}': [[200, { path: () => itemOfTalk() }], [404, { path: '/v1/conversations/none/items/none?user=ann' }]],
    'DELETE /v1/conversations/{id}/items/{item_id}': [[200, { path: () => itemOfTalk() }], [404, { path: '/v1/conversations/none/items/none?user=ann' }]],
    'GET /v1/conversations/{id}': [[200, { path: () => talked() }], [404, { path: '/v1/conversations/none?user=ann' }]],
    'POST /v1/conversations/{id}': [
      [200, { path: () => talked(), body: { metadata: { title: 'An evening' } } }],
      [400, { path: () => talked(), body: { metadata: 'An evening' } }],
      [404, { path: '/v1/conversations/none?user=ann', body: { metadata: null } }],
    ],
    'DELETE /v1/conversations/{id}': [[200, { path: () => talked() }], [404, { path: '/v1/conversations/none?user=ann' }]],
    'POST /mcp': [
      [200, { path: '/mcp?user=ann', body: RPC('tools/list') }], [200, { path: '/mcp?user=ann', body: RPC('tools/call', { name: 'search_memories', arguments: { query: 'Leeds' } }) }],
      [202, { body: { jsonrpc: '2.0', method: 'notifications/initialized' } }], [400, { body: {} }], [404, { body: RPC('ping', { _meta: MODERN }), headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'ping' } }],
      [403, { body: RPC('ping'), headers: { origin: 'https://elsewhere.example' } }], [415, { headers: { 'content-type': 'text/plain' }, body: {} }],
    ],
    'GET /v1/export': [[200, { path: '/v1/export?user=ann' }], [400, {}]],
    'DELETE /v1/person': [[200, { path: '/v1/person?user=bob' }], [400, {}]],
    'GET /admin/phrases': [[200, {}], [400, { path: '/admin/phrases?limit=0' }], [403, { token: true }]],
    'POST /admin/phrases/warm': [[200, {}], [403, { token: true }]],
    'DELETE /admin/phrases': [[204, {}], [403, { token: true }]],
    'GET /health': [[200, {}]],
  };

  for (const { name, method, path } of operations) {
    test(`answers ${name} as documented`, async () => {
      assert.ok(CASES[name], `tests/docs/openapi.test.mjs has no case for ${name}`);
      for (const [status, { body, headers, knobs, path: other, token }] of CASES[name]) {
        hearken.providers.control(null);
        if (knobs) hearken.providers.control(knobs);
        const key = token ? (await (await ask('POST', '/v1/sessions', { body: { user: 'ann' } })).json()).token : KEY;
        const response = await ask(method, typeof other === 'function' ? await other() : (other ?? addressOf(path)), { headers, key, body: typeof body === 'function' ? body() : body });
        const got = await documented(name, response);
        assert.equal(response.status, status, `${name} ${JSON.stringify(body)}: ${JSON.stringify(got)}`);
      }
    });
  }

  test('lets a token neither make tokens nor be of no use', async () => {
    const { token } = await (await ask('POST', '/v1/sessions', { body: { user: 'ann' } })).json();
    const refused = await ask('POST', '/v1/sessions', { body: { user: 'bob' }, key: token });
    await documented('POST /v1/sessions', refused);
    assert.equal(refused.status, 403);
    assert.equal((await ask('GET', '/v1/models', { key: token })).status, 200);
  });

  test('serves the document itself', async () => {
    const response = await fetch(`${hearken.url}/openapi.json`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), document);
  });
});
