// Speech whose provider sends something else than it was asked for, in the middle of a reply: the next provider speaks, or
// the reply goes on; nothing else is ever put into its stream.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { clipOf, startSpeakers } from './sound.mjs';
import { ask, decoded, HAS_FFMPEG, spokenBody, turn } from './voice-client.mjs';

const PHRASES = ['That is good to hear.', 'There is no hurry here at all, and I am listening to you.', 'Would you like to tell me what happened after that, or is it too soon for you to say?'];
const REPLY = PHRASES.join(' ');

let hearken;
let speakers;
let ogg;
let mp3;
before(async () => {
  speakers = await startSpeakers();
  hearken = await startHearken({
    vars: {
      LLM: 'groq:first', TTS: 'openai:first, deepgram:second', PHRASE_CACHE: 'off', TTS_HEADERS_MS: '2000', TTS_FIRST_MS: '2000', TTS_IDLE_MS: '800',
      OPENAI_BASE_URL: `${speakers.url}/openai`, DEEPGRAM_BASE_URL: `${speakers.url}/deepgram`,
    },
  });
  await hearken.providers.warm();
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, script: [REPLY], script_repeat: true } });
  ogg = await clipOf(hearken.providers, 'Good evening to you, my friend.', 'opus_48000_32');
  mp3 = await clipOf(hearken.providers, 'Good evening to you, my friend.', 'mp3_44100_64');
});
after(async () => {
  await hearken?.stop();
  await speakers?.close();
});

const says = (bytes, type = 'audio/ogg') => async (call) => {
  call.head(200, { 'content-type': type });
  await call.write(bytes);
  call.end();
};
/** The same sound as stereo: its packets do not matter to a container, its head does. */
function stereo(bytes) {
  const copy = Buffer.from(bytes);
  copy[copy.indexOf('OpusHead') + 9] = 2;
  // The page's checksum is for its header's bytes (RFC 3533 §6): computed anew.
  const end = copy.indexOf('OggS', 4);
  copy.writeUInt32LE(0, 22);
  let crc = 0;
  for (const byte of copy.subarray(0, end)) {
    crc = (crc ^ (byte << 24)) >>> 0;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x80000000 ? 0x04c11db7 : 0)) >>> 0;
  }
  copy.writeUInt32LE(crc, 22);
  return copy;
}
const plan = (plans) => PHRASES.forEach((phrase, index) => speakers.plan(phrase, plans[index]));
const asked = (provider) => PHRASES.map((phrase) => speakers.calls(phrase).filter((call) => call.provider === provider).length);

test('MP3 that comes as samples is not played as noise: the next provider speaks', async () => {
  const samples = Buffer.alloc(24_000, 7);
  plan(PHRASES.map(() => ({ openai: says(mp3, 'audio/pcm'), deepgram: says(samples, 'audio/pcm') })));
  const got = await turn(hearken.url, spokenBody('hi', { format: 'pcm16' }));
  assert.deepEqual(got.transcripts, PHRASES);
  assert.deepEqual([got.audioErrors, got.isDone], [[], true]);
  assert.ok(got.bytes.every((byte) => byte === 7), 'samples and nothing else');
  assert.equal(got.bytes.length, 3 * samples.length);
});

test('samples in a WAV at the rate of the voice come at the rate that is promised', async () => {
  const wav = (rate_hz, channels, frames) => {
    const header = Buffer.from('RIFF____WAVEfmt ____________________data____');
    [[4, 0xffffffff], [16, 16], [24, rate_hz], [28, rate_hz * channels * 2], [40, 0xffffffff]].forEach(([at, value]) => header.writeUInt32LE(value, at));
    [[20, 1], [22, channels], [32, channels * 2], [34, 16]].forEach(([at, value]) => header.writeUInt16LE(value, at));
    return Buffer.concat([header, Buffer.alloc(frames * channels * 2, 7)]);
  };
  const before = asked('deepgram');
  plan([[22_050, 1], [44_100, 2], [24_000, 1]].map(([rate_hz, channels]) => ({ openai: says(wav(rate_hz, channels, rate_hz / 10), 'audio/wav') })));
  const got = await turn(hearken.url, spokenBody('hi', { format: 'pcm16' }));
  assert.deepEqual([got.transcripts, got.audioErrors, got.isDone], [PHRASES, [], true]);
  assert.deepEqual(asked('deepgram'), before);
  assert.ok(Math.abs(got.bytes.length - 3 * 4_800) <= 8, `${got.bytes.length} bytes of three tenths of a second`);
});

test('a phrase of another number of channels is spoken by the next provider', async () => {
  const before = asked('deepgram');
  plan([{ openai: says(ogg) }, { openai: says(stereo(ogg)), deepgram: says(ogg) }, { openai: says(ogg) }]);
  const got = await turn(hearken.url, spokenBody('hi', { format: 'opus' }));
  assert.deepEqual(got.transcripts, PHRASES);
  assert.deepEqual([got.audioErrors, got.isDone], [[], true]);
  assert.deepEqual(asked('deepgram').map((count, index) => count - before[index]), [0, 1, 0]);
  if (HAS_FFMPEG) assert.equal(decoded(got.bytes, 'opus').complaints, '');
});

test('a phrase that nobody speaks fittingly is told, and the rest goes on', async () => {
  plan([{ openai: says(ogg) }, { openai: says(stereo(ogg)), deepgram: says(stereo(ogg)) }, { openai: says(ogg) }]);
  const got = await turn(hearken.url, spokenBody('hi', { format: 'opus' }));
  assert.deepEqual(got.transcripts, [PHRASES[0], PHRASES[2]]);
  assert.equal(got.audioErrors.length, 1);
  assert.deepEqual([got.text, got.isDone], [REPLY, true]);
  if (HAS_FFMPEG) assert.equal(decoded(got.bytes, 'opus').complaints, '');
});

test('text, nothing and a page instead of sound give way to the next provider', async () => {
  for (const [body, type] of [['{"error":"no"}', 'audio/ogg'], ['', 'audio/ogg'], ['<html>busy</html>', 'text/html'], [ogg.subarray(0, 60), 'audio/ogg']]) {
    plan(PHRASES.map(() => ({ openai: says(body, type), deepgram: says(ogg, 'application/octet-stream') })));
    const got = await turn(hearken.url, spokenBody('hi', { format: 'webm' }));
    assert.deepEqual([got.transcripts, got.audioErrors, got.isDone], [PHRASES, [], true], `${type}: ${body}`);
    if (HAS_FFMPEG) assert.equal(decoded(got.bytes, 'webm').complaints, '');
  }
});

test('the sound alone is MP3 where nobody has Opus, and says so', async () => {
  const own = await startHearken({ vars: { LLM: 'groq:first', TTS: 'groq:tts' } });
  try {
    await own.providers.warm();
    own.providers.control({ chat: { script: [PHRASES[0]], script_repeat: true } });
    for (const accept of ['audio/*', 'audio/webm']) {
      const response = await ask(own.url, { messages: [{ role: 'user', content: 'hi' }] }, { headers: { accept } });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'audio/mpeg');
      const bytes = Buffer.from(await response.arrayBuffer());
      if (HAS_FFMPEG) assert.equal(decoded(bytes, 'mp3').codec, 'mp3');
    }
  } finally {
    await own.stop();
  }
});
