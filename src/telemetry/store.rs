//! What a telemetry object keeps: for each isolate its last number and what it told in the present slot of time, and all
//! that is older, added up. Pure but for the tables, which are reached through [`Sql`].
//!
//! Invariants: a report's figures and its number are written in one transaction, so a report counts once, however often
//! and in whatever order it arrives; nothing lives outside the tables, so a restart changes nothing. A report writes one
//! row. Once in a slot, the first report that comes adds up what the isolates told in the slot before.

use super::figures::Figures;
use super::metrics::PEOPLE_ACTIVE;
use super::outbox::Report;
use crate::platform::sql::{Sql, SqlError, Value};

/// Length of a slot of the last hour.
pub const SLOT_MS: u64 = 300_000;
/// Length of a slot of the last day.
pub const HOUR_MS: u64 = 3_600_000;
/// Slots that are kept: an hour and a day, and those under way.
const SLOTS_MAX: u64 = 13;
const HOURS_MAX: u64 = 25;
/// What an isolate said of the present counts for so long after its last word.
const GAUGE_LIFE_MS: u64 = 300_000;
/// An isolate that has been silent for so long is gone.
const ISOLATE_LIFE_MS: u64 = 86_400_000;
/// Isolates that one transaction adds up at most; the rest waits for the next one.
const ISOLATES_MAX: u64 = 500;

/// So long a turn that was heard is remembered, so that it counts once.
const HEARD_LIFE_MS: u64 = 3_600_000;

const SCHEMA: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS heard (turn TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS isolate (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL, \
     slot INTEGER NOT NULL, gauges TEXT NOT NULL, figures TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS kept (length INTEGER, slot INTEGER, figures TEXT NOT NULL, PRIMARY KEY (length, slot)) WITHOUT ROWID",
];

/// The tables of one object.
pub struct Store<'a>(&'a dyn Sql);

impl<'a> Store<'a> {
    /// Opens them.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn open(sql: &'a dyn Sql) -> Result<Store<'a>, SqlError> {
        for statement in SCHEMA {
            sql.run(statement, Vec::new())?;
        }
        Ok(Store(sql))
    }

    /// Takes a report that came at `now_ms`; the number up to which this isolate's reports are known.
    ///
    /// # Errors
    /// A statement that failed: nothing of the report was kept.
    pub fn report(&self, report: Report<'_>, now_ms: u64) -> Result<u64, SqlError> {
        let slot = now_ms / SLOT_MS;
        let mut known = report.seq;
        self.0.transact(&mut || {
            self.add_up(slot, now_ms)?;
            let row = "SELECT seq, figures FROM isolate WHERE id = ?";
            let row = self
                .0
                .first(row, vec![report.isolate.into()])?
                .unwrap_or_default();
            if row.count(0) >= report.seq {
                known = row.count(0);
                return Ok(());
            }
            let mut figures = Figures::new();
            figures.absorb(&row.text(1), |_| true);
            figures.absorb(report.figures, |_| true);
            self.put(report, now_ms, slot, &figures)
        })?;
        Ok(known)
    }

    /// Whether a turn is told to have been heard for the first time; then it is remembered.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn is_first(&self, turn: &str, now_ms: u64) -> Result<bool, SqlError> {
        let old = now_ms.saturating_sub(HEARD_LIFE_MS);
        self.0
            .run("DELETE FROM heard WHERE at_ms < ?", vec![old.into()])?;
        let row: Vec<Value> = vec![turn.into(), now_ms.into()];
        Ok(self.0.run("INSERT OR IGNORE INTO heard VALUES (?, ?)", row)? > 0)
    }

    fn put(&self, report: Report<'_>, now_ms: u64, slot: u64, figures: &Figures) -> Result<(), SqlError> {
        let row: Vec<Value> = vec![
            report.isolate.into(),
            report.seq.into(),
            now_ms.into(),
            slot.into(),
            report.gauges.into(),
            figures.text().into(),
        ];
        self.0
            .run("INSERT OR REPLACE INTO isolate VALUES (?, ?, ?, ?, ?, ?)", row)?;
        Ok(())
    }

    /// Adds up what isolates told before this slot, and forgets what is too old.
    fn add_up(&self, slot: u64, now_ms: u64) -> Result<(), SqlError> {
        let told =
            "SELECT id, slot, figures FROM isolate WHERE slot < ? AND figures <> '' ORDER BY id LIMIT ?";
        let told = self.0.rows(told, vec![slot.into(), ISOLATES_MAX.into()])?;
        for row in &told {
            let (then, figures) = (row.count(1), row.text(2));
            // A set of people is of its slot; in a total it would only grow.
            self.keep(0, 0, &figures, false)?;
            self.keep(SLOT_MS, then, &figures, true)?;
            self.keep(HOUR_MS, then * SLOT_MS / HOUR_MS, &figures, false)?;
            let done = "UPDATE isolate SET figures = '' WHERE id = ?";
            self.0.run(done, vec![row.integer(0).into()])?;
        }
        if told.is_empty() {
            return Ok(());
        }
        for (length, slots) in [(SLOT_MS, SLOTS_MAX), (HOUR_MS, HOURS_MAX)] {
            let oldest = (now_ms / length).saturating_sub(slots);
            let old = "DELETE FROM kept WHERE length = ? AND slot < ?";
            self.0.run(old, vec![length.into(), oldest.into()])?;
        }
        let gone = "DELETE FROM isolate WHERE at_ms < ? AND figures = ''";
        let before = now_ms.saturating_sub(ISOLATE_LIFE_MS);
        self.0.run(gone, vec![before.into()])?;
        Ok(())
    }

    fn keep(&self, length: u64, slot: u64, figures: &str, with_people: bool) -> Result<(), SqlError> {
        let place = || vec![length.into(), slot.into()];
        let kept = "SELECT figures FROM kept WHERE length = ? AND slot = ?";
        let mut all = Figures::new();
        all.absorb(&self.0.first(kept, place())?.unwrap_or_default().text(0), |_| {
            true
        });
        all.absorb(figures, |name| with_people || name != PEOPLE_ACTIVE.name);
        let mut row: Vec<Value> = place();
        row.push(all.text().into());
        self.0.run("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", row)?;
        Ok(())
    }

    /// Everything since the beginning, and, behind an empty line, what is now.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn totals(&self, now_ms: u64) -> Result<String, SqlError> {
        let mut all = Figures::new();
        let mut now = Figures::new();
        for row in self
            .0
            .rows("SELECT figures FROM kept WHERE length = 0", Vec::new())?
        {
            all.absorb(&row.text(0), |_| true);
        }
        let oldest = (now_ms / SLOT_MS).saturating_sub(1);
        let people = "SELECT figures FROM kept WHERE length = ? AND slot >= ?";
        for row in self.0.rows(people, vec![SLOT_MS.into(), oldest.into()])? {
            all.absorb(&row.text(0), |name| name == PEOPLE_ACTIVE.name);
        }
        let told = "SELECT slot, figures, at_ms, gauges FROM isolate WHERE figures <> '' OR at_ms >= ?";
        let since = now_ms.saturating_sub(GAUGE_LIFE_MS);
        for row in self.0.rows(told, vec![since.into()])? {
            let is_of_now = row.count(0) >= oldest;
            all.absorb(&row.text(1), |name| is_of_now || name != PEOPLE_ACTIVE.name);
            if row.count(2) >= since {
                now.absorb(&row.text(3), |_| true);
            }
        }
        Ok(format!("{}\n{}", all.text(), now.text()))
    }

    /// The slots of the last hour or day: a line `@` with the slot's beginning in milliseconds, then its figures.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn slots(&self, length_ms: u64, since_ms: u64) -> Result<String, SqlError> {
        let mut text = String::new();
        let oldest = since_ms / length_ms.max(1);
        let kept = "SELECT slot, figures FROM kept WHERE length = ? AND slot >= ?";
        for row in self.0.rows(kept, vec![length_ms.into(), oldest.into()])? {
            text += &format!("@{}\n{}", row.count(0) * length_ms, row.text(1));
        }
        for row in self.0.rows(
            "SELECT slot, figures FROM isolate WHERE figures <> ''",
            Vec::new(),
        )? {
            let at_ms = row.count(0) * SLOT_MS / length_ms.max(1) * length_ms;
            if at_ms >= oldest * length_ms {
                text += &format!("@{at_ms}\n{}", row.text(1));
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
