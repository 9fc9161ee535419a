// The microphone button: what is held and said becomes a turn.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { heardMoreThan, inState, say } from './browser.mjs';
import { claim, refused, reply } from './scripted.mjs';
import { CLIP, gate } from './stand-in.mjs';

describe('microphone', { concurrency: 3 }, () => {
  const microphone = (page) => page.getByRole('button', { name: 'Hold to talk' });

  const loud = (page) => page.waitForFunction(() => Number(document.getElementById('orb').style.getPropertyValue('--level')) > 0);

  claim('held with the pointer it records, and words and answer come in one request', async ({ page, server, script }) => {
    const more = gate();
    script.chat = async (exchange) => {
      exchange.hear();
      await more.opened;
      exchange.say('I hear you.');
      exchange.done();
    };
    await microphone(page).hover();
    await page.mouse.down();
    await inState(page, 'listening');
    await loud(page);
    await page.mouse.up();
    await page.locator('.person .words', { hasText: 'The sea was calm today.' }).waitFor();
    assert.equal(await reply(page).textContent(), '', 'the words are shown before there is an answer');
    more.open();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    const [{ input }] = server.of('chat');
    const [{ role, content }] = input.messages;
    assert.equal(role, 'user');
    assert.equal(content[0].type, 'input_audio');
    assert.equal(content[0].input_audio.format, 'webm');
    const recording = Buffer.from(content[0].input_audio.data, 'base64').toString('latin1');
    assert.ok(recording.startsWith('\x1A\x45\xDF\xA3'), 'the recording is WebM');
    assert.deepEqual(input.modalities, ['text', 'audio']);
    assert.deepEqual(server.seen.map(({ call }) => call), ['health', 'chat']);
    assert.match(await page.locator('#announcer').textContent(), /You said: The sea was calm today\./);
  });

  claim('what was said goes on as words', async ({ page, server }) => {
    await microphone(page).click();
    await loud(page);
    await microphone(page).click();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    await say(page, 'And then?');
    await page.locator('.companion[data-reply="whole"]').nth(1).waitFor();
    const said = server.of('chat')[1].input.messages.filter(({ role }) => role === 'user');
    assert.deepEqual(said.map(({ content }) => content), ['The sea was calm today.', 'And then?']);
  });

  claim('held with the space bar it does the same', async ({ page, server }) => {
    await microphone(page).focus();
    await page.keyboard.down('Space');
    await loud(page);
    await page.keyboard.up('Space');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(server.of('chat').length, 1);
  });

  claim('tapped once it listens on, tapped again it sends', async ({ page, server }) => {
    await microphone(page).click();
    assert.equal(await microphone(page).getAttribute('aria-pressed'), 'true');
    await loud(page);
    await microphone(page).click();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(server.of('chat').length, 1);
  });

  claim('sending with an empty box sends what is being said', async ({ page, server }) => {
    await microphone(page).click();
    await loud(page);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(server.of('chat').length, 1);
  });

  claim('Escape drops the recording', async ({ page, server }) => {
    await microphone(page).click();
    await inState(page, 'listening');
    await page.keyboard.press('Escape');
    await inState(page, 'idle');
    assert.equal(await microphone(page).getAttribute('aria-pressed'), 'false');
    assert.equal(server.of('chat').length, 0);
  });

  claim('listening interrupts speech', async ({ page, server, script }) => {
    const never = gate();
    script.speech = (exchange) => exchange.clip(CLIP.webm, never.opened);
    await say(page, 'One.');
    await heardMoreThan(page, 0.2);
    await microphone(page).click();
    await inState(page, 'listening');
    assert.deepEqual(await server.of('chat')[0].closed, { whole: false });
    assert.equal(await page.locator('#sound').evaluate((sound) => sound.paused), true);
  });

  claim('is hidden where the server cannot transcribe', async ({ page }) => {
    assert.equal(await page.locator('html').getAttribute('data-mic'), 'none');
    assert.equal(await microphone(page).isVisible(), false);
  }, {
    arrange(script) {
      script.health = (exchange) => exchange.json(200, { status: 'ok', transcription: { available: false } });
    },
  });

  claim('is put away, with words, when the server cannot hear after all', async ({ page }) => {
    await microphone(page).click();
    await loud(page);
    await microphone(page).click();
    await page.getByText('I can’t hear on this server').waitFor();
    assert.equal(await microphone(page).isVisible(), false);
    assert.equal(await page.locator('.person .words').textContent(), '(spoken, and not heard)');
  }, {
    ...refused(501),
    arrange(script) {
      script.chat = (exchange) => exchange.error(501, 'not implemented');
    },
  });

  claim('a recording without a word is told so, and leaves nothing behind', async ({ page, server, script }) => {
    const answer = script.chat;
    script.chat = (exchange) => exchange.error(400, 'nothing was said in the recording', {}, 'nothing_heard');
    await microphone(page).click();
    await loud(page);
    await microphone(page).click();
    await page.getByText('I didn’t catch any words').waitFor();
    await inState(page, 'idle');
    assert.equal(await page.locator('.message').count(), 0);
    script.chat = answer;
    await say(page, 'Then I type.');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.deepEqual(server.of('chat')[1].input.messages, [{ role: 'user', content: 'Then I type.' }]);
  }, refused(400));

  claim('that is denied is told in words, and the page goes on', async ({ page }) => {
    await microphone(page).click();
    await page.getByText('The microphone is blocked').waitFor();
    await inState(page, 'idle');
    await say(page, 'Then I type.');
    await page.locator('.companion[data-reply="whole"]').waitFor();
  }, {
    init: `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('denied', 'NotAllowedError'));`,
  });

  claim('a recording that was not heard is kept for the retry', async ({ page, server, script }) => {
    const answer = script.chat;
    script.chat = (exchange) => exchange.error(503, 'down');
    await microphone(page).click();
    await loud(page);
    await microphone(page).click();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    script.chat = answer;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('The sea was calm today.').first().waitFor();
    const [first, second] = server.of('chat').map(({ input }) => input.messages[0].content[0].input_audio.data);
    assert.ok(first.length > 100);
    assert.equal(first, second);
    assert.equal(await page.locator('.person').count(), 1);
  }, refused(503));

  claim('an answer that breaks off after the words were heard is asked for with the words', async ({ page, server, script }) => {
    const answer = script.chat;
    script.chat = async (exchange) => {
      exchange.say('I began');
      exchange.end();
    };
    await microphone(page).click();
    await loud(page);
    await microphone(page).click();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    script.chat = answer;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.deepEqual(server.of('chat')[1].input.messages, [{ role: 'user', content: 'The sea was calm today.' }]);
  });
});
