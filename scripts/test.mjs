// `npm test`: sets up, then every check and test, and one closing line of counts. Three lanes of suites go side by side,
// because most of them mostly wait for themselves; each suite's output is shown whole when it has ended. `npm test -- native page` runs
// only the named suites.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, nodeOfToday, runBeside, say, setUp, which } from './setup.mjs';
import { build } from './build.mjs';

const chromium = () => process.env.CHROMIUM_PATH ?? which('chromium') ?? which('chromium-browser') ?? which('google-chrome');

/** Test files below a folder. */
function testFiles(folder) {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => name.endsWith('.test.mjs')).sort().map((name) => join(folder, name));
}

/** Runs a command; resolves with its output and status. */
function outcome(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ output: String(error), status: 127 }));
    child.on('close', (status) => resolve({ output, status }));
  });
}

const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((total, found) => total + Number(found[1]), 0);

/** A check that either holds or does not counts as one test. */
const check = (command, args, env) => async () => {
  const { output, status } = await outcome(command, args, env);
  return { output, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
};

const cargoTest = (...args) => async () => {
  const { output, status } = await outcome('cargo', ['test', '--quiet', ...args]);
  const failed = sum(output, /test result: .*? (\d+) failed/g);
  return {
    output,
    passed: sum(output, /test result: .*? (\d+) passed/g),
    failed: failed || (status === 0 ? 0 : 1),
    skipped: sum(output, /test result: .*? (\d+) ignored/g) + sum(output, /^(skipped):/gm),
  };
};

const nodeTest = (files, { at_once = 1, node = () => 'node' } = {}) => async (tools) => {
  if (files.length === 0) return { output: '', passed: 0, failed: 0, skipped: 0 };
  const env = { ...(tools.python ? { LOCAL_PYTHON: tools.python } : {}), ...(chromium() ? { CHROMIUM_PATH: chromium() } : {}) };
  // Each file starts servers of its own. Those that mostly wait share the machine; the others follow each other.
  const { output, status } = await outcome(node(), ['--test', `--test-concurrency=${at_once}`, '--test-reporter=spec', ...files], env);
  const failed = sum(output, /^ℹ fail (\d+)/gm);
  return {
    output,
    passed: sum(output, /^ℹ pass (\d+)/gm),
    failed: failed || (status === 0 ? 0 : 1),
    skipped: sum(output, /^ℹ skipped (\d+)/gm) + sum(output, /^ℹ todo (\d+)/gm),
  };
};

const browser = (files) => async (tools) => {
  if (chromium()) return nodeTest(files)(tools);
  return { output: 'no Chromium: the browser tests are skipped\n', passed: 0, failed: 0, skipped: files.length };
};

/** What is heard in a browser, and what is only seen. */
const SEEN = /\/(reference|status|visitor)\./;
const inBrowser = testFiles('tests/browser');

/** Suites of one lane follow each other, lanes go side by side. Suites after `BUILT` ask the built Worker. */
const BUILT = 'built';
const LANES = [
  [
    ['format', check('cargo', ['fmt', '--all', '--check'])],
    ['lint', check('cargo', ['clippy', '--quiet', '--all-targets', '--', '-D', 'warnings'])],
    ['lint-worker', check('cargo', ['clippy', '--quiet', '--lib', '--target', 'wasm32-unknown-unknown', '--', '-D', 'warnings'])],
    ['native', cargoTest('--lib', '--examples', '--tests')],
    BUILT,
    // cargo is done when half of the other lanes is still to come.
    ['start', nodeTest(testFiles('tests/start'))],
    ['browser-seen', browser(inBrowser.filter((file) => SEEN.test(file)))],
  ],
  [
    ['local', nodeTest(testFiles('local/test'))],
    BUILT,
    ['worker', nodeTest(testFiles('tests/worker'), { at_once: 2 })],
  ],
  [
    ['page', nodeTest(testFiles('tests/page'))],
    BUILT,
    ['deploy', check('node', ['scripts/deploy.mjs', '--dry-run'])],
    ['docs', nodeTest(testFiles('tests/docs'))],
    ['examples', nodeTest(testFiles('tests/examples'))],
    ['clients', nodeTest(testFiles('tests/clients'), { node: nodeOfToday })],
    ['soak', nodeTest(testFiles('tests/soak'))],
  ],
];
/** What is heard in a browser is heard in real time: nothing else goes on beside it. */
const ALONE = [['browser', browser(inBrowser.filter((file) => !SEEN.test(file)))]];
const NAMES = [...LANES, ALONE].flat().filter((suite) => suite !== BUILT).map(([name]) => name);

async function runSuite(name, suite, tools) {
  say(`testing: ${name}`);
  const began_ms = Date.now();
  const { output, ...counts } = await suite(tools);
  process.stdout.write(output);
  say(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${((Date.now() - began_ms) / 1000).toFixed(1)} s`);
  return { name, ...counts };
}

async function main() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !NAMES.includes(name));
  if (unknown.length) throw new Error(`no such suite: ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
  const tools = setUp({ tests: true });
  const built = build();
  // Packages of Python come from far away: they come beside the build.
  void runBeside('node', ['-e', "import('./tests/examples/support.mjs').then(({ examplesPython, voiceAgentsPython }) => [examplesPython(), voiceAgentsPython()])"]).catch(() => {});
  // Whoever waits for it says why it failed.
  built.catch(() => {});
  const lane = async (suites) => {
    const results = [];
    for (const suite of suites) {
      if (suite === BUILT) await built;
      else if (!wanted.length || wanted.includes(suite[0])) results.push(await runSuite(...suite, tools));
    }
    return results;
  };
  const results = [...(await Promise.all(LANES.map(lane))).flat(), ...(await lane(ALONE))];
  const total = (key) => results.reduce((all, result) => all + result[key], 0);
  const failures = results.filter(({ failed }) => failed).map(({ name }) => name);
  if (failures.length) say(`failing: ${failures.join(', ')}`);
  console.log(`${total('passed')} passed, ${total('failed')} failed${total('skipped') ? `, ${total('skipped')} skipped` : ''}`);
  process.exitCode = failures.length ? 1 : 0;
}

main().catch((error) => {
  console.error(`hearken: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
});
