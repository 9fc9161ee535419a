// A conversation over `/v1/realtime`, as a pure step: what the person, the server and the clock do, and what comes of it.
//
// Owns: which turn is whose, what is cut off when somebody speaks over a reply, when sound is sent, and when a socket that was
// lost is opened again.
// Invariant: each 'reply' has one 'end', and each 'person' one 'heard' or 'unheard'. While nobody speaks, nothing of the
// microphone is sent.
// Source: OpenAI Realtime API reference. Leaves out: the socket, the clock and the sound (live.js), and how it all looks.

/** Waits before a socket that was lost or refused is opened again, milliseconds; after the last, recordings are sent instead. */
export const RETRY_MS = [300, 1_500, 5_000];

/** A room that is silent for so long is not sent any more; so much of what came before a voice is sent with it. */
export const QUIET_MS = 5_000;
export const PRE_ROLL_MS = 1_000;

/** A server that says nothing of what was recorded here is asked whether it is there at all, and given so long. */
export const DOUBT_MS = 4_000;

/** PCM of 24 kHz and 16 bits. */
const BYTES_PER_MS = 48;

/** The server's hour is over. */
const GOING_AWAY = 1_001;

/** The kinds of errors.js for codes of a response or a recording that failed. */
const FAILURES = {
  budget_exhausted: 'busy',
  provider_busy: 'busy',
  provider_timeout: 'deadline',
  provider_failed: 'unavailable',
  no_upstream_available: 'unavailable',
  not_configured: 'unavailable',
  memory_unavailable: 'unavailable',
};

/** Nothing is under way. */
const CALM = Object.freeze({
  /** What is being said or written down, by item: `{isSaid, words}`. */
  items: Object.freeze({}),
  /** A reply is due to what was said. */
  isDue: false,
  /** A reply was asked for in words, the so-manieth; null when it has begun. */
  asked: null,
  /** The reply that is due was called off. */
  isUnwanted: false,
  /** The reply under way: `{id, hasWords, isCut, isMuted}`. */
  response: null,
  /** What is heard, or about to be: `{item, ms}`, with the length of its sound so far. */
  playing: null,
  /** The latest of what was said has been written down; and there is a recording of it. */
  isWritten: false,
  isRecorded: false,
  isDoubted: false,
  quietMs: 0,
  /** The latest sound that was not sent: `{audio, ms}`. */
  before: Object.freeze([]),
});

/** Before it is switched on. `name`: 'off', 'connecting', 'open', 'waiting' to open again, or 'refused'. */
export const AT_REST = Object.freeze({
  ...CALM,
  name: 'off',
  attempts: 0,
  asks: 0,
  /** Somebody speaks, and did so without a socket: all that they say goes out as a recording. */
  isVoice: false,
  isElsewhere: false,
});

/**
 * The state after an event, and its effects in order. Events: `on`, `off`, `online`, `due` (a wait is over), `stale` (the
 * conversation went on elsewhere), `closed` `{code}`, `server` `{event, setup}` (`setup` are the `session` and the `items` to begin
 * with), `sound` `{audio, ms, isVoice}` of the microphone, `recorded` (what was said is recorded here, too), `say` `{text}`, `stop`, `voice`
 * `{isOn}`, `played` (all there is of a reply was heard). Those that may cut a reply off carry `playedMs`, how much of it was heard.
 *
 * Effects, by `do`: `connect`, `close`, `wait` `{ms}`, `send` `{event}`, `live` `{isLive}`; of what is said `person` `{item}`, `words`
 * `{item, text}`, `paused` `{item}`, `heard` `{item, text}`, `unheard` `{item, isLost}`; of a reply `reply` `{id}`, `text` `{text}`, `sound`
 * `{data, phrase}`, `silence` `{item}`, `cut` `{item, text}` (all that was heard of it), `end` `{how, kind}`; `failure` `{kind}`; of a recording
 * `recording` (it goes out as without a socket) or `written` (it is not needed).
 */
export function step(state, event) {
  const next = { ...state };
  const effects = [];
  EVENTS[event.type](next, event, (what, fields) => effects.push({ do: what, ...fields }));
  return { state: next, effects };
}

const EVENTS = {
  on(next, _, emit) {
    if (next.name === 'off') connect(next, emit);
  },
  off(next, _, emit) {
    if (next.name === 'off') return;
    end(next, emit, 'stopped');
    leave(next, emit);
    Object.assign(next, AT_REST);
  },
  online(next, _, emit) {
    if (next.name !== 'waiting' && next.name !== 'refused') return;
    next.attempts = 0;
    connect(next, emit);
  },
  due(next, _, emit) {
    if (next.name === 'waiting') connect(next, emit);
    // Nothing came back: the socket is dead, and does not know it.
    else if (next.isDoubted) lost(next, emit);
  },
  stale(next, _, emit) {
    if (next.name !== 'open') return;
    end(next, emit, 'stopped');
    leave(next, emit);
    connect(next, emit);
  },
  closed(next, { code }, emit) {
    if (next.name !== 'open' && next.name !== 'connecting') return;
    if (next.name === 'open' && code === GOING_AWAY) next.attempts = -1;
    lost(next, emit);
  },
  sound(next, { audio, ms, isVoice }, emit) {
    next.quietMs = isVoice || isBusy(next) ? 0 : next.quietMs + ms;
    if (isVoice && next.name !== 'open') next.isElsewhere = true;
    else if (isVoice && !next.isVoice) next.isElsewhere = false;
    next.isVoice = isVoice;
    // Half of it would be another sentence.
    if (isVoice && next.isElsewhere) next.before = [];
    else next.before = [...next.before, { audio, ms }];
    if (next.name === 'open' && next.quietMs <= QUIET_MS) {
      for (const { audio: earlier } of next.before) send(emit, { type: 'input_audio_buffer.append', audio: earlier });
      next.before = [];
    }
    while (lengthOf(next.before) > PRE_ROLL_MS) next.before = next.before.slice(1);
  },
  recorded(next, _, emit) {
    if (next.name !== 'open' || next.isElsewhere) {
      next.isElsewhere = false;
      return emit('recording');
    }
    if (Object.keys(next.items).length > 0) {
      next.isRecorded = true;
      return undefined;
    }
    if (next.isWritten) return emit('written');
    // It hears nothing where we did: noise to one of us, or nobody is there.
    Object.assign(next, { isRecorded: true, isDoubted: true });
    send(emit, { type: 'session.update', session: { type: 'realtime' } });
    return emit('wait', { ms: DOUBT_MS });
  },
  say(next, { text, playedMs }, emit) {
    EVENTS.stop(next, { playedMs }, emit);
    next.asks += 1;
    Object.assign(next, { isUnwanted: false, asked: next.asks });
    send(emit, { type: 'conversation.item.create', event_id: ASK, item: itemOf({ role: 'user', content: text }) });
    send(emit, { type: 'response.create', event_id: ASK, response: { metadata: { ask: String(next.asks) } } });
  },
  stop(next, { playedMs }, emit) {
    if (next.name !== 'open') return;
    const said = Object.entries(next.items).filter(([, { isSaid }]) => isSaid);
    if (said.length > 0) send(emit, { type: 'input_audio_buffer.clear' });
    for (const [item] of said) written(next, emit, item, 'unheard');
    if (isAwaited(next)) send(emit, { type: 'response.cancel' });
    if (next.response) next.response = { ...next.response, isCut: true };
    else next.isUnwanted = true;
    next.isDue = false;
    next.asked = null;
    cut(next, emit, playedMs);
  },
  voice(next, { isOn }, emit) {
    if (next.name !== 'open') return;
    send(emit, { type: 'session.update', session: { type: 'realtime', output_modalities: modalities(isOn) } });
    if (isOn) return;
    next.playing = null;
    if (next.response) next.response = { ...next.response, isMuted: true };
  },
  played(next) {
    // What has not all come yet may go on.
    if (!next.response) next.playing = null;
  },
  server(next, { event, setup, playedMs }, emit) {
    if (next.isDoubted) settleDoubt(next, emit);
    SERVER[event.type]?.(next, event, emit, { setup, playedMs });
  },
};

/** An error that names it is the person's to know. */
const ASK = 'ask';

const SERVER = {
  'session.created'(next, _, emit, { setup: { session, items } }) {
    next.name = 'open';
    send(emit, { type: 'session.update', session: { type: 'realtime', ...session } });
    for (const item of items) send(emit, { type: 'conversation.item.create', item: itemOf(item) });
    emit('live', { isLive: true });
  },
  'input_audio_buffer.speech_started'(next, { item_id: item }, emit, { playedMs }) {
    Object.assign(next, { attempts: 0, isDue: false, isUnwanted: false, isWritten: false, items: { ...next.items, [item]: { isSaid: true, words: '' } } });
    // The server ends the reply by itself.
    if (next.response) next.response = { ...next.response, isCut: true };
    cut(next, emit, playedMs);
    emit('person', { item });
  },
  'input_audio_buffer.speech_stopped'(next, { item_id: item }, emit) {
    if (!next.items[item]) return;
    next.items = { ...next.items, [item]: { ...next.items[item], isSaid: false } };
    emit('paused', { item });
  },
  'conversation.item.input_audio_transcription.delta'(next, { item_id: item, delta }, emit) {
    if (!next.items[item]) return;
    const words = next.items[item].words + delta;
    next.items = { ...next.items, [item]: { ...next.items[item], words } };
    emit('words', { item, text: words.trim() });
  },
  'conversation.item.input_audio_transcription.completed'(next, { item_id: item, transcript }, emit) {
    if (!next.items[item]) return;
    const text = transcript.trim();
    next.isDue ||= text !== '' && !next.isUnwanted;
    written(next, emit, item, text === '' ? 'unheard' : 'heard', { text });
  },
  'conversation.item.input_audio_transcription.failed'(next, { item_id: item, error }, emit) {
    if (!next.items[item]) return;
    written(next, emit, item, 'unheard', { isLost: true });
    emit('failure', { kind: FAILURES[error?.code] ?? 'stream' });
  },
  'response.created'(next, { response: { id, metadata } }, emit) {
    // Not the one that was asked for: it was called off before this side knew of it.
    if (next.asked !== null && metadata?.ask !== String(next.asked)) return;
    if (next.isUnwanted) return send(emit, { type: 'response.cancel', response_id: id });
    end(next, emit, 'stopped');
    Object.assign(next, { response: { id, hasWords: false, isCut: false, isMuted: false }, playing: null, isDue: false, asked: null });
    return emit('reply', { id });
  },
  'response.output_audio_transcript.delta': words,
  'response.output_text.delta': words,
  'response.output_audio.delta'(next, { response_id: id, item_id: item, delta, transcript: phrase }, emit) {
    if (next.response?.id !== id || next.response.isCut || next.response.isMuted) return;
    next.playing = { item, ms: (next.playing?.ms ?? 0) + (delta.length * 0.75) / BYTES_PER_MS };
    emit('sound', { data: delta, phrase });
  },
  'response.done'(next, { response: { id, status, status_details: details, metadata } }, emit) {
    if (next.response?.id !== id) return;
    next.attempts = 0;
    if (next.response.isCut || status === 'cancelled') end(next, emit, 'stopped');
    else if (status === 'failed') end(next, emit, 'broken', FAILURES[details?.error?.code] ?? 'stream');
    else if (next.response.hasWords) end(next, emit, 'whole', JSON.parse(metadata?.hearken ?? '{}').audio_error && 'voice');
    else end(next, emit, 'broken', 'empty');
  },
  'conversation.item.retrieved'(_, { item: { id, role, content } }, emit) {
    const text = content?.[0]?.transcript ?? content?.[0]?.text;
    if (role === 'assistant' && typeof text === 'string') emit('cut', { item: id, text });
  },
  error(next, { error: { code, event_id: cause } }, emit) {
    if (code === 'input_audio_buffer_full') send(emit, { type: 'input_audio_buffer.clear' });
    if (cause !== ASK) return;
    next.asked = null;
    emit('failure', { kind: FAILURES[code] ?? 'server' });
  },
};

/** A session's `output_modalities`. */
export const modalities = (isAloud) => [isAloud ? 'audio' : 'text'];

function words(next, { response_id: id, delta }, emit) {
  if (next.response?.id !== id || next.response.isCut) return;
  if (delta.trim() !== '') next.response = { ...next.response, hasWords: true };
  emit('text', { text: delta });
}

const send = (emit, event) => emit('send', { event });

/** Whether something is said, awaited or heard. */
export const isBusy = (state) => isAwaited(state) || state.playing !== null;

/** Whether the server may be about to reply, or does. */
const isAwaited = ({ items, isDue, asked, response }) => isDue || asked !== null || response !== null || Object.keys(items).length > 0;

function connect(next, emit) {
  next.name = 'connecting';
  emit('connect');
}

/** A socket is gone, or none was to be had. */
function lost(next, emit) {
  if (next.response) end(next, emit, 'broken', 'cut');
  else if (next.isDue || next.asked !== null) emit('failure', { kind: 'cut' });
  leave(next, emit);
  const ms = next.attempts < 0 ? 0 : RETRY_MS[next.attempts];
  next.attempts += 1;
  next.name = ms === undefined ? 'refused' : 'waiting';
  if (ms !== undefined) emit('wait', { ms });
}

/** The socket is left: what is being said goes out as a recording, as it does without one. */
function leave(next, emit) {
  emit('close');
  if (next.name === 'open') emit('live', { isLive: false });
  for (const item of Object.keys(next.items)) emit('unheard', { item });
  if (next.isRecorded) emit('recording');
  next.isElsewhere ||= next.isVoice;
  Object.assign(next, CALM, { before: next.before });
}

/** The server is there: what it took for nothing was nothing. */
function settleDoubt(next, emit) {
  next.isDoubted = false;
  if (Object.keys(next.items).length > 0) return;
  next.isRecorded = false;
  emit('written');
}

/** What was said is written down, or will not be. */
function written(next, emit, item, how, fields) {
  const { [item]: _, ...items } = next.items;
  Object.assign(next, { items, isWritten: true });
  if (next.isRecorded && Object.keys(items).length === 0) {
    next.isRecorded = false;
    emit('written');
  }
  emit(how, { item, ...fields });
}

/** The sound of a reply stops, and the conversation takes back what was not heard of it. */
function cut(next, emit, playedMs = 0) {
  const { playing } = next;
  if (!playing) return;
  next.playing = null;
  emit('silence', { item: playing.item });
  const heardMs = Math.round(Math.min(playedMs, playing.ms));
  send(emit, { type: 'conversation.item.truncate', item_id: playing.item, content_index: 0, audio_end_ms: heardMs });
  send(emit, { type: 'conversation.item.retrieve', item_id: playing.item });
}

function end(next, emit, how, kind) {
  if (!next.response) return;
  next.response = null;
  emit('end', kind ? { how, kind } : { how });
}

const lengthOf = (pieces) => pieces.reduce((sum, { ms }) => sum + ms, 0);

/** A message of the history as an item. */
function itemOf({ role, content }) {
  return { type: 'message', role, content: [{ type: role === 'user' ? 'input_text' : 'output_text', text: content }] };
}
