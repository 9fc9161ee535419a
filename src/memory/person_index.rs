//! The index outside, as a person's object sees it: what is to be sent and removed, and what a search makes of its answers.
//!
//! The object stays the truth. The index only proposes: what it finds is looked up among the memories that live, and is
//! weighed by the vector that is stored here; what it may not have seen yet is searched here. So nothing that was erased
//! or changed can come back through it. Every point is noted before it is sent, so that all of them can be removed.

use std::collections::BTreeMap;

use super::embed_fetch;
use super::index_wire::{self, POINTS_MAX, Point, Progress};
use super::person_live::{Live, Retry};
use super::person_sql::{Edit, Sent, SqlError};
use super::vectors::{Hit, Precision, Vectors};

/// Most vectors that are searched here beside the index. While more are not seen there, it does not serve.
const UNSEEN_MAX: usize = 1_000;
/// A point whose sending may still arrive is removed once more after this long.
const LATE_MS: u64 = 60_000;
/// How often it is asked whether changes are seen.
const LOOK_MS: u64 = 10_000;

impl Live {
    /// Names the index with the model of its vectors; `None` where there is none.
    fn home(&self) -> Option<String> {
        let target = self.config.index.targets.first().filter(|_| self.embeds())?;
        Some(format!("{target}/{}", embed_fetch::model_name(&self.config)))
    }

    /// Whether a search asks the index outside.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn is_outside(&self) -> Result<bool, SqlError> {
        let Some(home) = self.home() else {
            return Ok(false);
        };
        if self.known()?.memories <= u64::from(self.config.memory.index_from) {
            return Ok(false);
        }
        self.load_unseen(&home)?;
        let unseen = self.unseen.borrow();
        Ok(unseen
            .as_ref()
            .is_some_and(|unseen| unseen.as_ref().is_none_or(|vectors| vectors.len() <= UNSEEN_MAX)))
    }

    fn load_unseen(&self, home: &str) -> Result<(), SqlError> {
        if self.unseen.borrow().is_none() {
            let model = embed_fetch::model_name(&self.config);
            let rows = self.db.unseen(&model, home, UNSEEN_MAX + 1)?;
            *self.unseen.borrow_mut() = Some(packed(&rows));
        }
        Ok(())
    }

    /// The nearest rows among those that the index proposes and those it may not have seen; exact for these.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn nearest_of(
        &self,
        vector: &[f32],
        points: &[String],
        limit: usize,
    ) -> Result<Vec<Hit>, SqlError> {
        let floor = self.config.memory.cosine_min;
        let near = |vectors: Option<&Vectors>| {
            vectors
                .and_then(|vectors| vectors.nearest(vector, limit, floor).ok())
                .unwrap_or_default()
        };
        // While the index was asked, it may have been told something: what it has not seen is looked up anew.
        if let Some(home) = self.home() {
            self.load_unseen(&home)?;
        }
        // What is searched outside needs no room here.
        *self.index.borrow_mut() = None;
        let rows = self.db.rows_of_points(points)?;
        let stored = self
            .db
            .vectors_of(&embed_fetch::model_name(&self.config), &rows)?;
        let mut hits = near(packed(&stored).as_ref());
        hits.extend(near(self.unseen.borrow().as_ref().and_then(Option::as_ref)));
        hits.sort_by(|one, other| other.cosine.total_cmp(&one.cosine).then(one.row.cmp(&other.row)));
        hits.dedup_by_key(|hit| hit.row);
        hits.truncate(limit);
        Ok(hits)
    }

    /// When there is something to send or to remove; `None` when there is nothing.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn sync_at_ms(&self) -> Result<Option<u64>, SqlError> {
        let Some(retry) = self.sync.get() else {
            return Ok(None);
        };
        let is_concerned = self.home().is_some()
            && (self.known()?.memories > u64::from(self.config.memory.index_from) || self.db.has_points()?);
        if !is_concerned {
            self.sync.set(None);
        }
        Ok(is_concerned.then_some(retry.at_ms))
    }

    /// Points whose memory is gone, at most [`POINTS_MAX`].
    ///
    /// # Errors
    /// A statement that failed.
    pub fn orphans(&self, now_ms: u64) -> Result<Vec<(String, u64)>, SqlError> {
        match self.home() {
            Some(home) => self.db.orphans(&home, now_ms, POINTS_MAX),
            None => Ok(Vec::new()),
        }
    }

    /// They were removed. One whose sending may still arrive is removed again, later.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn removed(&self, orphans: &[(String, u64)], now_ms: u64) -> Result<(), SqlError> {
        self.change(|_| {
            for (point, sent_at_ms) in orphans {
                match sent_at_ms {
                    0 => self.db.remove_late(point, now_ms + LATE_MS)?,
                    _ => self.db.remove_sent(point)?,
                }
            }
            Ok(())
        })
    }

    /// Takes what is to be sent next, noted as under way.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn to_send(&self) -> Result<(Vec<Sent>, Vec<Point>), SqlError> {
        let Some(home) = self.home() else {
            return Ok(Default::default());
        };
        if self.known()?.memories <= u64::from(self.config.memory.index_from) && !self.db.has_points()? {
            return Ok(Default::default());
        }
        let model = embed_fetch::model_name(&self.config);
        self.change(|_| {
            let (mut notes, mut points) = (Vec::new(), Vec::new());
            for unsent in self.db.unsent(&model, &home, POINTS_MAX)? {
                let point = index_wire::point_id(self.epoch(), &unsent.memory);
                let note = Sent {
                    point: point.clone(),
                    memory: unsent.memory,
                    version: unsent.version,
                    home: home.clone(),
                    sent_at_ms: 0,
                    mutation: String::new(),
                };
                self.db.put_sent(&note)?;
                notes.push(note);
                points.push((point, super::vectors::from_f32_blob(&unsent.vector)));
            }
            Ok((notes, points))
        })
    }

    /// They were taken; `mutation` is what must be seen first, where that is later.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn sent(&self, notes: Vec<Sent>, mutation: Option<String>, now_ms: u64) -> Result<(), SqlError> {
        let mutation = mutation.unwrap_or_default();
        self.change(|_| {
            for note in notes {
                self.db.put_sent(&Sent {
                    sent_at_ms: now_ms,
                    mutation: mutation.clone(),
                    ..note
                })?;
            }
            Ok(())
        })?;
        // Read anew by the next search.
        *self.unseen.borrow_mut() = None;
        Ok(())
    }

    /// Changes that queries may not see yet.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn unseen_mutations(&self) -> Result<Vec<(String, u64)>, SqlError> {
        match self.home() {
            Some(home) => self.db.unseen_mutations(&home),
            None => Ok(Vec::new()),
        }
    }

    /// The index has come so far.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn has_seen(&self, progress: &Progress, sent: &[(String, u64)], now_ms: u64) -> Result<(), SqlError> {
        if let (Some(home), Some(through_ms)) =
            (self.home(), index_wire::seen_through(progress, sent, now_ms))
        {
            self.db.seen_through(&home, through_ms)?;
            *self.unseen.borrow_mut() = None;
        }
        Ok(())
    }

    /// Everything was sent and removed that could be: when to look again, if anything is left.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn synced(&self, now_ms: u64) -> Result<(), SqlError> {
        let is_left = match self.home() {
            Some(home) => {
                !self.db.unseen_mutations(&home)?.is_empty()
                    || !self.db.orphans(&home, u64::MAX >> 1, 1)?.is_empty()
            }
            None => false,
        };
        self.sync.set(is_left.then_some(Retry {
            at_ms: now_ms + LOOK_MS,
            failures: 0,
        }));
        Ok(())
    }

    /// What this life leaves at the index, for the next one to remove.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn left_behind(&self) -> Result<Vec<Sent>, SqlError> {
        let sent = match self.home() {
            Some(home) => self.db.sent(&home)?,
            None => Vec::new(),
        };
        let nobodys = |note| Sent {
            memory: String::new(),
            ..note
        };
        Ok(sent.into_iter().map(nobodys).collect())
    }

    /// Takes over what another life has left at the index.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn inherit(&self, left: &[Sent]) -> Result<(), SqlError> {
        self.sync.set(Some(Retry::default()));
        self.change(|_| left.iter().try_for_each(|note| self.db.put_sent(note)))
    }

    /// Keeps the vectors in memory as a transaction left those on disk.
    pub(super) fn follow(&self, edits: &[Edit]) {
        if edits.is_empty() {
            return;
        }
        self.sync.set(Some(Retry::default()));
        if let Some(unseen) = self.unseen.borrow_mut().as_mut() {
            for edit in edits {
                apply(unseen, edit);
            }
        }
        let mut is_odd = false;
        if let Some(vectors) = self.index.borrow_mut().as_mut() {
            for edit in edits {
                is_odd |= !apply(vectors, edit);
            }
        }
        if is_odd {
            // Which length is the right one is for the tables to say, and who lacks it.
            *self.index.borrow_mut() = None;
            *self.bare.borrow_mut() = None;
        }
        if let Some(bare) = self.bare.borrow_mut().as_mut() {
            for edit in edits {
                match edit {
                    Edit::Gone(row) | Edit::Vector(row, _) => {
                        bare.remove(row);
                    }
                    Edit::Bare(row) => {
                        bare.insert(*row);
                    }
                    Edit::All => bare.clear(),
                }
            }
        }
    }
}

/// Makes one change; false when a vector does not fit the others.
fn apply(vectors: &mut Option<Vectors>, edit: &Edit) -> bool {
    match (vectors.as_mut(), edit) {
        (Some(vectors), Edit::Gone(row) | Edit::Bare(row)) => vectors.remove(*row),
        (Some(vectors), Edit::Vector(row, blob)) => return vectors.put_blob(*row, blob).is_ok(),
        (None, Edit::Vector(row, blob)) => *vectors = packed(&[(*row, blob.clone())]),
        (_, Edit::All) => *vectors = None,
        (None, _) => {}
    }
    true
}

/// Vectors of one shape, the one of most of them (among equals, of the newest); those of another are left out.
pub(super) fn packed(rows: &[(i64, Vec<u8>)]) -> Option<Vectors> {
    let mut shapes: BTreeMap<usize, (usize, i64)> = BTreeMap::new();
    for (row, blob) in rows {
        let (count, newest) = shapes.entry(blob.len()).or_insert((0, *row));
        *count += 1;
        *newest = *row.max(newest);
    }
    let (bytes, _) = shapes.into_iter().max_by_key(|(_, shape)| *shape)?;
    let dimensions = bytes / 4;
    let mut vectors = Vectors::new(dimensions, Precision::F32).ok()?;
    for (row, blob) in rows {
        let _ = vectors.push_blob(*row, blob);
    }
    Some(vectors)
}
