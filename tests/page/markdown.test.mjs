import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocks, chunks, hasMarkdown } from '../../static/markdown.js';

/** The blocks of a text, their words as `marks:words`. */
function read(text) {
  const starts = chunks(text);
  const said = (pieces) => pieces.map(({ start, end, marks, href }) => `${marks.join('+')}${href ? `>${href}` : ''}:${text.slice(start, end)}`);
  const plain = (block) => ({
    ...block,
    ...(block.pieces ? { pieces: said(block.pieces) } : {}),
    ...(block.rows ? { rows: block.rows.map((row) => row.map(said)) } : {}),
    ...(block.blocks ? { blocks: block.blocks.map(plain) } : {}),
    ...(block.items ? { items: block.items.map((item) => item.blocks.map(plain)) } : {}),
    ...(block.kind === 'code' ? { code: text.slice(block.start, block.end), start: undefined, end: undefined } : {}),
  });
  return starts.flatMap((start, at) => blocks(text, start, starts[at + 1] ?? text.length)).map(plain);
}
const words = (text) => read(text)[0].pieces;

test('emphasis, code, links and addresses', () => {
  for (const [text, pieces] of [
    ['a **b _c_** d', [':a ', 'strong:b ', 'strong+em:c', ': d']],
    ['`x *y*` and ``a ` b``', ['code:x *y*', ': and ', 'code:a ` b']],
    ['[a *b*](https://c.d/e_(f)) ~~g~~', ['>https://c.d/e_(f):a ', 'em>https://c.d/e_(f):b', ': ', 'del:g']],
    ['see https://a.b/c_d_e. Done', [':see ', '>https://a.b/c_d_e:https://a.b/c_d_e', ':. Done']],
    ['2 * 3 * 4, snake_case_name, **open', [':2 * 3 * 4, snake_case_name, **open']],
    ['\\*no\\* <b>x</b>', [':*no', ':* <b>x</b>']],
    ['[x](javascript:alert(1)) [y](data:text/html,z) ![p](https://a.b/p.png)', [':[x](javascript:alert(1)) [y](data:text/html,z) ', '>https://a.b/p.png:p']],
  ]) assert.deepEqual(words(text), pieces, text);
});

test('blocks, nested, open or closed', () => {
  assert.deepEqual(read('## Hi *x* ##'), [{ kind: 'heading', level: 2, pieces: [':Hi ', 'em:x'] }]);
  assert.deepEqual(read('```js\na\n\nb\n```\nc').map(({ kind, code }) => code ?? kind), ['a\n\nb', 'paragraph']);
  assert.deepEqual(read('```\nopen\n\nstill')[0].code, 'open\n\nstill');
  const [list] = read('3. one\n   more\n4. two\n   - in');
  assert.deepEqual([list.isOrdered, list.first, list.items.length], [true, 3, 2]);
  assert.equal(list.items[1][1].kind, 'list');
  assert.deepEqual(read('> a\n> - b')[0].blocks.map(({ kind }) => kind), ['paragraph', 'list']);
  assert.deepEqual(read('|a|b|\n|-|:-:|\n|1|x \\| y|')[0].rows, [[[':a'], [':b']], [[':1'], [':x ', ':| y']]]);
  assert.deepEqual(read('a\n\n---\n\nb').map(({ kind }) => kind), ['paragraph', 'rule', 'paragraph']);
});

test('a text that grows is read from its last chunk on as if it had been whole', () => {
  const text = 'a\n\n```\nx\n\ny\n```\n\n- b\n- c\n\nd';
  for (let at = 1; at <= text.length; at += 1) {
    const grown = text.slice(0, at);
    const last = chunks(grown).at(-1) ?? 0;
    const begun = chunks(text).filter((start) => start < last);
    assert.deepEqual([...begun, ...chunks(text, last)], chunks(text), JSON.stringify(grown));
  }
});

test('plain words are told from Markdown', () => {
  for (const text of ['I hear you.', 'A dash - here.', 'It is 3.5 or 4. Maybe.', 'Dr. Smith (again) said so!', '']) assert.equal(hasMarkdown(text), false, text);
  for (const text of ['**a**', '- a', '1. a', '# a', '> a', '`a`', 'see https://a.b', '[a](b)']) assert.equal(hasMarkdown(text), true, text);
});

test('no text takes long, whatever its marks', () => {
  for (const mark of ['*', '_', '`', '[', '**a', '~~', '![', '<', '*a **b ', '[a](', '|', '> ', '- ']) {
    const text = mark.repeat(20_000 / mark.length);
    const began = performance.now();
    read(text);
    assert.ok(performance.now() - began < 2_000, `${mark}: ${performance.now() - began} ms`);
  }
});
