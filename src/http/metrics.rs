//! `GET /metrics`: what holds for the whole deployment, for scrapers.
//!
//! Figures come from the telemetry objects and from the breakers' own, which hear of all isolates: it does not matter which
//! one answers.

use serde_json::Value;

use super::admin_breakers::{self, BreakerState};
use super::error::ApiError;
use super::exchange::Exchange;
use super::reply::Reply;
use super::stats::phrase_cache;
use crate::telemetry::collector::people;
use crate::telemetry::exposition::{Exposition, ExpositionFormat, MetricKind};
use crate::telemetry::figures::{Figures, Series};
use crate::telemetry::metrics::{
    BREAKER_COUNTERS, BREAKER_GAUGES, BREAKER_STATE, BREAKER_UP, BUILD, CACHE_BYTES, CACHE_ENTRIES, MEASURED,
    PEOPLE_ACTIVE, TELEMETRY_UP,
};
use crate::telemetry::reporter;
use crate::upstream::breaker::State;

const STATES: [State; 5] = [
    State::Closed,
    State::Open,
    State::HalfOpen,
    State::ForcedOpen,
    State::Disabled,
];

/// `GET /metrics`. A breaker whose object does not answer is told as `breaker_up` 0, and has no other samples.
///
/// # Errors
/// 403 for a session token.
pub async fn metrics(exchange: Exchange) -> Result<Reply, ApiError> {
    exchange.authorized()?;
    let form = ExpositionFormat::of(&exchange.header("accept"));
    let (breakers, figures) =
        futures::future::join(admin_breakers::each(&exchange.config), figures(&exchange)).await;
    let mut text = Exposition::new(form);
    text.sample(&BUILD, &[env!("CARGO_PKG_VERSION")], 1.0);
    measured(&mut text, &figures);
    of_breakers(&mut text, &breakers);
    Ok(Reply::text(form.content_type(), text.finish()).header("cache-control", "no-store"))
}

/// Everything that was measured since the beginning, and what is now.
async fn figures(exchange: &Exchange) -> Figures {
    let answers = reporter::ask("totals").await;
    let mut all = Figures::new();
    for answer in answers.iter().flatten() {
        all.absorb(answer, |_| true);
    }
    let up = answers.iter().flatten().count() as f64 / answers.len().max(1) as f64;
    all.set(&TELEMETRY_UP, &[], up);
    if let Some((entries, bytes)) = phrase_cache(exchange).await {
        all.set(&CACHE_ENTRIES, &["phrase"], entries);
        all.set(&CACHE_BYTES, &["phrase"], bytes);
    }
    all
}

fn measured(text: &mut Exposition, figures: &Figures) {
    // A counter that is 0 where its object did not answer would seem to have begun again.
    let nothing = (figures.sum(&TELEMETRY_UP, &[]) >= 1.0).then(Series::default);
    for family in MEASURED {
        // What has not happened yet has its name all the same, and a number where no labels are to be known: a rate needs
        // where to begin.
        text.head(family);
        let mut all: Vec<&Series> = figures.of(family).collect();
        if all.is_empty() && family.labels.is_empty() {
            all.extend(&nothing);
        }
        for series in all {
            let labels = series.labels();
            match family.kind {
                MetricKind::Histogram => text.histogram(family, &labels, &series.histogram, series.sum),
                _ if family.name == PEOPLE_ACTIVE.name => {
                    text.sample(family, &labels, people(series.histogram.0.len()));
                }
                // A gauge that is told in steps may be below 0 until all isolates have told theirs.
                _ => text.sample(family, &labels, series.sum.max(0.0)),
            }
        }
    }
}

fn of_breakers(text: &mut Exposition, breakers: &[(String, Option<BreakerState>)]) {
    for (key, told) in breakers {
        text.sample(&BREAKER_UP, &[key], f64::from(u8::from(told.is_some())));
    }
    let rows: Vec<(&str, &BreakerState, Value)> = breakers
        .iter()
        .filter_map(|(key, told)| {
            let told = told.as_ref()?;
            Some((key.as_str(), told, serde_json::from_str(&told.row).ok()?))
        })
        .collect();
    for (key, _, row) in &rows {
        let stands = row.get("state").and_then(Value::as_str).unwrap_or_default();
        for state in STATES {
            let holds = f64::from(u8::from(state.name() == stands));
            text.sample(&BREAKER_STATE, &[key, state.name()], holds);
        }
    }
    for (family, place, units) in BREAKER_GAUGES {
        for (key, _, row) in &rows {
            if let Some(value) = row.pointer(place).and_then(Value::as_f64) {
                text.sample(family, &[key], value / units);
            }
        }
    }
    for family in BREAKER_COUNTERS {
        for (key, told, _) in &rows {
            for (word, count) in told.counts.of(family.name) {
                text.sample(family, &[key, word], count as f64);
            }
        }
    }
}
