// Finds spoken phrases in the text of a reply, so that the words on the page keep step with the voice; and tells when the
// microphone heard nothing but that voice.
//
// Owns: the comparisons. A phrase is what is said: without Markdown, link targets, code or pictographs, its spaces made
// one; so only letters and digits are compared.
// Invariant: positions only grow, and none lies beyond the text. Pure.
// Leaves out: when a phrase is heard (speech/cues.js) and how it looks (conversation.js).

const COUNTS = /[\p{L}\p{M}\p{N}]/u;

/** What may follow the last letter of a phrase and still belongs to it: marks, closing signs and pictographs. */
const TAIL = /^(?:[^\p{L}\p{N}\s]|\s+(?=\p{Extended_Pictographic}))+/u;

/** A phrase that is not found as a whole is looked for by so many of its last letters and digits. */
const LAST_CHARACTERS = 10;

/** How far ahead a phrase is looked for: behind a link or a block of code that is not said. */
const AHEAD_MAX = 4_000;

/** The end of `phrase` in `text`, as an index, looked for from `from` on; `from` itself where nothing of it is found. */
export function endOfPhrase(text, phrase, from) {
  const { folded, places } = fold(text.slice(0, from + phrase.length + AHEAD_MAX), from);
  const sought = fold(phrase, 0).folded;
  if (sought === '') return from;
  const at = folded.indexOf(sought);
  const tail = sought.slice(-LAST_CHARACTERS);
  // A phrase that reads otherwise than it is written ("$5", a link) still ends about where its letters say.
  const tailAt = at === -1 ? folded.indexOf(tail) : at + sought.length - tail.length;
  const last = tailAt === -1 || tailAt > sought.length * 2 + tail.length * 4 ? Math.min(sought.length, folded.length) - 1 : tailAt + tail.length - 1;
  if (last < 0) return from;
  const end = places[last];
  return end + (TAIL.exec(text.slice(end))?.[0].length ?? 0);
}

/** From so many words on, and so large a share of them, what was heard is taken for an echo of what was said. */
const ECHO_WORDS_MIN = 4;
const ECHO_SHARE_MIN = 0.8;

/** Whether what a microphone heard is what hearken itself said: then its voice was not taken out of the microphone. */
export function isEchoOf(heard, said) {
  const known = new Set(wordsOf(said));
  const words = wordsOf(heard);
  return words.length >= ECHO_WORDS_MIN && words.filter((word) => known.has(word)).length >= words.length * ECHO_SHARE_MIN;
}

function wordsOf(text) {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/** Letters and digits of a text from an index on, in lower case, and for each unit of them the index behind its source. */
function fold(text, from) {
  const places = [];
  let folded = '';
  let at = from;
  for (const character of text.slice(from)) {
    at += character.length;
    if (!COUNTS.test(character)) continue;
    const lower = character.toLowerCase();
    folded += lower;
    for (let unit = 0; unit < lower.length; unit += 1) places.push(at);
  }
  return { folded, places };
}
