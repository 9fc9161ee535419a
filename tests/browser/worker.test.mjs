// The whole way: the page in Chromium, the built Worker in workerd, and the local providers with their real voice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { heardMoreThan, inState, launch, openPage, picture, say } from './browser.mjs';

const REPLY = 'The harbour is quiet in the evening, and the water holds the light. What did you feel when you stood there?';

let hearken;
let browser;
before(async () => {
  hearken = await startHearken();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await hearken?.stop();
});

/** Runs `act` on a fresh page with the providers set as `knobs` say; the browser must have nothing to complain about. */
function claim(name, knobs, act) {
  test(name, { timeout: 60_000 }, async (context) => {
    hearken.providers.control(null);
    hearken.providers.control(knobs);
    const begun = hearken.providers.requests.length;
    const opened = await openPage(browser, hearken.url);
    try {
      await act(opened.page, context, () => hearken.providers.requests.slice(begun));
    } finally {
      assert.deepEqual(await opened.done(), []);
    }
  });
}

/** The requests to `path` that have ended, as they end. */
function ended(page, path) {
  const list = [];
  const note = (how) => (request) => {
    if (new URL(request.url()).pathname === path) list.push(how);
  };
  page.on('requestfinished', note('finished'));
  page.on('requestfailed', note('failed'));
  return list;
}

const SLOW_VOICE = { chat: { script: [REPLY], gap_ms: 30 }, speech: { audio_rate: 1 } };

claim('a person reads the answer while it comes and hears it before its sound is complete', SLOW_VOICE, async (page) => {
  const texts = ended(page, '/v1/chat/completions');
  await say(page, 'I walked along the harbour today.');
  await page.waitForFunction(() => document.querySelector('.companion .words')?.textContent.length > 10);
  await heardMoreThan(page, 0.2);
  assert.deepEqual(texts, [], 'words are shown and sound is heard while the stream is open');
  await page.waitForFunction((reply) => document.querySelector('.companion .words').textContent === reply, REPLY);
  await inState(page, 'speaking');
  await picture(page, 'page-worker');
  await page.locator('#stop').click();
  await inState(page, 'idle');
  assert.equal(await page.locator('#notice').isVisible(), false);
});

claim('a whole answer is heard to its end without a complaint', { chat: { script: [REPLY] }, speech: { audio_rate: null } }, async (page, _, asked) => {
  page.setDefaultTimeout(30_000);
  await say(page, 'I walked along the harbour today.');
  await inState(page, 'speaking');
  await inState(page, 'idle');
  assert.equal(await page.locator('#notice').isVisible(), false);
  // Chromium reports a body that was read to its end as aborted now and then, so the provider is asked instead.
  const sounds = asked().filter(({ path }) => path.includes('/text-to-speech/'));
  assert.deepEqual(sounds.map(({ ended }) => ended), ['complete', 'complete']);
});

claim('an answer that breaks off is told in words, and a retry brings it', {
  chat: { script: [REPLY, REPLY], fault: 'cut', after: 4, times: 1 },
}, async (page) => {
  await page.getByRole('button', { name: 'Voice' }).click();
  await say(page, 'I walked along the harbour today.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.companion[data-reply="whole"]').waitFor();
  assert.equal(await page.locator('.companion .words').textContent(), REPLY);
});

claim('the microphone is offered exactly where the server can transcribe', {}, async (page) => {
  const health = await (await fetch(`${hearken.url}/health`)).json();
  const offered = health.transcription?.available !== false;
  assert.equal(await page.getByRole('button', { name: 'Hold to talk' }).isVisible(), offered);
});

claim('a recording reaches the server in a container it accepts', {
  chat: { script: [REPLY] },
  transcription: { transcript: 'I walked along the harbour today.' },
}, async (page, context) => {
  const microphone = page.getByRole('button', { name: 'Hold to talk' });
  if (!(await microphone.isVisible())) {
    context.skip('this machine has no recogniser; the claim above says when that is right');
    return;
  }
  await microphone.click();
  await page.waitForFunction(() => Number(document.getElementById('orb').style.getPropertyValue('--level')) > 0);
  await microphone.click();
  await page.getByText('I walked along the harbour today.').waitFor();
  await page.locator('.companion[data-reply="whole"]').waitFor();
});

claim('the page comes with its policy and its type', {}, async (page) => {
  const response = await page.goto(hearken.url);
  assert.match(response.headers()['content-security-policy'], /^default-src 'self'/);
  assert.equal(response.headers()['x-content-type-options'], 'nosniff');
  assert.match(response.headers()['permissions-policy'], /microphone=\(self\)/);
});
