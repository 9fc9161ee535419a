//! Asks a target's breaker before a call: may it go out, and may news still end it.

use std::rc::Rc;

use super::super::breaker::State;
use super::super::breaker::client::{CallVerdict, DeniedBy, Refresh};
use super::super::breaker_client;
use super::super::outcome::Failure;
use super::super::registry::{UpstreamState, whole_now_ms};
use super::{Pass, Race, Run};
use crate::config::Target;

/// What a client is asked to wait for a probe that is under way.
const PROBE_WAIT_MS: u64 = 5_000;

impl<'a> Run<'a, '_, '_> {
    /// Asks the breaker. Waits for nothing, unless this request is to probe.
    pub(super) async fn admit(
        &mut self,
        state: &Rc<UpstreamState>,
        target: &'a Target,
        has_next: bool,
    ) -> Option<Pass> {
        let now_ms = whole_now_ms();
        if let Some(left_ms) = self.key_refused_ms(state, now_ms) {
            self.denied(state, target, Some(left_ms), "credential");
            return None;
        }
        let mut decision = state.isolate.borrow_mut().decide(now_ms);
        if decision.verdict == CallVerdict::Ask {
            let left_ms = state.asking_until_ms.get().saturating_sub(now_ms);
            if left_ms > 0 && has_next {
                // Another request of this isolate is about to probe; this one has somewhere else to go.
                self.denied(state, target, Some(left_ms), "probing");
                return None;
            }
            decision = breaker_client::lease(state).await;
        }
        if decision.degraded {
            state.count("breaker_degraded", "");
            self.note("degraded", state, serde_json::Value::Null);
        }
        let race = match decision.refresh {
            Refresh::No => Race::No,
            Refresh::Behind => {
                drop(breaker_client::refresh(state));
                Race::No
            }
            Refresh::Race => Race::Fetched(breaker_client::refresh(state)),
            Refresh::Join => Race::Joined,
        };
        match decision.verdict {
            CallVerdict::Go(record) => Some(Pass { record, race }),
            CallVerdict::Ask => {
                self.denied(state, target, Some(state.config.object_timeout_ms), "probing");
                None
            }
            CallVerdict::Deny { retry_after_ms, by } => {
                let word = match by {
                    DeniedBy::Breaker => "breaker",
                    DeniedBy::Cooldown => "cooldown",
                    DeniedBy::Operator => "operator",
                    DeniedBy::Local => "local",
                };
                let is_probed = state
                    .isolate
                    .borrow()
                    .snapshot(now_ms)
                    .map(|(known, _)| known.state)
                    == Some(State::HalfOpen);
                // A probe ends long before its lease: nobody is sent away for that long.
                let wait_ms = retry_after_ms.map(|ms| if is_probed { ms.min(PROBE_WAIT_MS) } else { ms });
                self.denied(state, target, wait_ms, word);
                None
            }
        }
    }

    /// What is left of the time for which a provider that refused its key is left alone; an operator who switched the
    /// breaker off wants to see it asked.
    pub(super) fn key_refused_ms(&self, state: &UpstreamState, now_ms: u64) -> Option<u64> {
        let left_ms = self.upstreams.refused_left_ms(state.provider, now_ms);
        let isolate = state.isolate.borrow();
        let state = isolate.snapshot(now_ms).map(|(snapshot, _)| snapshot.state);
        (left_ms > 0 && state != Some(State::Disabled)).then_some(left_ms)
    }

    fn denied(
        &mut self,
        state: &UpstreamState,
        target: &'a Target,
        retry_after_ms: Option<u64>,
        by: &'static str,
    ) {
        state.count("upstream_denied", by);
        self.note(
            "attempt_denied",
            state,
            crate::wire::json::json!({"by": by, "retry_after_ms": retry_after_ms}),
        );
        // A pause that the provider or an operator asked for is kept, whoever else fails.
        if let (Some(left_ms), "breaker" | "local" | "probing") = (retry_after_ms, by)
            && self.least_bad.is_none_or(|(_, least_ms)| left_ms < least_ms)
        {
            self.least_bad = Some((target, left_ms));
        }
        self.failures.push(Failure::Denied {
            retry_after_ms: retry_after_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
        });
    }
}
