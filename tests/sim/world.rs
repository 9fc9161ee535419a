//! Isolates, one object, a network and a provider in virtual time. All that happens follows from the seed.
//!
//! The shells here do what the Worker's do: they bring the clock, move messages, store when told to, end calls at their
//! deadlines. [`Mutation`] breaks one of these duties or rules on purpose; the machine itself is never touched.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use hearken::config::breaker::BreakerConfig;
use hearken::config::breaker::{SlowAs, Strategy};
use hearken::upstream::breaker::client::{BreakerClient, Permit};
use hearken::upstream::breaker::coordinator::Coordinator;
use hearken::upstream::breaker::messages::{BreakerReply, OperatorMode, Request};
use hearken::upstream::breaker::{Durable, Outcome, State};

use super::check::Check;
use super::provider::Behaviour;
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

mod net;
mod requests;
mod trouble;

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
        reply: Box<BreakerReply>,
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
    isolate: BreakerClient,
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
    ticket: Option<Permit>,
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
    config: BreakerConfig,
    now_ms: u64,
    order: u64,
    queue: BinaryHeap<Due>,
    machines: Vec<Machine>,
    object: Coordinator,
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

fn scenario(rng: &mut Rng) -> BreakerConfig {
    let strategy = rng.pick(&[
        Strategy::ConsecutiveAdaptive,
        Strategy::Window,
        Strategy::Evidence,
    ]);
    BreakerConfig {
        strategy,
        probes: rng.between(1, 3),
        probe_successes: rng.between(1, 4),
        slow_ms: rng.pick(&[0, 2_000]),
        slow_as: rng.pick(&[SlowAs::Ok, SlowAs::Fail]),
        adapt_min_samples: 5,
        open_ms: rng.between(500, 5_000),
        open_max_ms: 20_000,
        cooldown_max_ms: 20_000,
        ..BreakerConfig::default()
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
            object: Coordinator::new(of_object),
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
                self.send(
                    0,
                    Request::Mode {
                        mode: OperatorMode::Auto,
                    },
                    None,
                );
            }
        }
    }
}

fn machine(config: &BreakerConfig, rng: &mut Rng, life: u32) -> Machine {
    let isolate = BreakerClient::new(config.clone(), rng.next());
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

fn reply_lease(reply: &BreakerReply) -> Option<u64> {
    match reply.acquired {
        Some(hearken::upstream::breaker::messages::AcquireAnswer::Granted { lease }) => {
            lease.map(|grant| grant.id)
        }
        _ => None,
    }
}
