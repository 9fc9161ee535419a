//! One call to one target, from its pass to its first useful byte.

use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, select};

use super::super::house::{Slot, whole_now_ms};
use super::super::limit::{self, Within};
use super::super::outcome::{Clock, Failure};
use super::super::ticket::Ticket;
use super::{Pass, Race, Run, Went};
use crate::config::Target;
use crate::platform::clock::sleep_ms;

/// When a call that runs beside another request's fetch of the snapshot looks whether it has come.
const JOIN_LOOKS_MS: [u64; 6] = [5, 10, 20, 40, 75, 150];

impl<'a> Run<'a, '_, '_> {
    /// One call, to its first useful byte.
    pub(super) async fn call(&mut self, slot: &Rc<Slot>, target: &'a Target, pass: Pass) -> Went<'a> {
        let ticket = Ticket::new(self.kind, target, self.request_id).passed(&self.house, slot, pass.ticket);
        let lease_ms = pass.ticket.deadline_at_ms.map_or(f64::INFINITY, |ms| ms as f64);
        let answer = limit::within(self.until_ms.min(lease_ms), (self.calling)(target));
        let result = raced(slot, pass.race, answer).await;
        self.settled(result, target, ticket)
    }

    /// What became of a call; `None`: news of its breaker denied it.
    pub(super) fn settled(
        &self,
        result: Option<Result<(), Failure>>,
        target: &'a Target,
        mut ticket: Ticket,
    ) -> Went<'a> {
        match result {
            None => {
                ticket.withdraw("denied");
                Went::Denied
            }
            Some(Ok(())) => {
                ticket.has_begun();
                Went::Begun((target, ticket))
            }
            Some(Err(failure)) => {
                self.failed(failure, ticket);
                Went::Failed(failure)
            }
        }
    }

    /// Tells a failed call's account, unless it shows nothing about the provider.
    pub(super) fn failed(&self, failure: Failure, ticket: Ticket) {
        if self.had_no_time(failure, &ticket) {
            ticket.withdraw("turn_over");
        } else {
            ticket.fail(failure);
        }
    }

    /// Whether the turn ended before the provider had had a fair part of its time: what others used up says nothing
    /// about it. One that had half of it was too slow.
    fn had_no_time(&self, failure: Failure, ticket: &Ticket) -> bool {
        let first_ms = self.house.config.chain(self.kind).clocks.first_ms;
        let fair_ms = f64::from(first_ms.min(self.house.config.turn_total_ms)) / 2.0;
        failure == Failure::Timeout(Clock::Total) && self.is_late() && ticket.elapsed_ms() < fair_ms
    }
}

/// Runs a call until it ends, or until news of its breaker denies it: then `None`, and the call is dropped.
pub(super) async fn raced(
    slot: &Slot,
    race: Race,
    answer: Within<'_, Result<(), Failure>>,
) -> Option<Result<(), Failure>> {
    if matches!(race, Race::No) {
        return Some(answer.await);
    }
    match select(answer, pin!(denial(slot, race))).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(((), _)) => None,
    }
}

/// Resolves when the snapshot that is being fetched denies the call; never, if it does not.
async fn denial(slot: &Slot, race: Race) {
    let denies = || !slot.isolate.borrow().still_allowed(whole_now_ms());
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
