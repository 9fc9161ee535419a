// The notice above the text box: what went wrong, in plain words, and a button that helps.
//
// Owns: one notice at a time, its waiting time, and the access key dialog.
// Invariant: a notice stays until it is answered, dismissed or overtaken by success; its button is never a dead end.
// Leaves out: the words (errors.js) and what the button does (given with the notice).

import { OFFER, describe } from './errors.js';
import { t } from './words.js';

const BUTTON_WORDS = { [OFFER.retry]: t('tryAgain'), [OFFER.key]: t('enterKey'), [OFFER.sound]: t('letMeHear') };

/** The notice over its parts: `box`, `text`, `button`, `dismiss`. `onAnswered` is told when a button took it away. */
export function createNotice({ box, text, button, dismiss, onAnswered }) {
  let act = null;
  let ticking = null;

  button.addEventListener('click', () => {
    const next = act;
    hide();
    onAnswered();
    next?.();
  });
  dismiss.addEventListener('click', () => {
    hide();
    onAnswered();
  });

  /** Shows a failure. `onAct` is what its button does, after the wait that the server asked for. */
  function show(failure, onAct) {
    const { text: words, offer, waitS } = describe(failure);
    hide();
    box.dataset.kind = failure.kind;
    box.title = failure.requestId ? `Request ${failure.requestId}` : '';
    box.hidden = false; // first shown, then filled: a change inside a visible alert is read out
    text.textContent = words;
    button.hidden = offer === OFFER.none || !onAct;
    if (button.hidden) return;
    act = onAct;
    count(waitS, BUTTON_WORDS[offer]);
  }

  function count(waitS, words) {
    let leftS = waitS;
    const render = () => {
      button.disabled = leftS > 0;
      button.textContent = leftS > 0 ? t('inSeconds', { words, seconds: leftS }) : words;
      if (leftS === 0) clearInterval(ticking);
      leftS -= 1;
    };
    render();
    if (waitS > 0) ticking = setInterval(render, 1000);
  }

  function hide() {
    clearInterval(ticking);
    act = null;
    box.hidden = true;
    delete box.dataset.kind;
    text.textContent = '';
  }

  return { show, hide };
}

/**
 * Asks for the access key, after a `refused` one if so; resolves to it, or to null when the person thinks better of it. Meanwhile
 * `visit({place, signal})` may find one for a visitor who has none.
 */
export function createKeyDialog({ dialog, form, input, refusal, cancel, visit }) {
  cancel.addEventListener('click', () => dialog.close(''));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    dialog.close(input.value.trim());
  });

  return function askForKey({ refused }) {
    refusal.hidden = !refused;
    input.value = '';
    dialog.returnValue = '';
    if (!dialog.open) dialog.showModal();
    const leaving = new AbortController();
    visit({ place: form, signal: leaving.signal }).then((key) => key && dialog.close(key));
    return new Promise((resolve) => {
      dialog.addEventListener('close', () => resolve(dialog.returnValue || null), { once: true });
    }).finally(() => {
      leaving.abort();
      dialog.returnValue = '';
      input.value = '';
    });
  };
}
