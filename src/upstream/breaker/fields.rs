//! The table of the breaker's variables: name, range and place in [`Config`], and how one value is read.

use serde_json::Value;

use super::config::{Config, ConfigError, Enforce, LEASE_MS_MAX, SlowAs, Strategy, WindowType};

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

pub(super) struct Field {
    pub(super) name: &'static str,
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

pub(super) const DAY_MS: u64 = 86_400_000;

pub(super) static FIELDS: [Field; 34] = [
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
    whole("BREAKER_LEASE_MS", |c| &mut c.lease_ms, 1, LEASE_MS_MAX),
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

impl Field {
    /// Reads one value into its place; `name` is what the error calls it.
    pub(super) fn read(&self, config: &mut Config, name: &str, value: &Value) -> Result<(), ConfigError> {
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

pub(super) fn shorten(text: &str) -> String {
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
