// A population of first-time visitors, over HTTP against the built Worker: how much of what they hear is kept sound?
//
// The model is the local listener, and what counts is what it really answers; the persona's list is empty, so that every
// hit was learned. A visitor is new (an id of their own), comes with one to four things to say, most of them what people
// say first to a companion (by Zipf), and one in PERSONAL of them something that nobody else says. For the first DAYS the
// phrasebook only listens and is warmed once a day, as the cron does; then the hits of new visitors are counted.

import { startContenders, startUpstream } from './contenders.mjs';
import { turn } from './voice-turn.mjs';

const DAYS = 3;
const VISITORS_A_DAY = 40;
const MEASURED = 100;
const PERSONAL = 0.05;
const AT_ONCE = 8;

/** What people say first, the most usual first. */
const SAID = [
  'Hello', 'Hi there', 'How are you?', 'I am tired', 'Thank you', 'Who are you?', 'I feel lonely', 'Good evening', 'Okay', 'I am so stressed', 'Bye', 'Yes', 'I am happy today',
  'I feel sad', 'Thanks a lot', 'Hey', 'I am a bit anxious', 'Good night', 'Not really', 'I feel great',
];
const personal = (random) => `I work with number ${Math.floor(random() * 1e9)} because my neighbour told me so`;

/** SplitMix-like: small, seeded, the same everywhere. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
  };
}

const WEIGHTS = SAID.map((_, rank) => 1 / (rank + 1));
const TOTAL = WEIGHTS.reduce((sum, weight) => sum + weight);

function thing(random) {
  if (random() < PERSONAL) return personal(random);
  let left = random() * TOTAL;
  return SAID[WEIGHTS.findIndex((weight) => (left -= weight) <= 0)] ?? SAID.at(-1);
}

/** A visitor's turns: `{phrases, isKept: [...]}` for each. */
async function visit(place, number, random) {
  const user = `visitor ${number}`;
  const messages = [];
  const turns = [];
  for (let left = 1 + Math.floor(random() * 4); left > 0; left -= 1) {
    messages.push({ role: 'user', content: thing(random) });
    const got = await turn(place.url, '', { messages: [...messages], user });
    messages.push({ role: 'assistant', content: got.texts.map(({ text }) => text).join('') });
    turns.push({ user, phrases: got.transcripts });
  }
  return turns;
}

/** Runs visits, some at once; answers their turns. */
async function visits(place, from, count, random) {
  const plans = Array.from({ length: count }, (_, index) => ({ number: from + index, random: seeded(Math.floor(random() * 2 ** 31)) }));
  const turns = [];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let plan = plans.shift(); plan; plan = plans.shift()) turns.push(...(await visit(place, plan.number, plan.random)));
  }));
  return turns;
}

/** What the provider was asked to say since it was last asked, with how often. */
async function asked({ provider }) {
  const { said } = await (await fetch(`${provider}/said`)).json();
  const counts = new Map();
  for (const text of said) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** Rows: hits by phrase and by first phrase. */
export async function population() {
  const provider = await startUpstream('voice-provider.mjs');
  const contenders = await startContenders(provider.url, ['hearken'], { LLM: 'openai:listener', TTS: 'openai:listener', PERSONA_PHRASES: '|', PHRASE_FLUSH_MS: '50' });
  const place = { url: contenders.urls.hearken, provider: provider.url };
  const warm = async () => (await fetch(`${place.url}/admin/phrases/warm`, { method: 'POST' })).json();
  try {
    const random = seeded(7);
    let from = 0;
    for (let day = 0; day < DAYS; day += 1, from += VISITORS_A_DAY) {
      await visits(place, from, VISITORS_A_DAY, random);
      await counted();
      await warm();
    }
    await asked(place);
    const turns = await visits(place, from, MEASURED, random);
    await counted();
    const { entries } = await (await fetch(`${place.url}/admin/phrases`)).json();
    return rows(turns, await asked(place), entries);
  } finally {
    await contenders.stop();
    provider.stop();
  }
}

/** What was heard is counted within the flush's time. */
const counted = () => new Promise((resolve) => setTimeout(resolve, 500));

/** A phrase whose sound was asked of the provider was not kept; asked for twice, it was missed twice. */
function rows(turns, missed, kept) {
  const isKept = (phrase) => {
    const left = missed.get(phrase) ?? 0;
    if (left > 0) missed.set(phrase, left - 1);
    return left === 0;
  };
  const heard = turns.map(({ phrases }) => phrases.map(isKept));
  const all = heard.flat();
  const firsts = heard.map(([first]) => first).filter((first) => first !== undefined);
  const share = (hits) => (100 * hits.filter(Boolean).length) / hits.length;
  const detail = { phrases: all.length, different: new Set(turns.flatMap(({ phrases }) => phrases)).size, turns: turns.length, visitors: MEASURED, kept_clips: kept };
  return [
    { name: 'voice: phrases of first-time visitors that are kept sound', unit: '%', measured: share(all), target: { at_least: 80 }, aim: { at_least: 90 }, detail },
    { name: 'voice: first phrases of first-time visitors that are kept sound', unit: '%', measured: share(firsts), target: { at_least: 80 }, aim: { at_least: 90 }, detail },
  ];
}
