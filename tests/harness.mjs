// The one place where tests start things: the built Worker in workerd, and the local providers behind it, on free
// ports. Nothing sleeps; whoever waits, waits for a condition.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalProviders } from '../local/server.mjs';
import { ROOT } from '../scripts/setup.mjs';
import { localVars, startWorker } from '../scripts/worker.mjs';
import { ENGINE } from './engine.mjs';
import { PATIENCE_MS } from './patience.mjs';

// Each `fetch` goes on a connection of its own: workerd ends one that was idle for 5 s, and a process that was busy for as
// long, or on a busy machine, would ask on it all the same ("other side closed"). Node loads `fetch` with what belongs to it.
void globalThis.Headers;
const DISPATCHER = Symbol.for('undici.globalDispatcher.1');
globalThis[DISPATCHER] = new globalThis[DISPATCHER].constructor({ pipelining: 0 });

/** Quick providers: no human pace, so that a test takes as long as its work. */
const QUICK = { chat: { first_ms: 0, gap_ms: 0 }, speech: { first_ms: 0 } };

const NO_RETRIES = { LLM_RETRIES: '0', TTS_RETRIES: '0', STT_RETRIES: '0', EMBED_RETRIES: '0' };

/** The preferred targets of the defaults alone: most tests ask what one provider's fault does, and nobody stands in for it. */
const ALONE = { LLM: 'groq:openai/gpt-oss-120b', TTS: 'elevenlabs:eleven_flash_v2_5', STT: 'groq:whisper-large-v3-turbo' };

/**
 * A kept clip is waited for: what a test asks is whether it is there, not whether a busy machine finds it in time. And nobody
 * extracts after a minute of silence: it would take a reply of the script that another test has written.
 */
const PATIENT = { PHRASE_LOOKUP_MS: '5000', EXTRACT_IDLE_MS: '3600000' };

/** Switches every breaker off, as an operator would. A Worker that refuses its configuration has none. */
async function disableBreakers(url, { API_KEYS } = {}) {
  const headers = { 'content-type': 'application/json', ...(API_KEYS ? { authorization: `Bearer ${API_KEYS.split(',')[0].trim()}` } : {}) };
  const listed = await fetch(`${url}/admin/breakers`, { headers });
  const { data = [] } = await listed.json();
  for (const { key } of data) {
    const set = await fetch(`${url}/admin/breakers/${encodeURIComponent(key)}`, { method: 'PUT', headers, body: '{"mode":"disabled"}' });
    if (!set.ok) throw new Error(`the breaker ${key} could not be switched off: ${set.status} ${await set.text()}`);
    await set.arrayBuffer();
  }
}

/** The same as `startWorker`, by `npm run serve`: a process of its own, with its state in a directory that goes away. */
async function startServed({ vars, log }) {
  const state = mkdtempSync(join(tmpdir(), 'hearken-served-'));
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'serve.mjs')], { env: { ...process.env, ...vars, PORT: '0', STATE_DIR: state }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let output = '';
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(state, { recursive: true, force: true });
  };
  const url = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        log(text);
        const ready = /^ready (\S+)$/m.exec(output);
        if (ready) resolve(ready[1]);
      });
    }
    child.on('close', () => reject(new Error(`it does not serve: ${output}`)));
  });
  return { url, stop };
}

/**
 * Starts hearken with its providers; with `HEARKEN_SERVED` in the environment as `npm run serve` does. `vars` are Worker variables (a function of the providers' url is fine, too),
 * `knobs` the providers' settings. Most tests cause faults one after the other, and a breaker that opens between them
 * would answer for the provider: breakers and retries are off unless `breakers` is `auto`. `engine` speaks. Answers
 * `{url, providers, miniflare, logs, stop}`.
 */
export async function startHearken({ vars = {}, knobs = QUICK, persist, python, breakers = 'disabled', adjust, engine = ENGINE } = {}) {
  const providers = await startLocalProviders({ port: 0, settings: knobs, engine, ...(python ? { python } : {}) });
  const logs = [];
  try {
    const own = typeof vars === 'function' ? vars(providers.url) : vars;
    const worker = await (process.env.HEARKEN_SERVED ? startServed : startWorker)({
      vars: { ...localVars(providers.url), ...ALONE, ...PATIENT, ...(breakers === 'auto' ? {} : NO_RETRIES), ...own },
      // Miniflare looks through every byte of a Worker that has a stand-in of its own bound: 0.25 s a start.
      aiUrl: /workers-ai:/.test(JSON.stringify(own)) ? providers.url : undefined,
      persist,
      adjust,
      log: (text) => logs.push(...text.split('\n').filter(Boolean)),
    });
    if (breakers !== 'auto') await disableBreakers(worker.url, own);
    return {
      url: worker.url,
      providers,
      miniflare: worker.miniflare,
      logs,
      async stop() {
        await worker.stop();
        await providers.close();
      },
    };
  } catch (error) {
    await providers.close();
    throw error;
  }
}

/** Resolves when `condition` gives something truthy; rejects after `timeout_ms` with what was waited for. */
export async function until(what, condition, timeout_ms = PATIENCE_MS) {
  const end = Date.now() + timeout_ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts with real breakers, runs, and stops whatever happens. */
export async function having(options, run) {
  const hearken = await startHearken({ breakers: 'auto', ...options });
  try {
    await run(hearken);
  } finally {
    await hearken.stop();
  }
}
