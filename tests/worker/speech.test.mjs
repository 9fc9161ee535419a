// Speech as a client gets it: the container it asked for, while it is being made, from the first provider that speaks.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { contractError, events, send } from './support.mjs';
import { clipOf, decode, mp4Sound, NO_FFMPEG, NO_OPUSINFO, oggSound, opusinfo, probe, sendSpeech, startSpeaking, VOICE_ID, webmSound } from './sound.mjs';

/** The tag that stands before the frames of MP3. */
const MARK_BYTES = 111;
const CHAIN = ['elevenlabs:eleven_flash_v2_5', 'openai:second', 'deepgram:aura-2-thalia-en'];
const TEXT = 'The tide turns at seven. Then the boats go out, and the harbour is quiet again.';
const OGG = 'audio/ogg; codecs=opus';
const WEBM = 'audio/webm; codecs=opus';
const MP4 = 'audio/mp4; codecs=opus';
const MP3 = 'audio/mpeg';
const PCM = 'audio/pcm;rate=24000;channels=1';
/** What each word of `response_format` gives, and what ElevenLabs is asked for. */
const FORMATS = {
  opus: { type: OGG, asked: 'opus_48000_32', codec: 'opus', container: /ogg/ },
  webm: { type: WEBM, asked: 'opus_48000_32', codec: 'opus', container: /webm/ },
  mp4: { type: MP4, asked: 'opus_48000_32', codec: 'opus', container: /mp4/ },
  mp3: { type: MP3, asked: 'mp3_44100_64', codec: 'mp3', container: /mp3/ },
  wav: { type: 'audio/wav', asked: 'pcm_24000', codec: 'pcm_s16le', container: /wav/ },
  pcm: { type: PCM, asked: 'pcm_24000' },
};

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { TTS: CHAIN.join(', ') } });
  await hearken.providers.warm();
});
after(() => hearken?.stop());
beforeEach(() => set({}));

/** Sets the providers' knobs by scope and forgets what they were asked. */
function set(knobs) {
  hearken.providers.control(null);
  hearken.providers.control(knobs);
  hearken.providers.journal.clear();
}
const speak = (fields = {}, headers) => sendSpeech(hearken.url, { input: TEXT, ...fields }, headers).answer;
const asked = () => hearken.providers.requests.filter(({ scope }) => scope?.endsWith('.speech'));

/** Asserts a 200 of `type` that ended whole, and answers its bytes. */
async function sound(answer, type) {
  const bytes = await answer.whole();
  assert.equal(answer.status, 200, bytes.toString('utf8', 0, 300));
  assert.equal(answer.headers['content-type'], type);
  assert.equal(answer.broken, false);
  assert.match(answer.headers['x-request-id'], /^req_/);
  return bytes;
}
const served = ({ headers }) => headers['x-served-by'];

describe('what was asked for', () => {
  const clips = {};

  for (const [word, { type, asked: output_format }] of Object.entries(FORMATS)) {
    test(`response_format ${word} is ${type}`, async () => {
      const answer = await speak({ response_format: word }, { accept: 'audio/aac' });
      clips[word] = await sound(answer, type);
      assert.ok(clips[word].length > 4_000);
      assert.equal(served(answer), CHAIN[0]);
      assert.equal(answer.headers['x-cache'], ['pcm', 'wav'].includes(word) ? 'bypass' : 'miss');
      assert.match(answer.headers['server-timing'], /^speech;dur=\d+;desc="first sound"$/);
      assert.match(answer.headers['cache-control'], /no-transform/);
      const [call] = asked();
      assert.deepEqual([call.method, call.path, call.query], ['POST', `/v1/text-to-speech/${VOICE_ID}/stream`, `?output_format=${output_format}`]);
      assert.deepEqual(call.body, { text: TEXT, model_id: 'eleven_flash_v2_5' });
      assert.equal(call.headers['xi-api-key'], 'local');
      assert.equal(call.headers['accept-encoding'], 'identity');
    });
  }

  test('Opus is packed anew, never encoded anew', async () => {
    const packets = oggSound(await clipOf(hearken.providers, TEXT, 'opus_48000_32'));
    assert.ok(packets.length > 100);
    assert.deepEqual(oggSound(clips.opus), packets);
    assert.deepEqual(webmSound(clips.webm), packets);
    assert.deepEqual(mp4Sound(clips.mp4), Buffer.concat(packets));
  });

  test('samples and frames of MP3 are the ones of the provider', async () => {
    assert.deepEqual(clips.pcm, await clipOf(hearken.providers, TEXT, 'pcm_24000'));
    assert.deepEqual(clips.wav.subarray(-clips.pcm.length), clips.pcm);
    assert.deepEqual(clips.mp3.subarray(MARK_BYTES), await clipOf(hearken.providers, TEXT, 'mp3_44100_64'));
  });

  test('Opus at 32 kb/s is about half of MP3', () => {
    for (const word of ['opus', 'webm', 'mp4']) {
      const share = clips[word].length / clips.mp3.length;
      console.log(`${word}: ${clips[word].length} bytes, ${(share * 100).toFixed(0)}% of MP3's ${clips.mp3.length}`);
      assert.ok(share < 0.62, `${word} ${share}`);
    }
  });

  test('decoders find nothing wrong, and the same sound in every format', { skip: NO_FFMPEG }, async () => {
    const expected = { seconds: clips.pcm.length / 48_000, ...(await decode(clips.pcm, { raw: true })) };
    assert.ok(expected.seconds > 3 && expected.loudness > 300, JSON.stringify(expected));
    for (const [word, { codec, container }] of Object.entries(FORMATS)) {
      if (!codec) continue;
      const told = await probe(clips[word]);
      assert.deepEqual([told.codec_name, told.channels], [codec, 1], word);
      assert.match(told.container, container);
      assert.equal(Number(told.sample_rate), { opus: 48_000, mp3: 44_100 }[codec] ?? 24_000);
      const heard = await decode(clips[word]);
      assert.ok(Math.abs(heard.seconds - expected.seconds) < 0.12, `${word}: ${heard.seconds} s, not ${expected.seconds}`);
      assert.ok(Math.abs(heard.loudness / expected.loudness - 1) < 0.15, `${word}: ${heard.loudness}, not ${expected.loudness}`);
    }
  });

  test('opusinfo finds nothing wrong with the Ogg', { skip: NO_OPUSINFO }, async () => {
    const told = await opusinfo(clips.opus);
    assert.match(told, /Playback length: 0m:0[3-9]/);
    assert.doesNotMatch(told, /warning|error|invalid/i);
  });

  const ACCEPTS = [
    ['audio/webm', WEBM], ['audio/ogg', OGG], ['audio/mp4', MP4], ['audio/mpeg', MP3],
    ['audio/webm;codecs=opus', WEBM], ['audio/mpeg;q=0.5, audio/ogg', OGG], ['audio/aac, audio/mp4, audio/mpeg', MP4],
    ['audio/mp4;q=0, audio/mpeg;q=0.1', MP3], ['*/*', MP3], ['audio/*', MP3], ['application/octet-stream', MP3],
  ];
  test('Accept decides where the body does not, and MP3 where neither does', async () => {
    for (const [accept, type] of ACCEPTS) await sound(await speak({ input: 'Yes.' }, { accept }), type);
    await sound(await speak({ input: 'Yes.' }), MP3);
    await sound(await speak({ input: 'Yes.', response_format: null }, { accept: 'audio/ogg' }), OGG);
  });
});

describe('how providers are asked', () => {
  /** Asks one provider; answers what the journal saw. */
  async function ask(model, fields, type = OGG) {
    hearken.providers.journal.clear();
    const answer = await speak({ model, input: 'Yes.', response_format: 'opus', ...fields });
    await sound(answer, type);
    assert.equal(served(answer), model);
    const calls = asked();
    assert.equal(calls.length, 1);
    return calls[0];
  }

  test('ElevenLabs', async () => {
    const call = await ask(CHAIN[0], { voice: 'abcdefghij0123456789', speed: 2, instructions: 'Softly.' });
    assert.equal(call.path, '/v1/text-to-speech/abcdefghij0123456789/stream');
    assert.deepEqual(call.body, { text: 'Yes.', model_id: 'eleven_flash_v2_5', voice_settings: { speed: 1.2 } });
    assert.equal((await ask(CHAIN[0], { speed: 0.25 })).body.voice_settings.speed, 0.7);
  });

  test('OpenAI', async () => {
    const call = await ask('openai:second', { voice: 'nova', speed: 1.5, instructions: 'Softly.' });
    assert.deepEqual([call.path, call.headers.authorization], ['/v1/audio/speech', 'Bearer local']);
    assert.deepEqual(call.body, { model: 'second', input: 'Yes.', voice: 'nova', response_format: 'opus', speed: 1.5, instructions: 'Softly.' });
    const formats = { webm: 'opus', mp4: 'opus', mp3: 'mp3', pcm: 'pcm', wav: 'pcm' };
    for (const [word, response_format] of Object.entries(formats)) {
      const { body } = await ask('openai:second', { response_format: word }, FORMATS[word].type);
      assert.deepEqual(body, { model: 'second', input: 'Yes.', voice: 'alloy', response_format });
    }
  });

  test('Deepgram', async () => {
    const model = 'deepgram:aura-2-thalia-en';
    const call = await ask(model, { speed: 1.5, voice: 'aura-2-luna-en' });
    assert.equal(call.path + call.query, '/v1/speak?model=aura-2-luna-en&encoding=opus&container=ogg&bit_rate=32000');
    assert.deepEqual([call.body, call.headers.authorization], [{ text: 'Yes.' }, 'Token local']);
    assert.equal((await ask(model, { response_format: 'mp3' }, MP3)).query, '?model=aura-2-thalia-en&encoding=mp3');
    assert.equal((await ask(model, { response_format: 'wav' }, 'audio/wav')).query, '?model=aura-2-thalia-en&encoding=linear16&container=none&sample_rate=24000');
  });

  test("OpenAI's stock voices and model names mean what is configured elsewhere", async () => {
    for (const voice of ['alloy', 'verse', { id: 'coral' }]) {
      const answer = await speak({ input: 'Yes.', model: 'gpt-4o-mini-tts', voice });
      await sound(answer, MP3);
      assert.equal(served(answer), CHAIN[0]);
    }
    assert.deepEqual(new Set(asked().map(({ path }) => path)), new Set([`/v1/text-to-speech/${VOICE_ID}/stream`]));
    assert.equal((await ask('openai:second', { voice: VOICE_ID })).body.voice, 'alloy');
    assert.match((await ask('deepgram:aura-2-thalia-en', { voice: 'alloy' })).query, /model=aura-2-thalia-en&/);
  });

  test('4,096 characters beyond the basic plane are spoken to the provider whole', async () => {
    const input = '𝄞'.repeat(4_095) + '.';
    set({ speech: { raw_chunks_base64: [(await clipOf(hearken.providers, 'Yes.', 'mp3_44100_64')).toString('base64')] } });
    await sound(await speak({ input }), MP3);
    assert.equal(asked()[0].body.text, input);
  });
});

describe('what providers get wrong', () => {
  test('MP3 in place of Opus is served as what it is', { skip: NO_FFMPEG }, async () => {
    for (const word of ['opus', 'webm', 'mp4']) {
      set({ elevenlabs: { fault: 'mp3_instead' } });
      const answer = await speak({ response_format: word });
      const bytes = await sound(answer, MP3);
      assert.equal(served(answer), CHAIN[0]);
      assert.equal((await probe(bytes)).codec_name, 'mp3');
    }
  });

  test('Opus in place of MP3 is served as what it is', async () => {
    const clip = await clipOf(hearken.providers, TEXT, 'opus_48000_32');
    set({ elevenlabs: { raw_chunks_base64: [clip.toString('base64')] } });
    assert.deepEqual(oggSound(await sound(await speak(), OGG)), oggSound(clip));
  });

  test('MP3 in place of samples is no use, and the next provider is asked', async () => {
    set({ elevenlabs: { fault: 'mp3_instead' } });
    const answer = await speak({ response_format: 'wav' });
    await sound(answer, 'audio/wav');
    assert.equal(served(answer), CHAIN[1]);
  });

  test('a wrong label does not matter', async () => {
    for (const [word, { type }] of Object.entries(FORMATS)) {
      set({ elevenlabs: { fault: 'wrong_content_type' } });
      const answer = await speak({ input: 'Yes.', response_format: word });
      await sound(answer, type);
      assert.equal(served(answer), CHAIN[0], word);
    }
  });

  const FAILURES = {
    'a page': { fault: 'html' }, 'JSON': { fault: 'json_instead_of_audio' }, 'nothing': { fault: 'empty' },
    'noise': { raw_chunks_base64: [Buffer.from(Array.from({ length: 9_000 }, (_, index) => (index * 7919 + (index >> 3) * 31) % 251)).toString('base64')] },
    'heads without sound': { raw_chunks_base64: 'HEADS' },
    'half a clip at once': { raw_chunks_base64: 'HALF' },
    'a used-up quota': { fault: 'quota' }, 'a wrong key': { fault: 'bad_key' }, 'a rate limit': { fault: 'rate_limit' },
    'too many at once': { fault: 'concurrency' }, 'a busy system': { fault: 'busy' }, 'no capacity': { fault: 'capacity' },
    'a server error': { fault: 'server_error' }, 'an unknown voice': { fault: 'voice_not_found' }, 'a limit of length': { fault: 'too_long' },
    'no connection': { fault: 'refuse' }, '503': { status: 503 }, '301': { status: 301, headers: { location: '/elsewhere' } },
  };
  for (const [what, knobs] of Object.entries(FAILURES)) {
    test(`${what}: the next provider speaks`, async () => {
      const fault = { ...knobs };
      if (typeof fault.raw_chunks_base64 === 'string') {
        const clip = await clipOf(hearken.providers, 'Yes, at seven o’clock.', 'opus_48000_32');
        const heads = clip.indexOf('OggS', clip.indexOf('OpusTags'));
        const bytes = fault.raw_chunks_base64 === 'HEADS' ? clip.subarray(0, heads) : clip.subarray(0, heads + 600);
        fault.raw_chunks_base64 = [bytes.toString('base64')];
      }
      set({ elevenlabs: fault });
      const answer = await speak({ input: 'Yes.', response_format: 'webm' });
      await sound(answer, WEBM);
      assert.equal(served(answer), CHAIN[1]);
      assert.deepEqual(asked().map(({ scope }) => scope), ['elevenlabs.speech', 'openai.speech']);
    });
  }

  test('the third speaks when two fail', async () => {
    set({ elevenlabs: { fault: 'quota' }, openai: { fault: 'html' } });
    const answer = await speak({ input: 'Yes.' });
    await sound(answer, MP3);
    assert.equal(served(answer), CHAIN[2]);
    assert.equal(asked().length, 3);
  });

  const ALL_FAIL = {
    html: [502, 'provider_failed'], empty: [502, 'provider_failed'], json_instead_of_audio: [502, 'provider_failed'],
    bad_key: [502, 'provider_failed'], server_error: [502, 'provider_failed'], refuse: [502, 'provider_failed'],
    rate_limit: [429, 'provider_busy'], quota: [429, 'provider_exhausted'],
  };
  for (const [fault, [status, code]] of Object.entries(ALL_FAIL)) {
    test(`everyone fails with ${fault}: ${status}, and nothing of theirs is told`, async () => {
      set({ speech: { fault } });
      const answer = await speak();
      const error = await contractError(answer, status);
      assert.equal(error.code, code);
      assert.doesNotMatch(JSON.stringify(error), /127\.0\.0\.1|xi-api|detail|credits|local|elevenlabs|openai|deepgram/i);
      if (status === 429) assert.match(answer.headers['retry-after'], /^[1-9]\d*$/);
      assert.equal(asked().length, 3);
    });
  }

  test('a model that is named alone has nobody behind it', async () => {
    set({ openai: { fault: 'server_error' } });
    await contractError(await speak({ model: 'openai:second' }), 502);
    assert.equal(asked().length, 1);
  });
});

describe('bad input', () => {
  const BAD = [
    ['input', {}, { input: undefined }], ['input', {}, { input: '' }], ['input', {}, { input: ' \n\t' }], ['input', {}, { input: 7 }],
    ['input', {}, { input: 'a'.repeat(4_097) }], ['input', {}, { input: '🌊'.repeat(4_097) }],
    ['response_format', {}, { response_format: 'vorbis' }], ['response_format', {}, { response_format: 7 }],
    ['speed', {}, { speed: 0.2 }], ['speed', {}, { speed: 4.1 }], ['speed', {}, { speed: '1' }],
    ['voice', {}, { voice: '../../v1/user' }], ['voice', {}, { voice: '' }], ['voice', {}, { voice: 'a?b=c' }], ['voice', {}, { voice: {} }],
    ['instructions', {}, { instructions: ['softly'] }], ['stream_format', {}, { stream_format: 'ws' }], ['model', {}, { model: 7 }],
  ];
  test('every field that cannot be used is named, and nobody is asked', async () => {
    for (const [param, headers, fields] of BAD) {
      const error = await contractError(await speak(fields, headers), 400);
      assert.equal(error.param, param, JSON.stringify(fields).slice(0, 60));
      assert.equal(error.type, 'invalid_request_error');
    }
    assert.equal(asked().length, 0);
  });

  test('what is no JSON object is said to be none', async () => {
    for (const body of ['{"input":', '[]', '"hello"', 'null', '']) {
      const error = await contractError(await sendSpeech(hearken.url, body).answer, 400);
      assert.match(error.message, /JSON/);
    }
  });

  test('another content type is 415', async () => {
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded']) {
      await contractError(await speak({}, { 'content-type': type }), 415);
    }
    await sound(await speak({ input: 'Yes.' }, { 'content-type': 'application/json; charset=utf-8' }), MP3);
  });

  test('an unknown model is 404', async () => {
    for (const model of ['elevenlabs:other', 'nobody:x', 'gpt-4o']) {
      const error = await contractError(await speak({ model }), 404);
      assert.deepEqual([error.param, error.code], ['model', 'model_not_found']);
    }
  });

  test('a body beyond every reason is 413, said or not', async () => {
    const body = JSON.stringify({ input: 'a'.repeat(300_000) });
    const error = await contractError(await sendSpeech(hearken.url, body).answer, 413);
    assert.equal(error.code, 'request_too_large');
    await contractError(await sendSpeech(hearken.url, body, { 'transfer-encoding': 'chunked' }).answer, 413);
  });

  test('other methods are 405', async () => {
    const answer = await send(`${hearken.url}/v1/audio/speech`, { method: 'GET' }).answer;
    await contractError(answer, 405);
    assert.match(answer.headers.allow, /POST/);
  });
});

describe('events', () => {
  test('the sound of the deltas is the clip, and done ends it', async () => {
    for (const word of ['opus', 'webm', 'mp3', 'pcm']) {
      const answer = await speak({ response_format: word, stream_format: 'sse' });
      const text = await answer.text();
      assert.match(answer.headers['content-type'], /^text\/event-stream/);
      const all = events(text).map((data) => JSON.parse(data));
      assert.deepEqual(all.pop(), { type: 'speech.audio.done' });
      assert.ok(all.length > 0 && all.every(({ type }) => type === 'speech.audio.delta'));
      const joined = Buffer.concat(all.map(({ audio }) => Buffer.from(audio, 'base64')));
      const plain = await sound(await speak({ response_format: word, stream_format: 'audio' }), FORMATS[word].type);
      if (word === 'opus') assert.deepEqual(oggSound(joined), oggSound(plain));
      else if (word === 'webm') assert.deepEqual(webmSound(joined), webmSound(plain));
      else assert.deepEqual(joined, plain);
    }
  });

  test('an error before the first sound is an error, not an event', async () => {
    set({ speech: { fault: 'server_error' } });
    await contractError(await speak({ stream_format: 'sse' }), 502);
  });
});

test("Workers AI's aura speaks through the AI binding", async () => {
  const model = '@cf/deepgram/aura-2-en';
  const bound = await startHearken({ vars: { TTS: `workers-ai:${model}, openai:second` } });
  try {
    await bound.providers.warm();
    const ask = (fields) => sendSpeech(bound.url, { input: TEXT, ...fields }).answer;
    for (const [word, inputs] of Object.entries({
      webm: { encoding: 'opus', container: 'ogg', bit_rate: 32_000 }, mp3: { encoding: 'mp3' }, wav: { encoding: 'linear16', container: 'none', sample_rate: 24_000 },
    })) {
      bound.providers.journal.clear();
      const answer = await ask({ response_format: word, voice: 'luna' });
      const bytes = await sound(answer, FORMATS[word].type);
      assert.equal(served(answer), `workers-ai:${model}`);
      const [call] = bound.providers.requests;
      assert.equal(decodeURIComponent(call.path), `/ai/run/${model}`);
      assert.deepEqual(call.body, { ...inputs, text: TEXT, speaker: 'luna' });
      if (!NO_FFMPEG) assert.ok((await decode(bytes)).seconds > 3);
    }
    const answer = await ask({ voice: 'alloy' });
    await sound(answer, MP3);
    assert.equal(bound.providers.requests.at(-1).body.speaker, undefined);
    for (const fault of ['server_error', 'html', 'empty', 'quota']) {
      bound.providers.control({ 'workers-ai': { fault } });
      const answer = await ask({ input: 'Yes.', response_format: 'webm' });
      await sound(answer, WEBM);
      assert.equal(served(answer), 'openai:second');
    }
    bound.providers.control({ 'workers-ai': { fault: 'hang' } });
    const client = sendSpeech(bound.url, { input: 'Gone.' });
    client.answer.catch(() => {});
    await bound.providers.waitFor(({ scope, fault, body }) => scope === 'workers-ai.speech' && fault === 'hang' && body?.text === 'Gone.');
    client.reset();
    const call = await bound.providers.waitFor(({ ended, body }) => body?.text === 'Gone.' && ended !== 'open');
    assert.equal(call.ended, 'client_closed');
  } finally {
    await bound.stop();
  }
});

test('without a key nobody is spoken to', async () => {
  const guarded = await startHearken({ vars: { AUTH: 'required', API_KEYS: 'key-of-a-server', SESSION_SECRET: 's' } });
  try {
    const body = { input: 'Yes.' };
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Bearer hk1.e30.e30' }]) {
      const error = await contractError(await sendSpeech(guarded.url, body, headers).answer, 401);
      assert.equal(error.code, 'invalid_api_key');
    }
    assert.equal(guarded.providers.requests.length, 0);
    await sound(await sendSpeech(guarded.url, body, { authorization: 'Bearer key-of-a-server' }).answer, MP3);
    const { token } = await (await fetch(`${guarded.url}/v1/sessions`, {
      method: 'POST', headers: { authorization: 'Bearer key-of-a-server', 'content-type': 'application/json' }, body: '{"user":"ann"}',
    })).json();
    await sound(await sendSpeech(guarded.url, body, { authorization: `Bearer ${token}` }).answer, MP3);
  } finally {
    await guarded.stop();
  }
});

describe('what only some make, and only so long', () => {
  const made = { aac: Buffer.from('fff15080 and frames of it', 'latin1'), flac: Buffer.from('fLaC\0\0\0\x22 and frames of it', 'latin1') };
  made.aac.set([0xff, 0xf1, 0x50, 0x80]);
  const asks = [];
  const REPLY = 'Good evening to you. The tide turns at seven.';
  /** What nobody speaks. */
  let broken;
  let upstream;
  let own;
  before(async () => {
    upstream = createServer(async (request, response) => {
      const ask = JSON.parse(Buffer.concat(await request.toArray()).toString());
      asks.push(ask);
      if (ask.messages) return response.end(JSON.stringify({ object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: REPLY }, finish_reason: 'stop' }] }));
      if (broken && ask.input.includes(broken)) return response.writeHead(500).end('{}');
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(made[ask.response_format] ?? made.flac);
    });
    await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${upstream.address().port}/v1`;
    made.mp3 = await clipOf(hearken.providers, 'The tide turns at seven.', 'mp3_44100_64');
    own = await startHearken({ vars: { LLM: 'openai:chat', TTS: 'groq:canopylabs/orpheus-v1-english, openai:tts', OPENAI_BASE_URL: base, GROQ_BASE_URL: base } });
  });
  after(async () => {
    await own?.stop();
    upstream?.close();
  });
  const say = (fields) => sendSpeech(own.url, { input: 'Yes.', ...fields }).answer;

  test('aac and flac come as they are made, from who makes them', async () => {
    for (const [word, type] of [['aac', 'audio/aac'], ['flac', 'audio/flac']]) {
      asks.length = 0;
      const answer = await say({ response_format: word });
      assert.deepEqual(await sound(answer, type), made[word]);
      assert.equal(served(answer), 'openai:tts');
      assert.deepEqual(asks.map(({ model, response_format }) => [model, response_format]), [['tts', word]]);
      const events = await say({ response_format: word, stream_format: 'sse' });
      assert.match((await events.whole()).toString(), /speech\.audio\.delta.*speech\.audio\.done/s);
    }
    const error = await contractError(await say({ response_format: 'flac', model: 'groq:canopylabs/orpheus-v1-english' }), 400);
    assert.equal(error.param, 'response_format');
  });

  const ORPHEUS = 'groq:canopylabs/orpheus-v1-english';
  const LONG = 'The tide turns at seven, and then the boats go out to the banks where the fish are. '.repeat(6).trim();

  test('an input that is too long for a model is cut to what it takes, and its sound is one stream', async () => {
    for (const model of [undefined, ORPHEUS]) {
      asks.length = 0;
      const answer = await say({ input: LONG, model, voice: 'troy', speed: 1.5 });
      const bytes = await sound(answer, 'audio/mpeg');
      assert.equal(served(answer), ORPHEUS);
      assert.ok(asks.length >= 3 && asks.every(({ input, voice, speed }) => input.length <= 200 && voice === 'troy' && speed === 1.5), JSON.stringify(asks));
      assert.equal(asks.map(({ input }) => input).join(' '), LONG);
      assert.equal(bytes.length - MARK_BYTES, asks.length * made.mp3.length);
    }
    const events = (await (await say({ input: LONG, stream_format: 'sse' })).whole()).toString().trim().split('\n\n').map((event) => JSON.parse(event.slice(6)));
    assert.deepEqual([...new Set(events.map(({ type }) => type))], ['speech.audio.delta', 'speech.audio.done']);
    assert.deepEqual(events.at(-1), { type: 'speech.audio.done' });
  });

  test('a part that nobody speaks breaks the stream off, and is an error where it is the first', async () => {
    const second = 'Then the boats go out, and the harbour is quiet again until they come back in the evening with what they have.';
    for (const [failing, input] of [['second', `${LONG.slice(0, 168).trim()} ${second} ${second}`], ['first', `${second} ${second}`]]) {
      broken = 'Then the';
      const answer = await say({ input, model: ORPHEUS });
      const bytes = await answer.whole();
      if (failing === 'first') assert.deepEqual([answer.status, JSON.parse(bytes).error.type], [502, 'server_error']);
      else {
        assert.equal(answer.status, 200);
        assert.equal((bytes.length - MARK_BYTES) % made.mp3.length, 0, 'nothing after what is missing');
        const events = (await (await say({ input, model: ORPHEUS, stream_format: 'sse' })).whole()).toString();
        assert.match(events, /"error":/);
        assert.doesNotMatch(events, /speech\.audio\.done/);
      }
    }
    broken = undefined;
  });

  test('a spoken reply that is not streamed comes as aac or flac, made in one piece', async () => {
    const chat = (fields) => send(`${own.url}/v1/chat/completions`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'hi' }], modalities: ['text', 'audio'], ...fields }),
    }).answer;
    for (const format of ['aac', 'flac']) {
      asks.length = 0;
      const answer = await chat({ audio: { voice: 'alloy', format } });
      const { audio, content } = JSON.parse(await answer.text()).choices[0].message;
      assert.deepEqual([content, audio.transcript, audio.error], [REPLY, REPLY, undefined]);
      assert.deepEqual(Buffer.from(audio.data, 'base64'), made[format]);
      assert.deepEqual(asks.slice(1).map(({ model, input, response_format }) => [model, input, response_format]), [['tts', REPLY, format]]);
      const error = await contractError(await chat({ stream: true, audio: { voice: 'alloy', format } }), 400);
      assert.equal(error.param, 'audio.format');
    }
  });
});
