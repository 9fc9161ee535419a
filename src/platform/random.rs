//! Names that nobody can guess.

use crate::wire::hex::hex;

/// A new id: the prefix and 24 random hexadecimal digits.
pub fn new_id(prefix: &str) -> String {
    let mut bytes = [0u8; 12];
    // Without randomness the id is all zeros: an inconvenience for whoever reads logs, not a reason to fail.
    let _ = getrandom::fill(&mut bytes);
    prefix.to_owned() + &hex(&bytes)
}
