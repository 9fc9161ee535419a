//! Search in a person's object: words and vectors, exact, with the index in memory.

use crate::memory::extraction::apply::Memory;
use crate::memory::extraction::prompt::{SHOWN_MAX, Shown};
use crate::memory::person::outside::EMBED_TEXTS_MAX;
use crate::memory::person::protocol::{Found, SearchAsk};
use crate::memory::person::state::Live;
use crate::memory::person::tables::{Edit, SqlError};
use crate::memory::recall::key::RecalledMemory;
use crate::memory::recall::rank::{self, FoundLists, Traits};
use crate::memory::recall::vectors::{Hit, Vectors, from_f32_blob};
use crate::memory::settings;
use crate::memory::tokens::Query;
use crate::wire::base64::STANDARD;

impl Live {
    /// The best memories for a query; exact.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn search(&self, ask: &SearchAsk, now_ms: u64) -> Result<Found, SqlError> {
        let query = Query::new(&ask.query);
        let wanted = rank::overfetch(ask.limit);
        let lexical = self.db.lexical(&query, wanted)?;
        let vector = ask.vector.as_deref().and_then(from_base64);
        let semantic = match &vector {
            Some(vector) => self.nearest(vector, wanted)?,
            None => None,
        };
        let degraded = self.embeds() && (semantic.is_none() || self.lacks_vectors()?);
        let mut rows = lexical.clone();
        rows.extend(semantic.iter().flatten().map(|hit| hit.row));
        let found = self.db.by_rows(&rows)?;
        let known = |row: i64| {
            found
                .iter()
                .find(|(known, _)| *known == row)
                .map(|(_, memory)| memory)
        };
        let traits = |row: i64| {
            known(row).map(|memory| Traits {
                valid_from_ms: memory.valid_from_ms,
                importance: memory.importance,
                profile: memory.kind.is_profile(),
            })
        };
        let hits = FoundLists {
            semantic: semantic.as_deref(),
            lexical: &lexical,
        };
        let weights = settings::weights(&self.config.memory, ask.limit, ask.profile);
        let ranked = rank::rank(&hits, traits, now_ms, &weights);
        let items = ranked.iter().filter_map(|ranked| {
            known(ranked.row).map(|memory| RecalledMemory {
                id: memory.id.clone(),
                text: memory.text.clone(),
                kind: memory.kind,
                score: ranked.score,
                valid_from_ms: memory.valid_from_ms,
            })
        });
        Ok(Found {
            generation: self.known()?.generation,
            items: items.collect(),
            degraded,
        })
    }

    /// The nearest rows; `None` when there is nothing to compare with.
    pub(super) fn nearest(&self, vector: &[f32], limit: usize) -> Result<Option<Vec<Hit>>, SqlError> {
        if self.index.borrow().is_none() {
            let rows = self.db.vectors(&settings::embed_model(&self.config))?;
            let vectors = packed(&rows);
            if vectors.as_ref().map_or(0, Vectors::count) < rows.len() {
                // Some vector is of another length than the others: it is as good as missing.
                *self.bare.borrow_mut() = None;
            }
            *self.index.borrow_mut() = Some(vectors);
        }
        let index = self.index.borrow();
        let Some(vectors) = index.as_ref().and_then(Option::as_ref) else {
            return Ok(None);
        };
        Ok(vectors.nearest(vector, limit, self.config.memory.cosine_min).ok())
    }

    /// Whether some current memory has no vector of the right length: it cannot be found by its meaning.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn lacks_vectors(&self) -> Result<bool, SqlError> {
        if !self.embeds() {
            return Ok(false);
        }
        let mut bare = self.bare.borrow_mut();
        if bare.is_none() {
            let rows = self.db.bare(&settings::embed_model(&self.config))?;
            *bare = Some(rows);
        }
        Ok(bare.as_ref().is_some_and(|bare| !bare.is_empty()))
    }

    /// Current memories that need a vector.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn without_vector(&self) -> Result<Vec<(String, String)>, SqlError> {
        if !self.lacks_vectors()? {
            return Ok(Vec::new());
        }
        self.db
            .without_vector(&settings::embed_model(&self.config), EMBED_TEXTS_MAX)
    }

    /// Stores vectors that were missing; results change, so the generation grows.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn fill_vectors(&self, vectors: &[(String, String, Vec<u8>)]) -> Result<(), SqlError> {
        let model = settings::embed_model(&self.config);
        self.change(|_| {
            for (id, text, vector) in vectors {
                if self.db.memory(id)?.is_some_and(|memory| memory.text == *text) {
                    self.db.put_vector(id, &model, vector.clone())?;
                }
            }
            self.db.advance().map(|_| ())
        })
    }

    /// Memories that an extraction should see: all of them while they are few, else those that share words or meaning.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn related(&self, texts: &[&str], near: &[Vec<Hit>]) -> Result<Vec<Shown>, SqlError> {
        let mut rows: Vec<i64> = Vec::new();
        if self.known()?.memories <= SHOWN_MAX as u64 {
            let all = self.db.rows(
                "SELECT row FROM memories WHERE valid_until_ms IS NULL AND kind NOT IN ('name', 'language', 'tone') ORDER BY row",
                vec![],
            )?;
            rows.extend(all.iter().map(|row| row.integer(0)));
        } else {
            let share = shown_share(texts.len());
            for (at, text) in texts.iter().enumerate() {
                let mut found = self.db.lexical(&Query::new(text), share)?;
                found.extend(near.get(at).into_iter().flatten().map(|hit| hit.row));
                rows.extend(found);
            }
        }
        let mut known = self.db.by_rows(&rows)?;
        // In the order of `rows`, each once.
        let shown = rows.iter().filter_map(|row| {
            let place = known.iter().position(|(known, _)| known == row)?;
            Some(known.swap_remove(place).1)
        });
        Ok(shown
            .filter(|memory| !memory.kind.is_profile())
            .take(SHOWN_MAX)
            .map(|memory| shown_memory(&memory))
            .collect())
    }

    /// The profile as an extraction sees it.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn shown_profile(&self) -> Result<Vec<Shown>, SqlError> {
        Ok(self.db.profile()?.iter().map(shown_memory).collect())
    }

    /// Keeps the vectors in memory as a transaction left those on disk.
    pub(super) fn follow(&self, edits: &[Edit]) {
        if edits.is_empty() {
            return;
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
                        bare.retain(|known| known != row);
                    }
                    Edit::Bare(row) => {
                        bare.push(*row);
                    }
                    Edit::All => bare.clear(),
                }
            }
        }
    }
}

/// How many memories each of so many texts may bring into an extraction.
pub fn shown_share(texts: usize) -> usize {
    (SHOWN_MAX / texts.max(1)).max(3)
}

fn shown_memory(memory: &Memory) -> Shown {
    Shown {
        id: memory.id.clone(),
        text: memory.text.clone(),
        kind: memory.kind,
        since_ms: memory.valid_from_ms,
    }
}

/// A vector as a call carries it.
pub fn from_base64(text: &str) -> Option<Vec<f32>> {
    let bytes = STANDARD.decode(text)?;
    (!bytes.is_empty() && bytes.len().is_multiple_of(4)).then(|| from_f32_blob(&bytes))
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
fn packed(rows: &[(i64, Vec<u8>)]) -> Option<Vectors> {
    // How many there are of a length, the newest of them, and the length.
    let mut shapes: Vec<(usize, i64, usize)> = Vec::new();
    for (row, blob) in rows {
        match shapes.iter_mut().find(|(_, _, bytes)| *bytes == blob.len()) {
            Some((count, newest, _)) => (*count, *newest) = (*count + 1, *row.max(newest)),
            None => shapes.push((1, *row, blob.len())),
        }
    }
    let (_, _, bytes) = shapes.into_iter().max()?;
    let dimensions = bytes / 4;
    let mut vectors = Vectors::new(dimensions).ok()?;
    for (row, blob) in rows {
        let _ = vectors.push_blob(*row, blob);
    }
    Some(vectors)
}
