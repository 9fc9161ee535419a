// The engine that speaks in tests. What it said is kept in target/spoken: most tests say the same in every run, and a
// second of speech costs longer than most tests do. Another engine, or another way of encoding, keeps its own.

import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { Engine } from '../local/engine.mjs';
import { ROOT } from '../scripts/setup.mjs';

const hash = (...parts) => parts.reduce((all, part) => all.update(part).update('\0'), createHash('sha256')).digest('hex');
const SOURCES = ['package-lock.json', ...['engine', 'engine-worker', 'encode', 'containers', 'ogg', 'resample'].map((name) => `local/${name}.mjs`)];
const KEPT = join(ROOT, 'target', 'spoken', hash(...SOURCES.map((source) => readFileSync(join(ROOT, source)))).slice(0, 12));
mkdirSync(KEPT, { recursive: true });

export class KeptEngine extends Engine {
  async *speak({ text, voice, format, signal }) {
    const path = join(KEPT, hash(JSON.stringify([text, voice, format])));
    if (existsSync(path)) return yield* deserialize(readFileSync(path));
    const pieces = [];
    for await (const piece of super.speak({ text, voice, format, signal })) {
      pieces.push(piece);
      yield piece;
    }
    if (signal?.aborted) return;
    const draft = `${path}.${randomUUID()}`;
    writeFileSync(draft, serialize(pieces));
    renameSync(draft, path);
  }
}

/** One for all providers of a process: it takes longer to load than most tests do. Its threads end with the process. */
export const ENGINE = new KeptEngine();
