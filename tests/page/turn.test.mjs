import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../static/errors.js';
import { startTurn } from '../../static/turn.js';

/** A turn over the given reply; notes what is shown, announced and spoken. */
function turnOf(reply, { voice = Promise.resolve('heard') } = {}) {
  const shown = [];
  const announced = [];
  const spoken = [];
  const speaker = { say: (text) => spoken.push(text), close: () => spoken.push('end'), stop: () => spoken.push('stop'), done: voice };
  const turn = startTurn({
    api: { reply },
    messages: [],
    view: { append: (text) => shown.push(text), announce: (sentence) => announced.push(sentence.trim()) },
    makeSpeaker: () => speaker,
    onFirstText: () => shown.push('first'),
  });
  return { turn, shown, announced, spoken };
}

test('text is shown as it comes, sentences are announced and spoken whole', async () => {
  const { turn, shown, announced, spoken } = turnOf(async function* () {
    yield* ['The sea ', 'is **calm** today. ', 'Shall we ', 'go out?'];
  });
  assert.deepEqual(await turn.reply, {
    text: 'The sea is **calm** today. Shall we go out?',
    failure: null,
    stopped: false,
  });
  assert.deepEqual(shown, ['first', 'The sea ', 'is **calm** today. ', 'Shall we ', 'go out?']);
  assert.deepEqual(announced, ['The sea is **calm** today.', 'Shall we go out?']);
  assert.deepEqual(spoken, ['The sea is calm today.', 'Shall we go out?', 'end']);
});

test('a reply that breaks keeps its text, and its half sentence is not spoken', async () => {
  const { turn, spoken } = turnOf(async function* () {
    yield 'The sea is calm today. And the';
    throw new Failure('cut');
  });
  const { text, failure } = await turn.reply;
  assert.equal(text, 'The sea is calm today. And the');
  assert.equal(failure.kind, 'cut');
  assert.deepEqual(spoken, ['The sea is calm today.', 'end']);
});

test('nothing is shown after stop', async () => {
  let stop;
  const { turn, shown } = turnOf(async function* () {
    yield 'One. ';
    stop();
    yield 'Two.';
  });
  stop = turn.stop;
  assert.equal((await turn.reply).stopped, true);
  assert.deepEqual(shown, ['first', 'One. ']);
});

test('an empty reply is a failure', async () => {
  const { turn } = turnOf(async function* () {
    yield ' ';
  });
  assert.equal((await turn.reply).failure.kind, 'empty');
});

test('a voice that fails does not fail the text', async () => {
  const voice = Promise.reject(new Failure('voice'));
  voice.catch(() => {});
  const { turn } = turnOf(
    async function* () {
      yield 'Hello there.';
    },
    { voice },
  );
  assert.equal((await turn.reply).failure, null);
  assert.equal((await turn.speech).failure.kind, 'voice');
});
