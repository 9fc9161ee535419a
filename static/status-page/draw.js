// Elements and small charts. Text is only ever set as text.

const SVG = 'http://www.w3.org/2000/svg';

/** An element with classes, text or children. */
export function el(name, { className, text, ...attributes } = {}, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(key, value);
  node.append(...children.filter(Boolean));
  return node;
}

function svg(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const round = (number) => Math.round(number * 10) / 10;

/**
 * A line through values, null where there is none, with a dashed one at `goal`. The picture is for the eye alone: its words
 * stand beside it.
 */
export function sparkline(values, { goal, from = 0 } = {}) {
  const [width, height, pad] = [160, 40, 4];
  const known = values.filter((value) => value !== null);
  const most = Math.max(from + 1e-9, ...known, ...(known.length ? [goal ?? 0] : [])) * 1.08;
  const x = (place) => round(pad + (place * (width - 2 * pad)) / Math.max(1, values.length - 1));
  const y = (value) => round(height - pad - ((value - from) * (height - 2 * pad)) / (most - from));
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, class: 'spark', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  if (goal !== undefined && known.length) picture.append(svg('line', { x1: 0, x2: width, y1: y(goal), y2: y(goal), class: 'goal' }));
  for (const run of runs(values)) {
    const points = run.map(([place, value]) => `${x(place)},${y(value)}`);
    if (run.length > 1) {
      picture.append(svg('path', { d: `M${x(run[0][0])},${height} L${points.join(' L')} L${x(run.at(-1)[0])},${height} Z`, class: 'area' }));
      picture.append(svg('polyline', { points: points.join(' '), class: 'line' }));
    } else picture.append(svg('line', { x1: x(run[0][0]) - 3, x2: x(run[0][0]) + 3, y1: y(run[0][1]), y2: y(run[0][1]), class: 'line' }));
  }
  return picture;
}

/** Stretches of values without a gap, each as [place, value]. */
export function runs(values) {
  const found = [];
  values.forEach((value, place) => {
    if (value === null) return;
    if (place === 0 || values[place - 1] === null) found.push([]);
    found.at(-1).push([place, value]);
  });
  return found;
}

/** Bars by slot; `titles` say of each what it is. */
export function bars(values, titles) {
  const [width, height] = [600, 120];
  const most = Math.max(1, ...values);
  const step = width / values.length;
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, class: 'columns-chart', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  values.forEach((value, place) => {
    const tall = Math.max(value ? 3 : 1, round((value / most) * (height - 4)));
    const bar = svg('rect', { x: round(place * step + step * 0.14), y: height - tall, width: round(step * 0.72), height: tall, rx: 3, class: value ? 'bar' : 'bar none' });
    bar.append(svg('title', {}, titles[place]));
    picture.append(bar);
  });
  return picture;
}

/** A row with a name, a bar of `share` (0 to 1), a fainter one behind it, and words. */
export function barRow(name, { share, behind, words, more }) {
  const track = el('span', { className: 'track', 'aria-hidden': 'true' });
  for (const [part, className] of [[behind, 'behind'], [share, 'fill']]) {
    if (part === undefined || part === null) continue;
    const bar = el('i', { className });
    bar.style.setProperty('--share', `${Math.min(100, Math.max(0.8, part * 100))}%`);
    track.append(bar);
  }
  return el('div', { className: 'bar-row' }, el('span', { className: 'name', text: name }), el('span', { className: 'value', text: words }), track, more && el('span', { className: 'more', text: more }));
}

/** Terms and what they are. */
export function facts(pairs) {
  return pairs.map(([term, value]) => el('div', {}, el('dt', { text: term }), el('dd', { text: value })));
}
