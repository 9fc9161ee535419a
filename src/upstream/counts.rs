//! What calls to one target came to, counted for `/metrics`. Pure.
//!
//! An isolate counts, and its reports, and its looks where there is nothing to report, carry what is new to the breaker's
//! object, which adds it up. Invariant: counters only grow, their names are those of [`BREAKER_COUNTERS`], and one target has at
//! most [`SERIES_MAX`] of them.

use std::borrow::Cow;

use serde_json::Value;

use crate::telemetry::metrics::BREAKER_COUNTERS;
use crate::wire::json::{FromJson, ToJson};

/// Counters of one target that are kept: a few dozen words exist.
pub const SERIES_MAX: usize = 64;

type Row = (Cow<'static, str>, Cow<'static, str>, u64);

/// Counters by name and label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(Vec<Row>);

impl ToJson for Counters {
    fn put(&self, to: &mut String) {
        self.0.put(to);
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl FromJson for Counters {
    fn take(from: Value, is_bad: &mut bool) -> Counters {
        Counters(FromJson::take(from, is_bad))
    }
}

impl Counters {
    /// Adds to a counter; an unknown name, and one series too many, is dropped.
    pub fn add(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        label: impl Into<Cow<'static, str>>,
        count: u64,
    ) {
        let (name, label) = (name.into(), label.into());
        let known = |row: &&mut Row| row.0 == name && row.1 == label;
        if let Some((_, _, total)) = self.0.iter_mut().find(known) {
            *total = total.saturating_add(count);
        } else if self.0.len() < SERIES_MAX && BREAKER_COUNTERS.iter().any(|known| known.name == name) {
            self.0.push((name, label, count));
        }
    }

    /// Adds all of another's.
    pub fn merge(&mut self, others: &Counters) {
        for (name, label, count) in &others.0 {
            self.add(name.clone(), label.clone(), *count);
        }
    }

    /// Labels and totals of one counter.
    pub fn of(&self, name: &str) -> impl Iterator<Item = (&str, u64)> {
        let rows = self.0.iter().filter(move |row| row.0 == name);
        rows.map(|(_, label, count)| (label.as_ref(), *count))
    }

    /// Nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What one isolate has counted and not yet told.
#[derive(Clone, Debug, Default)]
pub struct Untold {
    fresh: Counters,
    /// What goes with the report of this number; repeated with it, unchanged.
    under_way: (u64, Counters),
}

impl Untold {
    /// Counts one.
    pub fn add(&mut self, name: &'static str, label: &'static str) {
        self.fresh.add(name, label, 1);
    }

    /// What goes with a look at the object: while a target is denied there is nothing to report, and nobody would hear of
    /// the denials. To be given back with [`Untold::put_back`] when no answer comes; one that comes too late counts twice.
    pub fn take(&mut self) -> Counters {
        std::mem::take(&mut self.fresh)
    }

    /// Nobody answered: they are told another time.
    pub fn put_back(&mut self, counts: &Counters) {
        self.fresh.merge(counts);
    }

    /// What goes with report `seq`. A report that is given up takes its counts with it.
    pub fn with_report(&mut self, seq: u64) -> Counters {
        if self.under_way.0 != seq {
            self.under_way = (seq, std::mem::take(&mut self.fresh));
        }
        self.under_way.1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_grow_by_name_and_label_and_are_bounded() {
        let mut counts = Counters::default();
        counts.add("upstream_attempts", "ok", 1);
        counts.add("upstream_attempts", "ok", 2);
        counts.add("upstream_attempts", "connect", 1);
        counts.add("no_such_counter", "ok", 1);
        let rows: Vec<_> = counts.of("upstream_attempts").collect();
        assert_eq!(rows, [("ok", 3), ("connect", 1)]);
        for n in 0..2 * SERIES_MAX {
            counts.add("upstream_denied", n.to_string(), 1);
        }
        assert_eq!(counts.0.len(), SERIES_MAX);
        counts.add("upstream_attempts", "ok", u64::MAX);
        assert_eq!(counts.of("upstream_attempts").next(), Some(("ok", u64::MAX)));
    }

    #[test]
    fn a_repeated_report_repeats_its_counts_and_nothing_is_told_twice() {
        let mut untold = Untold::default();
        untold.add("upstream_attempts", "ok");
        let first = untold.with_report(1);
        untold.add("upstream_attempts", "ok");
        assert_eq!(untold.with_report(1), first);
        assert_eq!(untold.with_report(2), first, "one was counted meanwhile");
        assert!(untold.with_report(3).is_empty());
    }

    #[test]
    fn what_nobody_heard_is_told_another_time() {
        let mut untold = Untold::default();
        untold.add("upstream_denied", "breaker");
        let unheard = untold.take();
        untold.add("upstream_denied", "breaker");
        untold.put_back(&unheard);
        assert_eq!(untold.take().of("upstream_denied").next(), Some(("breaker", 2)));
        assert!(untold.with_report(1).is_empty(), "told once");
    }

    #[test]
    fn counts_travel_as_lists() {
        let mut counts = Counters::default();
        counts.add("upstream_denied", "breaker", 3);
        let text = crate::wire::json::text(&counts);
        assert_eq!(text, r#"[["upstream_denied","breaker",3]]"#);
        let mut back: Counters = crate::wire::json::read(&text).unwrap();
        back.merge(&counts);
        assert_eq!(back.of("upstream_denied").next(), Some(("breaker", 6)));
    }
}
