// Sets up everything the two commands need, once, with a line for each step that takes time: the wasm target, npm
// packages and, for tests, browsers and audio decoders from Debian. Node built-ins only, because it runs before any
// package is installed. Versions are pinned in Cargo.lock and package-lock.json alone.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
export const CACHE = process.env.HEARKEN_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hearken');

/** The package of npm. */
const NODE = '24.22.3';
/** The package of PyPI. */
const UV = '0.9.13';

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

/** Like `run`, with other things going on beside it. */
export function runBeside(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.on('close', (status, signal) =>
      status === 0 ? resolve(output) : reject(new Error(`${command} ${args.join(' ')} failed with status ${status ?? signal}\n${output}`)),
    );
  });
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

/** Rust with the wasm target, for whoever builds: what is built already is served without it. */
export function requireRust() {
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

const FIREFOX = 'firefox-esr';

/** Programs that only the tests need. Debian and root: installed. Elsewhere: said, and the tests that need them skip. */
function testPrograms() {
  const wanted = { chromium: 'chromium', ffmpeg: 'ffmpeg', ffprobe: 'ffmpeg', opusinfo: 'opus-tools', promtool: 'prometheus' };
  const missing = [...new Set(Object.entries(wanted).filter(([name]) => !which(name)).map(([, pkg]) => pkg))];
  if (!which('firefox-esr') && !which('firefox')) missing.push(FIREFOX);
  if (missing.length === 0) return;
  if (!which('apt-get') || process.getuid?.() !== 0) {
    say(`not installed, so some tests will be skipped: ${missing.join(', ')} (Debian: sudo apt-get install ${missing.join(' ')})`);
    return;
  }
  say(`installing from Debian: ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], { env });
  const install = (packages) => packages.length > 0 && run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env });
  install(missing.filter((name) => name !== FIREFOX));
  try {
    install(missing.filter((name) => name === FIREFOX));
  } catch (error) {
    // Debian's alone has this name.
    say(`not installed: ${FIREFOX} (${String(error.message).split('\n')[0]})`);
  }
}

/**
 * A Node that today's SDKs are made for: this one, or one from npm where this one is older; this one, and said, where that
 * cannot be had.
 */
export function nodeOfToday() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  const home = join(CACHE, 'tools', `node-${NODE}`);
  const name = `node-${process.platform}-${process.arch}`;
  const path = join(home, 'node_modules', name, 'bin', 'node');
  if (version(path).trim() === `v${NODE}`) return path;
  say(`installing Node ${NODE} for the clients' tests, once`);
  try {
    mkdirSync(home, { recursive: true });
    run('npm', ['install', '--prefix', home, '--no-save', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${NODE}`]);
    return path;
  } catch (error) {
    say(`not installed: Node ${NODE} (${String(error.message).split('\n')[0]})`);
    return process.execPath;
  }
}

/** A folder with these packages of npm, installed once; throws one sentence where that fails. */
export function fromNpm(name, packages) {
  const home = join(CACHE, 'npm', `${name}-${Object.values(packages).join('-').replaceAll(/[^\w.-]/g, '_')}`);
  const made = join(home, 'made');
  if (existsSync(made)) return home;
  say(`installing from npm, once: ${Object.entries(packages).map((one) => one.join(' ')).join(', ')}`);
  mkdirSync(home, { recursive: true });
  // What a package asks for itself is overridden, too: each of these is the version that is meant.
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, dependencies: packages, overrides: packages }));
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'], { cwd: home });
  writeFileSync(made, '');
  return home;
}

/** Installs packages of Python in a quarter of pip's time. */
function uv() {
  const home = join(CACHE, 'python', `uv-${UV}`);
  const path = join(home, 'bin', 'uv');
  if (existsSync(path)) return path;
  run('python3', ['-m', 'venv', '--clear', home]);
  run(join(home, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `uv==${UV}`]);
  return path;
}

/**
 * A Python with these packages in a virtual environment of its own, made once; undefined, and said, where
 * it cannot be had. `name` is for people.
 */
export function python(name, packages) {
  const home = join(CACHE, 'python', `${name}-${createHash('sha256').update(packages.join('\0')).digest('hex').slice(0, 12)}`);
  const interpreter = join(home, 'bin', 'python');
  const made = join(home, 'made');
  const failed = `${home}-unavailable`;
  if (existsSync(made)) return interpreter;
  if (existsSync(failed) || !which('python3')) return undefined;
  say(`installing for Python, once: ${name}`);
  try {
    mkdirSync(join(CACHE, 'python'), { recursive: true });
    rmSync(home, { recursive: true, force: true });
    run(uv(), ['venv', '--quiet', '--python', which('python3'), home]);
    run(uv(), ['pip', 'install', '--quiet', '--no-cache', '--python', interpreter, ...packages]);
    writeFileSync(made, '');
    return interpreter;
  } catch (error) {
    say(`not installed for Python: ${name} (${String(error.message).split('\n')[0]})`);
    rmSync(home, { recursive: true, force: true });
    writeFileSync(failed, 'Remove this file to try again.\n');
    return undefined;
  }
}

/** Of requirements files the packages, each with its version. */
export const requirements = (...files) =>
  files.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#')));

/**
 * A speech recogniser for the local providers: PocketSphinx with the English model inside its package; with it Prometheus'
 * own reader of metrics for the tests. Optional: without it the page hides its microphone.
 */
const recogniser = () => python('recogniser', ['pocketsphinx==5.1.1', 'prometheus-client==0.26.0']);

/** What every command needs; with `local`, what the local providers can use, and with `tests`, what `npm test` needs on top. */
export function setUp({ tests = false, local = tests } = {}) {
  requireNode();
  if (tests) requireRust();
  npmPackages();
  if (tests) testPrograms();
  return { python: local ? recogniser() : undefined };
}
