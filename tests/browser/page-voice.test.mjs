// What the page says aloud, by every way that a browser can play it.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { heardMoreThan, inState, say } from './browser.mjs';
import { claim, contrast, notice, refused, reply, stopButton } from './scripted.mjs';
import { CLIP, gate } from './stand-in.mjs';

/** Takes features away before the page looks, so that the next rung of the ladder is reached. */
const without = (...names) => ({
  init: `for (const name of ${JSON.stringify(names)}) delete globalThis[name];`,
});

/** A Media Source that refuses the types given. */
const refusing = (...types) => `{
  const really = MediaSource.isTypeSupported;
  MediaSource.isTypeSupported = (mime) => !${JSON.stringify(types)}.some((type) => mime.startsWith(type)) && really(mime);
}`;

const MSE_RUNGS = [
  ['WebM', CLIP.webm, 'mse audio/webm;codecs=opus', 'webm', {}],
  ['MP4', CLIP.mp4, 'mse audio/mp4;codecs=opus', 'mp4', { init: refusing('audio/webm') }],
  [
    'MP3',
    CLIP.mp3,
    'mse audio/mpeg',
    'mp3',
    { init: `${refusing('audio/webm', 'audio/mp4')}; delete globalThis.AudioDecoder;` },
  ],
];

describe('voice', { concurrency: 3 }, () => {
  for (const [name, clip, output, format, options] of MSE_RUNGS) {
    claim(`${name} is heard before its stream is complete`, async ({ page, server, script }) => {
      const rest = gate();
      script.speech = (exchange) => exchange.clip(clip, rest.opened);
      assert.equal(await page.locator('html').getAttribute('data-output'), output);
      await say(page, 'Speak to me.');
      await heardMoreThan(page, 0.3);
      const [first] = server.of('chat');
      assert.deepEqual([first.input.modalities, first.input.audio], [['text', 'audio'], { format }]);
      assert.equal(await Promise.race([first.closed, 'open']), 'open');
      await inState(page, 'speaking');
      rest.open();
      await inState(page, 'idle');
      assert.equal(await notice(page).isVisible(), false);
    }, options);
  }

  claim('a reply comes in one request and plays as one sound without a gap', async ({ page, server, script }) => {
    script.chat = async (exchange) => {
      for (const text of ['The first sentence. ', 'The second sentence. ', 'The third sentence.']) exchange.say(text);
      exchange.done();
    };
    await page.evaluate(() => {
      const sound = document.getElementById('sound');
      globalThis.gaps = 0;
      sound.addEventListener('playing', () => sound.addEventListener('waiting', () => (globalThis.gaps += 1)), { once: true });
      sound.addEventListener('ended', () => {
        globalThis.played = { seconds: sound.currentTime, ranges: sound.buffered.length };
      });
    });
    await say(page, 'Three, please.');
    await page.waitForFunction(() => globalThis.played);
    const { seconds, ranges } = await page.evaluate(() => globalThis.played);
    assert.equal(ranges, 1);
    assert.ok(Math.abs(seconds - 1.6) < 0.15, `${seconds} s were played`);
    assert.equal(await page.evaluate(() => globalThis.gaps), 0);
    assert.deepEqual(server.seen.map(({ call }) => call).filter((call) => call !== 'health'), ['chat']);
  });

  claim('it is heard while the text is still being made', async ({ page, script }) => {
    const more = gate();
    script.chat = async (exchange) => {
      exchange.say('The first sentence. And');
      await more.opened;
      exchange.say(' the second.');
      exchange.done();
    };
    await say(page, 'Go on.');
    await heardMoreThan(page, 0.2);
    assert.equal(await page.locator('.companion').getAttribute('data-reply'), 'arriving');
    more.open();
    await inState(page, 'idle');
  });

  claim('WebCodecs speaks Ogg before its stream is complete', async ({ page, server, script }) => {
    const rest = gate();
    script.speech = (exchange) => exchange.clip(CLIP.ogg, rest.opened);
    await say(page, 'Speak to me.');
    await inState(page, 'speaking');
    const [first] = server.of('chat');
    assert.equal(first.input.audio.format, 'opus');
    assert.equal(await Promise.race([first.closed, 'open']), 'open');
    await page.locator('.companion .now', { hasText: 'I hear you.' }).waitFor();
    rest.open();
    await page.locator('.companion .now', { hasText: 'Tell me more about that.' }).waitFor();
    await inState(page, 'idle');
    assert.equal(await notice(page).isVisible(), false);
  }, without('MediaSource', 'ManagedMediaSource'));

  claim('WebCodecs speaks as fast as was chosen', async ({ page, script }) => {
    script.speech = (exchange) => exchange.clip(CLIP.ogg, undefined, ['I hear you.', '']);
    await page.evaluate(() => {
      const { start } = AudioBufferSourceNode.prototype;
      globalThis.secondsPlayed = 0;
      AudioBufferSourceNode.prototype.start = function (...given) {
        globalThis.secondsPlayed += this.buffer.duration;
        return start.apply(this, given);
      };
    });
    const seconds = {};
    for (const speed of ['1', '1.2']) {
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByLabel('Speed of speech').selectOption(speed);
      await page.getByRole('button', { name: 'Done' }).click();
      await page.evaluate(() => (globalThis.secondsPlayed = 0));
      await say(page, 'Speak to me.');
      await inState(page, 'speaking');
      await inState(page, 'idle');
      seconds[speed] = await page.evaluate(() => globalThis.secondsPlayed);
    }
    assert.ok(Math.abs(seconds['1'] / seconds['1.2'] - 1.2) < 0.05, JSON.stringify(seconds));
  }, { ...without('MediaSource', 'ManagedMediaSource'), isOwnRoom: true });

  claim('stop silences WebCodecs too', async ({ page, server, script }) => {
    const never = gate();
    script.speech = (exchange) => exchange.clip(CLIP.ogg, never.opened);
    await say(page, 'Speak to me.');
    await inState(page, 'speaking');
    await stopButton(page).click();
    await inState(page, 'idle');
    assert.deepEqual(await server.of('chat')[0].closed, { whole: false });
    assert.equal(await notice(page).isVisible(), false);
  }, without('MediaSource', 'ManagedMediaSource'));

  claim('a whole clip is played where nothing else works', async ({ page, script }) => {
    script.speech = (exchange) => exchange.clip(CLIP.mp3, undefined, ['The first sentence.', 'The second sentence.']);
    script.chat = async (exchange) => {
      exchange.say('The first sentence. The second sentence.');
      exchange.done();
    };
    await page.evaluate(() => {
      globalThis.ended = 0;
      document.getElementById('sound').addEventListener('ended', () => (globalThis.ended += 1));
    });
    await say(page, 'Speak to me.');
    await page.locator('.companion .now', { hasText: 'The first sentence.' }).waitFor();
    await page.locator('.companion .now', { hasText: 'The second sentence.' }).waitFor();
    await inState(page, 'idle');
    assert.equal(await page.evaluate(() => globalThis.ended), 1);
  }, without('MediaSource', 'ManagedMediaSource', 'AudioDecoder'));

  claim('a server that cannot make the format is asked sentence by sentence for what it can', async ({ page, server, script }) => {
    script.chat = async (exchange) => {
      exchange.event('{"choices":[{"index":0,"delta":{"content":"I hear you."}}]}');
      exchange.event('{"choices":[{"index":0,"delta":{"audio":{"id":"a","error":{"message":"no such format","code":"not_configured"}}}}]}');
      exchange.done();
    };
    script.speech = (exchange) => exchange.clip(CLIP.mp3);
    await say(page, 'Speak to me.');
    await heardMoreThan(page, 0.3);
    await inState(page, 'idle');
    assert.equal(server.of('speech')[0].request.headers.accept, 'audio/webm, audio/mpeg;q=0.5');
    assert.equal(await notice(page).isVisible(), false);
  });

  claim('what is being said is marked in the text, and what was said stays when it is stopped', async ({ page, script }) => {
    const rest = gate();
    const never = gate();
    script.chat = async (exchange) => {
      exchange.say('I hear *you*. Tell me more about that. And more.');
      await never.opened;
    };
    script.speech = (exchange) => exchange.clip(CLIP.webm, rest.opened);
    // Emphasis is shown as it should look, and the voice is marked in it all the same.
    const parts = () => page.evaluate(() => ['spoken', 'now', 'rest'].map((name) => [...document.querySelectorAll(`.companion .${name}`)].map((part) => part.textContent).join('')));
    const saying = (words) => page.waitForFunction((wanted) => [...document.querySelectorAll('.companion .now')].map((part) => part.textContent).join('') === wanted, words);
    await say(page, 'Speak to me.');
    await saying('I hear you.');
    assert.deepEqual(await parts(), ['', 'I hear you.', ' Tell me more about that. And more.']);
    assert.equal(await page.locator('.companion em').textContent(), 'you');
    rest.open();
    await saying('Tell me more about that.');
    assert.deepEqual(await parts(), ['I hear you. ', 'Tell me more about that.', ' And more.']);
    await page.keyboard.press('Escape');
    assert.deepEqual(await parts(), ['I hear you. Tell me more about that.', '', ' And more.']);
    const colours = await page.evaluate(() => ['spoken', 'rest'].map((name) => getComputedStyle(document.querySelector(`.companion .${name}`)).color));
    assert.notEqual(colours[0], colours[1]);
    for (const name of ['spoken', 'rest']) assert.ok((await page.locator(`.companion .${name}`).first().evaluate(contrast)) >= 4.5, name);
  });

  claim('a reply can be heard again without asking for it again', async ({ page, server }) => {
    await say(page, 'Speak to me.');
    await inState(page, 'speaking');
    const again = page.getByRole('button', { name: 'Hear it again' });
    await again.waitFor();
    const asked = server.seen.length;
    await again.click();
    await inState(page, 'speaking');
    await inState(page, 'idle');
    assert.equal(server.seen.length, asked);
  });

  claim('stop silences it and aborts text and speech', async ({ page, server, script }) => {
    const never = gate();
    script.chat = async (exchange) => {
      exchange.say('The first sentence. And');
      await never.opened;
    };
    script.speech = (exchange) => exchange.clip(CLIP.webm, never.opened);
    await say(page, 'Go on.');
    await heardMoreThan(page, 0.2);
    await stopButton(page).click();
    await inState(page, 'idle');
    assert.equal(await page.locator('#sound').evaluate((sound) => sound.paused), true);
    assert.deepEqual(await server.of('chat')[0].closed, { whole: false });
    assert.equal(await page.locator('.companion').getAttribute('data-reply'), 'stopped');
    assert.equal(await notice(page).isVisible(), false);
  });

  claim('sending something new interrupts it', async ({ page, server, script }) => {
    const never = gate();
    script.speech = (exchange) => exchange.clip(CLIP.webm, never.opened);
    await say(page, 'One.');
    await heardMoreThan(page, 0.2);
    const [first] = server.of('chat');
    script.speech = (exchange) => exchange.clip(CLIP.webm);
    await say(page, 'Two.');
    assert.deepEqual(await first.closed, { whole: false });
    await inState(page, 'speaking');
    await inState(page, 'idle');
    assert.deepEqual(
      await page.locator('.companion').evaluateAll((replies) => replies.map(({ dataset }) => dataset.reply)),
      ['stopped', 'whole'],
    );
  });

  claim('switched off it asks for no speech, and that is remembered', async ({ page, server }) => {
    await page.getByRole('button', { name: 'Voice' }).click();
    await page.reload();
    await page.locator('#scroller[data-ready]').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Voice' }).getAttribute('aria-pressed'), 'false');
    await say(page, 'Quietly, please.');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    await inState(page, 'idle');
    assert.equal(server.of('chat')[0].input.modalities, undefined);
  });

  claim('failing leaves the text whole, says so, and can be tried again', async ({ page, script }) => {
    script.speech = (exchange) => exchange.error(503, 'no voice');
    await say(page, 'Speak to me.');
    await page.getByText('I lost my voice').waitFor();
    assert.equal(await reply(page).textContent(), 'I hear you. Tell me more about that.');
    script.speech = (exchange) => exchange.clip(CLIP.webm);
    await page.getByRole('button', { name: 'Try again' }).click();
    await heardMoreThan(page, 0.2);
    await inState(page, 'idle');
  }, refused(503));

  claim('held back by the browser asks for a click, and then speaks', async ({ page }) => {
    await say(page, 'Speak to me.');
    await page.getByRole('button', { name: 'Let me hear' }).click();
    await heardMoreThan(page, 0.2);
    await inState(page, 'idle');
    assert.equal(await notice(page).isVisible(), false);
  }, {
    init: `{
      const really = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function () {
        HTMLMediaElement.prototype.play = really;
        return Promise.reject(new DOMException('no gesture', 'NotAllowedError'));
      };
    }`,
  });

  claim('that something else stops is told, and goes on at the next touch', async ({ page, script }) => {
    const rest = gate();
    script.speech = (exchange) => exchange.clip(CLIP.webm, rest.opened);
    await say(page, 'Speak to me.');
    await heardMoreThan(page, 0.1);
    await page.evaluate(() => document.getElementById('sound').pause());
    await page.getByText('Something else took the sound').waitFor();
    await page.locator('#scroller').click();
    await notice(page).waitFor({ state: 'hidden' });
    assert.equal(await page.locator('#sound').evaluate((sound) => sound.paused), false);
    rest.open();
    await inState(page, 'idle');
  });

  claim('a body that is no sound is told as a lost voice', async ({ page, script }) => {
    script.speech = (exchange) => exchange.clip({ type: 'audio/webm', bytes: Buffer.from('this is not WebM at all') });
    await say(page, 'Speak to me.');
    await page.getByText('I lost my voice').waitFor();
    await inState(page, 'idle');
  });
});
