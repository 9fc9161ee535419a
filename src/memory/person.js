// What the person's object and its cache need of the platform and that bindings do not offer.

/** A Vectorize binding in the form of `AI`: `run(method, arguments)` gives a Response, so that one way out asks both. */
export const inTheFormOfAi = (index) => ({
  async run(method, inputs) {
    try {
      return Response.json(await index[method](...inputs));
    } catch (error) {
      // `VECTOR_QUERY_ERROR (code = 40006): ...`: codes of 4xxxx are the caller's fault.
      return Response.json({ error: 'the index refused' }, { status: /\(code = 4\d{4}\)/.test(error?.message) ? 400 : 502 });
    }
  },
});

const key = (bytes) => crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** AES-GCM; the tag is the end of the ciphertext. */
export async function seal(secret, iv, additionalData, plain) {
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, await key(secret), plain));
}

/** The plaintext; rejects when anything was changed. */
export async function unseal(secret, iv, additionalData, ciphertext) {
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, await key(secret), ciphertext));
}
