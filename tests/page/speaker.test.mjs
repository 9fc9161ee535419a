import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../static/errors.js';
import { REQUESTS_MAX, createSpeaker } from '../../static/speech/speaker.js';

/** A server and an output that are scripted: answers are given by hand, clips are noted in `heard`. */
function stage({ take = (type, first) => type === first } = {}) {
  const asked = [];
  const heard = [];
  const opened = [];
  const speech = ({ text, signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      asked.push({
        text,
        signal,
        answer: (type = 'audio/webm') => resolve({ headers: new Headers({ 'content-type': type }), body: new Blob([text]).stream() }),
        fail: (failure) => reject(failure),
      });
    });
  const output = {
    accept: 'audio/webm',
    open(first) {
      const player = {
        finished: false,
        stopped: false,
        takes: (type) => take(type, first),
        async append(pieces) {
          const decoder = new TextDecoder();
          const got = { phrase: null, sound: '' };
          for await (const { bytes, phrase } of pieces) {
            got.phrase ??= phrase;
            got.sound += decoder.decode(bytes);
          }
          assert.equal(got.phrase, got.sound, 'each clip begins with its own phrase');
          heard.push(got.sound);
        },
        finish: async () => {
          player.finished = true;
        },
        stop: () => {
          player.stopped = true;
        },
      };
      opened.push(player);
      return player;
    },
  };
  const speaker = createSpeaker({ speech, output, onSound() {}, onBlocked() {} });
  return { speaker, asked, heard, opened };
}

const turnOfEvents = () => new Promise((resolve) => setImmediate(resolve));

test('clips are heard in the order of their sentences, whatever order the answers come in', async () => {
  const { speaker, asked, heard } = stage();
  for (const text of ['one', 'two', 'three']) speaker.say(text);
  speaker.close();
  asked[1].answer();
  await turnOfEvents();
  assert.deepEqual(heard, []);
  asked[0].answer();
  await turnOfEvents();
  asked[2].answer();
  assert.equal(await speaker.done, 'heard');
  assert.deepEqual(heard, ['one', 'two', 'three']);
});

test('the next sentence is asked for while one is under way, and no more than that', async () => {
  const { speaker, asked } = stage();
  for (const text of ['one', 'two', 'three', 'four']) speaker.say(text);
  assert.equal(asked.length, REQUESTS_MAX);
  asked[0].answer();
  await turnOfEvents();
  assert.deepEqual(asked.map(({ text }) => text), ['one', 'two', 'three']);
  speaker.stop();
});

test('stopping aborts what is under way and asks for nothing more', async () => {
  const { speaker, asked, heard, opened } = stage();
  for (const text of ['one', 'two', 'three']) speaker.say(text);
  asked[0].answer();
  await turnOfEvents();
  speaker.stop();
  speaker.say('four');
  assert.equal(await speaker.done, 'stopped');
  assert.ok(asked.every(({ signal }) => signal.aborted));
  assert.deepEqual(heard, ['one']);
  assert.equal(asked.length, 3);
  assert.ok(opened[0].stopped);
});

test('a failure lets what was fetched be heard, then tells of it', async () => {
  const { speaker, asked, heard, opened } = stage();
  for (const text of ['one', 'two', 'three']) speaker.say(text);
  asked[0].answer();
  asked[1].fail(new Failure('unavailable'));
  await assert.rejects(speaker.done, { kind: 'voice' });
  assert.deepEqual(heard, ['one']);
  assert.ok(opened[0].finished);
});

test('an answer that is no sound is a failure', async () => {
  const { speaker, asked } = stage();
  speaker.say('one');
  asked[0].answer('application/json');
  await assert.rejects(speaker.done, { kind: 'voice' });
});

test('a clip of another type waits until the player before it is done, and gets its own', async () => {
  const { speaker, asked, heard, opened } = stage();
  speaker.say('one');
  speaker.say('two');
  speaker.close();
  asked[0].answer('audio/webm');
  asked[1].answer('audio/mpeg');
  await speaker.done;
  assert.deepEqual(heard, ['one', 'two']);
  assert.deepEqual(opened.map(({ finished }) => finished), [true, true]);
});

test('a reply with nothing to say ends without a player', async () => {
  const { speaker, opened } = stage();
  speaker.close();
  assert.equal(await speaker.done, 'nothing');
  assert.equal(opened.length, 0);
});
