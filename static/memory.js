// The memory panel: what the companion remembers, for the person to read, search, change, take along and forget.
//
// Owns: the dialog's list and its buttons.
// Invariant: words are set as text, never as HTML; what the list shows is what the server last said. An answer that a
// newer request has overtaken is dropped.
// Leaves out: the requests themselves (api.js) and what the companion makes of its memories.

import { asFailure, describe } from './errors.js';
import { t } from './words.js';

/** How long after the last key a search begins. */
const SEARCH_AFTER_MS = 250;

/**
 * The panel over `part(name)`, its elements by the end of their ids. `api` is `createApi().memory`; `onErased` is called when
 * the person is forgotten.
 */
export function createMemoryPanel({ api, button, part, onErased }) {
  const [dialog, search, list, more, status, erase] = ['dialog', 'search', 'list', 'more', 'status', 'erase'].map(part);
  let shown = 0;
  let lastId = null;
  let timer;

  button.addEventListener('click', () => {
    search.value = '';
    list.replaceChildren();
    more.hidden = true;
    say('');
    dialog.showModal();
    refresh();
  });
  part('close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', ask);
  search.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, SEARCH_AFTER_MS);
  });
  more.addEventListener('click', () => load(lastId));
  part('export').addEventListener('click', () => attempt(async () => save(await api.export())));
  erase.addEventListener('click', () => {
    if (!erase.dataset.sure) return ask(t('reallyForgetAll'));
    ask();
    return attempt(async () => {
      await api.erase();
      onErased();
    });
  });

  /** Lets the button ask once more before it does what cannot be undone; without a question it is as before. */
  function ask(question) {
    erase.dataset.words ??= erase.textContent;
    const isQuestion = typeof question === 'string';
    erase.textContent = isQuestion ? question : erase.dataset.words;
    if (isQuestion) erase.dataset.sure = 'no';
    else delete erase.dataset.sure;
  }

  /** Shows the list from its start, and then `words`. */
  function refresh(words = '') {
    return load(null, typeof words === 'string' ? words : '');
  }

  async function load(after, words = '') {
    shown += 1;
    const own = shown;
    const query = search.value.trim();
    try {
      const { data, has_more: hasMore, last_id: last } = query === '' ? await api.list(after) : await api.search(query);
      if (own !== shown) return;
      const entries = data.map(entry);
      if (after === null) list.replaceChildren(...entries);
      else {
        list.append(...entries);
        entries[0]?.querySelector('button').focus();
      }
      lastId = last;
      more.hidden = !hasMore;
      say(words || (list.childElementCount > 0 ? '' : query === '' ? t('noMemories') : t('noneFound')));
    } catch (error) {
      if (own === shown) trouble(error);
    }
  }

  function say(words) {
    status.textContent = words;
  }

  function trouble(error) {
    say(error.status === 404 ? t('gone') : describe(asFailure(error)).text);
  }

  async function attempt(work) {
    try {
      await work();
      return true;
    } catch (error) {
      if (error.status === 404) await refresh(t('gone'));
      else trouble(error);
      return false;
    }
  }

  function entry(memory) {
    const item = document.createElement('li');
    const words = document.createElement('span');
    words.className = 'words';
    words.dir = 'auto';
    words.textContent = memory.text;
    item.append(words, tool(t('change'), memory.text, () => edit(item, memory)), tool(t('forget'), memory.text, () => forget(item, memory)));
    return item;
  }

  /** After it, the focus is where it was in the list, not lost. */
  async function forget(item, memory) {
    const at = [...list.children].indexOf(item);
    if (await attempt(() => api.remove(memory.id))) await refresh(t('forgotten'));
    const next = list.children[Math.min(at, list.childElementCount - 1)];
    (next?.querySelector('button:last-of-type') ?? search).focus();
  }

  function edit(item, memory) {
    const form = document.createElement('form');
    const input = document.createElement('textarea');
    input.value = memory.text;
    input.maxLength = 1000;
    input.rows = 2;
    input.required = true;
    input.dir = 'auto';
    input.setAttribute('aria-label', t('toRemember'));
    const save = tool(t('save'), '', () => {});
    save.type = 'submit';
    form.append(input, save, tool(t('cancel'), '', leave));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (input.value.trim() === memory.text) return leave();
      const at = [...list.children].indexOf(item);
      if (!(await attempt(() => api.change(memory.id, input.value.trim())))) return undefined;
      await refresh(t('changed'));
      (list.children[at]?.querySelector('button') ?? search).focus();
      return undefined;
    });
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
      if (event.key !== 'Escape') return;
      event.preventDefault(); // leaves the line, not the panel
      leave();
    });
    item.replaceChildren(form);
    input.focus();

    function leave() {
      const fresh = entry(memory);
      item.replaceWith(fresh);
      fresh.querySelector('button').focus();
    }
  }

  return { show: (available) => (button.hidden = !available) };
}

/** A quiet button; `about` says to those who cannot see it which memory it is for. */
function tool(words, about, act) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet small';
  button.textContent = words;
  if (about) button.setAttribute('aria-label', `${words}: ${about}`);
  button.addEventListener('click', act);
  return button;
}

/** Hands a file to the browser's downloads. */
function save(blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = 'hearken-export.jsonl';
  link.click();
  // The download has its own hold on the bytes once it has begun; the address may go in the next minute.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
