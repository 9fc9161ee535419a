// The indexes of vectors refuse what the real ones refuse, and find what is near.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { start } from './helpers.mjs';

const ID = '00000000-0000-4000-8000-00000000000a';
const OTHER = '00000000-0000-4000-8000-00000000000b';

/** A request with a JSON body; answers `{status, body}`. */
async function ask(url, method, body, headers = {}) {
  const answer = await fetch(url, { method, headers: { 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
  return { status: answer.status, body: await answer.json() };
}

test('Qdrant stores, finds within a filter and deletes', async (t) => {
  const { url } = await start(t);
  const at = `${url}/collections/c/points`;
  const point = (id, vector, person) => ({ id, vector, payload: { person } });
  assert.equal((await ask(`${at}?wait=true`, 'PUT', { points: [point(ID, [1, 0], 'a'), point(OTHER, [0.9, 0.1], 'b')] })).body.result.status, 'completed');
  const query = (value) => ask(`${at}/query`, 'POST', { query: [1, 0], filter: { must: [{ key: 'person', match: { value } }] }, limit: 5 });
  const { body } = await query('b');
  assert.deepEqual([body.status, body.result.points.map(({ id }) => id)], ['ok', [OTHER]]);
  await ask(`${at}/delete?wait=true`, 'POST', { points: [OTHER] });
  assert.deepEqual((await query('b')).body.result.points, []);
});

test('Qdrant refuses ids, dimensions and fields that it does not know, in its own form', async (t) => {
  const { url } = await start(t, { qdrant: { key: 'k' } });
  const at = `${url}/collections/c/points`;
  const key = { 'api-key': 'k' };
  await ask(`${at}?wait=true`, 'PUT', { points: [{ id: ID, vector: [1, 0] }] }, key);
  for (const points of [[{ id: 'mem_1', vector: [1, 0] }], [{ id: ID, vector: [1] }], [{ id: ID, vector: [1, 0], text: 'x' }], []]) {
    const { status, body } = await ask(`${at}?wait=true`, 'PUT', { points }, key);
    assert.deepEqual([status, typeof body.status.error], [400, 'string']);
  }
  assert.equal((await ask(`${at}/query`, 'POST', { query: [1, 0], limit: 0, filter: { must: [] } }, key)).status, 400);
  assert.equal((await ask(`${at}/query`, 'POST', { query: [1, 0], limit: 1 })).status, 401);
});

test('Vectorize takes changes in after a while, and tells how far it is', async (t) => {
  const providers = await start(t, { vectorize: { lag_ms: 0 } });
  const call = (operation, type, body, method = 'POST') => ask(`${providers.url}/vectorize/i`, method, body, { 'mf-url': `http://vector-search/${operation}`, 'mf-header-content-type': type });
  const line = JSON.stringify({ id: 'one', values: [1, 0], namespace: 'a' });
  const { body: { mutationId } } = await call('upsert', 'application/x-ndjson', line);
  assert.equal((await call('info', undefined, undefined, 'GET')).body.processedUpToMutation, mutationId);
  const query = { vector: [1, 0], topK: 3, namespace: 'a', returnValues: false, returnMetadata: 'none' };
  assert.deepEqual((await call('query', 'application/json', query)).body.matches.map(({ id }) => id), ['one']);
  assert.deepEqual((await call('query', 'application/json', { ...query, namespace: 'b' })).body.matches, []);
  providers.control({ vectorize: { lag_ms: 3_600_000 } });
  await call('deleteByIds', 'application/json', { ids: ['one'] });
  assert.equal((await call('query', 'application/json', query)).body.count, 1, 'not seen yet');
  for (const [operation, type, wrong] of [['upsert', 'application/json', line], ['upsert', 'application/x-ndjson', line.replace('one', 'x'.repeat(65))], ['query', 'application/json', { ...query, topK: 101 }], ['drop', 'application/json', {}]]) {
    assert.equal((await call(operation, type, wrong)).status, 400, operation);
  }
});
