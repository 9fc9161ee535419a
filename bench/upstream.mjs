// The provider behind both contenders, a process of its own: chat completions whose events come at the asked pace, and
// speech that is ready at once. A request says what it wants in its field `bench`, which hearken hands on like any field
// that it does not know. Started by contenders.mjs.

import { encoderFor } from '../local/encode.mjs';
import { readBody, startServer } from '../local/http.mjs';
import { clock_ms } from './statistics.mjs';

const RATE_HZ = 48_000;
const SPEECH_S = 2;

/** A chunk as providers send it, with the moment of its sending in a field that no client knows. */
const event = (index) =>
  `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1750000000,"model":"bench","choices":[{"index":0,` +
  `"delta":{${index === 0 ? '"role":"assistant",' : ''}"content":"word${index} "},"finish_reason":null}],"sent_ms":${clock_ms().toFixed(3)}}\n\n`;

const DONE = 'data: [DONE]\n\n';

function chat(res, { events = 200, gap_ms = 0 }) {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  if (gap_ms === 0) {
    // One write for each event, all in one turn, as a server does whose tokens are ready.
    for (let index = 0; index < events; index += 1) res.write(event(index));
    res.end(DONE);
    return;
  }
  // Each event has its moment, counted from the first, so that a late timer does not stretch the stream.
  const began_ms = clock_ms();
  let index = 0;
  const send = () => {
    if (res.destroyed) return;
    if (index === events) return res.end(DONE);
    res.write(event(index));
    index += 1;
    setTimeout(send, Math.max(0, began_ms + index * gap_ms - clock_ms()));
  };
  send();
}

/** Two seconds of a rising tone as Ogg Opus, page by page. */
async function spokenPages() {
  const samples = Int16Array.from({ length: RATE_HZ * SPEECH_S }, (_, at) => 9000 * Math.sin((at / RATE_HZ) ** 2 * 900 + at / 40));
  const encoder = await encoderFor({ codec: 'opus', rate_hz: RATE_HZ, bitrate: 32_000 });
  return [...encoder.head(), ...encoder.push(samples), ...encoder.finish()].map(({ bytes }) => bytes);
}

const pages = await spokenPages();

function speech(res) {
  res.writeHead(200, { 'content-type': 'audio/ogg' });
  for (const page of pages) res.write(page);
  res.end();
}

const { url } = await startServer(async (req, res) => {
  const raw = await readBody(req);
  if (req.url.endsWith('/chat/completions')) chat(res, JSON.parse(raw).bench ?? {});
  else if (req.url.endsWith('/audio/speech')) speech(res);
  else res.writeHead(404).end();
});
process.send({ url });
process.once('disconnect', () => process.exit());
