// Realtime sessions for as long as is wanted: people who type and speak, interrupt, take back and leave in the middle, and
// come back to their conversations. Memory must stay flat, every response must end, and what was said must be kept, once;
// at the end workerd is killed in the middle of replies. `npm run soak -- SECONDS SEED sessions` runs it.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalProviders } from '../../local/server.mjs';
import { until } from '../harness.mjs';
import { connect, room, speech } from '../worker/realtime-client.mjs';
import { flat, heldOver, socketsAwake } from './memory.mjs';
import { pause, Runtime, random } from './soak.mjs';

const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

class Somebody {
  constructor(runtime, name, seed, pause_ms) {
    Object.assign(this, { runtime, name, pause_ms, roll: random(seed), said: [], turns: 0, sessions: 0, failed: 0 });
  }

  /** One session: some turns, and an end. */
  async live() {
    const session = await connect(this.runtime.url, { query: `?model=companion&person=${this.name}&conversation=talk` });
    this.sessions += 1;
    // What is said over a reply stops it, and is answered with the next turn.
    session.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: { type: 'server_vad', create_response: false } } } } });
    for (let left = 1 + this.roll(4); left > 0; left -= 1) {
      const text = `Turn ${this.said.length} of ${this.name}`;
      const isSpoken = this.roll(4) === 0;
      const from = session.events.length;
      session.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } });
      session.send({ type: 'response.create', ...(isSpoken ? {} : { response: { output_modalities: ['text'] } }) });
      await session.event('response.created', undefined, from);
      this.said.push(text);
      if (isSpoken && this.roll(3) === 0) {
        await session.until('sound', () => session.events.slice(from).some(({ type }) => /^response\.(output_audio\.delta|done)$/.test(type)));
        session.hear(Buffer.concat([room(200), speech(800), room(900)]));
      }
      const { response } = await session.event('response.done', undefined, from);
      // On a machine that has too much to do somebody may be late; then it is said so.
      assert.ok(['completed', 'cancelled'].includes(response.status) || /^(provider_|memory_unavailable)/.test(response.status_details.error.code), JSON.stringify(response));
      this.turns += 1;
      await new Promise((resolve) => setTimeout(resolve, this.roll(this.pause_ms)));
      this.failed += response.status === 'failed';
    }
    await session.close();
  }

  /** What is kept: every turn once. */
  async check() {
    const kept = await until(`what ${this.name} said`, async () => {
      const answer = await fetch(`${this.runtime.url}/v1/conversations/talk?limit=1000`, { headers: { 'x-user': this.name } });
      const { messages = [] } = await answer.json();
      const own = messages.filter(({ role, content }) => role === 'user' && content.startsWith('Turn ')).map(({ content }) => content);
      return own.length >= this.said.length && own;
    });
    assert.deepEqual(kept, this.said);
  }
}

/** workerd puts an object to sleep after ten idle seconds. */
const ASLEEP_AFTER_MS = 14_000;

/** So many sessions, of which one was spoken in: nothing keeps them awake while nobody speaks, and they go on with what was stored. */
const IDLE_SESSIONS = 200;
const AT_ONCE = 20;
async function sleep(runtime) {
  const open = (_, at) => connect(runtime.url, { query: `?model=companion&person=sleeper-${at}&conversation=asleep` });
  const sessions = await Promise.all(Array.from({ length: IDLE_SESSIONS }, open));
  const [spoken] = sessions;
  spoken.hear(Buffer.concat([room(400), speech(900), room(1_500)]));
  await spoken.event('response.done');
  await pause(ASLEEP_AFTER_MS);
  await until('their sleep', async () => {
    const sockets = await socketsAwake(runtime);
    await (await fetch(`${runtime.url}/health`)).text();
    return sockets <= 1; // of the last one that sleeps, what it held is forgotten when another one wakes
  });
  const goOn = async (session, at) => {
    assert.equal((await session.say('still there?', { output_modalities: ['text'] })).status, 'completed');
    const { messages } = await (await fetch(`${runtime.url}/v1/conversations/asleep`, { headers: { 'x-user': `sleeper-${at}` } })).json();
    const said = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
    assert.deepEqual(said, session === spoken ? ['wait', 'still there?'] : ['still there?']);
    await session.close();
  };
  for (let from = 0; from < IDLE_SESSIONS; from += AT_ONCE) {
    await Promise.all(sessions.slice(from, from + AT_ONCE).map((session, at) => goOn(session, from + at)));
  }
}

/** In the middle of a reply the object is killed: what was said and can have been heard is there afterwards. */
async function killed(runtime, reply) {
  const session = await connect(runtime.url, { query: '?model=companion&person=killed&conversation=cut' });
  await session.say('before', { output_modalities: ['text'] });
  session.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go on' }] } });
  session.send({ type: 'response.create' });
  const read = async () => (await (await fetch(`${runtime.url}/v1/conversations/cut`, { headers: { 'x-user': 'killed' } })).json()).messages ?? [];
  await until('a part of the reply', async () => (await read()).length === 4);
  const sent = session.events.filter(({ type }) => type === 'response.output_audio_transcript.delta').map(({ delta }) => delta).join('');
  await runtime.kill();
  const kept = await read();
  assert.deepEqual(kept.slice(0, 3).map(({ content }) => content), ['before', reply, 'go on']);
  assert.ok(kept[3].content && letters(sent).startsWith(letters(kept[3].content)) && letters(kept[3].content).length < letters(reply).length, JSON.stringify([sent, kept]));
  const again = await connect(runtime.url, { query: '?model=companion&person=killed&conversation=cut' });
  const done = await again.say('still there?', { output_modalities: ['text'] });
  assert.equal(done.status, 'completed');
  await again.close();
}

/** Runs so many sessions at once; answers figures, or fails. */
export async function soakSessions({ seconds, sessions = 50, pause_ms = 4_000, seed = 1, tell = () => {} }) {
  const persist = await mkdtemp(join(tmpdir(), 'hearken-soak-'));
  const reply = 'I hear you, and I am glad that you told me. There is no hurry here at all. Would you like to say more about it? I am here for as long as it takes, and then some more.';
  // Who extracts is told that there is nothing: an answer that it cannot use would let all that was said wait for ever.
  const nothing = { match_text: '<messages>', script: ['{"operations":[]}'], script_repeat: true };
  const providers = await startLocalProviders({ port: 0, settings: { chat: { first_ms: 5, gap_ms: 20, script: [reply], script_repeat: true }, speech: { first_ms: 5 }, transcription: { transcript: 'wait' }, 'groq.chat': nothing } });
  await providers.warm();
  const runtime = new Runtime(providers, persist, { LLM_FIRST_MS: '8000', LLM_IDLE_MS: '8000' });
  try {
    await runtime.start();
    // Before others come: their sockets are awake.
    if (seconds * 1_000 > ASLEEP_AFTER_MS) await sleep(runtime);
    const began_ms = Date.now();
    const progress = () => (Date.now() - began_ms) / (seconds * 1_000);
    let isOver = false;
    const watching = heldOver(runtime, progress, tell).finally(() => (isOver = true));
    const people = Array.from({ length: sessions }, (_, at) => new Somebody(runtime, `talker-${at}`, seed + at, pause_ms));
    const told = setInterval(() => tell(`${people.reduce((sum, { turns }) => sum + turns, 0)} turns`), 30_000);
    const [memory] = await Promise.all([watching, ...people.map(async (person, at) => {
      // One voice of the local providers is made at a time; what is said often is cached soon.
      await pause(at * pause_ms / 4);
      do await person.live();
      while (!isOver);
    })]).finally(() => clearInterval(told));
    for (const person of people) await person.check();
    providers.control({ chat: { gap_ms: 150 } });
    await killed(runtime, reply);
    const sum = (key) => people.reduce((all, person) => all + person[key], 0);
    const figures = { seconds: Math.round((Date.now() - began_ms) / 1_000), people: sessions, sessions: sum('sessions'), turns: sum('turns'), failed: sum('failed'), memory_mib: flat(memory) };
    return figures;
  } finally {
    await runtime.worker?.stop().catch(() => {});
    await providers.close();
    await rm(persist, { recursive: true, force: true });
  }
}
