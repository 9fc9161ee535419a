//! The clients' requests: each is decided at once, goes out or not, and ends exactly once.

use hearken::upstream::breaker::client::{BreakerClient, CallDecision, CallVerdict, Permit, Refresh};
use hearken::upstream::breaker::messages::Request;
use hearken::upstream::breaker::{Outcome, State};

use super::super::provider;
use super::{CALL_MS, Call, Event, ISOLATES, Mutation, World, lease_of};

impl World {
    pub(super) fn arrive(&mut self) {
        let gap_ms = self.rng.gap_ms(self.rate);
        self.after(gap_ms, Event::Arrive);
        let isolate = self.rng.between(0, ISOLATES as u64 - 1) as usize;
        let now = self.clock_ms(isolate);
        let id = self.next_call;
        self.next_call += 1;
        self.summary.requests += 1;
        let must_end_ms = self.now_ms + self.config.object_timeout_ms + CALL_MS;
        self.calls.insert(
            id,
            Call {
                isolate,
                must_end_ms,
                asked_ms: now,
                ticket: None,
                races: false,
            },
        );
        self.renewed_since_last_decision(isolate);
        let decision = self.machines[isolate].isolate.decide(now);
        self.follow(id, decision, false);
        self.report(isolate);
    }

    /// Each decision sees to it that a recent snapshot is there at the next one, unless the network failed.
    pub(super) fn renewed_since_last_decision(&mut self, isolate: usize) {
        let now = self.clock_ms(isolate);
        let machine = &mut self.machines[isolate];
        let Some(before_ms) = machine.decided_at_ms.replace(self.now_ms) else {
            return;
        };
        let quiet = self.loss == 0.0 && !self.cut && self.troubled_at_ms + 1_000 < before_ms;
        let gap_ms = self.now_ms - before_ms;
        if !quiet || self.clocks_step || gap_ms < 200 {
            return;
        }
        let age_ms = machine
            .isolate
            .snapshot(now)
            .map_or(u64::MAX, |(_, age_ms)| age_ms);
        let limit_ms = self.config.snapshot_ttl_ms + gap_ms;
        self.must(age_ms <= limit_ms, || {
            format!("a snapshot {age_ms} ms old was not renewed")
        });
    }

    pub(super) fn follow(&mut self, id: u64, decision: CallDecision, answered: bool) {
        let isolate = self.calls[&id].isolate;
        if matches!(decision.refresh, Refresh::Behind | Refresh::Race) && self.mutation != Mutation::NoRefresh
        {
            self.send(isolate, Request::Snapshot, None);
        }
        let races = matches!(decision.refresh, Refresh::Race | Refresh::Join);
        let alone = decision.degraded || races;
        match decision.verdict {
            CallVerdict::Go(ticket) => {
                self.no_probe_without_lease(isolate, ticket, alone, answered);
                self.begin(id, ticket, races);
            }
            CallVerdict::Ask if self.mutation == Mutation::ProbeWithoutLease => {
                let ticket = self.free_ticket(isolate);
                self.no_probe_without_lease(isolate, ticket, alone, answered);
                self.begin(id, ticket, false);
            }
            CallVerdict::Ask => {
                let request = self.machines[isolate].isolate.acquire();
                self.send(isolate, request, Some(id));
                if self.mutation != Mutation::NoAskTimeout {
                    self.after(self.config.object_timeout_ms, Event::AskTimeout { call: id });
                }
            }
            CallVerdict::Deny { .. } => {
                self.summary.denied += 1;
                self.end(id);
            }
        }
    }

    /// A ticket as a fresh isolate would write it.
    pub(super) fn free_ticket(&mut self, isolate: usize) -> Permit {
        let now = self.clock_ms(isolate);
        match BreakerClient::new(self.config.clone(), 0).decide(now).verdict {
            CallVerdict::Go(ticket) => ticket,
            other => unreachable!("{other:?}"),
        }
    }

    pub(super) fn no_probe_without_lease(
        &mut self,
        isolate: usize,
        ticket: Permit,
        alone: bool,
        answered: bool,
    ) {
        let now = self.clock_ms(isolate);
        let Some((snapshot, age_ms)) = self.machines[isolate].isolate.snapshot(now) else {
            return;
        };
        if alone || ticket.lease.is_some() {
            return;
        }
        let (state, limit_ms) = (snapshot.state, 3 * self.config.snapshot_ttl_ms);
        self.must(matches!(state, State::Closed | State::Disabled), || {
            format!("unleased call while {state:?}")
        });
        // An answer of just now may be older by its epoch than a snapshot that had to be taken for old.
        self.must(answered || age_ms <= limit_ms, || {
            format!("decided on a snapshot {age_ms} ms old")
        });
    }

    pub(super) fn begin(&mut self, id: u64, ticket: Permit, races: bool) {
        let (outcome, takes_ms) = provider::call(self.behaviour, self.config.slow_ms, &mut self.rng);
        let isolate = self.calls[&id].isolate;
        let left_ms = ticket
            .deadline_at_ms
            .map_or(CALL_MS, |at| at.saturating_sub(self.clock_ms(isolate)));
        let mut limit_ms = CALL_MS.min(left_ms);
        if self.mutation == Mutation::HoldBeyondDeadline && ticket.lease.is_some() {
            limit_ms = 3 * self.config.lease_ms;
            if let Some(call) = self.calls.get_mut(&id) {
                call.must_end_ms += limit_ms;
            }
        }
        let (outcome, takes_ms) = if takes_ms > limit_ms {
            (Outcome::Fail, limit_ms)
        } else {
            (outcome, takes_ms)
        };
        if ticket.lease.is_some() {
            self.summary.probes += 1;
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.ticket = Some(ticket);
            call.races = races;
        }
        // A step of any clock may end a lease early for one side; durations are right again after a lease's life.
        let steady = self.stepped_at_ms == 0 || self.now_ms > self.stepped_at_ms + 2 * self.config.lease_ms;
        if ticket.lease.is_some() && steady {
            let of_this_half_open = |call: &&Call| lease_of(call).is_some_and(|id| id >= self.first_lease);
            let probing = self.calls.values().filter(of_this_half_open).count() as u64;
            let limit = self.config.probes;
            self.must(probing <= limit, || format!("{probing} probes in flight"));
        }
        self.after(takes_ms, Event::CallEnds { call: id, outcome });
    }

    pub(super) fn call_ends(&mut self, id: u64, outcome: Outcome) {
        let gone = !self.calls.contains_key(&id);
        if gone && self.mutation != Mutation::EndTwice {
            return; // It was ended before: denied in its race, or its isolate was evicted.
        }
        let Some(call) = self.calls.get(&id) else {
            return self.end(id);
        };
        let (isolate, ticket) = (call.isolate, call.ticket);
        if let Some(ticket) = ticket {
            self.finish(isolate, ticket, outcome);
        }
        self.end(id);
        self.report(isolate);
    }

    pub(super) fn finish(&mut self, isolate: usize, ticket: Permit, outcome: Outcome) {
        let now = self.clock_ms(isolate);
        if self.mutation == Mutation::SilentProbes && ticket.lease.is_some() {
            return;
        }
        self.machines[isolate].unreported += 1;
        self.machines[isolate].isolate.finish(ticket, outcome, now);
    }

    /// Every request ends exactly once and in time.
    pub(super) fn end(&mut self, id: u64) {
        let Some(call) = self.calls.remove(&id) else {
            return self.must(false, || format!("request {id} ended twice"));
        };
        let late_ms = self.now_ms.saturating_sub(call.must_end_ms);
        self.must(late_ms == 0, || format!("request {id} ended {late_ms} ms late"));
    }

    pub(super) fn ask_timed_out(&mut self, id: u64) {
        let Some(call) = self.calls.get(&id).filter(|call| call.ticket.is_none()) else {
            return;
        };
        let (isolate, asked_ms) = (call.isolate, call.asked_ms);
        let now = self.clock_ms(isolate);
        let decision = self.machines[isolate].isolate.answered(None, asked_ms, now);
        self.follow(id, decision, true);
    }
}
