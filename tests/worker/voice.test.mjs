// A reply is spoken while it is written: text at once, phrases in order, one valid stream, and nothing left running.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { startHearken, until } from '../harness.mjs';
import { ask, decoded, eventsOf, HAS_FFMPEG, spokenBody, summary, turn } from './voice-client.mjs';

const REPLY = 'I hear you, and I am glad that you told me. There is no hurry here at all. Would you like to say more about what '
  + 'happened yesterday, or shall we talk about something lighter for a while? Either way, I am listening to every word you say.';
/** Knobs that put everything back and script one reply. */
const script = (reply, knobs = {}) => ({ ...knobs, chat: { first_ms: 0, gap_ms: 0, script: [reply], script_repeat: true, ...knobs.chat } });

let hearken;
before(async () => {
  hearken = await startHearken({
    vars: {
      LLM: 'groq:first, openai:second', TTS: 'elevenlabs:eleven, openai:tts', STT: 'openai:whisper',
      TTS_HEADERS_MS: '5000', TTS_FIRST_MS: '6000', TTS_IDLE_MS: '4000', LLM_IDLE_MS: '4000',
    },
  });
  await hearken.providers.warm();
});
after(() => hearken?.stop());

const speeches = () => hearken.providers.requests.filter(({ path }) => /speech/.test(path) && !/speech-to-text/.test(path));
const spokenText = ({ body }) => body.text ?? body.input;

/** Each test scripts the providers anew. */
async function scripted(settings) {
  hearken.providers.control(null);
  hearken.providers.control(settings);
  hearken.providers.requests.length = 0;
}

const words = (text) => text.replace(/\s+/g, ' ').trim();

describe('one stream', () => {
  for (const format of ['webm', 'opus', 'mp4', 'mp3', 'pcm16']) {
    test(`of ${format} holds the whole reply, in order, once`, async () => {
      await scripted(script(REPLY));
      const got = await turn(hearken.url, spokenBody('hi', { format }));
      assert.equal(got.status, 200);
      assert.equal(got.headers.get('x-served-by'), 'groq:first');
      assert.equal(got.text, REPLY);
      assert.ok(got.isDone);
      assert.deepEqual([got.errors, got.audioErrors], [[], []]);
      assert.equal(words(got.transcripts.join(' ')), words(REPLY));
      assert.ok(got.transcripts.length >= 3, `${got.transcripts.length} phrases`);
      assert.deepEqual(got.audio.map(({ id }) => Boolean(id)).filter(Boolean).length, 1);
      assert.deepEqual(speeches().map(spokenText).sort(), [...got.transcripts].sort());
      const finish = got.events.findIndex(({ json }) => json?.choices?.[0]?.finish_reason);
      const lastSound = got.events.findLastIndex(({ json }) => json?.choices?.[0]?.delta?.audio);
      assert.ok(finish > lastSound, 'the finish reason comes after the sound');
      if (format === 'pcm16') {
        assert.ok(got.bytes.length > 24_000 * 2 * 5 && got.bytes.length % 2 === 0, `${got.bytes.length} bytes`);
      } else if (HAS_FFMPEG) {
        const sound = decoded(got.bytes, format);
        assert.equal(sound.complaints, '');
        assert.equal(sound.streams, 1);
        assert.equal(sound.codec, format === 'mp3' ? 'mp3' : 'opus');
        assert.ok(sound.isMonotone, 'packet times only grow');
        assert.ok(sound.gap_ms_max <= 60, `${sound.gap_ms_max} ms between packets`);
        assert.ok(sound.seconds > 8 && sound.seconds < 40, `${sound.seconds} s`);
      }
    });
  }

  test('lasts as long as its phrases together', { skip: !HAS_FFMPEG && 'ffmpeg is not installed' }, async () => {
    await scripted(script(REPLY));
    const got = await turn(hearken.url, spokenBody('hi', { format: 'opus' }));
    let sum = 0;
    for (const input of got.transcripts) {
      const response = await fetch(`${hearken.url}/v1/audio/speech`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input, voice: 'alloy', response_format: 'opus' }),
      });
      sum += decoded(Buffer.from(await response.arrayBuffer()), 'opus').seconds;
    }
    const { seconds } = decoded(got.bytes, 'opus');
    // A clip's own pre-skip and end trim are played inside the stream: some 10 to 30 ms a phrase.
    assert.ok(Math.abs(seconds - sum) < 0.03 * got.transcripts.length, `${seconds} s against ${sum} s`);
  });

  test('the openai SDK reads text, sound and the end', async () => {
    await scripted(script(REPLY));
    const client = new OpenAI({ apiKey: 'x', baseURL: `${hearken.url}/v1`, maxRetries: 0 });
    const stream = await client.chat.completions.create(spokenBody('hi'));
    let text = '';
    let sound = 0;
    let finish;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? '';
      sound += chunk.choices[0]?.delta?.audio?.data?.length ?? 0;
      finish = chunk.choices[0]?.finish_reason ?? finish;
    }
    assert.equal(text, REPLY);
    assert.ok(sound > 10_000);
    assert.equal(finish, 'stop');
  });

  test('the provider is asked for text, and told what came before', async () => {
    await scripted(script(REPLY));
    const got = await turn(hearken.url, spokenBody('hi', { temperature: 0.5 }));
    const chat = hearken.providers.requests.find(({ path }) => path.includes('chat'));
    assert.equal(chat.body.modalities ?? chat.body.audio, undefined);
    assert.equal(chat.body.temperature, 0.5);
    const asked = new Map(speeches().map((request) => [spokenText(request), request.body.previous_text]));
    assert.equal(asked.get(got.transcripts[0]), undefined);
    assert.equal(words(asked.get(got.transcripts[1])), got.transcripts[0]);
  });
});

test('a model that refuses to be told what came before speaks all of the reply without it', async () => {
  await scripted(script(REPLY));
  const own = await startHearken({ vars: { LLM: 'groq:first', TTS: 'elevenlabs:eleven_flash_v3', PHRASE_CACHE: 'off' }, knobs: script(REPLY) });
  try {
    const asked = () => own.providers.requests.filter(({ path }) => /text-to-speech/.test(path));
    for (const refused of [true, false]) {
      own.providers.requests.length = 0;
      const got = await turn(own.url, spokenBody('hi', { format: 'mp3' }));
      assert.deepEqual([words(got.transcript), got.audioErrors], [words(REPLY), []]);
      assert.equal(asked().some(({ body }) => body.previous_text), refused, 'it is known from then on');
    }
  } finally {
    await own.stop();
  }
});

describe('in step', () => {
  test('sound comes before the model has finished', async () => {
    await scripted(script(REPLY, { chat: { first_ms: 0, gap_ms: 60 } }));
    const got = await turn(hearken.url, spokenBody('hi'));
    const firstSound = got.events.findIndex(({ json }) => json?.choices?.[0]?.delta?.audio);
    const lastText = got.events.findLastIndex(({ json }) => json?.choices?.[0]?.delta?.content);
    assert.ok(firstSound > 0 && firstSound < lastText, `sound at event ${firstSound}, text until ${lastText}`);
  });

  test('text never waits for slow sound', async () => {
    await scripted(script(REPLY, { speech: { first_ms: 1_200 } }));
    const got = await turn(hearken.url, spokenBody('hi'));
    const lastText = got.events.findLast(({ json }) => json?.choices?.[0]?.delta?.content);
    assert.ok(lastText.at_ms < got.audio[0].at_ms, 'all text came before the first sound');
    assert.ok(got.isDone && got.bytes.length > 0);
  });

  test('a model that pauses inside a sentence is spoken as far as it came', async () => {
    const opening = 'Let me think about that for a moment, because it matters, ';
    const piece = (content) => `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
    await scripted({ chat: { raw_chunks_base64: [piece(opening), `${piece('and then we will see. ')}data: [DONE]\n\n`].map((text) => Buffer.from(text).toString('base64')), gap_ms: 3_000 } });
    const response = await ask(hearken.url, spokenBody('hi'));
    const seen = [];
    for await (const event of eventsOf(response)) seen.push(event);
    const sound = seen.findIndex(({ json }) => json?.choices?.[0]?.delta?.audio?.transcript);
    const rest = seen.findIndex(({ json }) => json?.choices?.[0]?.delta?.content?.includes('and then'));
    assert.ok(sound !== -1 && sound < rest, `spoken at event ${sound}, the rest came at ${rest}`);
  });

  describe('the first phrase', () => {
    // Far longer than a phrase that seems to be over is waited for.
    const NEXT_WORD_MS = 1_000;
    const piece = (content) => `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
    const paced = (gap_ms, ...texts) => ({ chat: { raw_chunks_base64: [...texts.map(piece), 'data: [DONE]\n\n'].map((text) => Buffer.from(text).toString('base64')), gap_ms } });

    test('is begun once it is over, and not only with the next word', async () => {
      await scripted(paced(NEXT_WORD_MS, 'That is good to hear.', ' Tell me more.'));
      const got = await turn(hearken.url, spokenBody('hi'));
      assert.deepEqual(got.transcripts, ['That is good to hear.', 'Tell me more.']);
      assert.deepEqual(speeches().map(spokenText), ['That is good to hear.', 'Tell me more.']);
      const chat = hearken.providers.requests.find(({ path }) => path.includes('chat'));
      const early_ms = chat.first_write_at_ms + NEXT_WORD_MS - speeches()[0].at_ms;
      assert.ok(early_ms > 0, `asked ${early_ms} ms before the next word`);
    });

    test('waits for a word that may go on with it', async () => {
      await scripted(paced(40, 'I was only thinking.', '.. about the sea. And about you.'));
      const got = await turn(hearken.url, spokenBody('hi', { format: 'opus' }));
      assert.equal(words(got.transcripts.join(' ')), 'I was only thinking... about the sea. And about you.');
      assert.ok(!got.transcripts.includes('I was only thinking.'));
      assert.deepEqual(speeches().map(spokenText).sort(), [...got.transcripts].sort());
      if (HAS_FFMPEG) assert.equal(decoded(got.bytes, 'opus').complaints, '');
    });
  });

  test('phrases come in order though a later one is made sooner', async () => {
    await scripted(script(REPLY, { speech: [{ match_text: 'I hear you', first_ms: 600 }] }));
    const got = await turn(hearken.url, spokenBody('hi'));
    assert.equal(words(got.transcripts.join(' ')), words(REPLY));
    const byEnd = [...speeches()].sort((one, other) => one.closed_at_ms - other.closed_at_ms);
    assert.notEqual(spokenText(byEnd[0]), got.transcripts[0], 'the first phrase was not the first to be made');
    const open = Math.max(...speeches().map((one) => speeches().filter((other) => other.at_ms <= one.at_ms && other.closed_at_ms > one.at_ms).length));
    assert.ok(open >= 2 && open <= 3, `${open} phrases in the making at once`);
  });
});

describe('when something fails', () => {
  test('a provider that fails before its sound gives way to the next one', async () => {
    for (const fault of [{ status: 500 }, { fault: 'empty' }, { fault: 'mp3_instead' }, { fault: 'json_instead_of_audio' }, { fault: 'hang' }]) {
      await scripted(script('That is good to hear. Tell me more.', { 'elevenlabs.speech': fault }));
      const got = await turn(hearken.url, spokenBody('hi'));
      assert.equal(words(got.transcripts.join(' ')), 'That is good to hear. Tell me more.', JSON.stringify(fault));
      assert.deepEqual(got.audioErrors, []);
      assert.ok(speeches().some(({ path, status }) => path.startsWith('/v1/audio/speech') && status === 200));
      if (HAS_FFMPEG) assert.equal(decoded(got.bytes, 'webm').complaints, '');
    }
  });

  test('a phrase that breaks off ends there, and the rest goes on', async () => {
    await scripted(script(REPLY, { 'elevenlabs.speech': [{ match_text: 'There is no hurry', fault: 'reset', after: 3_000 }] }));
    const got = await turn(hearken.url, spokenBody('hi', { format: 'opus' }));
    assert.equal(words(got.transcripts.join(' ')), words(REPLY));
    assert.equal(got.text, REPLY);
    assert.ok(got.isDone);
    assert.equal(speeches().filter((request) => spokenText(request).includes('There is no hurry')).length, 1);
    if (HAS_FFMPEG) assert.equal(decoded(got.bytes, 'opus').complaints, '');
  });

  for (const format of ['webm', 'mp3']) {
    test(`${format} of which every phrase breaks off says so, once`, async () => {
      await scripted(script(REPLY, { 'elevenlabs.speech': { fault: 'drop', after: 3_000 } }));
      const got = await turn(hearken.url, spokenBody('hi', { format }));
      assert.equal(got.text, REPLY);
      assert.deepEqual([got.isDone, got.audioErrors.map(({ code }) => code)], [true, ['provider_failed']]);
    });
  }

  test('a phrase that falls silent ends after the idle deadline', async () => {
    await scripted(script(REPLY, { 'elevenlabs.speech': [{ match_text: 'There is no hurry', fault: 'stall', after: 3_000 }] }));
    const got = await turn(hearken.url, spokenBody('hi'));
    assert.equal(words(got.transcripts.join(' ')), words(REPLY));
    assert.ok(got.isDone);
  });

  test('without any voice the text completes and the stream says so once', async () => {
    await scripted(script(REPLY, { speech: { status: 503 } }));
    const got = await turn(hearken.url, spokenBody('hi'));
    assert.equal(got.text, REPLY);
    assert.ok(got.isDone);
    assert.equal(got.audioErrors.length, 1);
    assert.deepEqual(Object.keys(got.audioErrors[0]).sort(), ['code', 'message', 'param', 'type']);
    assert.equal(got.bytes.length, 0);
    assert.ok(speeches().length <= 8, `${speeches().length} attempts`);
  });

  for (const fault of ['cut', 'reset', 'stall', 'error_event', 'x_groq_error']) {
    test(`a model that dies by ${fault} is told in one event, without [DONE]`, async () => {
      await scripted(script(REPLY, { chat: { fault, after: 20 } }));
      const got = await turn(hearken.url, spokenBody('hi'));
      assert.equal(got.errors.length, 1);
      assert.ok(got.events.at(-1).json.error, 'the error comes last');
      assert.ok(!got.isDone && REPLY.startsWith(got.text) && got.text.length > 0);
    });
  }

  test('a reply whose reason to finish came is spoken to its end, [DONE] or not', async () => {
    await scripted(script('That is good to hear. Tell me more', { chat: { fault: 'no_done' } }));
    const got = await turn(hearken.url, spokenBody('hi'));
    assert.equal(words(got.transcripts.join(' ')), 'That is good to hear. Tell me more');
    // It is whole; what the provider did not send is not made up.
    assert.deepEqual([got.isDone, got.errors.length], [false, 0]);
  });

  test('a model that answers nobody has its status, and the next one takes over', async () => {
    await scripted(script(REPLY, { 'groq.chat': { fault: 'error_first' } }));
    const got = await turn(hearken.url, spokenBody('hi'));
    assert.equal(got.headers.get('x-served-by'), 'openai:second');
    assert.ok(got.isDone && got.bytes.length > 0);
    await scripted({ chat: { status: 500 } });
    assert.equal((await ask(hearken.url, spokenBody('hi'))).status, 502);
  });

  test('a wrong field is named', async () => {
    for (const [fields, param] of [
      [{ modalities: ['text', 'smell'] }, 'modalities'], [{ audio: { format: 'aac' } }, 'audio.format'], [{ audio: { voice: 1, format: 'webm' } }, 'audio.voice'],
    ]) {
      const response = await ask(hearken.url, { ...spokenBody('hi'), ...fields });
      assert.equal(response.status, 400);
      assert.equal((await response.json()).error.param, param);
    }
  });
});

describe('leaving', () => {
  test('closes the model and every voice at once', async () => {
    await scripted(script(REPLY.repeat(3), { chat: { gap_ms: 40 }, speech: { audio_rate: 1 } }));
    const leaving = new AbortController();
    const response = await ask(hearken.url, spokenBody('hi'), { signal: leaving.signal });
    try {
      for await (const { json } of eventsOf(response)) {
        if (json?.choices?.[0]?.delta?.audio) {
          leaving.abort();
          break;
        }
      }
    } catch { /* aborted */ }
    const open = () => hearken.providers.requests.filter(({ ended }) => ended === 'open');
    await until('every socket to close', () => open().length === 0);
    const cut = hearken.providers.requests.filter(({ ended }) => ended === 'client_closed');
    assert.ok(cut.some(({ path }) => path.includes('chat')), 'the model was stopped');
    assert.ok(cut.some(({ path }) => path.includes('speech')), 'the voice was stopped');
    const count = hearken.providers.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(hearken.providers.requests.length, count, 'nothing was asked after it');
  });
});

// How long the person listens before leaving; the reply takes several times as long.
const HEARD_MS = 1_000;

test('what can have been heard before the person left is what the conversation remembers, to the word', async () => {
  await scripted(script(REPLY.repeat(2), { chat: { gap_ms: 30 }, speech: { audio_rate: 1 } }));
  const leaving = new AbortController();
  const response = await ask(hearken.url, { ...spokenBody('hi'), user: 'leaver', conversation: 'left' }, { signal: leaving.signal });
  let heard_from_ms;
  let shown = '';
  try {
    for await (const { json } of eventsOf(response)) {
      shown += json?.choices?.[0]?.delta?.content ?? '';
      if (json?.choices?.[0]?.delta?.audio) heard_from_ms ??= Date.now();
      if (Date.now() - heard_from_ms > HEARD_MS) {
        leaving.abort();
        break;
      }
    }
  } catch { /* aborted */ }
  const spoken = await until('the turn to be remembered', async () => {
    const kept = await fetch(`${hearken.url}/v1/conversations/left`, { headers: { 'x-user': 'leaver' } });
    const { messages } = kept.ok ? await kept.json() : {};
    return messages?.find(({ role }) => role === 'assistant')?.content;
  });
  assert.ok(REPLY.startsWith(spoken), spoken);
  const words = spoken.split(' ').length;
  assert.ok(words >= 1 && words < REPLY.split(' ').length, spoken);
});

describe('what the model is told', () => {
  const instructions = () => hearken.providers.requests.findLast(({ path }) => path.includes('chat')).body.messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const here = { type: 'approximate', city: 'Porto', country: 'PT', timezone: 'Europe/Lisbon' };

  test('the openings that are already sound, where the reply is spoken', async () => {
    await scripted(script(REPLY));
    await turn(hearken.url, spokenBody('hi', { messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'hi' }] }));
    // One message, the client's own words first.
    assert.equal(instructions().length, 1);
    assert.match(instructions()[0], /^Be brief\.\n\n.*I hear you\./s);
    await turn(hearken.url, spokenBody('hi', { modalities: undefined, audio: undefined }));
    assert.deepEqual(instructions(), []);
  });

  test('not where the client brings its own prompt without memory, or names the model', async () => {
    await scripted(script(REPLY));
    const own = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'hi' }];
    await turn(hearken.url, spokenBody('hi', { messages: own, memory: 'off' }));
    assert.deepEqual(instructions(), ['Be brief.']);
    await turn(hearken.url, spokenBody('hi', { model: 'groq:first' }));
    assert.deepEqual(instructions(), []);
  });

  test('the time and the place, as the client gives them', async () => {
    await scripted(script(REPLY));
    const got = await turn(hearken.url, spokenBody('hi', { user_location: here }));
    assert.match(instructions()[0], /it is \w+day,? \d+ \w+ \d{4} at \d\d:\d\d\. .*"Porto, PT"/);
    assert.match(got.headers.get('server-timing'), /context;dur=\d/);
    const chat = hearken.providers.requests.findLast(({ path }) => path.includes('chat'));
    assert.equal(chat.body.user_location, undefined);
    const lost = await turn(hearken.url, spokenBody('hi', { user_location: { timezone: 'Nowhere/Nothing' } }));
    assert.match(lost.headers.get('server-timing'), /context;dur=\d+;desc="without: unknown_timezone"/);
    const bad = await ask(hearken.url, spokenBody('hi', { user_location: { city: 7 } }));
    assert.equal((await bad.json()).error.param, 'user_location');
    assert.equal(bad.status, 400);
  });
});

test('the time and the place, as the edge sees them, where no client says', async () => {
  const edge = await startHearken({ vars: { AUTH: 'required', API_KEYS: 'k', SESSION_SECRET: 's', LLM: 'groq:first', TTS: 'elevenlabs:eleven' } });
  try {
    const told = async (fields) => {
      await (await ask(edge.url, { ...spokenBody('hi'), ...fields }, { headers: { authorization: 'Bearer k' } })).text();
      return edge.providers.requests.findLast(({ path }) => path.includes('chat')).body.messages.filter(({ role }) => role === 'system');
    };
    // What the simulator takes for its edge's view.
    assert.match((await told({}))[0].content, /it is \w+day,.*"Austin, Texas, US"/);
    assert.deepEqual(await told({ modalities: undefined }), []);
  } finally {
    await edge.stop();
  }
});

test('a turn is logged with all its steps', async () => {
  await scripted(script(REPLY));
  const got = await turn(hearken.url, { ...spokenBody('hi'), user: 'logged', conversation: 'logged' });
  const id = got.headers.get('x-request-id');
  const line = await until('the line', () => hearken.logs.find((text) => text.includes('"turn"') && text.includes(id)));
  for (const step of ['context', 'opening', 'recall', 'prompt', 'reply', 'speech', 'remembering']) assert.match(line, new RegExp(`\\b${step};dur=`), step);
});

describe('other ways', () => {
  test('a whole answer carries its sound', async () => {
    await scripted(script(REPLY));
    const response = await ask(hearken.url, spokenBody('hi', { stream: false, format: 'opus' }));
    const { choices: [{ message }] } = await response.json();
    assert.equal(message.content, REPLY);
    assert.equal(words(message.audio.transcript), words(REPLY));
    assert.ok(message.audio.id && message.audio.expires_at > Date.now() / 1000);
    if (HAS_FFMPEG) assert.equal(decoded(Buffer.from(message.audio.data, 'base64'), 'opus').complaints, '');
  });

  for (const [accept, format] of [['audio/webm', 'webm'], ['audio/ogg', 'opus'], ['audio/mp4', 'mp4'], ['audio/mpeg', 'mp3']]) {
    test(`Accept: ${accept} gives the sound alone`, async () => {
      await scripted(script(REPLY));
      const response = await ask(hearken.url, { messages: [{ role: 'user', content: 'hi' }] }, { headers: { accept } });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type').split(';')[0], accept);
      assert.equal(response.headers.get('x-served-by'), 'groq:first');
      const bytes = Buffer.from(await response.arrayBuffer());
      if (HAS_FFMPEG) {
        const sound = decoded(bytes, format);
        assert.equal(sound.complaints, '');
        assert.ok(sound.seconds > 8);
      }
    });
  }

  test('the sound alone has a status of its own when there is none', async () => {
    await scripted(script(REPLY, { speech: { status: 503 } }));
    const response = await ask(hearken.url, { messages: [{ role: 'user', content: 'hi' }] }, { headers: { accept: 'audio/webm' } });
    assert.equal(response.status, 502);
    assert.equal((await response.json()).error.code, 'provider_failed');
  });

  test('an error in place of the sound alone ends the turn: the model is let go, and nothing counts as said', async () => {
    const long = { chat: { first_ms: 0, gap_ms: 60 }, speech: [{ match_text: 'I hear you', status: 503 }] };
    await scripted(script(REPLY, long));
    const body = { messages: [{ role: 'user', content: 'hi' }], conversation: 'alone', user: 'ann' };
    const response = await ask(hearken.url, body, { headers: { accept: 'audio/webm' } });
    assert.equal(response.status, 502);
    await response.arrayBuffer();
    const chat = await until('the model to be let go', () => hearken.providers.requests.find(({ path, ended }) => path.includes('chat') && ended !== 'open'));
    assert.equal(chat.ended, 'client_closed');
    await until('the turn to be over', () => hearken.logs.some((line) => line.includes('"turn"') && line.includes(response.headers.get('x-request-id'))));
    const { messages } = await (await fetch(`${hearken.url}/v1/conversations/alone`, { headers: { 'x-user': 'ann' } })).json();
    assert.deepEqual(messages.map(({ role }) => role), ['user']);
  });

  test('the sound alone is in the voice that the body names, whatever else it says of sound', async () => {
    // A sentence that is kept for nobody: what is said often is made beside the turn, in the voice of the house.
    const said = 'The kettle sings in the blue kitchen.';
    await scripted(script(said));
    const voice = 'abcdefghij0123456789';
    for (const fields of [{ audio: { voice } }, { modalities: ['text', 'audio'], audio: { voice, format: 'mp3' } }]) {
      hearken.providers.requests.length = 0;
      const response = await ask(hearken.url, { messages: [{ role: 'user', content: 'hi' }], ...fields }, { headers: { accept: 'audio/webm' } });
      assert.match(response.headers.get('content-type'), /^audio\/webm/);
      await response.arrayBuffer();
      assert.deepEqual(speeches().filter((request) => spokenText(request) === said).map(({ path }) => path.split('/')[3]), [voice]);
    }
  });

  test('a spoken question is heard, and what was heard comes first', async () => {
    await scripted(script('Good evening to you.', { transcription: { transcript: 'Good evening.' } }));
    const wav = Buffer.from(await (await fetch(`${hearken.url}/v1/audio/speech`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input: 'Good evening.', voice: 'alloy', response_format: 'opus' }),
    })).arrayBuffer());
    const content = [{ type: 'input_audio', input_audio: { data: wav.toString('base64'), format: 'ogg' } }];
    for (const fields of [{}, { modalities: undefined, audio: undefined }]) {
      const got = await turn(hearken.url, { ...spokenBody('x'), messages: [{ role: 'user', content }], ...fields });
      assert.equal(got.status, 200);
      assert.equal(got.events[0].json.input_transcript, 'Good evening.');
      assert.match(got.headers.get('server-timing'), /^hearing;dur=\d+, context;dur=\d.*, opening;dur=\d+.*, recall;.*, prompt;dur=\d+, reply;dur=\d+/);
      assert.equal(got.text, 'Good evening to you.');
      assert.ok(got.isDone);
      const chat = hearken.providers.requests.findLast(({ path }) => path.includes('chat'));
      assert.deepEqual(chat.body.messages.filter(({ role }) => role !== 'system'), [{ role: 'user', content: 'Good evening.' }]);
    }
    const whole = await (await ask(hearken.url, { messages: [{ role: 'user', content }] })).json();
    assert.equal(whole.input_transcript, 'Good evening.');
    // Words that Whisper makes of noise are no turn.
    const noise = { no_speech_prob: 0.93, avg_logprob: -1.3, start: 0, end: 1, text: ' Thank you.' };
    await scripted(script('Never said.', { transcription: { body: { task: 'transcribe', text: 'Thank you.', segments: [noise] } } }));
    const nothing = await ask(hearken.url, { messages: [{ role: 'user', content }] });
    assert.equal(nothing.status, 400);
    assert.equal((await nothing.json()).error.code, 'nothing_heard');
    assert.ok(!hearken.providers.requests.some(({ path }) => path.includes('chat')));
    const broken = await ask(hearken.url, { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }] });
    assert.equal(broken.status, 400);
    assert.equal((await broken.json()).error.param, 'messages');
  });

  test('every recording that nobody has answered is heard, also in the round that brings what a function gave', async () => {
    await scripted(script('It is mild.', { transcription: { transcript: 'And in Lima?' } }));
    const data = readFileSync(new URL('../fixtures/audio/two.wav', import.meta.url)).toString('base64');
    const asked = { role: 'user', content: [{ type: 'input_audio', input_audio: { data, format: 'wav' } }] };
    const called = { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } }] };
    const given = { role: 'tool', tool_call_id: 'call_1', content: 'mild' };
    const spoken = { role: 'assistant', audio: { id: 'audio_1' } };
    const answer = await ask(hearken.url, { messages: [asked, { role: 'assistant', content: 'Rain.' }, asked, spoken, asked, asked, called, given] });
    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).input_transcript, 'And in Lima?\nAnd in Lima?');
    const chat = hearken.providers.requests.findLast(({ path }) => path.includes('chat'));
    const heard = { role: 'user', content: 'And in Lima?' };
    const before = { role: 'user', content: '[a voice message from earlier]' };
    const around = { role: 'user', content: `${before.content}\n\n${heard.content}` };
    assert.deepEqual(chat.body.messages.filter(({ role }) => role !== 'system'), [before, { role: 'assistant', content: 'Rain.' }, around, heard, called, given]);
  });

  for (const [accept, kind] of [['audio/*', 'audio/webm'], ['audio/mpeg, application/json;q=0.2', 'audio/mpeg'], ['audio/webm;q=0.2, application/json', 'application/json']]) {
    test(`Accept: ${accept} gives ${kind}`, async () => {
      await scripted(script('Good evening to you.'));
      const response = await ask(hearken.url, { messages: [{ role: 'user', content: 'hi' }] }, { headers: { accept } });
      assert.equal(response.headers.get('content-type').split(';')[0], kind);
      assert.ok((await response.arrayBuffer()).byteLength > 100);
    });
  }

  test('of several choices the first is spoken', async () => {
    const piece = (index, content) => `data: ${JSON.stringify({ id: 'c', choices: [{ index, delta: { content }, finish_reason: null }] })}\n\n`;
    await scripted({ chat: { events: [piece(1, 'Never say this. '), piece(0, 'Say this one. '), 'data: [DONE]\n\n'] } });
    const got = await turn(hearken.url, spokenBody('hi', { n: 2 }));
    assert.deepEqual([got.transcripts, got.isDone], [['Say this one.'], true]);
    assert.match(got.text, /Never say this/);
  });

  for (const reply of ['```js\nlet x = 1;\n```', '🎉 🎉', '***', '   ']) {
    test(`a reply with nothing to say, ${JSON.stringify(reply)}, is shown and no failure`, async () => {
      await scripted(script(reply));
      const got = await turn(hearken.url, spokenBody('hi'));
      assert.equal(got.status, 200);
      assert.deepEqual([got.audioErrors, got.errors, got.isDone], [[], [], true]);
      assert.equal(got.bytes.length > 0, got.transcripts.length > 0);
    });
  }

  test('a reply of tool calls alone is no failure of the voice', async () => {
    const call = { id: 'c', choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 't', function: { name: 'f', arguments: '{}' } }] }, finish_reason: null }] };
    await scripted({ chat: { events: [JSON.stringify(call), '[DONE]'].map((data) => `data: ${data}\n\n`) } });
    const got = await turn(hearken.url, spokenBody('hi'));
    assert.deepEqual([got.audio, got.audioErrors, got.errors, got.isDone], [[], [], [], true]);
    assert.equal(summary(got.events).text, '');
    // It is kept, and asking again would be paid again: no client does so by itself.
    const models = () => hearken.providers.requests.filter(({ path }) => path.includes('chat')).length;
    const before = models();
    const client = new OpenAI({ baseURL: `${hearken.url}/v1`, apiKey: 'any', maxRetries: 2 });
    const alone = client.chat.completions.create({ model: 'companion', messages: [{ role: 'user', content: 'hi' }] }, { headers: { accept: 'audio/webm' } });
    await assert.rejects(alone, ({ status, code, headers }) => status === 502 && code === 'nothing_to_speak' && headers.get('x-should-retry') === 'false');
    assert.equal(models() - before, 1);
  });
});
