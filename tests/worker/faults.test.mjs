// Every fault of every kind of provider, in each phase, with and without somebody to take over: a whole answer, or one
// clear error, in time; and the socket of whoever failed is closed.
//
// The table below places every fault that the local providers know. A fault that is new there fails the first test until
// it has a place here. Cases run side by side: each has a word of its own, and the fault strikes where that word is said.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FAULTS } from '../../local/knobs.mjs';
import { startHearken, until } from '../harness.mjs';
import { knownIn, Somebody, turns } from './people.mjs';
import { spokenBody, turn } from './voice-client.mjs';

// Long enough for a busy machine; sound, some of which a real engine makes, gets more below.
const CLOCKS = { HEADERS_MS: '2500', FIRST_MS: '3000', IDLE_MS: '2500', TOTAL_MS: '20000' };
const clocks = (chain, own = CLOCKS) => Object.fromEntries(Object.entries(own).map(([name, value]) => [`${chain}_${name}`, value]));
/** The longest that two attempts may take, with a busy machine's allowance. */
const IN_TIME_MS = 25_000;
const SIDE_BY_SIDE = 4;
const PIECE_BYTES = 600;
/** Faults of an engine at work: `null` takes the kept sound away. */
const ENGINE = Object.fromEntries(['slow_audio', 'mp3_instead'].map((fault) => [fault, { raw_chunks_base64: null }]));
// A connection on which sound broke off is not one to ask the next question on.
const ALONE = { connection: 'close' };
const JSON_TYPE = { 'content-type': 'application/json', ...ALONE };
const SENTENCE = 'It rains today, so bring an umbrella and your good shoes.';
const recording = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'audio', 'two.wav'));

const REFUSALS = ['refuse', 'hang', 'server_error', 'busy', 'bad_key', 'quota', 'rate_limit', 'capacity', 'concurrency', 'too_long', 'voice_not_found', 'model_gone'];
const BREAKS = ['cut', 'drop', 'reset', 'stall'];
const ERRORS = ['error_event', 'event_error', 'x_groq_error'];
const FIRST_ERRORS = ['error_first', 'role_then_error'];
const FRAMING = ['split_utf8', 'crlf', 'cr', 'bom', 'comments', 'multi_line_data'];
const AUDIO = ['json_instead_of_audio', 'wrong_content_type', 'mp3_instead', 'truncated_audio', 'slow_audio'];
const BROKEN_JSON = [...BREAKS, 'malformed', 'no_done', ...FIRST_ERRORS, ...ERRORS];

/** Whether a page says that it is the last one (RFC 3533 §6, header type 4). */
const hasLastPage = (ogg) => (ogg.charCodeAt(ogg.lastIndexOf('OggS') + 5) & 4) !== 0;
const post = (path, body) => (url) => fetch(url + path, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
const chat = (stream) => (word, model) => post('/v1/chat/completions', { stream, memory: 'off', model, messages: [{ role: 'user', content: `hello ${word}` }] });
const speech = (fields) => (word, model) => post('/v1/audio/speech', { input: `${SENTENCE} ${word}.`, voice: 'x', response_format: 'opus', model, ...fields });

/**
 * For each operation: `before`: faults that show before anything useful has come; `early`: those that strike right after
 * the first bytes that mean nothing; `within`: in the middle; `fine`: odd, and harmless. What is in none of them does not
 * concern this operation. `ask` makes the request, `isWhole` and `isTold` judge its answer.
 */
const KINDS = {
  'chat, streamed': {
    scope: 'chat', providers: ['groq', 'openai'], ask: chat(true),
    before: [...REFUSALS, 'empty', 'html', ...FIRST_ERRORS], early: [...BREAKS, ...ERRORS], within: [...BREAKS, ...ERRORS], fine: ['malformed', 'no_done', ...FRAMING], none: AUDIO,
    isWhole: ({ text }) => /^data: (\[DONE\]$|.*"finish_reason":"stop")/m.test(text.replaceAll('\r', '\n')) && !text.includes('"error"'),
    isTold: ({ text }) => !text.includes('[DONE]') && text.split('"error"').length === 2,
  },
  'chat, whole': {
    scope: 'chat', providers: ['groq', 'openai'], ask: chat(false),
    before: [...REFUSALS, 'empty', 'html', ...BROKEN_JSON], early: [], within: [], fine: [], none: [...FRAMING, ...AUDIO],
    isWhole: ({ text }) => JSON.parse(text).choices[0].message.content.length > 0,
  },
  speech: {
    scope: 'speech', providers: ['elevenlabs', 'openai'], ask: speech({}),
    before: [...REFUSALS, 'empty', 'html', 'json_instead_of_audio'], early: [...BREAKS, 'truncated_audio'], within: [...BREAKS, 'truncated_audio'],
    fine: ['slow_audio', 'mp3_instead', 'wrong_content_type'], none: [...FIRST_ERRORS, ...ERRORS, ...FRAMING, 'malformed', 'no_done'],
    isWhole: ({ text, headers }) => text.length > 1000 && (text.startsWith('OggS') ? headers.get('content-type').startsWith('audio/ogg') && hasLastPage(text) : headers.get('content-type') === 'audio/mpeg'),
    // Sound has no words for it: the transfer breaks off, which workerd's own server does not show.
    isTold: ({ text }) => !hasLastPage(text),
  },
  'speech in events': {
    scope: 'speech', providers: ['elevenlabs', 'openai'], ask: speech({ stream_format: 'sse' }),
    before: ['hang', 'server_error', 'html'], early: ['stall', 'truncated_audio'], within: [...BREAKS, 'truncated_audio'], fine: ['slow_audio'], isPart: true,
    isWhole: ({ text }) => text.includes('"speech.audio.done"') && !text.includes('"error"'),
    isTold: ({ text }) => !text.includes('speech.audio.done') && text.split('"error"').length === 2,
  },
  transcription: {
    scope: 'transcription', providers: ['groq', 'deepgram'], isAlone: true,
    // A recording without words has an empty transcript: that is no fault.
    before: [...REFUSALS, 'html', ...BROKEN_JSON], early: [], within: [], fine: ['empty'], none: [...FRAMING, ...AUDIO],
    ask: (word, model) => (url) => {
      const form = new FormData();
      form.set('file', new Blob([recording], { type: 'audio/wav' }), 'r.wav');
      form.set('model', model);
      return fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', headers: ALONE, body: form });
    },
    isWhole: ({ text }) => ['hello there', ''].includes(JSON.parse(text).text),
  },
};

/** The same operations at the other providers. */
Object.assign(KINDS, {
  'chat of Workers AI, streamed': {
    ...KINDS['chat, streamed'], at: 'others', providers: ['workers-ai', 'openai'], model: '@cf/meta/llama', isPart: true,
    // Its stream has no event for the role, so whatever comes first says something, and no reason to finish but [DONE].
    fine: ['malformed', ...FRAMING],
    before: [...REFUSALS, 'empty', 'html', 'error_first'], early: [...BREAKS, 'error_event', 'event_error'], within: [...BREAKS, 'error_event', 'event_error', 'role_then_error', 'no_done'],
  },
  'chat of Workers AI, whole': { ...KINDS['chat, whole'], at: 'others', providers: ['workers-ai', 'openai'], model: '@cf/meta/llama', isPart: true },
  'speech of Deepgram': { ...KINDS.speech, at: 'others', providers: ['deepgram', 'openai'], model: 'aura-2-thalia-en', isPart: true },
  'transcription of Workers AI': { ...KINDS.transcription, at: 'others', providers: ['workers-ai', 'groq'], model: '@cf/openai/whisper', isPart: true },
});

/** What the client is told when this is all that ever happens; others are one of the statuses of the contract. */
const STATUSES = {
  refuse: 502, hang: 504, server_error: 502, bad_key: 502, rate_limit: 429, quota: 429, concurrency: 429, html: 502, empty: 502, stall: 504, json_instead_of_audio: 502,
  error_first: 502, role_then_error: 502, malformed: 502, cut: 502, reset: 502,
};

/** Who stands where: what most people use, and the others. */
const CHAINS = {
  hosted: { LLM: 'groq:first, openai:second', TTS: 'elevenlabs:first, openai:second', STT: 'groq:first, deepgram:second' },
  others: { LLM: 'workers-ai:@cf/meta/llama, openai:second', TTS: 'deepgram:aura-2-thalia-en, openai:second', STT: 'workers-ai:@cf/openai/whisper, groq:second' },
};

let hearken;
const workers = {};
const workerOf = ({ at = 'hosted' }) => workers[at];
before(async () => {
  for (const at of Object.keys(CHAINS)) workers[at] = await started(at);
  hearken = workers.hosted;
});
after(() => Promise.all(Object.values(workers).map((worker) => worker.stop())));

async function started(at) {
  const worker = await startHearken({
    vars: {
      ...CHAINS[at],
      EMBED: 'openai:vectors, groq:vectors', PHRASE_CACHE: 'off',
      ...clocks('LLM'), ...clocks('TTS', { ...CLOCKS, HEADERS_MS: '4000', FIRST_MS: '5000' }), ...clocks('STT'), ...clocks('EMBED', { ...CLOCKS, TOTAL_MS: '5000' }),
    },
    knobs: { chat: { first_ms: 0, gap_ms: 0 }, speech: { first_ms: 0 }, transcription: { transcript: 'hello there' } },
  });
  await worker.providers.warm();
  const spoken = Buffer.from(await (await speech({})('once', 'openai:second')(worker.url)).arrayBuffer());
  const pieces = Array.from({ length: Math.ceil(spoken.length / PIECE_BYTES) }, (_, at) => spoken.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES));
  // The engine is real and slow: all cases get what it said once, but for those that concern how it speaks.
  worker.providers.control({ speech: { first_ms: 0, raw_chunks_base64: pieces.map((piece) => piece.toString('base64')) } });
  // A recorded word is not in the rules' reach: those cases come one by one. All others are known from the start.
  const rules = {};
  for (const { word, strikes, knobs } of cases.filter((one) => (one.at ?? 'hosted') === at)) {
    for (const scope of word ? strikes : []) (rules[scope] ??= []).push({ match_text: word, ...knobs });
  }
  worker.providers.control(rules);
  return worker;
}

/** A word that nobody else says, of equal length for all, so that none is a part of another. */
const wordOf = (number) => `zq${[2, 1, 0].map((place) => String.fromCharCode(97 + (Math.floor(number / 26 ** place) % 26))).join('')}`;
const cases = [];

/** Plans a case: `strikes` are the scopes where the fault happens. */
function plan(facts) {
  const one = { ...facts, word: facts.isAlone ? undefined : wordOf(cases.length) };
  cases.push(one);
  return one;
}

/** Bodies as text, each written once: every case looks through all of them again and again. */
const texts = new WeakMap();
function textOf(body = '') {
  if (typeof body !== 'object') return String(body);
  if (!texts.has(body)) texts.set(body, JSON.stringify(body));
  return texts.get(body);
}

/** The provider's requests that belong to a case. */
const callsOf = ({ word, scope, began_at_ms, at }) => workerOf({ at }).providers.requests.filter((request) =>
  (word ? textOf(request.body).includes(word) : request.scope?.endsWith(scope) && request.at_ms >= began_at_ms));
const allClosed = (one) => until('every socket of it to be closed', () => callsOf(one).every(({ ended }) => ended !== 'open'));
const scopesOf = (one) => callsOf(one).map(({ scope }) => scope);

/** A person who asks on connections of their own. */
function somebody(user) {
  const person = new Somebody(hearken.url, user);
  Object.assign(person.headers, ALONE);
  return person;
}

/** The answer, with its text and how long it took. */
async function answered(worker, request) {
  const began_ms = performance.now();
  const answer = await request(worker.url);
  let text = '';
  let broken = false;
  try {
    for await (const bytes of answer.body) text += Buffer.from(bytes).toString('latin1');
  } catch {
    broken = true;
  }
  const took_ms = performance.now() - began_ms;
  assert.ok(took_ms < IN_TIME_MS, `${took_ms} ms`);
  return { status: answer.status, headers: answer.headers, text, broken, took_ms };
}

/** Runs a planned case; what came is whole or told by then. */
async function run(one, kind, model) {
  const worker = workerOf(one);
  if (one.isAlone) {
    one.began_at_ms = performance.timeOrigin + performance.now() - 1;
    for (const scope of one.strikes) worker.providers.control({ [scope]: one.knobs });
  }
  try {
    const got = await answered(worker, kind.ask(one.word ?? '', model));
    await allClosed(one);
    return got;
  } finally {
    if (one.isAlone) for (const scope of one.strikes) worker.providers.control({ [scope]: { fault: null, after: null } });
  }
}

function isOneClearError({ status, text, broken }, fault) {
  const { error } = JSON.parse(text);
  assert.ok(error.message && error.type && error.code, text);
  assert.ok([400, 413, 429, 502, 504].includes(status), `${status} ${text}`);
  if (fault in STATUSES) assert.equal(status, STATUSES[fault], text);
  assert.ok(!broken);
}

test('every fault there is has its place in the table', () => {
  for (const [name, kind] of Object.entries(KINDS).filter(([, { isPart }]) => !isPart)) {
    const placed = new Set([...kind.before, ...kind.early, ...kind.within, ...kind.fine, ...kind.none]);
    assert.deepEqual([...FAULTS].filter((fault) => !placed.has(fault)), [], name);
    assert.deepEqual([...placed].filter((fault) => !FAULTS.has(fault)), [], name);
  }
});

describe('faults', { concurrency: SIDE_BY_SIDE }, () => {
  for (const [name, kind] of Object.entries(KINDS)) {
    const [first, second] = kind.providers.map((provider) => `${provider}.${kind.scope}`);
    const { isAlone, scope, at, model = 'first' } = kind;
    describe(name, { concurrency: isAlone ? 1 : SIDE_BY_SIDE }, () => {
      const phases = [...kind.before.map((fault) => [fault, fault]), ...kind.early.map((fault) => [fault, `${fault} right after the beginning`])];
      for (const [fault, title] of phases) {
        const knobs = { fault, after: 0 };
        const helped = plan({ strikes: [first], knobs, isAlone, scope, at });
        test(`${title}: the next provider gives a whole answer`, async () => {
          const got = await run(helped, kind, 'companion');
          assert.equal(got.status, 200, got.text);
          assert.equal(got.headers.get('x-served-by'), `${kind.providers[1]}:second`);
          assert.ok(!got.broken && kind.isWhole(got), got.text.slice(0, 300));
          assert.deepEqual(scopesOf(helped), [first, second]);
        });
        const alone = plan({ strikes: [first], knobs, isAlone, scope, at });
        test(`${title}, and nobody else: one clear error`, async () => {
          isOneClearError(await run(alone, kind, `${kind.providers[0]}:${model}`), fault);
          assert.deepEqual(scopesOf(alone), [first]);
        });
        const both = plan({ strikes: [first, second], knobs, isAlone, scope, at });
        test(`${title} of both: one clear error`, async () => {
          isOneClearError(await run(both, kind, 'companion'), fault);
          assert.deepEqual(scopesOf(both), [first, second]);
        });
      }

      for (const fault of kind.within) {
        const one = plan({ strikes: [first], knobs: { fault }, isAlone, scope, at });
        test(`${fault} in the middle is told, once`, async () => {
          const got = await run(one, kind, 'companion');
          assert.equal(got.status, 200, got.text);
          assert.ok(kind.isTold(got), got.text.slice(-300));
          assert.deepEqual(scopesOf(one), [first], 'nothing is asked again once an answer has begun');
        });
      }

      for (const fault of kind.fine) {
        const one = plan({ strikes: [first], knobs: { fault, ...ENGINE[fault] }, isAlone, scope, at });
        test(`${fault} harms nobody`, async () => {
          const got = await run(one, kind, 'companion');
          assert.equal(got.status, 200, got.text);
          assert.ok(kind.isWhole(got), got.text.slice(-300));
          assert.deepEqual(scopesOf(one), [first]);
        });
      }
    });
  }

  describe('a spoken reply whose voice fails', { concurrency: SIDE_BY_SIDE }, () => {
    const scopes = ['elevenlabs.speech', 'openai.speech'];
    for (const fault of ['refuse', 'hang', 'server_error', 'bad_key', 'quota', 'rate_limit', 'empty', 'html', 'json_instead_of_audio', 'stall', 'reset', 'truncated_audio']) {
      for (const [who, strikes] of [['the first', scopes.slice(0, 1)], ['both', scopes]]) {
        const one = plan({ strikes, knobs: { fault, after: 0 } });
        const said = `All is well, ${one.word}.`;
        const reply = { word: one.word, strikes: ['groq.chat'], knobs: { script: [said], script_repeat: true } };
        cases.push(reply);
        test(`${fault} of ${who}: the text is whole, and the sound ${who === 'both' ? 'says that it failed' : 'comes from the next'}`, async () => {
          const got = await turn(hearken.url, spokenBody(`speak ${one.word}`, { memory: 'off' }));
          assert.deepEqual([got.status, got.text, got.isDone, got.errors], [200, said, true, []]);
          const [bytes, failures] = who === 'both' ? [0, 1] : [got.bytes.length, 0];
          assert.deepEqual([got.bytes.length, got.audioErrors.length], [bytes, failures], JSON.stringify(got.audioErrors));
          assert.ok(who === 'both' || got.bytes.length > 500);
          await allClosed(one);
        });
      }
    }
  });

  describe('a turn whose embedding fails', { concurrency: SIDE_BY_SIDE }, () => {
    const scopes = ['openai.embeddings', 'groq.embeddings'];
    const unusable = { 'no vectors': { data: [] }, 'too many vectors': { data: [{ embedding: [1] }, { embedding: [1] }] }, 'words for numbers': { data: [{ embedding: ['x'] }] }, 'a vector of nothing': { data: [{ embedding: [] }] } };
    const faults = [...REFUSALS, 'html', ...BROKEN_JSON].map((fault) => [fault, { fault }]);
    for (const [title, knobs] of [...faults, ...Object.entries(unusable).map(([name, body]) => [name, { body }])]) {
      const both = plan({ strikes: scopes, knobs });
      test(`${title} of both: the turn goes on with what words find, and the search says nothing of it`, async () => {
        const person = somebody(both.word);
        await person.remember('Has a parrot called Coco', 'fact');
        const began_ms = performance.now();
        const reply = await person.say(`What is my parrot called, ${both.word}?`, { stream: true });
        assert.equal(reply.status, 200);
        assert.ok(reply.raw.trimEnd().endsWith('data: [DONE]') && !reply.raw.includes('"error"'), reply.raw);
        assert.ok(performance.now() - began_ms < IN_TIME_MS);
        assert.match(knownIn(turns(hearken.providers).find(({ body }) => JSON.stringify(body).includes(both.word))), /Coco/);
        const { texts } = await person.search(`parrot ${both.word}`);
        assert.deepEqual(texts, ['Has a parrot called Coco']);
        await allClosed(both);
        const asked = scopesOf(both).filter((scope) => scope.endsWith('.embeddings'));
        assert.ok(asked.length >= 2, 'a failed vector is not kept');
        assert.deepEqual([...new Set(asked)].sort(), [...scopes].sort(), 'both were asked');
      });
    }

    const late = plan({ strikes: scopes.slice(0, 1), knobs: { fault: 'stall' } });
    test('a silent one is followed by the next of the same model', async () => {
      const person = somebody(late.word);
      await person.remember('Has a parrot called Coco', 'fact');
      await person.say(`What is my parrot called, ${late.word}?`);
      await allClosed(late);
      const [first, second] = callsOf(late).filter(({ scope }) => scope.endsWith('.embeddings'));
      assert.deepEqual([first.scope, first.ended, second.scope, second.ended], [scopes[0], 'client_closed', scopes[1], 'complete']);
    });
  });
});

test('the Worker is sound afterwards and has thrown nothing', () => {
  // Sound that breaks off is an exception on purpose.
  const bad = Object.values(workers).flatMap(({ logs }) => logs).filter((line) => /uncaught|unhandled|panic|unreachable|hung|deadlock/i.test(line) && !line.includes('the upstream ended early'));
  assert.deepEqual(bad, []);
});
