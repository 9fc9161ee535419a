// One clock for every delay and every journal stamp: Unix milliseconds with a fraction, monotonic within the process.

/** Now, in Unix milliseconds with sub-millisecond digits. */
export const nowMs = () => performance.timeOrigin + performance.now();

/**
 * Resolves at the moment `at_ms` (Unix milliseconds), or at once when it has passed. Waiting for moments and not for
 * durations is what keeps a paced stream from drifting: a late event does not push the ones after it.
 * `signal` ends the wait early (it resolves, the caller looks at the signal).
 */
export function sleepUntil(at_ms, signal) {
  const left_ms = at_ms - nowMs();
  if (left_ms <= 0 || signal?.aborted) return undefined;
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, left_ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Resolves after the pending I/O of this turn of the loop, so that two writes do not share one TCP segment. */
export const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
