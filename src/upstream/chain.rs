//! Goes down a chain of providers until one begins to answer.
//!
//! Whether a provider may be asked is the breaker's to say, from what this isolate knows: a request waits for no object,
//! except the one that takes a lease to probe. Invariants: nothing outlives the turn or its lease; a provider that is
//! denied is not asked, but for one last resort at a throttled rate when nobody else is left; retries and hedges are
//! paid from the retry budget; nothing is tried again once an answer has begun.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};
use worker::Delay;

use super::backoff::{self, Backoff};
use super::breaker::State;
use super::breaker::isolate::{self, DeniedBy, Refresh, Verdict};
use super::breaker_client;
use super::fetch::now_ms;
use super::house::{self, House, Slot, whole_now_ms};
use super::limit;
use super::outcome::{Clock, Failure};
pub use super::ticket::Ticket;
use crate::config::{ChainKind, Target};

/// A provider that everyone is denied is asked this often by an isolate at most, if nobody else is left.
const LAST_RESORT_EVERY_MS: u64 = 5_000;
/// What a client is asked to wait for a probe that is under way.
const PROBE_WAIT_MS: u64 = 5_000;
/// The pause before a retry.
const BACKOFF: Backoff = Backoff {
    base_ms: 100,
    max_ms: 1_000,
};
/// When a call that runs beside another request's fetch of the snapshot looks whether it has come.
const JOIN_LOOKS_MS: [u64; 6] = [5, 10, 20, 40, 75, 150];
/// A call is hedged when its first byte is later than this share of the last ones.
const HEDGE_PERCENT: u32 = 95;

/// An answer that has begun, who gives it, and its account.
type Begun<'a, T> = (T, &'a Target, Ticket);

/// The first target whose `attempt` begins to answer, with its ticket, which the caller settles when the answer ends.
///
/// # Errors
/// Why each attempt failed, and which targets were not asked, in order.
pub async fn first<'a, T, F, A>(
    kind: ChainKind,
    targets: Vec<&'a Target>,
    request_id: &str,
    attempt: F,
) -> Result<Begun<'a, T>, Vec<Failure>>
where
    F: FnMut(&'a Target) -> A,
    A: Future<Output = Result<T, Failure>>,
{
    let Some(house) = house::house() else {
        return Err(vec![Failure::NotConfigured]);
    };
    let turn_ms = now_ms() + f64::from(house.config.turn_total_ms);
    let mut run = Run {
        until_ms: turn_ms.min(limit::until_ms()),
        house,
        kind,
        request_id,
        attempt,
        failures: Vec::new(),
        asked: Vec::new(),
        least_bad: None,
    };
    let mut rest = targets.into_iter().peekable();
    let mut hedged = None;
    while let Some(target) = rest.next() {
        if hedged.take() == Some(target) {
            continue;
        }
        if !run.house.config.can_ask(target.provider) {
            run.failures.push(Failure::NotConfigured);
            continue;
        }
        match run.step(target, rest.peek().copied(), &mut hedged).await {
            Some(begun) => return Ok(begun),
            None if run.is_over() => return Err(run.failures),
            None => {}
        }
    }
    match run.last().await {
        Some(begun) => Ok(begun),
        None => Err(run.failures),
    }
}

/// One request's way down a chain.
struct Run<'a, 'r, F> {
    house: Rc<House>,
    kind: ChainKind,
    request_id: &'r str,
    until_ms: f64,
    attempt: F,
    failures: Vec<Failure>,
    asked: Vec<&'a Target>,
    /// Of the denied targets the one that opens first.
    least_bad: Option<(&'a Target, u64)>,
}

/// A call that may go out.
struct Pass {
    ticket: isolate::Ticket,
    race: Race,
}

/// Whether news of the breaker may still end a call that has gone out.
enum Race {
    No,
    /// This request fetches the snapshot.
    Fetched(oneshot::Receiver<()>),
    /// Another one does.
    Joined,
}

/// How one call went.
enum Went<'a, T> {
    Begun(Begun<'a, T>),
    Failed(Failure),
    /// The snapshot came and denied it.
    Denied,
}

impl<'a, T, F, A> Run<'a, '_, F>
where
    F: FnMut(&'a Target) -> A,
    A: Future<Output = Result<T, Failure>>,
{
    /// Asks one target, if its breaker lets us; `next` may be asked beside it when it is late.
    async fn step(
        &mut self,
        target: &'a Target,
        next: Option<&'a Target>,
        hedged: &mut Option<&'a Target>,
    ) -> Option<Begun<'a, T>> {
        let slot = self.house.slot(self.kind, target);
        // A snapshot that comes during the call may turn it down, once: then it is known.
        for _ in 0..2 {
            if self.is_late() {
                self.failures.push(Failure::Timeout(Clock::Total));
                return None;
            }
            let pass = self.admit(&slot, target, next.is_some()).await?;
            if self.asked.is_empty() {
                self.house.deposit(self.kind);
            }
            let backup = next.and_then(|next| self.backup(&slot, next, &pass));
            let went = match backup {
                Some((late_ms, backup)) => self.hedged(&slot, target, pass, late_ms, backup, hedged).await,
                None => self.call(&slot, target, pass).await,
            };
            match went {
                Went::Begun(begun) => return Some(begun),
                Went::Failed(failure) => {
                    self.asked.push(target);
                    self.failures.push(failure);
                    return None;
                }
                Went::Denied => {}
            }
        }
        None
    }

    /// What is left when the whole chain has failed: another try at the only one that was asked, or the least bad of
    /// those that were not.
    async fn last(&mut self) -> Option<Begun<'a, T>> {
        match (self.asked.as_slice(), self.least_bad) {
            (&[target], _) => self.again(target).await,
            (&[], Some((target, _))) => self.last_resort(target).await,
            _ => None,
        }
    }

    async fn again(&mut self, target: &'a Target) -> Option<Begun<'a, T>> {
        let slot = self.house.slot(self.kind, target);
        for retry in 0..self.house.config.resilience(self.kind).retries {
            let is_worth_it = self
                .failures
                .last()
                .is_some_and(|last| last.is_worth_another_try());
            let left_ms = (self.until_ms - now_ms()).max(0.0) as u64;
            let own_ms = BACKOFF.wait_ms(retry, js_sys::Math::random());
            let wait_ms = backoff::next_wait_ms(own_ms, None, left_ms).filter(|_| is_worth_it)?;
            if !self.house.withdraw(self.kind) {
                return None;
            }
            Delay::from(Duration::from_millis(wait_ms)).await;
            let pass = self.admit(&slot, target, false).await?;
            self.house.count("upstream_retries_total", &slot, "");
            match self.call(&slot, target, pass).await {
                Went::Begun(begun) => return Some(begun),
                Went::Failed(failure) => self.failures.push(failure),
                Went::Denied => return None,
            }
        }
        None
    }

    async fn last_resort(&mut self, target: &'a Target) -> Option<Begun<'a, T>> {
        let slot = self.house.slot(self.kind, target);
        let now_ms = whole_now_ms();
        if now_ms.saturating_sub(slot.called_at_ms.get()) < LAST_RESORT_EVERY_MS || self.is_late() {
            return None;
        }
        self.house.count("upstream_last_resorts_total", &slot, "");
        self.note("last_resort", &slot, serde_json::Value::Null);
        let pass = Pass {
            ticket: slot.isolate.borrow().last_resort(now_ms),
            race: Race::No,
        };
        match self.call(&slot, target, pass).await {
            Went::Begun(begun) => Some(begun),
            Went::Failed(failure) => {
                self.failures.push(failure);
                None
            }
            Went::Denied => None,
        }
    }

    /// Asks the breaker. Waits for nothing, unless this request is to probe.
    async fn admit(&mut self, slot: &Rc<Slot>, target: &'a Target, has_next: bool) -> Option<Pass> {
        let now_ms = whole_now_ms();
        if let Some(left_ms) = self.key_refused_ms(slot, now_ms) {
            self.denied(slot, target, Some(left_ms), "credential");
            return None;
        }
        let mut decision = slot.isolate.borrow_mut().decide(now_ms);
        if decision.verdict == Verdict::Ask {
            let left_ms = slot.asking_until_ms.get().saturating_sub(now_ms);
            if left_ms > 0 && has_next {
                // Another request of this isolate is about to probe; this one has somewhere else to go.
                self.denied(slot, target, Some(left_ms), "probing");
                return None;
            }
            decision = breaker_client::lease(&self.house, slot).await;
        }
        if decision.degraded {
            self.house.count("breaker_degraded_total", slot, "");
            self.note("degraded", slot, serde_json::Value::Null);
        }
        let race = match decision.refresh {
            Refresh::No => Race::No,
            Refresh::Behind => {
                drop(breaker_client::refresh(slot));
                Race::No
            }
            Refresh::Race => Race::Fetched(breaker_client::refresh(slot)),
            Refresh::Join => Race::Joined,
        };
        match decision.verdict {
            Verdict::Go(ticket) => Some(Pass { ticket, race }),
            Verdict::Ask => {
                self.denied(slot, target, Some(slot.config.object_timeout_ms), "probing");
                None
            }
            Verdict::Deny { retry_after_ms, by } => {
                let word = match by {
                    DeniedBy::Breaker => "breaker",
                    DeniedBy::Cooldown => "cooldown",
                    DeniedBy::Operator => "operator",
                    DeniedBy::Local => "local",
                };
                let is_probed = slot
                    .isolate
                    .borrow()
                    .snapshot(now_ms)
                    .map(|(known, _)| known.state)
                    == Some(State::HalfOpen);
                // A probe ends long before its lease: nobody is sent away for that long.
                let wait_ms = retry_after_ms.map(|ms| if is_probed { ms.min(PROBE_WAIT_MS) } else { ms });
                self.denied(slot, target, wait_ms, word);
                None
            }
        }
    }

    /// What is left of the time for which a provider that refused its key is left alone; an operator who switched the
    /// breaker off wants to see it asked.
    fn key_refused_ms(&self, slot: &Slot, now_ms: u64) -> Option<u64> {
        let left_ms = self.house.refused_left_ms(slot.provider, now_ms);
        let isolate = slot.isolate.borrow();
        let state = isolate.snapshot(now_ms).map(|(snapshot, _)| snapshot.state);
        (left_ms > 0 && state != Some(State::Disabled)).then_some(left_ms)
    }

    fn denied(&mut self, slot: &Slot, target: &'a Target, retry_after_ms: Option<u64>, by: &'static str) {
        self.house.count("upstream_denied_total", slot, by);
        self.note(
            "attempt_denied",
            slot,
            serde_json::json!({"by": by, "retry_after_ms": retry_after_ms}),
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

    /// One call, to its first useful byte.
    async fn call(&mut self, slot: &Rc<Slot>, target: &'a Target, pass: Pass) -> Went<'a, T> {
        let mut ticket =
            Ticket::new(self.kind, target, self.request_id).passed(&self.house, slot, pass.ticket);
        let lease_ms = pass.ticket.deadline_at_ms.map_or(f64::INFINITY, |ms| ms as f64);
        let answer = limit::within(self.until_ms.min(lease_ms), (self.attempt)(target));
        let result = match pass.race {
            Race::No => answer.await,
            race => match select(answer, pin!(denial(slot, race))).await {
                Either::Left((result, _)) => result,
                Either::Right(((), answer)) => {
                    drop(answer);
                    ticket.withdraw("denied");
                    return Went::Denied;
                }
            },
        };
        match result {
            Ok(answer) => {
                ticket.has_begun();
                Went::Begun((answer, target, ticket))
            }
            Err(failure) => {
                if self.had_no_time(failure, &ticket) {
                    ticket.withdraw("turn_over");
                } else {
                    ticket.fail(failure);
                }
                Went::Failed(failure)
            }
        }
    }

    /// Whether the turn ended before the provider had had a fair part of its time: what others used up says nothing
    /// about it. One that had half of it was too slow.
    fn had_no_time(&self, failure: Failure, ticket: &Ticket) -> bool {
        let first_ms = self.house.config.chain(self.kind).clocks.first_ms;
        let fair_ms = f64::from(first_ms.min(self.house.config.turn_total_ms)) / 2.0;
        failure == Failure::Timeout(Clock::Total) && self.is_late() && ticket.elapsed_ms() < fair_ms
    }

    /// Who could be asked beside a late call, and when it is late.
    fn backup(&self, slot: &Slot, next: &'a Target, pass: &Pass) -> Option<(u64, Backup<'a>)> {
        let is_hedged = self.house.config.resilience(self.kind).is_hedged;
        // A probe is told apart by its own fate, and a call that news may end is not doubled.
        if !is_hedged || pass.ticket.lease.is_some() || !matches!(pass.race, Race::No) {
            return None;
        }
        let late_ms = slot.first_ms.borrow().percentile_ms(HEDGE_PERCENT)?;
        let backup = Backup {
            target: next,
            slot: self.house.slot(self.kind, next),
        };
        Some((u64::from(late_ms), backup))
    }

    /// One call, and one beside it at the next provider when its first byte is late; the first answer counts, the other
    /// call is ended.
    async fn hedged(
        &mut self,
        slot: &Rc<Slot>,
        target: &'a Target,
        pass: Pass,
        late_ms: u64,
        backup: Backup<'a>,
        hedged: &mut Option<&'a Target>,
    ) -> Went<'a, T> {
        let mut ticket =
            Ticket::new(self.kind, target, self.request_id).passed(&self.house, slot, pass.ticket);
        let answer = limit::within(self.until_ms, (self.attempt)(target));
        let timer = Delay::from(Duration::from_millis(late_ms));
        let answer = match select(answer, timer).await {
            Either::Left((result, _)) => return settled(result, target, ticket),
            Either::Right(((), answer)) => answer,
        };
        let Some(pass) = self.backup_pass(&backup) else {
            return settled(answer.await, target, ticket);
        };
        *hedged = Some(backup.target);
        self.house.count("upstream_hedges_total", &backup.slot, "");
        let mut second =
            Ticket::new(self.kind, backup.target, self.request_id).passed(&self.house, &backup.slot, pass);
        let beside = limit::within(self.until_ms, (self.attempt)(backup.target));
        match select(answer, beside).await {
            Either::Left((Ok(answer), beside)) => {
                drop(beside);
                second.withdraw("hedge_lost");
                ticket.has_begun();
                Went::Begun((answer, target, ticket))
            }
            Either::Right((Ok(answer), late)) => {
                drop(late);
                ticket.withdraw("hedge_lost");
                second.has_begun();
                Went::Begun((answer, backup.target, second))
            }
            Either::Left((Err(failure), beside)) => {
                ticket.fail(failure);
                self.failures.push(failure);
                self.asked.push(target);
                settled(beside.await, backup.target, second)
            }
            Either::Right((Err(failure), late)) => {
                second.fail(failure);
                self.failures.push(failure);
                self.asked.push(backup.target);
                settled(late.await, target, ticket)
            }
        }
    }

    /// A pass for the call beside, if its breaker lets it through at once and the budget pays.
    fn backup_pass(&self, backup: &Backup<'a>) -> Option<isolate::Ticket> {
        let now_ms = whole_now_ms();
        if self.key_refused_ms(&backup.slot, now_ms).is_some() {
            return None;
        }
        let decision = backup.slot.isolate.borrow_mut().decide(now_ms);
        if matches!(decision.refresh, Refresh::Behind | Refresh::Race) {
            drop(breaker_client::refresh(&backup.slot));
        }
        match decision.verdict {
            Verdict::Go(ticket) if self.house.withdraw(self.kind) => Some(ticket),
            _ => None,
        }
    }

    fn is_late(&self) -> bool {
        now_ms() >= self.until_ms
    }

    /// Nothing more is to be tried: the client has left.
    fn is_over(&self) -> bool {
        self.failures.last().is_some_and(|last| !last.falls_back())
    }

    fn note(&self, event: &str, slot: &Slot, more: serde_json::Value) {
        let mut line = serde_json::json!({"event": event, "key": slot.key, "request_id": self.request_id});
        if let (Some(line), serde_json::Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
        worker::console_log!("{line}");
    }
}

/// The target of a call beside a late one.
struct Backup<'a> {
    target: &'a Target,
    slot: Rc<Slot>,
}

fn settled<'a, T>(result: Result<T, Failure>, target: &'a Target, mut ticket: Ticket) -> Went<'a, T> {
    match result {
        Ok(answer) => {
            ticket.has_begun();
            Went::Begun((answer, target, ticket))
        }
        Err(failure) => {
            ticket.fail(failure);
            Went::Failed(failure)
        }
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
                Delay::from(Duration::from_millis(look_ms.saturating_sub(passed_ms).max(1))).await;
                if denies() {
                    return;
                }
            }
        }
    }
    std::future::pending().await
}
