//! Everything there is, part by part, for an export.

use crate::platform::sql::{Row, Value};

use super::row::*;
use super::{Db, SqlError};
use crate::memory::person::export::ExportLine;

/// Bytes in one part of messages or responses, which may be long; a row beyond them is the last one.
const PART_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// The rows of a table after `?1`: at most `?2`, and about `?3` of `bytes`.
fn bounded(table: &str, bytes: &str) -> String {
    format!(
        "SELECT * FROM {table} WHERE seq > ?1 AND seq <= (SELECT max(seq) FROM (SELECT seq, sum(bytes) OVER (ORDER BY seq) \
         - bytes AS before FROM (SELECT seq, {bytes} AS bytes FROM {table} WHERE seq > ?1 ORDER BY seq LIMIT ?2)) \
         WHERE before < ?3) ORDER BY seq"
    )
}

impl Db {
    /// Rows of one part of an export after a row, with their row.
    pub fn export_rows(
        &self,
        part: u32,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, ExportLine)>, SqlError> {
        let mut bindings = vec![Value::Integer(after), (limit as u64).into()];
        Ok(match part {
            1 => {
                let rows = self.rows(
                    &format!("SELECT {MEMORY}, row FROM memories WHERE row > ? ORDER BY row LIMIT ?"),
                    bindings,
                )?;
                rows.iter()
                    .map(|row| (row.integer(11), ExportLine::Memory(memory(row))))
                    .collect()
            }
            2 => {
                // The history has no row number: its place in a total order stands in for one.
                let rows = self.rows(
                    "SELECT memory, version, text, kind, valid_from_ms, valid_until_ms, because, sources FROM memory_history ORDER BY memory, version LIMIT ?2 OFFSET ?1",
                    bindings,
                )?;
                rows.iter()
                    .zip(after + 1..)
                    .map(|(row, at)| (at, ExportLine::History(past(row))))
                    .collect()
            }
            3 => {
                let rows = self.rows(
                    "SELECT id, summary, metadata, created_at_ms FROM conversations ORDER BY id LIMIT ?2 OFFSET ?1",
                    bindings,
                )?;
                let line = |row: &Row| ExportLine::Conversation {
                    id: row.text(0),
                    summary: row.maybe_text(1),
                    metadata: row.text(2),
                    created_at_ms: row.count(3),
                };
                rows.iter()
                    .zip(after + 1..)
                    .map(|(row, at)| (at, line(row)))
                    .collect()
            }
            4 => {
                bindings.push(PART_BYTES_MAX.into());
                let rows = self.rows(&bounded("messages", "octet_length(content)"), bindings)?;
                let line = |row: &Row| ExportLine::Message {
                    id: row.text(1),
                    conversation: row.text(2),
                    role: row.text(3),
                    content: row.text(4),
                    at_ms: row.count(5),
                };
                rows.iter().map(|row| (row.integer(0), line(row))).collect()
            }
            5 => {
                let rows = self.rows(
                    "SELECT seq, message, conversation, text, previous_assistant, at_ms, malformed, parked, timezone FROM pending WHERE seq >= ? ORDER BY seq LIMIT ?",
                    bindings,
                )?;
                rows.iter()
                    .map(|row| (row.integer(0) + 1, ExportLine::Pending(pending(row))))
                    .collect()
            }
            6 => {
                bindings.push(PART_BYTES_MAX.into());
                let rows = self.rows(
                    &bounded("responses", "(octet_length(body) + octet_length(input))"),
                    bindings,
                )?;
                let line = |row: &Row| ExportLine::Response {
                    id: row.text(1),
                    conversation: row.text(2),
                    body: row.text(3),
                    input: row.text(4),
                };
                rows.iter().map(|row| (row.integer(0), line(row))).collect()
            }
            _ => Vec::new(),
        })
    }
}
