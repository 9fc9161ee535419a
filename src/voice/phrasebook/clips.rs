//! The index of cached clips: what is stored under which key, how large it is, and what goes when the byte budget
//! is full. The clips themselves lie elsewhere; the index says what to delete there.
//!
//! Invariant: the bytes of all indexed clips together never exceed the budget.
//! What goes first is what saves least for its room: uses (halved daily) times the synthesis time a use saves, by
//! byte. A clip that was just made counts one use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

const DAY_MS: f64 = 86_400_000.0;

/// One cached clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// The normalised phrase it says.
    pub text: String,
    /// Codec and voice, as the listing shows them.
    pub codec: String,
    /// See `codec`.
    pub voice: String,
    /// Its size in the store.
    pub bytes: u64,
    /// When the store drops it, in milliseconds since the epoch.
    pub expires_at_ms: u64,
    /// Synthesis time one use saves, in milliseconds (as measured when the clip was made).
    pub saving_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Indexed {
    clip: Clip,
    /// Uses, halved for each day up to `counted_at_ms`.
    uses: f64,
    counted_at_ms: u64,
}

impl Indexed {
    fn uses_at(&self, now_ms: u64) -> f64 {
        let days = now_ms.saturating_sub(self.counted_at_ms) as f64 / DAY_MS;
        self.uses * (-days).exp2()
    }

    fn worth_at(&self, now_ms: u64) -> f64 {
        self.uses_at(now_ms) * self.clip.saving_ms.max(1) as f64 / self.clip.bytes.max(1) as f64
    }
}

/// The index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipIndex {
    budget_bytes: u64,
    bytes: u64,
    evictions: u64,
    clips: BTreeMap<String, Indexed>,
}

impl ClipIndex {
    /// An empty index of at most `budget_bytes`.
    pub fn new(budget_bytes: u64) -> Self {
        Self {
            budget_bytes,
            bytes: 0,
            evictions: 0,
            clips: BTreeMap::new(),
        }
    }

    /// Enters a clip that was stored under `key` (replacing what was there) and gives the keys to delete from the
    /// store so that the budget holds. That may be `key` itself: a clip larger than the budget, or worth less than
    /// all others.
    pub fn insert(&mut self, key: &str, clip: Clip, now_ms: u64) -> Vec<String> {
        let uses = self.remove(key).map_or(0.0, |indexed| indexed.uses_at(now_ms)) + 1.0;
        if clip.bytes > self.budget_bytes {
            return vec![key.to_owned()];
        }
        self.bytes = self.bytes.saturating_add(clip.bytes);
        self.clips.insert(
            key.to_owned(),
            Indexed {
                clip,
                uses,
                counted_at_ms: now_ms,
            },
        );
        self.shrink(now_ms)
    }

    /// Changes the budget and gives the keys to delete from the store.
    pub fn set_budget(&mut self, budget_bytes: u64, now_ms: u64) -> Vec<String> {
        self.budget_bytes = budget_bytes;
        self.shrink(now_ms)
    }

    fn shrink(&mut self, now_ms: u64) -> Vec<String> {
        if self.bytes <= self.budget_bytes {
            return Vec::new();
        }
        let mut worths: Vec<(f64, String)> = self
            .clips
            .iter()
            .map(|(key, indexed)| (indexed.worth_at(now_ms), key.clone()))
            .collect();
        worths.sort_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1)));
        let mut evicted = Vec::new();
        for (_, key) in worths {
            if self.bytes <= self.budget_bytes {
                break;
            }
            self.remove(&key);
            self.evictions += 1;
            evicted.push(key);
        }
        evicted
    }

    fn remove(&mut self, key: &str) -> Option<Indexed> {
        let indexed = self.clips.remove(key)?;
        self.bytes = self.bytes.saturating_sub(indexed.clip.bytes);
        Some(indexed)
    }

    /// Counts that the clip under `key` was played; false if it is not indexed.
    pub fn used(&mut self, key: &str, now_ms: u64) -> bool {
        let Some(indexed) = self.clips.get_mut(key) else {
            return false;
        };
        indexed.uses = indexed.uses_at(now_ms) + 1.0;
        indexed.counted_at_ms = indexed.counted_at_ms.max(now_ms);
        true
    }

    /// Takes a clip out that the store no longer has; false if it was not indexed.
    pub fn forget(&mut self, key: &str) -> bool {
        self.remove(key).is_some()
    }

    /// Takes out the clips that have expired and gives their keys.
    pub fn expire(&mut self, now_ms: u64) -> Vec<String> {
        let is_over = |indexed: &Indexed| indexed.clip.expires_at_ms <= now_ms;
        let keys: Vec<String> = self
            .clips
            .iter()
            .filter(|(_, indexed)| is_over(indexed))
            .map(|(key, _)| key.clone())
            .collect();
        for key in &keys {
            self.remove(key);
        }
        keys
    }

    /// Takes out all clips and gives their keys.
    pub fn clear(&mut self) -> Vec<String> {
        self.bytes = 0;
        std::mem::take(&mut self.clips).into_keys().collect()
    }

    /// The clip under `key`.
    pub fn get(&self, key: &str) -> Option<&Clip> {
        self.clips.get(key).map(|indexed| &indexed.clip)
    }

    /// All clips with their keys, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Clip)> {
        self.clips
            .iter()
            .map(|(key, indexed)| (key.as_str(), &indexed.clip))
    }

    /// How many clips.
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// Bytes of all clips together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The budget in bytes.
    pub fn budget_bytes(&self) -> u64 {
        self.budget_bytes
    }

    /// Clips that had to go for the budget so far.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }
}
