// A client of /v1/realtime for tests: every event it gets is held to the protocol's order and kept; it waits for conditions.

import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { PATIENCE_MS } from '../patience.mjs';

export const REPLY = 'I hear you, and I am glad that you told me. There is no hurry here at all. Would you like to say more about it?';
export const scripted = (reply, chat = {}) => ({ chat: { first_ms: 0, gap_ms: 0, script: [reply].flat(), script_repeat: true, ...chat } });
export const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim();

/** The providers begin anew, with a reply that is always the same. */
export function script({ providers }) {
  providers.control(null);
  providers.control(scripted(REPLY));
  providers.requests.length = 0;
}

const opened = new Set();

/** Sends of a session, and the events that come, in order. */
export class Session {
  constructor(socket, patience_ms = PATIENCE_MS) {
    this.patience_ms = patience_ms;
    this.socket = socket;
    this.events = [];
    this.items = new Set();
    this.outputs = new Set();
    this.parts = new Set();
    this.responses = new Map();
    this.waiting = [];
    this.problems = [];
    this.closed = new Promise((resolve) => socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })));
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.problems.push('a binary frame');
      if (data.length > 256 * 1024) this.problems.push(`a frame of ${data.length} bytes`);
      const event = JSON.parse(data);
      this.check(event);
      this.events.push(event);
      for (const look of [...this.waiting]) look();
    });
  }

  /** The protocol's order: no event names what was not introduced before. */
  check(event) {
    const wrong = (what) => this.problems.push(`${event.type}: ${what}`);
    if (!event.event_id) wrong('no event_id');
    if (this.events.length === 0 && event.type !== 'session.created') wrong('comes first');
    const { type, item_id: item, response_id: response } = event;
    // Words come while they are said.
    if (type === 'input_audio_buffer.speech_started') this.items.add(item);
    if (type === 'conversation.item.added') this.items.add(event.item.id);
    if (type === 'response.created') this.responses.set(event.response.id, 'in_progress');
    if (type === 'response.output_item.added') this.outputs.add(event.item.id);
    if (type === 'response.content_part.added') this.parts.add(item);
    if (response && this.responses.get(response) !== 'in_progress') wrong('its response is not in progress');
    if (/^response\.(content_part|output_audio|output_text|function_call_arguments)/.test(type) && !this.outputs.has(item)) wrong('its output was not added');
    if (/^response\.output_(audio|text)/.test(type) && !this.parts.has(item)) wrong('its part was not added');
    if (/^conversation\.item\.(done|truncated|deleted)|transcription/.test(type) && !this.items.has(item ?? event.item?.id)) wrong('its item was not added');
    if (type === 'response.done') {
      if (this.responses.get(event.response.id) !== 'in_progress') wrong('is done twice, or was never created');
      this.responses.set(event.response.id, event.response.status);
    }
  }

  send(event) {
    this.socket.send(typeof event === 'string' ? event : JSON.stringify(event));
  }

  /** The first event, from the `from`th on, for which `condition` holds. */
  async event(type, condition = () => true, from = 0) {
    const find = () => this.events.slice(from).find((event) => event.type === type && condition(event));
    return this.until(type, find);
  }

  async until(what, condition) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = condition();
        if (!found) return;
        done();
        resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`waited for ${what}; got ${this.events.map(({ type }) => type).join(' ')}`));
      }, this.patience_ms);
      const done = () => {
        clearTimeout(timer);
        this.waiting = this.waiting.filter((one) => one !== look);
      };
      this.waiting.push(look);
      look();
    });
  }

  types(pattern = /./) {
    return this.events.map(({ type }) => type).filter((type) => pattern.test(type));
  }

  /** All the sound of a response. */
  sound(response) {
    const deltas = this.events.filter(({ type, response_id: id }) => type === 'response.output_audio.delta' && (!response || id === response));
    return Buffer.concat(deltas.map(({ delta }) => Buffer.from(delta, 'base64')));
  }

  /** Says something in text and asks for the reply; its `response.done`. */
  async say(text, response) {
    const from = this.events.length;
    this.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } });
    this.send({ type: 'response.create', ...(response ? { response } : {}) });
    return (await this.event('response.done', undefined, from)).response;
  }

  /** Sends sound as a microphone does, but as fast as it can be sent. */
  hear(pcm, bytes = 4_800) {
    for (let at = 0; at < pcm.length; at += bytes) {
      this.send({ type: 'input_audio_buffer.append', audio: pcm.subarray(at, at + bytes).toString('base64') });
    }
  }

  async close() {
    this.socket.close(1000);
    const closed = await this.closed;
    assert.deepEqual(this.problems, []);
    return closed;
  }
}

/** Opens a session; resolves at `session.created`. A refusal rejects with its status and body. */
export async function connect(url, { query = '?model=companion', headers = {}, protocols = [], patience_ms } = {}) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/realtime${query}`, protocols, { headers, perMessageDeflate: false });
  const session = new Session(socket, patience_ms);
  opened.add(session);
  session.closed.then(() => opened.delete(session));
  await new Promise((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (data) => { body += data; });
      response.on('end', () => reject(Object.assign(new Error(body), { status: response.statusCode, body })));
    });
  });
  const created = session.event('session.created');
  // It may be closed first, and then nobody waits for it any more.
  created.catch(() => {});
  const closed = session.closed.then(({ code }) => Promise.reject(new Error(`the session was closed with ${code} before it began`)));
  closed.catch(() => {});
  await Promise.race([created, closed]);
  return session;
}

/** Closes what a test that failed has left open: its turns would come in the midst of the next one's. */
export async function closeAll() {
  for (const { socket, closed } of [...opened]) {
    const timer = setTimeout(() => socket.terminate(), 5_000);
    socket.close(1000);
    await closed;
    clearTimeout(timer);
  }
}

/** `ms` of a vowel's stand-in, 24 kHz: with overtones, for a bare tone over a reply is taken for a hum. */
export function tone(ms, hz = 220, peak = 9_000) {
  const wave = (at, overtone) => Math.sin((at * hz * overtone * 2 * Math.PI) / 24_000);
  const samples = Int16Array.from({ length: ms * 24 }, (_, at) => ((wave(at, 1) + wave(at, 3) + wave(at, 5)) / 3) * peak);
  return Buffer.from(samples.buffer);
}

/** About `ms` of a voice that no even sound, played at the same time, can have left in the microphone: it rises and falls. */
export function speech(ms) {
  const syllables = Array.from({ length: Math.ceil(ms / 200) }, () => [tone(140, 310), tone(60, 240, 2_000)]);
  return Buffer.concat(syllables.flat());
}

/** `ms` of a quiet room. */
export function room(ms) {
  let seed = 7;
  const samples = Int16Array.from({ length: ms * 24 }, () => ((seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) >> 16) % 20);
  return Buffer.from(samples.buffer);
}
