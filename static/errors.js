// Everything that can go wrong, as a small closed set of kinds, and the plain words for each.
//
// Owns: `Failure`, the reading of an HTTP error answer, and the sentences a person sees.
// Invariant: every kind has a sentence and an offer (what the button does); a server's own text is shown only for
// input errors (400, 422), where it says what to change.
// Leaves out: how a notice looks (status.js) and what a retry does (main.js).

/** What the notice's button offers. */
export const OFFER = Object.freeze({ retry: 'retry', key: 'key', sound: 'sound', none: 'none' });

const WORDS = {
  offline: ['I can’t reach the server. Check your connection; your words are safe here.', OFFER.retry],
  unauthorized: ['This companion needs an access key before we can talk.', OFFER.key],
  forbidden: ['This access key is not allowed to do that.', OFFER.key],
  busy: ['I’m being asked a great deal right now. Let’s wait a moment.', OFFER.retry],
  unavailable: ['My thoughts are out of reach for a moment. Please try again shortly.', OFFER.retry],
  deadline: ['That took too long, so I stopped waiting. Please try again.', OFFER.retry],
  silent: ['The connection went quiet in the middle of my answer. Shall I try again?', OFFER.retry],
  cut: ['My answer broke off before its end. Shall I try again?', OFFER.retry],
  stream: ['Something went wrong while I was answering. Shall I try again?', OFFER.retry],
  empty: ['No words came to me. Shall I try again?', OFFER.retry],
  input: ['I could not read that request.', OFFER.none],
  too_large: ['That is more than I can take in at once. Please make it shorter.', OFFER.none],
  server: ['Something went wrong on my side. Please try again.', OFFER.retry],
  voice: ['I lost my voice for this answer. The text is complete; I can try to say it again.', OFFER.retry],
  voice_blocked: ['Your browser wants a click before I may speak.', OFFER.sound],
  no_transcription: ['I can’t hear on this server, so I put the microphone away. Typing works.', OFFER.none],
  nothing_heard: ['I didn’t catch any words. Please try once more.', OFFER.none],
  mic_denied: [
    'The microphone is blocked. Allow it for this page in your browser’s settings, then try again.',
    OFFER.none,
  ],
  mic_missing: ['I can’t find a microphone on this device. Typing works.', OFFER.none],
  mic_taken: ['Something else took the microphone. Touch anywhere, and I listen on.', OFFER.none],
  mic_failed: ['The microphone stopped working. Please try again, or type.', OFFER.none],
};

/** The closed set of kinds. */
export const KINDS = Object.freeze(Object.keys(WORDS));

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
  const [words, offer] = WORDS[failure.kind] ?? WORDS.server;
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
