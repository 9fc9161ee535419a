//! Rows to values: each column is read as what it should be; anything else is its empty value.

use worker::SqlStorageValue as Value;

use crate::memory::Kind;
use crate::memory::extraction::apply::{Because, Memory, Origin, Past};
use crate::memory::extraction::buffer::Pending;
use crate::memory::person::protocol::{Conversation, Message, Page};

/// One row.
pub(super) type Row = Vec<Value>;

pub(in crate::memory) fn text(row: &Row, at: usize) -> String {
    match row.get(at) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    }
}
pub(super) fn maybe_text(row: &Row, at: usize) -> Option<String> {
    match row.get(at) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}
pub(in crate::memory) fn integer(row: &Row, at: usize) -> i64 {
    match row.get(at) {
        Some(Value::Integer(number)) => *number,
        Some(Value::Float(number)) => *number as i64,
        _ => 0,
    }
}
pub(super) fn count(row: &Row, at: usize) -> u64 {
    u64::try_from(integer(row, at)).unwrap_or(0)
}
pub(super) fn float(row: &Row, at: usize) -> f64 {
    match row.get(at) {
        Some(Value::Integer(number)) => *number as f64,
        Some(Value::Float(number)) => *number,
        _ => 0.0,
    }
}
pub(super) fn blob(row: &Row, at: usize) -> Vec<u8> {
    match row.get(at) {
        Some(Value::Blob(bytes)) => bytes.clone(),
        _ => Vec::new(),
    }
}
pub(super) fn number(value: u64) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}
pub(super) fn name<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
pub(super) fn named<T: serde::de::DeserializeOwned>(name: String) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name)).ok()
}

pub(super) const MEMORY: &str = "id, text, kind, importance, sources, origin, version, created_at_ms, updated_at_ms, valid_from_ms, valid_until_ms";

pub(super) fn memory(row: &Row) -> Memory {
    Memory {
        id: text(row, 0),
        text: text(row, 1),
        kind: Kind::parse(&text(row, 2)).unwrap_or(Kind::Fact),
        importance: float(row, 3) as f32,
        sources: serde_json::from_str(&text(row, 4)).unwrap_or_default(),
        origin: named(text(row, 5)).unwrap_or(Origin::Extracted),
        version: count(row, 6) as u32,
        created_at_ms: count(row, 7),
        updated_at_ms: count(row, 8),
        valid_from_ms: count(row, 9),
        valid_until_ms: matches!(row.get(10), Some(Value::Integer(_) | Value::Float(_)))
            .then(|| count(row, 10)),
    }
}

pub(super) fn page<T>(mut data: Vec<T>, limit: usize) -> Page<T> {
    let has_more = data.len() > limit;
    data.truncate(limit);
    Page { data, has_more }
}

pub(super) fn past(row: &Row) -> Past {
    Past {
        memory: text(row, 0),
        version: count(row, 1) as u32,
        text: text(row, 2),
        kind: Kind::parse(&text(row, 3)).unwrap_or(Kind::Fact),
        valid_from_ms: count(row, 4),
        valid_until_ms: count(row, 5),
        because: named(text(row, 6)).unwrap_or(Because::Updated),
        sources: serde_json::from_str(&text(row, 7)).unwrap_or_default(),
    }
}

pub(super) fn pending(row: &Row) -> Pending {
    Pending {
        seq: count(row, 0),
        message: text(row, 1),
        conversation: text(row, 2),
        text: text(row, 3),
        previous_assistant: maybe_text(row, 4),
        at_ms: count(row, 5),
        malformed: count(row, 6) as u32,
        parked: integer(row, 7) != 0,
    }
}

pub(super) fn message(row: &Row, from: usize) -> Message {
    Message {
        id: text(row, from),
        role: text(row, from + 1),
        content: text(row, from + 2),
        at_ms: count(row, from + 3),
    }
}

pub(super) fn conversation(row: &Row) -> Conversation {
    Conversation {
        id: text(row, 0),
        summary: maybe_text(row, 1),
        created_at_ms: count(row, 2),
        updated_at_ms: count(row, 3),
        count: count(row, 4),
        messages: Vec::new(),
    }
}
