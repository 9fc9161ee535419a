// The text path: how many streams a second, and what a person waits for each event.

import { Connection, askOnce, load, post } from './client.mjs';
import { startContenders } from './contenders.mjs';
import { inTurn, median, quantile } from './statistics.mjs';

const PATH = '/v1/chat/completions';

/** A request for a stream of `events`, `gap_ms` apart. */
export const chatRequest = (url, bench, user) =>
  post(url, PATH, { model: 'companion', user, messages: [{ role: 'user', content: 'Say something.' }], stream: true, bench });

const WHOLE_END = Buffer.from('data: [DONE]\n\n\r\n0\r\n\r\n');
export const isWholeStream = (answer) => answer.status === 200 && answer.tail(WHOLE_END.length).equals(WHOLE_END);

/** Throws unless both contenders give the provider's events byte for byte, but for the moments written in them. */
export async function sameBytes({ urls }) {
  const bodies = [];
  for (const url of Object.values(urls)) {
    const answer = await askOnce(url, chatRequest(url, { events: 200 }));
    bodies.push(answer.body().toString().replaceAll(/"sent_ms":[\d.]+/g, ''));
  }
  if (!bodies[0].endsWith('data: [DONE]\n\n') || bodies[0] !== bodies[1]) throw new Error('the contenders do not give the same bytes');
}

export const BURST = { events: 200, gap_ms: 0 };

const PEOPLE = 8;

/** 200 events that are all ready at once, 8 connections, 8 people in turn: streams per second. */
export async function throughput({ urls }, { rounds = 14, count = 240, about = '', target = { at_least: 0.75 }, aim = { at_least: 0.9 } } = {}) {
  const options = { count, connections: 8, isGood: isWholeStream };
  const once = async (url) => {
    const requests = Array.from({ length: PEOPLE }, (_, at) => chatRequest(url, BURST, `person-${at}`));
    let asked = 0;
    return count / (await load(url, () => requests[asked++ % PEOPLE], options)).seconds;
  };
  await inTurn(urls, 2, once);
  const { plain, hearken } = await inTurn(urls, rounds, once);
  const ratios = hearken.map((rate, round) => rate / plain[round]);
  return [
    {
      name: `${about}unpaced 200-event stream, 8 connections: streams/s against plain`,
      unit: 'x', measured: median(ratios), target, aim,
      detail: { plain_per_s: median(plain), hearken_per_s: median(hearken), ratio_p25: quantile(ratios, 0.25), ratio_p75: quantile(ratios, 0.75), rounds },
    },
  ];
}

const PACED = { events: 64, gap_ms: 20 };
const STREAMS = 8;

/** Reads one paced stream: when each event was sent and received, and how many events each read held. */
async function pacedStream(url, delay_ms) {
  await new Promise((resolve) => setTimeout(resolve, delay_ms));
  const connection = await Connection.open(url);
  const events = [];
  let crowded_reads = 0;
  const onRead = (bytes, at_ms) => {
    const sent = [...bytes.toString('latin1').matchAll(/"sent_ms":([\d.]+)/g)];
    if (sent.length > 1) crowded_reads += 1;
    for (const [, sent_ms] of sent) events.push({ sent_ms: Number(sent_ms), at_ms });
  };
  try {
    const answer = await connection.ask(chatRequest(url, PACED), onRead);
    if (!isWholeStream(answer) || events.length !== PACED.events) throw new Error(`a paced stream lost events: ${events.length} came`);
  } finally {
    connection.close();
  }
  const gaps = events.slice(1).map(({ at_ms }, index) => at_ms - events[index].at_ms);
  return { latencies: events.map(({ sent_ms, at_ms }) => at_ms - sent_ms), gaps, crowded_reads };
}

/** Events 20 ms apart, 8 streams at once, out of step: how late each event is, and whether it comes alone. */
export async function paced({ urls }, { rounds = 12 } = {}) {
  const once = async (url) => {
    const streams = Array.from({ length: STREAMS }, (_, index) => pacedStream(url, (index * PACED.gap_ms) / STREAMS));
    return Promise.all(streams);
  };
  const { plain, hearken } = await inTurn(urls, rounds, once);
  const all = (streams, field) => streams.flat().flatMap((stream) => stream[field]);
  const added = (field, q) => quantile(all(hearken, field), q) - quantile(all(plain, field), q);
  const crowded = (streams) => all(streams, 'crowded_reads').reduce((sum, count) => sum + count, 0);
  return [
    {
      name: 'events 20 ms apart: added to the gap between events, p50',
      unit: 'ms', measured: added('gaps', 0.5), target: { below: 0.1 },
      detail: { plain_p50: quantile(all(plain, 'gaps'), 0.5), plain_p99: quantile(all(plain, 'gaps'), 0.99), hearken_p99: quantile(all(hearken, 'gaps'), 0.99) },
    },
    {
      name: 'events 20 ms apart: added to each event\'s way, p50',
      unit: 'ms', measured: added('latencies', 0.5), target: { below: 0.5 },
      detail: {
        plain_p50: quantile(all(plain, 'latencies'), 0.5), plain_p99: quantile(all(plain, 'latencies'), 0.99),
        hearken_p99: quantile(all(hearken, 'latencies'), 0.99),
      },
    },
    {
      name: 'events 20 ms apart: reads that held more than one event, share above plain',
      unit: '%', measured: (100 * (crowded(hearken) - crowded(plain))) / all(hearken, 'latencies').length, target: { below: 0.5 },
      detail: { plain_reads: crowded(plain), hearken_reads: crowded(hearken), events: all(hearken, 'latencies').length },
    },
  ];
}

/** Pairs of requests, one to each contender in turn, one at a time: what is added until the first byte of the body. */
export async function addedFirstByte({ urls }, requestFor, isGood, pairs) {
  const open = {};
  for (const [name, url] of Object.entries(urls)) open[name] = { connection: await Connection.open(url), request: requestFor(url) };
  const once = async ({ connection, request }) => {
    const answer = await connection.ask(request);
    if (!isGood(answer)) throw new Error(`a bad answer: ${answer.head.split('\r\n')[0]}`);
    return answer.first_ms;
  };
  try {
    await inTurn(open, 30, once);
    const { plain, hearken } = await inTurn(open, pairs, once);
    const added = (q) => quantile(hearken, q) - quantile(plain, q);
    const detail = { plain_p50: median(plain), plain_p99: quantile(plain, 0.99), hearken_p50: median(hearken), hearken_p99: quantile(hearken, 0.99), pairs };
    return { p50: added(0.5), p99: added(0.99), detail };
  } finally {
    for (const { connection } of Object.values(open)) connection.close();
  }
}

/** Until the first byte of a stream whose provider answers at once. */
export async function firstByte(contenders, { pairs = 600, about = '' } = {}) {
  const requestFor = (url) => chatRequest(url, { events: 2, gap_ms: 5 });
  const { p50, p99, detail } = await addedFirstByte(contenders, requestFor, isWholeStream, pairs);
  return [
    { name: `${about}text: added to the first byte, p50`, unit: 'ms', measured: p50, target: { below: 2 }, detail },
    { name: `${about}text: added to the first byte, p99`, unit: 'ms', measured: p99, target: { below: 5 }, detail },
  ];
}

/** Both with memory, which is on unless it is turned off: each person has an object of their own. */
export async function remembering({ upstream }) {
  const contenders = await startContenders(upstream.url, undefined, { MEMORY: 'on' });
  try {
    const about = 'with memory, ';
    return [...(await throughput(contenders, { about, target: { at_least: 0.55 }, aim: undefined })), ...(await firstByte(contenders, { about }))];
  } finally {
    await contenders.stop();
  }
}
