import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, KINDS, describe, failureOf, retryAfterSeconds } from '../../static/errors.js';

const answer = (status, body, headers = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

test('every kind has a sentence of its own', () => {
  const sentences = KINDS.map((kind) => describe(new Failure(kind)).text);
  assert.equal(new Set(sentences).size, KINDS.length);
  assert.ok(sentences.every((sentence) => /[.?]$/.test(sentence)));
});

for (const [status, kind] of [
  [400, 'input'],
  [401, 'unauthorized'],
  [413, 'too_large'],
  [429, 'busy'],
  [500, 'server'],
  [503, 'unavailable'],
  [504, 'deadline'],
  [418, 'server'],
]) {
  test(`status ${status} is told as ${kind}`, async () => {
    assert.equal((await failureOf(answer(status, { error: { message: 'm' } }))).kind, kind);
  });
}

test('a 429 asks to wait as long as the server says', async () => {
  const failure = await failureOf(answer(429, {}, { 'retry-after': '12' }));
  assert.deepEqual(describe(failure).waitS, 12);
});

test('an answer that is not JSON is still a failure, and its text is not shown', async () => {
  const failure = await failureOf(answer(502, '<h1>nginx secret</h1>'));
  assert.equal(failure.kind, 'unavailable');
  assert.doesNotMatch(describe(failure).text, /nginx/);
});

test('an input error repeats what the server says to change', async () => {
  const failure = await failureOf(answer(400, { error: { message: 'input is empty' } }));
  assert.match(describe(failure).text, /input is empty/);
});

test('retry-after is read as seconds or a date, within bounds', () => {
  const nowMs = Date.parse('Mon, 23 Nov 2026 12:00:00 GMT');
  assert.equal(retryAfterSeconds('30', nowMs), 30);
  assert.equal(retryAfterSeconds('Mon, 23 Nov 2026 12:00:45 GMT', nowMs), 45);
  assert.equal(retryAfterSeconds('Mon, 23 Nov 2026 11:00:00 GMT', nowMs), 0);
  assert.equal(retryAfterSeconds('99999', nowMs), 600);
  assert.equal(retryAfterSeconds('soon', nowMs), null);
  assert.equal(retryAfterSeconds(null, nowMs), null);
});
