//! What an isolate makes of the last snapshot that it has, and of having none.

use super::{BreakerClient, CallVerdict, DeniedBy, Known, Permit, Refresh};
use crate::config::breaker::Enforce;
use crate::upstream::breaker::event::State;

impl BreakerClient {
    pub(super) fn enforced(&self) -> bool {
        self.config.enforce == Enforce::On
    }

    /// What a snapshot says at `now_ms`, its durations counted from before it was asked for.
    pub(super) fn judge(&self, known: &Known, now_ms: u64) -> CallVerdict {
        let age_ms = now_ms.saturating_sub(known.asked_at_ms);
        let left = |ms: u64| ms.saturating_sub(age_ms);
        let snapshot = &known.snapshot;
        let (open_ms, pause_ms) = (left(snapshot.open_left_ms), left(snapshot.cooldown_left_ms));
        let deny = |ms, by| CallVerdict::Deny {
            retry_after_ms: Some(ms),
            by,
        };
        match snapshot.state {
            State::ForcedOpen => {
                return CallVerdict::Deny {
                    retry_after_ms: None,
                    by: DeniedBy::Operator,
                };
            }
            State::Disabled => return CallVerdict::Go(self.ticket(now_ms)),
            State::Open if self.enforced() && open_ms > 0 => {
                return deny(open_ms.max(pause_ms), DeniedBy::Breaker);
            }
            _ => {}
        }
        if pause_ms > 0 {
            return deny(pause_ms, DeniedBy::Cooldown);
        }
        match snapshot.state {
            // Shadow calls pass an open breaker unleased, but a probe's lease is always asked for.
            State::Open if open_ms > 0 => CallVerdict::Go(self.ticket(now_ms)),
            State::Open => CallVerdict::Ask,
            State::HalfOpen => match left(snapshot.lease_wait_ms) {
                // Probes end long before their leases die: ask again as soon as the snapshot is not fresh.
                wait_ms if wait_ms > 0 && age_ms <= snapshot.ttl_ms && self.enforced() => {
                    deny(wait_ms, DeniedBy::Breaker)
                }
                wait_ms if wait_ms > 0 && !self.enforced() => CallVerdict::Go(self.ticket(now_ms)),
                _ => CallVerdict::Ask,
            },
            _ => CallVerdict::Go(self.ticket(now_ms)),
        }
    }

    /// The local breaker turns a `Go` into a denial, unless nothing is enforced here.
    pub(super) fn stricter(&self, verdict: CallVerdict, now_ms: u64) -> CallVerdict {
        let disabled = self
            .known
            .as_ref()
            .is_some_and(|known| known.snapshot.state == State::Disabled);
        let left_ms = self.local.blocked_left_ms(now_ms);
        match verdict {
            CallVerdict::Go(_) if left_ms > 0 && self.enforced() && !disabled => CallVerdict::Deny {
                retry_after_ms: Some(left_ms),
                by: DeniedBy::Local,
            },
            other => other,
        }
    }

    /// One refresh at a time; one without an answer is repeated after the object's timeout.
    pub(super) fn start_refresh(&mut self, wanted: Refresh, now_ms: u64) -> Refresh {
        if wanted == Refresh::No {
            return Refresh::No;
        }
        if let Some(since_ms) = self.refreshing_since_ms {
            // A clock that jumped back must not silence the refresh.
            let in_time = since_ms..since_ms.saturating_add(self.config.object_timeout_ms);
            if in_time.contains(&now_ms) {
                return if wanted == Refresh::Race {
                    Refresh::Join
                } else {
                    Refresh::No
                };
            }
            self.unreachable = true;
        }
        self.refreshing_since_ms = Some(now_ms);
        wanted
    }

    pub(super) fn ticket(&self, now_ms: u64) -> Permit {
        let epoch = self.known.as_ref().map(|known| known.snapshot.epoch);
        Permit {
            began_at_ms: now_ms,
            epoch,
            lease: None,
            deadline_at_ms: None,
            alone: false,
        }
    }

    /// The object is out of reach and the upstream was last known broken: one call at a time finds out.
    pub(super) fn alone(&mut self, now_ms: u64) -> CallVerdict {
        let broken = self
            .known
            .as_ref()
            .is_some_and(|known| is_broken(known.snapshot.state));
        if !broken || !self.enforced() {
            return self.stricter(CallVerdict::Go(self.ticket(now_ms)), now_ms);
        }
        if let Some(known) = &self.known
            && let denied @ CallVerdict::Deny { .. } = self.judge(known, now_ms)
        {
            return denied;
        }
        let left_ms = self
            .alone_until_ms
            .saturating_sub(now_ms)
            .min(self.config.lease_ms);
        if left_ms > 0 {
            return CallVerdict::Deny {
                retry_after_ms: Some(left_ms),
                by: DeniedBy::Local,
            };
        }
        let ticket = Permit {
            alone: true,
            ..self.ticket(now_ms)
        };
        let verdict = self.stricter(CallVerdict::Go(ticket), now_ms);
        if matches!(verdict, CallVerdict::Go(_)) {
            self.alone_until_ms = now_ms.saturating_add(self.config.lease_ms);
        }
        verdict
    }

    pub(super) fn denier(&self) -> DeniedBy {
        match self.known.as_ref().map(|known| &known.snapshot) {
            Some(snapshot) if snapshot.state == State::ForcedOpen => DeniedBy::Operator,
            Some(snapshot) if snapshot.cooldown_left_ms > snapshot.open_left_ms => DeniedBy::Cooldown,
            _ => DeniedBy::Breaker,
        }
    }
}

fn is_broken(state: State) -> bool {
    matches!(state, State::Open | State::HalfOpen | State::ForcedOpen)
}
