// What is written on the page: text, Markdown, and what goes wrong.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { heardMoreThan, inState, picture, say } from './browser.mjs';
import { claim, notice, refused, reply } from './scripted.mjs';
import { CLIP, gate } from './stand-in.mjs';

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
