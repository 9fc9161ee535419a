// From the last voiced sample of what somebody says to the first audible sample of the answer, over a realtime session:
// with a recogniser that listens, with recordings that are written down at pauses, and without thinking ahead.

import { startHearken } from '../tests/harness.mjs';
import { connect, room, tone } from '../tests/worker/realtime-client.mjs';
import { recogniser } from '../tests/worker/recogniser.mjs';
import { median, quantile } from './statistics.mjs';

const REPLY = 'I hear you. There is no hurry here at all. Would you like to say more about it?';
const SAID = 'what a fine day it was.';
/** Providers as issue and benchmarks have them: milliseconds. */
const PACE = { transcription: { first_ms: 150, transcript: SAID }, chat: { first_ms: 250, gap_ms: 30, script: [REPLY], script_repeat: true }, speech: { first_ms: 120 } };
/** The same, as it is told. */
const TOOK_MS = { words_ms: 150, first_token_ms: 250, token_gap_ms: 30, first_sound_ms: 120 };
/** A recogniser that listens takes so long for the rest once it is asked for all. */
const LAST_MS = 60;
const PIECE_MS = 20;
const AUDIBLE = 160;

/** Says something at a microphone's pace; how long until the answer is heard, and from the end of the turn to its words. */
async function turn(url) {
  const session = await connect(url);
  session.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { transcription: {}, turn_detection: { type: 'semantic_vad' } } } } });
  const sound = Buffer.concat([room(400), tone(1_400), room(3_000)]);
  const began_ms = performance.now();
  let heard_ms;
  const at_ms = {};
  session.socket.on('message', (data) => {
    const event = JSON.parse(data);
    at_ms[event.type] ??= performance.now();
    if (event.type !== 'response.output_audio.delta' || heard_ms) return;
    const bytes = Buffer.from(event.delta, 'base64');
    for (let at = 0; at + 1 < bytes.length && !heard_ms; at += 2) if (Math.abs(bytes.readInt16LE(at)) > AUDIBLE) heard_ms = performance.now() + at / 48;
  });
  for (let ms = 0; ms * 48 < sound.length && !heard_ms; ms += PIECE_MS) {
    session.hear(sound.subarray(ms * 48, (ms + PIECE_MS) * 48));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began_ms + ms + PIECE_MS - performance.now())));
  }
  await session.until('a sound', () => heard_ms);
  session.socket.terminate();
  const words_ms = at_ms['conversation.item.input_audio_transcription.completed'] - at_ms['input_audio_buffer.speech_stopped'];
  return { heard_ms: heard_ms - began_ms - 1_800, words_ms };
}

export async function answer({ rounds = 15 } = {}) {
  const ears = await recogniser({ text: SAID, word_ms: 280, last_ms: LAST_MS });
  const ways = [
    ['with a recogniser that listens', { LISTEN: 'deepgram:nova-3', DEEPGRAM_BASE_URL: ears.url }, 600],
    ['with recordings written down at pauses', {}, undefined],
    ['without thinking ahead', { SPECULATE: 'off' }, undefined],
  ];
  const rows = [];
  for (const [name, vars, at_most] of ways) {
    const hearken = await startHearken({ vars, knobs: PACE });
    try {
      // The opening is a phrase of the persona's: from the second time on it is cached.
      for (let round = 0; round < 3; round += 1) await turn(hearken.url);
      const took = [];
      for (let round = 0; round < rounds; round += 1) took.push(await turn(hearken.url));
      const heard = took.map(({ heard_ms }) => heard_ms);
      rows.push({ name: `last voiced sample to first audible sample, ${name}, median`, measured: median(heard), unit: 'ms', ...(at_most ? { target: { at_most } } : {}), detail: { p95_ms: quantile(heard, 0.95), ...TOOK_MS } });
      if (at_most) rows.push({ name: `the end of a turn to its words, ${name}, longest`, measured: Math.max(...took.map(({ words_ms }) => words_ms)), unit: 'ms', target: { at_most: 100 }, detail: { words_after_a_pause_ms: LAST_MS } });
    } finally {
      await hearken.stop();
    }
  }
  await ears.stop();
  return rows;
}
