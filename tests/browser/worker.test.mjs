// The whole way: the page in Chromium, the built Worker in workerd, and the local providers with their real voice.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { PATIENCE_MS } from '../patience.mjs';
import { heardMoreThan, inState, launch, openPage, picture, say } from './browser.mjs';

const REPLY = 'The harbour is quiet in the evening, and the water holds the light. What did you feel when you stood there?';
const LONG_REPLY = `${REPLY} ${'Tell me slowly, for there is no hurry tonight, and I am listening to every word that you say. '.repeat(4)}`.trim();

/** As real providers are: the model thinks, then writes faster than one speaks; the voice is made faster than it is heard. */
const REAL_PACE = { chat: { first_ms: 300, gap_ms: 80 }, speech: { first_ms: 150, audio_rate: 10 } };

const API_KEY = 'key-of-the-browser-tests';

let hearken;
let browser;
before(async () => {
  hearken = await startHearken({ vars: { AUTH: 'required', API_KEYS: API_KEY, SESSION_SECRET: 'a secret of the browser tests, 32 characters' } });
  [browser] = await Promise.all([launch(), hearken.providers.warm()]);
});
after(async () => {
  await browser?.close();
  await hearken?.stop();
});

/** A call to the Worker as a trusted server, for a person. */
async function call(method, path, user, body) {
  return fetch(`${hearken.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${API_KEY}`, 'x-user': user, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
  });
}

/** What makes a page somebody's: their token, as if they had entered it. */
async function tokenOf(user) {
  return (await (await call('POST', '/v1/sessions', user, { user })).json()).token;
}
const holding = (token) => `sessionStorage.getItem('hearken/v1/key') ?? sessionStorage.setItem('hearken/v1/key', ${JSON.stringify(token)});`;

let people = 0;

/**
 * Runs `act` on a fresh page of a fresh person, with the providers set as `knobs` say; the browser must have nothing to
 * complain about but what is `allowed`. `arrange(user)` comes before the page. `asked()` lists what the providers were asked.
 */
function claim(name, knobs, act, { arrange, key, init = '', allowed = /^$/, ...options } = {}) {
  test(name, { timeout: 3 * PATIENCE_MS }, async (context) => {
    people += 1;
    const user = `person ${people}`;
    await arrange?.(user);
    hearken.providers.control(null);
    hearken.providers.control(knobs);
    const begun = hearken.providers.requests.length;
    const opened = await openPage(browser, hearken.url, { init: `${holding(key ?? (await tokenOf(user)))}\n${init}`, ...options });
    try {
      await act(opened.page, { context, user, asked: () => hearken.providers.requests.slice(begun) });
    } finally {
      const complaints = await opened.done();
      assert.deepEqual(complaints.filter((text) => !allowed.test(text)), []);
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

/** Keeps an eye on the media element: `moments` from here on at which it began, starved or ended, and the text that was there then. */
const watch = (page) => page.evaluate(() => {
  const isWatched = globalThis.moments !== undefined;
  globalThis.moments = [];
  if (isWatched) return;
  const sound = document.getElementById('sound');
  for (const name of ['playing', 'waiting', 'stalled', 'ended']) {
    sound.addEventListener(name, () => globalThis.moments.push({
      name, at_s: sound.currentTime, ranges: sound.buffered.length, text: [...document.querySelectorAll('.companion .words')].at(-1)?.textContent,
    }));
  }
});

const SLOW_VOICE = { chat: { script: [REPLY], gap_ms: 30 }, speech: { audio_rate: 1 } };

describe('a spoken answer', () => {
  const REPLY_IN_PHRASES = `${REPLY} Tell me slowly, for there is no hurry tonight, and I am listening to every word that you say.`;
  /** What is played before so much is there waits for the voice itself, and on a busy machine that may take long. */
  const FIRST_PHRASE_S = 1.5;
  /** One turn, from what is said to the end of its sound: the moments of the sound from its beginning on. */
  const listened = async (page) => {
    await watch(page);
    await say(page, 'I walked along the harbour today.');
    await page.waitForFunction(() => globalThis.moments.some(({ name }) => name === 'ended'));
    await inState(page, 'idle');
    const moments = await page.evaluate(() => globalThis.moments);
    const begun = moments.findIndex(({ name }) => name === 'playing');
    return { begun: moments[begun], ended: moments.at(-1), starved_at_s: moments.slice(begun + 1, -1).filter(({ at_s }) => at_s > FIRST_PHRASE_S).map(({ at_s }) => at_s) };
  };
  claim('begins to be heard while the model is still writing, and has no gap from its first phrase to its end', {
    // Slow enough for the first sound to be made before the last word on a busy machine, quick enough for the second before the first has ended.
    ...REAL_PACE, chat: { ...REAL_PACE.chat, gap_ms: 110, script: [REPLY_IN_PHRASES], script_repeat: true },
  }, async (page, { asked }) => {
    let sound = await listened(page);
    // Sound runs in real time: a machine that had no time for its providers is given another turn, in which what is ours would fail again.
    if (sound.starved_at_s.length > 0) sound = await listened(page);
    const { begun, ended, starved_at_s } = sound;
    assert.deepEqual(starved_at_s, [], 'nothing but the end after the beginning');
    assert.equal(ended.name, 'ended');
    assert.ok(REPLY_IN_PHRASES.startsWith(begun.text) && begun.text.length < REPLY_IN_PHRASES.length, `when the sound began, the text was "${begun.text}"`);
    assert.equal(ended.text, REPLY_IN_PHRASES);
    assert.equal(ended.ranges, 1, 'one continuous sound');
    const sounds = asked().filter(({ path }) => path.includes('/text-to-speech/'));
    assert.ok(sounds.length >= 2, 'it was made in phrases');
    assert.equal(await page.locator('#notice').isVisible(), false);
  });

  claim('is marked in the text phrase by phrase as it is heard', { ...REAL_PACE, chat: { script: [LONG_REPLY] } }, async (page) => {
    await page.evaluate(() => {
      globalThis.marks = [];
      new MutationObserver(() => {
        const reply = document.querySelector('.companion');
        const [spoken, now] = [reply?.querySelector('.spoken').textContent, reply?.querySelector('.now').textContent];
        if (now && globalThis.marks.at(-1)?.now !== now) globalThis.marks.push({ spoken, now, at_s: document.getElementById('sound').currentTime });
      }).observe(document.getElementById('conversation'), { subtree: true, childList: true, characterData: true });
    });
    await say(page, 'I walked along the harbour today.');
    await page.waitForFunction(() => globalThis.marks.length >= 2);
    await page.keyboard.press('Escape');
    const marks = await page.evaluate(() => globalThis.marks);
    assert.equal(marks[0].spoken, '');
    assert.ok(REPLY.startsWith(marks[0].now), marks[0].now);
    assert.ok(marks[0].at_s < 0.5 && marks[1].at_s > 0.5, 'the second begins after the first was heard');
    assert.ok(LONG_REPLY.startsWith(marks[1].spoken + marks[1].now));
    const [spoken, rest] = await Promise.all(['.spoken', '.rest'].map((part) => page.locator(`.companion ${part}`).textContent()));
    assert.equal(spoken, marks[1].spoken + marks[1].now, 'what was said stays said');
    assert.ok(rest.length > 0 && LONG_REPLY.startsWith(spoken + rest), 'and the rest stays readable');
  });

  claim('is read while it comes and heard before its sound is complete', SLOW_VOICE, async (page) => {
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

  claim('that breaks off is told in words, and a retry brings it', {
    chat: { script: [REPLY, REPLY], fault: 'cut', after: 4, times: 1 },
  }, async (page) => {
    await page.getByRole('button', { name: 'Voice' }).click();
    await say(page, 'I walked along the harbour today.');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(await page.locator('.companion .words').textContent(), REPLY);
  });

  claim('can be heard again after a reload, when its sound has to be made anew', { chat: { script: ['Good evening.'] } }, async (page, { asked }) => {
    await say(page, 'Good evening.');
    await inState(page, 'speaking');
    await inState(page, 'idle');
    await page.reload();
    await page.getByRole('button', { name: 'Hear it again' }).click();
    await inState(page, 'speaking');
    assert.equal(asked().filter(({ path }) => path.includes('/chat/')).length, 1);
  });
});

describe('a spoken question', () => {
  const WORDS = 'I walked along the harbour today.';
  const HEARD = { chat: { script: [REPLY, REPLY, REPLY] }, transcription: { transcript: WORDS } };

  claim('is offered exactly where the server can hear', {}, async (page) => {
    const health = await (await fetch(`${hearken.url}/health`)).json();
    const offered = health.transcription?.available !== false;
    for (const name of ['Hold to talk', 'Hands-free']) assert.equal(await page.getByRole('button', { name }).isVisible(), offered);
  });

  for (const [container, format, init] of [
    ['WebM', 'webm', ''],
    ['MP4, as Safari records it', 'm4a', `{
      const really = MediaRecorder.isTypeSupported;
      MediaRecorder.isTypeSupported = (mime) => !mime.includes('webm') && really.call(MediaRecorder, mime);
    }`],
  ]) {
    claim(`goes out as a recording in the turn itself, and its words come back with the answer: ${container}`, HEARD, async (page, { context, asked }) => {
      const microphone = page.getByRole('button', { name: 'Hold to talk' });
      if (!(await microphone.isVisible())) {
        context.skip('this machine has no recogniser; the claim above says when that is right');
        return;
      }
      const calls = [];
      // What was heard is told afterwards.
      page.on('request', (request) => request.method() === 'POST' && !request.url().endsWith('/v1/heard') && calls.push(request));
      await microphone.click();
      await page.waitForFunction(() => Number(document.getElementById('orb').style.getPropertyValue('--level')) > 0);
      await microphone.click();
      await page.locator('.person .words', { hasText: WORDS }).waitFor();
      await page.locator('.companion[data-reply="whole"]').waitFor();
      assert.deepEqual(calls.map((request) => new URL(request.url()).pathname), ['/v1/chat/completions']);
      assert.equal(calls[0].postDataJSON().messages[0].content[0].input_audio.format, format);
      assert.ok(asked().some(({ path }) => path.endsWith('/audio/transcriptions')), 'the recording reached the recogniser');
    }, { init });
  }
});

describe('what it remembers', () => {
  const remember = (user, text) => call('POST', '/v1/memories', user, { text }).then((answer) => answer.json());
  const openPanel = async (page) => {
    await page.getByRole('button', { name: 'What I remember' }).click();
    return page.locator('#memory-list li');
  };
  const texts = (page) => page.locator('#memory-list .words').allTextContents();
  const showing = (page, ...wanted) =>
    page.waitForFunction((list) => JSON.stringify([...document.querySelectorAll('#memory-list .words')].map(({ textContent }) => textContent)) === list, JSON.stringify(wanted));

  claim('is listed, newest first, as text; searched; and nobody else’s is there', {}, async (page) => {
    await openPanel(page);
    await showing(page, '<b>Anna</b> plays the cello.', 'Anna has a dog called Bruno.');
    assert.equal(await page.locator('#memory-list b').count(), 0);
    await page.getByRole('searchbox', { name: 'Search' }).fill('dog');
    await showing(page, 'Anna has a dog called Bruno.');
    await page.getByRole('searchbox', { name: 'Search' }).fill('');
    await page.waitForFunction(() => document.querySelectorAll('#memory-list li').length === 2);
    await page.getByRole('button', { name: 'Done' }).click();
    assert.equal(await page.locator('#memory-dialog').isVisible(), false);
  }, {
    async arrange(user) {
      await remember(user, 'Anna has a dog called Bruno.');
      await remember(user, '<b>Anna</b> plays the cello.');
      await remember(`neighbour of ${user}`, 'Bert has a dog called Cato.');
    },
  });

  let known;
  claim('is changed and forgotten by key, here and in the Worker', { chat: { script: ['I see.'] } }, async (page, { user, asked }) => {
    await openPanel(page);
    await showing(page, 'Anna lives in Bremen.');
    await page.getByRole('button', { name: 'Change: Anna lives in Bremen.' }).press('Enter');
    await page.getByLabel('What I should remember').fill('Anna lives in Rome now.');
    await page.keyboard.press('Escape');
    await showing(page, 'Anna lives in Bremen.');
    assert.equal(await page.locator('#memory-dialog').isVisible(), true, 'Escape leaves the line alone');
    await page.keyboard.press('Enter');
    await page.getByLabel('What I should remember').fill('Anna lives in Oslo now.');
    await page.keyboard.press('Enter');
    await showing(page, 'Anna lives in Oslo now.');
    assert.equal((await (await call('GET', `/v1/memories/${known.id}`, user)).json()).text, 'Anna lives in Oslo now.');
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Change/);
    await page.getByRole('button', { name: 'Forget: Anna lives in Oslo now.' }).press('Enter');
    await showing(page);
    assert.equal(await page.locator('#memory-status').textContent(), 'Forgotten.');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'memory-search', 'the focus is not lost');
    assert.equal((await call('GET', `/v1/memories/${known.id}`, user)).status, 404);
    await page.keyboard.press('Escape');
    await say(page, 'Where does Anna live?');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    const [chat] = asked().filter(({ path }) => path.includes('/chat/'));
    assert.doesNotMatch(JSON.stringify(chat.body), /Oslo|Bremen/);
  }, { arrange: async (user) => (known = await remember(user, 'Anna lives in Bremen.')) });

  claim('comes in pages when it is long', {}, async (page) => {
    const entries = await openPanel(page);
    await page.getByRole('button', { name: 'Show more' }).click();
    await entries.nth(54).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Show more' }).isVisible(), false);
    assert.deepEqual(await texts(page), Array.from({ length: 55 }, (_, at) => `Fact number ${55 - at}.`));
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Change: Fact number 5.');
  }, {
    async arrange(user) {
      for (let at = 1; at <= 55; at += 1) await remember(user, `Fact number ${at}.`);
    },
  });

  claim('that is gone meanwhile is told so, and a server that fails, too', {}, async (page, { user }) => {
    await openPanel(page);
    await showing(page, 'Anna sings.');
    await call('DELETE', '/v1/memories', user);
    await page.getByRole('button', { name: 'Forget: Anna sings.' }).click();
    await page.getByText('That one was gone already.').waitFor();
    await showing(page);
    await page.route('**/v1/memories/search', (route) => route.fulfill({ status: 503, json: { error: { message: 'no' } } }));
    await page.getByRole('searchbox', { name: 'Search' }).fill('song');
    await page.getByText('out of reach for a moment').waitFor();
  }, { arrange: (user) => remember(user, 'Anna sings.'), allowed: /status of (404|503)/ });

  claim('can be taken along as a file', {}, async (page) => {
    await openPanel(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save a copy' }).click()]);
    assert.equal(download.suggestedFilename(), 'hearken-export.jsonl');
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.some((line) => JSON.stringify(line).includes('Anna paints.')));
  }, { arrange: (user) => remember(user, 'Anna paints.') });

  claim('is all forgotten after a second word, with the conversation', { chat: { script: ['I see.'] } }, async (page, { user }) => {
    await say(page, 'I paint, too.');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    await openPanel(page);
    await showing(page, 'Anna paints.');
    await page.getByRole('button', { name: 'Forget everything' }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    await openPanel(page);
    await page.getByRole('button', { name: 'Forget everything' }).click();
    assert.equal((await (await call('GET', '/v1/memories', user)).json()).data.length, 1, 'one word is not enough, nor is an old one');
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Really forget everything?' }).click()]);
    await page.locator('#scroller[data-ready]').waitFor();
    assert.equal(await page.locator('.message').count(), 0);
    const left = await Promise.all(['/v1/memories', '/v1/conversations'].map(async (path) => (await (await call('GET', path, user)).json()).data));
    assert.deepEqual(left, [[], []]);
  }, { arrange: (user) => remember(user, 'Anna paints.') });

  claim('is another’s for another: a key of somebody else begins anew', { chat: { script: ['I see.', 'I see.'] } }, async (page, { user }) => {
    await say(page, 'My secret is a boat.');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    await inState(page, 'idle');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Access key' }).click();
    await page.getByLabel('Key or token').fill(await tokenOf(`neighbour of ${user}`));
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    await page.locator('#scroller[data-ready]').waitFor();
    await openPanel(page);
    await showing(page, 'Bert has a dog called Cato.');
    assert.doesNotMatch(await page.locator('body').textContent(), /boat/);
  }, { arrange: (user) => remember(`neighbour of ${user}`, 'Bert has a dog called Cato.') });
});

describe('past conversations', () => {
  claim('are listed, searched, opened, renamed and deleted', { chat: { script: ['The harbour is quiet.', 'Bread and salt.'] } }, async (page, { user }) => {
    const kept = async () => (await (await call('GET', '/v1/conversations', user)).json()).data.length;
    const open = () => page.getByRole('button', { name: 'Conversations' }).click();
    const entries = page.locator('#past-list li');
    const anew = (act) => Promise.all([page.waitForEvent('load'), act]).then(() => page.locator('#scroller[data-ready]').waitFor());
    await page.locator('#voice').click(); // in text alone
    await say(page, 'How is the harbour?');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    await open();
    await anew(page.getByRole('button', { name: 'New conversation' }).click());
    assert.equal(await page.locator('.message').count(), 0);
    await say(page, 'What shall we eat?');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    while ((await kept()) < 2) await new Promise(setImmediate);
    await open();
    await entries.nth(1).waitFor();
    assert.deepEqual(await page.locator('#past-list .words').allTextContents(), ['What shall we eat?', 'How is the harbour?']);
    await page.getByRole('searchbox', { name: 'Search' }).fill('quiet');
    await page.waitForFunction(() => document.querySelectorAll('#past-list li').length === 1);
    await anew(entries.locator('.words').click());
    await page.getByText('The harbour is quiet.').waitFor();
    assert.equal(await page.locator('.message').count(), 2);
    await open();
    await entries.nth(1).waitFor();
    await page.getByRole('button', { name: 'Rename: What shall we eat?' }).click();
    const name = page.getByRole('textbox', { name: 'Name of the conversation' });
    await name.fill('Bread, and salt');
    await name.press('Enter');
    await page.getByText('Changed.').waitFor();
    assert.deepEqual(await page.locator('#past-list .words').allTextContents(), ['Bread, and salt', 'How is the harbour?']);
    const remove = page.getByRole('button', { name: 'Delete Bread, and salt' });
    await remove.click();
    assert.equal(await kept(), 2, 'one press is not enough');
    await page.getByRole('button', { name: 'Really delete? Bread, and salt' }).click();
    await page.getByText('Deleted.').waitFor();
    assert.deepEqual([await kept(), await entries.count()], [1, 1]);
  });
});

describe('the page', () => {
  claim('comes with its policy and its type', {}, async (page) => {
    const response = await page.goto(hearken.url);
    assert.match(response.headers()['content-security-policy'], /^default-src 'self'/);
    assert.equal(response.headers()['x-content-type-options'], 'nosniff');
    assert.match(response.headers()['permissions-policy'], /microphone=\(self\)/);
  });

  claim('asks for no conversation after a reload when nothing was said', {}, async (page) => {
    const memory = page.getByRole('button', { name: 'What I remember' });
    await memory.waitFor();
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await memory.waitFor();
    await page.waitForLoadState('networkidle');
    assert.deepEqual(asked.filter((path) => path.startsWith('/v1/conversations')), []);
  });

  claim('answers with a trusted server’s key, too, and remembers nobody then', { chat: { script: ['I see.'] } }, async (page) => {
    await say(page, 'Good evening.');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(await page.getByRole('button', { name: 'What I remember' }).isVisible(), false);
  }, { key: API_KEY });

  claim('asks for another key when its token is refused, and goes on with the words', { chat: { script: ['I see.'] } }, async (page, { user }) => {
    const token = await tokenOf(user);
    await page.evaluate((refused) => sessionStorage.setItem('hearken/v1/key', refused), `${token.slice(0, -4)}AAAA`);
    await say(page, 'Are you there?');
    await page.getByText('was not accepted').waitFor();
    await page.getByLabel('Key or token').fill(token);
    await page.keyboard.press('Enter');
    await page.locator('.companion[data-reply="whole"]').waitFor();
    assert.equal(await page.locator('.person').count(), 1);
  }, { allowed: /status of 401/ });
});
