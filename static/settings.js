// What the page remembers: the voice switch, the voice, its speed, the persona and a visitor's name (for good), the access key, the unsent draft and the conversation's id (for
// this tab).
//
// Owns: the names under which it is stored.
// Invariant: works without storage too (private windows, blocked cookies); then it lasts as long as the page.
// Leaves out: the conversation itself, which the server keeps where it can.

const VOICE = 'hearken/v1/voice';
const VOICE_ID = 'hearken/v1/voice-id';
const PERSONA = 'hearken/v1/persona';
const SPEED = 'hearken/v1/speed';
const KEY = 'hearken/v1/key';
const VISITOR = 'hearken/v1/visitor';
const DRAFT = 'hearken/v1/draft';
const CONVERSATION = 'hearken/v1/conversation';

/**
 * The person a token of ours speaks for (`hk1.PAYLOAD.TAG`, the payload base64url of JSON with `u`), or null: other keys
 * name nobody. It is read, not trusted: the server alone decides who is asking.
 */
export function personOf(key) {
  const [kind, payload] = (key ?? '').split('.');
  if (kind !== 'hk1' || !payload) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes))?.u ?? null;
  } catch {
    return null;
  }
}

/** Settings over two storages, each of which may be missing. */
export function createSettings({ lasting = storage('localStorage'), tab = storage('sessionStorage') } = {}) {
  return {
    get voice() {
      return lasting.get(VOICE) !== 'off';
    },
    set voice(on) {
      lasting.set(VOICE, on ? 'on' : 'off');
    },
    /** A voice's id; empty for the configured one. */
    get voiceId() {
      return lasting.get(VOICE_ID) ?? '';
    },
    set voiceId(id) {
      lasting.set(VOICE_ID, id || null);
    },
    /** Who the companion is to be; empty for the configured one. */
    get persona() {
      return lasting.get(PERSONA) ?? '';
    },
    set persona(id) {
      lasting.set(PERSONA, id || null);
    },
    /** A playback rate. */
    get speed() {
      return lasting.get(SPEED) ?? '1';
    },
    set speed(rate) {
      lasting.set(SPEED, rate === '1' ? null : rate);
    },
    get key() {
      return tab.get(KEY);
    },
    set key(value) {
      tab.set(KEY, value || null);
    },
    /** Who a visitor without a key is here, or null. */
    get visitor() {
      return lasting.get(VISITOR);
    },
    set visitor(name) {
      lasting.set(VISITOR, name);
    },
    get draft() {
      return tab.get(DRAFT) ?? '';
    },
    set draft(text) {
      tab.set(DRAFT, text || null);
    },
    get conversation() {
      return tab.get(CONVERSATION);
    },
    set conversation(id) {
      tab.set(CONVERSATION, id || null);
    },
  };
}

/** `get(name)` and `set(name, valueOrNull)` on a browser storage, or on memory where that refuses. */
function storage(kind) {
  const memory = new Map();
  const attempt = (act) => {
    try {
      return act(globalThis[kind]);
    } catch {
      return undefined;
    }
  };
  return {
    get: (name) => attempt((store) => store.getItem(name)) ?? memory.get(name) ?? null,
    set(name, value) {
      if (value === null) {
        memory.delete(name);
        attempt((store) => store.removeItem(name));
        return;
      }
      memory.set(name, value);
      attempt((store) => store.setItem(name, value));
    },
  };
}
