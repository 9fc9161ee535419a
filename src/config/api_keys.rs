//! `API_KEYS`: each as it is, or as `sha256:` and the hexadecimal digest of it.

use std::fmt;

use sha2::{Digest, Sha256};

use super::vars::Vars;

/// What stands before a digest.
const HASHED: &str = "sha256:";

/// A key of a trusted server; a secret.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub struct ApiKey(String, [u8; 32]);

impl ApiKey {
    /// Its SHA-256.
    pub fn digest(&self) -> &[u8; 32] {
        &self.1
    }

    /// As it is configured.
    pub fn configured(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey")
    }
}

pub(super) fn read(vars: Vars) -> Vec<ApiKey> {
    let mut keys = Vec::new();
    for key in vars.list("API_KEYS") {
        match key.strip_prefix(HASHED).map(digest_of) {
            None => keys.push(ApiKey(key.clone(), Sha256::digest(&key).into())),
            Some(Some(digest)) => keys.push(ApiKey(key, digest)),
            // The value is a secret, so it is not repeated.
            Some(None) => vars.refuse(
                "API_KEYS",
                "must have 64 hexadecimal digits after each sha256:".to_owned(),
            ),
        }
    }
    keys
}

fn digest_of(hex: &str) -> Option<[u8; 32]> {
    let bytes = hex.as_bytes();
    let mut digest = [0; 32];
    if bytes.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(bytes.chunks(2)) {
        let digits = std::str::from_utf8(pair).ok()?;
        // `from_str_radix` alone would also take a sign.
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        *byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    }
    Some(digest)
}
