//! A log-linear histogram of durations in whole milliseconds. Pure; adding two of them is exact.
//!
//! Up to 100 ms each millisecond has a bucket of its own; beyond that a bucket is as wide as the second significant digit.
//! So a quantile is exact up to 100 ms and at most [`ERROR_MAX`] off up to 1,000 s, and every bound of two significant
//! digits (50 ms, 0.3 s, 2 s) lies between two buckets: what a scraper reads at such a bound is exact.

/// Buckets: 100 of one millisecond, 90 for each of the four decades up to 1,000 s, one for all that is longer.
pub const BUCKETS: u16 = 461;
/// How far a quantile can be off, as a share of the value.
pub const ERROR_MAX: f64 = 0.05;

/// The bucket of a duration. What is no number, or negative, is none: 0.
pub fn bucket(ms: f64) -> u16 {
    // A bound belongs to the bucket below it, as in a scraper's `le`.
    let mut left = (ms.ceil() as u64).saturating_sub(1);
    let mut base = 0;
    while left >= 100 {
        left /= 10;
        base += 90;
    }
    (base + left as u16).min(BUCKETS - 1)
}

/// The longest duration of a bucket, milliseconds.
pub fn upper_ms(bucket: u16) -> f64 {
    if bucket >= BUCKETS - 1 {
        return f64::INFINITY;
    }
    edge(bucket + 1)
}

/// Where a bucket ends below.
fn edge(bucket: u16) -> f64 {
    let decade = bucket.saturating_sub(10) / 90;
    f64::from(bucket - decade * 90) * 10f64.powi(decade.into())
}

/// A duration in the middle of a bucket.
fn middle_ms(bucket: u16) -> f64 {
    if bucket < 100 {
        return upper_ms(bucket);
    }
    match upper_ms(bucket) {
        upper if upper.is_finite() => (edge(bucket) + upper) / 2.0,
        _ => edge(bucket),
    }
}

/// Durations by bucket, without the empty ones, in no order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram(pub Vec<(u16, u64)>);

impl Histogram {
    /// Adds to a bucket.
    pub fn add(&mut self, bucket: u16, count: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == bucket) {
            Some((_, total)) => *total = total.saturating_add(count),
            None => self.0.push((bucket, count)),
        }
    }

    /// How many durations it holds.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// How many durations are at most so long; exact for a bound of two significant digits.
    pub fn at_most(&self, ms: f64) -> u64 {
        let within = self.0.iter().filter(|(bucket, _)| upper_ms(*bucket) <= ms);
        within.map(|(_, count)| count).sum()
    }

    /// The duration that so much of them do not exceed; `None` without any.
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let rank = ((self.count() as f64 * share).ceil() as u64).max(1);
        let mut before = 0;
        for bucket in 0..BUCKETS {
            let here = self.0.iter().find(|(known, _)| *known == bucket);
            before += here.map_or(0, |(_, count)| *count);
            if before >= rank {
                return Some(middle_ms(bucket));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(durations: &[f64]) -> Histogram {
        let mut histogram = Histogram::default();
        for ms in durations {
            histogram.add(bucket(*ms), 1);
        }
        histogram
    }

    #[test]
    fn buckets_follow_each_other_without_gaps() {
        for index in 0..BUCKETS - 1 {
            assert_eq!(bucket(upper_ms(index)), index, "the bound belongs to {index}");
            assert_eq!(
                bucket(upper_ms(index) + 1.0),
                index + 1,
                "and the next millisecond to the next"
            );
        }
        assert_eq!(upper_ms(BUCKETS - 2), 1_000_000.0);
        assert_eq!(upper_ms(BUCKETS - 1), f64::INFINITY);
        for odd in [f64::NAN, -5.0, 0.0, 0.2, 1.0] {
            assert_eq!(bucket(odd), 0);
        }
        assert_eq!(bucket(f64::INFINITY), BUCKETS - 1);
    }

    #[test]
    fn every_bound_of_two_digits_is_an_edge() {
        for (bound, next) in [
            (50.0, 51.0),
            (200.0, 201.0),
            (300.0, 301.0),
            (1_000.0, 1_001.0),
            (2_000.0, 2_001.0),
            (60_000.0, 60_001.0),
        ] {
            let histogram = of(&[bound, next]);
            assert_eq!(histogram.at_most(bound), 1, "{bound}");
        }
        assert_eq!(of(&[3e9, 1.0]).at_most(f64::INFINITY), 2);
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Histogram::default().quantile_ms(0.5), None);
        assert_eq!(of(&[7.0]).quantile_ms(0.0), Some(7.0));
        assert_eq!(of(&[7.0]).quantile_ms(1.0), Some(7.0));
    }

    proptest! {
        #[test]
        fn quantiles_are_within_the_stated_error(mut durations in prop::collection::vec(1u32..1_000_000, 1..300), share in 0.0f64..=1.0) {
            durations.sort_unstable();
            let rank = ((durations.len() as f64 * share).ceil() as usize).max(1);
            let exact = f64::from(durations[rank - 1]);
            let told = of(&durations.iter().map(|ms| f64::from(*ms)).collect::<Vec<_>>()).quantile_ms(share).unwrap();
            if exact <= 100.0 {
                prop_assert_eq!(told, exact);
            }
            prop_assert!((told - exact).abs() <= ERROR_MAX * exact, "{} for {}", told, exact);
        }

        #[test]
        fn two_added_are_one_of_both(left in prop::collection::vec(0u32..2_000_000, 0..50), right in prop::collection::vec(0u32..2_000_000, 0..50)) {
            let all = |numbers: &[u32]| of(&numbers.iter().map(|ms| f64::from(*ms)).collect::<Vec<_>>());
            let mut added = all(&left);
            for (bucket, count) in all(&right).0 {
                added.add(bucket, count);
            }
            let both = all(&[left, right].concat());
            prop_assert_eq!(added.count(), both.count());
            for share in [0.1, 0.5, 0.9, 0.99] {
                prop_assert_eq!(added.quantile_ms(share), both.quantile_ms(share));
            }
        }
    }
}
