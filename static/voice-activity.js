// Hears from loudness alone whether a person is speaking, while the microphone is open without a button held.
//
// Owns: the noise floor, the echo that hearken's own voice leaves in the microphone, and the rules on top of both.
// Invariant: 'begin' is followed by 'drop', or by 'sure' and then 'end'; each once. A sound shorter than BEGIN_MS never
// begins, one that goes on for END_SILENCE_MS without a voice has ended. Pure: each frame brings its own length.
// Leaves out: the microphone and the recording (handsfree.js), and what words are: a cough is dropped, a shout is not.

/** A voice is this much louder than the noise around it; once begun, so much less is enough to go on (hysteresis). */
const ABOVE_FLOOR_DB = 10;
const HYSTERESIS_DB = 5;

/** Nothing below this is a voice, however quiet the room: with automatic gain, speech is near -20 dB of full scale. */
const VOICE_DB_MIN = -50;

/** The floor follows quieter frames at once and louder ones slowly, and slower still while somebody speaks. */
const FLOOR_DB_MIN = -80;
const FLOOR_DB_MAX = -35;
const FLOOR_FALL_MS = 60;
const FLOOR_RISE_DB_S = 4;
const FLOOR_RISE_SPEAKING_DB_S = 2;

/** To talk over hearken a person must be so much louder than what is left of its voice in the microphone. */
const ABOVE_ECHO_DB = 8;
const ECHO_RISE_DB_S = 12;
const ECHO_FALL_DB_S = 4;
/** The last of it is in the room and in the browser's buffers a little longer than it is played. */
const ECHO_TAIL_MS = 350;

/**
 * At first the echo is not known: whatever is heard then is taken for it. Where the browser cancels echo, what is left
 * is faint, so that a person who goes on talking into the first words is still louder than it.
 */
const LEARNING = { cancelled: { forMs: 600, dbMax: -38 }, plain: { forMs: 1_500, dbMax: 0 } };

/** So much of the last WINDOW_FRAMES a voice must be heard until it begins; over hearken's own voice more. */
export const BEGIN_MS = 160;
export const BEGIN_OVER_ECHO_MS = 240;
/** About half a second of frames: two or three syllables. At most 30, for they are kept in the bits of a number. */
const WINDOW_FRAMES = 24;
/** So much of it in all is speech: alone, a "yes" is an answer; while hearken speaks, a cough or an "mm" stops nothing. */
export const SURE_MS = 220;
export const SURE_OVER_ECHO_MS = 400;
/** A silence that drops what was not sure, and one that ends what was: pauses inside a sentence are shorter. */
export const DROP_SILENCE_MS = 600;
export const END_SILENCE_MS = 800;

/** Before the first frame. */
export const AT_REST = Object.freeze({
  name: 'quiet',
  floorDb: FLOOR_DB_MAX,
  echoDb: FLOOR_DB_MIN,
  playedMs: 0,
  sincePlayedMs: Infinity,
  recent: 0,
  sureMs: SURE_MS,
  voicedMs: 0,
  silentMs: 0,
});

/**
 * The state after a frame, and its event: 'begin', 'sure', 'drop', 'end' or null. A frame is `{levelDb, ms, isPlaying,
 * cancelsEcho}`: loudness in dB of full scale, length, whether hearken's voice is being played, and whether the browser
 * says that it takes that out of the microphone.
 */
export function step(state, frame) {
  const next = { ...state };
  followFloor(next, frame);
  followEcho(next, frame);
  const isEchoing = next.sincePlayedMs < ECHO_TAIL_MS;
  const wantedDb = Math.max(next.floorDb + ABOVE_FLOOR_DB, VOICE_DB_MIN, isEchoing ? next.echoDb + ABOVE_ECHO_DB : -Infinity);
  const isVoice = frame.levelDb > (state.name === 'quiet' ? wantedDb : wantedDb - HYSTERESIS_DB);
  if (state.name === 'quiet') return awaited(next, frame, isVoice, isEchoing);
  next.voicedMs += isVoice ? frame.ms : 0;
  next.silentMs = isVoice ? 0 : next.silentMs + frame.ms;
  if (state.name === 'hushed') return { state: next.silentMs >= DROP_SILENCE_MS ? quiet(next) : next, event: null };
  if (state.name === 'begun' && next.voicedMs >= next.sureMs) return { state: { ...next, name: 'sure' }, event: 'sure' };
  if (state.name === 'begun' && next.silentMs >= DROP_SILENCE_MS) return { state: quiet(next), event: 'drop' };
  if (state.name === 'sure' && next.silentMs >= END_SILENCE_MS) return { state: quiet(next), event: 'end' };
  return { state: next, event: null };
}

/** The state of somebody who is not to be heard any more until they have been silent; floor and echo stay known. */
export function hush(state) {
  return { ...quiet(state), name: 'hushed' };
}

function quiet(state) {
  return { ...state, name: 'quiet', recent: 0, voicedMs: 0, silentMs: 0 };
}

function awaited(next, { ms }, isVoice, isEchoing) {
  next.recent = ((next.recent << 1) | Number(isVoice)) & (2 ** WINDOW_FRAMES - 1);
  const voicedMs = ones(next.recent) * ms;
  if (voicedMs < (isEchoing ? BEGIN_OVER_ECHO_MS : BEGIN_MS)) return { state: next, event: null };
  return { state: { ...next, name: 'begun', sureMs: isEchoing ? SURE_OVER_ECHO_MS : SURE_MS, voicedMs, silentMs: 0 }, event: 'begin' };
}

function ones(bits) {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}

function followFloor(next, { levelDb, ms }) {
  const above = levelDb - next.floorDb;
  const riseDbS = next.name === 'quiet' ? FLOOR_RISE_DB_S : FLOOR_RISE_SPEAKING_DB_S;
  next.floorDb += above < 0 ? above * Math.min(1, ms / FLOOR_FALL_MS) : Math.min(above, (riseDbS * ms) / 1_000);
  next.floorDb = Math.min(FLOOR_DB_MAX, Math.max(FLOOR_DB_MIN, next.floorDb));
}

function followEcho(next, { levelDb, ms, isPlaying, cancelsEcho }) {
  next.sincePlayedMs = isPlaying ? 0 : next.sincePlayedMs + ms;
  if (next.sincePlayedMs >= ECHO_TAIL_MS) next.playedMs = 0;
  if (!isPlaying) return;
  const learning = cancelsEcho ? LEARNING.cancelled : LEARNING.plain;
  if (next.playedMs === 0) next.echoDb = FLOOR_DB_MIN;
  next.playedMs += ms;
  if (next.playedMs <= learning.forMs) {
    next.echoDb = Math.max(next.echoDb, Math.min(levelDb, learning.dbMax));
  } else if (levelDb > next.echoDb) {
    next.echoDb += Math.min(levelDb - next.echoDb, (ECHO_RISE_DB_S * ms) / 1_000);
  } else {
    next.echoDb = Math.max(FLOOR_DB_MIN, next.echoDb - (ECHO_FALL_DB_S * ms) / 1_000);
  }
}
