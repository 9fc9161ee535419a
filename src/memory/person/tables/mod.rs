//! The person object's tables: one transaction, single statements, `meta`. What is in them: the files beside this one,
//! one for each subject; meaning and schema: [`super::schema`].
//!
//! Invariant: nothing here awaits. Writes happen inside [`Db::transact`], which keeps all of them or none.

mod conversations;
mod export;
mod lookup;
mod memories;
mod row;
mod vectors;
mod waiting;

use std::cell::{Cell, RefCell};

use wasm_bindgen::prelude::*;
use worker::{SqlStorage, SqlStorageValue as Value, Storage};

pub use lookup::Look;
use row::Row;
pub(super) use row::{integer, text};

use super::protocol::Refusal;
use super::schema;

#[wasm_bindgen(module = "/src/platform/sql.js")]
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
/// What a transaction did to the index of vectors, which lives in memory.
#[derive(Debug)]
pub(super) enum Edit {
    /// The row is not searched any more.
    Gone(i64),
    /// The row's text is new and has no vector yet.
    Bare(i64),
    /// The row has this vector.
    Vector(i64, Vec<u8>),
    /// Nothing is left.
    All,
}

/// The tables.
pub struct Db {
    storage: Storage,
    sql: SqlStorage,
    edits: RefCell<Vec<Edit>>,
    advanced: Cell<bool>,
}

impl Db {
    /// Opens the tables, making or extending them as needed.
    pub fn open(storage: Storage) -> Result<Db, SqlError> {
        let db = Db {
            sql: storage.sql(),
            storage,
            edits: RefCell::default(),
            advanced: Cell::default(),
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
                if migration.number == schema::REWORDED {
                    db.reword()?;
                }
            }
            Ok(())
        })?;
        Ok(db)
    }

    /// Runs `work` in one transaction.
    pub fn transact<T>(&self, work: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
        let mut work = Some(work);
        let mut out = None;
        self.transact_whole(&mut || {
            if let Some(work) = work.take() {
                out = Some(work()?);
            }
            Ok(())
        })?;
        out.ok_or_else(|| SqlError("the transaction did not run".into()))
    }

    /// The same for all kinds of work, once in the Worker.
    fn transact_whole(&self, work: &mut dyn FnMut() -> Result<(), SqlError>) -> Result<(), SqlError> {
        let mut result = Err(SqlError("the transaction did not run".into()));
        let kept = transact(self.storage.as_raw(), &mut || {
            result = work();
            result.is_ok()
        })
        .map_err(|error| SqlError(format!("{error:?}")))?;
        match result {
            Ok(()) if !kept => Err(SqlError("the transaction was rolled back".into())),
            result => result,
        }
    }

    pub(super) fn rows(&self, query: &str, bindings: Vec<Value>) -> Result<Vec<Row>, SqlError> {
        let cursor = self.sql.exec(query, bindings)?;
        cursor.raw().map(|row| row.map_err(SqlError::from)).collect()
    }

    fn first(&self, query: &str, bindings: Vec<Value>) -> Result<Option<Row>, SqlError> {
        Ok(self.rows(query, bindings)?.into_iter().next())
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
        let row = self.first("SELECT value FROM meta WHERE key = ?", vec![key.into()])?;
        Ok(row.map(|row| text(&row, 0)))
    }

    /// Sets a value of `meta`.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), SqlError> {
        self.run(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            vec![key.into(), value.into()],
        )
        .map(|_| ())
    }

    /// What was done to vectors since the last call, and whether the memories changed.
    pub(super) fn taken_edits(&self) -> (Vec<Edit>, bool) {
        (self.edits.take(), self.advanced.take())
    }

    fn edited(&self, edit: Edit) {
        self.edits.borrow_mut().push(edit);
    }

    /// The generation grows by one.
    pub fn advance(&self) -> Result<u64, SqlError> {
        self.advanced.set(true);
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
}
