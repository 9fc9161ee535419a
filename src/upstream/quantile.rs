//! A quantile over the last so many durations: when a call is later than most, hedging may send a second one.
//!
//! Invariant: memory is [`WINDOW`] numbers; the answer is one of the observed values (nearest rank), never an
//! extrapolation. Leaves out: whether to hedge.

use std::collections::VecDeque;

/// Observations that are remembered.
pub const WINDOW: usize = 256;
/// Fewer observations give no answer: the 95th of 100 needs at least 20 to be more than the maximum.
pub const SAMPLES_MIN: usize = 20;

/// The last durations of one upstream, milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Quantile {
    /// Oldest first.
    arrived: VecDeque<u32>,
    /// The same values, sorted.
    sorted: Vec<u32>,
}

impl Quantile {
    /// Takes a duration in; beyond [`WINDOW`] the oldest leaves.
    pub fn record(&mut self, duration_ms: u32) {
        if self.arrived.len() >= WINDOW
            && let Some(oldest) = self.arrived.pop_front()
        {
            // The value is there, so this is its place.
            let at = self.sorted.partition_point(|known| *known < oldest);
            self.sorted.drain(at..(at + 1).min(self.sorted.len()));
        }
        self.arrived.push_back(duration_ms);
        let at = self.sorted.partition_point(|known| *known <= duration_ms);
        self.sorted.insert(at, duration_ms);
    }

    /// The smallest observed duration that at least `percent` (1..=100) of the observations do not pass; `None` with
    /// fewer than [`SAMPLES_MIN`] of them.
    pub fn percentile_ms(&self, percent: u32) -> Option<u32> {
        if self.sorted.len() < SAMPLES_MIN {
            return None;
        }
        let rank = (self.sorted.len() * percent.clamp(1, 100) as usize).div_ceil(100);
        self.sorted.get(rank.saturating_sub(1)).copied()
    }

    /// Observations that are in.
    pub fn samples(&self) -> usize {
        self.sorted.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nearest_rank_of_one_to_a_hundred() {
        let mut quantile = Quantile::default();
        for ms in (1..=100).rev() {
            quantile.record(ms);
        }
        assert_eq!(quantile.percentile_ms(95), Some(95));
        assert_eq!(quantile.percentile_ms(100), Some(100));
        assert_eq!(quantile.percentile_ms(0), Some(1));
    }

    #[test]
    fn few_observations_give_no_answer() {
        let mut quantile = Quantile::default();
        for _ in 1..SAMPLES_MIN {
            quantile.record(7);
            assert_eq!(quantile.percentile_ms(95), None);
        }
        quantile.record(7);
        assert_eq!(quantile.percentile_ms(95), Some(7));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn equals_sorting_the_last_window(values in prop::collection::vec(0u32..50, 20..600), percent in 1u32..=100) {
            let mut quantile = Quantile::default();
            for value in &values {
                quantile.record(*value);
            }
            let mut last: Vec<_> = values.iter().rev().take(WINDOW).copied().collect();
            last.sort_unstable();
            let rank = (last.len() * percent as usize).div_ceil(100);
            prop_assert_eq!(quantile.percentile_ms(percent), Some(last[rank - 1]));
            prop_assert_eq!(quantile.samples(), last.len());
        }
    }
}
