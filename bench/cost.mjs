// What a reply costs workerd: CPU time of a long one, memory after many. Both are read from /proc, so Linux only.

import { load } from './client.mjs';
import { cpu_ms, rss_mb } from './lanes.mjs';
import { inTurn, median } from './statistics.mjs';
import { chatRequest, isWholeStream } from './text.mjs';

const LONG = { events: 1000, gap_ms: 4 };
const NO_PROC = 'there is no /proc';

/** CPU of 1,000 events 4 ms apart, 8 streams at once. */
export async function cpu({ urls, pid }, { rounds = 3, streams = 8 } = {}) {
  const name = 'workerd CPU of a 1,000-event reply (4 ms apart) against plain';
  if (!pid) return [{ name, unit: 'x', not_measured: NO_PROC }];
  const once = async (url) => {
    const before_ms = cpu_ms(pid);
    await load(url, chatRequest(url, LONG), { count: streams, connections: streams, isGood: isWholeStream });
    return (cpu_ms(pid) - before_ms) / streams;
  };
  const { plain, hearken } = await inTurn(urls, rounds, once);
  const ratio = median(hearken.map((used_ms, round) => used_ms / plain[round]));
  return [{ name, unit: 'x', measured: ratio, detail: { plain_ms: median(plain), hearken_ms: median(hearken), rounds } }];
}

const SHORT = { events: 5, gap_ms: 0 };
const REPLIES_WARM = 2_000;
const REPLIES_ALL = 10_000;

/** Memory after 2,000 and after 10,000 replies, lane by lane; what grows between the two would grow for ever. */
export async function memory({ urls, pid }) {
  const name = (lane) => `workerd memory, growth from 2,000 to 10,000 replies, ${lane}`;
  const rows = [];
  for (const [lane, url] of Object.entries(urls)) {
    const target = lane === 'hearken' ? { target: { below: 8 } } : {};
    if (!pid) {
      rows.push({ name: name(lane), unit: 'MB', ...target, not_measured: NO_PROC });
      continue;
    }
    const replies = (count) => load(url, chatRequest(url, SHORT), { count, connections: 8, isGood: isWholeStream });
    const start_mb = rss_mb(pid);
    await replies(REPLIES_WARM);
    const warm_mb = rss_mb(pid);
    await replies(REPLIES_ALL - REPLIES_WARM);
    const end_mb = rss_mb(pid);
    rows.push({ name: name(lane), unit: 'MB', measured: end_mb - warm_mb, ...target, detail: { start_mb, after_2000_mb: warm_mb, after_10000_mb: end_mb } });
  }
  return rows;
}
