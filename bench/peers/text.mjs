// Text through each of the field: what it adds, what it carries, what it costs, and what it does when something goes wrong.

import { Connection, load } from '../client.mjs';
import { cpu_ms, rss_mb } from '../contenders.mjs';
import { clock_ms, inTurn, median, quantile } from '../statistics.mjs';
import { family, personOf, startText } from './field.mjs';

const PATH = '/v1/chat/completions';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let number = 0;
/** A request as bytes. Each is another, so that no cache answers for a search. */
function request({ url, headers }, stream, more = {}) {
  number += 1;
  const marks = Object.entries(stream).map(([name, value]) => `${name}=${value}`).join(' ');
  const messages = [{ role: 'user', content: `What do you know of boat number ${number} in the harbour? <<${marks}>>` }];
  const body = JSON.stringify({ model: 'companion', stream: true, user: personOf(number), messages, ...more });
  const lines = Object.entries({ host: new URL(url).host, 'content-type': 'application/json', accept: '*/*', ...headers, 'content-length': Buffer.byteLength(body) });
  return Buffer.from(`POST ${PATH} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n${body}`);
}

/** Whether all events of a stream came; gateways write them anew, so bytes do not tell. */
function isWhole(answer, events) {
  if (answer.status !== 200) return false;
  const body = answer.body().toString();
  return body.includes('data: [DONE]') && (body.match(/w\d+@/g) ?? []).length === events;
}

async function asked(peer, stream) {
  const connection = await Connection.open(peer.url);
  try {
    return await connection.ask(request(peer, stream));
  } finally {
    connection.close();
  }
}

const spread = (values) => ({ p25: quantile(values, 0.25), p75: quantile(values, 0.75) });

/** One at a time, in turn: from the request to the first byte, above the plain Worker. */
async function firstByte(peers, { pairs = 120, warm = 20 } = {}) {
  const open = {};
  for (const [key, peer] of Object.entries(peers)) open[key] = { peer, connection: await Connection.open(peer.url) };
  const once = async ({ peer, connection }) => {
    const answer = await connection.ask(request(peer, { events: 2, gap_ms: 5 }));
    if (!isWhole(answer, 2)) throw new Error(`a bad answer of ${peer.title}: ${answer.head} ${answer.body().toString().slice(0, 300)}`);
    return answer.first_ms;
  };
  try {
    await inTurn(open, warm, once);
    const times = await inTurn(open, pairs, once);
    return [0.5, 0.99].map((share) => ({
      figure: `added to the first byte, p${share * 100}`, unit: 'ms', better: 'less',
      values: Object.fromEntries(Object.entries(times).map(([key, all]) => [key, quantile(all, share) - quantile(times.plain, share)])),
    }));
  } finally {
    for (const { connection } of Object.values(open)) connection.close();
  }
}

/** One stream as its reader sees it: how late each event came, and the gaps between arrivals. */
async function paced(peer, { events, gap_ms, delay_ms = 0 }) {
  await sleep(delay_ms);
  const connection = await Connection.open(peer.url);
  const seen = [];
  let held = '';
  try {
    const answer = await connection.ask(request(peer, { events, gap_ms }), (bytes, at_ms) => {
      held += bytes.toString('latin1');
      let end = 0;
      for (const match of held.matchAll(/@(\d+\.\d\d) /g)) {
        seen.push({ late_ms: at_ms - Number(match[1]), at_ms });
        end = match.index + match[0].length;
      }
      held = held.slice(end);
    });
    return { is_whole: answer.status === 200 && seen.length === events, late: seen.map(({ late_ms }) => late_ms), gaps: seen.slice(1).map(({ at_ms }, at) => at_ms - seen[at].at_ms) };
  } catch {
    return { is_whole: false, late: [], gaps: [] };
  } finally {
    connection.close();
  }
}

/** Eight streams of events 20 ms apart, out of step. */
async function gaps(peers, { rounds = 5 } = {}) {
  const stream = { events: 64, gap_ms: 20 };
  const once = (peer) => Promise.all(Array.from({ length: 8 }, (_, at) => paced(peer, { ...stream, delay_ms: at * 2.5 })));
  const rows = await inTurn(peers, rounds, once);
  const all = (key, field) => rows[key].flat().flatMap((one) => one[field]);
  const added = (figure, field, share) => ({
    figure, unit: 'ms', better: 'less',
    values: Object.fromEntries(Object.keys(peers).map((key) => [key, quantile(all(key, field), share) - quantile(all('plain', field), share)])),
  });
  return [added('added to the gap between events 20 ms apart, p50', 'gaps', 0.5), added('the same, p99', 'gaps', 0.99), added("added to each event's way, p50", 'late', 0.5)];
}

/** Streams of 200 events that are ready at once, over eight connections; `count` is fitted to each one's speed. */
async function burst(peers, { rounds = 5, second = 1.5 } = {}) {
  const events = 200;
  const run = async (peer, count) => count / (await load(peer.url, () => request(peer, { events }), { count, connections: 8, isGood: (answer) => isWhole(answer, events) })).seconds;
  const counts = {};
  for (const [key, peer] of Object.entries(peers)) counts[key] = Math.max(8, Math.round((await run(peer, 24)) * second));
  const rates = await inTurn(peers, rounds, (peer, key) => run(peer, counts[key]));
  return [
    { figure: 'streams/s, 200 events at once, 8 connections', unit: '/s', better: 'more', values: Object.fromEntries(Object.entries(rates).map(([key, all]) => [key, median(all)])) },
    {
      figure: 'the same against plain', unit: 'x', better: 'more',
      values: Object.fromEntries(Object.entries(rates).map(([key, all]) => [key, median(all.map((rate, round) => rate / rates.plain[round]))])),
      detail: Object.fromEntries(Object.entries(rates).map(([key, all]) => [key, spread(all.map((rate, round) => rate / rates.plain[round]))])),
    },
  ];
}

const LADDER = [25, 50, 100, 200, 400, 800, 1_600];
const LATE_MS_MAX = 100;

/** Of each stream the last two seconds count: what many beginnings at once cost is no matter of holding. */
const HELD = { events: 24, gap_ms: 250 };
const HELD_EVENTS = 8;

/** Whether so many streams are held, each event within 100 ms of its sending (p95), at one of two tries. */
async function holds(peer, count) {
  for (let tries = 0; tries < 2; tries += 1) {
    const streams = await Promise.all(Array.from({ length: count }, (_, at) => paced(peer, { ...HELD, delay_ms: (at * HELD.gap_ms) / count })));
    if (streams.every(({ is_whole }) => is_whole) && quantile(streams.flatMap(({ late }) => late.slice(-HELD_EVENTS)), 0.95) <= LATE_MS_MAX) return true;
  }
  return false;
}

/** How many streams of four events a second are held at once: rung by rung, all in turn, until each has failed. */
async function held(peers) {
  const values = Object.fromEntries(Object.keys(peers).map((key) => [key, 0]));
  let left = Object.entries(peers);
  for (const count of LADDER) {
    const held = [];
    for (const [key, peer] of left) if (await holds(peer, count)) held.push([key, peer]);
    for (const [key] of held) values[key] = count;
    left = held;
  }
  return [{ figure: `streams held at once (ladder ${LADDER.join(', ')}), four events a second, 95 % within ${LATE_MS_MAX} ms`, unit: '', better: 'more', values }];
}

/** CPU of 1,000 replies of 64 events 5 ms apart, and memory before and after 1,000 short ones. */
async function costs(peers, { replies = 160, short = 1_000 } = {}) {
  const pids = Object.fromEntries(Object.entries(peers).map(([key, { pid }]) => [key, pid && family(pid)]));
  if (Object.values(pids).some((all) => !all)) return [];
  const sum = (key, of) => pids[key].reduce((total, pid) => total + of(pid), 0);
  const stream = { events: 64, gap_ms: 5 };
  const cpu = await inTurn(peers, 2, async (peer, key) => {
    const before_ms = sum(key, cpu_ms);
    await load(peer.url, () => request(peer, stream), { count: replies, connections: 16, isGood: (answer) => isWhole(answer, 64) });
    return (1_000 * (sum(key, cpu_ms) - before_ms)) / replies / 1_000;
  });
  const [held_mb, grown_mb] = [{}, {}];
  for (const [key, peer] of Object.entries(peers)) {
    const before_mb = sum(key, rss_mb);
    await load(peer.url, () => request(peer, { events: 5 }), { count: short, connections: 8, isGood: (answer) => isWhole(answer, 5) });
    held_mb[key] = sum(key, rss_mb);
    grown_mb[key] = held_mb[key] - before_mb;
  }
  return [
    { figure: 'CPU for 1,000 replies of 64 events', unit: 's', better: 'less', values: Object.fromEntries(Object.entries(cpu).map(([key, all]) => [key, median(all)])) },
    { figure: 'memory it holds after all of the above', unit: 'MB', better: 'less', values: held_mb },
    { figure: 'memory that 1,000 further replies added', unit: 'MB', better: 'less', values: grown_mb },
  ];
}

/** The body of a stream as far as it came, and whether it ended in order. */
async function read({ url, headers }, stream) {
  number += 1;
  const marks = Object.entries(stream).map((pair) => pair.join('=')).join(' ');
  const body = JSON.stringify({ model: 'companion', stream: true, user: personOf(number), messages: [{ role: 'user', content: `And boat ${number}? <<${marks}>>` }] });
  const response = await fetch(url + PATH, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  let text = '';
  try {
    for await (const bytes of response.body) text += Buffer.from(bytes).toString();
    return { text, is_clean: true };
  } catch {
    return { text, is_clean: false };
  }
}

const dataOf = (text) => text.split(/\r\n\r\n|\n\n|\r\r/).flatMap((event) => event.split(/\r\n|\n|\r/)).filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim());

async function cut(peer) {
  const { text, is_clean } = await read(peer, { events: 5, gap_ms: 20, end: 'cut' });
  const events = dataOf(text);
  const tokens = events.filter((data) => data.includes('@')).length;
  const came = tokens === 5 ? '' : `${tokens} of 5 tokens, then `;
  if (events.some((data) => /^\{\s*"error"/.test(data))) return `${came}an error event`;
  if (!is_clean) return `${came}the connection breaks`;
  return came + (events.includes('[DONE]') ? 'told as whole ([DONE])' : 'ends as if it were whole');
}

async function crlf(peer) {
  const { text } = await read(peer, { events: 10, gap_ms: 5, lines: 'crlf' });
  const events = dataOf(text);
  const tokens = events.filter((data) => data.includes('@')).length;
  return tokens === 10 && events.at(-1) === '[DONE]' ? 'all 10 tokens' : `${tokens} of 10 tokens${events.at(-1) === '[DONE]' ? '' : ', no [DONE]'}`;
}

const LEAVE = { events: 100, gap_ms: 40 };

/** How long the provider still writes for a client that has left. */
async function leaves(peer, upstream) {
  const id = `left-${(number += 1)}`;
  const controller = new AbortController();
  const body = JSON.stringify({ model: 'companion', stream: true, user: personOf(number), messages: [{ role: 'user', content: `<<events=${LEAVE.events} gap_ms=${LEAVE.gap_ms} id=${id}>>` }] });
  const response = await fetch(peer.url + PATH, { method: 'POST', headers: { 'content-type': 'application/json', ...peer.headers }, body, signal: controller.signal });
  const reader = response.body.getReader();
  for (let text = ''; !text.includes('@'); ) text += Buffer.from((await reader.read()).value).toString();
  await sleep(200);
  const left_ms = clock_ms();
  controller.abort();
  for (let tries = 0; tries < 80; tries += 1) {
    await sleep(100);
    const closed = await (await fetch(`${upstream.url}/left/${id}`)).json();
    if (closed) return closed.is_whole ? 'written to its end' : closed.at_ms - left_ms;
  }
  return 'held open';
}

async function behaviour(peers, upstream) {
  const each = async (once) => {
    const values = {};
    for (const [key, peer] of Object.entries(peers)) values[key] = await once(peer, upstream).catch((error) => `fails: ${String(error.message).slice(0, 60)}`);
    return values;
  };
  return [
    { figure: 'the provider breaks off after 5 tokens: the client gets', unit: '', values: await each(cut) },
    { figure: 'a provider whose lines end in CRLF: the client gets', unit: '', values: await each(crlf) },
    { figure: 'the client leaves: the provider is let go after', unit: 'ms', better: 'less', values: await each(leaves) },
  ];
}

/** The text table's rows and who is missing from it. */
export async function text(upstream, say) {
  const { peers, missing, stop } = await startText(upstream.url);
  try {
    for (const [key, peer] of Object.entries(peers)) {
      const answer = await asked(peer, { events: 3, gap_ms: 1 });
      if (isWhole(answer, 3)) continue;
      missing[key] = { title: peer.title, why: `it does not pass on a stream: ${answer.status} ${answer.body().toString().slice(0, 200)}` };
      say(`not in the field: ${peer.title}: ${missing[key].why}`);
      await peer.stop();
      delete peers[key];
    }
    const rows = [];
    for (const [name, step] of Object.entries({ firstByte, gaps, burst, costs, held, behaviour })) {
      say(`the field: ${name}`);
      rows.push(...(await step(peers, name === 'behaviour' ? upstream : undefined)));
    }
    const columns = Object.fromEntries([...Object.entries(peers), ...Object.entries(missing)].map(([key, { title }]) => [key, title]));
    return { columns, rows, missing: Object.values(missing) };
  } finally {
    await stop();
  }
}
