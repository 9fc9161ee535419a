// Figures in words: what a person reads instead of a number, or beside it. Pure.

/** What each target is, in words. */
export const TARGETS = {
  memory_extraction: ['Remembering', 'from a batch of messages to memories'],
  memory_retrieval: ['Recalling', 'the memories that fit a turn'],
  transcription: ['Hearing', 'from a recording to its words'],
  synthesis: ['Speaking', 'from a text to its first sound'],
  turn: ['A whole turn', 'from a request to the end of its reply'],
  phrase_hit_ratio: ['Phrases at hand', 'served without being made'],
};

/** Milliseconds as `12 ms`, `1.24 s`, `2 min`. */
export function duration(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trimmed(ms / 1_000, ms < 10_000 ? 2 : 1)} s`;
  return `${trimmed(ms / 60_000, 1)} min`;
}

/** A share as `93 %`, with a digit more where it is nearly all. */
export function share(ratio) {
  if (ratio === null || ratio === undefined) return '–';
  return `${trimmed(ratio * 100, ratio > 0.99 && ratio < 1 ? 1 : 0)} %`;
}

/** `1,234`, `56 k`, `7.8 M`. */
export function count(number) {
  if (!Number.isFinite(number)) return '–';
  if (number >= 999_500) return `${trimmed(number / 1e6, 1)} M`;
  if (number >= 10_000) return `${Math.round(number / 1e3)} k`;
  if (number < 0.1 && number > 0) return String(Number(number.toPrecision(1)));
  if (number < 10 && number % 1) return trimmed(number, 2);
  return Math.round(number).toLocaleString('en');
}

/** Bytes as `812 B`, `3.4 MB`. */
export function bytes(number) {
  if (!number) return '0 B';
  const place = Math.min(3, Math.floor(Math.log10(number) / 3));
  return `${trimmed(number / 1_000 ** place, place ? 1 : 0)} ${['B', 'kB', 'MB', 'GB'][place]}`;
}

/** Dollars with as many digits as say something. */
export function dollars(usd) {
  if (usd === null || usd === undefined) return '–';
  if (usd === 0) return '$0';
  return usd >= 1 ? `$${usd.toFixed(2)}` : `$${Number(usd.toPrecision(2))}`;
}

/** How a target fares, in words: [what it is, a sentence]. */
export function verdict({ rating, p95, stretch, unit }) {
  const isBest = p95 !== null && (unit === 'ratio' ? p95 >= stretch : p95 <= stretch);
  if (rating === 'green' && isBest) return ['at its best', 'better than the stretch goal'];
  return {
    green: ['on target', 'meets its goal'],
    amber: unit === 'ratio' ? ['nearly', 'a little short of its goal'] : ['now and then late', 'most are in time, the slowest are not'],
    red: ['off target', 'misses its goal'],
    none: ['no data yet', 'nothing has happened in this window'],
  }[rating];
}

/** The whole in one sentence, and one more. */
export function summary(targets) {
  const measured = targets.filter(({ rating }) => rating !== 'none');
  const names = (rating) => measured.filter((target) => target.rating === rating).map(({ name }) => TARGETS[name]?.[0].toLowerCase() ?? name);
  const [late, missed] = [names('amber'), names('red')];
  if (measured.length === 0) return ['Quiet.', 'Nothing has happened in this window yet.'];
  if (missed.length) return [`${sentence(listed(missed))} ${missed.length > 1 ? 'need' : 'needs'} a look.`, `${measured.length - missed.length} of ${measured.length} measured targets are met or nearly.`];
  if (late.length) return ['Well, with a slow moment.', `${sentence(listed(late))} ${late.length > 1 ? 'are' : 'is'} late now and then.`];
  return ['All is well.', `${measured.length === 1 ? 'The one measured target is' : `All ${measured.length} measured targets are`} met.`];
}

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words) => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`);

/** A breaker's state as people say it. */
export const BREAKER = { closed: 'serving', open: 'resting', half_open: 'being tried', forced_open: 'switched off', disabled: 'always asked' };

/** When a slot was: `14:05`, `14:00`. */
export const clock = (seconds) => new Date(seconds * 1_000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const trimmed = (number, digits) => String(Number(number.toFixed(digits)));
