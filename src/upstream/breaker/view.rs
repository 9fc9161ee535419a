//! A breaker as operators see it: one row of `GET /admin/breakers`, and the two log lines.

use super::event::{Acquired, Adjustment, BreakerEvent, StateChange};
use super::key::Key;
use super::machine::{BreakerMachine, step};
use crate::config::breaker::BreakerConfig;
use crate::wire::json::{self, written};

/// Live leases and how many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct LeaseView {
    pub live: usize,
    pub limit: u64,
}

written!(LeaseView: live, limit);

/// One row of `GET /admin/breakers`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // The names are the contract.
pub struct View {
    pub key: String,
    pub provider: String,
    pub operation: &'static str,
    pub model: String,
    pub mode: &'static str,
    pub state: &'static str,
    pub threshold: u64,
    pub success_rate: Option<f64>,
    pub samples: u64,
    /// What a denied call would be told; 0 if a call would pass (or while forced open).
    pub retry_after_ms: u64,
    pub cooldown_ms: u64,
    pub leases: LeaseView,
    pub adjustments: Vec<Adjustment>,
}

written!(View:
    key, provider, operation, model, mode, state, threshold, samples, retry_after_ms, cooldown_ms, leases,
    adjustments; success_rate
);

impl View {
    /// The row of `breaker` as it stands after its last step.
    pub fn new(key: &Key, breaker: &BreakerMachine, config: &BreakerConfig) -> Self {
        Self {
            key: key.to_string(),
            provider: key.provider.clone(),
            operation: key.operation.operation(),
            model: key.model.clone(),
            mode: breaker.state().mode(),
            state: breaker.state().name(),
            threshold: breaker.threshold(config),
            success_rate: breaker.success_rate(),
            samples: breaker.samples(),
            retry_after_ms: retry_after_ms(breaker, config),
            cooldown_ms: breaker.cooldown_left_ms(),
            leases: LeaseView {
                live: breaker.live_leases(),
                limit: config.probes,
            },
            adjustments: breaker.adjustments().copied().collect(),
        }
    }
}

/// What an acquire would be told now, asked of a copy.
fn retry_after_ms(breaker: &BreakerMachine, config: &BreakerConfig) -> u64 {
    let now_ms = breaker.now_ms();
    let effects = step(&mut breaker.clone(), config, BreakerEvent::Acquire, now_ms, 0.0);
    match effects.acquired {
        Some(Acquired::Denied { retry_after_ms }) => retry_after_ms.unwrap_or(0),
        _ => 0,
    }
}

struct AdjustedLine<'a> {
    event: &'static str,
    key: &'a str,
    from: u64,
    to: u64,
    success_rate: f64,
    samples: u64,
    reason: &'static str,
}

written!(AdjustedLine<'_>: event, key, from, to, success_rate, samples, reason);

struct StateLine<'a> {
    event: &'static str,
    key: &'a str,
    from: &'static str,
    to: &'static str,
    reason: &'static str,
}

written!(StateLine<'_>: event, key, from, to, reason);

/// The log line of a moved threshold, JSON without a line end.
pub fn adjusted_line(key: &Key, moved: &Adjustment) -> String {
    let key = key.to_string();
    json::text(&AdjustedLine {
        event: "breaker_adjusted",
        key: &key,
        from: moved.from,
        to: moved.to,
        success_rate: moved.success_rate,
        samples: moved.samples,
        reason: moved.reason.name(),
    })
}

/// The log line of a change of state, JSON without a line end.
pub fn state_line(key: &Key, change: &StateChange) -> String {
    let key = key.to_string();
    json::text(&StateLine {
        event: "breaker_state",
        key: &key,
        from: change.from.name(),
        to: change.to.name(),
        reason: change.reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::breaker::event::{AdjustReason, Outcome, State};

    #[test]
    fn lines_have_the_contracts_fields_in_order() {
        let key: Key = "chat:groq:m".parse().unwrap();
        let moved = Adjustment {
            at: 9,
            from: 5,
            to: 6,
            success_rate: 1.0,
            samples: 20,
            reason: AdjustReason::SuccessRateAbove,
        };
        assert_eq!(
            adjusted_line(&key, &moved),
            r#"{"event":"breaker_adjusted","key":"chat:groq:m","from":5,"to":6,"success_rate":1.0,"samples":20,"reason":"success_rate_above"}"#
        );
        let change = StateChange {
            from: State::Closed,
            to: State::Open,
            reason: "evidence",
        };
        assert_eq!(
            state_line(&key, &change),
            r#"{"event":"breaker_state","key":"chat:groq:m","from":"closed","to":"open","reason":"evidence"}"#
        );
    }

    #[test]
    fn row_of_an_open_breaker_tells_the_longer_wait() {
        let key: Key = "speech:elevenlabs:eleven_flash_v2_5".parse().unwrap();
        let config = BreakerConfig {
            open_jitter: false,
            ..BreakerConfig::default()
        };
        let mut breaker = BreakerMachine::new(&config);
        let throttled = BreakerEvent::Outcome {
            outcome: Outcome::Throttled {
                retry_after_ms: Some(9_000),
            },
            lease: None,
        };
        step(&mut breaker, &config, throttled, 0, 0.0);
        for _ in 0..4 {
            step(
                &mut breaker,
                &config,
                BreakerEvent::Outcome {
                    outcome: Outcome::Fail,
                    lease: None,
                },
                0,
                0.0,
            );
        }
        let row = serde_json::from_str::<serde_json::Value>(&json::text(&View::new(&key, &breaker, &config)))
            .unwrap();
        assert_eq!(row["state"], "open");
        assert_eq!(row["mode"], "auto");
        assert_eq!(row["retry_after_ms"], 9_000);
        assert_eq!(row["cooldown_ms"], 9_000);
        assert_eq!(row["success_rate"], 0.0);
        assert_eq!(row["leases"], serde_json::json!({"live": 0, "limit": 1}));
    }
}
