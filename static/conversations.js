// The panel of past conversations: to see, search, open and delete them.
//
// Owns: the dialog's list and its buttons. Invariant: words are set as text; what the list shows is what the server last said.
// A conversation has no name of its own: it is called by what was said first in it.
// Leaves out: the requests themselves (api.js) and what opening one means (main.js).

import { asFailure, describe } from './errors.js';
import { language, t } from './words.js';

/** Longest title, in characters. */
const TITLE_CHARS_MAX = 80;
/** Conversations are read this many at a time. */
const READ_AT_ONCE = 6;

/**
 * The panel over `part(name)`. `api` is `createApi().conversations`; `current()` is the id of the one under way; `onOpen(id)` takes
 * one up, or null for a new one.
 */
export function createConversationsPanel({ api, button, part, current, onOpen }) {
  const [dialog, search, list, status] = ['dialog', 'search', 'list', 'status'].map(part);
  let shown = 0;
  let all = [];

  button.addEventListener('click', () => {
    search.value = '';
    list.replaceChildren();
    say('');
    dialog.showModal();
    load();
  });
  part('close').addEventListener('click', () => dialog.close());
  part('new').addEventListener('click', () => leaveTo(null));
  search.addEventListener('input', () => show());

  function leaveTo(id) {
    dialog.close();
    onOpen(id);
  }

  async function load(words = '') {
    shown += 1;
    const own = shown;
    try {
      const { data } = await api.list();
      const waiting = [...data];
      const read = new Map();
      const reader = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) read.set(next.id, await api.read(next.id));
      };
      await Promise.all(Array.from({ length: READ_AT_ONCE }, reader));
      if (own !== shown) return;
      all = data.map((one) => ({ ...one, messages: (read.get(one.id) ?? []).filter(({ content }) => typeof content === 'string') }));
      show(words);
    } catch (error) {
      if (own === shown) say(describe(asFailure(error)).text);
    }
  }

  /** Those in which every word that is looked for was said. */
  function show(words = '') {
    const sought = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = ({ messages, summary }) => {
      const said = [summary ?? '', ...messages.map(({ content }) => content)].join('\n').toLowerCase();
      return sought.every((word) => said.includes(word));
    };
    const found = all.filter(fits);
    list.replaceChildren(...found.map(entry));
    say(words || (found.length > 0 ? '' : t(all.length === 0 ? 'noConversations' : 'noneFound')));
  }

  function say(words) {
    status.textContent = words;
  }

  function entry(one) {
    const first = one.messages.find(({ role }) => role === 'user')?.content ?? one.summary ?? t('untitled');
    const title = first.length > TITLE_CHARS_MAX ? `${first.slice(0, TITLE_CHARS_MAX).trimEnd()}…` : first;
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
    open.addEventListener('click', () => (isCurrent ? dialog.close() : leaveTo(one.id)));
    item.append(open, when, remover(item, one, title));
    return item;
  }

  /** Deletes at the second press: it cannot be undone. */
  function remover(item, one, title) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'quiet small';
    const ask = (key) => {
      button.textContent = t(key);
      button.setAttribute('aria-label', `${t(key)} ${title}`);
    };
    ask('remove');
    button.addEventListener('blur', () => ask('remove'));
    button.addEventListener('click', async () => {
      if (button.textContent === t('remove')) return ask('reallyRemove');
      const at = [...list.children].indexOf(item);
      try {
        await api.remove(one.id);
      } catch (error) {
        if (error.status !== 404) return say(describe(asFailure(error)).text);
      }
      if (one.id === current()) return leaveTo(null);
      await load(t('removed'));
      (list.children[Math.min(at, list.childElementCount - 1)]?.querySelector('button') ?? search).focus();
      return undefined;
    });
    return button;
  }

  return { show: (available) => (button.hidden = !available) };
}
