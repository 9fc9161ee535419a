// The page as a room: keys, names, sizes, words, settings, and everybody who uses it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe } from 'node:test';
import { heardMoreThan, inState, picture, say } from './browser.mjs';
import { claim, contrast, notice, refused, reply } from './scripted.mjs';
import { CLIP, gate } from './stand-in.mjs';

const PHONE = { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true };

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
