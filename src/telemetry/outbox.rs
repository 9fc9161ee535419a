//! What an isolate has gathered and not yet handed to a telemetry object. Pure.
//!
//! Invariants: one report is under way at a time, and it is repeated unchanged under its own number until it is
//! acknowledged, so that the object can tell a repeat; meanwhile figures gather for the next one. Bounded: figures add up.
//! What an evicted isolate still held is lost.

use std::cell::RefCell;

use super::figures::Figures;

thread_local! {
    static OUTBOX: RefCell<Outbox> = const { RefCell::new(Outbox::new()) };
}

/// Everything that this isolate has gathered.
pub(super) fn with<T>(act: impl FnOnce(&mut Outbox) -> T) -> T {
    OUTBOX.with_borrow_mut(act)
}

/// The figures of one isolate.
#[derive(Debug)]
pub struct Outbox {
    /// What gathers.
    pub figures: Figures,
    /// What is, as of now: caches, requests under way.
    pub gauges: Figures,
    isolate: u64,
    seq: u64,
    under_way: Option<String>,
}

impl Outbox {
    /// An empty one. It gets the isolate's number when its first report is taken.
    pub const fn new() -> Outbox {
        Outbox {
            figures: Figures::new(),
            gauges: Figures::new(),
            isolate: 0,
            seq: 0,
            under_way: None,
        }
    }

    /// The report to send now: isolate, sequence, figures, and what is now. `new_isolate` draws a number. `None` while
    /// there is nothing new.
    pub fn take(&mut self, new_isolate: impl FnOnce() -> u64) -> Option<String> {
        if self.isolate == 0 {
            self.isolate = new_isolate().max(1);
        }
        if self.under_way.is_none() {
            let figures = self.figures.text();
            if figures.is_empty() {
                return None;
            }
            self.figures.reset();
            self.seq += 1;
            self.under_way = Some(figures);
        }
        let figures = self.under_way.as_deref()?;
        let gauges = self.gauges.text();
        Some(format!("{} {}\n{gauges}\n{figures}", self.isolate, self.seq))
    }

    /// The shard that keeps this isolate's figures.
    pub fn shard(&self, shards: u64) -> u64 {
        self.isolate % shards.max(1)
    }

    /// The object has the report of this number.
    pub fn acknowledge(&mut self, answer: &str) {
        if answer.trim().parse() == Ok(self.seq) {
            self.under_way = None;
        }
    }
}

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox::new()
    }
}

/// A report as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report<'a> {
    /// Whose it is.
    pub isolate: u64,
    /// Its number.
    pub seq: u64,
    /// What is now.
    pub gauges: &'a str,
    /// What has been gathered.
    pub figures: &'a str,
}

impl Report<'_> {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Report<'_>> {
        let (head, rest) = text.split_once('\n')?;
        let (isolate, seq) = head.split_once(' ')?;
        // Without gauges the empty line follows the first at once.
        let (gauges, figures) = match rest.strip_prefix('\n') {
            Some(figures) => ("", figures),
            None => rest.split_once("\n\n")?,
        };
        Some(Report {
            isolate: isolate.parse().ok()?,
            seq: seq.parse().ok()?,
            gauges,
            figures,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::metrics::{CACHE_ENTRIES, TOKENS};
    use super::*;

    fn number() -> u64 {
        7
    }

    #[test]
    fn a_report_is_repeated_unchanged_until_it_is_acknowledged() {
        let mut outbox = Outbox::new();
        assert_eq!(outbox.take(number), None, "nothing was gathered");
        outbox.figures.add(&TOKENS, &["in"], 3.0);
        let first = outbox.take(number).unwrap();
        outbox.figures.add(&TOKENS, &["in"], 4.0);
        assert_eq!(outbox.take(number), Some(first.clone()));
        outbox.acknowledge("2");
        outbox.acknowledge("no");
        assert_eq!(outbox.take(number), Some(first.clone()), "it is number 1");
        outbox.acknowledge("1");
        let second = outbox.take(number).unwrap();
        assert_ne!(second, first);
        outbox.acknowledge("1");
        assert_eq!(outbox.take(number), Some(second));
    }

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let mut outbox = Outbox::new();
        outbox.figures.add(&TOKENS, &["in"], 3.0);
        let text = outbox.take(number).unwrap();
        let plain = Report {
            isolate: 7,
            seq: 1,
            gauges: "",
            figures: "hearken_tokens\u{1f}in\t3\n",
        };
        assert_eq!(Report::parse(&text), Some(plain));
        outbox.gauges.set(&CACHE_ENTRIES, &["recall"], 5.0);
        let text = outbox.take(number).unwrap();
        let with = Report {
            gauges: "hearken_cache_entries\u{1f}recall\t5",
            ..plain
        };
        assert_eq!(Report::parse(&text), Some(with), "what is now is told anew");
        for odd in ["", "7", "7 x\n\n", "7 1\nhearken", "\n\n"] {
            assert_eq!(Report::parse(odd), None, "{odd:?}");
        }
    }
}
