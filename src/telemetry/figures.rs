//! Figures by metric and labels, as they are gathered, sent, added up and kept. Pure.
//!
//! One line for each: `name`, its labels behind a unit separator each, then the sum and the buckets, `bucket:count`, behind
//! tabs. Adding lines is exact, in any order. Invariants: at most [`SERIES_MAX`] of them; what is gathered for a metric
//! and labels that are known costs no allocation.

use std::fmt::Write as _;

use super::exposition::Family;
use super::histogram::Histogram;
use crate::wire::fields::{number, number_text};

/// Most metrics with labels; a few hundred exist. What is beyond is not counted.
pub const SERIES_MAX: usize = 1_024;
/// Longest value of a label.
const LABEL_CHARS_MAX: usize = 200;
/// So many stand in front.
const FRONT: usize = 8;
const SEPARATOR: char = '\u{1f}';

/// The figures of one metric with its labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    key: String,
    /// What was added: a counter's value, the seconds of a histogram.
    pub sum: f64,
    /// Durations.
    pub histogram: Histogram,
}

impl Series {
    /// The metric's name.
    pub fn name(&self) -> &str {
        self.key.split(SEPARATOR).next().unwrap_or_default()
    }

    /// The values of its labels, in the order of their declaration.
    pub fn labels(&self) -> Vec<&str> {
        self.key.split(SEPARATOR).skip(1).collect()
    }

    fn is(&self, name: &str, labels: &[&str], length: usize) -> bool {
        // Most others have another length: they are passed over at the price of one comparison.
        if self.key.len() != length {
            return false;
        }
        let Some(mut rest) = self.key.strip_prefix(name) else {
            return false;
        };
        for label in labels {
            let after = rest.strip_prefix(SEPARATOR);
            let Some(after) = after.and_then(|rest| rest.strip_prefix(*label)) else {
                return false;
            };
            rest = after;
        }
        rest.is_empty()
    }
}

/// Figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures(Vec<Series>);

impl Figures {
    /// None.
    pub const fn new() -> Figures {
        Figures(Vec::new())
    }

    /// Adds to a sum.
    pub fn add(&mut self, family: &Family, labels: &[&str], value: f64) {
        if let Some(series) = self.series(family, labels) {
            series.sum += value;
        }
    }

    /// Adds a duration.
    pub fn observe(&mut self, family: &Family, labels: &[&str], ms: f64) {
        if let Some(series) = self.series(family, labels) {
            series.histogram.add(super::histogram::bucket(ms), 1);
            series.sum += ms.max(0.0) / 1_000.0;
        }
    }

    /// Says what something is now.
    pub fn set(&mut self, family: &Family, labels: &[&str], value: f64) {
        if let Some(series) = self.series(family, labels) {
            series.sum = value;
        }
    }

    /// Marks an element of a set.
    pub fn mark(&mut self, family: &Family, element: u16) {
        if let Some(series) = self.series(family, &[])
            && !series.histogram.0.iter().any(|(known, _)| *known == element)
        {
            series.histogram.add(element, 1);
        }
    }

    fn series(&mut self, family: &Family, labels: &[&str]) -> Option<&mut Series> {
        let mut length = family.name.len();
        for label in labels {
            length += SEPARATOR.len_utf8() + label.len();
        }
        let mut known = self.0.iter();
        let place = known.position(|one| one.is(family.name, labels, length));
        if let Some(mut place) = place {
            if place >= FRONT {
                // What is told often comes to stand in front, where it is found at once.
                self.0.swap(place, place / 2);
                place /= 2;
            }
            return self.0.get_mut(place);
        }
        let mut key = family.name.to_owned();
        for label in labels {
            key.push(SEPARATOR);
            let label = label.chars().take(LABEL_CHARS_MAX);
            key.extend(label.map(|c| if c.is_control() { ' ' } else { c }));
        }
        self.by_key(&key)
    }

    fn by_key(&mut self, key: &str) -> Option<&mut Series> {
        let known = self.0.iter().position(|series| series.key == key);
        if known.is_none() && self.0.len() < SERIES_MAX {
            self.0.push(Series {
                key: key.to_owned(),
                ..Series::default()
            });
            return self.0.last_mut();
        }
        self.0.get_mut(known?)
    }

    /// All of a metric.
    pub fn of(&self, family: &Family) -> impl Iterator<Item = &Series> {
        self.0.iter().filter(|series| series.name() == family.name)
    }

    /// The sum of all of a metric whose first labels are these.
    pub fn sum(&self, family: &Family, labels: &[&str]) -> f64 {
        let fits = |series: &&Series| series.labels().starts_with(labels);
        // Adding up nothing would be -0.
        self.of(family)
            .filter(fits)
            .fold(0.0, |sum, series| sum + series.sum)
    }

    /// The durations of all of a metric whose first labels are these.
    pub fn durations(&self, family: &Family, labels: &[&str]) -> Histogram {
        let mut all = Histogram::default();
        for series in self
            .of(family)
            .filter(|series| series.labels().starts_with(labels))
        {
            for (bucket, count) in &series.histogram.0 {
                all.add(*bucket, *count);
            }
        }
        all
    }

    /// As lines, without those that are 0.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for Series { key, sum, histogram } in &self.0 {
            if *sum == 0.0 && histogram.0.is_empty() {
                continue;
            }
            // Writing to a string cannot fail.
            let _ = write!(text, "{key}\t{}", number_text(*sum));
            for (place, (bucket, count)) in histogram.0.iter().enumerate() {
                let _ = write!(text, "{}{bucket}:{count}", if place == 0 { '\t' } else { ',' });
            }
            text.push('\n');
        }
        text
    }

    /// Begins at 0 again, with the room there is.
    pub fn reset(&mut self) {
        for series in &mut self.0 {
            series.sum = 0.0;
            series.histogram.0.clear();
        }
    }

    /// Adds lines; what is none is passed over. `takes` says which metrics.
    pub fn absorb(&mut self, text: &str, takes: impl Fn(&str) -> bool) {
        for line in text.lines() {
            let mut columns = line.split('\t');
            let (Some(key), Some(sum)) = (columns.next(), columns.next()) else {
                continue;
            };
            let Some(sum) = number(sum) else { continue };
            if !takes(key.split(SEPARATOR).next().unwrap_or_default()) {
                continue;
            }
            let Some(series) = self.by_key(key) else { continue };
            series.sum += if sum.is_finite() { sum } else { 0.0 };
            for pair in columns.next().unwrap_or_default().split(',') {
                if let Some((bucket, count)) = pair.split_once(':')
                    && let (Ok(bucket), Ok(count)) = (bucket.parse(), count.parse())
                {
                    series.histogram.add(bucket, count);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::metrics::{REQUESTS, STEP_DURATION, TOKEN_GAP, TOKENS};
    use super::*;

    fn some() -> Figures {
        let mut figures = Figures::new();
        figures.add(&REQUESTS, &["/v1/models", "200"], 2.0);
        figures.add(&TOKENS, &["in"], 7.5);
        figures.observe(&STEP_DURATION, &["recall"], 12.0);
        figures.observe(&STEP_DURATION, &["recall"], 12.0);
        figures.observe(&STEP_DURATION, &["reply"], 250.0);
        figures.observe(&TOKEN_GAP, &[], 30.0);
        figures
    }

    #[test]
    fn lines_are_what_they_were() {
        let expected = "hearken_requests\u{1f}/v1/models\u{1f}200\t2\nhearken_tokens\u{1f}in\t7.5\n\
            hearken_step_duration_seconds\u{1f}recall\t0.024\t11:2\nhearken_step_duration_seconds\u{1f}reply\t0.25\t114:1\n\
            hearken_token_gap_seconds\t0.03\t29:1\n";
        assert_eq!(some().text(), expected);
    }

    #[test]
    fn what_is_read_back_is_the_same_and_adding_is_exact() {
        let mut twice = Figures::new();
        twice.absorb(&some().text(), |_| true);
        assert_eq!(twice, some());
        twice.absorb(&some().text(), |_| true);
        assert_eq!(twice.sum(&REQUESTS, &[]), 4.0);
        assert_eq!(twice.durations(&STEP_DURATION, &["recall"]).count(), 4);
        assert_eq!(twice.durations(&STEP_DURATION, &[]).count(), 6);
        assert_eq!(twice.sum(&TOKENS, &["out"]), 0.0);
    }

    #[test]
    fn a_reset_leaves_nothing_to_tell() {
        let mut figures = some();
        figures.reset();
        assert_eq!(figures.text(), "");
        figures.add(&TOKENS, &["in"], 1.0);
        assert_eq!(figures.text(), "hearken_tokens\u{1f}in\t1\n");
    }

    #[test]
    fn metrics_and_labels_are_told_apart_and_bounded() {
        let mut figures = Figures::new();
        figures.add(&TOKENS, &["in"], 1.0);
        for _ in 0..2 {
            figures.add(&TOKENS, &["in\u{1f}x"], 1.0);
        }
        figures.add(&TOKENS, &["i"], 1.0);
        assert_eq!(figures.of(&TOKENS).count(), 3, "a separator in a label is none");
        assert!(figures.text().contains("in x\t2"));
        for n in 0..2 * SERIES_MAX {
            figures.add(&TOKENS, &[&n.to_string()], 1.0);
        }
        assert_eq!(figures.of(&TOKENS).count(), SERIES_MAX);
    }

    #[test]
    fn lines_that_are_none_are_passed_over() {
        let mut figures = Figures::new();
        figures.absorb("\nx\nx\ty\n\t\nok\t1\tz:1,4:x,5:2,\nbad\tNaN\n", |_| true);
        assert_eq!(figures.text(), "ok\t1\t5:2\n");
        let mut none = Figures::new();
        none.absorb(&some().text(), |name| name == TOKENS.name);
        assert_eq!(none.text(), "hearken_tokens\u{1f}in\t7.5\n");
    }
}
