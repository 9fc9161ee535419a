// Care: words of somebody in danger of their life are answered before any model is asked, at every door, whatever is down.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { startHearken, until } from '../harness.mjs';
import { connect } from './realtime-client.mjs';
import { ask, decoded, HAS_FFMPEG, spokenBody, turn } from './voice-client.mjs';

const CRISIS = 'I want to kill myself';
const REPLY = 'I am with you. What happened today?';
const WORKS = { chat: { first_ms: 0, gap_ms: 0, script: [REPLY], script_repeat: true } };
const DOWN = { ...WORKS, chat: { ...WORKS.chat, status: 500 }, speech: { status: 500 } };
const body = (content, fields = {}) => ({ model: 'companion', messages: [{ role: 'user', content }], ...fields });
const GERMANY = { user_location: { type: 'approximate', country: 'DE' } };

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { BUDGET_TOKENS: '2000', BUDGET_CHARACTERS: '600', TELEMETRY_FLUSH_MS: '10', TTS_HEADERS_MS: '30000', TTS_FIRST_MS: '30000', TTS_IDLE_MS: '30000' } });
});
after(() => hearken?.stop());

const control = (settings) => {
  hearken.providers.control(null);
  hearken.providers.control(settings);
  hearken.providers.requests.length = 0;
};
const chats = () => hearken.providers.requests.filter(({ path }) => /chat\/completions/.test(path));

describe('a text', () => {
  test('begins with the lines of the country, in one chunk, and the model goes on, told so', async () => {
    control(WORKS);
    const got = await turn(hearken.url, body(CRISIS, { stream: true, ...GERMANY }));
    assert.deepEqual([got.status, got.headers.get('x-care'), got.headers.get('x-served-by')], [200, 'crisis', 'hearken:care']);
    const first = got.events[0].json;
    assert.equal(first.object, 'chat.completion.chunk');
    assert.equal(first.choices[0].delta.role, 'assistant');
    assert.match(first.choices[0].delta.content, /TelefonSeelsorge at 0800 111 0 111/);
    assert.ok(got.text.endsWith(REPLY) && got.isDone);
    const [{ body: sent }] = chats();
    assert.match(JSON.stringify(sent.messages[0]), /0800 111 0 111/);
  });

  test('comes before the model has answered', async () => {
    control({ ...WORKS, chat: { ...WORKS.chat, first_ms: 3_000 } });
    const response = await ask(hearken.url, body(CRISIS, { stream: true }));
    const reader = response.body.getReader();
    const { value } = await reader.read();
    assert.match(Buffer.from(value).toString(), /findahelpline\.com/);
    await reader.cancel();
  });

  test('is whole without any provider, streamed and not', async () => {
    control(DOWN);
    const got = await turn(hearken.url, body(CRISIS, { stream: true }));
    assert.equal(got.status, 200);
    assert.match(got.text, /your local emergency number.*findahelpline\.com/);
    assert.deepEqual([got.errors, got.isDone], [[], true]);
    assert.equal(got.events.at(-2).json.choices[0].finish_reason, 'stop');
    const whole = await ask(hearken.url, body(CRISIS));
    assert.deepEqual([whole.status, whole.headers.get('x-care')], [200, 'crisis']);
    const { choices: [{ message, finish_reason }] } = await whole.json();
    assert.match(message.content, /findahelpline\.com/);
    assert.equal(finish_reason, 'stop');
  });

  test('is read by the official client', async () => {
    control(WORKS);
    const client = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const stream = client.chat.completions.stream(body(CRISIS));
    const { choices: [{ message }] } = await stream.finalChatCompletion();
    assert.ok(message.content.includes('findahelpline.com') && message.content.endsWith(REPLY));
    const whole = await client.chat.completions.create(body(CRISIS));
    assert.ok(whole.choices[0].message.content.endsWith(REPLY));
  });

  test('of what is under way begins with the emergency number', async () => {
    control(WORKS);
    const got = await turn(hearken.url, body('I just took all of my pills', { stream: true, user_location: { country: 'US' } }));
    assert.match(got.text, /^Please call 911 now\./);
  });

  test('for somebody close has the lines and no header', async () => {
    control(WORKS);
    const got = await turn(hearken.url, body('My sister says she wants to die', { stream: true, ...GERMANY }));
    assert.equal(got.headers.get('x-care'), null);
    assert.match(got.text, /0800 111 0 111/);
  });

  test('of anything else is the model’s alone', async () => {
    control(WORKS);
    const got = await turn(hearken.url, body('This deadline is killing me', { stream: true, user: 'calm' }));
    assert.deepEqual([got.headers.get('x-care'), got.text], [null, REPLY]);
  });
});

describe('sound', () => {
  test('says the number digit by digit, twice, with its text', async () => {
    control(WORKS);
    const got = await turn(hearken.url, spokenBody(CRISIS, { ...GERMANY, format: 'opus' }));
    assert.equal(got.headers.get('x-care'), 'crisis');
    assert.match(got.events[0].json.choices[0].delta.content, /0800 111 0 111/);
    assert.equal(got.transcripts.filter((phrase) => phrase.includes('0 8 0 0, 1 1 1, 0, 1 1 1')).length, 2);
    assert.ok(got.transcript.includes('What happened today?'));
    assert.ok(got.isDone);
    if (HAS_FFMPEG) assert.equal(decoded(got.bytes, 'opus').complaints, '');
  });

  test('that nobody can make leaves the text', async () => {
    control(DOWN);
    const got = await turn(hearken.url, spokenBody(CRISIS));
    assert.match(got.text, /findahelpline\.com/);
    assert.equal(got.audioErrors.length, 1);
    assert.ok(got.isDone);
    const alone = await ask(hearken.url, body(CRISIS), { headers: { accept: 'audio/ogg' } });
    assert.deepEqual([alone.status, alone.headers.get('x-care')], [200, 'crisis']);
    assert.match(await alone.text(), /findahelpline\.com/);
  });

  test('alone, and as part of a whole answer, has it', async () => {
    control(WORKS);
    const alone = await ask(hearken.url, body(CRISIS), { headers: { accept: 'audio/ogg' } });
    assert.deepEqual([alone.status, alone.headers.get('content-type'), alone.headers.get('x-care')], [200, 'audio/ogg; codecs=opus', 'crisis']);
    assert.ok((await alone.arrayBuffer()).byteLength > 5_000);
    const whole = await ask(hearken.url, { ...spokenBody(CRISIS), stream: false });
    const { choices: [{ message }] } = await whole.json();
    assert.match(message.audio.transcript, /findahelpline\.com/);
    assert.match(message.content, /findahelpline\.com/);
  });
});

describe('a response', () => {
  test('begins with it, streamed and not, and is whole without a provider', async () => {
    for (const settings of [WORKS, DOWN]) {
      control(settings);
      const client = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: 'none', maxRetries: 0 });
      const there = await client.responses.create({ model: 'companion', input: CRISIS, ...GERMANY });
      assert.match(there.output_text, /TelefonSeelsorge at 0800 111 0 111/);
      const whole = await client.responses.create({ model: 'companion', input: CRISIS });
      assert.equal(whole.status, 'completed');
      assert.match(whole.output_text, /findahelpline\.com/);
      const events = [];
      for await (const event of await client.responses.create({ model: 'companion', input: CRISIS, stream: true })) events.push(event);
      assert.deepEqual(events.map(({ sequence_number }) => sequence_number), events.map((_, index) => index));
      const last = events.at(-1);
      assert.equal(last.type, 'response.completed');
      assert.match(last.response.output[0].content[0].text, /findahelpline\.com/);
    }
  });
});

describe('a realtime session', () => {
  test('has it, in text and in sound, and the model goes on', async () => {
    control(WORKS);
    const session = await connect(hearken.url);
    const written = await session.say(CRISIS, { output_modalities: ['text'] });
    assert.match(written.output[0].content[0].text, /findahelpline\.com/);
    const done = await session.say(CRISIS);
    assert.deepEqual([written.status, done.status], ['completed', 'completed']);
    const { transcript } = done.output[0].content[0];
    assert.ok(transcript.includes('local emergency number') && transcript.endsWith(REPLY), transcript);
    // At least a minute's tenth of words: all of what was told, and the reply.
    assert.ok(session.sound(done.id).length > 6 * 48_000, `${session.sound(done.id).length}`);
    await session.close();
  });
});

describe('what was said already', () => {
  test('is said again in short, with the number, and never left out', async () => {
    control(DOWN);
    const fields = { ...GERMANY, user: 'again', conversation: 'again' };
    const first = await turn(hearken.url, body(CRISIS, { stream: true, ...fields }));
    await until('the first answer to be kept', async () => {
      const talk = await (await fetch(`${hearken.url}/v1/conversations/again`, { headers: { 'x-user': 'again' } })).json();
      return talk.messages?.length === 2;
    });
    const second = await turn(hearken.url, body('I still want to die', { stream: true, ...fields }));
    assert.deepEqual([second.status, second.headers.get('x-care')], [200, 'crisis']);
    assert.match(second.text, /0800 111 0 111/);
    assert.ok(second.text.length < first.text.length * 0.75, second.text);
    const elsewhere = await turn(hearken.url, body('I still want to die', { stream: true, ...GERMANY, user: 'again', conversation: 'new' }));
    assert.equal(elsewhere.text, first.text);
  });
});

describe('what the companion is', () => {
  const IS = /not a human being/;
  const place = (country, region) => ({ user_location: { type: 'approximate', country, region } });
  const NEW_YORK = place('US', 'New York');
  const respond = (fields) => fetch(`${hearken.url}/v1/responses`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'companion', ...fields }) });

  test('is said at a talk’s beginning where law asks for it, once, and kept', async () => {
    control(WORKS);
    const say = (content, user, location) => turn(hearken.url, body(content, { stream: true, user, conversation: 'talk', ...location }));
    const first = await say('Hello there', 'albany', NEW_YORK);
    assert.match(first.text, IS);
    assert.ok(first.text.endsWith(REPLY) && first.isDone);
    assert.match(first.events[0].json.choices[0].delta.content, IS);
    assert.notEqual(first.headers.get('x-served-by'), 'hearken:care');
    const kept = await until('the reply to be kept', async () => {
      const talk = await (await fetch(`${hearken.url}/v1/conversations/talk`, { headers: { 'x-user': 'albany' } })).json();
      return talk.messages?.[1]?.content;
    });
    assert.equal(kept, first.text);
    assert.equal((await say('How are you?', 'albany', NEW_YORK)).text, REPLY);
    assert.equal((await say('Hello there', 'austin', place('US', 'Texas'))).text, REPLY);
  });

  test('is in every form of a reply', async () => {
    control(WORKS);
    const whole = await (await ask(hearken.url, body('Hello there', { user: 'whole', ...NEW_YORK }))).json();
    assert.match(whole.choices[0].message.content, IS);
    const spoken = await turn(hearken.url, { ...spokenBody('Hello there', { ...NEW_YORK, format: 'opus' }), user: 'spoken' });
    assert.match(spoken.transcripts[0], IS);
    assert.ok(spoken.text.endsWith(REPLY) && spoken.isDone);
    const inOne = await (await ask(hearken.url, { ...spokenBody('Hello there', NEW_YORK), stream: false, user: 'one' })).json();
    assert.match(inOne.choices[0].message.audio.transcript, IS);
    const response = await (await respond({ input: 'Hello there', user: 'response', ...NEW_YORK })).json();
    assert.match(response.output[0].content[0].text, IS);
    const events = (await (await respond({ input: 'Hello there', user: 'events', stream: true, ...NEW_YORK })).text()).split('\n\n');
    const last = JSON.parse(events.filter((event) => event.includes('response.completed')).at(-1).split('data: ')[1]);
    assert.match(last.response.output[0].content[0].text, IS);
    assert.ok(last.response.output[0].content[0].text.endsWith(REPLY));
  });

  test('is said whenever somebody asks, in their language, and the model is told so', async () => {
    control(WORKS);
    const got = await turn(hearken.url, body('Bist du ein Mensch?', { stream: true, user: 'frage' }));
    assert.match(got.text, /kein Mensch/);
    assert.match(JSON.stringify(chats()[0].body.messages[0]), /never claim to be a human being/);
  });

  test('does not make a whole of a reply that nobody gives', async () => {
    control(DOWN);
    for (const stream of [true, false]) {
      const got = await ask(hearken.url, body('Hello there', { stream, user: `down${stream}`, ...NEW_YORK }));
      assert.ok(got.status >= 500, `${got.status}`);
      await got.body.cancel();
    }
  });

  test('is no part of JSON', async () => {
    control(WORKS);
    const got = await turn(hearken.url, body('Hello there', { stream: true, user: 'json', response_format: { type: 'json_object' }, ...NEW_YORK }));
    assert.equal(got.text, REPLY);
  });
});

describe('what nothing takes away', () => {
  before(async () => {
    control(WORKS);
    const worker = await hearken.miniflare.getWorker('hearken');
    // What is needed first comes first, each phrase for who takes Opus and for who takes samples; the rest is not waited for.
    void worker.scheduled({ cron: '*/30 * * * *' }).catch(() => {});
    await until('the first phrases', async () => (await (await fetch(`${hearken.url}/admin/phrases`)).json()).entries >= 8);
  });

  const US = { user_location: { country: 'US' } };
  /** Every way to ask: what came back in words, and how much sound. */
  const DOORS = {
    'a streamed text': async (user) => {
      const got = await turn(hearken.url, body(CRISIS, { stream: true, user, ...US }));
      return { ...got, care: got.headers.get('x-care') };
    },
    'a whole text': async (user) => {
      const got = await ask(hearken.url, body(CRISIS, { user, ...US }));
      return { status: got.status, care: got.headers.get('x-care'), text: (await got.json()).choices[0].message.content };
    },
    'text and sound': async (user) => {
      const got = await turn(hearken.url, { ...spokenBody(CRISIS, { ...US, format: 'opus' }), user });
      return { ...got, care: got.headers.get('x-care'), sound_bytes: got.bytes.length };
    },
    'text and samples': async (user) => {
      const got = await turn(hearken.url, { ...spokenBody(CRISIS, { ...US, format: 'pcm16' }), user });
      return { ...got, care: got.headers.get('x-care'), sound_bytes: got.bytes.length };
    },
    'sound alone': async (user) => {
      const got = await ask(hearken.url, body(CRISIS, { user, ...US }), { headers: { accept: 'audio/ogg' } });
      const sound = await got.arrayBuffer().catch(() => undefined);
      return { status: got.status, care: got.headers.get('x-care'), sound_bytes: sound ? sound.byteLength : 'broken off' };
    },
    'a streamed response': async (user) => {
      const got = await respond({ input: CRISIS, user, stream: true, ...US });
      const events = (await got.text()).split('\n\n').filter((event) => event.includes('data: {')).map((event) => JSON.parse(event.split('data: ')[1]));
      const { type, response } = events.at(-1);
      assert.equal(type, 'response.completed');
      return { status: got.status, care: got.headers.get('x-care'), text: response.output[0].content[0].text };
    },
    'a whole response': async (user) => {
      const got = await respond({ input: CRISIS, user, ...US });
      return { status: got.status, care: got.headers.get('x-care'), text: (await got.json()).output[0].content[0].text };
    },
    'a session in text': (user) => talk(user, ['text']),
    'a session in sound': (user) => talk(user, ['audio']),
  };
  const respond = (fields) => fetch(`${hearken.url}/v1/responses`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'companion', ...fields }) });
  const talk = async (user, output_modalities) => {
    const session = await connect(hearken.url, { query: `?model=companion&person=${user}` });
    const done = await session.say(CRISIS, { output_modalities });
    const [{ text, transcript }] = done.output[0].content;
    await session.close();
    const sound_bytes = output_modalities[0] === 'audio' ? session.sound(done.id).length : undefined;
    return { status: done.status === 'completed' ? 200 : done.status, care: 'crisis', text: text ?? transcript, sound_bytes };
  };
  /** Every door has it, in words and where sound is asked for in sound. */
  const everywhere = async (user) => {
    for (const [door, open] of Object.entries(DOORS)) {
      const { status, care, text = 'glad that you told me', sound_bytes } = await open(user);
      assert.deepEqual([status, care], [200, 'crisis'], door);
      assert.match(text, /glad that you told me/, door);
      if (sound_bytes !== undefined) assert.ok(sound_bytes > 3_000, `${door}: ${sound_bytes}`);
    }
  };

  test('with every provider down it is there at every door, in words and in kept sound', async () => {
    control(DOWN);
    await everywhere('down');
    const got = await turn(hearken.url, spokenBody(CRISIS, US));
    assert.ok(got.transcripts.includes("I'm glad that you told me."), got.transcripts.join('|'));
    // In a voice whose sound nobody has kept, it comes in the configured one.
    const own = await turn(hearken.url, { ...spokenBody(CRISIS, US), audio: { format: 'opus', voice: 'AbCdEfGhIjKlMnOpQrSt' } });
    assert.ok(own.bytes.length > 3_000, `${own.bytes.length}`);
    const spoken = await fetch(`${hearken.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input: "I'm glad that you told me.", response_format: 'opus' }) });
    assert.deepEqual([spoken.status, spoken.headers.get('x-cache')], [200, 'hit']);
    await spoken.arrayBuffer();
  });

  test('of a recording it is there once the words are, though nobody else answers', async () => {
    control({ ...DOWN, transcription: { transcript: CRISIS } });
    const recording = [{ type: 'input_audio', input_audio: { data: readFileSync(new URL('../fixtures/audio/two.wav', import.meta.url)).toString('base64'), format: 'wav' } }];
    const got = await turn(hearken.url, { ...spokenBody(recording, US), stream: true });
    assert.deepEqual([got.status, got.headers.get('x-care')], [200, 'crisis']);
    assert.match(got.text, /glad that you told me/);
    assert.ok(got.bytes.length > 3_000, `${got.bytes.length}`);
  });

  test('with every breaker open it is there at every door', async () => {
    control(WORKS);
    const headers = { 'content-type': 'application/json' };
    const { data } = await (await fetch(`${hearken.url}/admin/breakers`)).json();
    const set = (mode) => Promise.all(data.map(({ key }) => fetch(`${hearken.url}/admin/breakers/${encodeURIComponent(key)}`, { method: 'PUT', headers, body: JSON.stringify({ mode }) })));
    await set('forced_open');
    try {
      await everywhere('broken');
    } finally {
      await set('disabled');
    }
  });

  test('with every budget spent it is there at every door, and costs none', async () => {
    control(WORKS);
    const spent = await ask(hearken.url, body('Tell me a long story about the sea, '.repeat(400), { user: 'poor' }));
    const unspoken = await fetch(`${hearken.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input: 'Never mind. '.repeat(60), user: 'poor' }) });
    assert.deepEqual([spent.status, unspoken.status], [429, 429]);
    const usage = async () => (await fetch(`${hearken.url}/v1/usage`, { headers: { 'x-user': 'poor' } })).json();
    const before = await usage();
    await everywhere('poor');
    assert.deepEqual(await usage(), before);
    const got = await turn(hearken.url, body(CRISIS, { stream: true, user: 'poor' }));
    assert.ok(got.text.endsWith(REPLY), got.text);
  });

  test('it is counted by its kind, and never logged with its words', async () => {
    await until('the count', async () => {
      const text = await (await fetch(`${hearken.url}/metrics`)).text();
      return /hearken_care_total\{kind="crisis"\} \d/.test(text) && /hearken_care_total\{kind="act"\} 1/.test(text);
    });
    assert.ok(!hearken.logs.some((line) => /kill myself|pills/.test(line)));
    // The bindings log each number that JavaScript does not know exactly.
    assert.ok(!hearken.logs.some((line) => /safe-integer/.test(line)));
    assert.equal((await (await fetch(`${hearken.url}/health`)).json()).care, 'on');
  });

  test('what is said in despair is no memory', async () => {
    control(WORKS);
    await turn(hearken.url, body(CRISIS, { stream: true, user: 'desperate', conversation: 'c1' }));
    await fetch(`${hearken.url}/v1/memories/flush`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-user': 'desperate' }, body: '{}' });
    const { data } = await (await fetch(`${hearken.url}/v1/memories`, { headers: { 'x-user': 'desperate' } })).json();
    assert.deepEqual(data, []);
    const talk = await (await fetch(`${hearken.url}/v1/conversations/c1`, { headers: { 'x-user': 'desperate' } })).json();
    assert.match(JSON.stringify(talk), /kill myself.*findahelpline/);
  });
});
