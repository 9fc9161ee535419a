//! Warming: which phrases to synthesise ahead of need, and how many at once. A run is plain data: store it, and the
//! next cron goes on where this one had to stop.
//!
//! Invariant: never more than [`Limits::concurrency_max`] in flight, [`Limits::syntheses_max`] started in a run, or
//! one started after [`Limits::deadline_at_ms`]; no phrase is given twice unless its first attempt failed or was cut
//! off, and none more than [`ATTEMPTS_MAX`] times.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::TopPhrase;
use super::clips::ClipIndex;

/// Attempts for one phrase in one run.
pub const ATTEMPTS_MAX: u32 = 2;

/// One phrase to synthesise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmItem {
    /// What is to be said.
    pub text: String,
    /// Where its clip will be stored.
    pub clip_key: String,
    /// Attempts begun, this one included once it is given.
    pub attempts: u32,
}

/// What one wake-up of the cron may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most syntheses in flight.
    pub concurrency_max: usize,
    /// Most syntheses begun.
    pub syntheses_max: usize,
    /// None begins at or after this time.
    pub deadline_at_ms: u64,
}

/// How a run stands, as `POST /admin/phrases/warm` answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmTally {
    /// Clips made.
    pub warmed: usize,
    /// Phrases whose clip was there and is good for long enough.
    pub skipped: usize,
    /// Phrases given up.
    pub failed: usize,
}

/// A run of warming.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmRun {
    waiting: VecDeque<WarmItem>,
    in_flight: Vec<WarmItem>,
    started: usize,
    tally: WarmTally,
}

impl WarmRun {
    /// Plans a run over `phrases` (most wanted first): those whose clip is missing from `index`, or expires before
    /// `fresh_until_ms`. `clip_key` says where a phrase's clip lies.
    pub fn plan(
        phrases: &[TopPhrase],
        index: &ClipIndex,
        fresh_until_ms: u64,
        clip_key: impl Fn(&str) -> String,
    ) -> Self {
        let mut run = Self::default();
        for phrase in phrases {
            let clip_key = clip_key(&phrase.text);
            let is_fresh = index
                .get(&clip_key)
                .is_some_and(|clip| clip.expires_at_ms > fresh_until_ms);
            let is_planned = run.waiting.iter().any(|item| item.clip_key == clip_key);
            if is_fresh {
                run.tally.skipped += 1;
            } else if !is_planned {
                run.waiting.push_back(WarmItem {
                    text: phrase.text.clone(),
                    clip_key,
                    attempts: 0,
                });
            }
        }
        run
    }

    /// Keys of the clips that are still to be begun.
    pub fn waiting_keys(&self) -> impl Iterator<Item = &str> {
        self.waiting.iter().map(|item| item.clip_key.as_str())
    }

    /// Begins another wake-up with a stored run: what was in flight when the last one ended waits again, first.
    pub fn resume(&mut self) {
        self.started = 0;
        for item in std::mem::take(&mut self.in_flight).into_iter().rev() {
            self.retry(item, true);
        }
    }

    /// The next phrase to synthesise, or `None` for now: none waits, or a limit is reached.
    pub fn next(&mut self, limits: &Limits, now_ms: u64) -> Option<WarmItem> {
        let may_start = self.in_flight.len() < limits.concurrency_max
            && self.started < limits.syntheses_max
            && now_ms < limits.deadline_at_ms;
        if !may_start {
            return None;
        }
        let mut item = self.waiting.pop_front()?;
        item.attempts += 1;
        self.started += 1;
        self.in_flight.push(item.clone());
        Some(item)
    }

    /// Tells how a phrase that [`WarmRun::next`] gave went; unknown keys are ignored.
    pub fn report(&mut self, clip_key: &str, is_made: bool) {
        let Some(index) = self.in_flight.iter().position(|item| item.clip_key == clip_key) else {
            return;
        };
        let item = self.in_flight.swap_remove(index);
        if is_made {
            self.tally.warmed += 1;
        } else {
            self.retry(item, false);
        }
    }

    fn retry(&mut self, item: WarmItem, goes_first: bool) {
        if item.attempts >= ATTEMPTS_MAX {
            self.tally.failed += 1;
        } else if goes_first {
            self.waiting.push_front(item);
        } else {
            self.waiting.push_back(item);
        }
    }

    /// Whether nothing waits and nothing is in flight.
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.is_empty()
    }

    /// How the run stands.
    pub fn tally(&self) -> WarmTally {
        self.tally
    }
}
