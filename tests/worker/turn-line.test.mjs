// What is told of one turn: a line in the log, a point where that is bound, a trace that goes on, what was heard; and that
// nothing of a person or a key is in any of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { having, until } from '../harness.mjs';
import { readOpenMetrics } from './openmetrics.mjs';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const VOICE = { modalities: ['text', 'audio'], audio: { voice: 'x', format: 'opus' }, stream: true };

const post = (hearken, path, body, headers = {}) => fetch(`${hearken.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
async function chat(hearken, more = {}, headers = {}) {
  const answer = await post(hearken, '/v1/chat/completions', { messages: [{ role: 'user', content: 'I walked in the rain today.' }], ...more }, headers);
  await answer.arrayBuffer();
  return answer.headers.get('x-request-id');
}
const lineOf = (hearken, id) => until('the line of the turn', () => hearken.logs.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text)).find(({ event, request_id }) => event === 'turn' && request_id === id));

test('a turn has one line with its steps, its providers and its cost', async () => {
  await having({ vars: { TELEMETRY_FLUSH_MS: '20', LLM: 'groq:openai/gpt-oss-120b' } }, async (hearken) => {
    const text = await lineOf(hearken, await chat(hearken, { memory: 'off', stream: true }, { traceparent: TRACEPARENT }));
    assert.deepEqual([text.kind, text.trace_id, text.recall, text.first_audio_ms], ['text', TRACE, 'off', null]);
    assert.match(text.steps, /opening;dur=0;desc="skipped: memory_off", reply;dur=\d+/);
    assert.deepEqual(text.targets, ['chat:groq:openai/gpt-oss-120b x1']);
    assert.ok(text.tokens_in > 0 && text.tokens_out > 0 && text.cost_usd > 0 && text.is_cost_whole && text.duration_ms > 0);
    const spoken = await lineOf(hearken, await chat(hearken, { ...VOICE, user: 'ada' }));
    assert.deepEqual([spoken.kind, spoken.trace_id], ['voice', null]);
    assert.ok(spoken.first_audio_ms > 0 && spoken.phrases > 0);
    assert.ok(spoken.targets.some((target) => target.startsWith('speech:elevenlabs:')));
    const all = hearken.logs.filter((line) => line.includes('"event":"turn"'));
    assert.equal(all.length, 2);
  });
});

test('a trace goes on to servers of one\'s own, as a span of hearken\'s, and a wrong one does not', async () => {
  await having({ vars: { LLM: 'groq:m' } }, async (hearken) => {
    const sent = () => hearken.providers.requests.filter(({ path }) => path.endsWith('/chat/completions')).at(-1).headers;
    await chat(hearken, { memory: 'off' }, { traceparent: TRACEPARENT, tracestate: 'a=b', baggage: 'who=ann' });
    assert.match(sent().traceparent, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    assert.ok(!sent().traceparent.includes('00f067aa0ba902b7') && !sent().tracestate && !sent().baggage);
    await chat(hearken, { memory: 'off' }, { traceparent: TRACEPARENT.replace('00-', 'ff-') });
    assert.equal(sent().traceparent, undefined);
  });
});

test('one point for each turn goes to ANALYTICS where that is bound', async () => {
  const adjust = (options) => {
    const [worker, ...others] = options.workers;
    const script = 'export default () => ({ writeDataPoint: (point) => console.log("POINT " + JSON.stringify(point)) });';
    const wrappedBindings = { ...worker.wrappedBindings, ANALYTICS: 'analytics' };
    return { ...options, workers: [{ ...worker, wrappedBindings }, ...others, { name: 'analytics', modules: true, script }] };
  };
  await having({ adjust }, async (hearken) => {
    await chat(hearken, { memory: 'off' });
    await chat(hearken, { ...VOICE, memory: 'off' });
    const points = () => hearken.logs.filter((line) => line.startsWith('POINT ')).map((line) => JSON.parse(line.slice(6)));
    await until('two points', () => points().length === 2);
    assert.deepEqual(points().map(({ indexes, blobs, doubles }) => [indexes[0], blobs.length, doubles.length]), [['text', 3, 7], ['voice', 3, 7]]);
    assert.ok(points().every(({ doubles }) => doubles[0] > 0));
  });
});

test('what was heard counts once for a turn', async () => {
  await having({ vars: { TELEMETRY_FLUSH_MS: '20' } }, async (hearken) => {
    const turn = await chat(hearken, { ...VOICE, memory: 'off' });
    for (const [body, status] of [[{ turn, heard_ms: 850 }, 204], [{ turn, heard_ms: 900 }, 204], [{ turn, heard_ms: 120_001 }, 400], [{ turn, heard_ms: 1.5 }, 400], [{ turn: 'ann', heard_ms: 1 }, 400]])
      assert.equal((await post(hearken, '/v1/heard', body)).status, status, JSON.stringify(body));
    await until('the figure', async () => {
      const families = readOpenMetrics(await (await fetch(`${hearken.url}/metrics`)).text());
      const of = (name) => families.hearken_heard_seconds?.samples.find((sample) => sample.name === `hearken_heard_seconds_${name}`)?.value;
      assert.ok((of('count') ?? 1) === 1);
      return of('count') === 1 && of('sum') === 0.85;
    });
    // A realtime session's turn is known by its response.
    assert.equal((await post(hearken, '/v1/heard', { turn: turn.replace('req_', 'resp_'), heard_ms: 850 })).status, 204);
  });
});

test('nothing of a person, a text or a key is in a log line, a metric or a figure', async () => {
  const planted = { person: 'ann.private@example.org', text: 'My sister Ottilie lives in Xanten.', conversation: 'talk-of-ann', key: 'key-planted-in-a-header', provider: 'gsk_planted_secret', name: 'Ottilie' };
  const vars = { TELEMETRY_FLUSH_MS: '20', AUTH: 'required', API_KEYS: planted.key, SESSION_SECRET: 'session-planted-secret', GROQ_API_KEY: planted.provider, LLM: 'groq:first, openai:second', EXTRACT_IDLE_MS: '20' };
  await having({ vars }, async (hearken) => {
    const headers = { authorization: `Bearer ${planted.key}`, 'x-user': planted.person, traceparent: `00-${planted.text}` };
    const said = { messages: [{ role: 'user', content: `Remember this: ${planted.text}` }], conversation: planted.conversation };
    await chat(hearken, said, headers);
    hearken.providers.control({ groq: { status: 500, times: 1 } });
    await chat(hearken, { ...said, ...VOICE }, headers);
    await (await fetch(`${hearken.url}/v1/memories/${planted.name}?user=${planted.person}`, { headers })).text();
    await (await post(hearken, '/v1/heard', { turn: planted.text, heard_ms: 5 }, headers)).text();
    const read = async (path) => (await fetch(`${hearken.url}${path}`, { headers: { authorization: headers.authorization } })).text();
    const metrics = await until('an extraction', async () => {
      const text = await read('/metrics');
      return /hearken_extraction_seconds_count [1-9]/.test(text) && text;
    });
    const told = [metrics, await read('/admin/stats?window=1h'), hearken.logs.join('\n')];
    for (const secret of [...Object.values(planted), 'session-planted-secret', 'Xanten']) for (const [place, text] of told.entries()) assert.ok(!text.includes(secret), `${secret} in ${['metrics', 'stats', 'the log'][place]}`);
  });
});
