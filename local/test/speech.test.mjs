import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, beforeEach, test } from 'node:test';
import { sentencesOf } from '../engine.mjs';
import { containerOf, durationOf, readWav } from '../containers.mjs';
import { oggCrc } from '../ogg.mjs';
import { resample } from '../resample.mjs';
import { startLocalProviders } from '../server.mjs';
import { dataOf, post, rawPost } from './helpers.mjs';

// One server for the file: its synthesiser is warm after the first test.
const providers = await startLocalProviders();
after(() => providers.close());
beforeEach(() => {
  providers.control(null);
  providers.journal.clear();
});

const TEXT = 'Hello there. I hear you, and I am listening.';
const openai = (more = {}) => ({ model: 'tts-1', voice: 'alloy', input: TEXT, ...more });
const bytesOf = async (response) => Buffer.from(await response.arrayBuffer());
const has_ffprobe = spawnSync('ffprobe', ['-version']).status === 0;

/** Pages of an Ogg stream with their packets; checks every checksum and number. */
function oggPages(bytes) {
  const pages = [];
  for (let at = 0; at < bytes.length;) {
    assert.equal(bytes.subarray(at, at + 4).toString('latin1'), 'OggS', `page at ${at}`);
    const segments = bytes[at + 26];
    const lacing = [...bytes.subarray(at + 27, at + 27 + segments)];
    const end = at + 27 + segments + lacing.reduce((sum, length) => sum + length, 0);
    const page = Buffer.from(bytes.subarray(at, end));
    const crc = page.readUInt32LE(22);
    page.writeUInt32LE(0, 22);
    assert.equal(oggCrc(page), crc, 'page checksum');
    assert.equal(page.readUInt32LE(18), pages.length, 'page number');
    const packets = [];
    let offset = 27 + segments;
    let length = 0;
    for (const lace of lacing) {
      length += lace;
      if (lace === 255) continue;
      packets.push(page.subarray(offset, offset + length));
      offset += length;
      length = 0;
    }
    pages.push({ flags: page[5], granule: Number(page.readBigInt64LE(6)), packets });
    at = end;
  }
  return pages;
}

function probe(bytes, format) {
  const { stdout, status } = spawnSync('ffprobe', ['-v', 'error', ...(format ?? []), '-count_packets', '-show_entries', 'stream=codec_name,sample_rate,channels,nb_read_packets', '-of', 'json', '-i', 'pipe:0'], { input: bytes });
  assert.equal(status, 0);
  return JSON.parse(stdout).streams[0];
}

test('opus is Ogg Opus of constant bit rate: valid pages, 80-byte packets, pre-skip and end trimming', async () => {
  const response = await post(`${providers.url}/v1/audio/speech`, openai({ response_format: 'opus' }));
  assert.equal(response.headers.get('content-type'), 'audio/ogg');
  const bytes = await bytesOf(response);
  const pages = oggPages(bytes);
  const [head] = pages[0].packets;
  assert.equal(head.subarray(0, 8).toString('latin1'), 'OpusHead');
  assert.deepEqual([pages[0].flags, head[9], head.readUInt32LE(12)], [0x02, 1, 24_000]);
  assert.equal(pages[1].packets[0].subarray(0, 8).toString('latin1'), 'OpusTags');
  const audio = pages.slice(2);
  const packets = audio.flatMap((page) => page.packets);
  assert.ok(packets.every((packet) => packet.length === 80), '32 kb/s in 20 ms is 80 bytes');
  assert.equal(audio.at(-1).flags, 0x04);
  const pre_skip = head.readUInt16LE(10);
  assert.ok(pre_skip > 0 && audio.at(-1).granule > packets.length * 960 - 2 * 960 && audio.at(-1).granule <= packets.length * 960);
  const seconds = durationOf(bytes, 'ogg');
  const wav = await bytesOf(await post(`${providers.url}/v1/audio/speech`, openai({ response_format: 'wav' })));
  assert.ok(Math.abs(seconds - durationOf(wav, 'wav')) < 0.001, 'opus and wav last the same');
  if (has_ffprobe) assert.equal(probe(bytes).codec_name, 'opus');
});

test('each openai format is what its content type says', async () => {
  const types = { mp3: ['audio/mpeg', 'mp3'], wav: ['audio/wav', 'wav'], opus: ['audio/ogg', 'ogg'] };
  for (const [response_format, [type, container]] of Object.entries(types)) {
    const response = await post(`${providers.url}/openai/v1/audio/speech`, openai({ response_format }));
    const bytes = await bytesOf(response);
    assert.equal(response.headers.get('content-type'), type);
    assert.equal(containerOf(bytes), container);
    const seconds = durationOf(bytes, container);
    assert.ok(seconds > 2 && seconds < 6, `${response_format} lasts ${seconds} s`);
    if (has_ffprobe) assert.equal(probe(bytes).codec_name, { mp3: 'mp3', wav: 'pcm_s16le', opus: 'opus' }[response_format]);
  }
  const pcm = await bytesOf(await post(`${providers.url}/v1/audio/speech`, openai({ response_format: 'pcm' })));
  assert.ok(pcm.length / 48_000 > 2 && pcm.length % 2 === 0);
  const loudest = new Int16Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.length)).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  assert.ok(loudest > 5_000, 'it is not silence');
});

test('speech refuses what openai refuses', async () => {
  providers.control({ speech: { strict: true } });
  for (const [more, param] of [[{ input: '' }, 'input'], [{ input: 'x'.repeat(4_097) }, 'input'], [{ response_format: 'flac' }, 'response_format'], [{ speed: 5 }, 'speed'], [{ voice: 'nobody' }, 'voice'], [{ model: 1 }, 'model']]) {
    const response = await post(`${providers.url}/v1/audio/speech`, openai(more));
    assert.deepEqual([response.status, (await response.json()).error.param], [400, param]);
  }
});

test('speed changes the duration', async () => {
  const seconds = async (speed) => durationOf(await bytesOf(await post(`${providers.url}/v1/audio/speech`, openai({ speed, response_format: 'wav' }))), 'wav');
  assert.ok((await seconds(2)) < (await seconds(1)) * 0.75);
});

test('stream_format sse carries the file in deltas', async () => {
  const events = dataOf(await (await post(`${providers.url}/v1/audio/speech`, openai({ response_format: 'opus', stream_format: 'sse' }))).text());
  const file = Buffer.concat(events.slice(0, -1).map(({ type, audio }) => {
    assert.equal(type, 'speech.audio.delta');
    return Buffer.from(audio, 'base64');
  }));
  assert.equal(events.at(-1).type, 'speech.audio.done');
  assert.ok(events.at(-1).usage.total_tokens > 0);
  assert.deepEqual(file, await bytesOf(await post(`${providers.url}/v1/audio/speech`, openai({ response_format: 'opus' }))));
});

test('elevenlabs streams and sends whole files in the formats of its query', async () => {
  const url = `${providers.url}/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM`;
  const body = { text: TEXT, model_id: 'eleven_flash_v2_5', previous_text: 'Hi.', voice_settings: { stability: 0.5, speed: 1 } };
  const streamed = await post(`${url}/stream?output_format=opus_48000_32`, body);
  assert.equal(streamed.headers.get('content-length'), null);
  const opus = await bytesOf(streamed);
  assert.ok(oggPages(opus).slice(2).flatMap(({ packets }) => packets).every((packet) => packet.length === 80));
  const whole = await post(url, body);
  const mp3 = await bytesOf(whole);
  assert.deepEqual([whole.headers.get('content-type'), Number(whole.headers.get('content-length')), containerOf(mp3)], ['audio/mpeg', mp3.length, 'mp3']);
  const seconds = durationOf(mp3, 'mp3');
  assert.ok(Math.abs((mp3.length * 8) / seconds / 128_000 - 1) < 0.03, '128 kb/s by default');
  const small = await bytesOf(await post(`${url}?output_format=mp3_22050_32`, body));
  assert.ok(small.length < mp3.length / 3);
  assert.equal((await bytesOf(await post(`${url}?output_format=pcm_16000`, body))).length % 2, 0);
  assert.equal(readWav(await bytesOf(await post(`${url}?output_format=wav_44100`, body))).rate_hz, 44_100);
  assert.equal((await post(`${url}?output_format=flac_1`, body)).status, 400);
  const missing = await post(url, { model_id: 'x' });
  assert.deepEqual([missing.status, Array.isArray((await missing.json()).detail)], [422, true]);
  providers.control({ elevenlabs: { strict: true } });
  const nobody = await post(`${providers.url}/v1/text-to-speech/nobody`, body);
  assert.equal((await nobody.json()).detail.status, 'voice_not_found');
  const { voices } = await (await fetch(`${providers.url}/v1/voices`)).json();
  assert.ok(voices.some(({ voice_id }) => voice_id === '21m00Tcm4TlvDq8ikWAM'));
});

test('deepgram and workers-ai speak in the encodings of their own requests', async () => {
  const speak = async (query) => bytesOf(await post(`${providers.url}/v1/speak?model=aura-2-thalia-en&${query}`, { text: TEXT }, { authorization: 'Token k' }));
  assert.equal(containerOf(await speak('encoding=opus&container=ogg&bit_rate=32000')), 'ogg');
  assert.equal(containerOf(await speak('encoding=mp3')), 'mp3');
  assert.equal(containerOf(await speak('encoding=linear16&sample_rate=24000')), 'wav');
  assert.equal(containerOf(await speak('encoding=linear16&container=none')), undefined);
  const mulaw = await speak('encoding=mulaw&container=none&sample_rate=8000');
  assert.ok(mulaw.length > 16_000 && mulaw.length < 48_000);
  const refused = await post(`${providers.url}/v1/speak?encoding=flac`, { text: TEXT });
  assert.ok((await refused.json()).err_code);
  const aura = await post(`${providers.url}/ai/run/@cf/deepgram/aura-2-en`, { text: TEXT, speaker: 'luna', encoding: 'opus', container: 'ogg' });
  assert.equal(containerOf(await bytesOf(aura)), 'ogg');
});

test('a long input starts before it is finished, and a client that leaves stops the work', async () => {
  const input = Array.from({ length: 40 }, (_, index) => `This is sentence number ${index} of a long story.`).join(' ');
  await rawPost(providers, '/v1/audio/speech', openai({ input, response_format: 'opus' }), { enough: (chunks) => chunks.length >= 4 });
  const entry = await providers.waitFor(({ ended }) => ended !== 'open');
  assert.equal(entry.ended, 'client_closed');
  assert.ok(entry.events_sent < 200, 'the rest was not sent');
});

test('audio breaks in each way at the byte that was asked', async () => {
  const ask = (speech) => {
    providers.control(null);
    providers.control({ speech });
    return rawPost(providers, '/v1/audio/speech', openai({ response_format: 'opus' }));
  };
  const whole = await ask({});
  for (const [fault, ended] of [['cut', 'complete'], ['truncated_audio', 'complete'], ['drop', 'fin']]) {
    const seen = await ask({ fault, after: 1_500 });
    assert.equal(seen.ended, ended);
    assert.deepEqual(seen.body, whole.body.subarray(0, 1_500));
  }
  assert.equal((await ask({ fault: 'reset', after: 1_500 })).ended, 'ECONNRESET');
  const empty = await ask({ fault: 'empty' });
  assert.deepEqual([empty.status, empty.headers['content-type'], empty.body.length], [200, 'audio/ogg', 0]);
  const json = await ask({ fault: 'json_instead_of_audio' });
  assert.deepEqual([json.status, json.headers['content-type']], [200, 'application/json']);
  const mislabelled = await ask({ fault: 'wrong_content_type' });
  assert.deepEqual([mislabelled.headers['content-type'], containerOf(mislabelled.body)], ['application/octet-stream', 'ogg']);
  const mp3 = await ask({ fault: 'mp3_instead' });
  assert.deepEqual([mp3.headers['content-type'], containerOf(mp3.body)], ['audio/mpeg', 'mp3']);
  assert.match((await ask({ fault: 'html' })).headers['content-type'], /html/);
});

test('audio_rate paces audio against real time', async () => {
  providers.control({ speech: { audio_rate: 10 } });
  const seen = await rawPost(providers, '/v1/audio/speech', openai({ response_format: 'opus' }));
  const seconds = durationOf(seen.body, 'ogg');
  const took_ms = seen.chunk_at_ms.at(-1) - seen.chunk_at_ms[0];
  assert.ok(took_ms >= (seconds * 1000 - 450) / 10, `${took_ms} ms for ${seconds} s at 10x`);
});

test('sentences are cut where a speaker would pause', () => {
  assert.deepEqual(sentencesOf('Hello there. How are you? Fine!'), ['Hello there.', 'How are you?', 'Fine!']);
  assert.deepEqual(sentencesOf('It is 3.5 metres, e.g. small.'), ['It is 3.5 metres, e.g. small.']);
  assert.deepEqual(sentencesOf('...'), ['...']);
  const long = `${'word '.repeat(200)}end.`;
  const parts = sentencesOf(long);
  assert.ok(parts.every((part) => part.length <= 220) && parts.join(' ') === long);
});

test('resampling keeps a tone and removes what the new rate cannot hold', () => {
  const tone = (hz, rate_hz) => Int16Array.from({ length: rate_hz }, (_, index) => 10_000 * Math.sin((2 * Math.PI * hz * index) / rate_hz));
  const level = (samples) => Math.sqrt(samples.slice(500, -500).reduce((sum, sample) => sum + sample * sample, 0) / (samples.length - 1000));
  const kept = resample(tone(1_000, 22_050), 22_050, 24_000);
  assert.equal(kept.length, 24_000);
  const expected = tone(1_000, 24_000);
  const error = kept.slice(500, -500).map((sample, index) => sample - expected[index + 500]);
  assert.ok(level(error) < 20, `error level ${level(error)}`);
  assert.ok(level(resample(tone(9_000, 22_050), 22_050, 8_000)) < 30, 'nothing above 4 kHz folds down');
});
