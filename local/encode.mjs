// Encoders with one face: `head()`, `push(Int16Array)`, `finish()`, each giving pieces `{bytes, duration_ms}` that are the
// format's bytes in order, one by one as they are encoded. They run in the worker thread.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
// The WebAssembly build: the same on every system, and safe in a thread that may be stopped at any time.
import { Encoder as OpusEncoder } from '@evan/opus/wasm/index.mjs';
import { createEncoder } from 'wasm-media-encoders';
import { OggOpusPager } from './ogg.mjs';

const OPUS_FRAME_MS = 20;
/** Control numbers from opus_defines.h. */
const CTL = { set_bitrate: 4002, set_vbr: 4006, set_complexity: 4010, set_signal: 4024, get_lookahead: 4027 };
const SIGNAL_VOICE = 3001;
/** Of 10: the default, 9, takes twice as long for a sentence (measured: 150 ms against 70). */
const COMPLEXITY = 4;
/** A page of 200 ms: small enough to leave early, with 37 bytes of Ogg for 800 bytes of speech. */
const OPUS_PACKETS_PER_PAGE = 10;
/** Raw formats leave in pieces of this duration. */
const PIECE_MS = 200;

let mp3_module;
/** LAME, compiled once in a thread. */
const mp3Module = () => (mp3_module ??= new WebAssembly.Module(readFileSync(createRequire(import.meta.url).resolve('wasm-media-encoders/wasm/mp3'))));

/** `format` is `{codec: 'opus'|'mp3'|'pcm'|'wav'|'mulaw'|'alaw', rate_hz, bitrate?}`. */
export async function encoderFor(format) {
  if (format.codec === 'opus') return new OggOpus(format);
  if (format.codec === 'mp3') return new Mp3(format, await createEncoder('audio/mpeg', mp3Module()));
  if (format.codec === 'wav') return new Wav(format);
  return new Raw(format, { pcm: linear, mulaw, alaw }[format.codec]);
}

class OggOpus {
  #encoder; #pager; #frame; #filled = 0; #rate_hz; #samples = 0; #lookahead;

  constructor({ rate_hz, bitrate }) {
    this.#rate_hz = rate_hz;
    this.#encoder = new OpusEncoder({ channels: 1, sample_rate: rate_hz, application: 'voip' });
    this.#encoder.ctl(CTL.set_vbr, 0);
    this.#encoder.ctl(CTL.set_bitrate, bitrate);
    this.#encoder.ctl(CTL.set_signal, SIGNAL_VOICE);
    this.#encoder.ctl(CTL.set_complexity, COMPLEXITY);
    this.#lookahead = this.#encoder.ctl(CTL.get_lookahead);
    const pre_skip = Math.round((this.#lookahead * 48_000) / rate_hz);
    this.#pager = new OggOpusPager({
      serial: 0x6c6f636c, pre_skip, input_rate_hz: rate_hz, packets_per_page: OPUS_PACKETS_PER_PAGE,
    });
    this.#frame = new Int16Array((rate_hz * OPUS_FRAME_MS) / 1000);
  }

  head() {
    return [{ bytes: this.#pager.head(), duration_ms: 0 }];
  }

  push(samples) {
    this.#samples += samples.length;
    return this.#feed(samples);
  }

  *finish() {
    // The decoder lags by the lookahead: that much more must be encoded for the last sample to come out.
    const frames = Math.ceil((this.#filled + this.#lookahead) / this.#frame.length);
    yield* this.#feed(new Int16Array(frames * this.#frame.length - this.#filled));
    this.#encoder.drop();
    const total = Math.round((this.#samples * 48_000) / this.#rate_hz);
    yield { bytes: this.#pager.finish(total), duration_ms: OPUS_FRAME_MS * OPUS_PACKETS_PER_PAGE };
  }

  *#feed(samples) {
    for (let offset = 0; offset < samples.length;) {
      const taken = Math.min(samples.length - offset, this.#frame.length - this.#filled);
      this.#frame.set(samples.subarray(offset, offset + taken), this.#filled);
      this.#filled += taken;
      offset += taken;
      if (this.#filled < this.#frame.length) break;
      this.#filled = 0;
      const page = this.#pager.push(Buffer.from(this.#encoder.encode(this.#frame)));
      if (page) yield { bytes: page, duration_ms: OPUS_FRAME_MS * OPUS_PACKETS_PER_PAGE };
    }
  }
}

class Mp3 {
  #encoder; #rate_hz;

  constructor({ rate_hz, bitrate }, encoder) {
    this.#rate_hz = rate_hz;
    this.#encoder = encoder;
    encoder.configure({ channels: 1, sampleRate: rate_hz, outputSampleRate: rate_hz, bitrate: Math.round(bitrate / 1000) });
  }

  head() {
    return [];
  }

  *push(samples) {
    const step = (this.#rate_hz * PIECE_MS) / 1000;
    for (let offset = 0; offset < samples.length; offset += step) {
      const part = samples.subarray(offset, offset + step);
      // The encoder keeps its output buffer: copy before the next call.
      const bytes = Uint8Array.from(this.#encoder.encode([Float32Array.from(part, (sample) => sample / 32_768)]));
      if (bytes.length > 0) yield { bytes, duration_ms: (part.length * 1000) / this.#rate_hz };
    }
  }

  finish() {
    return [{ bytes: Uint8Array.from(this.#encoder.finalize()), duration_ms: 0 }];
  }
}

class Raw {
  #rate_hz; #encode;

  constructor({ rate_hz }, encode) {
    this.#rate_hz = rate_hz;
    this.#encode = encode;
  }

  head() {
    return [];
  }

  *push(samples) {
    const step = (this.#rate_hz * PIECE_MS) / 1000;
    for (let offset = 0; offset < samples.length; offset += step) {
      const part = samples.subarray(offset, offset + step);
      yield { bytes: this.#encode(part), duration_ms: (part.length * 1000) / this.#rate_hz };
    }
  }

  finish() {
    return [];
  }
}

/** WAV names its length in its header, so it leaves whole. */
class Wav {
  #rate_hz; #parts = []; #samples = 0;

  constructor({ rate_hz }) {
    this.#rate_hz = rate_hz;
  }

  head() {
    return [];
  }

  push(samples) {
    this.#samples += samples.length;
    this.#parts.push(linear(samples));
    return [];
  }

  finish() {
    const bytes = Buffer.concat([wavHeader(this.#rate_hz, this.#samples * 2), ...this.#parts]);
    return [{ bytes, duration_ms: (this.#samples * 1000) / this.#rate_hz }];
  }
}

/** The 44 bytes before 16-bit mono samples. */
export function wavHeader(rate_hz, data_bytes) {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data_bytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // channels
  header.writeUInt32LE(rate_hz, 24);
  header.writeUInt32LE(rate_hz * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data_bytes, 40);
  return header;
}

/** 16-bit little-endian samples (every system that runs Node is little-endian). */
const linear = (samples) => new Uint8Array(samples.slice().buffer);

/** ITU-T G.711 mu-law. */
const mulaw = (samples) => Uint8Array.from(samples, (sample) => {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32_635) + 132;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
});

/** ITU-T G.711 A-law. */
const alaw = (samples) => Uint8Array.from(samples, (sample) => {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = Math.min(Math.abs(sample), 32_767) >> 3;
  const exponent = Math.max(0, 31 - Math.clz32(magnitude | 0) - 4);
  const mantissa = exponent === 0 ? (magnitude >> 1) & 0x0f : (magnitude >> exponent) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
});
