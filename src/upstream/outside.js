// What `upstream` needs of the platform without being handed a request: variables, work that outlives an answer, and the
// breakers' objects.

import { env, waitUntil } from 'cloudflare:workers';

/** A variable's or secret's value, or undefined. */
export const variable = (name) => env[name];

/** Keeps the present request alive until the promise settles. Where nothing has to be kept alive, it runs all the same. */
export function outlive(promise) {
  try {
    waitUntil(promise);
  } catch {
    promise.catch(() => {});
  }
}

/** Says something to a breaker's object; its answer as text, or undefined when it has none. */
export async function tell(key, text) {
  const stub = env.BREAKER.get(env.BREAKER.idFromName(key));
  const response = await stub.fetch('http://breaker/', { method: 'POST', body: text });
  const answer = await response.text();
  return response.ok ? answer : undefined;
}
