// The conversation as it goes to the server: who said what, and what of it the server already has.
//
// Owns: the entries, oldest first. A person's entry has `content`, or a `recording` until its words are known.
// Where the server keeps the conversation, the next request tells it how much of a reply that was stopped was heard.
// Invariant: what a person said goes out with every request until the server has taken it; a recording goes out only as
// the newest message, for there alone the server hears it. Pure, but for the id's randomness.
// Leaves out: how messages look (conversation.js) and what the server keeps of them.

/** The most messages sent along with a new one; older ones are only shown. */
export const MESSAGES_MAX = 80;

/** A history. `settings.conversation` is the id under which the server keeps it, where it does. */
export function createHistory({ settings }) {
  const entries = [];
  let isKept = false;
  let id = null;

  /** Adds `{role, content}` or `{role, recording}`, and gives it back: whoever has it may change it. */
  function add(entry) {
    const own = { content: '', recording: null, isTaken: false, isCut: false, ...entry };
    entries.push(own);
    return own;
  }

  function remove(entry) {
    const at = entries.indexOf(entry);
    if (at !== -1) entries.splice(at, 1);
  }

  /** A reply was stopped: no more than `content` of it was heard. */
  function cut(entry, content) {
    Object.assign(entry, { content, isCut: true });
  }

  /**
   * What the next request carries: `{messages, conversation, heard, taken()}`. `taken` is called when the server has answered:
   * from then on it has these messages.
   */
  function outgoing() {
    // Stored only now: a page that is loaded again before anything was said has no conversation to ask for.
    if (isKept) settings.conversation = id;
    const said = entries.filter(isSaid).slice(-MESSAGES_MAX);
    const isToBeTaken = isKept;
    const stopped = isKept ? entries.findLast(({ role }) => role === 'assistant') : undefined;
    const sent = isKept ? said.filter((entry, at) => !entry.isTaken || at === said.length - 1) : said;
    return {
      messages: sent.map(({ role, content, recording }) => ({ role, content: content || [{ type: 'input_audio', input_audio: recording }] })),
      conversation: id,
      heard: stopped?.isCut ? { text: stopped.content } : undefined,
      taken() {
        if (stopped) stopped.isCut = false;
        if (isToBeTaken) for (const entry of sent) entry.isTaken = true;
      },
    };
  }

  function isSaid({ content, recording }, at) {
    return content.trim() !== '' || (recording !== null && at === entries.length - 1);
  }

  /** What a server that begins to listen does not have. */
  function lacking() {
    return entries.filter(({ content, isTaken }) => content.trim() !== '' && !(isKept && isTaken)).slice(-MESSAGES_MAX);
  }

  /** The server has all that was said. */
  function taken() {
    if (!isKept) return;
    settings.conversation = id;
    for (const entry of entries) if (entry.content.trim() !== '') entry.isTaken = true;
  }

  /** From now on the server keeps the conversation; `earlier` is what it has of it, `given` its id where there is one. */
  function keep(earlier, given) {
    isKept = true;
    id = given ?? (earlier.length === 0 ? newId() : settings.conversation);
    entries.unshift(...earlier.map(({ role, content }) => ({ role, content, recording: null, isTaken: true })));
  }

  return {
    add,
    remove,
    cut,
    outgoing,
    lacking,
    taken,
    keep,
    /** The id under which the server keeps it, or null. */
    get conversation() {
      return id;
    },
    get isEmpty() {
      return entries.length === 0;
    },
    /** What a person said last, in words, if nothing was answered to it. */
    get unanswered() {
      const last = entries.findLast(({ content }) => content.trim() !== '');
      return last?.role === 'user' ? last.content : '';
    },
    get hasAnswers() {
      return entries.some(({ role, content }) => role === 'assistant' && content !== '');
    },
    get isKept() {
      return isKept;
    },
  };
}

function newId() {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36));
  return `page-${Date.now().toString(36)}-${random.join('')}`;
}
