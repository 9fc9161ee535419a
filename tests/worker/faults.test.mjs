// Every fault of every kind of provider in each phase: a complete answer from the next provider, or one clear error in
// time, and in both cases the socket of the one that failed is closed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';

const CLOCKS = { HEADERS_MS: '500', FIRST_MS: '700', IDLE_MS: '500', TOTAL_MS: '4000' };
// The voice is a real engine, which takes its time on a busy machine.
const VOICE_CLOCKS = { HEADERS_MS: '2000', FIRST_MS: '3000', IDLE_MS: '800', TOTAL_MS: '8000' };
const clocks = (chain, own = CLOCKS) => Object.fromEntries(Object.entries(own).map(([name, value]) => [`${chain}_${name}`, value]));
/** The longest that two attempts may take, with a busy machine's allowance. */
const IN_TIME_MS = 10_000;
const JSON_TYPE = { 'content-type': 'application/json' };
const WORDS = 'It rains today. Bring an umbrella, and your good shoes.';

const BEFORE_HEADERS = ['refuse', 'hang', 'server_error', 'busy', 'bad_key', 'quota', 'rate_limit', 'capacity'];
const recording = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'audio', 'two.wav'));

/** What is asked of hearken, how a whole answer looks, and how one that broke off is told from it. */
const KINDS = {
  'chat, streamed': {
    scope: 'chat', providers: ['groq', 'openai'],
    before: [...BEFORE_HEADERS, 'empty', 'html', 'error_first', 'role_then_error'], within: ['cut', 'reset', 'drop', 'stall', 'error_event', 'x_groq_error'],
    ask: (url) => fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ stream: true, messages: [{ role: 'user', content: 'hello' }] }) }),
    isWhole: (text) => text.trimEnd().endsWith('data: [DONE]') && !text.includes('"error"'),
    isTold: (text) => !text.includes('[DONE]') && text.includes('"error"'),
  },
  'chat, whole': {
    scope: 'chat', providers: ['groq', 'openai'], before: [...BEFORE_HEADERS, 'empty', 'html', 'cut', 'reset', 'drop', 'stall', 'error_first'], within: [],
    ask: (url) => fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ messages: [{ role: 'user', content: 'hello' }] }) }),
    isWhole: (text) => JSON.parse(text).choices[0].message.content.length > 0,
  },
  speech: {
    scope: 'speech', providers: ['elevenlabs', 'openai'],
    before: [...BEFORE_HEADERS, 'empty', 'html', 'json_instead_of_audio'], within: ['truncated_audio', 'reset', 'drop', 'stall'],
    ask: (url) => fetch(`${url}/v1/audio/speech`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ input: WORDS, voice: 'x', response_format: 'opus' }) }),
    isWhole: (text) => text.startsWith('OggS') && text.length > 1000,
    // Sound has no words for it: the transfer breaks off (which workerd's own server does not show), and no page of it
    // says that it is the last one (RFC 3533 §6, header type 4).
    isTold: (text) => (text.charCodeAt(text.lastIndexOf('OggS') + 5) & 4) === 0,
    said: 'the upstream ended early',
  },
  transcription: {
    // A recording without words has an empty transcript: that is no fault.
    scope: 'transcription', providers: ['groq', 'deepgram'], before: [...BEFORE_HEADERS, 'html', 'cut', 'reset', 'stall'], within: [],
    ask(url) {
      const form = new FormData();
      form.set('file', new Blob([recording], { type: 'audio/wav' }), 'r.wav');
      return fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', body: form });
    },
    isWhole: (text) => JSON.parse(text).text === 'hello there',
  },
};

let hearken;
before(async () => {
  hearken = await startHearken({
    vars: {
      LLM: 'groq:first, openai:second', TTS: 'elevenlabs:first, openai:second', STT: 'groq:first, deepgram:second', PHRASE_CACHE: 'off',
      ...clocks('LLM'), ...clocks('TTS', VOICE_CLOCKS), ...clocks('STT'),
    },
  });
});
after(() => hearken?.stop());

/** Asks with these knobs; the answer with its text, whether the transfer broke off, and how long it took. */
async function asked(kind, knobs) {
  const { providers, url } = hearken;
  providers.control(null);
  providers.control({ chat: { first_ms: 0, gap_ms: 0 }, speech: { first_ms: 0 }, transcription: { transcript: 'hello there' }, ...knobs });
  providers.journal.clear();
  const began_ms = performance.now();
  const answer = await kind.ask(url);
  let text = '';
  let broken = false;
  const decoder = new TextDecoder('latin1');
  try {
    for await (const bytes of answer.body) text += decoder.decode(bytes, { stream: true });
  } catch {
    broken = true;
  }
  return { status: answer.status, headers: answer.headers, text, broken, took_ms: performance.now() - began_ms };
}

const allClosed = () => until('every socket behind hearken to be closed', () => hearken.providers.requests.every(({ ended }) => ended !== 'open'));

for (const [name, kind] of Object.entries(KINDS)) {
  const [first, second] = kind.providers;
  describe(name, () => {
    for (const fault of kind.before) {
      test(`${fault}: the next provider gives a whole answer`, async () => {
        const { status, headers, text, broken, took_ms } = await asked(kind, { [`${first}.${kind.scope}`]: { fault, after: 0 } });
        assert.equal(status, 200, text);
        assert.equal(headers.get('x-served-by'), `${second}:second`);
        assert.ok(!broken && kind.isWhole(text), text.slice(0, 300));
        assert.ok(took_ms < IN_TIME_MS, `${took_ms} ms`);
        await allClosed();
      });

      test(`${fault} of both: one clear error`, async () => {
        const rule = { fault, after: 0 };
        const { status, text, broken, took_ms } = await asked(kind, { [`${first}.${kind.scope}`]: rule, [`${second}.${kind.scope}`]: rule });
        assert.ok([429, 502, 504].includes(status), `${status} ${text}`);
        const { error } = JSON.parse(text);
        assert.ok(error.message && error.type && error.code, text);
        assert.ok(!broken && took_ms < IN_TIME_MS, `${took_ms} ms`);
        await allClosed();
      });
    }

    for (const fault of kind.within) {
      test(`${fault} in the middle is told, once, in time`, async () => {
        hearken.logs.length = 0;
        const { status, text, took_ms } = await asked(kind, { [`${first}.${kind.scope}`]: { fault } });
        assert.equal(status, 200, text);
        assert.ok(kind.isTold(text), text.slice(-300));
        if (kind.said) await until('the transfer to break off', () => hearken.logs.some((line) => line.includes(kind.said)));
        assert.ok(took_ms < IN_TIME_MS, `${took_ms} ms`);
        assert.equal(hearken.providers.requests.filter(({ scope }) => scope === `${second}.${kind.scope}`).length, 0, 'nothing is asked again once an answer has begun');
        await allClosed();
      });
    }
  });
}
