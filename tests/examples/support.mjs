// What the tests of the examples share: hearken as `npm start` serves it, the examples' Python, and running one of them.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, python, requirements } from '../../scripts/setup.mjs';
import { PATIENCE_MS } from '../patience.mjs';

export const example = (...path) => join(ROOT, 'examples', ...path);

/** One Python with what all examples and clients need; undefined where it cannot be had. */
export const examplesPython = () => {
  const files = readdirSync(example()).map((name) => join('examples', name, 'requirements.txt')).filter((file) => existsSync(join(ROOT, file)));
  files.push('tests/clients/requirements.txt');
  return python('examples', [...new Set(requirements(...files))]);
};

/** Another with LiveKit's and pipecat's voice agents, which are some hundred megabytes. */
export const voiceAgentsPython = () => python('voice-agents', requirements('tests/clients/realtime-requirements.txt'));

/** A folder for what an example writes. */
export function scratch() {
  const path = mkdtempSync(join(tmpdir(), 'hearken-example-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs a command to its end; its output, or an error with all that it wrote. */
export function ran(command, args, { cwd, env = {}, timeout_ms = PATIENCE_MS }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeout_ms });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    child.on('error', reject);
    child.on('close', (status, signal) => (status === 0 ? resolve(output) : reject(new Error(`${command} ${args.join(' ')} ended with ${status ?? signal}\n${output}${errors}`))));
  });
}
