//! Search in a person's object: words and vectors, exact, with the index in memory.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::person_calls::{Found, SearchAsk};
use super::person_live::Live;
use super::person_sql::SqlError;
use super::prompt::{SHOWN_MAX, Shown};
use super::rank::{self, Found as Hits, Traits};
use super::recall_key::Item;
use super::store::Memory;
use super::tokens::Query;
use super::vectors::{Hit, Precision, Vectors};
use super::{embed_fetch, settings};

/// Vectors of one model at one generation.
pub(super) struct Index {
    model: String,
    generation: u64,
    vectors: Option<Vectors>,
    /// Some current memory has no vector.
    incomplete: bool,
}

impl Live {
    /// The best memories for a query; exact.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn search(&self, ask: &SearchAsk, now_ms: u64) -> Result<Found, SqlError> {
        let query = Query::new(&ask.query);
        let generation = self.db.generation()?;
        let wanted = rank::overfetch(ask.limit);
        let lexical = self.db.lexical(&query, wanted)?;
        let vector = ask.vector.as_deref().and_then(from_base64);
        let semantic = match &vector {
            Some(vector) => self.nearest(vector, wanted)?,
            None => None,
        };
        let degraded = self.embeds() && (semantic.is_none() || self.is_incomplete());
        let mut rows = lexical.clone();
        rows.extend(semantic.iter().flatten().map(|hit| hit.row));
        rows.sort_unstable();
        rows.dedup();
        let known: BTreeMap<i64, Memory> = self.db.by_rows(&rows)?.into_iter().collect();
        let traits = |row: i64| {
            known.get(&row).map(|memory| Traits {
                valid_from_ms: memory.valid_from_ms,
                importance: memory.importance,
                profile: memory.kind.is_profile(),
            })
        };
        let hits = Hits {
            semantic: semantic.as_deref(),
            lexical: &lexical,
        };
        let ranked = rank::rank(
            &hits,
            traits,
            now_ms,
            &settings::weights(&self.config.memory, ask.limit),
        );
        let items = ranked.iter().filter_map(|ranked| {
            known.get(&ranked.row).map(|memory| Item {
                id: memory.id.clone(),
                text: memory.text.clone(),
                kind: memory.kind,
                score: ranked.score,
                valid_from_ms: memory.valid_from_ms,
            })
        });
        Ok(Found {
            generation,
            items: items.collect(),
            degraded,
        })
    }

    /// The nearest rows; `None` when there is nothing to compare with.
    fn nearest(&self, vector: &[f32], limit: usize) -> Result<Option<Vec<Hit>>, SqlError> {
        self.load_index()?;
        let index = self.index.borrow();
        let Some(vectors) = index.as_ref().and_then(|index| index.vectors.as_ref()) else {
            return Ok(None);
        };
        Ok(vectors.nearest(vector, limit, self.config.memory.cosine_min).ok())
    }

    fn load_index(&self) -> Result<(), SqlError> {
        let (model, generation) = (embed_fetch::model_name(&self.config), self.db.generation()?);
        let fresh = |index: &Index| index.model == model && index.generation == generation;
        if self.index.borrow().as_ref().is_some_and(fresh) {
            return Ok(());
        }
        let rows = self.db.vectors(&model)?;
        let dimensions = rows.last().map_or(0, |(_, blob)| blob.len() / 4);
        let mut vectors = Vectors::new(dimensions, Precision::F32).ok();
        let mut incomplete = !self.db.without_vector(&model, 1)?.is_empty();
        if let Some(vectors) = &mut vectors {
            for (row, blob) in &rows {
                // A vector of another length is of another model under the same name.
                incomplete |= vectors.push_blob(*row, blob).is_err();
            }
        }
        *self.index.borrow_mut() = Some(Index {
            model,
            generation,
            vectors,
            incomplete,
        });
        Ok(())
    }

    pub(super) fn is_incomplete(&self) -> bool {
        self.load_index().is_err() || self.index.borrow().as_ref().is_none_or(|index| index.incomplete)
    }

    /// Current memories that need a vector.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn without_vector(&self) -> Result<Vec<(String, String)>, SqlError> {
        if !self.embeds() {
            return Ok(Vec::new());
        }
        self.db
            .without_vector(&embed_fetch::model_name(&self.config), embed_fetch::TEXTS_MAX)
    }

    /// Stores vectors that were missing; results change, so the generation grows.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn fill_vectors(&self, vectors: &[(String, String, Vec<u8>)]) -> Result<(), SqlError> {
        let model = embed_fetch::model_name(&self.config);
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
    pub fn related(&self, texts: &[&str], vectors: &[Vec<f32>]) -> Result<Vec<Shown>, SqlError> {
        let mut rows: Vec<i64> = Vec::new();
        if self.db.searchable()? <= SHOWN_MAX as u64 {
            let all = self.db.rows(
                "SELECT row FROM memories WHERE valid_until_ms IS NULL AND kind NOT IN ('name', 'language', 'tone') ORDER BY row",
                vec![],
            )?;
            rows.extend(all.iter().map(|row| super::person_sql::integer(row, 0)));
        } else {
            let share = (SHOWN_MAX / texts.len().max(1)).max(3);
            for (at, text) in texts.iter().enumerate() {
                let mut found = self.db.lexical(&Query::new(text), share)?;
                if let Some(vector) = vectors.get(at) {
                    let near = self.nearest(vector, share)?.unwrap_or_default();
                    found.extend(near.iter().map(|hit| hit.row));
                }
                rows.extend(found);
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        rows.retain(|row| seen.insert(*row));
        let known: BTreeMap<i64, Memory> = self.db.by_rows(&rows)?.into_iter().collect();
        let shown = rows.iter().filter_map(|row| known.get(row));
        Ok(shown
            .filter(|memory| !memory.kind.is_profile())
            .take(SHOWN_MAX)
            .map(shown_memory)
            .collect())
    }

    /// The profile as an extraction sees it.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn shown_profile(&self) -> Result<Vec<Shown>, SqlError> {
        Ok(self.db.profile()?.iter().map(shown_memory).collect())
    }
}

fn shown_memory(memory: &Memory) -> Shown {
    Shown {
        id: memory.id.clone(),
        text: memory.text.clone(),
        kind: memory.kind,
        since_ms: memory.valid_from_ms,
    }
}

fn from_base64(text: &str) -> Option<Vec<f32>> {
    let bytes = STANDARD.decode(text).ok()?;
    let (words, rest) = bytes.as_chunks::<4>();
    (rest.is_empty() && !words.is_empty())
        .then(|| words.iter().map(|word| f32::from_le_bytes(*word)).collect())
}
