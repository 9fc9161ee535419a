// The reference page in a real browser: every address is shown, and a request can be sent from it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { PATIENCE_MS } from '../patience.mjs';
import { launch } from './browser.mjs';

const SPEC = JSON.parse(readFileSync(new URL('../../static/openapi.json', import.meta.url), 'utf8'));

let browser;
let hearken;
before(async () => {
  [browser, hearken] = await Promise.all([launch(), startHearken()]);
});
after(async () => {
  await browser?.close();
  await hearken?.stop();
});

test('/docs shows each operation of the specification, and sends a request', async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => new URL(request.url()).origin === hearken.url || request.url().startsWith('data:') || complaints.push(`asks ${request.url()}`));
  try {
    await page.goto(`${hearken.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    const shown = await page.locator('.opblock-summary-path').evaluateAll((paths) => paths.map((path) => path.dataset.path));
    const listed = Object.entries(SPEC.paths).flatMap(([path, item]) =>
      Object.keys(item).filter((method) => ['get', 'post', 'put', 'patch', 'delete'].includes(method)).map(() => path));
    assert.deepEqual(shown.sort(), listed.sort());
    const health = page.locator('.opblock', { has: page.locator('[data-path="/health"]') });
    await health.locator('.opblock-summary-control').click();
    await health.locator('.try-out__btn').click();
    await health.locator('.execute').click();
    const status = health.locator('.live-responses-table .response-col_status').last();
    await status.waitFor();
    assert.match(await status.innerText(), /^200/);
    assert.match(await health.locator('.live-responses-table .highlight-code').first().innerText(), /"status": "ok"/);
    assert.deepEqual(complaints, []);
  } finally {
    await page.close();
  }
});
