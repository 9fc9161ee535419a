// Plain-text summaries of a conversation by rule: what the person said of themselves, and what it was about.

import { contentText } from './listener.mjs';
import { factsIn } from './facts.mjs';

/** Facts named in a summary; the latest are kept. */
const FACTS_MAX = 8;

/** A few sentences on the conversation in `messages`. */
export function summarise(messages) {
  const said = [];
  for (const { role, content } of messages) {
    const text = contentText(content);
    if (role === 'user') said.push(...spokenLines(text));
  }
  const facts = [...new Set(said.flatMap((line) => factsIn(line).map(({ text }) => text)))].slice(-FACTS_MAX);
  const topics = said.filter((line) => line.length > 12).slice(-3).map((line) => `"${line.slice(0, 80)}"`);
  if (facts.length > 0) return `The person and the companion talked. ${facts.join(' ')}`;
  if (topics.length > 0) return `The person and the companion talked. The person said ${topics.join(', ')}.`;
  return 'The person and the companion exchanged a few words.';
}

/** What the person said in a transcript (`user: ...` lines), or the text itself. */
export function spokenLines(text) {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const spoken = lines.map((line) => /^(?:[-*•]\s*)?(?:\[?\d+\]?[.:)]?\s*)?(user|person|human|them)\s*[:>]\s*(.+)$/i.exec(line)?.[2]).filter(Boolean);
  return spoken.length > 0 ? spoken : lines.filter((line) => !/^(assistant|companion|system|summar\w*|extend|create)\b/i.test(line));
}
