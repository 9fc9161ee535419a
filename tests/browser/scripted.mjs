// The page in Chromium against a scripted server, for every file that tests it so.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PATIENCE_MS } from '../patience.mjs';
import { launch, openPage } from './browser.mjs';
import { startStandIn } from './stand-in.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Runs `act` on a fresh page and server; afterwards nobody may have complained, except about what is `allowed`. */
export function claim(name, act, { allowed = /^$/, arrange, ...options } = {}) {
  test(name, { timeout: 3 * PATIENCE_MS }, async () => {
    const server = await startStandIn();
    arrange?.(server.script);
    const opened = await openPage(browser, server.url, options);
    try {
      await act({ page: opened.page, server, script: server.script });
    } finally {
      const complaints = await opened.done();
      await server.stop();
      assert.deepEqual(complaints.filter((text) => !allowed.test(text)), []);
    }
  });
}

/** Chromium writes each HTTP error to the console by itself. */
export const refused = (status) => ({ allowed: new RegExp(`^Failed to load resource: .* status of ${status} `) });

export const reply = (page) => page.locator('.companion .words').last();
export const notice = (page) => page.locator('#notice');
export const stopButton = (page) => page.getByRole('button', { name: 'Stop' });

/** The contrast of an element's text on the first opaque background behind it (WCAG 2.2, relative luminance). */
export function contrast(element) {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([red, green, blue]) => {
    const linear = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  let behind = element;
  while (rgb(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
  const [light, dark] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
    .map((colour) => luminance(rgb(colour)))
    .sort((one, other) => other - one);
  return (light + 0.05) / (dark + 0.05);
}
