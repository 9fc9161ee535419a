// The examples that are a program or a line of a shell, run as their READMEs say.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { nodeOfToday, which } from '../../scripts/setup.mjs';
import { startHearken } from '../harness.mjs';
import { startWithModel } from '../model.mjs';
import { example, examplesPython, ran, scratch } from './support.mjs';

const SAID = 'Good to hear you. The tide turns at seven.';
const python = examplesPython();

let hearken;
let withModel;
before(async () => {
  withModel = await startWithModel();
  hearken = await startHearken({ knobs: { chat: { first_ms: 0, gap_ms: 0, script: [SAID], script_repeat: true }, speech: { first_ms: 0 } } });
});
after(() => Promise.all([hearken?.stop(), withModel?.stop()]));

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

/** Runs a program of the examples that brings a function; the model calls it, and what it gave is in the answer. */
async function callsItsFunction(command, ...path) {
  await within(async (cwd) => {
    assert.equal(await ran(command, [example(...path), 'How is it in Lima?'], { cwd, env: { HEARKEN_URL: withModel.url } }), 'It is mild in Lima.\n');
    if (path.includes('ai-sdk')) assert.ok((await seconds(join(cwd, 'reply.mp3'))) > 0.5);
  });
}

test('LangChain calls its tool, and prints the answer', { skip: !python && 'no Python' }, () => callsItsFunction(python, 'langchain', 'chat.py'));

test('the AI SDK calls its function, prints the answer and writes its sound', () => callsItsFunction(nodeOfToday(), 'ai-sdk', 'chat.mjs'));

test('an agent calls its function, prints the answer, and goes on in its conversation', async () => {
  for (const count of [4, 8]) {
    await callsItsFunction(nodeOfToday(), 'openai-agents', 'chat.mjs');
    const { messages } = await (await fetch(`${withModel.url}/v1/conversations/harbour`, { headers: { 'x-user': 'local' } })).json();
    assert.equal(messages.length, count);
  }
});

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
