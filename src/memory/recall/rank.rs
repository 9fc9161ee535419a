//! Which memories fit a query best, from what the two searches found.
//!
//! Scores of different searches do not compare, ranks do: reciprocal rank fusion (Cormack et al., SIGIR 2009,
//! k = 60), scaled so that first place in every search is 1; then recency and importance. Invariants: the result
//! depends on nothing but the arguments, time included; its order is total; the profile is not ranked for a prompt,
//! because it is in every one. Whoever changes a number here raises [`SCORING_VERSION`], which is part of every cache key.

use std::cmp::Ordering;
use std::f64::consts::LN_2;

use crate::memory::recall::vectors::Hit;
use crate::wire::order::sorted;

/// Part of every recall cache key.
pub const SCORING_VERSION: u32 = 2;
/// Dampens the first places in the fusion.
const FUSION_K: f64 = 60.0;
/// Recency is counted in whole hours, so that a result can be cached for minutes and still be exact.
const HOUR_MS: u64 = 3_600_000;

/// The hour a ranking belongs to. It is part of the cache key, because a result is the same only within it.
pub fn hour(at_ms: u64) -> u64 {
    at_ms / HOUR_MS
}

/// How memories are weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// `RECALL_LIMIT`: at most this many.
    pub limit: usize,
    /// `RECALL_COSINE_MIN`: a semantic match below it is none. Depends on the embedding model.
    pub cosine_min: f32,
    /// `RECALL_SCORE_MIN`: fused matches below it are left out (0 to 1).
    pub score_min: f64,
    /// Weight of the semantic search against 1 for the lexical one.
    pub semantic: f64,
    /// `RECALL_HALF_LIFE_DAYS`: age at which recency has lost half of its share.
    pub half_life_days: f64,
    /// Share of the score that fades with age, 0 to 1. The rest stays for ever: old facts stay findable.
    pub recency_share: f64,
    /// Share of the score that importance decides, 0 to 1.
    pub importance_share: f64,
    /// Whether the profile is ranked, too: for the person who looks for it, not for a prompt, which has it anyway.
    pub profile: bool,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights {
            limit: 5,
            cosine_min: 0.3,
            score_min: 0.05,
            semantic: 1.0,
            half_life_days: 90.0,
            recency_share: 0.2,
            importance_share: 0.2,
            profile: false,
        }
    }
}

/// What ranking needs to know of a memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traits {
    /// Since when it holds, Unix milliseconds.
    pub valid_from_ms: u64,
    /// 0 to 1.
    pub importance: f32,
    /// Name, language or tone.
    pub profile: bool,
}

/// A memory in the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The row id in the `memories` table.
    pub row: i64,
    /// 0 to 1.
    pub score: f64,
}

/// What the searches found, each best first.
#[derive(Clone, Copy, Debug, Default)]
pub struct FoundLists<'a> {
    /// `None` when there is no embedding (`EMBED=off`, or it failed: then the result is degraded).
    pub semantic: Option<&'a [Hit]>,
    /// Rows in BM25 order.
    pub lexical: &'a [i64],
}

/// How many rows each search should bring for a result of `limit`: fusion can lift what is low in both.
pub fn overfetch(limit: usize) -> usize {
    limit.saturating_mul(4).max(40)
}

/// The best memories, best first; equal scores by newer, then by row. `traits` answers `None` for a row that is no
/// longer current; such rows are left out.
pub fn rank(
    found: &FoundLists,
    traits: impl Fn(i64) -> Option<Traits>,
    now_ms: u64,
    weights: &Weights,
) -> Vec<Ranked> {
    let mut fused: Vec<(i64, f64)> = Vec::new();
    let mut total = 0.0;
    let mut add = |rows: &mut dyn Iterator<Item = i64>, weight: f64| {
        total += weight / (FUSION_K + 1.0);
        for (place, row) in rows.enumerate() {
            let part = weight / (FUSION_K + 1.0 + place as f64);
            match fused.iter_mut().find(|(known, _)| *known == row) {
                Some((_, sum)) => *sum += part,
                None => fused.push((row, part)),
            }
        }
    };
    if let Some(hits) = found.semantic {
        let fitting = hits.iter().filter(|hit| hit.cosine >= weights.cosine_min);
        add(&mut fitting.map(|hit| hit.row), weights.semantic);
    }
    add(&mut found.lexical.iter().copied(), 1.0);

    let ranked: Vec<(Ranked, u64)> = fused
        .into_iter()
        .filter_map(|(row, sum)| {
            let traits = traits(row).filter(|traits| weights.profile || !traits.profile)?;
            let score = sum / total * standing(&traits, now_ms, weights);
            (score >= weights.score_min).then_some((Ranked { row, score }, traits.valid_from_ms))
        })
        .collect();
    let mut ranked = sorted(ranked, |(one, one_from), (other, other_from)| {
        let by_score = other.score.total_cmp(&one.score);
        by_score
            .then(other_from.cmp(one_from))
            .then(one.row.cmp(&other.row))
    });
    ranked.truncate(weights.limit);
    ranked.into_iter().map(|(ranked, _)| ranked).collect()
}

/// Recency and importance as a factor in 0..=1.
fn standing(traits: &Traits, now_ms: u64, weights: &Weights) -> f64 {
    let age_hours = hour(now_ms).saturating_sub(hour(traits.valid_from_ms));
    let fresh = match weights.half_life_days.partial_cmp(&0.0) {
        Some(Ordering::Greater) => (age_hours as f64 / 24.0 / weights.half_life_days * -LN_2).exp(),
        _ => 1.0,
    };
    let recency = 1.0 - weights.recency_share.clamp(0.0, 1.0) * (1.0 - fresh);
    let importance =
        1.0 - weights.importance_share.clamp(0.0, 1.0) * (1.0 - f64::from(traits.importance).clamp(0.0, 1.0));
    recency * importance
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: u64 = 24 * HOUR_MS;

    fn plain(_: i64) -> Option<Traits> {
        Some(Traits {
            valid_from_ms: 0,
            importance: 0.5,
            profile: false,
        })
    }

    fn rows(ranked: &[Ranked]) -> Vec<i64> {
        ranked.iter().map(|ranked| ranked.row).collect()
    }

    fn hits(of: &[(i64, f32)]) -> Vec<Hit> {
        of.iter()
            .map(|(row, cosine)| Hit {
                row: *row,
                cosine: *cosine,
            })
            .collect()
    }

    #[test]
    fn what_both_searches_find_comes_first() {
        let semantic = hits(&[(1, 0.9), (2, 0.8), (3, 0.1)]);
        let found = FoundLists {
            semantic: Some(&semantic),
            lexical: &[4, 2],
        };
        let ranked = rank(&found, plain, 0, &Weights::default());
        assert_eq!(rows(&ranked), [2, 1, 4], "3 is below the floor");
        assert!(
            ranked
                .iter()
                .all(|ranked| ranked.score > 0.0 && ranked.score <= 1.0)
        );
    }

    #[test]
    fn lexical_recall_alone_works_at_full_score() {
        let found = FoundLists {
            semantic: None,
            lexical: &[7, 8],
        };
        let weights = Weights {
            importance_share: 0.0,
            ..Weights::default()
        };
        let ranked = rank(&found, plain, 0, &weights);
        assert_eq!((rows(&ranked), ranked[0].score), (vec![7, 8], 1.0));
    }

    #[test]
    fn newer_and_more_important_memories_win_among_equals_and_old_ones_stay_findable() {
        let traits = |row| {
            let (age_days, importance) = if row == 1 { (3_650, 0.5) } else { (1, 0.5) };
            Some(Traits {
                valid_from_ms: (4_000 - age_days) * DAY_MS,
                importance,
                profile: false,
            })
        };
        let found = FoundLists {
            semantic: None,
            lexical: &[1, 2],
        };
        let ranked = rank(&found, traits, 4_000 * DAY_MS, &Weights::default());
        assert_eq!(rows(&ranked), [2, 1]);
        let traits = |row| {
            Some(Traits {
                valid_from_ms: 0,
                importance: if row == 2 { 0.9 } else { 0.4 },
                profile: false,
            })
        };
        assert_eq!(rows(&rank(&found, traits, 0, &Weights::default())), [2, 1]);
    }

    #[test]
    fn profile_and_ended_memories_are_left_out_and_the_limit_holds() {
        let traits = |row| match row {
            1 => Some(Traits {
                valid_from_ms: 0,
                importance: 0.5,
                profile: true,
            }),
            2 => None,
            _ => plain(row),
        };
        let found = FoundLists {
            semantic: None,
            lexical: &[1, 2, 3, 4, 5, 6, 7, 8, 9],
        };
        assert_eq!(
            rows(&rank(&found, traits, 0, &Weights::default())),
            [3, 4, 5, 6, 7]
        );
        let whole = Weights {
            profile: true,
            ..Weights::default()
        };
        assert_eq!(rows(&rank(&found, traits, 0, &whole)), [1, 3, 4, 5, 6]);
        let none = Weights {
            score_min: 1.1,
            ..Weights::default()
        };
        assert!(rank(&found, traits, 0, &none).is_empty());
    }

    #[test]
    fn the_result_does_not_change_within_the_hour() {
        let traits = |row: i64| {
            Some(Traits {
                valid_from_ms: row as u64 * DAY_MS,
                importance: 0.5,
                profile: false,
            })
        };
        let found = FoundLists {
            semantic: None,
            lexical: &[1, 2, 3],
        };
        let at = |now_ms| rank(&found, traits, now_ms, &Weights::default());
        assert_eq!(at(100 * DAY_MS), at(100 * DAY_MS + HOUR_MS - 1));
        assert_ne!(at(100 * DAY_MS), at(101 * DAY_MS));
    }
}
