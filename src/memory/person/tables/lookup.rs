//! What a plan of changes looks up.

use std::cell::RefCell;

use super::row::*;
use super::{Db, SqlError};
use crate::memory::MemoryKind;
use crate::memory::extraction::apply::{Lookup, Memory};
use crate::memory::tokens::Query;

/// Rows that may be the same as a text; more than a person repeats.
const ALIKE_MAX: usize = 50;

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

    fn single(&self, kind: MemoryKind) -> Option<Memory> {
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
