// Everything that can go wrong, as a small closed set of kinds, and the plain words for each.
//
// Owns: `Failure`, the reading of an HTTP error answer, and which sentence a person sees.
// Invariant: every kind has a sentence and an offer (what the button does); a server's own text is shown only for
// input errors (400, 422), where it says what to change.
// Leaves out: how a notice looks (status.js) and what a retry does (main.js).

import { t } from './words.js';

/** What the notice's button offers. */
export const OFFER = Object.freeze({ retry: 'retry', key: 'key', sound: 'sound', none: 'none' });

/** The kinds, and what helps. Their words are in words.js, under the same names. */
const OFFERS = {
  offline: OFFER.retry,
  unauthorized: OFFER.key,
  forbidden: OFFER.key,
  busy: OFFER.retry,
  unavailable: OFFER.retry,
  deadline: OFFER.retry,
  silent: OFFER.retry,
  cut: OFFER.retry,
  stream: OFFER.retry,
  empty: OFFER.retry,
  input: OFFER.none,
  too_large: OFFER.none,
  server: OFFER.retry,
  voice: OFFER.retry,
  voice_blocked: OFFER.sound,
  voice_away: OFFER.sound,
  no_transcription: OFFER.none,
  nothing_heard: OFFER.none,
  mic_denied: OFFER.none,
  mic_missing: OFFER.none,
  mic_taken: OFFER.none,
  mic_failed: OFFER.none,
};

/** The closed set of kinds. */
export const KINDS = Object.freeze(Object.keys(OFFERS));

/** A failure with a kind from KINDS, and where known `retryAfterS` (seconds), `detail` and `requestId`. */
export class Failure extends Error {
  constructor(kind, { retryAfterS = null, detail = '', requestId = '', cause } = {}) {
    super(detail ? `${kind}: ${detail}` : kind, { cause });
    this.name = 'Failure';
    this.kind = kind;
    this.retryAfterS = retryAfterS;
    this.detail = detail;
    this.requestId = requestId;
  }
}

/** What to show for a failure: `{text, offer, waitS}`; `waitS` is 0 when a retry may happen at once. */
export function describe(failure) {
  const kind = Object.hasOwn(OFFERS, failure.kind) ? failure.kind : 'server';
  // A voice that is lost and the word "voice" are two things.
  const [words, offer] = [t(kind === 'voice' ? 'voiceLost' : kind), OFFERS[kind]];
  const ownWords = failure.kind === 'input' && failure.detail;
  const text = ownWords ? `${words} ${failure.detail}` : words;
  return { text, offer, waitS: offer === OFFER.retry ? (failure.retryAfterS ?? 0) : 0 };
}

/** True for the rejection that follows our own abort: nobody needs to hear about it. */
export function isAbort(error) {
  return error?.name === 'AbortError';
}

/** Any thrown value as a Failure; unknown ones count as `fallback`. */
export function asFailure(error, fallback = 'server') {
  if (error instanceof Failure) return error;
  return new Failure(fallback, { detail: String(error?.message ?? error), cause: error });
}

const KIND_OF_STATUS = new Map([
  [400, 'input'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [408, 'deadline'],
  [413, 'too_large'],
  [422, 'input'],
  [429, 'busy'],
  [501, 'unavailable'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [504, 'deadline'],
]);

/** Codes that say more than their status. */
const KIND_OF_CODE = new Map([['nothing_heard', 'nothing_heard']]);

/** Reads an error answer (`{"error":{"message",...}}` or anything else) into a Failure. */
export async function failureOf(response) {
  const body = await response.json().catch(() => null);
  const kind = KIND_OF_CODE.get(body?.error?.code) ?? KIND_OF_STATUS.get(response.status) ?? 'server';
  return new Failure(kind, {
    detail: typeof body?.error?.message === 'string' ? body.error.message : '',
    requestId: response.headers.get('x-request-id') ?? '',
    retryAfterS: retryAfterSeconds(response.headers.get('retry-after'), Date.now()),
  });
}

/** The longest wait we ask of a person; a server that says more is asked again after this. */
const RETRY_AFTER_S_MAX = 600;

/** `Retry-After` (RFC 9110 §10.2.3: seconds or a date) in whole seconds, or null when absent or unreadable. */
export function retryAfterSeconds(header, nowMs) {
  if (!header) return null;
  const text = header.trim();
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - nowMs) / 1000);
  if (!Number.isFinite(seconds)) return null;
  return Math.min(Math.max(seconds, 0), RETRY_AFTER_S_MAX);
}
