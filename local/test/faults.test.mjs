import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatBody, contentOf, dataOf, post, rawPost, start } from './helpers.mjs';

const PATH = '/openai/v1/chat/completions';
const WORDS = 'one two three four five six.';

/** The stream under `fault`, as bytes on the wire, and its journal entry. */
async function streamWith(t, knobs, options) {
  const providers = await start(t, { chat: { script: [WORDS], ...knobs } });
  const seen = await rawPost(providers, PATH, chatBody('x'), options);
  const text = seen.body.toString();
  return { ...seen, text, events: dataOf(text), providers };
}
const journalled = ({ providers }) => providers.waitFor((entry) => entry.ended !== 'open');

test('cut ends the body cleanly without DONE after n content events', async (t) => {
  const seen = await streamWith(t, { fault: 'cut', after: 2 });
  assert.equal(seen.whole, true);
  assert.equal(contentOf(seen.events), 'one two');
  assert.ok(!seen.text.includes('[DONE]'));
  const entry = await journalled(seen);
  assert.deepEqual([entry.ended, entry.fault], ['fault', 'cut']);
});

test('cut happens at the end of a reply that is shorter than after', async (t) => {
  const seen = await streamWith(t, { fault: 'cut', after: 99 });
  assert.equal(contentOf(seen.events), WORDS);
  assert.ok(!seen.text.includes('finish_reason":"stop') && !seen.text.includes('[DONE]'));
});

test('drop closes the connection without ending the transfer', async (t) => {
  const seen = await streamWith(t, { fault: 'drop', after: 2 });
  assert.deepEqual([seen.whole, seen.ended, contentOf(seen.events)], [false, 'fin', 'one two']);
});

test('reset is seen as ECONNRESET after the events before it', async (t) => {
  const seen = await streamWith(t, { fault: 'reset', after: 2, gap_ms: 5 });
  assert.deepEqual([seen.whole, seen.ended], [false, 'ECONNRESET']);
  assert.equal(contentOf(seen.events), 'one two');
});

test('stall goes silent with the socket open until the client leaves', async (t) => {
  const enough = (chunks) => Buffer.concat(chunks).includes('" three"');
  const seen = await streamWith(t, { fault: 'stall', after: 3 }, { enough });
  assert.equal(seen.ended, 'left');
  const entry = await journalled(seen);
  assert.deepEqual([entry.ended, entry.fault], ['client_closed', 'stall']);
  assert.ok(entry.closed_at_ms >= entry.first_write_at_ms);
});

test('hang never answers, and the journal sees the client leave', async (t) => {
  const providers = await start(t, { chat: { fault: 'hang' } });
  const leaving = new AbortController();
  const asked = fetch(providers.url + PATH, { method: 'POST', body: JSON.stringify(chatBody('x')), signal: leaving.signal });
  await providers.waitFor(({ fault }) => fault === 'hang');
  leaving.abort();
  await assert.rejects(asked);
  const entry = await providers.waitFor(({ ended }) => ended === 'client_closed');
  assert.equal(entry.status, undefined);
});

test('refuse closes the connection before any byte', async (t) => {
  const seen = await streamWith(t, { fault: 'refuse' });
  assert.equal(seen.status, undefined);
  assert.ok(['ECONNRESET', 'fin'].includes(seen.ended));
});

test('malformed puts one broken event in a stream that goes on', async (t) => {
  const seen = await streamWith(t, { fault: 'malformed', after: 2 });
  assert.equal(seen.events.filter((event) => event.broken).length, 1);
  assert.equal(contentOf(seen.events), WORDS);
  assert.equal(seen.events.at(-1), '[DONE]');
});

test('split_utf8 sends every byte alone and the whole is intact', async (t) => {
  const seen = await streamWith(t, { fault: 'split_utf8', script: ['Ça va 🌿.'] });
  assert.ok(seen.chunks.every((chunk) => chunk.length === 1));
  assert.equal(contentOf(seen.events), 'Ça va 🌿.');
});

test('crlf, cr, bom, comments and multi-line data change the framing and nothing else', async (t) => {
  const crlf = await streamWith(t, { fault: 'crlf' });
  assert.ok(!/[^\r]\n/.test(crlf.text));
  assert.equal(contentOf(dataOf(crlf.text.replaceAll('\r\n', '\n'))), WORDS);
  const cr = await streamWith(t, { fault: 'cr' });
  assert.ok(!cr.text.includes('\n'));
  assert.equal(contentOf(dataOf(cr.text.replaceAll('\r', '\n'))), WORDS);
  const bom = await streamWith(t, { fault: 'bom' });
  assert.deepEqual([...bom.body.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
  const comments = await streamWith(t, { fault: ['comments', 'multi_line_data'] });
  assert.match(comments.text, /^: keep-alive\n/);
  assert.match(comments.text, /data: \{\ndata: /);
  assert.equal(contentOf(comments.events), WORDS);
});

test('error events come in the three forms, and nothing follows them', async (t) => {
  const plain = await streamWith(t, { fault: 'error_event', after: 2 });
  assert.ok(plain.events.at(-1).error.message);
  assert.ok(!plain.text.includes('event: error'));
  const named = await streamWith(t, { fault: 'event_error', after: 2 });
  assert.match(named.text, /event: error\ndata: \{"error"/);
  const groq = await streamWith(t, { fault: 'x_groq_error', after: 2 });
  assert.equal(typeof groq.events.at(-1).x_groq.error, 'string');
  for (const seen of [plain, named, groq]) {
    assert.ok(!seen.text.includes('[DONE]'));
    assert.equal(contentOf(seen.events), 'one two');
  }
});

test('error_first and role_then_error fail before any content in a 200', async (t) => {
  const first = await streamWith(t, { fault: 'error_first' });
  assert.deepEqual([first.status, first.events.length], [200, 1]);
  assert.ok(first.events[0].error);
  const role = await streamWith(t, { fault: 'role_then_error' });
  assert.equal(role.events[0].choices[0].delta.role, 'assistant');
  assert.ok(role.events[1].error);
});

test('no_done says everything but DONE; empty says nothing; html is a page', async (t) => {
  const no_done = await streamWith(t, { fault: 'no_done' });
  assert.equal(contentOf(no_done.events), WORDS);
  assert.match(no_done.text, /"finish_reason":"stop"/);
  assert.ok(!no_done.text.includes('[DONE]'));
  const empty = await streamWith(t, { fault: 'empty' });
  assert.deepEqual([empty.status, empty.body.length], [200, 0]);
  const html = await streamWith(t, { fault: 'html' });
  assert.match(html.headers['content-type'], /^text\/html/);
});

test('presets carry the true status, body and headers of each provider', async (t) => {
  const providers = await start(t);
  const ask = async (fault, path, body) => {
    providers.control({ all: { fault } });
    const response = await post(providers.url + path, body);
    return { status: response.status, body: await response.json(), retry_after: response.headers.get('retry-after') };
  };
  const speech = { text: 'Hello.', model_id: 'm' };
  const limited = await ask('rate_limit', PATH, chatBody('x'));
  assert.deepEqual([limited.status, limited.body.error.code, limited.retry_after], [429, 'rate_limit_exceeded', '6']);
  assert.equal((await ask('capacity', PATH, chatBody('x'))).status, 498);
  const quota = await ask('quota', '/v1/text-to-speech/v/stream', speech);
  assert.deepEqual([quota.status, quota.body.detail.status], [401, 'quota_exceeded']);
  const busy = await ask('busy', '/v1/text-to-speech/v/stream', speech);
  assert.deepEqual([busy.status, busy.body.detail.status], [429, 'system_busy']);
  const many = await ask('concurrency', '/v1/text-to-speech/v', speech);
  assert.deepEqual([many.status, many.body.detail.status], [429, 'too_many_concurrent_requests']);
  assert.equal((await ask('bad_key', '/v1/speak', speech)).body.err_code, 'INVALID_AUTH');
  assert.equal((await ask('bad_key', '/v1/embeddings', { model: 'e', input: 'x' })).body.error.code, 'invalid_api_key');
});

test('status, body and headers are sent as set', async (t) => {
  const providers = await start(t, { chat: { status: 503, body: { error: { message: 'down' } }, headers: { 'retry-after': '7' } } });
  const response = await post(providers.url + PATH, chatBody('x'));
  assert.deepEqual([response.status, response.headers.get('retry-after'), await response.json()], [503, '7', { error: { message: 'down' } }]);
});

test('a completion that is not streamed breaks too', async (t) => {
  const providers = await start(t, { chat: { fault: 'cut', script: [WORDS] } });
  const cut = await rawPost(providers, PATH, { ...chatBody('x'), stream: false });
  assert.equal(cut.whole, true);
  assert.throws(() => JSON.parse(cut.body.toString()));
  providers.control({ chat: { fault: 'reset' } });
  assert.equal((await rawPost(providers, PATH, { ...chatBody('x'), stream: false })).ended, 'ECONNRESET');
  providers.control({ chat: { fault: 'error_event' } });
  assert.ok((await (await post(providers.url + PATH, { ...chatBody('x'), stream: false })).json()).error);
});
