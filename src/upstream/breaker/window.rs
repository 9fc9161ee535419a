//! What a closed breaker remembers of its outcomes: the last so many, or those of the last so many milliseconds.
//!
//! Invariant: memory is bounded by the configuration (at most 10,000 bytes for a count, 60 buckets for a time), and
//! the counts equal those of the samples that are in.

use std::collections::VecDeque;

use crate::config::breaker::{BreakerConfig, Strategy, WindowType};

/// One counted outcome. Both flags may be set: a slow answer that counts as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// It counts as a failure.
    pub failed: bool,
    /// It was slow.
    pub slow: bool,
}

/// Sums over samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All samples.
    pub total: u64,
    /// Those that count as failures.
    pub failures: u64,
    /// Those that were slow.
    pub slow: u64,
}

impl Counts {
    fn add(&mut self, sample: Sample) {
        self.total += 1;
        self.failures += u64::from(sample.failed);
        self.slow += u64::from(sample.slow);
    }

    fn remove(&mut self, sample: Sample) {
        self.total = self.total.saturating_sub(1);
        self.failures = self.failures.saturating_sub(u64::from(sample.failed));
        self.slow = self.slow.saturating_sub(u64::from(sample.slow));
    }

    /// Successes / samples; `None` without samples.
    pub fn success_rate(&self) -> Option<f64> {
        // Counts stay far below 2^53, so both casts are exact.
        (self.total > 0).then(|| self.total.saturating_sub(self.failures) as f64 / self.total as f64)
    }
}

/// The window that a strategy uses.
#[derive(Clone, Debug, PartialEq)]
pub enum SampleWindow {
    /// The last `size` samples.
    Last {
        /// Most samples that are in.
        size: u64,
        /// Oldest first.
        samples: VecDeque<Sample>,
        /// Their sums.
        counts: Counts,
    },
    /// The samples of the current time bucket and of those before it.
    Time {
        /// Length of a bucket.
        bucket_ms: u64,
        /// How many are in.
        buckets: u64,
        /// Bucket number and sums, oldest first; numbers strictly rise.
        sums: VecDeque<(u64, Counts)>,
    },
}

impl SampleWindow {
    /// The empty window of a configuration: its own for `window`, the last `adapt_window` outcomes for the others.
    pub fn new(config: &BreakerConfig) -> Self {
        let last = |size| Self::Last {
            size,
            samples: VecDeque::new(),
            counts: Counts::default(),
        };
        match (config.strategy, config.window_type) {
            (Strategy::Window, WindowType::Count) => last(config.window_calls),
            (Strategy::Window, WindowType::Time) => Self::Time {
                bucket_ms: (config.window_ms / config.window_buckets.max(1)).max(1),
                buckets: config.window_buckets,
                sums: VecDeque::new(),
            },
            _ => last(config.adapt_window),
        }
    }

    /// Takes one sample in at `now_ms`, which never goes back.
    pub fn record(&mut self, sample: Sample, now_ms: u64) {
        match self {
            Self::Last {
                size,
                samples,
                counts,
            } => {
                samples.push_back(sample);
                counts.add(sample);
                if samples.len() as u64 > *size
                    && let Some(oldest) = samples.pop_front()
                {
                    counts.remove(oldest);
                }
            }
            Self::Time {
                bucket_ms,
                buckets,
                sums,
            } => {
                let bucket = now_ms / *bucket_ms;
                while sums
                    .front()
                    .is_some_and(|(then, _)| bucket.saturating_sub(*then) >= *buckets)
                {
                    sums.pop_front();
                }
                match sums.back_mut() {
                    Some((last, counts)) if *last == bucket => counts.add(sample),
                    _ => {
                        let mut counts = Counts::default();
                        counts.add(sample);
                        sums.push_back((bucket, counts));
                    }
                }
            }
        }
    }

    /// The sums of what is in at `now_ms`.
    pub fn counts(&self, now_ms: u64) -> Counts {
        match self {
            Self::Last { counts, .. } => *counts,
            Self::Time {
                bucket_ms,
                buckets,
                sums,
            } => {
                let bucket = now_ms / *bucket_ms;
                let mut all = Counts::default();
                for (_, one) in sums
                    .iter()
                    .filter(|(then, _)| bucket.saturating_sub(*then) < *buckets)
                {
                    all.total += one.total;
                    all.failures += one.failures;
                    all.slow += one.slow;
                }
                all
            }
        }
    }

    /// Forgets every sample.
    pub fn clear(&mut self) {
        match self {
            Self::Last { samples, counts, .. } => {
                samples.clear();
                *counts = Counts::default();
            }
            Self::Time { sums, .. } => sums.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::breaker::Strategy;
    use proptest::prelude::*;

    fn time(window_ms: u64, buckets: u64) -> SampleWindow {
        SampleWindow::new(&BreakerConfig {
            strategy: Strategy::Window,
            window_ms,
            window_buckets: buckets,
            ..BreakerConfig::default()
        })
    }

    #[test]
    fn time_window_drops_a_sample_when_its_bucket_is_as_far_back_as_there_are_buckets() {
        let mut window = time(1000, 10);
        window.record(
            Sample {
                failed: true,
                slow: false,
            },
            199,
        ); // bucket 1
        assert_eq!(window.counts(1099).total, 1); // bucket 10: 9 back
        assert_eq!(window.counts(1100).total, 0); // bucket 11: 10 back
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn counts_equal_a_recount_of_what_is_in(
            steps in prop::collection::vec((0u64..400, any::<bool>(), any::<bool>()), 0..200),
            buckets in 1u64..12, bucket_ms in 10u64..100, size in 1u64..50,
        ) {
            let mut in_time = time(buckets * bucket_ms * 10, buckets); // 10: at least 100 ms
            let bucket_ms = bucket_ms * 10;
            let mut in_count = SampleWindow::new(&BreakerConfig { adapt_window: size, ..BreakerConfig::default() });
            let mut all = Vec::new();
            let mut now = 0;
            for (gap, failed, slow) in steps {
                now += gap;
                let sample = Sample { failed, slow };
                in_time.record(sample, now);
                in_count.record(sample, now);
                all.push((now, sample));
                let recount = |keep: &dyn Fn(usize, u64) -> bool| {
                    let mut counts = Counts::default();
                    for (i, (at, sample)) in all.iter().enumerate() {
                        if keep(i, *at) { counts.add(*sample); }
                    }
                    counts
                };
                let len = all.len();
                prop_assert_eq!(in_time.counts(now), recount(&|_, at| now / bucket_ms - at / bucket_ms < buckets));
                prop_assert_eq!(in_count.counts(now), recount(&|i, _| (len - i) as u64 <= size));
            }
        }
    }
}
