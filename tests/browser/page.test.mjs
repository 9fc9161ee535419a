// The page in Chromium against a scripted server: every answer it may get, in words, sound and keys.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PATIENCE_MS } from '../patience.mjs';
import { heardMoreThan, inState, launch, openPage, picture, say } from './browser.mjs';
import { CLIP, gate, startStandIn } from './stand-in.mjs';

const PHONE = { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Runs `act` on a fresh page and server; afterwards nobody may have complained, except about what is `allowed`. */
function claim(name, act, { allowed = /^$/, arrange, ...options } = {}) {
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
const refused = (status) => ({ allowed: new RegExp(`^Failed to load resource: .* status of ${status} `) });

const reply = (page) => page.locator('.companion .words').last();
const notice = (page) => page.locator('#notice');
const stopButton = (page) => page.getByRole('button', { name: 'Stop' });

describe('text', { concurrency: 3 }, () => {
  claim('streams in while the body is still open', async ({ page, script }) => {
    const more = gate();
    script.chat = async (exchange) => {
      exchange.say('The sea was ');
      await more.opened;
      exchange.say('calm.');
      exchange.done();
    };
    await say(page, 'How was the sea?');
    await page.getByText('The sea was', { exact: true }).waitFor();
    assert.equal(await page.locator('.companion').getAttribute('data-reply'), 'arriving');
    more.open();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(await reply(page).textContent(), 'The sea was calm.');
  });

  claim('goes out with what was said and heard before, and without a system prompt', async ({ page, server, script }) => {
    const never = gate();
    script.speech = (exchange) => exchange.clip(CLIP.webm, never.opened);
    await say(page, 'One.');
    await page.locator('.companion .now', { hasText: 'I hear you.' }).waitFor();
    script.speech = (exchange) => exchange.clip(CLIP.webm);
    await say(page, 'Two.');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    const [, second] = server.of('chat').map(({ input }) => input);
    assert.equal(second.model, 'companion');
    assert.equal(second.stream, true);
    assert.deepEqual(second.messages, [
      { role: 'user', content: 'One.' },
      { role: 'assistant', content: 'I hear you.' },
      { role: 'user', content: 'Two.' },
    ]);
  });

  claim('is set as text, never as markup', async ({ page, script }) => {
    script.chat = async (exchange) => {
      exchange.say('<img src=x onerror=alert(1)> <b>bold</b>');
      exchange.done();
    };
    await say(page, '<i>hello</i>');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(await page.locator('.conversation img, .conversation b, .conversation i').count(), 0);
    assert.equal(await reply(page).textContent(), '<img src=x onerror=alert(1)> <b>bold</b>');
  });

  claim('is announced sentence by sentence', async ({ page, script }) => {
    const more = gate();
    script.chat = async (exchange) => {
      exchange.say('The sea was calm. And');
      await more.opened;
      exchange.say(' then it rained.');
      exchange.done();
    };
    await say(page, 'And then?');
    const announced = page.locator('#announcer p');
    await announced.first().waitFor({ state: 'attached' });
    assert.deepEqual(await announced.allTextContents(), ['The sea was calm.']);
    more.open();
    await announced.nth(1).waitFor({ state: 'attached' });
    assert.deepEqual(await announced.allTextContents(), ['The sea was calm.', 'And then it rained.']);
  });

  claim('that was typed but not sent outlives a reload', async ({ page }) => {
    await page.getByLabel('Your message').fill('Half a thought');
    await page.reload();
    await page.locator('#scroller[data-ready]').waitFor();
    assert.equal(await page.getByLabel('Your message').inputValue(), 'Half a thought');
  });
});

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

describe('Markdown', { concurrency: 3 }, () => {
  const REPLY = '# A walk\nTake **these** along:\n\n- bread\n- *water*, see [the map](https://example.com/map)\n\n```js\nlet x = "<b>1</b>";\n```\n\n| day | tide |\n|---|---|\n| Mon | high |\n\n[click](javascript:alert(1)) ![pic](https://example.com/p.png) <img src=x onerror=alert(1)>';

  claim('is shown as it should look, and nothing of it is live', async ({ page, script }) => {
    script.chat = async (exchange) => {
      for (const piece of REPLY.match(/[\s\S]{1,7}/g)) exchange.say(piece);
      exchange.done();
    };
    await say(page, 'What shall I take?');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    const shown = await page.evaluate(() => ({
      names: [...document.querySelectorAll('.companion .marked :is(h2, strong, em, li, pre, td, th, a, img, script, b)')].map((element) => element.localName),
      code: document.querySelector('.companion pre').textContent,
      links: [...document.querySelectorAll('.companion a')].map((link) => [link.href, link.rel]),
    }));
    assert.deepEqual(shown.names, ['h2', 'strong', 'li', 'li', 'em', 'a', 'pre', 'th', 'th', 'td', 'td', 'a']);
    assert.equal(shown.code, 'let x = "<b>1</b>";');
    assert.deepEqual(shown.links, [['https://example.com/map', 'noopener noreferrer nofollow'], ['https://example.com/p.png', 'noopener noreferrer nofollow']]);
    assert.match(await page.locator('.companion').textContent(), /\[click\]\(javascript:alert\(1\)\).*<img src=x onerror=alert\(1\)>/);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'let x = "<b>1</b>";');
    await picture(page, 'page-markdown');
  }, { isOwnRoom: true, permissions: ['microphone', 'clipboard-read', 'clipboard-write'], init: `localStorage.setItem('hearken/v1/voice', 'off');` });

  claim('that is long is drawn at its end alone', async ({ page, script }) => {
    script.chat = async (exchange) => {
      for (let at = 0; at < 1_500; at += 1) exchange.say(`- point *${at}* of a long list\n\n`);
      exchange.done();
    };
    await say(page, 'Tell me all.');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(await page.locator('.companion em').count(), 1_500);
  }, { init: `localStorage.setItem('hearken/v1/voice', 'off');` });
});

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

describe('failures', { concurrency: 3 }, () => {
  /** A script that fails once in the given way, then answers. */
  const failingOnce = (fail) => (script) => {
    const answer = script.chat;
    script.chat = async (exchange) => {
      script.chat = answer;
      await fail(exchange);
    };
  };
  const AFTER_TEXT = (finish) => async (exchange) => {
    exchange.say('I began to');
    await finish(exchange);
  };

  for (const [name, fail, words, options] of [
    ['503', (exchange) => exchange.error(503, 'down'), /out of reach/, refused(503)],
    ['a stream cut before [DONE]', AFTER_TEXT((exchange) => exchange.end()), /broke off/, {}],
    [
      'an error event',
      AFTER_TEXT((exchange) => {
        exchange.event('{"error":{"message":"upstream died","type":"server_error"}}');
        exchange.end();
      }),
      /went wrong while I was answering/,
      {},
    ],
    ['an empty answer', async (exchange) => exchange.done(), /No words came/, {}],
  ]) {
    claim(`${name} is told in words, and a retry brings the answer`, async ({ page, server }) => {
      await say(page, 'Are you there?');
      await notice(page).getByText(words).waitFor();
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('.companion[data-reply="whole"]').waitFor();
      assert.equal(await notice(page).isVisible(), false);
      assert.equal(await page.locator('.companion').count(), 1);
      assert.equal(await page.locator('.person').count(), 1);
      assert.deepEqual(server.of('chat')[1].input.messages, [{ role: 'user', content: 'Are you there?' }]);
    }, { ...options, arrange: failingOnce(fail) });
  }

  claim('a reset connection is told in words', async ({ page }) => {
    await say(page, 'Are you there?');
    await notice(page).getByText(/can’t reach the server|broke off/).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Try again' }).isEnabled(), true);
  }, {
    allowed: /^Failed to load resource: net::/,
    arrange(script) {
      script.chat = async (exchange) => exchange.request.socket.destroy();
    },
  });

  for (const [status, words] of [[429, /a great deal/], [503, /out of reach/]]) {
    claim(`${status} says how long the server asks to wait, and the button waits as long`, async ({ page }) => {
      await say(page, 'Are you there?');
      await notice(page).getByText(words).waitFor();
      await page.getByRole('button', { name: /^Try again in [12] s$/ }).waitFor();
      assert.equal(await page.locator('#notice-act').isDisabled(), true);
      await page.getByRole('button', { name: 'Try again', exact: true }).click();
      await page.locator('.companion[data-reply="whole"]').waitFor();
    }, { ...refused(status), arrange: failingOnce((exchange) => exchange.error(status, 'not now', { 'retry-after': '2' })) });
  }

  claim('without a network the words stay, and go out when it is back', async ({ page, server }) => {
    await page.context().setOffline(true);
    await say(page, 'Are you there?');
    await page.getByText('can’t reach the server').waitFor();
    assert.equal(await page.locator('.person .words').textContent(), 'Are you there?');
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.deepEqual(server.of('chat')[0].input.messages, [{ role: 'user', content: 'Are you there?' }]);
  }, { allowed: /net::ERR_INTERNET_DISCONNECTED/, isOwnRoom: true });

  claim('a stream that breaks off while it is heard keeps its text and what was said', async ({ page, script }) => {
    const more = gate();
    script.speech = (exchange) => exchange.clip(CLIP.webm, more.opened);
    script.chat = async (exchange) => {
      exchange.say('I hear you. And I');
      await more.opened;
      exchange.request.socket.destroy();
    };
    await say(page, 'Are you there?');
    await heardMoreThan(page, 0.2);
    more.open();
    await notice(page).getByText(/broke off/).waitFor();
    await inState(page, 'idle');
    assert.equal(await reply(page).textContent(), 'I hear you. And I');
    assert.equal(await page.locator('.companion').getAttribute('data-reply'), 'broken');
    assert.equal(await page.locator('.companion').getAttribute('data-voice'), null);
  }, { allowed: /^Failed to load resource: net::/ });

  claim('401 asks for the key, keeps it for this tab, and goes on by itself', async ({ page, server, script }) => {
    await say(page, 'Are you there?');
    await page.getByLabel('Key or token').fill('secret-1');
    script.chat = async (exchange) => {
      exchange.say('Yes, here I am.');
      exchange.done();
    };
    await page.keyboard.press('Enter');
    await page.getByText('Yes, here I am.').first().waitFor();
    assert.equal(server.of('chat')[1].request.headers.authorization, 'Bearer secret-1');
    const stored = await page.evaluate(() => [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })]);
    assert.doesNotMatch(stored[0], /secret-1/);
    assert.match(stored[1], /secret-1/);
  }, {
    ...refused(401),
    arrange(script) {
      script.chat = (exchange) => exchange.error(401, 'no key');
    },
  });

  claim('a key that is refused is asked for again, and the page says why', async ({ page }) => {
    await say(page, 'Are you there?');
    await page.getByLabel('Key or token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('was not accepted').waitFor();
    assert.equal(await page.getByLabel('Key or token').inputValue(), '');
  }, {
    ...refused(401),
    arrange(script) {
      script.chat = (exchange) => exchange.error(401, 'no key');
    },
  });

  claim('a key that is not given leaves the notice and the words', async ({ page }) => {
    await say(page, 'Are you there?');
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByRole('button', { name: 'Enter key' }).waitFor();
    assert.equal(await page.locator('.person .words').textContent(), 'Are you there?');
  }, {
    ...refused(401),
    arrange(script) {
      script.chat = (exchange) => exchange.error(401, 'no key');
    },
  });
});

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

/**
 * A microphone that a test speaks into: `talk(gain)` begins a voice of syllables (a gain of 0.3 is somebody at the desk) and
 * `talk(0)` ends it, or the audio clock after `forS` seconds. `microphones` counts the ones that are open.
 */
const OWN_MICROPHONE = `{
  globalThis.microphones = 0;
  navigator.mediaDevices.getUserMedia = async ({ audio }) => {
    globalThis.askedFor = audio;
    const context = new AudioContext();
    const voice = new OscillatorNode(context, { type: 'sawtooth', frequency: 180 });
    const syllables = new OscillatorNode(context, { frequency: 4 });
    const depth = new GainNode(context, { gain: 0.4 });
    const mouth = new GainNode(context, { gain: 0.6 });
    const level = new GainNode(context, { gain: 0 });
    const out = new MediaStreamAudioDestinationNode(context);
    voice.connect(mouth).connect(level).connect(out);
    syllables.connect(depth).connect(mouth.gain);
    voice.start();
    syllables.start();
    globalThis.talk = (gain, forS) => {
      level.gain.setValueAtTime(gain, context.currentTime);
      if (forS) level.gain.setValueAtTime(0, context.currentTime + forS);
    };
    globalThis.clock = () => context.currentTime;
    globalThis.microphones += 1;
    const [track] = out.stream.getTracks();
    track.getSettings = () => ({ echoCancellation: true });
    const stop = track.stop.bind(track);
    track.stop = () => {
      globalThis.microphones -= 1;
      stop();
    };
    return out.stream;
  };
}`;

describe('without hands', { concurrency: 3 }, () => {
  const hands = (page) => page.getByRole('button', { name: 'Hands-free' });
  const talk = (page, gain) => page.evaluate((level) => globalThis.talk(level), gain);
  /** Switches it on, and waits until the microphone is open. */
  const listening = async (page) => {
    await hands(page).click();
    await page.locator('html[data-hands="on"]').waitFor();
  };

  claim('a voice stops hearken, is recorded until it pauses, and becomes the next turn', async ({ page, server, script }) => {
    const never = gate();
    script.speech = (exchange) => exchange.clip(CLIP.webm, never.opened);
    await listening(page);
    assert.deepEqual(await page.evaluate(() => globalThis.askedFor.echoCancellation), true);
    await say(page, 'Tell me something long.');
    await heardMoreThan(page, 0.2);
    const [first] = server.of('chat');
    script.speech = (exchange) => exchange.clip(CLIP.webm);
    await talk(page, 0.3);
    await inState(page, 'listening');
    assert.equal(await page.locator('#sound').evaluate((sound) => sound.paused), true);
    assert.deepEqual(await first.closed, { whole: false });
    assert.equal(await page.locator('.companion .spoken').first().textContent(), 'I hear you.');
    assert.equal(await page.locator('.companion').first().getAttribute('data-voice'), 'cut');
    await talk(page, 0);
    await page.getByText('The sea was calm today.').first().waitFor();
    await inState(page, 'speaking', 'idle');
    const { messages } = server.of('chat')[1].input;
    assert.deepEqual(messages.slice(0, 2), [{ role: 'user', content: 'Tell me something long.' }, { role: 'assistant', content: 'I hear you.' }]);
    assert.ok(Buffer.from(messages[2].content[0].input_audio.data, 'base64').length > 1_000);
    await inState(page, 'idle');
    assert.equal(await page.locator('#caption').textContent(), 'Just speak; I’m listening');
  }, { init: OWN_MICROPHONE });

  claim('a short noise holds hearken for a moment, and it goes on', async ({ page, server, script }) => {
    const rest = gate();
    script.speech = (exchange) => exchange.clip(CLIP.webm, rest.opened);
    await listening(page);
    await say(page, 'Tell me something.');
    await heardMoreThan(page, 0.1);
    await page.evaluate(() => {
      document.getElementById('sound').addEventListener('pause', () => (globalThis.held = true), { once: true });
    });
    // Longer than a click, shorter than a word. On a busy machine some of a sound may get lost: then there is another.
    await page.waitForFunction(() => {
      if (globalThis.held) return true;
      if (globalThis.clock() > (globalThis.again ?? 0)) {
        globalThis.talk(0.3, 0.32);
        globalThis.again = globalThis.clock() + 2;
      }
      return false;
    });
    rest.open();
    await inState(page, 'idle');
    assert.equal(await page.locator('.companion').getAttribute('data-reply'), 'whole');
    assert.equal(server.of('chat').length, 1);
    assert.equal(await page.locator('.companion').getAttribute('data-voice'), null, 'all of it was said');
  }, { init: OWN_MICROPHONE });

  claim('hearken’s own voice does not stop it', async ({ page, server }) => {
    await listening(page);
    await say(page, 'Tell me something.');
    await inState(page, 'speaking');
    await talk(page, 0.004); // what an echo canceller leaves of it
    await inState(page, 'idle');
    assert.equal(await page.locator('.companion').getAttribute('data-reply'), 'whole');
    assert.equal(server.of('chat').length, 1);
  }, { init: OWN_MICROPHONE });

  claim('a browser that leaves hearken’s voice in the microphone is found out', async ({ page, server, script }) => {
    const never = gate();
    script.speech = (exchange) => exchange.clip(CLIP.webm, never.opened, ['I hear you. Tell me more.']);
    script.hearing = 'hear you tell me more';
    await listening(page);
    await say(page, 'Tell me something.');
    await inState(page, 'speaking');
    await talk(page, 0.3); // its own voice, as loud as a person's
    await inState(page, 'listening');
    script.speech = (exchange) => exchange.clip(CLIP.webm);
    await talk(page, 0);
    await page.getByText('hear you tell me more').first().waitFor();
    await inState(page, 'speaking');
    await talk(page, 0.3);
    await inState(page, 'idle', 'listening'); // once it is silent, the same voice is a person's
    assert.equal(await page.locator('.companion').nth(1).getAttribute('data-reply'), 'whole', 'it does not interrupt itself again');
    assert.equal(server.of('chat').length, 2);
  }, { init: OWN_MICROPHONE });

  claim('the microphone is open only while it is switched on, by key too, and the button says so', async ({ page }) => {
    assert.equal(await hands(page).getAttribute('aria-pressed'), 'false');
    await hands(page).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => globalThis.microphones === 1);
    assert.equal(await hands(page).getAttribute('aria-pressed'), 'true');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => globalThis.microphones === 0);
    assert.equal(await hands(page).getAttribute('aria-pressed'), 'false');
    assert.equal(await page.locator('#caption').textContent(), '');
  }, { init: OWN_MICROPHONE });

  claim('Escape drops what is being said, and listening goes on', async ({ page, server }) => {
    await listening(page);
    await talk(page, 0.3);
    await inState(page, 'listening');
    await page.keyboard.press('Escape');
    await inState(page, 'idle');
    await talk(page, 0);
    assert.equal(await hands(page).getAttribute('aria-pressed'), 'true');
    assert.equal(server.of('chat').length, 0);
    await page.waitForFunction((from_s) => globalThis.clock() > from_s + 1, await page.evaluate(() => globalThis.clock())); // a pause
    await talk(page, 0.3);
    await inState(page, 'listening');
  }, { init: OWN_MICROPHONE });

  claim('a person who goes on before the words were heard loses none of them', async ({ page, server, script }) => {
    const more = gate();
    const answer = script.chat;
    script.chat = async (exchange) => {
      await more.opened;
      script.hearing = 'This is the first half.';
      await answer(exchange);
    };
    await listening(page);
    await talk(page, 0.3);
    await inState(page, 'listening');
    await talk(page, 0);
    await inState(page, 'hearing');
    await talk(page, 0.3);
    await inState(page, 'listening');
    script.chat = (exchange) => {
      script.hearing = 'And the second.';
      return answer(exchange);
    };
    more.open();
    await page.getByText('This is the first half.').first().waitFor();
    assert.equal(await page.locator('html').getAttribute('data-state'), 'listening');
    await talk(page, 0);
    await page.getByText('And the second.').first().waitFor();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    const [, second] = server.of('chat').map(({ input }) => input.messages);
    assert.equal(second[0].content, 'This is the first half.');
    assert.equal(second.at(-1).content[0].type, 'input_audio');
  }, { init: OWN_MICROPHONE });

  claim('a noise without a word is passed over in silence', async ({ page, script }) => {
    const verdict = gate();
    script.chat = async (exchange) => {
      await verdict.opened;
      exchange.error(400, 'nothing was said in the recording', {}, 'nothing_heard');
    };
    await listening(page);
    await talk(page, 0.3);
    await inState(page, 'listening');
    await talk(page, 0);
    await inState(page, 'hearing');
    verdict.open();
    await inState(page, 'idle');
    assert.equal(await notice(page).isVisible(), false);
    assert.equal(await page.locator('.message').count(), 0);
  }, { ...refused(400), init: OWN_MICROPHONE });

  claim('a microphone that is denied or unplugged is told in words, and the mode is off', async ({ page }) => {
    await listening(page);
    await page.evaluate(() => globalThis.track.dispatchEvent(new Event('ended')));
    await page.getByText('The microphone stopped working').waitFor();
    assert.equal(await hands(page).getAttribute('aria-pressed'), 'false');
    await page.evaluate(() => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('denied', 'NotAllowedError'))));
    await hands(page).click();
    await page.getByText('The microphone is blocked').waitFor();
    assert.equal(await hands(page).getAttribute('aria-pressed'), 'false');
    await say(page, 'Then I type.');
    await page.locator('.companion[data-reply="whole"]').waitFor();
  }, { init: `${OWN_MICROPHONE};
    const really = navigator.mediaDevices.getUserMedia;
    navigator.mediaDevices.getUserMedia = async (asked) => {
      const stream = await really(asked);
      [globalThis.track] = stream.getTracks();
      return stream;
    };` });

  /** The same microphone, with its track and the page's audio contexts in a test's hands. */
  const TAKEN = `${OWN_MICROPHONE};
    {
      const really = navigator.mediaDevices.getUserMedia;
      navigator.mediaDevices.getUserMedia = async (asked) => {
        const stream = await really(asked);
        [globalThis.track] = stream.getTracks();
        return stream;
      };
      const addModule = AudioWorklet.prototype.addModule;
      AudioWorklet.prototype.addModule = function (...given) {
        globalThis.worklet = this;
        return addModule.apply(this, given);
      };
      const Real = AudioContext;
      globalThis.AudioContext = class extends Real {
        constructor(...given) {
          super(...given);
          (globalThis.contexts ??= []).push(this);
        }
      };
    }`;

  claim('a call that takes the microphone is told, what was said goes out, and the next touch listens on', async ({ page, server }) => {
    await listening(page);
    await talk(page, 0.3);
    await inState(page, 'listening');
    const aSecond = async () => page.waitForFunction((from_s) => globalThis.clock() > from_s + 1, await page.evaluate(() => globalThis.clock()));
    await aSecond();
    await page.evaluate(() => globalThis.track.dispatchEvent(new Event('mute')));
    await page.getByText('Something else took the microphone').waitFor();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    await aSecond();
    assert.equal(await notice(page).isVisible(), true, 'what is in a microphone that is not ours is nobody’s turn');
    assert.equal(server.of('chat').length, 1);
    assert.ok(server.of('chat')[0].input.messages[0].content[0].input_audio.data.length > 1_000);
    assert.equal(await hands(page).getAttribute('aria-pressed'), 'true');
    await page.locator('#scroller').click();
    await page.waitForFunction(() => document.querySelector('#notice').hidden && globalThis.microphones === 1 && document.documentElement.dataset.hands === 'on');
    await talk(page, 0.3);
    await inState(page, 'listening');
  }, { init: TAKEN });

  claim('a microphone that comes back by itself is listened to again', async ({ page }) => {
    await listening(page);
    await page.evaluate(() => globalThis.track.dispatchEvent(new Event('mute')));
    await page.getByText('Something else took the microphone').waitFor();
    await page.evaluate(() => globalThis.track.dispatchEvent(new Event('unmute')));
    await page.waitForFunction(() => document.querySelector('#notice').hidden);
    await talk(page, 0.3);
    await inState(page, 'listening');
  }, { init: TAKEN });

  claim('an interrupted audio context is told, and the next touch listens on', async ({ page }) => {
    await listening(page);
    await page.evaluate(() => globalThis.contexts.findLast((context) => context.audioWorklet === globalThis.worklet).suspend());
    await page.getByText('Something else took the microphone').waitFor();
    await page.keyboard.press('Shift');
    await page.waitForFunction(() => document.querySelector('#notice').hidden && document.documentElement.dataset.hands === 'on');
    await talk(page, 0.3);
    await inState(page, 'listening');
  }, { init: TAKEN });

  claim('a microphone that is pulled out costs no words, and the next touch tries another', async ({ page, server }) => {
    await listening(page);
    await talk(page, 0.3);
    await inState(page, 'listening');
    await page.evaluate(() => globalThis.track.dispatchEvent(new Event('ended')));
    await page.getByText('The microphone stopped working').waitFor();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(server.of('chat').length, 1);
    await page.locator('#scroller').click();
    await page.locator('html[data-hands="on"]').waitFor();
    await talk(page, 0.3);
    await inState(page, 'listening');
  }, { init: TAKEN });

  claim('the screen stays awake while it listens, and again when the page is seen again', async ({ page }) => {
    const locks = () => page.evaluate(() => [globalThis.locks.asked, globalThis.locks.held]);
    await listening(page);
    assert.deepEqual(await locks(), [1, 1]);
    // A browser takes the lock from a page that is hidden.
    await page.evaluate(() => globalThis.locks.take());
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.waitForFunction(() => globalThis.locks.held === 1);
    assert.deepEqual(await locks(), [2, 1]);
    await hands(page).click();
    await page.waitForFunction(() => globalThis.locks.held === 0);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    assert.deepEqual(await locks(), [2, 0]);
  }, { init: `${OWN_MICROPHONE};
    globalThis.locks = { asked: 0, held: 0 };
    Object.defineProperty(navigator, 'wakeLock', { value: { async request() {
      const lock = new EventTarget();
      let isHeld = true;
      lock.release = async () => {
        if (!isHeld) return;
        isHeld = false;
        globalThis.locks.held -= 1;
        lock.dispatchEvent(new Event('release'));
      };
      globalThis.locks.asked += 1;
      globalThis.locks.held += 1;
      globalThis.locks.take = lock.release;
      return lock;
    } } });` });

  claim('is not offered where a page cannot listen', async ({ page }) => {
    assert.equal(await page.getByRole('button', { name: 'Hold to talk' }).isVisible(), true);
    assert.equal(await hands(page).isVisible(), false);
  }, { init: 'delete globalThis.AudioWorkletNode;' });
});

describe('the room', { concurrency: 3 }, () => {
  claim('everything can be done with the keyboard alone', async ({ page, server, script }) => {
    const never = gate();
    const visited = [];
    for (let step = 0; step < 8; step += 1) {
      await page.keyboard.press('Tab');
      visited.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className));
    }
    assert.deepEqual(visited, ['skip', 'hands', 'voice', 'preferences', 'scroller', 'draft', 'mic', 'send']);
    for (const id of ['voice', 'mic', 'send']) {
      await page.locator(`#${id}`).focus();
      const width = await page.locator(`#${id}`).evaluate((element) => getComputedStyle(element).outlineWidth);
      assert.equal(width, '3px', `${id} shows its focus`);
    }
    script.speech = (exchange) => exchange.clip(CLIP.webm, never.opened);
    await page.locator('#draft').focus();
    await page.keyboard.type('First line');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second line');
    await page.keyboard.press('Enter');
    await inState(page, 'speaking');
    assert.equal(server.of('chat')[0].input.messages[0].content, 'First line\nsecond line');
    await page.keyboard.press('Escape');
    await inState(page, 'idle');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'draft');
  });

  claim('everything that can be used has a name, and what changes is told', async ({ page }) => {
    await page.locator('#memory-dialog').evaluate((dialog) => {
      dialog.querySelector('#memory-more').hidden = false;
      dialog.show();
    });
    await page.locator('#key-dialog').evaluate((dialog) => dialog.show());
    const nameless = await page.evaluate(() => {
      const nameOf = (element) => element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
      return [...document.querySelectorAll('button, input, textarea, a, dialog, [tabindex]')]
        .filter((element) => element.checkVisibility() && !(element.matches('dialog') ? document.getElementById(element.getAttribute('aria-labelledby')) : nameOf(element).trim()))
        .map(({ id, className }) => id || className);
    });
    assert.deepEqual(nameless, []);
    const told = await page.evaluate(() => ['announcer', 'notice-text', 'memory-status', 'key-refused'].map((id) => document.getElementById(id).getAttribute('role')));
    assert.deepEqual(told, ['log', 'alert', 'status', 'alert']);
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length);
  });

  claim('a very long reply is shown whole and keeps step', async ({ page, script }) => {
    const sentence = 'The sea was calm, and nobody spoke a word for a long time. ';
    const rest = gate();
    script.speech = (exchange) => exchange.clip(CLIP.webm, rest.opened, ['The sea was calm, and nobody spoke a word for a long time.', 'The sea was calm,']);
    script.chat = async (exchange) => {
      for (let at = 0; at < 2_000; at += 1) exchange.say(sentence);
      exchange.done();
    };
    await say(page, 'Tell me all.');
    await page.locator('.companion .now', { hasText: 'The sea was calm' }).waitFor();
    await page.waitForFunction((length) => document.querySelector('.companion .words').textContent.length === length, sentence.length * 2_000);
    rest.open();
    await page.waitForFunction((spoken) => document.querySelector('.companion .spoken').textContent === spoken, sentence);
    await inState(page, 'idle');
    assert.ok((await page.locator('#announcer p').count()) <= 12);
    assert.equal(await page.evaluate(() => {
      const scroller = document.getElementById('scroller');
      return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 2;
    }), true, 'the end is in view');
  });

  claim('a phone has no sideways scroll, and targets of 44 px', async ({ page, script }) => {
    script.chat = async (exchange) => {
      exchange.say(`A${'h'.repeat(200)} and a long, long answer. `.repeat(12));
      await exchange.done();
    };
    await say(page, 'w'.repeat(300));
    await inState(page, 'speaking');
    await page.locator('#stop').waitFor();
    const wide = await page.evaluate(() => {
      const list = [document.scrollingElement, document.getElementById('scroller')];
      return list.map((element) => element.scrollWidth - element.clientWidth);
    });
    assert.deepEqual(wide, [0, 0]);
    // All in one look: the stop button goes as soon as there is nothing to stop.
    const buttons = await page.evaluate(() =>
      [...document.querySelectorAll('button')]
        .filter((button) => button.checkVisibility({ visibilityProperty: true }))
        .map((button) => ({ id: button.id, width: button.getBoundingClientRect().width, height: button.getBoundingClientRect().height })),
    );
    assert.deepEqual(buttons.map(({ id }) => id).filter(Boolean), ['past', 'memory', 'hands', 'voice', 'preferences', 'stop', 'mic', 'send']);
    for (const { id, width, height } of buttons) assert.ok(width >= 44 && height >= 44, `${id} is ${width} by ${height}`);
    const { y, height } = await page.locator('#composer').boundingBox();
    assert.ok(y + height <= PHONE.viewport.height, 'the text box is on the screen');
    const [orb, firstTool] = await Promise.all([page.locator('.presence').boundingBox(), page.locator('#past').boundingBox()]);
    assert.ok(orb.x >= 0 && orb.x + orb.width <= firstTool.x, 'the orb hides nothing');
    await picture(page, 'page-phone');
    await page.getByRole('button', { name: 'What I remember' }).click();
    await page.locator('#memory-list .words').waitFor();
    const panel = await page.locator('#memory-dialog').evaluate((dialog) => [dialog.scrollWidth - dialog.clientWidth, dialog.getBoundingClientRect().right <= innerWidth]);
    assert.deepEqual(panel, [0, true]);
    await picture(page, 'page-phone-memory');
  }, {
    ...PHONE,
    init: `sessionStorage.setItem('hearken/v1/key', 'x')`,
    arrange(script) {
      script.health = (exchange) => exchange.json(200, { status: 'ok', auth: 'local', transcription: { available: true }, memory: { available: true } });
      script.speech = (exchange) => exchange.clip(CLIP.webm, gate().opened);
    },
  });

  for (const colorScheme of ['light', 'dark']) {
    claim(`${colorScheme}: words have a contrast of 4.5 to 1 at least`, async ({ page, script }) => {
      await picture(page, `page-${colorScheme}-welcome`);
      script.chat = (exchange) => exchange.error(503, 'down');
      await say(page, 'Hello.');
      await notice(page).waitFor();
      for (const selector of ['.person .words', '#notice-text', '#notice-act', '.hint', '#voice', '.wordmark']) {
        const ratio = await page.locator(selector).first().evaluate(contrast);
        assert.ok(ratio >= 4.5, `${selector} has ${ratio.toFixed(2)}`);
      }
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const [red] = paper.match(/\d+/g).map(Number);
      assert.equal(red < 64, colorScheme === 'dark', paper);
      await picture(page, `page-${colorScheme}-notice`);
    }, { ...refused(503), colorScheme });
  }

  claim('nothing moves for people who asked for stillness', async ({ page }) => {
    await say(page, 'Hello.');
    await inState(page, 'speaking');
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  }, { reducedMotion: 'reduce' });

  claim('the policy for scripts and styles is strict, and nothing foreign is asked for', async ({ page, server }) => {
    const foreign = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('blob:')) foreign.push(request.url());
    });
    const response = await page.reload();
    const policy = response.headers()['content-security-policy'];
    assert.match(policy, /default-src 'self'; media-src 'self' blob:; connect-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    await page.locator('#scroller[data-ready]').waitFor();
    await say(page, 'Hello.');
    await inState(page, 'speaking');
    assert.deepEqual(foreign, []);
  });
});

/** The contrast of an element's text on the first opaque background behind it (WCAG 2.2, relative luminance). */
function contrast(element) {
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

describe('its words', { concurrency: 3 }, () => {
  claim('are the browser’s language, or the one that was chosen', async ({ page }) => {
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    assert.equal(await page.getByLabel('Deine Nachricht').getAttribute('placeholder'), 'Schreib mir…');
    await page.getByRole('button', { name: 'Einstellungen' }).click();
    await Promise.all([page.waitForEvent('load'), page.getByLabel('Sprache dieser Seite').selectOption('es')]);
    await page.getByText('Aquí estoy. ¿En qué piensas?').waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'es');
  }, { isOwnRoom: true, locale: 'de-AT' });

  claim('are none but those of the table', async () => {
    const html = readFileSync(new URL('../../static/index.html', import.meta.url), 'utf8');
    const body = html.slice(html.indexOf('<body>'), html.indexOf('<noscript>'));
    const bare = [...body.matchAll(/<(\w+)([^>]*)>([^<]*[A-Za-z]{2}[^<]*)</g)].filter(([, , attributes]) => !attributes.includes('data-t='));
    assert.deepEqual(bare.map(([, , , words]) => words.trim()), ['hearken']);
  });
});

describe('settings', { concurrency: 3 }, () => {
  claim('choose the voice and its speed, for good', async ({ page, server }) => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.locator('#preferences-voice option[value="luna"]').waitFor({ state: 'attached' });
    await page.locator('#preferences-voice').selectOption('luna');
    await page.getByLabel('Speed of speech').selectOption('1.2');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.reload();
    await page.locator('#scroller[data-ready]').waitFor();
    await say(page, 'Speak to me.');
    await heardMoreThan(page, 0.1);
    assert.equal(server.of('chat')[0].input.audio.voice, 'luna');
    assert.equal(await page.locator('#sound').evaluate((sound) => sound.playbackRate), 1.2);
  }, { isOwnRoom: true });

  claim('choose who answers, among those whom the server allows', async ({ page, server, script }) => {
    const choose = async (act) => {
      await page.getByRole('button', { name: 'Settings' }).click();
      await act(page.getByLabel('Who answers'));
      await page.getByRole('button', { name: 'Done' }).click();
    };
    await choose(async (select) => {
      assert.deepEqual(await select.locator('option').allTextContents(), ['Listener', 'Guide']);
      await select.selectOption({ label: 'Guide' });
    });
    const answered = async () => {
      await say(page, 'Good evening.');
      await page.locator('.companion[data-reply="whole"]').waitFor();
      return server.of('chat').at(-1).input.persona;
    };
    const anew = async () => {
      await page.reload();
      await page.locator('#scroller[data-ready]').waitFor();
    };
    await anew();
    assert.equal(await answered(), 'guide');
    // Whom the server no longer allows is not asked for.
    script.health = (exchange) => exchange.json(200, { status: 'ok', personas: [{ id: 'listener', name: 'Listener' }] });
    await anew();
    await choose(async (select) => assert.equal(await select.isVisible(), false));
    assert.equal(await answered(), undefined);
  }, {
    isOwnRoom: true,
    init: `localStorage.setItem('hearken/v1/voice', 'off');`,
    arrange(script) {
      script.health = (exchange) => exchange.json(200, { status: 'ok', personas: [{ id: 'listener', name: 'Listener' }, { id: 'guide', name: 'Guide' }] });
    },
  });

  claim('without a network the page says so, and no longer when it is back', async ({ page }) => {
    await page.context().setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await page.context().setOffline(false);
    await page.getByText('You are offline.').waitFor({ state: 'hidden' });
  }, { isOwnRoom: true });

  claim('it can be installed: a manifest, and icons that are there', async ({ page, server }) => {
    const address = await page.locator('link[rel="manifest"]').getAttribute('href');
    const manifest = await (await fetch(server.url + address)).json();
    assert.deepEqual([manifest.display, manifest.start_url], ['standalone', '/']);
    for (const { src, type, sizes } of manifest.icons) {
      const icon = await fetch(server.url + src);
      assert.deepEqual([icon.status, icon.headers.get('content-type')], [200, type]);
      const bytes = Buffer.from(await icon.arrayBuffer());
      if (type === 'image/png') assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes);
    }
  });
});

describe('for everybody', { concurrency: 3 }, () => {
  const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  /** What axe finds that is serious or critical. */
  const serious = async (page) => {
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ').slice(0, 300)}`);
  };
  for (const colorScheme of ['light', 'dark']) {
    claim(`axe finds nothing serious, ${colorScheme}`, async ({ page, script }) => {
      await page.evaluate(readFileSync(AXE, 'utf8'));
      assert.deepEqual(await serious(page), [], 'at rest');
      script.chat = async (exchange) => {
        exchange.say('# A walk\n\n- **bread**, [a map](https://example.com)\n\n```\nlet x;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |');
        exchange.done();
      };
      await say(page, 'Tell me.');
      await page.locator('.companion[data-reply="whole"]').waitFor();
      assert.deepEqual(await serious(page), [], 'a conversation');
      for (const [name, inside] of [['What I remember', '#memory-list li'], ['Conversations', '#past-list li'], ['Settings', '#preferences-voice option[value="luna"]']]) {
        await page.getByRole('button', { name }).click();
        await page.locator(inside).first().waitFor({ state: 'attached' });
        assert.deepEqual(await serious(page), [], name);
        await picture(page, `page-${colorScheme}-${name.toLowerCase().replaceAll(' ', '-')}`);
        await page.keyboard.press('Escape');
      }
    }, {
      colorScheme,
      init: `localStorage.setItem('hearken/v1/voice', 'off');`,
      arrange(script) {
        script.health = (exchange) => exchange.json(200, { status: 'ok', auth: 'local', transcription: { available: true }, memory: { available: true } });
      },
    });
  }
});
