// Talking without a button: while it is switched on, the microphone stays open; its samples go to who wants them, and a voice
// becomes a recording.
//
// Owns: the open microphone, its loudness, and the recording of whoever speaks (voice-activity.js decides when).
// Invariant: the microphone is open exactly while the button shows "pressed"; each recording is sent or dropped once.
// What is recorded begins PRE_ROLL_S before the voice was noticed, so no first syllable is lost. A microphone that is taken
// away (a call, another app, a plug that is pulled) costs no words: what there is goes out, and the next touch listens on.
// Leaves out: what a voice interrupts and what a recording is for (main.js).

import { Failure, asFailure } from './errors.js';
import { openMicrophone, record } from './recorder.js';
import { AT_REST, hush, step } from './voice-activity.js';

/** The recording hears the microphone so much later than the detector. */
const PRE_ROLL_S = 0.5;

/** True where a page can listen all along. */
export function canListen() {
  return Boolean(globalThis.AudioWorkletNode && globalThis.MediaRecorder && navigator.mediaDevices?.getUserMedia);
}

/**
 * The mode behind `button`. `isPlaying()` says whether hearken's own voice is in the room. `onBegin()` when somebody may
 * be speaking; then `onDrop()` when it was nothing, or `onSure()` and at last `onRecording({data, format})`. `onLevel` gets
 * the loudness meanwhile, 0 to 1, and `onSamples(samples, isVoice)` a tenth of a second at a time, at 24 kHz and 16 bits; `onChange('opening' | 'on' | 'off')`, `onFailure(failure)` and `onBack()`, after a microphone that was taken has come back, tell of the mode itself. Returns `cancel()`, which
 * drops what is being said, `distrust()`, after which
 * the browser is not believed to take hearken's voice out of the microphone, `rest(isResting)`, which looks away for as long as another recording goes on, `off()`, and `voicedAt`, when a voice was last heard.
 */
export function createHandsFree({ button, isPlaying, onBegin, onSure, onDrop, onRecording, onSamples, onLevel, onChange, onFailure, onBack }) {
  let open = null; // what `listen` gives, or a promise of it
  let state = AT_REST;
  let recording = null;
  let isResting = false;
  let isTrusted = true;
  let isTaken = false;
  let voicedAt = 0;

  button.addEventListener('click', () => (open ? off() : on()));
  for (const touch of ['pointerdown', 'keydown']) document.addEventListener(touch, goOn, { capture: true });

  async function on() {
    const own = listen({
      onFrame: hear,
      onSamples(samples) {
        // Whoever is not to be heard any more is not sent, either.
        if (open === own && !isResting && state.name !== 'hushed') onSamples(samples, state.name !== 'quiet');
      },
      onLost: () => own === open && pulled(),
      onTaken: (taken) => own === open && (taken ? pause() : back()),
    });
    isTaken = false;
    open = own;
    state = AT_REST;
    show('opening');
    try {
      await own;
      if (open === own) show('on');
    } catch (error) {
      if (open === own) lose(asFailure(error, 'mic_failed'));
    }
  }

  function lose(failure) {
    off();
    onFailure(failure);
  }

  /** It is gone for good. What was said into it goes out; the next touch tries whatever microphone there is. */
  async function pulled() {
    const said = recording && finish();
    off();
    isTaken = true;
    await said;
    onFailure(new Failure('mic_failed'));
  }

  async function pause() {
    if (isTaken) return;
    isTaken = true;
    state = AT_REST;
    await (recording && finish());
    if (isTaken) onFailure(new Failure('mic_taken'));
  }

  function back() {
    if (!isTaken) return;
    isTaken = false;
    onBack();
  }

  /** A touch, or a key: what was taken is asked for again. What presses the button says itself what it wants. */
  function goOn({ target, key }) {
    const isPress = button.contains(target) && [undefined, ' ', 'Enter'].includes(key);
    if (!isTaken || isPress) return;
    off();
    onBack();
    on();
  }

  function off() {
    const own = open;
    open = null;
    isTaken = false;
    cancel();
    own?.then(
      ({ close }) => close(),
      () => {},
    );
    show('off');
  }

  function show(how) {
    button.setAttribute('aria-pressed', String(how !== 'off'));
    onChange(how);
  }

  function hear({ levelDb, ms, cancelsEcho, stream }) {
    if (isResting || isTaken || !open) return;
    const stepped = step(state, { levelDb, ms, isPlaying: isPlaying(), cancelsEcho: cancelsEcho && isTrusted });
    state = stepped.state;
    if (state.name !== 'quiet' && state.silentMs === 0) voicedAt = performance.now();
    if (recording) onLevel(Math.min(1, 10 ** (levelDb / 20) * 6));
    if (stepped.event === 'begin') {
      recording = record(stream, { onLimit: limit });
      onBegin();
    }
    if (stepped.event === 'sure') onSure();
    if (stepped.event === 'drop') drop();
    if (stepped.event === 'end') finish();
  }

  /** What there is goes out; whoever speaks on is heard again after a pause. */
  function limit() {
    state = hush(state);
    finish();
  }

  async function finish() {
    const own = recording;
    recording = null;
    onLevel(0);
    try {
      const recorded = await own.finish();
      if (recorded.data === '') onDrop();
      else onRecording(recorded);
    } catch (error) {
      onDrop();
      onFailure(asFailure(error, 'mic_failed'));
    }
  }

  function cancel() {
    if (!recording) return;
    state = hush(state);
    drop();
  }

  function drop() {
    recording.cancel();
    recording = null;
    onLevel(0);
    onDrop();
  }

  function rest(wanted) {
    isResting = wanted;
    if (wanted) cancel();
  }

  function distrust() {
    isTrusted = false;
  }

  return {
    cancel,
    distrust,
    rest,
    off,
    get voicedAt() {
      return voicedAt;
    },
  };
}

/** Opens the microphone for `onFrame({levelDb, ms, cancelsEcho, stream})`, where `stream` is the delayed sound, and `onSamples(samples)`, until `close()`.
 * `onTaken(isTaken)` tells when it falls silent because something else has it, and when it is back. */
async function listen({ onFrame, onSamples, onLost, onTaken }) {
  const context = new AudioContext();
  let microphone;
  const close = () => {
    for (const track of microphone?.getTracks() ?? []) track.stop();
    if (context.state !== 'closed') context.close().catch(() => {});
  };
  try {
    const ready = context.audioWorklet.addModule(new URL('./level-worklet.js', import.meta.url));
    ready.catch(() => {}); // awaited below
    microphone = await openMicrophone();
    await ready;
    const [track] = microphone.getAudioTracks();
    track.addEventListener('ended', onLost);
    track.addEventListener('mute', () => onTaken(true));
    track.addEventListener('unmute', () => onTaken(false));
    // Safari's "interrupted" is a call; a context that another page suspended is the same to a person.
    context.addEventListener('statechange', () => {
      if (context.state !== 'closed') onTaken(context.state !== 'running' || track.muted);
    });
    const cancelsEcho = Boolean(track.getSettings?.().echoCancellation);
    const source = context.createMediaStreamSource(microphone);
    const level = new AudioWorkletNode(context, 'level', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit', processorOptions: { withSamples: true } });
    const delay = new DelayNode(context, { delayTime: PRE_ROLL_S, maxDelayTime: PRE_ROLL_S });
    const delayed = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    source.connect(level);
    source.connect(delay).connect(delayed);
    level.port.onmessage = ({ data }) => (data.samples ? onSamples(data.samples) : onFrame({ ...data, cancelsEcho, stream: delayed.stream }));
    await context.resume();
    return { close };
  } catch (error) {
    close();
    throw error;
  }
}
