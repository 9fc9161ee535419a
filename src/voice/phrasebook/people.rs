//! Counting different people without keeping who they are.
//!
//! A person is marked by 64 bits of HMAC-SHA-256 over phrase and person, under the deployment's secret: marks of one
//! person on two phrases cannot be linked, and without the secret nobody can be looked up. At [`People`]'s limit the
//! marks are dropped and only the number stays.

use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

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
    /// A hasher under the deployment's secret (any length).
    pub fn new(secret: &[u8]) -> Self {
        Self { key: secret.to_vec() }
    }

    /// The id of a normalised phrase: 32 hexadecimal digits.
    pub fn phrase_id(&self, normal: &str) -> String {
        let bytes = self.hash(&["phrase", normal]);
        crate::wire::hex::hex_of_first(&bytes, 16)
    }

    /// The mark of `person` on one phrase.
    pub fn person_mark(&self, phrase_id: &str, person: &str) -> u64 {
        let bytes = self.hash(&["person", phrase_id, person]);
        bytes
            .iter()
            .take(8)
            .fold(0, |mark, byte| mark << 8 | u64::from(*byte))
    }

    fn hash(&self, parts: &[&str]) -> Vec<u8> {
        // HMAC takes a key of any length, so the error cannot occur; an empty hash would only make all alike.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return Vec::new();
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().to_vec()
    }
}

/// The different people of one phrase, counted up to a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Sorted; empty once the limit was reached. Written in hexadecimal, since JSON numbers end at 2^53.
    #[serde(skip_serializing_if = "Vec::is_empty", default, with = "hex_marks")]
    marks: Vec<u64>,
    #[serde(skip_serializing_if = "is_zero", default)]
    reached: usize,
}

impl People {
    /// Counts a mark, up to `limit` different ones.
    pub fn add(&mut self, mark: u64, limit: usize) {
        if self.reached >= limit {
            return;
        }
        if let Err(index) = self.marks.binary_search(&mark) {
            self.marks.insert(index, mark);
        }
        if self.marks.len() >= limit {
            self.reached = self.marks.len();
            self.marks = Vec::new();
        }
    }

    /// How many different people, up to the limit.
    pub fn count(&self) -> usize {
        self.marks.len().max(self.reached)
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

mod hex_marks {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(marks: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(marks.iter().map(|mark| format!("{mark:016x}")))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let mut marks = Vec::with_capacity(texts.len());
        for text in texts {
            marks.push(u64::from_str_radix(&text, 16).map_err(D::Error::custom)?);
        }
        marks.sort_unstable();
        marks.dedup();
        Ok(marks)
    }
}
