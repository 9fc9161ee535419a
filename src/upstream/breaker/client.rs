//! The isolate's side: decides on the request path without a round trip, and collects what the calls brought.
//!
//! A snapshot is used while fresh, used and renewed behind the request up to three lives old, and unknown beyond.
//! Invariants: an isolate denies whatever a known snapshot denies and may deny more (see `fail_fast`); `open` never becomes
//! `half_open` here: after the open time it asks the object for a lease; one unleased call at a time passes an upstream
//! that was last known broken, and only while the object cannot be reached. Times are this isolate's milliseconds and
//! may jump; a jump back only makes a snapshot look younger by the jump.

mod judge;

use super::event::{Outcome, State};
use super::fail_fast::FailFast;
use super::messages::{AcquireAnswer, BreakerReply, OutcomeReport, Request, Snapshot};
use super::outbox::{EndedCall, OutcomeOutbox};
use crate::config::breaker::{BreakerConfig, SlowAs};

/// A snapshot is known up to this many lives.
pub const STALE_TTLS: u64 = 3;

/// Whether one call may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallVerdict {
    /// It may; give the ticket back with [`BreakerClient::finish`].
    Go(Permit),
    /// Only with a lease: send [`BreakerClient::acquire`] and hand the reply, or its absence after the object's timeout, to
    /// [`BreakerClient::answered`].
    Ask,
    /// It may not.
    Deny {
        /// When asking again may help, milliseconds; `None` while forced open.
        retry_after_ms: Option<u64>,
        /// Who says so.
        by: DeniedBy,
    },
}

/// Who denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeniedBy {
    /// The breaker is open, or half-open and full.
    Breaker,
    /// The provider asked for a pause.
    Cooldown,
    /// An operator.
    Operator,
    /// This isolate's own failures in a row.
    Local,
}

/// What to do about the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// Nothing: it is fresh, or being renewed.
    No,
    /// Renew it behind the request.
    Behind,
    /// Fetch it beside the call, and end the call if it denies before the first useful byte ([`BreakerClient::still_allowed`]).
    Race,
    /// Like `Race`, but the fetch is under way already: send nothing.
    Join,
}

/// A decision and what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallDecision {
    /// May it go?
    pub verdict: CallVerdict,
    /// Send [`Request::Snapshot`]?
    pub refresh: Refresh,
    /// The object did not answer when it was last asked, and there is no recent snapshot: decided alone.
    pub degraded: bool,
}

/// A call that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    /// When it began.
    pub began_at_ms: u64,
    /// The epoch it began in, if known.
    pub epoch: Option<u64>,
    /// The lease it runs under.
    pub lease: Option<u64>,
    /// The call must be over by then: the end of the lease's life.
    pub deadline_at_ms: Option<u64>,
    /// It is this isolate's one call to an upstream that was last known broken, the object being out of reach.
    alone: bool,
}

impl Permit {
    /// Others wait for the end of this call, because no other call goes out beside it.
    pub fn is_alone(&self) -> bool {
        self.lease.is_some() || self.alone
    }
}

#[derive(Clone, Debug)]
struct Known {
    snapshot: Snapshot,
    /// Before the request that brought it: its age is never underestimated.
    asked_at_ms: u64,
    received_at_ms: u64,
}

/// What one isolate knows of one breaker.
#[derive(Clone, Debug)]
pub struct BreakerClient {
    config: BreakerConfig,
    id: u64,
    known: Option<Known>,
    refreshing_since_ms: Option<u64>,
    /// The last request was not answered, or not in time.
    unreachable: bool,
    local: FailFast,
    outbox: OutcomeOutbox,
    next_nonce: u64,
    alone_until_ms: u64,
}

impl BreakerClient {
    /// Knows nothing yet; `id` is a random number.
    pub fn new(config: BreakerConfig, id: u64) -> Self {
        Self {
            config,
            id,
            known: None,
            refreshing_since_ms: None,
            unreachable: false,
            local: FailFast::default(),
            outbox: OutcomeOutbox::new(id),
            next_nonce: 1,
            alone_until_ms: 0,
        }
    }

    /// Decides about a call at `now_ms`. Waits for nothing.
    pub fn decide(&mut self, now_ms: u64) -> CallDecision {
        let age = self.known.as_ref().map(|known| {
            let age_ms = now_ms.saturating_sub(known.asked_at_ms);
            (age_ms, known.snapshot.ttl_ms)
        });
        let refresh = match age {
            Some((age_ms, ttl_ms)) if age_ms <= ttl_ms => Refresh::No,
            Some((age_ms, ttl_ms)) if age_ms <= ttl_ms.saturating_mul(STALE_TTLS) => Refresh::Behind,
            _ => Refresh::Race,
        };
        let unknown = refresh == Refresh::Race;
        // What an old snapshot denies stays denied: open times and pauses end early by an operator's word only. What it
        // allowed may have changed since, so the call races a fetch.
        let verdict = match &self.known {
            Some(known) => self.judge(known, now_ms),
            None => CallVerdict::Go(self.ticket(now_ms)),
        };
        let verdict = self.stricter(verdict, now_ms);
        // The answer to an acquire brings a snapshot too.
        let refresh = if verdict == CallVerdict::Ask {
            Refresh::No
        } else {
            self.start_refresh(refresh, now_ms)
        };
        CallDecision {
            verdict,
            refresh,
            degraded: unknown && self.unreachable,
        }
    }

    /// A ticket for a call that goes out although it was denied, because nobody else is left to ask. Its outcome counts
    /// only if the breaker turns out to be closed.
    pub fn last_resort(&self, now_ms: u64) -> Permit {
        self.ticket(now_ms)
    }

    /// The request that asks for a lease.
    pub fn acquire(&mut self) -> Request {
        let nonce = self.next_nonce;
        self.next_nonce = self.next_nonce.saturating_add(1);
        Request::Acquire {
            isolate: self.id,
            nonce,
        }
    }

    /// Takes the answer to [`BreakerClient::acquire`]: `None` when the object was silent for `object_timeout_ms`.
    /// `asked_at_ms` is the time before the request; a lease's life counts from there. Absorbs the reply.
    pub fn answered(&mut self, reply: Option<&BreakerReply>, asked_at_ms: u64, now_ms: u64) -> CallDecision {
        let mut decision = CallDecision {
            verdict: CallVerdict::Ask,
            refresh: Refresh::No,
            degraded: false,
        };
        if let Some(reply) = reply {
            self.absorb(reply, asked_at_ms, now_ms);
        }
        decision.verdict = match reply.and_then(|reply| reply.acquired.as_ref()) {
            Some(AcquireAnswer::Granted { lease: None }) => match (&self.known, reply) {
                // A later epoch became known while the answer travelled: it has the last word.
                (Some(known), Some(reply)) if known.snapshot.epoch > reply.snapshot.epoch => {
                    match self.judge(known, now_ms) {
                        CallVerdict::Ask => CallVerdict::Deny {
                            retry_after_ms: Some(known.snapshot.ttl_ms),
                            by: self.denier(),
                        },
                        decided => decided,
                    }
                }
                _ => CallVerdict::Go(self.ticket(now_ms)),
            },
            Some(AcquireAnswer::Granted { lease: Some(grant) }) => CallVerdict::Go(Permit {
                lease: Some(grant.id),
                deadline_at_ms: Some(asked_at_ms.saturating_add(grant.life_ms)),
                ..self.ticket(now_ms)
            }),
            Some(AcquireAnswer::Denied { retry_after_ms }) => CallVerdict::Deny {
                retry_after_ms: *retry_after_ms,
                by: self.denier(),
            },
            None => {
                self.unreachable = true;
                decision.degraded = true;
                self.alone(now_ms)
            }
        };
        decision
    }

    /// Whether a call that went out beside a [`Refresh::Race`] may go on now that the snapshot is here.
    pub fn still_allowed(&self, now_ms: u64) -> bool {
        let denied = |known: &Known| !matches!(self.judge(known, now_ms), CallVerdict::Go(_));
        !self.known.as_ref().is_some_and(denied)
    }

    /// Takes any reply of the object in; one that is older than what is known changes nothing but acknowledges.
    pub fn absorb(&mut self, reply: &BreakerReply, asked_at_ms: u64, now_ms: u64) {
        self.refreshing_since_ms = None;
        self.unreachable = false;
        if let Some(seq) = reply.seq {
            self.outbox.acknowledge(seq);
        }
        let asked_at_ms = asked_at_ms.min(now_ms);
        let newer = self.known.as_ref().is_none_or(|known| {
            let (old, new) = (&known.snapshot, &reply.snapshot);
            // The answer to a request that was long under way may be new, but it has to be taken for old.
            let looks_fresher = asked_at_ms >= known.asked_at_ms || known.asked_at_ms > now_ms;
            new.epoch > old.epoch || (new.epoch == old.epoch && new.stamp >= old.stamp && looks_fresher)
        });
        if newer {
            let by_operator = |state| matches!(state, State::ForcedOpen | State::Disabled);
            let known = self.known.as_ref().map(|known| known.snapshot.state);
            if known.is_some_and(by_operator) && !by_operator(reply.snapshot.state) {
                // Handed back, it begins with nothing remembered, here as well.
                self.local = FailFast::default();
            }
            self.known = Some(Known {
                snapshot: reply.snapshot.clone(),
                asked_at_ms,
                received_at_ms: now_ms,
            });
        }
    }

    /// A call is over. [`BreakerClient::report`] may have something to send now.
    pub fn finish(&mut self, ticket: Permit, outcome: Outcome, now_ms: u64) {
        let failed = match outcome {
            Outcome::Ok => Some(false),
            Outcome::Fail => Some(true),
            Outcome::Slow => Some(self.config.slow_as == SlowAs::Fail),
            Outcome::Excluded | Outcome::Throttled { .. } => None,
        };
        if let Some(failed) = failed {
            let threshold = self
                .known
                .as_ref()
                .map_or(self.config.threshold, |known| known.snapshot.threshold);
            self.local
                .record(failed, threshold, self.config.snapshot_ttl_ms, now_ms);
        }
        if ticket.alone {
            self.alone_until_ms = 0;
        }
        self.outbox.push(EndedCall {
            outcome,
            epoch: ticket.epoch,
            lease: ticket.lease,
            began_at_ms: ticket.began_at_ms,
            ended_at_ms: now_ms,
        });
    }

    /// The report to send now, if any. Without any snapshot yet, send [`Request::Snapshot`] first: an outcome cannot be
    /// reported before the epoch of its call is known.
    pub fn report(&mut self, now_ms: u64) -> Option<OutcomeReport> {
        let known = self.known.as_ref()?;
        // This stay began `epoch_age_ms` before a moment not later than the snapshot's arrival. A call that began after
        // that belongs to it, whatever was known when it began: a restart of the object renames the epoch only.
        let epoch_began_ms = known.received_at_ms.saturating_sub(known.snapshot.epoch_age_ms);
        let epoch = known.snapshot.epoch;
        self.outbox.take(now_ms, |began_at_ms| {
            (began_at_ms >= epoch_began_ms).then_some(epoch)
        })
    }

    /// Whether outcomes wait that should be reported now (perhaps after a snapshot has been fetched).
    pub fn is_report_due(&self, now_ms: u64) -> bool {
        self.outbox.is_due(now_ms)
    }

    /// Sending a report failed, or nobody answered it.
    pub fn report_failed(&mut self, seq: u64) {
        self.unreachable = true;
        self.outbox.fail(seq);
    }

    /// Fetching the snapshot failed; the next decision asks again.
    pub fn refresh_failed(&mut self) {
        self.unreachable = true;
        self.refreshing_since_ms = None;
    }

    /// Outcomes that wait.
    pub fn outbox(&self) -> &OutcomeOutbox {
        &self.outbox
    }

    /// The snapshot in use and its age at `now_ms`, for `/admin` and metrics.
    pub fn snapshot(&self, now_ms: u64) -> Option<(&Snapshot, u64)> {
        self.known
            .as_ref()
            .map(|known| (&known.snapshot, now_ms.saturating_sub(known.asked_at_ms)))
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
