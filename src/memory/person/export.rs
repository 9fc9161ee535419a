//! Everything about a person, line by line.

use serde::{Deserialize, Serialize};

use crate::memory::extraction::apply::{Memory, Past};
use crate::memory::extraction::buffer::Pending;

/// A line of `GET /v1/export`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
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
