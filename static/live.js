// Speaking and being heard at once: a realtime session (realtime.js decides) between the microphone, the page and the loudspeaker.
//
// Owns: the socket and its timer, the messages of the session on the page and in the history, and the voice of its reply.
// Invariant: the latest recording is kept until its words are written down. Nothing is shown or heard of a
// reply that was stopped.
// Leaves out: the microphone (handsfree.js), and everything that goes on without a socket (main.js).

import { Failure } from './errors.js';
import { AT_REST, isBusy, modalities, step } from './realtime.js';
import { createCutter } from './sentences.js';
import { PCM } from './speech/player.js';
import { t } from './words.js';

/**
 * A session over `open({conversation, persona})`, which gives a WebSocket. `host` is the page: `begin(activity)` and `settle(activity)` around all that
 * is under way here, `present(activity, state)`, `live(isLive)`, `saying(text, over)` when words were heard, and over which reply; `voicedAt()`, when a voice
 * was last heard; `record(recording)` for what goes out without a socket, `offerSound(shown)`, and `fail(failure, reply)`, where it has one `{shown, entry}`.
 */
export function createLive({ open, settings, history, conversation, aloud, heard, host }) {
  let state = AT_REST;
  let socket = null;
  let timer;
  let isLeaving = false;
  let wasBusy = false;
  let opened = ''; // with what the session began
  let over = ''; // the reply over which somebody speaks
  let recording = null;
  let reply = null; // the one that is told
  let speaking = null; // the one that is heard
  const people = new Map(); // who is being written down, by item
  const cuts = new Map(); // replies whose end the server knows better, by item

  /** What is under way here, as main.js takes it. */
  const activity = {
    stop() {
      feel({ type: 'stop' });
      silence(); // without a socket, nobody else does
      look();
    },
    hush() {
      const own = speaking;
      speaking = null;
      own?.voice.stop();
      own?.shown.said();
      if (reply) present('answering');
      look();
    },
  };

  const present = (how) => host.present(activity, how);

  function feel(event) {
    const stepped = step(state, { ...event, playedMs: speaking?.voice.playedMs() });
    state = stepped.state;
    for (const { do: what, ...fields } of stepped.effects) EFFECTS[what](fields);
    look();
  }

  /** Looks at what is under way, after anything has happened. */
  function look() {
    const busy = isBusy(state) || speaking !== null;
    if (busy && !wasBusy) host.begin(activity);
    const isOver = !busy && wasBusy;
    wasBusy = busy;
    if (isOver) host.settle(activity);
    if (!busy && isLeaving) leave();
    else if (isOver) refresh();
  }

  const EFFECTS = {
    connect() {
      opened = wanted();
      try {
        listenTo(open({ conversation: history.conversation, persona: settings.persona }));
      } catch {
        // A key that no header can hold: it goes with requests alone.
        queueMicrotask(() => feel({ type: 'closed' }));
      }
    },
    close() {
      clearTimeout(timer);
      const own = socket;
      socket = null;
      own?.close(1_000);
    },
    wait({ ms }) {
      clearTimeout(timer);
      timer = setTimeout(() => feel({ type: 'due' }), ms);
    },
    send({ event }) {
      // What is being closed tells so in a moment.
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event));
    },
    live: ({ isLive }) => host.live(isLive),
    person({ item }) {
      host.begin(activity);
      silence(); // what had come before a socket was lost is still heard
      people.set(item, conversation.addPerson(''));
      present('listening');
    },
    words: ({ item, text }) => people.get(item).words(text),
    paused() {
      heard.begin(host.voicedAt());
      present('hearing');
    },
    heard({ item, text }) {
      forget(item).heard(text);
      history.add({ role: 'user', content: text });
      history.taken(); // the server keeps it whatever comes
      conversation.announce(`${t('youSaid')} ${text}`);
      host.saying(text, over);
      over = '';
      if (people.size === 0) present('thinking');
    },
    unheard({ item, isLost }) {
      const shown = forget(item);
      if (isLost) shown.heard(null);
      else shown.remove();
    },
    reply({ id }) {
      silence();
      const shown = conversation.addReply();
      const own = { shown, entry: history.add({ role: 'assistant', isTaken: history.isKept }), cutter: createCutter(), voice: null };
      reply = own;
      heard.turn(id);
      if (settings.voice) voiceOf(own);
      present('thinking');
    },
    text({ text }) {
      if (reply.entry.content === '') present('answering');
      reply.entry.content += text;
      reply.shown.append(text);
      reply.cutter.push(text).forEach(conversation.announce);
    },
    sound: ({ data, phrase }) => reply.voice?.sound(bytesOf(data), phrase?.trim()),
    silence({ item }) {
      const own = silence();
      if (own) cuts.set(item, own);
    },
    cut({ item, text }) {
      const own = cuts.get(item);
      cuts.delete(item);
      if (!own) return;
      Object.assign(own.entry, { content: text, isCut: false });
      own.shown.silenced(text);
    },
    end({ how, kind }) {
      const own = reply;
      reply = null;
      own.cutter.flush().forEach(conversation.announce);
      own.shown.end(how);
      if (how === 'stopped') {
        if (speaking === own) silence();
        else history.cut(own.entry, own.shown.heardText());
      }
      own.voice?.close();
      if (kind) host.fail(new Failure(kind), own);
      else host.offerSound(own.shown);
    },
    failure: ({ kind }) => host.fail(new Failure(kind)),
    recording() {
      const own = recording;
      recording = null;
      host.record(own);
    },
    written() {
      recording = null;
    },
  };

  function listenTo(own) {
    socket = own;
    own.addEventListener('message', ({ data }) => {
      if (socket === own) feel({ type: 'server', event: JSON.parse(data), setup: setup() });
    });
    own.addEventListener('close', ({ code }) => socket === own && feel({ type: 'closed', code }));
  }

  function setup() {
    const input = { transcription: { model: 'companion' }, turn_detection: { type: 'semantic_vad' } };
    const output = settings.voiceId ? { voice: settings.voiceId } : {};
    return { session: { output_modalities: modalities(settings.voice), audio: { input, output } }, items: history.lacking() };
  }

  /** What a session has from its beginning on. */
  const wanted = () => JSON.stringify([settings.voiceId, settings.persona, settings.key, history.conversation]);

  function voiceOf(own) {
    own.voice = aloud.live(own.shown, { type: PCM, onSound: () => present('speaking'), onAudible: heard.audible });
    speaking = own;
    own.voice.done.then(
      () => spoken(own, null),
      (failure) => spoken(own, failure),
    );
  }

  /** All of a reply was heard. */
  function spoken(own, failure) {
    if (speaking !== own) return;
    speaking = null;
    own.shown.said();
    if (failure) host.fail(failure, own);
    feel({ type: 'played' });
  }

  /** Nothing more is heard of the reply; gives it. */
  function silence() {
    const own = speaking;
    if (!own) return null;
    speaking = null;
    over = own.shown.text();
    own.voice.stop();
    own.shown.silenced();
    history.cut(own.entry, own.shown.heardText());
    return own;
  }

  function forget(item) {
    const shown = people.get(item);
    people.delete(item);
    return shown;
  }

  function leave() {
    isLeaving = false;
    feel({ type: 'off' });
  }

  /** A session that began with other settings is none any more. */
  function refresh() {
    if (!isBusy(state) && opened !== wanted()) feel({ type: 'stale' });
  }

  return {
    on() {
      isLeaving = false;
      feel({ type: 'on' });
    },
    /** The microphone is closed: what is being said is dropped, and a reply under way is still heard. */
    off() {
      if (Object.values(state.items).some(({ isSaid }) => isSaid)) feel({ type: 'stop' });
      isLeaving = true;
      look();
    },
    leave,
    /** A tenth of a second of the microphone. */
    samples(samples, isVoice) {
      if (state.name === 'off') return;
      const bytes = new Uint8Array(samples.buffer);
      feel({ type: 'sound', audio: btoa(String.fromCharCode(...bytes)), ms: samples.length / 24, isVoice });
    },
    recorded(given) {
      recording = given;
      feel({ type: 'recorded' });
    },
    say(text) {
      host.begin(activity);
      heard.begin();
      present('thinking');
      feel({ type: 'say', text });
      history.taken();
    },
    voice: (isOn) => feel({ type: 'voice', isOn }),
    /** The conversation has gone on without it. */
    stale() {
      opened = '';
      refresh();
    },
    refresh,
    retry: () => feel({ type: 'online' }),
    get isOpen() {
      return state.name === 'open';
    },
  };
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
