//! Embeddings as they are stored, and the exact search over them.
//!
//! A vector is stored as one blob: `f32` little-endian (4 bytes each) or `int8` (4 bytes scale as `f32` LE, then
//! one signed byte each, value = byte x scale). All vectors are unit length, so a dot product is the cosine.
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

/// The blob of the same vector in one byte a dimension; cosines change by less than 0.01.
pub fn to_i8_blob(unit: &[f32]) -> Vec<u8> {
    let largest = unit.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
    let bytes = unit
        .iter()
        .map(|x| ((x / scale).round().clamp(-127.0, 127.0) as i8) as u8);
    scale.to_le_bytes().into_iter().chain(bytes).collect()
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

/// The dot product of two rows of signed bytes (at most 4,096 x 127 x 127, well inside `i32`).
pub fn dot_i8(one: &[i8], other: &[i8]) -> i32 {
    one.iter()
        .zip(other)
        .map(|(x, y)| i32::from(*x) * i32::from(*y))
        .sum()
}

/// How the vectors of one index are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 4 bytes a dimension, exact.
    F32,
    /// 1 byte a dimension and 4 more.
    Int8,
}

/// All vectors of one person in a row, ready to be searched.
#[derive(Clone, Debug)]
pub struct Vectors {
    dimensions: usize,
    precision: Precision,
    rows: Vec<i64>,
    floats: Vec<f32>,
    bytes: Vec<i8>,
    scales: Vec<f32>,
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
    pub fn new(dimensions: usize, precision: Precision) -> Result<Vectors, BadVector> {
        if dimensions == 0 || dimensions > DIMENSIONS_MAX {
            return Err(BadVector::Dimensions(dimensions));
        }
        Ok(Vectors {
            dimensions,
            precision,
            rows: Vec::new(),
            floats: Vec::new(),
            bytes: Vec::new(),
            scales: Vec::new(),
        })
    }

    /// How many vectors there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a row from its stored blob, which must have this index's dimensions and precision.
    pub fn push_blob(&mut self, row: i64, blob: &[u8]) -> Result<(), BadVector> {
        let expected = match self.precision {
            Precision::F32 => 4 * self.dimensions,
            Precision::Int8 => 4 + self.dimensions,
        };
        if blob.len() != expected {
            return Err(BadVector::Length {
                found: blob.len(),
                expected,
            });
        }
        let (words, _) = blob.as_chunks::<4>();
        match (self.precision, words) {
            (Precision::F32, _) => self.floats.extend(from_f32_blob(blob)),
            (Precision::Int8, [scale, ..]) => {
                self.scales.push(f32::from_le_bytes(*scale));
                self.bytes.extend(blob.iter().skip(4).map(|byte| *byte as i8));
            }
            (Precision::Int8, []) => {
                return Err(BadVector::Length {
                    found: blob.len(),
                    expected,
                });
            }
        }
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
        match self.precision {
            Precision::F32 => swap_out(&mut self.floats, at, self.dimensions),
            Precision::Int8 => {
                swap_out(&mut self.bytes, at, self.dimensions);
                self.scales.swap_remove(at);
            }
        }
    }

    /// The `limit` nearest rows with a cosine of at least `floor`, best first, equal ones by row id. Exact.
    pub fn nearest(&self, query: &[f32], limit: usize, floor: f32) -> Result<Vec<Hit>, BadVector> {
        if query.len() != self.dimensions {
            return Err(BadVector::Dimensions(query.len()));
        }
        let query = unit(query)?;
        let mut best: Vec<Hit> = Vec::new();
        let mut offer = |row: i64, cosine: f32| {
            // A damaged row (NaN) compares with nothing and drops out here.
            if cosine >= floor {
                let hit = Hit { row, cosine };
                let place = best.partition_point(|better| order(better, &hit).is_lt());
                if place < limit {
                    best.truncate(limit - 1);
                    best.insert(place, hit);
                }
            }
        };
        match self.precision {
            Precision::F32 => {
                for (row, vector) in self.rows.iter().zip(self.floats.chunks_exact(self.dimensions)) {
                    offer(*row, dot(&query, vector));
                }
            }
            Precision::Int8 => {
                let quantised = to_i8_blob(&query);
                let (scale, bytes) = quantised.split_at_checked(4).unwrap_or_default();
                let scale = scale
                    .first_chunk::<4>()
                    .map_or(0.0, |word| f32::from_le_bytes(*word));
                let bytes: Vec<i8> = bytes.iter().map(|byte| *byte as i8).collect();
                let vectors = self.bytes.chunks_exact(self.dimensions).zip(&self.scales);
                for (row, (vector, row_scale)) in self.rows.iter().zip(vectors) {
                    offer(*row, dot_i8(&bytes, vector) as f32 * scale * row_scale);
                }
            }
        }
        Ok(best)
    }
}

/// Overwrites the `at`-th piece of `size` values with the last one, which goes.
fn swap_out<T: Copy>(values: &mut Vec<T>, at: usize, size: usize) {
    let last = values.len().saturating_sub(size);
    values.copy_within(last.., at * size);
    values.truncate(last);
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

    fn filled(rows: usize, dimensions: usize, precision: Precision) -> Vectors {
        let mut vectors = Vectors::new(dimensions, precision).unwrap();
        for row in 0..rows {
            let unit = unit(&noise(row as u64 + 1, dimensions)).unwrap();
            let blob = if precision == Precision::F32 {
                to_f32_blob(&unit)
            } else {
                to_i8_blob(&unit)
            };
            vectors.push_blob(row as i64, &blob).unwrap();
        }
        vectors
    }

    #[test]
    fn a_vector_is_nearest_to_itself_in_both_precisions() {
        for precision in [Precision::F32, Precision::Int8] {
            let vectors = filled(200, 384, precision);
            let hits = vectors.nearest(&noise(78, 384), 3, -1.0).unwrap();
            assert_eq!(hits[0].row, 77);
            assert!((hits[0].cosine - 1.0).abs() < 0.01 && hits.len() == 3, "{hits:?}");
        }
    }

    #[test]
    fn quantising_moves_no_cosine_by_more_than_a_hundredth() {
        let (exact, small) = (
            filled(100, 384, Precision::F32),
            filled(100, 384, Precision::Int8),
        );
        let query = noise(999, 384);
        let by_row = |vectors: &Vectors| {
            let mut hits = vectors.nearest(&query, 100, -1.0).unwrap();
            hits.sort_by_key(|hit| hit.row);
            hits
        };
        for (one, other) in by_row(&exact).iter().zip(by_row(&small)) {
            assert!((one.cosine - other.cosine).abs() < 0.01, "{one:?} {other:?}");
        }
    }

    #[test]
    fn equal_scores_come_in_row_order_and_damage_is_refused() {
        let mut vectors = Vectors::new(2, Precision::F32).unwrap();
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
            let vectors = filled(rows, 33, Precision::F32);
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
            for precision in [Precision::F32, Precision::Int8] {
                let blob = |seed: u64| {
                    let unit = unit(&noise(seed, 17)).unwrap();
                    if precision == Precision::F32 { to_f32_blob(&unit) } else { to_i8_blob(&unit) }
                };
                let mut changed = Vectors::new(17, precision).unwrap();
                let mut model = std::collections::BTreeMap::new();
                for (row, seed) in &changes {
                    // A third of the changes takes a row out.
                    if seed % 3 == 0 {
                        changed.remove(*row);
                        model.remove(row);
                    } else {
                        changed.put_blob(*row, &blob(*seed)).unwrap();
                        model.insert(*row, *seed);
                    }
                }
                let mut anew = Vectors::new(17, precision).unwrap();
                for (row, seed) in &model {
                    anew.push_blob(*row, &blob(*seed)).unwrap();
                }
                let query = noise(99, 17);
                prop_assert_eq!(changed.nearest(&query, 100, -2.0).unwrap(), anew.nearest(&query, 100, -2.0).unwrap());
                prop_assert_eq!(changed.len(), model.len());
            }
        }
    }

    /// `cargo test --release --lib memory::recall::vectors -- --ignored --nocapture` prints the search time.
    #[test]
    #[ignore = "prints times; asserts nothing about them"]
    #[allow(clippy::disallowed_methods)]
    fn search_time() {
        for (rows, precision) in [
            (1_000, Precision::F32),
            (10_000, Precision::F32),
            (1_000, Precision::Int8),
            (10_000, Precision::Int8),
        ] {
            let vectors = filled(rows, 384, precision);
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
            println!("{rows} x 384 {precision:?}: {:?} a search", start.elapsed() / 20);
        }
    }
}
