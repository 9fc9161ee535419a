// What the breakers cost and what they save: the happy path, the object beside it, a first provider that is dead, an outage.
// `node bench/breakers.mjs [seconds]` measures the built Worker and prints the rows; the outage lasts so many seconds.

import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../scripts/setup.mjs';
import { startHearken } from '../tests/harness.mjs';
import { median, quantile } from './statistics.mjs';

const CHAIN = 'groq:first, openai:second';
const FIRST_MS = 1000;
/** Pairs of requests for each comparison. */
const COUNT = 300;
/** What the far object takes for every word. */
const OBJECT_MS = 2000;
/** Six ways to be down, ten seconds each. */
const OUTAGE_S = 60;
const REQUEST = JSON.stringify({ model: 'companion', stream: true, memory: 'off', messages: [{ role: 'user', content: 'Good evening.' }] });

/** One streamed reply: time to its first bytes, who gave it, and whether it is whole. */
async function ask(url) {
  const began_ms = performance.now();
  const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: REQUEST });
  let first_ms;
  let text = '';
  for await (const bytes of answer.body.pipeThrough(new TextDecoderStream())) {
    first_ms ??= performance.now() - began_ms;
    text += bytes;
  }
  return { first_ms, servedBy: answer.headers.get('x-served-by'), whole: answer.status === 200 && text.trimEnd().endsWith('data: [DONE]') };
}

async function having(options, run) {
  const hearken = await startHearken({ breakers: 'auto', ...options });
  try {
    return await run(hearken);
  } finally {
    await hearken.stop();
  }
}

/** Puts an object in the breaker's place that is always closed and takes `wait_ms` to say so. */
const objectAfter = (wait_ms) => (options) => {
  const [hearken, ...others] = options.workers;
  const snapshot = { epoch: 1, epoch_age_ms: 3_600_000, state: 'closed', open_left_ms: 0, cooldown_left_ms: 0, lease_wait_ms: 0, threshold: 4, ttl_ms: 1000 };
  const script = `import { DurableObject } from 'cloudflare:workers';
    export class Stand extends DurableObject {
      async tell(text) {
        const { request: ask } = JSON.parse(text);
        await new Promise((resolve) => setTimeout(resolve, ${wait_ms}));
        return JSON.stringify({ reply: { snapshot: { ...${JSON.stringify(snapshot)}, stamp: Date.now() }, ...(ask?.seq ? { seq: ask.seq } : {}) } });
      }
    }
    export default { fetch: () => new Response() };`;
  const durableObjects = { ...hearken.durableObjects, BREAKER: { className: 'Stand', scriptName: 'stand', useSQLite: true } };
  const stand = { name: 'stand', modules: true, script, compatibilityDate: '2026-04-01', durableObjects: { OWN: { className: 'Stand', useSQLite: true } } };
  return { ...options, workers: [{ ...hearken, durableObjects }, ...others, stand] };
};

/** What `one` took longer than `other`: the median of pairs that were asked one right after the other. */
const added = (one, other) => median(one.map((ms, at) => ms - other[at]));

/** First-byte times of two Workers asked in turn, so that whatever else the machine does falls on both. */
async function paired(one, other, count) {
  const times = [[], []];
  for (let i = 0; i < count; i += 1) {
    for (const [at, url] of i % 2 === 0 ? [[0, one], [1, other]] : [[1, other], [0, one]]) times[at].push((await ask(url)).first_ms);
  }
  return times;
}

/** What `upstream` costs while all is well: a chain whose breakers decide and count beside one whose breakers an operator has switched off. */
export async function happyPath() {
  const vars = { LLM: CHAIN };
  const [on, off] = await having({ vars }, (on) => having({ vars, breakers: 'disabled' }, async (off) => {
    await paired(on.url, off.url, 50);
    return paired(on.url, off.url, COUNT);
  }));
  return [
    {
      name: 'breakers: added to the first byte while all is well, p50', unit: 'ms', measured: added(on, off), target: { below: 0.2 },
      detail: { on_p50: median(on), off_p50: median(off), on_p99: quantile(on, 0.99), off_p99: quantile(off, 0.99), pairs: COUNT },
    },
  ];
}

/** What deciding, counting and reporting take by themselves. Natively: a clock inside a Worker stands still while it works. */
export function ownCost() {
  const { stdout } = spawnSync('cargo', ['test', '--quiet', '--release', '--test', 'sim', 'cost', '--', '--nocapture'], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, SIM_COST: '2000000' } });
  const own_us = Number(/ns_per_call (\d+)/.exec(stdout)?.[1]) / 1000;
  return [{ name: 'breakers: decide, count and report one call, native', unit: 'us', measured: own_us, target: { below: 20 } }];
}

/**
 * Requests that waited for the object. It takes two seconds for every word, and a request that must wait would wait for
 * all of them, so those that did can be counted.
 */
export async function besideThePath() {
  const vars = { LLM: CHAIN, BREAKER_OBJECT_TIMEOUT_MS: '5000' };
  return having({ vars }, (quick) => having({ vars, adjust: objectAfter(OBJECT_MS) }, async (slow) => {
    await paired(quick.url, slow.url, 30);
    const [far, near] = await paired(slow.url, quick.url, COUNT);
    return [
      {
        name: 'breakers: requests that waited for the object', unit: '', measured: far.filter((ms) => ms >= OBJECT_MS * 0.75).length, target: { at_most: 0 },
        detail: { requests: COUNT, object_ms: OBJECT_MS, slow_p50: median(far), quick_p50: median(near), slow_max: Math.max(...far), quick_max: Math.max(...near) },
      },
      { name: 'breakers: added to the first byte by an object that takes 2 s, p50', unit: 'ms', measured: added(far, near), target: { below: 0.2 } },
    ];
  }));
}

/** Time to first token with a first provider that hangs, before and after its breaker has opened. */
export async function deadFirst() {
  const clocks = { LLM_FIRST_MS: String(FIRST_MS), LLM_HEADERS_MS: String(FIRST_MS) };
  const open = { BREAKER_OPEN_MS: '300000', BREAKER_OPEN_MAX_MS: '300000' };
  return having({ vars: { LLM: CHAIN, ...clocks, ...open } }, (dead) => having({ vars: { LLM: 'openai:second', ...clocks } }, async (alone) => {
    await ask(dead.url);
    dead.providers.control({ groq: { fault: 'hang' } });
    const before = [];
    for (let i = 0; i < 20; i += 1) {
      const { first_ms } = await ask(dead.url);
      if (first_ms < FIRST_MS) break;
      before.push(first_ms);
    }
    for (let i = 0; i < 30; i += 1) await ask(alone.url);
    const [fallenBack, direct] = await paired(dead.url, alone.url, COUNT);
    return [{
      name: 'breakers: added by a dead first provider once open, p50', unit: 'ms', measured: added(fallenBack, direct), target: { at_most: 5 },
      detail: { calls_until_open: before.length, before_p50: median(before), open_p50: median(fallenBack), open_p99: quantile(fallenBack, 0.99), direct_p50: median(direct), direct_p99: quantile(direct, 0.99) },
    }];
  }));
}

/** Requests lost while the first provider is down for `outage_s`, in every way it can be, and the second is well. */
export async function outage(_contenders, outage_s = OUTAGE_S) {
  const vars = { LLM: CHAIN, LLM_FIRST_MS: String(FIRST_MS), LLM_HEADERS_MS: String(FIRST_MS) };
  return having({ vars }, async (hearken) => {
    const faults = ['server_error', 'refuse', 'hang', 'empty', 'error_first', 'busy'];
    const asked = [];
    const gap_ms = 50;
    const until_ms = performance.now() + (outage_s + 4) * 1000;
    const began_ms = performance.now();
    let last;
    while (performance.now() < until_ms) {
      const passed_s = (performance.now() - began_ms) / 1000;
      const down = passed_s > 2 && passed_s < 2 + outage_s;
      const fault = down ? faults[Math.floor(((passed_s - 2) / outage_s) * faults.length)] : null;
      if (fault !== last) hearken.providers.control({ groq: { fault } });
      last = fault;
      asked.push(ask(hearken.url).catch(() => ({ whole: false })));
      await new Promise((resolve) => setTimeout(resolve, gap_ms));
    }
    const all = await Promise.all(asked);
    const calls = hearken.providers.requests.filter(({ scope, fault }) => scope === 'groq.chat' && fault).length;
    return [{
      name: `breakers: requests lost in an outage of ${outage_s} s`, unit: '', measured: all.filter(({ whole }) => !whole).length, target: { at_most: 0 },
      detail: { requests: all.length, calls_to_the_dead: calls, first_byte_p50: median(all.map(({ first_ms }) => first_ms ?? Infinity)), first_byte_p99: quantile(all.map(({ first_ms }) => first_ms ?? Infinity), 0.99) },
    }];
  });
}

/** Without what the other parts share, for a look at these alone. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const outage_s = Number(process.argv[2] ?? 60);
  for (const step of [happyPath, ownCost, besideThePath, deadFirst, () => outage(undefined, outage_s)]) for (const row of await step()) console.log(JSON.stringify(row));
}
