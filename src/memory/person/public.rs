//! What the doors show of a person, in the form in which clients get it: the Worker hands it on unread.

use serde_json::Value;

use super::protocol::{CALL, Conversation, Page, RESULT, StoredMessage};
use crate::memory::extraction::apply::{Memory, Past};
use crate::wire::json::{json, put};

fn seconds(at_ms: u64) -> u64 {
    at_ms / 1_000
}

/// Three digits say enough.
pub fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

/// A memory.
pub fn memory(memory: &Memory) -> Value {
    json!({
        "id": memory.id, "object": "memory", "text": memory.text, "kind": memory.kind, "importance": rounded(f64::from(memory.importance)),
        "origin": memory.origin, "sources": memory.sources, "version": memory.version,
        "created_at": seconds(memory.created_at_ms), "updated_at": seconds(memory.updated_at_ms),
        "valid_from": seconds(memory.valid_from_ms), "valid_until": memory.valid_until_ms.map(seconds),
    })
}

/// What a memory was before, oldest first.
pub fn history(past: &[Past]) -> Value {
    let version = |past: &Past| {
        json!({
            "object": "memory.version", "version": past.version, "text": past.text, "kind": past.kind, "because": past.because,
            "sources": past.sources, "valid_from": seconds(past.valid_from_ms), "valid_until": seconds(past.valid_until_ms),
        })
    };
    json!({"object": "list", "data": past.iter().map(version).collect::<Vec<Value>>(), "has_more": false})
}

/// A page in OpenAI's shape.
pub fn page<T>(page: &Page<T>, item: fn(&T) -> Value) -> String {
    let data: Vec<Value> = page.data.iter().map(item).collect();
    let id = |item: Option<&Value>| item.and_then(|item| item.get("id")).cloned();
    json!({"object": "list", "first_id": id(data.first()), "last_id": id(data.last()), "has_more": page.has_more, "data": data}).to_string()
}

/// A conversation without its messages.
pub fn conversation(conversation: &Conversation) -> Value {
    let metadata: Value = serde_json::from_str(&conversation.metadata).unwrap_or_default();
    let own = metadata.get("title").and_then(Value::as_str);
    json!({
        "id": conversation.id, "object": "conversation", "title": own.or(conversation.beginning.as_deref()),
        "summary": conversation.summary, "message_count": conversation.count, "metadata": metadata,
        "created_at": seconds(conversation.created_at_ms), "updated_at": seconds(conversation.updated_at_ms),
    })
}

/// A conversation with them.
pub fn whole_conversation(whole: &Conversation) -> Value {
    let mut body = conversation(whole);
    put(
        &mut body,
        "messages",
        whole.messages.iter().map(message).collect(),
    );
    body
}

/// The items that a message is, as OpenAI's Responses have them.
pub fn items(message: &StoredMessage) -> Vec<Value> {
    let kept: Value = serde_json::from_str(&message.content).unwrap_or_default();
    match message.role.as_str() {
        RESULT => vec![json!({
            "id": message.id, "type": "function_call_output", "status": "completed",
            "call_id": kept.get("tool_call_id"), "output": kept.get("content"),
        })],
        CALL => {
            let text = kept.get("content").and_then(Value::as_str);
            let mut items: Vec<Value> = text
                .map(|text| said(&message.id, "assistant", text))
                .into_iter()
                .collect();
            let calls = kept.get("tool_calls").and_then(Value::as_array);
            for (at, call) in calls.into_iter().flatten().enumerate() {
                items.push(json!({
                    "id": format!("{}_{at}", message.id), "type": "function_call", "status": "completed", "call_id": call.get("id"),
                    "name": call.pointer("/function/name"), "arguments": call.pointer("/function/arguments"),
                }));
            }
            items
        }
        role => vec![said(&message.id, role, &message.content)],
    }
}

/// A message without one of its items; nothing if it has no other.
pub fn without(message: &StoredMessage, item: &str) -> Option<StoredMessage> {
    let mut kept: Value = serde_json::from_str(&message.content)
        .ok()
        .filter(|_| message.role == CALL)?;
    let fields = kept.as_object_mut()?;
    match item.strip_prefix(message.id.as_str())?.strip_prefix('_') {
        Some(at) => {
            let calls = fields.get_mut("tool_calls")?.as_array_mut()?;
            let at = at.parse().ok().filter(|at| *at < calls.len())?;
            calls.remove(at);
        }
        None => _ = fields.insert("content".into(), Value::Null),
    }
    let rest = StoredMessage {
        content: kept.to_string(),
        ..message.clone()
    };
    (!items(&rest).is_empty()).then_some(rest)
}

fn said(id: &str, role: &str, text: &str) -> Value {
    let part = match role {
        "user" => json!({"type": "input_text", "text": text}),
        _ => json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []}),
    };
    json!({"id": id, "type": "message", "status": "completed", "role": role, "content": [part]})
}

/// A message as OpenAI has it: calls of tools and their results, which are kept as JSON, are messages of their own.
fn message(message: &StoredMessage) -> Value {
    let mut shown = json!({
        "id": message.id, "object": "message", "role": message.role, "content": message.content,
        "created_at": seconds(message.at_ms),
    });
    if matches!(message.role.as_str(), CALL | RESULT)
        && let Ok(Value::Object(kept)) = serde_json::from_str(&message.content)
        && let Some(fields) = shown.as_object_mut()
    {
        let named = ["role", "content", "tool_calls", "tool_call_id"];
        let kept = kept.into_iter();
        fields.extend(kept.filter(|(name, _)| named.contains(&name.as_str())));
    }
    shown
}
