//! `GET /v1/export` and `DELETE /v1/person`: take everything along, or have it erased.

use super::error::ApiError;
use super::exchange::Exchange;
use super::person_resource::{answer, client, lost, optional_body};
use super::reply::Reply;
use super::sessions;
use crate::memory::person::protocol::Call;
use crate::platform::clock::now_ms;
use crate::wire::json::json;

/// Parts of an export: the person, memories, history, conversations, messages, what waits, responses.
const PARTS: u32 = 7;
/// Largest export. Some 100,000 messages; a larger one would not fit an isolate.
const EXPORT_BYTES_MAX: usize = 48 * 1024 * 1024;

/// Everything about the person as JSON lines.
///
/// # Errors
/// 400 without a person, 413 for an export that is too large, 503.
pub async fn export(exchange: Exchange) -> Result<Reply, ApiError> {
    let (person, user) = client(&exchange, exchange.parameter("user")?.as_deref())?;
    let mut out = String::new();
    for part in 0..PARTS {
        let mut after = 0;
        loop {
            let ask = Call::Export {
                user: user.clone(),
                part,
                after,
            };
            let (lines, last): (Vec<String>, i64) = person.call(&ask).await.map_err(lost)?;
            if lines.is_empty() {
                break;
            }
            for line in &lines {
                out.push_str(line);
                out.push('\n');
            }
            if out.len() > EXPORT_BYTES_MAX {
                return Err(ApiError::too_large("the export is too large").with_code("export_too_large"));
            }
            after = last;
        }
    }
    Ok(Reply::text("application/x-ndjson", out)
        .header("cache-control", "private, no-store")
        .header(
            "content-disposition",
            "attachment; filename=\"hearken-export.jsonl\"",
        ))
}

/// Erases the person.
///
/// # Errors
/// 400 without a person, 503.
pub async fn erase(exchange: Exchange) -> Result<Reply, ApiError> {
    let person = optional_body(&exchange).await?;
    let () = person.call(&Call::Erase).await.map_err(lost)?;
    if exchange.config.session_secret.is_some() {
        sessions::know(&person.name, now_ms() as u64);
    }
    Ok(answer(json!({"object": "person.deleted", "deleted": true})))
}
