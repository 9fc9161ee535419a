// The index outside fails in every way it can: a search answers in time with what words find, the socket is closed, and an
// index that is dead is left alone.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FAULTS } from '../../local/knobs.mjs';
import { startHearken, until } from '../harness.mjs';
import { readOpenMetrics, sampleOf } from './openmetrics.mjs';
import { Somebody } from './people.mjs';

const KEY = 'search:qdrant:memories';
const CLOCK_MS = 500;
const vars = (more = {}) => (url) => ({
  INDEX: 'qdrant:memories', QDRANT_BASE_URL: url, QDRANT_API_KEY: 'k', INDEX_FROM: '0', EXTRACT_IDLE_MS: '3600000', EMBED: 'openai:vectors', LLM: 'groq:first', TTS: 'openai:tts', STT: 'groq:ears',
  INDEX_RETRIES: '0', INDEX_HEADERS_MS: String(CLOCK_MS), INDEX_IDLE_MS: String(CLOCK_MS), ...more,
});
/** With a busy machine's allowance. */
const IN_TIME_MS = 10_000;
/** What an answer of JSON cannot suffer. */
const HARMLESS = ['split_utf8', 'crlf', 'cr', 'bom', 'comments', 'multi_line_data', 'wrong_content_type', 'mp3_instead', 'truncated_audio', 'slow_audio', 'json_instead_of_audio', 'empty'];

const queries = (hearken) => hearken.providers.requests.filter(({ scope, path }) => scope === 'qdrant.search' && path.endsWith('/query'));
const breaker = async (hearken) => (await fetch(`${hearken.url}/admin/breakers/${encodeURIComponent(KEY)}`)).json();
const counted = async (hearken, family, labels) => sampleOf(readOpenMetrics(await (await fetch(`${hearken.url}/metrics`)).text()), family, { key: KEY, ...labels }) ?? 0;

/** Someone with a memory that the index knows. */
async function someone(hearken, user) {
  const person = new Somebody(hearken.url, user);
  await person.remember('Has a parrot called Coco', 'fact');
  await until('the point', () => hearken.providers.indexes.of('qdrant', 'memories').stored.size > 0);
  return person;
}

async function found(person, query) {
  const began_ms = performance.now();
  const { texts } = await person.search(query);
  const took_ms = performance.now() - began_ms;
  assert.deepEqual(texts, ['Has a parrot called Coco'], query);
  assert.ok(took_ms < IN_TIME_MS, `${took_ms} ms`);
  return took_ms;
}

describe('the index', () => {
  let hearken;
  let person;
  before(async () => {
    hearken = await startHearken({ vars: vars() });
    person = await someone(hearken, 'ann');
  });
  after(() => hearken?.stop());

  const odd = { 'a list for an answer': [], 'no points': { result: {} }, 'words': 'hello', 'points of somebody else': { result: { points: [{ id: '5a6b4b8e-0000-4000-8000-000000000000', score: 0.9 }] } } };
  const faults = [...FAULTS].filter((fault) => !HARMLESS.includes(fault)).map((fault) => [fault, { fault }]);
  for (const [name, knobs] of [...faults, ...Object.entries(odd).map(([title, body]) => [title, { body }])]) {
    test(`${name}: words find it all the same, in time`, async () => {
      hearken.providers.control({ 'qdrant.search': { fault: null, body: null, ...knobs } });
      hearken.providers.journal.clear();
      await found(person, `a parrot ${name}`);
      assert.ok(queries(hearken).length >= 1, 'it was asked');
      await until('every socket to be closed', () => queries(hearken).every(({ ended }) => ended !== 'open'));
    });
  }
});

test('a dead index opens its breaker, is counted there, and is then left alone', async () => {
  const strict = { INDEX_BREAKER_STRATEGY: 'consecutive_adaptive', INDEX_BREAKER_THRESHOLD: '3', BREAKER_SNAPSHOT_TTL_MS: '50', INDEX_BREAKER_OPEN_MS: '60000', INDEX_BREAKER_OPEN_MAX_MS: '60000' };
  const hearken = await startHearken({ breakers: 'auto', vars: vars(strict) });
  try {
    const person = await someone(hearken, 'bob');
    hearken.providers.control({ 'qdrant.search': { fault: 'hang' } });
    let number = 0;
    await until('the breaker to open', async () => {
      await found(person, `a parrot ${(number += 1)}`);
      return (await breaker(hearken)).state === 'open';
    }, 30_000);
    assert.ok((await counted(hearken, 'breaker_outcomes', { outcome: 'fail' })) >= 3);
    assert.equal(await counted(hearken, 'breaker_opens'), 1);
    hearken.providers.journal.clear();
    const took = [];
    for (let i = 0; i < 5; i += 1) took.push(await found(person, `a parrot ${(number += 1)}`));
    assert.equal(queries(hearken).length, 0, 'nobody asks an open breaker');
    assert.ok(Math.min(...took) < CLOCK_MS, `${took} ms`);
  } finally {
    await hearken.stop();
  }
});
