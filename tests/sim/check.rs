//! What must hold after every event of a simulated run. Written against what the object and the isolates show, not
//! with their own rules.

use std::collections::HashMap;

use hearken::config::breaker::BreakerConfig;
use hearken::upstream::breaker::coordinator::{Coordinator, Handled};
use hearken::upstream::breaker::messages::{OutcomeReport, Request};
use hearken::upstream::breaker::{Outcome, State};

/// What the checker remembers of one run.
pub struct Check {
    config: BreakerConfig,
    /// The state after the last reply that left.
    state: State,
    /// The highest epoch that anybody outside the object has heard of, or that was stored.
    epoch: u64,
    threshold: u64,
    /// Breaker time of the last opening.
    opened_at_ms: u64,
    /// How often a report was counted, by isolate and number.
    counted: HashMap<(u64, u64), u32>,
    /// Failures that counted since it closed.
    failures: u64,
    pub openings: u64,
    pub closings: u64,
    pub adjustments: u64,
    pub repeats: u64,
}

type Verdict = Result<(), String>;

fn must(holds: bool, say: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(say()) }
}

impl Check {
    pub fn new(config: &BreakerConfig) -> Self {
        Self {
            config: config.clone(),
            state: State::Closed,
            epoch: 0,
            threshold: config.threshold,
            opened_at_ms: 0,
            counted: HashMap::new(),
            failures: 0,
            openings: 0,
            closings: 0,
            adjustments: 0,
            repeats: 0,
        }
    }

    /// The object was restored; its clock may have been moved back by `behind_ms`.
    pub fn restarted(&mut self, object: &Coordinator, behind_ms: u64) -> Verdict {
        self.opened_at_ms = self.opened_at_ms.saturating_sub(behind_ms);
        let breaker = object.breaker();
        must(breaker.state() == self.state, || {
            format!("a restart changed {:?} to {:?}", self.state, breaker.state())
        })?;
        must(
            breaker.threshold(object.config()) == self.threshold || !self.adaptive(),
            || format!("a restart moved the threshold from {}", self.threshold),
        )?;
        self.newer_epoch(breaker.epoch(), true)?;
        self.standing(object)
    }

    /// The object handled `sent`, as the isolate had meant it, and the effects are stored if they had to be.
    pub fn handled(
        &mut self,
        object: &Coordinator,
        sent: &Request,
        epoch_before: u64,
        handled: &Handled,
    ) -> Verdict {
        if let Request::Report(report) = sent {
            self.report(report, epoch_before, handled)?;
        }
        // One report may move the threshold before it opens.
        let lowest = handled
            .adjusted
            .iter()
            .map(|moved| moved.to)
            .fold(self.threshold, u64::min);
        for change in &handled.changes {
            must(change.from == self.state, || {
                format!("{change:?} while {:?}", self.state)
            })?;
            let now_ms = object.breaker().now_ms();
            match (change.from, change.to) {
                (State::Closed, State::Open) => {
                    self.openings += 1;
                    self.opened_at_ms = now_ms;
                    must(has_bad(sent), || {
                        format!("opened by {sent:?}, which has no failure")
                    })?;
                    must(!self.adaptive() || self.failures >= lowest, || {
                        format!(
                            "opened after {} failures, threshold {}",
                            self.failures, self.threshold
                        )
                    })?;
                }
                (State::HalfOpen, State::Open) => {
                    self.opened_at_ms = now_ms;
                    must(has_bad(sent), || format!("reopened by {sent:?}"))?;
                }
                (State::Open, State::HalfOpen) => {
                    let open_ms = now_ms.saturating_sub(self.opened_at_ms);
                    must(open_ms >= self.config.open_ms, || {
                        format!("open for {open_ms} ms only")
                    })?;
                }
                (State::HalfOpen, State::Closed) => {
                    self.closings += 1;
                    self.failures = 0;
                    let leased =
                        matches!(sent, Request::Report(r) if r.runs.iter().any(|run| run.lease.is_some()));
                    must(leased, || format!("closed by {sent:?}, which has no lease"))?;
                }
                (_, State::ForcedOpen | State::Disabled)
                | (State::ForcedOpen | State::Disabled, State::Closed) => {
                    self.failures = 0;
                    must(matches!(sent, Request::Mode { .. }), || {
                        format!("{change:?} without an operator")
                    })?;
                }
                _ => return Err(format!("{change:?} is no legal transition")),
            }
            self.state = change.to;
        }
        for moved in &handled.adjusted {
            self.adjustments += 1;
            must(
                moved.from == self.threshold && moved.from.abs_diff(moved.to) == 1,
                || format!("threshold {} moved as {moved:?}", self.threshold),
            )?;
            self.threshold = moved.to;
        }
        self.newer_epoch(handled.reply.snapshot.epoch, !handled.changes.is_empty())?;
        self.standing(object)
    }

    fn report(&mut self, report: &OutcomeReport, epoch_before: u64, handled: &Handled) -> Verdict {
        self.repeats += u64::from(handled.repeated);
        let older = report
            .runs
            .iter()
            .all(|run| run.lease.is_none() && run.epoch < epoch_before);
        must(!older || handled.counted == 0, || {
            format!("{report:?} counted in epoch {epoch_before}")
        })?;
        if handled.counted > 0 {
            let times = self.counted.entry((report.isolate, report.seq)).or_default();
            *times += 1;
            must(*times == 1, || format!("{report:?} counted twice"))?;
        }
        if self.state == State::Closed && handled.counted > 0 {
            let bad = |run: &&hearken::upstream::breaker::messages::OutcomeRun| is_bad(run.outcome);
            let bad: u64 = report
                .runs
                .iter()
                .filter(bad)
                .map(|run| u64::from(run.count))
                .sum();
            self.failures += bad.min(handled.counted);
        }
        Ok(())
    }

    /// What holds whenever one looks.
    fn standing(&self, object: &Coordinator) -> Verdict {
        let breaker = object.breaker();
        must(breaker.live_leases() as u64 <= self.config.probes, || {
            format!("{} live leases", breaker.live_leases())
        })?;
        must(
            breaker.live_leases() == 0 || breaker.state() == State::HalfOpen,
            || format!("a live lease while {:?}", breaker.state()),
        )?;
        let bounds = self.config.threshold_min..=self.config.threshold_max;
        must(bounds.contains(&self.threshold), || {
            format!("threshold {}", self.threshold)
        })?;
        must(breaker.state() == self.state, || {
            format!("{:?} became {:?} in silence", self.state, breaker.state())
        })
    }

    fn newer_epoch(&mut self, epoch: u64, changed: bool) -> Verdict {
        let before = std::mem::replace(&mut self.epoch, epoch);
        must(epoch > before || (epoch == before && !changed), || {
            format!("epoch {before} became {epoch}")
        })
    }

    fn adaptive(&self) -> bool {
        self.config.strategy == hearken::config::breaker::Strategy::ConsecutiveAdaptive
    }
}

fn is_bad(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Fail | Outcome::Slow)
}

fn has_bad(sent: &Request) -> bool {
    matches!(sent, Request::Report(report) if report.runs.iter().any(|run| is_bad(run.outcome)))
}
