// Records the person's voice from the microphone.
//
// Owns: the microphone while it is open, the container it records to, and the loudness shown meanwhile.
// Invariant: a microphone that was opened for one recording is released when that ends, however it ends.
// Source: https://www.w3.org/TR/mediastream-recording/.
// Leaves out: the gesture (hold.js) and what is done with the recording.

import { Failure, asFailure } from './errors.js';

/** A recording ends by itself after this long. */
export const RECORDING_MS_MAX = 90_000;

/** What a browser may record to, and the contract's word for it (`input_audio.format`). */
const CONTAINERS = [
  ['audio/webm;codecs=opus', 'webm'],
  ['audio/mp4;codecs=opus', 'm4a'],
  ['audio/mp4', 'm4a'],
  ['audio/ogg;codecs=opus', 'ogg'],
];

/** True where a page may record at all (a secure context with MediaRecorder). */
export function canRecord() {
  return Boolean(globalThis.MediaRecorder && navigator.mediaDevices?.getUserMedia);
}

/**
 * Opens the microphone and records. Resolves once recording runs, to `{finish, cancel}`, as `record` gives them.
 * `onLevel` gets the loudness, 0 to 1, on each frame; `onLimit` fires at RECORDING_MS_MAX,
 * and when the microphone is taken away.
 */
export async function startRecording({ onLevel, onLimit }) {
  const stream = await openMicrophone();
  const [track] = stream.getAudioTracks();
  // A call comes in, or the device is pulled out: what there is goes out.
  for (const event of ['mute', 'ended']) track.addEventListener(event, onLimit, { once: true });
  const stopMeter = meter(stream, onLevel);
  return record(stream, {
    onLimit,
    onEnd() {
      stopMeter();
      for (const track of stream.getTracks()) track.stop();
    },
  });
}

/**
 * Records a stream that is already open, which it leaves open. `finish()` resolves to `{data, format}` as `input_audio`
 * takes them, `cancel()` drops it all; `onEnd` is called after either.
 */
export function record(stream, { onLimit, onEnd = () => {} }) {
  const [mimeType, format] = CONTAINERS.find(([mime]) => MediaRecorder.isTypeSupported(mime)) ?? ['', 'webm'];
  const recorder = new MediaRecorder(stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: 32_000 });
  const parts = [];
  const limit = setTimeout(onLimit, RECORDING_MS_MAX);
  let hasEnded = false;

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
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(limit);
    onEnd();
  }

  async function finish() {
    if (recorder.state !== 'inactive') recorder.stop();
    await stopped;
    return { data: await base64(new Blob(parts)), format };
  }

  function cancel() {
    if (recorder.state !== 'inactive') recorder.stop();
    release();
  }

  return { finish, cancel };
}

/** A blob in base64, as browsers do it fastest: the part of a data URL after its comma. */
function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(reader.result.slice(reader.result.indexOf(',') + 1)));
    reader.addEventListener('error', () => reject(new Failure('mic_failed', { cause: reader.error })));
    reader.readAsDataURL(blob);
  });
}

/** The microphone, with the browser's echo cancellation: hearken's own voice is taken out of it. */
export async function openMicrophone() {
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
