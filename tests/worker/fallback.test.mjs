// A provider that fails before its first content is followed by the next one; the client sees that one's bytes alone.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { chatBody, chunk, contractError, DONE, events, EVENT_STREAM, FINISH, GROQ_KEY, OPENAI_KEY, ROLE, sendChat, sending, startScripted } from './support.mjs';

const CLOCKS = { LLM_HEADERS_MS: '400', LLM_FIRST_MS: '600', LLM_IDLE_MS: '500' };
/** What an upstream says or is, none of which a client may read. */
const SECRETS = [GROQ_KEY, OPENAI_KEY, 'gsk', '127.0.0.1', 'localhost', 'Rate limit', 'TPM', 'Incorrect API key', 'quota', 'scripted status',
  'over capacity', 'Internal Server Error', 'Something is not right', 'doctype', 'wasm', '    at '];

function nothingLeaks(text, headers) {
  for (const secret of SECRETS) {
    assert.ok(!text.includes(secret), `"${secret}" stands in ${text}`);
    assert.ok(!JSON.stringify(Object.entries(headers).filter(([name]) => name !== 'date')).includes(secret), `"${secret}" stands in a header`);
  }
}

describe('the faults of real providers, with their own bodies', () => {
  let hearken;
  before(async () => {
    hearken = await startHearken({
      vars: { LLM: 'groq:first, openai:second', GROQ_API_KEY: GROQ_KEY, OPENAI_API_KEY: OPENAI_KEY, ...CLOCKS },
    });
  });
  after(() => hearken?.stop());

  /** Asks with these knobs set and answers what came, with the journal of it. */
  async function ask(knobs, fields) {
    const { providers } = hearken;
    providers.control(null);
    providers.control({ chat: { first_ms: 0, gap_ms: 0, script: ['The second one speaks.', 'The second one speaks.'], script_repeat: true }, ...knobs });
    providers.journal.clear();
    const answer = await sendChat(hearken.url, chatBody('hello', fields)).answer;
    return { answer, asked: () => providers.requests.map(({ scope }) => scope.split('.')[0]) };
  }

  const FAULTS = {
    refuse: { fault: 'refuse' }, 'a status of 500': { fault: 'server_error' }, 'a status of 503': { fault: 'busy' },
    'a wrong key': { fault: 'bad_key' }, 'a used-up quota': { fault: 'quota' }, 'a rate limit': { fault: 'rate_limit' }, 'a capacity limit (498)': { fault: 'capacity' },
    'a wrong path (404)': { status: 404 }, 'a refusal (400)': { status: 400 }, 'a redirect': { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
    'no headers': { fault: 'hang' }, 'no content': { first_ms: 60_000 }, 'an empty stream': { fault: 'empty' }, 'an HTML page': { fault: 'html' },
    'an error first': { fault: 'error_first' }, 'a role, then an error': { fault: 'role_then_error' }, 'a role, then the end': { fault: 'cut', after: 0 },
    'a role, then a reset': { fault: 'reset', after: 0 }, 'a role, then silence': { fault: 'stall', after: 0 }, 'an error event first': { fault: 'event_error', after: 0 },
    'x_groq.error first': { fault: 'x_groq_error', after: 0 }, 'JSON instead of a stream': { body: { choices: [] } }, 'a body of text': { body: 'hello' },
  };
  for (const [name, knobs] of Object.entries(FAULTS)) {
    test(`${name} lets the second provider serve, streamed`, async () => {
      const { answer, asked } = await ask({ groq: knobs });
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      assert.equal(answer.headers['x-served-by'], 'openai:second');
      assert.deepEqual(asked(), ['groq', 'openai']);
      const all = events(text);
      assert.equal(all.at(-1), '[DONE]');
      const chunks = all.slice(0, -1).map((data) => JSON.parse(data));
      assert.equal(new Set(chunks.map(({ id }) => id)).size, 1, 'all chunks are of one reply');
      assert.equal(chunks.map(({ choices }) => choices[0].delta.content ?? '').join(''), 'The second one speaks.');
      assert.ok(chunks.every(({ model, x_groq, error }) => model === 'second' && !x_groq && !error));
      nothingLeaks(text, answer.headers);
    });
  }

  const WHOLE = ['refuse', 'a status of 500', 'a wrong key', 'a rate limit', 'no headers', 'no content', 'an HTML page', 'an empty stream', 'an error first',
    'a role, then the end', 'a role, then a reset', 'a role, then silence'];
  for (const name of WHOLE) {
    test(`${name} lets the second provider serve, not streamed`, async () => {
      const { answer, asked } = await ask({ groq: FAULTS[name] }, { stream: false });
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      assert.equal(answer.headers['x-served-by'], 'openai:second');
      assert.deepEqual(asked(), ['groq', 'openai']);
      const { object, model, choices } = JSON.parse(text);
      assert.deepEqual([object, model, choices[0].message.content], ['chat.completion', 'second', 'The second one speaks.']);
      nothingLeaks(text, answer.headers);
    });
  }

  const BOTH = {
    'both refuse connections': [{ fault: 'refuse' }, 502, 'provider_failed'], 'both answer 500': [{ fault: 'server_error' }, 502, 'provider_failed'],
    'both refuse the key': [{ fault: 'bad_key' }, 502, 'provider_failed'], 'both send HTML': [{ fault: 'html' }, 502, 'provider_failed'],
    'both report an error first': [{ fault: 'error_first' }, 502, 'provider_failed'], 'both say nothing': [{ fault: 'empty' }, 502, 'provider_failed'],
    'both do not know the path': [{ status: 404 }, 502, 'provider_failed'], 'both hang': [{ fault: 'hang' }, 504, 'provider_timeout'],
    'both are silent after headers': [{ first_ms: 60_000 }, 504, 'provider_timeout'], 'both are busy': [{ fault: 'rate_limit' }, 429, 'provider_busy'],
    'both refuse the input': [{ status: 400 }, 400, 'provider_refused'], 'both find the input too large': [{ status: 413 }, 413, 'request_too_large'],
    'both cannot process the input': [{ status: 422 }, 422, 'provider_refused'],
  };
  for (const [name, [knobs, status, code]] of Object.entries(BOTH)) {
    for (const stream of [true, false]) {
      test(`${name}: ${status}, ${stream ? 'streamed' : 'not streamed'}`, async () => {
        const { answer, asked } = await ask({ groq: knobs, openai: knobs }, { stream });
        const error = await contractError(answer, status);
        assert.equal(error.code, code);
        assert.deepEqual(asked(), ['groq', 'openai']);
        assert.equal(answer.headers['x-served-by'], undefined);
        if (status === 429) {
          // Groq asks for 6 s, OpenAI for 2 s: whoever comes back first can serve.
          assert.equal(answer.headers['retry-after'], '2');
          assert.match(error.message, /2 s/);
        } else assert.equal(answer.headers['retry-after'], undefined);
        nothingLeaks(JSON.stringify(error), answer.headers);
      });
    }
  }

  test('different failures are 502', async () => {
    const { answer } = await ask({ groq: { fault: 'rate_limit' }, openai: { fault: 'server_error' } });
    assert.equal((await contractError(answer, 502)).code, 'provider_failed');
  });

  test('a model that the client names has no fallback', async () => {
    const { answer, asked } = await ask({ groq: { fault: 'server_error' } }, { model: 'groq:first' });
    await contractError(answer, 502);
    assert.deepEqual(asked(), ['groq']);
  });

  test('every failed attempt is logged with its kind and never with a key', async () => {
    hearken.logs.length = 0;
    const { answer } = await ask({ groq: { fault: 'bad_key' } });
    await answer.whole();
    const logged = hearken.logs.join('\n');
    assert.match(logged, /"event":"attempt_failed"/);
    assert.match(logged, /"failure":"credential"/);
    assert.ok(logged.includes(answer.headers['x-request-id']));
    assert.ok(!logged.includes(GROQ_KEY) && !logged.includes('Invalid API Key'));
  });
});

describe('faults on the wire', { concurrency: true }, () => {
  let hearken;
  before(async () => {
    hearken = await startScripted(CLOCKS);
  });
  after(() => hearken?.stop());
  const SECOND = ROLE.replaceAll('c1', 'second') + chunk('the second') + FINISH + DONE;

  const STREAMS = {
    'a malformed event, then nothing': sending('data: {"choices":[{"delta":{"content":"brok\n\n'),
    'comments alone': sending(': wait\n\n', ': wait\n\n'),
    '[DONE] alone': sending(DONE),
    'a role and [DONE]': sending(ROLE, DONE),
    'error as a reason to finish': sending(ROLE, FINISH.replace('"stop"', '"error"'), DONE),
    'half an event': sending(ROLE, chunk('x').slice(0, 60)),
    'an error without a name, in CR': sending(`${ROLE}data: {"error":{"message":"x"}}\n\n`.replaceAll('\n', '\r')),
    'an error event of other data': sending('event: error\ndata: overloaded\n\n'),
    'comments for ever, without content': async (call) => {
      call.head();
      while (!call.gone) {
        await call.write(': keep-alive\n\n');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    'headers, then a reset': async (call) => {
      call.head();
      await call.write(ROLE);
      call.reset();
    },
    'a status of 500 whose body never ends': async (call) => {
      call.head(500, EVENT_STREAM);
      await call.write('{"error":');
      await call.closed;
    },
    'a status of 204': (call) => {
      call.head(204, {});
      call.end();
    },
    'a page that is called a stream': async (call) => {
      call.head(200, EVENT_STREAM);
      call.end(`<html>${ROLE + chunk('x') + DONE}`);
    },
  };
  for (const [name, groq] of Object.entries(STREAMS)) {
    test(`${name} lets the second provider serve its bytes alone`, async () => {
      hearken.upstream.plan(name, { groq, openai: sending(SECOND) });
      const answer = await hearken.chat(name);
      assert.equal(await answer.text(), SECOND);
      assert.equal(answer.headers['x-served-by'], 'openai:second');
      assert.deepEqual(hearken.upstream.calls(name).map(({ provider }) => provider), ['groq', 'openai']);
    });
  }

  test('an attempt that is too late is closed before the next one is asked', async () => {
    const key = 'closed before';
    const order = [];
    hearken.upstream.plan(key, {
      async groq(call) {
        await call.closed;
        order.push('the first is closed');
      },
      async openai(call) {
        const [first] = hearken.upstream.calls(key);
        await first.closed;
        order.push('the second answers');
        await sending(SECOND)(call);
      },
    });
    assert.equal(await (await hearken.chat(key)).text(), SECOND);
    assert.deepEqual(order, ['the first is closed', 'the second answers']);
  });

  test('a provider whose reply failed is closed at once', async () => {
    const key = 'failed and open';
    hearken.upstream.plan(key, {
      async groq(call) {
        call.head();
        await call.write('data: {"error":{"message":"x"}}\n\n');
        await call.closed;
      },
      async openai(call) {
        await hearken.upstream.calls(key)[0].closed;
        await sending(SECOND)(call);
      },
    });
    assert.equal(await (await hearken.chat(key)).text(), SECOND);
  });

  test('a redirect is not followed: it would carry the key away', async () => {
    const key = 'redirect';
    hearken.upstream.plan(key, {
      groq(call) {
        call.head(307, { location: `${hearken.upstream.url}/openai/stolen` });
        call.end();
      },
      openai: sending(SECOND),
    });
    assert.equal(await (await hearken.chat(key)).text(), SECOND);
    assert.deepEqual(hearken.upstream.calls(key).map(({ req }) => req.url), ['/groq/chat/completions', '/openai/chat/completions']);
  });
});
