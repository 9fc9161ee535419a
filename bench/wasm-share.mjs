// How much of the module is a room's: the bodies of the functions that carry its name, from the module as the compiler leaves it,
// which still has names. What was inlined into others is not seen (WebAssembly core specification, binary format).

import { readFileSync } from 'node:fs';

const CUSTOM = 0;
const IMPORTS = 2;
const CODE = 10;

/** The bodies of the functions whose mangled name `isOurs`, in one buffer. */
export function bodiesOf(path, isOurs) {
  const bytes = readFileSync(path);
  let at = 8;
  const number = () => {
    let [value, shift] = [0, 0];
    for (; bytes[at] > 127; at += 1, shift += 7) value |= (bytes[at] & 127) << shift;
    value |= bytes[at] << shift;
    at += 1;
    return value >>> 0;
  };
  const skip = (count) => (at += count);
  const text = () => {
    const length = number();
    return bytes.toString('latin1', at, skip(length));
  };
  /** Limits of a table or a memory. */
  const limits = () => {
    const has_most = bytes[at] & 1;
    skip(1);
    number();
    if (has_most) number();
  };
  const names = new Map();
  let imported = 0;
  let code_at = 0;
  const read = {
    [IMPORTS]() {
      for (let left = number(); left > 0; left -= 1) {
        text();
        text();
        const kind = bytes[at];
        skip(1);
        if (kind === 0) imported += 1;
        if (kind === 0) number();
        else if (kind === 1 || kind === 2) skip(kind === 1 ? 1 : 0) && limits();
        else if (kind === 3) skip(2);
        else skip(1) && number();
      }
    },
    [CODE]: () => (code_at = at),
    [CUSTOM](end) {
      if (text() !== 'name') return;
      while (at < end) {
        const kind = bytes[at];
        skip(1);
        const length = number();
        const next = at + length;
        if (kind === 1) for (let left = number(); left > 0; left -= 1) names.set(number(), text());
        at = next;
      }
    },
  };
  while (at < bytes.length) {
    const kind = bytes[at];
    skip(1);
    const length = number();
    const end = at + length;
    read[kind]?.(end);
    at = end;
  }
  if (names.size === 0) throw new Error(`${path} names no functions`);
  at = code_at;
  const found = [];
  const count = number();
  for (let index = 0; index < count; index += 1) {
    const length = number();
    if (isOurs(names.get(index + imported) ?? '')) found.push(bytes.subarray(at, at + length));
    skip(length);
  }
  return Buffer.concat(found);
}
