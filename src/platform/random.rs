//! Names that nobody can guess.

/// A new id: the prefix and 24 random hexadecimal digits.
pub fn new_id(prefix: &str) -> String {
    let mut bytes = [0u8; 12];
    // Without randomness the id is all zeros: an inconvenience for whoever reads logs, not a reason to fail.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().fold(prefix.to_owned(), |mut id, byte| {
        id.push_str(&format!("{byte:02x}"));
        id
    })
}
