// What a provider streams reaches the client byte for byte, at once, and unmixed.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { chunk, DONE, FINISH, ROLE, sending, startScripted } from './support.mjs';

let hearken;
before(async () => {
  hearken = await startScripted();
});
after(() => hearken?.stop());

const BOM = '\uFEFF';
const ODD_STREAMS = {
  'plain LF': ROLE + chunk('Hello') + chunk(' there') + FINISH + DONE,
  CRLF: (ROLE + chunk('Hello') + FINISH + DONE).replaceAll('\n', '\r\n'),
  CR: (ROLE + chunk('Hello') + FINISH + DONE).replaceAll('\n', '\r'),
  'mixed line ends': ROLE.replaceAll('\n', '\r\n') + chunk('a').replaceAll('\n', '\r') + chunk('b') + 'data: {"x":1}\r\n\n' + DONE,
  'a byte order mark': BOM + ROLE + chunk('Hello') + DONE,
  'a byte order mark in the middle': ROLE + chunk('Hello') + BOM + chunk('again') + DONE,
  comments: `: hello\n\n: OPENROUTER PROCESSING\n\n${ROLE}:\n${chunk('Hello')}: keep-alive\n\n${DONE}`,
  'multi-line data': 'data: {"choices":[{"index":0,\ndata: "delta":{"content":\ndata:"Hello"}}]}\n\n' + DONE,
  'characters of many bytes': ROLE + chunk('žluťoučký 🌿 東京 \u{1F468}\u200D\u{1F469}\u200D\u{1F467}') + DONE,
  'bytes that are not UTF-8': Buffer.concat([Buffer.from(ROLE + chunk('x') + 'data: '), Buffer.from([0xff, 0xc3, 0x28, 0x00]), Buffer.from(`\n\n${DONE}`)]),
  'unknown events': `event: ping\ndata: {"t":1}\n\n${ROLE}event: usage.delta\nid: 7\nretry: 10\ndata: {"n":[1,2]}\n\n${chunk('x')}event: thing\n\nnonsense line\n\n${DONE}`,
  'events with unknown fields': 'data: {"id":"c","new_field":{"deep":[1e400,0.10]},"choices":[{"index":0,"delta":{"content":"x","brand_new":null}}],"x_groq":{"id":"r"}}\n\n' + DONE,
  'an event that is not JSON': `${ROLE}${chunk('x')}data: {"choices":[{"delta":{"content":"brok\n\n${chunk('y')}${DONE}`,
  'usage with empty choices': `${ROLE}${chunk('x')}${FINISH}data: {"id":"c1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\n${DONE}`,
  'reasoning before text': `${ROLE}data: {"choices":[{"delta":{"reasoning":"hm"}}]}\n\n${chunk('x')}${DONE}`,
  'a tool call alone': `${ROLE}data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{}"}}]}}]}\n\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\n${DONE}`,
  'a filter instead of text': `${ROLE}data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}\n\n${DONE}`,
  'fields without a space': `${ROLE}${chunk('x').replaceAll('data: ', 'data:')}data:[DONE]\n\n`,
  '[DONE] as text of the model': ROLE + chunk('data: [DONE]\n\n[DONE]') + chunk('and on') + DONE,
  'the word error in a text': ROLE + chunk('{"error":{"message":"not one"}}') + DONE,
  'an event of 400,000 bytes': ROLE + chunk('x') + chunk('long'.repeat(100_000)) + chunk('y') + DONE,
};

/** Splits into pieces of `size` bytes. */
function pieces(bytes, size) {
  const out = [];
  for (let at = 0; at < bytes.length; at += size) out.push(bytes.subarray(at, at + size));
  return out;
}

describe('bytes reach the client as the provider made them', { concurrency: true }, () => {
  for (const [name, stream] of Object.entries(ODD_STREAMS)) {
    const bytes = Buffer.from(stream);
    const ways = { 'in one piece': [bytes], 'in pieces of 7': pieces(bytes, bytes.length > 10_000 ? 9_973 : 7) };
    if (bytes.length < 2_000) ways['byte by byte'] = pieces(bytes, 1);
    for (const [way, list] of Object.entries(ways)) {
      const key = `${name}, ${way}`;
      test(key, async () => {
        hearken.upstream.plan(key, { groq: sending(...list) });
        const answer = await hearken.chat(key);
        const got = await answer.whole();
        assert.equal(answer.status, 200);
        assert.equal(answer.headers['x-served-by'], 'groq:first');
        assert.match(answer.headers['content-type'], /^text\/event-stream/);
        assert.equal(got.toString('latin1'), bytes.toString('latin1'));
        assert.equal(answer.broken, false);
        assert.equal(hearken.upstream.calls(key).length, 1);
      });
    }
  }

  test('odd streams pass late in a paced reply, too', async () => {
    const key = 'odd and late';
    const odd = Object.values(ODD_STREAMS).map((stream) => Buffer.from(stream))
      .map((bytes) => Buffer.from(bytes.toString('latin1').replace(/data: ?\[DONE\](\r\n|\r|\n){2}/g, ''), 'latin1'));
    const sent = [];
    let answer;
    hearken.upstream.plan(key, {
      async groq(call) {
        call.head();
        const put = async (piece) => {
          sent.push(Buffer.from(piece));
          await call.write(piece);
          const length = sent.reduce((sum, { length }) => sum + length, 0);
          await (await answer).until(length);
        };
        for (let count = 0; count < 40; count += 1) await put(chunk(`event ${count}`));
        for (const piece of odd) await put(piece);
        sent.push(Buffer.from(DONE));
        call.end(DONE);
      },
    });
    answer = hearken.chat(key);
    const got = await (await answer).whole();
    assert.equal(got.toString('latin1'), Buffer.concat(sent).toString('latin1'));
  });
});

// The provider sends an event only when the client has the one before: a relay that holds anything back never ends.
test('every event of a paced stream is passed on before the next one comes', async () => {
  const key = 'gated';
  const EVENTS = 120;
  let answer;
  const waits_ms = [];
  hearken.upstream.plan(key, {
    async groq(call) {
      call.head();
      let length = 0;
      for (let count = 0; count < EVENTS; count += 1) {
        const piece = chunk(`token ${count}`);
        length += Buffer.byteLength(piece);
        const began_ms = performance.now();
        await call.write(piece);
        await (await answer).until(length);
        waits_ms.push(performance.now() - began_ms);
      }
      call.end(DONE);
    },
  });
  answer = hearken.chat(key);
  const text = await (await answer).text();
  assert.equal(text, Array.from({ length: EVENTS }, (_, count) => chunk(`token ${count}`)).join('') + DONE);
  waits_ms.sort((a, b) => a - b);
  console.log(`an event is with the client after ${waits_ms[EVENTS / 2].toFixed(2)} ms (median), ${waits_ms[Math.floor(EVENTS * 0.95)].toFixed(2)} ms (95 %)`);
});

test('the first content is passed on while the provider says nothing more', async () => {
  const key = 'first at once';
  let answer;
  hearken.upstream.plan(key, {
    async groq(call) {
      call.head();
      await call.write(ROLE);
      await call.write(chunk('first'));
      await (await answer).until(Buffer.byteLength(ROLE + chunk('first')));
      call.end(FINISH + DONE);
    },
  });
  answer = hearken.chat(key);
  assert.equal(await (await answer).text(), ROLE + chunk('first') + FINISH + DONE);
});

test('fifty streams at once are not mixed', async () => {
  const keys = Array.from({ length: 50 }, (_, index) => `stream number ${index}`);
  const expected = (key) => Array.from({ length: 60 }, (_, count) => chunk(`${key}: ${count}`));
  // All of them begin before any of them goes on, then they take turns.
  let begun = 0;
  let all;
  const everyone = new Promise((resolve) => (all = resolve));
  for (const key of keys) {
    hearken.upstream.plan(key, {
      async groq(call) {
        call.head();
        await call.write(ROLE);
        begun += 1;
        if (begun === keys.length) all();
        await everyone;
        for (const piece of expected(key)) await call.write(piece);
        call.end(DONE);
      },
    });
  }
  const texts = await Promise.all(keys.map(async (key) => (await hearken.chat(key)).text()));
  for (const [index, key] of keys.entries()) assert.equal(texts[index], ROLE + expected(key).join('') + DONE);
});

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
/** About `length` bytes of events that differ from each other. */
function long(length) {
  const parts = [ROLE];
  for (let size = 0, count = 0; size < length; count += 1) {
    const piece = chunk(`${count} ${'streamed text '.repeat(count % 90)}`);
    parts.push(piece);
    size += piece.length;
  }
  return Buffer.from(parts.join('') + DONE);
}

test('a reply of 5 MB arrives whole', async () => {
  const key = 'large';
  const bytes = long(5_000_000);
  hearken.upstream.plan(key, { groq: sending(...pieces(bytes, 50_021)) });
  const got = await (await hearken.chat(key)).whole();
  assert.equal(got.length, bytes.length);
  assert.equal(digest(got), digest(bytes));
});

test('a client that pauses loses nothing and holds its provider back', async () => {
  const key = 'slow client';
  const bytes = long(24_000_000);
  const list = pieces(bytes, 64_000);
  let written = 0;
  let stuck;
  const held = new Promise((resolve) => (stuck = resolve));
  hearken.upstream.plan(key, {
    async groq(call) {
      call.head();
      for (const piece of list) {
        // A write that the kernel does not take for 400 ms means that the pressure has reached the provider.
        const timer = setTimeout(() => stuck(written), 400);
        await call.write(piece);
        clearTimeout(timer);
        written += 1;
      }
      stuck(written);
      call.end();
    },
  });
  const answer = await hearken.chat(key);
  answer.res.pause();
  const written_when_held = await held;
  answer.res.resume();
  const got = await answer.whole();
  assert.equal(digest(got), digest(bytes));
  assert.ok(written_when_held < list.length, `all ${list.length} pieces were taken while nobody read`);
  console.log(`a paused client stopped its provider after ${(written_when_held * 0.064).toFixed(1)} MB of ${(bytes.length / 1e6).toFixed(0)} MB`);
});

test('a whole answer of 5 MB arrives byte for byte', async () => {
  const key = 'large, not streamed';
  const body = `{ "id":"x",  "choices":[ {"index":0,"message":{"role":"assistant","content":"${'a€🌿 '.repeat(500_000)}"},"finish_reason":"stop"}], "odd":1.10 }`;
  hearken.upstream.plan(key, {
    groq(call) {
      call.head(200, { 'content-type': 'application/json' });
      call.end(body);
    },
  });
  const answer = await hearken.chat(key, { stream: false });
  const got = await answer.whole();
  assert.equal(answer.status, 200);
  assert.equal(digest(got), digest(Buffer.from(body)));
  assert.equal(answer.headers['x-served-by'], 'groq:first');
});
