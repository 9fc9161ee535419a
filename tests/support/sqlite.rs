//! `Sql` over SQLite itself, for native tests of what is kept in tables.

use std::cell::Cell;

use rusqlite::types::{Value as Column, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::{Row, Sql, SqlError, Value};

/// A database in memory. `fail_after` makes one statement fail, to see that nothing of its transaction stays.
pub struct Sqlite {
    connection: Connection,
    /// The statement, counted from now, that fails; none when it is `None`.
    pub fail_after: Cell<Option<u32>>,
}

impl Sqlite {
    /// An empty database.
    pub fn new() -> Sqlite {
        Sqlite {
            connection: Connection::open_in_memory().expect("SQLite opens in memory"),
            fail_after: Cell::new(None),
        }
    }

    fn may_run(&self) -> Result<(), SqlError> {
        match self.fail_after.get() {
            Some(0) => {
                self.fail_after.set(None);
                Err(SqlError("this statement fails".into()))
            }
            left => {
                self.fail_after.set(left.map(|left| left - 1));
                Ok(())
            }
        }
    }
}

impl Default for Sqlite {
    fn default() -> Sqlite {
        Sqlite::new()
    }
}

fn failed(error: rusqlite::Error) -> SqlError {
    SqlError(error.to_string())
}

fn bound(values: Vec<Value>) -> impl Iterator<Item = Column> {
    values.into_iter().map(|value| match value {
        Value::Null => Column::Null,
        Value::Integer(number) => Column::Integer(number),
        Value::Real(number) => Column::Real(number),
        Value::Text(text) => Column::Text(text),
        Value::Blob(bytes) => Column::Blob(bytes),
    })
}

impl Sql for Sqlite {
    fn rows(&self, query: &str, values: Vec<Value>) -> Result<Vec<Row>, SqlError> {
        self.may_run()?;
        let mut statement = self.connection.prepare_cached(query).map_err(failed)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(bound(values))).map_err(failed)?;
        let mut out = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let read = |column| {
                Ok(match row.get_ref(column).map_err(failed)? {
                    ValueRef::Null => Value::Null,
                    // JavaScript's numbers, in which the Worker's storage gives whole ones.
                    ValueRef::Integer(number) => Value::Real(number as f64),
                    ValueRef::Real(number) => Value::Real(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                })
            };
            out.push(Row((0..columns).map(read).collect::<Result<_, SqlError>>()?));
        }
        Ok(out)
    }

    fn run(&self, query: &str, values: Vec<Value>) -> Result<u64, SqlError> {
        let before = self.connection.total_changes();
        self.rows(query, values)?;
        Ok(self.connection.total_changes() - before)
    }

    fn transact(&self, work: &mut dyn FnMut() -> Result<(), SqlError>) -> Result<(), SqlError> {
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
        let done = work();
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.connection.execute_batch(end).map_err(failed)?;
        done
    }

    fn size_bytes(&self) -> usize {
        let pragma = |name: &str| {
            self.connection
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
        };
        (pragma("page_count").unwrap_or(0) * pragma("page_size").unwrap_or(0)) as usize
    }
}
