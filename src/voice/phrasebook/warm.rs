//! Warming: which clips to make ahead of need, and how many at once.
//!
//! A plan is computed anew each time from the clips that there are: what a run that was cut off did not make, the next one
//! does. What one run is making, no other is given.

use std::future::Future;

use futures::StreamExt as _;
use futures::stream;
use serde_json::Value;

use super::Book;
use super::protocol::WarmItem;
use crate::platform::sql::SqlError;
use crate::voice::clip_key;
use crate::wire::json::json;

/// Attempts for one phrase in one run.
pub const ATTEMPTS_MAX: u32 = 2;
/// A clip that was given out to be made is not given out again for so long.
pub(super) const WARMING_MS: u64 = 60_000;

/// How a run went, as `POST /admin/phrases/warm` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WarmTally {
    /// Clips made.
    pub warmed: usize,
    /// Phrases whose clip is good for long enough, or being made by another run.
    pub skipped: usize,
    /// Phrases given up.
    pub failed: usize,
}

impl WarmTally {
    /// As operators see it.
    pub fn json(&self) -> Value {
        json!({"warmed": self.warmed, "skipped": self.skipped, "failed": self.failed})
    }
}

/// What a run may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmLimits {
    /// Most syntheses in flight.
    pub concurrency_max: usize,
    /// None begins at or after this time.
    pub deadline_at_ms: u64,
}

impl Book<'_> {
    /// The phrases of `top` whose clip is missing or expires before `fresh_until_ms`, and how many are passed over.
    pub(super) fn plan(
        &self,
        top: Vec<(String, f64, u64)>,
        prefix: &str,
        fresh_until_ms: u64,
        now_ms: u64,
    ) -> Result<(Vec<WarmItem>, u64), SqlError> {
        self.sql
            .run("DELETE FROM warming WHERE until_ms <= ?", vec![now_ms.into()])?;
        let mut items = Vec::new();
        let mut skipped = 0;
        for (text, ..) in top {
            let Some(clip_key) = clip_key::key(prefix, &text) else {
                continue;
            };
            let query = "SELECT 1 FROM clip WHERE key = ?1 AND expires_at_ms > ?2 \
                         UNION ALL SELECT 1 FROM warming WHERE key = ?1";
            let values = vec![clip_key.as_str().into(), fresh_until_ms.into()];
            if self.sql.first(query, values)?.is_some() {
                skipped += 1;
                continue;
            }
            let give_out = "INSERT INTO warming (key, until_ms) VALUES (?, ?)";
            let until_ms = now_ms.saturating_add(WARMING_MS);
            self.sql
                .run(give_out, vec![clip_key.as_str().into(), until_ms.into()])?;
            items.push(WarmItem { text, clip_key });
        }
        Ok((items, skipped))
    }

    /// These may be given out again.
    pub(super) fn release(&self, keys: &[String]) -> Result<(), SqlError> {
        for key in keys {
            let statement = "DELETE FROM warming WHERE key = ?";
            self.sql.run(statement, vec![key.as_str().into()])?;
        }
        Ok(())
    }
}

/// Has the clips made, a few at a time, in order; those that failed are tried once more when all others were. Gives the
/// keys of those that were not made.
pub async fn make_all<'a, F: Future<Output = bool>>(
    items: &'a [WarmItem],
    limits: WarmLimits,
    now_ms: impl Fn() -> u64,
    make: impl Fn(&'a WarmItem) -> F,
) -> Vec<String> {
    let mut unmade: Vec<&WarmItem> = items.iter().collect();
    for _ in 0..ATTEMPTS_MAX {
        let attempts = stream::iter(unmade).map(|item| {
            let attempt = (now_ms() < limits.deadline_at_ms).then(|| make(item));
            async move {
                match attempt {
                    Some(attempt) => (item, attempt.await),
                    None => (item, false),
                }
            }
        });
        let attempts = attempts.buffer_unordered(limits.concurrency_max.max(1));
        unmade = attempts
            .filter_map(|(item, is_made)| async move { (!is_made).then_some(item) })
            .collect()
            .await;
    }
    unmade.into_iter().map(|item| item.clip_key.clone()).collect()
}
