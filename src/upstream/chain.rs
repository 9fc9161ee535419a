//! Goes down a chain of providers until one begins to answer.
//!
//! Whether a provider may be asked is the breaker's to say, from what this isolate knows: a request waits for no object,
//! except the one that takes a lease to probe. Invariants: nothing outlives the turn or its lease; a provider that is
//! denied is not asked, but for one last resort at a throttled rate when nobody else is left; retries and hedges are
//! paid from the retry budget; nothing is tried again once an answer has begun.

mod admit;
mod call;
mod hedge;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::LocalBoxFuture;

pub use super::attempt_record::{AttemptRecord, FirstWord};
use super::backoff::{self, Backoff};
use super::breaker::client;
use super::deadline;
use super::outcome::{Deadline, Failure};
use super::registry::{self, UpstreamState, Upstreams, whole_now_ms};
use crate::config::{ChainKind, Target};
use crate::platform::clock::{now_ms, sleep_ms};
use crate::platform::{log, random};
use crate::telemetry::collector::count;
use crate::telemetry::metrics::{FALLBACKS, RETRIES};

/// A provider that everyone is denied is asked this often by an isolate at most, if nobody else is left.
const LAST_RESORT_EVERY_MS: u64 = 5_000;
/// A provider that asks for more is not tried again: its client hears for how long, and need not wait for it here.
const RETRY_WAIT_MS_MAX: u64 = 5_000;
/// The pause before a retry.
const BACKOFF: Backoff = Backoff {
    base_ms: 100,
    max_ms: 1_000,
};

/// Who began to answer, and its account.
type Begun<'a> = (&'a Target, AttemptRecord);
/// One call to a target: `Ok` when its answer has begun.
type Calling<'c> = LocalBoxFuture<'c, Result<(), Failure>>;

/// As [`begun`], where an answer begins with what was asked for.
///
/// # Errors
/// As there.
pub async fn first<'a, T, A>(
    kind: ChainKind,
    targets: Vec<&'a Target>,
    request_id: &str,
    attempt: impl Fn(&'a Target) -> A,
) -> Result<(T, &'a Target, AttemptRecord), Vec<Failure>>
where
    A: Future<Output = Result<T, Failure>>,
{
    let begun = begun(kind, targets, request_id, attempt).await?;
    if let Some(first) = begun.2.first_word() {
        first.is_here();
    }
    Ok(begun)
}

/// The first target whose `attempt` begins to answer, with its record, which the caller settles when the answer ends.
///
/// # Errors
/// Why each attempt failed, and which targets were not asked, in order.
pub async fn begun<'a, T, A>(
    kind: ChainKind,
    targets: Vec<&'a Target>,
    request_id: &str,
    attempt: impl Fn(&'a Target) -> A,
) -> Result<(T, &'a Target, AttemptRecord), Vec<Failure>>
where
    A: Future<Output = Result<T, Failure>>,
{
    // The way down the chain is in the Worker once, whatever an answer is: it begins in this state.
    let answer = RefCell::new(None);
    let call = |target| -> Calling<'_> {
        let (calling, answer) = (attempt(target), &answer);
        Box::pin(async move {
            answer.replace(Some(calling.await?));
            Ok(())
        })
    };
    let preferred = targets.first().copied();
    let (target, record) = walk(kind, targets, request_id, &call).await?;
    if preferred != Some(target) {
        count(&FALLBACKS, &[kind.operation()], 1.0);
    }
    let answer = answer.take().ok_or_else(Vec::new)?;
    Ok((answer, target, record))
}

async fn walk<'a, 'c>(
    kind: ChainKind,
    targets: Vec<&'a Target>,
    request_id: &str,
    call: &dyn Fn(&'a Target) -> Calling<'c>,
) -> Result<Begun<'a>, Vec<Failure>> {
    let Some(upstreams) = registry::upstreams() else {
        return Err(vec![Failure::NotConfigured]);
    };
    let turn_ms = now_ms() + f64::from(upstreams.config.turn_total_ms);
    // Who has no key is nobody to fall back to, nor to ask beside a late one.
    let (targets, unset): (Vec<_>, Vec<_>) = targets
        .into_iter()
        .partition(|target| upstreams.config.can_ask(target.provider));
    let mut run = Run {
        until_ms: turn_ms.min(deadline::until_ms()),
        upstreams,
        kind,
        request_id,
        calling: call,
        failures: vec![Failure::NotConfigured; unset.len()],
        asked: Vec::new(),
        least_bad: None,
    };
    let mut rest = targets.into_iter().peekable();
    let mut hedged = None;
    while let Some(target) = rest.next() {
        if hedged.take() == Some(target) {
            continue;
        }
        match run.step(target, rest.peek().copied(), &mut hedged).await {
            Some(begun) => return Ok(begun),
            None if run.is_over() => return Err(run.told()),
            None => {}
        }
    }
    match run.last().await {
        Some(begun) => Ok(begun),
        None => Err(run.told()),
    }
}

/// One request's way down a chain.
struct Run<'a, 'r, 'c> {
    upstreams: Rc<Upstreams>,
    kind: ChainKind,
    request_id: &'r str,
    until_ms: f64,
    calling: &'r dyn Fn(&'a Target) -> Calling<'c>,
    failures: Vec<Failure>,
    asked: Vec<&'a Target>,
    /// Of the denied targets the one that opens first.
    least_bad: Option<(&'a Target, u64)>,
}

/// A call that may go out.
struct Pass {
    record: client::Permit,
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
enum Went<'a> {
    Begun(Begun<'a>),
    Failed(Failure),
    /// The snapshot came and denied it.
    Denied,
}

impl<'a> Run<'a, '_, '_> {
    /// Asks one target, if its breaker lets us; `next` may be asked beside it when it is late.
    async fn step(
        &mut self,
        target: &'a Target,
        next: Option<&'a Target>,
        hedged: &mut Option<&'a Target>,
    ) -> Option<Begun<'a>> {
        let state = self.upstreams.state(self.kind, target);
        // A snapshot that comes during the call may turn it down, once: then it is known.
        for _ in 0..2 {
            if self.is_late() {
                self.failures.push(Failure::Timeout(Deadline::Total));
                return None;
            }
            let pass = self.admit(&state, target, next.is_some()).await?;
            if self.asked.is_empty() {
                self.upstreams.deposit(self.kind);
            }
            let backup = next.and_then(|next| self.backup(&state, next, &pass));
            let went = match backup {
                Some((late_ms, backup)) => self.hedged(&state, target, pass, late_ms, backup, hedged).await,
                None => self.call(&state, target, pass).await,
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
    async fn last(&mut self) -> Option<Begun<'a>> {
        match (self.asked.as_slice(), self.least_bad) {
            (&[target], _) => self.again(target).await,
            (&[], Some((target, _))) => self.last_resort(target).await,
            _ => None,
        }
    }

    async fn again(&mut self, target: &'a Target) -> Option<Begun<'a>> {
        let state = self.upstreams.state(self.kind, target);
        for retry in 0..self.upstreams.config.resilience(self.kind).retries {
            let is_worth_it = self
                .failures
                .last()
                .is_some_and(|last| last.is_worth_another_try());
            let left_ms = (self.until_ms - now_ms()).max(0.0) as u64;
            let own_ms = BACKOFF.wait_ms(retry, random::unit());
            let asked_ms = self.failures.last().and_then(|last| last.retry_after_ms());
            let wait_ms = backoff::next_wait_ms(own_ms, asked_ms.map(u64::from), left_ms)
                .filter(|wait_ms| is_worth_it && *wait_ms <= RETRY_WAIT_MS_MAX)?;
            if !self.upstreams.withdraw(self.kind) {
                return None;
            }
            sleep_ms(wait_ms).await;
            let pass = self.admit(&state, target, false).await?;
            state.count("upstream_retries", "");
            count(&RETRIES, &[self.kind.operation()], 1.0);
            match self.call(&state, target, pass).await {
                Went::Begun(begun) => return Some(begun),
                Went::Failed(failure) => self.failures.push(failure),
                Went::Denied => return None,
            }
        }
        None
    }

    async fn last_resort(&mut self, target: &'a Target) -> Option<Begun<'a>> {
        let state = self.upstreams.state(self.kind, target);
        let now_ms = whole_now_ms();
        if now_ms.saturating_sub(state.called_at_ms.get()) < LAST_RESORT_EVERY_MS || self.is_late() {
            return None;
        }
        state.count("upstream_last_resorts", "");
        self.note("last_resort", &state, serde_json::Value::Null);
        let pass = Pass {
            record: state.isolate.borrow().last_resort(now_ms),
            race: Race::No,
        };
        match self.call(&state, target, pass).await {
            Went::Begun(begun) => Some(begun),
            Went::Failed(failure) => {
                self.failures.push(failure);
                None
            }
            Went::Denied => None,
        }
    }
}

impl Run<'_, '_, '_> {
    fn is_late(&self) -> bool {
        now_ms() >= self.until_ms
    }

    /// Nothing more is to be tried: the client has left.
    fn is_over(&self) -> bool {
        self.failures.last().is_some_and(|last| !last.falls_back())
    }

    /// What went wrong, for the client. A busy provider is left alone for as long as its breaker says (rule 3): coming
    /// back sooner would be of no use.
    fn told(self) -> Vec<Failure> {
        let breaker = &self.upstreams.config.resilience(self.kind).breaker;
        let known = |failure: Failure| match failure {
            Failure::Throttled { retry_after_ms } => {
                let pause_ms = breaker.pause_ms(retry_after_ms.map(u64::from));
                Failure::Throttled {
                    retry_after_ms: Some(u32::try_from(pause_ms).unwrap_or(u32::MAX)),
                }
            }
            other => other,
        };
        self.failures.into_iter().map(known).collect()
    }

    fn note(&self, event: &str, state: &UpstreamState, more: serde_json::Value) {
        let mut line =
            crate::wire::json::json!({"event": event, "key": state.key, "request_id": self.request_id});
        if let (Some(line), serde_json::Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
        log::info(&line);
    }
}
