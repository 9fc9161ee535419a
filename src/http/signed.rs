//! What hearken has signed and takes back: `PREFIX PAYLOAD . TAG`. PAYLOAD is base64url, TAG is base64url of HMAC-SHA-256
//! (RFC 2104) over `PREFIX PAYLOAD`. Tags are compared in constant time.

use crate::wire::base64::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// A payload as it travels; `None` without a key to sign with, which does not occur.
pub fn sign(key: &str, prefix: &str, payload: &[u8]) -> Option<String> {
    let signed = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(payload));
    let tag = mac(key, &signed)?.finalize().into_bytes();
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)))
}

/// The payload of what was signed with this key under this prefix.
pub fn verified(key: &str, prefix: &str, token: &str) -> Option<Vec<u8>> {
    let (signed, tag) = token.rsplit_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag)?;
    mac(key, signed)?.verify_slice(&tag).ok()?;
    URL_SAFE_NO_PAD.decode(signed.strip_prefix(prefix)?)
}

fn mac(key: &str, signed: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(mac)
}
