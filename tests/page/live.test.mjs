import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHistory } from '../../static/history.js';
import { createLive } from '../../static/live.js';

globalThis.WebSocket ??= { OPEN: 1 };

/** A session over a socket that the test holds; notes what is shown, said and asked. */
function stage({ settings = {}, refused = false } = {}) {
  const log = [];
  const note = (what) => (...given) => log.push([what, ...given]);
  const sockets = [];
  const own = { voice: true, voiceId: '', persona: '', key: null, conversation: null, ...settings };
  const history = createHistory({ settings: own });
  history.keep([], 'c1');
  let played_ms = 0;
  const message = (kind) => ({
    words: note(`${kind} words`), heard: note(`${kind} heard`), remove: note(`${kind} removed`),
  });
  const replies = [];
  const conversation = {
    addPerson: () => message('person'),
    addReply() {
      const shown = {
        written: '', append: (text) => (shown.written += text), text: () => shown.written, heardText: () => shown.written.slice(0, 5),
        end: note('end'), silenced: note('silenced'), said: note('said'), remove: note('removed'),
      };
      replies.push(shown);
      return shown;
    },
    announce: note('announce'),
  };
  const voices = [];
  const aloud = {
    live(shown, events) {
      let end;
      const voice = { bytes: 0, phrases: [], events, done: new Promise((resolve) => (end = resolve)), playedMs: () => played_ms, stop: () => end('stopped'), close: () => log.push(['closed']), heard: () => end('heard') };
      voice.sound = (bytes, phrase) => {
        voice.bytes += bytes.length;
        if (phrase) voice.phrases.push(phrase);
      };
      voices.push(voice);
      return voice;
    },
  };
  let current = null;
  const live = createLive({
    open(ask) {
      if (refused) throw new SyntaxError('no such protocol');
      const socket = Object.assign(new EventTarget(), { ask, readyState: 1, sent: [], send: (text) => socket.sent.push(JSON.parse(text)), close: (code) => (socket.closedWith = code) });
      sockets.push(socket);
      return socket;
    },
    settings: own,
    history,
    conversation,
    aloud,
    heard: { begin: note('begin'), turn: note('turn'), audible: note('audible') },
    host: {
      begin: (activity) => (current = activity), settle: () => (current = null), present: note('present'), live: note('live'), saying: note('saying'),
      voicedAt: () => 7, record: note('record'), offerSound: note('offer'), fail: note('fail'),
    },
  });
  const tell = (...events) => {
    for (const event of events) sockets.at(-1).dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(event) }));
  };
  const lose = (code) => sockets.at(-1).dispatchEvent(Object.assign(new Event('close'), { code }));
  const open = () => {
    live.on();
    tell({ type: 'session.created', session: {} });
  };
  return { live, log, tell, lose, open, sockets, history, voices, replies, settings: own, of: (what) => log.filter(([kind]) => kind === what), get current() { return current; }, play: (ms) => (played_ms = ms) };
}

const speech = (item, transcript) => [
  { type: 'input_audio_buffer.speech_started', item_id: item },
  { type: 'conversation.item.input_audio_transcription.delta', item_id: item, delta: transcript.slice(0, 3) },
  { type: 'input_audio_buffer.speech_stopped', item_id: item },
  { type: 'conversation.item.input_audio_transcription.completed', item_id: item, transcript },
];
const reply = (id, text) => [
  { type: 'response.created', response: { id, metadata: null } },
  { type: 'response.output_audio_transcript.delta', response_id: id, item_id: `of ${id}`, delta: text },
  { type: 'response.output_audio.delta', response_id: id, item_id: `of ${id}`, delta: Buffer.alloc(4_800).toString('base64'), transcript: ` ${text}` },
];
const done = (id, status = 'completed') => ({ type: 'response.done', response: { id, status } });

test('a session begins with the settings there are, in the conversation there is', () => {
  const { open, sockets, log } = stage({ settings: { persona: 'guide', voiceId: 'luna', voice: false } });
  open();
  assert.deepEqual(sockets[0].ask, { conversation: 'c1', persona: 'guide' });
  const [{ session }] = sockets[0].sent;
  assert.deepEqual(session.output_modalities, ['text']);
  assert.equal(session.audio.output.voice, 'luna');
  assert.equal(session.audio.input.turn_detection.type, 'semantic_vad');
  assert.deepEqual(log, [['live', true]]);
});

test('what is said is shown, kept and answered aloud; when it was heard is measured from the last of the voice', async () => {
  const all = stage();
  all.open();
  all.tell(...speech('i1', 'How is the sea?'), ...reply('r1', 'Calm.'), done('r1'));
  assert.deepEqual(all.of('person words'), [['person words', 'How']]);
  assert.deepEqual(all.of('person heard'), [['person heard', 'How is the sea?']]);
  assert.deepEqual(all.of('begin'), [['begin', 7]]);
  assert.deepEqual(all.of('turn'), [['turn', 'r1']]);
  assert.deepEqual([all.voices[0].bytes, all.voices[0].phrases], [4_800, ['Calm.']]);
  assert.deepEqual(all.of('announce').map(([, text]) => text), ['You said: How is the sea?', 'Calm.']);
  assert.notEqual(all.current, null, 'it is still being heard');
  all.voices[0].heard();
  await all.voices[0].done;
  await null;
  assert.equal(all.current, null);
  assert.equal(all.settings.conversation, 'c1', 'a reload goes on with it');
  assert.deepEqual(all.history.outgoing().messages.map(({ content }) => content), ['Calm.'], 'the server has all of it');
});

test('a reply that is spoken over is silent at once, and keeps the words that the server says were heard', () => {
  const all = stage();
  all.open();
  all.tell(...speech('i1', 'How is the sea?'), ...reply('r1', 'Calm and blue.'));
  all.play(60.4);
  all.tell(speech('i2', 'Stop.')[0], done('r1', 'cancelled'));
  const truncate = all.sockets[0].sent.find(({ type }) => type === 'conversation.item.truncate');
  assert.deepEqual([truncate.item_id, truncate.audio_end_ms], ['of r1', 60]);
  all.tell({ type: 'conversation.item.retrieved', item: { id: 'of r1', role: 'assistant', content: [{ transcript: 'Calm and' }] } });
  assert.deepEqual(all.of('silenced').at(-1), ['silenced', 'Calm and']);
  assert.deepEqual(all.of('end'), [['end', 'stopped']]);
  all.tell(...speech('i2', 'Stop.').slice(1));
  assert.deepEqual(all.of('saying'), [['saying', 'How is the sea?', ''], ['saying', 'Stop.', 'Calm and blue.']]);
  assert.equal(all.history.outgoing().heard, undefined, 'it is told already');
});

test('a socket that is lost is not missed: the recording goes out, and what has come of a reply is heard', () => {
  const all = stage();
  all.open();
  all.tell(...speech('i1', 'One.'), ...reply('r1', 'Calm.'));
  all.lose(1006);
  assert.deepEqual(all.of('fail').map(([, { kind }, { entry }]) => [kind, entry.content]), [['cut', 'Calm.']]);
  assert.notEqual(all.current, null);
  all.live.recorded({ data: 'x' });
  assert.deepEqual(all.of('record'), [['record', { data: 'x' }]]);
  all.current.stop();
  assert.deepEqual(all.of('silenced'), [['silenced']]);
  assert.equal(all.current, null);
  all.live.leave();
});

test('a recording whose words were written down goes nowhere', () => {
  const all = stage();
  all.open();
  all.tell(...speech('i1', 'One.'));
  all.live.recorded({ data: 'x' });
  all.lose(1006);
  assert.deepEqual(all.of('record'), []);
  all.live.leave();
});

test('a key that no socket can carry leaves everything as it was', async () => {
  const all = stage({ refused: true });
  all.live.on();
  await null;
  all.live.recorded({ data: 'x' });
  assert.deepEqual(all.log, [['record', { data: 'x' }]]);
  all.live.leave();
});

test('switched off, it drops what is being said, and is left when the reply has been heard', async () => {
  const all = stage();
  all.open();
  all.tell(...speech('i1', 'One.'), ...reply('r1', 'Calm.'), speech('i2', 'Two.')[0], done('r1', 'cancelled'), ...reply('r2', 'No.'));
  all.live.off();
  assert.ok(all.sockets[0].sent.some(({ type }) => type === 'input_audio_buffer.clear'));
  assert.equal(all.of('person removed').length, 1);
  const other = stage();
  other.open();
  other.tell(...speech('i1', 'One.'), ...reply('r1', 'Calm.'));
  other.live.off();
  assert.equal(other.sockets[0].closedWith, undefined);
  other.tell(done('r1'));
  other.voices[0].heard();
  await other.voices[0].done;
  await null;
  assert.equal(other.sockets[0].closedWith, 1_000);
  assert.deepEqual(other.of('live'), [['live', true], ['live', false]]);
});

test('other settings are another session, once nothing is under way; a turn without it makes it anew, too', () => {
  const all = stage();
  all.open();
  all.live.refresh();
  assert.equal(all.sockets.length, 1);
  all.tell(speech('i1', 'One.')[0]);
  all.settings.voiceId = 'luna';
  all.live.refresh();
  assert.equal(all.sockets.length, 1);
  all.tell({ type: 'conversation.item.input_audio_transcription.completed', item_id: 'i1', transcript: '' });
  assert.equal(all.sockets.length, 2);
  all.tell({ type: 'session.created', session: {} });
  assert.equal(all.sockets[1].sent[0].session.audio.output.voice, 'luna');
  all.live.stale();
  assert.equal(all.sockets.length, 3);
  all.live.leave();
});

test('a voice that is switched off leaves the words, and the microphone goes out as 24 kHz samples', () => {
  const all = stage();
  all.open();
  all.tell(...speech('i1', 'One.'), ...reply('r1', 'Calm'));
  all.live.voice(false);
  all.current.hush();
  all.tell({ type: 'response.output_audio_transcript.delta', response_id: 'r1', delta: ' and blue.' }, done('r1'));
  assert.equal(all.replies[0].written, 'Calm and blue.');
  assert.deepEqual(all.of('said').length, 1);
  assert.equal(all.current, null);
  all.live.samples(Int16Array.from({ length: 2_400 }, (_, at) => at), true);
  const { audio } = all.sockets[0].sent.at(-1);
  const bytes = Buffer.from(audio, 'base64');
  assert.deepEqual([bytes.length, bytes.readInt16LE(2_000)], [4_800, 1_000]);
});
