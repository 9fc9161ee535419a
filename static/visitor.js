// A visitor without a key: solves a challenge in a frame, and comes in as somebody whom this browser alone knows.
//
// Owns: the visitor's name (settings.js keeps it) and the frame.
// Leaves out: what is done with the key (access.js).

/** Longest that somebody may take. */
const SOLVING_MS_MAX = 120_000;

/** A name that nobody can guess. */
export function newVisitor() {
  const digits = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0'));
  return `visitor_${digits.join('')}`;
}

/**
 * Shows a challenge inside `place`; resolves to a key, or to null where there is none: not solved, or `signal` was aborted.
 * `session({user, turnstile})` asks the server for one.
 */
export async function visit({ place, siteKey, language, settings, session, signal }) {
  const frame = document.createElement('iframe');
  frame.src = `challenge#${encodeURIComponent(`${siteKey} ${language}`)}`;
  frame.title = 'Turnstile';
  frame.className = 'challenge';
  const over = new AbortController();
  try {
    const answer = await new Promise((resolve) => {
      const end = () => resolve(undefined);
      setTimeout(end, SOLVING_MS_MAX);
      signal.addEventListener('abort', end, over);
      addEventListener('message', ({ source, origin, data }) => {
        if (source === frame.contentWindow && origin === location.origin && data?.challenge === 'over') resolve(data.answer);
      }, over);
      place.append(frame);
    });
    if (!answer) return null;
    settings.visitor ??= newVisitor();
    return (await session({ user: settings.visitor, turnstile: answer })).token;
  } catch {
    return null;
  } finally {
    over.abort();
    frame.remove();
  }
}
