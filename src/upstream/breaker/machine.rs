//! The state machine of one breaker: [`step`] takes one event at one moment and says what changed.
//!
//! Invariants: time never goes back; at most `probes` live leases, and only in half-open; the threshold stays within
//! its bounds and moves by at most one for each outcome; a success never opens. The rule numbers in the comments are
//! those of `docs/breaker.md`. Leaves out where events come from (see `object`) and how the state is kept (`durable`).

mod standing;

use std::collections::VecDeque;

use super::event::{
    Acquired, AdjustReason, Adjustment, BreakerEvent, Effects, Outcome, ProbeLease, State, StateChange,
};
use super::evidence::Evidence;
use super::window::{Sample, SampleWindow};
use crate::config::breaker::{BreakerConfig, Enforce, SlowAs, Strategy};

/// Adjustments that are kept for operators.
pub const ADJUSTMENTS_MAX: usize = 20;

/// One breaker. Times are breaker times: milliseconds of the caller's clock that never go back.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakerMachine {
    pub(super) latest_ms: u64,
    pub(super) state: State,
    /// Rises with every change of state and every restart.
    pub(super) epoch: u64,
    /// When this state began.
    pub(super) since_ms: u64,
    pub(super) open_until_ms: u64,
    /// Growth of the next open time.
    pub(super) level: u32,
    pub(super) cooldown_until_ms: u64,
    pub(super) leases: Vec<ProbeLease>,
    pub(super) next_lease: u64,
    pub(super) probe_successes: u64,
    /// Failures in a row that open `consecutive_adaptive`.
    pub(super) threshold: u64,
    /// Failures in a row by now.
    pub(super) row: u64,
    /// Outcomes since it closed.
    pub(super) outcomes: u64,
    pub(super) window: SampleWindow,
    pub(super) evidence: Evidence,
    pub(super) adjustments: VecDeque<Adjustment>,
}

/// Takes one event in at `now_ms`. `random` is a fresh number in 0..1 for the jitter of an opening.
///
/// `config` must be the one that the breaker was made or restored with.
pub fn step(
    breaker: &mut BreakerMachine,
    config: &BreakerConfig,
    event: BreakerEvent,
    now_ms: u64,
    random: f64,
) -> Effects {
    let mut effects = Effects::default();
    breaker.pass_time(now_ms, &mut effects);
    match event {
        BreakerEvent::Acquire => {
            let acquired = breaker.acquire(config);
            effects.store |= matches!(acquired, Acquired::Granted { lease: Some(_) });
            effects.acquired = Some(acquired);
        }
        BreakerEvent::Outcome { outcome, lease } => {
            breaker.outcome(config, outcome, lease, random, &mut effects)
        }
        BreakerEvent::Release { lease } => effects.store |= breaker.take_lease(lease),
        BreakerEvent::ForceOpen => breaker.force(State::ForcedOpen, &mut effects),
        BreakerEvent::Disable => breaker.force(State::Disabled, &mut effects),
        BreakerEvent::Auto => breaker.auto(&mut effects),
    }
    effects.store |= !effects.changes.is_empty() || effects.adjusted.is_some();
    effects
}

impl BreakerMachine {
    /// A closed breaker that has seen nothing.
    pub fn new(config: &BreakerConfig) -> Self {
        Self {
            latest_ms: 0,
            state: State::Closed,
            epoch: 1,
            since_ms: 0,
            open_until_ms: 0,
            level: 0,
            cooldown_until_ms: 0,
            leases: Vec::new(),
            next_lease: 1,
            probe_successes: 0,
            threshold: config.threshold,
            row: 0,
            outcomes: 0,
            window: SampleWindow::new(config),
            evidence: Evidence::new(config.evidence_baseline),
            adjustments: VecDeque::new(),
        }
    }

    /// Rules 1 and 2: time never goes back; dead leases free their slots; an open time ends.
    fn pass_time(&mut self, now_ms: u64, effects: &mut Effects) {
        self.latest_ms = self.latest_ms.max(now_ms);
        let live_before = self.leases.len();
        self.leases.retain(|lease| self.latest_ms < lease.dies_at_ms);
        effects.store |= self.leases.len() != live_before;
        if self.state == State::Open && self.latest_ms >= self.open_until_ms {
            self.enter(State::HalfOpen, "open_time_over", effects);
        }
    }

    /// Every change of state goes through here; it voids leases and starts an epoch.
    fn enter(&mut self, to: State, reason: &'static str, effects: &mut Effects) {
        effects.changes.push(StateChange {
            from: self.state,
            to,
            reason,
        });
        self.state = to;
        self.epoch = self.epoch.saturating_add(1);
        self.since_ms = self.latest_ms;
        self.leases.clear();
        self.probe_successes = 0;
        if to == State::Closed {
            // Rule 8: the threshold and p0 stay.
            self.row = 0;
            self.outcomes = 0;
            self.window.clear();
            self.evidence.clear();
        }
    }

    /// Rule 9.
    fn acquire(&mut self, config: &BreakerConfig) -> Acquired {
        let denied = |retry_after_ms| Acquired::Denied {
            retry_after_ms: Some(retry_after_ms),
        };
        let enforced = config.enforce == Enforce::On;
        match self.state {
            State::ForcedOpen => return Acquired::Denied { retry_after_ms: None },
            State::Disabled => return Acquired::Granted { lease: None },
            State::Open if enforced => return denied(self.open_left_ms().max(self.cooldown_left_ms())),
            _ => {}
        }
        if self.cooldown_left_ms() > 0 {
            return denied(self.cooldown_left_ms());
        }
        if self.state != State::HalfOpen {
            return Acquired::Granted { lease: None };
        }
        if (self.leases.len() as u64) < config.probes {
            return Acquired::Granted {
                lease: Some(self.grant(config)),
            };
        }
        if enforced {
            denied(self.lease_wait_ms(config))
        } else {
            Acquired::Granted { lease: None }
        }
    }

    fn grant(&mut self, config: &BreakerConfig) -> u64 {
        let id = self.next_lease;
        self.next_lease = self.next_lease.saturating_add(1);
        self.leases.push(ProbeLease {
            id,
            dies_at_ms: self.latest_ms.saturating_add(config.lease_ms),
        });
        id
    }

    /// Frees a live lease's slot; `false` if there is no such lease.
    fn take_lease(&mut self, lease: Option<u64>) -> bool {
        let at = self.leases.iter().position(|one| Some(one.id) == lease);
        at.map(|at| self.leases.swap_remove(at)).is_some()
    }

    /// Rule 3: only these two count; anything else changes nothing.
    fn outcome(
        &mut self,
        config: &BreakerConfig,
        outcome: Outcome,
        lease: Option<u64>,
        random: f64,
        effects: &mut Effects,
    ) {
        // Leases live in half-open only, so taking one proves the state.
        let probe = self.take_lease(lease);
        effects.store |= probe;
        if !probe && (lease.is_some() || self.state != State::Closed) {
            return;
        }
        let slow_failed = config.slow_as == SlowAs::Fail;
        let sample = match outcome {
            Outcome::Excluded => return,
            Outcome::Throttled { retry_after_ms } => return self.cool_down(config, retry_after_ms, effects),
            Outcome::Ok => Sample {
                failed: false,
                slow: false,
            },
            Outcome::Fail => Sample {
                failed: true,
                slow: false,
            },
            Outcome::Slow => Sample {
                failed: slow_failed,
                slow: true,
            },
        };
        effects.counted = true;
        if probe {
            self.probed(config, sample, random, effects);
        } else {
            self.sampled(config, sample, random, effects);
        }
    }

    fn cool_down(&mut self, config: &BreakerConfig, retry_after_ms: Option<u64>, effects: &mut Effects) {
        let until_ms = self.latest_ms.saturating_add(config.pause_ms(retry_after_ms));
        effects.store |= until_ms > self.cooldown_until_ms;
        self.cooldown_until_ms = self.cooldown_until_ms.max(until_ms);
    }

    /// Rule 8.
    fn probed(&mut self, config: &BreakerConfig, sample: Sample, random: f64, effects: &mut Effects) {
        if sample.failed {
            return self.open(config, "probe_failed", random, effects);
        }
        self.probe_successes += 1;
        if self.probe_successes >= config.probe_successes {
            if config.open_decay_ms == 0 {
                self.level = 0;
            }
            self.enter(State::Closed, "probes_succeeded", effects);
        }
    }

    /// Rules 4 to 6: an outcome in the closed state.
    fn sampled(&mut self, config: &BreakerConfig, sample: Sample, random: f64, effects: &mut Effects) {
        let before = (self.row, self.evidence.score());
        self.window.record(sample, self.latest_ms);
        self.outcomes = self.outcomes.saturating_add(1);
        self.row = if sample.failed {
            self.row.saturating_add(1)
        } else {
            0
        };
        let opens = match config.strategy {
            Strategy::ConsecutiveAdaptive => {
                (sample.failed && self.row >= self.threshold).then_some("consecutive_failures")
            }
            Strategy::Window => self.window_opens(config, sample),
            Strategy::Evidence => self.evidence.record(sample.failed, config).then_some("evidence"),
        };
        // Seldom: in a calm time both are 0 and stay so.
        effects.store |= before != (self.row, self.evidence.score());
        match opens {
            Some(reason) => self.open(config, reason, random, effects),
            None if config.strategy == Strategy::ConsecutiveAdaptive => self.adapt(config, effects),
            None => {}
        }
    }

    fn window_opens(&self, config: &BreakerConfig, sample: Sample) -> Option<&'static str> {
        let counts = self.window.counts(self.latest_ms);
        if counts.total == 0 || counts.total < config.window_min_effective() {
            return None;
        }
        let share = |part: u64| part as f64 / counts.total as f64;
        if sample.failed && share(counts.failures) >= config.failure_rate {
            return Some("failure_rate");
        }
        (sample.slow && share(counts.slow) >= config.slow_rate).then_some("slow_rate")
    }

    /// Rule 5: at most one step, after the outcome has been judged by the threshold in force.
    fn adapt(&mut self, config: &BreakerConfig, effects: &mut Effects) {
        if config.adapt_every == 0 || !self.outcomes.is_multiple_of(config.adapt_every) {
            return;
        }
        let counts = self.window.counts(self.latest_ms);
        let Some(rate) = counts
            .success_rate()
            .filter(|_| counts.total >= config.adapt_min_samples)
        else {
            return;
        };
        let (to, reason) = if rate > config.adapt_above {
            (
                self.threshold.saturating_add(1).min(config.threshold_max),
                AdjustReason::SuccessRateAbove,
            )
        } else if rate < config.adapt_below {
            (
                self.threshold.saturating_sub(1).max(config.threshold_min),
                AdjustReason::SuccessRateBelow,
            )
        } else {
            return;
        };
        if to == self.threshold {
            return;
        }
        let adjustment = Adjustment {
            at: self.latest_ms,
            from: self.threshold,
            to,
            success_rate: rate,
            samples: counts.total,
            reason,
        };
        self.threshold = to;
        if self.adjustments.len() >= ADJUSTMENTS_MAX {
            self.adjustments.pop_front();
        }
        self.adjustments.push_back(adjustment);
        effects.adjusted = Some(adjustment);
    }

    /// Rule 7.
    fn open(&mut self, config: &BreakerConfig, reason: &'static str, random: f64, effects: &mut Effects) {
        if self.state == State::Closed
            && let Some(levels) = self.state_age_ms().checked_div(config.open_decay_ms)
        {
            self.level = self
                .level
                .saturating_sub(u32::try_from(levels).unwrap_or(u32::MAX));
        }
        let base_ms = open_base_ms(config, self.level);
        let until_ms = self
            .latest_ms
            .saturating_add(jittered_ms(config, base_ms, random));
        self.open_until_ms = self.open_until_ms.max(until_ms);
        if base_ms < config.open_max_ms {
            self.level = self.level.saturating_add(1);
        }
        self.enter(State::Open, reason, effects);
    }

    /// Rule 10, `force_open` and `disable`.
    fn force(&mut self, to: State, effects: &mut Effects) {
        if self.state != to {
            let reason = if to == State::ForcedOpen {
                "operator_forced_open"
            } else {
                "operator_disabled"
            };
            self.enter(to, reason, effects);
        }
    }

    /// Rule 10, `auto`.
    fn auto(&mut self, effects: &mut Effects) {
        if matches!(self.state, State::ForcedOpen | State::Disabled) {
            self.level = 0;
            self.open_until_ms = 0;
            self.cooldown_until_ms = 0;
            self.enter(State::Closed, "operator_auto", effects);
        }
    }
}

/// The open time at a level before jitter, in whole milliseconds: min(max, base x factor^level).
///
/// The breaker's time is whole, so a fraction of a millisecond ends with the next whole one; what is within a
/// millionth of a whole one is taken for the rounding of the power.
fn open_base_ms(config: &BreakerConfig, level: u32) -> u64 {
    let level = i32::try_from(level).unwrap_or(i32::MAX);
    let grown = config.open_ms as f64 * config.open_factor.powi(level);
    if grown >= config.open_max_ms as f64 {
        return config.open_max_ms;
    }
    let nearest = grown.round();
    let whole = if (grown - nearest).abs() <= 1e-6 {
        nearest
    } else {
        grown.ceil()
    };
    (whole as u64).min(config.open_max_ms)
}

/// Adds 0 to 20 % by `random`, never beyond the longest open time.
fn jittered_ms(config: &BreakerConfig, base_ms: u64, random: f64) -> u64 {
    if !config.open_jitter {
        return base_ms;
    }
    let random = if random.is_finite() {
        random.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let extra_ms = (base_ms as f64 * 0.2 * random) as u64;
    base_ms.saturating_add(extra_ms).min(config.open_max_ms)
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "machine_props.rs"]
mod props;
