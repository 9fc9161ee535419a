// The recogniser: PocketSphinx in a Python process where it is installed, fed with 16 kHz mono samples. Owns the
// process and the decoding of recordings (ffmpeg on PATH; WAV without it).

import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readWav } from './containers.mjs';
import { resample } from './resample.mjs';

const RATE_HZ = 16_000;
const PROBE_MS = 10_000;
const DECODE_MS = 30_000;
const SCRIPT = fileURLToPath(new URL('./recogniser.py', import.meta.url));

export class CannotDecode extends Error {}

const works = (command, parameters) => new Promise((resolve) => {
  execFile(command, parameters, { timeout: PROBE_MS }, (error) => resolve(!error));
});

export class Recogniser {
  #python; #process; #lines; #waiting = []; #probe; #ffmpeg; #closed = false;

  constructor(python) {
    this.#python = python;
  }

  /** Whether PocketSphinx can be imported; asked once. */
  available() {
    this.#probe ??= works(this.#python, ['-c', 'import pocketsphinx']);
    return this.#probe;
  }

  /** The words in a recording of the given container. Throws CannotDecode. */
  async transcribe(bytes, container) {
    const samples = await this.#samples(bytes, container);
    return this.#recognise(samples);
  }

  /** Loads the model before the first recording needs it. */
  warm() {
    this.#start();
  }

  close() {
    this.#closed = true;
    this.#process?.kill();
    this.#process = undefined;
  }

  async #samples(bytes, container) {
    if (container === 'wav') {
      const wav = readWav(bytes);
      if (wav.format === 1 && wav.bits === 16) return toMono16k(wav);
    }
    this.#ffmpeg ??= works('ffmpeg', ['-version']);
    if (!(await this.#ffmpeg)) throw new CannotDecode(`${container} needs ffmpeg on PATH; 16-bit WAV does not`);
    return decode(bytes);
  }

  #recognise(samples) {
    this.#start();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      const head = Buffer.alloc(4);
      head.writeUInt32LE(samples.length);
      this.#process.stdin.write(head);
      this.#process.stdin.write(samples);
    });
  }

  #start() {
    if (this.#process || this.#closed) return;
    const child = spawn(this.#python, [SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#process = child;
    child.stdin.on('error', () => {});
    this.#lines = createInterface({ input: child.stdout });
    this.#lines.on('line', (line) => {
      const answer = JSON.parse(line);
      if (answer.ready) return;
      const { resolve, reject } = this.#waiting.shift();
      if (answer.error) reject(new CannotDecode(answer.error));
      else resolve(answer.text);
    });
    const gone = () => {
      if (this.#process === child) this.#process = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the recogniser has stopped'));
    };
    child.on('error', gone);
    child.on('exit', gone);
  }
}

function toMono16k({ data, channels, rate_hz }) {
  const frames = Math.floor(data.length / 2 / channels);
  const mono = new Int16Array(frames);
  for (let frame = 0; frame < frames; frame += 1) mono[frame] = data.readInt16LE(frame * channels * 2);
  return Buffer.from(resample(mono, rate_hz, RATE_HZ).slice().buffer);
}

function decode(bytes) {
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-ac', '1', '-ar', String(RATE_HZ), '-f', 's16le', 'pipe:1'], { timeout: DECODE_MS });
    const parts = [];
    child.stdout.on('data', (part) => parts.push(part));
    child.stderr.resume();
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (code) => {
      const samples = Buffer.concat(parts);
      if (code === 0 && samples.length > 0) resolve(samples);
      else reject(new CannotDecode('the recording could not be decoded'));
    });
    child.stdin.end(bytes);
  });
}
