// JSON answers that come in one piece, and the ways they break.

import { STREAM_ERROR } from './sse.mjs';

/** A JSON answer `ms` after the request, or the fault in its place. */
export async function wholeJson(ex, body, ms) {
  const error = ex.faultAmong(['error_first', 'role_then_error', 'error_event', 'event_error', 'x_groq_error']);
  const broken = ex.faultAmong(['cut', 'drop', 'reset', 'stall', 'malformed', 'no_done']);
  if (error || ex.has('empty')) ex.markFault(error ?? 'empty');
  if (!broken) {
    await ex.since(ms);
    return ex.answer(200, error ? STREAM_ERROR : JSON.parse(body));
  }
  await ex.head(200, { 'content-type': 'application/json' });
  await ex.since(ms);
  const half = Buffer.from(body).subarray(0, Buffer.byteLength(body) >> 1);
  await ex.writeApart(half);
  if (broken === 'reset') return ex.reset();
  if (broken === 'drop') return ex.drop();
  if (broken === 'stall') return ex.stall();
  ex.markFault(broken);
  return ex.res.end();
}
