// The examples that people see, driven in Chromium: Chainlit with its microphone, and the page of thirty lines.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, createReadStream, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { which } from '../../scripts/setup.mjs';
import { startHearken, until } from '../harness.mjs';
import { launch } from '../browser/browser.mjs';
import { example, examplesPython, scratch } from './support.mjs';

const SAID = 'Good to hear you. The tide turns at seven.';
const HEARD = 'What is the sea like today?';
const SKIP = !(process.env.CHROMIUM_PATH ?? which('chromium')) && 'no Chromium';
const python = SKIP ? undefined : examplesPython();

let hearken;
let page_server;
before(async () => {
  if (SKIP) return;
  page_server = createServer((_, res) => {
    res.writeHead(200, { 'content-type': 'text/html' });
    createReadStream(example('browser', 'index.html')).pipe(res);
  });
  await new Promise((listening) => page_server.listen(0, '127.0.0.1', listening));
  hearken = await startHearken({
    vars: { ALLOWED_ORIGINS: `http://127.0.0.1:${page_server.address().port}` },
    knobs: { chat: { first_ms: 0, gap_ms: 0, script: [SAID], script_repeat: true }, speech: { first_ms: 0 }, transcription: { transcript: HEARD } },
  });
});
after(async () => {
  page_server?.close();
  await hearken?.stop();
});

async function freePort() {
  const server = createSocketServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Chainlit with the example on a free port, until `body` is over. */
async function withChainlit(body) {
  const { path, remove } = scratch();
  // It writes beside the app: translations, a welcome page, files that were shown.
  cpSync(example('chainlit'), path, { recursive: true });
  const port = await freePort();
  let output = '';
  const child = spawn(join(dirname(python), 'chainlit'), ['run', 'app.py', '--headless', '--host', '127.0.0.1', '--port', `${port}`], {
    cwd: path, env: { ...process.env, HEARKEN_URL: hearken.url, CHAINLIT_APP_ROOT: path }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  try {
    await until('Chainlit to serve', () => {
      if (child.exitCode !== null) throw new Error(output);
      return fetch(`http://127.0.0.1:${port}/`).then(({ ok }) => ok, () => false);
    });
    await body(`http://127.0.0.1:${port}/`);
    assert.doesNotMatch(output, /Traceback/, output);
  } finally {
    child.kill('SIGKILL');
    await ended;
    remove();
  }
}

/** A second of a tone, for Chromium's own microphone. */
function tone(path) {
  const samples = Buffer.alloc(96_000);
  for (let at = 0; at < 48_000; at += 1) samples.writeInt16LE(Math.round(8_000 * Math.sin(at / 20)), 2 * at);
  const header = Buffer.from('RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x10\0data\0\0\0\0', 'latin1');
  header.writeUInt32LE(36 + samples.length, 4);
  header.writeUInt32LE(48_000, 24);
  header.writeUInt32LE(96_000, 28);
  header.writeUInt32LE(samples.length, 40);
  writeFileSync(path, Buffer.concat([header, samples]));
}

test('Chainlit: the text streams, the reply is heard, and the microphone is heard', { skip: SKIP || (!python && 'no Python') }, () => withChainlit(async (url) => {
  const { path, remove } = scratch();
  tone(join(path, 'tone.wav'));
  const browser = await launch([`--use-file-for-fake-audio-capture=${join(path, 'tone.wav')}`]);
  try {
    const context = await browser.newContext({ permissions: ['microphone'] });
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('#chat-input').fill('When?');
    // It can be sent once the page's socket is open.
    await page.locator('#chat-submit:enabled').click();
    await page.getByText(SAID).waitFor();
    const played = (nth) => page.waitForFunction((at) => document.querySelectorAll('audio')[at]?.currentTime > 1, nth);
    await played(0);
    hearken.providers.journal.clear();
    const microphone = page.locator('#message-composer button:not(#chat-submit)').last();
    await microphone.click();
    await page.locator('#message-composer .lucide-x').waitFor();
    await page.waitForTimeout(1_000);
    await microphone.click();
    await page.getByText(HEARD).waitFor();
    await played(1);
    const asked = hearken.providers.requests.filter(({ path: door }) => door.endsWith('/chat/completions'));
    const words = asked.map(({ body }) => body.messages.filter(({ role }) => role !== 'system').map(({ content }) => content));
    assert.deepEqual(words.find((all) => all.includes(HEARD)), ['When?', SAID, HEARD], 'the conversation goes on');
  } finally {
    await browser.close();
    remove();
  }
}));

test('the page of thirty lines speaks the answer to what is typed', { skip: SKIP }, async () => {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.addInitScript(() => {
      window.Audio = class extends Audio {
        constructor() {
          super();
          window.heard = this;
        }
      };
    });
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`http://127.0.0.1:${page_server.address().port}/?hearken=${encodeURIComponent(hearken.url)}`);
    await page.getByLabel('What to say').fill('When?');
    await page.getByRole('button', { name: 'Say' }).click();
    await page.waitForFunction(() => window.heard?.ended);
    assert.ok((await page.evaluate(() => window.heard.duration)) > 1);
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
});
