// The status page in Chromium, over the built Worker: what it asks, what it says, and that it stays true by itself.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { PATIENCE_MS } from '../patience.mjs';
import { launch, openPage, picture, say } from './browser.mjs';

const KEY = 'key-of-an-operator';
let hearken;
let browser;
before(async () => {
  const vars = { AUTH: 'required', API_KEYS: KEY, SESSION_SECRET: 'a secret of the status tests, 32 characters', TELEMETRY_FLUSH_MS: '20', LLM: 'groq:openai/gpt-oss-120b, openai:own' };
  [hearken, browser] = await Promise.all([startHearken({ vars, breakers: 'auto' }), launch()]);
});
after(async () => {
  await browser?.close();
  await hearken?.stop();
});

const chat = async (more = {}) => {
  const answer = await fetch(`${hearken.url}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ user: 'ada', messages: [{ role: 'user', content: 'The harbour is quiet.' }], ...more }),
  });
  assert.equal(answer.status, 200);
  await answer.arrayBuffer();
};

/** Runs `act` on a page; the browser must have nothing to complain about but the answers that ask for a key. */
async function onPage(act, { key = KEY, allowed = /40[13]/, ...options } = {}) {
  const room = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await room.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  if (key) await page.addInitScript(`sessionStorage.setItem('hearken/v1/key', ${JSON.stringify(key)})`);
  await page.goto(`${hearken.url}/status`);
  try {
    await act(page);
  } finally {
    await room.close();
  }
  assert.deepEqual(complaints.filter((text) => !allowed.test(text)), []);
}
const isShown = (page) => page.locator('html[data-shown]').waitFor();

describe('the status page', () => {
  test('asks for a key, says so when it is refused, and shows what it then may', async () => {
    await onPage(async (page) => {
      const enter = async (key) => {
        await page.getByLabel('Key', { exact: true }).fill(key);
        await page.getByRole('button', { name: 'Continue' }).click();
      };
      await page.getByRole('dialog').waitFor();
      assert.equal(await page.locator('#key-refused').isVisible(), false);
      await enter('wrong');
      await page.locator('#key-refused').waitFor();
      await enter(KEY);
      await isShown(page);
      assert.equal(await page.getByRole('dialog').isVisible(), false);
    }, { key: null });
  });

  test('rates six targets in words, and stays true without being reloaded', async () => {
    await onPage(async (page) => {
      await isShown(page);
      assert.equal(await page.locator('.card').count(), 6);
      for (const words of await page.locator('.verdict').allTextContents()) assert.match(words, /^[a-z ]+$/);
      const requests = () => page.locator('#traffic-facts dd').first().textContent();
      const before = await requests();
      await chat();
      await chat({ modalities: ['text', 'audio'], audio: { voice: 'x', format: 'opus' }, stream: true });
      await page.waitForFunction((old) => document.querySelector('#traffic-facts dd').textContent !== old, before);
      await page.locator('.card[data-name=turn]:not([data-rating=none])').waitFor();
      const said = await page.locator('#summary').textContent();
      assert.notEqual(said, 'Quiet.');
      assert.match(await page.locator('#providers').textContent(), /groq.*openai\/gpt-oss-120b.*serving/s);
      assert.match(await page.locator('#cost').textContent(), /\$0\.0/);
      assert.equal(await page.locator('#live-words').textContent(), 'live');
      await picture(page, 'status');
    });
  });

  test('shows what a person heard, as the companion page measured it', async () => {
    const answer = await fetch(`${hearken.url}/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` }, body: '{"user":"ben"}' });
    const { token } = await answer.json();
    const { page, done } = await openPage(browser, hearken.url, { init: `sessionStorage.setItem('hearken/v1/key', ${JSON.stringify(token)})`, isOwnRoom: true });
    const handed = page.waitForRequest((request) => new URL(request.url()).pathname === '/v1/heard');
    await say(page, 'I walked along the harbour today.');
    const { turn, heard_ms } = (await handed).postDataJSON();
    assert.match(turn, /^req_[0-9a-f]{24}$/);
    assert.ok(heard_ms > 0 && heard_ms < 30_000, `${heard_ms} ms`);
    assert.deepEqual(await done(), []);
    await onPage(async (status) => {
      await isShown(status);
      await status.locator('#heard .bar-row').nth(1).filter({ hasText: '95 in 100 within' }).waitFor();
    });
  });

  test('shows a day as well as an hour', async () => {
    await chat();
    await onPage(async (page) => {
      await isShown(page);
      await page.getByRole('button', { name: 'Day' }).click();
      await page.locator('html[data-shown="24h"]').waitFor();
      assert.equal(await page.locator('#traffic rect').count(), 24);
      assert.equal(await page.getByRole('button', { name: 'Day' }).getAttribute('aria-pressed'), 'true');
    });
  });

  test('fits on a phone, by day and by night, in colours that can be read', async () => {
    for (const colorScheme of ['light', 'dark']) {
      await onPage(async (page) => {
        await isShown(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(wide, 0, 'nothing to scroll sideways');
        const contrasts = await page.evaluate(() => {
          const light = (text) => {
            const [red, green, blue] = text.match(/[\d.]+/g).map((part) => Number(part) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
          };
          const behind = (node) => {
            for (let at = node; at; at = at.parentElement) {
              const { backgroundColor } = getComputedStyle(at);
              if (!/, 0\)$|transparent/.test(backgroundColor)) return backgroundColor;
            }
            return 'rgb(255, 255, 255)';
          };
          return [...document.querySelectorAll('h1, .verdict, .fine, .lead, .what, dt, dd, th, td, .value, .breaker, .choice button, .live')].map((node) => {
            const [one, other] = [light(getComputedStyle(node).color), light(behind(node))].sort((left, right) => right - left);
            return [node.className || node.tagName, (one + 0.05) / (other + 0.05)];
          });
        });
        assert.ok(contrasts.length > 30);
        for (const [what, contrast] of contrasts) assert.ok(contrast >= 4.5, `${colorScheme}: ${what} has a contrast of ${contrast.toFixed(2)}`);
        await picture(page, `status-phone-${colorScheme}`);
      }, { viewport: { width: 360, height: 740 }, colorScheme });
    }
  });

  test('says when it has not heard of the server for long, and goes on when it does', async () => {
    await onPage(async (page) => {
      await isShown(page);
      await page.route('**/admin/**', (route) => route.abort());
      await page.evaluate(() => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + 60_000;
      });
      await page.locator('.live[data-state=old]').waitFor();
      assert.match(await page.locator('#live-words').textContent(), /last heard .* ago/);
    }, { allowed: /ERR_FAILED/ });
  });
});
