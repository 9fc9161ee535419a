// When is it the other's turn, beside Smart Turn: on the set of turns-set.mjs, what each cuts off in a pause and how long it
// waits. Smart Turn is asked as pipecat asks it: after 200 ms of silence, and 3 s of silence end a turn that it takes for open.

import { voiceAgentsPython } from '../../tests/examples/support.mjs';
import { Set, base64Of } from '../turns-set.mjs';
import { Ears, judge, median, mean } from '../turns.mjs';

const SEMANTIC = { type: 'semantic_vad', eagerness: 'medium' };
const ASKED_AFTER_MS = 200;
const GIVES_UP_AFTER_MS = 3_000;
/** From a pause to what a model says of it. */
const ANSWERS_AFTER_MS = 60;

/** What Smart Turn alone makes of turns. */
async function alone(model, turns) {
  const judged = [];
  for (const { base64: audio, pauses, ends_ms, kind } of turns) {
    const ends = await model.hear({ audio, at_ms: [...pauses.map(([from_ms]) => from_ms), ends_ms].map((ms) => ms + ASKED_AFTER_MS) });
    const isOver = ends.map((probability) => probability > 0.5);
    judged.push({ kind, pauses: pauses.length, cuts: isOver.slice(0, -1).filter(Boolean).length, wait_ms: isOver.at(-1) ? ASKED_AFTER_MS : GIVES_UP_AFTER_MS });
  }
  return judged;
}

const figures = (judged) => {
  const waits = (kind) => judged.filter((turn) => !kind || turn.kind === kind).map(({ wait_ms }) => wait_ms);
  const sum = (name) => judged.reduce((total, turn) => total + turn[name], 0);
  return { cut: (100 * sum('cuts')) / sum('pauses'), finished: median(waits('finished')), answer: Math.max(...waits('answer')), all: mean(waits()) };
};

/** The part of `--peers`. */
export async function turns() {
  const [set, ears] = [new Set(), new Ears()];
  const model = new Ears([await voiceAgentsPython(), 'bench/peers/smart_turn.py']);
  try {
    const all = await set.turns();
    for (const turn of all) {
      turn.base64 = base64Of(turn.sound);
      const pauses = (await ears.hear({ audio: turn.base64, detection: SEMANTIC, words: turn.bare })).filter(([name]) => name === 'pause').map(([, at_ms]) => at_ms);
      const ends = await model.hear({ audio: turn.base64, at_ms: pauses });
      turn.judged = pauses.map((at_ms, index) => [at_ms + ANSWERS_AFTER_MS, ends[index]]);
    }
    const ways = {
      hearken: (await judge(ears, all, SEMANTIC, 'bare')).judged,
      hearken_model: (await judge(ears, all, SEMANTIC, 'bare', true)).judged,
      smart_turn: await alone(model, all),
      silence: (await judge(ears, all, { type: 'server_vad', silence_duration_ms: 500 })).judged,
    };
    const of = Object.fromEntries(Object.entries(ways).map(([way, judged]) => [way, figures(judged)]));
    const row = (figure, name, unit) => ({ figure, unit, better: 'less', values: Object.fromEntries(Object.entries(of).map(([way, all]) => [way, all[name]])) });
    return {
      columns: { hearken: 'hearken, `semantic_vad` with words', hearken_model: 'hearken with words and Smart Turn (`END_OF_TURN`)', smart_turn: 'Smart Turn v3.2 as pipecat asks it', silence: '500 ms of silence' },
      rows: [
        row('planted pauses of 300 to 1,500 ms in which the turn was cut off', 'cut', '%'),
        row('wait after a finished sentence, median', 'finished', 'ms'),
        row('wait after a one-word answer, longest', 'answer', 'ms'),
        row('wait after all turns, mean', 'all', 'ms'),
      ],
      missing: [],
      note: 'The voices are synthetic (eSpeak): their melody at a pause is a full stop\'s or a comma\'s, never a hesitation\'s, and a model that hears melody has less to go by than with people.',
    };
  } finally {
    ears.close();
    model.close();
    await set.close();
  }
}
