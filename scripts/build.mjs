// Builds the release Worker into build/, and does nothing when no input has changed since the last time.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, run, say, setUp } from './setup.mjs';

const INPUTS = ['src', 'Cargo.toml', 'Cargo.lock', '.cargo/config.toml', 'package-lock.json', 'scripts/build.mjs'];

function* files(path) {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) yield* files(join(path, name));
  else yield path;
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const input of INPUTS)
    for (const path of files(join(ROOT, input))) hash.update(relative(ROOT, path)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

// What rustc and wasm-bindgen use; a feature that is not named is refused.
const WASM_FEATURES = [
  'mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'multivalue', 'reference-types', 'exception-handling',
];

/** worker-build insists on keeping function names: an eighth of the module on the wire, paid for at every cold start. */
function stripNames(path, wasmOpt) {
  const features = WASM_FEATURES.map((feature) => `--enable-${feature}`);
  run(wasmOpt, [path, '-o', path, '--strip-debug', '--strip-producers', ...features]);
}

/** Builds when needed; returns the directory that holds `index.js` and the wasm module. */
export function build(tools = setUp()) {
  const out = join(ROOT, 'build');
  const stamp = join(out, '.fingerprint');
  const now = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return out;
  say('building the Worker (the first time takes some minutes)');
  rmSync(stamp, { force: true });
  run(tools.workerBuild, [process.env.HEARKEN_DEV ? '--dev' : '--release'], { env: { ...process.env, ...tools.env } });
  if (!process.env.HEARKEN_DEV) stripNames(join(out, 'index_bg.wasm'), tools.env.WASM_OPT_BIN);
  writeFileSync(stamp, now);
  return out;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    build();
    say('the Worker is in build/');
  } catch (error) {
    console.error(`hearken: ${error.message}`);
    process.exit(1);
  }
}
