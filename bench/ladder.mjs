// What of a relay's cost is the platform's: Workers in plain JavaScript, each of which does one thing more of what
// everybody must do who reads what he passes on. The last is hearken without Rust: its own call, its own relay, and a tap
// that looks for the end.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/setup.mjs';
import { load } from './client.mjs';
import { startContenders } from './contenders.mjs';
import { cpuOfLong } from './cost.mjs';
import { inTurn, median } from './statistics.mjs';
import { BURST, chatRequest, isWholeStream } from './text.mjs';

const called = (body) => `
    const call = new Call(request.signal);
    await call.send('POST', url, '\\u0001content-type\\u0001application/json\\u0001authorization\\u0001Bearer bench', ${body}, 60_000);`;
const CALLED = called('await asked(request)');
const HELD = `
    call.open();
    const held = (await call.read(60_000)).slice();
    call.commit();`;

const HANDED_ON = `
    const { readable, settled } = relay(held, new Tap(), new Options(call, request.signal, false, 60_000, 60_000));
    context.waitUntil(settled);
    return new Response(readable, EVENTS);`;

/** What each rung answers with; every one does what the one before it does, and more. The last is measured beside hearken with memory. */
const RUNGS = {
  'its body read and written anew': `
    const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' };
    const { body } = await fetch(url, { method: 'POST', headers, body: await asked(request) });
    return new Response(body, EVENTS);`,
  'and abortable, under a clock': `${CALLED}
    call.commit();
    return new Response(call.response.body, EVENTS);`,
  'and relayed, all of it seen': `${CALLED}${HELD}${HANDED_ON}`,
};
const REMEMBERED = {
  'and an object of the person asked before it, which keeps what was said behind its answer': `
    const body = JSON.parse(await request.text());
    await env.PERSON.getByName(body.user).tell('x'.repeat(600));${called("JSON.stringify({ ...body, model: 'bench' })")}${HELD}${HANDED_ON}`,
};

const ENTRY = (body) => `
import { DurableObject } from 'cloudflare:workers';
import { Call } from './transport.js';
import { Options, relay } from './relay.js';
const EVENTS = { headers: { 'content-type': 'text/event-stream' } };
const latin1 = new TextDecoder('latin1');
const asked = async (request) => JSON.stringify({ ...JSON.parse(await request.text()), model: 'bench' });
class Tap {
  feed(bytes) { return latin1.decode(bytes.subarray(-16)).includes('[DONE]'); }
  finish() { console.log(JSON.stringify({ event: 'turn', kind: 'text', at_ms: Date.now() })); }
  free() {}
}
export class Person extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS said (at INTEGER PRIMARY KEY, text TEXT)');
  }
  tell(text) {
    setTimeout(() => {
      this.ctx.storage.sql.exec('INSERT INTO said (text) VALUES (?)', text);
      if (!this.isArmed) this.ctx.storage.setAlarm(Date.now() + 60_000);
      this.isArmed = true;
    }, 0);
    return JSON.stringify({ profile: [], memories: 0, plan: { decision: 'search', query: text } });
  }
  alarm() {
    this.isArmed = false;
  }
}
export default {
  async fetch(request, env, context) {
    const url = env.UPSTREAM + '/v1/chat/completions';${body}
  },
};`;

const part = (file) => ({ type: 'ESModule', path: `/${file.split('/').pop()}`, contents: readFileSync(join(ROOT, file), 'utf8') });
export const PARTS = ['src/platform/headers.js', 'src/platform/transport.js', 'src/http/relay.js'].map(part);

const rung = (upstream, name, body) => ({
  name,
  modules: [{ type: 'ESModule', path: '/entry.js', contents: ENTRY(body) }, ...PARTS],
  modulesRoot: '/',
  compatibilityDate: '2026-04-01',
  compatibilityFlags: ['enable_request_signal'],
  bindings: { UPSTREAM: upstream.url },
  durableObjects: { PERSON: { className: 'Person', useSQLite: true } },
});

/** The burst of `text.mjs` and the long reply of `cost.mjs`, in one workerd with the rungs. */
export async function ladder({ upstream }, options) {
  const without = await climbed(upstream, RUNGS, {}, 'hearken in the same run', options);
  return [...without, ...(await climbed(upstream, REMEMBERED, { MEMORY: 'on' }, 'hearken with memory in the same run', options))];
}

async function climbed(upstream, all, vars, about, { rounds = 10, count = 240 } = {}) {
  const rungs = Object.values(all).map((body, index) => rung(upstream, `rung${index}`, body));
  const { urls, pid, stop } = await startContenders(upstream.url, ['plain', 'hearken'], vars, rungs);
  try {
    const options = { count, connections: 8, isGood: isWholeStream };
    const once = async (url) => count / (await load(url, asked(url), options)).seconds;
    await inTurn(urls, 2, once);
    const rates = await inTurn(urls, rounds, once);
    const used_ms = pid && (await inTurn(urls, 3, (url) => cpuOfLong(url, pid)));
    const against = (of, url) => median(of[url].map((one, round) => one / of.plain[round]));
    const rows = (name, url) => [
      {
        name: `burst, ${name}: streams/s against plain`, unit: 'x', measured: against(rates, url),
        detail: { plain_per_s: median(rates.plain), per_s: median(rates[url]), rounds },
      },
      ...(pid ? [{ name: `1,000 events, ${name}: CPU against plain`, unit: 'x', measured: against(used_ms, url), detail: { plain_ms: median(used_ms.plain), ms: median(used_ms[url]) } }] : []),
    ];
    return [...Object.keys(all).flatMap((name, index) => rows(`JavaScript, ${name}`, `rung${index}`)), ...rows(about, 'hearken')];
  } finally {
    await stop();
  }
}

/** Eight people in turn. */
function asked(url) {
  const requests = Array.from({ length: 8 }, (_, at) => chatRequest(url, BURST, `person-${at}`));
  let count = 0;
  return () => requests[count++ % requests.length];
}
