// Encryption of what the recall cache keeps, which the bindings do not offer.

const key = (bytes) => crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** AES-GCM; the tag is the end of the ciphertext. */
export async function seal(secret, iv, additionalData, plain) {
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, await key(secret), plain));
}

/** The plaintext; rejects when anything was changed. */
export async function unseal(secret, iv, additionalData, ciphertext) {
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, await key(secret), ciphertext));
}
