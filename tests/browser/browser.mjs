// Opens the page in Chromium for a test, and remembers everything the browser complained about.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { PATIENCE_MS } from '../patience.mjs';

const RESULTS = fileURLToPath(new URL('../../test-results/', import.meta.url));

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // One process for all pages of a room: starting one takes longer than most claims.
  '--process-per-site',
];

/** The rooms (browser contexts) that are open, by browser and by what they allow. */
const rooms = new WeakMap();

/** A room for pages that share nothing else: another tab, and another origin or a storage that was left empty. */
function roomOf(browser, options, isOwn) {
  if (isOwn) return browser.newContext(options);
  if (!rooms.has(browser)) rooms.set(browser, new Map());
  const open = rooms.get(browser);
  const key = JSON.stringify(options);
  if (!open.has(key)) open.set(key, browser.newContext(options));
  return open.get(key);
}

/** A Chromium, with further flags where a test needs them. */
export function launch(flags = []) {
  return chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: [...FLAGS, ...flags] });
}

/**
 * A fresh page at `url`, once it is ready for use. Nothing moves unless `reducedMotion` says so: without a graphics card
 * the orb alone would keep a core busy. `init` runs before the page's own code. `complaints` are console errors,
 * uncaught errors and refused resources; `done()` closes the page and returns them. A test that changes more than its page
 * wants `isOwnRoom`.
 */
export async function openPage(browser, url, { init, isOwnRoom = false, permissions = ['microphone'], reducedMotion = 'reduce', ...context } = {}) {
  const room = await roomOf(browser, { permissions, reducedMotion, ...context }, isOwnRoom);
  const page = await room.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`.trim());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  if (init) await page.addInitScript(init);
  await page.goto(url);
  await page.locator('#scroller[data-ready]').waitFor();
  await page.waitForFunction(() => document.documentElement.dataset.mic);
  return {
    page,
    complaints,
    async done() {
      await page.evaluate(() => localStorage.clear());
      await (isOwnRoom ? room : page).close();
      return complaints;
    },
  };
}

/** Types into the box and sends with Enter. */
export async function say(page, text) {
  await page.getByLabel('Your message').fill(text);
  await page.keyboard.press('Enter');
}

/** Waits until the page is in one of the states. */
export function inState(page, ...states) {
  return page.waitForFunction((wanted) => wanted.includes(document.documentElement.dataset.state), states);
}

/** Waits until more than `seconds` of sound have been played by the page's audio element. */
export function heardMoreThan(page, seconds) {
  return page.waitForFunction((least) => document.getElementById('sound').currentTime > least, seconds);
}

/** Writes a picture of the page to test-results/. */
export async function picture(page, name) {
  await mkdir(RESULTS, { recursive: true });
  await page.screenshot({ path: join(RESULTS, `${name}.png`) });
}
