//! `/v1/memories`: what is remembered about a person, for them to see, change and forget.

use serde_json::{Map, Value};

use super::error::ApiError;
use super::exchange::Exchange;
use super::person_resource::{answer, body, call, handed_on, lost, optional_body, shown};
use super::query::{needed, page, string, whole};
use super::reply::Reply;
use super::router::MemoryRoute;
use crate::memory::MemoryKind;
use crate::memory::extraction::dates::moment_ms;
use crate::memory::extraction::operations::{TEXT_BYTES_MAX, tidy};
use crate::memory::person::client::PersonClient;
use crate::memory::person::protocol::*;
use crate::memory::person::public::rounded;
use crate::memory::person::recall;
use crate::memory::recall::key::RecalledMemory;
use crate::memory::tokens::{QUERY_BYTES_MAX, Query};
use crate::platform::background;
use crate::platform::random::new_id;
use crate::turn::prompt::words;
use crate::upstream::fetch::Origin;
use crate::wire::json::{json, put_some};

/// Most messages in one body, and the longest of them.
const MESSAGES_MAX: usize = 1_000;
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// The year 10000: what is beyond it is no time in seconds.
const TIMESTAMP_MAX_S: f64 = 253_402_300_800.0;
/// Most memories of one search.
const SEARCH_LIMIT_MAX: u64 = 50;

/// Answers a request for memories.
///
/// # Errors
/// 400 with the field, 404 for a memory that is not this person's, 502 when the model failed, 503.
pub async fn serve(exchange: Exchange, route: MemoryRoute, id: String) -> Result<Reply, ApiError> {
    match route {
        MemoryRoute::List => list(&exchange).await,
        MemoryRoute::Create => create(&exchange).await,
        MemoryRoute::DeleteAll => {
            let deleted: u64 = call(&exchange, &Call::DeleteAll).await?;
            Ok(answer(
                json!({"object": "memories.deleted", "deleted": true, "count": deleted}),
            ))
        }
        MemoryRoute::Search => search(&exchange).await,
        MemoryRoute::Flush => {
            let person = optional_body(&exchange).await?;
            let flushed: Flushed = person.call(&Call::Flush).await.map_err(lost)?;
            Ok(answer(json!({
                "object": "memory.flush", "messages": flushed.messages, "changes": flushed.changes,
                "pending": flushed.pending, "generation": flushed.generation,
            })))
        }
        MemoryRoute::Get => shown(&exchange, &Call::Get(id)).await,
        MemoryRoute::Put => edit(&exchange, id).await,
        MemoryRoute::Delete => {
            let everywhere = match exchange.parameter("everywhere")?.as_deref() {
                None | Some("" | "false") => false,
                Some("true") => true,
                Some(_) => {
                    return Err(ApiError::invalid(
                        "everywhere",
                        "everywhere must be true or false",
                    ));
                }
            };
            let delete = Call::Delete {
                id: id.clone(),
                everywhere,
            };
            let erased: u64 = call(&exchange, &delete).await?;
            let mut deleted = json!({"id": id, "object": "memory.deleted", "deleted": true});
            put_some(&mut deleted, "erased_messages", everywhere.then(|| erased.into()));
            Ok(answer(deleted))
        }
        MemoryRoute::History => shown(&exchange, &Call::History(id)).await,
    }
}

async fn list(exchange: &Exchange) -> Result<Reply, ApiError> {
    let ask = page(&|name| exchange.parameter(name))?;
    shown(exchange, &Call::List(ask)).await
}

fn kind(fields: &Map<String, Value>) -> Result<Option<MemoryKind>, ApiError> {
    let Some(name) = string(fields, "kind", 32)? else {
        return Ok(None);
    };
    MemoryKind::parse(&name).map(Some).ok_or_else(|| {
        let names = MemoryKind::ALL.map(MemoryKind::as_str).join(", ");
        ApiError::invalid("kind", format!("kind must be one of {names}"))
    })
}

/// The text of a memory, on one line.
fn fact(fields: &Map<String, Value>) -> Result<String, ApiError> {
    let text = tidy(&needed(fields, "text", TEXT_BYTES_MAX)?);
    if text.is_empty() {
        return Err(ApiError::invalid("text", "text must say something"));
    }
    Ok(text)
}

async fn create(exchange: &Exchange) -> Result<Reply, ApiError> {
    let (fields, person) = body(exchange).await?;
    match (fields.contains_key("text"), fields.contains_key("messages")) {
        (true, true) => Err(ApiError::invalid("messages", "give text or messages, not both")),
        (false, true) => append(exchange, &fields, &person).await,
        _ => Ok(handed_on(added(exchange, &person, &fields).await?)),
    }
}

fn check_on(exchange: &Exchange) -> Result<(), ApiError> {
    match exchange.config.memory.on {
        true => Ok(()),
        false => Err(ApiError::not_configured("nothing is remembered here: MEMORY=off")),
    }
}

/// The memory that `text` has become.
///
/// # Errors
/// 400 with the field, 503.
pub async fn added(
    exchange: &Exchange,
    person: &PersonClient,
    fields: &Map<String, Value>,
) -> Result<String, ApiError> {
    check_on(exchange)?;
    let text = fact(fields)?;
    let key = match exchange.header("idempotency-key") {
        key if key.is_empty() => new_id("req_"),
        key => key,
    };
    let kind = kind(fields)?.unwrap_or(MemoryKind::Fact);
    person.text(&Call::Add { text, kind, key }).await.map_err(lost)
}

async fn append(
    exchange: &Exchange,
    fields: &Map<String, Value>,
    person: &PersonClient,
) -> Result<Reply, ApiError> {
    check_on(exchange)?;
    kind(fields)?;
    let messages = messages(fields)?;
    let appended: Appended = person.call(&Call::Append(messages)).await.map_err(lost)?;
    let body = json!({
        "object": "memory.pending", "accepted": appended.accepted, "skipped": appended.skipped, "pending": appended.pending,
    });
    Ok(Reply::json(202, body.to_string()).header("cache-control", "private, no-store"))
}

fn messages(fields: &Map<String, Value>) -> Result<Vec<Imported>, ApiError> {
    let wrong = |message: String| ApiError::invalid("messages", message);
    let list = fields.get("messages").and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty() && list.len() <= MESSAGES_MAX);
    let list =
        list.ok_or_else(|| wrong(format!("messages must be a list of 1 to {MESSAGES_MAX} messages")))?;
    let mut out = Vec::with_capacity(list.len());
    for (at, message) in list.iter().enumerate() {
        let field = |name: &str| message.get(name).and_then(Value::as_str);
        let role = field("role")
            .filter(|role| matches!(*role, "user" | "assistant" | "system" | "developer" | "tool"));
        let role = role.ok_or_else(|| wrong(format!("messages[{at}].role must be user or assistant")))?;
        let content = match message.get("content") {
            Some(content @ (Value::String(_) | Value::Array(_))) => words(content),
            // A message that only calls tools says nothing.
            None | Some(Value::Null) if role != "user" => String::new(),
            _ => {
                let problem = format!("messages[{at}].content must be a string or a list of content parts");
                return Err(wrong(problem));
            }
        };
        if content.len() > MESSAGE_BYTES_MAX {
            return Err(wrong(format!(
                "messages[{at}].content must be at most {MESSAGE_BYTES_MAX} bytes long"
            )));
        }
        if matches!(role, "user" | "assistant") && !content.trim().is_empty() || role == "user" {
            let said = Said::new(role, content);
            let at_ms = said_at_ms(message.get("timestamp")).ok_or_else(|| {
                wrong(format!(
                    "messages[{at}].timestamp must be Unix seconds or a time such as 2026-11-23T18:42:00Z"
                ))
            })?;
            out.push(Imported { said, at_ms });
        }
    }
    Ok(out)
}

/// When a message was said, if it says so: Unix seconds, or ISO 8601 with its offset.
fn said_at_ms(timestamp: Option<&Value>) -> Option<Option<u64>> {
    match timestamp {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => moment_ms(text).map(Some),
        Some(number) => {
            let seconds = number.as_f64().filter(|s| (0.0..TIMESTAMP_MAX_S).contains(s))?;
            Some(Some((seconds * 1_000.0) as u64))
        }
    }
}

async fn edit(exchange: &Exchange, id: String) -> Result<Reply, ApiError> {
    let (fields, person) = body(exchange).await?;
    let text = fact(&fields)?;
    let kind = kind(&fields)?;
    let memory = person.text(&Call::Edit { id, text, kind }).await.map_err(lost)?;
    Ok(handed_on(memory))
}

async fn search(exchange: &Exchange) -> Result<Reply, ApiError> {
    let (fields, person) = body(exchange).await?;
    let (found, recall) = found(exchange, &person, &fields).await?;
    Ok(answer(found).header("x-recall", recall))
}

/// Memories that fit `query`, and what `x-recall` says of the search.
///
/// # Errors
/// 400 with the field, 503.
pub async fn found(
    exchange: &Exchange,
    person: &PersonClient,
    fields: &Map<String, Value>,
) -> Result<(Value, &'static str), ApiError> {
    let query = needed(fields, "query", QUERY_BYTES_MAX)?;
    let limit = match fields.get("limit") {
        None | Some(Value::Null) => u64::from(exchange.config.memory.recall_limit),
        Some(limit) => whole(limit)
            .filter(|limit| (1..=SEARCH_LIMIT_MAX).contains(limit))
            .ok_or_else(|| {
                ApiError::invalid(
                    "limit",
                    format!("limit must be a whole number from 1 to {SEARCH_LIMIT_MAX}"),
                )
            })?,
    };
    let ask = OpenAsk {
        query: Some(query.clone()),
        limit: limit as usize,
        ..OpenAsk::default()
    };
    let surroundings = exchange.surroundings(None);
    let origin = Origin {
        config: &exchange.config,
        around: &surroundings,
        request_id: &exchange.request_id,
    };
    let recalled = recall::open(origin, person, ask, Some(Query::new(&query)))
        .await
        .map_err(lost)?;
    if let Some(fill) = recalled.fill {
        background::spawn(fill);
    }
    let data: Vec<Value> = recalled.items.iter().map(item_json).collect();
    let body = json!({"object": "list", "data": data, "generation": recalled.opened.stamp.generation});
    Ok((body, recalled.status.as_str()))
}

fn item_json(item: &RecalledMemory) -> Value {
    json!({
        "id": item.id, "object": "memory", "text": item.text, "kind": item.kind, "score": rounded(item.score),
        "valid_from": item.valid_from_ms / 1_000,
    })
}
