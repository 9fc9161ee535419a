// The breaker of embeddings: recall goes on without vectors, a dead provider costs one deadline and then nothing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { having, until } from '../harness.mjs';
import { readOpenMetrics, sampleOf } from './openmetrics.mjs';
import { embeddings, knownIn, Somebody, turns } from './people.mjs';

const KEY = 'embeddings:openai:vectors';
const HEADERS_MS = 700;
const VARS = {
  EMBED: 'openai:vectors', EMBED_RETRIES: '0', EMBED_HEADERS_MS: String(HEADERS_MS),
  EMBED_BREAKER_STRATEGY: 'consecutive_adaptive', EMBED_BREAKER_THRESHOLD: '3', EMBED_BREAKER_OPEN_MS: '60000', EMBED_BREAKER_OPEN_MAX_MS: '60000', BREAKER_SNAPSHOT_TTL_MS: '50',
};

const breaker = async (hearken, key = KEY) => (await fetch(`${hearken.url}/admin/breakers/${encodeURIComponent(key)}`)).json();
const metric = async (hearken, family, labels) => sampleOf(readOpenMetrics(await (await fetch(`${hearken.url}/metrics`)).text()), family, { key: KEY, ...labels });
const queries = (hearken, word) => embeddings(hearken.providers).filter(({ body }) => JSON.stringify(body).includes(word));

/** Asks something new each time: a vector that is known is not asked for again. */
async function asks(person, number) {
  const began_ms = performance.now();
  const reply = await person.say(`What is my parrot called in year ${number}?`);
  assert.equal(reply.status, 200);
  return { reply, took_ms: performance.now() - began_ms };
}

describe('embeddings', () => {
  test('a dead provider opens its own breaker and is then left alone, while recall finds words', async () => {
    await having({ vars: VARS }, async (hearken) => {
      const person = new Somebody(hearken.url, 'ann');
      await person.remember('Has a parrot called Coco', 'fact');
      await asks(person, 1);
      hearken.providers.control({ 'openai.embeddings': { fault: 'hang' } });
      let number = 2;
      await until('the breaker to open', async () => {
        await asks(person, number);
        number += 1;
        return (await breaker(hearken)).state === 'open';
      });
      const asked = queries(hearken, 'year').length;
      hearken.providers.journal.clear();
      const took = [];
      for (let i = 0; i < 5; i += 1) {
        took.push((await asks(person, number)).took_ms);
        number += 1;
      }
      assert.equal(queries(hearken, 'year').length, 0, 'nobody asks an open breaker');
      assert.ok(Math.min(...took) < HEADERS_MS, `${took} ms: nobody waits for it either`);
      assert.ok(turns(hearken.providers).every((request) => knownIn(request).includes('Coco')));
      assert.ok(asked >= 3 && asked <= 10, `${asked} calls until then`);
      assert.ok((await metric(hearken, 'breaker_outcomes', { outcome: 'fail' })) >= 3);
      assert.equal((await breaker(hearken, 'chat:groq:openai/gpt-oss-120b')).state, 'closed', 'the others know nothing of it');
      // A healed provider is asked again when an operator says so.
      hearken.providers.control({ 'openai.embeddings': { fault: null } });
      for (const mode of ['forced_open', 'auto']) await fetch(`${hearken.url}/admin/breakers/${encodeURIComponent(KEY)}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ mode }) });
      await until('a vector', async () => {
        await asks(person, number);
        number += 1;
        return queries(hearken, 'year').some(({ ended }) => ended === 'complete');
      });
    });
  });

  test('each kind of end is counted as what it is', async () => {
    const cases = [
      [{ fault: 'server_error' }, 'fail', 'status'], [{ fault: 'rate_limit', headers: { 'retry-after': '0', 'retry-after-ms': '0' } }, 'throttled', 'throttled'], [{ status: 400 }, 'excluded', 'refused'],
      [{ fault: 'cut' }, 'fail', 'unusable'], [{ fault: 'reset' }, 'fail', 'cut'], [{ body: { data: [] } }, 'fail', 'unusable'], [{ fault: 'refuse' }, 'fail', 'connect'],
    ];
    await having({ vars: { ...VARS, EMBED_BREAKER_THRESHOLD: '1000', EMBED_BREAKER_THRESHOLD_MAX: '1000' } }, async (hearken) => {
      const person = new Somebody(hearken.url, 'bob');
      await person.remember('Has a parrot called Coco', 'fact');
      await asks(person, 0);
      for (const [number, [knobs, outcome, word]] of cases.entries()) {
        const value = async (family, label) => (await metric(hearken, family, { outcome: label })) ?? 0;
        const before = [await value('breaker_outcomes', outcome), await value('upstream_attempts', word)];
        hearken.providers.control({ 'openai.embeddings': { ...knobs, times: 1 } });
        await asks(person, number + 1);
        hearken.providers.control({ 'openai.embeddings': { fault: null, status: null, body: null, headers: null } });
        // What is neither good nor bad waits for the next report.
        await until(`${JSON.stringify(knobs)} to be counted`, async () => {
          await asks(person, `${number}${performance.now()}`);
          return (await value('breaker_outcomes', outcome)) > before[0];
        });
        assert.deepEqual([await value('breaker_outcomes', outcome), await value('upstream_attempts', word)], [before[0] + 1, before[1] + 1], JSON.stringify(knobs));
      }
    });
  });

  test('a late one is hedged by the next of the same model, the loser is ended and counted', async () => {
    const vars = { ...VARS, EMBED: 'openai:vectors, groq:vectors', EMBED_HEDGE: 'on', EMBED_HEADERS_MS: '60000', EMBED_FIRST_MS: '60000', EMBED_TOTAL_MS: '60000' };
    await having({ vars }, async (hearken) => {
      const person = new Somebody(hearken.url, 'cleo');
      await person.remember('Has a parrot called Coco', 'fact');
      for (let number = 0; number < 25; number += 1) await asks(person, number);
      hearken.providers.journal.clear();
      hearken.providers.control({ 'openai.embeddings': { first_ms: 50_000 } });
      const { took_ms } = await asks(person, 99);
      assert.ok(took_ms < 30_000, `${took_ms} ms`);
      const [late, beside] = queries(hearken, 'year 99');
      assert.deepEqual([late.scope, beside.scope, beside.ended], ['openai.embeddings', 'groq.embeddings', 'complete']);
      await until('the loser to be ended', () => late.ended === 'client_closed');
      hearken.providers.control({ 'openai.embeddings': { first_ms: 0 } });
      await until('both counts', async () => {
        await asks(person, `1${performance.now()}`);
        const families = readOpenMetrics(await (await fetch(`${hearken.url}/metrics`)).text());
        return sampleOf(families, 'upstream_attempts', { key: KEY, outcome: 'hedge_lost' }) >= 1 && sampleOf(families, 'upstream_hedges', { key: KEY }) >= 1
          && sampleOf(families, 'hearken_hedges', { operation: 'embeddings' }) >= 1;
      });
    });
  });
});
