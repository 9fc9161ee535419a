import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWakeLock } from '../../static/wake-lock.js';

/** A page and its locks, as a browser has them: hiding the page releases the lock. */
function browser({ refuses = false } = {}) {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const held = new Set();
  let asked = 0;
  const wakeLock = {
    async request(kind) {
      assert.equal(kind, 'screen');
      asked += 1;
      if (refuses) throw new DOMException('low battery', 'NotAllowedError');
      const lock = Object.assign(new EventTarget(), {
        async release() {
          if (held.delete(lock)) lock.dispatchEvent(new Event('release'));
        },
      });
      held.add(lock);
      return lock;
    },
  };
  const show = async (visibilityState) => {
    page.visibilityState = visibilityState;
    if (visibilityState === 'hidden') for (const lock of [...held]) await lock.release();
    page.dispatchEvent(new Event('visibilitychange'));
    await settled();
  };
  return { page, wakeLock, show, held: () => held.size, asked: () => asked };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('the screen stays on while it is wanted, and no longer', async () => {
  const { held, asked, ...parts } = browser();
  const lock = createWakeLock(parts);
  lock.want(true);
  lock.want(true);
  await settled();
  assert.deepEqual([held(), asked()], [1, 1]);
  lock.want(false);
  await settled();
  assert.equal(held(), 0);
});

test('it is asked for anew when the page is seen again', async () => {
  const { held, asked, show, ...parts } = browser();
  const lock = createWakeLock(parts);
  lock.want(true);
  await settled();
  await show('hidden');
  assert.equal(held(), 0);
  await show('visible');
  assert.deepEqual([held(), asked()], [1, 2]);
  lock.want(false);
  await show('hidden');
  await show('visible');
  assert.deepEqual([held(), asked()], [0, 2]);
});

test('a lock that comes too late is given back, and a refused one is no failure', async () => {
  const late = browser();
  const lock = createWakeLock(late);
  lock.want(true);
  lock.want(false);
  await settled();
  assert.equal(late.held(), 0);
  const refusing = browser({ refuses: true });
  createWakeLock(refusing).want(true);
  await settled();
  await refusing.show('hidden');
  await refusing.show('visible');
  assert.equal(refusing.asked(), 2);
  createWakeLock({ wakeLock: null, page: refusing.page }).want(true);
});
