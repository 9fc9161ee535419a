// What a person may spend on a day: never exceeded, settled with what was really spent, and told.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { Somebody } from './people.mjs';
import { connect, tone } from './realtime-client.mjs';
import { chunk, DONE, FINISH, send, sendChat, startScripted } from './support.mjs';

const CLIP = readFileSync(new URL('../fixtures/audio/two.wav', import.meta.url));
const say = (content, fields) => ({ messages: [{ role: 'user', content }], ...fields });
const KNOBS = { chat: { first_ms: 0, gap_ms: 0 }, speech: { first_ms: 0 }, transcription: { transcript: 'hello there' } };
const UNITS = ['tokens', 'characters', 'heard_seconds'];

/** The person's day once nothing is reserved any more. */
const settled = (person) => until('every turn to be settled', async () => {
  const { body } = await person.must('GET', '/v1/usage');
  return UNITS.some((name) => body[name].reserved > 0) ? undefined : body;
});

/** Asserts a budget that is used up; answers the error. */
function exhausted({ status, headers, body }) {
  assert.equal(status, 429, JSON.stringify(body));
  assert.deepEqual([body.error.type, body.error.code], ['insufficient_quota', 'budget_exhausted']);
  const midnight_s = 86_400 - (Math.floor(Date.now() / 1000) % 86_400);
  const off_s = Math.abs(Number(headers.get('retry-after')) - midnight_s);
  assert.ok(Math.min(off_s, 86_400 - off_s) <= 5);
  assert.equal(headers.get('x-should-retry'), 'false');
  return body.error;
}

/** A whole completion that says what it cost. */
const completion = (content, total_tokens) => (call) => {
  call.head(200, { 'content-type': 'application/json' });
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
  call.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage: { prompt_tokens: 1, completion_tokens: total_tokens - 1, total_tokens } }));
};
const sentTo = (call) => JSON.parse(call.raw);

describe('a budget of tokens', () => {
  const LIMIT = 1_000;
  let it;
  before(async () => {
    it = await startScripted({ BUDGET_TOKENS: String(LIMIT) });
  });
  after(() => it?.stop());
  const person = (user) => new Somebody(it.url, user);

  test('is what the provider says was spent, and an answer says what is left of it', async () => {
    const ann = person('ann');
    it.upstream.plan('what does it cost', { groq: completion('this', 300) });
    const answer = await ann.say('what does it cost');
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('ratelimit'), /^"tokens";r=\d+;t=\d+$/);
    assert.equal(answer.headers.get('ratelimit-policy'), '"tokens";q=1000;w=86400;qu="tokens"');
    const day = await settled(ann);
    assert.deepEqual(day.tokens, { used: 300, reserved: 0, limit: LIMIT });
    assert.deepEqual(day.characters, { used: 0, reserved: 0, limit: 0 });
    assert.match(day.day, /^\d{4}-\d\d-\d\d$/);
  });

  test('is never exceeded by requests at once, and the provider is told how much is left for it', async () => {
    const bob = person('bob');
    let asked = 0;
    it.upstream.plan('all at once', { groq: async (call) => {
      asked += 1;
      completion('yes', sentTo(call).max_tokens + 1)(call);
    } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => bob.say('all at once', { max_tokens: 200 })));
    const served = answers.filter(({ status }) => status === 200).length;
    answers.filter(({ status }) => status !== 200).forEach(exhausted);
    assert.ok(served >= 4 && served < 20, `${served} were served`);
    assert.equal(asked, served);
    for (const call of it.upstream.calls('all at once')) assert.ok(sentTo(call).max_tokens <= 200 && !('max_completion_tokens' in sentTo(call)));
    const { tokens } = await settled(bob);
    assert.ok(tokens.used <= LIMIT && tokens.used > LIMIT / 2, `${tokens.used} of ${LIMIT}`);
    // Another person's budget is their own.
    it.upstream.plan('is there any left', { groq: completion('all of it', 10) });
    assert.equal((await person('cat').say('is there any left')).status, 200);
  });

  test('counts a stream by its usage, and by its text where there is none', async () => {
    const dan = person('dan');
    const end = `data: ${JSON.stringify({ id: 'c1', choices: [], usage: { prompt_tokens: 40, completion_tokens: 2, total_tokens: 42 } })}\n\n`;
    it.upstream.plan('with usage', { groq: async (call) => {
      call.head();
      call.end(chunk('hi') + FINISH + end + DONE);
    } });
    assert.equal((await dan.say('with usage', { stream: true })).text, 'hi');
    assert.equal((await settled(dan)).tokens.used, 42);
    it.upstream.plan('without', { groq: async (call) => {
      call.head();
      call.end(chunk('a word '.repeat(40)) + FINISH + DONE);
    } });
    await dan.say('without', { stream: true });
    const { used } = (await settled(dan)).tokens;
    assert.ok(used > 42 + 70 && used < 42 + 130, `${used}`);
  });

  test('is given back where nobody answers, and a fallback is counted once', async () => {
    const eve = person('eve');
    const fails = (call) => {
      call.head(500, { 'content-type': 'application/json' });
      call.end('{}');
    };
    it.upstream.plan('nobody', { groq: fails, openai: fails });
    assert.equal((await eve.say('nobody')).status, 502);
    assert.equal((await settled(eve)).tokens.used, 0);
    it.upstream.plan('the second', { groq: fails, openai: completion('here', 50) });
    assert.equal((await eve.say('the second')).status, 200);
    assert.equal((await settled(eve)).tokens.used, 50);
  });

  test('settles a stream that its client leaves or its provider cuts with what had come', async () => {
    const fay = person('fay');
    it.upstream.plan('cut', { groq: async (call) => {
      call.head();
      await call.write(chunk('a word '.repeat(20)));
      call.reset();
    } });
    await fay.say('cut', { stream: true });
    const { used } = (await settled(fay)).tokens;
    assert.ok(used > 30 && used < 120, `${used}`);
    await fay.ask('POST', '/v1/responses', { input: 'cut', stream: true, store: false });
    const twice = (await settled(fay)).tokens.used;
    assert.ok(twice > 60 && twice < 240, `${twice}`);
    let leave;
    it.upstream.plan('left', { groq: async (call) => {
      call.head();
      await call.write(chunk('a word '.repeat(20)));
      leave();
      // workerd notices that its client has left with the next byte that it writes.
      while (!call.gone) await call.write(chunk('.'));
    } });
    const asked = sendChat(it.url, say('left', { stream: true }), { 'x-user': 'fay' });
    const reading = asked.answer.then((answer) => answer.until(1).then(() => answer.reset()));
    await new Promise((resolve) => { leave = resolve; });
    await reading;
    const after = (await settled(fay)).tokens.used;
    assert.ok(after > twice + 30, `${after}`);
  });

  test('holds for turns of a conversation and for responses, with what is known in them', async () => {
    const gus = person('gus');
    it.upstream.plan('in a talk', { groq: completion('yes', 100) });
    for (const used of [100, 200]) {
      await gus.say('in a talk', { conversation: 'c', max_tokens: 50 });
      assert.equal((await settled(gus)).tokens.used, used);
    }
    const response = await gus.ask('POST', '/v1/responses', { input: 'in a talk', max_output_tokens: 50 });
    assert.equal(response.status, 200, response.text);
    assert.equal((await settled(gus)).tokens.used, 300);
    // What may not be answered is not kept.
    exhausted(await gus.ask('POST', '/v1/chat/completions', say('x '.repeat(4_000), { conversation: 'c' })));
    assert.equal((await gus.must('GET', '/v1/conversations/c')).body.message_count, 4);
  });

  test('holds at a realtime socket: for a whole reply, for one that is cancelled, and where nothing is left', async () => {
    const ivy = person('ivy');
    const end = `data: ${JSON.stringify({ id: 'c1', choices: [], usage: { prompt_tokens: 40, completion_tokens: 2, total_tokens: 42 } })}\n\n`;
    it.upstream.plan('by socket', { groq: async (call) => {
      call.head();
      call.end(chunk('hi') + FINISH + end + DONE);
    } });
    it.upstream.plan('cancelled', { groq: async (call) => {
      call.head();
      await call.write(chunk('a word '.repeat(20)));
      await call.closed;
    } });
    const session = await connect(it.url, { query: '?model=companion&person=ivy' });
    // Nothing of it is kept, so that nothing is extracted from it.
    const text = { output_modalities: ['text'], conversation: 'none' };
    assert.equal((await session.say('by socket', text)).status, 'completed');
    assert.equal((await settled(ivy)).tokens.used, 42);
    const from = session.events.length;
    const done = session.say('cancelled', text);
    const { response_id } = await session.event('response.output_text.delta', undefined, from);
    session.send({ type: 'response.cancel', response_id });
    assert.equal((await done).status, 'cancelled');
    const { used } = (await settled(ivy)).tokens;
    assert.ok(used > 42 + 30, `${used}`);
    const refused = await session.say('x '.repeat(4_000), text);
    assert.deepEqual([refused.status, refused.status_details.error.code], ['failed', 'budget_exhausted']);
    assert.equal((await settled(ivy)).tokens.used, used);
    await session.close();
  });

  test('outlives the person, so that nobody spends anew by being erased', async () => {
    const hal = person('hal');
    it.upstream.plan('dear', { groq: completion('yes', LIMIT) });
    await hal.say('dear');
    const day = await settled(hal);
    await hal.must('DELETE', '/v1/person');
    assert.deepEqual(await settled(hal), day);
    exhausted(await hal.ask('POST', '/v1/chat/completions', say('dear', { max_tokens: 200 })));
  });
});

describe('budgets of characters, of heard seconds, and of tokens at the other doors', () => {
  let it;
  before(async () => {
    it = await startHearken({ vars: { BUDGET_CHARACTERS: '120', BUDGET_HEARD_SECONDS: '2', BUDGET_TOKENS: '5000', MEMORY: 'off' }, knobs: KNOBS });
  });
  after(() => it?.stop());
  const person = (user) => new Somebody(it.url, user);
  const speak = (who, input) => who.ask('POST', '/v1/audio/speech', { input, response_format: 'pcm' });
  const transcribe = async (who) => {
    const form = new FormData();
    form.set('file', new Blob([CLIP]), 'two.wav');
    const answer = await fetch(`${it.url}/v1/audio/transcriptions`, { method: 'POST', headers: who.headers, body: form });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };

  test('a text is spoken while its characters are left, and what nobody spoke is given back', async () => {
    const ann = person('ann');
    const sentence = 'x'.repeat(49) + '.';
    for (const used of [50, 100]) {
      assert.equal((await speak(ann, sentence)).status, 200);
      assert.equal((await settled(ann)).characters.used, used);
    }
    const refused = await speak(ann, sentence);
    exhausted({ ...refused, body: JSON.parse(refused.text) });
    assert.equal((await speak(ann, 'Short enough.')).status, 200);
    const bob = person('bob');
    it.providers.control({ speech: { fault: 'server_error' } });
    assert.equal((await speak(bob, sentence)).status, 502);
    it.providers.control(null);
    it.providers.control(KNOBS);
    assert.equal((await settled(bob)).characters.used, 0);
  });

  test('a text whose client leaves before the first sound costs what a voice was asked for, and nothing of it stays reserved', async () => {
    const asked = () => it.providers.requests.filter(({ path }) => /text-to-speech|speech/.test(path)).length;
    for (const [user, input] of [['lea', 'x'.repeat(49) + '.'], ['leo', 'Never mind. '.repeat(9).trim()]]) {
      it.providers.control({ speech: { first_ms: 60_000 } });
      const before = asked();
      const { reset, answer } = send(`${it.url}/v1/audio/speech`, { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input, response_format: 'pcm', user }) });
      await until('a voice to be asked', () => asked() > before);
      reset();
      await assert.rejects(answer);
      it.providers.control(null);
      it.providers.control(KNOBS);
      assert.equal((await settled(person(user))).characters.used, input.length);
    }
  });

  test('texts at once that fit together are all spoken', async () => {
    const kim = person('kim');
    const answers = await Promise.all(['One', 'Two', 'Six'].map((word) => speak(kim, `${word} ${'x'.repeat(35)}.`)));
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  });

  test('a spoken reply goes on as text where its characters run out, and says so', async () => {
    const cat = person('cat');
    assert.equal((await speak(cat, 'x'.repeat(99) + '.')).status, 200);
    await settled(cat);
    const answer = await cat.ask('POST', '/v1/chat/completions', say('Tell me a story of the sea, please, in many words.', {
      stream: true, modalities: ['text', 'audio'], audio: { format: 'pcm16' },
    }));
    assert.equal(answer.status, 200);
    const deltas = answer.text.split('\n\n').filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)).choices?.[0]?.delta ?? {});
    const errors = deltas.map(({ audio }) => audio?.error).filter(Boolean);
    assert.deepEqual(errors.map(({ type, code }) => [type, code]), [['insufficient_quota', 'budget_exhausted']]);
    assert.ok(deltas.map(({ content }) => content ?? '').join('').length > 20);
    assert.match(answer.text, /\[DONE\]/);
    const { characters } = await settled(cat);
    assert.ok(characters.used <= 120, `${characters.used}`);
  });

  test('sound alone is refused before the model is asked, once no character is left', async () => {
    const dan = person('dan');
    await speak(dan, 'x'.repeat(119) + '.');
    await settled(dan);
    const before = it.providers.requests.length;
    const answer = await dan.ask('POST', '/v1/chat/completions', say('hello'), { accept: 'audio/webm' });
    exhausted(answer);
    assert.equal(it.providers.requests.length, before);
  });

  test('recordings are written down until their seconds are used up, at both doors', async () => {
    const eve = person('eve');
    const heard = await transcribe(eve);
    assert.equal(heard.status, 200, JSON.stringify(heard.body));
    assert.equal((await settled(eve)).heard_seconds.used, 0.5);
    const part = { type: 'input_audio', input_audio: { data: CLIP.toString('base64'), format: 'wav' } };
    const spoken = { messages: [{ role: 'user', content: [part] }] };
    for (const [content, used] of [[[part], 1], [[part, part], 2]]) {
      assert.equal((await eve.ask('POST', '/v1/chat/completions', { messages: [{ role: 'user', content }] })).status, 200);
      assert.equal((await settled(eve)).heard_seconds.used, used);
    }
    exhausted(await eve.ask('POST', '/v1/chat/completions', spoken));
    exhausted(await transcribe(eve));
  });

  test('what is heard and spoken at a realtime socket is counted, and refused once it is used up', async () => {
    const gil = person('gil');
    const session = await connect(it.url, { query: '?model=companion&person=gil' });
    const silent = { type: 'realtime', audio: { input: { turn_detection: null, transcription: { model: 'whisper-1' } } } };
    session.send({ type: 'session.update', session: silent });
    const heard = async (end) => {
      const from = session.events.length;
      session.hear(tone(1_000));
      session.send({ type: 'input_audio_buffer.commit' });
      return session.event(`conversation.item.input_audio_transcription.${end}`, undefined, from);
    };
    for (const used of [1, 2]) {
      await heard('completed');
      assert.equal((await settled(gil)).heard_seconds.used, used);
    }
    assert.equal((await heard('failed')).error.code, 'budget_exhausted');
    assert.equal((await session.say('Tell me a story of the sea.', { conversation: 'none' })).status, 'completed');
    const { characters } = await settled(gil);
    assert.ok(characters.used > 0 && characters.used <= 120, `${characters.used}`);
    await session.close();
  });

  test('vectors cost what their provider says', async () => {
    const fay = person('fay');
    const embed = (input) => fay.ask('POST', '/v1/embeddings', { input });
    const first = await embed('a few words');
    assert.equal(first.status, 200, first.text);
    assert.equal((await settled(fay)).tokens.used, first.body.usage.total_tokens);
    exhausted(await embed('many words '.repeat(3_000)));
  });

  test('without a budget nothing is counted', async () => {
    const plain = await startHearken({});
    try {
      const ann = new Somebody(plain.url, 'ann');
      const answer = await ann.say('hello');
      assert.deepEqual([answer.status, answer.headers.get('ratelimit'), answer.headers.get('ratelimit-policy')], [200, null, null]);
      const { body } = await ann.must('GET', '/v1/usage');
      for (const name of UNITS) assert.deepEqual(body[name], { used: 0, reserved: 0, limit: 0 });
    } finally {
      await plain.stop();
    }
  });
});
