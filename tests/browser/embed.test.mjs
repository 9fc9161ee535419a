// `hearken.js` in a page of somebody else's, on another origin: three lines put a voice into it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { PATIENCE_MS } from '../patience.mjs';
import { launch } from './browser.mjs';

let browser;
let site;
let hearken;
before(async () => {
  site = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>A page</title><link rel="icon" href="data:,">
      <button>Say</button><p id="out"></p>
      <script type="module">
        import { connect } from '${hearken.url}/hearken.js';
        const companion = globalThis.companion = await connect({ audio: globalThis.sound = new Audio() });
        document.querySelector('button').onclick = () => globalThis.reply = companion.say('Good evening.', { onText: (piece) => document.querySelector('#out').append(piece), onSpoken: (phrase) => (globalThis.phrases ??= []).push(phrase) });
      </script>`);
  });
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${site.address().port}`;
  hearken = await startHearken({ vars: { ALLOWED_ORIGINS: origin } });
  await hearken.providers.warm();
  hearken.providers.control({ chat: { script: ['Good evening to you. The tide turns at seven.'], script_repeat: true } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await hearken?.stop();
  site?.close();
});

test('three lines give text and voice, from another origin', { timeout: 3 * PATIENCE_MS }, async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  await page.waitForFunction(() => globalThis.companion);
  await page.click('button');
  assert.equal(await page.evaluate(() => globalThis.reply.text), 'Good evening to you. The tide turns at seven.');
  await page.evaluate(() => globalThis.reply.done);
  assert.ok((await page.evaluate(() => globalThis.sound.currentTime)) > 1);
  assert.equal(await page.locator('#out').textContent(), 'Good evening to you. The tide turns at seven.');
  assert.deepEqual(await page.evaluate(() => globalThis.phrases), ['Good evening to you.', 'The tide turns at seven.']);
  // The page keeps the conversation, and of a reply that is stopped what was heard.
  await page.evaluate(() => globalThis.companion.say('And tomorrow?').text);
  await page.evaluate(() => globalThis.companion.say('And then?', {}).text);
  const asked = hearken.providers.requests.filter(({ scope }) => scope?.endsWith('.chat')).map(({ body }) => body.messages.filter(({ role }) => role !== 'system'));
  assert.deepEqual(asked[1].map(({ role }) => role), ['user', 'assistant', 'user']);
  assert.equal(asked[1][1].content, 'Good evening to you. The tide turns at seven.');
  assert.deepEqual(complaints, []);
});

test('the types name what the module has', async () => {
  const types = readFileSync(new URL('../../static/hearken.d.ts', import.meta.url), 'utf8');
  const source = readFileSync(new URL('../../static/hearken.js', import.meta.url), 'utf8');
  const declared = [...types.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name).sort();
  const exported = [...source.matchAll(/^export (?:async )?function (\w+)|^export \{([^}]+)\}/gm)].flatMap(([, name, names]) => name ?? names.split(',').map((one) => one.trim())).sort();
  assert.deepEqual(declared, exported);
  const members = types.match(/export interface Companion \{([\s\S]*?)\n\}/)[1];
  const given = source.match(/return \{ (say, [^}]+) \};/)[1].split(', ');
  assert.deepEqual([...members.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name).sort(), given.sort());
});
