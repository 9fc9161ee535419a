// What the house needs of the platform without being handed a request: variables, work that outlives an answer, and the
// objects of breakers and of telemetry.

import { env, waitUntil } from 'cloudflare:workers';

/**
 * Names and values of the variables and secrets, in turn. A number or a switch in wrangler.toml arrives as one, a list
 * as a list: they mean what their text does. Bindings have none.
 */
export function variables() {
  const hasText = (value) => ['string', 'number', 'boolean'].includes(typeof value) || Array.isArray(value);
  return Object.entries(env).filter(([, value]) => hasText(value)).flatMap(([name, value]) => [name, String(value)]);
}

/** What the deployment binds to that name; undefined where it binds nothing. */
export function binding(name) {
  return env[name];
}

/** Keeps the present request alive until the promise settles. Where nothing has to be kept alive, it runs all the same. */
export function outlive(promise) {
  try {
    waitUntil(promise);
  } catch {
    promise.catch(() => {});
  }
}

/** What is longer goes as a stream: an argument of a call has 32 MiB at most, and two bytes a character (Cloudflare, Workers RPC, limits). */
const TEXT_CHARS_MAX = 8 << 20;

/** A text as a call carries it, and what it was. */
export const carried = (text) => (text?.length > TEXT_CHARS_MAX ? new Response(text) : text);
export const received = (text) => (text instanceof Response ? text.text() : text);

/** Says something to the object of that name; its answer as text, or undefined when it has none. A call of a method costs a third of a request. */
export async function tell(binding, name, text) {
  return received(await env[binding].getByName(name).tell(carried(text)));
}

/** Opens a socket at an object that is made for it and is told `text` in a header. */
export async function connect(binding, header, text) {
  const objects = env[binding];
  return await objects.get(objects.newUniqueId()).fetch('http://object/', { headers: { upgrade: 'websocket', [header]: text } });
}

/** The bytes under `key` in a KV namespace; undefined where there are none. */
export async function stored(namespace, key) {
  const bytes = await env[namespace].get(key, 'arrayBuffer');
  return bytes ? new Uint8Array(bytes) : undefined;
}

/** Stores bytes in a KV namespace for so many seconds. */
export async function store(namespace, key, bytes, ttl_s, metadata) {
  await env[namespace].put(key, bytes, { expirationTtl: ttl_s, metadata: metadata ? JSON.parse(metadata) : undefined });
}

/** Deletes keys of a KV namespace, whichever of them can be deleted. */
export async function forget(namespace, keys) {
  await Promise.allSettled(keys.map((key) => env[namespace].delete(key)));
}

/** Whether the platform still lets `key` ask in this minute; undefined without the binding that counts. */
export async function admitted(key) {
  return env.RATE && (await env.RATE.limit({ key })).success;
}

/** Writes a point to Workers Analytics Engine, where `ANALYTICS` is bound. */
export function point(words, numbers) {
  try {
    env.ANALYTICS?.writeDataPoint({ indexes: words.slice(0, 1), blobs: words, doubles: numbers });
  } catch {
    // What counts is kept elsewhere.
  }
}

const VERIFY_MS = 5_000;
const VERIFIED_CHARS_MAX = 4_096;

/** What Cloudflare says, as text, of a visitor's answer to a challenge. */
export async function verified(url, secret, response) {
  const answer = await fetch(url, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ secret, response }), signal: AbortSignal.timeout(VERIFY_MS), redirect: 'manual',
  });
  return (await answer.text()).slice(0, VERIFIED_CHARS_MAX);
}
