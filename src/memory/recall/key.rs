//! Under which key a recall result is cached, in what form, and when it may be.
//!
//! Key: `recall/v1/` and HMAC-SHA256 (RFC 2104), base64url, over the person, the object's epoch, the generation,
//! the hour, the configuration and the canonical query, each with its length in front. Invariant: what a key holds is fixed
//! for ever, so a slow or forgetful cache can miss and cannot lie. The **epoch** is random and lives in the person's
//! object: after an erasure the generation begins again at 0, and without it old entries would speak again.
//!
//! Values are encrypted by the shell (AES-GCM, key in the person's object, the cache key as additional data); here
//! are only their form ([`SealedValue`]) and content ([`CacheEntry`]). Source: Workers KV limits (key <= 512 bytes).

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::memory::tokens::Query;
use crate::wire::base64::URL_SAFE_NO_PAD;
use crate::wire::json::{self, object};
/// Largest cached value, in bytes, envelope included. Larger results are not cached.
pub const VALUE_BYTES_MAX: usize = 65_536;
/// AES-GCM nonce (NIST SP 800-38D §8.2).
pub const NONCE_BYTES: usize = 12;
/// AES-GCM tag, the end of every ciphertext.
const TAG_BYTES: usize = 16;
/// Form of [`CacheEntry`] and [`SealedValue`].
const VERSION: u8 = 1;

/// All that a result depends on besides the query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scope<'a> {
    /// The person's id, or the keyed hash that names the object.
    pub person: &'a str,
    /// Random bytes of the person's object.
    pub epoch: &'a [u8],
    /// Of the memories, as the turn read it.
    pub generation: u64,
    /// `provider:model` of the embedding, or `off`.
    pub embed_model: &'a str,
    /// [`crate::memory::recall::rank::SCORING_VERSION`].
    pub scoring_version: u32,
    /// When the turn was opened, Unix milliseconds; recency goes by the hour ([`crate::memory::recall::rank::hour`]).
    pub now_ms: u64,
    /// Everything in it decides the result.
    pub weights: &'a crate::memory::recall::rank::Weights,
}

/// The cache key of a query; 53 bytes that tell nothing without the secret.
pub fn key(secret: &[u8], scope: &Scope, query: &Query) -> String {
    let weights = scope.weights;
    let embedded = scope.embed_model != "off";
    let numbers = [
        f64::from(weights.cosine_min),
        weights.score_min,
        weights.semantic,
        weights.half_life_days,
        weights.recency_share,
        weights.importance_share,
        f64::from(u8::from(weights.profile)),
    ];
    let mut mac = keyed(secret);
    let mut field = |bytes: &[u8]| {
        mac.update(&(bytes.len() as u64).to_be_bytes());
        mac.update(bytes);
    };
    field(scope.person.as_bytes());
    field(scope.epoch);
    field(&scope.generation.to_be_bytes());
    field(&(weights.limit as u64).to_be_bytes());
    field(scope.embed_model.as_bytes());
    field(&scope.scoring_version.to_be_bytes());
    field(&crate::memory::recall::rank::hour(scope.now_ms).to_be_bytes());
    for number in numbers {
        field(&number.to_bits().to_be_bytes());
    }
    field(query.key(embedded).as_bytes());
    format!(
        "recall/v1/{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

/// HMAC takes keys of any length, so this cannot fail; a hash of nothing stands in for the impossible.
fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| Hmac::<Sha256>::new(&Default::default()))
}

/// How a search ended, for the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchOutcome {
    /// The generation that the search ran on, read in the same step as its results.
    pub search_generation: u64,
    /// A part was missing: no embedding, a deadline, a limit.
    pub degraded: bool,
    /// There is no result.
    pub failed: bool,
}

/// True if a result may be stored under a key of `key_generation`: it is whole, and it is that generation's.
pub fn may_fill(outcome: SearchOutcome, key_generation: u64) -> bool {
    outcome.search_generation == key_generation && !outcome.degraded && !outcome.failed
}

/// What an envelope holds once it is opened: JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheEntry {
    /// Of the search; must equal the generation asked for, else the entry is not used.
    pub generation: u64,
    /// Best first.
    pub items: Vec<RecalledMemory>,
}

object!(CacheEntry: generation, items);

/// A recalled memory.
#[derive(Clone, Debug, PartialEq)]
pub struct RecalledMemory {
    /// The memory's id.
    pub id: String,
    /// What it says.
    pub text: String,
    /// What it is about.
    pub kind: crate::memory::MemoryKind,
    /// 0 to 1.
    pub score: f64,
    /// Since when it holds, Unix milliseconds.
    pub valid_from_ms: u64,
}

object!(RecalledMemory: id, text, kind, score, valid_from_ms);

impl CacheEntry {
    /// JSON bytes to encrypt; `None` if they would be too large to cache.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let bytes = json::text(self).into_bytes();
        (bytes.len() + 1 + NONCE_BYTES + TAG_BYTES <= VALUE_BYTES_MAX).then_some(bytes)
    }

    /// The entry in decrypted bytes, if it is one of `generation`. Anything else is a miss.
    pub fn from_bytes(bytes: &[u8], generation: u64) -> Option<CacheEntry> {
        let entry: CacheEntry = json::read_bytes(bytes)?;
        (entry.generation == generation).then_some(entry)
    }
}

/// A value as it is stored: version (1 byte), nonce (12 bytes), ciphertext with its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedValue {
    /// Random, never used twice with one key.
    pub nonce: [u8; NONCE_BYTES],
    /// AES-256-GCM, tag at the end.
    pub ciphertext: Vec<u8>,
}

impl SealedValue {
    /// The stored bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.ciphertext);
        bytes
    }

    /// Reads stored bytes. `None` for another version, a truncated or an oversized value: a miss.
    pub fn from_bytes(bytes: &[u8]) -> Option<SealedValue> {
        let (version, rest) = bytes.split_first()?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let sound = *version == VERSION && ciphertext.len() >= TAG_BYTES && bytes.len() <= VALUE_BYTES_MAX;
        sound.then(|| SealedValue {
            nonce: *nonce,
            ciphertext: ciphertext.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::recall::rank::Weights;

    const WEIGHTS: Weights = Weights {
        limit: 5,
        cosine_min: 0.3,
        score_min: 0.05,
        semantic: 1.0,
        half_life_days: 90.0,
        recency_share: 0.2,
        importance_share: 0.2,
        profile: false,
    };

    fn scope(weights: &Weights) -> Scope<'_> {
        Scope {
            person: "ada",
            epoch: b"e1",
            generation: 7,
            embed_model: "m",
            scoring_version: 1,
            now_ms: 0,
            weights,
        }
    }

    #[test]
    fn whatever_changes_the_result_changes_the_key() {
        let query = Query::new("my dog");
        let base = scope(&WEIGHTS);
        let limit = Weights { limit: 6, ..WEIGHTS };
        let floor = Weights {
            cosine_min: 0.4,
            ..WEIGHTS
        };
        let whole = Weights {
            profile: true,
            ..WEIGHTS
        };
        let scopes = [
            base,
            Scope {
                weights: &whole,
                ..base
            },
            Scope {
                person: "adb",
                ..base
            },
            Scope { epoch: b"e2", ..base },
            Scope {
                generation: 8,
                ..base
            },
            Scope {
                embed_model: "n",
                ..base
            },
            Scope {
                embed_model: "off",
                ..base
            },
            Scope {
                scoring_version: 2,
                ..base
            },
            Scope {
                weights: &limit,
                ..base
            },
            Scope {
                weights: &floor,
                ..base
            },
            // The same bytes in a row, divided otherwise.
            Scope {
                person: "adae",
                epoch: b"1",
                ..base
            },
        ];
        let mut keys: Vec<String> = scopes.iter().map(|scope| key(b"secret", scope, &query)).collect();
        keys.push(key(b"other", &base, &query));
        keys.push(key(b"secret", &base, &Query::new("my cat")));
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert!(
            keys.iter()
                .all(|key| key.len() == 53 && key.starts_with("recall/v1/") && !key.contains("ada"))
        );
        assert_eq!(
            keys[0],
            key(b"secret", &base, &Query::new("  My DOG?")),
            "equal search, equal key"
        );
    }

    #[test]
    fn only_a_whole_result_of_the_same_generation_may_fill() {
        let good = SearchOutcome {
            search_generation: 7,
            degraded: false,
            failed: false,
        };
        assert!(may_fill(good, 7));
        assert!(!may_fill(good, 6) && !may_fill(good, 8));
        assert!(!may_fill(
            SearchOutcome {
                degraded: true,
                ..good
            },
            7
        ));
        assert!(!may_fill(SearchOutcome { failed: true, ..good }, 7));
    }

    #[test]
    fn an_envelope_comes_back_and_anything_damaged_is_a_miss() {
        let envelope = SealedValue {
            nonce: [3; 12],
            ciphertext: vec![9; 40],
        };
        let bytes = envelope.to_bytes();
        assert_eq!(SealedValue::from_bytes(&bytes), Some(envelope));
        for damaged in [&bytes[..28], &[], &[2; 60], &vec![1; VALUE_BYTES_MAX + 1]] {
            assert_eq!(SealedValue::from_bytes(damaged), None);
        }
        let entry = CacheEntry {
            generation: 4,
            items: Vec::new(),
        };
        let bytes = entry.to_bytes().unwrap();
        assert_eq!(CacheEntry::from_bytes(&bytes, 4), Some(entry));
        assert_eq!(CacheEntry::from_bytes(&bytes, 5), None);
    }
}
