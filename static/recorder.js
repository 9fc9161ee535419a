// Records the person's voice from the microphone.
//
// Owns: the microphone while it is open, the container it records to, and the loudness shown meanwhile.
// Invariant: the microphone is released when a recording ends, however it ends.
// Source: https://www.w3.org/TR/mediastream-recording/.
// Leaves out: the gesture (hold.js) and what is done with the recording.

import { Failure, asFailure } from './errors.js';

/** A recording ends by itself after this long. */
export const RECORDING_MS_MAX = 90_000;

const CONTAINERS = [
  ['audio/webm;codecs=opus', 'webm'],
  ['audio/mp4;codecs=opus', 'mp4'],
  ['audio/mp4', 'mp4'],
  ['audio/ogg;codecs=opus', 'ogg'],
];

/** True where a page may record at all (a secure context with MediaRecorder). */
export function canRecord() {
  return Boolean(globalThis.MediaRecorder && navigator.mediaDevices?.getUserMedia);
}

/**
 * Opens the microphone and records. Resolves once recording runs, to `{finish, cancel}`; `finish()` resolves to
 * `{blob, name}`. `onLevel` gets the loudness, 0 to 1, on each frame; `onLimit` fires at RECORDING_MS_MAX.
 */
export async function startRecording({ onLevel, onLimit }) {
  const stream = await openMicrophone();
  const [mimeType, extension] = CONTAINERS.find(([mime]) => MediaRecorder.isTypeSupported(mime)) ?? ['', 'webm'];
  const recorder = new MediaRecorder(stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: 32_000 });
  const parts = [];
  const stopMeter = meter(stream, onLevel);
  const limit = setTimeout(onLimit, RECORDING_MS_MAX);

  const stopped = new Promise((resolve, reject) => {
    recorder.addEventListener('stop', resolve, { once: true });
    recorder.addEventListener('error', (event) => reject(new Failure('mic_failed', { cause: event.error })));
  }).finally(release);
  stopped.catch(() => {}); // finish() reports it
  recorder.addEventListener('dataavailable', ({ data }) => {
    if (data.size > 0) parts.push(data);
  });
  recorder.start();

  function release() {
    clearTimeout(limit);
    stopMeter();
    for (const track of stream.getTracks()) track.stop();
  }

  async function finish() {
    if (recorder.state !== 'inactive') recorder.stop();
    await stopped;
    const type = (recorder.mimeType || mimeType || 'audio/webm').split(';')[0];
    return { blob: new Blob(parts, { type }), name: `speech.${extension}` };
  }

  function cancel() {
    if (recorder.state !== 'inactive') recorder.stop();
    release();
  }

  return { finish, cancel };
}

async function openMicrophone() {
  const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    if (error.name === 'NotAllowedError') throw new Failure('mic_denied', { cause: error });
    if (error.name === 'NotFoundError') throw new Failure('mic_missing', { cause: error });
    throw asFailure(error, 'mic_failed');
  }
}

/** Reports the stream's loudness on each frame until the returned function is called. */
function meter(stream, onLevel) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 512 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = requestAnimationFrame(measure);

  function measure() {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    onLevel(Math.min(1, Math.sqrt(power) * 6)); // speech at arm's length has an RMS near 0.1
    frame = requestAnimationFrame(measure);
  }

  return () => {
    cancelAnimationFrame(frame);
    onLevel(0);
    if (context.state !== 'closed') context.close().catch(() => {});
  };
}
