// Transcription as a client gets it: a recording in any container, its words out; broken recordings never reach a
// provider, and whoever is still sending too much gets to read why not.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startHearken } from '../harness.mjs';
import { contractError, send, within } from './support.mjs';
import { clipOf, NO_FFMPEG, pipe } from './sound.mjs';

const SAID = 'The tide turns at seven.';
const GROQ = 'groq:whisper-large-v3-turbo';
const DEEPGRAM = 'deepgram:nova-3';
const WORKERS_AI = 'workers-ai:@cf/openai/whisper-large-v3-turbo';
const BYTES_MAX = 25 * 1024 * 1024;
const fixture = (name) => readFileSync(new URL(`../fixtures/audio/${name}`, import.meta.url));

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { STT: `${GROQ}, ${DEEPGRAM}, ${WORKERS_AI}`, STT_HEADERS_MS: '1500' } });
});
after(() => hearken?.stop());
beforeEach(() => set({}));

function set(knobs) {
  hearken.providers.control(null);
  hearken.providers.control({ transcription: { transcript: SAID }, ...knobs });
  hearken.providers.journal.clear();
}
const asked = () => hearken.providers.requests.filter(({ scope }) => scope?.endsWith('.transcription'));

/** A form of these parts: `[name, text]` or `[name, bytes, file name, content type]`. */
async function form(parts) {
  const data = new FormData();
  for (const [name, value, file_name, type] of parts) {
    if (file_name === undefined) data.append(name, value);
    else data.append(name, new Blob([value], { type }), file_name);
  }
  const response = new Response(data);
  return { type: response.headers.get('content-type'), body: Buffer.from(await response.arrayBuffer()) };
}
/** Posts a recording with more parts; answers the `Answer`. */
async function hear(bytes, parts = [], { name = 'speech.wav', type = '', url = hearken.url, headers = {}, door = 'transcriptions' } = {}) {
  const { type: content_type, body } = await form([['file', bytes, name, type], ...parts]);
  return send(`${url}/v1/audio/${door}`, { headers: { 'content-type': content_type, ...headers }, body }).answer;
}
async function heard(answer) {
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return text;
}

describe('recordings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearken-'));
  after(() => rmSync(folder, { recursive: true }));
  const ENCODERS = {
    wav: ['-c:a', 'pcm_s16le', '-f', 'wav'], mp3: ['-c:a', 'libmp3lame', '-f', 'mp3'], ogg: ['-c:a', 'libopus', '-f', 'ogg'],
    webm: ['-c:a', 'libopus', '-f', 'webm'], m4a: ['-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov', '-f', 'mp4'], flac: ['-c:a', 'flac', '-f', 'flac'],
  };
  const TYPES = { wav: 'audio/wav', mp3: 'audio/mpeg', ogg: 'audio/ogg', webm: 'audio/webm', m4a: 'audio/mp4', flac: 'audio/flac' };
  for (const [extension, options] of Object.entries(ENCODERS)) {
    test(`${extension} is known by its bytes, whatever it is called`, { skip: NO_FFMPEG }, async () => {
      const pcm = await clipOf(hearken.providers, SAID, 'pcm_24000');
      // A file, because some writers go back and fill in the length.
      const path = join(folder, `clip.${extension}`);
      await pipe('ffmpeg', ['-v', 'error', '-f', 's16le', '-ar', '24000', '-ac', '1', '-i', 'pipe:0', ...options, path], pcm);
      const out = readFileSync(path);
      for (const [name, type] of [[`talk.${extension}`, TYPES[extension]], ['lie.exe', 'image/png'], ['recording', '']]) {
        hearken.providers.journal.clear();
        const answer = await hear(out, [], { name, type });
        assert.deepEqual(JSON.parse(await heard(answer)), { text: SAID });
        assert.match(answer.headers['content-type'], /^application\/json/);
        assert.equal(answer.headers['x-served-by'], GROQ);
        assert.match(answer.headers['server-timing'], /^transcription;dur=\d+/);
        const [call] = asked();
        assert.equal(call.path, '/openai/v1/audio/transcriptions');
        assert.equal(call.headers.authorization, 'Bearer local');
        assert.deepEqual(call.body, {
          model: 'whisper-large-v3-turbo', response_format: 'json', file: { name: `speech.${extension}`, type: TYPES[extension], bytes: out.length },
        });
      }
    });
  }

  test('the fixtures of every container are heard', async () => {
    for (const name of ['two.wav', 'two.mp3', 'two.ogg', 'two.webm', 'two.m4a', 'two.flac', 'two-vorbis.ogg']) {
      assert.equal(JSON.parse(await heard(await hear(fixture(name)))).text, SAID, name);
    }
  });
});

describe('answers', () => {
  test('json, text and verbose_json', async () => {
    const json = await hear(fixture('two.wav'), [['response_format', 'json']]);
    assert.deepEqual(JSON.parse(await heard(json)), { text: SAID });
    const text = await hear(fixture('two.wav'), [['response_format', 'text']]);
    assert.equal(await heard(text), `${SAID}\n`);
    assert.match(text.headers['content-type'], /^text\/plain/);
    assert.equal(asked().at(-1).body.response_format, 'json');
    const verbose = JSON.parse(await heard(await hear(fixture('two.wav'), [['response_format', 'verbose_json'], ['language', 'en']])));
    assert.deepEqual([verbose.task, verbose.text, verbose.language, verbose.segments[0].text], ['transcribe', SAID, 'en', SAID]);
    assert.ok(verbose.duration > 0.1);
    assert.equal(verbose.x_groq, undefined);
    assert.equal(asked().at(-1).body.response_format, 'verbose_json');
  });

  test('srt and vtt, from whoever times segments or words', async () => {
    for (const model of [GROQ, DEEPGRAM, WORKERS_AI]) {
      const srt = await hear(fixture('two.wav'), [['response_format', 'srt'], ['model', model]]);
      assert.match(await heard(srt), /^1\n00:00:00,000 --> 00:00:00,\d{3}\nThe tide turns at seven\.\n\n$/, model);
      const vtt = await hear(fixture('two.wav'), [['response_format', 'vtt'], ['model', model]]);
      assert.match(await heard(vtt), /^WEBVTT\n\n00:00:00\.000 --> 00:00:00\.\d{3}\nThe tide turns at seven\.\n\n$/, model);
      assert.deepEqual([srt.headers['content-type'], vtt.headers['content-type']], ['application/x-subrip; charset=utf-8', 'text/vtt; charset=utf-8']);
    }
  });

  test('stream=true gives the words and then the whole', async () => {
    const answer = await hear(fixture('two.wav'), [['stream', 'true']]);
    const events = (await heard(answer)).trimEnd().split('\n\n').map((event) => JSON.parse(event.slice('data: '.length)));
    assert.match(answer.headers['content-type'], /^text\/event-stream/);
    assert.deepEqual(events.pop(), { type: 'transcript.text.done', text: SAID });
    assert.ok(events.every(({ type }) => type === 'transcript.text.delta'));
    assert.equal(events.map(({ delta }) => delta).join(''), SAID);
    assert.deepEqual(JSON.parse(await heard(await hear(fixture('two.wav'), [['stream', 'false']]))), { text: SAID });
  });

  test('a translation is asked of the targets that translate, else it is 501', async () => {
    const translating = await startHearken({ vars: { STT: `${GROQ}, ${DEEPGRAM}, groq:whisper-large-v3` }, knobs: { transcription: { transcript: SAID } } });
    try {
      const options = { url: translating.url, door: 'translations' };
      const answer = await hear(fixture('two.wav'), [['language', 'de'], ['response_format', 'verbose_json']], options);
      const { task, text } = JSON.parse(await heard(answer));
      assert.deepEqual([task, text, answer.headers['x-served-by']], ['translate', SAID, 'groq:whisper-large-v3']);
      const [call] = translating.providers.requests.filter(({ scope }) => scope?.endsWith('.transcription'));
      assert.deepEqual([call.path, call.body.language], ['/openai/v1/audio/translations', undefined]);
      const error = await contractError(await hear(fixture('two.wav'), [['model', DEEPGRAM]], options), 501);
      assert.equal(error.code, 'not_implemented');
    } finally {
      await translating.stop();
    }
    await contractError(await hear(fixture('two.wav'), [], { door: 'translations' }), 501);
  });

  test("OpenAI's fields reach the provider; its model names mean the chain", async () => {
    const parts = [['model', 'whisper-1'], ['language', 'pt-BR'], ['prompt', 'Ann & Bo, “Ö”'], ['temperature', '0.2'], ['timestamp_granularities[]', 'word'], ['timestamp_granularities', 'segment'], ['response_format', 'verbose_json'], ['unknown', 'x']];
    const verbose = JSON.parse(await heard(await hear(fixture('two.wav'), parts)));
    assert.deepEqual(verbose.words.map(({ word }) => word).join(' '), SAID);
    const { file, ...fields } = asked()[0].body;
    assert.deepEqual(fields, {
      model: 'whisper-large-v3-turbo', response_format: 'verbose_json', language: 'pt', prompt: 'Ann & Bo, “Ö”', temperature: '0.2', 'timestamp_granularities[]': 'word,segment',
    });
  });

  test('empty fields, as a form on a page sends them, are no fields', async () => {
    await heard(await hear(fixture('two.wav'), [['model', ''], ['language', ''], ['prompt', ''], ['response_format', '']]));
    const { file, ...fields } = asked()[0].body;
    assert.deepEqual(fields, { model: 'whisper-large-v3-turbo', response_format: 'json' });
  });

  test('silence is an empty text, not an error', async () => {
    set({ transcription: { transcript: '' } });
    assert.deepEqual(JSON.parse(await heard(await hear(fixture('two.wav')))), { text: '' });
  });

  test('Deepgram gets the bytes and their type', async () => {
    const answer = await hear(fixture('two.webm'), [['model', DEEPGRAM], ['language', 'en']], { name: 'lie.wav', type: 'audio/wav' });
    assert.deepEqual(JSON.parse(await heard(answer)), { text: SAID });
    assert.equal(answer.headers['x-served-by'], DEEPGRAM);
    const [call] = asked();
    assert.equal(call.path + call.query, '/v1/listen?model=nova-3&smart_format=true&language=en');
    assert.deepEqual([call.headers['content-type'], call.headers['content-length'], call.headers.authorization], ['audio/webm', `${fixture('two.webm').length}`, 'Token local']);
    const verbose = JSON.parse(await heard(await hear(fixture('two.wav'), [['model', DEEPGRAM], ['response_format', 'verbose_json']])));
    assert.deepEqual([verbose.task, verbose.text, verbose.segments.map(({ text }) => text)], ['transcribe', SAID, [SAID]]);
    assert.ok(verbose.duration > 0.1);
    assert.equal(verbose.words, undefined);
  });

  test('Workers AI gets base64', async () => {
    const answer = await hear(fixture('two.ogg'), [['model', WORKERS_AI], ['language', 'en']]);
    assert.deepEqual(JSON.parse(await heard(answer)), { text: SAID });
    assert.equal(answer.headers['x-served-by'], WORKERS_AI);
    assert.deepEqual(asked()[0].body, { audio: { bytes: fixture('two.ogg').length }, language: 'en' });
  });
});

describe('providers that fail', () => {
  for (const knobs of [{ fault: 'server_error' }, { fault: 'rate_limit' }, { fault: 'bad_key' }, { fault: 'html' }, { fault: 'refuse' }, { fault: 'hang' }, { body: '' }, { body: { text: 7 } }, { body: '{"text":' }, { status: 501 }]) {
    test(`${JSON.stringify(knobs)}: the next one listens`, async () => {
      set({ groq: knobs });
      const answer = await hear(fixture('two.wav'));
      assert.deepEqual(JSON.parse(await heard(answer)), { text: SAID });
      assert.equal(answer.headers['x-served-by'], DEEPGRAM);
      assert.deepEqual(asked().map(({ scope }) => scope), ['groq.transcription', 'deepgram.transcription']);
    });
  }

  test('the recording is whole for the third, too', async () => {
    set({ groq: { fault: 'server_error' }, deepgram: { fault: 'server_error' } });
    const answer = await hear(fixture('two.webm'));
    assert.deepEqual(JSON.parse(await heard(answer)), { text: SAID });
    assert.equal(answer.headers['x-served-by'], WORKERS_AI);
    assert.equal(asked().at(-1).body.audio.bytes, fixture('two.webm').length);
  });

  for (const [knobs, status, code] of [
    [{ fault: 'server_error' }, 502, 'provider_failed'], [{ fault: 'rate_limit' }, 429, 'provider_busy'], [{ fault: 'hang' }, 504, 'provider_timeout'],
    [{ status: 400 }, 400, 'provider_refused'], [{ status: 501 }, 501, 'not_implemented'],
  ]) {
    test(`all of them with ${JSON.stringify(knobs)}: ${status}`, async () => {
      set({ transcription: knobs });
      const error = await contractError(await hear(fixture('two.wav')), status);
      assert.equal(error.code, code);
      assert.equal(asked().length, 3);
    });
  }

  test('a client that leaves frees the provider', async () => {
    set({ groq: { fault: 'hang' } });
    const { type, body } = await form([['file', fixture('two.wav'), 'a.wav', '']]);
    const client = send(`${hearken.url}/v1/audio/transcriptions`, { headers: { 'content-type': type }, body });
    client.answer.catch(() => {});
    await hearken.providers.waitFor(({ scope, fault }) => scope === 'groq.transcription' && fault === 'hang');
    client.reset();
    const call = await hearken.providers.waitFor(({ scope, ended }) => scope === 'groq.transcription' && ended !== 'open');
    assert.equal(call.ended, 'client_closed');
    assert.equal(asked().length, 1);
  });
});

describe('bad input', () => {
  const nobodyAsked = () => assert.equal(asked().length, 0);

  test('recordings that are none, or not whole, name the file', async () => {
    const wav = fixture('two.wav');
    const BROKEN = {
      nothing: Buffer.alloc(0), text: Buffer.from('Dear diary, '.repeat(100)), JSON: Buffer.from('{"audio":"none"}'), zeros: Buffer.alloc(5_000),
      'a picture': Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(500, 7)]),
      'a head of WAV': wav.subarray(0, 20), 'half an M4A': fixture('two.m4a').subarray(0, 4_000), 'half a WebM': fixture('two.webm').subarray(0, 3_000),
      'heads of Ogg': fixture('two.ogg').subarray(0, 100), 'a head of FLAC': fixture('two.flac').subarray(0, 30), 'one tag': Buffer.from('ID3\x04\0\0\0\0\0\0', 'latin1'),
    };
    for (const [what, bytes] of Object.entries(BROKEN)) {
      const error = await contractError(await hear(bytes, [], { name: 'speech.wav', type: 'audio/wav' }), 400);
      assert.deepEqual([error.param, error.code, error.type], ['file', 'invalid_file', 'invalid_request_error'], what);
    }
    nobodyAsked();
  });

  test('other fields name themselves', async () => {
    const wav = fixture('two.wav');
    for (const [param, parts, status] of [
      ['response_format', [['response_format', 'xml']], 400], ['stream', [['stream', 'yes']], 400], ['stream', [['stream', 'true'], ['response_format', 'vtt']], 400],
      ['timestamp_granularities', [['timestamp_granularities[]', 'letter']], 400], ['model', [['model', 'gpt-4o']], 404], ['model', [['model', 'groq:other']], 404],
      ['language', [['language', 'en&callback=http://example.com']], 400], ['language', [['language', 'e'.repeat(36)]], 400],
    ]) {
      const error = await contractError(await hear(wav, parts), status);
      assert.equal(error.param, param);
    }
    for (const parts of [[['model', 'whisper-1']], [['file', 'not a file']]]) {
      const { type, body } = await form(parts);
      const error = await contractError(await send(`${hearken.url}/v1/audio/transcriptions`, { headers: { 'content-type': type }, body }).answer, 400);
      assert.equal(error.param, 'file');
    }
    nobodyAsked();
  });

  test('what is no form is 415, a broken form 400', async () => {
    const post = (type, body) => send(`${hearken.url}/v1/audio/transcriptions`, { headers: type ? { 'content-type': type } : {}, body }).answer;
    for (const type of ['application/json', 'audio/wav', 'application/x-www-form-urlencoded', undefined]) await contractError(await post(type, '{}'), 415);
    await contractError(await post('multipart/form-data; boundary=x', 'no boundary anywhere'), 400);
    await contractError(await post('multipart/form-data', 'no boundary said'), 400);
    const { type, body } = await form([['file', fixture('two.wav'), 'a.wav', '']]);
    await contractError(await post(type, body.subarray(0, body.length - 60)), 400);
    nobodyAsked();
  });

  /** Posts a form around `length` bytes and answers once the whole has been read or refused. */
  const large = async (length, headers = {}) => {
    const { type, body } = await form([['file', Buffer.concat([fixture('two.wav'), Buffer.alloc(length - fixture('two.wav').length, 1)]), 'a.wav', '']]);
    return within('an answer to a large form', send(`${hearken.url}/v1/audio/transcriptions`, { headers: { 'content-type': type, ...headers }, body }).answer);
  };
  test('26 MB is 413 for a client that sends on, said or not', async () => {
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await large(26_000_000 + 1_000_000, headers);
      const error = await contractError(answer, 413);
      assert.equal(error.param, 'file');
    }
    const error = await contractError(await large(BYTES_MAX + 1), 413);
    assert.equal(error.code, 'invalid_file');
    nobodyAsked();
  });

  test('a client that has not sent the half of it reads the 413', async () => {
    const bytes = 60_000_000;
    const req = request(`${hearken.url}/v1/audio/transcriptions`, {
      method: 'POST', agent: false, headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': bytes },
    });
    const answered = new Promise((resolve, reject) => {
      req.on('response', resolve);
      req.on('error', reject);
    });
    const piece = Buffer.alloc(1_000_000, 1);
    const sending = (async () => {
      for (let sent = 0; sent < bytes; sent += piece.length) await new Promise((resolve) => req.write(piece, resolve));
      req.end();
    })();
    const response = await within('an answer', answered);
    assert.equal(response.statusCode, 413);
    response.resume();
    await within('the rest to be taken', sending);
  });

  test('a form that does not say its length is heard', async () => {
    const { type, body } = await form([['file', fixture('two.webm'), 'a.webm', ''], ['language', 'en']]);
    const answer = await send(`${hearken.url}/v1/audio/transcriptions`, { headers: { 'content-type': type, 'transfer-encoding': 'chunked' }, body }).answer;
    assert.deepEqual(JSON.parse(await heard(answer)), { text: SAID });
    assert.deepEqual([asked()[0].body.file.bytes, asked()[0].body.language], [fixture('two.webm').length, 'en']);
  });
});

describe('a model that streams what it hears', () => {
  const event = (fields) => `data: ${JSON.stringify(fields)}\n\n`;
  const delta = (words) => event({ type: 'transcript.text.delta', delta: words });
  const done = event({ type: 'transcript.text.done', text: 'Hello there.', usage: { total_tokens: 3 } });
  let upstream;
  let own;
  let answer;
  before(async () => {
    upstream = createServer(async (request, response) => {
      const text = Buffer.concat(await request.toArray()).toString('latin1');
      await answer(response, text, request.url);
    });
    await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${upstream.address().port}`;
    own = await startHearken({ vars: { STT: 'openai:gpt-4o-transcribe, groq:whisper-large-v3', OPENAI_BASE_URL: `${base}/first`, GROQ_BASE_URL: `${base}/second` } });
  });
  after(async () => {
    await own?.stop();
    upstream?.close();
  });
  const stream = (response) => response.writeHead(200, { 'content-type': 'text/event-stream' });
  const ask = () => hear(fixture('two.wav'), [['stream', 'true']], { url: own.url });
  const told = (text) => text.match(/^data: .*/gm).map((line) => JSON.parse(line.slice(6)));

  test('is passed on word by word, before it has ended', async () => {
    let go;
    answer = async (response, form) => {
      assert.match(form, /name="stream"\r\n\r\ntrue/);
      stream(response).write(delta('Hello '));
      await new Promise((resolve) => { go = resolve; });
      response.end(delta('there.') + done);
    };
    const got = await ask();
    await got.until(delta('Hello ').length);
    assert.deepEqual(told(got.bytes.toString()), [{ type: 'transcript.text.delta', delta: 'Hello ' }]);
    go();
    assert.deepEqual(told(await got.text()).slice(1), [
      { type: 'transcript.text.delta', delta: 'there.' }, { type: 'transcript.text.done', text: 'Hello there.', usage: { total_tokens: 3 } },
    ]);
    assert.equal(got.headers['x-served-by'], 'openai:gpt-4o-transcribe');
  });

  test('although nobody asked it to, is heard whole', async () => {
    answer = (response) => stream(response).end(delta('Hello ') + delta('there.') + done);
    const got = await hear(fixture('two.wav'), [], { url: own.url });
    assert.deepEqual([await got.json(), got.headers['x-served-by']], [{ text: 'Hello there.' }, 'openai:gpt-4o-transcribe']);
  });

  test('that breaks off says so in an event, and nothing of its own words', async () => {
    for (const end of ['', event({ error: { message: 'our key' } })]) {
      let go;
      answer = async (response) => {
        stream(response).write(delta('Hello '));
        await new Promise((resolve) => { go = resolve; });
        response.end(end);
      };
      const got = await ask();
      await got.until(delta('Hello ').length);
      go();
      const events = told(await got.text());
      assert.deepEqual(events.map(({ type, error }) => type ?? error.code), ['transcript.text.delta', 'stream_interrupted']);
      assert.doesNotMatch(JSON.stringify(events), /our key/);
    }
  });

  test('that fails before its first word gives way to the next, and one that answers whole is heard', async () => {
    for (const first of [
      (response) => response.writeHead(500).end('{}'), (response) => stream(response).end(delta('Hel') + event({ error: { message: 'x' } })), (response) => stream(response).end(event({ error: { message: 'x' } })), (response) => stream(response).end(),
    ]) {
      answer = (response, form, path) => path.startsWith('/first') ? first(response) : response.end(JSON.stringify({ text: SAID }));
      const got = await ask();
      assert.equal(told(await got.text()).at(-1).text, SAID);
      assert.equal(got.headers['x-served-by'], 'groq:whisper-large-v3');
    }
    answer = (response) => response.end(JSON.stringify({ text: SAID }));
    const got = await ask();
    assert.equal(told(await got.text()).at(-1).text, SAID);
    assert.equal(got.headers['x-served-by'], 'openai:gpt-4o-transcribe');
  });
});

test('without a key nothing is heard', async () => {
  const guarded = await startHearken({ vars: { AUTH: 'required', API_KEYS: 'key-of-a-server', SESSION_SECRET: 's' }, knobs: { transcription: { transcript: SAID } } });
  try {
    await contractError(await hear(fixture('two.wav'), [], { url: guarded.url }), 401);
    assert.equal(guarded.providers.requests.length, 0);
    await heard(await hear(fixture('two.wav'), [], { url: guarded.url, headers: { authorization: 'Bearer key-of-a-server' } }));
  } finally {
    await guarded.stop();
  }
});

test('where nobody can recognise speech the answer is 501', async () => {
  const deaf = await startHearken({ python: '/nonexistent/python3' });
  try {
    const error = await contractError(await hear(fixture('two.wav'), [], { url: deaf.url }), 501);
    assert.equal(error.code, 'not_implemented');
  } finally {
    await deaf.stop();
  }
});

test('a real recogniser hears what a real voice says', { skip: (!process.env.LOCAL_PYTHON && 'LOCAL_PYTHON names no recogniser') || NO_FFMPEG }, async () => {
  const real = await startHearken({ python: process.env.LOCAL_PYTHON, vars: { STT_HEADERS_MS: '30000', STT_FIRST_MS: '30000', STT_TOTAL_MS: '60000' } });
  try {
    await real.providers.warm();
    const clip = await clipOf(real.providers, 'Hello. Good morning. How are you today?', 'opus_48000_32');
    const { text } = JSON.parse(await heard(await within('the words', hear(clip, [], { url: real.url }), 60_000)));
    console.log(`heard: ${text}`);
    assert.match(text, /hello|good|morning|how|today/i);
  } finally {
    await real.stop();
  }
});
