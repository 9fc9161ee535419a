// Which file of the Worker uses what of which other, read off the paths in its source.

/** `a::{b, c::{d, e}}` as the paths it stands for. */
function spread(tree) {
  const open = tree.indexOf('{');
  if (open < 0) return [tree.replace(/\sas\s.*/s, '').trim()];
  const parts = [];
  let [depth, from] = [0, open + 1];
  for (let at = open; at < tree.length; at += 1) {
    if (tree[at] === '{') depth += 1;
    if (tree[at] === '}') depth -= 1;
    if ((tree[at] === ',' && depth === 1) || depth === 0) {
      if (tree.slice(from, at).trim()) parts.push(tree.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) break;
  }
  return parts.flatMap(spread).map((part) => tree.slice(0, open).trim() + part);
}

/** `{file: Set of files}` of `{file: source}`. A file that declares a module does not yet use it. */
export function uses(sources) {
  const modules = new Map(Object.keys(sources).map((file) => [file.replace(/^src\/|(\/mod)?\.rs$/g, '').replace(/^lib$/, ''), file]));
  const fileOf = (path) => {
    for (let names = path; ; names = names.slice(0, -1)) {
      const file = modules.get(names.join('/'));
      if (file || names.length === 0) return file;
    }
  };
  return Object.fromEntries([...modules].map(([own, file]) => {
    const source = sources[file].replaceAll(/\/\/.*|pub\(in [^)]*\)/g, '');
    const imported = [...source.matchAll(/\buse\s+([^;]+);/g)].flatMap(([, tree]) => spread(tree));
    const written = [...source.replaceAll(/\buse\s+[^;]+;/g, '').matchAll(/(?<![:\w])[a-z_]\w*(?:::\w+)+/g)].map(([path]) => path);
    const here = own === '' ? [] : own.split('/');
    const used = [...imported, ...written].map((path) => path.split('::').map((name) => name.trim())).map((path) => {
      const ups = path.filter((name) => name === 'super').length;
      if (path[0] === 'crate') return fileOf(path.slice(1));
      if (ups > 0) return fileOf([...here.slice(0, here.length - ups), ...path.slice(ups)]);
      const child = modules.get([...here, ...(path[0] === 'self' ? path.slice(1, 2) : path.slice(0, 1))].join('/'));
      return child && fileOf([...here, ...path.filter((name) => name !== 'self')]);
    });
    return [file, new Set(used.filter((other) => other && other !== file))];
  }));
}

/** Files that need each other, directly or around a corner, a list for each circle. */
export function circles(uses) {
  const reached = (from) => {
    const seen = new Set();
    const next = [from];
    for (let file = next.pop(); file; file = next.pop()) for (const other of uses[file] ?? []) if (!seen.has(other)) next.push(other), seen.add(other);
    return seen;
  };
  const all = Object.fromEntries(Object.keys(uses).map((file) => [file, reached(file)]));
  const circle = (file) => [...all[file]].filter((other) => all[other]?.has(file)).sort().join(', ');
  return [...new Set(Object.keys(uses).map(circle))].filter((names) => names !== '');
}
