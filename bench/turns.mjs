// When is it the other's turn: the detector of src/realtime/detection.rs, run natively on the set of turns-set.mjs, beside
// silence alone. Figures: turns cut off in a planted pause, the wait after a finished sentence, and interruptions.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ROOT } from '../scripts/setup.mjs';
import { RATE_HZ, SETS, Set, base64Of } from './turns-set.mjs';

const SEMANTIC = { type: 'semantic_vad', eagerness: 'medium' };
/** Overlap after which an interruption must have been understood. */
const OVERLAP_MS = 500;
const SILENCES_MS = [200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1_000, 1_200, 1_400, 1_600];

/** The pure detector, a line in and a line out. */
export class Ears {
  #child; #lines;

  constructor(command = ['cargo', 'run', '-q', '--release', '--example', 'replay', '--', 'turns']) {
    this.#child = spawn(command[0], command.slice(1), { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The signals `[name, at_ms]` of one sound. */
  async hear(line) {
    if (!this.#child.stdin.write(`${JSON.stringify(line)}\n`)) await once(this.#child.stdin, 'drain');
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the detector has ended');
    const signals = JSON.parse(value);
    if (signals.error) throw new Error(signals.error);
    return signals;
  }

  close() {
    this.#child.stdin.end();
  }
}

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (part, whole) => (whole === 0 ? 0 : (100 * part) / whole);

/** How one way of detecting does on turns: `words` is `bare`, `marked` or undefined, `isJudged` hands on what a model says of the pauses. */
export async function judge(ears, turns, detection, words, isJudged = false) {
  const judged = [];
  for (const turn of turns) {
    const audio = (turn.base64 ??= base64Of(turn.sound));
    const signals = await ears.hear({ audio, detection, words: words && turn[words], judged: isJudged ? turn.judged : undefined });
    const stops = signals.filter(([name]) => name === 'stopped').map(([, at_ms]) => at_ms);
    const cuts = turn.pauses.filter(([from_ms, to_ms]) => stops.some((at_ms) => at_ms >= from_ms && at_ms <= to_ms + 60)).length;
    const end = stops.find((at_ms) => at_ms > turn.ends_ms - 60);
    judged.push({ kind: turn.kind, text: turn.text, pauses: turn.pauses.length, cuts, wait_ms: end === undefined ? Infinity : end - turn.ends_ms });
  }
  const of = (kind) => judged.filter((turn) => turn.kind === kind).map(({ wait_ms }) => wait_ms);
  const sum = (name) => judged.reduce((total, turn) => total + turn[name], 0);
  return {
    judged, cut_percent: share(sum('cuts'), sum('pauses')), mean_wait_ms: mean(judged.map(({ wait_ms }) => wait_ms)),
    finished_ms: median(of('finished')), answer_ms: Math.max(...of('answer')),
  };
}

/** How many turns silence alone cuts when it waits as long on average. */
async function silenceAt(ears, turns, wait_ms) {
  let before;
  for (const silence_duration_ms of SILENCES_MS) {
    const after = await judge(ears, turns, { type: 'server_vad', silence_duration_ms });
    if (after.mean_wait_ms >= wait_ms) {
      if (!before) return after.cut_percent;
      const part = (wait_ms - before.mean_wait_ms) / (after.mean_wait_ms - before.mean_wait_ms);
      return before.cut_percent + (after.cut_percent - before.cut_percent) * part;
    }
    before = after;
  }
  return before.cut_percent;
}

/** Which overlaps stop the reply. */
export async function interruptions(ears, overlaps, hasWords) {
  const judged = [];
  for (const overlap of overlaps) {
    const { from_ms, reply, replying, words } = overlap;
    const audio = (overlap.base64 ??= base64Of(overlap.sound));
    const played = (overlap.played64 ??= base64Of(overlap.played));
    const signals = await ears.hear({ audio, played, reply, replying, detection: SEMANTIC, words: hasWords ? words : undefined });
    const stop = signals.find(([name]) => name === 'barge_in')?.[1];
    judged.push({ ...overlap, stop_ms: stop === undefined ? undefined : stop - from_ms });
  }
  const stopped = judged.filter(({ stop_ms }) => stop_ms !== undefined);
  const isRight = ({ is_interruption, stop_ms }) => is_interruption && stop_ms >= 0;
  const meant = judged.filter(({ is_interruption }) => is_interruption);
  return {
    judged,
    precision_percent: share(stopped.filter(isRight).length, stopped.length),
    recall_percent: share(meant.filter((overlap) => isRight(overlap) && overlap.stop_ms <= OVERLAP_MS).length, meant.length),
    stop_ms: median(stopped.filter(isRight).map(({ stop_ms }) => stop_ms)),
  };
}

/** Milliseconds for 100 ms of sound while a reply is played, over what reading the line takes; the best of three, because the machine does other things, too. */
async function cost(ears, overlaps) {
  const took = async (detection) => {
    const began = performance.now();
    for (const { base64: audio, played64: played, reply, replying } of overlaps) await ears.hear({ audio, played, reply, replying, detection });
    return performance.now() - began;
  };
  const best = async (detection) => Math.min(await took(detection), await took(detection), await took(detection));
  const [read_ms, heard_ms] = [await best({ type: 'none' }), await best(SEMANTIC)];
  return (heard_ms - read_ms) / overlaps.reduce((sum, { sound }) => sum + sound.length / (RATE_HZ / 10), 0);
}

export async function turns() {
  const set = new Set();
  const ears = new Ears();
  try {
    const [all, overlaps] = [await set.turns(), {}];
    for (const name of Object.keys(SETS)) overlaps[name] = await set.overlaps(name);
    const rows = [];
    for (const words of ['bare', 'marked']) {
      const got = await judge(ears, all, SEMANTIC, words);
      const silence_percent = await silenceAt(ears, all, got.mean_wait_ms);
      const kinds = [...new globalThis.Set(got.judged.filter(({ pauses }) => pauses > 0).map(({ kind }) => kind))];
      const cutOf = (kind) => {
        const these = got.judged.filter((turn) => turn.kind === kind);
        return share(these.reduce((sum, { cuts }) => sum + cuts, 0), these.reduce((sum, { pauses }) => sum + pauses, 0));
      };
      const name = words === 'bare' ? 'words without marks' : 'words with a full stop at every pause';
      rows.push(
        { name: `turns cut off in a pause, ${name}: share of silence's at equal waiting`, measured: share(got.cut_percent, silence_percent), unit: '%', target: { at_most: 50 },
          detail: { cut_percent: got.cut_percent, silence_percent, mean_wait_ms: got.mean_wait_ms, ...Object.fromEntries(kinds.map((kind) => [`${kind}_percent`, cutOf(kind)])) } },
        { name: `wait after a finished sentence, ${name}, median`, measured: got.finished_ms, unit: 'ms', target: { at_most: 350 } },
        { name: `wait after a one-word answer, ${name}, longest`, measured: got.answer_ms, unit: 'ms', target: { at_most: 400 } },
      );
    }
    for (const [set_name, hasWords] of Object.keys(SETS).flatMap((name) => [[name, true], [name, false]])) {
      const got = await interruptions(ears, overlaps[set_name], hasWords);
      const name = `${hasWords ? 'with words' : 'by sound alone'}${{ own: '', held_out: ', held out', unseen: ', unseen' }[set_name]}`;
      rows.push(
        { name: `interruptions understood within ${OVERLAP_MS} ms of overlap, ${name}`, measured: got.recall_percent, unit: '%', target: { at_least: 99 }, detail: { stop_ms: got.stop_ms } },
        { name: `stops that were meant, ${name}`, measured: got.precision_percent, unit: '%', target: { at_least: 90 } },
      );
    }
    rows.push({ name: 'detection, for 100 ms of sound over a reply', measured: await cost(ears, overlaps.own), unit: 'ms', target: { at_most: 0.15 } });
    return rows;
  } finally {
    ears.close();
    await set.close();
  }
}
