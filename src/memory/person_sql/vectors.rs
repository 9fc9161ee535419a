//! Vectors of memories.

use worker::SqlStorageValue as Value;

use super::row::*;
use super::{Db, SqlError};

impl Db {
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
}
