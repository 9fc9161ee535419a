// The controller: wires the parts of the page to each other. Everything else is in a module of its own.
//
// Owns: what is under way: a recording, a turn, or speech.
// Invariant: at most one thing is under way; it is stopped before the next begins, so nothing stale is shown or heard.
// A person's words are never lost: they are in the box, in the recording kept for a retry, or in the history.
// Diagnostics, read only: `data-state`, `data-mic`, `data-hands`, `data-live` and `data-output` on the root element, and `hearken:` marks.

import { createAccess } from './access.js';
import { createComposer } from './composer.js';
import { createConversation } from './conversation.js';
import { createConversationsPanel } from './conversations.js';
import { Failure } from './errors.js';
import { canListen, createHandsFree } from './handsfree.js';
import { createHeard } from './heard.js';
import { canRecord, connect } from './hearken.js';
import { createHearing } from './hearing.js';
import { createHistory } from './history.js';
import { createLive } from './live.js';
import { createMemoryPanel } from './memory.js';
import { createMicrophone } from './microphone.js';
import { createPreferences } from './preferences.js';
import { CAPTION, createPresence } from './presence.js';
import { createSettings } from './settings.js';
import { createAloud } from './speech/aloud.js';
import { PCM } from './speech/player.js';
import { isEchoOf } from './spoken.js';
import { createKeyDialog, createNotice } from './status.js';
import { visit } from './visitor.js';
import { createWakeLock } from './wake-lock.js';
import { language, translate } from './words.js';

const root = document.documentElement;
const part = (id) => document.getElementById(id);

root.lang = language;
translate(document);
const settings = createSettings();
const keepAwake = createWakeLock();
const { api, output, turn: startTurn } = await connect({
  key: () => settings.key,
  audio: part('sound'),
  onAway: () => notice.show(new Failure('voice_away'), output.resume),
  onBack: () => part('notice').dataset.kind === 'voice_away' && notice.hide(),
});
const heard = createHeard({ audio: part('sound'), report: api.heard });
const presence = createPresence({ root, orb: part('orb'), caption: part('caption') });
const history = createHistory({ settings });
const conversation = createConversation({
  list: part('conversation'),
  scroller: part('scroller'),
  announcer: part('announcer'),
});
const notice = createNotice({
  box: part('notice'),
  text: part('notice-text'),
  button: part('notice-act'),
  dismiss: part('notice-dismiss'),
  onAnswered: restFocus,
});
const hearing = createHearing({ history, conversation });
part('key').addEventListener('click', () => part('preferences-dialog').close());
const access = createAccess({
  settings,
  history,
  notice,
  button: part('key'),
  ask: createKeyDialog({
    dialog: part('key-dialog'),
    form: part('key-form'),
    input: part('key-input'),
    refusal: part('key-refused'),
    cancel: part('key-cancel'),
    async visit(where) {
      const { siteKey } = await firstHealth;
      part('key-visitor').hidden = !siteKey;
      return siteKey ? visit({ ...where, siteKey, language, settings, session: api.session }) : null;
    },
  }),
  onKey(isNew) {
    if (isNew) showMemory().then(live.refresh);
    live.retry();
    restFocus();
  },
  /** Nothing that was shown or kept here is for them; what was not answered yet is left in the box. */
  onAnother() {
    settings.draft ||= history.unanswered;
    settings.conversation = null;
    location.reload();
  },
});
const aloud = createAloud({
  speech: (ask) => api.speech({ ...ask, voiceId: settings.voiceId }),
  output,
  onSound() {
    performance.mark('hearken:first-sound');
    heard.sound();
    presence.set('speaking');
  },
  onBlocked: () => notice.show(new Failure('voice_blocked'), output.resume),
});
const composer = createComposer({
  form: part('composer'),
  box: part('draft'),
  settings,
  onSend: send,
  onEmpty: () => microphone.send() || composer.focus(),
});
const microphone = createMicrophone({
  button: part('mic'),
  onStart() {
    handsFree.rest(true);
    keepAwake(true);
    listen(CAPTION.held);
  },
  onLevel: presence.level,
  onRecording(recording) {
    heldNoMore();
    hear(recording);
  },
  onCancel() {
    heldNoMore();
    settle();
  },
  onFailure(failure) {
    heldNoMore();
    settle();
    notice.show(failure);
  },
});
const handsFree = createHandsFree({
  button: part('hands'),
  isPlaying: () => root.dataset.state === 'speaking',
  onBegin: output.hold,
  onSure() {
    if (live.isOpen) return; // the server knows better
    overheard = root.dataset.state === 'speaking' ? conversation.latestReply() : '';
    listen(CAPTION.free);
  },
  onDrop: dropped,
  onRecording(recording) {
    output.goOn();
    live.recorded(recording);
  },
  onSamples: (samples, isVoice) => live.samples(samples, isVoice),
  onLevel: presence.level,
  onChange(how) {
    root.dataset.hands = how;
    keepAwake(how !== 'off');
    presence.rest(how === 'on' ? CAPTION.attending : '');
    if (how === 'opening') output.unlock(PCM); // inside the click
    if (how === 'on') goLive();
    if (how === 'off') live.off();
  },
  onFailure: (failure) => notice.show(failure),
  onBack: notice.hide,
});
const live = createLive({
  open: api.realtime,
  settings,
  history,
  conversation,
  aloud,
  heard,
  host: {
    begin(activity) {
      notice.hide();
      if (current === activity) return;
      interrupt();
      begin(activity);
    },
    settle: (activity) => current === activity && settle(),
    present(activity, state) {
      if (current !== activity) return; // it was stopped
      if (state === 'speaking') performance.mark('hearken:first-sound');
      presence.set(state, state === 'listening' ? CAPTION.free : undefined);
    },
    live: (isLive) => (root.dataset.live = isLive ? 'on' : 'off'),
    saying(words, over) {
      root.dataset.started = '';
      if (isEchoOf(words, over)) handsFree.distrust();
    },
    voicedAt: () => handsFree.voicedAt,
    record: hear,
    offerSound,
    fail(failure, reply) {
      if (failure.kind === 'voice') return access.report(failure, () => sayAgain(reply.shown));
      return retryable(failure, reply);
    },
  },
});
const memory = createMemoryPanel({
  api: api.memory,
  button: part('memory'),
  part: (name) => part(`memory-${name}`),
  onErased() {
    settings.conversation = null;
    location.reload();
  },
});

const past = createConversationsPanel({
  api: api.conversations,
  button: part('past'),
  part: (name) => part(`past-${name}`),
  current: () => settings.conversation,
  /** The page begins anew with it: nothing of the other is under way. */
  onOpen(id) {
    halt();
    settings.conversation = id;
    location.reload();
  },
});
const firstHealth = health();
createPreferences({
  button: part('preferences'),
  part: (name) => part(`preferences-${name}`),
  settings,
  voices: api.voices,
  personas: firstHealth.then(({ personas }) => personas),
  onSpeed: output.pace,
  onLanguage: () => location.reload(),
});

/** What is under way, with `stop()`; and `hush()` where it speaks. Null at rest. */
let current = null;

/** What hearken was saying when a voice without hands interrupted it. */
let overheard = '';

root.dataset.output = `${output.best.kind} ${output.best.mime}`;
showVoice();
showMicrophone();
const memoryShown = showMemory(firstHealth);

for (const change of ['online', 'offline']) addEventListener(change, showNetwork);
addEventListener('online', live.retry);
part('preferences-dialog').addEventListener('close', live.refresh);
showNetwork();
part('stop').addEventListener('click', halt);
part('voice').addEventListener('click', toggleVoice);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !document.querySelector('dialog[open]')) halt();
});
addEventListener('pagehide', () => {
  halt();
  handsFree.off();
  live.leave();
});
part('scroller').dataset.ready = '';

// What a person does

function send(text) {
  microphone.cancel();
  handsFree.cancel();
  if (!live.isOpen) interrupt();
  hearing.giveUp();
  root.dataset.started = '';
  history.add({ role: 'user', content: text });
  conversation.addPerson(text);
  if (live.isOpen) live.say(text);
  else answer();
}

/** The microphone is open: where the server can, one speaks and is heard at once. */
async function goLive() {
  await memoryShown;
  if ((await firstHealth).realtime && root.dataset.hands === 'on') live.on();
}

/** Somebody speaks: what is under way ends, but words that are just being heard are heard to their end. */
function listen(caption) {
  if (hearing.leave()) current = null;
  else interrupt();
  begin({ stop: handsFree.cancel });
  presence.set('listening', caption);
}

/** The held button is let go: the microphone is open without hands, or not at all. */
function heldNoMore() {
  handsFree.rest(false);
  keepAwake(root.dataset.hands === 'on');
}

/** It was no voice, or it was called off: what was held goes on. */
function dropped() {
  output.goOn();
  if (root.dataset.state === 'listening' && !live.isOpen) settle();
}

/** A recording becomes the newest message, and its words are told with the answer. */
async function hear(recording) {
  interrupt();
  const own = begin({ stop: () => {} });
  presence.set('hearing');
  await hearing.known;
  if (current !== own) return;
  hearing.giveUp();
  root.dataset.started = '';
  hearing.begin(recording);
  answer();
}

/** Stops whatever is under way, and stays. */
function halt() {
  microphone.cancel();
  handsFree.cancel();
  if (!current) return;
  current.stop();
  hearing.giveUp();
  settle();
  restFocus();
}

/** Gives the focus of a button that is gone to the text box; not on a touch screen, where it would raise the keyboard. */
function restFocus() {
  if (matchMedia('(pointer: fine)').matches) composer.focus();
}

function toggleVoice() {
  settings.voice = !settings.voice;
  showVoice();
  output.unlock();
  live.voice(settings.voice);
  if (!settings.voice) current?.hush?.();
}

// One answer

async function answer() {
  const outgoing = history.outgoing();
  const entry = history.add({ role: 'assistant', isTaken: history.isKept });
  const reply = conversation.addReply();
  const isSpoken = hearing.isUnderWay;
  performance.mark('hearken:turn');
  heard.begin();

  const turn = startTurn({
    ...outgoing,
    taken(id) {
      outgoing.taken?.();
      heard.turn(id);
    },
    voiceId: settings.voiceId,
    persona: settings.persona,
    view: {
      heard(words) {
        hearing.heard(words);
        if (isEchoOf(words, overheard)) handsFree.distrust();
        overheard = '';
      },
      append(text) {
        entry.content += text;
        reply.append(text);
      },
      announce: conversation.announce,
    },
    makeVoice: () => (settings.voice ? aloud.live(reply) : null),
    onFirstText() {
      performance.mark('hearken:first-text');
      if (current === own && ['thinking', 'hearing'].includes(root.dataset.state)) presence.set('answering');
    },
  });
  const own = begin({
    stop() {
      turn.stop();
      reply.silenced();
      history.cut(entry, reply.heardText());
    },
    hush: () => hush(turn.hush, reply, 'answering'),
  });
  if (isSpoken) hearing.broughtBy(turn, own.stop);
  presence.set(isSpoken ? 'hearing' : 'thinking');

  const { failure, stopped } = await turn.reply;
  live.stale();
  reply.end(failure ? 'broken' : stopped ? 'stopped' : 'whole');
  if (stopped) offerSound(reply);
  if (current !== own) return;
  if (failure) failed(failure, { entry, reply });
  if (failure && entry.content === '') settle();
  else await speechOf(turn, own, reply);
  if (!failure) offerSound(reply);
}

function failed(failure, { entry, reply }) {
  if (failure.kind === 'no_transcription') hideMicrophone();
  if (failure.kind === 'no_transcription' || failure.kind === 'nothing_heard') {
    hearing.giveUp({ isNothing: failure.kind === 'nothing_heard' });
    history.remove(entry);
    // Without hands, a noise that was no word is nothing to talk about.
    if (failure.kind === 'nothing_heard' && root.dataset.hands === 'on') return;
  }
  retryable(failure, { entry, shown: reply });
}

/** Tells a failure, after which the same can be asked again; what there is of its reply goes then. */
function retryable(failure, reply) {
  access.report(failure, () => {
    if (reply) history.remove(reply.entry);
    reply?.shown.remove();
    interrupt();
    answer();
  });
}

/** Waits until all is heard, then rests; a voice that failed is offered once more. */
async function speechOf({ speech }, own, reply) {
  const { failure } = await speech;
  if (current !== own) return;
  reply.said();
  settle();
  if (failure?.format) sayAgain(reply);
  else if (failure && part('notice').hidden) access.report(failure, () => sayAgain(reply));
}

function offerSound(reply) {
  if (reply.text().trim() !== '') reply.offerSound(() => sayAgain(reply));
}

/** Says a reply once more, from the sound that was kept or, without that, anew. */
function sayAgain(reply) {
  interrupt();
  const voice = aloud.again(reply, reply.text());
  const stop = () => {
    voice.stop();
    reply.said();
  };
  const own = begin({ stop, hush: () => hush(voice.stop, reply, 'idle') });
  presence.set('thinking');
  const speech = voice.done.then(
    () => ({ failure: null }),
    (failure) => ({ failure }),
  );
  speechOf({ speech }, own, reply);
}

function hush(stopVoice, reply, next) {
  stopVoice();
  reply.said();
  if (root.dataset.state === 'speaking') presence.set(next);
}

// What is under way

/** Makes room for something new: the old is stopped, its notice is gone, and sound is allowed from here on. */
function interrupt() {
  heard.drop();
  current?.stop();
  current = null;
  notice.hide();
  output.unlock();
}

function begin(activity) {
  current = activity;
  part('stop').hidden = false;
  return activity;
}

function settle() {
  current = null;
  part('stop').hidden = true;
  presence.set('idle');
}

// What is offered

function showNetwork() {
  part('network').hidden = navigator.onLine;
}

function showVoice() {
  part('voice').setAttribute('aria-pressed', String(settings.voice));
}

function health() {
  return api.health().catch(() => ({ transcription: true, realtime: false, memory: false, personas: [] }));
}

async function showMicrophone() {
  const { transcription } = await firstHealth;
  if (!transcription || !canRecord()) {
    hideMicrophone();
    return;
  }
  part('mic').hidden = false;
  part('hands').hidden = !canListen();
  root.dataset.mic = 'ready';
}

function hideMicrophone() {
  handsFree.off();
  part('mic').hidden = true;
  part('hands').hidden = true;
  root.dataset.mic = 'none';
}

/** Where the server remembers, the panel is offered and a conversation goes on after a reload. */
async function showMemory(known) {
  const { memory: available } = await (known ?? health());
  memory.show(available);
  past.show(available);
  if (!available || history.isKept) return;
  const earlier = settings.conversation ? await api.memory.conversation(settings.conversation).catch(() => null) : [];
  const isNew = !history.isEmpty || !earlier;
  history.keep(isNew ? [] : earlier);
  if (isNew || earlier.length === 0) return;
  root.dataset.started = '';
  for (const { role, content } of earlier) {
    if (role === 'user') {
      conversation.addPerson(content);
      continue;
    }
    const reply = conversation.addReply();
    reply.append(content);
    reply.end('whole');
    offerSound(reply);
  }
}
