// Single promises of `upstream`, each over HTTP: when a provider is tried again, what a refusal means, what is left when
// nobody may be asked, and what a restart must not forget.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { having, until } from '../harness.mjs';
import { readOpenMetrics, sampleOf } from './openmetrics.mjs';
import { send } from './support.mjs';
import { spokenBody, turn } from './voice-client.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };
const STRICT = { BREAKER_STRATEGY: 'consecutive_adaptive', BREAKER_THRESHOLD: '3', BREAKER_OPEN_JITTER: 'off', BREAKER_SNAPSHOT_TTL_MS: '50' };

async function post(hearken, path, body) {
  const began_ms = performance.now();
  const answer = await fetch(hearken.url + path, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, servedBy: answer.headers.get('x-served-by'), bytes, text: bytes.toString('latin1'), took_ms: performance.now() - began_ms };
}
const chat = (hearken, fields = {}) => post(hearken, '/v1/chat/completions', { memory: 'off', messages: [{ role: 'user', content: 'hello' }], ...fields });
const speak = (hearken, input, fields = {}) => post(hearken, '/v1/audio/speech', { input, voice: 'alloy', response_format: 'opus', ...fields });
const breaker = async (hearken, key) => (await fetch(`${hearken.url}/admin/breakers/${encodeURIComponent(key)}`)).json();
const put = (hearken, key, mode) => fetch(`${hearken.url}/admin/breakers/${encodeURIComponent(key)}`, { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify({ mode }) });
const calls = (hearken, scope) => hearken.providers.requests.filter((request) => request.scope === scope);
const events = (hearken, name) => hearken.logs.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)).filter(({ event }) => event === name);
const down = (headers, more = {}) => ({ groq: { status: 503, headers, ...more } });

describe('a provider that says when to come back', () => {
  test('is tried again then, and not earlier, and each retry is counted', async () => {
    await having({ vars: { LLM: 'groq:first', TELEMETRY_FLUSH_MS: '20' } }, async (hearken) => {
      // Five first tries earn one more.
      for (let i = 0; i < 5; i += 1) assert.equal((await chat(hearken)).status, 200);
      for (const stream of [false, true]) {
        hearken.providers.journal.clear();
        hearken.providers.control({ groq: { status: 503, headers: { 'retry-after': '1' }, times: 1 } });
        assert.equal((await chat(hearken, { stream })).status, 200);
        const [refused, served] = calls(hearken, 'groq.chat');
        assert.ok(served.at_ms - refused.at_ms >= 1000, `${served.at_ms - refused.at_ms} ms`);
        for (let i = 0; i < 5; i += 1) assert.equal((await chat(hearken)).status, 200);
      }
      const families = readOpenMetrics(await (await fetch(`${hearken.url}/metrics`)).text());
      assert.equal(sampleOf(families, 'hearken_retries', { operation: 'chat' }), 2);
    });
  });

  test('too far away is not waited for: the client hears it', async () => {
    await having({ vars: { LLM: 'groq:first' } }, async (hearken) => {
      await put(hearken, 'chat:groq:first', 'disabled');
      for (let i = 0; i < 5; i += 1) await chat(hearken);
      const in_ms = (ms) => new Date(Math.ceil((Date.now() + ms) / 1000) * 1000).toUTCString();
      for (const [headers, low, high] of [[{ 'retry-after': '30' }, 30, 30], [{ 'retry-after-ms': '30000' }, 30, 30], [{ 'retry-after': in_ms(90_000) }, 80, 92], [{ 'retry-after': '86400' }, 300, 300]]) {
        hearken.providers.journal.clear();
        hearken.providers.control(down(headers));
        const { status, headers: got, text, took_ms } = await chat(hearken);
        assert.equal(status, 502, text);
        const wait_s = Number(got.get('retry-after'));
        assert.ok(wait_s >= low && wait_s <= high, `${JSON.stringify(headers)}: ${wait_s}`);
        assert.equal(calls(hearken, 'groq.chat').length, 1);
        assert.ok(took_ms < 5000, `${took_ms} ms`);
      }
      for (const headers of [{ 'retry-after': 'soon' }, { 'retry-after': '-5' }, {}]) {
        hearken.providers.control(down(headers));
        assert.equal((await chat(hearken)).headers.get('retry-after'), null, JSON.stringify(headers));
      }
    });
  });

  test('is busy for as long as its breaker pauses it, whatever it says', async () => {
    const vars = { LLM: 'groq:first', BREAKER_COOLDOWN_MS: '7000', BREAKER_COOLDOWN_MAX_MS: '40000' };
    await having({ vars }, async (hearken) => {
      for (const [headers, wait_s] of [[{}, 7], [{ 'retry-after': 'soon' }, 7], [{ 'retry-after': '12' }, 12], [{ 'retry-after': '86400' }, 40]]) {
        hearken.providers.control({ groq: { status: 429, headers } });
        const { status, headers: got } = await chat(hearken);
        assert.deepEqual([status, got.get('retry-after')], [429, `${wait_s}`], JSON.stringify(headers));
        // The pause is no shorter than what was said.
        const denied = await until('the pause to be known', async () => [await chat(hearken)].find((answer) => answer.status === 503));
        assert.ok(Math.abs(Number(denied.headers.get('retry-after')) - wait_s) <= 2, `${denied.headers.get('retry-after')} s`);
        await put(hearken, 'chat:groq:first', 'forced_open');
        await put(hearken, 'chat:groq:first', 'auto');
      }
    });
  });

  test('does not keep the next one from serving at once, and has failed all the same', async () => {
    await having({ vars: { LLM: 'groq:first, openai:second', ...STRICT, BREAKER_OPEN_MS: '60000', BREAKER_OPEN_MAX_MS: '60000' } }, async (hearken) => {
      hearken.providers.control(down({ 'retry-after': '20' }));
      for (let i = 0; i < 3; i += 1) {
        const { servedBy, took_ms } = await chat(hearken);
        assert.equal(servedBy, 'openai:second');
        assert.ok(took_ms < 5000);
      }
      await until('the breaker to open', async () => (await breaker(hearken, 'chat:groq:first')).state === 'open');
    });
  });
});

describe('what ElevenLabs says no with', () => {
  const KEY = 'speech:elevenlabs:one';
  const VARS = { TTS: 'elevenlabs:one, openai:two', PHRASE_CACHE: 'off', BREAKER_COOLDOWN_MS: '30000', BREAKER_SNAPSHOT_TTL_MS: '50' };
  const QUOTA_ALARM = ['quota_exhausted', 'elevenlabs', 'elevenlabs:one'];
  for (const [what, fault, pause_ms_max, alarms] of [['too many at once (429)', 'concurrency', 30_000, []], ['too busy (429)', 'busy', 30_000, []], ['no credits (401)', 'quota', 300_000, [QUOTA_ALARM]]]) {
    test(`${what} is a pause and no failure; that the credits are used up is an alarm`, async () => {
      await having({ vars: VARS }, async (hearken) => {
        hearken.providers.control({ elevenlabs: { fault } });
        assert.deepEqual((({ status, servedBy }) => [status, servedBy])(await speak(hearken, 'One.')), [200, 'openai:two']);
        const row = await until('the pause', async () => {
          const one = await breaker(hearken, KEY);
          return one.cooldown_ms > 0 && one;
        });
        assert.deepEqual([row.state, row.samples], ['closed', 0]);
        assert.ok(row.cooldown_ms > pause_ms_max - 10_000 && row.cooldown_ms <= pause_ms_max, `${row.cooldown_ms} ms`);
        hearken.providers.journal.clear();
        assert.equal((await speak(hearken, 'Two.')).servedBy, 'openai:two');
        assert.equal(calls(hearken, 'elevenlabs.speech').length, 0, 'left alone');
        assert.deepEqual(events(hearken, 'alarm').map(({ alarm, provider, target }) => [alarm, provider, target]), alarms);
      });
    });
  }

  test('a bad key (401) raises an alarm, and the provider is left alone for all it does', async () => {
    await having({ vars: VARS }, async (hearken) => {
      hearken.providers.control({ elevenlabs: { fault: 'bad_key' } });
      for (const text of ['One.', 'Two.', 'Three.']) assert.equal((await speak(hearken, text)).servedBy, 'openai:two');
      assert.equal(calls(hearken, 'elevenlabs.speech').length, 1);
      const [alarm] = await until('the alarm', () => events(hearken, 'alarm').length > 0 && events(hearken, 'alarm'));
      assert.deepEqual([alarm.alarm, alarm.provider, alarm.target], ['credential_refused', 'elevenlabs', 'elevenlabs:one']);
      assert.ok(events(hearken, 'attempt_denied').every(({ by }) => by === 'credential'));
      assert.deepEqual((({ state, samples, cooldown_ms }) => [state, samples, cooldown_ms])(await breaker(hearken, KEY)), ['closed', 0, 0]);
      const alone = await speak(hearken, 'Four.', { model: 'elevenlabs:one' });
      assert.equal(alone.status, 503);
      assert.ok(Number(alone.headers.get('retry-after')) > 0);
    });
  });

  test('a plan without this format (403) is nobody\'s fault: the key stays good', async () => {
    await having({ vars: VARS }, async (hearken) => {
      hearken.providers.control({ elevenlabs: { fault: 'capacity' } });
      for (const text of ['One.', 'Two.']) assert.equal((await speak(hearken, text)).servedBy, 'openai:two');
      assert.equal(calls(hearken, 'elevenlabs.speech').length, 2);
      assert.deepEqual(events(hearken, 'alarm'), []);
      assert.equal((await breaker(hearken, KEY)).samples, 0);
    });
  });
});

describe('an error inside a stream', () => {
  const begun = 'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}\n\n';
  const failing = (error, before = begun) => ({ groq: { events: [before, `data: ${JSON.stringify({ error: { message: 'x', ...error } })}\n\n`].filter(Boolean) } });
  const MISTAKES = { 'a call of a tool that failed': { type: 'invalid_request_error', code: 'tool_use_failed' }, 'a filter': { code: 'content_filter' }, 'a status of 400': { code: 400 } };

  test('that the request is at fault for opens no breaker', async () => {
    await having({ vars: { LLM: 'groq:first', ...STRICT, LLM_RETRIES: '0' } }, async (hearken) => {
      const fails = async (modal = {}) => chat(hearken, { stream: true, ...modal });
      for (const [what, error] of Object.entries(MISTAKES)) {
        for (const before of [begun, '']) {
          hearken.providers.control(failing(error, before));
          for (const modal of [{}, { modalities: ['text', 'audio'], audio: { voice: 'x', format: 'opus' } }]) {
            const { status, text } = await fails(modal);
            assert.equal(status, before ? 200 : 400, `${what}: ${text}`);
            assert.ok(text.includes('"error"') && !text.includes('[DONE]'), text);
          }
        }
      }
      const row = await breaker(hearken, 'chat:groq:first');
      assert.deepEqual([row.state, row.samples], ['closed', 0]);
      hearken.providers.control(failing({ type: 'server_error', code: 'internal_error' }));
      for (let i = 0; i < 3; i += 1) await fails();
      await until('the provider\'s own errors to open it', async () => (await breaker(hearken, 'chat:groq:first')).state !== 'closed');
    });
  });

  test('that says the provider is busy is a pause', async () => {
    await having({ vars: { LLM: 'groq:first, openai:second', ...STRICT } }, async (hearken) => {
      hearken.providers.control(failing({ type: 'tokens', code: 'rate_limit_exceeded' }, ''));
      assert.equal((await chat(hearken, { stream: true })).servedBy, 'openai:second');
      const row = await until('the pause', async () => [await breaker(hearken, 'chat:groq:first')].find(({ cooldown_ms }) => cooldown_ms > 0));
      assert.deepEqual([row.state, row.samples], ['closed', 0]);
    });
  });
});

test('silence for a text without a word opens no breaker', async () => {
  await having({ vars: { TTS: 'elevenlabs:one', PHRASE_CACHE: 'off', ...STRICT, TTS_RETRIES: '0' } }, async (hearken) => {
    hearken.providers.control({ speech: { fault: 'empty' } });
    for (const text of ['...', '🙂', '¿?', '—', '?!']) assert.equal((await speak(hearken, text)).status, 400, text);
    assert.equal((await speak(hearken, 'Hello.')).status, 502);
    const row = await until('the failure', async () => [await breaker(hearken, 'speech:elevenlabs:one')].find(({ samples }) => samples > 0));
    assert.deepEqual([row.state, row.samples, row.success_rate], ['closed', 1, 0]);
  });
});

describe('when no voice may be asked', () => {
  test('kept phrases are spoken, the rest is text, and plain speech is a clear 503', async () => {
    const opening = 'Ahoy there, friend!';
    await having({ vars: { TTS: 'elevenlabs:one', LLM: 'groq:first', PERSONA_PHRASES: opening, PHRASE_FLUSH_MS: '20' } }, async (hearken) => {
      await hearken.providers.warm();
      const said = `${opening} The sea is calm today, and the wind comes gently from the south.`;
      hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: [said], script_repeat: true } });
      const made = await (await fetch(`${hearken.url}/admin/phrases/warm`, { method: 'POST' })).json();
      assert.equal(made.failed, 0);
      await put(hearken, 'speech:elevenlabs:one', 'forced_open');
      hearken.providers.journal.clear();
      const got = await turn(hearken.url, spokenBody('hi', { memory: 'off' }));
      assert.deepEqual([got.status, got.text, got.isDone, got.errors], [200, said, true, []]);
      assert.equal(got.transcripts[0], opening);
      assert.ok(got.bytes.length > 500, 'the kept phrase is heard');
      assert.equal(got.audioErrors.length, 1, 'and that the rest is not');
      const kept = await speak(hearken, opening);
      assert.deepEqual([kept.status, kept.headers.get('x-cache'), kept.text.slice(0, 4)], [200, 'hit', 'OggS']);
      const other = await speak(hearken, 'Something that nobody said.');
      assert.equal(other.status, 503);
      assert.ok(Number(other.headers.get('retry-after')) > 0);
      assert.equal(JSON.parse(other.text).error.code, 'no_upstream_available');
      assert.equal(calls(hearken, 'elevenlabs.speech').length, 0);
    });
  });
});

describe('a probe whose client leaves', () => {
  const hello = (fields) => JSON.stringify({ memory: 'off', messages: [{ role: 'user', content: 'hello' }], ...fields });
  const KINDS = {
    'a whole reply': ['chat:groq:first', 'groq.chat', '/v1/chat/completions', () => hello({})],
    'a stream': ['chat:groq:first', 'groq.chat', '/v1/chat/completions', () => hello({ stream: true })],
    'a spoken reply': ['chat:groq:first', 'groq.chat', '/v1/chat/completions', () => hello({ stream: true, modalities: ['text', 'audio'], audio: { voice: 'x', format: 'opus' } })],
    speech: ['speech:elevenlabs:one', 'elevenlabs.speech', '/v1/audio/speech', () => JSON.stringify({ input: 'Hello there.', voice: 'x' })],
  };
  for (const [name, [key, scope, path, body]] of Object.entries(KINDS)) {
    test(`before ${name} gives its lease back`, async () => {
      const vars = { LLM: 'groq:first, openai:second', TTS: 'elevenlabs:one, openai:two', PHRASE_CACHE: 'off', ...STRICT, BREAKER_OPEN_MS: '200', BREAKER_OPEN_MAX_MS: '200' };
      await having({ vars }, async (hearken) => {
        const ask = () => send(hearken.url + path, { headers: JSON_TYPE, body: body() });
        const provider = scope.split('.')[0];
        hearken.providers.control({ [provider]: { fault: 'server_error' } });
        for (let i = 0; i < 3; i += 1) await (await ask().answer).text();
        await until('it to be half open', async () => (await breaker(hearken, key)).state === 'half_open');
        hearken.providers.control({ [provider]: { fault: 'hang' } });
        hearken.providers.journal.clear();
        const client = ask();
        client.answer.catch(() => {});
        await until('the probe', () => calls(hearken, scope).length === 1);
        assert.equal((await breaker(hearken, key)).leases.live, 1);
        client.reset();
        await until('the lease to be free', async () => (await breaker(hearken, key)).leases.live === 0);
        assert.deepEqual(calls(hearken, scope).map(({ ended }) => ended), ['client_closed']);
        assert.equal((await breaker(hearken, key)).state, 'half_open', 'nobody is to blame');
      });
    });
  }
});

test('a lease outlives the object: a restart grants no second one, and its end frees the slot', async () => {
  const persist = mkdtempSync(join(tmpdir(), 'hearken-'));
  const key = 'chat:groq:first';
  const lease_ms = 8000;
  const vars = { LLM: 'groq:first, openai:second', ...STRICT, BREAKER_OPEN_MS: '300', BREAKER_PROBES: '1', BREAKER_LEASE_MS: String(lease_ms), LLM_RETRIES: '0', LLM_HEADERS_MS: '60000', LLM_FIRST_MS: '60000' };
  try {
    let granted_at_ms;
    await having({ vars, persist }, async (hearken) => {
      hearken.providers.control({ groq: { fault: 'server_error' } });
      await until('the breaker to open', async () => {
        await chat(hearken);
        return (await breaker(hearken, key)).state !== 'closed';
      });
      hearken.providers.control({ groq: { fault: 'hang' } });
      await until('half-open', async () => (await breaker(hearken, key)).state === 'half_open');
      hearken.providers.journal.clear();
      granted_at_ms = Date.now();
      const probe = chat(hearken).catch(() => {});
      await until('the probe', () => calls(hearken, 'groq.chat').length === 1);
      assert.deepEqual((await breaker(hearken, key)).leases, { live: 1, limit: 1 });
      void probe;
    });
    await having({ vars, persist }, async (hearken) => {
      const row = await breaker(hearken, key);
      assert.deepEqual([row.state, row.leases], ['half_open', { live: 1, limit: 1 }]);
      while (Date.now() < granted_at_ms + lease_ms - 1500) assert.equal((await chat(hearken)).servedBy, 'openai:second');
      const early = calls(hearken, 'groq.chat').filter(({ at_ms }) => at_ms < granted_at_ms + lease_ms);
      // A cold isolate's first call goes out beside its fetch of the snapshot, and is ended by it.
      assert.ok(early.length <= 1 && early.every(({ ended }) => ended === 'client_closed'), `${early.length} calls`);
      await until('the next probe', async () => (await chat(hearken)).servedBy === 'groq:first', 15_000);
      await until('it to be closed', async () => {
        await chat(hearken);
        return (await breaker(hearken, key)).state === 'closed';
      });
    });
  } finally {
    rmSync(persist, { recursive: true, force: true });
  }
});
