// The controller: wires the parts of the page to each other. Everything else is in a module of its own.
//
// Owns: the history of the conversation (in memory), and what is under way: a recording, a turn, or speech.
// Invariant: at most one thing is under way; it is stopped before the next begins, so nothing stale is shown or heard.
// A person's words are never lost: they are in the box, in the recording kept for a retry, or in the history.
// Diagnostics, read only: `data-state`, `data-mic` and `data-output` on the root element, and `hearken:` marks.

import { createApi } from './api.js';
import { createComposer } from './composer.js';
import { createConversation } from './conversation.js';
import { Failure, asFailure, isAbort } from './errors.js';
import { createMemoryPanel } from './memory.js';
import { createMicrophone } from './microphone.js';
import { createPresence } from './presence.js';
import { canRecord } from './recorder.js';
import { createCutter, speakable } from './sentences.js';
import { createSettings } from './settings.js';
import { createOutput } from './speech/player.js';
import { createSpeaker } from './speech/speaker.js';
import { createVoice } from './speech/voice.js';
import { createKeyDialog, createNotice } from './status.js';
import { startTurn } from './turn.js';

/** The most messages sent along with a new one; older ones are only shown. */
const HISTORY_MESSAGES_MAX = 80;

const root = document.documentElement;
const part = (id) => document.getElementById(id);

const settings = createSettings();
const api = createApi({ key: () => settings.key });
const output = await createOutput({ audio: part('sound') });
const presence = createPresence({ root, orb: part('orb'), caption: part('caption') });
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
const askForKey = createKeyDialog({
  dialog: part('key-dialog'),
  form: part('key-form'),
  input: part('key-input'),
  refusal: part('key-refused'),
  cancel: part('key-cancel'),
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
  onStart: listen,
  onLevel: presence.level,
  onRecording: hear,
  onCancel: settle,
  onFailure(failure) {
    settle();
    notice.show(failure);
  },
});

const memory = createMemoryPanel({
  api: api.memory,
  button: part('memory'),
  dialog: part('memory-dialog'),
  search: part('memory-search'),
  list: part('memory-list'),
  empty: part('memory-empty'),
  erase: part('memory-erase'),
  close: part('memory-close'),
  onErased() {
    settings.conversation = null;
    location.reload();
  },
});

/** The conversation: `{role, content}`, oldest first. */
const history = [];

/** Whether the server keeps the conversation, and whether it has what came before the newest message. */
const kept = { here: false, whole: false };

/** What is under way, with `stop()`; and `hush()` where it speaks. Null at rest. */
let current = null;

root.dataset.output = `${output.best.kind} ${output.best.mime}`;
showVoice();
showKey();
const health = api.health().catch(() => ({ transcription: true, memory: false }));
showMicrophone();
showMemory();

part('stop').addEventListener('click', halt);
part('voice').addEventListener('click', toggleVoice);
part('key').addEventListener('click', () => changeKey({ refused: false }));
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !document.querySelector('dialog[open]')) halt();
});
addEventListener('pagehide', halt);
part('scroller').dataset.ready = '';

// What a person does

function send(text) {
  microphone.cancel();
  interrupt();
  root.dataset.started = '';
  history.push({ role: 'user', content: text });
  conversation.addPerson(text);
  answer();
}

function listen() {
  interrupt();
  begin({ stop: () => {} });
  presence.set('listening');
}

async function hear(recording) {
  const stopping = new AbortController();
  interrupt();
  const own = begin({ stop: () => stopping.abort() });
  presence.set('hearing');
  try {
    const text = await api.transcribe({ ...recording, signal: stopping.signal });
    if (current !== own) return;
    if (text === '') throw new Failure('nothing_heard');
    send(text);
  } catch (error) {
    if (current !== own || isAbort(error)) return;
    settle();
    const failure = asFailure(error);
    if (failure.kind === 'no_transcription') hideMicrophone();
    report(failure, () => hear(recording));
  }
}

/** Stops whatever is under way, and stays. */
function halt() {
  microphone.cancel();
  if (!current) return;
  current.stop();
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
  if (!settings.voice) current?.hush?.();
}

// One answer

async function answer() {
  const all = history.filter(({ content }) => content.trim() !== '').slice(-HISTORY_MESSAGES_MAX);
  const messages = kept.whole ? all.slice(-1) : all;
  kept.whole = kept.here;
  const entry = { role: 'assistant', content: '' };
  const reply = conversation.addReply();
  history.push(entry);
  performance.mark('hearken:turn');

  const turn = startTurn({
    api,
    messages,
    conversation: kept.here ? settings.conversation : null,
    view: {
      append(text) {
        entry.content += text;
        reply.append(text);
      },
      announce: conversation.announce,
    },
    makeVoice: () => (settings.voice ? createVoice({ output, ...soundEvents() }) : null),
    onFirstText() {
      performance.mark('hearken:first-text');
      if (root.dataset.state === 'thinking') presence.set('answering');
    },
  });
  const own = begin({ stop: turn.stop, hush: () => hush(turn.hush, 'answering') });
  presence.set('thinking');

  const { failure, stopped } = await turn.reply;
  reply.end(failure ? 'broken' : stopped ? 'stopped' : 'whole');
  if (current !== own) return;
  if (failure) {
    report(failure, () => {
      history.splice(history.indexOf(entry), 1);
      reply.remove();
      interrupt();
      answer();
    });
  }
  const heard = await speechOf(turn, own, entry.content);
  if (heard && !failure && !stopped && entry.content.trim() !== '') {
    const sound = turn.kept();
    reply.offerSound(() => (sound ? playAgain(sound) : sayAgain(entry.content)));
  }
}

/** Waits until all is heard, then rests; a voice that failed is offered once more. True if this was still under way. */
async function speechOf(turn, own, text) {
  const { failure } = await turn.speech;
  if (current !== own) return false;
  settle();
  if (failure?.format) sayAgain(text);
  else if (failure && part('notice').hidden) report(failure, () => sayAgain(text));
  return true;
}

/** Plays the sound of an earlier reply. */
function playAgain(sound) {
  interrupt();
  const voice = createVoice({ output, ...soundEvents() });
  const own = begin({ stop: voice.stop, hush: () => hush(voice.stop, 'idle') });
  for (const bytes of sound) voice.sound(bytes);
  voice.close();
  const speech = voice.done.then(
    () => ({ failure: null }),
    (failure) => ({ failure }),
  );
  speechOf({ speech }, own, '');
}

/** Says a text once more, sentence by sentence, in whatever form the server can make. */
function sayAgain(text) {
  interrupt();
  const voice = speaker();
  const cutter = createCutter();
  const speech = voice.done.then(
    () => ({ failure: null }),
    (failure) => ({ failure }),
  );
  const own = begin({ stop: voice.stop, hush: () => hush(voice.stop, 'idle') });
  presence.set('thinking');
  for (const words of [...cutter.push(text), ...cutter.flush()].map(speakable)) {
    if (words) voice.say(words);
  }
  voice.close();
  speechOf({ speech }, own, text);
}

function speaker() {
  return createSpeaker({ speech: api.speech, output, ...soundEvents() });
}

function soundEvents() {
  return {
    onSound() {
      performance.mark('hearken:first-sound');
      presence.set('speaking');
    },
    onBlocked: () => notice.show(new Failure('voice_blocked'), output.resume),
  };
}

function hush(stopVoice, next) {
  stopVoice();
  if (root.dataset.state === 'speaking') presence.set(next);
}

// What is under way

/** Makes room for something new: the old is stopped, its notice is gone, and sound is allowed from here on. */
function interrupt() {
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

// Failures and settings

/** Shows a failure; `again` is what its button leads to, by way of the access key where one is asked for. */
function report(failure, again) {
  const withKey = async () => {
    if (await changeKey({ refused: Boolean(settings.key) })) again();
    else notice.show(failure, withKey);
  };
  if (failure.kind === 'unauthorized') withKey();
  else notice.show(failure, failure.kind === 'forbidden' ? withKey : again);
}

async function changeKey({ refused }) {
  const key = await askForKey({ refused });
  if (key) settings.key = key;
  showKey();
  restFocus();
  return key !== null;
}

function showKey() {
  part('key').hidden = !settings.key;
}

function showVoice() {
  part('voice').setAttribute('aria-pressed', String(settings.voice));
}

async function showMicrophone() {
  const { transcription } = await health;
  if (!transcription || !canRecord()) {
    hideMicrophone();
    return;
  }
  part('mic').hidden = false;
  root.dataset.mic = 'ready';
}

/** Where the server remembers, the panel is offered and a conversation goes on after a reload. */
async function showMemory() {
  const available = (await health).memory;
  memory.show(available);
  if (!available) return;
  const earlier = settings.conversation ? await api.memory.conversation(settings.conversation).catch(() => null) : [];
  if (history.length === 0 && earlier?.length > 0) {
    kept.whole = true;
    root.dataset.started = '';
    for (const { role, content } of earlier) {
      history.push({ role, content });
      if (role === 'user') conversation.addPerson(content);
      else {
        const reply = conversation.addReply();
        reply.append(content);
        reply.end('whole');
      }
    }
  } else settings.conversation = `page-${Date.now().toString(36)}-${Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36)).join('')}`;
  kept.here = true;
}

function hideMicrophone() {
  part('mic').hidden = true;
  root.dataset.mic = 'none';
}
