// A spoken reply with OpenAI's client: words as they come, and the sound in reply.ogg.

import { createWriteStream } from 'node:fs';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.HEARKEN_URL ?? 'http://127.0.0.1:8787'}/v1`,
  apiKey: process.env.HEARKEN_KEY ?? 'local',
});
const stream = await client.chat.completions.create({
  model: 'companion',
  messages: [{ role: 'user', content: process.argv.slice(2).join(' ') || 'Good evening.' }],
  modalities: ['text', 'audio'],
  audio: { voice: 'alloy', format: 'opus' },
  stream: true,
});
const out = createWriteStream('reply.ogg');
for await (const chunk of stream) {
  for (const { delta } of chunk.choices) {
    process.stdout.write(delta.content ?? '');
    if (delta.audio?.data) out.write(Buffer.from(delta.audio.data, 'base64'));
  }
}
out.end();
console.log();
