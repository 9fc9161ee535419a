// What the tests of speech share: tiny demultiplexers that know nothing of hearken's, real decoders where they are
// installed, and speech providers that a test scripts write by write.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHearken } from '../harness.mjs';
import { send, startUpstream } from './support.mjs';

const has = (program) => spawnSync(program, ['-version']).error === undefined;
/** Why a test that needs real decoders is skipped, or false. */
export const NO_FFMPEG = !(has('ffmpeg') && has('ffprobe')) && 'ffmpeg is not installed';
export const NO_OPUSINFO = !has('opusinfo') && 'opusinfo is not installed';

/** Runs a program with `input` on stdin; answers `{out, err}` and asserts that it succeeded. */
export function pipe(program, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const out = [];
    const err = [];
    child.stdout.on('data', (part) => out.push(part));
    child.stderr.on('data', (part) => err.push(part));
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (status) => {
      const text = Buffer.concat(err).toString();
      if (status === 0) resolve({ out: Buffer.concat(out), err: text });
      else reject(new Error(`${program} ended with ${status}: ${text}`));
    });
    child.stdin.end(input);
  });
}

const RAW_PCM = ['-f', 's16le', '-ar', '24000', '-ac', '1'];
/** Decodes to 16 kHz mono samples; asserts that the decoder has nothing to complain about. */
export async function decode(bytes, { raw = false } = {}) {
  const { out, err } = await pipe('ffmpeg', ['-v', 'warning', ...(raw ? RAW_PCM : []), '-i', 'pipe:0', '-f', 's16le', '-ac', '1', '-ar', '16000', 'pipe:1'], bytes);
  // A WAV that is streamed cannot know its length and seems cut at its end; samples do not tell their channel.
  const expected = bytes.toString('latin1', 0, 4) === 'RIFF' ? /maximum wav data size|[Cc]orrupt|Guessed Channel/ : /Guessed Channel/;
  const complaints = err.split('\n').filter((line) => line && !expected.test(line));
  assert.deepEqual(complaints, []);
  const samples = new Int16Array(out.buffer.slice(out.byteOffset, out.byteOffset + out.length - (out.length % 2)));
  const loudness = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  return { seconds: samples.length / 16_000, loudness };
}

/** What ffprobe says of the only stream. */
export async function probe(bytes) {
  const { out, err } = await pipe('ffprobe', ['-v', 'warning', '-show_streams', '-show_format', '-of', 'json', 'pipe:0'], bytes);
  const { streams, format } = JSON.parse(out);
  assert.equal(streams.length, 1);
  return { ...streams[0], container: format.format_name, complaints: err };
}

/** What opusinfo says of an Ogg file. */
export async function opusinfo(bytes) {
  const folder = mkdtempSync(join(tmpdir(), 'hearken-'));
  try {
    writeFileSync(join(folder, 'clip.ogg'), bytes);
    const { out, err } = await pipe('opusinfo', [join(folder, 'clip.ogg')]);
    return out.toString() + err;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The packets of an Ogg stream, heads and all. */
function oggPackets(bytes) {
  const packets = [];
  let parts = [];
  for (let at = 0; at < bytes.length;) {
    assert.equal(bytes.toString('latin1', at, at + 4), 'OggS', `a page at ${at}`);
    const lacing = bytes.subarray(at + 27, at + 27 + bytes[at + 26]);
    at += 27 + lacing.length;
    for (const length of lacing) {
      parts.push(bytes.subarray(at, at + length));
      at += length;
      if (length === 255) continue;
      packets.push(Buffer.concat(parts));
      parts = [];
    }
  }
  return packets;
}

/** The Opus packets of an Ogg stream. */
export function oggSound(bytes) {
  const [head, tags, ...sound] = oggPackets(bytes);
  assert.equal(head.toString('latin1', 0, 8), 'OpusHead');
  assert.equal(tags.toString('latin1', 0, 8), 'OpusTags');
  return sound;
}

/** The frames in the blocks of a WebM stream (RFC 8794 §4, RFC 9559 §5.1.3). */
export function webmSound(bytes) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const id_bytes = Math.clz32(bytes[at]) - 23;
    const id = bytes.readUIntBE(at, id_bytes);
    at += id_bytes;
    const size_bytes = Math.clz32(bytes[at]) - 23;
    let size = BigInt(bytes[at] & ((1 << (8 - size_bytes)) - 1));
    for (let index = 1; index < size_bytes; index += 1) size = (size << 8n) | BigInt(bytes[at + index]);
    at += size_bytes;
    // Segment, cluster, block group: their children follow.
    if ([0x18538067, 0x1f43b675, 0xa0].includes(id)) continue;
    const body = bytes.subarray(at, at + Number(size));
    assert.equal(BigInt(body.length), size, 'an element ends within the file');
    if (id === 0xa3 || id === 0xa1) frames.push(body.subarray(4));
    at += body.length;
  }
  return frames;
}

/** All sound data of a fragmented MP4, one after the other (ISO/IEC 14496-12 §8.1.1). */
export function mp4Sound(bytes) {
  const data = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    assert.ok(size >= 8 && at + size <= bytes.length, 'a box ends within the file');
    if (bytes.toString('latin1', at + 4, at + 8) === 'mdat') data.push(bytes.subarray(at + 8, at + size));
    at += size;
  }
  return Buffer.concat(data);
}

/** What stands for a voice in these tests. */
export const VOICE_ID = 'JBFqnCBsd6RMkjVDRZzb';

/** Sends JSON to the speech address; `body` is text, or an object. */
export const sendSpeech = (url, body, headers = {}) => send(`${url}/v1/audio/speech`, {
  headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** The clip that a provider makes of `text`. */
export async function clipOf(providers, text, output_format) {
  const response = await fetch(`${providers.url}/v1/text-to-speech/${VOICE_ID}/stream?output_format=${output_format}`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text, model_id: 'm' }),
  });
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
}

/** Speech providers that do what a test says: `plan(text, {openai, deepgram})` is for a request to speak `text`. */
export const startSpeakers = () => startUpstream({ first: 'openai' });

/** The Worker with scripted speakers as its OpenAI and its Deepgram, under small clocks. */
export async function startSpeaking(vars = {}) {
  const speakers = await startSpeakers();
  try {
    const hearken = await startHearken({
      vars: {
        TTS: 'openai:first, deepgram:second',
        OPENAI_BASE_URL: `${speakers.url}/openai`, DEEPGRAM_BASE_URL: `${speakers.url}/deepgram`,
        TTS_HEADERS_MS: '500', TTS_FIRST_MS: '700', TTS_IDLE_MS: '500',
        ...vars,
      },
    });
    return {
      ...hearken,
      speakers,
      /** Asks to have `key` spoken; answers once headers have come. */
      speak: (key, fields = {}, headers) => sendSpeech(hearken.url, { input: key, ...fields }, headers).answer,
      async stop() {
        await hearken.stop();
        await speakers.close();
        assert.deepEqual(speakers.problems, []);
      },
    };
  } catch (error) {
    await speakers.close();
    throw error;
  }
}
