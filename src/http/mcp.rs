//! `POST /mcp`: a person's memories and conversations as tools of the Model Context Protocol.

use serde_json::{Map, Value};
use web_sys::Url;

use super::error::ApiError;
use super::exchange::Exchange;
use super::mcp_protocol::{self, McpMessage, Mirror, Tool, ToolCall};
use super::memories;
use super::person_resource::{client, lost};
use super::query::{limit, needed, page, whole};
use super::reply::Reply;
use crate::config::Auth;
use crate::memory::person::protocol::{Call, MESSAGES_MAX};
use crate::wire::json::json;

/// A message; a memory is some kilobytes at most.
const BODY_BYTES_MAX: u32 = 256 * 1024;
const ID_BYTES_MAX: usize = 256;
/// Messages of a conversation that a model gets unasked: it has to read them.
const READ_MESSAGES: usize = 100;

/// Answers one message.
///
/// # Errors
/// 403 for a page whose origin may not call, 413, 415; all else is the protocol's to say.
pub async fn serve(exchange: Exchange) -> Result<Reply, ApiError> {
    if !may_call(&exchange, &exchange.header("origin")) {
        exchange.drain_body().await;
        return Err(ApiError::forbidden(
            "this origin may not call: see ALLOWED_ORIGINS",
        ));
    }
    let body = exchange.json_body(BODY_BYTES_MAX).await?;
    let [version, method, name] =
        ["mcp-protocol-version", "mcp-method", "mcp-name"].map(|name| exchange.header(name));
    let mirror = Mirror {
        version: version.trim(),
        method: method.trim(),
        name: name.trim(),
    };
    Ok(match mcp_protocol::read(&body, mirror) {
        McpMessage::Notification => Reply::accepted(),
        McpMessage::Answered(status, body) => answer(status, body),
        McpMessage::Call(call) => {
            let outcome = called(&exchange, &call).await;
            answer(200, call.answer(outcome.map_err(|error| error.message)))
        }
    })
}

/// Whether a page of `origin` may call: one that may by CORS, or hearken's own, unless anybody could give it that address
/// (DNS rebinding) and nobody is asked for a key.
fn may_call(exchange: &Exchange, origin: &str) -> bool {
    let is_own = |url: Url| {
        let is_loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&url.hostname().as_str());
        url.origin() == origin && (is_loopback || exchange.config.auth == Auth::Required)
    };
    origin.is_empty()
        || exchange
            .config
            .allowed_origins
            .iter()
            .any(|allowed| allowed == origin)
        || Url::new(&exchange.request.url()).is_ok_and(is_own)
}

fn answer(status: u16, body: String) -> Reply {
    Reply::json(status, body).header("cache-control", "private, no-store")
}

async fn called(exchange: &Exchange, call: &ToolCall) -> Result<Value, ApiError> {
    let (person, _) = client(exchange, exchange.parameter("user")?.as_deref())?;
    let fields = &call.arguments;
    match call.tool {
        Tool::SearchMemories => Ok(memories::found(exchange, &person, fields).await?.0),
        Tool::AddMemory => read(&memories::added(exchange, &person, fields).await?),
        Tool::ForgetMemory => {
            let id = needed(fields, "id", ID_BYTES_MAX)?;
            let _: u64 = person
                .call(&Call::Delete {
                    id: id.clone(),
                    everywhere: false,
                })
                .await
                .map_err(lost)?;
            Ok(json!({"id": id, "deleted": true}))
        }
        Tool::ListConversations => {
            let ask = page(&|name| Ok(word(fields, name)))?;
            read(&person.text(&Call::Conversations(ask)).await.map_err(lost)?)
        }
        Tool::ReadConversation => {
            let id = needed(fields, "id", ID_BYTES_MAX)?;
            let messages_max = limit(word(fields, "limit").as_deref(), READ_MESSAGES, MESSAGES_MAX)?;
            let ask = Call::Conversation { id, messages_max };
            read(&person.text(&ask).await.map_err(lost)?)
        }
    }
}

/// An argument as it would stand in an address; models write null for what they leave out.
fn word(fields: &Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(whole(other).map_or_else(|| other.to_string(), |number| number.to_string())),
    }
}

/// What the person's object wrote, which goes into a larger message.
fn read(json: &str) -> Result<Value, ApiError> {
    serde_json::from_str(json).map_err(|_| ApiError::unavailable("the memory is not available: try again"))
}
