//! Vectors of memories.

use crate::platform::sql::Value;

use super::{Db, Edit, SqlError};

/// Current memories without a vector, or with one of another length than most have (among equals, than the newest has):
/// a server that answered once with another model. Bind the model.
const BARE: &str = "WHERE valid_until_ms IS NULL AND NOT EXISTS (SELECT 1 FROM vectors WHERE vectors.row = memories.row \
     AND vectors.model = ?1 AND length(vectors.vector) = (SELECT length(vector) FROM vectors WHERE model = ?1 \
     GROUP BY 1 ORDER BY count(*) DESC, max(row) DESC LIMIT 1))";

impl Db {
    /// Stores the vector of the current memory of that id.
    pub fn put_vector(&self, id: &str, model: &str, vector: Vec<u8>) -> Result<(), SqlError> {
        let row = self.first(
            "SELECT row FROM memories WHERE id = ? AND valid_until_ms IS NULL",
            vec![id.into()],
        )?;
        let Some(row) = row.map(|row| row.integer(0)) else {
            return Ok(());
        };
        self.run(
            "INSERT OR REPLACE INTO vectors (row, model, vector) VALUES (?, ?, ?)",
            vec![Value::Integer(row), model.into(), Value::Blob(vector.clone())],
        )?;
        self.edited(Edit::Vector(row, vector));
        Ok(())
    }

    /// Rows of current memories without a vector of the model.
    pub fn bare(&self, model: &str) -> Result<Vec<i64>, SqlError> {
        let rows = self.rows(&format!("SELECT row FROM memories {BARE}"), vec![model.into()])?;
        Ok(rows.iter().map(|row| row.integer(0)).collect())
    }

    /// Current memories without a vector of the model.
    pub fn without_vector(&self, model: &str, limit: usize) -> Result<Vec<(String, String)>, SqlError> {
        let rows = self.rows(
            &format!("SELECT id, text FROM memories {BARE} ORDER BY row LIMIT ?2"),
            vec![model.into(), (limit as u64).into()],
        )?;
        Ok(rows.iter().map(|row| (row.text(0), row.text(1))).collect())
    }

    /// Rows and blobs of every vector of the model.
    pub fn vectors(&self, model: &str) -> Result<Vec<(i64, Vec<u8>)>, SqlError> {
        let rows = self.rows(
            "SELECT row, vector FROM vectors WHERE model = ? ORDER BY row",
            vec![model.into()],
        )?;
        Ok(rows.iter().map(|row| (row.integer(0), row.blob(1))).collect())
    }
}
