// One spoken turn as a client sees it, through hearken or, for the same plan, through a Worker that only passes on.

import { PACE, RATE_HZ } from './voice-pace.mjs';

/** Phrases in the making at once, as hearken has them. */
const AHEAD_MAX = 3;

const post = (url, path, body) => fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function* eventsOf(response) {
  const decoder = new TextDecoder();
  let held = '';
  for await (const bytes of response.body) {
    const at_ms = performance.now();
    held += decoder.decode(bytes, { stream: true });
    const events = held.split('\n\n');
    held = events.pop();
    for (const event of events) if (event !== 'data: [DONE]') yield { at_ms, json: JSON.parse(event.slice(6)) };
  }
}

/** The last position, in ms of sound, that the Ogg pages in `bytes` tell of; null without a page (RFC 3533 §6). */
function positionMs(bytes) {
  let last = null;
  for (let at = bytes.indexOf('OggS'); at !== -1; at = bytes.indexOf('OggS', at + 4)) {
    if (at + 14 > bytes.length) break;
    const granule = Number(bytes.readBigInt64LE(at + 6));
    if (granule > 0) last = granule / (RATE_HZ / 1_000);
  }
  return last;
}

/**
 * A spoken turn of hearken: `{texts: [{at_ms, text}], sounds: [{at_ms, until_ms}], transcripts, total_ms}`, moments since
 * the request; `until_ms` is how far the sound has come. The client leaves when it `isEnough`.
 */
export async function turn(url, text, fields = {}, { isEnough = () => false } = {}) {
  const began_ms = performance.now();
  const response = await post(url, '/v1/chat/completions', {
    model: 'companion', stream: true, modalities: ['text', 'audio'], audio: { format: 'opus' }, messages: [{ role: 'user', content: text }], ...fields,
  });
  if (!response.ok) throw new Error(`a turn failed: ${response.status} ${await response.text()}`);
  const seen = { texts: [], sounds: [], transcripts: [] };
  for await (const { at_ms, json } of eventsOf(response)) {
    const moment_ms = at_ms - began_ms;
    const delta = json.choices?.[0]?.delta ?? {};
    if (json.error ?? delta.audio?.error) throw new Error((json.error ?? delta.audio.error).message);
    if (delta.content) seen.texts.push({ at_ms: moment_ms, text: delta.content });
    if (delta.audio?.transcript) seen.transcripts.push(delta.audio.transcript.trim());
    const until_ms = delta.audio?.data ? positionMs(Buffer.from(delta.audio.data, 'base64')) : null;
    if (until_ms !== null) seen.sounds.push({ at_ms: moment_ms, until_ms });
    if (isEnough(seen)) break;
  }
  return { ...seen, total_ms: performance.now() - began_ms };
}

/**
 * The same work without hearken, through a Worker that only passes on: the reply is asked for, each of `phrases` once it
 * and one more word are known, at most three at once, and played in order. What is late here is the machine's doing.
 */
export async function plainTurn(url, text, phrases) {
  const began_ms = performance.now();
  const moment = (at_ms) => at_ms - began_ms;
  const texts = [];
  const making = [];
  let written = '';
  let is_over = false;
  let begun = 0;
  let done = 0;
  const ends = phrases.map((_, index) => phrases.slice(0, index + 1).join(' ').length);
  const begin = () => {
    while (begun < phrases.length && begun - done < AHEAD_MAX && (is_over || written.trimEnd().length > ends[begun])) {
      making.push(speak(phrases[begun]).finally(() => { done += 1; begin(); }));
      begun += 1;
    }
  };
  const speak = async (input) => {
    const response = await post(url, '/v1/audio/speech', { model: 'bench', input, voice: 'bench', response_format: 'opus' });
    const sounds = [];
    for await (const bytes of response.body) {
      const until_ms = positionMs(Buffer.from(bytes));
      if (until_ms !== null) sounds.push({ at_ms: moment(performance.now()), until_ms });
    }
    return sounds;
  };
  const response = await post(url, '/v1/chat/completions', { model: 'bench', stream: true, messages: [{ role: 'user', content: text }] });
  for await (const { at_ms, json } of eventsOf(response)) {
    const content = json.choices?.[0]?.delta?.content;
    if (!content) continue;
    written += content;
    texts.push({ at_ms: moment(at_ms), text: content });
    begin();
  }
  is_over = true;
  begin();
  const sounds = [];
  let from_ms = 0;
  let heard_ms = 0;
  for (let index = 0; index < phrases.length; index += 1) {
    const clip = await making[index];
    for (const { at_ms, until_ms } of clip) {
      // A phrase waits for the one before it.
      heard_ms = Math.max(heard_ms, at_ms);
      sounds.push({ at_ms: heard_ms, until_ms: from_ms + until_ms });
    }
    from_ms += clip.at(-1)?.until_ms ?? 0;
  }
  return { texts, sounds, total_ms: moment(performance.now()) };
}

/** When the first sound came. */
export const firstSoundMs = ({ sounds }) => sounds[0]?.at_ms ?? Infinity;

/** The longest silence of a listener who plays from the first sound on, ms. */
export function silenceMs({ sounds }) {
  let over_at_ms = null;
  let position_ms = 0;
  let worst_ms = 0;
  for (const { at_ms, until_ms } of sounds) {
    if (over_at_ms !== null) worst_ms = Math.max(worst_ms, at_ms - over_at_ms);
    over_at_ms = Math.max(over_at_ms ?? at_ms, at_ms) + Math.max(0, until_ms - position_ms);
    position_ms = Math.max(position_ms, until_ms);
  }
  return worst_ms;
}

/** The predecessor's way: the whole reply, then the whole of it spoken. ms. */
export async function stepByStep(url, text) {
  const began_ms = performance.now();
  await (await post(url, '/v1/chat/completions', { model: 'bench', stream: true, messages: [{ role: 'user', content: text }] })).text();
  await (await post(url, '/v1/audio/speech', { model: 'bench', input: text, voice: 'bench', response_format: 'opus' })).arrayBuffer();
  return performance.now() - began_ms;
}

/** The least that any way of speaking `text` phrase by phrase can take, ms: the last phrase is known with the last token. */
export const leastMs = (tokens, last_phrase_ms) => PACE.first_token_ms + (tokens - 1) * PACE.token_ms + PACE.first_audio_ms + last_phrase_ms / PACE.audio_rate;
