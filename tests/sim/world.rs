//! Isolates, one object, a network and a provider in virtual time. All that happens follows from the seed.
//!
//! The shells here do what the Worker's do: they bring the clock, move messages, store when told to, end calls at their
//! deadlines. [`Mutation`] breaks one of these duties or rules on purpose; the machine itself is never touched.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use hearken::upstream::breaker::config::{SlowAs, Strategy};
use hearken::upstream::breaker::isolate::{Decision, Isolate, Refresh, Ticket, Verdict};
use hearken::upstream::breaker::messages::{Mode, Reply, Report, Request};
use hearken::upstream::breaker::object::Object;
use hearken::upstream::breaker::outbox::RESEND_MS;
use hearken::upstream::breaker::{Config, Durable, Outcome, State};

use super::check::Check;
use super::provider::{self, Behaviour};
use super::rng::Rng;

/// A rule that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    None,
    /// Repeated reports look new to the object.
    CountRepeats,
    /// Outcomes of older epochs look current.
    ForgetEpochs,
    /// The object's state is never stored.
    StoreNothing,
    /// Replies leave before the state is stored, and then the object restarts.
    ReplyBeforeStore,
    /// The object grants one lease more than it may.
    OneLeaseTooMany,
    /// A holder goes on beyond its lease's life.
    HoldBeyondDeadline,
    /// An isolate that should ask for a lease just calls.
    ProbeWithoutLease,
    /// The open time is a tenth of what it should be.
    OpenTooShort,
    /// A restart moves the threshold by two.
    ThresholdJumps,
    /// Successes arrive as failures.
    SuccessesOpen,
    /// Failures leave without the successes before them.
    FailuresAlone,
    /// Nobody waits for the object with a timer.
    NoAskTimeout,
    /// A call that was ended for a denial is ended again by its result.
    EndTwice,
    /// Probe results are never reported.
    SilentProbes,
    /// Snapshots are never renewed.
    NoRefresh,
}

/// A call's total deadline; less than a lease's life.
const CALL_MS: u64 = 20_000;
const ISOLATES: usize = 8;
/// Trouble lasts this long, then everything heals.
const TROUBLE_MS: u64 = 240_000;
/// No message travels longer.
const DELAY_MAX_MS: u64 = 15_000;
/// Clock steps stay below this.
const STEP_MAX_MS: u64 = 20_000;

enum Event {
    Arrive,
    ToObject {
        request: Request,
        from: usize,
        life: u32,
        asked_ms: u64,
        call: Option<u64>,
    },
    ToIsolate {
        to: usize,
        life: u32,
        reply: Box<Reply>,
        asked_ms: u64,
        call: Option<u64>,
    },
    AskTimeout {
        call: u64,
    },
    CallEnds {
        call: u64,
        outcome: Outcome,
    },
    Wake {
        isolate: usize,
        life: u32,
    },
    Trouble,
    Heal,
    Rejoin,
}

struct Due {
    at_ms: u64,
    order: u64,
    event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_ms, other.order).cmp(&(self.at_ms, self.order))
    }
}

struct Machine {
    isolate: Isolate,
    /// Rises with every eviction; messages for an earlier life are lost.
    life: u32,
    offset_ms: i64,
    /// Outcomes that ended here and are in no report yet.
    unreported: u64,
    dropped: u64,
    last_seq: u64,
    epoch: u64,
    decided_at_ms: Option<u64>,
}

/// A request of a client.
struct Call {
    isolate: usize,
    must_end_ms: u64,
    asked_ms: u64,
    /// `None` while it asks for a lease.
    ticket: Option<Ticket>,
    races: bool,
}

/// What a run brought.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    pub requests: u64,
    pub denied: u64,
    pub openings: u64,
    pub closings: u64,
    pub adjustments: u64,
    pub repeats: u64,
    pub restarts: u64,
    pub probes: u64,
}

pub struct World {
    rng: Rng,
    mutation: Mutation,
    config: Config,
    now_ms: u64,
    order: u64,
    queue: BinaryHeap<Due>,
    machines: Vec<Machine>,
    object: Object,
    object_offset_ms: i64,
    stored: Option<Durable>,
    check: Check,
    calls: HashMap<u64, Call>,
    next_call: u64,
    behaviour: Behaviour,
    healed: bool,
    cut: bool,
    loss: f64,
    rate: f64,
    clocks_step: bool,
    stepped_at_ms: u64,
    /// When messages were last lost by a cut or a restart.
    troubled_at_ms: u64,
    /// The first lease of the present half-open; those of an earlier one are void, though their calls may go on.
    first_lease: u64,
    summary: Summary,
    broken: Result<(), String>,
}

fn scenario(rng: &mut Rng) -> Config {
    let strategy = rng.pick(&[
        Strategy::ConsecutiveAdaptive,
        Strategy::Window,
        Strategy::Evidence,
    ]);
    Config {
        strategy,
        probes: rng.between(1, 3),
        probe_successes: rng.between(1, 4),
        slow_ms: rng.pick(&[0, 2_000]),
        slow_as: rng.pick(&[SlowAs::Ok, SlowAs::Fail]),
        adapt_min_samples: 5,
        open_ms: rng.between(500, 5_000),
        open_max_ms: 20_000,
        cooldown_max_ms: 20_000,
        ..Config::default()
    }
}

impl World {
    pub fn new(seed: u64, mutation: Mutation) -> Self {
        let mut rng = Rng::new(seed);
        let config = scenario(&mut rng);
        let mut of_object = config.clone();
        match mutation {
            Mutation::OneLeaseTooMany => of_object.probes += 1,
            Mutation::OpenTooShort => of_object.open_ms /= 10,
            _ => {}
        }
        let machines = (0..ISOLATES).map(|_| machine(&config, &mut rng, 0)).collect();
        Self {
            check: Check::new(&config),
            mutation,
            now_ms: 0,
            order: 0,
            queue: BinaryHeap::new(),
            machines,
            object: Object::new(of_object),
            object_offset_ms: 0,
            stored: None,
            calls: HashMap::new(),
            next_call: 1,
            behaviour: Behaviour::Good,
            healed: false,
            cut: false,
            loss: rng.pick(&[0.0, 0.02, 0.1]),
            rate: rng.pick(&[2.0, 10.0, 40.0]),
            clocks_step: rng.chance(0.3),
            stepped_at_ms: 0,
            troubled_at_ms: 0,
            first_lease: 1,
            summary: Summary::default(),
            broken: Ok(()),
            config,
            rng,
        }
    }

    /// Runs to the end: trouble, then a healed world that must be closed again within a bound.
    pub fn run(mut self) -> Result<Summary, String> {
        // Stuck clock + longest open time + a lost lease's life for each probe that may be lost, and some.
        let closed_again_ms = STEP_MAX_MS + 24_000 + 2 * self.config.lease_ms + 30_000;
        let end_ms = TROUBLE_MS + closed_again_ms;
        self.after(0, Event::Arrive);
        self.after(1_000, Event::Trouble);
        self.after(TROUBLE_MS, Event::Heal);
        while let Some(due) = self.queue.pop() {
            self.now_ms = due.at_ms;
            if matches!(due.event, Event::Arrive) && self.now_ms >= end_ms {
                continue;
            }
            self.handle(due.event);
            if let Err(what) = self.broken {
                return Err(format!("at {} ms: {what}", self.now_ms));
            }
        }
        if let Some((id, call)) = self.calls.iter().next() {
            return Err(format!("request {id} of isolate {} never ended", call.isolate));
        }
        if self.object.breaker().state() != State::Closed {
            return Err(format!(
                "{:?} {closed_again_ms} ms after the provider healed",
                self.object.breaker().state()
            ));
        }
        let check = &self.check;
        Ok(Summary {
            openings: check.openings,
            closings: check.closings,
            adjustments: check.adjustments,
            repeats: check.repeats,
            ..self.summary
        })
    }

    fn after(&mut self, wait_ms: u64, event: Event) {
        self.order += 1;
        self.queue.push(Due {
            at_ms: self.now_ms + wait_ms,
            order: self.order,
            event,
        });
    }

    fn must(&mut self, holds: bool, say: impl FnOnce() -> String) {
        if !holds && self.broken.is_ok() {
            self.broken = Err(say());
        }
    }

    fn clock_ms(&self, isolate: usize) -> u64 {
        clock_ms(self.now_ms, self.machines[isolate].offset_ms)
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Arrive => self.arrive(),
            Event::ToObject {
                request,
                from,
                life,
                asked_ms,
                call,
            } => {
                self.at_object(request, from, life, asked_ms, call);
            }
            Event::ToIsolate {
                to,
                life,
                reply,
                asked_ms,
                call,
            } => {
                if self.machines[to].life == life {
                    self.at_isolate(to, &reply, asked_ms, call);
                }
            }
            Event::AskTimeout { call } => self.ask_timed_out(call),
            Event::CallEnds { call, outcome } => self.call_ends(call, outcome),
            Event::Wake { isolate, life } => {
                if self.machines[isolate].life == life {
                    self.report(isolate);
                }
            }
            Event::Trouble => self.trouble(),
            Event::Rejoin => {
                self.cut = false;
                self.troubled_at_ms = self.troubled_at_ms.max(self.now_ms);
            }
            Event::Heal => {
                if !self.healed {
                    // Once more when no delayed order of an operator is under way any longer.
                    self.after(DELAY_MAX_MS + 1_000, Event::Heal);
                }
                self.healed = true;
                self.troubled_at_ms = self.now_ms + DELAY_MAX_MS; // The last delayed message is delivered.
                self.cut = false;
                self.loss = 0.0;
                self.behaviour = Behaviour::Good;
                self.rate = self.rate.max(10.0);
                self.send(0, Request::Mode { mode: Mode::Auto }, None);
            }
        }
    }

    // ---- requests -------------------------------------------------------------------------------------------------

    fn arrive(&mut self) {
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
    fn renewed_since_last_decision(&mut self, isolate: usize) {
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

    fn follow(&mut self, id: u64, decision: Decision, answered: bool) {
        let isolate = self.calls[&id].isolate;
        if decision.refresh != Refresh::No && self.mutation != Mutation::NoRefresh {
            self.send(isolate, Request::Snapshot, None);
        }
        match decision.verdict {
            Verdict::Go(ticket) => {
                self.no_probe_without_lease(isolate, ticket, decision.degraded, answered);
                self.begin(id, ticket, decision.refresh == Refresh::Race);
            }
            Verdict::Ask if self.mutation == Mutation::ProbeWithoutLease => {
                let ticket = self.free_ticket(isolate);
                self.no_probe_without_lease(isolate, ticket, decision.degraded, answered);
                self.begin(id, ticket, false);
            }
            Verdict::Ask => {
                let request = self.machines[isolate].isolate.acquire();
                self.send(isolate, request, Some(id));
                if self.mutation != Mutation::NoAskTimeout {
                    self.after(self.config.object_timeout_ms, Event::AskTimeout { call: id });
                }
            }
            Verdict::Deny { .. } => {
                self.summary.denied += 1;
                self.end(id);
            }
        }
    }

    /// A ticket as a fresh isolate would write it.
    fn free_ticket(&mut self, isolate: usize) -> Ticket {
        let now = self.clock_ms(isolate);
        match Isolate::new(self.config.clone(), 0).decide(now).verdict {
            Verdict::Go(ticket) => ticket,
            other => unreachable!("{other:?}"),
        }
    }

    fn no_probe_without_lease(&mut self, isolate: usize, ticket: Ticket, degraded: bool, answered: bool) {
        let now = self.clock_ms(isolate);
        let Some((snapshot, age_ms)) = self.machines[isolate].isolate.snapshot(now) else {
            return;
        };
        if degraded || ticket.lease.is_some() {
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

    fn begin(&mut self, id: u64, ticket: Ticket, races: bool) {
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

    fn call_ends(&mut self, id: u64, outcome: Outcome) {
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

    fn finish(&mut self, isolate: usize, ticket: Ticket, outcome: Outcome) {
        let now = self.clock_ms(isolate);
        if self.mutation == Mutation::SilentProbes && ticket.lease.is_some() {
            return;
        }
        self.machines[isolate].unreported += 1;
        self.machines[isolate].isolate.finish(ticket, outcome, now);
    }

    /// Every request ends exactly once and in time.
    fn end(&mut self, id: u64) {
        let Some(call) = self.calls.remove(&id) else {
            return self.must(false, || format!("request {id} ended twice"));
        };
        let late_ms = self.now_ms.saturating_sub(call.must_end_ms);
        self.must(late_ms == 0, || format!("request {id} ended {late_ms} ms late"));
    }

    fn ask_timed_out(&mut self, id: u64) {
        let Some(call) = self.calls.get(&id).filter(|call| call.ticket.is_none()) else {
            return;
        };
        let (isolate, asked_ms) = (call.isolate, call.asked_ms);
        let now = self.clock_ms(isolate);
        let decision = self.machines[isolate].isolate.answered(None, asked_ms, now);
        self.follow(id, decision, true);
    }

    // ---- messages -------------------------------------------------------------------------------------------------

    /// Lost, duplicated, delayed; different delays reorder.
    fn travel(&mut self, mut deliver: impl FnMut() -> Event) {
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

    fn send(&mut self, from: usize, request: Request, call: Option<u64>) {
        let (life, asked_ms) = (self.machines[from].life, self.clock_ms(from));
        self.travel(|| Event::ToObject {
            request: request.clone(),
            from,
            life,
            asked_ms,
            call,
        });
    }

    fn report(&mut self, isolate: usize) {
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
    fn complete(&mut self, isolate: usize, report: &Report) {
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

    fn at_object(&mut self, request: Request, from: usize, life: u32, asked_ms: u64, call: Option<u64>) {
        let now = clock_ms(self.now_ms, self.object_offset_ms);
        let before = self.object.clone();
        let epoch_before = before.breaker().epoch();
        let heard = self.mutated(&request);
        let rng = &mut self.rng;
        let handled = self.object.handle(&heard, now, || rng.unit());
        let crash = !self.healed && self.rng.chance(0.002);
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
    fn mutated(&mut self, request: &Request) -> Request {
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

    fn at_isolate(&mut self, to: usize, reply: &Reply, asked_ms: u64, call: Option<u64>) {
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
                if let Verdict::Go(ticket) = decision.verdict
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

    fn end_denied_races(&mut self, isolate: usize) {
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

    // ---- trouble --------------------------------------------------------------------------------------------------

    fn trouble(&mut self) {
        if self.healed {
            return;
        }
        let next_ms = self.rng.between(200, 6_000);
        self.after(next_ms, Event::Trouble);
        match self.rng.between(0, 9) {
            0..=3 => self.behaviour = self.rng.pick(&provider::ALL),
            4 => self.restart_object(),
            5 => {
                let isolate = self.rng.between(0, ISOLATES as u64 - 1) as usize;
                self.evict(isolate);
            }
            6 if self.rng.chance(0.5) => {
                self.cut = true;
                let cut_ms = self.rng.between(500, 12_000);
                self.after(cut_ms, Event::Rejoin);
            }
            7 if self.clocks_step => {
                self.stepped_at_ms = self.now_ms;
                let half = STEP_MAX_MS / 2;
                let offset_ms = self.rng.between(0, STEP_MAX_MS) as i64 - half as i64;
                let which = self.rng.between(0, ISOLATES as u64) as usize;
                match self.machines.get_mut(which) {
                    Some(machine) => machine.offset_ms = offset_ms,
                    None => self.object_offset_ms = offset_ms,
                }
            }
            8 if self.rng.chance(0.2) => {
                let mode = self
                    .rng
                    .pick(&[Mode::Auto, Mode::ForcedOpen, Mode::Disabled, Mode::Auto]);
                self.send(0, Request::Mode { mode }, None);
            }
            _ => {}
        }
    }

    fn restart_object(&mut self) {
        self.summary.restarts += 1;
        self.troubled_at_ms = self.troubled_at_ms.max(self.now_ms);
        let now = clock_ms(self.now_ms, self.object_offset_ms);
        let config = self.object.config().clone();
        let Some(mut stored) = self
            .stored
            .clone()
            .or_else(|| Some(Object::new(config.clone()).durable()))
        else {
            return;
        };
        if self.mutation == Mutation::ThresholdJumps {
            stored.threshold = if stored.threshold + 2 > config.threshold_max {
                3
            } else {
                stored.threshold + 2
            };
        }
        let behind_ms = stored.latest_ms.saturating_sub(now);
        match Object::restore(stored, config, now) {
            Ok((object, _)) => self.object = object,
            Err(error) => self.broken = Err(error.to_string()),
        }
        if self.mutation != Mutation::StoreNothing {
            self.stored = Some(self.object.durable());
        }
        if self.broken.is_ok() {
            self.broken = self.check.restarted(&self.object, behind_ms);
        }
    }

    /// The isolate and its calls are gone; the clients see a cut.
    fn evict(&mut self, isolate: usize) {
        let mut gone: Vec<_> = self
            .calls
            .iter()
            .filter_map(|(id, call)| (call.isolate == isolate).then_some(*id))
            .collect();
        gone.sort_unstable();
        for id in gone {
            self.end(id);
        }
        let life = self.machines[isolate].life + 1;
        self.machines[isolate] = machine(&self.config, &mut self.rng, life);
    }
}

fn machine(config: &Config, rng: &mut Rng, life: u32) -> Machine {
    let isolate = Isolate::new(config.clone(), rng.next());
    Machine {
        isolate,
        life,
        offset_ms: 0,
        unreported: 0,
        dropped: 0,
        last_seq: 0,
        epoch: 0,
        decided_at_ms: None,
    }
}

/// A machine's clock: far from zero, so that steps back never reach it.
fn clock_ms(now_ms: u64, offset_ms: i64) -> u64 {
    (now_ms + 1_000_000_000).saturating_add_signed(offset_ms)
}

fn lease_of(call: &Call) -> Option<u64> {
    call.ticket.and_then(|ticket| ticket.lease)
}

fn reply_lease(reply: &Reply) -> Option<u64> {
    match reply.acquired {
        Some(hearken::upstream::breaker::messages::Answer::Granted { lease }) => lease.map(|grant| grant.id),
        _ => None,
    }
}
