// The examples that are a program or a line of a shell, run as their READMEs say.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { which } from '../../scripts/setup.mjs';
import { startHearken } from '../harness.mjs';
import { example, examplesPython, ran, scratch } from './support.mjs';

const SAID = 'Good to hear you. The tide turns at seven.';
const python = examplesPython();

let hearken;
before(async () => {
  hearken = await startHearken({ knobs: { chat: { first_ms: 0, gap_ms: 0, script: [SAID], script_repeat: true }, speech: { first_ms: 0 } } });
});
after(() => hearken?.stop());

/** Runs `body` in a folder that goes away. */
async function within(body) {
  const { path, remove } = scratch();
  try {
    await body(path, { HEARKEN_URL: hearken.url });
  } finally {
    remove();
  }
}

/** Seconds of sound in a file, as a decoder finds them. */
const seconds = async (path) => Number(await ran('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path], {}));

test('openai for Python prints the words and writes the sound', { skip: !python && 'no Python' }, () => within(async (cwd, env) => {
  assert.equal(await ran(python, [example('openai-python', 'chat.py'), 'When?'], { cwd, env }), `${SAID}\n`);
  assert.ok((await seconds(join(cwd, 'reply.wav'))) > 1);
}));

test('openai for Node prints the words and writes the sound', () => within(async (cwd, env) => {
  assert.equal(await ran('node', [example('openai-node', 'chat.mjs'), 'When?'], { cwd, env }), `${SAID}\n`);
  assert.ok((await seconds(join(cwd, 'reply.ogg'))) > 1);
}));

test('each line for curl does what it says', { skip: !which('curl') && 'no curl' }, () => within(async (cwd) => {
  const lines = /```sh\n([^]*?)```/.exec(readFileSync(example('curl', 'README.md'), 'utf8'))[1];
  // A player without a loudspeaker: it decodes all that it is given, and says how long that was.
  mkdirSync(join(cwd, 'bin'));
  writeFileSync(join(cwd, 'bin', 'ffplay'), '#!/bin/sh\nffprobe -v error -show_entries stream=codec_name -of csv=p=0 -i - && echo played\n', { mode: 0o755 });
  const speech = await fetch(`${hearken.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"input":"Good evening.","response_format":"wav"}' });
  writeFileSync(join(cwd, 'recording.wav'), Buffer.from(await speech.arrayBuffer()));
  hearken.providers.control({ transcription: { transcript: "Good evening." } });
  const output = await ran('sh', ['-ec', lines.replaceAll('http://127.0.0.1:8787', hearken.url)], { cwd, env: { PATH: `${join(cwd, 'bin')}:${process.env.PATH}` } });
  assert.equal(output.trim(), 'opus\nplayed\nopus\nplayed\nGood evening.');
}));
