// Writes tests/fixtures/realtime/overlaps.jsonl, the overlaps of turns-set.mjs as the detector sees them (the unseen ones are for the benchmark alone): a line for each
// reply that is played, then one for each case. `node bench/turns-fixture.mjs`

import { writeFileSync } from 'node:fs';
import { Ears } from './turns.mjs';
import { Set, base64Of } from './turns-set.mjs';

const FRAME_MS = 20;
/** After what happens nothing of interest does. */
const AFTER_MS = 700;
const QUIET_DB = -57;

const ears = new Ears();
const set = new Set();
const byte = (value, most) => Math.max(1, Math.min(most, Math.round(value)));

/**
 * A byte of 0 for what is quiet; else a byte each for half decibels, clarity, logarithm of the pitch, low share, and half
 * decibels of each octave.
 */
async function packed(sound) {
  const frames = await ears.hear({ audio: base64Of(sound), frames: true });
  const coded = ([level_db, clarity, pitch_hz, low_share, powers]) => [
    byte(-2 * level_db, 255), byte(clarity * 255, 255), byte(100 * Math.log2(pitch_hz / 64), 255), byte(low_share * 255, 255), ...powers.map((power) => byte(-20 * Math.log10(power), 255)),
  ];
  return Buffer.from(frames.flatMap((frame) => (frame[0] < QUIET_DB ? [0] : coded(frame)))).toString('base64');
}

const lines = [];
for (const set_name of ['own', 'held_out']) {
  const replies = new Map();
  const cases = [];
  for (const { kind, text, is_interruption, sound, from_ms, to_ms, played, player, reply, replying, words } of await set.overlaps(set_name)) {
    if (!replies.has(player)) replies.set(player, { set: set_name, player, reply, frames: await packed(played) });
    const upto = Math.ceil((to_ms + AFTER_MS) / FRAME_MS) * FRAME_MS * 24;
    cases.push({ set: set_name, player, kind, text, is_interruption, from_ms, replying_ms: replying[0], words, frames: await packed(sound.subarray(0, upto)) });
  }
  lines.push(...replies.values(), ...cases);
}
ears.close();
await set.close();
writeFileSync(new URL('../tests/fixtures/realtime/overlaps.jsonl', import.meta.url), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
