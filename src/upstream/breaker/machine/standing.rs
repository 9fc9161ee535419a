//! Where a breaker stands: what can be read of it between two steps.

use super::BreakerMachine;
use crate::config::breaker::{BreakerConfig, Strategy};
use crate::upstream::breaker::event::{Adjustment, State};

impl BreakerMachine {
    /// Where it stood after the last step.
    pub fn state(&self) -> State {
        self.state
    }

    /// The number of the present stay in the present state; it never falls.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The latest time it has seen, milliseconds.
    pub fn now_ms(&self) -> u64 {
        self.latest_ms
    }

    /// How long the present state has lasted, milliseconds.
    pub fn state_age_ms(&self) -> u64 {
        self.latest_ms.saturating_sub(self.since_ms)
    }

    /// Live leases after the last step.
    pub fn live_leases(&self) -> usize {
        self.leases.len()
    }

    /// The last moves of the threshold, oldest first; at most [`super::ADJUSTMENTS_MAX`].
    pub fn adjustments(&self) -> impl ExactSizeIterator<Item = &Adjustment> {
        self.adjustments.iter()
    }

    /// Failures in a row that would open it from a clean start.
    pub fn threshold(&self, config: &BreakerConfig) -> u64 {
        match config.strategy {
            Strategy::ConsecutiveAdaptive => self.threshold,
            Strategy::Window => config.window_min_effective(),
            Strategy::Evidence => self.evidence.threshold(config),
        }
    }

    /// Successes / outcomes over the window in use; `None` while it is empty.
    pub fn success_rate(&self) -> Option<f64> {
        self.window.counts(self.latest_ms).success_rate()
    }

    /// Outcomes in the window in use.
    pub fn samples(&self) -> u64 {
        self.window.counts(self.latest_ms).total
    }

    /// Time left of the open state, milliseconds; 0 in any other.
    pub fn open_left_ms(&self) -> u64 {
        if self.state == State::Open {
            self.open_until_ms.saturating_sub(self.latest_ms)
        } else {
            0
        }
    }

    /// Time left of the cool-down, milliseconds.
    pub fn cooldown_left_ms(&self) -> u64 {
        self.cooldown_until_ms.saturating_sub(self.latest_ms)
    }

    /// Time until a slot of a full half-open is free, milliseconds; 0 when one is free.
    pub fn lease_wait_ms(&self, config: &BreakerConfig) -> u64 {
        if self.state != State::HalfOpen || (self.leases.len() as u64) < config.probes {
            return 0;
        }
        let first = self
            .leases
            .iter()
            .map(|lease| lease.dies_at_ms)
            .min()
            .unwrap_or(self.latest_ms);
        first.saturating_sub(self.latest_ms)
    }
}
