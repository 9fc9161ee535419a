// A provider is taken at what it sends, not at what it calls it or at what it was asked for; and a reply that is whole is
// called whole. What the client and the upstream saw is compared byte for byte.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../harness.mjs';
import { chunk, contractError, DONE, events, FINISH, ROLE, sending, startScripted } from './support.mjs';

let hearken;
before(async () => {
  // Whatever is given up within a test's patience is given up by the clock of the first content.
  hearken = await startScripted({ LLM_HEADERS_MS: '3000', LLM_FIRST_MS: '1500', LLM_IDLE_MS: '60000', TELEMETRY_FLUSH_MS: '20' });
});
after(() => hearken?.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const WHOLE = {
  id: 'c1', object: 'chat.completion', created: 7, model: 'm', usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  choices: [{ index: 0, message: { role: 'assistant', content: 'Whole' }, finish_reason: 'stop' }],
};
const CALLS = [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }];
/** Answers all of `text` under another label. */
const labelled = (type, text) => (call) => {
  call.head(200, type ? { 'content-type': type } : {});
  call.end(text);
};
const never = (call) => call.end();
const parsed = (text) => events(text).filter((data) => data !== '[DONE]').map((data) => JSON.parse(data));

describe('whole replies', { concurrency: true }, () => {
  const REPLIES = {
    'a finish without [DONE]': ROLE + chunk('Hi') + FINISH,
    'a finish, usage, and no [DONE]': `${ROLE}${chunk('Hi')}${FINISH}data: {"choices":[],"usage":{"total_tokens":3}}\n\n`,
    'nothing said, [DONE]': ROLE + FINISH + DONE,
    'nothing said, no [DONE]': ROLE + FINISH,
    'nothing said for its length': ROLE + FINISH.replace('stop', 'length') + DONE,
    'nothing said because of a filter': ROLE + FINISH.replace('stop', 'content_filter') + DONE,
  };
  for (const [name, reply] of Object.entries(REPLIES)) {
    test(`${name} is the same bytes and no more`, async () => {
      hearken.upstream.plan(name, { groq: sending(reply), openai: never });
      const answer = await hearken.chat(name);
      assert.equal(answer.status, 200);
      assert.equal(await answer.text(), reply);
    });
  }

  test('of two choices one unfinished is an error event, and both finished are whole', async () => {
    const other = (event) => event.replace('"index":0', '"index":1');
    const one = ROLE + chunk('Hi') + other(chunk('Ho')) + FINISH;
    hearken.upstream.plan('one of two', { groq: sending(one), openai: never });
    const cut = await (await hearken.chat('one of two', { n: 2 })).text();
    assert.ok(cut.startsWith(one));
    assert.equal(JSON.parse(events(cut).at(-1)).error.code, 'stream_interrupted');
    hearken.upstream.plan('two of two', { groq: sending(one + other(FINISH)), openai: never });
    assert.equal(await (await hearken.chat('two of two', { n: 2 })).text(), one + other(FINISH));
  });

  test('a reason that is none on every chunk ends nothing, and an error as a reason without a word lets the next one serve', async () => {
    const reply = ROLE + chunk('Hi ') + chunk('there.') + FINISH + DONE;
    for (const none of ['""', '"null"']) {
      const odd = reply.replaceAll('"finish_reason":null', `"finish_reason":${none}`);
      hearken.upstream.plan(none, { groq: sending(odd), openai: never });
      assert.equal(await (await hearken.chat(none)).text(), odd);
      hearken.upstream.plan(`${none}, cut`, { groq: sending(odd.slice(0, odd.indexOf(FINISH))), openai: never });
      assert.equal(JSON.parse(events(await (await hearken.chat(`${none}, cut`)).text()).at(-1)).error.code, 'stream_interrupted');
    }
    const failed = FINISH.replace('"stop"', '"error"');
    for (const end of ['', DONE]) {
      hearken.upstream.plan('reason error', { groq: sending(ROLE + failed + end), openai: sending(reply) });
      assert.equal(await (await hearken.chat('reason error')).text(), reply);
    }
  });

  test('an empty whole reply is handed on', async () => {
    const body = JSON.stringify({ ...WHOLE, choices: [{ ...WHOLE.choices[0], message: { role: 'assistant', content: '' } }] });
    hearken.upstream.plan('empty whole', { groq: labelled('application/json', body), openai: never });
    const answer = await hearken.chat('empty whole', { stream: false });
    assert.deepEqual([answer.status, await answer.text()], [200, body]);
  });

  test('comments keep a model alive that thinks out of sight', async () => {
    hearken.upstream.plan('thinks', {
      groq: async (call) => {
        call.head();
        // Together longer than the clock of the first content, each pause much shorter.
        for (let count = 0; count < 5; count += 1) {
          await call.write(': PROCESSING\n\n');
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
        call.end(chunk('thought') + FINISH + DONE);
      },
      openai: never,
    });
    assert.match(await (await hearken.chat('thinks')).text(), /thought/);
  });
});

describe('a model that thinks aloud', { concurrency: true }, () => {
  const delta = (fields) => chunk('x').replace('{"content":"x"}', JSON.stringify(fields));
  const THOUGHTS = {
    reasoning: [delta({ reasoning: 'hm' }), ''],
    reasoning_content: [delta({ reasoning_content: 'hm', content: null }), ''],
    'parts of content': [delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }), ''],
    '<think>': [chunk('<think>'), chunk('hm'), chunk('</thi') + chunk('nk>\n\n')],
  };
  const pause = () => new Promise((resolve) => setTimeout(resolve, 500));
  /** Sends a role, then five thoughts, together longer than the clock of the first content; each pause is much shorter. */
  const thinking = (thoughts, behind) => async (call) => {
    call.head();
    await call.write(ROLE);
    for (let count = 0; count < 5; count += 1) {
      await call.write(thoughts[Math.min(count, thoughts.length - 2)]);
      await pause();
    }
    await behind(call, thoughts.at(-1));
  };
  const spoken = { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'mp3' } };
  const said = (text) => parsed(text).map(({ choices }) => choices?.[0]?.delta.audio?.transcript ?? '').join('').trim();

  for (const [name, thoughts] of Object.entries(THOUGHTS)) {
    test(`in ${name} may think on, is shown as it is, and its thoughts are not spoken`, async () => {
      for (const [form, fields] of [['text', {}], ['spoken', spoken]]) {
        const key = `${name}, ${form}`;
        hearken.upstream.plan(key, { groq: thinking(thoughts, (call, end) => call.end(end + chunk('Yes.') + FINISH + DONE)), openai: never });
        const text = await (await hearken.chat(key, fields)).text();
        const sent = hearken.upstream.calls(key);
        assert.deepEqual(sent.map(({ provider }) => provider), ['groq']);
        if (form === 'text') assert.ok(text.startsWith(ROLE + thoughts[0]) && text.endsWith(thoughts.at(-1) + chunk('Yes.') + FINISH + DONE), text);
        else assert.equal(said(text), 'Yes.');
        assert.equal(parsed(text).some(({ error }) => error), false);
      }
    });

    test(`in ${name} and then falls silent is given up when it is late with its first word`, async () => {
      for (const [form, fields] of [['text', {}], ['spoken', spoken]]) {
        const key = `${name}, silent, ${form}`;
        hearken.upstream.plan(key, { groq: async (call) => { call.head(); await call.write(ROLE + thoughts[0]); }, openai: never });
        const text = await (await hearken.chat(key, fields)).text();
        const [first, last] = [parsed(text)[1], parsed(text).at(-1)];
        assert.ok(first.choices[0].delta, 'the thought was shown: no other provider takes over');
        assert.equal(last.error.code, 'stream_idle');
        await hearken.upstream.calls(key)[0].closed;
      }
    });
  }

  test('may pause once it has said a word', async () => {
    const [thought] = THOUGHTS.reasoning;
    hearken.upstream.plan('pauses', {
      groq: async (call) => {
        call.head();
        await call.write(ROLE + thought + chunk('Yes'));
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        call.end(FINISH + DONE);
      },
      openai: never,
    });
    assert.equal(await (await hearken.chat('pauses')).text(), ROLE + thought + chunk('Yes') + FINISH + DONE);
  });

  test('and breaks off has begun: nobody else answers', async () => {
    const [thought] = THOUGHTS.reasoning_content;
    hearken.upstream.plan('breaks off', { groq: sending(ROLE + thought), openai: sending(ROLE + chunk('No') + FINISH + DONE) });
    const text = await (await hearken.chat('breaks off')).text();
    assert.ok(text.startsWith(ROLE + thought));
    assert.equal(parsed(text).at(-1).error.code, 'stream_interrupted');
  });
});

test('the figures of first words have no thoughts in them', async () => {
  const thought = chunk('x').replace('"content"', '"reasoning"');
  const worker = await startScripted({ TELEMETRY_FLUSH_MS: '20' });
  try {
    const figures = async () => {
      const text = await (await fetch(`${worker.url}/metrics`)).text();
      const of = (name) => Number(new RegExp(`^hearken_provider_${name}\\{.*provider="groq".*\\} (.+)$`, 'm').exec(text)?.[1] ?? 0);
      return { words: of('first_seconds_count'), seconds: of('first_seconds_sum'), whole: of('duration_seconds_count') };
    };
    const count = (condition) => until('the figures', async () => {
      const now = await figures();
      return condition(now) && now;
    });
    worker.upstream.plan('only thinks', { groq: sending(ROLE + thought), openai: never });
    await (await worker.chat('only thinks')).text();
    for (const [form, fields] of [['text', {}], ['spoken', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'mp3' } }]]) {
      worker.upstream.plan(form, {
        groq: async (call) => {
          call.head();
          await call.write(ROLE + thought);
          await new Promise((resolve) => setTimeout(resolve, 700));
          call.end(chunk('Yes.') + FINISH + DONE);
        },
        openai: never,
      });
      await (await worker.chat(form, fields)).text();
    }
    const { words, seconds } = await count(({ whole }) => whole === 2);
    assert.equal(words, 2);
    assert.ok(seconds >= 1.3, `${seconds} s`);
  } finally {
    await worker.stop();
  }
});

describe('forms', { concurrency: true }, () => {
  const REPLY = ROLE + chunk('Hi') + FINISH + DONE;
  for (const type of ['text/plain', 'application/octet-stream', 'application/json', '']) {
    test(`events called "${type}" are events`, async () => {
      const key = `events as ${type}`;
      hearken.upstream.plan(key, { groq: labelled(type, REPLY), openai: never });
      const answer = await hearken.chat(key);
      assert.match(answer.headers['content-type'], /^text\/event-stream/);
      assert.deepEqual([answer.status, await answer.text()], [200, REPLY]);
    });
  }

  for (const type of ['application/json', 'text/event-stream', 'text/plain']) {
    test(`a completion called "${type}" becomes the stream that was asked for`, async () => {
      const key = `whole as ${type}`;
      hearken.upstream.plan(key, { groq: labelled(type, JSON.stringify(WHOLE)), openai: never });
      const text = await (await hearken.chat(key, { stream_options: { include_usage: true } })).text();
      const chunks = parsed(text);
      assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), 'Whole');
      assert.deepEqual(chunks.map(({ object, id }) => [object, id]), chunks.map(() => ['chat.completion.chunk', 'c1']));
      assert.deepEqual(chunks.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean), ['stop']);
      assert.deepEqual(chunks.at(-1).usage, WHOLE.usage);
      assert.equal(events(text).at(-1), '[DONE]');
    });
  }

  test('a completion as an event becomes what was asked for, said and spoken', async () => {
    for (const end of ['', DONE]) {
      hearken.upstream.plan('as an event', { groq: sending(`data: ${JSON.stringify(WHOLE)}\n\n${end}`), openai: never });
      const text = await (await hearken.chat('as an event')).text();
      assert.equal(parsed(text).map(({ choices }) => choices[0].delta.content ?? '').join(''), 'Whole');
      assert.equal((await (await hearken.chat('as an event', { stream: false })).json()).choices[0].message.content, 'Whole');
      const spoken = await hearken.chat('as an event', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'mp3' } });
      assert.equal(parsed(await spoken.text()).map(({ choices }) => choices[0].delta.audio?.transcript ?? '').join('').trim(), 'Whole');
    }
  });

  test('of a completion whose content is in parts the words are spoken', async () => {
    const message = { role: 'assistant', content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }, { type: 'text', text: 'Whole' }] };
    hearken.upstream.plan('parts', { groq: labelled('application/json', JSON.stringify({ ...WHOLE, choices: [{ index: 0, message, finish_reason: 'stop' }] })), openai: never });
    const spoken = await hearken.chat('parts', { stream: false, modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'mp3' } });
    const [{ message: { audio, content } }] = (await spoken.json()).choices;
    assert.equal(audio?.transcript, 'Whole');
    assert.deepEqual(content, message.content);
  });

  test('without being asked for, what it cost is not told, and calls of tools are', async () => {
    const body = { ...WHOLE, choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls: CALLS }, finish_reason: 'tool_calls' }] };
    hearken.upstream.plan('calls', { groq: labelled('application/json', JSON.stringify(body)), openai: never });
    const chunks = parsed(await (await hearken.chat('calls')).text());
    assert.ok(!chunks.some(({ usage }) => usage));
    assert.deepEqual(chunks[0].choices[0].delta.tool_calls, [{ ...CALLS[0], index: 0 }]);
  });

  test('a stream where none was asked for becomes a completion', async () => {
    const usage = `data: ${JSON.stringify({ id: 'c1', choices: [], usage: WHOLE.usage })}\n\n`;
    for (const [key, end] of [['streamed anyway', DONE], ['streamed anyway, no [DONE]', '']]) {
      hearken.upstream.plan(key, { groq: sending(ROLE + chunk('Wh') + chunk('ole') + FINISH + usage + end), openai: never });
      const completion = await (await hearken.chat(key, { stream: false })).json();
      assert.equal(completion.object, 'chat.completion');
      assert.deepEqual(completion.choices, WHOLE.choices);
      assert.deepEqual(completion.usage, WHOLE.usage);
    }
  });

  test('a stream that broke off is no completion, and a page or a text is none of both', async () => {
    hearken.upstream.plan('broken', { groq: sending(ROLE + chunk('Wh')), openai: sending(ROLE + chunk('Wh')) });
    await contractError(await hearken.chat('broken', { stream: false }), 502);
    for (const stream of [true, false]) {
      for (const [key, text] of [['page', '<!doctype html><p>data: {}'], ['text', 'Service Unavailable']]) {
        hearken.upstream.plan(`${key} ${stream}`, { groq: labelled('text/plain', text), openai: labelled('text/html', text) });
        await contractError(await hearken.chat(`${key} ${stream}`, { stream }), 502);
      }
    }
  });

  test('of a whole reply that its provider could not finish nothing has been sent: the next one serves', async () => {
    const message = { role: 'assistant', content: 'What it had sa' };
    const failed = labelled('application/json', JSON.stringify({ ...WHOLE, choices: [{ index: 0, message, finish_reason: 'error' }] }));
    for (const stream of [false, true]) {
      hearken.upstream.plan(`unfinished ${stream}`, { groq: failed, openai: labelled('application/json', JSON.stringify(WHOLE)) });
      const answer = await hearken.chat(`unfinished ${stream}`, { stream });
      assert.deepEqual([answer.status, answer.headers['x-served-by']], [200, 'openai:second'], await answer.text());
    }
    hearken.upstream.plan('unfinished', { groq: failed, openai: failed });
    assert.equal((await contractError(await hearken.chat('unfinished', { stream: false }), 502)).code, 'provider_failed');
  });

  test('an error called a success lets the next one serve', async () => {
    hearken.upstream.plan('error 200', { groq: labelled('application/json', '{"error":{"message":"secret"}}'), openai: sending(REPLY) });
    assert.equal(await (await hearken.chat('error 200')).text(), REPLY);
  });
});
