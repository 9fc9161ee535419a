// The memory panel: what the companion remembers, for the person to read, search, change and forget.
//
// Owns: the dialog's list and its buttons.
// Invariant: words are set as text, never as HTML; what the list shows is what the server last said.
// Leaves out: the requests themselves (api.js) and what the companion makes of its memories.

/** How long after the last key a search begins. */
const SEARCH_AFTER_MS = 250;

const TROUBLE = 'That did not work. Please try again.';

/** The panel over its parts. `api` is `createMemoryApi`'s; `onErased` is called when the person is forgotten. */
export function createMemoryPanel({ api, button, dialog, search, list, empty, erase, close, onErased }) {
  let shown = 0;
  let timer;

  button.addEventListener('click', async () => {
    search.value = '';
    dialog.showModal();
    await refresh();
  });
  close.addEventListener('click', () => dialog.close());
  search.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, SEARCH_AFTER_MS);
  });
  erase.addEventListener('click', () =>
    twice(erase, 'Really forget everything?', async () => {
      await api.erase();
      onErased();
      await refresh();
    }),
  );

  /** Fetches and shows; an answer that a newer request has overtaken is dropped. */
  async function refresh() {
    shown += 1;
    const own = shown;
    const query = search.value.trim();
    try {
      const memories = query === '' ? await api.list() : await api.search(query);
      if (own !== shown) return;
      list.replaceChildren(...memories.map(entry));
      say(memories.length > 0 ? '' : query === '' ? 'Nothing yet. What you tell me, I try to keep.' : 'Nothing that fits.');
    } catch {
      if (own === shown) say(TROUBLE);
    }
  }

  function say(words) {
    empty.textContent = words;
    empty.hidden = words === '';
  }

  function entry(memory) {
    const item = document.createElement('li');
    const words = document.createElement('span');
    words.className = 'words';
    words.dir = 'auto';
    words.textContent = memory.text;
    const change = tool('Change', () => edit(item, memory));
    const forget = tool('Forget', () => attempt(() => api.remove(memory.id)));
    item.append(words, change, forget);
    return item;
  }

  function edit(item, memory) {
    const form = document.createElement('form');
    const input = document.createElement('input');
    input.value = memory.text;
    input.maxLength = 1000;
    input.required = true;
    input.setAttribute('aria-label', 'What I should remember');
    const save = document.createElement('button');
    save.className = 'plain strong';
    save.textContent = 'Save';
    form.append(input, save);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      attempt(() => api.change(memory.id, input.value));
    });
    item.replaceChildren(form);
    input.focus();
  }

  async function attempt(work) {
    try {
      await work();
      await refresh();
    } catch {
      say(TROUBLE);
    }
  }

  /** A button that asks once more before it does what cannot be undone. */
  function twice(target, question, work) {
    if (target.dataset.sure) {
      delete target.dataset.sure;
      target.textContent = target.dataset.words;
      attempt(work);
      return;
    }
    target.dataset.words = target.textContent;
    target.dataset.sure = '';
    target.textContent = question;
    dialog.addEventListener(
      'close',
      () => {
        if (target.dataset.words) target.textContent = target.dataset.words;
        delete target.dataset.sure;
      },
      { once: true },
    );
  }

  return { show: (available) => (button.hidden = !available) };
}

function tool(words, act) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet small';
  button.textContent = words;
  button.addEventListener('click', act);
  return button;
}
