// The official OpenAI SDK at the small doors: vectors, and the names that clients have built in.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI, { APIError, BadRequestError, NotFoundError } from 'openai';
import { startHearken } from '../harness.mjs';
import { DIMENSIONS, embed } from '../../local/embeddings.mjs';

const ALIASES = 'gpt-4o-mini=companion, fast=groq:first, text-embedding-3-small=companion';
let hearken;
let client;
before(async () => {
  hearken = await startHearken({ vars: { LLM: 'groq:first, openai:second', EMBED: 'openai:local-embedding', MODEL_ALIASES: ALIASES } });
  client = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: 'any', maxRetries: 0 });
});
after(() => hearken?.stop());

const near = (got, wanted) => got.length === wanted.length && got.every((number, index) => Math.abs(number - wanted[index]) < 1e-6);

describe('embeddings', () => {
  const vectors = (fields) => client.embeddings.create({ model: 'companion', ...fields });

  test('are the same in base64, which the SDK asks for unasked, and in decimal', async () => {
    const input = ['a dog', 'a cat'];
    for (const encoding_format of [undefined, 'base64', 'float']) {
      hearken.providers.requests.length = 0;
      const { data, model, usage } = await vectors({ input, ...(encoding_format && { encoding_format }) });
      assert.deepEqual(data.map(({ index }) => index), [0, 1]);
      const read = ({ embedding }) => (typeof embedding === 'string' ? [...new Float32Array(new Uint8Array(Buffer.from(embedding, 'base64')).buffer)] : embedding);
      for (const [place, text] of input.entries()) assert.ok(near(read(data[place]), embed(text)), `${encoding_format}`);
      assert.equal(model, 'local-embedding');
      assert.ok(usage.prompt_tokens > 0 && usage.total_tokens === usage.prompt_tokens);
      assert.equal(hearken.providers.requests.length, 1);
    }
  });

  test('have the length that was asked for, and take token ids where the provider does', async () => {
    assert.equal((await vectors({ input: 'a dog', encoding_format: 'float' })).data[0].embedding.length, DIMENSIONS);
    assert.equal((await vectors({ input: 'a dog', dimensions: 8, encoding_format: 'float' })).data[0].embedding.length, 8);
    assert.equal((await vectors({ input: [[1, 2], [3]] })).data.length, 2);
  });

  test('are refused by name: an empty input, an unknown model', async () => {
    await assert.rejects(vectors({ input: '' }), (error) => error instanceof BadRequestError && error.param === 'input');
    await assert.rejects(vectors({ input: 'a', model: 'text-embedding-3-large' }), (error) => error instanceof NotFoundError && error.code === 'model_not_found');
    assert.equal((await vectors({ input: 'a', model: 'text-embedding-3-small' })).data.length, 1);
  });

  test('of Workers AI come in parts, take no token ids and no length; EMBED=off is 501', async () => {
    const bound = await startHearken({ vars: { EMBED: 'workers-ai:@cf/baai/bge-small-en-v1.5' } });
    try {
      const there = new OpenAI({ baseURL: `${bound.url}/v1`, apiKey: 'any', maxRetries: 0 });
      const input = Array.from({ length: 101 }, (_, index) => `text ${index}`);
      const { data } = await there.embeddings.create({ model: 'companion', input, encoding_format: 'float' });
      assert.ok(data.every(({ index, embedding }) => near(embedding, embed(input[index]))));
      for (const [fields, param] of [[{ input: [1, 2] }, 'input'], [{ input: 'a', dimensions: 8 }, 'dimensions']])
        await assert.rejects(there.embeddings.create({ model: 'companion', ...fields }), (error) => error instanceof BadRequestError && error.param === param);
    } finally {
      await bound.stop();
    }
    const off = await startHearken({ vars: { EMBED: 'off' } });
    try {
      const there = new OpenAI({ baseURL: `${off.url}/v1`, apiKey: 'any', maxRetries: 0 });
      await assert.rejects(there.embeddings.create({ model: 'companion', input: 'a' }), (error) => error instanceof APIError && error.status === 501);
    } finally {
      await off.stop();
    }
  });
});

describe('names', () => {
  const said = async (model) => {
    const { response } = await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hi' }] }).withResponse();
    return response.headers.get('x-served-by');
  };

  test('of MODEL_ALIASES stand for a model of the chain, or for all of it', async () => {
    assert.equal(await said('gpt-4o-mini'), 'groq:first');
    assert.equal(await said('fast'), 'groq:first');
    await assert.rejects(said('gpt-4o'), NotFoundError);
  });

  test('that doors take are models that exist', async () => {
    const ids = (await client.models.list()).data.map(({ id }) => id);
    assert.deepEqual(ids, ['companion', 'groq:first', 'openai:second', 'gpt-4o-mini', 'fast', 'text-embedding-3-small']);
    for (const id of [...ids, 'tts-1', 'whisper-1', 'gpt-4o-mini-tts']) assert.equal((await client.models.retrieve(id)).id, id);
    await assert.rejects(client.models.retrieve('gpt-4o'), NotFoundError);
  });

  test('of OpenAI for speech need no alias', async () => {
    for (const model of ['tts-1', 'tts-1-hd-1106', 'gpt-4o-mini-tts'])
      assert.ok((await (await client.audio.speech.create({ model, voice: 'alloy', input: 'Yes.' })).arrayBuffer()).byteLength > 0, model);
  });
});

test('voices and models of speech are listed without credentials, as Open WebUI asks for them', async () => {
  const { voices } = await (await fetch(`${hearken.url}/v1/audio/voices`)).json();
  assert.ok(voices.length > 1 && voices.every(({ id, name }) => id && name));
  const spoken = await fetch(`${hearken.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input: 'Yes.', model: 'tts-1', voice: voices.at(-1).id }) });
  assert.equal(spoken.headers.get('content-type'), 'audio/mpeg');
  await spoken.arrayBuffer();
  const { models } = await (await fetch(`${hearken.url}/v1/audio/models`)).json();
  assert.equal(models[0].id, 'companion');
});

test('fields that Vapi, ElevenLabs and Open WebUI add are nobody\'s fault', async () => {
  const post = (path, body, headers = {}) => fetch(hearken.url + path, { method: 'POST', headers: { ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }), ...headers }, body: body instanceof FormData ? body : JSON.stringify(body) });
  const messages = [{ role: 'user', content: 'hi' }];
  for (const extra of [
    { metadata: { assistant: 'a' }, call: { id: 'c', type: 'webCall' }, phoneNumber: { number: '+1' }, customer: { number: '+2' }, timestamp: 1 },
    { user_id: 'u', elevenlabs_extra_body: { UUID: 'x' }, tools: [{ type: 'function', function: { name: 'end_call', parameters: {} } }] },
    { chat_id: 'c', session_id: 's', id: 'i', features: { web_search: false }, variables: {}, background_tasks: { title_generation: true } },
  ]) {
    const answer = await post('/v1/chat/completions', { messages, stream: true, ...extra });
    assert.match(await answer.text(), /\[DONE\]/);
  }
  const headers = { 'x-openwebui-user-name': 'Ann', 'x-openwebui-user-id': '7' };
  const speech = await post('/v1/audio/speech', { input: 'Yes.', model: 'tts-1', voice: 'alloy', lang_code: 'en', volume_multiplier: 1, return_download_link: false }, headers);
  assert.equal(speech.status, 200);
  await speech.arrayBuffer();
});
