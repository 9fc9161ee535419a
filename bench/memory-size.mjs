// How a person grows: what the object takes on disk, and how long a search takes in it, from 10 to 10,000 memories of
// 384 dimensions, in workerd. Times are differences to the smallest person, measured in turn, so that the request's own
// way and the machine's other work fall out.

import { startHearken } from '../tests/harness.mjs';
import { Somebody } from '../tests/worker/people.mjs';
import { median, quantile } from './statistics.mjs';

const SIZES = [10, 100, 1_000, 10_000];
/** `memory::answer` takes this many operations of one answer. */
const OPERATIONS_MAX = 200;
const SAMPLES = 30;

const SYLLABLES = ['ba', 'do', 'fi', 'gu', 'ka', 'le', 'mo', 'nu', 'pi', 'ra', 'se', 'to', 'vu', 'wi', 'xe', 'zo'];
/** A word for a number; different numbers have different words. */
const word = (number) => [0, 4, 8, 12].map((shift) => SYLLABLES[(number >> shift) & 15]).join('');
/** Few words in common, as with what people really say. */
const fact = (number) => `${word(number)} ${word(number * 7 + 1)} ${word(number * 13 + 5)} ${word(number % 50)}`;

/** Fills a person by extractions whose answers are scripted. */
async function grow(hearken, person, count) {
  const script = [];
  for (let from = 0; from < count; from += OPERATIONS_MAX) {
    const numbers = Array.from({ length: Math.min(OPERATIONS_MAX, count - from) }, (_, at) => from + at);
    script.push(JSON.stringify({ operations: numbers.map((number) => ({ op: 'add', text: fact(number), kind: 'fact' })) }));
  }
  hearken.providers.control({ chat: { script } });
  for (let part = 0; part < script.length; part += 1) {
    await person.must('POST', '/v1/memories', { messages: [{ role: 'user', content: `I tell you part ${part} of my life.` }] });
    await person.flush();
  }
  hearken.providers.control({ chat: { script: null } });
  const [line] = (await person.must('GET', '/v1/export')).text.split('\n', 1);
  const { bytes } = JSON.parse(line);
  return bytes;
}

/** Rows of results. */
export async function sizes() {
  const hearken = await startHearken({ vars: { EXTRACT_IDLE_MS: '3600000' }, knobs: { chat: { first_ms: 0, gap_ms: 0 } } });
  try {
    const people = SIZES.map((size) => ({ size, person: new Somebody(hearken.url, `size-${size}`), times: [] }));
    // Asks first, so that nobody who is measured waits for the vector of the query.
    const first = new Somebody(hearken.url, 'first');
    await first.remember('Was here first');
    for (const one of people) one.bytes = await grow(hearken, one.person, one.size);
    for (let sample = -2; sample < SAMPLES; sample += 1) {
      // New words each time, so that nothing is cached; the same ones for everybody.
      const query = `${word(sample + 60_000)} and ${word(sample * 3 + 11)}`;
      await first.search(query);
      for (const { person, times } of people) {
        const began = performance.now();
        const { recall } = await person.search(query);
        if (recall !== 'miss') throw new Error(`${query} was a ${recall}`);
        if (sample >= 0) times.push(performance.now() - began);
      }
    }
    const [smallest] = people;
    const added = ({ times }) => median(times.map((ms, sample) => ms - smallest.times[sample]));
    const detail = Object.fromEntries(people.flatMap(({ size, times, bytes }) => [[`search_${size}_p50_ms`, median(times)], [`search_${size}_p99_ms`, quantile(times, 0.99)], [`object_${size}_kb`, bytes / 1024]]));
    return [
      { name: 'search among 1,000 memories x 384: more than among 10', unit: 'ms', measured: added(people[2]), target: { below: 5 }, detail },
      { name: 'search among 10,000 memories x 384: more than among 10', unit: 'ms', measured: added(people[3]), target: { below: 50 } },
      { name: 'disk of a person with 1,000 memories, for each', unit: 'KB', measured: people[2].bytes / 1024 / 1_000 },
    ];
  } finally {
    await hearken.stop();
  }
}
