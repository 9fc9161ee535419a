import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AT_REST, DOUBT_MS, PRE_ROLL_MS, QUIET_MS, RETRY_MS, step } from '../../static/realtime.js';

/** A session that has taken `events`; `effects` are those of the last, `all` of all. */
function after(...events) {
  let state = AT_REST;
  let effects = [];
  const all = [];
  const feel = (...more) => {
    for (const event of more) {
      ({ state, effects } = step(Object.freeze(state), event));
      all.push(...effects);
    }
    return effects;
  };
  feel(...events);
  return { feel, all, get state() { return state; }, get effects() { return effects; } };
}

const SETUP = { session: { output_modalities: ['audio'] }, items: [] };
const server = (type, fields, more) => ({ type: 'server', event: { type, ...fields }, setup: SETUP, ...more });
const OPEN = [{ type: 'on' }, server('session.created', { session: {} })];
const started = (item, playedMs) => server('input_audio_buffer.speech_started', { item_id: item }, { playedMs });
const stopped = (item) => server('input_audio_buffer.speech_stopped', { item_id: item });
const delta = (item, words) => server('conversation.item.input_audio_transcription.delta', { item_id: item, delta: words });
const completed = (item, transcript) => server('conversation.item.input_audio_transcription.completed', { item_id: item, transcript });
const created = (id, ask) => server('response.created', { response: { id, metadata: ask ? { ask } : null } });
const text = (id, words) => server('response.output_audio_transcript.delta', { response_id: id, item_id: `of ${id}`, delta: words });
/** 100 ms of sound. */
const sound = (id, transcript) => server('response.output_audio.delta', { response_id: id, item_id: `of ${id}`, delta: 'A'.repeat(6_400), transcript });
const done = (id, status = 'completed', details = null) => server('response.done', { response: { id, status, status_details: details } });
const said = (item, words) => [started(item), stopped(item), completed(item, words)];
const speaking = [...OPEN, ...said('i1', 'How is the sea?'), created('r1'), text('r1', 'Calm. '), sound('r1'), sound('r1')];

const kinds = (effects) => effects.map((effect) => (effect.do === 'send' ? effect.event.type : effect.do));
const sent = (effects, type) => effects.filter((effect) => effect.do === 'send' && effect.event.type === type).map(({ event }) => event);

describe('opening', () => {
  test('tells the server how to hear and to speak, and what was said before', () => {
    const setup = { session: { output_modalities: ['text'] }, items: [{ role: 'user', content: 'One.' }, { role: 'assistant', content: 'Two.' }] };
    const { effects } = after({ type: 'on' }, { ...server('session.created', {}), setup });
    assert.deepEqual(kinds(effects), ['session.update', 'conversation.item.create', 'conversation.item.create', 'live']);
    assert.deepEqual(effects[0].event.session, { type: 'realtime', output_modalities: ['text'] });
    assert.deepEqual(effects.slice(1, 3).map(({ event: { item } }) => [item.role, item.content[0]]), [['user', { type: 'input_text', text: 'One.' }], ['assistant', { type: 'output_text', text: 'Two.' }]]);
  });

  test('that fails is tried again after growing waits, and then recordings are sent as before', () => {
    const session = after({ type: 'on' });
    for (const ms of RETRY_MS) {
      assert.deepEqual(session.feel({ type: 'closed', code: 1006 }), [{ do: 'close' }, { do: 'wait', ms }]);
      assert.deepEqual(session.feel({ type: 'recorded' }), [{ do: 'recording' }]);
      assert.deepEqual(kinds(session.feel({ type: 'due' })), ['connect']);
    }
    assert.deepEqual(kinds(session.feel({ type: 'closed', code: 1006 })), ['close']);
    assert.equal(session.state.name, 'refused');
    assert.deepEqual(kinds(session.feel({ type: 'due' })), []);
    assert.deepEqual(kinds(session.feel({ type: 'online' })), ['connect'], 'a network that is back is a reason to try again');
  });

  test('that succeeds only to be closed again does not go on for ever; one that served is opened again at once', () => {
    const session = after(...OPEN);
    for (const ms of RETRY_MS) {
      assert.deepEqual(session.feel({ type: 'closed', code: 1011 }).at(-1), { do: 'wait', ms });
      session.feel({ type: 'due' }, server('session.created', {}));
    }
    session.feel(...said('i1', 'Hello.'), created('r1'), text('r1', 'Yes.'), done('r1'), { type: 'closed', code: 1006 });
    assert.deepEqual(session.effects.at(-1), { do: 'wait', ms: RETRY_MS[0] });
  });

  test('again after the hour of a session takes no wait', () => {
    const { effects } = after(...OPEN, { type: 'closed', code: 1001 });
    assert.deepEqual(effects, [{ do: 'close' }, { do: 'live', isLive: false }, { do: 'wait', ms: 0 }]);
  });

  test('again is right after the conversation went on elsewhere', () => {
    assert.deepEqual(kinds(after(...OPEN, { type: 'stale' }).effects), ['close', 'live', 'connect']);
    assert.deepEqual(after({ type: 'on' }, { type: 'stale' }).effects, []);
  });

  test('does not happen again once it is switched off', () => {
    const session = after(...OPEN, { type: 'off' });
    assert.deepEqual(kinds(session.effects), ['close', 'live']);
    assert.deepEqual(session.feel({ type: 'closed', code: 1006 }, { type: 'due' }, { type: 'online' }), []);
    assert.deepEqual(session.state, AT_REST);
  });
});

describe('what is said', () => {
  test('is shown word by word while it is said, and once more when it is written down', () => {
    const session = after(...OPEN, started('i1'));
    assert.deepEqual(session.effects, [{ do: 'person', item: 'i1' }]);
    assert.deepEqual(session.feel(delta('i1', 'How')), [{ do: 'words', item: 'i1', text: 'How' }]);
    assert.deepEqual(session.feel(delta('i1', ' is it')), [{ do: 'words', item: 'i1', text: 'How is it' }]);
    assert.deepEqual(session.feel(stopped('i1')), [{ do: 'paused', item: 'i1' }]);
    assert.deepEqual(session.feel(completed('i1', 'How is it?')), [{ do: 'heard', item: 'i1', text: 'How is it?' }]);
    assert.deepEqual(session.feel(delta('i1', ' late')), [], 'what is written down stays');
  });

  test('in two breaths is two messages, each with its own words', () => {
    const session = after(...OPEN, started('i1'), delta('i1', 'One'), stopped('i1'), started('i2'));
    session.feel(completed('i1', 'One.'), delta('i2', 'Two'));
    assert.deepEqual(session.all.filter((effect) => ['heard', 'words'].includes(effect.do)).map(({ item, text: words }) => [item, words]), [['i1', 'One'], ['i1', 'One.'], ['i2', 'Two']]);
  });

  test('and was no word leaves nothing behind; what cannot be written down is told', () => {
    assert.deepEqual(after(...OPEN, started('i1'), stopped('i1'), completed('i1', ' ')).effects, [{ do: 'unheard', item: 'i1', text: '' }]);
    const { effects } = after(...OPEN, started('i1'), stopped('i1'), server('conversation.item.input_audio_transcription.failed', { item_id: 'i1', error: { code: 'provider_busy' } }));
    assert.deepEqual(effects, [{ do: 'unheard', item: 'i1', isLost: true }, { do: 'failure', kind: 'busy' }]);
  });

  test('typed is a turn of the same session', () => {
    const { effects } = after(...OPEN, { type: 'say', text: 'Good evening.' });
    assert.deepEqual(kinds(effects), ['conversation.item.create', 'response.create']);
    assert.equal(effects[0].event.item.content[0].text, 'Good evening.');
  });
});

describe('the microphone', () => {
  const hear = (isVoice, audio = 'x') => ({ type: 'sound', audio, ms: 100, isVoice });

  test('is sent while somebody speaks, not in a room that is silent for long, and with what came just before', () => {
    const session = after(...OPEN);
    for (let ms = 0; ms < QUIET_MS; ms += 100) assert.equal(kinds(session.feel(hear(false))).length, 1);
    for (let at = 0; at < 30; at += 1) assert.deepEqual(session.feel(hear(false, `q${at}`)), [], 'nothing leaves a silent room');
    const first = sent(session.feel(hear(true, 'voice')), 'input_audio_buffer.append').map(({ audio }) => audio);
    assert.deepEqual(first, [...Array.from({ length: PRE_ROLL_MS / 100 }, (_, at) => `q${20 + at}`), 'voice']);
    assert.deepEqual(kinds(session.feel(hear(false))), ['input_audio_buffer.append']);
  });

  test('is sent all along while something is said, awaited or played', () => {
    for (const events of [[started('i1')], [started('i1'), stopped('i1')], said('i1', 'One.'), [...said('i1', 'One.'), created('r1')], [...said('i1', 'One.'), created('r1'), text('r1', 'A'), sound('r1'), done('r1')]]) {
      const session = after(...OPEN, ...events);
      for (let ms = 0; ms < 2 * QUIET_MS; ms += 100) assert.equal(session.feel(hear(false)).length, 1);
    }
  });

  test('is heard from just before the socket was open', () => {
    const session = after({ type: 'on' }, hear(false, 'early'), server('session.created', {}));
    assert.deepEqual(sent(session.feel(hear(true, 'now')), 'input_audio_buffer.append').map(({ audio }) => audio), ['early', 'now']);
  });

  test('is not sent in the middle of a sentence: what began without a socket goes out as a recording, whole', () => {
    for (const before of [[{ type: 'on' }, hear(true)], [...OPEN, hear(true), started('i1'), { type: 'closed', code: 1006 }, { type: 'due' }], [...OPEN, hear(true), { type: 'closed', code: 1001 }, { type: 'due' }]]) {
      const session = after(...before, server('session.created', {}));
      assert.deepEqual(session.feel(hear(true, 'half')), []);
      assert.deepEqual(sent(session.feel(hear(false, 'pause')), 'input_audio_buffer.append').map(({ audio }) => audio), ['pause']);
      assert.deepEqual(session.feel({ type: 'recorded' }), [{ do: 'recording' }]);
      assert.deepEqual(kinds(session.feel(hear(true))), ['input_audio_buffer.append'], 'the next one is heard at once');
      assert.deepEqual(kinds(session.feel(started('i2'), { type: 'recorded' })), []);
    }
  });
});

describe('a reply', () => {
  test('comes as words and as sound with its phrases, and ends once', () => {
    const session = after(...OPEN, ...said('i1', 'How is the sea?'), created('r1'));
    assert.deepEqual(session.effects, [{ do: 'reply', id: 'r1' }]);
    assert.deepEqual(session.feel(text('r1', 'Calm.')), [{ do: 'text', text: 'Calm.' }]);
    assert.deepEqual(session.feel(sound('r1', 'Calm.')), [{ do: 'sound', data: 'A'.repeat(6_400), phrase: 'Calm.' }]);
    assert.deepEqual(session.feel(done('r1')), [{ do: 'end', how: 'whole' }]);
    const unspoken = server('response.done', { response: { id: 'r1', status: 'completed', metadata: { hearken: '{"audio_error":"provider_failed"}' } } });
    assert.deepEqual(after(...speaking, unspoken).effects, [{ do: 'end', how: 'whole', kind: 'voice' }], 'a voice that is lost is told');
    assert.deepEqual(session.feel(done('r1')), []);
    assert.deepEqual(session.feel(text('r1', 'late'), sound('r1')), []);
  });

  test('that is text alone comes as words', () => {
    const { effects } = after(...OPEN, { type: 'say', text: 'Hello.' }, created('r1', '1'), server('response.output_text.delta', { response_id: 'r1', delta: 'Hi.' }));
    assert.deepEqual(effects, [{ do: 'text', text: 'Hi.' }]);
  });

  test('over which somebody speaks stops, is cut after what was heard, and the server says how much that was', () => {
    const session = after(...speaking);
    const effects = session.feel(started('i2', 130.6));
    assert.deepEqual(kinds(effects), ['silence', 'conversation.item.truncate', 'conversation.item.retrieve', 'person']);
    assert.deepEqual(effects[1].event, { type: 'conversation.item.truncate', item_id: 'of r1', content_index: 0, audio_end_ms: 131 });
    assert.deepEqual(session.feel(sound('r1'), text('r1', 'more')), [], 'what comes after it is not heard');
    assert.deepEqual(session.feel(done('r1', 'cancelled')), [{ do: 'end', how: 'stopped' }]);
    assert.deepEqual(session.feel(server('conversation.item.retrieved', { item: { id: 'of r1', role: 'assistant', content: [{ type: 'output_audio', transcript: 'Calm.' }] } })), [{ do: 'cut', item: 'of r1', text: 'Calm.' }]);
  });

  test('is never cut beyond its sound, nor when all of it was heard, nor before it has any', () => {
    assert.equal(sent(after(...speaking, started('i2', 900)).effects, 'conversation.item.truncate')[0].audio_end_ms, 200);
    assert.deepEqual(kinds(after(...speaking, done('r1'), { type: 'played' }, started('i2', 200)).effects), ['person']);
    assert.deepEqual(kinds(after(...OPEN, ...said('i1', 'One.'), created('r1'), text('r1', 'A'), started('i2', 0)).effects), ['person']);
    // A network that pauses is not the end of a reply.
    assert.equal(kinds(after(...speaking, { type: 'played' }, started('i2', 200)).effects)[0], 'silence');
  });

  test('that is whole is still cut while it is being heard', () => {
    assert.deepEqual(kinds(after(...speaking, done('r1'), started('i2', 50)).effects), ['silence', 'conversation.item.truncate', 'conversation.item.retrieve', 'person']);
  });

  test('is stopped by hand: called off, silent, and cut', () => {
    const session = after(...speaking, { type: 'stop', playedMs: 90 });
    assert.deepEqual(kinds(session.effects), ['response.cancel', 'silence', 'conversation.item.truncate', 'conversation.item.retrieve']);
    assert.deepEqual(session.feel(sound('r1'), done('r1', 'cancelled')), [{ do: 'end', how: 'stopped' }]);
    assert.deepEqual(session.feel({ type: 'stop' }), [], 'nothing is called off twice');
  });

  test('that is called off before it begins is not shown', () => {
    const session = after(...OPEN, started('i1'), stopped('i1'), { type: 'stop' });
    assert.deepEqual(kinds(session.effects), ['response.cancel']);
    session.feel(completed('i1', 'One.'));
    assert.deepEqual(session.feel(created('r1')).map(({ event }) => [event.type, event.response_id]), [['response.cancel', 'r1']]);
    assert.deepEqual(session.feel(text('r1', 'A'), sound('r1'), done('r1', 'cancelled')), []);
    assert.deepEqual(kinds(session.feel(...said('i2', 'Two.'), created('r2'))), ['reply'], 'the next one is wanted again');
  });

  test('to typed words is theirs: one that began before the server knew of them is passed over', () => {
    const session = after(...OPEN, ...said('i1', 'One.'), { type: 'say', text: 'Two.' });
    assert.deepEqual(kinds(session.effects), ['response.cancel', 'conversation.item.create', 'response.create']);
    assert.deepEqual(session.feel(created('r1')), []);
    assert.deepEqual(session.feel(done('r1', 'cancelled')), []);
    assert.deepEqual(kinds(session.feel(created('r2', '1'))), ['reply']);
    session.feel({ type: 'say', text: 'Three.', playedMs: 0 }, { type: 'say', text: 'Four.', playedMs: 0 });
    assert.deepEqual(session.feel(done('r2', 'cancelled'), created('r3', '2')), []);
    assert.deepEqual(kinds(session.feel(created('r4', '3'))), ['reply']);
  });

  test('whose voice is switched off goes on as words', () => {
    const session = after(...speaking, { type: 'voice', isOn: false });
    assert.deepEqual(session.effects.map(({ event }) => event.session.output_modalities), [['text']]);
    assert.deepEqual(kinds(session.feel(sound('r1'))), []);
    assert.deepEqual(kinds(session.feel(text('r1', 'on'))), ['text']);
    assert.deepEqual(kinds(session.feel(done('r1'), started('i2', 10))), ['person'], 'nothing is taken back');
  });

  test('that fails, or is empty, says why', () => {
    const failed = (code) => after(...OPEN, ...said('i1', 'One.'), created('r1'), done('r1', 'failed', { error: { code } })).effects;
    assert.deepEqual(failed('budget_exhausted'), [{ do: 'end', how: 'broken', kind: 'busy' }]);
    assert.deepEqual(failed('provider_timeout'), [{ do: 'end', how: 'broken', kind: 'deadline' }]);
    assert.deepEqual(failed('something_new'), [{ do: 'end', how: 'broken', kind: 'stream' }]);
    assert.deepEqual(after(...OPEN, ...said('i1', 'One.'), created('r1'), done('r1')).effects, [{ do: 'end', how: 'broken', kind: 'empty' }]);
    assert.deepEqual(after(...OPEN, { type: 'say', text: 'A' }, server('error', { error: { code: 'invalid_value', event_id: 'ask' } })).effects, [{ do: 'failure', kind: 'server' }]);
    assert.deepEqual(after(...OPEN, server('error', { error: { code: 'response_cancel_not_active', event_id: null } })).effects, [], 'what was over already is nobody’s trouble');
  });
});

describe('a socket that is lost', () => {
  test('in the middle of a reply breaks it, and what has come of its sound is heard', () => {
    const { effects } = after(...speaking, { type: 'closed', code: 1006 });
    assert.deepEqual(effects, [{ do: 'end', how: 'broken', kind: 'cut' }, { do: 'close' }, { do: 'live', isLive: false }, { do: 'wait', ms: RETRY_MS[0] }]);
  });

  test('before the reply leaves the words, and says so', () => {
    assert.deepEqual(after(...OPEN, ...said('i1', 'One.'), { type: 'closed', code: 1006 }).effects[0], { do: 'failure', kind: 'cut' });
    assert.deepEqual(after(...OPEN, { type: 'say', text: 'One.' }, { type: 'closed', code: 1006 }).effects[0], { do: 'failure', kind: 'cut' });
  });

  test('while somebody speaks costs no words: the recording goes out', () => {
    const session = after(...OPEN, started('i1'), delta('i1', 'How'), { type: 'closed', code: 1006 });
    assert.ok(session.effects.some((effect) => effect.do === 'unheard' && effect.item === 'i1' && !effect.isLost));
    assert.deepEqual(session.feel({ type: 'recorded' }), [{ do: 'recording' }]);
    const later = after(...OPEN, started('i1'), stopped('i1'), { type: 'recorded' }, { type: 'closed', code: 1006 });
    assert.equal(kinds(later.effects).filter((kind) => kind === 'recording').length, 1);
  });

  test('is found out when nothing comes back, and the recording goes out', () => {
    const session = after(...OPEN, { type: 'recorded' });
    assert.deepEqual(kinds(session.effects), ['session.update', 'wait']);
    assert.equal(session.effects[1].ms, DOUBT_MS);
    assert.deepEqual(kinds(session.feel({ type: 'due' })), ['close', 'live', 'recording', 'wait']);
  });

  test('is not suspected where the server answers: what it took for a noise was one', () => {
    const session = after(...OPEN, { type: 'recorded' }, server('session.updated', {}));
    assert.deepEqual(session.effects, [{ do: 'written' }]);
    assert.deepEqual(session.feel({ type: 'due' }), []);
  });

  test('a recording is dropped once its words are written down, whichever comes first', () => {
    assert.deepEqual(kinds(after(...OPEN, started('i1'), stopped('i1'), { type: 'recorded' }, completed('i1', 'One.')).effects), ['written', 'heard']);
    assert.deepEqual(kinds(after(...OPEN, ...said('i1', 'One.'), { type: 'recorded' }).effects), ['written']);
  });
});

test('a word that is dropped by hand is forgotten here and there', () => {
  const { effects } = after(...OPEN, started('i1'), { type: 'stop' });
  assert.deepEqual(kinds(effects), ['input_audio_buffer.clear', 'unheard']);
});

test('any order of events leaves each reply with one end and each message with one fate', () => {
  let seed = 11;
  const pick = (list) => list[(seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) % list.length];
  for (let run = 0; run < 300; run += 1) {
    const session = after({ type: 'on' });
    let next = 0;
    let known = ['i0', 'r0'];
    for (let at = 0; at < 40; at += 1) {
      const fresh = `x${(next += 1)}`;
      const old = pick(known);
      known = [...known.slice(-4), fresh];
      const { name } = session.state;
      const served = [started(fresh, 10), stopped(old), delta(old, 'a'), completed(old, pick(['', 'b'])), created(fresh, pick([undefined, '1'])), text(old, 'c'), sound(old), done(old, pick(['completed', 'cancelled', 'failed']))];
      const events = [{ type: 'on' }, { type: 'online' }, { type: 'due' }, { type: 'stale' }, { type: 'closed', code: pick([1001, 1006]) }, { type: 'sound', audio: 'x', ms: 100, isVoice: true }, { type: 'recorded' }, { type: 'stop', playedMs: 5 }, { type: 'voice', isOn: false }, { type: 'played' }];
      if (name === 'connecting') events.push(server('session.created', {}));
      if (name === 'open') events.push(...served, ...served, { type: 'say', text: 'd', playedMs: 5 });
      session.feel(pick(events));
    }
    session.feel({ type: 'off' });
    const count = (kind) => session.all.filter((effect) => effect.do === kind).length;
    assert.equal(count('reply'), count('end'), `run ${run}`);
    const fates = session.all.filter((effect) => ['heard', 'unheard'].includes(effect.do)).map(({ item }) => item);
    assert.deepEqual(fates.sort(), session.all.filter((effect) => effect.do === 'person').map(({ item }) => item).sort(), `run ${run}`);
    const fallen = session.all.filter((effect) => effect.do === 'live');
    assert.ok(fallen.every(({ isLive }, index) => isLive === (index % 2 === 0)), `run ${run}`);
  }
});
