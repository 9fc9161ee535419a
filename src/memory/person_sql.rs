//! The person object's tables: rows to values and back. Meaning and schema: [`super::store`], [`super::schema`].
//!
//! Invariant: nothing here awaits. Writes happen inside [`Db::transact`], which keeps all of them or none.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use worker::{SqlStorage, SqlStorageValue as Value, Storage};

use super::Kind;
use super::buffer::{Buffer, Pending};
use super::person_calls::{Conversation, Message, Page, PageAsk, Refusal};
use super::schema;
use super::store::{Change, Lookup, Memory, Past};
use super::tokens::{Query, index_text};

#[wasm_bindgen(module = "/src/memory/person.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn transact(storage: &JsValue, work: &mut dyn FnMut() -> bool) -> Result<bool, JsValue>;
}

/// A statement failed. Its text is logged where it is caught; it may quote data, so no client sees it.
#[derive(Debug)]
pub struct SqlError(pub String);

impl From<worker::Error> for SqlError {
    fn from(error: worker::Error) -> SqlError {
        SqlError(error.to_string())
    }
}

impl From<SqlError> for Refusal {
    fn from(error: SqlError) -> Refusal {
        worker::console_error!(
            "{}",
            serde_json::json!({"event": "person_failed", "error": error.0.chars().take(200).collect::<String>()})
        );
        Refusal::Broken
    }
}

/// Rows that may be the same as a text; more than a person repeats.
const ALIKE_MAX: usize = 50;

/// The tables.
pub struct Db {
    storage: Storage,
    sql: SqlStorage,
}

type Row = Vec<Value>;

/// One column of a row, read as what it should be; anything else is its empty value.
pub(super) fn text(row: &Row, at: usize) -> String {
    match row.get(at) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    }
}
fn maybe_text(row: &Row, at: usize) -> Option<String> {
    match row.get(at) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}
pub(super) fn integer(row: &Row, at: usize) -> i64 {
    match row.get(at) {
        Some(Value::Integer(number)) => *number,
        Some(Value::Float(number)) => *number as i64,
        _ => 0,
    }
}
fn count(row: &Row, at: usize) -> u64 {
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
fn number(value: u64) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}
fn name<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
fn named<T: serde::de::DeserializeOwned>(name: String) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name)).ok()
}

const MEMORY: &str = "id, text, kind, importance, sources, origin, version, created_at_ms, updated_at_ms, valid_from_ms, valid_until_ms";

fn memory(row: &Row) -> Memory {
    Memory {
        id: text(row, 0),
        text: text(row, 1),
        kind: Kind::parse(&text(row, 2)).unwrap_or(Kind::Fact),
        importance: float(row, 3) as f32,
        sources: serde_json::from_str(&text(row, 4)).unwrap_or_default(),
        origin: named(text(row, 5)).unwrap_or(super::store::Origin::Extracted),
        version: count(row, 6) as u32,
        created_at_ms: count(row, 7),
        updated_at_ms: count(row, 8),
        valid_from_ms: count(row, 9),
        valid_until_ms: matches!(row.get(10), Some(Value::Integer(_) | Value::Float(_)))
            .then(|| count(row, 10)),
    }
}

impl Db {
    /// Opens the tables, making or extending them as needed.
    pub fn open(storage: Storage) -> Result<Db, SqlError> {
        let db = Db {
            sql: storage.sql(),
            storage,
        };
        db.transact(|| {
            // The first migration makes `meta` only if it is missing, so its own statement can always run first.
            db.run(
                "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
                vec![],
            )?;
            let version = db
                .meta(schema::meta::SCHEMA_VERSION)?
                .and_then(|text| text.parse().ok());
            for migration in schema::after(version.unwrap_or(0)) {
                for statement in schema::statements(migration) {
                    db.run(statement, vec![])?;
                }
                db.set_meta(schema::meta::SCHEMA_VERSION, &migration.number.to_string())?;
            }
            Ok(())
        })?;
        Ok(db)
    }

    /// Runs `work` in one transaction.
    pub fn transact<T>(&self, work: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
        let mut work = Some(work);
        let mut out = None;
        let kept = transact(self.storage.as_raw(), &mut || {
            let result = work.take().map(|work| work());
            let is_good = matches!(result, Some(Ok(_)));
            out = result;
            is_good
        })
        .map_err(|error| SqlError(format!("{error:?}")))?;
        match out {
            Some(Ok(value)) if kept => Ok(value),
            Some(Err(error)) => Err(error),
            _ => Err(SqlError("the transaction did not run".into())),
        }
    }

    pub(super) fn rows(&self, query: &str, bindings: Vec<Value>) -> Result<Vec<Row>, SqlError> {
        let cursor = self.sql.exec(query, bindings)?;
        cursor.raw().map(|row| row.map_err(SqlError::from)).collect()
    }

    pub(super) fn run(&self, query: &str, bindings: Vec<Value>) -> Result<u64, SqlError> {
        let cursor = self.sql.exec(query, bindings)?;
        // Reading to the end runs the statement whole.
        for row in cursor.raw() {
            row?;
        }
        Ok(cursor.rows_written() as u64)
    }

    /// Bytes on disk.
    pub fn size_bytes(&self) -> usize {
        self.sql.database_size()
    }

    /// A value of `meta`.
    pub fn meta(&self, key: &str) -> Result<Option<String>, SqlError> {
        let rows = self.rows("SELECT value FROM meta WHERE key = ?", vec![key.into()])?;
        Ok(rows.first().map(|row| text(row, 0)))
    }

    /// Sets a value of `meta`.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), SqlError> {
        self.run(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            vec![key.into(), value.into()],
        )
        .map(|_| ())
    }

    // --- memories

    /// One memory.
    pub fn memory(&self, id: &str) -> Result<Option<Memory>, SqlError> {
        let rows = self.rows(
            &format!("SELECT {MEMORY} FROM memories WHERE id = ?"),
            vec![id.into()],
        )?;
        Ok(rows.first().map(memory))
    }

    /// Current memories of the profile, in a fixed order.
    pub fn profile(&self) -> Result<Vec<Memory>, SqlError> {
        let rows = self.rows(
            &format!(
                "SELECT {MEMORY} FROM memories WHERE valid_until_ms IS NULL AND kind IN ('name', 'language', 'tone') ORDER BY kind DESC, row LIMIT 12"
            ),
            vec![],
        )?;
        Ok(rows.iter().map(memory).collect())
    }

    /// Current memories that are searched.
    pub fn searchable(&self) -> Result<u64, SqlError> {
        let rows = self.rows(
            "SELECT count(*) FROM memories WHERE valid_until_ms IS NULL AND kind NOT IN ('name', 'language', 'tone')",
            vec![],
        )?;
        Ok(rows.first().map_or(0, |row| count(row, 0)))
    }

    /// Memories by row, with their row.
    pub fn by_rows(&self, wanted: &[i64]) -> Result<Vec<(i64, Memory)>, SqlError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        // Row numbers are ours and integers, so they can stand in the statement: bindings are limited to 100.
        let list: Vec<String> = wanted.iter().map(i64::to_string).collect();
        let rows = self.rows(
            &format!(
                "SELECT {MEMORY}, row FROM memories WHERE valid_until_ms IS NULL AND row IN ({})",
                list.join(",")
            ),
            vec![],
        )?;
        Ok(rows.iter().map(|row| (integer(row, 11), memory(row))).collect())
    }

    /// A page of current memories, newest first.
    pub fn list(&self, ask: &PageAsk) -> Result<Result<Page<Memory>, Refusal>, SqlError> {
        let (mut condition, mut bindings) = (String::new(), Vec::new());
        if let Some(after) = &ask.after {
            let rows = self.rows(
                "SELECT created_at_ms, row FROM memories WHERE id = ?",
                vec![after.as_str().into()],
            )?;
            let Some(row) = rows.first() else {
                return Ok(Err(Refusal::BadCursor));
            };
            condition = " AND (created_at_ms, row) < (?, ?)".into();
            bindings = vec![Value::Integer(integer(row, 0)), Value::Integer(integer(row, 1))];
        }
        bindings.push(number(ask.limit as u64 + 1));
        let rows = self.rows(
            &format!(
                "SELECT {MEMORY} FROM memories WHERE valid_until_ms IS NULL{condition} ORDER BY created_at_ms DESC, row DESC LIMIT ?"
            ),
            bindings,
        )?;
        Ok(Ok(page(rows.iter().map(memory).collect(), ask.limit)))
    }

    /// What a memory was before, oldest first.
    pub fn history(&self, id: &str) -> Result<Vec<Past>, SqlError> {
        let rows = self.rows(
            "SELECT memory, version, text, kind, valid_from_ms, valid_until_ms, because, sources FROM memory_history WHERE memory = ? ORDER BY version",
            vec![id.into()],
        )?;
        Ok(rows.iter().map(past).collect())
    }

    /// Writes the changes and, if there are any, the next generation.
    pub fn write(&self, changes: &[Change], now_ms: u64) -> Result<(), SqlError> {
        for change in changes {
            match change {
                Change::Put(memory) => self.put(memory)?,
                Change::Keep(past) => self.keep(past)?,
                Change::Applied { id } => {
                    self.run(
                        "INSERT OR IGNORE INTO applied_operations (id, at_ms) VALUES (?, ?)",
                        vec![id.as_str().into(), number(now_ms)],
                    )?;
                }
                Change::Erase { id } => self.erase_memory(id)?,
            }
        }
        if changes.is_empty() {
            Ok(())
        } else {
            self.advance().map(|_| ())
        }
    }

    /// The generation grows by one.
    pub fn advance(&self) -> Result<u64, SqlError> {
        let next = self.generation()? + 1;
        self.set_meta(schema::meta::GENERATION, &next.to_string())?;
        Ok(next)
    }

    /// Of the memories.
    pub fn generation(&self) -> Result<u64, SqlError> {
        Ok(self
            .meta(schema::meta::GENERATION)?
            .and_then(|text| text.parse().ok())
            .unwrap_or(0))
    }

    fn put(&self, memory: &Memory) -> Result<(), SqlError> {
        let before = self.rows(
            "SELECT row, text FROM memories WHERE id = ?",
            vec![memory.id.as_str().into()],
        )?;
        self.run(
            "INSERT INTO memories (id, text, kind, importance, sources, origin, version, created_at_ms, updated_at_ms, valid_from_ms, valid_until_ms) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text, kind = excluded.kind, \
             importance = excluded.importance, sources = excluded.sources, origin = excluded.origin, version = excluded.version, \
             updated_at_ms = excluded.updated_at_ms, valid_from_ms = excluded.valid_from_ms, valid_until_ms = excluded.valid_until_ms",
            vec![
                memory.id.as_str().into(),
                memory.text.as_str().into(),
                memory.kind.as_str().into(),
                Value::Float(f64::from(memory.importance)),
                serde_json::to_string(&memory.sources).unwrap_or_default().into(),
                name(&memory.origin).into(),
                number(u64::from(memory.version)),
                number(memory.created_at_ms),
                number(memory.updated_at_ms),
                number(memory.valid_from_ms),
                memory.valid_until_ms.map_or(Value::Null, number),
            ],
        )?;
        let rows = self.rows(
            "SELECT row FROM memories WHERE id = ?",
            vec![memory.id.as_str().into()],
        )?;
        let row = rows.first().map_or(0, |row| integer(row, 0));
        let is_same = before.first().is_some_and(|row| text(row, 1) == memory.text);
        if is_same && memory.valid_until_ms.is_none() {
            return Ok(());
        }
        self.unindex(row)?;
        if memory.valid_until_ms.is_none() {
            self.run(
                "INSERT INTO memories_fts (rowid, body) VALUES (?, ?)",
                vec![Value::Integer(row), index_text(&memory.text).into()],
            )?;
        }
        Ok(())
    }

    fn unindex(&self, row: i64) -> Result<(), SqlError> {
        self.run(
            "DELETE FROM memories_fts WHERE rowid = ?",
            vec![Value::Integer(row)],
        )?;
        self.run("DELETE FROM vectors WHERE row = ?", vec![Value::Integer(row)])
            .map(|_| ())
    }

    fn keep(&self, past: &Past) -> Result<(), SqlError> {
        self.run(
            "INSERT OR REPLACE INTO memory_history (memory, version, text, kind, valid_from_ms, valid_until_ms, because, sources) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            vec![
                past.memory.as_str().into(),
                number(u64::from(past.version)),
                past.text.as_str().into(),
                past.kind.as_str().into(),
                number(past.valid_from_ms),
                number(past.valid_until_ms),
                name(&past.because).into(),
                serde_json::to_string(&past.sources).unwrap_or_default().into(),
            ],
        )
        .map(|_| ())
    }

    fn erase_memory(&self, id: &str) -> Result<(), SqlError> {
        for row in self.rows("SELECT row FROM memories WHERE id = ?", vec![id.into()])? {
            self.unindex(integer(&row, 0))?;
        }
        self.run("DELETE FROM memory_history WHERE memory = ?", vec![id.into()])?;
        self.run("DELETE FROM memories WHERE id = ?", vec![id.into()])
            .map(|_| ())
    }

    /// Every memory, its history, index and vectors; how many current ones there were.
    pub fn erase_memories(&self) -> Result<u64, SqlError> {
        let rows = self.rows(
            "SELECT count(*) FROM memories WHERE valid_until_ms IS NULL",
            vec![],
        )?;
        for table in [
            "memories",
            "memory_history",
            "memories_fts",
            "vectors",
            "applied_operations",
        ] {
            self.run(&format!("DELETE FROM {table}"), vec![])?;
        }
        self.advance()?;
        Ok(rows.first().map_or(0, |row| count(row, 0)))
    }

    // --- vectors

    /// Stores the vector of the current memory of that id.
    pub fn put_vector(&self, id: &str, model: &str, vector: Vec<u8>) -> Result<(), SqlError> {
        self.run(
            "INSERT OR REPLACE INTO vectors (row, model, vector) SELECT row, ?, ? FROM memories WHERE id = ? AND valid_until_ms IS NULL",
            vec![model.into(), Value::Blob(vector), id.into()],
        )
        .map(|_| ())
    }

    /// Current memories without a vector of the model.
    pub fn without_vector(&self, model: &str, limit: usize) -> Result<Vec<(String, String)>, SqlError> {
        let rows = self.rows(
            "SELECT id, text FROM memories WHERE valid_until_ms IS NULL AND NOT EXISTS \
             (SELECT 1 FROM vectors WHERE vectors.row = memories.row AND vectors.model = ?) ORDER BY row LIMIT ?",
            vec![model.into(), number(limit as u64)],
        )?;
        Ok(rows.iter().map(|row| (text(row, 0), text(row, 1))).collect())
    }

    /// Rows and blobs of every vector of the model.
    pub fn vectors(&self, model: &str) -> Result<Vec<(i64, Vec<u8>)>, SqlError> {
        let rows = self.rows(
            "SELECT row, vector FROM vectors WHERE model = ? ORDER BY row",
            vec![model.into()],
        )?;
        Ok(rows.iter().map(|row| (integer(row, 0), blob(row, 1))).collect())
    }

    /// Best lexical matches, by row.
    pub fn lexical(&self, query: &Query, limit: usize) -> Result<Vec<i64>, SqlError> {
        let Some(expression) = query.fts_match() else {
            return Ok(Vec::new());
        };
        let rows = self.rows(
            schema::LEXICAL_SEARCH,
            vec![expression.into(), number(limit as u64)],
        )?;
        Ok(rows.iter().map(|row| integer(row, 0)).collect())
    }

    // --- the buffer

    /// What waits, as it was left.
    pub fn buffer(&self) -> Result<Buffer, SqlError> {
        let state = self.meta(schema::meta::BUFFER)?;
        let state = state
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default();
        let rows = self.rows(
            "SELECT seq, message, conversation, text, previous_assistant, at_ms, malformed, parked FROM pending ORDER BY seq",
            vec![],
        )?;
        Ok(Buffer::load(state, rows.iter().map(pending).collect()).recover())
    }

    /// Stores the buffer's state and the rows it has changed since [`Db::buffer`] or the last call.
    pub fn save_buffer(&self, before: &Buffer, after: &Buffer) -> Result<(), SqlError> {
        let known: std::collections::BTreeMap<u64, &Pending> =
            before.waiting().map(|one| (one.seq, one)).collect();
        let mut left: std::collections::BTreeSet<u64> = known.keys().copied().collect();
        for one in after.waiting() {
            left.remove(&one.seq);
            if known.get(&one.seq) == Some(&one) {
                continue;
            }
            self.run(
                "INSERT OR REPLACE INTO pending (seq, message, conversation, text, previous_assistant, at_ms, malformed, parked) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                vec![
                    number(one.seq),
                    one.message.as_str().into(),
                    one.conversation.as_str().into(),
                    one.text.as_str().into(),
                    one.previous_assistant.clone().into(),
                    number(one.at_ms),
                    number(u64::from(one.malformed)),
                    number(u64::from(one.parked)),
                ],
            )?;
        }
        for seq in left {
            self.run("DELETE FROM pending WHERE seq = ?", vec![number(seq)])?;
        }
        let state = serde_json::to_string(&after.state()).unwrap_or_default();
        self.set_meta(schema::meta::BUFFER, &state)
    }

    // --- conversations

    /// Makes a conversation or notes that it goes on; true if it is new.
    pub fn touch_conversation(&self, id: &str, now_ms: u64) -> Result<bool, SqlError> {
        let known = !self
            .rows("SELECT 1 FROM conversations WHERE id = ?", vec![id.into()])?
            .is_empty();
        self.run(
            "INSERT INTO conversations (id, created_at_ms, updated_at_ms) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET updated_at_ms = excluded.updated_at_ms",
            vec![id.into(), number(now_ms), number(now_ms)],
        )?;
        Ok(!known)
    }

    /// Stores a message; false if one of that id is there.
    pub fn add_message(&self, conversation: &str, message: &Message) -> Result<bool, SqlError> {
        let known = self.rows(
            "SELECT 1 FROM messages WHERE id = ?",
            vec![message.id.as_str().into()],
        )?;
        if !known.is_empty() {
            return Ok(false);
        }
        self.run(
            "INSERT INTO messages (id, conversation, role, content, at_ms) VALUES (?, ?, ?, ?, ?)",
            vec![
                message.id.as_str().into(),
                conversation.into(),
                message.role.as_str().into(),
                message.content.as_str().into(),
                number(message.at_ms),
            ],
        )?;
        Ok(true)
    }

    /// The newest messages of a conversation after `seq`, oldest first, with their `seq`.
    pub fn newest(
        &self,
        conversation: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Message)>, SqlError> {
        let rows = self.rows(
            "SELECT seq, id, role, content, at_ms FROM messages WHERE conversation = ? AND seq > ? ORDER BY seq DESC LIMIT ?",
            vec![conversation.into(), Value::Integer(after), number(limit as u64)],
        )?;
        Ok(rows
            .iter()
            .rev()
            .map(|row| (integer(row, 0), message(row, 1)))
            .collect())
    }

    /// The oldest messages of a conversation after `seq`.
    pub fn oldest(
        &self,
        conversation: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Message)>, SqlError> {
        let rows = self.rows(
            "SELECT seq, id, role, content, at_ms FROM messages WHERE conversation = ? AND seq > ? ORDER BY seq LIMIT ?",
            vec![conversation.into(), Value::Integer(after), number(limit as u64)],
        )?;
        Ok(rows
            .iter()
            .map(|row| (integer(row, 0), message(row, 1)))
            .collect())
    }

    /// The summary of a conversation and the `seq` through which it reaches; `None` if there is no such conversation.
    pub fn summary(&self, id: &str) -> Result<Option<(Option<String>, i64)>, SqlError> {
        let rows = self.rows(
            "SELECT summary, summary_through FROM conversations WHERE id = ?",
            vec![id.into()],
        )?;
        Ok(rows.first().map(|row| (maybe_text(row, 0), integer(row, 1))))
    }

    /// Sets the summary, unless a later one is there.
    pub fn set_summary(&self, id: &str, summary: &str, through: i64) -> Result<(), SqlError> {
        self.run(
            "UPDATE conversations SET summary = ?, summary_through = ? WHERE id = ? AND summary_through < ?",
            vec![
                summary.into(),
                Value::Integer(through),
                id.into(),
                Value::Integer(through),
            ],
        )
        .map(|_| ())
    }

    /// How many messages a conversation has.
    pub fn message_count(&self, id: &str) -> Result<u64, SqlError> {
        let rows = self.rows(
            "SELECT count(*) FROM messages WHERE conversation = ?",
            vec![id.into()],
        )?;
        Ok(rows.first().map_or(0, |row| count(row, 0)))
    }

    /// A page of conversations, newest first, without their messages.
    pub fn conversations(&self, ask: &PageAsk) -> Result<Result<Page<Conversation>, Refusal>, SqlError> {
        let (mut condition, mut bindings) = (String::new(), Vec::new());
        if let Some(after) = &ask.after {
            let rows = self.rows(
                "SELECT updated_at_ms FROM conversations WHERE id = ?",
                vec![after.as_str().into()],
            )?;
            let Some(row) = rows.first() else {
                return Ok(Err(Refusal::BadCursor));
            };
            condition = " WHERE (updated_at_ms, id) < (?, ?)".into();
            bindings = vec![Value::Integer(integer(row, 0)), after.as_str().into()];
        }
        bindings.push(number(ask.limit as u64 + 1));
        let rows = self.rows(
            &format!(
                "SELECT id, summary, created_at_ms, updated_at_ms, (SELECT count(*) FROM messages WHERE conversation = conversations.id) \
                 FROM conversations{condition} ORDER BY updated_at_ms DESC, id DESC LIMIT ?"
            ),
            bindings,
        )?;
        Ok(Ok(page(rows.iter().map(conversation).collect(), ask.limit)))
    }

    /// One conversation with its newest messages.
    pub fn conversation(&self, id: &str, messages_max: usize) -> Result<Option<Conversation>, SqlError> {
        let rows = self.rows(
            "SELECT id, summary, created_at_ms, updated_at_ms, (SELECT count(*) FROM messages WHERE conversation = conversations.id) FROM conversations WHERE id = ?",
            vec![id.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let messages = self
            .newest(id, 0, messages_max)?
            .into_iter()
            .map(|(_, message)| message)
            .collect();
        Ok(Some(Conversation {
            messages,
            ..conversation(row)
        }))
    }

    /// Erases a conversation and its messages; false if there is none.
    pub fn erase_conversation(&self, id: &str) -> Result<bool, SqlError> {
        let known = !self
            .rows("SELECT 1 FROM conversations WHERE id = ?", vec![id.into()])?
            .is_empty();
        self.run("DELETE FROM messages WHERE conversation = ?", vec![id.into()])?;
        self.run("DELETE FROM conversations WHERE id = ?", vec![id.into()])?;
        Ok(known)
    }

    /// Rows of one part of an export after a row, with their row.
    pub fn export_rows(
        &self,
        part: u32,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, super::store::ExportLine)>, SqlError> {
        use super::store::ExportLine;
        let bindings = vec![Value::Integer(after), number(limit as u64)];
        Ok(match part {
            1 => {
                let rows = self.rows(
                    &format!("SELECT {MEMORY}, row FROM memories WHERE row > ? ORDER BY row LIMIT ?"),
                    bindings,
                )?;
                rows.iter()
                    .map(|row| (integer(row, 11), ExportLine::Memory(memory(row))))
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
                    "SELECT id, summary, created_at_ms FROM conversations ORDER BY id LIMIT ?2 OFFSET ?1",
                    bindings,
                )?;
                let line = |row: &Row| ExportLine::Conversation {
                    id: text(row, 0),
                    summary: maybe_text(row, 1),
                    created_at_ms: count(row, 2),
                };
                rows.iter()
                    .zip(after + 1..)
                    .map(|(row, at)| (at, line(row)))
                    .collect()
            }
            4 => {
                let rows = self.rows(
                    "SELECT seq, id, conversation, role, content, at_ms FROM messages WHERE seq > ? ORDER BY seq LIMIT ?",
                    bindings,
                )?;
                let line = |row: &Row| ExportLine::Message {
                    id: text(row, 1),
                    conversation: text(row, 2),
                    role: text(row, 3),
                    content: text(row, 4),
                    at_ms: count(row, 5),
                };
                rows.iter().map(|row| (integer(row, 0), line(row))).collect()
            }
            5 => {
                let rows = self.rows(
                    "SELECT seq, message, conversation, text, previous_assistant, at_ms, malformed, parked FROM pending WHERE seq >= ? ORDER BY seq LIMIT ?",
                    bindings,
                )?;
                rows.iter()
                    .map(|row| (integer(row, 0) + 1, ExportLine::Pending(pending(row))))
                    .collect()
            }
            _ => Vec::new(),
        })
    }
}

fn page<T>(mut data: Vec<T>, limit: usize) -> Page<T> {
    let has_more = data.len() > limit;
    data.truncate(limit);
    Page { data, has_more }
}

fn past(row: &Row) -> Past {
    Past {
        memory: text(row, 0),
        version: count(row, 1) as u32,
        text: text(row, 2),
        kind: Kind::parse(&text(row, 3)).unwrap_or(Kind::Fact),
        valid_from_ms: count(row, 4),
        valid_until_ms: count(row, 5),
        because: named(text(row, 6)).unwrap_or(super::store::Because::Updated),
        sources: serde_json::from_str(&text(row, 7)).unwrap_or_default(),
    }
}

fn pending(row: &Row) -> Pending {
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

fn message(row: &Row, from: usize) -> Message {
    Message {
        id: text(row, from),
        role: text(row, from + 1),
        content: text(row, from + 2),
        at_ms: count(row, from + 3),
    }
}

fn conversation(row: &Row) -> Conversation {
    Conversation {
        id: text(row, 0),
        summary: maybe_text(row, 1),
        created_at_ms: count(row, 2),
        updated_at_ms: count(row, 3),
        count: count(row, 4),
        messages: Vec::new(),
    }
}

/// [`Lookup`] over the tables; the first failure is kept and must be asked for with [`Look::done`].
pub struct Look<'a> {
    db: &'a Db,
    failed: RefCell<Option<SqlError>>,
}

impl<'a> Look<'a> {
    /// Looks into these tables.
    pub fn new(db: &'a Db) -> Look<'a> {
        Look {
            db,
            failed: RefCell::new(None),
        }
    }

    /// Whether every look succeeded.
    pub fn done(self) -> Result<(), SqlError> {
        self.failed.into_inner().map_or(Ok(()), Err)
    }

    fn or_default<T: Default>(&self, result: Result<T, SqlError>) -> T {
        result.unwrap_or_else(|error| {
            *self.failed.borrow_mut() = Some(error);
            T::default()
        })
    }
}

impl Lookup for Look<'_> {
    fn memory(&self, id: &str) -> Option<Memory> {
        self.or_default(self.db.memory(id))
    }

    fn alike(&self, wanted: &str) -> Vec<Memory> {
        let found = self
            .db
            .lexical(&Query::new(wanted), ALIKE_MAX)
            .and_then(|rows| self.db.by_rows(&rows));
        let same = self.db.rows(
            &format!("SELECT {MEMORY} FROM memories WHERE valid_until_ms IS NULL AND text = ? LIMIT 1"),
            vec![wanted.into()],
        );
        let mut out: Vec<Memory> = self
            .or_default(found)
            .into_iter()
            .map(|(_, memory)| memory)
            .collect();
        out.extend(self.or_default(same).iter().map(memory));
        out
    }

    fn single(&self, kind: Kind) -> Option<Memory> {
        let rows = self.db.rows(
            &format!(
                "SELECT {MEMORY} FROM memories WHERE valid_until_ms IS NULL AND kind = ? ORDER BY row LIMIT 1"
            ),
            vec![kind.as_str().into()],
        );
        self.or_default(rows).first().map(memory)
    }

    fn applied(&self, operation_id: &str) -> bool {
        let rows = self.db.rows(
            "SELECT 1 FROM applied_operations WHERE id = ?",
            vec![operation_id.into()],
        );
        !self.or_default(rows).is_empty()
    }
}
