// What is kept of realtime sessions: a conversation has what was said and heard, once, whoever leaves, and when.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { Runtime } from '../soak/soak.mjs';
import { REPLY, closeAll, connect, letters, room, script, scripted, tone } from './realtime-client.mjs';


let hearken;
before(async () => {
  hearken = await startHearken({});
  await hearken.providers.warm();
});
after(() => hearken?.stop());
beforeEach(() => script(hearken));
afterEach(closeAll);

const chats = () => hearken.providers.requests.filter(({ path, body }) => /chat\/completions/.test(path) && body.stream);
const conversationOf = async (id, person, { url } = hearken) => (await (await fetch(`${url}/v1/conversations/${id}`, { headers: { 'x-user': person } })).json()).messages ?? [];
/** The conversation once it has so many messages. */
const kept = async (id, person, count) => {
  const all = await until('the conversation', async () => {
    const messages = await conversationOf(id, person);
    return messages.length >= count && messages;
  });
  return all.map(({ role, content }) => [role, content]);
};

test('a session goes on with a conversation, and what was said in it is remembered there', async () => {
  const query = '?person=returner&conversation=again';
  const first = await connect(hearken.url, { query });
  await first.say('My boat is called Sparrow.', { output_modalities: ['text'] });
  await until('the conversation', async () => (await conversationOf('again', 'returner')).length === 2);
  await first.close();
  const second = await connect(hearken.url, { query });
  await second.say('What is it called?', { output_modalities: ['text'] });
  const told = chats().at(-1).body.messages.filter(({ role }) => role !== 'system').map(({ content }) => content);
  assert.deepEqual(told, ['My boat is called Sparrow.', REPLY, 'What is it called?']);
  await second.close();
});

test('a client that puts back what was said before its session says it once', async () => {
  const query = '?person=replayer&conversation=again';
  const first = await connect(hearken.url, { query });
  await first.say('My boat is called Sparrow.', { output_modalities: ['text'] });
  await kept('again', 'replayer', 2);
  await first.close();
  const second = await connect(hearken.url, { query });
  for (const [role, type, text] of [['user', 'input_text', 'My boat is called Sparrow.'], ['assistant', 'output_text', REPLY]]) {
    second.send({ type: 'conversation.item.create', item: { type: 'message', role, content: [{ type, text }] } });
  }
  await second.say('What is it called?', { output_modalities: ['text'] });
  await second.close();
  const all = ['My boat is called Sparrow.', REPLY, 'What is it called?'];
  assert.deepEqual(chats().at(-1).body.messages.filter(({ role }) => role !== 'system').map(({ content }) => content), all);
  assert.deepEqual((await kept('again', 'replayer', 4)).map(([, content]) => content), [...all, REPLY]);
});

test('who leaves in the middle of a reply is remembered to have heard its beginning', async () => {
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 60, script: [REPLY.repeat(3)] } });
  const session = await connect(hearken.url, { query: '?person=leaver&conversation=left' });
  session.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go' }] } });
  session.send({ type: 'response.create' });
  await session.event('response.output_audio.delta');
  await session.until('a second of sound', () => session.sound().length > 48_000);
  session.socket.terminate();
  const kept = await until('the conversation', async () => {
    const all = await conversationOf('left', 'leaver');
    return all[0] && chats()[0].ended === 'client_closed' && all;
  });
  assert.equal(kept[0].content, 'go');
  assert.ok(!kept[1] || letters(REPLY.repeat(3)).startsWith(letters(kept[1].content)), kept[1]?.content);
});

test('who leaves once a reply was told whole has it in the conversation, whatever was played of it by then', async () => {
  for (const modality of ['audio', 'text']) {
    const session = await connect(hearken.url, { query: `?person=quick&conversation=${modality}` });
    await session.say('My boat is called Sparrow.', { output_modalities: [modality] });
    await session.close();
    const kept = await until('the reply', async () => {
      const all = await conversationOf(modality, 'quick');
      return all.length > 1 && all;
    });
    assert.deepEqual(kept.map(({ content }) => content), ['My boat is called Sparrow.', REPLY]);
  }
});

test('what is said last is kept though its words come after the client has left', async () => {
  hearken.providers.control({ transcription: { first_ms: 600, transcript: 'Do not forget the milk.' } });
  // In the middle of a word, in a pause, and after the turn's end.
  for (const [index, rest_ms] of [0, 250, 900].entries()) {
    const session = await connect(hearken.url, { query: `?person=leaves&conversation=last${index}` });
    session.hear(Buffer.concat([room(400), tone(900), room(rest_ms)]));
    await session.event('input_audio_buffer.speech_started');
    if (index === 2) await session.event('input_audio_buffer.committed');
    session.socket.terminate();
  }
  for (const index of [0, 1, 2]) {
    const kept = await until('the words', async () => {
      const all = await conversationOf(`last${index}`, 'leaves');
      return all.length > 0 && all;
    });
    assert.deepEqual(kept.map(({ role, content }) => [role, content]), [['user', 'Do not forget the milk.']]);
  }
  assert.equal(chats().length, 0, 'and nobody is asked for a reply that nobody hears');
});

test('a sentence in which the socket is lost, and which its client sends again, is kept once', async () => {
  hearken.providers.control({ transcription: { transcript: 'Do not forget' } });
  const session = await connect(hearken.url, { query: '?person=cut&conversation=sentence' });
  session.hear(Buffer.concat([room(400), tone(900)]));
  await session.event('input_audio_buffer.speech_started');
  session.socket.terminate();
  assert.deepEqual(await kept('sentence', 'cut', 1), [['user', 'Do not forget']]);
  const messages = [{ role: 'user', content: 'Do not forget the milk.' }];
  const body = JSON.stringify({ conversation: 'sentence', user: 'cut', messages });
  const answer = await fetch(`${hearken.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  await answer.text();
  assert.deepEqual(await kept('sentence', 'cut', 2), [['user', 'Do not forget the milk.'], ['assistant', REPLY]]);
});

test('a reply to nothing new is one message, though it is written down while it is told', async () => {
  hearken.providers.control(scripted(REPLY, { gap_ms: 80 }));
  const session = await connect(hearken.url, { query: '?person=listener&conversation=unasked' });
  const reply = async () => {
    const from = session.events.length;
    session.send({ type: 'response.create', response: { output_modalities: ['text'] } });
    return (await session.event('response.done', undefined, from)).response.status;
  };
  // Nobody has said anything; then it is asked for another reply.
  assert.deepEqual([await reply(), await reply()], ['completed', 'completed']);
  await session.say('Go on.', { output_modalities: ['text'] });
  await session.close();
  assert.deepEqual(await kept('unasked', 'listener', 4), [['assistant', REPLY], ['assistant', REPLY], ['user', 'Go on.'], ['assistant', REPLY]]);
});

test('a response with a context of its own leaves nothing unkept of what was said', async () => {
  const session = await connect(hearken.url, { query: '?person=context&conversation=own' });
  session.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'My boat is called Sparrow.' }] } });
  const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Greet me.' }] }];
  const from = session.events.length;
  session.send({ type: 'response.create', response: { output_modalities: ['text'], input } });
  await session.event('response.done', undefined, from);
  assert.deepEqual(chats()[0].body.messages.map(({ content }) => content), ['Greet me.']);
  await session.say('Go on.', { output_modalities: ['text'] });
  await session.close();
  const all = await kept('own', 'context', 4);
  assert.deepEqual(all.map(([, content]) => content).toSorted(), ['Go on.', REPLY, REPLY, 'My boat is called Sparrow.'].toSorted());
});

test('what is said last is kept though the object is lost while it is written down', async () => {
  const persist = mkdtempSync(join(tmpdir(), 'hearken-kept-'));
  const runtime = new Runtime(hearken.providers, persist);
  try {
    await runtime.start();
    hearken.providers.control({ transcription: { first_ms: 60_000, transcript: 'Never.' } });
    const session = await connect(runtime.url, { query: '?person=killed&conversation=last' });
    session.hear(Buffer.concat([room(400), tone(900)]));
    await session.event('input_audio_buffer.speech_started');
    session.socket.terminate();
    await until('a recording to be sent', () => hearken.providers.requests.some(({ path }) => /transcriptions/.test(path)));
    hearken.providers.control({ transcription: { first_ms: 0, transcript: 'Do not forget the milk.' } });
    await runtime.kill();
    const all = await until('the words', async () => {
      const messages = await conversationOf('last', 'killed', runtime);
      return messages.length > 0 && messages;
    });
    assert.deepEqual(all.map(({ role, content }) => [role, content]), [['user', 'Do not forget the milk.']]);
  } finally {
    await runtime.worker?.stop();
    rmSync(persist, { recursive: true, force: true });
  }
});
