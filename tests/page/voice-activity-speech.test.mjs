// The detector on real speech: the local engine has spoken, its loudness is measured as the page measures the microphone's.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startLocalProviders } from '../../local/server.mjs';
import { AT_REST, step } from '../../static/voice-activity.js';
import { ENGINE } from '../engine.mjs';

const FRAME_MS = 20;
const ROOM_DB = -60;
const VOICES = ['alloy', 'echo', 'nova'];
const SENTENCES = ['Yes.', 'No, wait. Stop.', 'What is the weather going to be like tomorrow?', 'Remember that my sister, Anna, plays the cello; she is very good at it.'];

let providers;
before(async () => {
  providers = await startLocalProviders({ port: 0, engine: ENGINE, settings: { speech: { first_ms: 0 } } });
});
after(() => providers?.close());

/** The levels of a spoken text in dB, a frame each, with a mean loudness of `meanDb`. */
async function levelsOf(input, voice, meanDb) {
  const key = `${voice}: ${input}`;
  if (!made.has(key)) made.set(key, powersOf(input, voice));
  const powers = await made.get(key);
  const gain = 10 ** (meanDb / 10) / (powers.reduce((sum, power) => sum + power, 0) / powers.length);
  return powers.map((power) => 10 * Math.log10(power * gain + 10 ** (ROOM_DB / 10)));
}

const made = new Map();

async function powersOf(input, voice) {
  const answer = await fetch(`${providers.url}/v1/audio/speech`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'tts-1', voice, input, response_format: 'wav' }),
  });
  const wav = Buffer.from(await answer.arrayBuffer());
  const samples = wav.subarray(wav.indexOf('data') + 8);
  const count = Math.round((wav.readUInt32LE(24) * FRAME_MS) / 1_000);
  const powers = [];
  for (let at = 0; at + count * 2 <= samples.length; at += count * 2) {
    let power = 0;
    for (let index = 0; index < count; index += 1) power += (samples.readInt16LE(at + index * 2) / 32_768) ** 2;
    powers.push(power / count);
  }
  return powers;
}

const room = (ms) => Array.from({ length: ms / FRAME_MS }, () => ROOM_DB);

function run(levels, { state = AT_REST, isPlaying = false, cancelsEcho = true } = {}) {
  const events = [];
  levels.forEach((levelDb, at) => {
    const stepped = step(state, { levelDb, ms: FRAME_MS, isPlaying, cancelsEcho });
    state = stepped.state;
    if (stepped.event) events.push({ event: stepped.event, at_ms: (at + 1) * FRAME_MS });
  });
  return { events, state, names: events.map(({ event }) => event) };
}

const listening = () => run(room(1_000)).state;

describe('real speech', () => {
  for (const meanDb of [-20, -30, -40]) {
    test(`at ${meanDb} dB begins within 300 ms and ends after its last word, a short word too`, async () => {
      for (const voice of VOICES) {
        for (const sentence of SENTENCES) {
          const speech = await levelsOf(sentence, voice, meanDb);
          const { events, names } = run([...speech, ...room(1_500)], { state: listening() });
          assert.deepEqual(names, ['begin', 'sure', 'end'], `${voice}: ${sentence}`);
          assert.ok(events[0].at_ms <= 300, `${voice}: ${sentence} begins after ${events[0].at_ms} ms`);
        }
      }
    });
  }

  for (const [name, echoDb, cancelsEcho] of [['well cancelled', -60, true], ['badly cancelled', -40, true], ['not cancelled', -32, false]]) {
    test(`of hearken itself never begins, ${name}; a person over it does`, async () => {
      const person = await levelsOf(SENTENCES[2], 'echo', -15);
      for (const voice of VOICES) {
        const own = await levelsOf(SENTENCES.join(' '), voice, echoDb);
        const played = run(own, { state: listening(), isPlaying: true, cancelsEcho });
        assert.deepEqual(played.names, [], voice);
        const over = person.map((levelDb, at) => 10 * Math.log10(10 ** (levelDb / 10) + 10 ** (own[at] / 10)));
        assert.deepEqual(run(over, { state: played.state, isPlaying: true, cancelsEcho }).names.slice(0, 2), ['begin', 'sure'], voice);
      }
    });
  }
});
