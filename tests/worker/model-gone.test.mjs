// A model that its provider no longer has: the next target serves, the log says once what to set, /health shows it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { chatBody, sendChat } from './support.mjs';

const RECORDING = readFileSync(new URL('../fixtures/audio/two.webm', import.meta.url));

let hearken;
before(async () => {
  hearken = await startHearken({
    vars: {
      LLM: 'groq:first, openai:second', TTS: 'elevenlabs:eleven_flash_v2_5, workers-ai:@cf/deepgram/aura-2-en',
      STT: 'deepgram:nova-3, workers-ai:@cf/openai/whisper-large-v3-turbo', PHRASE_CACHE: 'off',
    },
  });
});
after(() => hearken?.stop());

const warnings = async () => (await (await fetch(`${hearken.url}/health`)).json()).warnings;
const gone = () => hearken.logs.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)).filter(({ event }) => event === 'model_gone');

const SERVED = {
  LLM: async () => (await sendChat(hearken.url, chatBody('hi')).answer).headers['x-served-by'],
  async TTS() {
    const response = await fetch(`${hearken.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"input":"Good evening.","response_format":"mp3"}' });
    await response.arrayBuffer();
    return response.headers.get('x-served-by');
  },
  async STT() {
    const form = new FormData();
    form.append('file', new Blob([RECORDING]), 'speech.webm');
    const response = await fetch(`${hearken.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
    await response.arrayBuffer();
    return response.headers.get('x-served-by');
  },
};
const CASES = [
  ['LLM', 'groq', 'groq:first', 'openai:second'],
  ['TTS', 'elevenlabs', 'elevenlabs:eleven_flash_v2_5', 'workers-ai:@cf/deepgram/aura-2-en'],
  ['STT', 'deepgram', 'deepgram:nova-3', 'workers-ai:@cf/openai/whisper-large-v3-turbo'],
];

for (const [variable, provider, first, second] of CASES) {
  test(`${variable}: the next target serves; the log says once what to set, and /health until it is found again`, async () => {
    const has = { transcription: { transcript: 'Good evening.' } };
    hearken.providers.control({ ...has, [provider]: { fault: 'model_gone' } });
    for (let i = 0; i < 2; i += 1) assert.equal(await SERVED[variable](), second);
    const [told] = await until('the log line', () => gone().some((one) => one.variable === variable) && gone().filter((one) => one.variable === variable));
    assert.deepEqual([told.target, typeof told.operation, typeof told.request_id], [first, 'string', 'string']);
    assert.deepEqual(await warnings(), [`${variable} names ${first}, a model that its provider does not have or no longer has: set ${variable} to one that it serves`]);
    hearken.providers.control(null);
    hearken.providers.control(has);
    assert.equal(await SERVED[variable](), first);
    await until('the warning to go', async () => (await warnings()).length === 0);
    assert.equal(gone().filter((one) => one.variable === variable).length, 1, 'once an hour');
  });
}
