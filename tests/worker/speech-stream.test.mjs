// Speech while it is being made: what reaches the client when, and what happens when one of the three leaves, fails
// or falls silent. The provider is scripted write by write; nobody waits for a time that could be an event.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startLocalProviders } from '../../local/server.mjs';
import { ENGINE } from '../engine.mjs';
import { until } from '../harness.mjs';
import { contractError, events, startScripted, within } from './support.mjs';
import { clipOf, mp4Sound, oggSound, sendSpeech, startSpeaking, webmSound } from './sound.mjs';

const IDLE_MS = 500;
/** The contract says 100 ms; a machine that is busy with other tests gets more. */
const FREED_MS = 1_000;
const OGG = { 'content-type': 'audio/ogg' };
const FORMATS = ['opus', 'webm', 'mp4', 'mp3', 'pcm', 'wav'];

let hearken;
const clips = {};
before(async () => {
  const providers = await startLocalProviders({ port: 0, engine: ENGINE, settings: { speech: { first_ms: 0 } } });
  try {
    const text = 'The tide turns at seven. Then the boats go out, and the harbour is quiet again.';
    for (const [name, format] of [['opus', 'opus_48000_32'], ['mp3', 'mp3_44100_64'], ['pcm', 'pcm_24000']]) clips[name] = await clipOf(providers, text, format);
  } finally {
    await providers.close();
  }
  clips.webm = clips.mp4 = clips.opus;
  clips.wav = clips.pcm;
  hearken = await startSpeaking({ TTS_IDLE_MS: `${IDLE_MS}` });
});
after(() => hearken?.stop());

const nobodyElse = () => assert.fail('no other provider may be asked');
/** A plan that sends `bytes` in pieces and ends. */
const saying = (bytes, size = 3_000) => async (call) => {
  call.head(200, OGG);
  for (let at = 0; at < bytes.length; at += size) await call.write(bytes.subarray(at, at + size));
  call.end();
};
const served = ({ headers }) => headers['x-served-by'];
/**
 * Waits until the Worker has broken the body off. workerd's own server then writes the last chunk as if all were well
 * (Cloudflare's edge resets the stream); what it logs is the proof that the body did not end, but failed.
 */
async function brokenOff() {
  await until('the body to fail', () => hearken.logs.some((line) => line.includes('the upstream ended early')));
  hearken.logs.length = 0;
}
/** Whether an Ogg stream says that it has ended (RFC 3533 §6, header type 4). */
const hasEnd = (bytes) => (bytes[bytes.lastIndexOf('OggS') + 5] & 4) !== 0;
const packetsOf = { opus: oggSound, webm: webmSound };

/** Begins to have `key` spoken and keeps the call open: answers once the client has sound of `clip`'s first half. */
async function halfSpoken(key, word, rest, fields = {}) {
  const clip = clips[word];
  const half = Math.floor(clip.length / 2);
  let ready;
  const begun = new Promise((resolve) => (ready = resolve));
  hearken.speakers.plan(key, {
    async openai(call) {
      call.head(200, OGG);
      await call.write(clip.subarray(0, half));
      await begun;
      await rest(call, clip.subarray(half));
    },
    deepgram: nobodyElse,
  });
  const answer = await hearken.speak(key, { response_format: word, ...fields });
  assert.equal(answer.status, 200);
  // A third of what the provider has sent so far has come on, before the provider knows how it will end.
  await answer.until(Math.floor(half / 3));
  return { answer, go: ready, call: await hearken.speakers.call(key) };
}

describe('sound arrives while it is made', () => {
  for (const word of FORMATS) {
    test(`${word} begins before the provider has ended`, async () => {
      const { answer, go } = await halfSpoken(`early ${word}`, word, async (call, rest) => {
        await call.write(rest);
        call.end();
      });
      assert.equal(answer.ended, false);
      go();
      const bytes = await answer.whole();
      assert.equal(answer.broken, false);
      if (word === 'opus') assert.equal(hasEnd(bytes), true);
      if (packetsOf[word]) assert.deepEqual(packetsOf[word](bytes), oggSound(clips.opus));
      else if (word === 'mp4') assert.deepEqual(mp4Sound(bytes), Buffer.concat(oggSound(clips.opus)));
      else assert.deepEqual(bytes.subarray(-clips[word].length), clips[word]);
    });
  }

  test('however the provider cuts its bytes, the client gets the same', async () => {
    const expected = oggSound(clips.opus);
    for (const size of [37, 255, 1_000_000]) {
      hearken.speakers.plan(`pieces of ${size}`, { openai: saying(clips.opus, size), deepgram: nobodyElse });
      const answer = await hearken.speak(`pieces of ${size}`, { response_format: 'webm' });
      assert.deepEqual(webmSound(await answer.whole()), expected);
    }
  });

  test('the first event comes before the provider has ended', async () => {
    const { answer, go } = await halfSpoken('early event', 'opus', (call, rest) => call.end(rest), { stream_format: 'sse' });
    assert.match(answer.bytes.toString(), /^data: \{/);
    go();
    assert.match(await answer.text(), /"speech\.audio\.done"\}\n\n$/);
  });
});

describe('a provider that breaks off after its first sound', () => {
  const ENDS = {
    'with a clean end': (call) => call.end(),
    'with a reset': (call) => call.reset(),
    'with a closed connection': (call) => call.res.socket.destroy(),
    'by falling silent': (call) => call.closed,
    'with bytes that are no sound': async (call) => {
      await call.write(Buffer.alloc(200_000, '<p>Bad gateway</p>'));
      call.end();
    },
  };
  for (const [how, rest] of Object.entries(ENDS)) {
    for (const word of ['opus', 'webm', 'mp4', 'mp3']) {
      test(`${how}: the client's ${word} breaks off, too`, async () => {
        const { answer, go, call } = await halfSpoken(`${how} ${word}`, word, rest);
        go();
        await answer.whole();
        await brokenOff();
        if (word === 'opus') assert.equal(hasEnd(answer.bytes), false);
        await within('the provider to be closed', call.closed);
        assert.equal(hearken.speakers.calls(`${how} ${word}`).length, 1);
      });
    }
    test(`${how}: the events end with one error and no done`, async () => {
      const { answer, go } = await halfSpoken(`${how} sse`, 'webm', rest, { stream_format: 'sse' });
      go();
      const all = events(await answer.text()).map((data) => JSON.parse(data));
      assert.equal(answer.broken, false);
      const { error } = all.pop();
      assert.equal(error.code, how.includes('silent') ? 'stream_idle' : 'stream_interrupted');
      assert.ok(all.length > 0 && all.every(({ type }) => type === 'speech.audio.delta'));
    });
  }

  test('samples whose transfer breaks off break off, too', async () => {
    for (const word of ['pcm', 'wav']) {
      const { answer, go } = await halfSpoken(`reset ${word}`, word, (call) => call.reset());
      go();
      await answer.whole();
      await brokenOff();
    }
  });
});

describe('a provider that is late', () => {
  const LATE = {
    'sends no headers': (call) => call.closed,
    'sends no body': async (call) => {
      call.head(200, OGG);
      await call.closed;
    },
    'sends heads and no sound': async (call) => {
      call.head(200, OGG);
      await call.write(clips.opus.subarray(0, 80));
      await call.closed;
    },
    'sends its heads byte by byte': async (call) => {
      call.head(200, OGG);
      for (let at = 0; at < clips.opus.length && !call.gone; at += 1) {
        await call.write(clips.opus.subarray(at, at + 1));
        await Promise.race([call.closed, new Promise((resolve) => setTimeout(resolve, 20))]);
      }
    },
  };
  for (const [how, openai] of Object.entries(LATE)) {
    test(`${how}: it is let go and the next one speaks`, async () => {
      hearken.speakers.plan(how, { openai, deepgram: saying(clips.opus) });
      const answer = await hearken.speak(how, { response_format: 'opus' });
      assert.deepEqual(oggSound(await answer.whole()), oggSound(clips.opus));
      assert.equal(served(answer), 'deepgram:second');
      await within('the provider to be closed', (await hearken.speakers.call(how)).closed);
    });
  }

  test('all of them: 504', async () => {
    hearken.speakers.plan('all late', { openai: LATE['sends no headers'], deepgram: LATE['sends no body'] });
    const error = await contractError(await hearken.speak('all late'), 504);
    assert.equal(error.code, 'provider_timeout');
  });
});

describe('a client that leaves', () => {
  /** Checks that `provider` is freed soon after `left_ms`. */
  async function freed(key, left_ms) {
    const call = await hearken.speakers.call(key);
    const lag_ms = (await within('the provider to be closed', call.closed, 5_000)) - left_ms;
    console.log(`${key}: the provider was free after ${lag_ms.toFixed(1)} ms`);
    assert.ok(lag_ms < FREED_MS, `${lag_ms} ms`);
    assert.equal(hearken.speakers.calls(key).length, 1);
  }

  const PHASES = {
    'while headers are awaited': async () => {},
    'before the first sound': async (call) => call.head(200, OGG),
    'between the heads and the first sound': async (call) => {
      call.head(200, OGG);
      await call.write(clips.opus.subarray(0, 80));
    },
  };
  for (const [phase, begin] of Object.entries(PHASES)) {
    test(phase, async () => {
      let ready;
      const reached = new Promise((resolve) => (ready = resolve));
      hearken.speakers.plan(phase, {
        async openai(call) {
          await begin(call);
          ready();
          await call.closed;
        },
        deepgram: nobodyElse,
      });
      const client = sendSpeech(hearken.url, { input: phase, response_format: 'webm' });
      client.answer.catch(() => {});
      await within('the phase', reached);
      await freed(phase, client.reset());
    });
  }

  for (const word of FORMATS) {
    test(`while ${word} flows, and while it pauses`, async () => {
      const flowing = async (call, rest) => {
        for (let at = 0; !call.gone; at = (at + 500) % rest.length) {
          await call.write(rest.subarray(at, at + 500));
          await Promise.race([call.closed, new Promise((resolve) => setTimeout(resolve, 5))]);
        }
      };
      const flow = await halfSpoken(`left flowing ${word}`, word, word === 'pcm' || word === 'wav' ? flowing : (call) => call.closed);
      flow.go();
      await freed(`left flowing ${word}`, flow.answer.reset());
    });
  }

  test('while events flow', async () => {
    const { answer, go } = await halfSpoken('left sse', 'webm', (call) => call.closed, { stream_format: 'sse' });
    go();
    await freed('left sse', answer.reset());
  });
});

// More than the kernel's buffers on both sides hold.
const LARGE_BYTES = 24_000_000;
const PIECE_BYTES = 64_000;
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A plan that writes all of `bytes`; `held` resolves once a write has waited for `ms`: the pressure has arrived. */
function pressed(bytes, ms) {
  let stuck;
  const held = new Promise((resolve) => (stuck = resolve));
  const plan = async (call) => {
    call.head(200, { 'content-type': 'application/octet-stream' });
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const timer = setTimeout(() => stuck('held'), ms);
      await call.write(bytes.subarray(at, at + PIECE_BYTES));
      clearTimeout(timer);
    }
    stuck('all was taken');
    call.end();
  };
  return { plan, held };
}

describe('a listener that pauses', () => {
  // Loud enough not to be text, and different everywhere.
  const samples = () => {
    const bytes = Buffer.alloc(LARGE_BYTES);
    for (let at = 0; at < LARGE_BYTES; at += 4) bytes.writeUInt32LE((Math.imul(at, 2_654_435_761) ^ (at >>> 3)) >>> 0, at);
    return bytes;
  };

  test('longer than the idle deadline loses no sound', async () => {
    const bytes = samples();
    const { plan, held } = pressed(bytes, IDLE_MS * 3);
    hearken.speakers.plan('paused', { openai: plan, deepgram: nobodyElse });
    const answer = await hearken.speak('paused', { response_format: 'pcm' });
    answer.res.pause();
    assert.equal(await held, 'held', 'the provider must feel that nobody reads');
    answer.res.resume();
    const got = await answer.whole();
    assert.equal(answer.broken, false);
    assert.equal(got.length, bytes.length);
    assert.equal(digest(got), digest(bytes));
  });

  test('and then a provider that falls silent is still noticed', async () => {
    const bytes = samples();
    let silent;
    const fell = new Promise((resolve) => (silent = resolve));
    const { plan, held } = pressed(bytes, IDLE_MS * 2);
    hearken.speakers.plan('paused, then silent', {
      openai: (call) => plan(Object.assign(call, { end: silent })),
      deepgram: nobodyElse,
    });
    const answer = await hearken.speak('paused, then silent', { response_format: 'pcm' });
    answer.res.pause();
    assert.equal(await held, 'held');
    answer.res.resume();
    await within('the silence', fell);
    const got = await answer.whole();
    await brokenOff();
    assert.equal(got.length, bytes.length);
  });

  test('longer than the idle deadline loses no text', async () => {
    const chat = await startScripted({ LLM_IDLE_MS: `${IDLE_MS}` });
    try {
      const content = 'word '.repeat(2_000);
      const event = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
      const bytes = Buffer.from(event.repeat(Math.ceil(LARGE_BYTES / event.length)) + 'data: [DONE]\n\n');
      const { plan, held } = pressed(bytes, IDLE_MS * 3);
      chat.upstream.plan('paused', { groq: (call) => plan(Object.assign(call, { head: (status) => Object.getPrototypeOf(call).head.call(call, status) })) });
      const answer = await chat.chat('paused');
      answer.res.pause();
      assert.equal(await held, 'held');
      answer.res.resume();
      assert.equal(digest(await answer.whole()), digest(bytes));
    } finally {
      await chat.stop();
    }
  });
});
