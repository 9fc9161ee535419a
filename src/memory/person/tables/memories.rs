//! Memories with their history and their index of words.

use crate::platform::sql::Value;

use super::row::*;
use super::{Db, Edit, SqlError};
use crate::memory::extraction::apply::{Memory, Past, RowChange};
use crate::memory::person::protocol::{CallRefusal, Page, PageAsk};
use crate::memory::person::schema;
use crate::memory::tokens::{Query, index_text};

impl Db {
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
        Ok(rows.first().map_or(0, |row| row.count(0)))
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
        Ok(rows.iter().map(|row| (row.integer(11), memory(row))).collect())
    }

    /// A page of current memories, newest first.
    pub fn list(&self, ask: &PageAsk) -> Result<Page<Memory>, CallRefusal> {
        let (mut condition, mut bindings) = (String::new(), Vec::new());
        if let Some(after) = &ask.after {
            let row = self.first(
                "SELECT created_at_ms, row FROM memories WHERE id = ?",
                vec![after.as_str().into()],
            )?;
            let row = row.ok_or(CallRefusal::BadCursor)?;
            condition = " AND (created_at_ms, row) < (?, ?)".into();
            bindings = vec![Value::Integer(row.integer(0)), Value::Integer(row.integer(1))];
        }
        bindings.push((ask.limit as u64 + 1).into());
        let rows = self.rows(
            &format!(
                "SELECT {MEMORY} FROM memories WHERE valid_until_ms IS NULL{condition} ORDER BY created_at_ms DESC, row DESC LIMIT ?"
            ),
            bindings,
        )?;
        Ok(page(rows.iter().map(memory).collect(), ask.limit))
    }

    /// What a memory was before, oldest first.
    pub fn history(&self, id: &str) -> Result<Vec<Past>, SqlError> {
        let rows = self.rows(
            &format!("SELECT {PAST} FROM memory_history WHERE memory = ? ORDER BY version"),
            vec![id.into()],
        )?;
        Ok(rows.iter().map(past).collect())
    }

    /// Writes the changes and, if there are any, the next generation.
    pub fn write(&self, changes: &[RowChange], now_ms: u64) -> Result<(), SqlError> {
        for change in changes {
            match change {
                RowChange::Put(memory) => self.put(memory)?,
                RowChange::Keep(past) => self.keep(past)?,
                RowChange::Applied { id } => {
                    self.run(
                        "INSERT OR IGNORE INTO applied_operations (id, at_ms) VALUES (?, ?)",
                        vec![id.as_str().into(), now_ms.into()],
                    )?;
                }
                RowChange::Erase { id } => self.erase_memory(id)?,
            }
        }
        if changes.is_empty() {
            Ok(())
        } else {
            self.advance().map(|_| ())
        }
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
                Value::Real(f64::from(memory.importance)),
                serde_json::to_string(&memory.sources).unwrap_or_default().into(),
                memory.origin.as_str().into(),
                u64::from(memory.version).into(),
                memory.created_at_ms.into(),
                memory.updated_at_ms.into(),
                memory.valid_from_ms.into(),
                memory.valid_until_ms.into(),
            ],
        )?;
        let rows = self.rows(
            "SELECT row FROM memories WHERE id = ?",
            vec![memory.id.as_str().into()],
        )?;
        let row = rows.first().map_or(0, |row| row.integer(0));
        let is_same = before.first().is_some_and(|row| row.text(1) == memory.text);
        if is_same && memory.valid_until_ms.is_none() {
            return Ok(());
        }
        self.unindex(row)?;
        if memory.valid_until_ms.is_none() {
            self.word(row, &memory.text)?;
            self.edited(Edit::Bare(row));
        }
        Ok(())
    }

    /// Fills the index of words, which is empty, with the current memories.
    pub(super) fn reword(&self) -> Result<(), SqlError> {
        for found in self.rows(
            "SELECT row, text FROM memories WHERE valid_until_ms IS NULL",
            vec![],
        )? {
            self.word(found.integer(0), &found.text(1))?;
        }
        Ok(())
    }

    fn word(&self, row: i64, text: &str) -> Result<(), SqlError> {
        self.run(
            "INSERT INTO memories_fts (rowid, body) VALUES (?, ?)",
            vec![Value::Integer(row), index_text(text).into()],
        )
        .map(|_| ())
    }

    fn unindex(&self, row: i64) -> Result<(), SqlError> {
        self.run(
            "DELETE FROM memories_fts WHERE rowid = ?",
            vec![Value::Integer(row)],
        )?;
        self.run("DELETE FROM vectors WHERE row = ?", vec![Value::Integer(row)])?;
        self.edited(Edit::Gone(row));
        Ok(())
    }

    fn keep(&self, past: &Past) -> Result<(), SqlError> {
        self.run(
            &format!("INSERT OR REPLACE INTO memory_history ({PAST}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
            vec![
                past.memory.as_str().into(),
                u64::from(past.version).into(),
                past.text.as_str().into(),
                past.kind.as_str().into(),
                past.valid_from_ms.into(),
                past.valid_until_ms.into(),
                past.because.as_str().into(),
                serde_json::to_string(&past.sources).unwrap_or_default().into(),
            ],
        )
        .map(|_| ())
    }

    fn erase_memory(&self, id: &str) -> Result<(), SqlError> {
        for row in self.rows("SELECT row FROM memories WHERE id = ?", vec![id.into()])? {
            self.unindex(row.integer(0))?;
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
        self.edited(Edit::All);
        self.advance()?;
        Ok(rows.first().map_or(0, |row| row.count(0)))
    }

    /// Best lexical matches, by row.
    pub fn lexical(&self, query: &Query, limit: usize) -> Result<Vec<i64>, SqlError> {
        let Some(expression) = query.fts_match() else {
            return Ok(Vec::new());
        };
        let rows = self.rows(
            schema::LEXICAL_SEARCH,
            vec![expression.into(), (limit as u64).into()],
        )?;
        Ok(rows.iter().map(|row| row.integer(0)).collect())
    }
}
