// Shows the conversation, and tells screen readers about replies sentence by sentence.
//
// Owns: the list of messages on the page and the hidden live region.
// Invariant: words are set as text, never as HTML, also where they are Markdown (markdown-view.js); the view follows new words only while the reader is at the end. What
// a reply says is shown at once; its voice only marks how far it has come.
// Leaves out: the history that is sent to the server (history.js) and where a phrase ends (spoken.js).

import { hasMarkdown } from './markdown.js';
import { createMarkdownView } from './markdown-view.js';
import { endOfPhrase } from './spoken.js';
import { t } from './words.js';

/** How near the end, in CSS pixels, counts as reading along. */
const NEAR_END_PX = 96;

/** How far before new words a mark is looked for that they may complete. */
const MARK_CHARS = 200;

/** Sentences kept in the live region; older ones have been read. */
const ANNOUNCED_MAX = 12;

/** The view over `list` (messages), `scroller` (what scrolls) and `announcer` (the live region). */
export function createConversation({ list, scroller, announcer }) {
  let following = true;
  let lastTop = 0;
  scroller.addEventListener('scroll', () => {
    const { scrollTop } = scroller;
    // Only a reader scrolls up; text that has grown meanwhile is no reason to stay behind.
    if (scroller.scrollHeight - scrollTop - scroller.clientHeight < NEAR_END_PX) following = true;
    else if (scrollTop < lastTop) following = false;
    lastTop = scrollTop;
  });
  new ResizeObserver(() => follow()).observe(scroller);
  let isFollowing = false; // a look at the height of the text costs a layout: one for each frame is enough

  /** What a person said; of a recording, whose words are not known yet, `''`. `heard(text)` sets them, or null for none; `words(text)` shows them so far. */
  function addPerson(text) {
    const item = addMessage('person', t('youSaid'));
    item.words.textContent = text;
    if (text === '') item.element.dataset.heard = 'pending';
    following = true;
    follow();
    return {
      words(soFar) {
        item.words.textContent = soFar;
        follow();
      },
      heard(words) {
        item.words.textContent = words ?? t('unheard');
        item.element.dataset.heard = words === null ? 'no' : 'yes';
        follow();
      },
      remove: () => item.element.remove(),
    };
  }

  /**
   * A reply that grows: `append(text)`, then `end('whole' | 'stopped' | 'broken')`, or `remove()`. One that is to be heard
   * is `unsaid()` first, then its voice is `saying(phrase)`, and at last all is `said()`, or it was `silenced()`;
   * `heardText()` is what was said by then, of a reply without a voice all. `offerSound(act)` adds a button.
   */
  function addReply() {
    const { element, words } = addMessage('companion', t('iSaid'));
    const spoken = addPart(words, 'spoken');
    const now = addPart(words, 'now');
    const rest = addPart(words, 'rest');
    let text = '';
    let saidFrom = 0;
    let saidTo = 0;
    let view = null; // where there is Markdown
    let isDrawing = false;
    element.dataset.reply = 'arriving';
    follow();

    function show(from, to) {
      [saidFrom, saidTo] = [from, to];
      if (view) return view.show(text, from, to);
      spoken.data = text.slice(0, from);
      now.data = text.slice(from, to);
      rest.data = text.slice(to);
      return undefined;
    }

    /** Blocks that grow are drawn once in a frame. */
    function draw() {
      if (isDrawing) return;
      isDrawing = true;
      requestAnimationFrame(() => {
        isDrawing = false;
        view.show(text, saidFrom, saidTo);
        follow();
      });
    }

    /** From the first mark on, all of it is shown as Markdown. A mark is looked for where the new words are. */
    function look(piece) {
      const from = Math.max(text.length - piece.length - MARK_CHARS, 0);
      const isLineStart = from === 0 || text[from - 1] === '\n';
      if (view || !hasMarkdown((isLineStart ? '' : '.') + text.slice(from))) return;
      const box = document.createElement('div');
      box.className = 'words marked';
      words.replaceWith(box);
      view = createMarkdownView(box);
    }

    return {
      append(more) {
        const piece = text === '' ? more.trimStart() : more;
        text += piece;
        look(piece);
        if (view) draw();
        else rest.appendData(piece);
        follow();
      },
      unsaid() {
        element.dataset.voice = 'on';
        show(0, 0);
      },
      saying(phrase) {
        const space = /^\s*/.exec(text.slice(saidTo))[0].length;
        show(saidTo + space, endOfPhrase(text, phrase, saidTo + space));
      },
      said() {
        delete element.dataset.voice;
        show(text.length, text.length);
      },
      /** `heard` is what was heard of it, where that is known to the word. */
      silenced(heard) {
        if (!element.dataset.voice) return;
        element.dataset.voice = 'cut';
        const to = heard !== undefined && text.startsWith(heard) ? heard.length : saidTo;
        show(to, to);
      },
      text: () => text,
      heardText: () => (element.dataset.voice ? text.slice(0, saidTo) : text),
      end(how) {
        if (text === '') element.remove();
        view?.show(text, saidFrom, saidTo);
        element.dataset.reply = how;
      },
      offerSound(act) {
        if (element.querySelector('.again')) return;
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'again';
        button.textContent = t('hearAgain');
        button.addEventListener('click', act);
        element.append(button);
        follow();
      },
      remove: () => element.remove(),
    };
  }

  function announce(sentence) {
    const line = document.createElement('p');
    line.textContent = sentence.trim();
    announcer.append(line);
    while (announcer.childElementCount > ANNOUNCED_MAX) announcer.firstElementChild.remove();
  }

  function addMessage(who, label) {
    const element = document.createElement('li');
    element.className = `message ${who}`;
    const speaker = document.createElement('span');
    speaker.className = 'unseen';
    speaker.textContent = `${label} `;
    const words = document.createElement('p');
    words.className = 'words';
    words.dir = 'auto';
    element.append(speaker, words);
    list.append(element);
    return { element, words };
  }

  /** A part of a message as a text node of its own. */
  function addPart(words, name) {
    const part = document.createElement('span');
    part.className = name;
    part.append('');
    words.append(part);
    return part.firstChild;
  }

  function follow() {
    if (!following || isFollowing) return;
    isFollowing = true;
    requestAnimationFrame(() => {
      isFollowing = false;
      if (following) scroller.scrollTop = scroller.scrollHeight;
    });
  }

  function latestReply() {
    return [...list.querySelectorAll('.companion .words')].at(-1)?.textContent ?? '';
  }

  return { addPerson, addReply, announce, latestReply };
}
