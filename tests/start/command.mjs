// The commands that serve, run as an operator runs them: in a process group of their own, with a place for temporary files
// that must be empty afterwards.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';
import { until } from '../harness.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const NO_PROC = !existsSync('/proc/self/stat') && 'processes are counted through /proc';

const running = new Set();
after(() => {
  for (const started of running) started.kill('SIGKILL');
});

/** Runs `npm start`, or another `command` of npm, with these variables on top. */
export function start(variables = {}, command = ['start']) {
  const scratch = mkdtempSync(join(tmpdir(), 'hearken-start-'));
  const child = spawn('npm', command, {
    cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_TEST_CONTEXT: '', npm_config_update_notifier: 'false', TMPDIR: scratch, PORT: '0', ...variables },
  });
  const started = {
    scratch, output: '', status: undefined, pid: child.pid,
    /** Sends a signal to the whole group, as a terminal does. */
    kill(signal) {
      try {
        process.kill(-child.pid, signal);
      } catch { /* All of it has gone. */ }
    },
    /** Resolves with the status once the command has ended. */
    ended: () => until(`npm ${command.join(' ')} to end`, () => started.closed),
    /** Resolves with the address it prints. */
    async ready() {
      const line = () => /^ready (http:\/\/127\.0\.0\.1:\d+)$/m.exec(started.output);
      await until(`npm ${command.join(' ')} to be ready`, () => line() || started.closed);
      assert.ok(line(), started.output);
      return line()[1];
    },
  };
  running.add(started);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (started.output += text));
  child.on('close', (code, signal) => {
    Object.assign(started, { closed: true, code, signal });
    running.delete(started);
  });
  return started;
}

/** All processes below `pid`. */
export function descendants(pid) {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
    } catch {
      return [];
    }
  });
  const found = [];
  for (let level = [pid]; level.length > 0;) {
    level = parents.filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}

function lives(pid) {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

/** Whether somebody listens there. */
export const listens = (url) => new Promise((resolve) => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
    socket.destroy();
    resolve(true);
  });
  socket.on('error', () => resolve(false));
});

/** Asserts that nothing of it is left: no process, no port and, unless it was killed, no file outside its own folder. */
export async function nothingLeft(started, pids, urls, { isKilled = false } = {}) {
  for (const pid of pids) await until(`process ${pid} to end`, () => !lives(pid));
  for (const url of urls) assert.equal(await listens(url), false, `${url} is still open`);
  if (!isKilled) assert.deepEqual(readdirSync(started.scratch), [], 'temporary files are left');
  rmSync(started.scratch, { recursive: true });
}
