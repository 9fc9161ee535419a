// Plays samples as a realtime session sends them: 24 kHz, 16 bits, one channel.
//
// Owns: their way to the time line, at the speed that was chosen.
// Invariant: `playedMs()` counts the sound as it was sent, at any speed.
// Leaves out: where it comes from (live.js).

import { createStretcher } from './stretch.js';
import { createTimeline } from './timeline.js';

export const PCM_HZ = 24_000;

/** Quieter than −50 dBFS is silence. */
const AUDIBLE = 10 ** (-50 / 20);

/** Same face as createMsePlayer; `onAudible(atMs)` is told once when, on the clock of `performance.now`, the first sample was heard that can be. */
export function createPcmPlayer({ context, rate = 1, onSound, onPhrase, onBlocked, onAudible = () => {} }) {
  const timeline = createTimeline({ context, rateHz: PCM_HZ, onSound, onBlocked });
  const stretcher = rate === 1 ? null : createStretcher(rate);
  let isAudible = false;

  async function append(pieces) {
    for await (const { bytes, phrase } of pieces) {
      if (timeline.isStopped) return;
      const plane = samplesOf(bytes);
      play(stretcher ? stretcher.push([plane])[0] : plane, phrase);
    }
    if (stretcher) play(stretcher.flush()[0] ?? new Float32Array(0));
  }

  function play(plane, phrase) {
    const first = isAudible ? -1 : plane.findIndex((sample) => Math.abs(sample) > AUDIBLE);
    const startS = timeline.play([plane]);
    if (phrase) timeline.at(startS, () => onPhrase(phrase));
    if (first === -1) return;
    isAudible = true;
    const heardS = startS + first / PCM_HZ + (context.outputLatency || 0);
    timeline.at(heardS, () => onAudible(performance.now() - (context.currentTime - heardS) * 1_000));
  }

  return { append, finish: timeline.finish, stop: timeline.stop, playedMs: () => timeline.playedS() * rate * 1_000 };
}

/** 16-bit samples, little-endian, as a browser takes them. */
export function samplesOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength >> 1 }, (_, at) => view.getInt16(at * 2, true) / 32_768);
}
