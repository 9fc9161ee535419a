// The microphone button: pointer, keyboard and assistive clicks become recordings.
//
// Owns: the gesture's state (hold.js decides) and the recording under way.
// Invariant: the button shows "pressed" exactly while a recording is wanted; each recording is sent or dropped once.
// Leaves out: what a recording is for (main.js).

import { Failure, asFailure } from './errors.js';
import { AT_REST, step } from './hold.js';
import { startRecording } from './recorder.js';

/**
 * The button's behaviour. `onStart()` when a recording is wanted, `onLevel(0..1)`, then one of `onRecording({data, format})`,
 * `onCancel()` and `onFailure(failure)`. Returns `cancel()`, and `send()`, which is true when there was a recording to send.
 */
export function createMicrophone({ button, onStart, onLevel, onRecording, onCancel, onFailure }) {
  let gesture = AT_REST;
  let recording = null; // {opened: Promise, running: the open recording or null}
  let pressed = false; // a press by pointer or key is under way; the click that follows it means nothing

  button.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    pressed = true;
    feel('press');
  });
  button.addEventListener('pointerup', () => feel('release'));
  button.addEventListener('pointercancel', () => {
    pressed = false;
    feel('cancel');
  });
  button.addEventListener('contextmenu', (event) => event.preventDefault());
  button.addEventListener('keydown', (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    if (event.repeat) return;
    pressed = true;
    feel('press');
  });
  button.addEventListener('keyup', (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    pressed = false;
    feel('release');
  });
  button.addEventListener('click', () => {
    if (!pressed) feel('click');
    pressed = false;
  });
  button.addEventListener('blur', () => {
    if (gesture.name === 'held') feel('cancel');
  });

  function feel(event) {
    const { state, action } = step(gesture, event, performance.now());
    gesture = state;
    button.setAttribute('aria-pressed', String(gesture !== AT_REST));
    if (action === 'start') start();
    if (action === 'send') send();
    if (action === 'cancel') drop();
  }

  async function start() {
    onStart();
    const own = { running: null };
    recording = own;
    try {
      const running = await startRecording({ onLevel, onLimit: () => recording === own && finish() });
      if (recording === own) own.running = running;
      else running.cancel();
    } catch (error) {
      if (recording !== own) return;
      rest();
      onFailure(asFailure(error, 'mic_failed'));
    }
  }

  async function send() {
    const { running } = recording;
    recording = null;
    if (!running) {
      // Let go before the microphone was open (a permission prompt, usually): there is nothing to send.
      onFailure(new Failure('nothing_heard'));
      return;
    }
    try {
      const recording = await running.finish();
      if (recording.data === '') throw new Failure('nothing_heard');
      onRecording(recording);
    } catch (error) {
      onFailure(asFailure(error, 'mic_failed'));
    }
  }

  /** The recording has reached its limit: what there is goes out, whatever the finger does. */
  function finish() {
    gesture = AT_REST;
    button.setAttribute('aria-pressed', 'false');
    send();
  }

  function drop() {
    recording?.running?.cancel();
    rest();
    onCancel();
  }

  function rest() {
    recording = null;
    gesture = AT_REST;
    button.setAttribute('aria-pressed', 'false');
  }

  function sendLatched() {
    if (gesture.name !== 'latched') return false;
    feel('click');
    return true;
  }

  return { cancel: () => feel('cancel'), send: sendLatched };
}
