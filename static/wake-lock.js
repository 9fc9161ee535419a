// Keeps the screen on while the microphone is open: a phone that locks itself takes the microphone away.
//
// Owns: the wake lock of the page. Browsers drop it whenever the page is hidden; it is asked for anew when it is seen.
// Invariant: at most one lock is held, and none once it is no longer wanted. Without the feature nothing happens.
// Source: https://www.w3.org/TR/screen-wake-lock/.
// Leaves out: when the microphone is open (main.js).

/** `want(isWanted)` says whether the screen should stay on. */
export function createWakeLock({ wakeLock = navigator.wakeLock, page = document } = {}) {
  let isWanted = false;
  let lock = null; // a promise of one

  page.addEventListener('visibilitychange', ask);

  function want(wanted) {
    isWanted = wanted;
    if (wanted) ask();
    else drop();
  }

  function ask() {
    if (!wakeLock || !isWanted || lock || page.visibilityState !== 'visible') return;
    const own = wakeLock.request('screen');
    lock = own;
    const lose = () => {
      if (lock === own) lock = null;
    };
    // Refused on a low battery, for one: the microphone works without it.
    own.then((held) => held.addEventListener('release', lose), lose);
  }

  function drop() {
    const own = lock;
    lock = null;
    own?.then((held) => held.release()).catch(() => {});
  }

  return { want };
}
