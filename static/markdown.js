// Reads the Markdown of a reply into blocks, so that it can be shown as it should look.
//
// Owns: what is structure and what is words. Every word keeps its place in the source, so that a voice can be marked in it.
// Invariant: what is shown is always a piece of the source, set as text: no HTML of a model is ever live. A link leads to the
// web or to a mail address, or it is words. Pure.
// Leaves out: footnotes, images (shown as links: a page that is spoken to asks no stranger for pictures), HTML.

/** Inline marks are not looked for in a block that is longer. */
const INLINE_CHARS_MAX = 8_000;
/** Emphasis inside emphasis, lists inside lists. */
const DEPTH_MAX = 6;

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^`\n]*$/;
const ITEM = /^([ \t]*)(?:([-*+])|(\d{1,9})[.)])[ \t]+/;

/** Whether a text has any mark at all: without one it is shown as it is. */
export function hasMarkdown(text) {
  return /[*_`~|]|^ {0,3}#{1,6} |^ {0,3}>|^[ \t]*(?:[-+]|\d{1,9}[.)])[ \t]+\S|\]\(|https?:\/\//m.test(text);
}

/**
 * Where the chunks of a text begin: what is between blank lines, a fence being one with all that is in it. From `from`, which
 * is the beginning of one; so a text that grows is read again from its last chunk alone.
 */
export function chunks(text, from = 0) {
  const starts = [];
  let fence = null;
  let isOpen = false;
  for (let at = from; at < text.length; ) {
    const end = endOfLine(text, at);
    const line = text.slice(at, end);
    const mark = FENCE.exec(line)?.[1];
    if (fence) {
      if (mark && mark[0] === fence[0] && mark.length >= fence.length) [fence, isOpen] = [null, false];
    } else if (line.trim() === '') isOpen = false;
    else if (!isOpen || mark) {
      starts.push(at);
      isOpen = true;
      fence = mark ?? null;
    }
    at = end + 1;
  }
  return starts;
}

/**
 * The blocks of a chunk from `start` to `end`: `{kind, ...}` with `kind` one of `paragraph`, `heading` (`level`), `code`
 * (`language`, `start`, `end`), `quote` (`blocks`), `list` (`isOrdered`, `first`, `items`, each with `blocks`), `table` (`rows` of
 * cells, the first being its head) and `rule`. Words are `pieces`: `{start, end, marks, href?}`.
 */
export function blocks(text, start, end) {
  const lines = [];
  for (let at = start; at < end; ) {
    const stop = Math.min(endOfLine(text, at), end);
    lines.push({ start: at, end: stop });
    at = stop + 1;
  }
  return read(text, lines, 0);
}

function endOfLine(text, at) {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function read(text, lines, depth) {
  const found = [];
  let words = []; // lines of a paragraph
  const of = ({ start, end }) => text.slice(start, end);
  const flush = () => {
    if (words.length > 0) found.push({ kind: 'paragraph', pieces: inline(text, words) });
    words = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const source = of(line);
    const fence = FENCE.exec(source);
    const heading = /^ {0,3}(#{1,6})[ \t]+/.exec(source);
    const quote = /^ {0,3}> ?/.exec(source);
    const item = ITEM.exec(source);
    if (fence) {
      flush();
      let stop = at + 1;
      const closes = (other) => new RegExp(`^ {0,3}${fence[1][0] === '`' ? '`' : '~'}{${fence[1].length},}[ \\t]*$`).test(of(other));
      while (stop < lines.length && !closes(lines[stop])) stop += 1;
      const [first, last] = [lines[at + 1], lines[stop - 1]];
      const isEmpty = stop === at + 1;
      found.push({ kind: 'code', language: fence[2], start: isEmpty ? line.end : first.start, end: isEmpty ? line.end : last.end });
      at = stop;
    } else if (heading) {
      flush();
      const close = /[ \t]+#+[ \t]*$/.exec(source);
      found.push({ kind: 'heading', level: heading[1].length, pieces: inline(text, [{ start: line.start + heading[0].length, end: line.end - (close?.[0].length ?? 0) }]) });
    } else if (/^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/.test(source)) {
      flush();
      found.push({ kind: 'rule' });
    } else if (quote && depth < DEPTH_MAX) {
      flush();
      const inside = [];
      for (; at < lines.length && /^ {0,3}>/.test(of(lines[at])); at += 1) {
        inside.push({ start: lines[at].start + /^ {0,3}> ?/.exec(of(lines[at]))[0].length, end: lines[at].end });
      }
      at -= 1;
      found.push({ kind: 'quote', blocks: read(text, inside, depth + 1) });
    } else if (item && depth < DEPTH_MAX) {
      flush();
      const own = [];
      const margin = item[1].length;
      for (; at < lines.length; at += 1) {
        const here = ITEM.exec(of(lines[at]));
        const isNext = here && here[1].length <= margin + 1 && Boolean(here[3]) === Boolean(item[3]);
        if (here && !isNext && here[1].length <= margin) break;
        if (isNext) own.push([{ start: lines[at].start + here[0].length, end: lines[at].end }]);
        else if (own.length === 0) break;
        else own.at(-1).push({ start: lines[at].start + Math.min(/^[ \t]*/.exec(of(lines[at]))[0].length, margin + 2), end: lines[at].end });
      }
      at -= 1;
      found.push({ kind: 'list', isOrdered: Boolean(item[3]), first: Number(item[3] ?? 1), items: own.map((inside) => ({ blocks: read(text, inside, depth + 1) })) });
    } else if (source.includes('|') && lines[at + 1] && /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/.test(of(lines[at + 1])) && of(lines[at + 1]).includes('-')) {
      flush();
      const rows = [cells(text, line)];
      for (at += 2; at < lines.length && of(lines[at]).includes('|'); at += 1) rows.push(cells(text, lines[at]));
      at -= 1;
      found.push({ kind: 'table', rows });
    } else if (source.trim() === '') flush();
    else words.push(line);
  }
  flush();
  return found;
}

function cells(text, { start, end }) {
  const found = [];
  let at = start + /^[ \t]*\|?/.exec(text.slice(start, end))[0].length;
  for (let from = at; at <= end; at += 1) {
    if (at < end && (text[at] !== '|' || text[at - 1] === '\\')) continue;
    if (at < end || text.slice(from, at).trim() !== '') found.push(inline(text, [trimmed(text, from, at)]));
    from = at + 1;
  }
  return found;
}

function trimmed(text, start, end) {
  const source = text.slice(start, end);
  return { start: start + /^\s*/.exec(source)[0].length, end: end - (source.trim() === '' ? 0 : /\s*$/.exec(source)[0].length) };
}

/** The pieces of some lines; between two of them stands the line break of the source. */
function inline(text, lines) {
  const pieces = [];
  const [from, to] = [lines[0].start, lines.at(-1).end];
  // Lines of a quote or a list have something unshown before them; each is then read by itself.
  const isWhole = lines.every((line, at) => at === 0 || line.start === lines[at - 1].end + 1);
  if (isWhole) {
    marked(text, from, to, [], undefined, pieces, 0);
    return pieces;
  }
  lines.forEach((line, at) => {
    if (at > 0) pieces.push({ start: lines[at - 1].end, end: lines[at - 1].end + 1, marks: [] });
    marked(text, line.start, line.end, [], undefined, pieces, 0);
  });
  return pieces;
}

const RULES = [
  { mark: 'code', find: /(`+)(?!`)([\s\S]*?[^`])\1(?!`)/y, inner: 2, isVerbatim: true },
  { mark: 'strong', find: /(\*\*|__)(?=\S)([\s\S]*?\S)\1/uy, inner: 2 },
  { mark: 'del', find: /(~~)(?=\S)([\s\S]*?\S)\1/y, inner: 2 },
  { mark: 'em', find: /(\*)(?=[^\s*])((?:\*\*(?=\S)[\s\S]*?\S\*\*|[^*])*?[^\s*]|\S)\1(?!\*)/y, inner: 2 },
  { mark: 'em', find: /(?<![\p{L}\p{N}_])(_)(?=[^\s_])([^_]*?[^\s_])\1(?![\p{L}\p{N}_])/uy, inner: 2 },
];
const LINK = /(!?)\[((?:\\.|[^[\]\\])*)\]\(\s*<?((?:\\.|[^\s()<>\\]|\((?:[^\s()]*)\))*)>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;
const ADDRESS = /<?(https?:\/\/[^\s<>()[\]"'`*]+[^\s<>()[\]"'`*.,;:!?])>?/y;
const WORDS = /[^\\`*_~[!h<]+/y;

function marked(text, start, end, marks, href, pieces, depth) {
  const say = (from, to) => {
    const last = pieces.at(-1);
    if (last && last.end === from && last.marks === marks && last.href === href) last.end = to;
    else if (to > from) pieces.push({ start: from, end: to, marks, ...(href ? { href } : {}) });
  };
  if (end - start > INLINE_CHARS_MAX || depth > DEPTH_MAX) return say(start, end);
  const source = text.slice(0, end);
  const at = (rule, place) => {
    rule.lastIndex = place;
    return rule.exec(source);
  };
  for (let place = start; place < end; ) {
    const plain = at(WORDS, place);
    if (plain) {
      say(place, place + plain[0].length);
      place += plain[0].length;
      continue;
    }
    if (source[place] === '\\' && /[!-/:-@[-`{-~]/.test(source[place + 1] ?? '')) {
      say(place + 1, place + 2);
      place += 2;
      continue;
    }
    const rule = RULES.map((own) => ({ own, match: at(own.find, place) })).find(({ match }) => match);
    const link = rule ? null : at(LINK, place);
    const address = rule || link ? null : at(ADDRESS, place);
    if (rule) {
      const { own, match } = rule;
      const from = place + match[1].length;
      const to = from + match[own.inner].length;
      const inside = [...marks, own.mark];
      if (own.isVerbatim) pieces.push({ start: from, end: to, marks: inside, ...(href ? { href } : {}) });
      else marked(text, from, to, inside, href, pieces, depth + 1);
      place += match[0].length;
    } else if (link && isSafe(link[3]) && link[2].trim() !== '') {
      const from = place + link[1].length + 1;
      marked(text, from, from + link[2].length, marks, link[3], pieces, depth + 1);
      place += link[0].length;
    } else if (address) {
      const from = place + (address[0].startsWith('<') ? 1 : 0);
      pieces.push({ start: from, end: from + address[1].length, marks, href: address[1] });
      place += address[0].length;
    } else {
      say(place, place + 1);
      place += 1;
    }
  }
  return undefined;
}

function isSafe(href) {
  return /^(?:https?:\/\/|mailto:)/i.test(href);
}
