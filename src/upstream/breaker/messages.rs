//! What isolates and the breaker's object say to each other, as JSON.
//!
//! Invariant: no absolute time crosses machines. A snapshot speaks in durations from the moment it was made; its
//! `stamp` only orders snapshots of one epoch. Versions: fields are only ever added, with defaults.

use super::event::{Outcome, State};
use crate::wire::json::{choice, object, words};

/// The object's verdict for a short while.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Stay in a state since the object's start; outcomes of calls that began in another one do not count.
    pub epoch: u64,
    /// How long this epoch has lasted, milliseconds.
    pub epoch_age_ms: u64,
    /// Orders the snapshots of one epoch; no time of the reader's.
    pub stamp: u64,
    /// Where the breaker stands.
    pub state: State,
    /// Time left of `open`, milliseconds.
    pub open_left_ms: u64,
    /// Time left of the cool-down, milliseconds.
    pub cooldown_left_ms: u64,
    /// Time until a half-open slot is free, milliseconds; 0 when one is.
    pub lease_wait_ms: u64,
    /// Failures in a row that would open it from a clean start.
    pub threshold: u64,
    /// Age up to which the snapshot is used without asking again, milliseconds.
    pub ttl_ms: u64,
}

object!(Snapshot:
    epoch, epoch_age_ms, stamp, state, open_left_ms, cooldown_left_ms, lease_wait_ms, threshold, ttl_ms
);

/// Equal outcomes in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeRun {
    /// How the calls ended.
    pub outcome: Outcome,
    /// How many of them.
    pub count: u32,
    /// The epoch that they began in.
    pub epoch: u64,
    /// The lease it ran under; then `count` is 1.
    pub lease: Option<u64>,
}

object!(OutcomeRun: outcome, count, epoch; lease);

/// Outcomes of one isolate in the order in which they ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeReport {
    /// A random number that names the isolate.
    pub isolate: u64,
    /// 1, 2, 3, ... within the isolate and this breaker; a repeat carries the same number.
    pub seq: u64,
    /// Oldest first; at most [`RUNS_MAX`].
    pub runs: Vec<OutcomeRun>,
}

object!(OutcomeReport: isolate, seq, runs);

/// Runs in one report.
pub const RUNS_MAX: usize = 256;
/// Outcomes that one run may stand for.
pub const RUN_COUNT_MAX: u32 = 256;

/// What an operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorMode {
    /// The breaker decides.
    Auto,
    /// Nothing passes.
    ForcedOpen,
    /// Everything passes, uncounted.
    Disabled,
}

words!(OperatorMode: Auto "auto", ForcedOpen "forced_open", Disabled "disabled");

/// A message to the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// The present snapshot.
    Snapshot,
    /// Outcomes.
    Report(OutcomeReport),
    /// A lease for one probe. The same isolate and nonce get the same lease while it lives.
    Acquire {
        /// The isolate's number.
        isolate: u64,
        /// A number that this isolate has not used before.
        nonce: u64,
    },
    /// An operator's mode.
    Mode {
        /// Which one.
        mode: OperatorMode,
    },
}

choice!(Request or Request::Snapshot => Snapshot, Report(it), Acquire { isolate, nonce }, Mode { mode });

/// A lease as the holder sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its number, to be sent back with the outcome.
    pub id: u64,
    /// What is left of its life, milliseconds. The holder counts it from before it asked, and ends the call by then.
    pub life_ms: u64,
}

object!(Grant: id, life_ms);

/// The answer to [`Request::Acquire`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcquireAnswer {
    /// The call may go out, in half-open with a lease.
    Granted {
        /// The lease.
        lease: Option<Grant>,
    },
    /// It may not.
    Denied {
        /// When to ask again, milliseconds; absent while forced open.
        retry_after_ms: Option<u64>,
    },
}

choice!(AcquireAnswer or AcquireAnswer::Denied { retry_after_ms: None } => Granted { lease }, Denied { retry_after_ms });

/// The object's reply to any request.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakerReply {
    /// The state after the request.
    pub snapshot: Snapshot,
    /// The report that this acknowledges, also if it was a repeat.
    pub seq: Option<u64>,
    /// The answer to an acquire.
    pub acquired: Option<AcquireAnswer>,
}

object!(BreakerReply: snapshot; seq, acquired);
