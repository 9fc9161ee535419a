//! A second call beside a late one: the first answer counts, the other call is ended.

use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, select};

use super::super::attempt_record::AttemptRecord;
use super::super::breaker::client::{self, CallVerdict, Refresh};
use super::super::breaker_client;
use super::super::deadline;
use super::super::registry::{UpstreamState, whole_now_ms};
use super::call::raced;
use super::{Pass, Run, Went};
use crate::config::Target;
use crate::platform::clock::sleep_ms;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::HEDGES;

/// A call is hedged when its first byte is later than this share of the last ones.
const HEDGE_PERCENT: u32 = 95;

/// The target of a call beside a late one.
pub(super) struct Backup<'a> {
    target: &'a Target,
    state: Rc<UpstreamState>,
}

impl<'a> Run<'a, '_, '_> {
    /// Who could be asked beside a late call, and when it is late.
    pub(super) fn backup(
        &self,
        state: &UpstreamState,
        next: &'a Target,
        pass: &Pass,
    ) -> Option<(u64, Backup<'a>)> {
        let is_hedged = self.upstreams.config.resilience(self.kind).is_hedged;
        // A probe is told apart by its own fate.
        if !is_hedged || pass.record.lease.is_some() {
            return None;
        }
        let late_ms = state.first_ms.borrow().percentile_ms(HEDGE_PERCENT)?;
        let backup = Backup {
            target: next,
            state: self.upstreams.state(self.kind, next),
        };
        Some((u64::from(late_ms), backup))
    }

    /// One call, and one beside it at the next provider when its first byte is late; the first answer counts, the other
    /// call is ended.
    pub(super) async fn hedged(
        &mut self,
        state: &Rc<UpstreamState>,
        target: &'a Target,
        pass: Pass,
        late_ms: u64,
        backup: Backup<'a>,
        hedged: &mut Option<&'a Target>,
    ) -> Went<'a> {
        let mut record = AttemptRecord::new(self.kind, target, self.request_id).passed(
            &self.upstreams,
            state,
            pass.record,
        );
        let answer = deadline::within(self.until_ms, (self.calling)(target));
        let answer = Box::pin(raced(state, pass.race, answer));
        let answer = match select(answer, pin!(sleep_ms(late_ms))).await {
            Either::Left((result, _)) => return self.settled(result, target, record),
            Either::Right(((), answer)) => answer,
        };
        let Some(pass) = self.backup_pass(&backup) else {
            return self.settled(answer.await, target, record);
        };
        *hedged = Some(backup.target);
        state.count("upstream_hedges", "");
        count(&HEDGES, &[self.kind.operation()], 1.0);
        let mut second = AttemptRecord::new(self.kind, backup.target, self.request_id).passed(
            &self.upstreams,
            &backup.state,
            pass,
        );
        let beside = deadline::within(self.until_ms, (self.calling)(backup.target));
        match select(answer, beside).await {
            Either::Left((Some(Ok(())), beside)) => {
                drop(beside);
                second.withdraw("hedge_lost");
                record.has_begun();
                Went::Begun((target, record))
            }
            Either::Right((Ok(()), late)) => {
                drop(late);
                // It would have taken at least so long. Without it only quick calls were remembered, and ever more of
                // them would pass for late.
                let late_ms = u32::try_from(record.elapsed_ms() as u64).unwrap_or(u32::MAX);
                state.first_ms.borrow_mut().record(late_ms);
                record.withdraw("hedge_lost");
                second.has_begun();
                Went::Begun((backup.target, second))
            }
            Either::Left((Some(Err(failure)), beside)) => {
                self.failed(failure, record);
                self.failures.push(failure);
                self.asked.push(target);
                self.settled(Some(beside.await), backup.target, second)
            }
            Either::Left((None, beside)) => {
                record.withdraw("denied");
                self.settled(Some(beside.await), backup.target, second)
            }
            Either::Right((Err(failure), late)) => {
                self.failed(failure, second);
                self.failures.push(failure);
                self.asked.push(backup.target);
                self.settled(late.await, target, record)
            }
        }
    }

    /// A pass for the call beside, if its breaker lets it through at once and the budget pays.
    fn backup_pass(&self, backup: &Backup<'a>) -> Option<client::Permit> {
        let now_ms = whole_now_ms();
        if self.key_refused_ms(&backup.state, now_ms).is_some() {
            return None;
        }
        let decision = backup.state.isolate.borrow_mut().decide(now_ms);
        if matches!(decision.refresh, Refresh::Behind | Refresh::Race) {
            drop(breaker_client::refresh(&backup.state));
        }
        match decision.verdict {
            CallVerdict::Go(record) if self.upstreams.withdraw(self.kind) => Some(record),
            _ => None,
        }
    }
}
