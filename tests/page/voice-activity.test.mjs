import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AT_REST, BEGIN_MS, BEGIN_OVER_ECHO_MS, DROP_SILENCE_MS, END_SILENCE_MS, SURE_MS, hush, step } from '../../static/voice-activity.js';

const FRAME_MS = 20;

/** A generator of numbers from 0 to 1, the same every time. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Sounds as lists of levels, a frame each. */
const steady = (ms, levelDb, next = random(1), spreadDb = 2) => Array.from({ length: ms / FRAME_MS }, () => levelDb + (next() - 0.5) * spreadDb);
const ROOM_DB = -62;
const room = (ms) => steady(ms, ROOM_DB);
/** Speech: syllables of some 200 ms that rise to the level and fall 18 dB below it. */
const speech = (ms, levelDb, next = random(2)) =>
  Array.from({ length: ms / FRAME_MS }, (_, at) => levelDb - 9 + 9 * Math.sin((at * FRAME_MS * 2 * Math.PI) / 200) + (next() - 0.5) * 4);

/** What is said of a series of frames: `[event, at_ms]`, and the last state. */
function run(levels, { isPlaying = false, cancelsEcho = true, state = AT_REST } = {}) {
  const events = [];
  levels.forEach((levelDb, at) => {
    const stepped = step(state, { levelDb, ms: FRAME_MS, isPlaying, cancelsEcho });
    state = stepped.state;
    if (stepped.event) events.push([stepped.event, (at + 1) * FRAME_MS]);
  });
  return { events, state, names: events.map(([name]) => name) };
}

/** A room that has been listened to, hearken's voice (its echo at `echoDb`) played in it where given. */
const listening = () => run(room(2_000)).state;
const speaking = (echoDb, options = {}) => run(speech(3_000, echoDb), { isPlaying: true, state: listening(), ...options });

describe('a person alone', () => {
  test('is heard soon, is sure soon, and has ended a little after the last word', () => {
    const { events } = run([...room(1_000), ...speech(3_000, -22), ...room(2_000)], { state: listening() });
    assert.deepEqual(events.map(([name]) => name), ['begin', 'sure', 'end']);
    const [[, begin], [, sure], [, end]] = events;
    assert.ok(begin >= 1_000 + BEGIN_MS && begin <= 1_000 + BEGIN_MS * 2.5, `begun at ${begin}`);
    assert.ok(sure - 1_000 >= SURE_MS && sure - 1_000 <= SURE_MS * 2.5, `sure at ${sure}`);
    assert.ok(end >= 4_000 + END_SILENCE_MS - 200 && end <= 4_000 + END_SILENCE_MS + 100, `ended at ${end}`);
  });

  test('may answer with one short word', () => {
    assert.deepEqual(run([...steady(280, -30), ...room(1_500)], { state: listening() }).names, ['begin', 'sure', 'end']);
  });

  test('may pause inside a sentence', () => {
    const { names } = run([...speech(1_000, -22), ...room(600), ...speech(1_000, -22), ...room(1_500)], { state: listening() });
    assert.deepEqual(names, ['begin', 'sure', 'end']);
  });

  test('may speak softly, and for a minute without being cut', () => {
    assert.deepEqual(run([...speech(1_600, -40), ...room(1_500)], { state: listening() }).names, ['begin', 'sure', 'end']);
    assert.deepEqual(run([...speech(60_000, -22), ...room(1_500)], { state: listening() }).names, ['begin', 'sure', 'end']);
  });

  test('is heard from the first frame on, before the room is known', () => {
    assert.deepEqual(run([...speech(2_000, -15), ...room(1_500)]).names, ['begin', 'sure', 'end']);
  });

  test('who was hushed is heard again only after a pause', () => {
    const { state } = run(speech(1_000, -22), { state: listening() });
    const on = run(speech(2_000, -22), { state: hush(state) });
    assert.deepEqual(on.names, []);
    assert.deepEqual(run([...room(1_000), ...speech(1_000, -22)], { state: on.state }).names, ['begin', 'sure']);
  });

  test('may speak again', () => {
    const twice = [...speech(1_000, -22), ...room(1_500), ...speech(1_000, -22), ...room(1_500)];
    assert.deepEqual(run(twice, { state: listening() }).names, ['begin', 'sure', 'end', 'begin', 'sure', 'end']);
  });
});

describe('what is no voice', () => {
  const CLICK = [-12, -14, -20, -34];
  test('a click, a slammed door and typing never begin', () => {
    const door = [-6, -8, -12, -18, -26, -36, -48];
    assert.deepEqual(run([...CLICK, ...room(1_000), ...door, ...room(1_000)], { state: listening() }).names, []);
    const typing = Array.from({ length: 40 }, () => [...CLICK.slice(0, 2), ...room(120)]).flat();
    assert.deepEqual(run(typing, { state: listening() }).names, []);
  });

  test('a noise between a click and a word may begin, and is dropped', () => {
    const { events } = run([...steady(200, -18), ...room(2_000)], { state: listening() });
    assert.deepEqual(events.map(([name]) => name), ['begin', 'drop']);
    assert.equal(events[1][1], 200 + DROP_SILENCE_MS);
  });

  test('a room that is loud all along says nothing', () => {
    assert.deepEqual(run(steady(20_000, -42, random(5), 6), { state: run(steady(4_000, -42)).state }).names, []);
  });

  test('a fan that starts is given up, and then it is the room', () => {
    const { events, state } = run(steady(30_000, -44), { state: listening() });
    assert.ok(events.length <= 3 && ['drop', 'end', undefined].includes(events.at(-1)?.[0]), JSON.stringify(events));
    assert.equal(state.name, 'quiet');
    assert.deepEqual(run([...speech(1_000, -20), ...steady(1_500, -44)], { state }).names, ['begin', 'sure', 'end']);
  });
});

describe('while hearken speaks', () => {
  for (const [name, echoDb, options] of [
    ['cancelled well', -58, {}],
    ['cancelled badly', -34, {}],
    ['not cancelled at all', -28, { cancelsEcho: false }],
  ]) {
    test(`its own voice never begins, ${name}`, () => {
      for (let seed = 1; seed <= 50; seed += 1) {
        const next = random(seed);
        // Sentences with pauses between them, each as loud as it likes within 4 dB.
        const voice = Array.from({ length: 8 }, () => [...speech(1_600, echoDb + (next() - 0.5) * 4, next), ...room(300 + Math.floor(next() * 20) * FRAME_MS)]).flat();
        const played = run(voice, { isPlaying: true, state: listening(), ...options });
        assert.deepEqual(played.names, [], `seed ${seed}`);
        assert.deepEqual(run([...speech(200, echoDb, next), ...room(2_000)], { state: played.state }).names, [], `seed ${seed}: the last of it in the room`);
      }
    });

    test(`a person who is louder than its echo stops it, ${name}`, () => {
      const { state } = speaking(echoDb, options);
      const { events } = run([...speech(2_000, echoDb + 20), ...room(1_500)], { isPlaying: true, state, ...options });
      assert.deepEqual(events.map(([name]) => name), ['begin', 'sure', 'end']);
      assert.ok(events[0][1] <= 3 * BEGIN_OVER_ECHO_MS, `begun after ${events[0][1]} ms`);
    });
  }

  test('its own voice never begins, however loud the loudspeaker', () => {
    for (const echoDb of [-20, -12, -4]) assert.deepEqual(speaking(echoDb, { cancelsEcho: false }).names, [], `${echoDb} dB`);
  });

  test('a person who talks on into its first words is heard', () => {
    assert.deepEqual(run([...speech(1_600, -20), ...room(1_000)], { isPlaying: true, state: listening() }).names, ['begin', 'sure', 'end']);
  });

  test('a click does not stop it, and a cough or an "mm" holds it for a moment alone', () => {
    const { state } = speaking(-50);
    assert.deepEqual(run([-10, -12, -20, -30, ...speech(1_000, -50)], { isPlaying: true, state }).names, []);
    assert.deepEqual(run([...steady(360, -20), ...speech(1_000, -50)], { isPlaying: true, state }).names, ['begin', 'drop']);
  });

  test('an echo once loud is forgotten when it speaks again', () => {
    const loud = speaking(-20, { cancelsEcho: false }).state;
    const later = run(room(1_000), { state: loud }).state;
    assert.deepEqual(run([...speech(2_000, -24)], { state: later }).names, ['begin', 'sure']);
  });
});
