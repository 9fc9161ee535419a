//! Rows to what they hold.

use crate::memory::MemoryKind;
use crate::memory::extraction::apply::{Because, Memory, MemoryOrigin, Past};
use crate::memory::extraction::buffer::Pending;
use crate::memory::person::protocol::{Conversation, Page, StoredMessage};
use crate::platform::sql::Row;
use crate::wire::json;

pub(super) const MEMORY: &str = "id, text, kind, importance, sources, origin, version, created_at_ms, updated_at_ms, valid_from_ms, valid_until_ms";
pub(super) const PAST: &str = "memory, version, text, kind, valid_from_ms, valid_until_ms, because, sources";
pub(super) const PENDING: &str =
    "seq, message, conversation, text, previous_assistant, at_ms, malformed, parked, timezone";

pub(super) fn memory(row: &Row) -> Memory {
    Memory {
        id: row.text(0),
        text: row.text(1),
        kind: MemoryKind::parse(&row.text(2)).unwrap_or(MemoryKind::Fact),
        importance: row.real(3) as f32,
        sources: json::read(&row.text(4)).unwrap_or_default(),
        origin: json::of(row.text(5).into()).unwrap_or(MemoryOrigin::Extracted),
        version: row.count(6) as u32,
        created_at_ms: row.count(7),
        updated_at_ms: row.count(8),
        valid_from_ms: row.count(9),
        valid_until_ms: (!row.is_null(10)).then(|| row.count(10)),
    }
}

pub(super) fn page<T>(mut data: Vec<T>, limit: usize) -> Page<T> {
    let has_more = data.len() > limit;
    data.truncate(limit);
    Page { data, has_more }
}

pub(super) fn past(row: &Row) -> Past {
    Past {
        memory: row.text(0),
        version: row.count(1) as u32,
        text: row.text(2),
        kind: MemoryKind::parse(&row.text(3)).unwrap_or(MemoryKind::Fact),
        valid_from_ms: row.count(4),
        valid_until_ms: row.count(5),
        because: json::of(row.text(6).into()).unwrap_or(Because::Updated),
        sources: json::read(&row.text(7)).unwrap_or_default(),
    }
}

pub(super) fn pending(row: &Row) -> Pending {
    Pending {
        seq: row.count(0),
        message: row.text(1),
        conversation: row.text(2),
        text: row.text(3),
        previous_assistant: row.maybe_text(4),
        at_ms: row.count(5),
        malformed: row.count(6) as u32,
        parked: row.integer(7) != 0,
        timezone: row.maybe_text(8),
    }
}

pub(super) fn message(row: &Row, from: usize) -> StoredMessage {
    StoredMessage {
        id: row.text(from),
        role: row.text(from + 1),
        content: row.text(from + 2),
        at_ms: row.count(from + 3),
    }
}

pub(super) fn conversation(row: &Row) -> Conversation {
    Conversation {
        id: row.text(0),
        summary: row.maybe_text(1),
        created_at_ms: row.count(2),
        updated_at_ms: row.count(3),
        metadata: row.text(4),
        beginning: row.maybe_text(5),
        count: row.count(6),
        messages: Vec::new(),
    }
}
