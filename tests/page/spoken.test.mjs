import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfPhrase, isEchoOf } from '../../static/spoken.js';

/** The text in pieces, as its phrases say them one after the other; what is left comes last. */
function steps(text, phrases) {
  const pieces = [];
  let from = 0;
  for (const phrase of phrases) {
    const end = endOfPhrase(text, phrase, from);
    pieces.push(text.slice(from, end));
    from = end;
  }
  return [...pieces, text.slice(from)];
}

for (const [name, text, phrases, expected] of [
  ['sentences', 'Good evening. How are you?', ['Good evening.', 'How are you?'], ['Good evening.', ' How are you?', '']],
  ['the same words twice', 'No. No, I think. No.', ['No.', 'No, I think.', 'No.'], ['No.', ' No, I think.', ' No.', '']],
  ['Markdown and lists', '**Two** things:\n\n- a `cat`\n- a _dog_!\n', ['Two things:', 'a cat', 'a dog!'], ['**Two** things:', '\n\n- a `cat`', '\n- a _dog_!', '\n']],
  ['closing signs', '“It is late,” she said. (So late.)', ['“It is late,” she said.', '(So late.)'], ['“It is late,” she said.', ' (So late.)', '']],
  ['scripts without spaces', '今日はいい天気です。散歩に行きましょう。', ['今日はいい天気です。', '散歩に行きましょう。'], ['今日はいい天気です。', '散歩に行きましょう。', '']],
  ['pictographs', 'Well done 🎉! And now 🌊?', ['Well done!', 'And now?'], ['Well done 🎉!', ' And now 🌊?', '']],
  ['letters that grow in lower case', 'İstanbul. Now.', ['İstanbul.', 'Now.'], ['İstanbul.', ' Now.', '']],
]) {
  test(`phrases are found in ${name}`, () => assert.deepEqual(steps(text, phrases), expected));
}

test('a phrase that is said otherwise than written ends where its last words do', () => {
  const text = 'See [the plan](https://example.org/a/very/long/way) and the harbour at night. Then rest.';
  assert.deepEqual(steps(text, ['See the plan and the harbour at night.', 'Then rest.'])[0], 'See [the plan](https://example.org/a/very/long/way) and the harbour at night.');
});

test('a phrase of which nothing is found goes on by its length, and never beyond the text', () => {
  assert.equal(endOfPhrase('abc def ghi', 'xyz', 0), 3);
  assert.equal(endOfPhrase('abc', 'wxyz wxyz', 0), 3);
  assert.equal(endOfPhrase('abc', 'wxyz', 3), 3);
  assert.equal(endOfPhrase('abc', '…', 1), 1);
});

test('what is heard of a reply while it is spoken is its echo, a person’s words are not', () => {
  const said = 'The harbour is quiet in the evening, and the water holds the light.';
  assert.equal(isEchoOf('harbour is quiet in the evening and the', said), true);
  assert.equal(isEchoOf('the harbor is quiet in the evening', said), true, 'one word misheard');
  for (const person of ['Stop.', 'The light.', 'No, tell me about the boats in the harbour.', 'Is it quiet there in winter, too?', '']) assert.equal(isEchoOf(person, said), false, person);
});

test('positions only grow, whatever is asked', () => {
  const text = 'One fish, two fish. Red fish, blue fish. 🐟 Fish! 1.5 fish?';
  const phrases = ['two fish', 'One', 'blue fish.', '1.5 fish?', 'fish', '', 'nothing here at all'];
  let from = 0;
  for (const phrase of phrases) {
    const end = endOfPhrase(text, phrase, from);
    assert.ok(end >= from && end <= text.length, `${phrase}: ${from} to ${end}`);
    from = end;
  }
});
