// `npm test`: sets up, then every check and test, one after the other, and one closing line of counts.
// `npm test -- native page` runs only the named suites.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, say, setUp, which } from './setup.mjs';
import { build } from './build.mjs';

const chromium = () => process.env.CHROMIUM_PATH ?? which('chromium') ?? which('chromium-browser') ?? which('google-chrome');

/** Test files below a folder. */
function testFiles(folder) {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => name.endsWith('.test.mjs')).sort().map((name) => join(folder, name));
}

/** Runs a command, shows its output as it comes, and gives it back with the status. */
function stream(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (text) => {
      output += text;
      process.stdout.write(text);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => resolve({ output: String(error), status: 127 }));
    child.on('close', (status) => resolve({ output, status }));
  });
}

const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((total, found) => total + Number(found[1]), 0);

/** A check that either holds or does not counts as one test. */
const check = (command, args, env) => async () => {
  const { status } = await stream(command, args, env);
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
};

const cargoTest = (...args) => async () => {
  const { output, status } = await stream('cargo', ['test', '--quiet', ...args]);
  const failed = sum(output, /test result: .*? (\d+) failed/g);
  return {
    passed: sum(output, /test result: .*? (\d+) passed/g),
    failed: failed || (status === 0 ? 0 : 1),
    skipped: sum(output, /test result: .*? (\d+) ignored/g) + sum(output, /^(skipped):/gm),
  };
};

const nodeTest = (files, { at_once = 1 } = {}) => async (tools) => {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const env = { ...(tools.python ? { LOCAL_PYTHON: tools.python } : {}), ...(chromium() ? { CHROMIUM_PATH: chromium() } : {}) };
  // Each file starts servers of its own. Those that mostly wait share the machine; the others follow each other.
  const { output, status } = await stream('node', ['--test', `--test-concurrency=${at_once}`, '--test-reporter=spec', ...files], env);
  const failed = sum(output, /^ℹ fail (\d+)/gm);
  return {
    passed: sum(output, /^ℹ pass (\d+)/gm),
    failed: failed || (status === 0 ? 0 : 1),
    skipped: sum(output, /^ℹ skipped (\d+)/gm) + sum(output, /^ℹ todo (\d+)/gm),
  };
};

const browser = (files) => async (tools) => {
  // What is heard and seen in a browser takes real time; both files together leave half of two cores idle.
  if (chromium()) return nodeTest(files, { at_once: 2 })(tools);
  say('no Chromium: the browser tests are skipped');
  return { passed: 0, failed: 0, skipped: files.length };
};

const SUITES = [
  ['format', check('cargo', ['fmt', '--all', '--check'])],
  ['lint', check('cargo', ['clippy', '--quiet', '--all-targets', '--', '-D', 'warnings'])],
  ['lint-worker', check('cargo', ['clippy', '--quiet', '--lib', '--target', 'wasm32-unknown-unknown', '--', '-D', 'warnings'])],
  ['native', cargoTest('--lib', '--examples', '--tests')],
  ['local', nodeTest(testFiles('local/test'))],
  ['page', nodeTest(testFiles('tests/page'))],
  ['worker', nodeTest(testFiles('tests/worker'), { at_once: 2 })],
  ['clients', nodeTest(testFiles('tests/clients'))],
  ['docs', nodeTest(testFiles('tests/docs'))],
  ['start', nodeTest(testFiles('tests/start'))],
  ['browser', browser(testFiles('tests/browser'))],
  ['deploy', check('node', ['scripts/deploy.mjs', '--dry-run'])],
];

async function main() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !SUITES.some(([known]) => known === name));
  if (unknown.length) throw new Error(`no such suite: ${unknown.join(', ')}; there are ${SUITES.map(([name]) => name).join(', ')}`);
  const tools = setUp({ tests: true });
  await build();
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  for (const [name, suite] of SUITES) {
    if (wanted.length && !wanted.includes(name)) continue;
    say(`testing: ${name}`);
    const began_ms = Date.now();
    const counts = await suite(tools);
    for (const key of Object.keys(total)) total[key] += counts[key];
    if (counts.failed) failures.push(name);
    say(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${((Date.now() - began_ms) / 1000).toFixed(1)} s`);
  }
  if (failures.length) say(`failing: ${failures.join(', ')}`);
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
  process.exitCode = total.failed ? 1 : 0;
}

main().catch((error) => {
  console.error(`hearken: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
});
