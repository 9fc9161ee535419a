// The text box: typing, sending, and keeping what was typed.
//
// Owns: the draft, which outlives a reload of the tab, and the keys of the box (Enter sends, Shift+Enter breaks a line).
// Invariant: text leaves the box only when it is handed to `onSend`.
// Leaves out: what sending means (main.js).

/** The composer over `form` and `box`; `settings.draft` keeps unsent words. `onEmpty` is told of sending nothing. */
export function createComposer({ form, box, settings, onSend, onEmpty }) {
  const growsItself = CSS.supports('field-sizing', 'content');
  box.value ||= settings.draft;
  grow();

  box.addEventListener('input', () => {
    settings.draft = box.value;
    grow();
  });
  box.addEventListener('keydown', (event) => {
    const composing = event.isComposing || event.keyCode === 229; // Safari reports the key that ends composition as 229
    if (event.key !== 'Enter' || event.shiftKey || composing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (text === '') {
      onEmpty();
      return;
    }
    box.value = '';
    settings.draft = '';
    grow();
    onSend(text);
  });

  function grow() {
    if (growsItself) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }

  return { focus: () => box.focus() };
}
