// Speaking and being heard at once, in each browser that there is: the page, the built Worker, a recogniser over a socket, and the
// local providers with their real voice.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { recogniser } from '../worker/recogniser.mjs';
import { PATIENCE_MS } from '../patience.mjs';
import { BROWSERS } from './browsers.mjs';

const WORDS = 'I walked along the harbour today.';
const LONG_REPLY = `The harbour is quiet in the evening, and the water holds the light. ${'Tell me slowly, for there is no hurry tonight, and I am listening to every word that you say. '.repeat(2)}`.trim();

let hearken;
let nova;
let clip;
let browsers;
before(async () => {
  // They start beside the rest.
  browsers = BROWSERS.map(({ launch, reason }) => (reason ? null : launch()));
  for (const browser of browsers) browser?.catch(() => {}); // whoever opens a page will see it
  nova = await recogniser({ text: WORDS });
  // On a busy machine the local voice takes its time: no phrase is given up for it.
  const patient = Object.fromEntries(['HEADERS', 'FIRST', 'IDLE'].map((clock) => [`TTS_${clock}_MS`, '30000']));
  hearken = await startHearken({ vars: { ...patient, LISTEN: 'deepgram:nova-3', DEEPGRAM_BASE_URL: nova.url, DEEPGRAM_API_KEY: 'secret', AUTH: 'required', API_KEYS: 'key', SESSION_SECRET: 'a secret of the browser tests, 32 characters' } });
  await hearken.providers.warm();
  const spoken = await fetch(`${hearken.providers.url}/v1/audio/speech`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'tts-1', voice: 'echo', input: WORDS, response_format: 'wav' }),
  });
  clip = Buffer.from(await spoken.arrayBuffer()).toString('base64');
});
after(async () => {
  for (const browser of browsers) await (await browser?.catch(() => null))?.close();
  await hearken?.stop();
  await nova?.stop();
});

/** A microphone in a quiet room, in which somebody says the sentence when `speak()` is called; and the page's sockets. */
const ROOM = (wav) => `
  navigator.mediaDevices.getUserMedia = async (asked) => {
    globalThis.askedFor = asked.audio;
    const context = new AudioContext();
    const bytes = Uint8Array.from(atob('${wav}'), (character) => character.charCodeAt(0));
    const clip = await context.decodeAudioData(bytes.buffer);
    const noise = new AudioBuffer({ length: context.sampleRate, sampleRate: context.sampleRate });
    const samples = noise.getChannelData(0);
    for (let at = 0; at < samples.length; at += 1) samples[at] = (Math.random() - 0.5) / 1000;
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    const room = new AudioBufferSourceNode(context, { buffer: noise, loop: true });
    room.connect(out);
    room.start();
    globalThis.speak = () => {
      const voice = new AudioBufferSourceNode(context, { buffer: clip });
      voice.connect(out);
      voice.start();
    };
    const [track] = out.stream.getTracks();
    track.getSettings = () => ({ echoCancellation: true });
    return out.stream;
  };
  globalThis.sockets = [];
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      globalThis.sockets.push(this);
    }
  };
  globalThis.fetched = [];
  const really = globalThis.fetch;
  globalThis.fetch = (path, ...given) => {
    globalThis.fetched.push(new URL(path, location.href).pathname);
    return really(path, ...given);
  };
  globalThis.partial = [];
  addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
    const pending = document.querySelector('.person[data-heard="pending"] .words')?.textContent;
    if (!pending || globalThis.partial.at(-1) === pending) return;
    globalThis.partial.push(pending);
    if (globalThis.isToBeCut) globalThis.sockets.at(-1).close(4_000);
    globalThis.isToBeCut = false;
  }).observe(document.getElementById('conversation'), { subtree: true, childList: true, characterData: true }));
`;

const PEOPLE = { count: 0 };
const as = (user) => ({ authorization: 'Bearer key', 'x-user': user, 'content-type': 'application/json' });

/** What the server has of a person's only conversation, once `isDone`. */
function kept(user, isDone) {
  return until('the conversation is kept', async () => {
    const { data: [one] } = await (await fetch(`${hearken.url}/v1/conversations`, { headers: as(user) })).json();
    if (!one) return null;
    const { messages } = await (await fetch(`${hearken.url}/v1/conversations/${one.id}`, { headers: as(user) })).json();
    return isDone(messages) ? messages : null;
  });
}

/** How often the page asked for a path by plain HTTP. */
const asked = (page, path) => page.evaluate((name) => globalThis.fetched.filter((one) => one === name).length, path);

for (const [index, { name, reason }] of BROWSERS.entries()) {
  describe(`in ${name}`, { skip: reason }, () => {
    /** Runs `act` on a fresh page of a fresh person. */
    async function having(script, act) {
      const user = `speaker ${(PEOPLE.count += 1)} in ${name}`;
      hearken.providers.control(null);
      hearken.providers.control({ chat: { first_ms: 0, gap_ms: 20, script }, speech: { first_ms: 0 }, transcription: { transcript: WORDS } });
      const { token } = await (await fetch(`${hearken.url}/v1/sessions`, { method: 'POST', headers: as(user), body: JSON.stringify({ user }) })).json();
      const page = await (await browsers[index]).open(hearken.url, `sessionStorage.getItem('hearken/v1/key') ?? sessionStorage.setItem('hearken/v1/key', ${JSON.stringify(token)});${ROOM(clip)}`);
      const failure = await act(page, user).catch((error) => error);
      const complaints = await page.close();
      if (failure) throw Object.assign(failure, { complaints });
      assert.deepEqual(complaints, []);
    }

    const listening = async (page) => {
      await page.until(() => !document.getElementById('hands').hidden);
      await page.click('#hands');
      await page.until(() => document.documentElement.dataset.live === 'on');
    };
    const speak = (page) => page.evaluate(() => globalThis.speak());
    const people = (page) => page.evaluate(() => [...document.querySelectorAll('.person .words')].map(({ textContent }) => textContent));

    test('one speaks, reads one’s words meanwhile, is answered aloud, and speaks over the answer', { timeout: 3 * PATIENCE_MS }, async () => {
      await having([LONG_REPLY, LONG_REPLY, 'Thank you for telling me.', 'All right.'], async (page, user) => {
        await page.type('#draft', 'Tell me something.');
        await page.press('Enter');
        await page.until(() => document.documentElement.dataset.state === 'speaking');
        await listening(page);
        assert.equal(await page.evaluate(() => globalThis.askedFor.echoCancellation), true);
        await speak(page);
        await page.until(() => document.querySelectorAll('.companion').length === 2 && document.documentElement.dataset.state === 'speaking');
        assert.equal(await page.evaluate(() => document.querySelector('.companion').dataset.voice), 'cut', 'whatever speaks is interrupted');
        assert.deepEqual(await people(page), ['Tell me something.', WORDS]);
        await page.until(() => document.querySelectorAll('.companion .spoken')[1].textContent.length > 0);
        await speak(page);
        await page.until(() => document.querySelectorAll('.companion').length === 3);
        // On a busy machine the words of one sentence may come all at once.
        const partial = await page.evaluate(() => globalThis.partial);
        assert.ok(partial.length >= 2 && partial.every((words) => WORDS.startsWith(words)) && partial.some((words) => words !== WORDS), JSON.stringify(partial));
        const [cut, rest] = await page.evaluate(() => ['.spoken', '.rest'].map((part) => document.querySelectorAll(`.companion[data-voice="cut"] ${part}`)[1]?.textContent));
        assert.ok(cut && rest && LONG_REPLY.startsWith(cut) && cut.length < LONG_REPLY.length, `${cut} | ${rest}`);
        await page.until(() => document.querySelectorAll('.companion')[2].textContent.includes('Thank you for telling me.'));
        const messages = await kept(user, (all) => all.length === 6 && all[5].content !== '');
        assert.deepEqual(messages.slice(2).map(({ role, content }) => [role, content]), [['user', WORDS], ['assistant', cut], ['user', WORDS], ['assistant', 'Thank you for telling me.']]);
        // What was asked before it was open is not in it: then it is opened anew.
        await page.until(() => document.documentElement.dataset.state === 'idle' && document.documentElement.dataset.live === 'on');
        await page.type('#draft', 'And in writing?');
        await page.press('Enter');
        await page.until(() => [...document.querySelectorAll('.companion[data-reply="whole"]')].some(({ textContent }) => textContent.includes('All right.')));
        await page.until(() => document.documentElement.dataset.state === 'idle');
        assert.equal(await asked(page, '/v1/chat/completions'), 1, 'all that followed came over one socket');
        assert.ok((await asked(page, '/v1/heard')) >= 2);
        assert.equal(await page.evaluate(() => new Set(globalThis.sockets.map(({ url }) => url)).size), 1, 'in one conversation');
        assert.equal(await page.evaluate(() => document.getElementById('notice').hidden), true);
      });
    });

    // The page alone decides it (tests/page/realtime.test.mjs): one browser is enough.
    if (index > 0) return;
    test('a socket that is lost while one speaks costs no words, and is opened again with the same conversation', { timeout: 3 * PATIENCE_MS }, async () => {
      await having(['I see.', 'All right.'], async (page, user) => {
        await listening(page);
        await page.evaluate(() => (globalThis.isToBeCut = true));
        await speak(page);
        await page.until(() => document.querySelector('.companion[data-reply="whole"]')?.textContent.includes('I see.'));
        await page.until(() => document.documentElement.dataset.state === 'idle' && document.documentElement.dataset.live === 'on');
        await speak(page);
        await page.until(() => document.querySelectorAll('.companion')[1]?.textContent.includes('All right.'));
        assert.equal(await asked(page, '/v1/chat/completions'), 1);
        assert.deepEqual(await people(page), [WORDS, WORDS]);
        // The server, too, kept what it had heard when the socket was lost: it is one message.
        assert.deepEqual((await kept(user, (all) => all.length === 4)).map(({ content }) => content), [WORDS, 'I see.', WORDS, 'All right.']);
        assert.equal(await page.evaluate(() => document.getElementById('notice').hidden), true);
      });
    });
  });
}
