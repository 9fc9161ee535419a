//! `/admin/phrases`: what the phrase cache knows and keeps, warming, and forgetting.

use super::error::ApiError;
use super::exchange::Exchange;
use super::query;
use super::reply::Reply;
use crate::voice::phrasebook::desk::Ask;
use crate::voice::phrases_kv::{self, Phrases};
use crate::voice::warm;

/// Phrases that a listing shows unless `limit` says otherwise, and at most.
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;

fn phrases(exchange: &Exchange) -> Result<Phrases, ApiError> {
    exchange.authorized()?;
    Phrases::new(&exchange.env, &exchange.config)
        .ok_or_else(|| ApiError::not_configured("the phrase cache is switched off (PHRASE_CACHE=off)"))
}

fn failed(problem: String) -> ApiError {
    ApiError::unavailable(problem)
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
    let answer = phrases.ask(Ask::List { limit }).await.map_err(failed)?;
    let body = serde_json::to_string(&answer.listing).map_err(|error| failed(error.to_string()))?;
    Ok(Reply::json(200, body))
}

/// `POST /admin/phrases/warm`: answers when it is done.
///
/// # Errors
/// 403, or 503 when nothing can be warmed.
pub async fn warm(exchange: Exchange) -> Result<Reply, ApiError> {
    phrases(&exchange)?;
    let around = exchange.surroundings(None);
    let tally = warm::run(&exchange.env, &exchange.config, around)
        .await
        .map_err(failed)?;
    let body = serde_json::to_string(&tally).map_err(|error| failed(error.to_string()))?;
    Ok(Reply::json(200, body))
}

/// `DELETE /admin/phrases`: forgets what was counted and every clip.
///
/// # Errors
/// 403, or 503 when the phrasebook does not answer.
pub async fn clear(exchange: Exchange) -> Result<Reply, ApiError> {
    phrases(&exchange)?.ask(Ask::Clear).await.map_err(failed)?;
    phrases_kv::forget_near();
    Ok(Reply::empty())
}
