// The status page: asks every few seconds, and shows what it is told. Under AUTH=required it asks for a key first.

import { createSettings } from '../settings.js';
import { barRow, bars, el, facts, sparkline } from './draw.js';
import { BREAKER, bytes, clock, count, dollars, duration, listed, share, summary, TARGETS, verdict } from './words.js';

const EVERY_MS = 5_000;
/** Figures older than this are told as old. */
const OLD_MS = 20_000;
const PHRASES = 6;
const STEPS = 7;

const $ = (id) => document.getElementById(id);
const settings = createSettings();
let chosen = '1h';
let shown_at_ms = 0;
let timer;
let asking;

async function ask(path, signal) {
  const headers = settings.key ? { authorization: `Bearer ${settings.key}` } : {};
  const response = await fetch(path, { headers, cache: 'no-store', signal });
  if (!response.ok) throw Object.assign(new Error(response.statusText), { status: response.status });
  return response.json();
}

async function refresh() {
  clearTimeout(timer);
  asking?.abort();
  const own = (asking = new AbortController());
  try {
    const [stats, phrases] = await Promise.all([
      ask(`/admin/stats?window=${chosen}`, own.signal),
      ask(`/admin/phrases?limit=${PHRASES}`, own.signal).catch((error) => (error.status === 503 ? { data: [] } : Promise.reject(error))),
    ]);
    show(stats, phrases.data);
    shown_at_ms = Date.now();
  } catch (error) {
    if (own.signal.aborted) return;
    if (error.status === 401 || error.status === 403) return askForKey(Boolean(settings.key));
  }
  live();
  if (!document.hidden) timer = setTimeout(refresh, EVERY_MS);
}

function live() {
  const age_ms = Date.now() - shown_at_ms;
  const isOld = age_ms > OLD_MS;
  $('live').dataset.state = isOld ? 'old' : 'live';
  const words = shown_at_ms === 0 ? 'cannot reach the server' : isOld ? `last heard ${duration(Math.round(age_ms / 1_000) * 1_000)} ago` : 'live';
  if ($('live-words').textContent !== words) $('live-words').textContent = words;
}

function askForKey(isRefused) {
  $('key-refused').hidden = !isRefused;
  $('key').hidden = false;
  if (!$('key-dialog').open) $('key-dialog').showModal();
  $('key-input').select();
}

function show(stats, phrases) {
  const [headline, more] = summary(stats.targets);
  $('summary').textContent = headline;
  $('summary-more').textContent = more;
  $('targets').replaceChildren(...stats.targets.map(card));
  showTraffic(stats);
  showHeard(stats.listening);
  showSteps(stats.steps);
  showProviders(stats);
  showCaches(stats.caches);
  const said = phrases.filter(({ count: times }) => times > 0);
  $('phrases').replaceChildren(...(said.length ? said.map(phrase) : [el('li', { className: 'note', text: 'Nothing has been said often yet.' })]));
  showCost(stats.cost);
  $('key').hidden = !settings.key;
  document.documentElement.dataset.shown = stats.window;
}

function card(target) {
  const { name, unit, rating, p50, p95, p99, goal = target.target, stretch, trend } = target;
  const figure = unit === 'ratio' ? share : duration;
  const [title, what] = TARGETS[name] ?? [name, ''];
  const [word, meaning] = verdict(target);
  const spread = unit === 'ratio' ? `of ${count(target.count)} phrases` : `half within ${figure(p50)}, 99 in 100 within ${figure(p99)}`;
  return el('li', { className: 'card', 'data-rating': rating, 'data-name': name },
    el('div', { className: 'card-head' }, el('h3', { text: title }), el('span', { className: 'verdict', text: word, title: meaning })),
    el('p', { className: 'what', text: what }),
    el('p', { className: 'figure' }, el('strong', { text: figure(p95) }), el('span', { text: unit === 'ratio' ? '' : '95 in 100 within' })),
    sparkline(trend.map(({ value }) => value), { goal }),
    el('p', { className: 'fine', text: target.count ? spread : meaning }),
    el('p', { className: 'fine', text: `goal ${figure(goal)}, at best ${figure(stretch)}` }));
}

function showTraffic({ trend, traffic }) {
  const label = (point) => `${clock(point.at)}: ${count(point.requests)} requests${point.turn_p95 === null ? '' : `, turns within ${duration(point.turn_p95)}`}`;
  const middle = trend[Math.floor(trend.length / 2)];
  $('traffic').replaceChildren(bars(trend.map(({ requests }) => requests), trend.map(label)),
    el('figcaption', { className: 'axis' }, el('span', { text: clock(trend[0].at) }), el('span', { text: clock(middle.at) }), el('span', { text: 'now' })));
  $('traffic-facts').replaceChildren(...facts([
    ['requests', count(traffic.requests)], ['a second', count(traffic.requests_per_second)], ['people now', count(traffic.people_active)],
    ['under way', count(traffic.in_flight)], ['errors', count(traffic.errors)], ['left early', count(traffic.client_aborts)],
    ['other provider', count(traffic.fallbacks)], ['phrases waiting', count(traffic.speech_queue)], ['messages to remember', count(traffic.extraction_pending)],
    ['bytes saved by Opus', bytes(traffic.audio_bytes_saved)],
  ]));
}

function showHeard({ first_audio, heard }) {
  const most = Math.max(first_audio.p95 ?? 0, heard.p95 ?? 0, 1);
  const row = (name, { p50, p95, count: many }) => barRow(name, { share: p50 === null ? null : p50 / most, behind: p95 === null ? null : p95 / most, words: duration(p50), more: many ? `95 in 100 within ${duration(p95)}` : 'no data yet' });
  const gap = first_audio.p50 === null || heard.p50 === null ? undefined : el('p', { className: 'note', text: `What a dashboard of servers would not show: ${duration(Math.max(0, heard.p50 - first_audio.p50))}.` });
  $('heard').replaceChildren(row('sent by the server', first_audio), row('heard by the person', heard), ...(gap ? [gap] : []));
}

function showSteps(steps) {
  const slowest = steps.slice(0, STEPS);
  const most = Math.max(1, ...slowest.map(({ p95 }) => p95 ?? 0));
  const rows = slowest.map(({ name, p50, p95 }) => barRow(name, { share: p50 / most, behind: p95 / most, words: `${duration(p50)} · ${duration(p95)}` }));
  $('steps').replaceChildren(...(rows.length ? rows : [el('p', { className: 'note', text: 'No turn in this window yet.' })]));
}

function showProviders({ breakers, providers }) {
  const head = ['What for', 'Who', 'First byte', 'Whole answer', 'Calls', 'Cost', 'Breaker'];
  const rows = breakers.map((breaker) => {
    const used = providers.find(({ operation, provider, model }) => operation === breaker.operation && provider === breaker.provider && model === breaker.model);
    const cost = !used ? '–' : used.unpriced_calls ? 'no price known' : dollars(used.cost_usd);
    const state = el('span', { className: 'breaker', 'data-state': breaker.state, text: BREAKER[breaker.state] ?? breaker.state, title: breaker.success_rate === null ? undefined : `${share(breaker.success_rate)} of the last ${breaker.samples} were good` });
    return el('tr', {},
      el('td', { text: breaker.operation }),
      el('th', { scope: 'row' }, el('span', { text: breaker.provider }), el('small', { text: breaker.model })),
      el('td', { text: used ? `${duration(used.first.p50)} · ${duration(used.first.p95)}` : '–' }),
      el('td', { text: used?.duration.count ? `${duration(used.duration.p50)} · ${duration(used.duration.p95)}` : '–' }),
      el('td', { text: count(used?.first.count ?? 0) }),
      el('td', { text: cost }),
      el('td', {}, state));
  });
  $('providers').replaceChildren(el('thead', {}, el('tr', {}, ...head.map((text) => el('th', { scope: 'col', text })))), el('tbody', {}, ...rows));
}

function showCaches(caches) {
  const names = { phrase: 'phrases', recall: 'memory searches', embedding: 'embeddings' };
  $('caches').replaceChildren(...caches.map(({ name, hit_ratio, lookups, entries, bytes: size, evictions }) => barRow(names[name] ?? name, {
    share: hit_ratio, words: share(hit_ratio), more: `${count(lookups)} look-ups, ${count(entries)} entries in ${bytes(size)}${evictions ? `, ${count(evictions)} pushed out` : ''}`,
  })));
}

function phrase({ text, count: times, people, cached }) {
  return el('li', {}, el('span', { className: 'words', text }), el('span', { className: 'fine', text: `${count(times)} times, ${count(people)} ${people === 1 ? 'person' : 'people'}${cached.length ? ', at hand' : ''}` }));
}

function showCost({ as_of, usd, usd_per_turn, usd_per_minute, unpriced, tokens_in, tokens_out, characters }) {
  $('cost').replaceChildren(...facts([
    ['in this window', dollars(usd)], ['a turn', dollars(usd_per_turn)], ['a minute of talk', dollars(usd_per_minute)],
    ['tokens read', count(tokens_in)], ['tokens written', count(tokens_out)], ['characters spoken', count(characters)],
  ]));
  const unknown = unpriced.map((target) => target.split(':').slice(1).join(':'));
  $('cost-note').textContent = `List prices of ${as_of}.${unknown.length ? ` Without a price, so not in these figures: ${listed(unknown)}.` : ''}`;
}

for (const button of document.querySelectorAll('[data-window]')) {
  button.addEventListener('click', () => {
    chosen = button.dataset.window;
    for (const other of document.querySelectorAll('[data-window]')) other.setAttribute('aria-pressed', String(other === button));
    refresh();
  });
}
$('key').addEventListener('click', () => askForKey(false));
$('key-form').addEventListener('submit', () => {
  settings.key = $('key-input').value.trim();
  $('key-input').value = '';
  refresh();
});
document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(timer) : refresh()));
setInterval(live, 1_000);
refresh();
