// Recall of evidence: LoCoMo's conversations, each turn stored as it was said, each question asked, and how many of the turns
// that its answer stands in are among the first 5 and 10. The data is read from the path in `LOCOMO` (locomo10.json, or a folder with
// a file for each conversation) and is no part of the project.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startContenders } from '../contenders.mjs';
import { median } from '../statistics.mjs';
import { VERSIONS, freePort, pythonWith, startServerProcess } from './field.mjs';

const COLUMNS = { hearken: 'hearken, words and vectors', lexical: 'hearken, words alone (`EMBED=off`)', bm25: 'BM25', cosine: 'vectors alone', mem0: 'mem0' };
const LIMIT = 10;
const AT_ONCE = 4;

/** `[{user, turns: [{key, text}], questions: [{text, evidence: [key]}]}]`; questions that have no answer are left out. */
function conversations(path) {
  const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
  const raw = statSync(path).isDirectory() ? readdirSync(path).filter((name) => name.endsWith('.json')).sort().map((name) => read(join(path, name))) : read(path);
  return raw.map((one, place) => {
    const talk = one.conversation ?? one;
    const sessions = Object.keys(talk).filter((name) => /^session_\d+$/.test(name));
    const turns = sessions.flatMap((name) => talk[name].map(({ speaker, dia_id, text }) => ({ key: dia_id, text: `${speaker}: ${text}`.slice(0, 1_000) })));
    const keys = new Set(turns.map(({ key }) => key));
    const questions = one.qa.filter(({ category }) => category !== 5).map(({ question, evidence }) => ({
      text: question, evidence: [...new Set((evidence ?? []).flatMap((text) => text.match(/D\d+:\d+/g) ?? []))].filter((key) => keys.has(key)),
    }));
    return { user: `talk-${place}`, turns, questions: questions.filter(({ evidence }) => evidence.length > 0) };
  });
}

const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Okapi's BM25 with the usual constants. */
function bm25(k1 = 1.5, b = 0.75) {
  const people = new Map();
  return {
    async add({ user, key, text }) {
      const all = people.get(user) ?? people.set(user, []).get(user);
      all.push({ key, words: wordsOf(text) });
    },
    async search(user, text) {
      const all = people.get(user);
      const mean = all.reduce((sum, { words }) => sum + words.length, 0) / all.length;
      const scores = all.map(() => 0);
      for (const word of new Set(wordsOf(text))) {
        const counts = all.map(({ words }) => words.filter((one) => one === word).length);
        const having = counts.filter((count) => count > 0).length;
        const idf = Math.log(1 + (all.length - having + 0.5) / (having + 0.5));
        counts.forEach((count, at) => (scores[at] += (idf * count * (k1 + 1)) / (count + k1 * (1 - b + (b * all[at].words.length) / mean))));
      }
      return best(all, scores);
    },
    stop() {},
  };
}

const best = (all, scores) => all.map(({ key }, at) => [key, scores[at]]).filter(([, score]) => score > 0).sort((x, y) => y[1] - x[1]).slice(0, LIMIT).map(([key]) => key);

const vectorsOf = async (url, texts) => {
  const answer = await fetch(`${url}/v1/embeddings`, { method: 'POST', body: JSON.stringify({ model: 'bench', input: texts }) });
  return (await answer.json()).data.map(({ embedding }) => embedding);
};

/** The nearest by cosine: what the embedder can do by itself. Its vectors have length 1. */
function cosine(url) {
  const people = new Map();
  return {
    async add({ user, key, text }) {
      const [vector] = await vectorsOf(url, [text]);
      (people.get(user) ?? people.set(user, []).get(user)).push({ key, vector });
    },
    async search(user, text) {
      const [query] = await vectorsOf(url, [text]);
      const all = people.get(user);
      return best(all, all.map(({ vector }) => vector.reduce((sum, value, at) => sum + value * query[at], 0)));
    },
    stop() {},
  };
}

async function hearken(url, embed) {
  const worker = await startContenders(url, ['hearken'], { MEMORY: 'on', EMBED: embed });
  const keys = new Map();
  const post = async (path, user, body) => {
    const answer = await fetch(`${worker.urls.hearken}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-user': user }, body: JSON.stringify(body) });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${json.error.message}`);
    return json;
  };
  return {
    async add({ user, key, text }) {
      const { id } = await post('/v1/memories', user, { text });
      keys.set(id, [...(keys.get(id) ?? []), key]);
    },
    async search(user, query) {
      return (await post('/v1/memories/search', user, { query, limit: LIMIT })).data.flatMap(({ id }) => keys.get(id) ?? []);
    },
    stop: worker.stop,
  };
}

function mem0(url) {
  const child = spawn(pythonWith('mem0', VERSIONS.mem0), [join(import.meta.dirname, 'mem0_worker.py'), `${url}/v1`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('{') && waiting.shift()?.resolve(JSON.parse(line)));
  child.once('exit', () => waiting.splice(0).forEach(({ reject }) => reject(new Error('mem0 ended'))));
  const ask = (asked) => new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    child.stdin.write(`${JSON.stringify(asked)}\n`);
  });
  return {
    add: ({ user, key, text }) => ask({ add: text, user, key }),
    search: async (user, text) => (await ask({ search: text, user, limit: LIMIT })).keys,
    stop: () => child.kill(),
  };
}

async function inGroups(all, act) {
  for (let at = 0; at < all.length; at += AT_ONCE) await Promise.all(all.slice(at, at + AT_ONCE).map(act));
}

const timed = async (times, work) => {
  const began = performance.now();
  const value = await work();
  times.push(performance.now() - began);
  return value;
};

/** Stores everything, asks everything. */
async function measured(contender, talks) {
  const [adds, searches, at5, at10] = [[], [], [], []];
  for (const { user, turns } of talks) await inGroups(turns, (turn) => timed(adds, () => contender.add({ user, ...turn })));
  for (const { user, questions } of talks) {
    for (const { text, evidence } of questions) {
      const found = await timed(searches, () => contender.search(user, text));
      const share = (count) => evidence.filter((key) => found.slice(0, count).includes(key)).length / evidence.length;
      at5.push(share(5));
      at10.push(share(10));
    }
  }
  const mean = (values) => (100 * values.reduce((sum, value) => sum + value, 0)) / values.length;
  return { at5: mean(at5), at10: mean(at10), search_ms: median(searches), add_ms: median(adds) };
}

/** The memory table. */
export async function memory(_, say) {
  const path = process.env.LOCOMO;
  if (!path) return { columns: COLUMNS, rows: [], missing: [{ title: 'all of it', why: 'LOCOMO names no path to the data' }] };
  const talks = conversations(path);
  const port = await freePort();
  const embedder = await startServerProcess(pythonWith('embedder', VERSIONS.embedder), [join(import.meta.dirname, 'embedder.py'), String(port)], {
    port, isUp: async (url) => (await vectorsOf(url, ['good evening'])).length === 1,
    // Threads that wait by turning round take the others' time.
    env: { OMP_NUM_THREADS: '1' },
  });
  const [found, missing] = [{}, []];
  try {
    say('the field: embedding');
    const texts = talks.flatMap(({ turns, questions }) => [...turns, ...questions].map(({ text }) => text));
    // Once, so that nobody pays for it alone.
    for (let at = 0; at < texts.length; at += 64) await vectorsOf(embedder.url, texts.slice(at, at + 64));
    const start = { hearken: () => hearken(embedder.url, 'openai:bench'), lexical: () => hearken(embedder.url, 'off'), bm25, cosine: () => cosine(embedder.url), mem0: () => mem0(embedder.url) };
    for (const [key, begin] of Object.entries(start)) {
      say(`the field: memory: ${COLUMNS[key]}`);
      let contender;
      try {
        contender = await begin();
        found[key] = await measured(contender, talks);
      } catch (error) {
        missing.push({ title: COLUMNS[key], why: String(error.message).split('\n')[0] });
      }
      await contender?.stop();
    }
  } finally {
    await embedder.stop();
  }
  const row = (figure, unit, better, field) => ({ figure, unit, better, values: Object.fromEntries(Object.entries(found).map(([key, one]) => [key, one[field]])) });
  const count = (field) => talks.reduce((sum, talk) => sum + talk[field].length, 0);
  return {
    columns: COLUMNS,
    note: `LoCoMo: ${talks.length} conversations, ${count('turns')} turns, ${count('questions')} questions with an answer and its evidence. One embedder for all: multilingual-e5-small (${VERSIONS.embedder}).`,
    rows: [
      row('evidence among the first 5', '%', 'more', 'at5'), row('evidence among the first 10', '%', 'more', 'at10'),
      row('a search, p50, embeddings ready', 'ms', 'less', 'search_ms'), row('to store a turn, p50, four at once', 'ms', 'less', 'add_ms'),
    ],
    missing,
  };
}
