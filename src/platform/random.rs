//! Chance, from the platform's cryptography.

use crate::wire::hex::hex;

/// A new id: the prefix and 24 random hexadecimal digits.
pub fn new_id(prefix: &str) -> String {
    let mut bytes = [0u8; 12];
    // Without randomness the id is all zeros: an inconvenience for whoever reads logs, not a reason to fail.
    let _ = getrandom::fill(&mut bytes);
    prefix.to_owned() + &hex(&bytes)
}

#[cfg(any(test, target_arch = "wasm32"))]
/// A whole number below 2^53: JSON numbers beyond do not survive every reader.
pub fn number() -> u64 {
    let mut bytes = [0u8; 8];
    // Without randomness whoever draws at the same moment draws the same: nothing here is a secret.
    if getrandom::fill(&mut bytes).is_err() {
        return super::clock::now_ms() as u64;
    }
    u64::from_le_bytes(bytes) >> 11
}

#[cfg(any(test, target_arch = "wasm32"))]
/// A number from 0 to 1, without 1.
pub fn unit() -> f64 {
    number() as f64 / (1u64 << 53) as f64
}
