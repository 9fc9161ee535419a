// Measures the microphone's loudness on the audio thread, which goes on while the page is busy or out of sight.
//
// Owns: one number every FRAME_S: the loudness in dB of full scale (RMS), posted as it is.
// Source: https://webaudio.github.io/web-audio-api/#audioworklet. Leaves out: what it means (voice-activity.js).

const FRAME_S = 0.02;

/** Below the least that 16 bits can say; a silence of zeros has a level too. */
const SILENCE_POWER = 1e-10;

registerProcessor(
  'level',
  class extends AudioWorkletProcessor {
    power = 0;
    count = 0;

    process([[samples]]) {
      if (!samples) return true;
      for (const sample of samples) this.power += sample * sample;
      this.count += samples.length;
      if (this.count >= sampleRate * FRAME_S) {
        this.port.postMessage({ levelDb: 10 * Math.log10(this.power / this.count + SILENCE_POWER), ms: (this.count / sampleRate) * 1_000 });
        this.power = 0;
        this.count = 0;
      }
      return true;
    }
  },
);
