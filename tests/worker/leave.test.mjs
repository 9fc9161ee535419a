// A client that leaves frees its provider at once, whatever the two were doing. Seen at the provider's socket.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../harness.mjs';
import { chatBody, chunk, DONE, ROLE, sendChat, startScripted, within } from './support.mjs';

/** The contract says 100 ms; a machine that is busy with other tests gets more. */
const BOUND_MS = 1_000;

let hearken;
before(async () => {
  hearken = await startScripted();
});
after(() => hearken?.stop());

const lags = [];

/** Checks that the provider's side of `key` closes soon after `left_ms`, and that nobody else is asked then. */
async function freed(key, left_ms, provider = 'groq') {
  const call = await hearken.upstream.call(key, provider);
  const closed_ms = await within('the provider to be closed', call.closed, 5_000).catch((error) => {
    call.reset();
    throw error;
  });
  const lag_ms = closed_ms - left_ms;
  lags.push(lag_ms);
  console.log(`${key}: the provider was free after ${lag_ms.toFixed(1)} ms`);
  assert.ok(lag_ms < BOUND_MS, `${lag_ms} ms`);
  return call;
}

const nobodyElse = () => assert.fail('a client that has left needs no other provider');

/** A plan that sends `count` events, each only when the client has the one before, then does `rest`. */
function paced(count, answer, rest) {
  return async (call) => {
    call.head();
    let length = 0;
    for (let index = 0; index < count; index += 1) {
      const piece = chunk(`event ${index}`);
      length += Buffer.byteLength(piece);
      await call.write(piece);
      await (await answer()).until(length);
    }
    call.ready();
    await rest(call);
  };
}
const silent = (call) => call.closed;
const flowing = async (call) => {
  while (!call.gone) {
    await call.write(chunk('on and on'));
    await Promise.race([call.closed, new Promise((resolve) => setTimeout(resolve, 5))]);
  }
};

/** Starts a request for `key`; `ready` resolves when the script says that its phase is reached. */
function begin(key, plan, fields) {
  let answer;
  const ready = new Promise((resolve) => {
    hearken.upstream.plan(key, {
      async groq(call) {
        call.ready = resolve;
        await plan(() => answer)(call);
      },
      openai: nobodyElse,
    });
  });
  const client = sendChat(hearken.url, chatBody(key, fields));
  answer = client.answer;
  answer.catch(() => {});
  return { client, answer, ready: within('the phase', ready) };
}

describe('a client that leaves', () => {
  const BEFORE_ANSWER = {
    'while headers are awaited': () => async (call) => {
      call.ready();
      await call.closed;
    },
    'while the first content is awaited': () => async (call) => {
      call.head();
      await call.write(ROLE);
      call.ready();
      await call.closed;
    },
    'while comments come and no content': () => async (call) => {
      call.head();
      call.ready();
      while (!call.gone) {
        await call.write(': wait\n\n');
        await Promise.race([call.closed, new Promise((resolve) => setTimeout(resolve, 5))]);
      }
    },
    'while the body of an error is awaited': () => async (call) => {
      call.head(500, { 'content-type': 'application/json' });
      await call.write('{"error":');
      call.ready();
      await call.closed;
    },
  };
  for (const [key, plan] of Object.entries(BEFORE_ANSWER)) {
    test(key, async () => {
      const { client, ready } = begin(key, plan);
      await ready;
      await freed(key, client.reset());
      assert.equal(hearken.upstream.calls(key).length, 1);
    });
  }

  const STREAMING = {
    'right after the first content': (answer) => paced(1, answer, silent),
    'in the silence after a few paced events': (answer) => paced(5, answer, silent),
    'in the silence late in a paced stream': (answer) => paced(60, answer, silent),
    'while a few paced events flow': (answer) => paced(5, answer, flowing),
    'while paced events flow, late': (answer) => paced(60, answer, flowing),
    'in the middle of a flood': (answer) => async (call) => {
      call.head();
      let written = 0;
      while (!call.gone) {
        await call.write(chunk('flood '.repeat(50)).repeat(20));
        written += 1;
        if (written === 50) (await answer()).until(100_000).then(call.ready, () => {});
      }
    },
    'in the silence after a burst': (answer) => async (call) => {
      call.head();
      const burst = Array.from({ length: 300 }, (_, count) => chunk(`burst ${count}`)).join('');
      await call.write(burst);
      await (await answer()).until(Buffer.byteLength(burst));
      call.ready();
      await call.closed;
    },
  };
  for (const [key, plan] of Object.entries(STREAMING)) {
    test(key, async () => {
      const { answer, ready } = begin(key, plan);
      await ready;
      await freed(key, (await answer).reset());
      assert.equal(hearken.upstream.calls(key).length, 1);
    });
  }

  test('with an orderly close while events flow', async () => {
    const key = 'orderly';
    const { answer, ready } = begin(key, (own) => paced(20, own, flowing));
    await ready;
    const { req } = await answer;
    const left_ms = performance.now();
    req.socket.end();
    req.socket.destroySoon();
    await freed(key, left_ms);
  });

  test('after it stopped reading', async () => {
    const key = 'paused, then gone';
    const { answer, ready } = begin(key, () => async (call) => {
      call.head();
      const piece = chunk('flood '.repeat(1_000)).repeat(20);
      for (let count = 0; !call.gone; count += 1) {
        await call.write(piece);
        if (count === 20) call.ready();
      }
    });
    const got = await answer;
    got.res.pause();
    await ready;
    await freed(key, got.reset());
  });

  const WHOLE = {
    'whole: while headers are awaited': BEFORE_ANSWER['while headers are awaited'],
    'whole: in the middle of the body': () => async (call) => {
      call.head(200, { 'content-type': 'application/json' });
      await call.write('{"choices":[{"message":{"content":"');
      call.ready();
      await call.closed;
    },
  };
  for (const [key, plan] of Object.entries(WHOLE)) {
    test(key, async () => {
      const { client, ready } = begin(key, plan, { stream: false });
      await ready;
      await freed(key, client.reset());
      assert.equal(hearken.upstream.calls(key).length, 1);
    });
  }

  test('during the second attempt', async () => {
    const key = 'second attempt';
    hearken.upstream.plan(key, {
      groq(call) {
        call.head(500, {});
        call.end();
      },
      openai: silent,
    });
    const client = sendChat(hearken.url, chatBody(key));
    client.answer.catch(() => {});
    await hearken.upstream.call(key, 'openai');
    await freed(key, client.reset(), 'openai');
  });

  test('fifty at once', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => `crowd ${index}`);
    const clients = keys.map((key) => begin(key, (answer) => paced(12, answer, silent)));
    const answers = await Promise.all(clients.map(({ answer }) => answer));
    await Promise.all(clients.map(({ ready }) => ready));
    const left_ms = answers.map((answer) => answer.reset());
    const calls = await Promise.all(keys.map((key) => hearken.upstream.call(key)));
    const closed_ms = await within('all providers to be closed', Promise.all(calls.map((call) => call.closed)));
    const worst_ms = Math.max(...closed_ms.map((at_ms, index) => at_ms - left_ms[index]));
    console.log(`fifty at once: the last provider was free after ${worst_ms.toFixed(1)} ms`);
    assert.ok(worst_ms < 2 * BOUND_MS, `${worst_ms} ms`);
  });
});

test('the Worker is sound afterwards, knows that the clients left, and has thrown nothing', async () => {
  hearken.upstream.plan('afterwards', { groq: async (call) => {
    call.head();
    call.end(ROLE + chunk('still here') + DONE);
  } });
  assert.equal(await (await hearken.chat('afterwards')).text(), ROLE + chunk('still here') + DONE);
  await until('the log of the clients that left', () => hearken.logs.some((line) => /"attempt_abandoned"/.test(line)));
  const bad = hearken.logs.filter((line) => /uncaught|unhandled|exception|panic|internal error|unreachable|hung|deadlock/i.test(line));
  assert.deepEqual(bad, []);
  lags.sort((a, b) => a - b);
  console.log(`providers were free after ${lags[Math.floor(lags.length / 2)].toFixed(1)} ms (median), ${lags.at(-1).toFixed(1)} ms (worst)`);
});
