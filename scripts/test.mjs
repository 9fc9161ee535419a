// `npm test`: sets up, then every check and test, and one closing line of counts. Test files go side by side; each suite's
// output is shown whole when it has ended. `npm test -- native page` runs only the named suites.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
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

/** The sums of what was counted. */
const counted = (all) => Object.fromEntries(['passed', 'failed', 'skipped'].map((key) => [key, all.reduce((total, one) => total + one[key], 0)]));

/** Cargo takes what time the others leave: it goes on beside what is heard in real time, which must not wait for it. */
const cargo = (args) => outcome('nice', ['-n', '19', 'cargo', ...args]);

/** A check that either holds or does not counts as one test. */
const check = (ran) => async () => {
  const { output, status } = await ran();
  return { output, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
};

const cargoTest = (...args) => async () => {
  const { output, status } = await cargo(['test', '--quiet', ...args]);
  const failed = sum(output, /test result: .*? (\d+) failed/g);
  return {
    output,
    passed: sum(output, /test result: .*? (\d+) passed/g),
    failed: failed || (status === 0 ? 0 : 1),
    skipped: sum(output, /test result: .*? (\d+) ignored/g) + sum(output, /^(skipped):/gm),
  };
};

/** Runs jobs in the order in which they come, so many at once. */
function turns(count) {
  const waiting = [];
  return async (job) => {
    if (count > 0) count -= 1;
    else await new Promise((wake) => waiting.push(wake));
    try {
      return await job();
    } finally {
      // The place goes to whoever has waited longest.
      if (waiting.length > 0) waiting.shift()();
      else count += 1;
    }
  };
}

/** Most files mostly wait: for sound that is played, for a deadline, for a server to start. */
const FILES = turns(2 * availableParallelism());
/** What is heard in a browser is heard in real time: of that two files go on at once, and nothing beside them but cargo. */
const HEARD = turns(2);

const COUNTS = /^ℹ (tests|suites|pass|fail|cancelled|skipped|todo) \d+\n/gm;

const nodeFile = async (file, node, env) => {
  const { output, status } = await outcome(node, ['--test-reporter=spec', file], env);
  const failed = sum(output, /^ℹ fail (\d+)/gm);
  return {
    output: `${file}\n${output.replace(COUNTS, '')}`,
    passed: sum(output, /^ℹ pass (\d+)/gm),
    failed: failed || (status === 0 ? 0 : 1),
    skipped: sum(output, /^ℹ skipped (\d+)/gm) + sum(output, /^ℹ todo (\d+)/gm),
  };
};

/** Each file starts servers of its own, in a process of its own. */
const nodeTest = (files, { inTurn = FILES, node = () => 'node' } = {}) => async (tools) => {
  const program = node();
  const env = {
    ...(tools.python ? { LOCAL_PYTHON: tools.python } : {}), ...(chromium() ? { CHROMIUM_PATH: chromium() } : {}),
    // What Python compiles is kept, whatever is usual here: importing openai takes half as long.
    PYTHONDONTWRITEBYTECODE: '',
  };
  const results = await Promise.all(files.map((file) => inTurn(() => nodeFile(file, program, env))));
  return { output: results.map(({ output }) => output).join(''), ...counted(results) };
};

const browser = (files, turn) => async (tools) => {
  if (chromium()) return nodeTest(files, turn)(tools);
  return { output: 'no Chromium: the browser tests are skipped\n', passed: 0, failed: 0, skipped: files.length };
};

/** What is heard in a browser, and what is only seen. */
const SEEN = /\/(reference|status|visitor)\./;
const inBrowser = testFiles('tests/browser').reverse(); // What takes long comes first.

/** Cargo does one thing after the other, beside all else. */
const CARGO = {
  format: check(() => cargo(['fmt', '--all', '--check'])),
  lint: check(() => cargo(['clippy', '--quiet', '--all-targets', '--', '-D', 'warnings'])),
  'lint-worker': check(() => cargo(['clippy', '--quiet', '--lib', '--target', 'wasm32-unknown-unknown', '--', '-D', 'warnings'])),
  native: cargoTest('--lib', '--examples', '--tests'),
};
const WITHOUT_WORKER = { local: nodeTest(testFiles('local/test')), page: nodeTest(testFiles('tests/page')) };
/** These ask the built Worker. What takes long comes first. */
const WITH_WORKER = {
  soak: nodeTest(testFiles('tests/soak')),
  clients: nodeTest(testFiles('tests/clients'), { node: nodeOfToday }),
  worker: nodeTest(testFiles('tests/worker')),
  examples: nodeTest(testFiles('tests/examples')),
  start: nodeTest(testFiles('tests/start')),
  'browser-seen': browser(inBrowser.filter((file) => SEEN.test(file))),
  docs: nodeTest(testFiles('tests/docs')),
  deploy: check(() => outcome('node', ['scripts/deploy.mjs', '--dry-run'])),
};
const ALONE = { browser: browser(inBrowser.filter((file) => !SEEN.test(file)), { inTurn: HEARD }) };
const NAMES = [CARGO, WITHOUT_WORKER, WITH_WORKER, ALONE].flatMap(Object.keys);

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
  const chosen = (suites) => Object.entries(suites).filter(([name]) => !wanted.length || wanted.includes(name));
  const together = (suites) => Promise.all(chosen(suites).map(([name, suite]) => runSuite(name, suite, tools)));
  const inTurn = async (suites) => {
    const results = [];
    for (const [name, suite] of chosen(suites)) results.push(await runSuite(name, suite, tools));
    return results;
  };
  const asked = async () => {
    const results = await Promise.all([together(WITHOUT_WORKER), built.then(() => together(WITH_WORKER))]);
    return [...results, await together(ALONE)];
  };
  const results = (await Promise.all([inTurn(CARGO), asked()])).flat(2);
  const { passed, failed, skipped } = counted(results);
  const failures = results.filter(({ failed }) => failed).map(({ name }) => name);
  if (failures.length) say(`failing: ${failures.join(', ')}`);
  console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failures.length ? 1 : 0;
}

main().catch((error) => {
  console.error(`hearken: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
});
