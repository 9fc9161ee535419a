// What a piece of a microphone's sound costs the object that hears it: CPU time of workerd over many appended frames, less
// what a Durable Object takes that is sent the same frames and reads none of them. Read from /proc, so Linux only.

import WebSocket from 'ws';
import { room, speech } from '../tests/worker/realtime-client.mjs';
import { cpu_ms, startContenders } from './contenders.mjs';
import { median } from './statistics.mjs';

const FRAME_MS = 100;
const FRAMES = 3_000;
/** The buffer is cleared so often: it holds what nobody commits. */
const CLEAR_EVERY = 100;
/** Nothing of what is heard is written down or answered. */
const SESSION = { type: 'realtime', audio: { input: { transcription: null, turn_detection: { type: 'server_vad', silence_duration_ms: 2_000, create_response: false, interrupt_response: false } } } };

const DEAF = `
import { DurableObject } from 'cloudflare:workers';
export class Deaf extends DurableObject {
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(socket, text) {
    if (text.length < 1000) socket.send('{"type":"session.updated"}');
  }
}
export default { fetch: (request, env) => env.DEAF.get(env.DEAF.newUniqueId()).fetch(request) };`;
const deaf = { name: 'deaf', modules: true, script: DEAF, compatibilityDate: '2026-04-01', durableObjects: { DEAF: { className: 'Deaf', useSQLite: true } } };

/** CPU of workerd for each frame, ms. */
async function each(url, pid, sound) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/realtime?model=companion`, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const reached = () => new Promise((resolve, reject) => {
    socket.on('message', function look(data) {
      const { type, error } = JSON.parse(data);
      if (type === 'error') reject(new Error(error.message));
      if (type !== 'session.updated') return;
      socket.off('message', look);
      resolve();
    });
    socket.send(JSON.stringify({ type: 'session.update', session: SESSION }));
  });
  const bytes = FRAME_MS * 48;
  const frames = Array.from({ length: sound.length / bytes }, (_, at) => JSON.stringify({ type: 'input_audio_buffer.append', audio: sound.subarray(at * bytes, (at + 1) * bytes).toString('base64') }));
  await reached();
  const before_ms = cpu_ms(pid);
  for (let sent = 0; sent < FRAMES; sent += 1) {
    socket.send(frames[sent % frames.length]);
    if (sent % CLEAR_EVERY !== CLEAR_EVERY - 1) continue;
    socket.send('{"type":"input_audio_buffer.clear"}');
    await reached();
  }
  const used_ms = cpu_ms(pid) - before_ms;
  socket.close();
  return used_ms / FRAMES;
}

export async function frames({ upstream }, { rounds = 3 } = {}) {
  const { urls, pid, stop } = await startContenders(upstream.url, ['hearken'], {}, [deaf]);
  try {
    const rows = [];
    for (const [name, sound] of [['a quiet room', room(2_000)], ['a voice', speech(2_000)]]) {
      const name_all = `workerd CPU for ${FRAME_MS} ms of sound in a session, above one that reads nothing: ${name}`;
      if (!pid) {
        rows.push({ name: name_all, unit: 'ms', not_measured: 'there is no /proc' });
        continue;
      }
      const took = { deaf: [], hearken: [] };
      for (let round = 0; round <= rounds; round += 1) {
        for (const one of ['deaf', 'hearken']) {
          const used_ms = await each(urls[one], pid, sound);
          // The first compiles.
          if (round > 0) took[one].push(used_ms);
        }
      }
      const [deaf_ms, hearken_ms] = [median(took.deaf), median(took.hearken)];
      rows.push({ name: name_all, unit: 'ms', measured: hearken_ms - deaf_ms, target: { at_most: 0.15 }, detail: { deaf_ms, hearken_ms, frames: FRAMES, rounds } });
    }
    return rows;
  } finally {
    await stop();
  }
}
