// What memory costs a turn and what it saves. Extraction is scripted by local/extractor.mjs, so what is compared is
// hearken's part; embeddings take 60 ms where they matter. How large people get: memory-size.mjs.

import { startHearken, until } from '../tests/harness.mjs';
import { extractions, Somebody } from '../tests/worker/people.mjs';
import { median, quantile } from './statistics.mjs';

const EMBEDDING_MS = 60;
const MODEL_MS = 300;
const TURNS = 200;

const THINGS = ['lake', 'violin', 'orchid', 'bakery', 'tram', 'canoe', 'quilt', 'radio', 'terrace', 'harbour'];
const VERBS = ['paints', 'owns', 'visits', 'photographs', 'repairs', 'studies', 'collects', 'draws', 'describes', 'misses'];
const fact = (number) => `The person ${VERBS[number % 10]} the ${THINGS[Math.floor(number / 10) % 10]} number ${number}`;

const QUIET = { EXTRACT_IDLE_MS: '3600000' };
const QUICK = { chat: { first_ms: 0, gap_ms: 0 } };
const slow = { embeddings: { headers_ms: EMBEDDING_MS } };

const timed = async (work) => {
  const began = performance.now();
  const value = await work();
  return { value, ms: performance.now() - began };
};

/** Runs `work` with a Worker of its own. */
async function withHearken(work, { vars = {}, knobs = QUICK } = {}) {
  const hearken = await startHearken({ vars: { ...QUIET, ...vars }, knobs });
  try {
    return await work(hearken, (user) => new Somebody(hearken.url, user));
  } finally {
    await hearken.stop();
  }
}

/** A person with `count` facts. */
async function grown(person, count) {
  for (let number = 0; number < count; number += 1) await person.remember(fact(number));
  return person;
}

/** Searches that are cached and that are not. */
export const recall = () => withHearken(async ({ providers }, person) => {
  const facts = 200;
  const many = await grown(person('many'), facts);
  providers.control(slow);
  const [misses, hits] = [[], []];
  const search = async (query, wanted) => {
    const { value, ms } = await timed(() => many.search(query));
    if (value.recall !== wanted) throw new Error(`${query}: ${value.recall}, not ${wanted}`);
    return ms;
  };
  for (let number = 0; number < 60; number += 1) {
    const query = `what about the ${THINGS[number % 10]} ${number} this person ${VERBS[number % 7]}`;
    misses.push(await search(query, 'miss'));
    // The cache is filled after the answer.
    await until('the fill', async () => (await many.search(query)).recall === 'hit');
    hits.push(await search(query, 'hit'));
  }
  const row = (name, values, share, more) => ({ name, unit: 'ms', measured: quantile(values, share), detail: { facts, samples: values.length, embedding_ms: EMBEDDING_MS }, ...more });
  return [
    row('memory search, cached, p50', hits, 0.5, { target: { below: 50 } }),
    row('memory search, cached, p99', hits, 0.99, { target: { below: 50 } }),
    row('memory search, not cached, embedding of 60 ms, p50', misses, 0.5),
    row('memory search, not cached, embedding of 60 ms, p99', misses, 0.99),
  ];
});

/** What hearken adds to a turn that searches and to one of small talk; and extraction beside the turn or before it. */
export const turns = () => withHearken(async ({ providers }, person) => {
  const many = await grown(person('many'), 50);
  providers.control(slow);
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'good evening!' }] });
  const direct = () => timed(async () => (await fetch(`${providers.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text());
  const [full, simple, alone] = [[], [], []];
  // `recall` begins with the turn: what the person's object and the search took of it.
  const stepOf = ({ headers }) => Number(/(?:^|, )recall;[^,]*dur=([\d.]+)/.exec(headers.get('server-timing'))?.[1] ?? NaN);
  const [full_steps, simple_steps] = [[], []];
  for (let number = 0; number < 60; number += 1) {
    const long = await timed(() => many.say(`Tell me of the ${THINGS[number % 10]} and the number ${1000 + number}.`));
    const short = await timed(() => many.say('good evening!'));
    full.push(long.ms);
    simple.push(short.ms);
    full_steps.push(stepOf(long.value));
    simple_steps.push(stepOf(short.value));
    alone.push((await direct()).ms);
  }
  const added = (values) => median(values) - median(alone);
  const path_ms = median(full_steps);

  // In sequence, extraction stands before retrieval; here it stands beside the turn.
  providers.control({ chat: { first_ms: MODEL_MS } });
  const one = person('one');
  const extracting = [];
  for (let number = 0; number < 8; number += 1) {
    await one.must('POST', '/v1/memories', { messages: [{ role: 'user', content: `I own the boat number ${number}.` }] });
    extracting.push((await timed(() => one.flush())).ms);
  }
  const sequence_ms = median(extracting) + path_ms;
  return [
    {
      name: 'turn of small talk: less of what hearken adds than in a full turn', unit: '%', measured: 100 * (1 - added(simple) / added(full)), target: { at_least: 50 },
      detail: { full_added_ms: added(full), simple_added_ms: added(simple), full_memory_ms: path_ms, simple_memory_ms: median(simple_steps), embedding_ms: EMBEDDING_MS, pairs: full.length },
    },
    {
      name: 'memory on the path of a turn: less than extraction, then retrieval', unit: '%', measured: 100 * (1 - path_ms / sequence_ms), target: { at_least: 30 }, aim: { at_least: 80 },
      detail: { sequence_ms, path_ms, model_ms: MODEL_MS },
    },
  ];
});

/** Calls to the model over a long conversation, batched and one by one, with what each of them found. */
export const batches = () => withHearken(async ({ providers }, person) => {
  const [batched, each] = [person('batched'), person('each')];
  const says = (turn) => (turn % 4 === 3 ? ['thanks', 'good night', 'haha', 'hello'][(turn >> 2) % 4] : `I ${['own', 'like', 'repair'][turn % 3]} the ${THINGS[turn % 10]} with the number ${turn}.`);
  const append = (who, turn) => who.must('POST', '/v1/memories', { messages: [{ role: 'user', content: says(turn) }] });
  const calls = () => extractions(providers).length;
  providers.journal.clear();
  for (let turn = 0; turn < TURNS; turn += 1) {
    const { body } = await append(batched, turn);
    // The batch is due by its count; the flush only waits for it.
    if (body.pending >= 6) await until('the batch', async () => (await batched.flush()).pending === 0);
  }
  await batched.flush();
  const batched_calls = calls();
  for (let turn = 0; turn < TURNS; turn += 1) {
    await append(each, turn);
    await each.flush();
  }
  const of = async (who) => new Set((await who.must('GET', '/v1/export')).text.split('\n').filter((line) => line.includes('"type":"memory"')).map((line) => JSON.parse(line).text));
  const [found, wanted] = [await of(batched), await of(each)];
  return [{
    name: `calls to the model saved over ${TURNS} turns`, unit: '%', measured: 100 * (1 - batched_calls / TURNS), target: { at_least: 40 }, aim: { at_least: 60 },
    detail: { calls: batched_calls, one_by_one_calls: calls() - batched_calls, facts: found.size, facts_missing: [...wanted].filter((text) => !found.has(text)).length },
  }];
});

/** How often repeated contexts are served from the cache, while facts go on being extracted beside them. */
export const repeats = () => withHearken(async (_, person) => {
  const rows = [];
  const question = (number) => `What do you know of the ${THINGS[number % 10]} and of number ${number}?`;
  const aside = (who, number) => who.say(`I saw ${number} birds over the ${THINGS[number % 10]} today.`, { conversation: 'aside' });
  const measure = async (name, target, scenario) => {
    const who = await grown(person(name), 20);
    const seen = [];
    for (let number = 0; number < 12; number += 1) {
      if (number % 3 === 2) await aside(who, number);
      await scenario(who, number, async (...said) => {
        seen.push((await who.say(...said)).headers.get('x-recall'));
      });
    }
    const hits = seen.filter((status) => status === 'hit').length;
    rows.push({ name: `search cache: hits in ${name}`, unit: '%', measured: (100 * hits) / seen.length, ...(target ? { target } : {}), detail: { requests: seen.length, hits } });
  };
  const over_half = { at_least: 50 };
  await measure('retries', over_half, async (who, number, say) => {
    await who.say(question(number));
    for (let retry = 0; retry < 2; retry += 1) await say(question(number));
  });
  await measure('regenerations', over_half, async (who, number, say) => {
    const messages = [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello, tell me.' }, { role: 'user', content: question(number) }];
    await who.say(messages);
    for (let again = 0; again < 2; again += 1) await say(messages);
  });
  await measure('reopened conversations', over_half, async (who, number, say) => {
    await who.say(question(number), { conversation: `first-${number}` });
    await say(question(number), { conversation: `again-${number}` });
  });
  await measure('multi-turn sessions', undefined, async (who, number, say) => {
    // Every third message asks to go on, and then the search is the one before.
    await say(number % 3 === 1 ? 'Tell me more.' : question(number), { conversation: 'long' });
  });
  return rows;
});

/** What remembering adds: the same requests with memory and without, in turn. */
export async function cost() {
  const contenders = { on: await startHearken({ vars: QUIET, knobs: QUICK }), off: await startHearken({ vars: { ...QUIET, MEMORY: 'off' }, knobs: QUICK }) };
  try {
    const people = { on: new Somebody(contenders.on.url, 'someone'), off: new Somebody(contenders.off.url, 'someone') };
    const say = async (contender, text) => (await timed(() => people[contender].say(text))).ms;
    for (const contender of ['on', 'off']) for (let number = 0; number < 20; number += 1) await say(contender, `I see ${number} stars`);
    const [on, off] = [[], []];
    for (let number = 100; number < 180; number += 1) {
      on.push(await say('on', `I see ${number} ships`));
      off.push(await say('off', `I see ${number} ships`));
    }
    // A person each, because one person's turns stand in line.
    const burst = async (contender, round) => {
      const crowd = Array.from({ length: 8 }, (_, at) => new Somebody(contenders[contender].url, `crowd-${at}`));
      const { ms } = await timed(() => Promise.all(crowd.map(async (one) => {
        for (let number = 0; number < 20; number += 1) await one.say(`I see ${round * 100 + number} trees`);
      })));
      return 160_000 / ms;
    };
    const ratios = [];
    await burst('on', 0);
    for (let round = 1; round <= 4; round += 1) {
      const without = await burst('off', round);
      ratios.push((await burst('on', round)) / without);
    }
    return [
      { name: 'a turn that recalls and is remembered: added to its time, p50', unit: 'ms', measured: median(on) - median(off), detail: { on_p50: median(on), off_p50: median(off), pairs: on.length } },
      { name: 'turns a second of 8 people, with memory against without', unit: 'x', measured: median(ratios), detail: { rounds: ratios.length, low: Math.min(...ratios), high: Math.max(...ratios) } },
    ];
  } finally {
    for (const contender of Object.values(contenders)) await contender.stop();
  }
}
