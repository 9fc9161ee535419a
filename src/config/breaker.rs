//! The breaker's configuration: every name, its default, its range, and the relations between names.
//!
//! Reads `BREAKER_X` variables, their per-chain overrides (`LLM_BREAKER_X`, ...) and the JSON line of `replay breaker`
//! into a [`BreakerConfig`]. Invariant: what these readers return has every value within its range and every relation kept.
//! Leaves out: what the values do (see `upstream::breaker::machine`).

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::chain_kind::ChainKind;
use super::vars::{ConfigError, Vars};

/// Longest life of a lease, milliseconds (`BREAKER_LEASE_MS`).
const LEASE_MS_MAX: u64 = 600_000;
const LEASE_MS: u64 = 30_000;
const DAY_MS: u64 = 86_400_000;

/// What opens the breaker (`BREAKER_STRATEGY`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// A run of consecutive failures whose needed length follows the success rate.
    ConsecutiveAdaptive,
    /// Shares of failures and of slow calls over a window with minimum throughput.
    Window,
    /// A sequential test against the provider's usual failure share.
    Evidence,
}

/// Whether `open` and a full `half_open` deny (`BREAKER_ENFORCE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforce {
    /// They deny.
    On,
    /// They only show what they would do; forced open and a cool-down still deny.
    Shadow,
}

/// Sampling of the `window` strategy (`BREAKER_WINDOW_TYPE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowType {
    /// The last `window_ms`, in equal buckets.
    Time,
    /// The last `window_calls` outcomes.
    Count,
}

/// What `slow` counts as everywhere except in the slow share (`BREAKER_SLOW_AS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlowAs {
    /// A success.
    Ok,
    /// A failure.
    Fail,
}

/// All values of one breaker; each field is the variable `BREAKER_` + its name in capitals. Whole numbers are counts
/// or, with `_ms`, milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // The names are the contract; `docs/breaker.md` describes each one.
pub struct BreakerConfig {
    pub strategy: Strategy,
    pub enforce: Enforce,
    pub threshold: u64,
    pub threshold_min: u64,
    pub threshold_max: u64,
    pub adapt_every: u64,
    pub adapt_window: u64,
    pub adapt_min_samples: u64,
    pub adapt_above: f64,
    pub adapt_below: f64,
    pub window_type: WindowType,
    pub window_ms: u64,
    pub window_buckets: u64,
    pub window_calls: u64,
    pub window_min_calls: u64,
    pub failure_rate: f64,
    pub slow_rate: f64,
    pub slow_ms: u64,
    pub slow_as: SlowAs,
    pub evidence_alpha: f64,
    pub evidence_baseline: f64,
    pub evidence_memory: u64,
    pub open_ms: u64,
    pub open_max_ms: u64,
    pub open_factor: f64,
    pub open_jitter: bool,
    pub open_decay_ms: u64,
    pub probes: u64,
    pub probe_successes: u64,
    pub lease_ms: u64,
    pub cooldown_ms: u64,
    pub cooldown_max_ms: u64,
    pub snapshot_ttl_ms: u64,
    pub object_timeout_ms: u64,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self::read(Vars::new(&|_| None, &RefCell::default()), LEASE_MS)
    }
}

impl BreakerConfig {
    /// A chain's, with a lease that outlives a call of `total_ms` unless one is set: a probe that is still answering must
    /// not be cut off by its own lease.
    pub(super) fn of_chain(vars: Vars, kind: ChainKind, total_ms: u64) -> Self {
        let prefix = format!("{}_", kind.variable());
        Self::read(vars.preferring(&prefix), total_ms.clamp(LEASE_MS, LEASE_MS_MAX))
    }

    fn read(vars: Vars, lease_ms: u64) -> Self {
        let config = Self {
            strategy: match vars.word(
                "BREAKER_STRATEGY",
                &["evidence", "window", "consecutive_adaptive"],
            ) {
                0 => Strategy::Evidence,
                1 => Strategy::Window,
                _ => Strategy::ConsecutiveAdaptive,
            },
            enforce: match vars.word("BREAKER_ENFORCE", &["on", "shadow"]) {
                0 => Enforce::On,
                _ => Enforce::Shadow,
            },
            threshold: vars.whole("BREAKER_THRESHOLD", 5, 1, 1000),
            threshold_min: vars.whole("BREAKER_THRESHOLD_MIN", 3, 1, 1000),
            threshold_max: vars.whole("BREAKER_THRESHOLD_MAX", 10, 1, 1000),
            adapt_every: vars.whole("BREAKER_ADAPT_EVERY", 10, 0, 10_000),
            adapt_window: vars.whole("BREAKER_ADAPT_WINDOW", 100, 1, 10_000),
            adapt_min_samples: vars.whole("BREAKER_ADAPT_MIN_SAMPLES", 20, 1, 10_000),
            adapt_above: vars.number("BREAKER_ADAPT_ABOVE", 0.95, 0.0, 1.0),
            adapt_below: vars.number("BREAKER_ADAPT_BELOW", 0.80, 0.0, 1.0),
            window_type: match vars.word("BREAKER_WINDOW_TYPE", &["time", "count"]) {
                0 => WindowType::Time,
                _ => WindowType::Count,
            },
            window_ms: vars.whole("BREAKER_WINDOW_MS", 30_000, 100, 3_600_000),
            window_buckets: vars.whole("BREAKER_WINDOW_BUCKETS", 10, 1, 60),
            window_calls: vars.whole("BREAKER_WINDOW_CALLS", 100, 1, 10_000),
            window_min_calls: vars.whole("BREAKER_WINDOW_MIN_CALLS", 10, 1, 10_000),
            failure_rate: vars.share("BREAKER_FAILURE_RATE", 0.5),
            slow_rate: vars.share("BREAKER_SLOW_RATE", 1.0),
            slow_ms: vars.whole("BREAKER_SLOW_MS", 0, 0, 600_000),
            slow_as: match vars.word("BREAKER_SLOW_AS", &["ok", "fail"]) {
                0 => SlowAs::Ok,
                _ => SlowAs::Fail,
            },
            evidence_alpha: vars.number("BREAKER_EVIDENCE_ALPHA", 0.00001, 1e-12, 0.1),
            evidence_baseline: vars.number("BREAKER_EVIDENCE_BASELINE", 0.02, 0.005, 0.4),
            evidence_memory: vars.whole("BREAKER_EVIDENCE_MEMORY", 200, 10, 100_000),
            open_ms: vars.whole("BREAKER_OPEN_MS", 5_000, 1, DAY_MS),
            open_max_ms: vars.whole("BREAKER_OPEN_MAX_MS", 300_000, 1, DAY_MS),
            open_factor: vars.number("BREAKER_OPEN_FACTOR", 2.0, 1.0, 10.0),
            open_jitter: vars.switch("BREAKER_OPEN_JITTER", true),
            open_decay_ms: vars.whole("BREAKER_OPEN_DECAY_MS", 60_000, 0, DAY_MS),
            probes: vars.whole("BREAKER_PROBES", 1, 1, 100),
            probe_successes: vars.whole("BREAKER_PROBE_SUCCESSES", 3, 1, 100),
            lease_ms: vars.whole("BREAKER_LEASE_MS", lease_ms, 1, LEASE_MS_MAX),
            cooldown_ms: vars.whole("BREAKER_COOLDOWN_MS", 5_000, 0, DAY_MS),
            cooldown_max_ms: vars.whole("BREAKER_COOLDOWN_MAX_MS", 300_000, 0, DAY_MS),
            snapshot_ttl_ms: vars.whole("BREAKER_SNAPSHOT_TTL_MS", 1_000, 10, 60_000),
            object_timeout_ms: vars.whole("BREAKER_OBJECT_TIMEOUT_MS", 150, 10, 5_000),
        };
        config.check(vars);
        config
    }

    /// Reads a configuration line of `replay breaker`: the variables' names in lower case; values as JSON numbers or
    /// strings; unknown names are refused; jitter is off unless given.
    ///
    /// # Errors
    /// The first name or value that cannot be used, or else the first relation that does not hold.
    pub fn from_json(line: &Map<String, Value>) -> Result<Self, ConfigError> {
        let known = RefCell::new(Vec::new());
        let lookup = |name: &str| {
            let lower = name.to_ascii_lowercase();
            let text = match line.get(&lower) {
                Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
                // 1000.0 is 1000.
                Some(Value::Number(number)) => number.as_f64().map(|number| number.to_string()),
                Some(other) => Some(other.to_string()),
                None => (name == "BREAKER_OPEN_JITTER").then(|| "off".to_owned()),
            };
            known.borrow_mut().push(lower);
            text
        };
        let refused = RefCell::default();
        let vars = Vars::new(&lookup, &refused);
        let config = Self::read(vars, LEASE_MS);
        for name in line.keys().filter(|name| !known.borrow().contains(name)) {
            vars.refuse(
                &name.to_ascii_uppercase(),
                "is not a variable of the breaker".to_owned(),
            );
        }
        refused.into_inner().map_or(Ok(config), Err)
    }

    /// Whether a good answer whose first useful byte took `first_byte_ms` is `slow`.
    pub fn is_slow(&self, first_byte_ms: u64) -> bool {
        self.slow_ms > 0 && first_byte_ms > self.slow_ms
    }

    /// How long a throttled call pauses its upstream (rule 3): what it asked for, else the usual, never beyond the longest.
    pub fn pause_ms(&self, retry_after_ms: Option<u64>) -> u64 {
        retry_after_ms
            .unwrap_or(self.cooldown_ms)
            .min(self.cooldown_max_ms)
    }

    /// Minimum throughput as effective: a count window can never hold more than its size.
    pub fn window_min_effective(&self) -> u64 {
        match self.window_type {
            WindowType::Time => self.window_min_calls,
            WindowType::Count => self.window_min_calls.min(self.window_calls),
        }
    }

    fn check(&self, vars: Vars) {
        vars.relate(
            self.threshold_min <= self.threshold && self.threshold <= self.threshold_max,
            " <= ",
            &[
                ("BREAKER_THRESHOLD_MIN", &self.threshold_min),
                ("BREAKER_THRESHOLD", &self.threshold),
                ("BREAKER_THRESHOLD_MAX", &self.threshold_max),
            ],
        );
        vars.relate(
            self.adapt_min_samples <= self.adapt_window,
            " <= ",
            &[
                ("BREAKER_ADAPT_MIN_SAMPLES", &self.adapt_min_samples),
                ("BREAKER_ADAPT_WINDOW", &self.adapt_window),
            ],
        );
        vars.relate(
            self.adapt_below < self.adapt_above,
            " < ",
            &[
                ("BREAKER_ADAPT_BELOW", &self.adapt_below),
                ("BREAKER_ADAPT_ABOVE", &self.adapt_above),
            ],
        );
        vars.relate(
            self.window_ms.is_multiple_of(self.window_buckets),
            " divides ",
            &[
                ("BREAKER_WINDOW_BUCKETS", &self.window_buckets),
                ("BREAKER_WINDOW_MS", &self.window_ms),
            ],
        );
        vars.relate(
            self.open_ms <= self.open_max_ms,
            " <= ",
            &[
                ("BREAKER_OPEN_MS", &self.open_ms),
                ("BREAKER_OPEN_MAX_MS", &self.open_max_ms),
            ],
        );
        vars.relate(
            self.cooldown_ms <= self.cooldown_max_ms,
            " <= ",
            &[
                ("BREAKER_COOLDOWN_MS", &self.cooldown_ms),
                ("BREAKER_COOLDOWN_MAX_MS", &self.cooldown_max_ms),
            ],
        );
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
