//! What a person has spent on a UTC day, and what is reserved for turns under way.
//!
//! An upper bound is reserved before anything is asked for, and settled with the real figure after it; a turn that never
//! settles holds its reservation until that expires. Invariants: while turns settle with no more than they were granted,
//! spent and reserved never exceed a limit, however many reserve at once; a turn is settled once, whatever is repeated;
//! a turn's amounts belong to the day on which it was reserved.

use serde_json::Value;

use super::protocol::{ReserveAsk, Reserved};
use super::tables::{Db, SqlError};
use crate::config::Amounts;
use crate::memory::extraction::dates;
use crate::platform::sql::Row;
use crate::wire::json::{json, put};

const DAY_MS: u64 = 86_400_000;

/// Days since 1970, UTC.
fn day_of(at_ms: u64) -> u64 {
    at_ms / DAY_MS
}

/// Seconds until the next day begins, UTC.
pub fn until_midnight_s(now_ms: u64) -> u32 {
    u32::try_from((DAY_MS - now_ms % DAY_MS).div_ceil(1_000)).unwrap_or(u32::MAX)
}

fn amounts(row: Option<Row>) -> Amounts {
    row.map_or(Amounts::NONE, |row| Amounts {
        tokens: row.count(0),
        characters: row.count(1),
        heard_ms: row.count(2),
    })
}

impl Db {
    fn spent(&self, day: u64) -> Result<Amounts, SqlError> {
        let query = "SELECT tokens, characters, heard_ms FROM spent WHERE day = ?";
        Ok(amounts(self.rows(query, vec![day.into()])?.pop()))
    }

    /// What is reserved by all turns but one.
    fn reserved(&self, but: &str, now_ms: u64) -> Result<Amounts, SqlError> {
        let query = "SELECT SUM(tokens), SUM(characters), SUM(heard_ms) FROM reservations \
             WHERE day = ? AND until_ms > ? AND turn <> ? AND is_settled = 0";
        let values = vec![day_of(now_ms).into(), now_ms.into(), but.into()];
        Ok(amounts(self.rows(query, values)?.pop()))
    }

    /// Reserves for a turn, in the place of what it has reserved before; else nothing, and the name of the budget that is
    /// used up.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn reserve(
        &self,
        limits: Amounts,
        ask: &ReserveAsk,
        now_ms: u64,
        until_ms: u64,
    ) -> Result<Result<Reserved, &'static str>, SqlError> {
        let day = day_of(now_ms);
        self.transact(|| {
            let taken = self.spent(day)?.plus(self.reserved(&ask.turn, now_ms)?);
            let left = limits.with(taken, |limit, taken| match limit {
                0 => u64::MAX,
                _ => limit.saturating_sub(taken),
            });
            for ((name, left), (_, needed)) in left.named().into_iter().zip(ask.needed.named()) {
                if left < needed {
                    self.release(&ask.turn)?;
                    return Ok(Err(name));
                }
            }
            let granted = ask.wanted.with(left, u64::min);
            self.forget_days_before(day)?;
            self.run(
                "INSERT INTO reservations (turn, day, tokens, characters, heard_ms, until_ms, is_settled) \
                 VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (turn) DO UPDATE SET tokens = excluded.tokens, \
                 characters = excluded.characters, heard_ms = excluded.heard_ms WHERE is_settled = 0",
                vec![
                    ask.turn.as_str().into(),
                    day.into(),
                    granted.tokens.into(),
                    granted.characters.into(),
                    granted.heard_ms.into(),
                    until_ms.into(),
                ],
            )?;
            let left = left.with(granted, u64::saturating_sub);
            Ok(Ok(Reserved { granted, left }))
        })
    }

    /// A turn that never began has nothing reserved.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn release(&self, turn: &str) -> Result<(), SqlError> {
        let own = "DELETE FROM reservations WHERE turn = ? AND is_settled = 0";
        self.run(own, vec![turn.into()]).map(|_| ())
    }

    /// With the first turn of a day goes what no turn can settle any more.
    fn forget_days_before(&self, day: u64) -> Result<(), SqlError> {
        let is_new = self.run(
            "INSERT INTO spent (day, tokens, characters, heard_ms) VALUES (?, 0, 0, 0) ON CONFLICT (day) DO NOTHING",
            vec![day.into()],
        )?;
        if is_new > 0 {
            let yesterday = day.saturating_sub(1);
            for query in [
                "DELETE FROM spent WHERE day < ?",
                "DELETE FROM reservations WHERE day < ?",
            ] {
                self.run(query, vec![yesterday.into()])?;
            }
        }
        Ok(())
    }

    /// A turn is over and has spent this; whatever it is told again, it stays so.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn settle(&self, turn: &str, used: Amounts, now_ms: u64) -> Result<(), SqlError> {
        self.transact(|| {
            let query = "SELECT day, is_settled FROM reservations WHERE turn = ?";
            let row = self.rows(query, vec![turn.into()])?.pop();
            let day = match &row {
                Some(row) if row.count(1) > 0 => return Ok(()),
                Some(row) => row.count(0),
                // Its reservation went with the day or with the person: what was spent was spent.
                None => day_of(now_ms),
            };
            self.run(
                "INSERT INTO reservations (turn, day, tokens, characters, heard_ms, until_ms, is_settled) \
                 VALUES (?, ?, 0, 0, 0, 0, 1) ON CONFLICT (turn) DO UPDATE SET is_settled = 1",
                vec![turn.into(), day.into()],
            )?;
            self.run(
                "INSERT INTO spent (day, tokens, characters, heard_ms) VALUES (?, ?, ?, ?) ON CONFLICT (day) DO UPDATE \
                 SET tokens = tokens + excluded.tokens, characters = characters + excluded.characters, \
                 heard_ms = heard_ms + excluded.heard_ms",
                vec![
                    day.into(),
                    used.tokens.into(),
                    used.characters.into(),
                    used.heard_ms.into(),
                ],
            )?;
            Ok(())
        })
    }

    /// The day so far, as `GET /v1/usage` shows it.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn usage(&self, limits: Amounts, now_ms: u64) -> Result<Value, SqlError> {
        let used = self.spent(day_of(now_ms))?.named();
        let reserved = self.reserved("", now_ms)?.named();
        let mut shown = json!({"day": dates::day(now_ms)});
        for ((name, limit), ((_, used), (_, reserved))) in
            limits.named().into_iter().zip(used.into_iter().zip(reserved))
        {
            let unit = |amount: u64| match name {
                "heard_seconds" => json!(amount as f64 / 1_000.0),
                _ => json!(amount),
            };
            let amounts = json!({"used": unit(used), "reserved": unit(reserved), "limit": unit(limit)});
            put(&mut shown, name, amounts);
        }
        Ok(shown)
    }
}

/// What outlives a person's erasure until the day is over, so that nobody spends anew by it: amounts, and no word.
pub struct CarriedOver(Vec<(&'static str, Row)>);

const CARRIED: [(&str, &str); 2] = [
    (
        "SELECT day, tokens, characters, heard_ms FROM spent WHERE day = ?",
        "INSERT INTO spent (day, tokens, characters, heard_ms) VALUES (?, ?, ?, ?)",
    ),
    (
        "SELECT turn, day, tokens, characters, heard_ms, until_ms, is_settled FROM reservations WHERE day = ?",
        "INSERT INTO reservations (turn, day, tokens, characters, heard_ms, until_ms, is_settled) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
];

impl CarriedOver {
    /// Reads it.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn of(db: &Db, now_ms: u64) -> Result<CarriedOver, SqlError> {
        let mut carried = Vec::new();
        for (read, write) in CARRIED {
            for row in db.rows(read, vec![day_of(now_ms).into()])? {
                carried.push((write, row));
            }
        }
        Ok(CarriedOver(carried))
    }

    /// Writes it into new tables.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn put(self, db: &Db) -> Result<(), SqlError> {
        db.transact(|| {
            for (write, row) in self.0 {
                db.run(write, row.0)?;
            }
            Ok(())
        })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
#[path = "ledger/tests.rs"]
mod tests;
