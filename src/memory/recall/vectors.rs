//! Embeddings as they are stored, and the exact search over them.
//!
//! A vector is stored as one blob of `f32`, little-endian. All vectors are unit length, so a dot product is the cosine.
//! Invariant: the search is exact and its order total (score, then id). Loops are written so that the compiler turns
//! them into SIMD. Left out: approximate indexes, which a person with 10^4 memories does not need.

use std::cmp::Ordering;

/// Most dimensions accepted (the largest common embedding has 4,096).
pub const DIMENSIONS_MAX: usize = 4_096;
const LANES: usize = 16;

/// Why a vector was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadVector {
    /// None or more than [`DIMENSIONS_MAX`] dimensions.
    #[error("a vector has 1 to {DIMENSIONS_MAX} dimensions, not {0}")]
    Dimensions(usize),
    /// Not a number, infinite, or all zero: there is no direction.
    #[error("a vector must be finite and not zero")]
    NoDirection,
    /// A blob of another length than its dimensions ask for.
    #[error("a stored vector has {found} bytes, expected {expected}")]
    Length {
        /// Bytes in the blob.
        found: usize,
        /// Bytes that the dimensions ask for.
        expected: usize,
    },
}

/// The vector at length one.
pub fn unit(vector: &[f32]) -> Result<Vec<f32>, BadVector> {
    if vector.is_empty() || vector.len() > DIMENSIONS_MAX {
        return Err(BadVector::Dimensions(vector.len()));
    }
    let length = vector
        .iter()
        .map(|x| f64::from(*x) * f64::from(*x))
        .sum::<f64>()
        .sqrt();
    if !length.is_finite() || length < f64::from(f32::MIN_POSITIVE) {
        return Err(BadVector::NoDirection);
    }
    Ok(vector.iter().map(|x| (f64::from(*x) / length) as f32).collect())
}

/// The blob of an `f32` vector.
pub fn to_f32_blob(unit: &[f32]) -> Vec<u8> {
    unit.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// The vector of an `f32` blob; bytes that make no number are left out.
pub fn from_f32_blob(blob: &[u8]) -> Vec<f32> {
    let (words, _) = blob.as_chunks::<4>();
    words.iter().map(|word| f32::from_le_bytes(*word)).collect()
}

/// The dot product of two `f32` vectors; over the shorter one, if they differ.
pub fn dot(one: &[f32], other: &[f32]) -> f32 {
    let (left, right) = (one.chunks_exact(LANES), other.chunks_exact(LANES));
    let rest: f32 = left
        .remainder()
        .iter()
        .zip(right.remainder())
        .map(|(x, y)| x * y)
        .sum();
    let mut lanes = [0.0f32; LANES];
    for (left, right) in left.zip(right) {
        for ((lane, x), y) in lanes.iter_mut().zip(left).zip(right) {
            *lane += x * y;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// All vectors of one person in a row, ready to be searched.
#[derive(Clone, Debug)]
pub struct Vectors {
    dimensions: usize,
    rows: Vec<i64>,
    floats: Vec<f32>,
}

/// A row and its cosine to the query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The row id in the `memories` table.
    pub row: i64,
    /// Cosine, -1 to 1.
    pub cosine: f32,
}

impl Vectors {
    /// An empty index of that shape.
    pub fn new(dimensions: usize) -> Result<Vectors, BadVector> {
        if dimensions == 0 || dimensions > DIMENSIONS_MAX {
            return Err(BadVector::Dimensions(dimensions));
        }
        Ok(Vectors {
            dimensions,
            rows: Vec::new(),
            floats: Vec::new(),
        })
    }

    /// How many vectors there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row from its stored blob, which must have this index's dimensions.
    pub fn push_blob(&mut self, row: i64, blob: &[u8]) -> Result<(), BadVector> {
        let expected = 4 * self.dimensions;
        if blob.len() != expected {
            return Err(BadVector::Length {
                found: blob.len(),
                expected,
            });
        }
        self.floats.extend(from_f32_blob(blob));
        self.rows.push(row);
        Ok(())
    }

    /// Adds a row or replaces its vector; as [`Vectors::push_blob`].
    pub fn put_blob(&mut self, row: i64, blob: &[u8]) -> Result<(), BadVector> {
        self.remove(row);
        self.push_blob(row, blob)
    }

    /// Takes a row out, if it is there: the last one moves to its place, because order means nothing here.
    pub fn remove(&mut self, row: i64) {
        let Some(at) = self.rows.iter().position(|known| *known == row) else {
            return;
        };
        self.rows.swap_remove(at);
        let last = self.floats.len().saturating_sub(self.dimensions);
        self.floats.copy_within(last.., at * self.dimensions);
        self.floats.truncate(last);
    }

    /// The `limit` nearest rows with a cosine of at least `floor`, best first, equal ones by row id. Exact.
    pub fn nearest(&self, query: &[f32], limit: usize, floor: f32) -> Result<Vec<Hit>, BadVector> {
        if query.len() != self.dimensions {
            return Err(BadVector::Dimensions(query.len()));
        }
        let query = unit(query)?;
        let mut best: Vec<Hit> = Vec::new();
        for (&row, vector) in self.rows.iter().zip(self.floats.chunks_exact(self.dimensions)) {
            let cosine = dot(&query, vector);
            // A damaged row (NaN) compares with nothing and drops out here.
            if cosine >= floor {
                let hit = Hit { row, cosine };
                let place = best.partition_point(|better| order(better, &hit).is_lt());
                if place < limit {
                    best.truncate(limit - 1);
                    best.insert(place, hit);
                }
            }
        }
        Ok(best)
    }
}

/// Best first; equal scores by row id.
fn order(one: &Hit, other: &Hit) -> Ordering {
    other.cosine.total_cmp(&one.cosine).then(one.row.cmp(&other.row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reproducible numbers in -1..1.
    fn noise(seed: u64, count: usize) -> Vec<f32> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    fn blob(seed: u64, dimensions: usize) -> Vec<u8> {
        to_f32_blob(&unit(&noise(seed, dimensions)).unwrap())
    }

    fn filled(rows: usize, dimensions: usize) -> Vectors {
        let mut vectors = Vectors::new(dimensions).unwrap();
        for row in 0..rows {
            let blob = blob(row as u64 + 1, dimensions);
            vectors.push_blob(row as i64, &blob).unwrap();
        }
        vectors
    }

    #[test]
    fn a_vector_is_nearest_to_itself() {
        let hits = filled(200, 384).nearest(&noise(78, 384), 3, -1.0).unwrap();
        assert_eq!(hits[0].row, 77);
        assert!((hits[0].cosine - 1.0).abs() < 1e-6 && hits.len() == 3, "{hits:?}");
    }

    #[test]
    fn equal_scores_come_in_row_order_and_damage_is_refused() {
        let mut vectors = Vectors::new(2).unwrap();
        for row in [5, 3, 9] {
            vectors.push_blob(row, &to_f32_blob(&[1.0, 0.0])).unwrap();
        }
        vectors.push_blob(1, &to_f32_blob(&[f32::NAN, 0.0])).unwrap();
        let rows: Vec<i64> = vectors
            .nearest(&[2.0, 0.0], 2, 0.1)
            .unwrap()
            .iter()
            .map(|hit| hit.row)
            .collect();
        assert_eq!(rows, [3, 5]);
        assert!(vectors.nearest(&[0.0, 0.0], 2, 0.1).is_err() && vectors.nearest(&[1.0], 2, 0.1).is_err());
        assert!(matches!(
            vectors.push_blob(1, &[0; 7]),
            Err(BadVector::Length {
                found: 7,
                expected: 8
            })
        ));
        assert!(unit(&[f32::INFINITY]).is_err() && unit(&[]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn the_search_equals_sorting_everything(seed in 1u64..1_000_000, rows in 0usize..60, limit in 0usize..20, floor in -1.0f32..0.5) {
            let vectors = filled(rows, 33);
            let query = noise(seed, 33);
            let mut all = vectors.nearest(&query, rows, -2.0).unwrap();
            prop_assert_eq!(all.len(), rows);
            all.retain(|hit| hit.cosine >= floor);
            all.truncate(limit);
            prop_assert_eq!(vectors.nearest(&query, limit, floor).unwrap(), all);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn changes_in_place_give_what_a_new_index_would(changes in proptest::collection::vec((0i64..12, 0u64..40), 0..60)) {
            let mut changed = Vectors::new(17).unwrap();
            let mut model = std::collections::BTreeMap::new();
            for (row, seed) in &changes {
                // A third of the changes takes a row out.
                if seed % 3 == 0 {
                    changed.remove(*row);
                    model.remove(row);
                } else {
                    changed.put_blob(*row, &blob(*seed, 17)).unwrap();
                    model.insert(*row, *seed);
                }
            }
            let mut anew = Vectors::new(17).unwrap();
            for (row, seed) in &model {
                anew.push_blob(*row, &blob(*seed, 17)).unwrap();
            }
            let query = noise(99, 17);
            prop_assert_eq!(changed.nearest(&query, 100, -2.0).unwrap(), anew.nearest(&query, 100, -2.0).unwrap());
            prop_assert_eq!(changed.count(), model.len());
        }
    }

    /// `cargo test --release --lib memory::recall::vectors -- --ignored --nocapture` prints the search time.
    #[test]
    #[ignore = "prints times; asserts nothing about them"]
    #[allow(clippy::disallowed_methods)]
    fn search_time() {
        for rows in [1_000, 10_000] {
            let vectors = filled(rows, 384);
            let query = noise(4, 384);
            let start = std::time::Instant::now();
            for _ in 0..20 {
                assert_eq!(
                    std::hint::black_box(vectors.nearest(&query, 20, -1.0))
                        .unwrap()
                        .len(),
                    20
                );
            }
            println!("{rows} x 384: {:?} a search", start.elapsed() / 20);
        }
    }
}
