//! What of a breaker outlives a restart: one small JSON value with a version.
//!
//! Kept: mode and state, open time, level, cool-down, leases, threshold, p0, the last adjustments, the epoch, the row and the evidence
//! (an object is often put away between two calls of sparse traffic). Lost: the windows, which only delays an opening. Invariant: a restored breaker has a higher
//! epoch than the stored one, so outcomes from before the restart cannot be counted a second time; therefore the
//! restored form must be stored before the first answer.

use super::event::{Adjustment, ProbeLease, State};
use super::evidence::Evidence;
use super::machine::{ADJUSTMENTS_MAX, BreakerMachine};
use crate::config::breaker::BreakerConfig;
use crate::wire::json::object;

/// The version this code writes.
pub const VERSION: u32 = 1;

/// The stored form. Times are breaker times in milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // The fields are those of `Breaker`.
pub struct Durable {
    /// Always [`VERSION`] when this code wrote it.
    pub version: u32,
    pub latest_ms: u64,
    pub state: State,
    pub epoch: u64,
    pub since_ms: u64,
    pub open_until_ms: u64,
    pub level: u32,
    pub cooldown_until_ms: u64,
    pub leases: Vec<ProbeLease>,
    pub next_lease: u64,
    pub probe_successes: u64,
    pub threshold: u64,
    pub p0: f64,
    pub row: u64,
    pub score: f64,
    pub adjustments: Vec<Adjustment>,
}

object!(Durable:
    version, latest_ms, state, epoch, since_ms, open_until_ms, level, cooldown_until_ms, leases, next_lease,
    probe_successes, threshold, p0, adjustments; row, score
);

/// Why a stored form is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Another version wrote it.
    #[error("the stored breaker has version {found}, this code reads {VERSION}")]
    Version {
        /// The version found.
        found: u32,
    },
}

/// A breaker that has been restored.
#[derive(Clone, Debug, PartialEq)]
pub struct Restored {
    /// The breaker; store its durable form before the first answer.
    pub breaker: BreakerMachine,
    /// The threshold before and after, if new bounds moved it. To be logged; it is not an adaptation.
    pub threshold_moved: Option<(u64, u64)>,
}

impl BreakerMachine {
    /// The form to store.
    pub fn durable(&self) -> Durable {
        Durable {
            version: VERSION,
            latest_ms: self.latest_ms,
            state: self.state,
            epoch: self.epoch,
            since_ms: self.since_ms,
            open_until_ms: self.open_until_ms,
            level: self.level,
            cooldown_until_ms: self.cooldown_until_ms,
            leases: self.leases.clone(),
            next_lease: self.next_lease,
            probe_successes: self.probe_successes,
            threshold: self.threshold,
            p0: self.evidence.p0(),
            row: self.row,
            score: self.evidence.score(),
            adjustments: self.adjustments.iter().copied().collect(),
        }
    }

    /// Continues from a stored form at `now_ms`.
    ///
    /// A clock that is behind the stored time (another machine) moves every stored time back with it: what was left
    /// is left again, so a wrong clock neither frees a lease early nor keeps an upstream denied for ever.
    pub fn restore(stored: Durable, config: &BreakerConfig, now_ms: u64) -> Result<Restored, RestoreError> {
        if stored.version != VERSION {
            return Err(RestoreError::Version {
                found: stored.version,
            });
        }
        let behind_ms = stored.latest_ms.saturating_sub(now_ms);
        let moved = |at_ms: u64| at_ms.saturating_sub(behind_ms);
        let threshold = stored.threshold.clamp(config.threshold_min, config.threshold_max);
        let in_half_open = stored.state == State::HalfOpen;
        let leases = stored.leases.iter().filter(|_| in_half_open).take(LEASES_MAX);
        let skip = stored.adjustments.len().saturating_sub(ADJUSTMENTS_MAX);
        let breaker = BreakerMachine {
            latest_ms: moved(stored.latest_ms),
            state: stored.state,
            epoch: stored.epoch.saturating_add(1),
            since_ms: moved(stored.since_ms),
            open_until_ms: moved(stored.open_until_ms),
            level: stored.level,
            cooldown_until_ms: moved(stored.cooldown_until_ms),
            leases: leases
                .map(|one| ProbeLease {
                    id: one.id,
                    dies_at_ms: moved(one.dies_at_ms),
                })
                .collect(),
            next_lease: stored.next_lease.max(1),
            probe_successes: stored.probe_successes,
            threshold,
            row: stored.row,
            evidence: Evidence::new(stored.p0).with_score(stored.score),
            adjustments: stored.adjustments.into_iter().skip(skip).collect(),
            ..BreakerMachine::new(config)
        };
        let threshold_moved = (threshold != stored.threshold).then_some((stored.threshold, threshold));
        Ok(Restored {
            breaker,
            threshold_moved,
        })
    }
}

/// Stored leases that are taken back: the most that `BREAKER_PROBES` allows.
const LEASES_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::breaker::event::{BreakerEvent, Outcome};
    use crate::upstream::breaker::machine::step;
    use crate::wire::json;

    fn opened() -> (BreakerMachine, BreakerConfig) {
        let config = BreakerConfig {
            threshold_min: 1,
            threshold: 1,
            open_jitter: false,
            ..BreakerConfig::default()
        };
        let config = BreakerConfig {
            strategy: crate::config::breaker::Strategy::ConsecutiveAdaptive,
            ..config
        };
        let mut breaker = BreakerMachine::new(&config);
        let fail = BreakerEvent::Outcome {
            outcome: Outcome::Fail,
            lease: None,
        };
        step(&mut breaker, &config, fail, 100_000, 0.0);
        (breaker, config)
    }

    #[test]
    fn what_operators_rely_on_survives_as_json() {
        let (mut breaker, config) = opened();
        step(&mut breaker, &config, BreakerEvent::Acquire, 105_000, 0.0);
        let text = json::text(&breaker.durable());
        let back = BreakerMachine::restore(json::read(&text).unwrap(), &config, 105_001)
            .unwrap()
            .breaker;
        assert_eq!(back.state(), State::HalfOpen);
        assert_eq!(back.leases, breaker.leases);
        assert_eq!(back.level, 1);
        assert!(back.epoch() > breaker.epoch());
        assert_eq!(
            Durable {
                epoch: breaker.epoch,
                ..back.durable()
            },
            breaker.durable()
        );
    }

    #[test]
    fn a_threshold_outside_new_bounds_moves_to_the_nearest_and_says_so() {
        let (breaker, config) = opened();
        let tighter = BreakerConfig {
            threshold_min: 4,
            threshold: 5,
            ..config
        };
        let restored = BreakerMachine::restore(breaker.durable(), &tighter, 200_000).unwrap();
        assert_eq!(restored.breaker.threshold(&tighter), 4);
        assert_eq!(restored.threshold_moved, Some((1, 4)));
        assert_eq!(restored.breaker.adjustments().len(), 0);
    }

    #[test]
    fn a_clock_far_behind_keeps_what_is_left_and_no_more() {
        let (breaker, config) = opened();
        let mut back = BreakerMachine::restore(breaker.durable(), &config, 10)
            .unwrap()
            .breaker;
        assert_eq!(back.open_left_ms(), 5_000);
        step(&mut back, &config, BreakerEvent::Acquire, 5_010, 0.0);
        assert_eq!(back.state(), State::HalfOpen);
    }

    #[test]
    fn an_outage_is_noticed_although_every_call_meets_a_restart() {
        for strategy in [
            crate::config::breaker::Strategy::ConsecutiveAdaptive,
            crate::config::breaker::Strategy::Evidence,
        ] {
            let config = BreakerConfig {
                strategy,
                ..BreakerConfig::default()
            };
            let mut breaker = BreakerMachine::new(&config);
            let mut failures = 0;
            while breaker.state() == State::Closed && failures < 10 {
                let fail = BreakerEvent::Outcome {
                    outcome: Outcome::Fail,
                    lease: None,
                };
                let now_ms = failures * 300_000;
                assert!(step(&mut breaker, &config, fail, now_ms, 0.0).store);
                breaker = BreakerMachine::restore(breaker.durable(), &config, now_ms + 1)
                    .unwrap()
                    .breaker;
                failures += 1;
            }
            assert!(failures <= 5, "{failures} failures and still closed");
        }
    }

    #[test]
    fn another_version_is_refused() {
        let (breaker, config) = opened();
        let stored = Durable {
            version: 2,
            ..breaker.durable()
        };
        assert_eq!(
            BreakerMachine::restore(stored, &config, 0),
            Err(RestoreError::Version { found: 2 })
        );
    }
}
