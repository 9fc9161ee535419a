// Chat completions in OpenAI's, Groq's and Workers AI's formats. What is said comes from a script or the listener.

import { randomUUID } from 'node:crypto';
import { badInput } from './errors.mjs';
import { extractOperations } from './extractor.mjs';
import { contentText, listen } from './listener.mjs';
import { sendEvents, sendRaw, sendScripted } from './sse.mjs';
import { summarise } from './summary.mjs';
import { wholeJson } from './whole.mjs';

export const CHAT_MODELS = [
  'openai/gpt-oss-120b', 'llama-3.1-8b-instant', 'openai/gpt-oss-20b', 'gpt-4o-mini', 'companion-local',
];
const EVENT_STREAM = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };

/** What the journal and the `match_text` knob see of a chat request. */
export const chatFacts = (json) => ({
  model: json?.model, text: contentText((json?.messages ?? []).findLast?.((message) => message?.role === 'user')?.content),
});

/** `POST .../chat/completions`. */
export async function chat(ex) {
  const problem = refusal(ex);
  if (problem) return ex.answer(problem.status, problem.body, problem.headers);
  if (ex.json.stream === true) return streamed(ex);
  return whole(ex);
}

function refusal(ex) {
  const { messages, model } = ex.json;
  const bad = (message, param) => badInput(ex.provider, message, { param, code: 'invalid_request' });
  if (typeof model !== 'string' || model === '') return bad('you must provide a model parameter', 'model');
  if (!Array.isArray(messages) || messages.length === 0) return bad("'messages' : minimum number of items is 1", 'messages');
  for (const [index, message] of messages.entries()) {
    if (!['system', 'developer', 'user', 'assistant', 'tool', 'function'].includes(message?.role)) {
      return bad(`'messages.${index}' : discriminator property 'role' has invalid value`, `messages.${index}.role`);
    }
  }
  return undefined;
}

/** The reply's text: the script's, or made for what was asked. */
export function replyText(ex) {
  if (ex.has('empty')) return '';
  let text = ex.knobs.script ?? compose(ex.json);
  // Something to split: a reply in ASCII has no border inside a character.
  if (ex.has('split_utf8') && /^[\x00-\x7f]*$/.test(text)) text += ' 🌿';
  return text;
}

function compose({ messages, response_format }) {
  const system = messages.filter(({ role }) => role === 'system' || role === 'developer');
  const instructions = system.map(({ content }) => contentText(content)).join('\n');
  const all = messages.map(({ content }) => contentText(content)).join('\n');
  const json = response_format?.type === 'json_object' || response_format?.type === 'json_schema';
  if (json && /operation/i.test(all)) return JSON.stringify({ operations: extractOperations(messages) });
  if (!json && asksForSummary(messages, instructions)) return summarise(messages);
  const said = listen(messages);
  return json ? JSON.stringify({ reply: said }) : said;
}

/** A summary is asked for where an instruction begins or ends: at the head of the system message, or around the last one. */
function asksForSummary(messages, instructions) {
  const last = contentText(messages.at(-1).content);
  const places = [instructions.slice(0, 200), last.slice(0, 200), last.slice(-200)];
  return places.some((text) => /\bsummari[sz]e\b|\b(?:write|update|extend|create|keep|make)\b[^.\n]{0,60}\bsummary\b/i.test(text));
}

/** Words with the space before them, as tokenisers of language models cut. */
export const tokens = (text) => text.match(/\s*\S+|\s+$/g) ?? [];

const roughTokens = (text) => Math.ceil(text.length / 4);

function usageOf(ex, text) {
  const prompt_tokens = roughTokens(JSON.stringify(ex.json.messages));
  const completion_tokens = Math.max(1, roughTokens(text));
  const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  if (ex.provider !== 'groq') return usage;
  return { ...usage, queue_time: 0.001, prompt_time: 0.002, completion_time: 0.01, total_time: 0.012 };
}

async function streamed(ex) {
  const { events, raw_chunks_base64 } = ex.knobs;
  if (raw_chunks_base64) {
    return sendRaw(ex, raw_chunks_base64.map((chunk) => Buffer.from(chunk, 'base64')), EVENT_STREAM);
  }
  if (events) return sendScripted(ex, events, EVENT_STREAM);
  const text = replyText(ex);
  if (ex.has('empty')) {
    ex.markFault('empty');
    await ex.head(200, EVENT_STREAM);
    await ex.since(ex.knobs.first_ms ?? 0);
    return ex.end();
  }
  const groq = ex.provider === 'groq';
  const id = `chatcmpl-${randomUUID()}`;
  const base = {
    id, object: 'chat.completion.chunk', created: Math.floor(Date.now() / 1000), model: ex.json.model,
    system_fingerprint: groq ? 'fp_local' : null,
  };
  const chunk = (delta, finish_reason, extra) => JSON.stringify({
    ...base, choices: [{ index: 0, delta, logprobs: null, finish_reason }], ...extra,
  });
  const x_groq = { id: `req_${id.slice(9, 33).replaceAll('-', '')}` };
  const frames = [{ data: chunk({ role: 'assistant', content: '' }, null, groq ? { x_groq } : {}) }];
  // The chunks differ in the token alone, so the rest is written once: a benchmark measures the relay, not this.
  const [before, behind] = chunk({ content: '\u0000' }, null).split('"\\u0000"');
  for (const token of tokens(text)) frames.push({ data: before + JSON.stringify(token) + behind, content: true });
  const usage = usageOf(ex, text);
  frames.push({ data: chunk({}, ex.knobs.finish_reason ?? 'stop', groq ? { x_groq: { ...x_groq, usage } } : {}), last: true });
  if (ex.json.stream_options?.include_usage) frames.push({ data: JSON.stringify({ ...base, choices: [], usage }) });
  frames.push({ data: '[DONE]', last: true });
  const errorChunk = chunk({}, null, { x_groq: { ...x_groq, error: 'the stream stopped early: over capacity' } });
  return sendEvents(ex, frames, { errorChunk });
}

async function whole(ex) {
  const text = replyText(ex);
  const { first_ms = 0, gap_ms = 0 } = ex.knobs;
  const body = JSON.stringify({
    id: `chatcmpl-${randomUUID()}`, object: 'chat.completion', created: Math.floor(Date.now() / 1000), model: ex.json.model,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, logprobs: null, finish_reason: ex.knobs.finish_reason ?? 'stop' }],
    usage: usageOf(ex, text),
    ...(ex.provider === 'groq' ? { x_groq: { id: `req_local${ex.entry.id}` } } : {}),
  });
  // A reply that has finished and is empty is one; nothing at all is the fault.
  const whole = ex.has('empty') ? JSON.stringify({ ...JSON.parse(body), choices: [] }) : body;
  return wholeJson(ex, whole, first_ms + gap_ms * Math.max(0, tokens(text).length - 1));
}

/** Workers AI's chat: `{"response"}` events or, with `workers_ai_shape: "openai"`, OpenAI's chunks. */
export async function workersAiChat(ex) {
  const messages = ex.json.messages ?? [{ role: 'user', content: String(ex.json.prompt ?? '') }];
  const openai = ex.knobs.workers_ai_shape === 'openai';
  ex.json = { model: ex.params.model, ...ex.json, messages };
  if (openai) return ex.json.stream ? streamed(ex) : whole(ex);
  const { events, raw_chunks_base64 } = ex.knobs;
  if (ex.json.stream && (events || raw_chunks_base64)) return streamed(ex);
  const text = replyText(ex);
  const usage = usageOf(ex, text);
  if (!ex.json.stream) {
    const { first_ms = 0, gap_ms = 0 } = ex.knobs;
    return wholeJson(ex, JSON.stringify({ response: text, tool_calls: [], usage }), first_ms + gap_ms * tokens(text).length);
  }
  const frames = tokens(text).map((token) => ({ data: JSON.stringify({ response: token, p: 'local' }), content: true }));
  frames.push({ data: JSON.stringify({ response: '', usage }), last: true }, { data: '[DONE]', last: true });
  return sendEvents(ex, frames);
}
