// The breakers as clients and operators see them: who is called, who is not, and what is said about it.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { having, startHearken, until } from '../harness.mjs';

const FIRST = 'chat:groq:first';
const CHAIN = { LLM: 'groq:first, openai:second' };
/** A breaker whose opening can be counted and whose times are short and exact. */
const STRICT = {
  BREAKER_STRATEGY: 'consecutive_adaptive', BREAKER_THRESHOLD: '3', BREAKER_OPEN_JITTER: 'off', BREAKER_SNAPSHOT_TTL_MS: '50', LLM_RETRIES: '0',
};
const OPEN_LONG = { BREAKER_OPEN_MS: '60000', BREAKER_OPEN_MAX_MS: '60000' };

async function chat(hearken, fields = {}) {
  const began_ms = performance.now();
  const answer = await fetch(`${hearken.url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ messages: [{ role: 'user', content: 'hello' }], ...fields }),
  });
  const text = await answer.text();
  return { status: answer.status, servedBy: answer.headers.get('x-served-by'), headers: answer.headers, text, took_ms: performance.now() - began_ms };
}

const breaker = async (hearken, key = FIRST) => (await fetch(`${hearken.url}/admin/breakers/${encodeURIComponent(key)}`)).json();
const put = (hearken, mode, key = FIRST) => fetch(`${hearken.url}/admin/breakers/${encodeURIComponent(key)}`, {
  method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ mode }),
});
const callsTo = (hearken, scope) => hearken.providers.requests.filter((request) => request.scope === scope).length;
const events = (hearken, name) => hearken.logs.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)).filter(({ event }) => event === name);
const state = (hearken, wanted) => until(`the breaker to be ${wanted}`, async () => (await breaker(hearken)).state === wanted);

describe('a first provider that dies and heals', () => {
  let hearken;
  before(async () => {
    hearken = await startHearken({ breakers: 'auto', vars: { ...CHAIN, ...STRICT, BREAKER_OPEN_MS: '500', BREAKER_PROBE_SUCCESSES: '2', LLM_FIRST_MS: '2000' } });
  });
  after(() => hearken?.stop());
  beforeEach(async () => {
    hearken.providers.control(null);
    hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0 } });
    // Forced open and handed back: closed, with nothing remembered.
    await put(hearken, 'forced_open');
    await put(hearken, 'auto');
    // The isolate's own count of failures in a row ends with a success.
    await until('the first provider to serve', async () => (await chat(hearken)).servedBy === 'groq:first');
    hearken.providers.journal.clear();
    hearken.logs.length = 0;
  });

  async function opened() {
    hearken.providers.control({ groq: { fault: 'server_error' } });
    for (let i = 0; i < 3; i += 1) assert.equal((await chat(hearken)).servedBy, 'openai:second');
    await until('the breaker to open', () => events(hearken, 'breaker_state').some(({ to }) => to === 'open'));
  }

  test('is left alone after enough failures, while every client is served', async () => {
    await opened();
    const called = callsTo(hearken, 'groq.chat');
    assert.equal(called, 3);
    for (let i = 0; i < 5; i += 1) {
      const { status, servedBy } = await chat(hearken, { stream: i % 2 === 0 });
      assert.deepEqual([status, servedBy], [200, 'openai:second']);
    }
    // On a busy machine the open time may end before the last of them: then one was a probe.
    const probes = events(hearken, 'breaker_state').filter(({ to }) => to === 'half_open').length;
    assert.ok(callsTo(hearken, 'groq.chat') - called <= probes, 'nobody called it while it was open');
    const { mode, leases } = await breaker(hearken);
    assert.deepEqual([mode, leases], ['auto', { live: 0, limit: 1 }]);
    assert.deepEqual(events(hearken, 'breaker_state').find(({ to }) => to === 'open'), {
      event: 'breaker_state', key: FIRST, from: 'closed', to: 'open', reason: 'consecutive_failures',
    });
  });

  test('is probed after the open time and serves again once its probes succeed', async () => {
    await opened();
    hearken.providers.control({ groq: { fault: null } });
    await state(hearken, 'half_open');
    const served = [];
    await until('the first provider to serve', async () => {
      served.push((await chat(hearken)).servedBy);
      return (await breaker(hearken)).state === 'closed';
    });
    assert.ok(served.filter((name) => name === 'groq:first').length >= 2, `probes served: ${served}`);
    assert.equal((await chat(hearken)).servedBy, 'groq:first');
    assert.ok(events(hearken, 'breaker_state').some(({ reason }) => reason === 'probes_succeeded'));
  });

  test('is opened again, for longer, by a probe that fails', async () => {
    await opened();
    await state(hearken, 'half_open');
    await until('a failed probe', async () => {
      assert.equal((await chat(hearken)).servedBy, 'openai:second');
      return events(hearken, 'breaker_state').some(({ reason }) => reason === 'probe_failed');
    });
    const { retry_after_ms } = await breaker(hearken);
    assert.ok(retry_after_ms > 500, `${retry_after_ms} ms`);
    assert.equal(callsTo(hearken, 'groq.chat'), 4);
  });

  test('is probed by one call at a time, however many come', async () => {
    await opened();
    hearken.providers.control({ groq: { fault: null, first_ms: 300 } });
    await state(hearken, 'half_open');
    hearken.providers.journal.clear();
    const all = await Promise.all(Array.from({ length: 10 }, () => chat(hearken)));
    assert.ok(all.every(({ status }) => status === 200));
    const probes = hearken.providers.requests.filter(({ scope }) => scope === 'groq.chat');
    for (const probe of probes) {
      const beside = probes.filter((other) => other !== probe && other.at_ms < (probe.closed_at_ms ?? Infinity) && probe.at_ms < (other.closed_at_ms ?? Infinity));
      assert.equal(beside.length, 0, 'two probes at once');
    }
    assert.equal(all.filter(({ servedBy }) => servedBy === 'groq:first').length, probes.length);
  });

  test('is left alone for as long as it asks, and no longer', async () => {
    hearken.providers.control({ groq: { status: 429, headers: { 'retry-after': '1' }, times: 1 } });
    assert.equal((await chat(hearken)).servedBy, 'openai:second');
    await until('the pause', async () => (await breaker(hearken)).cooldown_ms > 0);
    const { cooldown_ms, state } = await breaker(hearken);
    assert.ok(cooldown_ms <= 1000 && state === 'closed', 'a pause is no failure');
    assert.equal((await chat(hearken)).servedBy, 'openai:second');
    assert.equal(callsTo(hearken, 'groq.chat'), 1);
    await until('the end of the pause', async () => (await chat(hearken)).servedBy === 'groq:first', 3000);
  });

  test('whose key is refused raises an alarm and is left alone', async () => {
    await having({ vars: { ...CHAIN, ...STRICT } }, async (own) => {
      own.providers.control({ groq: { fault: 'bad_key' } });
      assert.equal((await chat(own)).servedBy, 'openai:second');
      assert.equal((await chat(own)).servedBy, 'openai:second');
      assert.equal(callsTo(own, 'groq.chat'), 1);
      await until('the alarm', () => events(own, 'alarm').some(({ alarm, provider }) => alarm === 'credential_refused' && provider === 'groq'));
      // An operator who sets the mode wants to see it asked.
      own.providers.control({ groq: { fault: null } });
      await put(own, 'auto');
      assert.equal((await chat(own)).servedBy, 'groq:first');
    });
  });
});

describe('operators', () => {
  let hearken;
  before(async () => {
    hearken = await startHearken({ breakers: 'auto', vars: { ...CHAIN, ...STRICT, ...OPEN_LONG, EMBED: 'workers-ai:@cf/baai/bge-small-en-v1.5' } });
  });
  after(() => hearken?.stop());

  test('see every configured breaker, called or not, in the order of the chains', async () => {
    const answer = await fetch(`${hearken.url}/admin/breakers`);
    const { data } = await answer.json();
    assert.deepEqual(data.map(({ key }) => key), [
      FIRST, 'chat:openai:second', 'speech:elevenlabs:eleven_flash_v2_5', 'transcription:groq:whisper-large-v3-turbo',
      'embeddings:workers-ai:@cf/baai/bge-small-en-v1.5',
    ]);
    assert.deepEqual(data[0], {
      key: FIRST, provider: 'groq', operation: 'chat', model: 'first', mode: 'auto', state: 'closed', threshold: 3, samples: 0,
      retry_after_ms: 0, cooldown_ms: 0, leases: { live: 0, limit: 1 }, adjustments: [],
    });
  });

  test('name a breaker with or without percent-encoding', async () => {
    const key = 'embeddings:workers-ai:@cf/baai/bge-small-en-v1.5';
    for (const path of [key, encodeURIComponent(key), key.replaceAll(':', '%3A').replaceAll('/', '%2F')]) {
      const row = await (await fetch(`${hearken.url}/admin/breakers/${path}`)).json();
      assert.equal(row.key, key, path);
    }
  });

  test('are told what they got wrong', async () => {
    for (const key of ['chat:groq:unknown', 'paint:groq:first', 'x', '%zz']) {
      const answer = await fetch(`${hearken.url}/admin/breakers/${key}`);
      assert.equal(answer.status, 404, key);
      assert.equal((await answer.json()).error.code, 'breaker_not_found');
    }
    const answer = await put(hearken, 'open');
    assert.equal(answer.status, 400);
    assert.equal((await answer.json()).error.param, 'mode');
    assert.equal((await fetch(`${hearken.url}/admin/breakers`, { method: 'DELETE' })).status, 405);
  });

  test('force a breaker open, switch it off and hand it back, at once', async () => {
    hearken.providers.journal.clear();
    const forced = await (await put(hearken, 'forced_open')).json();
    assert.deepEqual([forced.mode, forced.state], ['forced_open', 'forced_open']);
    assert.equal((await chat(hearken)).servedBy, 'openai:second');
    const denied = await chat(hearken, { model: 'groq:first' });
    assert.equal(denied.status, 503);
    assert.ok(Number(denied.headers.get('retry-after')) > 0);
    assert.equal(callsTo(hearken, 'groq.chat'), 0);

    hearken.providers.control({ groq: { fault: 'server_error' } });
    assert.equal((await (await put(hearken, 'disabled')).json()).mode, 'disabled');
    for (let i = 0; i < 5; i += 1) assert.equal((await chat(hearken)).servedBy, 'openai:second');
    assert.equal(callsTo(hearken, 'groq.chat'), 5, 'a breaker that is off denies nothing');
    assert.equal((await breaker(hearken)).samples, 0);

    hearken.providers.control({ groq: { fault: null } });
    assert.equal((await (await put(hearken, 'auto')).json()).state, 'closed');
    assert.equal((await chat(hearken)).servedBy, 'groq:first');
    const reasons = await until('the three lines', () => {
      const lines = events(hearken, 'breaker_state').map(({ reason }) => reason);
      return lines.length >= 3 && lines;
    });
    assert.deepEqual(reasons, ['operator_forced_open', 'operator_disabled', 'operator_auto']);
  });

  test('need an API key', async () => {
    await having({ vars: { ...CHAIN, AUTH: 'required', API_KEYS: 'k', SESSION_SECRET: 'a-secret-of-some-length' } }, async (own) => {
      const as = (token) => (token ? { authorization: `Bearer ${token}` } : {});
      const session = await fetch(`${own.url}/v1/sessions`, {
        method: 'POST', headers: { ...as('k'), 'content-type': 'application/json' }, body: JSON.stringify({ user: 'ada', ttl_seconds: 60 }),
      });
      const { token } = await session.json();
      for (const path of ['/admin/breakers', `/admin/breakers/${FIRST}`]) {
        for (const [key, status] of [[undefined, 401], ['wrong', 401], [token, 403], ['k', 200]]) {
          const answer = await fetch(own.url + path, { headers: as(key) });
          assert.equal(answer.status, status, `${path} as ${key}`);
        }
      }
      const answer = await fetch(`${own.url}/admin/breakers/${FIRST}`, {
        method: 'PUT', headers: { ...as(token), 'content-type': 'application/json' }, body: '{"mode":"disabled"}',
      });
      assert.equal(answer.status, 403);
    });
  });
});

describe('when nobody may be asked', () => {
  const ONE = { LLM: 'groq:first', ...STRICT, ...OPEN_LONG };

  test('the client hears when to come back, and the least bad provider is tried now and then', async () => {
    await having({ vars: ONE }, async (hearken) => {
      hearken.providers.control({ groq: { fault: 'server_error' } });
      for (let i = 0; i < 3; i += 1) assert.equal((await chat(hearken)).status, 502);
      await state(hearken, 'open');
      hearken.providers.control({ groq: { fault: null } });
      const began_ms = Date.now();
      for (let i = 0; i < 5; i += 1) {
        const { status, headers, text } = await chat(hearken);
        assert.equal(status, 503, text);
        const wait_s = Number(headers.get('retry-after'));
        assert.ok(wait_s >= 1 && wait_s <= 60, `${wait_s} s`);
        assert.equal(JSON.parse(text).error.code, 'no_upstream_available');
      }
      assert.equal(callsTo(hearken, 'groq.chat'), 3);
      await until('a last resort', async () => (await chat(hearken)).status === 200, 8000);
      assert.ok(Date.now() - began_ms > 3000, 'not at once');
      assert.equal((await chat(hearken)).status, 503, 'and not again at once');
      assert.equal((await breaker(hearken)).state, 'open', 'a last resort is no probe');
    });
  });

  test('in shadow everything is said and nothing is denied', async () => {
    await having({ vars: { ...ONE, BREAKER_ENFORCE: 'shadow' } }, async (hearken) => {
      hearken.providers.control({ groq: { fault: 'server_error' } });
      for (let i = 0; i < 8; i += 1) assert.equal((await chat(hearken)).status, 502);
      assert.equal(callsTo(hearken, 'groq.chat'), 8);
      await state(hearken, 'open');
    });
  });

  test('a wrong variable is refused at start in a sentence that names it', async () => {
    for (const [name, value] of [['BREAKER_OPEN_MS', '0'], ['LLM_BREAKER_STRATEGY', 'guess'], ['BREAKER_THRESHOLD_MIN', '9']]) {
      await having({ vars: { [name]: value } }, async (hearken) => {
        const { status, text } = await chat(hearken);
        assert.equal(status, 503);
        assert.ok(JSON.parse(text).error.message.includes(name), text);
      });
    }
  });
});

test('a restart keeps a breaker open, and a cold isolate finds out before the answer begins', async () => {
  const persist = mkdtempSync(join(tmpdir(), 'hearken-'));
  try {
    const options = { persist, vars: { ...CHAIN, ...STRICT, ...OPEN_LONG, LLM_HEADERS_MS: '60000' } };
    await having(options, async (hearken) => {
      hearken.providers.control({ groq: { fault: 'server_error' } });
      for (let i = 0; i < 3; i += 1) await chat(hearken);
      await state(hearken, 'open');
    });
    await having(options, async (hearken) => {
      // It hangs: without the news a client would wait for its deadline.
      hearken.providers.control({ groq: { fault: 'hang' } });
      const { servedBy, took_ms } = await chat(hearken);
      assert.equal(servedBy, 'openai:second');
      assert.ok(took_ms < 30_000, `${took_ms} ms`);
      assert.equal((await breaker(hearken)).state, 'open');
      const [call] = hearken.providers.requests.filter(({ scope }) => scope === 'groq.chat');
      if (call) await until('the call to be ended', () => call.ended === 'client_closed');
    });
  } finally {
    rmSync(persist, { recursive: true, force: true });
  }
});

describe('time and load', () => {
  test('no attempt outlives the turn', async () => {
    const vars = { ...CHAIN, TURN_TOTAL_MS: '600', LLM_HEADERS_MS: '400', LLM_FIRST_MS: '60000' };
    await having({ vars }, async (hearken) => {
      hearken.providers.control({ groq: { fault: 'hang' }, openai: { first_ms: 60_000 } });
      for (const stream of [true, false]) {
        const { status, took_ms } = await chat(hearken, { stream });
        assert.equal(status, 504);
        assert.ok(took_ms < 30_000, `${took_ms} ms`);
        await until('both calls to be ended', () => hearken.providers.requests.every(({ ended }) => ended === 'client_closed'));
      }
    });
  });

  test('a stream ends with its turn', async () => {
    await having({ vars: { ...CHAIN, TURN_TOTAL_MS: '700' } }, async (hearken) => {
      hearken.providers.control({ chat: { script: [Array(100).fill('word').join(' ')], gap_ms: 40 } });
      const { text } = await chat(hearken, { stream: true });
      assert.match(text, /stream_deadline/);
    });
  });

  test('a probe ends with its lease', async () => {
    const vars = { ...CHAIN, ...STRICT, BREAKER_OPEN_MS: '200', BREAKER_LEASE_MS: '300', LLM_HEADERS_MS: '60000' };
    await having({ vars }, async (hearken) => {
      hearken.providers.control({ groq: { fault: 'server_error' } });
      for (let i = 0; i < 3; i += 1) await chat(hearken);
      await state(hearken, 'half_open');
      hearken.providers.journal.clear();
      hearken.providers.control({ groq: { fault: 'hang' } });
      const { servedBy, took_ms } = await chat(hearken);
      assert.equal(servedBy, 'openai:second');
      assert.ok(took_ms < 30_000, `${took_ms} ms`);
      await until('the probe to be ended', () => hearken.providers.requests.find(({ scope }) => scope === 'groq.chat')?.ended === 'client_closed');
    });
  });

  test('retries stay below a fifth of the traffic, and help', async () => {
    await having({ vars: { LLM: 'groq:first' } }, async (hearken) => {
      await put(hearken, 'disabled');
      hearken.providers.control({ groq: { fault: 'server_error' } });
      for (let i = 0; i < 40; i += 1) assert.equal((await chat(hearken)).status, 502);
      const calls = callsTo(hearken, 'groq.chat');
      assert.ok(calls > 40 && calls <= 48, `${calls} calls for 40 requests`);
      // Five that go well earn one try more.
      hearken.providers.control({ groq: { fault: null } });
      for (let i = 0; i < 6; i += 1) assert.equal((await chat(hearken)).status, 200);
      hearken.providers.control({ groq: { fault: 'server_error', times: 1 } });
      assert.equal((await chat(hearken)).status, 200, 'the second try');
    });
  });

  const speak = async (hearken, text) => {
    const answer = await fetch(`${hearken.url}/v1/audio/speech`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input: text, voice: 'x', response_format: 'opus' }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, servedBy: answer.headers.get('x-served-by'), bytes };
  };
  const servedBy = async (hearken, text) => (await speak(hearken, text)).servedBy;

  test('a late voice is hedged by the next one, and the loser is ended', async () => {
    const vars = { TTS: 'elevenlabs:one, openai:two', TTS_HEDGE: 'on', PHRASE_CACHE: 'off' };
    await having({ vars }, async (hearken) => {
      for (let i = 0; i < 25; i += 1) assert.equal(await servedBy(hearken, `Number ${i}.`), 'elevenlabs:one');
      hearken.providers.journal.clear();
      hearken.providers.control({ elevenlabs: { first_ms: 4000 } });
      assert.equal(await servedBy(hearken, 'Late.'), 'openai:two');
      await until('the loser to be ended', () => hearken.providers.requests.find(({ scope }) => scope === 'elevenlabs.speech')?.ended === 'client_closed');
      assert.equal((await breaker(hearken, 'speech:elevenlabs:one')).state, 'closed');
    });
  });

  test('a hedge that began too late in its turn says nothing about its provider', async () => {
    const vars = { TTS: 'elevenlabs:one, openai:two', TTS_HEDGE: 'on', PHRASE_CACHE: 'off', TURN_TOTAL_MS: '5000', TTS_HEADERS_MS: '60000', TTS_FIRST_MS: '60000' };
    await having({ vars }, async (hearken) => {
      const { bytes } = await speak(hearken, 'Usual.');
      // So many answers make a usual one of 3 s, after which a hedge has two fifths of the turn.
      hearken.providers.control({ speech: { first_ms: 3000, raw_chunks_base64: [bytes.toString('base64')] } });
      const usual = await Promise.all(Array.from({ length: 25 }, (_, i) => servedBy(hearken, `${i}.`)));
      assert.ok(usual.filter((name) => name === 'elevenlabs:one').length >= 20, `${usual}`);
      hearken.providers.control({ speech: { fault: 'hang' } });
      hearken.logs.length = 0;
      assert.equal((await speak(hearken, 'Late.')).status, 504);
      const of = (event) => events(hearken, event).map(({ target, failure }) => [target, failure]);
      await until('both calls to be told', () => of('attempt_failed').length + of('attempt_withdrawn').length === 2);
      assert.deepEqual(of('attempt_failed'), [['elevenlabs:one', 'timeout_total']]);
      assert.deepEqual(of('attempt_withdrawn'), [['openai:two', 'turn_over']]);
    });
  });

  test('a provider without a key is no hedge', async () => {
    const vars = { TTS: 'elevenlabs:one, cartesia:unset, openai:two', TTS_HEDGE: 'on', PHRASE_CACHE: 'off' };
    await having({ vars }, async (hearken) => {
      for (let i = 0; i < 25; i += 1) assert.equal(await servedBy(hearken, `Number ${i}.`), 'elevenlabs:one');
      hearken.providers.control({ elevenlabs: { first_ms: 4000 } });
      assert.equal(await servedBy(hearken, 'Late.'), 'openai:two');
      assert.deepEqual(hearken.logs.filter((line) => line.includes('cartesia')), []);
    });
  });
});

/** Puts another class in the object's place: `answer` is the body of its `tell`. */
const objectThat = (answer) => (options) => {
  const [hearken, ...others] = options.workers;
  const script = `import { DurableObject } from 'cloudflare:workers';
    export class Stand extends DurableObject { async tell() { ${answer} } }
    export default { fetch: () => new Response() };`;
  return {
    ...options,
    workers: [
      { ...hearken, durableObjects: { ...hearken.durableObjects, BREAKER: { className: 'Stand', scriptName: 'stand', useSQLite: true } } },
      ...others,
      { name: 'stand', modules: true, script, compatibilityDate: '2026-04-01', durableObjects: { OWN: { className: 'Stand', useSQLite: true } } },
    ],
  };
};

describe('an object that does not answer', () => {
  const cases = {
    'is slow': 'await new Promise((resolve) => setTimeout(resolve, 3000)); return "{}";',
    'is broken': 'return undefined;',
    'is gone': 'throw new Error("gone");',
  };
  for (const [name, answer] of Object.entries(cases)) {
    test(`${name}: no request waits for it, and the isolate decides alone`, async () => {
      await having({ vars: { ...CHAIN, ...STRICT }, adjust: objectThat(answer) }, async (hearken) => {
        await chat(hearken);
        const took = [];
        for (let i = 0; i < 20; i += 1) {
          const { status, servedBy, took_ms } = await chat(hearken);
          assert.deepEqual([status, servedBy], [200, 'groq:first']);
          took.push(took_ms);
        }
        took.sort((a, b) => a - b);
        // The slow object takes three seconds.
        assert.ok(took[10] < 1_500, `half of them took more than ${took[10]} ms`);
        // Its own failures in a row are enough for a pause here.
        hearken.providers.control({ groq: { fault: 'server_error' } });
        for (let i = 0; i < 3; i += 1) assert.equal((await chat(hearken)).servedBy, 'openai:second');
        await until('the isolate to deny by itself', async () => {
          await chat(hearken);
          return events(hearken, 'attempt_denied').some(({ by }) => by === 'local');
        });
        await until('the word', () => events(hearken, 'degraded').length > 0);
      });
    });
  }
});
