// Whose page this is: asks for the access key when the server does, and begins anew when somebody else's is entered.
//
// Owns: what happens to a failure that a key may mend.
// Invariant: nothing that was said under one person's key is shown to, or sent for, another.
// Leaves out: the dialog itself (status.js) and where the key is kept (settings.js).

import { personOf } from './settings.js';

/**
 * `ask({refused})` resolves to a key or null; `onKey` is called with a new one, after `onAnother` where it is another
 * person's, which ends this page. `button` changes the key at any time, and is there while there is one.
 */
export function createAccess({ settings, history, notice, ask, button, onKey, onAnother }) {
  button.addEventListener('click', () => change({ refused: false }));
  show();

  /** Shows a failure; `again` is what its button leads to, by way of the access key where one is asked for. */
  function report(failure, again) {
    const withKey = async () => {
      if (await change({ refused: Boolean(settings.key) })) again();
      else notice.show(failure, withKey);
    };
    if (failure.kind === 'unauthorized') withKey();
    else notice.show(failure, failure.kind === 'forbidden' ? withKey : again);
  }

  /** True when there is a new key to go on with. */
  async function change({ refused }) {
    const key = await ask({ refused });
    if (!key) {
      onKey(false);
      return false;
    }
    const isAnother = history.hasAnswers && personOf(key) !== personOf(settings.key);
    settings.key = key;
    show();
    if (isAnother) onAnother();
    else onKey(true);
    return !isAnother;
  }

  function show() {
    button.hidden = !settings.key;
  }

  return { report };
}
