// The phrase cache: what many people hear is made once, what one person hears stays theirs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { ask, decoded, HAS_FFMPEG, spokenBody, turn } from './voice-client.mjs';

const OPENING = 'Ahoy there, friend!';
let hearken;
before(async () => {
  hearken = await startHearken({
    vars: { LLM: 'groq:first', TTS: 'elevenlabs:eleven', PHRASE_FLUSH_MS: '20', CARE: 'off', PERSONA_PHRASES: `${OPENING}|Fair winds to you.` },
  });
  await hearken.providers.warm();
});
after(() => hearken?.stop());

const speeches = () => hearken.providers.requests.filter(({ path }) => /speech/.test(path));
const listing = async () => (await fetch(`${hearken.url}/admin/phrases`)).json();
const listed = async (text) => (await listing()).data.find((phrase) => phrase.text === text);
const forget = () => fetch(`${hearken.url}/admin/phrases`, { method: 'DELETE' });
const warm = async () => (await fetch(`${hearken.url}/admin/phrases/warm`, { method: 'POST' })).json();

async function scripted(reply, knobs = {}) {
  hearken.providers.control(null);
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: [reply], script_repeat: true }, ...knobs });
  hearken.providers.requests.length = 0;
}

/** `person` hears `reply`. */
async function hears(person, reply, fields = {}) {
  await scripted(reply);
  const got = await turn(hearken.url, spokenBody('hi', { user: person, ...fields }));
  assert.ok(got.isDone && got.bytes.length > 0);
  return { ...got, asked: speeches().length };
}

const speech = (input, { user, ...fields } = {}) => fetch(`${hearken.url}/v1/audio/speech`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', ...(user ? { 'x-user': user } : {}) },
  body: JSON.stringify({ input, voice: 'alloy', response_format: 'opus', ...fields }),
});

describe('sharing', () => {
  test('two people do not make a phrase public, three do, and then nobody waits for it', async () => {
    const phrase = 'The harbour is quiet tonight.';
    for (const person of ['ann', 'ann', 'bob', 'ann', 'bob']) assert.equal((await hears(person, phrase)).asked, 1);
    await until('the phrasebook to have counted', async () => (await hears('ann', 'Another thing.')) && true);
    assert.equal(await listed(phrase), undefined, 'two people: not listed');
    // Nobody waits for a count, and a busy machine loses some: then it is said again.
    const kept = await until('the phrase to be kept', async () => {
      for (const person of ['ann', 'bob', 'cleo']) await hears(person, phrase);
      const one = await listed(phrase);
      return one?.cached.length > 0 && one;
    });
    assert.equal(kept.people, 3);
    assert.ok(kept.cached[0].bytes > 500 && kept.cached[0].codec === 'opus' && kept.cached[0].expires_at > Date.now() / 1000);
    const got = await hears('dora', phrase);
    assert.equal(got.asked, 0, 'served without asking the voice');
    assert.deepEqual(got.transcripts, [phrase]);
  });

  test('what one person heard often is neither listed nor kept', async () => {
    const secret = 'Your number is four one seven.';
    for (let count = 0; count < 6; count += 1) assert.equal((await hears('ann', secret)).asked, 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(!JSON.stringify(await listing()).includes('four one seven'));
    assert.equal((await hears('bob', secret)).asked, 1);
  });

  test('a listed phrase is kept after its first use and serves every container', async () => {
    await forget();
    assert.equal((await hears('ann', OPENING)).asked, 1);
    await until('the opening to be kept', async () => (await listed(OPENING))?.cached.length > 0);
    for (const format of ['webm', 'opus', 'mp4']) {
      const got = await hears('bob', OPENING, { format });
      assert.equal(got.asked, 0, format);
      if (HAS_FFMPEG) assert.equal(decoded(got.bytes, format).complaints, '');
    }
    assert.equal((await hears('bob', OPENING, { format: 'mp3' })).asked, 1, 'another form, another clip');
  });

  test('a listener of bare samples hears a kept phrase from samples, near to those that the voice gave', async () => {
    await forget();
    const voiced = await hears('ann', OPENING, { format: 'pcm16' });
    const clip = await until('the samples to be kept', async () => (await listed(OPENING))?.cached.find(({ codec }) => codec === 'pcm'));
    assert.equal(clip.bytes, 4 + Math.ceil(voiced.bytes.length / 4), 'a quarter of the bytes');
    const kept = await hears('bob', OPENING, { format: 'pcm16' });
    assert.equal(kept.asked, 0, 'served without asking the voice');
    assert.equal(kept.bytes.length, voiced.bytes.length);
    let [signal, noise] = [0, 0];
    for (let at = 0; at + 1 < kept.bytes.length; at += 2) {
      const sample = voiced.bytes.readInt16LE(at);
      signal += sample ** 2;
      noise += (sample - kept.bytes.readInt16LE(at)) ** 2;
    }
    assert.ok(signal > noise * 100, `${10 * Math.log10(signal / noise)} dB`);
  });

  test('a kept opening and a fresh rest are one stream', async () => {
    await hears('ann', OPENING);
    await until('the opening to be kept', async () => (await listed(OPENING))?.cached.length > 0);
    const rest = 'The sea is calm today, and the wind comes gently from the south.';
    const got = await hears('ann', `${OPENING} ${rest}`);
    assert.equal(got.asked, 1);
    assert.deepEqual(got.transcripts, [OPENING, rest]);
    if (HAS_FFMPEG) {
      const sound = decoded(got.bytes, 'webm');
      assert.equal(sound.complaints, '');
      assert.ok(sound.isMonotone && sound.gap_ms_max <= 60);
    }
  });

  test('a clip that broke off or was made for its place is not kept', async () => {
    await forget();
    const broken = { speech: [{ match_text: 'Ahoy', fault: 'truncated_audio', after: 1_500 }] };
    await scripted(OPENING, broken);
    await turn(hearken.url, spokenBody('hi', { user: 'ann' }));
    const middle = 'Mind the ropes on deck.';
    for (const person of ['a', 'b', 'c']) {
      await scripted(`Well now, that is a story for a long evening indeed. ${middle}`, broken);
      await turn(hearken.url, spokenBody('hi', { user: person }));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual((await listed(OPENING))?.cached, []);
  });
});

describe('speech', () => {
  test('says whether it was kept: miss, hit, bypass', async () => {
    await forget();
    await scripted('x');
    const miss = await speech(OPENING);
    assert.equal(miss.headers.get('x-cache'), 'miss');
    const first = Buffer.from(await miss.arrayBuffer());
    await until('the phrase to be kept', async () => (await listed(OPENING))?.cached.length > 0);
    hearken.providers.requests.length = 0;
    const hit = await speech(OPENING);
    assert.equal(hit.headers.get('x-cache'), 'hit');
    assert.equal(hit.headers.get('x-served-by'), 'elevenlabs:eleven');
    assert.equal(hit.headers.get('content-type').split(';')[0], 'audio/ogg');
    const second = Buffer.from(await hit.arrayBuffer());
    assert.equal(speeches().length, 0);
    if (HAS_FFMPEG) {
      const [one, other] = [first, second].map((bytes) => decoded(bytes, 'opus'));
      assert.equal(other.complaints, '');
      assert.ok(Math.abs(one.seconds - other.seconds) < 0.001, `${one.seconds} s and ${other.seconds} s`);
    }
    assert.equal((await speech(OPENING, { response_format: 'webm' })).headers.get('x-cache'), 'hit');
    assert.equal((await speech(OPENING, { voice: 'abcdefghij0123456789' })).headers.get('x-cache'), 'miss', 'another voice, another clip');
    assert.equal((await speech(OPENING, { speed: 1.1 })).headers.get('x-cache'), 'miss', 'another pace, another clip');
    assert.equal((await speech(OPENING, { instructions: 'softly' })).headers.get('x-cache'), 'bypass');
    assert.equal((await speech(OPENING, { response_format: 'pcm' })).headers.get('x-cache'), 'bypass');
    const events = await (await speech(OPENING, { stream_format: 'sse' })).text();
    assert.match(events, /speech\.audio\.delta[\s\S]*speech\.audio\.done/);
  });

  test('one person asking twice shares nothing', async () => {
    await scripted('x');
    for (let count = 0; count < 3; count += 1) {
      const answer = await speech('Only for me, please.', { user: 'ann' });
      assert.equal(answer.headers.get('x-cache'), 'miss');
      await answer.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  });

  test('an MP3 copy is kept where MP3 is asked for', async () => {
    await scripted('x');
    assert.equal((await speech(OPENING, { response_format: 'mp3' }).then(async (answer) => (await answer.arrayBuffer()) && answer)).headers.get('x-cache'), 'miss');
    const hit = await until('the copy to be kept', async () => {
      const answer = await speech(OPENING, { response_format: 'mp3' });
      const bytes = Buffer.from(await answer.arrayBuffer());
      return answer.headers.get('x-cache') === 'hit' && bytes;
    });
    if (HAS_FFMPEG) assert.equal(decoded(hit, 'mp3').complaints, '');
  });
});

describe('warming', () => {
  test('makes what is missing, once, and the first listener waits for nothing', async () => {
    await forget();
    await scripted('x');
    assert.deepEqual(await warm(), { warmed: 2, skipped: 0, failed: 0 });
    assert.equal(speeches().length, 2);
    assert.deepEqual(await warm(), { warmed: 0, skipped: 2, failed: 0 });
    assert.equal((await hears('eve', 'Fair winds to you.')).asked, 0);
    await until('it to be counted', async () => (await listed('Fair winds to you.')).count === 1);
  });

  test('two runs at once do not make a phrase twice', async () => {
    await forget();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await scripted('x', { speech: { first_ms: 200 } });
    const tallies = await Promise.all([warm(), warm()]);
    assert.equal(tallies[0].warmed + tallies[1].warmed, 2);
    assert.equal(speeches().length, 2);
  });

  test('a voice that fails is told, and nothing broken is kept', async () => {
    await forget();
    await scripted('x', { speech: { fault: 'truncated_audio', after: 1_000 } });
    assert.deepEqual(await warm(), { warmed: 0, skipped: 0, failed: 2 });
    assert.equal((await listing()).entries, 0);
  });

  test('a voice that is well again is warmed at once', async () => {
    await forget();
    await scripted('x', { speech: { status: 500 } });
    assert.deepEqual(await warm(), { warmed: 0, skipped: 0, failed: 2 });
    await scripted('x');
    assert.deepEqual(await warm(), { warmed: 2, skipped: 0, failed: 0 });
  });

  test('the cron warms', async () => {
    await forget();
    await scripted('x');
    const worker = await hearken.miniflare.getWorker('hearken');
    await worker.scheduled({ cron: '*/30 * * * *' });
    await until('the clips to be kept', async () => (await listing()).entries === 2);
  });

  test('the budget holds', async () => {
    const { bytes, budget_bytes, entries } = await listing();
    assert.ok(entries > 0 && bytes > 0 && bytes <= budget_bytes);
  });
});

test('forgetting leaves nothing', async () => {
  await scripted('x');
  await warm();
  assert.equal((await forget()).status, 204);
  const { entries, bytes, data } = await listing();
  assert.deepEqual([entries, bytes, data.every(({ cached }) => cached.length === 0)], [0, 0, true]);
  assert.equal((await hears('ann', OPENING)).asked, 1);
});

test('admin needs a key where one is required', async () => {
  const closed = await startHearken({ vars: { AUTH: 'required', API_KEYS: 'k', SESSION_SECRET: 's' } });
  try {
    const get = (path, key, method = 'GET') => fetch(`${closed.url}${path}`, { method, headers: key ? { authorization: `Bearer ${key}` } : {} });
    assert.equal((await get('/admin/phrases')).status, 401);
    assert.equal((await get('/admin/phrases', 'k')).status, 200);
    const session = await (await fetch(`${closed.url}/v1/sessions`, {
      method: 'POST', headers: { authorization: 'Bearer k', 'content-type': 'application/json' }, body: '{"user":"ann"}',
    })).json();
    for (const [path, method] of [['/admin/phrases', 'GET'], ['/admin/phrases', 'DELETE'], ['/admin/phrases/warm', 'POST']])
      assert.equal((await get(path, session.token, method)).status, 403, `${method} ${path}`);
  } finally {
    await closed.stop();
  }
});

test('what cannot go on with a kept opening is told, not lost', async () => {
  const own = await startHearken({ vars: { TTS: 'elevenlabs:eleven, openai:tts', PHRASE_FLUSH_MS: '20', PERSONA_PHRASES: OPENING } });
  const spoken = async (reply, knobs = {}) => {
    own.providers.control(null);
    own.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: [reply] }, ...knobs });
    return turn(own.url, spokenBody('hi', { format: 'mp3' }));
  };
  try {
    // A voice that is slow to begin is stood in for, and what the other one says is not kept.
    await until('the opening to be kept', async () => {
      await spoken(OPENING);
      const { data } = await (await fetch(`${own.url}/admin/phrases`)).json();
      return data.some(({ cached }) => cached.some(({ codec }) => codec === 'mp3'));
    });
    // The other provider's MP3 has another rate.
    const got = await spoken(`${OPENING} The sea is calm today.`, { 'elevenlabs.speech': { status: 500 } });
    assert.deepEqual(got.transcripts, [OPENING]);
    assert.equal(got.audioErrors.length, 1);
  } finally {
    await own.stop();
  }
});

test('the cache can be switched off', async () => {
  const plain = await startHearken({ vars: { PHRASE_CACHE: 'off', TTS: 'elevenlabs:eleven' } });
  try {
    const answer = await ask(plain.url, spokenBody('hello'));
    assert.match(await answer.text(), /\[DONE\]/);
    assert.equal((await fetch(`${plain.url}/admin/phrases`)).status, 503);
  } finally {
    await plain.stop();
  }
});
