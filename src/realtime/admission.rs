//! Whether a response may begin now, and what is left of the limits that say so.

use serde_json::Value;

use super::item::text;
use super::line::Line;
use crate::config::Config;
use crate::platform::clock::now_ms;
use crate::platform::rate;
use crate::turn::budget::Reservation;
use crate::wire::json::json;

/// A turn is a request, and counted as one.
///
/// # Errors
/// There were too many in this minute: the code and the sentence.
pub(super) async fn admit(line: &Line) -> Result<(), (String, String)> {
    let minute = now_ms() as u64 / 60_000;
    let (latest, count) = line.asked.get();
    let count = if latest == minute { count + 1 } else { 1 };
    line.asked.set((minute, count));
    let key = text(&line.call.borrow(), "counted_as").to_owned();
    match key.is_empty() || rate::admitted(&key).await.unwrap_or(true) {
        true => Ok(()),
        false => Err((
            "rate_limit_exceeded".to_owned(),
            format!("too many requests: try again in {} s", rate::reset_s()),
        )),
    }
}

/// What is left of the day's tokens, and of the minute's requests as far as this session has used them up (the platform
/// counts those of others, and does not tell).
pub(super) fn limits(config: &Config, budget: Option<&Reservation>, asked: u64) -> Value {
    let mut limits = Vec::new();
    let now_s = now_ms() as u64 / 1_000;
    let tokens = config.limits.day.tokens;
    if let Some(budget) = budget.filter(|_| tokens > 0) {
        limits.push(json!({
            "name": "tokens", "limit": tokens, "remaining": budget.reserved().left.tokens, "reset_seconds": 86_400 - now_s % 86_400,
        }));
    }
    let requests = u64::from(config.limits.rate_per_minute);
    if requests > 0 {
        limits.push(json!({
            "name": "requests", "limit": requests, "remaining": requests.saturating_sub(asked), "reset_seconds": rate::reset_s(),
        }));
    }
    limits.into()
}
