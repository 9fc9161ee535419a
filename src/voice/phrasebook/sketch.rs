//! The most frequent keys of a stream in bounded memory: Space-Saving, which can be merged and halved.
//!
//! Sources: Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data streams"
//! (ICDT 2005); for merging, Agarwal et al., "Mergeable summaries" (PODS 2012), by way of the equality of
//! Space-Saving with m counters and Misra-Gries with m - 1.
//!
//! With m counters and a stream of total weight N (halvings count for the past alike):
//! - a listed key's true weight lies in `count - error ..= count`, and `error <= N / m`;
//! - a key that is not listed weighs at most `absent_max <= N / m`, so every key above N / m is listed.
//!
//! Weights are `f64`: halving is exact, and so are sums of whole numbers up to 2^53.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The sketch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopSketch {
    counters_max: usize,
    total: f64,
    /// No key without a counter weighs more.
    absent_max: f64,
    counters: BTreeMap<String, Counter>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Counter {
    count: f64,
    error: f64,
}

/// A key with a counter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry<'a> {
    /// The key.
    pub key: &'a str,
    /// Its weight or more.
    pub count: f64,
    /// `count` is too high by at most this.
    pub error: f64,
}

impl TopSketch {
    /// An empty sketch of at most `counters_max` counters (at least 1).
    pub fn new(counters_max: usize) -> Self {
        Self {
            counters_max: counters_max.max(1),
            total: 0.0,
            absent_max: 0.0,
            counters: BTreeMap::new(),
        }
    }

    /// Adds `weight` to `key`; a weight that is not a positive finite number is ignored. Gives the key that lost
    /// its counter, if one did. Costs a scan of all counters when a key takes another's place, a look-up otherwise.
    pub fn observe(&mut self, key: &str, weight: f64) -> Option<String> {
        if !weight.is_finite() || weight <= 0.0 {
            return None;
        }
        self.total += weight;
        if let Some(counter) = self.counters.get_mut(key) {
            counter.count += weight;
            return None;
        }
        let evicted = if self.counters.len() >= self.counters_max {
            self.evict_least()
        } else {
            None
        };
        let counter = Counter {
            count: self.absent_max + weight,
            error: self.absent_max,
        };
        self.counters.insert(key.to_owned(), counter);
        evicted
    }

    fn evict_least(&mut self) -> Option<String> {
        let least = self
            .counters
            .iter()
            .min_by(|(_, one), (_, other)| one.count.total_cmp(&other.count));
        let (key, count) = least.map(|(key, counter)| (key.clone(), counter.count))?;
        self.counters.remove(&key);
        self.absent_max = self.absent_max.max(count);
        Some(key)
    }

    /// Halves every weight: what was said yesterday counts half.
    pub fn halve(&mut self) {
        self.total /= 2.0;
        self.absent_max /= 2.0;
        for counter in self.counters.values_mut() {
            counter.count /= 2.0;
            counter.error /= 2.0;
        }
    }

    /// Adds another sketch, as if its stream had come here; keeps this one's number of counters. The bounds hold
    /// with the smaller of both numbers.
    pub fn merge(&mut self, other: &Self) {
        struct Sum {
            /// What is sure to be above the absent: the Misra-Gries counter.
            above: f64,
            /// What is sure in all.
            sure: f64,
        }
        let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
        for sketch in [&*self, other] {
            for (key, counter) in &sketch.counters {
                let sum = sums.entry(key.clone()).or_insert(Sum {
                    above: 0.0,
                    sure: 0.0,
                });
                sum.above += (counter.count - sketch.absent_max).max(0.0);
                sum.sure += counter.count - counter.error;
            }
        }
        let mut aboves: Vec<f64> = sums.values().map(|sum| sum.above).collect();
        aboves.sort_unstable_by(|one, other| other.total_cmp(one));
        // Fits as it is, or: the smallest counter of the m largest is taken off all, which frees its place.
        let excess = if aboves.len() > self.counters_max {
            aboves.get(self.counters_max - 1).copied().unwrap_or_default()
        } else {
            0.0
        };
        self.total += other.total;
        self.absent_max += other.absent_max + excess;
        let fits = aboves.len() <= self.counters_max;
        self.counters = sums
            .into_iter()
            .filter(|(_, sum)| fits || sum.above > excess)
            .map(|(key, sum)| {
                let above = (sum.above - excess).max(0.0);
                let count = above + self.absent_max;
                (
                    key,
                    Counter {
                        count,
                        error: count - sum.sure.max(above),
                    },
                )
            })
            .collect();
    }

    /// The keys with counters, heaviest first; equal ones by key.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let mut entries: Vec<Entry<'_>> = self
            .counters
            .iter()
            .map(|(key, counter)| Entry {
                key,
                count: counter.count,
                error: counter.error,
            })
            .collect();
        entries.sort_by(|one, other| other.count.total_cmp(&one.count).then(one.key.cmp(other.key)));
        entries
    }

    /// The weight of everything seen, halvings included.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// No key without a counter weighs more than this.
    pub fn absent_max(&self) -> f64 {
        self.absent_max
    }

    /// Whether `key` has a counter.
    pub fn contains(&self, key: &str) -> bool {
        self.counters.contains_key(key)
    }
}
