import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHeard } from '../../static/heard.js';

/** A page whose clock and frames the test moves; `ear` hears what it is told. */
function page({ ear } = {}) {
  const told = [];
  const frames = [];
  const audio = { paused: false, currentTime: 0 };
  let at = 0;
  const heard = createHeard({ audio, report: (...figure) => told.push(figure), now: () => at, frame: (look) => frames.push(look), listen: () => ear ?? null });
  const pass = (ms) => {
    at += ms;
    for (const look of frames.splice(0)) look();
  };
  return { heard, audio, told, pass };
}

test('the first audible sample counts, with what the device adds, once', () => {
  const ear = { level: 0, delay_ms: 20, stopped: false, loudness: () => ear.level, stop: () => (ear.stopped = true) };
  const { heard, audio, told, pass } = page({ ear });
  heard.begin();
  pass(300);
  heard.turn('req_a');
  heard.sound();
  audio.currentTime = 0.01;
  pass(16);
  assert.deepEqual(told, [], 'silence is not heard');
  ear.level = 0.2;
  pass(84);
  pass(16);
  heard.sound();
  pass(16);
  assert.deepEqual(told, [['req_a', 420]]);
  assert.ok(ear.stopped);
});

test('without an ear the first sample that is played counts', () => {
  const { heard, audio, told, pass } = page();
  heard.begin();
  heard.turn('req_a');
  heard.sound();
  pass(100);
  assert.deepEqual(told, []);
  audio.currentTime = 0.02;
  pass(50);
  assert.deepEqual(told, [['req_a', 150]]);
});

test('what is not sure is not handed in', () => {
  for (const act of [
    ({ heard }) => heard.drop(),
    ({ heard }) => heard.begin(),
  ]) {
    const own = page();
    own.heard.begin();
    own.heard.turn('req_a');
    act(own);
    own.heard.sound();
    own.audio.currentTime = 1;
    own.pass(10);
    assert.deepEqual(own.told, []);
  }
  const nobody = page();
  nobody.heard.sound();
  nobody.pass(10);
  assert.deepEqual(nobody.told, []);
});
