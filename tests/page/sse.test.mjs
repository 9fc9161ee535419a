import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT_LENGTH_MAX, EventTooLong, createSseParser } from '../../static/sse.js';

const bytes = (text) => new TextEncoder().encode(text);

function eventsOf(...chunks) {
  const parser = createSseParser();
  return [...chunks.flatMap((chunk) => parser.push(typeof chunk === 'string' ? bytes(chunk) : chunk)), ...parser.end()];
}

const HELLO = [{ event: 'message', data: 'hello' }];

for (const [name, ending] of [['LF', '\n'], ['CR', '\r'], ['CRLF', '\r\n']]) {
  test(`ok_lines_may_end_in_${name}`, () => {
    assert.deepEqual(eventsOf(`data: hello${ending}${ending}`), HELLO);
  });
}

test('a CRLF split between two chunks ends one line, not two', () => {
  assert.deepEqual(eventsOf('data: one\r', '\ndata: two\r', '\n\r', '\n'), [{ event: 'message', data: 'one\ntwo' }]);
});

test('every cut of a stream gives the same events', () => {
  const whole = bytes('\uFEFF: comment\r\nevent: note\r\ndata:  grüß dich 🌊\rdata: zwei\r\n\r\ndata\n\nid: 7\ndata: [DONE]\n\n');
  const expected = [
    { event: 'note', data: ' grüß dich 🌊\nzwei' },
    { event: 'message', data: '' },
    { event: 'message', data: '[DONE]' },
  ];
  for (let at = 0; at <= whole.length; at += 1) {
    assert.deepEqual(eventsOf(whole.subarray(0, at), whole.subarray(at)), expected, `cut at ${at}`);
  }
  assert.deepEqual(eventsOf(...[...whole].map((byte) => Uint8Array.of(byte))), expected);
});

test('comments, unknown fields and events without data give nothing', () => {
  assert.deepEqual(eventsOf(': keep-alive\n\nretry: 5\n\nevent: empty\n\ndata: hello\n\n'), HELLO);
});

test('an event whose blank line never came is handed over at the end', () => {
  assert.deepEqual(eventsOf('data: hello'), HELLO);
});

test('an event that never ends is refused at its bound', () => {
  const parser = createSseParser();
  parser.push(bytes(`data: ${'x'.repeat(EVENT_LENGTH_MAX - 6)}`));
  assert.throws(() => parser.push(bytes('x')), EventTooLong);
});
