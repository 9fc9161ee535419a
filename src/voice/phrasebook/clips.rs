//! The clips in the store: which there are, how large they are, and what goes when the byte budget is full. The clips
//! themselves lie elsewhere; whoever is answered deletes there what was evicted here.
//!
//! Invariant: after [`Book::trim`] the bytes of all clips together do not exceed the budget.
//! What goes first is what saves least for its room: uses (halved daily) times the synthesis time a use saves, by byte.
//! Halving daily takes the same from the logarithm of every clip's uses, so the day of a use is added to it instead
//! (`uses_log2`), and the order never has to be computed anew. A clip that was just made counts one use.

use std::f64::consts::LN_2;

use serde_json::Value as Json;

use super::Book;
use super::protocol::StoredClip;
use crate::platform::sql::SqlError;
use crate::voice::clip_key;

/// Most keys of one answer: whoever gets them deletes each, and an invocation may do 1,000 things to a store (Workers
/// KV, "Limits").
pub(super) const EVICTED_MAX: u64 = 500;
const DAY_MS: f64 = 86_400_000.0;

/// Keys of all but the most valuable clips that fit in a budget.
const BEYOND: &str = "SELECT key FROM (SELECT key, SUM(bytes) OVER (ORDER BY uses_log2 + value_log2 DESC, key DESC) \
    AS total FROM clip) WHERE total > ?";

impl Book<'_> {
    /// Enters a clip, replacing what was under its key. One that is larger than the budget is evicted at once.
    pub(super) fn insert_clip(
        &self,
        clip: &StoredClip,
        budget_bytes: u64,
        now_ms: u64,
    ) -> Result<(), SqlError> {
        let key = || vec![clip.key.as_str().into()];
        let known = self
            .sql
            .first("SELECT uses_log2 FROM clip WHERE key = ?", key())?;
        for statement in [
            "DELETE FROM clip WHERE key = ?",
            "DELETE FROM evicted WHERE key = ?",
            "DELETE FROM warming WHERE key = ?",
        ] {
            self.sql.run(statement, key())?;
        }
        if clip.bytes > budget_bytes {
            self.sql.run("INSERT INTO evicted (key) VALUES (?)", key())?;
            return Ok(());
        }
        let value = clip.saving_ms.max(1) as f64 / clip.bytes.max(1) as f64;
        self.sql.run(
            "INSERT INTO clip (key, text, codec, voice, bytes, expires_at_ms, uses_log2, value_log2) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            vec![
                clip.key.as_str().into(),
                clip.text.as_str().into(),
                clip.codec.as_str().into(),
                clip.voice.as_str().into(),
                clip.bytes.into(),
                clip.expires_at_ms.into(),
                used_once_more(known.map(|row| row.real(0)), now_ms).into(),
                log2(value).into(),
            ],
        )?;
        Ok(())
    }

    /// Counts that a clip was played.
    pub(super) fn use_clip(&self, key: &str, now_ms: u64) -> Result<(), SqlError> {
        let query = "SELECT uses_log2 FROM clip WHERE key = ?";
        if let Some(row) = self.sql.first(query, vec![key.into()])? {
            let uses_log2 = used_once_more(Some(row.real(0)), now_ms);
            let update = "UPDATE clip SET uses_log2 = ? WHERE key = ?";
            self.sql.run(update, vec![uses_log2.into(), key.into()])?;
        }
        Ok(())
    }

    /// Takes out what has expired (the store drops that by itself), and evicts until the budget holds.
    pub(super) fn trim(&self, budget_bytes: u64, now_ms: u64) -> Result<(), SqlError> {
        self.sql
            .run("DELETE FROM clip WHERE expires_at_ms <= ?", vec![now_ms.into()])?;
        if self.clip_totals()?.1 <= budget_bytes {
            return Ok(());
        }
        let evict = format!("INSERT OR IGNORE INTO evicted (key) {BEYOND} RETURNING key");
        let evicted = self.sql.rows(&evict, vec![budget_bytes.into()])?.len() as u64;
        self.sql
            .run("DELETE FROM clip WHERE key IN (SELECT key FROM evicted)", vec![])?;
        let count = "INSERT INTO fact (name, value) VALUES ('evictions', ?) \
                     ON CONFLICT (name) DO UPDATE SET value = value + excluded.value";
        self.sql.run(count, vec![evicted.into()])?;
        Ok(())
    }

    /// Evicts every clip.
    pub(super) fn clear_clips(&self) -> Result<(), SqlError> {
        self.sql
            .run("INSERT OR IGNORE INTO evicted (key) SELECT key FROM clip", vec![])?;
        self.sql.run("DELETE FROM clip", vec![])?;
        Ok(())
    }

    /// Keys to be deleted from the store; each is given once.
    pub(super) fn take_evicted(&self) -> Result<Vec<String>, SqlError> {
        let take = "DELETE FROM evicted WHERE key IN (SELECT key FROM evicted LIMIT ?) RETURNING key";
        let rows = self.sql.rows(take, vec![EVICTED_MAX.into()])?;
        Ok(rows.iter().map(|row| row.text(0)).collect())
    }

    /// Marks of all clips.
    pub(super) fn known(&self, now_ms: u64) -> Result<Vec<u64>, SqlError> {
        let query = "SELECT key FROM clip WHERE expires_at_ms > ?";
        let rows = self.sql.rows(query, vec![now_ms.into()])?;
        Ok(rows.iter().map(|row| clip_key::mark(&row.text(0))).collect())
    }

    /// The clips of a phrase, as the listing shows them.
    pub(super) fn clips_of(&self, text: &str) -> Result<Vec<Json>, SqlError> {
        let query = "SELECT codec, voice, bytes, expires_at_ms FROM clip WHERE text = ? ORDER BY key";
        let rows = self.sql.rows(query, vec![text.into()])?;
        let json = rows.iter().map(|row| {
            crate::wire::json::json!({
                "codec": row.text(0), "voice": row.text(1), "bytes": row.count(2),
                "expires_at": row.count(3) / 1_000,
            })
        });
        Ok(json.collect())
    }

    /// How many clips there are, and their bytes together.
    pub(super) fn clip_totals(&self) -> Result<(u64, u64), SqlError> {
        let query = "SELECT COUNT(*), SUM(bytes) FROM clip";
        let row = self.sql.first(query, vec![])?.unwrap_or_default();
        Ok((row.count(0), row.count(1)))
    }

    /// Clips that had to go for the budget so far.
    pub(super) fn evictions(&self) -> Result<u64, SqlError> {
        let query = "SELECT value FROM fact WHERE name = 'evictions'";
        Ok(self.sql.first(query, vec![])?.unwrap_or_default().count(0))
    }
}

/// Adds a use at `now_ms` to what is left of those before.
fn used_once_more(uses_log2: Option<f64>, now_ms: u64) -> f64 {
    let today = now_ms as f64 / DAY_MS;
    let uses = uses_log2.map_or(0.0, |log2| ((log2 - today) * LN_2).exp());
    log2(uses + 1.0) + today
}

/// By the logarithm that breakers need anyway; `exp2` has 4 KB of tables.
fn log2(number: f64) -> f64 {
    number.ln() / LN_2
}
