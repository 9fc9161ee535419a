// The frame in which a visitor without a key solves a challenge of Cloudflare's Turnstile. It alone loads a script of
// others, under a policy of its own (`_headers`), and only the page that asked for it is told the answer.

const [siteKey, language] = decodeURIComponent(location.hash.slice(1)).split(' ');

/** `{answer}`, or `{}` where there is none. */
const tell = (answer) => parent.postMessage({ challenge: 'over', answer }, location.origin);

if (!globalThis.turnstile) tell();
else {
  turnstile.render('#challenge', {
    sitekey: siteKey, language, size: 'flexible', callback: tell, 'error-callback': () => (tell(), true), 'expired-callback': () => turnstile.reset(),
  });
}
