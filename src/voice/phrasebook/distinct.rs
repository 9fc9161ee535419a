//! Counting different people without storing who they are.
//!
//! A person is marked by 64 bits of HMAC-SHA-256 over phrase and person, under the object's secret: marks of one person on
//! two phrases cannot be linked, and without the secret nobody can be looked up. At the limit the marks are dropped and
//! only the number stays.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

const ID_BYTES: usize = 16;
const MARK_BYTES: usize = 8;

/// Keyed hashes of phrases and people.
#[derive(Clone)]
pub struct Hasher {
    key: Vec<u8>,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Hasher(secret)")
    }
}

impl Hasher {
    /// A hasher under a secret of any length.
    pub fn new(secret: &[u8]) -> Self {
        Self { key: secret.to_vec() }
    }

    /// The id of a normalised phrase: 16 bytes.
    pub fn phrase_id(&self, normal: &str) -> Vec<u8> {
        self.hash(&[b"phrase", normal.as_bytes()], ID_BYTES)
    }

    /// The mark of `person` on one phrase: 8 bytes.
    pub fn person_mark(&self, phrase_id: &[u8], person: &str) -> Vec<u8> {
        self.hash(&[b"person", phrase_id, person.as_bytes()], MARK_BYTES)
    }

    fn hash(&self, parts: &[&[u8]], bytes: usize) -> Vec<u8> {
        // HMAC takes a key of any length, so the error cannot occur; an empty hash would only make all alike.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return Vec::new();
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let mut hash = mac.finalize().into_bytes().to_vec();
        hash.truncate(bytes);
        hash
    }
}

/// The different people of one phrase, counted up to a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// How many.
    pub count: u64,
    /// Their marks, one after another; none once the limit was reached.
    pub marks: Vec<u8>,
}

impl People {
    /// Counts a mark, up to `limit` different ones.
    pub fn add(&mut self, mark: Vec<u8>, limit: u64) {
        if self.count >= limit {
            self.marks.clear();
            return;
        }
        if !self.marks.chunks(MARK_BYTES).any(|known| known == mark) {
            self.marks.extend(mark);
        }
        // A limit that was raised: the people of before may be among those of now.
        self.count = self.count.max((self.marks.len() / MARK_BYTES) as u64);
        if self.count >= limit {
            self.marks.clear();
        }
    }
}
