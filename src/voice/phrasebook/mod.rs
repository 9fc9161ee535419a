//! The phrasebook: which phrases are said most, which may be shared between people, and which clips of them there are.
//! Pure over [`Sql`]: the object (`phrasebook_do.rs`) hands in its storage, native tests hand in SQLite.
//!
//! One object for a deployment. Its tables:
//! - `phrase`: a counter for each of the phrases that are said most (here);
//! - `clip`, `evicted`: the clips in the store, and keys that are still to be deleted there (`clips.rs`);
//! - `warming`: clips that are being made ahead of need (`warm.rs`);
//! - `fact`: the secret, the day of the last decay, the number of evictions.
//!
//! Counting is Space-Saving (Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data
//! streams", ICDT 2005): a phrase without a counter takes over the least one, and its count as its possible error. With m
//! counters and n phrases said (halvings count for the past alike), the true count lies in `count - error ..= count` and
//! `error <= n / m`, and a phrase without a counter was said at most n / m times. Counts are halved daily, exactly.
//!
//! Privacy: a phrase is known by a keyed hash alone until it may be shared; its text is stored from the moment it has been
//! said to [`Terms::people_min`] different people, or if it is on the persona's list. See `distinct.rs` for the people.

use super::normalize::normalize;
use crate::platform::sql::{Sql, SqlError, Value};

mod clips;
pub mod distinct;
pub(in crate::voice) mod protocol;
pub mod warm;

use distinct::{Hasher, People};
use protocol::is_learnable;
pub use protocol::{Command, CommandRequest, CommandResult, SAID_MAX, SaidPhrase, StoredClip, Terms};

/// Phrases counted at once.
pub const PHRASES_MAX: u64 = 2_000;
/// Days after which nothing is left of a count (2^-60 of it).
const DECAY_DAYS_MAX: u64 = 60;
const DAY_MS: u64 = 86_400_000;

/// `kept` was the one table of an older phrasebook; a cache's memory begins anew.
const SCHEMA: [&str; 8] = [
    "DROP TABLE IF EXISTS kept",
    "CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS phrase (slot INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, text TEXT, \
     people INTEGER NOT NULL, marks BLOB NOT NULL, count REAL NOT NULL, error REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS phrase_count ON phrase (count)",
    "CREATE TABLE IF NOT EXISTS clip (key TEXT PRIMARY KEY, text TEXT NOT NULL, codec TEXT NOT NULL, \
     voice TEXT NOT NULL, bytes INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL, uses_log2 REAL NOT NULL, \
     value_log2 REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS clip_text ON clip (text)",
    "CREATE TABLE IF NOT EXISTS evicted (key TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warming (key TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID",
];

/// The slot that a phrase without a counter may take: the next free one while there are any, else the least one.
const SLOTS: &str =
    "SELECT (SELECT MAX(slot) FROM phrase), (SELECT slot FROM phrase ORDER BY count, slot LIMIT 1)";
/// Counts a phrase in a slot, whether it is its own, an empty one, or the least one of another phrase.
const COUNT: &str = "INSERT INTO phrase (slot, id, text, people, marks, count, error) VALUES (?, ?, ?, ?, ?, 1, 0) \
    ON CONFLICT (slot) DO UPDATE SET error = CASE WHEN id = excluded.id THEN error ELSE count END, count = count + 1, \
    id = excluded.id, text = excluded.text, people = excluded.people, marks = excluded.marks";
/// Phrases that may be shared, most said first; listed ones that nobody said come last. `?1` people, `?2` the list.
const TOP: &str = "SELECT text, count, people, id FROM phrase \
    WHERE text IS NOT NULL AND (people >= ?1 OR text IN (SELECT value FROM json_each(?2))) \
    UNION ALL SELECT value, 0.0, 0, NULL FROM json_each(?2) \
    WHERE value NOT IN (SELECT text FROM phrase WHERE text IS NOT NULL) ORDER BY 2 DESC, 4, 1 LIMIT ?3";

/// The phrasebook over its tables. Times are milliseconds since the epoch.
pub struct Book<'a> {
    sql: &'a dyn Sql,
    hasher: Hasher,
    phrases_max: u64,
}

impl<'a> Book<'a> {
    /// Makes the tables where they are missing. `random` becomes the secret of a new phrasebook.
    ///
    /// # Errors
    /// A statement failed.
    pub fn open(sql: &'a dyn Sql, random: &[u8; 32], phrases_max: u64) -> Result<Self, SqlError> {
        for statement in SCHEMA {
            sql.run(statement, vec![])?;
        }
        sql.run(
            "INSERT OR IGNORE INTO fact (name, value) VALUES ('secret', ?)",
            vec![random.to_vec().into()],
        )?;
        let secret = sql.first("SELECT value FROM fact WHERE name = 'secret'", vec![])?;
        let secret = secret.unwrap_or_default().blob(0);
        Ok(Self::new(sql, Hasher::new(&secret), phrases_max))
    }

    /// Over tables that were opened before.
    pub fn new(sql: &'a dyn Sql, hasher: Hasher, phrases_max: u64) -> Self {
        Self {
            sql,
            hasher,
            phrases_max,
        }
    }

    /// The hasher under this phrasebook's secret.
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    /// Runs a command, in one transaction.
    ///
    /// # Errors
    /// A statement failed; then nothing has changed.
    pub fn run(&self, command: &Command, terms: &Terms, now_ms: u64) -> Result<CommandResult, SqlError> {
        let mut result = CommandResult::default();
        self.sql.transact(&mut || {
            result = self.step(command, terms, now_ms)?;
            result.evicted = self.take_evicted()?;
            Ok(())
        })?;
        Ok(result)
    }

    fn step(&self, command: &Command, terms: &Terms, now_ms: u64) -> Result<CommandResult, SqlError> {
        let mut result = CommandResult::default();
        match command {
            Command::Observe { said, wants_known } => {
                self.observe(said, terms, now_ms, &mut result)?;
                if *wants_known {
                    result.known = Some(self.known(now_ms)?);
                }
            }
            Command::Stored(clip) => {
                self.insert_clip(clip, terms.budget_bytes, now_ms)?;
                self.trim(terms.budget_bytes, now_ms)?;
            }
            Command::Plan {
                prefix,
                limit,
                fresh_until_ms,
            } => {
                self.trim(terms.budget_bytes, now_ms)?;
                let top = self.top(*limit, terms)?;
                (result.items, result.skipped) = self.plan(top, prefix, *fresh_until_ms, now_ms)?;
            }
            Command::Release(keys) => self.release(keys)?,
            Command::List(limit) => {
                self.trim(terms.budget_bytes, now_ms)?;
                result.listing = self.list(*limit, terms)?;
            }
            Command::Clear => {
                self.sql.run("DELETE FROM phrase", vec![])?;
                self.sql.run("DELETE FROM warming", vec![])?;
                self.clear_clips()?;
            }
        }
        Ok(result)
    }

    fn observe(
        &self,
        said: &[SaidPhrase],
        terms: &Terms,
        now_ms: u64,
        result: &mut CommandResult,
    ) -> Result<(), SqlError> {
        self.decay(now_ms)?;
        let listed = terms.listed();
        for one in said.iter().take(SAID_MAX) {
            if let Some(key) = &one.clip_key {
                self.use_clip(key, now_ms)?;
            }
            let text = normalize(&one.text);
            let mut is_shared = false;
            if is_learnable(&text) {
                let is_listed = listed.contains(&text);
                let is_new;
                (is_shared, is_new) = self.count(text, &one.person, terms.people_min(), is_listed)?;
                if is_new {
                    result.newly_shared.push(one.text.clone());
                }
            }
            result.shared.push(is_shared);
        }
        Ok(())
    }

    /// Counts a phrase in its normal form. Says whether it may be shared, and whether it could not before.
    fn count(
        &self,
        text: String,
        person: &str,
        people_min: u64,
        is_listed: bool,
    ) -> Result<(bool, bool), SqlError> {
        let id = self.hasher.phrase_id(&text);
        let query = "SELECT slot, people, marks, text FROM phrase WHERE id = ?";
        let (slot, mut people, known_text) = match self.sql.first(query, vec![id.clone().into()])? {
            Some(row) => {
                let people = People {
                    count: row.count(1),
                    marks: row.blob(2),
                };
                (row.count(0), people, row.maybe_text(3))
            }
            None => (self.free_slot()?, People::default(), None),
        };
        people.add(self.hasher.person_mark(&id, person), people_min);
        let is_shared = is_listed || people.count >= people_min;
        let is_new = is_shared && known_text.is_none();
        let text = if is_shared { Some(text) } else { known_text };
        let values: Vec<Value> = vec![
            slot.into(),
            id.into(),
            text.into(),
            people.count.into(),
            people.marks.into(),
        ];
        self.sql.run(COUNT, values)?;
        Ok((is_shared, is_new))
    }

    fn free_slot(&self) -> Result<u64, SqlError> {
        let row = self.sql.first(SLOTS, vec![])?.unwrap_or_default();
        let (last, least) = (row.count(0), row.count(1));
        Ok(if last < self.phrases_max { last + 1 } else { least })
    }

    /// Halves all counts once for each UTC day since the last time.
    fn decay(&self, now_ms: u64) -> Result<(), SqlError> {
        let today = now_ms / DAY_MS;
        let row = self
            .sql
            .first("SELECT value FROM fact WHERE name = 'day'", vec![])?;
        let days = row.map(|row| today.saturating_sub(row.count(0)));
        if days == Some(0) {
            return Ok(());
        }
        let days = days.unwrap_or(0).min(DECAY_DAYS_MAX);
        let factor = 0.5f64.powi(days as i32);
        self.sql.run(
            "UPDATE phrase SET count = count * ?1, error = error * ?1",
            vec![factor.into()],
        )?;
        let set_day = "INSERT OR REPLACE INTO fact (name, value) VALUES ('day', ?)";
        self.sql.run(set_day, vec![today.into()]).map(|_| ())
    }

    /// Text, count and people of the phrases that may be shared, most said first.
    fn top(&self, limit: u64, terms: &Terms) -> Result<Vec<(String, f64, u64)>, SqlError> {
        let listed = crate::wire::json::json!(terms.listed()).to_string();
        let values = vec![terms.people_min().into(), listed.into(), limit.into()];
        let rows = self.sql.rows(TOP, values)?;
        Ok(rows
            .iter()
            .map(|row| (row.text(0), row.real(1), row.count(2)))
            .collect())
    }

    fn list(&self, limit: u64, terms: &Terms) -> Result<String, SqlError> {
        let mut data = Vec::new();
        for (text, count, people) in self.top(limit, terms)? {
            let cached = self.clips_of(&text)?;
            data.push(
                crate::wire::json::json!({"text": text, "count": count, "people": people, "cached": cached}),
            );
        }
        let (entries, bytes) = self.clip_totals()?;
        let listing = crate::wire::json::json!({
            "data": data, "entries": entries, "bytes": bytes, "budget_bytes": terms.budget_bytes,
            "evictions": self.evictions()?,
        });
        Ok(listing.to_string())
    }
}

#[cfg(test)]
mod tests;
