//! `/admin/phrases`: what the phrase cache knows and holds, warming, and forgetting.

use super::error::ApiError;
use super::exchange::Exchange;
use super::query;
use super::reply::Reply;
use crate::platform::log;
use crate::voice::phrases::{Phrases, PhrasesError};
use crate::voice::warm;

/// Phrases that a listing shows unless `limit` says otherwise, and at most.
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;

fn phrases(exchange: &Exchange) -> Result<Phrases, ApiError> {
    exchange.authorized()?;
    Phrases::new(&exchange.config).ok_or_else(|| failed(&PhrasesError::Off))
}

fn failed(error: &PhrasesError) -> ApiError {
    if *error == PhrasesError::Off {
        return ApiError::not_configured(error.to_string());
    }
    let line = crate::wire::json::json!({"event": "phrasebook_failed", "problem": error.problem()});
    log::info(&line);
    ApiError::unavailable(error.to_string())
        .with_code("phrases_unavailable")
        .with_retry_after_s(5)
}

/// `GET /admin/phrases`
///
/// # Errors
/// 403, or 503 when the phrasebook does not answer.
pub async fn list(exchange: Exchange) -> Result<Reply, ApiError> {
    let phrases = phrases(&exchange)?;
    let limit = query::limit(exchange.parameter("limit")?.as_deref(), LIMIT, LIMIT_MAX)?;
    let listing = phrases.list(limit).await.map_err(|error| failed(&error))?;
    Ok(Reply::json(200, listing))
}

/// `POST /admin/phrases/warm`: answers when it is done.
///
/// # Errors
/// 403, or 503 when nothing can be warmed.
pub async fn warm(exchange: Exchange) -> Result<Reply, ApiError> {
    phrases(&exchange)?;
    let around = exchange.surroundings(None);
    let tally = warm::run(&exchange.config, around)
        .await
        .map_err(|error| failed(&error))?;
    Ok(Reply::json(200, tally.json().to_string()))
}

/// `DELETE /admin/phrases`: forgets what was counted and every clip.
///
/// # Errors
/// 403, or 503 when the phrasebook does not answer.
pub async fn clear(exchange: Exchange) -> Result<Reply, ApiError> {
    let cleared = phrases(&exchange)?.clear().await;
    cleared.map_err(|error| failed(&error))?;
    Ok(Reply::empty())
}
