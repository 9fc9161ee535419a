// Plays Ogg Opus without Media Source Extensions: decoded here, scheduled on the audio clock.
//
// Owns: one AudioDecoder per clip of one spoken reply.
// Invariant: what is decoded is heard in the order in which it came (timeline.js).
// Source: https://www.w3.org/TR/webcodecs/, https://www.w3.org/TR/webcodecs-opus-codec-registration/.
// Leaves out: which path to take (ladder.js), and the trim at a clip's end: at most one packet (20 ms) of silence.

import { Failure } from '../errors.js';
import { createOggReader } from './ogg.js';
import { createStretcher } from './stretch.js';
import { createTimeline } from './timeline.js';

const SAMPLE_RATE_HZ = 48_000;

/** Same face as createMsePlayer, on an AudioContext that a person's gesture has already opened. */
export function createWebCodecsPlayer({ context, rate = 1, onSound, onPhrase, onBlocked }) {
  const timeline = createTimeline({ context, rateHz: SAMPLE_RATE_HZ, onSound, onBlocked });

  async function append(pieces) {
    const ogg = createOggReader();
    const clip = { decoder: null, skip: 0, timestampUs: 0, error: null, phrases: [], stretcher: rate === 1 ? null : createStretcher(rate) };
    try {
      for await (const { bytes, phrase } of pieces) {
        if (timeline.isStopped) return;
        if (clip.error) throw clip.error;
        // The phrase begins with the next packet; until it is decoded, that packet's time stands for it.
        if (phrase) clip.phrases.push({ fromUs: clip.timestampUs, phrase });
        for (const item of ogg.push(bytes)) take(clip, item);
      }
      if (!clip.decoder) throw new Failure('voice', { detail: 'a clip without sound' });
      await clip.decoder.flush();
      if (clip.stretcher) play(clip, clip.stretcher.flush(), clip.timestampUs);
    } catch (error) {
      if (!timeline.isStopped) throw clip.error ?? error;
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
    if (frames === 0 || timeline.isStopped) {
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
    if (!planes[0]?.length) return;
    const startS = timeline.play(planes);
    while (clip.phrases.length > 0 && clip.phrases[0].fromUs <= timestamp) {
      const { phrase } = clip.phrases.shift();
      timeline.at(startS, () => onPhrase(phrase));
    }
  }

  return { append, finish: timeline.finish, stop: timeline.stop };
}
