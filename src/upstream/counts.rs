//! What one isolate's calls came to, counted for `/metrics`. Pure.
//!
//! Invariant: counters only grow, and there are at most [`SERIES_MAX`] of them; keys come from the configuration, so the
//! bound is never met in practice.

use std::collections::BTreeMap;

/// Counters that are kept.
pub const SERIES_MAX: usize = 512;

/// One counter: its name, the breaker's key and one more label (an outcome, who denied, ...).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// Name of the metric.
    pub name: &'static str,
    /// `operation:provider:model`.
    pub key: String,
    /// What distinguishes it; empty where nothing does.
    pub label: &'static str,
}

/// All counters of an isolate.
#[derive(Clone, Debug, Default)]
pub struct Counts(BTreeMap<Series, u64>);

impl Counts {
    /// Adds one.
    pub fn add(&mut self, name: &'static str, key: &str, label: &'static str) {
        let series = Series {
            name,
            key: key.to_owned(),
            label,
        };
        let full = self.0.len() >= SERIES_MAX;
        if let Some(count) = self.0.get_mut(&series) {
            *count = count.saturating_add(1);
        } else if !full {
            self.0.insert(series, 1);
        }
    }

    /// All of them in order.
    pub fn rows(&self) -> impl Iterator<Item = (&Series, u64)> {
        self.0.iter().map(|(series, count)| (series, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_grow_by_series_and_are_bounded() {
        let mut counts = Counts::default();
        counts.add("upstream_attempts_total", "chat:a:b", "ok");
        counts.add("upstream_attempts_total", "chat:a:b", "ok");
        counts.add("upstream_attempts_total", "chat:a:b", "fail");
        let rows: Vec<_> = counts
            .rows()
            .map(|(series, count)| (series.label, count))
            .collect();
        assert_eq!(rows, [("fail", 1), ("ok", 2)]);
        for n in 0..2 * SERIES_MAX {
            counts.add("x", &n.to_string(), "");
        }
        assert_eq!(counts.rows().count(), SERIES_MAX);
    }
}
