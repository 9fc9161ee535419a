//! One call to one target, from its pass to its first useful byte.

use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, select};

use super::super::attempt_record::AttemptRecord;
use super::super::deadline::{self, UnderDeadline};
use super::super::outcome::{Deadline, Failure};
use super::super::registry::{UpstreamState, whole_now_ms};
use super::{Pass, Race, Run, Went};
use crate::config::Target;
use crate::platform::clock::sleep_ms;

/// When a call that runs beside another request's fetch of the snapshot looks whether it has come.
const JOIN_LOOKS_MS: [u64; 6] = [5, 10, 20, 40, 75, 150];

impl<'a> Run<'a, '_, '_> {
    /// One call, to its first useful byte.
    pub(super) async fn call(
        &mut self,
        state: &Rc<UpstreamState>,
        target: &'a Target,
        pass: Pass,
    ) -> Went<'a> {
        let record = AttemptRecord::new(self.kind, target, self.request_id).passed(
            &self.upstreams,
            state,
            pass.record,
        );
        let lease_ms = pass.record.deadline_at_ms.map_or(f64::INFINITY, |ms| ms as f64);
        let answer = deadline::within(self.until_ms.min(lease_ms), (self.calling)(target));
        let result = raced(state, pass.race, answer).await;
        self.settled(result, target, record)
    }

    /// What became of a call; `None`: news of its breaker denied it.
    pub(super) fn settled(
        &self,
        result: Option<Result<(), Failure>>,
        target: &'a Target,
        mut record: AttemptRecord,
    ) -> Went<'a> {
        match result {
            None => {
                record.withdraw("denied");
                Went::Denied
            }
            Some(Ok(())) => {
                record.has_begun();
                Went::Begun((target, record))
            }
            Some(Err(failure)) => {
                self.failed(failure, record);
                Went::Failed(failure)
            }
        }
    }

    /// Tells a failed call's account, unless it shows nothing about the provider.
    pub(super) fn failed(&self, failure: Failure, record: AttemptRecord) {
        if self.had_no_time(failure, &record) {
            record.withdraw("turn_over");
        } else {
            record.fail(failure);
        }
    }

    /// Whether the turn ended before the provider had had a fair part of its time: what others used up says nothing
    /// about it. One that had half of it was too slow.
    fn had_no_time(&self, failure: Failure, record: &AttemptRecord) -> bool {
        let first_ms = self.upstreams.config.chain(self.kind).clocks.first_ms;
        let fair_ms = f64::from(first_ms.min(self.upstreams.config.turn_total_ms)) / 2.0;
        failure == Failure::Timeout(Deadline::Total) && self.is_late() && record.elapsed_ms() < fair_ms
    }
}

/// Runs a call until it ends, or until news of its breaker denies it: then `None`, and the call is dropped.
pub(super) async fn raced(
    state: &UpstreamState,
    race: Race,
    answer: UnderDeadline<'_, Result<(), Failure>>,
) -> Option<Result<(), Failure>> {
    if matches!(race, Race::No) {
        return Some(answer.await);
    }
    match select(answer, pin!(denial(state, race))).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(((), _)) => None,
    }
}

/// Resolves when the snapshot that is being fetched denies the call; never, if it does not.
async fn denial(state: &UpstreamState, race: Race) {
    let denies = || !state.isolate.borrow().still_allowed(whole_now_ms());
    match race {
        Race::No => {}
        Race::Fetched(heard) => {
            let _ = heard.await;
            if denies() {
                return;
            }
        }
        Race::Joined => {
            let asked_at_ms = whole_now_ms();
            for look_ms in JOIN_LOOKS_MS {
                let passed_ms = whole_now_ms().saturating_sub(asked_at_ms);
                sleep_ms(look_ms.saturating_sub(passed_ms).max(1)).await;
                if denies() {
                    return;
                }
            }
        }
    }
    std::future::pending().await
}
