// A client of spoken replies: reads the events of a turn with the moments at which they came, and decodes their sound
// with ffmpeg where it is installed.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const HAS_FFMPEG = spawnSync('ffprobe', ['-version']).status === 0;

/** The body of a spoken turn. */
export const spokenBody = (content, { format = 'webm', ...fields } = {}) => ({
  model: 'companion', stream: true, modalities: ['text', 'audio'], audio: { voice: 'alloy', format },
  messages: [{ role: 'user', content }], ...fields,
});

/** Sends a chat request. */
export const ask = (url, body, { headers = {}, signal } = {}) => fetch(`${url}/v1/chat/completions`, {
  method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body), signal,
});

/** The events of a stream as they come: `{at_ms, data, json}`. */
export async function* eventsOf(response) {
  const decoder = new TextDecoder();
  let held = '';
  for await (const bytes of response.body) {
    const at_ms = performance.now();
    held += decoder.decode(bytes, { stream: true });
    const parts = held.split('\n\n');
    held = parts.pop();
    for (const part of parts) {
      const data = part.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim()).join('\n');
      yield { at_ms, data, json: data === '[DONE]' ? undefined : JSON.parse(data) };
    }
  }
}

/** What a list of events says: text, audio chunks and bytes, transcripts, errors. */
export function summary(events) {
  const audio = events.filter(({ json }) => json?.choices?.[0]?.delta?.audio).map(({ json, at_ms }) => ({ at_ms, ...json.choices[0].delta.audio }));
  const text = events.map(({ json }) => json?.choices?.[0]?.delta?.content ?? '').join('');
  return {
    text,
    audio,
    // As SDKs join deltas: their strings, added up.
    bytes: Buffer.from(audio.map(({ data }) => data ?? '').join(''), 'base64'),
    transcripts: audio.map(({ transcript }) => transcript?.trim()).filter(Boolean),
    transcript: audio.map(({ transcript }) => transcript ?? '').join(''),
    audioErrors: audio.map(({ error }) => error).filter(Boolean),
    errors: events.map(({ json }) => json?.error).filter(Boolean),
    isDone: events.at(-1)?.data === '[DONE]',
  };
}

/** A whole spoken turn: status, headers, events and their summary. */
export async function turn(url, body, options) {
  const began_ms = performance.now();
  const response = await ask(url, body, options);
  const events = [];
  for await (const event of eventsOf(response)) events.push(event);
  return { status: response.status, headers: response.headers, events, began_ms, ...summary(events) };
}

const EXTENSIONS = { webm: 'webm', opus: 'ogg', mp4: 'mp4', mp3: 'mp3' };

/**
 * What ffmpeg makes of a stream: its container, seconds decoded, decoding complaints, and whether packet times only
 * grow. `format` is the word of the contract.
 */
export function decoded(bytes, format) {
  const folder = mkdtempSync(join(tmpdir(), 'hearken-voice-'));
  try {
    const path = join(folder, `reply.${EXTENSIONS[format]}`);
    writeFileSync(path, bytes);
    const probe = spawnSync('ffprobe', ['-v', 'error', '-show_entries', 'format=format_name:stream=codec_name:packet=pts_time', '-of', 'json', path]);
    const { format: container, streams, packets } = JSON.parse(probe.stdout);
    const times = packets.map(({ pts_time }) => Number(pts_time));
    const pcm = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 's16le', '-ar', '48000', '-ac', '1', '-'], { maxBuffer: 1 << 28 });
    return {
      container: container.format_name,
      codec: streams[0].codec_name,
      streams: streams.length,
      isMonotone: times.every((time, index) => index === 0 || time > times[index - 1]),
      gap_ms_max: Math.max(...times.slice(1).map((time, index) => (time - times[index]) * 1_000)),
      seconds: pcm.stdout.length / 2 / 48_000,
      complaints: String(probe.stderr) + String(pcm.stderr),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
