// Does something again after each change below a directory.

import { watch } from 'node:fs';

/** An editor saves in several steps: what is to be done waits for the last of them. */
const SAVED_MS = 50;

/**
 * Calls `act` after a change, never twice at once: what changes meanwhile is acted on afterwards. An error is shown
 * and the next change tried. Returns what ends it.
 */
export function onChange(dir, act) {
  let changed = false;
  let acting = false;
  const actAll = async () => {
    if (acting) return;
    acting = true;
    while (changed) {
      changed = false;
      await act().catch((error) => console.error(`hearken: ${error.message}`));
    }
    acting = false;
  };
  let saved;
  const watcher = watch(dir, { recursive: true }, () => {
    changed = true;
    clearTimeout(saved);
    saved = setTimeout(actAll, SAVED_MS);
  });
  return async () => {
    clearTimeout(saved);
    watcher.close();
  };
}
