// /v1/realtime over real sockets: OpenAI's protocol, its orders, what is kept of a conversation, and who may come in.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { startHearken, until } from '../harness.mjs';
import { REPLY, closeAll, connect, letters, room, script, scripted, speech, tone } from './realtime-client.mjs';

const event = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const DONE = 'data: [DONE]\n\n';

let hearken;
before(async () => {
  hearken = await startHearken({});
  await hearken.providers.warm();
});
after(() => hearken?.stop());
beforeEach(() => script(hearken));
afterEach(closeAll);

// Turns stream; what is extracted from those of earlier tests, at any time, does not.
const chats = () => hearken.providers.requests.filter(({ path, body }) => /chat\/completions/.test(path) && body.stream);
const json = async (path, init) => (await fetch(`${hearken.url}${path}`, init)).json();
const conversationOf = async (id, person) => (await json(`/v1/conversations/${id}`, { headers: { 'x-user': person } })).messages ?? [];

test('a spoken turn comes in the order that clients take', async () => {
  const session = await connect(hearken.url, { protocols: ['realtime', 'openai-insecure-api-key.any', 'openai-agents-sdk.0.20.0'] });
  assert.equal(session.socket.protocol, 'realtime');
  const { session: begun } = session.events[0];
  assert.equal(begun.type, 'realtime');
  assert.equal(begun.audio.input.turn_detection.interrupt_response, true);
  assert.ok(begun.expires_at > Date.now() / 1000 + 3_000);
  const done = await session.say('hello', { metadata: { client_event_id: 'x1' } });
  assert.equal(done.status, 'completed');
  const order = session.types().filter((type, index, all) => type !== all[index - 1] && !/delta$/.test(type));
  assert.deepEqual(order, [
    'session.created', 'conversation.item.added', 'conversation.item.done', 'response.created', 'rate_limits.updated',
    'response.output_item.added', 'conversation.item.added', 'response.content_part.added', 'response.output_audio.done',
    'response.output_audio_transcript.done', 'response.content_part.done', 'conversation.item.done', 'response.output_item.done', 'response.done',
  ]);
  assert.equal(done.output[0].content[0].transcript, REPLY);
  assert.equal(done.metadata.client_event_id, 'x1');
  const phrases = session.events.filter(({ type, transcript }) => type === 'response.output_audio.delta' && transcript);
  assert.equal(phrases.map(({ transcript }) => transcript.trim()).join(' '), REPLY, 'each phrase is told with its first sound');
  const timings = JSON.parse(done.metadata.hearken);
  assert.ok(done.metadata.hearken.length <= 512 && timings.first_audio_ms >= timings.first_text_ms && timings.served_by);
  const sound = session.sound(done.id);
  assert.ok(sound.length % 2 === 0 && sound.length > 24_000 * 2 * 3, `${sound.length} bytes`);
  assert.ok(session.events.every(({ delta }) => !delta || delta.length <= 4 * 9_602 / 3 + 4), 'frames of 200 ms at most');
  assert.ok(done.usage.total_tokens === done.usage.input_tokens + done.usage.output_tokens);
  assert.deepEqual(await session.close(), { code: 1000, reason: '' });
});

test('text alone is written and nothing is spoken', async () => {
  const session = await connect(hearken.url);
  session.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'], instructions: 'Answer in one word.' } });
  const { session: updated } = await session.event('session.updated');
  assert.equal(updated.audio.input.turn_detection.interrupt_response, true, 'the whole session is told');
  const done = await session.say('hello');
  assert.deepEqual(done.output[0].content, [{ type: 'output_text', text: REPLY }]);
  assert.equal(session.sound().length, 0);
  assert.equal(hearken.providers.requests.filter(({ path }) => /speech/.test(path)).length, 0);
  const [system] = chats()[0].body.messages;
  assert.ok(system.role === 'system' && system.content.startsWith('Answer in one word.'));
  await session.close();
});

for (const [type, silence] of [['audio/pcmu', 0xff], ['audio/pcma', 0xd5]]) {
  test(`${type} is 8,000 bytes a second, in and out`, async () => {
    hearken.providers.control({ ...scripted(REPLY), transcription: { transcript: 'good evening' } });
    const session = await connect(hearken.url);
    session.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { format: { type }, turn_detection: null }, output: { format: { type } } } } });
    await session.event('session.updated');
    session.hear(Buffer.alloc(8_000, silence), 800);
    session.send({ type: 'input_audio_buffer.commit' });
    session.send({ type: 'response.create' });
    const { response } = await session.event('response.done');
    assert.equal(response.status, 'completed');
    session.send({ type: 'conversation.item.truncate', item_id: response.output[0].id, content_index: 0, audio_end_ms: 9_000_000 });
    const [, total_ms] = /^Audio content of (\d+) ms/.exec((await session.event('error')).error.message);
    const bytes = session.sound(response.id).length;
    assert.ok(total_ms > 2_000 && Math.abs(bytes - 8 * total_ms) <= 80, `${bytes} bytes of ${total_ms} ms`);
    assert.deepEqual(response.audio.output.format, { type });
    await session.close();
  });
}

describe('a voice', () => {
  test('that does not come is waited for so long, and its silence is an item', async () => {
    hearken.providers.control(scripted('Hello.'));
    const session = await connect(hearken.url);
    const input = { transcription: { model: 'whisper-1' }, turn_detection: { type: 'server_vad', idle_timeout_ms: 1_000 } };
    session.send({ type: 'session.update', session: { type: 'realtime', audio: { input } } });
    await session.say('good evening');
    const timer = setInterval(() => session.hear(room(100)), 100);
    const { item_id, audio_start_ms, audio_end_ms } = await session.event('input_audio_buffer.timeout_triggered');
    clearInterval(timer);
    assert.ok(audio_end_ms - audio_start_ms >= 1_000, `${audio_start_ms} to ${audio_end_ms}`);
    await session.event('input_audio_buffer.committed', (event) => event.item_id === item_id);
    const { transcript } = await session.event('conversation.item.input_audio_transcription.completed', (event) => event.item_id === item_id);
    assert.equal(transcript, '');
    await session.until('a second reply', () => session.types(/^response.done/).length === 2);
    await session.close();
  });

  test('is a turn when it falls silent, is written down, and is answered', async () => {
    hearken.providers.control({ ...scripted(REPLY), transcription: { transcript: 'what a day' } });
    const session = await connect(hearken.url);
    session.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' } } } } });
    session.hear(Buffer.concat([room(1_000), tone(900), room(900)]));
    const started = await session.event('input_audio_buffer.speech_started');
    const stopped = await session.event('input_audio_buffer.speech_stopped');
    const committed = await session.event('input_audio_buffer.committed');
    assert.ok(started.item_id === stopped.item_id && stopped.item_id === committed.item_id);
    assert.ok(Math.abs(started.audio_start_ms - 700) <= 60, `${started.audio_start_ms}`);
    assert.ok(stopped.audio_end_ms > 2_300 && stopped.audio_end_ms < 2_600, `${stopped.audio_end_ms}`);
    const completed = await session.event('conversation.item.input_audio_transcription.completed');
    assert.deepEqual([completed.item_id, completed.transcript, completed.usage.type], [committed.item_id, 'what a day', 'duration']);
    const { response } = await session.event('response.done');
    assert.equal(response.status, 'completed');
    const order = session.types(/^(input|conversation.item.(added|input)|response.(created|done))/);
    assert.deepEqual(order, [
      'input_audio_buffer.speech_started', 'input_audio_buffer.speech_stopped', 'input_audio_buffer.committed', 'conversation.item.added',
      'conversation.item.input_audio_transcription.delta', 'conversation.item.input_audio_transcription.completed',
      'response.created', 'conversation.item.added', 'response.done',
    ]);
    assert.equal(session.events.find(({ type }) => type === 'conversation.item.added').item.content[0].transcript, null);
    assert.equal(chats()[0].body.messages.at(-1).content, 'what a day');
    await session.close();
  });

  test('that says nothing is answered by nobody', async () => {
    hearken.providers.control({ ...scripted(REPLY), transcription: { transcript: '' } });
    const session = await connect(hearken.url);
    session.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' } } } } });
    session.hear(Buffer.concat([room(600), tone(400), room(900)]));
    const { transcript } = await session.event('conversation.item.input_audio_transcription.completed');
    assert.equal(transcript, '');
    session.send({ type: 'input_audio_buffer.clear' });
    await session.event('input_audio_buffer.cleared');
    assert.deepEqual(session.types(/^response/), []);
    await session.close();
  });

  test('over a reply cuts it off, and truncate takes back what was not heard', async () => {
    // It is still being written when somebody speaks over it, and the second one is short.
    hearken.providers.control({ chat: { first_ms: 0, gap_ms: 60, script: [REPLY.repeat(12), 'All right.'] }, transcription: { transcript: 'wait' } });
    const session = await connect(hearken.url, { query: '?model=companion&person=barger&conversation=barge' });
    session.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'tell me' }] } });
    session.send({ type: 'response.create' });
    await session.until('a second of sound', () => session.sound().length > 48_000);
    session.hear(Buffer.concat([room(400), speech(900), room(900)]));
    const { response } = await session.event('response.done');
    assert.deepEqual([response.status, response.status_details.reason], ['cancelled', 'turn_detected']);
    const item = response.output[0];
    assert.equal(item.status, 'incomplete');
    session.send({ type: 'conversation.item.truncate', item_id: item.id, content_index: 0, audio_end_ms: 700 });
    await session.event('conversation.item.truncated');
    session.send({ type: 'conversation.item.retrieve', item_id: item.id });
    const { item: cut } = await session.event('conversation.item.retrieved');
    const heard = cut.content[0].transcript;
    assert.ok(heard && REPLY.startsWith(heard) && heard.length < 30, heard);
    const second = await session.event('response.done', ({ response: { id } }) => id !== response.id);
    assert.equal(second.response.status, 'completed');
    const told = chats().at(-1).body.messages;
    assert.deepEqual(told.slice(-3).map(({ content }) => content), ['tell me', heard, 'wait']);
    const kept = await until('the conversation', async () => {
      const all = await conversationOf('barge', 'barger');
      return all.length === 4 && all;
    });
    assert.deepEqual(kept.map(({ content }) => content), ['tell me', heard, 'wait', 'All right.']);
    await session.close();
  });
});

test('a manual turn is committed and asked for', async () => {
  hearken.providers.control({ ...scripted(REPLY), transcription: { transcript: 'by hand' } });
  const session = await connect(hearken.url);
  session.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: null } } } });
  session.send({ type: 'input_audio_buffer.commit', event_id: 'early' });
  const { error } = await session.event('error');
  assert.deepEqual([error.code, error.event_id], ['input_audio_buffer_commit_empty', 'early']);
  // Samples may be cut anywhere.
  session.hear(tone(600), 4_801);
  session.send({ type: 'input_audio_buffer.commit' });
  session.send({ type: 'response.create' });
  const { response } = await session.event('response.done');
  assert.equal(response.status, 'completed');
  assert.equal(chats()[0].body.messages.at(-1).content, 'by hand');
  assert.deepEqual(session.types(/speech_(started|stopped)/), []);
  await session.close();
});

test('what cannot be done is an error, and the session goes on', async () => {
  const session = await connect(hearken.url);
  const refused = async (sent, code, param = null) => {
    const from = session.events.length;
    session.send(typeof sent === 'string' ? sent : { event_id: `e${from}`, ...sent });
    const { error } = await session.event('error', undefined, from);
    assert.equal(error.code, code, JSON.stringify(error));
    assert.equal(error.param, param, JSON.stringify(error));
    assert.ok(error.message && error.type === 'invalid_request_error');
    if (typeof sent !== 'string') assert.equal(error.event_id, `e${from}`);
  };
  await refused('no json', 'invalid_event');
  await refused('[]', 'invalid_event');
  await refused({}, 'missing_required_parameter', 'type');
  await refused({ type: 'nonsense' }, 'invalid_value', 'type');
  await refused({ type: 'output_audio_buffer.clear' }, 'invalid_event');
  await refused({ type: 'input_audio_buffer.append' }, 'missing_required_parameter', 'audio');
  await refused({ type: 'input_audio_buffer.append', audio: '???' }, 'invalid_value', 'audio');
  await refused({ type: 'response.cancel' }, 'response_cancel_not_active');
  await refused({ type: 'conversation.item.retrieve', item_id: 'none' }, 'item_retrieve_invalid_item_id', 'item_id');
  await refused({ type: 'conversation.item.delete', item_id: 'none' }, 'item_delete_invalid_item_id', 'item_id');
  await refused({ type: 'conversation.item.truncate', item_id: 'none', content_index: 0, audio_end_ms: 0 }, 'item_truncate_invalid_item_id', 'item_id');
  await refused({ type: 'conversation.item.create', item: { type: 'mcp_call' } }, 'invalid_value', 'item.type');
  await refused({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text', 'audio'] } }, 'invalid_value', 'session.output_modalities');
  await refused({ type: 'session.update', session: { type: 'transcription' } }, 'invalid_value', 'session.type');
  session.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' } } } } });
  session.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_audio', audio: '' }] } });
  const unheard = await session.event('conversation.item.input_audio_transcription.failed');
  assert.deepEqual([unheard.error.type, unheard.error.code], ['invalid_request_error', 'invalid_audio']);
  const from = session.events.length;
  session.socket.send(Buffer.from('{}'), { binary: true });
  assert.equal((await session.event('error', undefined, from)).error.code, 'invalid_event');
  assert.equal((await session.say('still there?')).status, 'completed');
  await session.close();
});

test('items stand where they are put, and are taken out again', async () => {
  const session = await connect(hearken.url);
  const said = (id, text, previous) => session.send({ type: 'conversation.item.create', ...(previous ? { previous_item_id: previous } : {}), item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] } });
  said('b', 'two');
  said('a', 'one', 'root');
  said('c', 'gone', 'b');
  const { previous_item_id: before_c } = await session.event('conversation.item.added', ({ item }) => item.id === 'c');
  assert.equal(before_c, 'b');
  said('a', 'again');
  assert.equal((await session.event('error')).error.code, 'item_create_duplicate_item_id');
  session.send({ type: 'conversation.item.delete', item_id: 'c' });
  await session.event('conversation.item.deleted', ({ item_id }) => item_id === 'c');
  session.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  await session.event('response.done');
  assert.deepEqual(chats()[0].body.messages.filter(({ role }) => role === 'user').map(({ content }) => content), ['one', 'two']);
  await session.close();
});

test('a tool is called by the client, and its answer goes to the model', async () => {
  const call = (args, more = {}) => ({ tool_calls: [{ index: 0, function: { arguments: args }, ...more }] });
  const events = [
    event({ role: 'assistant', tool_calls: [{ index: 0, id: 'call_weather_1', type: 'function', function: { name: 'weather', arguments: '' } }] }),
    event(call('{"city":')), event(call('"Porto"}')), event({}, 'tool_calls'), DONE,
  ];
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, events } });
  const session = await connect(hearken.url, { query: '?person=tooler&conversation=tools' });
  const tools = [{ type: 'function', name: 'weather', description: 'Of a city.', parameters: { type: 'object', properties: { city: { type: 'string' } } } }];
  session.send({ type: 'session.update', session: { type: 'realtime', tools, tool_choice: 'auto' } });
  const done = await session.say('Do I need a coat in Porto?');
  assert.equal(done.status, 'completed');
  const [item] = done.output;
  assert.deepEqual([item.type, item.call_id, item.name, item.arguments, item.status], ['function_call', 'call_weather_1', 'weather', '{"city":"Porto"}', 'completed']);
  assert.deepEqual(session.types(/function_call|^response.output_item/), [
    'response.output_item.added', 'response.function_call_arguments.delta', 'response.function_call_arguments.delta',
    'response.function_call_arguments.done', 'response.output_item.done',
  ]);
  const { name, call_id } = await session.event('response.function_call_arguments.done');
  assert.deepEqual([name, call_id], ['weather', 'call_weather_1']);
  assert.deepEqual(chats()[0].body.tools[0], { type: 'function', function: { name: 'weather', description: 'Of a city.', parameters: tools[0].parameters } });
  hearken.providers.control(null);
  hearken.providers.control(scripted('It is warm.'));
  session.send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id, output: '24 degrees' } });
  const from = session.events.length;
  session.send({ type: 'response.create' });
  await session.event('response.done', undefined, from);
  const told = chats().at(-1).body.messages.slice(-3);
  assert.deepEqual(told.map(({ role }) => role), ['user', 'assistant', 'tool']);
  assert.equal(told[1].tool_calls[0].id, told[2].tool_call_id);
  const kept = await until('the conversation', async () => {
    const all = await conversationOf('tools', 'tooler');
    return all.length === 4 && all;
  });
  assert.deepEqual(kept.map(({ role }) => role), ['user', 'assistant', 'tool', 'assistant']);
  await session.close();
});

test('a function that is called without arguments has none', async () => {
  const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'now' } };
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, events: [event({ role: 'assistant', tool_calls: [call] }), event({}, 'tool_calls'), DONE] } });
  const session = await connect(hearken.url);
  const done = await session.say('What time is it?', { tools: [{ type: 'function', name: 'now' }] });
  assert.equal(done.output[0].arguments, '{}');
  assert.equal((await session.event('response.function_call_arguments.done')).arguments, '{}');
  await session.close();
});

test('functions whose calls come with one index, or with none, are called one by one', async () => {
  for (const index of [{ index: 0 }, {}]) {
    const call = (id) => event({ tool_calls: [{ ...index, id, type: 'function', function: { name: 'look', arguments: `{"at":"${id}"}` } }] });
    hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, events: [call('one'), call('two'), event({}, 'tool_calls'), DONE] } });
    const session = await connect(hearken.url);
    const { output } = await session.say('Look around.', { tools: [{ type: 'function', name: 'look' }] });
    assert.deepEqual(output.map(({ call_id, arguments: said }) => [call_id, said]), [['one', '{"at":"one"}'], ['two', '{"at":"two"}']]);
    await session.close();
  }
});

test('one response at a time belongs to the conversation; others may run beside it', async () => {
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 30, script: [REPLY], script_repeat: true } });
  const session = await connect(hearken.url);
  session.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'first' }] } });
  session.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  session.send({ type: 'response.create', event_id: 'second' });
  const { error } = await session.event('error');
  assert.deepEqual([error.code, error.event_id], ['conversation_already_has_active_response', 'second']);
  session.send({
    type: 'response.create',
    response: { conversation: 'none', output_modalities: ['text'], metadata: { topic: 'aside' }, instructions: 'Classify.', input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'aside' }] }] },
  });
  const aside = await session.event('response.done', ({ response }) => response.metadata?.topic === 'aside');
  assert.equal(aside.response.conversation_id, null);
  const main = await session.event('response.done', ({ response }) => response.metadata?.topic !== 'aside');
  assert.equal(main.response.status, 'completed');
  const body = chats().map(({ body }) => body).find(({ messages }) => messages.at(-1).content === 'aside');
  assert.deepEqual(body.messages.map(({ content }) => content), ['Classify.', 'aside']);
  assert.equal(session.types(/conversation.item.added/).length, 2, 'an aside is no part of the conversation');
  await session.close();
});

test('a response is cancelled, and so are its sockets', async () => {
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 60, script: [REPLY.repeat(5)] } });
  const session = await connect(hearken.url);
  session.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go' }] } });
  session.send({ type: 'response.create' });
  await session.event('response.output_audio_transcript.delta');
  session.send({ type: 'response.cancel' });
  const { response } = await session.event('response.done');
  assert.deepEqual([response.status, response.status_details], ['cancelled', { type: 'cancelled', reason: 'client_cancelled' }]);
  await until('the model to be left', () => chats()[0].ended === 'client_closed');
  assert.equal((await session.say('and now?', { output_modalities: ['text'] })).status, 'completed');
  await session.close();
});

test('truncate a little beyond the end is clamped, further beyond refused, and only sound is cut', async () => {
  const session = await connect(hearken.url);
  const done = await session.say('hello');
  const [item] = done.output;
  const total_ms = Math.floor(session.sound(done.id).length / 48);
  const truncate = async (audio_end_ms, item_id = item.id) => {
    const from = session.events.length;
    session.send({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms });
    return session.until('an answer', () => session.events.slice(from).find(({ type }) => type === 'error' || type === 'conversation.item.truncated'));
  };
  const words = async () => {
    const from = session.events.length;
    session.send({ type: 'conversation.item.retrieve', item_id: item.id });
    return (await session.event('conversation.item.retrieved', undefined, from)).item.content[0].transcript;
  };
  assert.equal((await truncate(total_ms + 250)).type, 'conversation.item.truncated');
  assert.equal(await words(), REPLY);
  assert.match((await truncate(total_ms + 400)).error.message, /^Audio content of \d+ ms is already shorter than \d+ ms$/);
  assert.equal((await truncate(total_ms / 2 | 0)).type, 'conversation.item.truncated');
  const half = await words();
  assert.ok(REPLY.startsWith(half) && half.length > REPLY.length * 0.3 && half.length < REPLY.length * 0.7, half);
  assert.equal((await truncate(0)).type, 'conversation.item.truncated');
  assert.equal(await words(), '');
  assert.match((await truncate(0, session.events.find(({ type }) => type === 'conversation.item.added').item.id)).error.message, /Only model output audio/);
  await session.say('go on', { output_modalities: ['text'] });
  assert.ok(!JSON.stringify(chats().at(-1).body.messages).includes('I hear you'));
  await session.close();
});

test('a limit of tokens and a failing model are told in response.done', async () => {
  hearken.providers.control({ chat: { first_ms: 0, gap_ms: 0, events: [event({ role: 'assistant', content: 'Once upon' }), event({}, 'length'), DONE] } });
  const session = await connect(hearken.url);
  const short = await session.say('tell', { max_output_tokens: 2, output_modalities: ['text'] });
  assert.deepEqual([short.status, short.status_details.reason], ['incomplete', 'max_output_tokens']);
  assert.equal(chats()[0].body.max_completion_tokens, 2);
  hearken.providers.control(null);
  hearken.providers.control({ chat: { fault: 'server_error' } });
  const failed = await session.say('again');
  assert.equal(failed.status, 'failed');
  assert.ok(failed.status_details.error.message && failed.status_details.error.code);
  hearken.providers.control(null);
  hearken.providers.control({ ...scripted('Nobody says this aloud.'), speech: { fault: 'server_error' } });
  const silent = await session.say('and now?');
  assert.equal(silent.output[0].content[0].transcript, 'Nobody says this aloud.', 'the words come without a voice');
  assert.equal(JSON.parse(silent.metadata.hearken).audio_error, 'provider_failed', 'and it says so');
  await session.close();
});

test('words alone: a transcription session has no replies', async () => {
  hearken.providers.control({ transcription: { transcript: 'take this down' } });
  const session = await connect(hearken.url, { query: '?intent=transcription' });
  assert.deepEqual([session.events[0].session.type, session.events[0].session.object], ['transcription', 'realtime.transcription_session']);
  session.send({ type: 'session.update', session: { type: 'transcription', audio: { input: { transcription: { model: 'gpt-4o-transcribe', language: 'en' }, turn_detection: null } } } });
  await session.event('session.updated');
  session.hear(tone(500));
  session.send({ type: 'input_audio_buffer.commit' });
  const { transcript } = await session.event('conversation.item.input_audio_transcription.completed');
  assert.equal(transcript, 'take this down');
  session.send({ type: 'response.create' });
  await session.event('error');
  assert.deepEqual(session.types(/^response/), []);
  await session.close();
});

test('a session ends with its time', async () => {
  const short = await startHearken({ vars: { REALTIME_SESSION_MS: '1500' } });
  try {
    const session = await connect(short.url);
    const { error } = await session.event('error');
    assert.deepEqual([error.type, error.code], ['invalid_request_error', 'session_expired']);
    const { code, reason } = await session.closed;
    assert.deepEqual([code, reason], [1001, 'Your session hit the maximum duration of 60 minutes.']);
  } finally {
    await short.stop();
  }
});

describe('at the door', () => {
  const refused = async (url, options, status) => {
    await assert.rejects(connect(url, options), (error) => {
      assert.equal(error.status, status, error.message);
      assert.ok(JSON.parse(error.body).error.message);
      return true;
    });
  };

  test('what cannot be served is refused before the upgrade', async () => {
    await refused(hearken.url, { query: '?model=gpt-4o' }, 404);
    await refused(hearken.url, { query: '?call_id=rtc_1' }, 400);
    await refused(hearken.url, { query: '?intent=transcription&model=companion' }, 400);
    await refused(hearken.url, { query: '?conversation=a%20b' }, 400);
    await refused(hearken.url, { headers: { origin: 'https://evil.example' } }, 403);
    const plain = await fetch(`${hearken.url}/v1/realtime`);
    assert.deepEqual([plain.status, (await plain.json()).error.code], [400, 'upgrade_needed']);
    const named = await connect(hearken.url, { query: '?model=gpt-realtime-2' });
    assert.equal(named.events[0].session.model, 'gpt-realtime-2');
    await named.close();
  });

  test('a key, a token and a secret open it, and nothing else does', async () => {
    const strict = await startHearken({ vars: { AUTH: 'required', API_KEYS: 'k1', SESSION_SECRET: 'secret' } });
    try {
      const { url } = strict;
      await refused(url, {}, 401);
      await refused(url, { headers: { authorization: 'Bearer no' } }, 401);
      await refused(url, { protocols: ['realtime', 'openai-insecure-api-key.ek_no.no'] }, 401);
      const post = (path, body, key = 'k1') => fetch(`${url}${path}`, {
        method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify(body),
      });
      const { token } = await (await post('/v1/sessions', { user: 'ann' })).json();
      const asked = await post('/v1/realtime/client_secrets', { expires_after: { anchor: 'created_at', seconds: 60 }, session: { type: 'realtime', instructions: 'Be brief.', audio: { output: { voice: 'marin' } } }, user: 'ann' });
      assert.equal(asked.status, 200);
      const secret = await asked.json();
      assert.ok(secret.value.startsWith('ek_') && secret.expires_at > Date.now() / 1000 && secret.session.id && secret.session.object === 'realtime.session');
      assert.equal((await post('/v1/realtime/client_secrets', { expires_after: { seconds: 1 } })).status, 400);
      assert.equal((await post('/v1/realtime/client_secrets', { session: { output_modalities: ['smell'] } })).status, 400);
      assert.equal((await post('/v1/realtime/client_secrets', {}, 'no')).status, 401);
      for (const options of [
        { headers: { authorization: 'Bearer k1' } }, { headers: { authorization: `Bearer ${token}` } },
        { protocols: ['realtime', `openai-insecure-api-key.${token}`] }, { protocols: ['realtime', `openai-insecure-api-key.${secret.value}`] },
        { headers: { authorization: `Bearer ${secret.value}` } },
      ]) {
        const session = await connect(url, options);
        assert.equal(session.socket.protocol, options.protocols ? 'realtime' : '');
        const isSecret = JSON.stringify(options).includes('ek_');
        assert.equal(session.events[0].session.instructions, isSecret ? 'Be brief.' : '');
        await session.close();
      }
      assert.equal((await fetch(`${url}/v1/memories`, { headers: { authorization: `Bearer ${secret.value}` } })).status, 401, 'a secret opens this door alone');
    } finally {
      await strict.stop();
    }
  });
});
