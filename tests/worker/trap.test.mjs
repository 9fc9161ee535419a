// One request that traps leaves an instance of the wasm that no other may use: the next one gets a new instance, and so
// does each Durable Object that lived in the old one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { ROOT } from '../../scripts/setup.mjs';
import { startHearken } from '../harness.mjs';
import { Somebody } from './people.mjs';

// The Worker as it is, in a platform whose clock breaks once when a request says so: what a call from wasm throws where
// nothing catches it goes through the wasm as a trap does.
const BREAKING = `
import worker from './index.js';
export { Breaker, Person, Phrasebook } from './index.js';
const { now } = Date;
let breaks = false;
Date.now = () => {
  if (breaks) { breaks = false; throw new Error('the clock broke'); }
  return now();
};
export default { ...worker, fetch(request, env, context) {
  breaks = request.headers.has('x-break-the-clock');
  return worker.fetch(request, env, context);
} };`;

const breaking = (options) => {
  const [hearken, ...others] = options.workers;
  const modules = [{ type: 'ESModule', path: join(ROOT, 'build', 'breaking.js'), contents: BREAKING }, ...hearken.modules];
  return { ...options, workers: [{ ...hearken, modules }, ...others] };
};

test('after a trap the Worker and its objects serve as before', async () => {
  const hearken = await startHearken({ adjust: breaking });
  try {
    const ana = new Somebody(hearken.url, 'ana');
    await ana.remember('Ana keeps bees.');
    assert.equal((await ana.ask('POST', '/v1/memories/search', { query: 'bees' }, { 'x-break-the-clock': '1' })).status, 500);
    assert.deepEqual(await ana.texts(), ['Ana keeps bees.']);
    assert.equal((await ana.say('Good evening.')).status, 200);
  } finally {
    await hearken.stop();
  }
});
