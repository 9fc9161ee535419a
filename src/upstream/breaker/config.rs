//! The breaker's configuration: every name, its default, its range, and the relations between names.
//!
//! Reads `BREAKER_X` variables, their per-chain overrides (`LLM_BREAKER_X`, ...) and the JSON line of `replay breaker`
//! into a [`Config`]; the table of names and ranges is in `fields`. Invariant: a `Config` that these readers return has every
//! value within its range and every relation kept. Leaves out: what the values do (see `machine`).

use serde_json::{Map, Value};

use super::fields::{FIELDS, shorten};
use super::key::Operation;

/// Longest life of a lease, milliseconds (`BREAKER_LEASE_MS`).
pub const LEASE_MS_MAX: u64 = 600_000;

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
pub struct Config {
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

impl Default for Config {
    fn default() -> Self {
        Self {
            strategy: Strategy::Evidence,
            enforce: Enforce::On,
            threshold: 5,
            threshold_min: 3,
            threshold_max: 10,
            adapt_every: 10,
            adapt_window: 100,
            adapt_min_samples: 20,
            adapt_above: 0.95,
            adapt_below: 0.80,
            window_type: WindowType::Time,
            window_ms: 30_000,
            window_buckets: 10,
            window_calls: 100,
            window_min_calls: 10,
            failure_rate: 0.5,
            slow_rate: 1.0,
            slow_ms: 0,
            slow_as: SlowAs::Ok,
            evidence_alpha: 0.00001,
            evidence_baseline: 0.02,
            evidence_memory: 200,
            open_ms: 5_000,
            open_max_ms: 300_000,
            open_factor: 2.0,
            open_jitter: true,
            open_decay_ms: 60_000,
            probes: 1,
            probe_successes: 3,
            lease_ms: 30_000,
            cooldown_ms: 5_000,
            cooldown_max_ms: 300_000,
            snapshot_ttl_ms: 1_000,
            object_timeout_ms: 150,
        }
    }
}

/// Why a configuration is refused: one sentence that names the variable, its value and what is accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A value of the wrong kind or out of its range.
    #[error("{name} is {value}, but must be {accepted}")]
    Value {
        /// The variable as it was read, with its chain's prefix.
        name: String,
        /// The refused value, shortened.
        value: String,
        /// The accepted values.
        accepted: String,
    },
    /// Two or three values that contradict each other.
    #[error("{rule} must hold")]
    Relation {
        /// The first variable of the relation, as it was read.
        name: String,
        /// Its value.
        value: String,
        /// The relation with every variable's name and value.
        rule: String,
    },
    /// A name that the table does not have.
    #[error("{name} is not a variable of the breaker")]
    Unknown {
        /// The name, shortened.
        name: String,
    },
}

impl ConfigError {
    /// The variable that is refused, as it was read.
    pub fn name(&self) -> &str {
        match self {
            Self::Value { name, .. } | Self::Relation { name, .. } | Self::Unknown { name } => name,
        }
    }
}

impl Config {
    /// Reads the variables of one operation's chain: `LLM_BREAKER_X` (`TTS_`, `STT_`, `EMBED_`) before `BREAKER_X`
    /// before the default. The first wrong value, or else the first broken relation, is the error.
    pub fn from_vars(
        operation: Operation,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        let mut overridden = Vec::new();
        for field in &FIELDS {
            let own = format!("{}_{}", operation.chain(), field.name);
            let (name, text) = match lookup(&own) {
                Some(text) => {
                    overridden.push(field.name);
                    (own, text)
                }
                None => match lookup(field.name) {
                    Some(text) => (field.name.to_owned(), text),
                    None => continue,
                },
            };
            field.read(&mut config, &name, &Value::String(text))?;
        }
        config.check(|name| {
            if overridden.contains(&name) {
                format!("{}_{name}", operation.chain())
            } else {
                name.to_owned()
            }
        })?;
        Ok(config)
    }

    /// Reads a configuration line of `replay breaker`: the table's names in lower case; values as JSON numbers or
    /// strings; unknown names are refused; jitter is off unless given.
    pub fn from_json(line: &Map<String, Value>) -> Result<Self, ConfigError> {
        let mut config = Self {
            open_jitter: false,
            ..Self::default()
        };
        for (name, value) in line {
            let field = FIELDS
                .iter()
                .find(|field| field.name.to_ascii_lowercase() == *name);
            let Some(field) = field else {
                return Err(ConfigError::Unknown {
                    name: shorten(&name.to_ascii_uppercase()),
                });
            };
            field.read(&mut config, field.name, value)?;
        }
        config.check(str::to_owned)?;
        Ok(config)
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

    /// A lease must outlive the call it covers: refuses a `lease_ms` below the call's total deadline.
    pub fn check_deadline(&self, total_deadline_ms: u64) -> Result<(), ConfigError> {
        if self.lease_ms >= total_deadline_ms {
            return Ok(());
        }
        Err(ConfigError::Value {
            name: "BREAKER_LEASE_MS".into(),
            value: self.lease_ms.to_string(),
            accepted: format!("at least the call's total deadline of {total_deadline_ms} ms"),
        })
    }

    /// Minimum throughput as effective: a count window can never hold more than its size.
    pub fn window_min_effective(&self) -> u64 {
        match self.window_type {
            WindowType::Time => self.window_min_calls,
            WindowType::Count => self.window_min_calls.min(self.window_calls),
        }
    }

    /// Checks the relations; `shown` gives the name a variable was read under.
    fn check(&self, shown: impl Fn(&'static str) -> String) -> Result<(), ConfigError> {
        let at_most = |low: (&'static str, u64), high: (&'static str, u64)| {
            relation(
                low.1 <= high.1,
                &shown,
                &[(low.0, &low.1), (high.0, &high.1)],
                " <= ",
            )
        };
        relation(
            self.threshold_min <= self.threshold && self.threshold <= self.threshold_max,
            &shown,
            &[
                ("BREAKER_THRESHOLD_MIN", &self.threshold_min),
                ("BREAKER_THRESHOLD", &self.threshold),
                ("BREAKER_THRESHOLD_MAX", &self.threshold_max),
            ],
            " <= ",
        )?;
        at_most(
            ("BREAKER_ADAPT_MIN_SAMPLES", self.adapt_min_samples),
            ("BREAKER_ADAPT_WINDOW", self.adapt_window),
        )?;
        relation(
            self.adapt_below < self.adapt_above,
            &shown,
            &[
                ("BREAKER_ADAPT_BELOW", &self.adapt_below),
                ("BREAKER_ADAPT_ABOVE", &self.adapt_above),
            ],
            " < ",
        )?;
        relation(
            self.window_ms.is_multiple_of(self.window_buckets),
            &shown,
            &[
                ("BREAKER_WINDOW_BUCKETS", &self.window_buckets),
                ("BREAKER_WINDOW_MS", &self.window_ms),
            ],
            " divides ",
        )?;
        at_most(
            ("BREAKER_OPEN_MS", self.open_ms),
            ("BREAKER_OPEN_MAX_MS", self.open_max_ms),
        )?;
        at_most(
            ("BREAKER_COOLDOWN_MS", self.cooldown_ms),
            ("BREAKER_COOLDOWN_MAX_MS", self.cooldown_max_ms),
        )
    }
}

type Named<'a> = (&'static str, &'a dyn std::fmt::Display);

fn relation(
    holds: bool,
    shown: &impl Fn(&'static str) -> String,
    parts: &[Named<'_>],
    sign: &str,
) -> Result<(), ConfigError> {
    if holds {
        return Ok(());
    }
    let rule: Vec<_> = parts
        .iter()
        .map(|(name, value)| format!("{} ({value})", shown(name)))
        .collect();
    let (name, value) = parts
        .first()
        .map(|(name, value)| (shown(name), value.to_string()))
        .unwrap_or_default();
    Err(ConfigError::Relation {
        name,
        value,
        rule: rule.join(sign),
    })
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
