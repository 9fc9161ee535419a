import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPcmPlayer, samplesOf } from '../../static/speech/player-pcm.js';
import { createTimeline } from '../../static/speech/timeline.js';

let nowMs = 0;
let waiting = [];
globalThis.setTimeout = (act, ms) => {
  waiting.push({ act, atMs: nowMs + ms });
  return act;
};
globalThis.clearTimeout = (act) => (waiting = waiting.filter((one) => one.act !== act));

function tick(ms) {
  nowMs += ms;
  const due = waiting.filter(({ atMs }) => atMs <= nowMs);
  waiting = waiting.filter(({ atMs }) => atMs > nowMs);
  for (const { act } of due) act();
}

/** An audio context whose clock the test moves. */
function context() {
  const nodes = [];
  const own = {
    state: 'running', currentTime: 0, outputLatency: 0.01, destination: {},
    createBuffer: (channels, length, rate) => ({ duration: length / rate, planes: [], copyToChannel(plane, channel) { this.planes[channel] = plane; } }),
    createBufferSource() {
      const node = { connect() {}, addEventListener: (_, ended) => (node.ended = ended), start: (atS) => (node.atS = atS), stop: () => (node.isStopped = true) };
      nodes.push(node);
      return node;
    },
  };
  /** Time passes; buffers end as it does. */
  const pass = (seconds) => {
    own.currentTime += seconds;
    tick(seconds * 1_000);
    for (const node of nodes) {
      if (node.isOver || node.isStopped || node.atS + node.buffer.duration > own.currentTime) continue;
      node.isOver = true;
      node.ended();
    }
  };
  return { own, nodes, pass };
}

const near = (given, wanted) => assert.ok(Math.abs(given - wanted) < 1e-6, `${given} is not ${wanted}`);
const silence = (seconds) => [new Float32Array(seconds * 24_000)];

test('each piece begins where the one before it ends; one that comes too late begins a moment from now, faded in', () => {
  const { own, nodes, pass } = context();
  const timeline = createTimeline({ context: own, rateHz: 24_000, onSound() {}, onBlocked() {} });
  own.currentTime = 1;
  timeline.play(silence(0.2));
  timeline.play(silence(0.1));
  near(nodes[0].atS, 1.06);
  near(nodes[1].atS, 1.26);
  pass(1);
  timeline.play([new Float32Array(2_400).fill(1)]);
  near(nodes[2].atS, 2.06);
  const [plane] = nodes[2].buffer.planes;
  assert.ok(plane[0] === 0 && plane[64] < 0.6 && plane[128] === 1);
});

test('what was heard is counted at the loudspeaker: not what waits, nor the time without sound', async () => {
  const { own, pass } = context();
  let sounds = 0;
  const timeline = createTimeline({ context: own, rateHz: 24_000, onSound: () => (sounds += 1), onBlocked() {} });
  own.currentTime = 1;
  timeline.play(silence(0.2));
  timeline.play(silence(0.2));
  near(timeline.playedS(), 0);
  pass(0.17); // 60 ms of lead, 10 ms in the device
  near(timeline.playedS(), 0.1);
  assert.equal(sounds, 1);
  pass(5);
  near(timeline.playedS(), 0.4);
  timeline.play(silence(0.2));
  pass(0.12);
  near(timeline.playedS(), 0.45);
  const ended = timeline.finish();
  pass(1);
  await ended;
  assert.equal(sounds, 1);
});

test('a clock that stands still, because the sound is held, holds what is told, too', () => {
  const { own, pass } = context();
  const told = [];
  const timeline = createTimeline({ context: own, rateHz: 24_000, onSound() {}, onBlocked() {} });
  timeline.play(silence(1));
  timeline.at(0.5, () => told.push('half'));
  tick(2_000);
  assert.deepEqual(told, []);
  pass(0.6);
  assert.deepEqual(told, ['half']);
});

test('after stop nothing is heard or told, and whoever waits for the end goes on', async () => {
  const { own, nodes, pass } = context();
  let sounds = 0;
  const timeline = createTimeline({ context: own, rateHz: 24_000, onSound: () => (sounds += 1), onBlocked() {} });
  own.currentTime = 1;
  timeline.play(silence(0.2));
  const ended = timeline.finish();
  timeline.stop();
  await ended;
  timeline.play(silence(0.2));
  pass(1);
  assert.deepEqual([sounds, nodes.length, nodes[0].isStopped], [0, 1, true]);
});

test('samples are heard phrase by phrase, and the first that can be heard is told with its moment', async () => {
  const { own, pass } = context();
  own.currentTime = 1;
  const [phrases, audible] = [[], []];
  const player = createPcmPlayer({ context: own, onSound() {}, onBlocked() {}, onPhrase: (phrase) => phrases.push(phrase), onAudible: (atMs) => audible.push(atMs - performance.now()) });
  const quiet = new Uint8Array(4_800);
  const loud = new Uint8Array(Int16Array.from({ length: 2_400 }, () => 8_000).buffer);
  await player.append([{ bytes: quiet, phrase: 'One.' }, { bytes: loud }, { bytes: loud, phrase: 'Two.' }]);
  pass(0.1);
  assert.deepEqual([phrases, audible], [['One.'], []]);
  pass(0.12);
  assert.equal(audible.length, 1);
  assert.ok(Math.abs(audible[0] + 50) < 5, `${audible[0]}: 60 ms of lead, 100 of silence, 10 in the device, 220 have passed`);
  pass(0.1);
  assert.deepEqual(phrases, ['One.', 'Two.']);
  near(player.playedMs(), 250);
});

test('at another speed what was heard is still counted as it was sent', async () => {
  const { own, pass } = context();
  own.currentTime = 1;
  const player = createPcmPlayer({ context: own, rate: 1.2, onSound() {}, onBlocked() {}, onPhrase() {} });
  const second = new Uint8Array(Int16Array.from({ length: 24_000 }, (_, at) => 8_000 * Math.sin(at / 20)).buffer);
  await player.append([{ bytes: second }]);
  pass(0.57); // half a second at the loudspeaker
  near(player.playedMs(), 600);
  pass(5);
  assert.ok(Math.abs(player.playedMs() - 1_000) < 60, `${player.playedMs()}`);
});

test('16-bit samples are little-endian, wherever they lie in their buffer', () => {
  const bytes = Uint8Array.from([0, 0, 0, 0x80, 0xff, 0x7f]);
  assert.deepEqual([...samplesOf(bytes.subarray(2))].map((sample) => Math.round(sample * 32_768)), [-32_768, 32_767]);
});
