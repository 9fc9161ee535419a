// The browsers in which a claim is tried, with one small face: `open(url, init)` gives a page that is ready for use, with
// `evaluate`, `until`, `click`, `type`, `press` and `close()`, which gives what the browser complained about.

import { existsSync } from 'node:fs';
import { which } from '../../scripts/setup.mjs';
import { launch, openPage } from './browser.mjs';
import { launchFirefox } from './firefox.mjs';

async function launchChromium() {
  const browser = await launch();
  return {
    async open(url, init) {
      const { page, done } = await openPage(browser, url, { init });
      return {
        evaluate: (act, given) => page.evaluate(act, given),
        until: (condition, given) => page.waitForFunction(condition, given, { polling: 50 }),
        click: (selector) => page.click(selector),
        type: (selector, text) => page.fill(selector, text),
        press: (key) => page.keyboard.press(key),
        close: done,
      };
    },
    close: () => browser.close(),
  };
}

const firefox = process.env.FIREFOX_PATH ?? which('firefox-esr') ?? which('firefox');
const isThere = firefox !== undefined && existsSync(firefox);

export const BROWSERS = [
  { name: 'Chromium', launch: launchChromium, reason: false },
  { name: 'Firefox', launch: () => launchFirefox(firefox), reason: isThere ? false : 'there is no Firefox (Debian: firefox-esr)' },
];
