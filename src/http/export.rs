//! `GET /v1/export` and `DELETE /v1/person`: take everything along, or have it erased.

use super::body_writer::{self, Gone, Pump};
use super::chat_audio::no_stream;
use super::error::ApiError;
use super::exchange::Exchange;
use super::person_resource::{answer, client, lost, optional_body};
use super::reply::Reply;
use super::sessions;
use crate::memory::person::client::{Lost, PersonClient};
use crate::memory::person::protocol::Call;
use crate::platform::background::spawn;
use crate::platform::clock::now_ms;
use crate::platform::log;
use crate::wire::json::json;

/// Parts of an export: the person, memories, history, conversations, messages, what waits, responses.
const PARTS: u32 = 7;

/// Everything about the person as JSON lines, read as fast as the client takes it. An export that breaks off does not end
/// cleanly.
///
/// # Errors
/// 400 without a person, 503.
pub async fn export(exchange: Exchange) -> Result<Reply, ApiError> {
    let (person, user) = client(&exchange, exchange.parameter("user")?.as_deref())?;
    let (readable, _, mut pump) = body_writer::outlet().ok_or_else(no_stream)?;
    // As long as nothing is sent a person who is not at hand is a status.
    let begun = lines(&person, &user, (0, 0)).await.map_err(lost)?;
    spawn(async move {
        let is_whole = written(&person, &user, begun, &mut pump).await.is_ok();
        pump.end(is_whole).await;
        drop(exchange);
    });
    Ok(Reply::stream("application/x-ndjson", readable)
        .header("cache-control", "private, no-store")
        .header(
            "content-disposition",
            "attachment; filename=\"hearken-export.jsonl\"",
        ))
}

/// Lines of a part, and the row to go on after.
type Lines = (Vec<String>, i64);

async fn lines(person: &PersonClient, user: &str, (part, after): (u32, i64)) -> Result<Lines, Lost> {
    let user = user.to_owned();
    person.call(&Call::Export { user, part, after }).await
}

async fn written(person: &PersonClient, user: &str, mut next: Lines, pump: &mut Pump) -> Result<(), Gone> {
    let mut part = 0;
    loop {
        let (told, mut after) = next;
        if told.is_empty() {
            (part, after) = (part + 1, 0);
        } else {
            pump.write((told.join("\n") + "\n").as_bytes()).await?;
        }
        if part == PARTS {
            return Ok(());
        }
        next = lines(person, user, (part, after)).await.map_err(|lost| {
            log::info(&json!({"event": "export_failed", "why": format!("{lost:?}")}));
            Gone
        })?;
    }
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
