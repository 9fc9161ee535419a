//! `GET /admin/stats`: what the status page shows, for the last hour or day.

use serde_json::Value;

use super::admin_breakers;
use super::error::ApiError;
use super::exchange::Exchange;
use super::reply::Reply;
use crate::platform::clock::now_ms;
use crate::telemetry::reporter;
use crate::telemetry::stats::{Stats, StatsWindow};
use crate::voice::phrases::Phrases;

/// `GET /admin/stats`.
///
/// # Errors
/// 400 for another window, 403 for a session token.
pub async fn stats(exchange: Exchange) -> Result<Reply, ApiError> {
    exchange.authorized()?;
    let window = exchange.parameter("window")?;
    let window = StatsWindow::parse(window.as_deref().unwrap_or("1h"))
        .ok_or_else(|| ApiError::invalid("window", "window must be 1h or 24h"))?;
    let now_ms = now_ms() as u64;
    let command = format!("slots {} {}", window.slot_ms(), window.since_ms(now_ms));
    let mut stats = Stats::default();
    for slots in reporter::ask(&command).await.iter().flatten() {
        stats.absorb_slots(slots);
    }
    for totals in reporter::ask("totals").await.iter().flatten() {
        stats.absorb_now(totals);
    }
    if let Some((entries, bytes)) = phrase_cache(&exchange).await {
        stats.set_cache("phrase", entries, bytes);
    }
    let breakers = admin_breakers::each(&exchange.config).await;
    let rows: Vec<Value> = breakers
        .into_iter()
        .filter_map(|(_, told)| serde_json::from_str(&told?.row).ok())
        .collect();
    let document = stats.document(window, now_ms, &exchange.config.prices.as_of, rows.into());
    Ok(Reply::json(200, document.to_string()).header("cache-control", "no-store"))
}

/// Entries and bytes of the phrase cache, as the phrasebook knows them.
pub async fn phrase_cache(exchange: &Exchange) -> Option<(f64, f64)> {
    let phrases = Phrases::new(&exchange.config)?;
    let listing: Value = serde_json::from_str(&phrases.list(0).await.ok()?).ok()?;
    Some((listing.get("entries")?.as_f64()?, listing.get("bytes")?.as_f64()?))
}
