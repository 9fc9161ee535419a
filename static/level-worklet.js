// Measures the microphone's loudness on the audio thread, which goes on while the page is busy or out of sight, and takes its
// samples for whoever wants to send them.
//
// Owns: one number every FRAME_S, the loudness in dB of full scale (RMS), posted as it is; and with each PIECE_SAMPLES, 16 bits
// at 24 kHz, which is what a realtime session takes.
// Source: https://webaudio.github.io/web-audio-api/#audioworklet. Leaves out: what it means (voice-activity.js).

import { createResampler } from './resample.js';

const FRAME_S = 0.02;

/** Below the least that 16 bits can say; a silence of zeros has a level too. */
const SILENCE_POWER = 1e-10;

const RATE_HZ = 24_000;
/** A tenth of a second. */
const PIECE_SAMPLES = 2_400;

registerProcessor(
  'level',
  class extends AudioWorkletProcessor {
    power = 0;
    count = 0;
    piece = new Int16Array(PIECE_SAMPLES);
    filled = 0;

    constructor({ processorOptions }) {
      super();
      this.resampler = processorOptions?.withSamples ? createResampler(sampleRate, RATE_HZ) : null;
    }

    process([[samples]]) {
      if (!samples) return true;
      for (const sample of samples) this.power += sample * sample;
      this.count += samples.length;
      if (this.resampler) this.take(this.resampler.push(samples));
      if (this.count >= sampleRate * FRAME_S) {
        this.port.postMessage({ levelDb: 10 * Math.log10(this.power / this.count + SILENCE_POWER), ms: (this.count / sampleRate) * 1_000 });
        this.power = 0;
        this.count = 0;
      }
      return true;
    }

    take(samples) {
      for (const sample of samples) {
        this.piece[this.filled] = Math.max(-1, Math.min(1, sample)) * 32_767;
        this.filled += 1;
        if (this.filled < PIECE_SAMPLES) continue;
        this.port.postMessage({ samples: this.piece });
        this.filled = 0;
      }
    }
  },
);
