// Mixed load on the built Worker for as long as is wanted: people who chat at every door (completions, responses, a realtime
// socket), in text and in sound, have text spoken, remember, search, leave in the middle, are erased, and providers that fail. In its first half nothing is killed, and memory must stay flat; in its second half workerd is
// killed (SIGKILL) at random moments and started again on the same state. Afterwards every turn that was acknowledged is in its
// conversation, nothing is there twice, and no request was stuck. `npm run soak` runs half an hour of it, `npm test` less than one.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalProviders } from '../../local/server.mjs';
import { localVars, startWorker } from '../../scripts/worker.mjs';
import { spoken } from '../worker/people.mjs';
import { connect } from '../worker/realtime-client.mjs';
import { flat, heldOver } from './memory.mjs';

/** Longest answer of all: a turn's deadline, and a start of workerd on a busy machine. */
const STUCK_MS = 60_000;
/** A reply is added to its conversation behind the answer; within this time before a kill it may be lost. */
const CLOSING_MS = 2_000;
const PEOPLE = 8;
const CALM = { chat: { first_ms: 5, gap_ms: 1 }, speech: { first_ms: 5 } };
const FORMATS = ['mp3', 'opus', 'webm', 'mp4', 'pcm16'];
const FAULTS = ['server_error', 'reset', 'cut', 'rate_limit', 'stall', 'error_first', 'empty'];
const VARS = {
  LLM: 'groq:first, openai:second', LLM_RETRIES: '0', LLM_FIRST_MS: '1000', LLM_IDLE_MS: '1000', BREAKER_ENFORCE: 'shadow', PHRASE_FLUSH_MS: '500', EXTRACT_IDLE_MS: '500',
};

/** Seeded, so that a run can be run again. */
export function random(seed) {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n % (1n << 64n) || 1n;
  return (below) => {
    state ^= (state << 13n) & 0xffffffffffffffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffffffffffffffffn;
    return Number(state % BigInt(below));
  };
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The children of a process. */
const childrenOf = (pid) => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => {
  try {
    return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ')[1] === String(pid);
  } catch {
    return false;
  }
}).map(Number);
const isWorkerd = (pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('workerd');

/** workerd, which can be killed and started again on the same state. */
export class Runtime {
  constructor(providers, persist, vars = {}) {
    Object.assign(this, { providers, persist, vars, kills: [] });
  }

  async start() {
    const before = new Set(childrenOf(process.pid));
    const vars = { ...localVars(this.providers.url), ...VARS, ...this.vars };
    this.worker = await startWorker({ vars, aiUrl: this.providers.url, persist: this.persist, log: () => {}, adjust: (options) => ({ ...options, inspectorPort: 0 }) });
    this.pids = childrenOf(process.pid).filter((pid) => !before.has(pid) && isWorkerd(pid));
    this.url = this.worker.url;
    assert.ok(this.pids.length > 0, 'workerd is not there');
  }

  async kill() {
    this.kills.push(Date.now());
    for (const pid of this.pids) process.kill(pid, 'SIGKILL');
    await this.worker.stop().catch(() => {});
    await this.start();
  }

  resident_bytes() {
    return this.pids.reduce((sum, pid) => sum + Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024, 0);
  }
}

/** One person, who does one thing after the other; what was acknowledged is noted. */
class Somebody {
  constructor(runtime, name, seed) {
    Object.assign(this, { runtime, name, roll: random(seed), turns: [], facts: [], erased: [], answers: {}, slowest_ms: 0, said: 0, boats: 0, isBroken: false });
  }

  /** Sends; answers the response, or undefined where the connection broke (workerd was killed). */
  async send(method, path, body, signal) {
    const began_ms = Date.now();
    const stuck = AbortSignal.timeout(STUCK_MS);
    try {
      const answer = await fetch(this.runtime.url + path, {
        method, headers: { 'content-type': 'application/json', 'x-user': this.name }, ...(body ? { body: JSON.stringify(body) } : {}), signal: signal ? AbortSignal.any([signal, stuck]) : stuck,
      });
      const text = await answer.text();
      this.answers[answer.status] = (this.answers[answer.status] ?? 0) + 1;
      this.isBroken = false;
      return { status: answer.status, text };
    } catch (error) {
      assert.ok(!stuck.aborted, `${method} ${path} was stuck`);
      this.answers.broken = (this.answers.broken ?? 0) + 1;
      this.isBroken = !signal?.aborted;
      return undefined;
    } finally {
      this.slowest_ms = Math.max(this.slowest_ms, Date.now() - began_ms);
    }
  }

  /** What is about to be said. */
  note() {
    this.said += 1;
    const text = `Turn ${this.said} of ${this.name}: what do you think of number ${this.roll(1_000_000)}?`;
    const note = { text, conversation: `talk-${this.roll(3)}`, acknowledged: false, ended_ms: 0, answers: [] };
    this.turns.push(note);
    return note;
  }

  /** A turn of a conversation; one that failed with a status is sent again, as clients do. */
  async turn({ leaves = false, speaks = false, streams = true } = {}) {
    const note = this.note();
    const body = {
      messages: [{ role: 'user', content: note.text }], conversation: note.conversation, stream: streams,
      ...(speaks ? { modalities: ['text', 'audio'], audio: { format: FORMATS[this.roll(FORMATS.length)] } } : {}),
    };
    const leaving = new AbortController();
    if (leaves) setTimeout(() => leaving.abort(), this.roll(60));
    for (let tries = 0; tries < 3; tries += 1) {
      const answer = await this.send('POST', '/v1/chat/completions', body, leaves ? leaving.signal : undefined);
      note.ended_ms = Date.now();
      note.answers.push(answer ? `${answer.status} ${answer.text.slice(-120)}` : 'broken');
      if (!answer || leaves) return;
      const isWhole = streams ? answer.text.includes('data: [DONE]') : answer.status === 200;
      if (answer.status === 200) {
        note.acknowledged = isWhole;
        note.hasReply = isWhole && (streams ? spoken(answer.text) : JSON.parse(answer.text).choices[0].message.content)?.trim() !== '';
        return;
      }
    }
  }

  /** A turn as a response. */
  async response() {
    const note = this.note();
    const answer = await this.send('POST', '/v1/responses', { input: note.text, conversation: note.conversation });
    note.ended_ms = Date.now();
    note.answers.push(answer ? `${answer.status} ${answer.text.slice(-120)}` : 'broken');
    note.acknowledged = answer?.status === 200;
    note.hasReply = note.acknowledged && JSON.parse(answer.text).output.some(({ content }) => content?.some(({ text }) => text?.trim()));
  }

  /** A turn over a socket, in a session that goes on with the conversation. */
  async talk() {
    const note = this.note();
    try {
      const session = await connect(this.runtime.url, { query: `?model=companion&person=${this.name}&conversation=${note.conversation}`, patience_ms: STUCK_MS });
      const began_ms = Date.now();
      const said = session.say(note.text, { output_modalities: [this.roll(2) ? 'audio' : 'text'] });
      said.catch(() => {});
      const done = await Promise.race([said, session.closed.then(() => undefined)]);
      note.ended_ms = Date.now();
      this.slowest_ms = Math.max(this.slowest_ms, note.ended_ms - began_ms);
      note.answers.push(done ? done.status : 'broken');
      note.acknowledged = done?.status === 'completed';
      note.hasReply = note.acknowledged && done.output.some(({ content }) => content?.some(({ text, transcript }) => (text ?? transcript)?.trim()));
      await session.close();
    } catch (error) {
      if (error.code === 'ERR_ASSERTION' || /^waited for/.test(error.message)) throw error;
      note.answers.push(`broken: ${error.message}`);
      this.isBroken = true;
    }
    const how = `realtime ${note.answers.at(-1).split(':')[0]}`;
    this.answers[how] = (this.answers[how] ?? 0) + 1;
  }

  /** All of the person goes. What was acknowledged before is gone once that is acknowledged, too; else nobody knows. */
  async erase() {
    const isErased = (await this.send('DELETE', '/v1/person'))?.status === 200;
    for (const note of this.turns) Object.assign(note, { acknowledged: false, isErased: note.isErased || (isErased && note.acknowledged) });
    if (isErased) this.erased.push(...this.facts);
    this.facts = [];
  }

  async act() {
    switch (this.roll(16)) {
      case 0: case 1: case 2: return this.turn();
      case 3: case 4: return this.turn({ streams: false });
      case 5: return this.turn({ speaks: true });
      case 6: return this.turn({ leaves: true });
      case 7: {
        const text = `Owns boat number ${this.boats++} of harbour ${this.roll(1_000_000)}`;
        const answer = await this.send('POST', '/v1/memories', { text });
        if (answer?.status === 200) this.facts.push(text);
        return undefined;
      }
      case 8: return this.send('POST', '/v1/memories/search', { query: 'boat in a harbour' });
      case 9: return this.send('GET', `/v1/conversations/talk-${this.roll(3)}`);
      case 10: return this.send('GET', '/v1/memories?limit=20');
      case 11: return this.response();
      case 12: case 13: return this.talk();
      case 14: return this.send('POST', '/v1/audio/speech', { input: `Boat ${this.roll(50)} is in the harbour.`, response_format: ['mp3', 'opus', 'webm', 'wav'][this.roll(4)] });
      // What is kept of somebody does not grow for ever, so that memory can be flat.
      default: return this.roll(20) ? this.send('GET', '/metrics') : this.erase();
    }
  }

  async live(isOver) {
    while (!isOver()) {
      await this.act();
      await pause(this.isBroken ? 200 : this.roll(30));
    }
  }

  /** What is kept against what was acknowledged. */
  async check(kills) {
    let lost = 0;
    for (const conversation of ['talk-0', 'talk-1', 'talk-2']) {
      const answer = await this.send('GET', `/v1/conversations/${conversation}`);
      const messages = answer.status === 200 ? JSON.parse(answer.text).messages : [];
      for (const note of this.turns.filter((one) => one.conversation === conversation)) {
        const places = messages.flatMap(({ role, content }, at) => (role === 'user' && content === note.text ? [at] : []));
        assert.ok(places.length <= 1, `"${note.text}" is there ${places.length} times: ${JSON.stringify(messages.slice(Math.max(0, places[0] - 3), places.at(-1) + 3).map(({ role, content }) => [role, content.slice(0, 40)]))} ${JSON.stringify(note)}`);
        assert.ok(!note.isErased || places.length === 0, `"${note.text}" was erased and is there`);
        if (!note.acknowledged) continue;
        assert.equal(places.length, 1, `"${note.text}" was acknowledged and is not there`);
        // What came of a turn that its client left may come behind the next message.
        const isReplied = messages.slice(places[0] + 1, places[0] + 4).some(({ role }) => role === 'assistant');
        const wasKilled = kills.some((at_ms) => at_ms >= note.ended_ms && at_ms - note.ended_ms < CLOSING_MS);
        // A reply that is finished and empty is one, and nothing to keep.
        assert.ok(isReplied || wasKilled || !note.hasReply, `"${note.text}" has no reply: ${JSON.stringify(messages.slice(places[0], places[0] + 4).map(({ role, content }) => [role, content.slice(0, 40)]))} ${JSON.stringify(note)}`);
        lost += isReplied || !note.hasReply ? 0 : 1;
      }
      const count = (wanted) => messages.filter(({ role }) => role === wanted).length;
      assert.ok(count('assistant') <= count('user'), `${conversation} of ${this.name} has more replies than questions`);
      const ids = messages.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
    }
    const kept = [];
    for (let after = ''; ;) {
      const page = JSON.parse((await this.send('GET', `/v1/memories?limit=100${after}`)).text);
      kept.push(...page.data.map(({ text }) => text));
      if (!page.has_more) break;
      after = `&after=${page.last_id}`;
    }
    assert.deepEqual(kept.filter((text) => this.erased.includes(text)), [], 'what was erased is there');
    for (const fact of this.facts) assert.equal(kept.filter((text) => text === fact).length, 1, `"${fact}" was acknowledged and is there ${kept.filter((text) => text === fact).length} times`);
    return lost;
  }
}

/**
 * Runs until so many turns were acknowledged without a kill, and then until so many kills were survived; or, with `seconds`, for
 * half of them each. Answers figures, or fails.
 */
export async function soak({ seconds, turns = 0, kills = 0, seed = 1, tell = () => {} }) {
  const persist = await mkdtemp(join(tmpdir(), 'hearken-soak-'));
  const providers = await startLocalProviders({ port: 0, settings: CALM });
  const runtime = new Runtime(providers, persist);
  const roll = random(seed + 1_000);
  try {
    await runtime.start();
    const began_ms = Date.now();
    const people = Array.from({ length: PEOPLE }, (_, at) => new Somebody(runtime, `person-${at}`, seed + at));
    const acknowledged = () => people.reduce((sum, person) => sum + person.turns.filter((turn) => turn.acknowledged || turn.isErased).length, 0);
    const elapsed_s = () => (Date.now() - began_ms) / 1_000;
    /** How much of the calm half is over. */
    const progress = () => (seconds ? elapsed_s() / (seconds / 2) : acknowledged() / turns);
    let isOver = false;
    const watching = heldOver(runtime, progress, tell);
    const killing = (async () => {
      await watching;
      while (seconds ? elapsed_s() < seconds : runtime.kills.length < kills) {
        // Between two kills there is work to be lost.
        const next = acknowledged() + 10 + roll(20);
        while (acknowledged() < next) await pause(5);
        await pause(roll(40));
        await runtime.kill();
        tell(`killed ${runtime.kills.length} times, ${acknowledged()} turns`);
      }
      isOver = true;
    })();
    const failing = (async () => {
      while (!isOver) {
        await pause(500 + roll(1_500));
        const scope = ['groq.chat', 'openai.chat', 'speech', 'embeddings'][roll(4)];
        providers.control({ [scope]: { fault: scope.endsWith('chat') ? FAULTS[roll(FAULTS.length)] : 'server_error' } });
        await pause(300 + roll(700));
        providers.control(null);
        providers.control(CALM);
        providers.journal.clear();
      }
    })();
    await Promise.all([...people.map((person) => person.live(() => isOver)), failing, killing]);
    // What is still on its way comes to its end.
    await pause(CLOSING_MS);
    const lost = [];
    for (const person of people) lost.push(await person.check(runtime.kills));
    const erased = people.reduce((all, { turns: said }) => all + said.filter(({ isErased }) => isErased).length, 0);
    const sum = (key) => people.reduce((all, person) => all + person[key].length, 0);
    const answers = {};
    for (const person of people) for (const [status, count] of Object.entries(person.answers)) answers[status] = (answers[status] ?? 0) + count;
    const figures = {
      seconds: Math.round(elapsed_s()), turns: sum('turns'), acknowledged: acknowledged(), erased, facts: sum('facts'), kills: runtime.kills.length,
      replies_lost_by_kills: lost.reduce((all, one) => all + one, 0), slowest_ms: Math.max(...people.map(({ slowest_ms }) => slowest_ms)), answers,
      memory_mib: flat(await watching),
    };
    assert.ok(!Object.keys(answers).some((status) => status === '500'), JSON.stringify(figures));
    return figures;
  } finally {
    await runtime.worker?.stop().catch(() => {});
    await providers.close();
    await rm(persist, { recursive: true, force: true });
  }
}
