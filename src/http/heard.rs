//! `POST /v1/heard`: when a listener heard the first sound of a turn, told by the page afterwards.

use serde_json::Value;

use super::error::ApiError;
use super::exchange::Exchange;
use super::reply::Reply;
use crate::telemetry::collector::observe;
use crate::telemetry::metrics::HEARD;
use crate::telemetry::reporter;

const BODY_BYTES_MAX: u32 = 256;
/// Longer than any turn: whoever waited so long did not wait for this.
const HEARD_MS_MAX: u64 = 120_000;
/// What a turn's id has behind its prefix.
const ID_DIGITS: usize = 24;

/// Takes a figure, once for each turn; told again, it changes nothing.
///
/// # Errors
/// 400 with the field, 503 when it could not be kept.
pub async fn heard(exchange: Exchange) -> Result<Reply, ApiError> {
    let body = exchange.json_body(BODY_BYTES_MAX).await?;
    let body: Value =
        serde_json::from_str(&body).map_err(|_| ApiError::bad_request("the body is not valid JSON"))?;
    let turn = body
        .get("turn")
        .and_then(Value::as_str)
        .filter(|turn| is_turn(turn));
    let turn = turn.ok_or_else(|| {
        ApiError::invalid(
            "turn",
            "turn must be the x-request-id of a turn, or a response's id",
        )
    })?;
    let ms = body
        .get("heard_ms")
        .and_then(Value::as_u64)
        .filter(|ms| *ms <= HEARD_MS_MAX);
    let ms = ms.ok_or_else(|| {
        let range = format!("heard_ms must be a whole number from 0 to {HEARD_MS_MAX}");
        ApiError::invalid("heard_ms", range)
    })?;
    match reporter::is_first(turn).await {
        Some(true) => observe(&HEARD, &[], ms as f64),
        Some(false) => {}
        None => return Err(ApiError::unavailable("the figure could not be kept").with_retry_after_s(5)),
    }
    Ok(Reply::empty())
}

fn is_turn(turn: &str) -> bool {
    let digits = turn.strip_prefix("req_").or(turn.strip_prefix("resp_"));
    let digits = digits.unwrap_or_default();
    digits.len() == ID_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
