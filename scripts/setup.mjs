// Sets up everything the two commands need, once, with a line for each step that takes time: the wasm target, npm
// packages, the Worker's build tools and, for tests, a browser and audio decoders from Debian. Node built-ins only,
// because it runs before any package is installed. Versions are pinned in Cargo.lock and package-lock.json alone.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const CACHE = process.env.HEARKEN_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hearken');

export const say = (text) => console.log(`hearken: ${text}`);

/** Runs a command with its output shown only when it fails; throws one sentence that names it. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.error) throw new Error(`${command} could not be started: ${done.error.message}`);
  if (done.status !== 0) {
    const output = options.stdio === 'inherit' ? '' : `\n${(done.stdout ?? '') + (done.stderr ?? '')}`;
    throw new Error(`${command} ${args.join(' ')} failed with status ${done.status ?? done.signal}${output}`);
  }
  return done.stdout ?? '';
}

/** The path of a program on PATH, or undefined. */
export function which(name) {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(dir, name);
    if (dir && existsSync(path)) return path;
  }
  return undefined;
}

function version(command, args = ['--version']) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 3)) throw new Error(`Node 20.3 or newer is needed; this is ${process.versions.node}`);
}

function requireRust() {
  if (!which('cargo')) throw new Error('Rust is needed: install it with rustup (https://rustup.rs), then run this again');
  const sysroot = version('rustc', ['--print', 'sysroot']).trim();
  if (existsSync(join(sysroot, 'lib', 'rustlib', 'wasm32-unknown-unknown'))) return;
  say('adding the wasm32-unknown-unknown target');
  run('rustup', ['target', 'add', 'wasm32-unknown-unknown']);
}

/** `npm ci`, unless node_modules already is what the lock file says. */
function npmPackages() {
  const lock = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json'))).digest('hex');
  const stamp = join(ROOT, 'node_modules', '.hearken-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('installing npm packages');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

/** The version that Cargo.lock pins for a crate. */
export function lockedVersion(crate) {
  const lock = readFileSync(join(ROOT, 'Cargo.lock'), 'utf8');
  const found = new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`).exec(lock);
  if (!found) throw new Error(`Cargo.lock does not name ${crate}`);
  return found[1];
}

/**
 * A program built from the crates registry into the cache, once per version. `locked` uses the crate's own lock
 * file; wasm-bindgen-cli goes without, because its lock can name a version that a registry mirror lacks.
 */
function cargoTool(crate, crateVersion, binary, locked) {
  const root = join(CACHE, 'tools', `${crate}-${crateVersion}`);
  const path = join(root, 'bin', binary);
  if (existsSync(path)) return path;
  say(`building ${crate} ${crateVersion} from source into the cache (some minutes, once)`);
  mkdirSync(join(CACHE, 'tools'), { recursive: true });
  const making = `${root}.making-${process.pid}`;
  try {
    run('cargo', ['install', crate, '--version', crateVersion, '--root', making, '--quiet', ...(locked ? ['--locked'] : [])], {
      env: { ...process.env, CARGO_TARGET_DIR: join(making, 'target') },
    });
    rmSync(join(making, 'target'), { recursive: true, force: true });
    if (!existsSync(root)) renameSync(making, root);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return path;
}

/** The environment under which worker-build finds its tools without downloading any. */
function buildTools() {
  const bindgenVersion = lockedVersion('wasm-bindgen');
  const onPath = which('wasm-bindgen');
  const bindgen =
    process.env.WASM_BINDGEN_BIN ??
    (onPath && version(onPath).trim().endsWith(` ${bindgenVersion}`)
      ? onPath
      : cargoTool('wasm-bindgen-cli', bindgenVersion, 'wasm-bindgen', false));
  return {
    workerBuild: process.env.WORKER_BUILD_BIN ?? cargoTool('worker-build', lockedVersion('worker'), 'worker-build', true),
    env: {
      WASM_BINDGEN_BIN: bindgen,
      WASM_OPT_BIN: process.env.WASM_OPT_BIN ?? join(ROOT, 'node_modules', '.bin', 'wasm-opt'),
      ESBUILD_BIN: process.env.ESBUILD_BIN ?? join(ROOT, 'node_modules', '.bin', 'esbuild'),
    },
  };
}

/** Programs that only the tests need. Debian and root: installed. Elsewhere: said, and the tests that need them skip. */
function testPrograms() {
  const wanted = { chromium: 'chromium', ffmpeg: 'ffmpeg', ffprobe: 'ffmpeg', opusinfo: 'opus-tools' };
  const missing = [...new Set(Object.entries(wanted).filter(([name]) => !which(name)).map(([, pkg]) => pkg))];
  if (missing.length === 0) return;
  if (!which('apt-get') || process.getuid?.() !== 0) {
    say(`not installed, so some tests will be skipped: ${missing.join(', ')} (Debian: sudo apt-get install ${missing.join(' ')})`);
    return;
  }
  say(`installing from Debian: ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], { env });
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env });
}

/**
 * A speech recogniser for the local providers: PocketSphinx with the English model inside its package, in a virtual
 * environment of its own. Optional: without Python the page hides its microphone. Returns the interpreter or undefined.
 */
function recogniser() {
  const venv = join(CACHE, 'recogniser');
  const python = join(venv, 'bin', 'python');
  const works = () => existsSync(python) && spawnSync(python, ['-c', 'import pocketsphinx'], { stdio: 'ignore' }).status === 0;
  if (works()) return python;
  const failed = join(CACHE, 'recogniser-unavailable');
  if (existsSync(failed)) return undefined;
  if (!which('python3')) return undefined;
  say('installing a local speech recogniser (optional, once)');
  try {
    mkdirSync(CACHE, { recursive: true });
    run('python3', ['-m', 'venv', venv]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'pocketsphinx==5.1.1']);
    if (works()) return python;
  } catch (error) {
    say(`no local speech recogniser (${String(error.message).split('\n')[0]}); the microphone stays hidden`);
  }
  rmSync(venv, { recursive: true, force: true });
  writeFileSync(failed, 'Remove this file to try again.\n');
  return undefined;
}

/** Everything `npm start` needs; with `tests`, what `npm test` needs on top. */
export function setUp({ tests = false } = {}) {
  requireNode();
  requireRust();
  npmPackages();
  if (tests) testPrograms();
  const python = recogniser();
  return { ...buildTools(), python };
}
