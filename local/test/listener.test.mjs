import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embed } from '../embeddings.mjs';
import { extractOperations } from '../extractor.mjs';
import { listen } from '../listener.mjs';
import { chatBody, post, start } from './helpers.mjs';

const say = (text, system) => listen([...(system ? [{ role: 'system', content: system }] : []), { role: 'user', content: text }]);
const likeness = (left, right) => embed(left).reduce((sum, value, index) => sum + value * embed(right)[index], 0);

test('the listener is deterministic and answers in one to three short sentences', () => {
  for (const text of ['Hello', 'I feel lonely', 'My sister called me yesterday', 'Why is the sky blue?', '', 'ok', 'asdf qwer', '🙂', 'I think '.repeat(200)]) {
    const reply = say(text);
    assert.equal(reply, say(text));
    assert.ok(reply.length > 0 && reply.length < 300, reply);
    assert.ok(reply.match(/[^.!?]+[.!?]+/g).length <= 4, reply);
  }
});

test('the listener answers what was said', () => {
  assert.match(say('I feel so anxious about tomorrow'), /anxious/);
  assert.match(say('My name is Ana'), /Ana/);
  assert.match(say('I was walking with my dog'), /you were walking with your dog/);
  assert.match(say('thank you so much'), /welcome|course|Any time/);
});

test('the listener knows names and facts from earlier turns and from memory lines', () => {
  const system = 'You are a warm companion.\nWhat you know:\n- Their name is Ana.\n- They live in Porto.\n- The user has a dog called Rex.';
  assert.match(say('What is my name?', system), /Ana/);
  assert.match(say('Where do I live?', system), /you live in Porto/i);
  assert.match(say('What is the name of my dog?', system), /Rex/);
  const turns = [{ role: 'user', content: 'Hi, my name is Ben.' }, { role: 'assistant', content: 'Hello.' }, { role: 'user', content: "what's my name?" }];
  assert.match(listen(turns), /Ben/);
  assert.match(say('What is my name?'), /not told me/);
});

test('different conversations get different words', () => {
  const replies = new Set(Array.from({ length: 12 }, (_, index) => say(`I went to place number ${index} with a bag`)).map((reply) => reply.replace(/\d+/, '')));
  assert.ok(replies.size >= 6);
});

const extract = (user, system = 'Extract operations as JSON.') => extractOperations([{ role: 'system', content: system }, { role: 'user', content: user }]);

test('the extractor turns first-person statements into third-person facts', () => {
  const texts = extract("user: Hi! My name is Ana and I live in Porto.\nuser: I'm a nurse. I have two cats. I love hiking.\nuser: My birthday is on May 3.").map(({ text }) => text);
  assert.deepEqual(texts, ['Their name is Ana.', 'They live in Porto.', 'They work as a nurse.', 'They have two cats.', 'They love hiking.', 'Their birthday is on May 3.']);
});

test('the extractor says none for small talk and questions, and ignores the companion', () => {
  assert.deepEqual(extract('user: Hello! How are you?\nassistant: I live in a computer. I love you.\nuser: ok thanks'), [{ op: 'none' }]);
});

test('the extractor updates and deletes shown memories, and adds nothing twice', () => {
  const memories = '[1] Their name is Ana.\n[7] They live in Porto.\n[9] They have a cat.\n';
  assert.deepEqual(extract(`${memories}user: I moved to Lisbon last month.`)[0], { op: 'update', id: '7', text: 'They live in Lisbon.', kind: 'fact' });
  assert.deepEqual(extract(`${memories}user: My name is Ana.`), [{ op: 'none' }]);
  assert.deepEqual(extract(`${memories}user: Please forget that I have a cat.`), [{ op: 'delete', id: '9' }]);
  assert.deepEqual(extract('{"memories":[{"id":"m-4","text":"They live in Porto."}],"messages":[{"role":"user","content":"I live in Faro now."}]}')[0].id, 'm-4');
});

test('the extractor resolves days against the date of the prompt', () => {
  assert.match(extract('user: I have an exam tomorrow.', 'Today is 2026-12-31. operations')[0].text, /2027-01-01/);
});

test('extraction and summaries come through the chat route', async (t) => {
  const providers = await start(t);
  const ask = async (system, user, more) => {
    const response = await post(`${providers.url}/v1/chat/completions`, { ...chatBody(user), stream: false, ...more, messages: [{ role: 'system', content: system }, { role: 'user', content: user }] });
    return (await response.json()).choices[0].message.content;
  };
  const json = JSON.parse(await ask('Answer with {"operations":[...]}', 'user: I live in Porto.', { response_format: { type: 'json_object' } }));
  assert.deepEqual(json, { operations: [{ op: 'add', text: 'They live in Porto.', kind: 'fact' }] });
  const summary = await ask('Summarise the conversation in plain text.', 'user: I live in Porto.\nassistant: Nice.\nuser: I work as a nurse.');
  assert.match(summary, /Porto.*nurse/);
  assert.ok(!summary.startsWith('{'));
  const companion = await ask('You are a warm companion.\nSummary of earlier turns: they talked about Porto.', 'I feel sad today');
  assert.match(companion, /sad/, 'a summary that is given is not a summary that is asked for');
});

test('embeddings are normalised, deterministic, and near for the same topic', () => {
  assert.ok(Math.abs(Math.hypot(...embed('hello world')) - 1) < 1e-9);
  assert.deepEqual(embed('hello world'), embed('hello world'));
  assert.ok(Math.abs(Math.hypot(...embed('…')) - 1) < 1e-9);
  const near = likeness('They have a dog called Rex', 'what pets do I have?');
  assert.ok(near > likeness('They have a dog called Rex', 'They work in an office') + 0.2, String(near));
  assert.ok(likeness('They live in Porto', 'Where is my home?') > likeness('They like chocolate', 'Where is my home?'));
});

test('the embedding routes take strings, lists, dimensions and base64', async (t) => {
  const providers = await start(t);
  const ask = async (body) => (await post(`${providers.url}/v1/embeddings`, { model: 'e', ...body })).json();
  const one = await ask({ input: 'a dog' });
  assert.equal(one.data[0].embedding.length, 384);
  const two = await ask({ input: ['a dog', 'a cat'], dimensions: 16, encoding_format: 'base64' });
  assert.equal(two.data.length, 2);
  const floats = new Float32Array(Uint8Array.from(Buffer.from(two.data[1].embedding, 'base64')).buffer);
  assert.equal(floats.length, 16);
  for (const wrong of [{}, { input: '' }, { input: [] }, { input: 'x', dimensions: 0 }]) assert.ok((await ask(wrong)).error);
  const run = await (await post(`${providers.url}/ai/run/@cf/baai/bge-small-en-v1.5`, { text: ['a', 'b', 'c'] })).json();
  assert.deepEqual([run.shape, run.data.length, run.data[0].length], [[3, 384], 3, 384]);
});
