// Keeps the screen awake while somebody talks: a phone that goes dark closes its microphone.
//
// Owns: the one lock of the page. Invariant: the lock is held exactly while it is wanted and the page is seen; browsers
// take it away from a page that is hidden, so it is asked for anew when the page is seen again.
// Source: https://www.w3.org/TR/screen-wake-lock/. Leaves out: when it is wanted (main.js).

/** A function of `isWanted`. Where a browser has no such lock, or refuses it (a low battery), the screen goes dark as ever. */
export function createWakeLock() {
  let isWanted = false;
  let lock = null; // the lock, or a promise of it

  document.addEventListener('visibilitychange', keep);

  async function keep() {
    if (!isWanted || lock || document.visibilityState !== 'visible' || !navigator.wakeLock) return;
    const own = navigator.wakeLock.request('screen');
    lock = own;
    const forget = () => {
      if (lock === own) lock = null;
    };
    try {
      (await own).addEventListener('release', forget);
    } catch {
      forget();
    }
  }

  return function want(wanted) {
    isWanted = wanted;
    if (isWanted) return void keep();
    lock?.then(
      (held) => held.release(),
      () => {},
    );
    lock = null;
  };
}
