//! The words of the state machine: what happens to a breaker, where it stands, and what a step brought about.
//!
//! Plain data; the names that serde and `name()` give are those of logs, metrics, messages and `replay breaker`.

use crate::wire::json::{choice, object, words};

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Calls pass and are counted.
    Closed,
    /// Calls are denied until the open time is over.
    Open,
    /// Calls pass with one of a few leases.
    HalfOpen,
    /// An operator denies all calls.
    ForcedOpen,
    /// An operator lets all calls pass, uncounted.
    Disabled,
}

words!(State.name: Closed, Open, HalfOpen, ForcedOpen, Disabled);

impl State {
    /// The name in logs and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::ForcedOpen => "forced_open",
            Self::Disabled => "disabled",
        }
    }

    /// Who decides: `auto`, or the operator's `forced_open` or `disabled`.
    pub const fn mode(self) -> &'static str {
        match self {
            Self::ForcedOpen => "forced_open",
            Self::Disabled => "disabled",
            _ => "auto",
        }
    }
}

/// How a call ended, classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A good answer in time.
    Ok,
    /// Connect error, timeout, 5xx, a cut, an empty answer.
    Fail,
    /// A good answer whose first useful byte came late.
    Slow,
    /// Says nothing about the provider: our 4xx, a content filter, a client that left.
    Excluded,
    /// The provider asks for a pause.
    Throttled {
        /// Its `retry-after`, in milliseconds.
        retry_after_ms: Option<u64>,
    },
}

choice!(Outcome or Outcome::Excluded => Ok, Fail, Slow, Excluded, Throttled { retry_after_ms });

impl Outcome {
    /// The name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Slow => "slow",
            Self::Excluded => "excluded",
            Self::Throttled { .. } => "throttled",
        }
    }
}

/// What happens to a breaker. A lease is the number that an acquire was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerEvent {
    /// A call ended.
    Outcome {
        /// How.
        outcome: Outcome,
        /// The lease it ran under, if any.
        lease: Option<u64>,
    },
    /// A call asks to go out.
    Acquire,
    /// A lease is given back unused.
    Release {
        /// Which one.
        lease: Option<u64>,
    },
    /// An operator opens it for good.
    ForceOpen,
    /// An operator switches it off.
    Disable,
    /// An operator hands it back.
    Auto,
}

/// The answer to [`BreakerEvent::Acquire`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// The call may go out; in half-open with a lease.
    Granted {
        /// The lease's number.
        lease: Option<u64>,
    },
    /// It may not.
    Denied {
        /// When asking again may help; `None` while forced open.
        retry_after_ms: Option<u64>,
    },
}

/// One change of state, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// Before.
    pub from: State,
    /// After.
    pub to: State,
    /// Why, a stable word.
    pub reason: &'static str,
}

/// One move of the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjustment {
    /// Breaker time, milliseconds.
    pub at: u64,
    /// Before.
    pub from: u64,
    /// After.
    pub to: u64,
    /// The rate that moved it.
    pub success_rate: f64,
    /// How many outcomes made the rate.
    pub samples: u64,
    /// Why.
    pub reason: AdjustReason,
}

object!(Adjustment: at, from, to, success_rate, samples, reason);

/// Why a threshold moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustReason {
    /// The rate is above `adapt_above`: one more failure is needed.
    SuccessRateAbove,
    /// The rate is below `adapt_below`: one less is needed.
    SuccessRateBelow,
}

words!(AdjustReason.name: SuccessRateAbove, SuccessRateBelow);

impl AdjustReason {
    /// The name in logs, metrics and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SuccessRateAbove => "success_rate_above",
            Self::SuccessRateBelow => "success_rate_below",
        }
    }
}

/// What a step did, for the shell to answer, log, count and store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// The answer to an acquire, and only to that.
    pub acquired: Option<Acquired>,
    /// Changes of state in order; at most two (time passes first).
    pub changes: Vec<StateChange>,
    /// The threshold moved.
    pub adjusted: Option<Adjustment>,
    /// The outcome was counted as a sample: in a window or as a probe.
    pub counted: bool,
    /// Something that must outlive a restart changed: store before answering.
    pub store: bool,
}

/// A granted probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeLease {
    /// Its number, never given twice.
    pub id: u64,
    /// It is dead from this breaker time on, milliseconds.
    pub dies_at_ms: u64,
}

object!(ProbeLease: id, dies_at_ms);
