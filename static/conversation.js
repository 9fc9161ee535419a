// Shows the conversation, and tells screen readers about replies sentence by sentence.
//
// Owns: the list of messages on the page and the hidden live region.
// Invariant: words are set as text, never as HTML; the view follows new words only while the reader is at the end.
// Leaves out: the history that is sent to the server (main.js).

/** How near the end, in CSS pixels, counts as reading along. */
const NEAR_END_PX = 96;

/** Sentences kept in the live region; older ones have been read. */
const ANNOUNCED_MAX = 12;

/** The view over `list` (messages), `scroller` (what scrolls) and `announcer` (the live region). */
export function createConversation({ list, scroller, announcer }) {
  let following = true;
  scroller.addEventListener('scroll', () => {
    following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
  });
  new ResizeObserver(() => follow()).observe(scroller);

  function addPerson(text) {
    const item = addMessage('person', 'You said:');
    item.words.textContent = text;
    following = true;
    follow();
    return item.element;
  }

  /** A reply that grows: `append(text)`, then `end('whole' | 'stopped' | 'broken')`, or `remove()`; `offerSound(act)` adds a button. */
  function addReply() {
    const { element, words } = addMessage('companion', 'hearken said:');
    const node = document.createTextNode('');
    words.append(node);
    element.dataset.reply = 'arriving';
    follow();
    return {
      append(text) {
        node.appendData(node.length === 0 ? text.trimStart() : text);
        follow();
      },
      end(how) {
        if (node.length === 0) element.remove();
        element.dataset.reply = how;
      },
      offerSound(act) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'again';
        button.textContent = 'Hear it again';
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

  function follow() {
    if (following) scroller.scrollTop = scroller.scrollHeight;
  }

  return { addPerson, addReply, announce };
}
