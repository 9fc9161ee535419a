//! Everything there is, part by part, for an export.

use crate::platform::sql::{Row, Value};

use super::row::*;
use super::{Db, SqlError};
use crate::wire::json::{self, json};

/// Bytes in one part of messages or responses, which may be long; a row beyond them is the last one.
const PART_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// The rows of a table after `?1`: at most `?2`, and about `PART_BYTES_MAX` of `bytes`.
fn bounded(table: &str, bytes: &str) -> String {
    format!(
        "SELECT * FROM {table} WHERE seq > ?1 AND seq <= (SELECT max(seq) FROM (SELECT seq, sum(bytes) OVER (ORDER BY seq) \
         - bytes AS before FROM (SELECT seq, {bytes} AS bytes FROM {table} WHERE seq > ?1 ORDER BY seq LIMIT ?2)) \
         WHERE before < {PART_BYTES_MAX}) ORDER BY seq"
    )
}

/// A line that says its type before its `fields`, which are a JSON object.
pub fn export_line(kind: &str, fields: &str) -> String {
    // Many readers of lines take these for the end of one.
    let fields = fields.replace('\u{85}', "\\u0085");
    let fields = fields
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    format!(
        "{{\"type\":\"{kind}\",{}",
        fields.strip_prefix('{').unwrap_or_default()
    )
}

/// The place of a row that is the so-manieth, and its line.
type Line = fn(&Row, i64) -> (i64, String);

impl Db {
    /// Lines of one part of an export after a row, with their row.
    pub fn export_rows(&self, part: u32, after: i64, limit: usize) -> Result<Vec<(i64, String)>, SqlError> {
        let bindings = vec![Value::Integer(after), (limit as u64).into()];
        let (query, line): (String, Line) = match part {
            1 => (
                format!("SELECT {MEMORY}, row FROM memories WHERE row > ? ORDER BY row LIMIT ?"),
                |row, _| (row.integer(11), export_line("memory", &json::text(&memory(row)))),
            ),
            // The history has no row number: its place in a total order stands in for one.
            2 => (
                format!("SELECT {PAST} FROM memory_history ORDER BY memory, version LIMIT ?2 OFFSET ?1"),
                |row, at| (at, export_line("history", &json::text(&past(row)))),
            ),
            3 => (
                "SELECT id, summary, metadata, created_at_ms FROM conversations ORDER BY id LIMIT ?2 OFFSET ?1".to_owned(),
                |row, at| {
                    let fields = json!({
                        "id": row.text(0), "summary": row.maybe_text(1), "metadata": row.text(2), "created_at_ms": row.count(3),
                    });
                    (at, export_line("conversation", &fields.to_string()))
                },
            ),
            4 => (bounded("messages", "octet_length(content)"), |row, _| {
                let fields = json!({
                    "id": row.text(1), "conversation": row.text(2), "role": row.text(3), "content": row.text(4),
                    "at_ms": row.count(5),
                });
                (row.integer(0), export_line("message", &fields.to_string()))
            }),
            5 => (
                format!("SELECT {PENDING} FROM pending WHERE seq >= ? ORDER BY seq LIMIT ?"),
                |row, _| (row.integer(0) + 1, export_line("pending", &json::text(&pending(row)))),
            ),
            6 => (
                bounded("responses", "(octet_length(body) + octet_length(input))"),
                |row, _| {
                    let fields = json!({
                        "id": row.text(1), "conversation": row.text(2), "body": row.text(3), "input": row.text(4),
                    });
                    (row.integer(0), export_line("response", &fields.to_string()))
                },
            ),
            _ => return Ok(Vec::new()),
        };
        let rows = self.rows(&query, bindings)?;
        let numbered = rows.iter().zip(after + 1..);
        Ok(numbered.map(|(row, at)| line(row, at)).collect())
    }
}
