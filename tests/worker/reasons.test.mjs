// Why a provider refused a request reaches the client as a word of a closed set and a sentence of hearken's own, and
// nothing else of its body does.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chunk, contractError, DONE, events, FINISH, ROLE, send, sending, startScripted } from './support.mjs';

let hearken;
before(async () => {
  hearken = await startScripted({ TTS: 'openai:tts' });
});
after(() => hearken?.stop());

const refusing = (status, body) => (call) => {
  call.head(status, { 'content-type': 'application/json' });
  call.end(JSON.stringify(body));
};
const JSON_TYPE = { 'content-type': 'application/json' };
const REPLY = ROLE + chunk('Hi') + FINISH + DONE;
const LONG = { error: { message: 'secret: This model\'s maximum context length is 8 tokens.', type: 'BadRequestError', param: null, code: 400 } };
const GONE = { error: { message: 'secret', code: 'model_not_found' } };

describe('a refusal', { concurrency: true }, () => {
  const REASONS = {
    'a code and its parameter': [400, { error: { code: 'context_length_exceeded', param: 'messages' } }, 400, 'context_length_exceeded', 'messages'],
    'a wording without a code': [400, LONG, 400, 'context_length_exceeded', 'messages'],
    'a list around it (Gemini)': [400, [LONG], 400, 'context_length_exceeded', 'messages'],
    'a parameter that is not taken': [400, { error: { code: 'unsupported_parameter', param: 'logit_bias' } }, 400, 'unsupported_parameter', 'logit_bias'],
    'a field that is forbidden (Mistral)': [422, { detail: [{ type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }] }, 422, 'unsupported_parameter', 'seed'],
    'a value that is not taken': [400, { error: { code: 'unsupported_value', param: 'temperature' } }, 400, 'unsupported_value', 'temperature'],
    'a filter': [400, { error: { code: 'content_filter', param: 'prompt' } }, 400, 'content_filter', 'prompt'],
    'a call of a tool that failed (Groq)': [400, { error: { code: 'tool_use_failed', failed_generation: 'secret' } }, 400, 'tool_use_failed', 'tools'],
    'an image': [400, { error: { code: 'invalid_image_format' } }, 400, 'invalid_image_format', 'messages'],
    'too large a request (Groq)': [413, { error: { message: 'secret', type: 'tokens', code: 'rate_limit_exceeded' } }, 413, 'request_too_large', null],
    'another code': [400, { error: { message: 'secret', code: 'secret_code', param: 'secret_param' } }, 400, 'provider_refused', null],
  };
  for (const [name, [sent, body, status, code, param]] of Object.entries(REASONS)) {
    test(`${name} is ${code}`, async () => {
      for (const stream of [true, false]) {
        const key = `${name} ${stream}`;
        hearken.upstream.plan(key, { groq: refusing(sent, body), openai: refusing(sent, body) });
        const error = await contractError(await hearken.chat(key, { stream }), status);
        assert.deepEqual([error.code, error.param, error.type], [code, param, 'invalid_request_error']);
        assert.ok(!JSON.stringify(error).includes('secret'));
      }
    });
  }

  test('the reason counts beside a target whose model is gone', async () => {
    for (const [key, plans] of [['long, gone', [LONG, GONE]], ['gone, long', [GONE, LONG]]]) {
      const [groq, openai] = plans.map((body) => refusing(body === GONE ? 404 : 400, body));
      hearken.upstream.plan(key, { groq, openai });
      const error = await contractError(await hearken.chat(key), 400);
      assert.equal(error.code, 'context_length_exceeded');
    }
  });

  test('of a voice names the field of the door that was asked', async () => {
    hearken.upstream.plan('Hi', { openai: refusing(400, { error: { code: 'voice_not_found', param: 'voice', message: 'secret' } }) });
    const alone = await send(`${hearken.url}/v1/audio/speech`, { headers: JSON_TYPE, body: '{"input":"Hi"}' }).answer;
    assert.equal((await contractError(alone, 400)).param, 'voice');
    hearken.upstream.plan('speak', { groq: sending(REPLY) });
    const spoken = await hearken.chat('speak', { modalities: ['text', 'audio'], audio: { voice: 'nobody', format: 'mp3' } });
    const told = events(await spoken.text()).filter((data) => data.includes('voice_not_found')).map((data) => JSON.parse(data));
    assert.deepEqual(told.map(({ choices }) => choices[0].delta.audio.error.param), ['audio.voice']);
  });

  test('a model that is gone lets the next one serve', async () => {
    hearken.upstream.plan('gone', { groq: refusing(404, GONE), openai: sending(REPLY) });
    assert.equal(await (await hearken.chat('gone')).text(), REPLY);
  });
});

/** Runs `check` with a Worker and breakers of its own: a provider may be left alone for a while. */
async function alone(check) {
  const worker = await startScripted({}, { breakers: 'auto' });
  try {
    await check(worker);
  } finally {
    await worker.stop();
  }
}

test('a country that is not served falls back, and the provider is left alone', () => alone(async (worker) => {
  const body = { error: { code: 'unsupported_country_region_territory', message: 'secret' } };
  worker.upstream.plan('country', { groq: refusing(403, body), openai: sending(REPLY) });
  for (let count = 0; count < 2; count += 1) assert.equal(await (await worker.chat('country')).text(), REPLY);
  assert.deepEqual(worker.upstream.calls('country').map(({ provider }) => provider), ['groq', 'openai', 'openai']);
}));

test('a quota that is used up is a long pause', () => alone(async (worker) => {
  const body = { error: { message: 'You exceeded your current quota, please check your plan', type: 'insufficient_quota', code: 'insufficient_quota' } };
  worker.upstream.plan('paid', { groq: refusing(429, body), openai: sending(REPLY) });
  for (let count = 0; count < 3; count += 1) assert.equal(await (await worker.chat('paid')).text(), REPLY);
  assert.equal(worker.upstream.calls('paid').filter(({ provider }) => provider === 'groq').length, 1);
}));

test('empty replies that have finished never open a breaker', () => alone(async (worker) => {
  const silent = ROLE + FINISH + DONE;
  worker.upstream.plan('silent', { groq: sending(silent), openai: sending(REPLY) });
  for (let count = 0; count < 12; count += 1) assert.equal(await (await worker.chat('silent')).text(), silent);
}));

test('where all is used up, the client hears how long', () => alone(async (worker) => {
  const body = { error: { code: 'insufficient_quota' } };
  worker.upstream.plan('all used up', { groq: refusing(429, body), openai: refusing(429, body) });
  const answer = await worker.chat('all used up');
  assert.equal((await contractError(answer, 429)).code, 'provider_exhausted');
  assert.ok(Number(answer.headers['retry-after']) > 60, answer.headers['retry-after']);
}));
