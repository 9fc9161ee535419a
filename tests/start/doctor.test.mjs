// `npm run doctor`: which targets serve, which do not and what to change; here, and at a hearken that is deployed.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { startLocalProviders } from '../../local/server.mjs';
import { localVars } from '../../scripts/worker.mjs';
import { ENGINE } from '../engine.mjs';
import { startHearken } from '../harness.mjs';
import { recogniser } from '../worker/recogniser.mjs';

const DOCTOR = fileURLToPath(new URL('../../scripts/doctor.mjs', import.meta.url));
const HEARD = { transcript: 'The quick brown fox jumps over the lazy dog.' };
/** An embedding is asked for at this door. */
const NO_EMBEDDINGS = !('/v1/embeddings' in JSON.parse(readFileSync(new URL('../../static/openapi.json', import.meta.url), 'utf8')).paths) && 'there is no POST /v1/embeddings';
const SECRET = 'key-that-nobody-may-see';

/** Runs the command; `{status, output, rows}`, a row for each target. */
async function doctor(variables, ...args) {
  const { LLM, TTS, STT, LISTEN, EMBED, ...environment } = process.env;
  const child = spawn(process.execPath, [DOCTOR, ...args], { env: { ...environment, NODE_TEST_CONTEXT: '', ...variables }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const status = await new Promise((resolve) => child.on('close', resolve));
  const rows = [...output.matchAll(/^(LLM|TTS|STT|LISTEN|EMBED) +(.*)$/gm)].map(([, chain, rest]) => [chain, ...rest.split(/ {2,}/)]);
  return { status, output, rows };
}

describe('with the keys that are set here', () => {
  let providers;
  before(async () => {
    providers = await startLocalProviders({ port: 0, engine: ENGINE, settings: { chat: { first_ms: 0, gap_ms: 0 }, speech: { first_ms: 0 }, transcription: HEARD } });
  });
  after(() => providers?.close());
  const set = (more) => ({ ...localVars(providers.url), GROQ_API_KEY: SECRET, LLM: 'groq:first', TTS: 'elevenlabs:second', STT: 'groq:third', ...more });

  test('every chain that has a target that serves is well, and it says how quick each is', async () => {
    providers.control(null);
    const { status, rows, output } = await doctor(set({ EMBED: 'off' }));
    assert.equal(status, 0, output);
    assert.deepEqual(rows.map(([chain, target, result]) => [chain, target, result]), [
      ['LLM', 'groq:first', 'serves'], ['TTS', 'elevenlabs:second', 'serves'], ['STT', 'groq:third', 'serves'], ['LISTEN', 'off', 'recordings are written down'], ['EMBED', 'off', 'by words alone'],
    ]);
    for (const row of rows.slice(0, 3)) assert.match(row[3], /^\d+ ms$/);
    assert.ok(!output.includes(SECRET));
  });

  test('a chain of embeddings is well when a vector comes', { skip: NO_EMBEDDINGS }, async () => {
    providers.control(null);
    const { rows, output } = await doctor(set({}));
    assert.deepEqual(rows.at(-1).slice(0, 3), ['EMBED', 'openai:local-embedding', 'serves'], output);
  });

  test('a target that does not serve is told with what to change, and a chain without one fails the command', async () => {
    providers.control(null);
    providers.control({ groq: { fault: 'model_gone' }, openai: { fault: 'bad_key' }, deepgram: { transcript: 'nothing of that' } });
    const { status, rows, output } = await doctor(set({
      LLM: 'groq:first, openai:second', TTS: 'cartesia:sonic-3, workers-ai:@cf/deepgram/aura-2-en, elevenlabs:third', STT: 'deepgram:nova-3', EMBED: 'off', LLM_FRIST_MS: '5', OPENAI_API_KEY: SECRET,
    }));
    assert.equal(status, 1, output);
    const by = Object.fromEntries(rows.map(([, target, ...rest]) => [target, rest]));
    assert.deepEqual(by['groq:first'], ['the provider does not have this model', 'LLM']);
    assert.deepEqual(by['openai:second'], ['the key was refused', 'OPENAI_API_KEY']);
    assert.deepEqual(by['cartesia:sonic-3'], ['no key is set', 'CARTESIA_API_KEY']);
    assert.match(by['workers-ai:@cf/deepgram/aura-2-en'].join(' '), /no AI binding .*--url/);
    assert.equal(by['elevenlabs:third'][0], 'serves');
    assert.match(by['deepgram:nova-3'][0], /^it heard 0 of the 6 words/);
    assert.deepEqual(by.off, ['by words alone']);
    assert.match(output, /^no target serves for LLM, STT$/m);
    assert.match(output, /LLM_FRIST_MS is set and means nothing; the nearest variable is LLM_FIRST_MS/);
    assert.ok(!output.includes(SECRET));
  });
});

describe('at a hearken that is deployed', () => {
  let hearken; let ears;
  before(async () => {
    ears = await recogniser({ text: HEARD.transcript });
    hearken = await startHearken({
      vars: { LISTEN: 'openai:gpt-realtime-whisper, deepgram:nova-3', DEEPGRAM_BASE_URL: ears.url, DEEPGRAM_API_KEY: SECRET, AUTH: 'required', API_KEYS: SECRET, SESSION_SECRET: 'a-secret-of-some-length', EMBED: 'off', LLM: 'groq:first, openai:second' },
      knobs: { chat: { first_ms: 0, gap_ms: 0 }, speech: { first_ms: 0 }, transcription: HEARD },
    });
  });
  after(async () => {
    await hearken?.stop();
    await ears?.stop();
  });

  test('it asks the same through its doors, with its key', async () => {
    hearken.providers.control({ 'groq.chat': { fault: 'model_gone' } });
    const { status, rows, output } = await doctor({}, '--url', hearken.url, '--key', SECRET);
    assert.equal(status, 0, output);
    assert.deepEqual(rows[0].slice(1), ['groq:first', 'the provider does not have this model', 'LLM']);
    const listening = rows.filter(([chain]) => chain === 'LISTEN');
    assert.deepEqual(listening[0].slice(1), ['openai:gpt-realtime-whisper', 'it does not listen', 'LISTEN; the Worker\'s log says more']);
    assert.deepEqual(rows.slice(1).filter((row) => row !== listening[0]).map(([chain, , result]) => [chain, result]), [['LLM', 'serves'], ['TTS', 'serves'], ['STT', 'serves'], ['LISTEN', 'serves'], ['EMBED', 'by words alone']]);
    assert.match(listening[1][3], /^\d+ ms$/, 'words come while somebody speaks');
    assert.ok(!output.includes(SECRET));
  });

  test('a wrong key and an address where nobody is are told as what they are', async () => {
    const wrong = await doctor({}, '--url', hearken.url, '--key', 'wrong');
    assert.equal(wrong.status, 1);
    assert.deepEqual(wrong.rows[0].slice(2), ['hearken refused the key', '--key']);
    const nobody = await doctor({}, '--url', 'http://127.0.0.1:9');
    assert.equal(nobody.status, 1);
    assert.match(nobody.output, /^hearken: /);
  });
});
