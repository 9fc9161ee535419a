// Memory extraction by rule, in the form hearken asks of a model: `[{op, id?, text?, kind?}]`.

import { factsIn, slotOf } from './facts.mjs';
import { contentText } from './listener.mjs';

/** A prompt longer than this is read at its end only. */
const PROMPT_CHARS_MAX = 200_000;
const FORGET = /\b(?:forget (?:that |about )?|don't remember |do not remember |delete (?:what you know about )?)(.+)/i;
const ENDED = /\bi (?:no longer|don't|do not) (.+?)(?: any ?more)?[.!]?$/i;

/** Words that do not tell one memory from another. */
const COMMON = new Set(['that', 'live', 'like', 'have', 'the', 'and', 'was', 'are', 'name', 'now', 'anymore', 'please']);

/** The operations for the messages of an extraction request; one `none` when there is nothing. */
export function extractOperations(messages) {
  const users = messages.filter(({ role }) => role !== 'assistant');
  const prompt = users.map(({ content }) => contentText(content)).join('\n').slice(-PROMPT_CHARS_MAX);
  const today = /\b(\d{4}-\d\d-\d\d)\b/.exec(prompt)?.[1];
  const memories = shownMemories(prompt);
  const operations = [];
  for (const said of spoken(messages)) {
    const removed = removal(said, memories);
    if (removed) {
      operations.push({ op: 'delete', id: removed.id });
      continue;
    }
    for (const fact of factsIn(said, today)) place(fact, memories, operations);
  }
  return operations.length > 0 ? operations : [{ op: 'none' }];
}

/** Adds the operation for one fact, unless it is known. */
function place({ text, kind, slot }, memories, operations) {
  const same = (other) => plain(other) === plain(text);
  if (memories.some((memory) => same(memory.text)) || operations.some((operation) => operation.text && same(operation.text))) return;
  const old = slot && memories.find((memory) => slotOf(memory.text) === slot);
  const earlier = slot && operations.find((operation) => operation.slot === slot);
  if (earlier) Object.assign(earlier, { text });
  else if (old) operations.push(hide({ op: 'update', id: old.id, text, kind }, slot));
  else operations.push(hide({ op: 'add', text, kind }, slot));
}

/** The slot is for this file's own use: it does not show in the JSON. */
const hide = (operation, slot) => Object.defineProperty(operation, 'slot', { value: slot, enumerable: false });

const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N} ]/gu, '').trim();

function removal(said, memories) {
  const about = FORGET.exec(said)?.[1] ?? ENDED.exec(said)?.[1];
  if (!about) return undefined;
  const wanted = plain(about).split(' ').filter((word) => word.length > 2 && !COMMON.has(word));
  if (wanted.length === 0) return undefined;
  return memories.find(({ text }) => wanted.every((word) => plain(text).includes(word.replace(/s$/, ''))));
}

/** Memories shown with their ids: JSON objects, `[id] text`, `(id) text`, `id: text` or `id. text` on lines of their own. */
function shownMemories(prompt) {
  const found = [];
  for (const [, id, text] of prompt.matchAll(/\{[^{}]*?"id"\s*:\s*("[^"]*"|\d+)[^{}]*?"text"\s*:\s*"((?:[^"\\]|\\.)*)"/g)) {
    found.push({ id: JSON.parse(id), text: JSON.parse(`"${text}"`) });
  }
  for (const [, id, text] of prompt.matchAll(/^[-*•\s]*[[(]([\w-]{1,40})[\])][:.]?\s+(.{3,})$/gm)) {
    if (!isTurn(text)) found.push({ id, text });
  }
  for (const [, id, text] of prompt.matchAll(/^[-*•\s]*(?:id\s*[=:]?\s*)?(\w*\d[\w-]{0,39})\s*[:.|]\s+(.{3,})$/gm)) {
    if (!isTurn(text)) found.push({ id, text });
  }
  return found.map(({ id, text }) => ({ id, text: text.replace(/^text\s*[=:]\s*/i, '').replace(/^"(.*)"$/, '$1').trim() }));
}

const TURN = /^(user|person|human|them|assistant|companion)\s*(?:\([^)]*\)|\[[^\]]*\])?\s*[:>]\s*/i;
const isTurn = (text) => TURN.test(text);

/** What the person said, message by message, from a transcript, a JSON list of messages, or the user messages themselves. */
function spoken(messages) {
  const content = messages.filter(({ role }) => role === 'user').map((message) => contentText(message.content)).join('\n');
  const listed = [...content.matchAll(/\{[^{}]*?"role"\s*:\s*"user"[^{}]*?"(?:content|text)"\s*:\s*"((?:[^"\\]|\\.)*)"/g)];
  if (listed.length > 0) return listed.map(([, text]) => JSON.parse(`"${text}"`));
  const person = [...content.matchAll(/^\{.*?"person"\s*:\s*"((?:[^"\\]|\\.)*)"/gm)];
  if (person.length > 0) return person.map(([, text]) => JSON.parse(`"${text}"`));
  const out = [];
  let speaker;
  for (const line of content.split('\n')) {
    const text = line.trim().replace(/^[-*•]\s*/, '').replace(/^(?:\[[^\]]{1,40}\]|\(?\d{1,4}[.):])\s*/, '');
    const turn = TURN.exec(text);
    if (turn) {
      speaker = /^(assistant|companion)/i.test(turn[1]) ? 'companion' : 'person';
      if (speaker === 'person') out.push(text.slice(turn[0].length));
    } else if (speaker === 'person' && text !== '') out[out.length - 1] += `\n${text}`;
    else if (speaker === 'companion' && text === '') speaker = undefined;
  }
  return out.length > 0 ? out : content.split('\n').filter((line) => line.trim() !== '');
}
