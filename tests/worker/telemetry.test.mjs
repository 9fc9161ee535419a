// What is measured, as a scraper reads it: every figure against what was done, by readers that are not ours.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../../scripts/setup.mjs';
import { having, startHearken, until } from '../harness.mjs';
import { readOpenMetrics, sampleOf } from './openmetrics.mjs';

const VARS = { TELEMETRY_FLUSH_MS: '20', PHRASE_MIN_PEOPLE: '1', PHRASE_FLUSH_MS: '0', EXTRACT_IDLE_MS: '50' };
const has = (program) => spawnSync('which', [program]).status === 0;
const python = process.env.LOCAL_PYTHON;
const hasParser = python && spawnSync(python, ['-c', 'import prometheus_client']).status === 0;

const post = (hearken, path, body, headers = {}) => fetch(`${hearken.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
const chat = async (hearken, more = {}) => {
  const answer = await post(hearken, '/v1/chat/completions', { messages: [{ role: 'user', content: 'I walked in the rain today.' }], ...more });
  return { status: answer.status, text: await answer.text() };
};
const metrics = async (hearken) => readOpenMetrics(await (await fetch(`${hearken.url}/metrics`)).text());
/** The metrics once a sample is what it should be. */
const withSample = (hearken, what, condition) => until(what, async () => {
  const families = await metrics(hearken);
  return condition((family, labels) => sampleOf(families, `hearken_${family}`, labels) ?? 0, families) && families;
});
const countOf = (families, family, labels = {}) => families[`hearken_${family}`]?.samples
  .filter(({ name, labels: own }) => name.endsWith('_count') && Object.entries(labels).every(([label, value]) => own[label] === value))
  .reduce((sum, { value }) => sum + value, 0) ?? 0;

test('everything that can be measured has its name before it happens, and a number where it has no labels', async () => {
  await having({ vars: VARS }, async (hearken) => {
    const families = await metrics(hearken);
    const page = readFileSync(join(ROOT, 'docs', 'operating.md'), 'utf8');
    const told = [...page.matchAll(/^\| `(hearken_\w+)` \| (counter|gauge|histogram) \| (.*?) \|/gm)];
    assert.ok(told.length > 30, `${told.length} metrics`);
    for (const [, name, kind, labels] of told) {
      const family = families[kind === 'counter' ? name.replace(/_total$/, '') : name];
      assert.equal(family?.type, kind, name);
      if (!labels) assert.ok(family.samples.length > 0, name);
    }
  });
});

describe('turns of every kind', () => {
  let hearken;
  before(async () => { hearken = await startHearken({ vars: VARS }); });
  after(() => hearken.stop());

  test('a text is in requests, first bytes, turns, steps, providers, tokens and cost', async () => {
    assert.equal((await chat(hearken, { stream: true, user: 'ada' })).status, 200);
    assert.equal((await chat(hearken, { user: 'ben' })).status, 200);
    const families = await withSample(hearken, 'two turns', (of, all) => countOf(all, 'turn_duration_seconds', { kind: 'text' }) === 2);
    const route = { route: '/v1/chat/completions' };
    assert.equal(sampleOf(families, 'hearken_requests', { ...route, status: '200' }), 2);
    for (const family of ['request_duration_seconds', 'first_byte_seconds']) assert.equal(countOf(families, family, route), 2, family);
    for (const step of ['opening', 'recall', 'reply']) assert.equal(countOf(families, 'step_duration_seconds', { step }), 2, step);
    const target = { operation: 'chat', provider: 'groq', model: 'openai/gpt-oss-120b' };
    assert.ok(countOf(families, 'provider_first_seconds', target) >= 2);
    assert.ok(countOf(families, 'provider_duration_seconds', target) >= 2);
    for (const direction of ['in', 'out']) assert.ok(sampleOf(families, 'hearken_tokens', { direction }) > 5, direction);
    assert.ok(sampleOf(families, 'hearken_cost_usd', target) > 0);
    assert.equal(sampleOf(families, 'hearken_people_active'), 2);
    assert.equal(sampleOf(families, 'hearken_telemetry_up_ratio'), 1);
    assert.ok(countOf(families, 'retrieval_seconds') === 2);
    assert.ok(sampleOf(families, 'hearken_cache_lookups', { cache: 'recall', result: 'miss' }) >= 2);
  });

  test('what providers say of tokens is counted to the last', async () => {
    const before = await metrics(hearken);
    const { text } = await chat(hearken, { memory: 'off' });
    const { usage } = JSON.parse(text);
    await withSample(hearken, 'its tokens', (of) => of('tokens', { direction: 'in' }) >= (sampleOf(before, 'hearken_tokens', { direction: 'in' }) ?? 0) + usage.prompt_tokens);
  });

  test('a spoken turn has first audio, synthesis, sound, characters and what Opus saved; a phrase said again is a hit', async () => {
    const voice = { modalities: ['text', 'audio'], audio: { voice: 'x', format: 'opus' }, stream: true, memory: 'off' };
    await chat(hearken, voice);
    const families = await withSample(hearken, 'a voice turn', (of, all) => countOf(all, 'turn_duration_seconds', { kind: 'voice' }) === 1);
    assert.equal(countOf(families, 'first_audio_seconds'), 1);
    assert.ok(countOf(families, 'synthesis_seconds') >= 1);
    assert.ok(sampleOf(families, 'hearken_audio_seconds', { direction: 'out' }) > 0.2);
    assert.ok(sampleOf(families, 'hearken_spoken_characters') > 10);
    assert.ok(sampleOf(families, 'hearken_audio_bytes_saved') > 0);
    assert.ok(sampleOf(families, 'hearken_cost_usd', { operation: 'speech' }) > 0);
    assert.equal(sampleOf(families, 'hearken_speech_queue') ?? 0, 0, 'nothing waits');
    const hits = (of) => ['isolate', 'store'].map((layer) => of('cache_lookups', { cache: 'phrase', layer, result: 'hit' })).reduce((sum, count) => sum + count);
    await until('a phrase from the cache', async () => {
      await chat(hearken, voice);
      const all = await metrics(hearken);
      return hits((family, labels) => sampleOf(all, `hearken_${family}`, labels) ?? 0) > 0;
    });
    const later = await metrics(hearken);
    assert.ok(sampleOf(later, 'hearken_cache_entries', { cache: 'phrase' }) > 0);
    assert.ok(sampleOf(later, 'hearken_cache_bytes', { cache: 'phrase' }) > 0);
  });

  test('spoken texts count as sound that was sent, made or kept, and save bytes as Opus alone', async () => {
    const figures = async () => {
      const families = await metrics(hearken);
      return [sampleOf(families, 'hearken_audio_seconds', { direction: 'out' }), sampleOf(families, 'hearken_audio_bytes_saved')];
    };
    const speak = async (response_format) => (await post(hearken, '/v1/audio/speech', { model: 'companion', voice: 'x', input: 'The harbour lies in the evening sun.', response_format, user: 'ada' })).arrayBuffer();
    let was = await figures();
    // Twice Opus, of which the second may be kept, then samples, whose seconds their bytes tell.
    for (const format of ['opus', 'opus', 'pcm']) {
      const { byteLength } = await speak(format);
      const now = await until(`the sound of ${format}`, async () => {
        const told = await figures();
        return told[0] > was[0] && told;
      });
      if (format === 'pcm') assert.ok(Math.abs(now[0] - was[0] - byteLength / 48_000) < 0.05, `${now[0] - was[0]} s`);
      else assert.ok(Math.abs(now[1] - was[1] - ((now[0] - was[0]) * 16_000 - byteLength)) < 2_000, `${now[1] - was[1]} bytes`);
      assert.equal(now[1] > was[1], format === 'opus', format);
      was = now;
    }
  });

  test('errors, unknown addresses and skipped steps are told apart', async () => {
    await (await fetch(`${hearken.url}/somebodys/secret`)).text();
    await (await post(hearken, '/v1/chat/completions', { messages: 7 })).text();
    await chat(hearken, { memory: 'off' });
    const families = await withSample(hearken, 'an error', (of) => of('requests', { route: 'unknown', status: '404' }) >= 1 && of('errors', { type: 'invalid_request_error' }) >= 2);
    assert.ok(sampleOf(families, 'hearken_skips', { step: 'opening', rule: 'memory_off' }) >= 1);
    assert.ok(!JSON.stringify(families).includes('somebodys'));
  });

  test('what is said to be remembered is extracted, and what waits is told', async () => {
    await chat(hearken, { user: 'cleo', conversation: 'c', messages: [{ role: 'user', content: 'Remember that my sister is called Ida.' }] });
    const families = await withSample(hearken, 'an extraction', (of, all) => countOf(all, 'extraction_seconds') >= 1);
    assert.ok(sampleOf(families, 'hearken_extraction_calls') >= 1);
    await withSample(hearken, 'nothing to wait', (of, all) => all.hearken_extraction_pending === undefined || of('extraction_pending') === 0);
  });

  test('a strict reader of OpenMetrics takes all of it', { skip: !hasParser && 'LOCAL_PYTHON has no prometheus_client' }, async () => {
    const text = await (await fetch(`${hearken.url}/metrics`)).text();
    const script = 'import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as read; print(len(list(read(sys.stdin.read()))))';
    const { status, stdout, stderr } = spawnSync(python, ['-c', script], { input: text, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.ok(Number(stdout) > 20, stdout);
  });

  test('promtool finds nothing to complain of in the older text', { skip: !has('promtool') && 'no promtool' }, async () => {
    const answer = await fetch(`${hearken.url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } });
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await answer.text(), encoding: 'utf8' });
    assert.equal(`${status} ${stdout}${stderr}`, '0 ');
  });

  test('a Prometheus scrapes it', { skip: !has('prometheus') && 'no prometheus' }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearken-'));
    writeFileSync(join(folder, 'prometheus.yml'), `global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n  - job_name: hearken\n    static_configs: [{targets: ['${new URL(hearken.url).host}']}]\n`);
    const child = spawn('prometheus', [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${folder}`, '--web.listen-address=127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    try {
      const [, port] = await until('it to listen', () => {
        assert.equal(child.exitCode, null, said);
        return /Listening on.*?address=\S*?:(\d+)/.exec(said);
      });
      const query = async (expression) => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`).then((response) => response.json()).catch(() => undefined);
        return Number(answer?.data?.result?.[0]?.value?.[1]);
      };
      await until('a scrape', async () => (await query('up')) === 1);
      assert.ok((await query('scrape_samples_scraped')) > 100);
      assert.ok((await query('sum(hearken_requests_total)')) > 3);
      assert.ok((await query('histogram_quantile(0.95, sum by (le) (hearken_first_byte_seconds_bucket))')) > 0);
    } finally {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('a client that leaves, a fallback and a target without a price are counted', async () => {
  await having({ vars: { ...VARS, LLM: 'groq:first, openai:second' }, knobs: { chat: { first_ms: 0, gap_ms: 30 }, speech: { first_ms: 0 } } }, async (hearken) => {
    const controller = new AbortController();
    const answer = await fetch(`${hearken.url}/v1/chat/completions`, { method: 'POST', signal: controller.signal, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ stream: true, memory: 'off', messages: [{ role: 'user', content: 'Tell me a long story.' }] }) });
    await answer.body.getReader().read();
    controller.abort();
    hearken.providers.control({ groq: { status: 500, times: 1 } });
    await chat(hearken, { memory: 'off' });
    const families = await withSample(hearken, 'both', (of) => of('fallbacks', { operation: 'chat' }) === 1 && of('client_aborts') === 1);
    assert.equal(sampleOf(families, 'hearken_unpriced_calls', { operation: 'chat', provider: 'openai', model: 'second' }), 1);
    await withSample(hearken, 'nothing under way but the scrape', (of) => of('requests_in_flight') <= 1);
  });
});

test('the status page\'s figures are of the window that was asked for, and of no other', async () => {
  await having({ vars: VARS }, async (hearken) => {
    await chat(hearken, { user: 'ada' });
    const stats = async (window) => (await fetch(`${hearken.url}/admin/stats?window=${window}`)).json();
    const day = await until('a turn', async () => {
      const told = await stats('24h');
      return told.traffic.turns === 1 && told;
    });
    const hour = await stats('1h');
    assert.deepEqual([hour.window, day.window, hour.trend.length, day.trend.length], ['1h', '24h', 12, 24]);
    assert.ok(hour.now - hour.since <= 3_600 && day.now - day.since <= 86_400);
    const turn = hour.targets.find(({ name }) => name === 'turn');
    assert.deepEqual([turn.count, turn.unit, turn.target, turn.rating], [1, 'ms', 2_000, turn.p95 <= 2_000 ? 'green' : 'red']);
    assert.ok(turn.p50 > 0 && turn.p50 <= turn.p95 && turn.p95 <= turn.p99);
    assert.deepEqual(hour.breakers.map(({ key }) => key), (await (await fetch(`${hearken.url}/admin/breakers`)).json()).data.map(({ key }) => key));
    assert.ok(hour.steps.some(({ name }) => name === 'reply') && hour.cost.usd > 0);
    const odd = await fetch(`${hearken.url}/admin/stats?window=7d`);
    assert.deepEqual([odd.status, (await odd.json()).error.param], [400, 'window']);
  });
});

test('figures outlive a restart, and none is told twice', async () => {
  const persist = mkdtempSync(join(tmpdir(), 'hearken-'));
  try {
    await having({ vars: VARS, persist }, async (hearken) => {
      for (let i = 0; i < 5; i += 1) await chat(hearken, { memory: 'off' });
      await withSample(hearken, 'five turns', (of, all) => countOf(all, 'turn_duration_seconds') === 5 || of('skips', { step: 'remembering' }) >= 5);
    });
    await having({ vars: VARS, persist }, async (hearken) => {
      const of = async () => sampleOf(await metrics(hearken), 'hearken_requests', { route: '/v1/chat/completions', status: '200' });
      assert.equal(await of(), 5);
      await chat(hearken, { memory: 'off' });
      await until('a sixth', async () => (await of()) === 6);
    });
  } finally {
    rmSync(persist, { recursive: true, force: true });
  }
});

for (const [fault, body] of [['are gone', "throw new Error('gone');"], ['hang', 'return new Promise(() => { setInterval(() => {}, 1_000); });']]) {
  test(`a turn needs nothing of telemetry, and a scrape says when its objects ${fault}`, async () => {
    const adjust = (options) => {
      const [worker, ...others] = options.workers;
      const { TELEMETRY } = worker.durableObjects;
      const script = `import { DurableObject } from 'cloudflare:workers';\nexport class Faulty extends DurableObject { tell() { ${body} } }\nexport default { fetch: () => new Response() };`;
      const faulty = { name: 'faulty', modules: true, compatibilityDate: '2026-04-01', script, durableObjects: { FAULTY: { className: 'Faulty', useSQLite: true } } };
      // The real class stays the Worker's, under another name.
      const durableObjects = { ...worker.durableObjects, KEPT: TELEMETRY, TELEMETRY: { className: 'Faulty', scriptName: 'faulty', useSQLite: true } };
      return { ...options, workers: [{ ...worker, durableObjects }, ...others, faulty] };
    };
    await having({ vars: VARS, adjust }, async (hearken) => {
      for (let turn = 0; turn < 3; turn += 1) assert.equal((await chat(hearken, { stream: true, user: 'ada' })).status, 200);
      // Prometheus gives a scrape ten seconds.
      const scrape = await fetch(`${hearken.url}/metrics`, { signal: AbortSignal.timeout(10_000) });
      const families = readOpenMetrics(await scrape.text());
      assert.equal(sampleOf(families, 'hearken_telemetry_up_ratio'), 0);
      assert.ok(families.breaker_state.samples.length > 0, 'what others tell is there');
      assert.deepEqual(families.hearken_extraction_calls.samples, [], 'no counter seems to begin again');
    });
  });
}
