//! The person's tables: one transaction, single statements, `meta`. What is in them: the files beside this one,
//! one for each subject; meaning and schema: [`super::schema`].
//!
//! Invariant: nothing here awaits. Writes happen inside [`Db::transact`], which keeps all of them or none.

mod conversations;
pub mod export;
pub mod lookup;
mod memories;
mod responses;
mod row;
mod vectors;
mod waiting;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::schema;
pub use crate::platform::sql::SqlError;
use crate::platform::sql::{Row, Sql, Value};

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
    sql: Rc<dyn Sql>,
    edits: RefCell<Vec<Edit>>,
    advanced: Cell<bool>,
}

impl Db {
    /// Opens the tables, making or extending them as needed.
    pub fn open(sql: Rc<dyn Sql>) -> Result<Db, SqlError> {
        let db = Db {
            sql,
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
        self.sql.transact(&mut || {
            if let Some(work) = work.take() {
                out = Some(work()?);
            }
            Ok(())
        })?;
        out.ok_or_else(|| SqlError("the transaction did not run".into()))
    }

    pub(super) fn rows(&self, query: &str, values: Vec<Value>) -> Result<Vec<Row>, SqlError> {
        self.sql.rows(query, values)
    }

    fn first(&self, query: &str, values: Vec<Value>) -> Result<Option<Row>, SqlError> {
        self.sql.first(query, values)
    }

    pub(super) fn run(&self, query: &str, values: Vec<Value>) -> Result<u64, SqlError> {
        self.sql.run(query, values)
    }

    /// Bytes on disk.
    pub fn size_bytes(&self) -> usize {
        self.sql.size_bytes()
    }

    /// A value of `meta`.
    pub fn meta(&self, key: &str) -> Result<Option<String>, SqlError> {
        let row = self.first("SELECT value FROM meta WHERE key = ?", vec![key.into()])?;
        Ok(row.map(|row| row.text(0)))
    }

    /// A number of `meta`; 0 where there is none.
    pub fn meta_number(&self, key: &str) -> Result<u64, SqlError> {
        let text = self.meta(key)?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
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
        self.meta_number(schema::meta::GENERATION)
    }
}
