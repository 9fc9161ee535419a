//! The breaker's configuration: every name, its default, its range, and the relations between names.
//!
//! Owns the one table (`FIELDS`) that turns `BREAKER_X` variables, their per-chain overrides (`LLM_BREAKER_X`, ...)
//! and the JSON line of `replay breaker` into a [`Config`]. Invariant: a `Config` that these readers return has every
//! value within its range and every relation kept. Leaves out: what the values do (see `machine`).

use serde_json::{Map, Value};

use super::key::Operation;

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

/// How a field is read and where it goes.
enum Kind {
    Whole {
        at: fn(&mut Config) -> &mut u64,
        min: u64,
        max: u64,
    },
    Real {
        at: fn(&mut Config) -> &mut f64,
        min: f64,
        max: f64,
        above_min: bool,
    },
    Choice {
        set: fn(&mut Config, usize),
        of: &'static [&'static str],
    },
}

struct Field {
    name: &'static str,
    kind: Kind,
}

const fn whole(name: &'static str, at: fn(&mut Config) -> &mut u64, min: u64, max: u64) -> Field {
    Field {
        name,
        kind: Kind::Whole { at, min, max },
    }
}

const fn real(name: &'static str, at: fn(&mut Config) -> &mut f64, min: f64, max: f64) -> Field {
    Field {
        name,
        kind: Kind::Real {
            at,
            min,
            max,
            above_min: false,
        },
    }
}

const fn share(name: &'static str, at: fn(&mut Config) -> &mut f64) -> Field {
    Field {
        name,
        kind: Kind::Real {
            at,
            min: 0.0,
            max: 1.0,
            above_min: true,
        },
    }
}

const fn choice(name: &'static str, set: fn(&mut Config, usize), of: &'static [&'static str]) -> Field {
    Field {
        name,
        kind: Kind::Choice { set, of },
    }
}

const DAY_MS: u64 = 86_400_000;

static FIELDS: [Field; 34] = [
    choice(
        "BREAKER_STRATEGY",
        |c, i| {
            c.strategy = match i {
                0 => Strategy::ConsecutiveAdaptive,
                1 => Strategy::Window,
                _ => Strategy::Evidence,
            };
        },
        &["consecutive_adaptive", "window", "evidence"],
    ),
    choice(
        "BREAKER_ENFORCE",
        |c, i| c.enforce = if i == 0 { Enforce::On } else { Enforce::Shadow },
        &["on", "shadow"],
    ),
    whole("BREAKER_THRESHOLD", |c| &mut c.threshold, 1, 1000),
    whole("BREAKER_THRESHOLD_MIN", |c| &mut c.threshold_min, 1, 1000),
    whole("BREAKER_THRESHOLD_MAX", |c| &mut c.threshold_max, 1, 1000),
    whole("BREAKER_ADAPT_EVERY", |c| &mut c.adapt_every, 0, 10_000),
    whole("BREAKER_ADAPT_WINDOW", |c| &mut c.adapt_window, 1, 10_000),
    whole(
        "BREAKER_ADAPT_MIN_SAMPLES",
        |c| &mut c.adapt_min_samples,
        1,
        10_000,
    ),
    real("BREAKER_ADAPT_ABOVE", |c| &mut c.adapt_above, 0.0, 1.0),
    real("BREAKER_ADAPT_BELOW", |c| &mut c.adapt_below, 0.0, 1.0),
    choice(
        "BREAKER_WINDOW_TYPE",
        |c, i| {
            c.window_type = if i == 0 {
                WindowType::Time
            } else {
                WindowType::Count
            }
        },
        &["time", "count"],
    ),
    whole("BREAKER_WINDOW_MS", |c| &mut c.window_ms, 100, 3_600_000),
    whole("BREAKER_WINDOW_BUCKETS", |c| &mut c.window_buckets, 1, 60),
    whole("BREAKER_WINDOW_CALLS", |c| &mut c.window_calls, 1, 10_000),
    whole("BREAKER_WINDOW_MIN_CALLS", |c| &mut c.window_min_calls, 1, 10_000),
    share("BREAKER_FAILURE_RATE", |c| &mut c.failure_rate),
    share("BREAKER_SLOW_RATE", |c| &mut c.slow_rate),
    whole("BREAKER_SLOW_MS", |c| &mut c.slow_ms, 0, 600_000),
    choice(
        "BREAKER_SLOW_AS",
        |c, i| c.slow_as = if i == 0 { SlowAs::Ok } else { SlowAs::Fail },
        &["ok", "fail"],
    ),
    real("BREAKER_EVIDENCE_ALPHA", |c| &mut c.evidence_alpha, 1e-12, 0.1),
    real(
        "BREAKER_EVIDENCE_BASELINE",
        |c| &mut c.evidence_baseline,
        0.005,
        0.4,
    ),
    whole("BREAKER_EVIDENCE_MEMORY", |c| &mut c.evidence_memory, 10, 100_000),
    whole("BREAKER_OPEN_MS", |c| &mut c.open_ms, 1, DAY_MS),
    whole("BREAKER_OPEN_MAX_MS", |c| &mut c.open_max_ms, 1, DAY_MS),
    real("BREAKER_OPEN_FACTOR", |c| &mut c.open_factor, 1.0, 10.0),
    choice(
        "BREAKER_OPEN_JITTER",
        |c, i| c.open_jitter = i == 0,
        &["on", "off"],
    ),
    whole("BREAKER_OPEN_DECAY_MS", |c| &mut c.open_decay_ms, 0, DAY_MS),
    whole("BREAKER_PROBES", |c| &mut c.probes, 1, 100),
    whole("BREAKER_PROBE_SUCCESSES", |c| &mut c.probe_successes, 1, 100),
    whole("BREAKER_LEASE_MS", |c| &mut c.lease_ms, 1, 600_000),
    whole("BREAKER_COOLDOWN_MS", |c| &mut c.cooldown_ms, 0, DAY_MS),
    whole("BREAKER_COOLDOWN_MAX_MS", |c| &mut c.cooldown_max_ms, 0, DAY_MS),
    whole("BREAKER_SNAPSHOT_TTL_MS", |c| &mut c.snapshot_ttl_ms, 10, 60_000),
    whole(
        "BREAKER_OBJECT_TIMEOUT_MS",
        |c| &mut c.object_timeout_ms,
        10,
        5_000,
    ),
];

/// Every variable of the table without a chain's prefix, so that the caller can find misspelt ones.
pub fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|field| field.name)
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

impl Field {
    /// Reads one value into its place; `name` is what the error calls it.
    fn read(&self, config: &mut Config, name: &str, value: &Value) -> Result<(), ConfigError> {
        let refused = |accepted: String| ConfigError::Value {
            name: name.to_owned(),
            value: shorten(&value.to_string()),
            accepted,
        };
        match &self.kind {
            Kind::Whole { at, min, max } => {
                let read = whole_number(value).filter(|n| (min..=max).contains(&n));
                *at(config) = read.ok_or_else(|| refused(format!("a whole number from {min} to {max}")))?;
            }
            Kind::Real {
                at,
                min,
                max,
                above_min,
            } => {
                let fits = |x: &f64| {
                    if *above_min {
                        x > min && x <= max
                    } else {
                        x >= min && x <= max
                    }
                };
                let low = if *above_min { "above" } else { "from" };
                let read = real_number(value).filter(fits);
                *at(config) = read.ok_or_else(|| refused(format!("a number {low} {min} and up to {max}")))?;
            }
            Kind::Choice { set, of } => {
                let at = value
                    .as_str()
                    .and_then(|text| of.iter().position(|name| *name == text.trim()));
                set(
                    config,
                    at.ok_or_else(|| refused(format!("one of {}", of.join(", "))))?,
                );
            }
        }
        Ok(())
    }
}

/// 2^64: the first whole number beyond `u64`.
const WHOLE_END: f64 = 18_446_744_073_709_551_616.0;

/// A JSON number without a fraction (`1000`, `1e3`, `1000.0`), at least 0; `None` for anything else.
pub fn whole_json(value: &Value) -> Option<u64> {
    if let Some(n) = value.as_u64() {
        return Some(n);
    }
    let x = value.as_f64()?;
    // In range and without a fraction, so the cast is exact.
    (x.fract() == 0.0 && (0.0..WHOLE_END).contains(&x)).then_some(x as u64)
}

fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            // `parse` alone would also take a leading `+`.
            text.bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| text.parse().ok())
                .flatten()
        }
        other => whole_json(other),
    }
}

fn real_number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
}

/// At most this many characters of a refused name or value are repeated.
const SHOWN_CHARS_MAX: usize = 60;

fn shorten(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .filter(|c| !c.is_control())
        .collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
