//! [`Sql`] over a Durable Object's SQLite storage.

use wasm_bindgen::prelude::*;
use worker::{SqlStorage, SqlStorageValue, Storage};

use super::sql::{Row, Sql, SqlError, Value};

#[wasm_bindgen(module = "/src/platform/sql.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn transact(storage: &JsValue, work: &mut dyn FnMut() -> bool) -> Result<bool, JsValue>;
}

/// The largest whole number that is bound.
const INTEGER_MAX: i64 = (1 << 53) - 1;

/// The storage of one object.
pub struct WorkerSql {
    storage: Storage,
    sql: SqlStorage,
}

impl WorkerSql {
    /// Of an object's storage.
    pub fn new(storage: Storage) -> WorkerSql {
        WorkerSql {
            sql: storage.sql(),
            storage,
        }
    }
}

impl From<worker::Error> for SqlError {
    fn from(error: worker::Error) -> SqlError {
        SqlError(error.to_string())
    }
}

fn bound(values: Vec<Value>) -> Vec<SqlStorageValue> {
    let one = |value| match value {
        Value::Null => SqlStorageValue::Null,
        // JavaScript knows no larger one exactly; the bindings would log each.
        Value::Integer(number) => SqlStorageValue::Integer(number.clamp(-INTEGER_MAX, INTEGER_MAX)),
        Value::Real(number) => SqlStorageValue::Float(number),
        Value::Text(text) => SqlStorageValue::String(text),
        Value::Blob(bytes) => SqlStorageValue::Blob(bytes),
    };
    values.into_iter().map(one).collect()
}

fn read(values: Vec<SqlStorageValue>) -> Row {
    let one = |value| match value {
        SqlStorageValue::Null => Value::Null,
        SqlStorageValue::Boolean(truth) => Value::Integer(truth.into()),
        SqlStorageValue::Integer(number) => Value::Integer(number),
        SqlStorageValue::Float(number) => Value::Real(number),
        SqlStorageValue::String(text) => Value::Text(text),
        SqlStorageValue::Blob(bytes) => Value::Blob(bytes),
    };
    Row(values.into_iter().map(one).collect())
}

impl Sql for WorkerSql {
    fn rows(&self, query: &str, values: Vec<Value>) -> Result<Vec<Row>, SqlError> {
        let cursor = self.sql.exec(query, bound(values))?;
        cursor.raw().map(|row| Ok(read(row?))).collect()
    }

    fn run(&self, query: &str, values: Vec<Value>) -> Result<u64, SqlError> {
        let cursor = self.sql.exec(query, bound(values))?;
        // Reading to the end runs the statement whole.
        for row in cursor.raw() {
            row?;
        }
        Ok(cursor.rows_written() as u64)
    }

    fn transact(&self, work: &mut dyn FnMut() -> Result<(), SqlError>) -> Result<(), SqlError> {
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

    fn size_bytes(&self) -> usize {
        self.sql.database_size()
    }
}
