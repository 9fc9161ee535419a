import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../static/errors.js';
import { createVoice, KEPT_BYTES_MAX } from '../../static/speech/voice.js';

/** A voice over a player that notes what it gets; `broken` makes it refuse. */
function stage({ broken = false } = {}) {
  const heard = [];
  const log = [];
  const output = {
    format: 'webm',
    type: 'audio/webm',
    open(type) {
      log.push(`open ${type}`);
      return {
        async append(pieces) {
          if (broken) throw new Error('cannot be decoded');
          for await (const piece of pieces) heard.push(piece);
          log.push('appended');
        },
        finish: async () => log.push('finished'),
        stop: () => log.push('stopped'),
      };
    },
  };
  return { voice: createVoice({ output, onSound() {}, onBlocked() {} }), heard, log };
}

const bytes = (...values) => Uint8Array.from(values);

test('sound is played in order by one player, with its phrases, and kept for another time', async () => {
  const { voice, heard, log } = stage();
  const pieces = [{ bytes: bytes(1, 2), phrase: 'One.' }, { bytes: bytes(3) }, { bytes: bytes(), phrase: 'Two.' }];
  voice.sound(bytes(1, 2), 'One.');
  voice.sound(bytes());
  voice.sound(bytes(3));
  voice.sound(bytes(), 'Two.');
  voice.close();
  voice.sound(bytes(4));
  assert.equal(await voice.done, 'heard');
  assert.deepEqual(heard, pieces);
  assert.deepEqual(log, ['open audio/webm', 'appended', 'finished']);
  assert.deepEqual(voice.kept(), pieces);
});

test('sound that comes later is played as it comes', async () => {
  const { voice, heard } = stage();
  voice.sound(bytes(1));
  await new Promise(setImmediate);
  assert.deepEqual(heard, [{ bytes: bytes(1) }]);
  voice.sound(bytes(2));
  await new Promise(setImmediate);
  assert.deepEqual(heard, [{ bytes: bytes(1) }, { bytes: bytes(2) }]);
  voice.close();
  assert.equal(await voice.done, 'heard');
});

test('without a byte there was nothing to hear', async () => {
  const { voice, log } = stage();
  voice.close();
  assert.equal(await voice.done, 'nothing');
  assert.deepEqual([log, voice.kept()], [[], null]);
});

test('a failure is told after what has come was heard', async () => {
  const { voice, heard, log } = stage();
  voice.sound(bytes(1));
  voice.fail(new Failure('voice', { detail: 'gone' }));
  voice.close();
  await assert.rejects(voice.done, { kind: 'voice' });
  assert.deepEqual([heard, log.at(-1), voice.kept()], [[{ bytes: bytes(1) }], 'finished', null]);
});

test('a player that refuses is a lost voice at once', async () => {
  const { voice } = stage({ broken: true });
  voice.sound(bytes(1));
  await assert.rejects(voice.done, { kind: 'voice' });
});

test('stopping ends it without a failure', async () => {
  const { voice, log } = stage();
  voice.sound(bytes(1));
  voice.stop();
  voice.sound(bytes(2));
  assert.equal(await voice.done, 'stopped');
  assert.ok(log.includes('stopped') && !log.includes('finished'));
  assert.equal(voice.kept(), null);
});

test('a reply of many minutes is heard and not kept', async () => {
  const { voice } = stage();
  for (let sent = 0; sent <= KEPT_BYTES_MAX; sent += 1 << 20) voice.sound(new Uint8Array(1 << 20));
  voice.close();
  assert.equal(await voice.done, 'heard');
  assert.equal(voice.kept(), null);
});
