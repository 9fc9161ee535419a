// What a press on the microphone button means: hold to talk, or tap to start and tap again to send.
//
// Owns: the gesture as a pure step; time is an argument. Tapping serves people who cannot hold a button, and
// assistive technology that only clicks.
// Invariant: 'start' is always followed by exactly one 'send' or 'cancel'.
// Leaves out: pointer and keyboard events (main.js) and recording (recorder.js).

/** A press shorter than this is a tap: recording goes on until the next press. */
export const TAP_MS_MAX = 350;

export const AT_REST = Object.freeze({ name: 'rest' });

/**
 * The state after `event` ('press', 'release', 'click', 'cancel') at `nowMs`, and what to do: 'start', 'send', 'cancel'
 * or null. 'click' is a whole press and release by assistive technology.
 */
export function step(state, event, nowMs) {
  if (event === 'cancel') return state.name === 'rest' ? stay(state) : go(AT_REST, 'cancel');
  switch (state.name) {
    case 'rest':
      if (event === 'press') return go({ name: 'held', sinceMs: nowMs }, 'start');
      if (event === 'click') return go({ name: 'latched' }, 'start');
      return stay(state);
    case 'held':
      if (event !== 'release') return stay(state);
      return nowMs - state.sinceMs < TAP_MS_MAX ? go({ name: 'latched' }, null) : go(AT_REST, 'send');
    case 'latched':
      return event === 'press' || event === 'click' ? go(AT_REST, 'send') : stay(state);
    default:
      return stay(state);
  }
}

function go(state, action) {
  return { state, action };
}

function stay(state) {
  return { state, action: null };
}
