// Firefox over WebDriver BiDi, as it speaks that itself: a WebSocket, and commands with ids.
//
// Source: https://w3c.github.io/webdriver-bidi/.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { PATIENCE_MS } from '../patience.mjs';

/** No prompts, no calls home, and a microphone and a loudspeaker that need no gesture. */
const PREFERENCES = {
  'app.update.auto': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'media.autoplay.blocking_policy': 0,
  'media.autoplay.default': 0,
  // A machine without a sound card: its own clock stands for one.
  'media.cubeb.force_mock_context': true,
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'remote.active-protocols': 1,
  'ui.prefersReducedMotion': 1,
};

const KEYS = { Enter: '\uE007', Escape: '\uE00C' };

/** A Firefox at `path`. */
export async function launchFirefox(path) {
  const profile = await mkdtemp(join(tmpdir(), 'hearken-firefox-'));
  await writeFile(join(profile, 'user.js'), Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
  const child = spawn(path, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile } });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const address = await addressOf(child);
  const { send, listen, close } = await connect(`${address}/session`);
  await send('session.new', { capabilities: {} });
  await send('session.subscribe', { events: ['log.entryAdded'] });

  async function open(url, init) {
    const { context } = await send('browsingContext.create', { type: 'tab' });
    const { script } = await send('script.addPreloadScript', { functionDeclaration: `() => { if (location.origin !== '${new URL(url).origin}') return; ${init} }`, contexts: [context] });
    const complaints = [];
    const stop = listen('log.entryAdded', ({ level, text, source }) => level === 'error' && source.context === context && complaints.push(text));
    await send('browsingContext.navigate', { context, url, wait: 'complete' });
    const evaluate = async (act, given) => {
      const expression = `JSON.stringify(await (${act})(${JSON.stringify(given)})) ?? "null"`;
      const done = await send('script.evaluate', { expression: `(async () => ${expression})()`, target: { context }, awaitPromise: true });
      if (done.type === 'exception') throw new Error(done.exceptionDetails.text);
      return JSON.parse(done.result.value);
    };
    const until = async (condition, given) => {
      const end = Date.now() + PATIENCE_MS;
      while (!(await evaluate(`async (given) => Boolean(await (${condition})(given))`, given))) {
        if (Date.now() > end) throw new Error(`waited for ${condition}; the page says: ${await evaluate(() => JSON.stringify({ ...document.documentElement.dataset, text: document.body.innerText.slice(0, 500) }))}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const keys = (...values) => send('input.performActions', { context, actions: [{ type: 'key', id: 'keys', actions: values.flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]) }] });
    const click = async (selector) => {
      const [x, y] = await evaluate((sought) => {
        const { left, top, width, height } = document.querySelector(sought).getBoundingClientRect();
        return [Math.round(left + width / 2), Math.round(top + height / 2)];
      }, selector);
      await send('input.performActions', { context, actions: [{ type: 'pointer', id: 'mouse', actions: [{ type: 'pointerMove', x, y }, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }] }] });
    };
    await until(() => document.querySelector('#scroller[data-ready]') && document.documentElement.dataset.mic);
    return {
      evaluate,
      until,
      click,
      async type(selector, text) {
        await click(selector);
        await keys(...text);
      },
      press: (key) => keys(KEYS[key]),
      async close() {
        stop();
        await send('script.removePreloadScript', { script });
        await send('browsingContext.close', { context });
        return complaints;
      },
    };
  }

  return {
    open,
    async close() {
      close();
      child.kill('SIGTERM');
      await ended;
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Where it listens, as it says on its standard error. */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
      const found = /WebDriver BiDi listening on (ws:\S+)/.exec(output);
      if (found) resolve(found[1]);
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error(`Firefox did not start: ${output}`)));
  });
}

/** `send(method, params)` resolves to the result; `listen(event, heard)` gives what ends it. */
async function connect(url) {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  await new Promise((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  const waiting = new Map();
  const listeners = new Set();
  let last = 0;
  socket.on('message', (data) => {
    const { id, type, method, params, result, error, message } = JSON.parse(data);
    if (type === 'event') for (const { event, heard } of listeners) if (event === method) heard(params);
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(`${error}: ${message}`));
    else resolve?.(result);
  });
  return {
    send(method, params) {
      last += 1;
      socket.send(JSON.stringify({ id: last, method, params }));
      return new Promise((resolve, reject) => waiting.set(last, { resolve, reject }));
    },
    listen(event, heard) {
      const own = { event, heard };
      listeners.add(own);
      return () => listeners.delete(own);
    },
    close: () => socket.close(),
  };
}
