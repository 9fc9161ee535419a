// What a recording is, from its bytes: container and, where the container tells cheaply, duration. Trusts no name.

/** `wav`, `mp3`, `ogg`, `webm`, `m4a`, `flac`, or undefined. */
export function containerOf(bytes) {
  const latin = (from, to) => bytes.subarray(from, to).toString('latin1');
  if (latin(0, 4) === 'RIFF' && latin(8, 12) === 'WAVE') return 'wav';
  if (latin(0, 4) === 'OggS') return 'ogg';
  if (latin(0, 4) === 'fLaC') return 'flac';
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0x1a45dfa3) return 'webm';
  if (latin(4, 8) === 'ftyp') return 'm4a';
  if (latin(0, 3) === 'ID3') return 'mp3';
  if (bytes.length >= 4 && mpegFrame(bytes, 0)) return 'mp3';
  return undefined;
}

/** Seconds of sound as the container tells, or undefined where only a decoder knows (WebM, MP4). Throws on a broken one. */
export function durationOf(bytes, container) {
  if (container === 'wav') return wavSeconds(bytes);
  if (container === 'ogg') return oggSeconds(bytes);
  if (container === 'flac') return flacSeconds(bytes);
  if (container === 'mp3') return mp3Seconds(bytes);
  return undefined;
}

export class BrokenContainer extends Error {}

/** The `fmt ` and `data` chunks of a WAV: `{channels, rate_hz, bits, format, data}`. */
export function readWav(bytes) {
  const wav = {};
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = bytes.subarray(at, at + 4).toString('latin1');
    const length = bytes.readUInt32LE(at + 4);
    const chunk = bytes.subarray(at + 8, Math.min(at + 8 + length, bytes.length));
    if (id === 'fmt ') {
      if (chunk.length < 16) throw new BrokenContainer('the WAV format chunk is too short');
      Object.assign(wav, { format: chunk.readUInt16LE(0), channels: chunk.readUInt16LE(2), rate_hz: chunk.readUInt32LE(4), bits: chunk.readUInt16LE(14) });
    }
    if (id === 'data') wav.data = chunk;
    at += 8 + length + (length % 2);
  }
  if (!wav.rate_hz || !wav.channels || !wav.bits || !wav.data) throw new BrokenContainer('the WAV has no format or no data');
  return wav;
}

function wavSeconds(bytes) {
  const { channels, rate_hz, bits, data } = readWav(bytes);
  return data.length / ((channels * bits) / 8) / rate_hz;
}

/** The granule of the last page against the stream's rate; 48 kHz for Opus. */
function oggSeconds(bytes) {
  const last = bytes.lastIndexOf('OggS');
  if (last + 14 > bytes.length) throw new BrokenContainer('the last Ogg page is cut');
  const opus = bytes.indexOf('OpusHead');
  const vorbis = bytes.indexOf('\x01vorbis', 0, 'latin1');
  if (opus < 0 && vorbis < 0) throw new BrokenContainer('the Ogg stream is neither Opus nor Vorbis');
  const granule = Number(bytes.readBigInt64LE(last + 6));
  if (opus >= 0 && opus + 12 <= bytes.length) return Math.max(0, granule - bytes.readUInt16LE(opus + 10)) / 48_000;
  return Math.max(0, granule) / bytes.readUInt32LE(vorbis + 12);
}

function flacSeconds(bytes) {
  if (bytes.length < 26) throw new BrokenContainer('the FLAC has no stream information');
  const rate_hz = bytes.readUIntBE(18, 3) >> 4;
  const samples = (bytes[21] & 0x0f) * 2 ** 32 + bytes.readUInt32BE(22);
  if (rate_hz === 0) throw new BrokenContainer('the FLAC has no sampling rate');
  return samples / rate_hz;
}

const MPEG1_KBPS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG2_KBPS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** A layer III frame header at `at`: `{bytes, seconds}`, or undefined. */
function mpegFrame(bytes, at) {
  if (bytes[at] !== 0xff || (bytes[at + 1] & 0xe6) !== 0xe2) return undefined;
  const version = (bytes[at + 1] >> 3) & 3;
  const kbps = (version === 3 ? MPEG1_KBPS : MPEG2_KBPS)[bytes[at + 2] >> 4];
  const base_hz = [44_100, 48_000, 32_000][(bytes[at + 2] >> 2) & 3];
  if (version === 1 || !kbps || !base_hz) return undefined;
  const rate_hz = version === 3 ? base_hz : version === 2 ? base_hz / 2 : base_hz / 4;
  const samples = version === 3 ? 1152 : 576;
  return { bytes: Math.floor((samples / 8) * ((kbps * 1000) / rate_hz)) + ((bytes[at + 2] >> 1) & 1), seconds: samples / rate_hz };
}

function mp3Seconds(bytes) {
  let at = 0;
  if (bytes.subarray(0, 3).toString('latin1') === 'ID3' && bytes.length > 10) {
    at = 10 + ((bytes[6] << 21) | (bytes[7] << 14) | (bytes[8] << 7) | bytes[9]);
  }
  let seconds = 0;
  while (at + 4 <= bytes.length) {
    const frame = mpegFrame(bytes, at);
    if (!frame) break;
    seconds += frame.seconds;
    at += frame.bytes;
  }
  if (seconds === 0) throw new BrokenContainer('the MP3 has no frames');
  return seconds;
}
