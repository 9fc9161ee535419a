//! What one isolate knows of its providers: a breaker's view for each target, retry budgets, refused keys, counters.
//!
//! Shared by all requests of the isolate and never borrowed across an await. Leaves out every decision: those are
//! `breaker::client`'s and `budget`'s.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::breaker::Key;
use super::breaker::client::BreakerClient;
use super::budget::RetryBudget;
use super::counts::Untold;
use super::quantile::Quantile;
use crate::config::breaker::BreakerConfig;
use crate::config::{ChainKind, Config, Provider, Target};
use crate::platform::clock::now_ms;
use crate::platform::{isolate, random};
use crate::telemetry::collector::observe;
use crate::telemetry::exposition::Family;

/// How long a provider that refused its key is left alone: the operator has to act, and hears of it each time.
pub const REFUSED_MS: u64 = 30_000;

/// A model that is gone is logged this often.
const LOST_LOG_EVERY_MS: u64 = 3_600_000;

/// One target as this isolate sees it.
pub struct UpstreamState {
    /// `operation:provider:model`, also the name of the breaker's object.
    pub key: String,
    /// Who serves it.
    pub provider: Provider,
    /// Its breaker's configuration.
    pub config: Rc<BreakerConfig>,
    /// The breaker's view.
    pub isolate: RefCell<BreakerClient>,
    /// Times to the first useful byte of good answers, for hedging.
    pub first_ms: RefCell<Quantile>,
    /// When it was last called.
    pub called_at_ms: Cell<u64>,
    /// Until then a request of this isolate waits for a lease.
    pub asking_until_ms: Cell<u64>,
    /// Counters for `/metrics`.
    pub counts: RefCell<Untold>,
    kind: ChainKind,
    target: Target,
}

/// Everything one isolate knows.
pub struct Upstreams {
    /// The configuration.
    pub config: Rc<Config>,
    states: RefCell<Vec<Rc<UpstreamState>>>,
    budgets: RefCell<[RetryBudget; ChainKind::ALL.len()]>,
    refused: RefCell<Vec<(Provider, u64)>>,
    /// Targets whose models their providers do not have, and when that was last logged.
    lost: RefCell<Vec<(ChainKind, String, u64)>>,
}

thread_local! {
    static UPSTREAMS: RefCell<Option<Option<Rc<Upstreams>>>> = const { RefCell::new(None) };
}

/// This isolate's; `None` while the configuration cannot be used.
pub fn upstreams() -> Option<Rc<Upstreams>> {
    UPSTREAMS.with(|upstreams| {
        upstreams
            .borrow_mut()
            .get_or_insert_with(|| {
                let config = isolate::config().ok()?;
                Some(Rc::new(Upstreams::new(config)))
            })
            .clone()
    })
}

/// Forgets everything: the next test begins anew.
#[cfg(test)]
pub fn forget() {
    UPSTREAMS.take();
}

/// The present as whole milliseconds.
pub fn whole_now_ms() -> u64 {
    now_ms() as u64
}

impl Upstreams {
    fn new(config: Rc<Config>) -> Upstreams {
        Upstreams {
            config,
            states: RefCell::default(),
            // Nothing saved up: retries stay below their share from the first call on.
            budgets: RefCell::new([RetryBudget::new(0); ChainKind::ALL.len()]),
            refused: RefCell::default(),
            lost: RefCell::default(),
        }
    }

    /// A target's state; made when it is first asked for. Targets come from the configuration, so they are few.
    pub fn state(&self, kind: ChainKind, target: &Target) -> Rc<UpstreamState> {
        let mut states = self.states.borrow_mut();
        if let Some(state) = states
            .iter()
            .find(|state| state.kind == kind && state.target == *target)
        {
            return state.clone();
        }
        let config = self.config.resilience(kind).breaker.clone();
        let state = Rc::new(UpstreamState {
            key: key(kind, target).to_string(),
            provider: target.provider,
            isolate: RefCell::new(BreakerClient::new((*config).clone(), random::number())),
            config,
            first_ms: RefCell::default(),
            called_at_ms: Cell::default(),
            asking_until_ms: Cell::default(),
            counts: RefCell::default(),
            kind,
            target: target.clone(),
        });
        states.push(state.clone());
        state
    }

    /// A first try goes out.
    pub fn deposit(&self, kind: ChainKind) {
        self.budget(kind, RetryBudget::deposit);
    }

    /// Whether a retry or a hedge may go out; then it is paid.
    pub fn withdraw(&self, kind: ChainKind) -> bool {
        self.budget(kind, RetryBudget::withdraw)
    }

    fn budget<T>(&self, kind: ChainKind, act: impl FnOnce(&mut RetryBudget) -> T) -> T {
        let mut budgets = self.budgets.borrow_mut();
        let [llm, tts, stt, embed, listen, end_of_turn] = &mut *budgets;
        act(match kind {
            ChainKind::Llm => llm,
            ChainKind::Tts => tts,
            ChainKind::Stt => stt,
            ChainKind::Embed => embed,
            ChainKind::Listen => listen,
            ChainKind::EndOfTurn => end_of_turn,
        })
    }

    /// A provider does not have a target's model; whether it is time to log that.
    pub fn lose(&self, kind: ChainKind, target: &str, now_ms: u64) -> bool {
        let mut lost = self.lost.borrow_mut();
        let known = lost
            .iter_mut()
            .find(|(of, name, _)| *of == kind && name == target);
        let Some((_, _, logged_at_ms)) = known else {
            lost.push((kind, target.to_owned(), now_ms));
            return true;
        };
        let is_time = now_ms.saturating_sub(*logged_at_ms) >= LOST_LOG_EVERY_MS;
        if is_time {
            *logged_at_ms = now_ms;
        }
        is_time
    }

    /// A target serves.
    pub fn find_again(&self, kind: ChainKind, target: &str) {
        let is_it = |(of, name, _): &(ChainKind, String, u64)| *of == kind && name == target;
        self.lost.borrow_mut().retain(|lost| !is_it(lost));
    }

    /// A sentence for each model that its provider does not have.
    pub fn lost_models(&self) -> Vec<String> {
        let lost = self.lost.borrow();
        lost.iter()
            .map(|(kind, target, _)| {
                let variable = kind.variable();
                format!("{variable} names {target}, a model that its provider does not have or no longer has: set {variable} to one that it serves")
            })
            .collect()
    }

    /// A provider refused its key.
    pub fn refuse(&self, provider: Provider, now_ms: u64) {
        let mut refused = self.refused.borrow_mut();
        refused.retain(|(known, _)| *known != provider);
        refused.push((provider, now_ms.saturating_add(REFUSED_MS)));
    }

    /// How long a provider that refused its key is still left alone, milliseconds.
    pub fn refused_left_ms(&self, provider: Provider, now_ms: u64) -> u64 {
        let refused = self.refused.borrow();
        let until = refused.iter().find(|(known, _)| *known == provider);
        until.map_or(0, |(_, until_ms)| until_ms.saturating_sub(now_ms))
    }

    /// A provider whose key was refused is asked again at once.
    pub fn forgive(&self, provider: Provider) {
        self.refused.borrow_mut().retain(|(known, _)| *known != provider);
    }
}

impl UpstreamState {
    /// The labels of its metrics: operation, provider, model.
    pub fn labels(&self) -> [&str; 3] {
        [self.kind.operation(), self.provider.name(), &self.target.model]
    }

    /// What a use of it costs, US dollars, where that is known.
    pub fn cost_usd(&self, config: &Config, used: [f64; 2]) -> Option<f64> {
        config.prices.cost_usd(self.kind, &self.target, used)
    }

    /// A duration of one of its calls.
    pub fn observe(&self, family: &Family, ms: f64) {
        observe(family, &self.labels(), ms);
    }

    /// Counts one of something; `name` is one of [`BREAKER_COUNTERS`](crate::telemetry::metrics::BREAKER_COUNTERS).
    pub fn count(&self, name: &'static str, label: &'static str) {
        self.counts.borrow_mut().add(name, label);
    }
}

/// The breaker's key of a target.
pub fn key(kind: ChainKind, target: &Target) -> Key {
    Key {
        operation: kind,
        provider: target.provider.to_string(),
        model: target.model.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_model_is_logged_once_an_hour_and_shown_until_it_serves_again() {
        let upstreams = Upstreams::new(Rc::new(Config::from_lookup(&|_| None).unwrap()));
        let logs = |at_ms| upstreams.lose(ChainKind::Llm, "groq:x", at_ms);
        assert!(logs(0));
        assert!(!logs(LOST_LOG_EVERY_MS - 1));
        assert!(logs(LOST_LOG_EVERY_MS));
        assert!(
            upstreams.lose(ChainKind::Tts, "groq:x", 1),
            "another chain's is its own"
        );
        let shown = upstreams.lost_models();
        assert_eq!(shown.len(), 2);
        assert!(
            shown[0].starts_with("LLM names groq:x,") && shown[0].contains("set LLM"),
            "{shown:?}"
        );
        upstreams.find_again(ChainKind::Llm, "groq:x");
        assert_eq!(upstreams.lost_models().len(), 1);
        assert!(logs(LOST_LOG_EVERY_MS + 1), "gone anew is told anew");
    }
}
