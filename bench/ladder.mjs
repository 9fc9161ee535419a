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

const CALLED = `
    const call = new Call(request.signal);
    await call.send('POST', url, '\\u0001content-type\\u0001application/json\\u0001authorization\\u0001Bearer bench', await asked(request), 60_000);`;
const RELAYED = `${CALLED}
    call.open();
    const held = (await call.read(60_000)).slice();
    call.commit();`;

/** What each rung answers with; every one does what the one before it does, and more. */
const RUNGS = {
  'its body read and written anew': `
    const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' };
    const { body } = await fetch(url, { method: 'POST', headers, body: await asked(request) });
    return new Response(body, EVENTS);`,
  'and abortable, under a clock': `${CALLED}
    call.commit();
    return new Response(call.response.body, EVENTS);`,
  'and relayed, all of it seen': `${RELAYED}
    const { readable, settled } = relay(held, new Tap(), new Options(call, request.signal, false, 60_000, 60_000));
    context.waitUntil(settled);
    return new Response(readable, EVENTS);`,
};

const ENTRY = (body) => `
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
});

/** The burst of `text.mjs` and the long reply of `cost.mjs`, in one workerd with the rungs. */
export async function ladder({ upstream }, { rounds = 10, count = 240 } = {}) {
  const rungs = Object.values(RUNGS).map((body, index) => rung(upstream, `rung${index}`, body));
  const { urls, pid, stop } = await startContenders(upstream.url, ['plain', 'hearken'], {}, rungs);
  try {
    const options = { count, connections: 8, isGood: isWholeStream };
    const once = async (url) => count / (await load(url, chatRequest(url, BURST), options)).seconds;
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
    return [...Object.keys(RUNGS).flatMap((name, index) => rows(`JavaScript, ${name}`, `rung${index}`)), ...rows('hearken in the same run', 'hearken')];
  } finally {
    await stop();
  }
}
