// Cuts streamed text into sentences to speak and to announce.
//
// Owns: where a sentence ends while its text still arrives, and what of it is speakable.
// Invariant: the pieces, joined, hold every character of the text in order; any split of the input into chunks gives
// the same pieces.
// Leaves out: time. A simple cutter for the page; the server's own cutter replaces it once speech comes in one stream.

/** A piece that grows past this is cut at a clause or a word, so that a long breath does not delay the voice. */
export const PIECE_LENGTH_MAX = 280;

/** Shorter pieces wait for the next one: speech of one word at a time sounds chopped. */
export const PIECE_LENGTH_MIN = 12;

const ABBREVIATION = /(?:^|[\s("'“‘])(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|approx|jr|sr|a\.m|p\.m|\p{L})\.$/iu;
const LIST_NUMBER = /(?:^|\n)\s*\d{1,3}\.$/u;
const END_MARK = /[.!?…]/u;
const CLOSERS = /["'”’)\]*_]/u;
const WIDE_END_MARK = /[。！？｡؟।]/u;

/** A fed cutter: `push(text)` and `flush()` return the pieces that became complete, whitespace included. */
export function createCutter() {
  let held = '';

  function push(text) {
    const pieces = [];
    for (const character of text) {
      const end = endBefore(held, character);
      held += character;
      if (end) {
        pieces.push(held.slice(0, -character.length));
        held = character;
      } else if (held.length >= PIECE_LENGTH_MAX) {
        const at = softEnd(held);
        pieces.push(held.slice(0, at));
        held = held.slice(at);
      }
    }
    return pieces.filter((piece) => piece !== '');
  }

  function flush() {
    const rest = held;
    held = '';
    return rest === '' ? [] : [rest];
  }

  return { push, flush };
}

/** True when `held` is a whole sentence now that `next` follows it. */
function endBefore(held, next) {
  const core = held.trimEnd();
  if (core === '') return false;
  const spaced = core.length < held.length;
  if (/\n\s*\n\s*$/u.test(held) && !/\s/u.test(next)) return true;
  if (core.trimStart().length < PIECE_LENGTH_MIN && !WIDE_END_MARK.test(core)) return false;
  if (WIDE_END_MARK.test(core.at(-1))) return !WIDE_END_MARK.test(next) && !CLOSERS.test(next) && next !== '」';
  if (!spaced || /\s/u.test(next)) return false;
  const bare = withoutClosers(core);
  if (!END_MARK.test(bare.at(-1) ?? '')) return held.slice(core.length).includes('\n');
  return !(ABBREVIATION.test(bare) && !/\bI\.$/u.test(bare)) && !LIST_NUMBER.test(bare);
}

function withoutClosers(text) {
  let end = text.length;
  while (end > 0 && CLOSERS.test(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

/** The best place to cut a piece that is too long: after a clause, else after a word, else at the very end. */
function softEnd(text) {
  const clause = Math.max(...[', ', '; ', ': ', ' – ', ' — '].map((mark) => text.lastIndexOf(mark) + mark.length));
  if (clause > PIECE_LENGTH_MAX / 3) return clause;
  const word = text.lastIndexOf(' ') + 1;
  return word > PIECE_LENGTH_MAX / 3 ? word : text.length;
}

/** What a voice should say of a piece: no Markdown marks, code blocks, link targets or pictographs. May be empty. */
export function speakable(piece) {
  const text = piece
    .replace(/```[\s\S]*?(?:```|$)/gu, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/gu, '$1')
    .replace(/https?:\/\/(?:www\.)?([^\s/]+)\S*/gu, '$1')
    .replace(/^\s{0,3}(?:#{1,6}|>|[-*+])\s+/gmu, '')
    .replace(/[*_`~|]+/gu, '')
    .replace(/[\p{Extended_Pictographic}\u{FE0F}\u{200D}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
  return /[\p{L}\p{N}]/u.test(text) ? text : '';
}
