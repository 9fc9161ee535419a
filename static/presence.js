// The companion's presence: one state for the whole page, shown by the orb and a few words.
//
// Owns: `data-state` on the root element, which the style sheet and diagnostics read, and the caption.
// Invariant: the state is always one of STATES.
// Leaves out: when states change (main.js) and how they look (style.css).

import { t } from './words.js';

/** State and caption. "answering" is text without sound; "hearing" turns a recording into words. */
export const STATES = Object.freeze({
  idle: '',
  listening: t('listening'),
  hearing: t('hearing'),
  thinking: t('thinking'),
  answering: t('answering'),
  speaking: t('speaking'),
});

/** Captions of listening with the button held, without hands, and of waiting for a voice. */
export const CAPTION = Object.freeze({
  held: t('held'),
  free: t('free'),
  attending: t('attending'),
});

/** `set(state, caption?)`, `rest(caption)` for what idling says, and `level(0..1)`, the loudness of the person's voice. */
export function createPresence({ root, orb, caption }) {
  let resting = STATES.idle;

  function set(state, words = state === 'idle' ? resting : STATES[state]) {
    root.dataset.state = state;
    caption.textContent = words;
    performance.mark(`hearken:state:${state}`);
  }

  function rest(words) {
    resting = words;
    if (root.dataset.state === 'idle') caption.textContent = words;
  }

  function level(value) {
    orb.style.setProperty('--level', value.toFixed(3));
  }

  set('idle');
  return { set, rest, level };
}
