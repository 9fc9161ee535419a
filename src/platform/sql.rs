//! SQLite as rooms see it: statements with values, and one transaction at a time.
//!
//! The Worker's storage (`sql_worker.rs`) and rusqlite in native tests (`tests/support/sqlite.rs`) implement [`Sql`], so
//! that what is kept in tables is tested natively as it is. Invariant: nothing here awaits.

/// A value of a column or a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number. The Worker's storage gives some of them as [`Value::Real`]; [`Row::integer`] reads both.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Integer(value)
    }
}
impl From<u64> for Value {
    fn from(value: u64) -> Value {
        Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
impl From<u32> for Value {
    fn from(value: u32) -> Value {
        Value::Integer(value.into())
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Real(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}
impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(value)
    }
}
impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Value {
        Value::Blob(value)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// One row of an answer. Each column is read as what it should be; anything else is its empty value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// A text, or an empty one.
    pub fn text(&self, column: usize) -> String {
        self.maybe_text(column).unwrap_or_default()
    }

    /// A text, if the column has one.
    pub fn maybe_text(&self, column: usize) -> Option<String> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// A whole number, or 0.
    pub fn integer(&self, column: usize) -> i64 {
        match self.0.get(column) {
            Some(Value::Integer(number)) => *number,
            Some(Value::Real(number)) => *number as i64,
            _ => 0,
        }
    }

    /// A whole number that is not negative, or 0.
    pub fn count(&self, column: usize) -> u64 {
        u64::try_from(self.integer(column)).unwrap_or(0)
    }

    /// A number, or 0.
    pub fn real(&self, column: usize) -> f64 {
        match self.0.get(column) {
            Some(Value::Integer(number)) => *number as f64,
            Some(Value::Real(number)) => *number,
            _ => 0.0,
        }
    }

    /// Bytes, or none.
    pub fn blob(&self, column: usize) -> Vec<u8> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => bytes.clone(),
            _ => Vec::new(),
        }
    }

    /// Whether the column holds nothing.
    pub fn is_null(&self, column: usize) -> bool {
        matches!(self.0.get(column), None | Some(Value::Null))
    }
}

/// A statement failed. The text may quote data: for the log, never for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError(pub String);

/// A database of one object.
pub trait Sql {
    /// The rows that a query gives.
    ///
    /// # Errors
    /// The statement failed.
    fn rows(&self, query: &str, values: Vec<Value>) -> Result<Vec<Row>, SqlError>;

    /// Runs a statement to its end and says how many rows it wrote. (The Worker's storage counts rows of indexes, too.)
    ///
    /// # Errors
    /// The statement failed.
    fn run(&self, query: &str, values: Vec<Value>) -> Result<u64, SqlError>;

    /// Runs `work` in one transaction: when it fails, nothing of it is kept. Transactions are not nested.
    ///
    /// # Errors
    /// What `work` failed with, or the transaction itself.
    fn transact(&self, work: &mut dyn FnMut() -> Result<(), SqlError>) -> Result<(), SqlError>;

    /// Bytes on disk.
    fn size_bytes(&self) -> usize;

    /// The first row that a query gives.
    ///
    /// # Errors
    /// The statement failed.
    fn first(&self, query: &str, values: Vec<Value>) -> Result<Option<Row>, SqlError> {
        Ok(self.rows(query, values)?.into_iter().next())
    }
}

/// SQLite itself, for tests of whatever is kept in tables.
#[cfg(test)]
#[path = "../../tests/support/sqlite.rs"]
pub mod sqlite;

#[cfg(test)]
mod tests {
    use super::sqlite::Sqlite;
    use super::*;

    #[test]
    fn a_transaction_that_fails_leaves_nothing() {
        let db = Sqlite::new();
        db.run("CREATE TABLE t (a INTEGER, b TEXT)", vec![]).unwrap();
        let insert = || db.run("INSERT INTO t VALUES (?, ?)", vec![1i64.into(), "x".into()]);
        let failed = db.transact(&mut || {
            insert()?;
            Err(SqlError("no".into()))
        });
        assert_eq!(failed, Err(SqlError("no".into())));
        assert_eq!(
            db.first("SELECT COUNT(*) FROM t", vec![])
                .unwrap()
                .unwrap()
                .count(0),
            0
        );
        db.transact(&mut || insert().map(|_| ())).unwrap();
        let row = db
            .first("SELECT a, b, NULL, x'01' FROM t", vec![])
            .unwrap()
            .unwrap();
        assert_eq!(
            (row.integer(0), row.text(1), row.is_null(2), row.blob(3)),
            (1, "x".into(), true, vec![1])
        );
    }
}
