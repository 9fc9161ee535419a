// Builds the Worker: cargo, wasm-bindgen, then scripts/shim.js and all that it imports in one module. Does nothing when
// no input has changed since the last time. `--watch` builds soon rather than small, into a directory of its own.
//
// The release's functions are put in an order that compresses: 53 of 680 KB (gzip -9) for two seconds.
// wasm-opt is no part of it: after LLVM's `z`, `-Oz` takes 48 s and leaves 7 % more to send (gzip 708 against
// 663 KB), because what it folds compressed well; of 17 passes, each by itself, the best saves 0.1 %.

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CACHE, ROOT, lockedVersion, requireRust, run, runBeside, say, setUp } from './setup.mjs';

const INPUTS = ['src', 'Cargo.toml', 'Cargo.lock', '.cargo/config.toml', 'package-lock.json', 'scripts/build.mjs', 'scripts/shim.js', 'scripts/bindgen'];

/** Each kind is a profile of Cargo.toml, too. */
const OUT = { release: join(ROOT, 'build'), watch: join(ROOT, 'build', 'watch') };

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
  if (profile === 'release') {
    // Where a panic was is told without where this machine keeps its sources: two machines build the same bytes.
    const registry = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src');
    const sources = existsSync(registry) ? readdirSync(registry).map((index) => join(registry, index)) : [];
    const flags = [registry, ...sources, ROOT].map((path) => `--remap-path-prefix=${path}=`);
    // What is behind a stack of 512 KiB has addresses of three bytes; behind the usual MiB they take four.
    flags.push('-Clink-arg=-zstack-size=524288');
    // A copy of more than one word is an instruction of its own, not a load and a store for each: 29 of 793 KB (gzip).
    // And no load is doubled to save it on one way of two: 2 KB. And a loop counts as it is written, not by a pointer of each
    // thing that it walks: 3 KB.
    const switches = ['--max-store-memcpy=1', '--max-store-memmove=1', '--max-store-memset=1', '--enable-load-pre=false', '--disable-lsr'];
    flags.push(`-Cllvm-args=${switches.join(' ')}`);
    args.push('--config', `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(flags)}`);
  }
  // As cdylib alone: beside an rlib, cargo leaves link-time optimisation out.
  await runBeside('cargo', ['rustc', '--quiet', '--lib', '--crate-type', 'cdylib', ...args]);
  return join(target, 'wasm32-unknown-unknown', profile, 'hearken.wasm');
}

/** What pages use of others' code: as it comes from npm, with its licence, beside the pages. */
const VENDORED = { 'swagger-ui-dist': ['swagger-ui-bundle.js', 'swagger-ui.css'] };

function vendor() {
  const to = join(ROOT, 'static', 'vendor');
  mkdirSync(to, { recursive: true });
  for (const [name, parts] of Object.entries(VENDORED)) {
    const from = join(ROOT, 'node_modules', name);
    for (const part of parts) copyFileSync(join(from, part), join(to, basename(part)));
    copyFileSync(join(from, 'LICENSE'), join(to, `${name}.LICENSE.txt`));
  }
}

/** The classes whose functions scripts/bindgen cuts off. */
const CLASSES = 'ContainerStartupOptions|IntoUnderlyingByteSource|IntoUnderlyingSink|IntoUnderlyingSource|MinifyConfig|R2Range';
const UNUSED = new RegExp(
  String.raw`^(?:(?:export )?class|const) (?:${CLASSES})(?:Finalization)?\b.*?^\}(?:\);)?\n(?:if \(Symbol\.dispose\)[^\n]*\n)?`,
  'gms',
);

function bundle(bindings, to, minify) {
  // workerd imports a module of wasm as one: the phase need not be named, and esbuild would not know it.
  const glue = readFileSync(join(bindings, 'index.js'), 'utf8').replace('import source ', 'import ');
  writeFileSync(join(bindings, 'index.js'), glue.replaceAll(UNUSED, ''));
  run(bin('esbuild'), [
    join(ROOT, 'scripts', 'shim.js'), `--outfile=${to}`, '--bundle', '--format=esm', '--log-level=error', '--external:cloudflare:*',
    `--alias:hearken:bindings=${join(bindings, 'index.js')}`, '--external:./index_bg.wasm', ...(minify ? ['--minify'] : []),
  ]);
}

/** Builds when needed; returns the directory that holds `index.js` and `index_bg.wasm`. */
export async function build({ kind = 'release' } = {}) {
  vendor();
  const out = OUT[kind];
  const stamp = join(out, '.fingerprint');
  const now = fingerprint(kind);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return out;
  requireRust();
  say(existsSync(join(out, 'index.js')) ? 'building the Worker' : 'building the Worker (the first time takes some minutes)');
  rmSync(stamp, { force: true });
  mkdirSync(out, { recursive: true });
  const [tool, wasm] = await Promise.all([bindgen(), worker(kind)]);
  const bindings = join(ROOT, 'target', 'bindings', kind);
  rmSync(bindings, { recursive: true, force: true });
  run(tool, [wasm, bindings, ...(kind === 'release' ? ['ordered'] : [])]);
  bundle(bindings, join(out, 'index.js'), kind === 'release');
  copyFileSync(join(bindings, 'index_bg.wasm'), join(out, 'index_bg.wasm'));
  writeFileSync(stamp, now);
  return out;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    setUp();
    const out = await build({ kind: process.argv.includes('--watch') ? 'watch' : 'release' });
    say(`the Worker is in ${relative(ROOT, out)}/`);
  } catch (error) {
    console.error(`hearken: ${error.message}`);
    process.exit(1);
  }
}
