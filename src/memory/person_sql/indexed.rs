//! Points at an index outside: what was sent there, what is to be sent, what is to be removed.

use super::row::*;
use super::{Db, SqlError};

/// Current memories that are searched and have a vector, beside their point, if there is one. Bind the model.
const HERE: &str = "FROM memories JOIN vectors ON vectors.row = memories.row AND vectors.model = ? \
     LEFT JOIN indexed ON indexed.memory = memories.id \
     WHERE memories.valid_until_ms IS NULL AND memories.kind NOT IN ('name', 'language', 'tone')";
/// Their point is not of this version at this home. Bind the home.
const UNSENT: &str = "(indexed.point IS NULL OR indexed.version <> memories.version OR indexed.home <> ?)";

/// A memory to send.
pub struct Unsent {
    /// The memory.
    pub memory: String,
    /// Its version.
    pub version: u64,
    /// Its vector's blob.
    pub vector: Vec<u8>,
}

/// A row of `indexed`.
pub struct Sent {
    /// The point.
    pub point: String,
    /// Its memory; empty for what another life of the person has left.
    pub memory: String,
    /// The memory's version.
    pub version: u64,
    /// Index and model.
    pub home: String,
    /// Unix milliseconds; 0 while the outcome is not known.
    pub sent_at_ms: u64,
    /// What must be seen first; empty once queries find the point.
    pub mutation: String,
}

impl Db {
    /// What is to be sent, in order.
    pub fn unsent(&self, model: &str, home: &str, limit: usize) -> Result<Vec<Unsent>, SqlError> {
        let rows = self.rows(
            &format!(
                "SELECT memories.id, memories.version, vectors.vector {HERE} AND ({UNSENT} OR indexed.sent_at_ms = 0) ORDER BY memories.row LIMIT ?"
            ),
            vec![model.into(), home.into(), number(limit as u64)],
        )?;
        let unsent = |row: &Row| Unsent {
            memory: text(row, 0),
            version: count(row, 1),
            vector: blob(row, 2),
        };
        Ok(rows.iter().map(unsent).collect())
    }

    /// Rows and blobs of what queries at the index do not find yet.
    pub fn unseen(&self, model: &str, home: &str, limit: usize) -> Result<Vec<(i64, Vec<u8>)>, SqlError> {
        let rows = self.rows(
            &format!(
                "SELECT memories.row, vectors.vector {HERE} AND ({UNSENT} OR indexed.sent_at_ms = 0 OR indexed.mutation <> '') LIMIT ?"
            ),
            vec![model.into(), home.into(), number(limit as u64)],
        )?;
        Ok(rows.iter().map(|row| (integer(row, 0), blob(row, 1))).collect())
    }

    /// Points at this home whose memory is gone, and when each was sent.
    pub fn orphans(&self, home: &str, now_ms: u64, limit: usize) -> Result<Vec<(String, u64)>, SqlError> {
        let rows = self.rows(
            "SELECT point, sent_at_ms FROM indexed WHERE home = ? AND sent_at_ms <= ? AND NOT EXISTS (SELECT 1 FROM memories WHERE \
             memories.id = indexed.memory AND memories.valid_until_ms IS NULL) LIMIT ?",
            vec![home.into(), number(now_ms), number(limit as u64)],
        )?;
        Ok(rows.iter().map(|row| (text(row, 0), count(row, 1))).collect())
    }

    /// Every row at this home.
    pub fn sent(&self, home: &str) -> Result<Vec<Sent>, SqlError> {
        let rows = self.rows(
            "SELECT point, memory, version, home, sent_at_ms, mutation FROM indexed WHERE home = ?",
            vec![home.into()],
        )?;
        let sent = |row: &Row| Sent {
            point: text(row, 0),
            memory: text(row, 1),
            version: count(row, 2),
            home: text(row, 3),
            sent_at_ms: count(row, 4),
            mutation: text(row, 5),
        };
        Ok(rows.iter().map(sent).collect())
    }

    /// Writes a row over what was there.
    pub fn put_sent(&self, sent: &Sent) -> Result<(), SqlError> {
        self.run(
            "INSERT OR REPLACE INTO indexed (point, memory, version, home, sent_at_ms, mutation) VALUES (?, ?, ?, ?, ?, ?)",
            vec![
                sent.point.as_str().into(),
                sent.memory.as_str().into(),
                number(sent.version),
                sent.home.as_str().into(),
                number(sent.sent_at_ms),
                sent.mutation.as_str().into(),
            ],
        )
        .map(|_| ())
    }

    /// The point is gone.
    pub fn remove_sent(&self, point: &str) -> Result<(), SqlError> {
        self.run("DELETE FROM indexed WHERE point = ?", vec![point.into()])
            .map(|_| ())
    }

    /// The point is gone, but may come back: it is to be removed again from then on.
    pub fn remove_late(&self, point: &str, again_at_ms: u64) -> Result<(), SqlError> {
        self.run(
            "UPDATE indexed SET sent_at_ms = ?, mutation = '' WHERE point = ?",
            vec![number(again_at_ms), point.into()],
        )
        .map(|_| ())
    }

    /// Changes that are not seen yet, with the time of the latest row of each, oldest first.
    pub fn unseen_mutations(&self, home: &str) -> Result<Vec<(String, u64)>, SqlError> {
        let rows = self.rows(
            "SELECT mutation, max(sent_at_ms) FROM indexed WHERE home = ? AND mutation <> '' AND sent_at_ms > 0 GROUP BY mutation ORDER BY 2",
            vec![home.into()],
        )?;
        Ok(rows.iter().map(|row| (text(row, 0), count(row, 1))).collect())
    }

    /// Queries find what was sent up to then.
    pub fn seen_through(&self, home: &str, sent_at_ms: u64) -> Result<(), SqlError> {
        self.run(
            "UPDATE indexed SET mutation = '' WHERE home = ? AND sent_at_ms > 0 AND sent_at_ms <= ?",
            vec![home.into(), number(sent_at_ms)],
        )
        .map(|_| ())
    }

    /// Whether there is any point.
    pub fn has_points(&self) -> Result<bool, SqlError> {
        Ok(self.first("SELECT 1 FROM indexed LIMIT 1", vec![])?.is_some())
    }

    /// Rows of the searched memories that these points stand for; points of others, or of what is gone, are left out.
    pub fn rows_of_points(&self, points: &[String]) -> Result<Vec<i64>, SqlError> {
        let Ok(list) = serde_json::to_string(points) else {
            return Ok(Vec::new());
        };
        // One parameter for all of them: bindings are limited to 100.
        let rows = self.rows(
            "SELECT memories.row FROM json_each(?) AS wanted JOIN indexed ON indexed.point = wanted.value \
             JOIN memories ON memories.id = indexed.memory WHERE memories.valid_until_ms IS NULL",
            vec![list.into()],
        )?;
        Ok(rows.iter().map(|row| integer(row, 0)).collect())
    }
}
