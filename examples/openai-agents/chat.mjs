// An agent of OpenAI's Agents SDK whose model is hearken: it may call a function, and its conversation is kept there.

import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';

setTracingDisabled(true); // traces go to OpenAI
const openAIClient = new OpenAI({
  baseURL: `${process.env.HEARKEN_URL ?? 'http://127.0.0.1:8787'}/v1`,
  apiKey: process.env.HEARKEN_KEY ?? 'local',
});
const weather = tool({
  name: 'weather',
  description: 'The weather in a city',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `mild in ${city}`,
});
const agent = new Agent({ name: 'guide', model: 'companion', instructions: 'Be brief.', tools: [weather] });
const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient }) });
const question = process.argv.slice(2).join(' ') || 'How is it in Lima?';
const result = await runner.run(agent, question, { stream: true, conversationId: process.env.CONVERSATION ?? 'harbour' });
for await (const words of result.toTextStream()) process.stdout.write(words);
await result.completed;
console.log();
