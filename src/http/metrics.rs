//! `GET /metrics`: what holds for the whole deployment, in OpenMetrics 1.0.
//!
//! Everything here comes from the breakers' objects, which hear of all isolates; an isolate's own numbers would differ
//! from scrape to scrape. Counters reach an object with what its isolates say to it. Leaves out durations: they need an object
//! that adds up histograms.

use serde_json::Value;

use super::admin_breakers::{self, Told};
use super::error::ApiError;
use super::exchange::Exchange;
use super::reply::Reply;
use crate::telemetry::exposition::{CONTENT_TYPE, Exposition, Family, Kind};
use crate::upstream::breaker::State;
use crate::upstream::counts::COUNTERS;

const STATES: [State; 5] = [
    State::Closed,
    State::Open,
    State::HalfOpen,
    State::ForcedOpen,
    State::Disabled,
];

const fn gauge(name: &'static str, unit: &'static str, help: &'static str) -> Family {
    Family {
        name,
        kind: Kind::Gauge,
        unit,
        help,
    }
}

/// A gauge, where its number stands in a row of `GET /admin/breakers`, and what one of its units is there.
const GAUGES: [(Family, &str, f64); 7] = [
    (
        gauge(
            "breaker_threshold",
            "",
            "Failures in a row that would open it from a clean start.",
        ),
        "/threshold",
        1.0,
    ),
    (
        gauge(
            "breaker_success_ratio",
            "ratio",
            "Share of good answers in the window in use.",
        ),
        "/success_rate",
        1.0,
    ),
    (
        gauge("breaker_samples", "", "Outcomes in the window in use."),
        "/samples",
        1.0,
    ),
    (
        gauge("breaker_leases_live", "", "Probes that hold a lease."),
        "/leases/live",
        1.0,
    ),
    (
        gauge("breaker_leases_limit", "", "Leases that may live at once."),
        "/leases/limit",
        1.0,
    ),
    (
        gauge(
            "breaker_retry_after_seconds",
            "seconds",
            "What a denied call would be told; 0 if one would pass.",
        ),
        "/retry_after_ms",
        1_000.0,
    ),
    (
        gauge(
            "breaker_cooldown_seconds",
            "seconds",
            "What is left of the pause that the provider asked for.",
        ),
        "/cooldown_ms",
        1_000.0,
    ),
];

/// `GET /metrics`. A breaker whose object does not answer is told as `breaker_up` 0, and has no other samples.
///
/// # Errors
/// 403 for a session token.
pub async fn metrics(exchange: Exchange) -> Result<Reply, ApiError> {
    exchange.authorized()?;
    let breakers = admin_breakers::each(&exchange.config).await;
    let text = exposition(&breakers);
    Ok(Reply::text(CONTENT_TYPE, text).header("cache-control", "no-store"))
}

fn exposition(breakers: &[(String, Option<Told>)]) -> String {
    let mut text = Exposition::default();
    let build = Family {
        name: "hearken_build",
        kind: Kind::Info,
        unit: "",
        help: "What runs here.",
    };
    text.family(&build, [([("version", env!("CARGO_PKG_VERSION"))], 1.0)]);
    let up = gauge(
        "breaker_up",
        "",
        "Whether the breaker's object answered this scrape.",
    );
    let answered = |told: &Option<Told>| f64::from(u8::from(told.is_some()));
    text.family(
        &up,
        breakers
            .iter()
            .map(|(key, told)| ([("key", key.as_str())], answered(told))),
    );
    let rows: Vec<(&str, &Told, Value)> = breakers
        .iter()
        .filter_map(|(key, told)| {
            let told = told.as_ref()?;
            Some((key.as_str(), told, serde_json::from_str(told.row.get()).ok()?))
        })
        .collect();
    let states = Family {
        name: "breaker_state",
        kind: Kind::StateSet,
        unit: "",
        help: "Where the breaker stands.",
    };
    text.family(
        &states,
        rows.iter().flat_map(|(key, _, row)| {
            let stands = row.get("state").and_then(Value::as_str).unwrap_or_default();
            STATES.into_iter().map(move |state| {
                let holds = f64::from(u8::from(state.name() == stands));
                ([("key", *key), ("breaker_state", state.name())], holds)
            })
        }),
    );
    for (family, place, units) in &GAUGES {
        let samples = rows.iter().filter_map(|(key, _, row)| {
            let value = row.pointer(place)?.as_f64()?;
            Some(([("key", *key)], value / units))
        });
        text.family(family, samples);
    }
    for (name, label, help) in COUNTERS {
        let family = Family {
            name,
            kind: Kind::Counter,
            unit: "",
            help,
        };
        let samples = rows.iter().flat_map(|(key, told, _)| {
            let counted = told.counts.of(name);
            counted.map(move |(word, count)| ([("key", *key), (label, word)], count as f64))
        });
        text.family(&family, samples);
    }
    text.finish()
}
