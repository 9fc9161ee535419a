// What is made says so to machines: in a header, and in the bytes of every container that is written here.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { startHearken } from '../harness.mjs';

const TAG = /DIGITAL_SOURCE_TYPE.{0,24}http:\/\/cv\.iptc\.org\/newscodes\/digitalsourcetype\/trainedAlgorithmicMedia/s;

let hearken;
before(async () => {
  hearken = await startHearken({ vars: { PERSONA_PHRASES: 'Good evening.' }, knobs: { chat: { first_ms: 0, gap_ms: 0 }, speech: { first_ms: 0 } } });
});
after(() => hearken?.stop());

async function answered(path, body, headers = {}) {
  const answer = await fetch(hearken.url + path, { method: 'POST', headers: { 'content-type': 'application/json', 'x-user': 'ann', ...headers }, body: JSON.stringify(body) });
  return { answer, disclosed: answer.headers.get('ai-disclosure'), bytes: Buffer.from(await answer.arrayBuffer()) };
}
const hi = { messages: [{ role: 'user', content: 'hello' }] };

test('every answer with made text or sound says so in its header, and no other does', async () => {
  for (const [path, body, headers] of [
    ['/v1/chat/completions', hi], ['/v1/chat/completions', { ...hi, stream: true }], ['/v1/chat/completions', hi, { accept: 'audio/webm' }],
    ['/v1/responses', { input: 'hello' }], ['/v1/responses', { input: 'hello', stream: true }],
    ['/v1/audio/speech', { input: 'A boat.', response_format: 'pcm' }], ['/v1/audio/speech', { input: 'A boat.', stream_format: 'sse' }],
  ]) {
    const { answer, disclosed } = await answered(path, body, headers);
    assert.deepEqual([answer.status, disclosed], [200, 'mode=machine-generated'], `${path} ${JSON.stringify(body)}`);
  }
  for (const [path, body] of [['/v1/chat/completions', {}], ['/v1/embeddings', { input: 'x' }], ['/v1/memories', { text: 'Owns a boat.' }]]) assert.equal((await answered(path, body)).disclosed, null, path);
  const socket = new WebSocket(`${hearken.url.replace('http', 'ws')}/v1/realtime`);
  const upgrade = await new Promise((resolve, reject) => socket.on('upgrade', resolve).on('error', reject));
  assert.equal(upgrade.headers['ai-disclosure'], 'mode=machine-generated');
  socket.terminate();
});

test('made sound says so in its bytes, once, whether it is fetched, cached or spoken as a reply', async () => {
  const times = (bytes) => bytes.toString('latin1').split(TAG).length - 1;
  for (const response_format of ['opus', 'webm', 'mp4', 'mp3', 'wav']) {
    for (const how of ['fetched', 'again']) {
      const { answer, bytes } = await answered('/v1/audio/speech', { input: 'Good evening.', response_format });
      assert.deepEqual([answer.status, times(bytes)], [200, 1], `${response_format} ${how} ${answer.headers.get('x-cache')}`);
    }
  }
  for (const [accept, beginning] of [['audio/ogg', 'OggS'], ['audio/webm', '\x1A\x45\xDF\xA3'], ['audio/mpeg', 'ID3']]) {
    const { answer, bytes } = await answered('/v1/chat/completions', { messages: [{ role: 'user', content: 'Tell me a story in many sentences.' }] }, { accept });
    assert.deepEqual([answer.status, bytes.toString('latin1', 0, beginning.length), times(bytes)], [200, beginning, 1], accept);
  }
  const { bytes } = await answered('/v1/audio/speech', { input: 'A boat.', response_format: 'pcm' });
  assert.equal(times(bytes), 0, 'samples have no place for a tag');
});
