// A list in a panel, to search, to page through and to change line by line: of memories, and of conversations.
//
// Owns: the dialog's search box, its lines and its word on how things went.
// Invariant: words are set as text, never as HTML; what the list shows is what the server last said. An answer that a newer
// request has overtaken is dropped.
// Leaves out: what a line shows (memory.js, conversations.js) and the requests (api.js).

import { asFailure, describe } from './errors.js';
import { t } from './words.js';

/** How long after the last key a search begins. */
const SEARCH_AFTER_MS = 250;

/**
 * The list over `part(name)`, which `button` opens. `page(after, query)` resolves to `{data, has_more, last_id}`; `entry(one)` makes a
 * line of it; `empty` is the word for a list with nothing in it.
 */
export function createListing({ button, part, page, entry, empty }) {
  const [dialog, search, list, more, status] = ['dialog', 'search', 'list', 'more', 'status'].map(part);
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
  search.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, SEARCH_AFTER_MS, '');
  });
  more.addEventListener('click', () => load(lastId));

  /** Shows the list from its start, and then `words`; the focus goes to the line at `at`, where one is given. */
  async function refresh(words = '', at = null) {
    await load(null, words);
    if (at !== null) (list.children[Math.min(at, list.childElementCount - 1)]?.querySelector('button') ?? search).focus();
  }

  async function load(after, words = '') {
    shown += 1;
    const own = shown;
    const query = search.value.trim();
    try {
      const { data, has_more: hasMore, last_id: last } = await page(after, query);
      if (own !== shown) return;
      const entries = data.map(entry);
      if (after === null) list.replaceChildren(...entries);
      else {
        list.append(...entries);
        entries[0]?.querySelector('button').focus();
      }
      lastId = last;
      more.hidden = !hasMore;
      say(words || (list.childElementCount > 0 ? '' : t(query === '' ? empty : 'noneFound')));
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

  /** Whether `work` went well; the person is told where it did not. */
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

  const placeOf = (item) => [...list.children].indexOf(item);

  /** Takes a line away by `work`. After it, the focus is where it was in the list, not lost. */
  async function remove(item, words, work) {
    const at = placeOf(item);
    if (await attempt(work)) await refresh(words, at);
  }

  /** Puts a field in the place of a line: `text` is what stands there, `save(text)` is the request, `anew()` makes the line again. */
  function edit(item, { text, label, charsMax, isNeeded, words, save, anew }) {
    const form = document.createElement('form');
    const input = document.createElement('textarea');
    Object.assign(input, { value: text, maxLength: charsMax, rows: 2, required: isNeeded, dir: 'auto' });
    input.setAttribute('aria-label', label);
    const submit = tool(t('save'), '', () => {});
    submit.type = 'submit';
    form.append(input, submit, tool(t('cancel'), '', leave));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (input.value.trim() === text) return leave();
      const at = placeOf(item);
      if (await attempt(() => save(input.value.trim()))) await refresh(words, at);
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
      const fresh = anew();
      item.replaceWith(fresh);
      fresh.querySelector('button').focus();
    }
  }

  return { attempt, remove, edit, close: () => dialog.close(), show: (available) => (button.hidden = !available) };
}

/** A quiet button; `about` says to those who cannot see it which line it is for. */
export function tool(words, about, act) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet small';
  button.textContent = words;
  if (about) button.setAttribute('aria-label', `${words}: ${about}`);
  button.addEventListener('click', act);
  return button;
}
