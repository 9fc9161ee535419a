// The log lines that docs/operating.md describes, against those that the built Worker writes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';

const operating = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
/** The fields that the table gives for an event. */
const fieldsOf = (event) => [...new RegExp(`^\\| \`${event}\` \\|.*\\|(.*)\\|$`, 'm').exec(operating)[1].matchAll(/`(\w+)`/g)].map(([, field]) => field);

const SECRET = 'my dog is called Rex';
let hearken;
before(async () => {
  hearken = await startHearken({ vars: { LLM: 'groq:first, openai:second' } });
});
after(() => hearken?.stop());

const chat = (more = {}, signal) => fetch(`${hearken.url}/v1/chat/completions`, {
  method: 'POST', signal, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ messages: [{ role: 'user', content: SECRET }], ...more }),
});
const line = (event) => hearken.logs.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text)).find((one) => one.event === event);

test('an attempt that fails is told with the documented fields, and nothing of what was said', async () => {
  hearken.providers.control({ groq: { fault: 'server_error' } });
  const response = await chat();
  assert.equal(response.headers.get('x-served-by'), 'openai:second');
  const told = await until('the log line', () => line('attempt_failed'));
  assert.deepEqual(Object.keys(told).sort(), ['event', ...fieldsOf('attempt_failed')].sort());
  assert.deepEqual([told.operation, told.target, told.failure, told.request_id], ['chat', 'groq:first', 'status', response.headers.get('x-request-id')]);
  assert.ok(!hearken.logs.join('\n').includes(SECRET));
});

test('an attempt whose client leaves is told with the documented fields', async () => {
  hearken.providers.control(null);
  hearken.providers.control({ chat: { gap_ms: 50, script: ['one two three four five six seven eight nine ten '.repeat(20)] } });
  const leave = new AbortController();
  const response = await chat({ stream: true }, leave.signal);
  await response.body.getReader().read();
  leave.abort();
  const told = await until('the log line', () => line('attempt_abandoned'));
  assert.deepEqual(Object.keys(told).sort(), ['event', ...fieldsOf('attempt_abandoned')].sort());
  assert.equal(told.request_id, response.headers.get('x-request-id'));
});
