// What a reply costs workerd: CPU time of a long one, memory after many. Both are read from /proc, so Linux only.

import { load } from './client.mjs';
import { cpu_ms, rss_mb, startContenders } from './contenders.mjs';
import { inTurn, median } from './statistics.mjs';
import { chatRequest, isWholeStream } from './text.mjs';

const LONG = { events: 1000, gap_ms: 4 };
const NO_PROC = 'there is no /proc';

/** CPU that workerd uses for each of so many long replies at once, ms. */
export async function cpuOfLong(url, pid, streams = 8) {
  const before_ms = cpu_ms(pid);
  await load(url, chatRequest(url, LONG), { count: streams, connections: streams, isGood: isWholeStream });
  return (cpu_ms(pid) - before_ms) / streams;
}

/** CPU of 1,000 events 4 ms apart, 8 streams at once. */
export async function cpu({ urls, pid }, { rounds = 3, streams = 8 } = {}) {
  const name = 'workerd CPU of a 1,000-event reply (4 ms apart) against plain';
  if (!pid) return [{ name, unit: 'x', not_measured: NO_PROC }];
  const { plain, hearken } = await inTurn(urls, rounds, (url) => cpuOfLong(url, pid, streams));
  const ratio = median(hearken.map((used_ms, round) => used_ms / plain[round]));
  return [{ name, unit: 'x', measured: ratio, detail: { plain_ms: median(plain), hearken_ms: median(hearken), rounds } }];
}

const SHORT = { events: 5, gap_ms: 0 };
// By then V8 has grown the heap to what it lets it be: until 14,000 both contenders grow in steps of 20 to 40 MB, each when it likes.
const REPLIES_WARM = 16_000;
const REPLIES_ALL = 24_000;

/** RSS of a workerd of its own before, after 16,000 and after 24,000 short replies. */
async function memoryOf(contender, upstreamUrl) {
  const { urls, pid, stop } = await startContenders(upstreamUrl, [contender]);
  const url = urls[contender];
  const replies = (count) => load(url, chatRequest(url, SHORT), { count, connections: 8, isGood: isWholeStream });
  try {
    const start_mb = rss_mb(pid);
    await replies(REPLIES_WARM);
    const warm_mb = rss_mb(pid);
    await replies(REPLIES_ALL - REPLIES_WARM);
    return { start_mb, warm_mb, end_mb: rss_mb(pid) };
  } finally {
    await stop();
  }
}

/** What grows from one reply to the next would grow for ever; what plain grows by counts off. */
export async function memory({ pid, upstream }) {
  const name = 'workerd memory: growth from 16,000 to 24,000 replies, above plain';
  if (!pid) return [{ name, unit: 'MB', not_measured: NO_PROC }];
  const plain = await memoryOf('plain', upstream.url);
  const hearken = await memoryOf('hearken', upstream.url);
  const growth_mb = ({ warm_mb, end_mb }) => end_mb - warm_mb;
  const detail = {};
  for (const [contender, { start_mb, warm_mb, end_mb }] of Object.entries({ plain, hearken })) {
    Object.assign(detail, { [`${contender}_start`]: start_mb, [`${contender}_after_16000`]: warm_mb, [`${contender}_after_24000`]: end_mb });
  }
  return [{ name, unit: 'MB', measured: growth_mb(hearken) - growth_mb(plain), target: { below: 8 }, detail }];
}
