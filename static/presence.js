// The companion's presence: one state for the whole page, shown by the orb and a few words.
//
// Owns: `data-state` on the root element, which the style sheet and diagnostics read, and the caption.
// Invariant: the state is always one of STATES.
// Leaves out: when states change (main.js) and how they look (style.css).

/** State and caption. "answering" is text without sound; "hearing" turns a recording into words. */
export const STATES = Object.freeze({
  idle: '',
  listening: 'Listening · let go, or tap again, to send',
  hearing: 'Finding your words',
  thinking: 'Thinking',
  answering: 'Answering',
  speaking: 'Speaking',
});

/** `set(state)` and `level(0..1)`, the loudness of the person's voice. */
export function createPresence({ root, orb, caption }) {
  function set(state) {
    root.dataset.state = state;
    caption.textContent = STATES[state];
    performance.mark(`hearken:state:${state}`);
  }

  function level(value) {
    orb.style.setProperty('--level', value.toFixed(3));
  }

  set('idle');
  return { set, level };
}
