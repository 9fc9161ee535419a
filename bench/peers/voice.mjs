// A spoken turn from the last voiced sample of what was said to the first audible sample of the reply, as a client on the same
// machine gets it: twenty recordings, sent as a microphone gives them, to each of the field in turn, each in a session of its own.

import { join } from 'node:path';
import WebSocket from 'ws';
import { Engine } from '../../local/engine.mjs';
import { resample } from '../../local/resample.mjs';
import { ROOT, fromNpm, run } from '../../scripts/setup.mjs';
import { startContenders } from '../contenders.mjs';
import { clock_ms, median, quantile } from '../statistics.mjs';
import { freePort, pythonWith, startServerProcess, VERSIONS } from './field.mjs';

const SAID = [
  'Good evening.', 'Tell me about the sea.', 'How was your day?', 'I could not sleep last night.', 'What should I cook for dinner?',
  'My sister is coming to visit.', 'Do you remember the harbour?', 'It has been raining all week.', 'Read me something short.', 'I finished the book you told me about.',
  'Where did we leave off?', 'The train was late again.', 'I would like to learn the violin.', 'Can you help me to calm down?', 'What is the weather like there?',
  'I met an old friend today.', 'Let us talk about something else.', 'How do I say thank you in Danish?', 'I think I will go for a walk.', 'Good night, and until tomorrow.',
];
const MIC_HZ = 24_000;
const CHUNK_MS = 20;
const LEAD_MS = 400;
/** The microphone stays open for so long after the last word. */
const TAIL_MS = 6_000;
/** -40 dBFS ends what was said; -50 dBFS is heard. */
const VOICED = 328;
const AUDIBLE = 104;

/** `{samples, voiced_ms}`: quiet, a sentence, quiet; `voiced_ms` is where its last voiced sample lies. */
async function recordings() {
  const engine = new Engine();
  const made = [];
  for (const text of SAID) {
    const parts = [];
    const voice = { name: 'en-us', words_per_minute: 165, pitch: 50 };
    for await (const { bytes } of engine.speak({ text, voice, format: { codec: 'pcm', rate_hz: MIC_HZ } })) parts.push(Buffer.from(bytes));
    const sound = Buffer.concat(parts);
    const spoken = new Int16Array(sound.buffer, sound.byteOffset, sound.length >> 1);
    const last = spoken.findLastIndex((value) => Math.abs(value) > VOICED);
    const lead = (LEAD_MS * MIC_HZ) / 1_000;
    // A room is never silent.
    const samples = Int16Array.from({ length: lead + last + 1 + (TAIL_MS * MIC_HZ) / 1_000 }, (_, at) => ((at * 7_919) % 21) - 10);
    samples.set(spoken.subarray(0, last + 1), lead);
    made.push({ samples, voiced_ms: (1_000 * (lead + last + 1)) / MIC_HZ });
  }
  await engine.close();
  return made;
}

const opened = (url, options) => new Promise((resolve, reject) => {
  const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
  socket.binaryType = 'nodebuffer';
  socket.once('open', () => resolve(socket)).once('error', reject);
});
const message = (socket, wanted) => new Promise((resolve, reject) => {
  socket.on('message', function look(data, isBinary) {
    if (isBinary || !wanted(JSON.parse(data))) return;
    socket.off('message', look);
    resolve();
  });
  socket.once('close', () => reject(new Error('the session was closed')));
});

/** A session of hearken's `/v1/realtime`: 24 kHz both ways. */
const hearken = (url, turn_detection) => async () => {
  const socket = await opened(`${url.replace('http', 'ws')}/v1/realtime?model=companion`);
  if (turn_detection) {
    const updated = message(socket, ({ type }) => type === 'session.updated');
    socket.send(JSON.stringify({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: { type: turn_detection } } } } }));
    await updated;
  }
  return {
    hz: 24_000,
    send: (pcm) => socket.send(JSON.stringify({ type: 'input_audio_buffer.append', audio: pcm.toString('base64') })),
    onSound: (take) => socket.on('message', (data) => {
      const event = JSON.parse(data);
      if (event.type === 'response.output_audio.delta') take(Buffer.from(event.delta, 'base64'));
    }),
    close: () => socket.close(),
  };
};

let room = 0;
/** A call of Cloudflare's voice SDK: 16 kHz in, 24 kHz out. */
const cloudflare = (url) => async () => {
  const socket = await opened(`${url.replace('http', 'ws')}/agents/voice-bench/room-${(room += 1)}`);
  const listening = message(socket, ({ type, status }) => type === 'status' && status === 'listening');
  socket.send(JSON.stringify({ type: 'hello', protocol_version: 1 }));
  socket.send(JSON.stringify({ type: 'start_call', preferred_format: 'pcm16' }));
  await listening;
  return { hz: 16_000, send: (pcm) => socket.send(pcm), onSound: (take) => socket.on('message', (data, isBinary) => isBinary && take(data)), close: () => socket.close() };
};

/** pipecat's frames: `Frame{audio = 2: AudioRawFrame{audio = 3, sample_rate = 4, num_channels = 5}}`. */
function varint(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}
const field = (number, bytes) => Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
const audioFrame = (pcm, hz) => field(2, Buffer.concat([field(3, pcm), varint(4 << 3), varint(hz), varint(5 << 3), varint(1)]));

/** The bytes of field `wanted` of a message; undefined without one. */
function bytesOf(data, wanted) {
  const number = (at) => {
    let [value, shift] = [0, 0];
    for (; data[at] > 127; at += 1, shift += 7) value |= (data[at] & 127) << shift;
    return [value | (data[at] << shift), at + 1];
  };
  for (let at = 0; at < data.length; ) {
    const [key, after] = number(at);
    const [length, start] = number(after);
    if ((key & 7) === 2 && key >> 3 === wanted) return data.subarray(start, start + length);
    at = (key & 7) === 2 ? start + length : start;
  }
  return undefined;
}

const pipecat = (url) => async () => {
  const socket = await opened(url.replace('http', 'ws'));
  return {
    hz: 16_000,
    send: (pcm) => socket.send(audioFrame(pcm, 16_000)),
    onSound: (take) => socket.on('message', (data) => {
      const frame = bytesOf(data, 2);
      const pcm = frame && bytesOf(frame, 3);
      if (pcm) take(pcm);
    }),
    close: () => socket.close(),
  };
};

/** Says a recording; ms from its last voiced sample to the first audible one of the reply. */
async function heardAfter(open, { samples, voiced_ms }) {
  const session = await open();
  const own = resample(samples, MIC_HZ, session.hz);
  const chunk = (session.hz * CHUNK_MS) / 1_000;
  const began_ms = clock_ms();
  let heard_ms;
  session.onSound((pcm) => {
    const at_ms = clock_ms();
    const sound = new Int16Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + (pcm.length & ~1)));
    const first = sound.findIndex((value) => Math.abs(value) > AUDIBLE);
    if (first >= 0) heard_ms ??= at_ms + (1_000 * first) / 24_000;
  });
  try {
    for (let index = 0; (index + 1) * chunk <= own.length && heard_ms === undefined; index += 1) {
      // A microphone gives a piece once it is over.
      const wait_ms = began_ms + (index + 1) * CHUNK_MS - clock_ms();
      if (wait_ms > 0) await new Promise((resolve) => setTimeout(resolve, wait_ms));
      session.send(Buffer.from(own.buffer, own.byteOffset + index * chunk * 2, chunk * 2));
    }
    return heard_ms === undefined ? undefined : heard_ms - began_ms - voiced_ms;
  } finally {
    session.close();
  }
}

/** The SDK's Worker, bundled from the peers' folder. */
function agentWorker(upstreamUrl) {
  const home = fromNpm('voice', VERSIONS.voice);
  const out = join(home, 'voice-agent.js');
  run(join(ROOT, 'node_modules', '.bin', 'esbuild'), [
    join(import.meta.dirname, 'voice-agent.js'), `--outfile=${out}`, '--bundle', '--format=esm', '--target=es2022', '--platform=node', '--conditions=workerd,worker,import', '--log-level=error', '--external:cloudflare:*', '--external:node:*',
  ], { env: { ...process.env, NODE_PATH: join(home, 'node_modules') } });
  return {
    name: 'agent', modules: [{ type: 'ESModule', path: out }], modulesRoot: home, compatibilityDate: '2026-04-01', compatibilityFlags: ['nodejs_compat'], bindings: { UPSTREAM: upstreamUrl },
    durableObjects: { VoiceBench: { className: 'VoiceBench', useSQLite: true } },
  };
}

/** The voice table. */
export async function voice(upstream, say) {
  const columns = { hearken: 'hearken, `server_vad` (default)', semantic: 'hearken, `semantic_vad`', cloudflare: 'Cloudflare voice SDK', pipecat: 'pipecat' };
  const [missing, stops, open] = [[], [], {}];
  const trying = async (key, start) => {
    try {
      await start();
    } catch (error) {
      missing.push({ title: columns[key], why: String(error.message).split('\n')[0] });
    }
  };
  let agent;
  await trying('cloudflare', async () => (agent = agentWorker(upstream.url)));
  const worker = await startContenders(upstream.url, ['hearken'], { MEMORY: 'on', EMBED: 'openai:bench', STT: 'openai:bench' }, agent ? [agent] : []);
  stops.push(worker.stop);
  open.hearken = hearken(worker.urls.hearken);
  open.semantic = hearken(worker.urls.hearken, 'semantic_vad');
  if (agent) open.cloudflare = cloudflare(worker.urls.agent);
  await trying('pipecat', async () => {
    const port = await freePort();
    const isUp = async (url) => {
      (await opened(url.replace('http', 'ws'))).close();
      return true;
    };
    const started = await startServerProcess(pythonWith('pipecat', VERSIONS.pipecat), [join(import.meta.dirname, 'pipecat_server.py'), String(port), `${upstream.url}/v1`], { port, isUp });
    stops.push(started.stop);
    open.pipecat = pipecat(started.url);
  });
  const times = Object.fromEntries(Object.keys(open).map((key) => [key, []]));
  try {
    const made = await recordings();
    // What is loaded with the first call is nobody's usual turn.
    for (const [key, one] of Object.entries(open)) await trying(key, () => heardAfter(one, made[0]));
    for (const [place, recording] of made.entries()) {
      say(`the field: voice: ${place + 1} of ${made.length}`);
      for (const [key, one] of Object.entries(open)) times[key].push(await heardAfter(one, recording).catch(() => undefined));
    }
  } finally {
    for (const stop of stops) await stop();
  }
  const heard = Object.entries(times).map(([key, all]) => [key, all.filter((ms) => ms !== undefined)]);
  const row = (figure, unit, better, of) => ({ figure, unit, better, values: Object.fromEntries(heard.filter(([, all]) => all.length > 0).map(([key, all]) => [key, of(all)])) });
  return {
    columns,
    note: `${SAID.length} recordings; providers: words after 150 ms, tokens after 250 ms and then each 30 ms, sound after 120 ms.`,
    rows: [
      row('last voiced sample to first audible one, p50', 'ms', 'less', median), row('the same, p95', 'ms', 'less', (all) => quantile(all, 0.95)),
      row('the least', 'ms', 'less', (all) => Math.min(...all)), row(`recordings answered, of ${SAID.length}`, '', 'more', (all) => all.length),
    ],
    missing,
  };
}
