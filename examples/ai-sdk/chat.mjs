// AI SDK 7: words as they come, with a function that the model may call; then the answer as sound in reply.mp3.

import { writeFile } from 'node:fs/promises';
import { createOpenAI } from '@ai-sdk/openai';
import { generateSpeech, isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';

const openai = createOpenAI({
  baseURL: `${process.env.HEARKEN_URL ?? 'http://127.0.0.1:8787'}/v1`,
  apiKey: process.env.HEARKEN_KEY ?? 'local',
});
const weather = tool({
  description: 'The weather in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `mild in ${city}`,
});
const { textStream, text } = streamText({
  model: openai('companion'),
  prompt: process.argv.slice(2).join(' ') || 'How is it in Lima?',
  tools: { weather },
  stopWhen: isStepCount(3),
});
for await (const words of textStream) process.stdout.write(words);
console.log();
const { audio } = await generateSpeech({ model: openai.speech('tts-1'), text: await text });
await writeFile('reply.mp3', audio.uint8Array);
