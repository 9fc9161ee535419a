// A model that clients are tried with: it calls the first function that it is offered, says what came of it, and otherwise
// repeats what it was told last. A real upstream of chat completions, streamed and not.

import { readBody, startServer } from '../local/http.mjs';
import { startHearken } from './harness.mjs';

const words = (content) => (typeof content === 'string' ? content : (content ?? []).map(({ type, text }) => text ?? `[${type}]`).join(' '));

/** What is answered to a request for a chat completion. */
function reply({ messages, tools = [], tool_choice = 'auto', response_format }) {
  const last = messages.at(-1);
  if (response_format?.type === 'json_schema') return { content: '{"city":"Lima"}' };
  if (last.role === 'tool') return { content: `It is ${words(last.content)}.` };
  if (tools.length && tool_choice !== 'none')
    return { content: null, tool_calls: [{ id: `call_${messages.length}`, type: 'function', function: { name: tools[0].function.name, arguments: '{"city":"Lima"}' } }] };
  return { content: `You said: ${words(last.content)}` };
}

/** The same as events: words, and arguments in two pieces. */
function* chunks(message) {
  yield { role: 'assistant', content: '' };
  for (const word of message.content?.match(/\S+\s*/g) ?? []) yield { content: word };
  for (const [index, { id, type, function: { name, arguments: text } }] of (message.tool_calls ?? []).entries()) {
    yield { tool_calls: [{ index, id, type, function: { name, arguments: '' } }] };
    yield { tool_calls: [{ index, function: { arguments: text.slice(0, 5) } }] };
    yield { tool_calls: [{ index, function: { arguments: text.slice(5) } }] };
  }
}

/** Starts hearken over it; `asked` has the bodies of what it was asked, extraction left out. */
export async function startWithModel(vars = {}) {
  const asked = [];
  const server = await startServer(async (req, res) => {
    const body = JSON.parse((await readBody(req)).toString());
    const isOwn = body.response_format?.type === 'json_object';
    if (!isOwn) asked.push(body);
    const message = { role: 'assistant', ...(isOwn ? { content: '{"operations":[]}' } : reply(body)) };
    const finish_reason = message.tool_calls ? 'tool_calls' : 'stop';
    const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
    const about = { id: 'chatcmpl-1', created: 1, model: body.model };
    if (!body.stream) {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ ...about, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }], usage }));
      return;
    }
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (choices, more) => res.write(`data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', choices, ...more })}\n\n`);
    for (const delta of chunks(message)) send([{ index: 0, delta, finish_reason: null }]);
    send([{ index: 0, delta: {}, finish_reason }]);
    if (body.stream_options?.include_usage) send([], { usage });
    res.end('data: [DONE]\n\n');
  });
  const hearken = await startHearken({ vars: { LLM: 'groq:model', GROQ_BASE_URL: `${server.url}/v1`, GROQ_API_KEY: 'k', ...vars } }).catch(async (error) => {
    await server.close();
    throw error;
  });
  return {
    ...hearken,
    asked,
    async stop() {
      await hearken.stop();
      await server.close();
    },
  };
}
