//! Everything about a person, line by line.

use crate::memory::extraction::apply::{Memory, Past};
use crate::memory::extraction::buffer::Pending;
use crate::wire::json::json;
use crate::wire::json::{self, ToJson};

/// A line of `GET /v1/export`.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportLine {
    /// First line.
    Person {
        /// As the caller named the person.
        user: String,
        /// Of the memories.
        generation: u64,
        /// Unix milliseconds.
        exported_at_ms: u64,
        /// What all of it takes on disk.
        bytes: u64,
    },
    /// A memory, current or ended.
    Memory(Memory),
    /// What a memory said before.
    History(Past),
    /// A conversation.
    Conversation {
        /// Its id.
        id: String,
        /// Its summary, if it was summarised.
        summary: Option<String>,
        /// What a client noted about it, as JSON.
        metadata: String,
        /// Unix milliseconds.
        created_at_ms: u64,
    },
    /// A message.
    Message {
        /// Its id.
        id: String,
        /// Its conversation.
        conversation: String,
        /// `user` or `assistant`.
        role: String,
        /// What was said.
        content: String,
        /// Unix milliseconds.
        at_ms: u64,
    },
    /// A response as it was answered.
    Response {
        /// Its id.
        id: String,
        /// Its conversation.
        conversation: String,
        /// The response object as JSON.
        body: String,
        /// What it was asked, as a JSON array of items.
        input: String,
    },
    /// A message that waits to be extracted.
    Pending(Pending),
}

impl ToJson for ExportLine {
    fn put(&self, to: &mut String) {
        let (name, line) = match self {
            ExportLine::Memory(memory) => ("memory", json::text(memory)),
            ExportLine::History(past) => ("history", json::text(past)),
            ExportLine::Pending(pending) => ("pending", json::text(pending)),
            ExportLine::Person {
                user,
                generation,
                exported_at_ms,
                bytes,
            } => {
                let line = json!({"user": user, "generation": generation, "exported_at_ms": exported_at_ms, "bytes": bytes});
                ("person", line.to_string())
            }
            ExportLine::Conversation {
                id,
                summary,
                metadata,
                created_at_ms,
            } => {
                let line = json!({"id": id, "summary": summary, "metadata": metadata, "created_at_ms": created_at_ms});
                ("conversation", line.to_string())
            }
            ExportLine::Message {
                id,
                conversation,
                role,
                content,
                at_ms,
            } => {
                let line = json!({
                    "id": id, "conversation": conversation, "role": role, "content": content, "at_ms": at_ms,
                });
                ("message", line.to_string())
            }
            ExportLine::Response {
                id,
                conversation,
                body,
                input,
            } => {
                let line = json!({"id": id, "conversation": conversation, "body": body, "input": input});
                ("response", line.to_string())
            }
        };
        to.push_str("{\"type\":\"");
        to.push_str(name);
        to.push_str("\",");
        // Many readers of lines take these for the end of one.
        let line = line.replace('\u{85}', "\\u0085");
        let line = line.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
        to.push_str(line.strip_prefix('{').unwrap_or_default());
    }
}
