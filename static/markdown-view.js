// Shows the Markdown of a reply while it grows and while it is said.
//
// Owns: the elements of the reply's blocks. Invariant: words are set as text, never as HTML; a block that did not change is
// left alone, so a long reply costs no more than its end.
// Leaves out: what is a block (markdown.js).

import { blocks, chunks } from './markdown.js';
import { t } from './words.js';

/** A view in `root`: `show(text, from, to)` shows all of it, what is said up to `from`, what is being said up to `to`. */
export function createMarkdownView(root) {
  let shown = []; // {start, end, key, element} for each chunk

  function show(text, from, to) {
    const kept = shown.length > 1 ? shown.slice(0, -1) : [];
    const begin = shown.at(-1)?.start ?? 0;
    const starts = chunks(text, begin);
    const next = starts.map((start, at) => ({ start, end: (starts[at + 1] ?? text.length) }));
    const all = [...kept, ...next];
    shown = all.map(({ start, end }, at) => {
      const before = shown[at];
      const key = `${end}:${clamp(from, start, end)}:${clamp(to, start, end)}`;
      if (before && before.start === start && before.key === key) return before;
      const element = document.createElement('div');
      element.className = 'block';
      element.dir = 'auto';
      element.append(...blocks(text, start, end).map((block) => build(text, block, from, to)));
      if (before) before.element.replaceWith(element);
      else root.append(element);
      return { start, end, key, element };
    });
  }

  return { show };
}

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

function build(text, block, from, to) {
  const own = (name, children) => {
    const element = document.createElement(name);
    element.append(...children);
    return element;
  };
  const inside = (list) => list.map((one) => build(text, one, from, to));
  const words = (pieces) => pieces.flatMap((piece) => said(text, piece, from, to));
  switch (block.kind) {
    // The page has a heading of its own; those of a reply stand below it.
    case 'heading':
      return own(`h${Math.min(block.level + 1, 6)}`, words(block.pieces));
    case 'rule':
      return document.createElement('hr');
    case 'quote':
      return own('blockquote', inside(block.blocks));
    case 'list': {
      const list = own(block.isOrdered ? 'ol' : 'ul', block.items.map((item) => own('li', inside(item.blocks))));
      if (block.isOrdered && block.first !== 1) list.start = block.first;
      return list;
    }
    case 'table': {
      const row = (cell) => (cells) => own('tr', cells.map((pieces) => own(cell, words(pieces))));
      const [head, ...rest] = block.rows;
      const box = own('div', [own('table', [own('thead', [row('th')(head)]), own('tbody', rest.map(row('td')))])]);
      box.className = 'wide';
      box.tabIndex = 0; // it scrolls by itself
      box.setAttribute('role', 'region');
      box.setAttribute('aria-label', t('table'));
      return box;
    }
    case 'code':
      return code(text, block, from, to);
    default:
      return own('p', words(block.pieces));
  }
}

function code(text, { language, start, end }, from, to) {
  const box = document.createElement('div');
  box.className = 'code';
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'quiet small copy';
  copy.textContent = t('copy');
  copy.addEventListener('click', async () => {
    const isCopied = await navigator.clipboard.writeText(text.slice(start, end)).then(
      () => true,
      () => false,
    );
    copy.textContent = t(isCopied ? 'copied' : 'notCopied');
    setTimeout(() => (copy.textContent = t('copy')), 2_000);
  });
  const source = document.createElement('pre');
  const inner = document.createElement('code');
  if (language) inner.dataset.language = language;
  inner.append(...said(text, { start, end, marks: [] }, from, to));
  source.tabIndex = 0;
  source.append(inner);
  box.append(copy, source);
  return box;
}

/** A piece of the source, parted where the voice is. */
function said(text, { start, end, marks, href }, from, to) {
  const parts = [
    ['spoken', start, clamp(from, start, end)],
    ['now', clamp(from, start, end), clamp(to, start, end)],
    ['rest', clamp(to, start, end), end],
  ];
  return parts
    .filter(([, begin, stop]) => stop > begin)
    .map(([name, begin, stop]) => {
      let element = document.createElement('span');
      element.className = name;
      element.append(text.slice(begin, stop));
      for (const mark of marks) {
        const outer = document.createElement(mark);
        outer.append(element);
        element = outer;
      }
      if (!href) return element;
      const link = document.createElement('a');
      link.href = href;
      link.target = '_blank';
      link.rel = 'noopener noreferrer nofollow';
      link.append(element);
      return link;
    });
}
