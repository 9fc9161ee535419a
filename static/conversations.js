// The panel of past conversations: to see, search, open, rename and delete them.
//
// Owns: the dialog's lines and its buttons. A conversation is called by the name it was given, else by what was said first in it.
// Leaves out: the list itself (listing.js), the requests (api.js) and what opening one means (main.js).

import { createListing, tool } from './listing.js';
import { language, t } from './words.js';

/** Longest title that is shown, and that is given, in characters. */
const SHOWN_CHARS_MAX = 80;
const TITLE_CHARS_MAX = 200;

/**
 * The panel over `part(name)`. `api` is `createApi().conversations`; `current()` is the id of the one under way; `onOpen(id)` takes
 * one up, or null for a new one.
 */
export function createConversationsPanel({ api, button, part, current, onOpen }) {
  const { remove, edit, close, show } = createListing({ button, part, page: api.list, entry, empty: 'noConversations' });
  part('new').addEventListener('click', () => leaveTo(null));

  function leaveTo(id) {
    close();
    onOpen(id);
  }

  function entry(one) {
    const whole = one.title ?? t('untitled');
    const title = whole.length > SHOWN_CHARS_MAX ? `${whole.slice(0, SHOWN_CHARS_MAX).trimEnd()}…` : whole;
    const item = document.createElement('li');
    const open = document.createElement('button');
    open.type = 'button';
    open.className = 'quiet words';
    open.dir = 'auto';
    open.textContent = title;
    const when = document.createElement('time');
    const at = new Date(one.updated_at * 1_000);
    when.dateTime = at.toISOString();
    when.textContent = at.toLocaleDateString(language, { day: 'numeric', month: 'short', year: 'numeric' });
    const isCurrent = one.id === current();
    if (isCurrent) open.setAttribute('aria-current', 'true');
    open.addEventListener('click', () => (isCurrent ? close() : leaveTo(one.id)));
    const { title: own, ...others } = one.metadata;
    const rename = () => edit(item, {
      text: own ?? title, label: t('nameOfIt'), charsMax: TITLE_CHARS_MAX, isNeeded: false, words: t('changed'),
      save: (name) => api.label(one.id, name === '' ? others : { ...others, title: name }),
      anew: () => entry(one),
    });
    item.append(open, when, tool(t('rename'), title, rename), remover(item, one, title));
    return item;
  }

  /** Deletes at the second press: it cannot be undone. */
  function remover(item, one, title) {
    const button = tool('', '', () => {
      if (button.textContent === t('remove')) return ask('reallyRemove');
      return remove(item, t('removed'), async () => {
        await api.remove(one.id);
        if (one.id === current()) leaveTo(null);
      });
    });
    const ask = (key) => {
      button.textContent = t(key);
      button.setAttribute('aria-label', `${t(key)} ${title}`);
    };
    ask('remove');
    button.addEventListener('blur', () => ask('remove'));
    return button;
  }

  return { show };
}
