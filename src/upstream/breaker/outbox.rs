//! Outcomes that an isolate has not yet reported.
//!
//! Invariants: outcomes leave in the order in which they ended, so a failure never arrives before the successes that
//! came before it; one report is under way at a time, and it is repeated unchanged under its own number until it is
//! acknowledged or given up, so the object can tell a repeat; memory is bounded. An outcome is reported at most once;
//! what an evicted isolate still held is lost.

use std::collections::VecDeque;

use super::event::Outcome;
use super::messages::{OutcomeReport, OutcomeRun, RUN_COUNT_MAX};

/// Outcomes that wait; beyond this the oldest is dropped and counted. One report takes all of them.
pub const PENDING_MAX: usize = 256;
/// So many successes leave without waiting for a failure.
pub const FLUSH_COUNT: usize = 20;
/// Successes older than this leave with the next call.
pub const FLUSH_AGE_MS: u64 = 2_000;
/// A report without an answer for this long is sent again.
pub const RESEND_MS: u64 = 1_000;
/// How often one report is sent at most.
pub const SENDS_MAX: u32 = 5;

/// One ended call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedCall {
    /// How.
    pub outcome: Outcome,
    /// The epoch it began in; `None` when the isolate had no snapshot then.
    pub epoch: Option<u64>,
    /// Its lease.
    pub lease: Option<u64>,
    /// When it began, isolate's milliseconds.
    pub began_at_ms: u64,
    /// When it ended, isolate's milliseconds.
    pub ended_at_ms: u64,
}

impl EndedCall {
    /// Successes may wait; everything else may move the state.
    fn is_urgent(&self) -> bool {
        self.lease.is_some() || !matches!(self.outcome, Outcome::Ok | Outcome::Excluded)
    }
}

#[derive(Clone, Debug)]
struct UnderWay {
    report: OutcomeReport,
    sent_at_ms: u64,
    sends: u32,
    failed: bool,
}

/// The waiting outcomes of one isolate and one breaker.
#[derive(Clone, Debug)]
pub struct OutcomeOutbox {
    isolate: u64,
    next_seq: u64,
    pending: VecDeque<EndedCall>,
    under_way: Option<UnderWay>,
    dropped: u64,
}

impl OutcomeOutbox {
    /// An empty one; `isolate` is a random number.
    pub fn new(isolate: u64) -> Self {
        Self {
            isolate,
            next_seq: 1,
            pending: VecDeque::new(),
            under_way: None,
            dropped: 0,
        }
    }

    /// Adds an ended call.
    pub fn push(&mut self, ended: EndedCall) {
        self.pending.push_back(ended);
        if self.pending.len() > PENDING_MAX {
            self.pending.pop_front();
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Outcomes that will never be reported: too many waited, a report was given up, or their epoch is unknown.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Outcomes that wait or are under way.
    pub fn len(&self) -> usize {
        let under_way = self.under_way.as_ref().map_or(0, |one| runs_total(&one.report));
        self.pending.len() + under_way
    }

    /// Nothing waits and nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether something should leave now.
    pub fn is_due(&self, now_ms: u64) -> bool {
        if let Some(one) = &self.under_way {
            return one.failed || now_ms.saturating_sub(one.sent_at_ms) >= RESEND_MS;
        }
        let aged = |ended: &EndedCall| now_ms.saturating_sub(ended.ended_at_ms) >= FLUSH_AGE_MS;
        self.pending.len() >= FLUSH_COUNT
            || self.pending.front().is_some_and(aged)
            || self.pending.iter().any(EndedCall::is_urgent)
    }

    /// The report to send now, if one is due. `epoch_of` tells the present epoch if a call that began at this time belongs
    /// to it; else the call's own is sent, which will not count, or without one the outcome is dropped.
    pub fn take(&mut self, now_ms: u64, epoch_of: impl Fn(u64) -> Option<u64>) -> Option<OutcomeReport> {
        if !self.is_due(now_ms) {
            return None;
        }
        if let Some(one) = &mut self.under_way {
            if one.sends < SENDS_MAX {
                one.sends += 1;
                one.sent_at_ms = now_ms;
                one.failed = false;
                return Some(one.report.clone());
            }
            self.dropped = self.dropped.saturating_add(runs_total(&one.report) as u64);
            self.under_way = None;
        }
        let mut runs: Vec<OutcomeRun> = Vec::new();
        for ended in self.pending.drain(..) {
            // A lease needs no epoch.
            let epoch = epoch_of(ended.began_at_ms)
                .or(ended.epoch)
                .or(ended.lease.map(|_| 0));
            match (epoch, runs.last_mut()) {
                (None, _) => self.dropped = self.dropped.saturating_add(1),
                (Some(epoch), Some(last)) if joins(last, &ended, epoch) => last.count += 1,
                (Some(epoch), _) => {
                    runs.push(OutcomeRun {
                        outcome: ended.outcome,
                        count: 1,
                        epoch,
                        lease: ended.lease,
                    });
                }
            }
        }
        if runs.is_empty() {
            return None;
        }
        let report = OutcomeReport {
            isolate: self.isolate,
            seq: self.next_seq,
            runs,
        };
        self.next_seq = self.next_seq.saturating_add(1);
        self.under_way = Some(UnderWay {
            report: report.clone(),
            sent_at_ms: now_ms,
            sends: 1,
            failed: false,
        });
        Some(report)
    }

    /// The object has this report.
    pub fn acknowledge(&mut self, seq: u64) {
        if self.under_way.as_ref().is_some_and(|one| one.report.seq == seq) {
            self.under_way = None;
        }
    }

    /// Sending this report failed: it is due again at once.
    pub fn fail(&mut self, seq: u64) {
        if let Some(one) = &mut self.under_way
            && one.report.seq == seq
        {
            one.failed = true;
        }
    }
}

fn joins(last: &OutcomeRun, ended: &EndedCall, epoch: u64) -> bool {
    last.lease.is_none()
        && ended.lease.is_none()
        && last.outcome == ended.outcome
        && last.epoch == epoch
        && last.count < RUN_COUNT_MAX
}

fn runs_total(report: &OutcomeReport) -> usize {
    report.runs.iter().map(|run| run.count as usize).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(outcome: Outcome, at_ms: u64) -> EndedCall {
        EndedCall {
            outcome,
            epoch: Some(1),
            lease: None,
            began_at_ms: at_ms,
            ended_at_ms: at_ms,
        }
    }

    fn none(_: u64) -> Option<u64> {
        None
    }

    #[test]
    fn a_failure_leaves_at_once_behind_the_successes_before_it() {
        let mut outbox = OutcomeOutbox::new(7);
        for at in 0..3 {
            outbox.push(ended(Outcome::Ok, at));
            assert_eq!(outbox.take(at, none), None);
        }
        outbox.push(ended(Outcome::Fail, 3));
        let report = outbox.take(3, none).unwrap();
        let runs: Vec<_> = report.runs.iter().map(|run| (run.outcome, run.count)).collect();
        assert_eq!(runs, [(Outcome::Ok, 3), (Outcome::Fail, 1)]);
        assert_eq!((report.isolate, report.seq), (7, 1));
    }

    #[test]
    fn successes_leave_when_they_are_many_or_old() {
        let mut outbox = OutcomeOutbox::new(7);
        for _ in 0..FLUSH_COUNT {
            assert!(!outbox.is_due(0));
            outbox.push(ended(Outcome::Ok, 0));
        }
        assert!(outbox.is_due(0));
        let mut outbox = OutcomeOutbox::new(7);
        outbox.push(ended(Outcome::Ok, 0));
        assert!(!outbox.is_due(FLUSH_AGE_MS - 1));
        assert!(outbox.is_due(FLUSH_AGE_MS));
    }

    #[test]
    fn one_report_is_under_way_and_repeats_are_equal() {
        let mut outbox = OutcomeOutbox::new(7);
        outbox.push(ended(Outcome::Fail, 0));
        let first = outbox.take(0, none).unwrap();
        outbox.push(ended(Outcome::Fail, 1));
        assert_eq!(outbox.take(RESEND_MS - 1, none), None);
        assert_eq!(outbox.take(RESEND_MS, none), Some(first.clone()));
        outbox.fail(1);
        assert_eq!(outbox.take(RESEND_MS, none), Some(first));
        outbox.acknowledge(2); // Not under way.
        outbox.acknowledge(1);
        assert_eq!(outbox.take(RESEND_MS, none).unwrap().seq, 2);
    }

    #[test]
    fn a_report_is_given_up_after_its_last_send_and_counted_as_dropped() {
        let mut outbox = OutcomeOutbox::new(7);
        outbox.push(ended(Outcome::Fail, 0));
        for _ in 0..SENDS_MAX {
            assert_eq!(outbox.take(0, none).unwrap().seq, 1);
            outbox.fail(1);
        }
        assert_eq!(outbox.take(0, none), None);
        assert_eq!(outbox.dropped(), 1);
        assert!(outbox.is_empty());
    }

    #[test]
    fn waiting_outcomes_are_bounded() {
        let mut outbox = OutcomeOutbox::new(7);
        for at in 0..1_000 {
            outbox.push(ended(Outcome::Ok, at));
        }
        assert_eq!(outbox.len(), PENDING_MAX);
        assert_eq!(outbox.dropped(), 1_000 - PENDING_MAX as u64);
    }

    #[test]
    fn an_outcome_of_unknown_epoch_is_resolved_or_dropped() {
        let mut outbox = OutcomeOutbox::new(7);
        outbox.push(EndedCall {
            epoch: None,
            ..ended(Outcome::Fail, 5)
        });
        outbox.push(EndedCall {
            epoch: None,
            ..ended(Outcome::Fail, 50)
        });
        let report = outbox.take(60, |began| (began >= 50).then_some(9)).unwrap();
        assert_eq!(
            report.runs,
            [OutcomeRun {
                outcome: Outcome::Fail,
                count: 1,
                epoch: 9,
                lease: None
            }]
        );
        assert_eq!(outbox.dropped(), 1);
    }

    #[test]
    fn epochs_and_leases_keep_runs_apart() {
        let mut outbox = OutcomeOutbox::new(7);
        outbox.push(ended(Outcome::Fail, 0));
        outbox.push(EndedCall {
            epoch: Some(2),
            ..ended(Outcome::Fail, 0)
        });
        outbox.push(EndedCall {
            epoch: None,
            lease: Some(4),
            ..ended(Outcome::Fail, 0)
        });
        let runs: Vec<_> = outbox
            .take(0, none)
            .unwrap()
            .runs
            .iter()
            .map(|run| (run.epoch, run.lease))
            .collect();
        assert_eq!(runs, [(1, None), (2, None), (0, Some(4))]);
        assert_eq!(outbox.dropped(), 0);
    }
}
