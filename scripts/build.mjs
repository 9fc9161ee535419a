// Builds the Worker: cargo, wasm-bindgen, wasm-opt, then scripts/shim.js and all that it imports in one module. Does
// nothing when no input has changed since the last time. `--watch` builds soon rather than small, into a directory of its own.

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CACHE, ROOT, lockedVersion, run, runBeside, say, setUp } from './setup.mjs';

const INPUTS = ['src', 'Cargo.toml', 'Cargo.lock', '.cargo/config.toml', 'package-lock.json', 'scripts/build.mjs', 'scripts/shim.js', 'scripts/bindgen'];

/** What a deploy takes, and what a change is tried with. */
const KINDS = {
  release: { out: join(ROOT, 'build'), profile: 'release', small: true },
  watch: { out: join(ROOT, 'build', ...(process.env.HEARKEN_DEV ? [] : ['watch'])), profile: 'watch', small: false },
};

function* files(path) {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) yield* files(join(path, name));
  else yield path;
}

function fingerprint(kind) {
  const hash = createHash('sha256').update(kind);
  for (const input of INPUTS)
    for (const path of files(join(ROOT, input))) hash.update(relative(ROOT, path)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

// What rustc and wasm-bindgen use; a feature that is not named is refused.
const WASM_FEATURES = [
  'mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'multivalue', 'reference-types', 'exception-handling',
];

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);

/** The program in scripts/bindgen, made once a version, beside whatever else is being built. */
async function bindgen() {
  const target = join(CACHE, 'tools', `bindgen-${lockedVersion('wasm-bindgen')}`);
  await runBeside('cargo', ['build', '--quiet', '--package', 'bindgen', '--profile', 'tool', '--target-dir', target]);
  return join(target, 'tool', 'bindgen');
}

async function worker(profile) {
  const target = join(ROOT, 'target');
  const args = ['--profile', profile, '--target', 'wasm32-unknown-unknown', '--target-dir', target];
  await runBeside('cargo', ['build', '--quiet', '--lib', ...args]);
  return join(target, 'wasm32-unknown-unknown', profile, 'hearken.wasm');
}

function optimise(from, to) {
  run(bin('wasm-opt'), [from, '-o', to, '-Oz', '--strip-debug', '--strip-producers', ...WASM_FEATURES.map((name) => `--enable-${name}`)]);
}

function bundle(bindings, to, minify) {
  // workerd imports a module of wasm as one: the phase need not be named, and esbuild would not know it.
  const glue = readFileSync(join(bindings, 'index.js'), 'utf8').replace('import source ', 'import ');
  writeFileSync(join(bindings, 'index.js'), glue);
  run(bin('esbuild'), [
    join(ROOT, 'scripts', 'shim.js'), `--outfile=${to}`, '--bundle', '--format=esm', '--log-level=error', '--external:cloudflare:*',
    `--alias:hearken:bindings=${join(bindings, 'index.js')}`, '--external:./index_bg.wasm', ...(minify ? ['--minify'] : []),
  ]);
}

/** Builds when needed; returns the directory that holds `index.js` and `index_bg.wasm`. */
export async function build({ kind = 'release' } = {}) {
  const { out, profile, small } = KINDS[kind];
  const stamp = join(out, '.fingerprint');
  const now = fingerprint(kind);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return out;
  say(existsSync(join(out, 'index.js')) ? 'building the Worker' : 'building the Worker (the first time takes some minutes)');
  rmSync(stamp, { force: true });
  mkdirSync(out, { recursive: true });
  const [tool, wasm] = await Promise.all([bindgen(), worker(profile)]);
  const bindings = join(ROOT, 'target', 'bindings', kind);
  rmSync(bindings, { recursive: true, force: true });
  run(tool, [wasm, bindings]);
  bundle(bindings, join(out, 'index.js'), small);
  (small ? optimise : copyFileSync)(join(bindings, 'index_bg.wasm'), join(out, 'index_bg.wasm'));
  writeFileSync(stamp, now);
  return out;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    setUp();
    const out = await build({ kind: process.env.HEARKEN_DEV || process.argv.includes('--watch') ? 'watch' : 'release' });
    say(`the Worker is in ${relative(ROOT, out)}/`);
  } catch (error) {
    console.error(`hearken: ${error.message}`);
    process.exit(1);
  }
}
