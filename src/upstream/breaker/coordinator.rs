//! The object's side: one breaker, fed by the reports of all isolates.
//!
//! Invariants: an outcome counts at most once (by isolate and sequence number, for the last [`ISOLATES_MAX`] isolates
//! that reported; by epoch across restarts; by lease for probes); only an outcome of a call that began in the present
//! stay in `closed` counts there; a lease is in the durable form before anybody hears of it, if the shell stores when
//! told to. Leaves out the store, the clock and the transport.

use std::collections::VecDeque;

use super::durable::{Durable, RestoreError};
use super::event::{Acquired, Adjustment, BreakerEvent, Effects, ProbeLease, State, StateChange};
use super::machine::{BreakerMachine, step};
use super::messages::{
    AcquireAnswer, BreakerReply, Grant, OperatorMode, OutcomeReport, OutcomeRun, RUN_COUNT_MAX, RUNS_MAX,
    Request, Snapshot,
};
use crate::config::breaker::BreakerConfig;

/// Isolates whose last sequence number is remembered; 16 KiB. A repeat arrives within seconds, and in them fewer
/// isolates than this report about one upstream.
pub const ISOLATES_MAX: usize = 1024;

/// A breaker and what it needs to serve many isolates.
#[derive(Clone, Debug)]
pub struct Coordinator {
    config: BreakerConfig,
    breaker: BreakerMachine,
    /// BreakerClient and last sequence number, least recent first.
    seen: VecDeque<(u64, u64)>,
    /// Who holds which lease: isolate, nonce, lease. Only while the lease lives.
    holders: Vec<(u64, u64, u64)>,
}

/// What a request did.
#[derive(Clone, Debug, PartialEq)]
pub struct Handled {
    /// To be sent, after storing if `store` says so.
    pub reply: BreakerReply,
    /// Changes of state to log, in order.
    pub changes: Vec<StateChange>,
    /// Moves of the threshold to log and count, in order.
    pub adjusted: Vec<Adjustment>,
    /// Outcomes that counted.
    pub counted: u64,
    /// Outcomes that did not: of an older epoch, of a void lease, not a sample.
    pub uncounted: u64,
    /// The report was a repeat.
    pub repeated: bool,
    /// [`Coordinator::durable`] must be stored before the reply leaves.
    pub store: bool,
}

impl Coordinator {
    /// An object that has never been used.
    pub fn new(config: BreakerConfig) -> Self {
        let breaker = BreakerMachine::new(&config);
        Self {
            config,
            breaker,
            seen: VecDeque::new(),
            holders: Vec::new(),
        }
    }

    /// Continues after a restart; store [`Coordinator::durable`] before the first reply. The second value is a threshold
    /// that new bounds moved, before and after.
    pub fn restore(
        stored: Durable,
        config: BreakerConfig,
        now_ms: u64,
    ) -> Result<(Self, Option<(u64, u64)>), RestoreError> {
        let restored = BreakerMachine::restore(stored, &config, now_ms)?;
        let object = Self {
            breaker: restored.breaker,
            ..Self::new(config)
        };
        Ok((object, restored.threshold_moved))
    }

    /// The form to store.
    pub fn durable(&self) -> Durable {
        self.breaker.durable()
    }

    /// The breaker, for `GET /admin/breakers`.
    pub fn breaker(&self) -> &BreakerMachine {
        &self.breaker
    }

    /// Its configuration.
    pub fn config(&self) -> &BreakerConfig {
        &self.config
    }

    /// Handles one request at `now_ms`; `random` gives numbers in 0..1.
    pub fn handle(&mut self, request: &Request, now_ms: u64, mut random: impl FnMut() -> f64) -> Handled {
        let mut done = Handled {
            reply: BreakerReply {
                snapshot: self.snapshot(),
                seq: None,
                acquired: None,
            },
            changes: Vec::new(),
            adjusted: Vec::new(),
            counted: 0,
            uncounted: 0,
            repeated: false,
            store: false,
        };
        // Time passes first, so that epochs are compared with the state of now.
        done.take(self.step(BreakerEvent::Release { lease: None }, now_ms, 0.0));
        match request {
            Request::Snapshot => {}
            Request::Report(report) => {
                done.reply.seq = Some(report.seq);
                done.repeated = !self.first_time(report.isolate, report.seq);
                if !done.repeated {
                    self.apply(report, now_ms, &mut random, &mut done);
                }
            }
            Request::Acquire { isolate, nonce } => {
                done.reply.acquired = Some(self.acquire(*isolate, *nonce, now_ms, &mut done));
            }
            Request::Mode { mode } => {
                let event = match mode {
                    OperatorMode::Auto => BreakerEvent::Auto,
                    OperatorMode::ForcedOpen => BreakerEvent::ForceOpen,
                    OperatorMode::Disabled => BreakerEvent::Disable,
                };
                done.take(self.step(event, now_ms, 0.0));
            }
        }
        done.reply.snapshot = self.snapshot();
        done
    }

    /// The verdict after the last request.
    pub fn snapshot(&self) -> Snapshot {
        let breaker = &self.breaker;
        let ttl_ms = match breaker.state() {
            State::Open => breaker.open_left_ms().min(self.config.snapshot_ttl_ms),
            _ => self.config.snapshot_ttl_ms,
        };
        Snapshot {
            epoch: breaker.epoch(),
            epoch_age_ms: breaker.state_age_ms(),
            stamp: breaker.now_ms(),
            state: breaker.state(),
            open_left_ms: breaker.open_left_ms(),
            cooldown_left_ms: breaker.cooldown_left_ms(),
            lease_wait_ms: breaker.lease_wait_ms(&self.config),
            threshold: breaker.threshold(&self.config),
            ttl_ms: ttl_ms.max(1),
        }
    }

    fn step(&mut self, event: BreakerEvent, now_ms: u64, random: f64) -> Effects {
        step(&mut self.breaker, &self.config, event, now_ms, random)
    }

    /// Whether this report is new; remembers it.
    fn first_time(&mut self, isolate: u64, seq: u64) -> bool {
        let last = self.seen.iter().rposition(|(known, _)| *known == isolate);
        let last = last
            .and_then(|at| self.seen.remove(at))
            .map_or(0, |(_, last)| last);
        self.seen.push_back((isolate, last.max(seq)));
        if self.seen.len() > ISOLATES_MAX {
            self.seen.pop_front();
        }
        seq > last
    }

    fn apply(
        &mut self,
        report: &OutcomeReport,
        now_ms: u64,
        random: &mut impl FnMut() -> f64,
        done: &mut Handled,
    ) {
        for run in report.runs.iter().take(RUNS_MAX) {
            let count = if run.lease.is_some() {
                1
            } else {
                run.count.min(RUN_COUNT_MAX)
            };
            for _ in 0..count {
                // Looked at anew each time: an outcome before this one may have opened the breaker.
                let counted = self.is_current(run) && {
                    let event = BreakerEvent::Outcome {
                        outcome: run.outcome,
                        lease: run.lease,
                    };
                    let effects = self.step(event, now_ms, random());
                    let counted = effects.counted;
                    done.take(effects);
                    counted
                };
                done.counted += u64::from(counted);
                done.uncounted += u64::from(!counted);
            }
        }
    }

    /// A lease proves by itself where it belongs, also across a restart; anything else must be of this epoch.
    fn is_current(&self, run: &OutcomeRun) -> bool {
        run.lease.is_some() || run.epoch == self.breaker.epoch()
    }

    fn acquire(&mut self, isolate: u64, nonce: u64, now_ms: u64, done: &mut Handled) -> AcquireAnswer {
        let live = |id: u64, leases: &[ProbeLease]| leases.iter().find(|lease| lease.id == id).copied();
        self.holders
            .retain(|(_, _, id)| live(*id, &self.breaker.leases).is_some());
        let again = self
            .holders
            .iter()
            .find(|(who, what, _)| (*who, *what) == (isolate, nonce));
        if let Some(lease) = again.and_then(|(_, _, id)| live(*id, &self.breaker.leases)) {
            return AcquireAnswer::Granted {
                lease: Some(self.grant(lease)),
            };
        }
        let effects = self.step(BreakerEvent::Acquire, now_ms, 0.0);
        let acquired = effects.acquired;
        done.take(effects);
        match acquired {
            Some(Acquired::Granted { lease }) => {
                let lease = lease.and_then(|id| live(id, &self.breaker.leases));
                self.holders.extend(lease.map(|lease| (isolate, nonce, lease.id)));
                AcquireAnswer::Granted {
                    lease: lease.map(|lease| self.grant(lease)),
                }
            }
            Some(Acquired::Denied { retry_after_ms }) => AcquireAnswer::Denied { retry_after_ms },
            None => AcquireAnswer::Denied { retry_after_ms: None },
        }
    }

    fn grant(&self, lease: ProbeLease) -> Grant {
        Grant {
            id: lease.id,
            life_ms: lease.dies_at_ms.saturating_sub(self.breaker.now_ms()),
        }
    }
}

/// Collects the effects of a request's steps.
impl Handled {
    fn take(&mut self, effects: Effects) {
        self.changes.extend(effects.changes);
        self.adjusted.extend(effects.adjusted);
        self.store |= effects.store;
    }
}

#[cfg(test)]
#[path = "coordinator_tests.rs"]
mod tests;
