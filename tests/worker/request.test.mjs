// What a provider receives of a client's request.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chunk, DONE, GROQ_KEY, OPENAI_KEY, ROLE, sendChat, sending, startScripted } from './support.mjs';

let hearken;
before(async () => {
  hearken = await startScripted();
});
after(() => hearken?.stop());

const SPOKEN = sending(ROLE + chunk('x') + DONE);
const whole = (call) => {
  call.head(200, { 'content-type': 'application/json' });
  call.end('{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}');
};

/** Sends `body` as it is and answers the provider's call. */
async function received(key, body, headers, providers = { groq: body.includes('"stream":true') ? SPOKEN : whole }) {
  hearken.upstream.plan(key, providers);
  const answer = await sendChat(hearken.url, body, headers).answer;
  assert.equal(answer.status, 200, await answer.text());
  await answer.whole();
  return hearken.upstream.calls(key);
}

test('fields that hearken does not know reach the provider byte for byte', async () => {
  const unknown = '"temperature":0.70,"seed":12345678901234567890123,"top_p":1E0,"tools":[ { "type" : "function", "function":{"name":"f","parameters":{"x":1e400}} } ],'
    + '"response_format":{"type":"json_object"},"caf\\u00e9":"\\ud83c\\udf3f \\/","logit_bias":{"50256":-100},"nothing":null';
  const messages = '"messages":[ {"role":"system","content":"a\\tb","name":"s"},{"role":"user","content":"unknown fields","extra":[1.0]} ]';
  const [call] = await received('unknown fields', `{${messages},"stream":true, ${unknown} ,"user":"ann"}`);
  assert.equal(
    call.raw.toString(),
    `{"model":"first",${messages},"stream":true,${unknown.replace('caf\\u00e9', 'café')},"user":"ann"}`,
  );
});

test('the model is the provider\'s own and hearken\'s extensions stay here', async () => {
  const [call] = await received('extensions', '{"conversation":"c1","model":"companion","memory":"off","stream":true,"messages":[{"role":"user","content":"extensions"}]}');
  assert.equal(call.raw.toString(), '{"model":"first","stream":true,"messages":[{"role":"user","content":"extensions"}]}');
});

test('a request without a model, or with an empty one, goes to the chain', async () => {
  for (const model of ['', '"model":"",', '"model":null,']) {
    const key = `no model ${model.length}`;
    const [call] = await received(key, `{${model}"messages":[{"role":"user","content":"${key}"}]}`);
    assert.equal(JSON.parse(call.raw).model, 'first');
  }
});

test('a provider:model of the chain is asked alone', async () => {
  const calls = await received('named', '{"model":"openai:second","stream":true,"messages":[{"role":"user","content":"named"}]}', {}, { openai: SPOKEN });
  assert.deepEqual(calls.map(({ provider }) => provider), ['openai']);
  assert.equal(JSON.parse(calls[0].raw).model, 'second');
});

test('each provider gets its own key, an uncompressed answer, and nothing of the client\'s', async () => {
  const fail = (call) => {
    call.head(500, {});
    call.end();
  };
  const calls = await received('headers', '{"stream":true,"messages":[{"role":"user","content":"headers"}]}', {
    authorization: 'Bearer key-of-the-client', cookie: 'a=b', 'x-user': 'ann', 'x-stainless-lang': 'js', origin: 'https://a.example',
  }, { groq: fail, openai: SPOKEN });
  assert.deepEqual(calls.map(({ provider }) => provider), ['groq', 'openai']);
  for (const [call, key] of [[calls[0], GROQ_KEY], [calls[1], OPENAI_KEY]]) {
    assert.equal(call.req.method, 'POST');
    assert.equal(call.req.url, `/${call.provider}/chat/completions`);
    assert.equal(call.headers.authorization, `Bearer ${key}`);
    assert.equal(call.headers['accept-encoding'], 'identity');
    assert.match(call.headers['content-type'], /^application\/json/);
    for (const name of ['cookie', 'x-user', 'x-stainless-lang', 'origin', 'user-agent']) assert.equal(call.headers[name], undefined, name);
  }
});

test('a byte order mark is passed over, sent with a length or in chunks', async () => {
  const body = (key) => `{"messages":[{"role":"user","content":"${key}"}]}`;
  for (const [key, headers] of [['marked, length', {}], ['marked, chunked', { 'transfer-encoding': 'chunked' }]]) {
    const [call] = await received(key, `\u{feff}${body(key)}`, headers);
    assert.equal(call.raw.toString(), `{"model":"first",${body(key).slice(1)}`);
  }
});

test('a request of 3 MB reaches the provider whole, sent with a length or in chunks', async () => {
  const filler = 'A'.repeat(3_000_000);
  const body = (key) => `{"filler":"${filler}","messages":[{"role":"user","content":"${key}"}]}`;
  for (const [key, headers] of [['large, length', {}], ['large, chunked', { 'transfer-encoding': 'chunked' }]]) {
    const [call] = await received(key, body(key), headers);
    assert.equal(call.raw.toString(), `{"model":"first",${body(key).slice(1)}`);
  }
});
