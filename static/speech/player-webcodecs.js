// Plays Ogg Opus without Media Source Extensions: decoded here, scheduled on the audio clock.
//
// Owns: one AudioDecoder per clip and the queue of scheduled buffers of one spoken reply.
// Invariant: every buffer starts exactly where the one before it ends, unless the network was too slow; then it starts
// a moment from now, faded in, instead of in the past.
// Source: https://www.w3.org/TR/webcodecs/, https://www.w3.org/TR/webcodecs-opus-codec-registration/.
// Leaves out: which path to take (ladder.js), and the trim at a clip's end: at most one packet (20 ms) of silence.

import { Failure } from '../errors.js';
import { createOggReader } from './ogg.js';
import { createStretcher } from './stretch.js';

const SAMPLE_RATE_HZ = 48_000;

/** Lead given to a buffer that follows silence, so that it is not scheduled in the past. */
const LEAD_S = 0.06;

/** How exactly the beginning of a phrase is told, seconds. */
const CLOCK_SLACK_S = 0.02;

/** After an underrun the first samples are faded in, against a click. */
const FADE_SAMPLES = 128;

/** Same face as createMsePlayer, on an AudioContext that a person's gesture has already opened. */
export function createWebCodecsPlayer({ context, rate = 1, onSound, onPhrase, onBlocked }) {
  const playing = new Set();
  const timers = new Set();
  let nextTimeS = 0;
  let stopped = false;
  let sounded = false;
  let heardAll = () => {};

  if (context.state === 'suspended') {
    context.resume().catch(() => {});
    if (!navigator.userActivation?.hasBeenActive) onBlocked();
  }

  async function append(pieces) {
    const ogg = createOggReader();
    const clip = { decoder: null, skip: 0, timestampUs: 0, error: null, phrases: [], stretcher: rate === 1 ? null : createStretcher(rate) };
    try {
      for await (const { bytes, phrase } of pieces) {
        if (stopped) return;
        if (clip.error) throw clip.error;
        // The phrase begins with the next packet; until it is decoded, that packet's time stands for it.
        if (phrase) clip.phrases.push({ fromUs: clip.timestampUs, phrase });
        for (const item of ogg.push(bytes)) take(clip, item);
      }
      if (!clip.decoder) throw new Failure('voice', { detail: 'a clip without sound' });
      await clip.decoder.flush();
      if (clip.stretcher) play(clip, clip.stretcher.flush(), clip.timestampUs);
    } catch (error) {
      if (!stopped) throw clip.error ?? error;
    } finally {
      if (clip.decoder && clip.decoder.state !== 'closed') clip.decoder.close();
    }
  }

  function take(clip, item) {
    if (item.kind === 'head') {
      clip.skip = item.preSkip;
      clip.decoder = new AudioDecoder({
        output: (data) => schedule(clip, data),
        error: (error) => {
          clip.error = new Failure('voice', { detail: error.message });
        },
      });
      const config = { codec: 'opus', sampleRate: SAMPLE_RATE_HZ, numberOfChannels: item.channels };
      clip.decoder.configure(config);
      return;
    }
    clip.decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: clip.timestampUs, data: item.bytes }));
    clip.timestampUs += 20_000; // only its order matters: what the decoder gives back is placed by its length
  }

  function schedule(clip, data) {
    const skip = Math.min(clip.skip, data.numberOfFrames);
    const frames = data.numberOfFrames - skip;
    clip.skip -= skip;
    if (frames === 0 || stopped) {
      data.close();
      return;
    }
    const planes = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(frames);
      data.copyTo(plane, { planeIndex, frameOffset: skip, frameCount: frames, format: 'f32-planar' });
      return plane;
    });
    const { timestamp } = data;
    data.close();
    play(clip, clip.stretcher ? clip.stretcher.push(planes) : planes, timestamp);
  }

  function play(clip, planes, timestamp) {
    if (stopped || !planes[0]?.length) return;
    const buffer = context.createBuffer(planes.length, planes[0].length, SAMPLE_RATE_HZ);
    for (const [channel, plane] of planes.entries()) {
      if (late()) fadeIn(plane);
      buffer.copyToChannel(plane, channel);
    }
    start(buffer);
    while (clip.phrases.length > 0 && clip.phrases[0].fromUs <= timestamp) {
      tellAt(nextTimeS - buffer.duration, clip.phrases.shift().phrase);
    }
  }

  function tellAt(timeS, phrase) {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (stopped) return;
      // The audio clock stands still while the sound is held or taken away.
      if (timeS - context.currentTime > CLOCK_SLACK_S) tellAt(timeS, phrase);
      else onPhrase(phrase);
    }, Math.max(CLOCK_SLACK_S, timeS - context.currentTime) * 1_000);
    timers.add(timer);
  }

  function late() {
    return nextTimeS < context.currentTime;
  }

  function start(buffer) {
    if (late()) nextTimeS = context.currentTime + LEAD_S;
    const node = new AudioBufferSourceNode(context, { buffer });
    node.connect(context.destination);
    node.addEventListener('ended', () => {
      playing.delete(node);
      if (!sounded && !stopped) announceSound();
      if (playing.size === 0) heardAll();
    });
    playing.add(node);
    node.start(nextTimeS);
    nextTimeS += buffer.duration;
  }

  /** The first buffer has been played to its end: the clock runs and sound is out. */
  function announceSound() {
    sounded = true;
    onSound();
  }

  async function finish() {
    if (stopped || playing.size === 0) return;
    await new Promise((resolve) => {
      heardAll = resolve;
    });
  }

  function stop() {
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
    for (const node of playing) node.stop();
    playing.clear();
    heardAll();
  }

  return { append, finish, stop };
}

function fadeIn(plane) {
  const count = Math.min(FADE_SAMPLES, plane.length);
  for (let index = 0; index < count; index += 1) plane[index] *= index / count;
}
