// `npm start -- --watch`, in its two halves: what a change sets off, and that the Worker then serves what was built.

import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ROOT } from '../../scripts/setup.mjs';
import { onChange } from '../../scripts/watch.mjs';
import { localVars, startWorker } from '../../scripts/worker.mjs';
import { until } from '../harness.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'hearken-watch-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

test('a change below the directory is acted on, never two at once, also when the one before failed', async () => {
  const src = join(scratch, 'src');
  mkdirSync(join(src, 'deep'), { recursive: true });
  const acts = [];
  let at_once = 0;
  let most_at_once = 0;
  const stop = onChange(src, async () => {
    most_at_once = Math.max(most_at_once, (at_once += 1));
    await new Promise((resolve, reject) => acts.push({ resolve, reject })).finally(() => (at_once -= 1));
  });
  try {
    writeFileSync(join(src, 'deep', 'one.rs'), 'one');
    await until('the first act', () => acts.length === 1);
    writeFileSync(join(src, 'two.rs'), 'two');
    acts[0].reject(new Error('it does not compile'));
    await until('the second act', () => acts.length === 2);
    acts[1].resolve();
    assert.equal(most_at_once, 1);
  } finally {
    await stop();
  }
});

test('a reloaded Worker serves what the directory holds now, at the same address and with what it knew', async () => {
  const built = join(scratch, 'build');
  cpSync(join(ROOT, 'build'), built, { recursive: true });
  const worker = await startWorker({ built, vars: { ...localVars('http://127.0.0.1:9'), EMBED: 'off', EXTRACT_IDLE_MS: '3600000' }, persist: join(scratch, 'state') });
  const memories = (method, body) => fetch(`${worker.url}/v1/memories`, { method, body, headers: { 'x-user': 'ana', 'content-type': 'application/json' } });
  try {
    const added = await memories('POST', '{"text":"Ana keeps bees."}');
    assert.equal(added.status, 200, await added.text());
    const again = 'globalThis.Response = new Proxy(Response, { construct(made, all) { const it = new made(...all); it.headers.set("x-built", "again"); return it; } });';
    appendFileSync(join(built, 'index.js'), `\n${again}\n`);
    assert.equal((await memories('GET')).headers.get('x-built'), null, 'not before');
    await worker.reload();
    const listed = await memories('GET');
    assert.equal(listed.headers.get('x-built'), 'again');
    const body = await listed.text();
    assert.deepEqual(JSON.parse(body).data?.map(({ text }) => text), ['Ana keeps bees.'], body);
  } finally {
    await worker.stop();
  }
});
