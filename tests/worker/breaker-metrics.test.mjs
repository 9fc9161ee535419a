// `GET /metrics`, read by a strict reader: every number against what was done.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { having, until } from '../harness.mjs';
import { readOpenMetrics, sampleOf } from './openmetrics.mjs';

const KEY = 'chat:groq:first';
const VARS = { LLM: 'groq:first, openai:second', BREAKER_STRATEGY: 'consecutive_adaptive', BREAKER_THRESHOLD: '3', LLM_RETRIES: '0', BREAKER_OPEN_JITTER: 'off', BREAKER_SNAPSHOT_TTL_MS: '50', BREAKER_OPEN_MS: '60000', BREAKER_OPEN_MAX_MS: '60000' };

async function scrape(hearken, headers = {}) {
  const answer = await fetch(`${hearken.url}/metrics`, { headers });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  return readOpenMetrics(await answer.text());
}

const chat = async (hearken) => {
  const answer = await fetch(`${hearken.url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ memory: 'off', messages: [{ role: 'user', content: 'hello' }] }),
  });
  await answer.arrayBuffer();
  return answer;
};

describe('metrics', () => {
  test('say of every configured breaker how it stands, called or not', async () => {
    await having({ vars: { ...VARS, LLM: 'groq:first, openai:a"b\\c' } }, async (hearken) => {
      const families = await scrape(hearken);
      assert.match(families.hearken_build.samples[0].labels.version, /^\d+\.\d+\.\d+/);
      const { data } = await (await fetch(`${hearken.url}/admin/breakers`)).json();
      for (const row of data) {
        const of = (family, labels = {}) => sampleOf(families, family, { key: row.key, ...labels });
        assert.equal(of('breaker_up'), 1, row.key);
        for (const state of ['closed', 'open', 'half_open', 'forced_open', 'disabled']) assert.equal(of('breaker_state', { breaker_state: state }), Number(state === row.state), row.key);
        assert.deepEqual(
          [of('breaker_threshold'), of('breaker_samples'), of('breaker_leases_live'), of('breaker_leases_limit'), of('breaker_retry_after_seconds'), of('breaker_cooldown_seconds')],
          [row.threshold, row.samples, 0, row.leases.limit, 0, 0], row.key,
        );
        assert.equal(of('breaker_opens'), 0);
        for (const reason of ['success_rate_above', 'success_rate_below']) assert.equal(of('breaker_adjustments', { reason }), 0);
      }
      assert.ok(data.some(({ key }) => key === 'chat:openai:a"b\\c'), 'a name that has to be escaped');
    });
  });

  test('count outcomes, openings, denials and adjustments, and what must be kept outlives a restart', async () => {
    const persist = mkdtempSync(join(tmpdir(), 'hearken-'));
    const vars = { ...VARS, BREAKER_ADAPT_EVERY: '5', BREAKER_ADAPT_MIN_SAMPLES: '5', BREAKER_ADAPT_WINDOW: '5' };
    try {
      await having({ vars, persist }, async (hearken) => {
        for (let i = 0; i < 25; i += 1) assert.equal((await chat(hearken)).status, 200);
        hearken.providers.control({ groq: { status: 429, headers: { 'retry-after': '0' }, times: 1 } });
        await chat(hearken);
        hearken.providers.control({ groq: { fault: 'server_error', status: null, headers: null, times: null } });
        const of = async (family, labels) => sampleOf(await scrape(hearken), family, { key: KEY, ...labels });
        await until('an adjustment', async () => (await of('breaker_adjustments', { reason: 'success_rate_above' })) > 0);
        await until('the breaker to open', async () => {
          await chat(hearken);
          return (await of('breaker_state', { breaker_state: 'open' })) === 1;
        });
        await chat(hearken);
        await chat(hearken);
        const families = await scrape(hearken);
        const value = (family, labels) => sampleOf(families, family, { key: KEY, ...labels });
        const { data: [row] } = await (await fetch(`${hearken.url}/admin/breakers`)).json();
        const failed = hearken.providers.requests.filter(({ scope, status }) => scope === 'groq.chat' && status === 500).length;
        assert.equal(value('breaker_outcomes', { outcome: 'fail' }), failed);
        assert.equal(value('breaker_outcomes', { outcome: 'ok' }), 25);
        assert.equal(value('breaker_outcomes', { outcome: 'throttled' }), 1);
        assert.equal(value('upstream_attempts', { outcome: 'status' }), failed);
        assert.equal(value('upstream_attempts', { outcome: 'ok' }), 25);
        assert.equal(value('upstream_attempts', { outcome: 'throttled' }), 1);
        assert.equal(value('breaker_opens'), 1);
        const rises = row.adjustments.filter(({ from, to }) => to > from).length;
        assert.equal(value('breaker_adjustments', { reason: 'success_rate_above' }), rises);
        assert.equal(value('breaker_threshold'), row.threshold);
        assert.ok(Math.abs(value('breaker_success_ratio') - row.success_rate) < 1e-9);
        const wait_s = value('breaker_retry_after_seconds');
        assert.ok(wait_s > 0 && wait_s <= 60, `${wait_s} s`);
        assert.ok(value('upstream_denied', { by: 'breaker' }) >= 2, 'denials are told while nobody is called');
        await fetch(`${hearken.url}/admin/breakers/${encodeURIComponent(KEY)}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"mode":"disabled"}' });
        await chat(hearken);
        const denied = value('upstream_denied', { by: 'breaker' });
        assert.equal(await of('upstream_denied', { by: 'breaker' }), denied, 'once');
      });
      await having({ vars, persist }, async (hearken) => {
        const families = await scrape(hearken);
        const value = (family, labels) => sampleOf(families, family, { key: KEY, ...labels });
        assert.equal(value('breaker_opens'), 1);
        assert.ok(value('breaker_adjustments', { reason: 'success_rate_above' }) > 0);
        assert.equal(value('breaker_state', { breaker_state: 'disabled' }), 1);
        assert.equal(value('breaker_outcomes', { outcome: 'fail' }), undefined, 'begun again');
      });
    } finally {
      rmSync(persist, { recursive: true, force: true });
    }
  });

  test('need an API key', async () => {
    await having({ vars: { AUTH: 'required', API_KEYS: 'k', SESSION_SECRET: 'a-secret-of-some-length' } }, async (hearken) => {
      const as = (token) => (token ? { authorization: `Bearer ${token}` } : {});
      const session = await fetch(`${hearken.url}/v1/sessions`, { method: 'POST', headers: { ...as('k'), 'content-type': 'application/json' }, body: '{"user":"ada"}' });
      const { token } = await session.json();
      for (const [key, status] of [[undefined, 401], ['wrong', 401], [token, 403], ['k', 200]]) assert.equal((await fetch(`${hearken.url}/metrics`, { headers: as(key) })).status, status, String(key));
      await scrape(hearken, as('k'));
    });
  });

  test('are told of the breakers that answer when an object is gone', async () => {
    const adjust = (options) => {
      const [worker, ...others] = options.workers;
      const script = `import { DurableObject } from 'cloudflare:workers';
        export class Stand extends DurableObject { async tell() { throw new Error("gone"); } }
        export default { fetch: () => new Response() };`;
      const durableObjects = { ...worker.durableObjects, BREAKER: { className: 'Stand', scriptName: 'stand', useSQLite: true } };
      const stand = { name: 'stand', modules: true, script, compatibilityDate: '2026-04-01', durableObjects: { OWN: { className: 'Stand', useSQLite: true } } };
      return { ...options, workers: [{ ...worker, durableObjects }, ...others, stand] };
    };
    await having({ vars: VARS, adjust }, async (hearken) => {
      const families = await scrape(hearken);
      assert.deepEqual([...new Set(families.breaker_up.samples.map(({ value }) => value))], [0]);
      assert.equal(families.breaker_state, undefined);
    });
  });
});

describe('variables', () => {
  test('numbers, switches and lists mean what their text means', async () => {
    await having({ vars: { LLM: ['groq:first', 'openai:second'], TURN_TOTAL_MS: 5, BREAKER_THRESHOLD: 4 } }, async (hearken) => {
      const health = await fetch(`${hearken.url}/health`);
      assert.equal(health.status, 503);
      assert.match((await health.json()).error.message, /TURN_TOTAL_MS must be .* it is "5"/);
    });
    await having({ vars: { LLM: ['groq:first', 'openai:second'], TURN_TOTAL_MS: 5000 } }, async (hearken) => {
      assert.deepEqual((await (await fetch(`${hearken.url}/health`)).json()).llm, ['groq:first', 'openai:second']);
    });
  });
});
