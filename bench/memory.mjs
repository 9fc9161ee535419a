// What memory costs a turn and what it saves: recall with an embedding server that takes 60 ms, extraction beside the
// turn against extraction before it, calls to the model over a long conversation, a simple turn against a full one.
// `node bench/memory.mjs` runs it alone.

import { pathToFileURL } from 'node:url';
import { quantile } from './statistics.mjs';

const EMBEDDING_MS = 60;
const MODEL_MS = 300;
const FACTS = 200;
const SAMPLES = 100;
const TURNS = 200;

const THINGS = ['lake', 'violin', 'orchid', 'bakery', 'tram', 'canoe', 'quilt', 'radio', 'terrace', 'harbour'];
const VERBS = ['paints', 'owns', 'visits', 'photographs', 'repairs', 'studies', 'collects', 'draws', 'describes', 'misses'];
const fact = (number) => `The person ${VERBS[number % 10]} the ${THINGS[Math.floor(number / 10) % 10]} number ${number}`;

const timed = async (work) => {
  const began = performance.now();
  const value = await work();
  return { value, ms: performance.now() - began };
};
const row = (name, unit, measured, target, detail) => ({ name, unit, measured: Math.round(measured * 100) / 100, ...(target ? { target } : {}), ...(detail ? { detail } : {}) });

/** Rows of results. */
export async function run() {
  const { startHearken, until } = await import('../tests/harness.mjs');
  const { extractions, Somebody } = await import('../tests/worker/people.mjs');
  const hearken = await startHearken({
    vars: { EXTRACT_IDLE_MS: '3600000' },
    knobs: { chat: { first_ms: 0, gap_ms: 0 }, embeddings: { headers_ms: EMBEDDING_MS } },
  });
  const person = (user) => new Somebody(hearken.url, user);
  try {
    const rows = [];
    const many = person('many');
    for (let number = 0; number < FACTS; number += 1) await many.remember(fact(number));
    const search = async (query, wanted) => {
      const { value, ms } = await timed(() => many.search(query));
      if (value.recall !== wanted) throw new Error(`${query}: ${value.recall}, not ${wanted}`);
      return ms;
    };
    const [misses, hits] = [[], []];
    for (let number = 0; number < SAMPLES; number += 1) {
      const query = `what about the ${THINGS[number % 10]} ${number} this person ${VERBS[number % 7]}`;
      misses.push(await search(query, 'miss'));
      // The cache is filled after the answer.
      await until('the fill', async () => (await many.search(query)).recall === 'hit');
      hits.push(await search(query, 'hit'));
    }
    const [miss_ms, hit_ms] = [quantile(misses, 0.5), quantile(hits, 0.5)];
    rows.push(row(`recall, hit, p50 (${FACTS} memories)`, 'ms', hit_ms, { below: 50 }), row('recall, hit, p99', 'ms', quantile(hits, 0.99), { below: 50 }));
    rows.push(row(`recall, miss, p50 (embedding ${EMBEDDING_MS} ms)`, 'ms', miss_ms), row('recall, miss, p99', 'ms', quantile(misses, 0.99)));

    // Turns: what memory takes of one, as the Worker tells it.
    const memoryOf = ({ headers }) => Number(/memory;[^,]*dur=([\d.]+)/.exec(headers.get('server-timing'))?.[1] ?? NaN);
    const [full, simple] = [[], []];
    for (let number = 0; number < 40; number += 1) {
      full.push(memoryOf(await many.say(`Tell me of the ${THINGS[number % 10]} and the number ${1000 + number}.`)));
      simple.push(memoryOf(await many.say('good evening!')));
    }
    const [full_ms, simple_ms] = [quantile(full, 0.5), quantile(simple, 0.5)];
    rows.push(row('memory in a simple turn, less than in a full one', '%', 100 * (1 - simple_ms / full_ms), { above: 50 }, { full_ms, simple_ms }));

    // In sequence, extraction stands before retrieval; here it stands beside the turn.
    hearken.providers.control({ chat: { first_ms: MODEL_MS } });
    const sequential = [];
    const one = person('one');
    for (let number = 0; number < 10; number += 1) {
      await one.must('POST', '/v1/memories', { messages: [{ role: 'user', content: `I own the boat number ${number}.` }] });
      sequential.push((await timed(() => one.flush())).ms + full_ms);
    }
    hearken.providers.control({ chat: { first_ms: 0 } });
    const sequential_ms = quantile(sequential, 0.5);
    rows.push(row('memory on the path of a turn, less than extraction then retrieval', '%', 100 * (1 - full_ms / sequential_ms), { above: 30 }, { sequential_ms, parallel_ms: full_ms, model_ms: MODEL_MS }));

    // A long conversation: the same messages for both, one of them extracted message by message.
    const [batched, each] = [person('batched'), person('each')];
    const says = (turn) => (turn % 4 === 3 ? ['thanks', 'good night', 'haha', 'hello'][(turn >> 2) % 4] : `I ${['own', 'like', 'repair'][turn % 3]} the ${THINGS[turn % 10]} with the number ${turn}.`);
    const append = (who, turn) => who.must('POST', '/v1/memories', { messages: [{ role: 'user', content: says(turn) }] });
    hearken.providers.journal.clear();
    for (let turn = 0; turn < TURNS; turn += 1) {
      const { body } = await append(batched, turn);
      if (body.pending >= 6) await until('the batch', async () => (await batched.flush()).pending === 0);
    }
    await batched.flush();
    const calls = extractions(hearken.providers).length;
    for (let turn = 0; turn < TURNS; turn += 1) {
      await append(each, turn);
      await each.flush();
    }
    const of = async (who) => (await who.must('GET', '/v1/export')).text.split('\n').filter((line) => line.includes('"type":"memory"')).map((line) => JSON.parse(line).text).sort();
    const [found, wanted] = [await of(batched), await of(each)];
    rows.push(row(`calls to the model saved over ${TURNS} turns`, '%', 100 * (1 - calls / TURNS), { above: 40 }, { calls, same_facts: JSON.stringify(found) === JSON.stringify(wanted), facts: found.length }));
    return rows;
  } finally {
    await hearken.stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { build } = await import('../scripts/build.mjs');
  build();
  for (const { name, measured, unit, detail } of await run()) console.log(`${name}: ${measured} ${unit}${detail ? ` ${JSON.stringify(detail)}` : ''}`);
}
