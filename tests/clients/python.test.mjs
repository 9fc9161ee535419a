// The clients for Python, unmodified: OpenAI's over Responses and chat, and LangChain's over both.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { examplesPython, ran } from '../examples/support.mjs';
import { startWithModel } from '../model.mjs';

const python = examplesPython();
let hearken;
before(async () => {
  if (python) hearken = await startWithModel();
});
after(() => hearken?.stop());
const told = async (name) => JSON.parse(await ran(python, [join(import.meta.dirname, 'client.py'), name, `${hearken.url}/v1`], { timeout_ms: 180_000 }));

describe('Python', { skip: python ? false : 'its packages could not be installed' }, () => {
  test('openai makes, retrieves, follows and deletes responses', async () => {
    assert.deepEqual(await told('responses'), ['You said: Hello', true, ['Hello'], 'You said: Again', 17, 'not_found', ['previous_response_not_found', 'previous_response_id']]);
  });

  test('openai accumulates a streamed response, its function called and answered', async () => {
    const [types, ...rest] = await told('stream');
    assert.deepEqual(types, [
      'created', 'in_progress', 'output_item.added', 'function_call_arguments.delta', 'function_call_arguments.delta', 'function_call_arguments.done', 'output_item.done', 'completed',
    ]);
    assert.deepEqual(rest, ['weather', { city: 'Lima' }, 'It is mild.', 'It is mild.', 'completed']);
  });

  test('openai chats, whole and streamed', async () => {
    assert.deepEqual(await told('chat'), ['You said: Hello', 'You said: Hello', 17]);
  });

  test('LangChain calls functions, streams, and chats', async () => {
    assert.deepEqual(await told('langchain'), ['It is mild in Lima.', 'You said: Hello', 'You said: Hello', 'resp_']);
  });
});
