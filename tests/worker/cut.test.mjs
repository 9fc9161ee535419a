// A reply that breaks off after its content began: the client keeps what it has, is told once, and nobody else speaks.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chunk, DONE, FINISH, ROLE, startScripted, within } from './support.mjs';

const IDLE_MS = 2_000;
const SECOND = () => assert.fail('nobody else may speak after content');

/** Scripts that reach a phase of the relay; `put` waits until the client has everything. */
const PHASES = {
  'with the first content': async ({ put }) => put(ROLE + chunk('first')),
  'after a few paced events': async ({ put }) => {
    for (let count = 0; count < 4; count += 1) await put(chunk(`paced ${count}`));
  },
  'late in a paced stream': async ({ put }) => {
    for (let count = 0; count < 60; count += 1) await put(chunk(`paced ${count}`));
  },
  'after a burst': async ({ put }) => put(Array.from({ length: 300 }, (_, count) => chunk(`burst ${count}`)).join('')),
};

/** Plans a reply that reaches `phase` and goes on with `rest(call, put)`; answers `{answer, sent}`. */
async function reply(hearken, key, phase, rest) {
  let sent = '';
  let answer;
  hearken.upstream.plan(key, {
    async groq(call) {
      call.head();
      const put = async (piece) => {
        sent += piece;
        await call.write(piece);
        await (await answer).until(Buffer.byteLength(sent));
      };
      const add = async (piece) => {
        sent += piece;
        await call.write(piece);
      };
      await PHASES[phase]({ put });
      await rest(call, add);
    },
    openai: SECOND,
  });
  answer = hearken.chat(key);
  return { answer: await answer, sent: () => sent };
}

/** Asserts that `text` is what was sent and one error event of `code`, and answers the error. */
function oneErrorAppended(text, sent, code) {
  assert.ok(text.startsWith(sent), 'what was received stays');
  const appended = text.slice(sent.length);
  const found = /^(?:\n\n)?data: (\{"error":\{.*\}\})\n\n$/.exec(appended);
  assert.ok(found, `appended: ${JSON.stringify(appended)}`);
  const { error } = JSON.parse(found[1]);
  assert.deepEqual(Object.keys(error), ['message', 'type', 'param', 'code']);
  assert.equal(error.code, code);
  assert.ok(!text.includes('[DONE]'));
  return error;
}

describe('after content', { concurrency: true }, () => {
  let hearken;
  before(async () => {
    hearken = await startScripted({ LLM_IDLE_MS: String(IDLE_MS) });
  });
  after(() => hearken?.stop());

  const silence = async (call) => call.closed;
  const ENDS = {
    'a clean end without [DONE]': ['stream_interrupted', (call) => call.end()],
    'an empty finish reason and no [DONE]': ['stream_interrupted', async (call, add) => {
      await add(FINISH.replace('"stop"', '""'));
      call.end();
    }],
    'a reset': ['stream_interrupted', (call) => call.reset()],
    'a closed connection': ['stream_interrupted', (call) => call.res.socket.destroySoon()],
    'half an event': ['stream_interrupted', async (call, add) => {
      await add(chunk('never whole').slice(0, 70));
      call.end();
    }],
    'half a character': ['stream_interrupted', async (call, add) => {
      await add('data: {"choices":[{"delta":{"content":"');
      call.end(Buffer.from([0xf0, 0x9f]));
    }],
    'half a [DONE]': ['stream_interrupted', async (call, add) => {
      await add('data: [DON');
      call.end();
    }],
    'a line end too few': ['stream_interrupted', async (call, add) => {
      await add(chunk('x').slice(0, -1));
      call.end();
    }],
    silence: ['stream_idle', silence],
    'half an event and silence': ['stream_idle', async (call, add) => {
      await add(chunk('never whole').slice(0, 70));
      await silence(call);
    }],
  };
  for (const phase of Object.keys(PHASES)) {
    for (const [end, [code, rest]] of Object.entries(ENDS)) {
      test(`${end} ${phase} is one error event`, async () => {
        const key = `${end} ${phase}`;
        const { answer, sent } = await reply(hearken, key, phase, rest);
        let text = (await answer.whole()).toString('latin1');
        if (end === 'half a character') text = text.replace('\xf0\x9f', '');
        const error = oneErrorAppended(text, sent(), code);
        assert.equal(error.type, code === 'stream_idle' ? 'timeout_error' : 'server_error');
        assert.equal(answer.broken, false);
        assert.equal(answer.headers['x-served-by'], 'groq:first');
        const calls = hearken.upstream.calls(key);
        assert.equal(calls.length, 1, 'nobody else was asked');
        await within('the provider to be closed', calls[0].closed, 2_000);
      });
    }
  }

  const OWN = {
    'an error event without a name': 'data: {"error":{"message":"Over capacity","type":"server_error","code":"x"}}\n\n',
    'event: error': 'event: error\ndata: {"error":{"message":"Over capacity"}}\n\n',
    'x_groq.error': 'data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":null}],"x_groq":{"id":"r","error":"over capacity"}}\n\n',
  };
  for (const phase of Object.keys(PHASES)) {
    for (const [name, event] of Object.entries(OWN)) {
      for (const [how, close] of Object.entries({ 'and the end': (call) => call.end(), 'and [DONE]': (call) => call.end(DONE), 'and silence': silence })) {
        test(`${name} ${how} ${phase} passes as it is`, async () => {
          const { answer, sent } = await reply(hearken, `${name} ${how} ${phase}`, phase, async (call, add) => {
            await add(event);
            await close(call);
          });
          const text = await answer.text();
          assert.equal(text, sent() + (how === 'and [DONE]' ? DONE : ''));
          assert.equal(answer.broken, false);
        });
      }
    }
  }
});

describe('with long clocks', { concurrency: true }, () => {
  let hearken;
  before(async () => {
    hearken = await startScripted();
  });
  after(() => hearken?.stop());

  for (const phase of Object.keys(PHASES)) {
    test(`[DONE] ${phase} ends the client's stream while the provider keeps its socket open`, async () => {
      const key = `open after done ${phase}`;
      let done_at_ms;
      const { answer, sent } = await reply(hearken, key, phase, async (call, add) => {
        done_at_ms = performance.now();
        await add(FINISH + DONE);
        await call.closed;
      });
      assert.equal(await within('the end', answer.text(), 3_000), sent());
      assert.equal(answer.broken, false);
      const [call] = hearken.upstream.calls(key);
      const closed_at_ms = await within('the provider to be closed', call.closed, 2_000);
      console.log(`[DONE] ${phase}: the client's end came after ${(answer.ended_at_ms - done_at_ms).toFixed(0)} ms, the provider's after ${(closed_at_ms - done_at_ms).toFixed(0)} ms`);
    });
  }

  test('a reply that is whole with its first bytes ends, too, while the socket stays open', async () => {
    const key = 'all at once and open';
    hearken.upstream.plan(key, {
      async groq(call) {
        call.head();
        await call.write(ROLE + chunk('all') + FINISH + DONE);
        await call.closed;
      },
    });
    const answer = await hearken.chat(key);
    assert.equal(await within('the end', answer.text(), 3_000), ROLE + chunk('all') + FINISH + DONE);
    await within('the provider to be closed', hearken.upstream.calls(key)[0].closed, 2_000);
  });

  test('nothing follows [DONE], whatever the provider still sends', async () => {
    const key = 'after done';
    const { answer, sent } = await reply(hearken, key, 'after a few paced events', async (call, add) => {
      await add(DONE);
      const before = hearken.upstream.calls(key)[0];
      await Promise.race([before.closed, (async () => {
        while (!call.gone) await call.write(chunk('too late'));
      })()]);
    });
    const text = await answer.text();
    const done_at = text.indexOf(DONE) + DONE.length;
    assert.equal(text.slice(0, done_at), sent());
    assert.ok(!text.slice(done_at).includes('"error"'));
  });
});

describe('the deadline for all of a reply', { concurrency: true }, () => {
  let hearken;
  before(async () => {
    hearken = await startScripted({ LLM_TOTAL_MS: '1200' });
  });
  after(() => hearken?.stop());

  const endless = (pause_ms) => async (call) => {
    call.head();
    call.sent = '';
    for (let count = 0; !call.gone; count += 1) {
      const piece = chunk(`endless ${count}`);
      call.sent += piece;
      await call.write(piece);
      if (pause_ms) await Promise.race([call.closed, new Promise((resolve) => setTimeout(resolve, pause_ms))]);
    }
  };
  for (const [name, plan] of Object.entries({ 'a slow': endless(100), 'a paced': endless(5), 'an unpaced': endless(0) })) {
    test(`${name} stream that never ends is told of its deadline`, async () => {
      hearken.upstream.plan(name, { groq: plan, openai: SECOND });
      const began_ms = performance.now();
      const answer = await hearken.chat(name);
      const text = await answer.text();
      const took_ms = performance.now() - began_ms;
      const at = text.lastIndexOf('data: {"error"');
      const [call] = hearken.upstream.calls(name);
      assert.ok(call.sent.startsWith(text.slice(0, at).replace(/\n\n\n\n$/, '\n\n')) || call.sent.startsWith(text.slice(0, at - 2)), 'what was received is the provider\'s');
      const { error } = JSON.parse(text.slice(at + 6));
      assert.deepEqual([error.code, error.type], ['stream_deadline', 'timeout_error']);
      assert.equal(text.split('"error"').length, 2);
      assert.ok(!text.includes('[DONE]'));
      assert.ok(took_ms > 1_000, `${took_ms} ms`);
      await within('the provider to be closed', call.closed, 2_000);
    });
  }
});

describe('the deadline for all of a spoken reply', () => {
  let hearken;
  // A Worker of its own: a flood on the same machine leaves the others' first bytes no time.
  before(async () => {
    hearken = await startScripted({ LLM_TOTAL_MS: '1200' });
  });
  after(() => hearken?.stop());

  test('a flood that never ends is told of its deadline when it is spoken, too', async () => {
    const name = 'a spoken flood';
    const piece = chunk('🙂').repeat(200);
    const flood = async (call) => {
      call.head();
      while (!call.gone) await call.write(piece);
    };
    hearken.upstream.plan(name, { groq: flood, openai: SECOND });
    const answer = await hearken.chat(name, { modalities: ['text', 'audio'], audio: { voice: 'x', format: 'opus' } });
    const text = await answer.text();
    assert.match(text.slice(-300), /"stream_deadline"/);
    assert.ok(!text.includes('[DONE]'));
    await within('the provider to be closed', hearken.upstream.calls(name)[0].closed, 2_000);
  });
});
