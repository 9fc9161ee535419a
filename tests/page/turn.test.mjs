import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../static/errors.js';
import { startTurn } from '../../static/turn.js';

const text = (words) => ({ text: words });

/** A turn over the given reply; notes what is shown, announced and spoken. */
function turnOf(reply, { voice = Promise.resolve('heard') } = {}) {
  const shown = [];
  const announced = [];
  const spoken = [];
  const asked = [];
  const own = {
    format: 'webm',
    sound: (bytes, phrase) => spoken.push(phrase ? [bytes, phrase] : bytes),
    fail: (failure) => spoken.push(failure.kind),
    close: () => spoken.push('end'),
    stop: () => spoken.push('stop'),
    done: voice,
  };
  const turn = startTurn({
    api: {
      reply(ask) {
        asked.push(ask.format);
        return reply(ask);
      },
    },
    messages: [],
    taken: () => {},
    view: { heard: (words) => shown.push({ heard: words }), append: (text) => shown.push(text), announce: (sentence) => announced.push(sentence.trim()) },
    makeVoice: () => own,
    onFirstText: () => shown.push('first'),
  });
  return { turn, shown, announced, spoken, asked };
}

test('text is shown as it comes, sentences are announced whole, and sound goes to the voice', async () => {
  const { turn, shown, announced, spoken, asked } = turnOf(async function* () {
    yield* [text('The sea '), { sound: 'one', phrase: 'The sea is calm today.' }, text('is **calm** today. '), text('Shall we '), { sound: 'two' }, text('go out?')];
  });
  assert.deepEqual(await turn.reply, {
    text: 'The sea is **calm** today. Shall we go out?',
    failure: null,
    stopped: false,
  });
  assert.deepEqual(shown, ['first', 'The sea ', 'is **calm** today. ', 'Shall we ', 'go out?']);
  assert.deepEqual(announced, ['The sea is **calm** today.', 'Shall we go out?']);
  assert.deepEqual(spoken, [['one', 'The sea is calm today.'], 'two', 'end']);
  assert.deepEqual(asked, ['webm']);
});

test('a reply that breaks keeps its text, and what was spoken of it is heard', async () => {
  const { turn, spoken } = turnOf(async function* () {
    yield text('The sea is calm today. And the');
    yield { sound: 'one' };
    throw new Failure('cut');
  });
  const reply = await turn.reply;
  assert.equal(reply.text, 'The sea is calm today. And the');
  assert.equal(reply.failure.kind, 'cut');
  assert.deepEqual(spoken, ['one', 'end']);
});

test('the words of a recording are told before the answer, and to whoever waits for them', async () => {
  const { turn, shown } = turnOf(async function* () {
    yield* [{ heard: 'How is the sea?' }, text('Calm.')];
  });
  await turn.heard;
  assert.equal((await turn.reply).text, 'Calm.');
  assert.deepEqual(shown, [{ heard: 'How is the sea?' }, 'first', 'Calm.']);
});

test('nothing is shown after stop', async () => {
  let stop;
  const { turn, shown } = turnOf(async function* () {
    yield text('One. ');
    stop();
    yield text('Two.');
  });
  stop = turn.stop;
  assert.equal((await turn.reply).stopped, true);
  assert.deepEqual(shown, ['first', 'One. ']);
});

test('an empty reply is a failure', async () => {
  const { turn } = turnOf(async function* () {
    yield text(' ');
  });
  assert.equal((await turn.reply).failure.kind, 'empty');
});

test('a voice that fails does not fail the text', async () => {
  const voice = Promise.reject(new Failure('voice'));
  voice.catch(() => {});
  const { turn } = turnOf(
    async function* () {
      yield { voiceFailure: new Failure('voice') };
      yield text('Hello there.');
    },
    { voice },
  );
  assert.equal((await turn.reply).failure, null);
  assert.equal((await turn.speech).failure.kind, 'voice');
});
