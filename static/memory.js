// The memory panel: what the companion remembers, for the person to read, search, change, take along and forget.
//
// Owns: the dialog's lines and its buttons.
// Leaves out: the list itself (listing.js), the requests (api.js) and what the companion makes of its memories.

import { createListing, tool } from './listing.js';
import { t } from './words.js';

const MEMORY_CHARS_MAX = 1_000;

/**
 * The panel over `part(name)`, its elements by the end of their ids. `api` is `createApi().memory`; `onErased` is called when
 * the person is forgotten.
 */
export function createMemoryPanel({ api, button, part, onErased }) {
  const [dialog, erase] = ['dialog', 'erase'].map(part);
  const page = (after, query) => (query === '' ? api.list(after) : api.search(query));
  const { attempt, remove, edit, show } = createListing({ button, part, page, entry, empty: 'noMemories' });

  dialog.addEventListener('close', ask);
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

  function entry(memory) {
    const { id, text } = memory;
    const item = document.createElement('li');
    const words = document.createElement('span');
    words.className = 'words';
    words.dir = 'auto';
    words.textContent = text;
    const change = () => edit(item, {
      text, label: t('toRemember'), charsMax: MEMORY_CHARS_MAX, isNeeded: true, words: t('changed'),
      save: (changed) => api.change(id, changed),
      anew: () => entry(memory),
    });
    item.append(words, tool(t('change'), text, change), tool(t('forget'), text, () => remove(item, t('forgotten'), () => api.remove(id))));
    return item;
  }

  return { show };
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
