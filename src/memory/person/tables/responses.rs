//! Responses, and the messages that belong to them.

use crate::platform::sql::Value;

use super::{Db, SqlError};
use crate::memory::person::protocol::KeptResponse;
use crate::platform::random::new_id;

/// Text of fewer characters says nothing by itself: wherever it stands again, it is another's.
const TELLING_CHARS: u64 = 24;

impl Db {
    /// Notes which response brought the messages of a conversation after `seq`.
    pub fn mark_messages(&self, conversation: &str, after: i64, response: &str) -> Result<(), SqlError> {
        self.run(
            "UPDATE messages SET response = ? WHERE conversation = ? AND seq > ?",
            vec![response.into(), conversation.into(), Value::Integer(after)],
        )
        .map(|_| ())
    }

    /// Stores a response and notes that it brought a message, its reply.
    pub fn put_response(
        &self,
        conversation: &str,
        response: &KeptResponse,
        reply: &str,
    ) -> Result<(), SqlError> {
        let id = response.id.as_str();
        self.run(
            "INSERT INTO responses (id, conversation, body, input) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            vec![
                id.into(),
                conversation.into(),
                response.body.as_str().into(),
                response.input.as_str().into(),
            ],
        )?;
        self.run(
            "UPDATE messages SET response = ? WHERE id = ?",
            vec![id.into(), reply.into()],
        )
        .map(|_| ())
    }

    /// A response and what it was asked, as they were stored.
    pub fn response(&self, id: &str) -> Result<Option<(String, String)>, SqlError> {
        let row = self.first("SELECT body, input FROM responses WHERE id = ?", vec![id.into()])?;
        Ok(row.map(|row| (row.text(0), row.text(1))))
    }

    /// The conversation of a response (of the newest, without an id), and the `seq` of the last message that it brought.
    pub fn end_of_response(&self, id: &str) -> Result<Option<(String, i64)>, SqlError> {
        let row = self.first(
            "SELECT conversation, (SELECT max(seq) FROM messages WHERE response = responses.id AND conversation = responses.conversation) \
             FROM responses WHERE id = ?1 OR ?1 = '' ORDER BY seq DESC LIMIT 1",
            vec![id.into()],
        )?;
        Ok(row.map(|row| (row.text(0), row.integer(1))))
    }

    /// Makes a conversation of another one's messages through `seq`. A copy has the id of its message with more behind it,
    /// and belongs to the same response.
    pub fn fork_conversation(&self, from: &str, through: i64, to: &str, now_ms: u64) -> Result<(), SqlError> {
        self.touch_conversation(to, now_ms)?;
        self.run(
            "INSERT INTO messages (id, conversation, role, content, at_ms, response) \
             SELECT id || ?, ?, role, content, at_ms, response FROM messages WHERE conversation = ? AND seq <= ? ORDER BY seq",
            vec![
                new_id(".").into(),
                to.into(),
                from.into(),
                Value::Integer(through),
            ],
        )
        .map(|_| ())
    }

    /// Erases a response and its messages, copies among them; their ids.
    pub fn erase_response(&self, id: &str) -> Result<Vec<String>, SqlError> {
        self.run("DELETE FROM responses WHERE id = ?", vec![id.into()])?;
        let gone = self.rows(
            "DELETE FROM messages WHERE response = ? RETURNING id",
            vec![id.into()],
        )?;
        Ok(gone.iter().map(|row| row.text(0)).collect())
    }

    /// Erases a message with its copies, the same words where a client sent them again, and the responses that hold them;
    /// the conversations where they stood, one for each message.
    pub fn erase_words(&self, id: &str) -> Result<Vec<String>, SqlError> {
        let content = self.first("SELECT content FROM messages WHERE id = ?", vec![id.into()])?;
        let Some(content) = content.map(|row| row.text(0)) else {
            return Ok(Vec::new());
        };
        let gone = self.rows(
            "DELETE FROM messages WHERE id = ?1 OR substr(id, 1, length(?1) + 1) = ?1 || '.' \
             OR (content = ?2 AND length(content) >= ?3) RETURNING conversation, response",
            vec![id.into(), content.as_str().into(), TELLING_CHARS.into()],
        )?;
        let written = serde_json::Value::from(content.as_str()).to_string();
        let written = written.trim_matches('"');
        self.run(
            "DELETE FROM responses WHERE id IN (SELECT value FROM json_each(?1)) \
             OR (length(?2) >= ?3 AND (instr(input, ?2) > 0 OR instr(body, ?2) > 0))",
            vec![
                crate::wire::json::json!(gone.iter().map(|row| row.text(1)).collect::<Vec<_>>())
                    .to_string()
                    .into(),
                written.into(),
                TELLING_CHARS.into(),
            ],
        )?;
        Ok(gone.iter().map(|row| row.text(0)).collect())
    }
}
