//! What waits to be extracted.

use super::row::*;
use super::{Db, SqlError};
use crate::memory::extraction::buffer::{Buffer, Pending};
use crate::memory::person::schema;
use crate::wire::json;
use crate::wire::order::sorted;

impl Db {
    /// What waits, as it was left.
    pub fn buffer(&self) -> Result<Buffer, SqlError> {
        let state = self.meta(schema::meta::BUFFER)?;
        let state = state.and_then(|state| json::read(&state)).unwrap_or_default();
        let rows = self.rows(&format!("SELECT {PENDING} FROM pending ORDER BY seq"), vec![])?;
        Ok(Buffer::load(state, rows.iter().map(pending).collect()).recover())
    }

    /// Stores the buffer's state and the rows it has changed since [`Db::buffer`] or the last call.
    pub fn save_buffer(&self, before: &Buffer, after: &Buffer) -> Result<(), SqlError> {
        let known: Vec<&Pending> = sorted(before.waiting().collect(), |one, other| one.seq.cmp(&other.seq));
        let mut left: Vec<Option<u64>> = known.iter().map(|one| Some(one.seq)).collect();
        for one in after.waiting() {
            if let Ok(place) = known.binary_search_by_key(&one.seq, |known| known.seq) {
                left.get_mut(place).map(Option::take);
                if known.get(place) == Some(&one) {
                    continue;
                }
            }
            self.run(
                &format!("INSERT OR REPLACE INTO pending ({PENDING}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
                vec![
                    one.seq.into(),
                    one.message.as_str().into(),
                    one.conversation.as_str().into(),
                    one.text.as_str().into(),
                    one.previous_assistant.clone().into(),
                    one.at_ms.into(),
                    u64::from(one.malformed).into(),
                    u64::from(one.parked).into(),
                    one.timezone.clone().into(),
                ],
            )?;
        }
        for seq in left.into_iter().flatten() {
            self.run("DELETE FROM pending WHERE seq = ?", vec![seq.into()])?;
        }
        let state = json::text(&after.state());
        self.set_meta(schema::meta::BUFFER, &state)
    }
}
