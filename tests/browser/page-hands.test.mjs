// Without hands: the page hears when somebody speaks, and when the microphone is not its own.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { heardMoreThan, inState, say } from './browser.mjs';
import { claim, notice, refused, reply } from './scripted.mjs';
import { CLIP, gate } from './stand-in.mjs';

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
