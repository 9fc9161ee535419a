//! The network between isolates and the object, and both ends of it.

use hearken::upstream::breaker::client::CallVerdict;
use hearken::upstream::breaker::messages::{BreakerReply, OutcomeReport, Request};
use hearken::upstream::breaker::outbox::RESEND_MS;
use hearken::upstream::breaker::{Outcome, State};

use super::{Call, DELAY_MAX_MS, Event, Mutation, World, clock_ms, lease_of, reply_lease};

impl World {
    /// Lost, duplicated, delayed; different delays reorder.
    pub(super) fn travel(&mut self, mut deliver: impl FnMut() -> Event) {
        if self.cut || self.rng.chance(self.loss) {
            return;
        }
        let copies = if self.rng.chance(self.loss) { 2 } else { 1 };
        for _ in 0..copies {
            let wait_ms = match self.rng.unit() {
                x if x < self.loss / 2.0 => self.rng.between(500, DELAY_MAX_MS),
                x if x < self.loss => self.rng.between(80, 500),
                _ => self.rng.between(3, 60),
            };
            self.after(wait_ms, deliver());
        }
    }

    pub(super) fn send(&mut self, from: usize, request: Request, call: Option<u64>) {
        let (life, asked_ms) = (self.machines[from].life, self.clock_ms(from));
        self.travel(|| Event::ToObject {
            request: request.clone(),
            from,
            life,
            asked_ms,
            call,
        });
    }

    pub(super) fn report(&mut self, isolate: usize) {
        let now = self.clock_ms(isolate);
        let machine = &mut self.machines[isolate];
        if !machine.isolate.is_report_due(now) {
            return;
        }
        let life = machine.life;
        match machine.isolate.report(now) {
            Some(mut report) => {
                if self.mutation == Mutation::FailuresAlone && report.seq > machine.last_seq {
                    report
                        .runs
                        .retain(|run| run.outcome != Outcome::Ok || run.lease.is_some());
                }
                self.complete(isolate, &report);
                self.send(isolate, Request::Report(report), None);
            }
            None if self.machines[isolate].isolate.snapshot(now).is_none() => {
                self.send(isolate, Request::Snapshot, None);
            }
            None => return,
        }
        self.after(RESEND_MS, Event::Wake { isolate, life });
    }

    /// A new report holds every outcome that ended here before it.
    pub(super) fn complete(&mut self, isolate: usize, report: &OutcomeReport) {
        let machine = &mut self.machines[isolate];
        if report.seq <= machine.last_seq {
            return;
        }
        machine.last_seq = report.seq;
        let told: u64 = report.runs.iter().map(|run| u64::from(run.count)).sum();
        let held = std::mem::take(&mut machine.unreported);
        let all_dropped = machine.isolate.outbox().dropped();
        let dropped = all_dropped - std::mem::replace(&mut machine.dropped, all_dropped);
        // What was given up had been told once before, so it may be in both.
        self.must(told <= held && held <= told + dropped, || {
            format!("a report tells {told} of {held} outcomes, {dropped} dropped")
        });
    }

    pub(super) fn at_object(
        &mut self,
        request: Request,
        from: usize,
        life: u32,
        asked_ms: u64,
        call: Option<u64>,
    ) {
        let now = clock_ms(self.now_ms, self.object_offset_ms);
        let before = self.object.clone();
        let epoch_before = before.breaker().epoch();
        let heard = self.mutated(&request);
        let rng = &mut self.rng;
        let handled = self.object.handle(&heard, now, || rng.unit());
        let risky = self.mutation == Mutation::ReplyBeforeStore && handled.store;
        let crash = !self.healed && self.rng.chance(if risky { 0.3 } else { 0.002 });
        if crash && self.mutation != Mutation::ReplyBeforeStore {
            // Before storing: nothing of this request ever happened.
            self.object = before;
            return self.restart_object();
        }
        if handled.changes.iter().any(|change| change.to == State::HalfOpen) {
            self.first_lease = before.durable().next_lease;
        }
        if handled.store && self.mutation != Mutation::StoreNothing && !crash {
            self.stored = Some(self.object.durable());
        }
        if self.broken.is_ok() {
            self.broken = self.check.handled(&self.object, &request, epoch_before, &handled);
        }
        let reply = Box::new(handled.reply);
        self.travel(|| Event::ToIsolate {
            to: from,
            life,
            reply: reply.clone(),
            asked_ms,
            call,
        });
        if crash {
            self.restart_object();
        }
    }

    /// What the object hears under a mutation.
    pub(super) fn mutated(&mut self, request: &Request) -> Request {
        let mut heard = request.clone();
        if let Request::Report(report) = &mut heard {
            match self.mutation {
                Mutation::CountRepeats => report.isolate = self.rng.next(),
                Mutation::ForgetEpochs => {
                    for run in &mut report.runs {
                        run.epoch = self.object.breaker().epoch();
                    }
                }
                Mutation::SuccessesOpen => {
                    for run in report.runs.iter_mut().filter(|run| run.outcome == Outcome::Ok) {
                        run.outcome = Outcome::Fail;
                    }
                }
                _ => {}
            }
        }
        heard
    }

    pub(super) fn at_isolate(&mut self, to: usize, reply: &BreakerReply, asked_ms: u64, call: Option<u64>) {
        let now = self.clock_ms(to);
        let waiting = call.filter(|id| self.calls.get(id).is_some_and(|call| call.ticket.is_none()));
        match (waiting, call) {
            (Some(id), _) => {
                let decision = self.machines[to].isolate.answered(Some(reply), asked_ms, now);
                self.follow(id, decision, true);
            }
            (None, Some(_)) => {
                // Too late, or a repeat of an answer in use: a lease that nobody uses goes back.
                let ours = reply_lease(reply);
                let used = |call: &Call| call.isolate == to && lease_of(call) == ours;
                let in_use = ours.is_some() && self.calls.values().any(used);
                let decision = self.machines[to].isolate.answered(Some(reply), asked_ms, now);
                if let CallVerdict::Go(ticket) = decision.verdict
                    && ticket.lease.is_some()
                    && !in_use
                {
                    self.finish(to, ticket, Outcome::Excluded);
                }
            }
            (None, None) => self.machines[to].isolate.absorb(reply, asked_ms, now),
        }
        let epoch = self.machines[to]
            .isolate
            .snapshot(now)
            .map_or(0, |(snapshot, _)| snapshot.epoch);
        let before = std::mem::replace(&mut self.machines[to].epoch, epoch);
        self.must(epoch >= before, || {
            format!("isolate {to} went from epoch {before} to {epoch}")
        });
        self.end_denied_races(to);
        self.report(to);
    }

    pub(super) fn end_denied_races(&mut self, isolate: usize) {
        let now = self.clock_ms(isolate);
        if self.machines[isolate].isolate.still_allowed(now) {
            return;
        }
        let races = |(id, call): (&u64, &Call)| (call.isolate == isolate && call.races).then_some(*id);
        let mut denied: Vec<_> = self.calls.iter().filter_map(races).collect();
        denied.sort_unstable(); // A map's order is not the seed's.
        for id in denied {
            if let Some(ticket) = self.calls[&id].ticket {
                self.finish(isolate, ticket, Outcome::Excluded);
            }
            self.end(id);
        }
    }
}
