// What the person's object and its cache need of the platform and that bindings do not offer.

/** Runs `work` inside one transaction; when it answers false nothing of it is kept. */
export function transact(storage, work) {
  try {
    storage.transactionSync(() => {
      if (!work()) throw ROLLED_BACK;
    });
    return true;
  } catch (error) {
    if (error === ROLLED_BACK) return false;
    throw error;
  }
}

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

const ROLLED_BACK = new Error('rolled back');

const key = (bytes) => crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** AES-GCM; the tag is the end of the ciphertext. */
export async function seal(secret, iv, additionalData, plain) {
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, await key(secret), plain));
}

/** The plaintext; rejects when anything was changed. */
export async function unseal(secret, iv, additionalData, ciphertext) {
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, await key(secret), ciphertext));
}
