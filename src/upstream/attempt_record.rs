//! One attempt's account: every attempt ends in exactly one outcome, told here.

use std::rc::Rc;

use futures::channel::oneshot;
use serde_json::Value;

use super::breaker::Outcome;
use super::breaker::client;
use super::breaker_client;
use super::outcome::Failure;
use super::registry::{UpstreamState, Upstreams, whole_now_ms};
use crate::config::{ChainKind, Target};
use crate::platform::background::spawn;
use crate::platform::clock::now_ms;
use crate::platform::log;
use crate::telemetry::account;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::{
    AUDIO_SECONDS, COST, PROVIDER_DURATION, PROVIDER_FIRST, SPOKEN_CHARACTERS, TOKENS, UNPRICED,
};
use crate::wire::json::{json, put_some};

/// What the caller of `chain::first` settles when the answer has ended; dropped, the client has left.
pub struct AttemptRecord {
    kind: ChainKind,
    target: String,
    request_id: String,
    began_at_ms: f64,
    first_ms: Option<u64>,
    /// Bytes of the request, where what it used is estimated from them.
    pub asked_bytes: u64,
    account: Option<Account>,
    is_settled: bool,
}

/// Measures how long an attempt takes to its first word.
pub struct FirstWord {
    state: Rc<UpstreamState>,
    began_at_ms: f64,
}

impl FirstWord {
    /// It has come.
    pub fn is_here(self) {
        let first_ms = (now_ms() - self.began_at_ms).max(0.0);
        self.state.observe(&PROVIDER_FIRST, first_ms);
    }
}

/// Where the outcome goes; missing only where nothing is configured.
struct Account {
    upstreams: Rc<Upstreams>,
    state: Rc<UpstreamState>,
    pass: client::Permit,
    /// Keeps the request running until this is dropped. When a client leaves before its answer has begun, the platform
    /// ends the request where it stands: a probe's lease would not be given back.
    _hold: Option<oneshot::Sender<()>>,
}

impl AttemptRecord {
    /// An attempt that begins now.
    pub(super) fn new(kind: ChainKind, target: &Target, request_id: &str) -> AttemptRecord {
        AttemptRecord {
            kind,
            target: target.to_string(),
            request_id: request_id.to_owned(),
            began_at_ms: now_ms(),
            first_ms: None,
            asked_bytes: 0,
            account: None,
            is_settled: false,
        }
    }

    /// The same, let through by a breaker.
    pub(super) fn passed(
        mut self,
        upstreams: &Rc<Upstreams>,
        state: &Rc<UpstreamState>,
        pass: client::Permit,
    ) -> AttemptRecord {
        state.called_at_ms.set(whole_now_ms());
        self.account = Some(Account {
            upstreams: upstreams.clone(),
            state: state.clone(),
            pass,
            _hold: pass.is_alone().then(hold),
        });
        self
    }

    /// The answer has begun: for the breaker, and for what is late.
    pub(super) fn has_begun(&mut self) {
        let first_ms = (now_ms() - self.began_at_ms).max(0.0) as u64;
        self.first_ms = Some(first_ms);
        if let Some(account) = &self.account {
            let first_ms = u32::try_from(first_ms).unwrap_or(u32::MAX);
            account.state.first_ms.borrow_mut().record(first_ms);
        }
    }

    /// What is to be told when the first word, sound or answer is here. A beginning without one, a thought, is none.
    pub fn first_word(&self) -> Option<FirstWord> {
        let account = self.account.as_ref()?;
        Some(FirstWord {
            state: account.state.clone(),
            began_at_ms: self.began_at_ms,
        })
    }

    /// Milliseconds since it began.
    pub(super) fn elapsed_ms(&self) -> f64 {
        now_ms() - self.began_at_ms
    }

    /// It was ended by us before it could show anything about the provider: `reason` says why.
    pub(super) fn withdraw(mut self, reason: &'static str) {
        self.note("attempt_withdrawn", Some(reason));
        self.settle(Outcome::Excluded, reason);
    }

    /// What the answer used: tokens in and out, characters, or seconds of sound, by the chain's kind.
    pub fn spend(&self, used: [f64; 2]) {
        let Some(account) = &self.account else { return };
        let [first, second] = used;
        let mut tokens = [0.0, 0.0];
        match self.kind {
            ChainKind::Llm => {
                tokens = used;
                count(&TOKENS, &["in"], first);
                count(&TOKENS, &["out"], second);
            }
            ChainKind::Tts => count(&SPOKEN_CHARACTERS, &[], first),
            ChainKind::Stt | ChainKind::Listen => count(&AUDIO_SECONDS, &["in"], first),
            // The sound counts where its words are written down.
            ChainKind::Embed | ChainKind::EndOfTurn => {}
        }
        let cost_usd = account.state.cost_usd(&account.upstreams.config, used);
        match cost_usd {
            Some(usd) => count(&COST, &account.state.labels(), usd),
            None => count(&UNPRICED, &account.state.labels(), 1.0),
        }
        account::add(&self.request_id, &account.state.key, cost_usd, tokens);
    }

    /// The answer came, whole.
    pub fn succeed(mut self) {
        if let Some(account) = &self.account {
            account.upstreams.find_again(self.kind, &self.target);
            account.state.observe(&PROVIDER_DURATION, self.elapsed_ms());
        }
        let slow = |account: &Account| {
            self.first_ms
                .is_some_and(|first_ms| account.state.config.is_slow(first_ms))
        };
        match self.account.as_ref().is_some_and(slow) {
            true => self.settle(Outcome::Slow, "slow"),
            false => self.settle(Outcome::Ok, "ok"),
        }
    }

    /// The attempt failed, before or after its first byte reached the client.
    pub fn fail(mut self, failure: Failure) {
        self.note("attempt_failed", Some(failure.word()));
        if let (Some(alarm), Some(account)) = (alarm(failure), &self.account) {
            if failure != Failure::QuotaExhausted {
                account.upstreams.refuse(account.state.provider, whole_now_ms());
            }
            let line = json!({
                "event": "alarm", "alarm": alarm, "provider": account.state.provider.name(),
                "target": self.target, "operation": self.kind.operation(), "request_id": self.request_id,
            });
            log::error(&line);
        }
        self.tell_of_a_lost_model(failure);
        self.settle(failure.for_breaker(), failure.word());
    }

    /// A model that its provider no longer has shows in `/health`, and once an hour in the log.
    fn tell_of_a_lost_model(&self, failure: Failure) {
        let Some(account) = self.account.as_ref().filter(|_| failure.is_a_lost_model()) else {
            return;
        };
        if account.upstreams.lose(self.kind, &self.target, whole_now_ms()) {
            let line = json!({
                "event": "model_gone", "variable": self.kind.variable(), "target": self.target,
                "operation": self.kind.operation(), "request_id": self.request_id,
            });
            log::error(&line);
        }
    }

    /// The answer ended like this; a client that has left says nothing about the provider.
    pub fn end(self, result: Result<(), Failure>) {
        match result {
            Ok(()) => self.succeed(),
            Err(Failure::ClientLeft) => drop(self),
            Err(failure @ Failure::SaidNothing) => self.quietly(failure),
            Err(failure) => self.fail(failure),
        }
    }

    /// Nobody's failure: nothing for the log.
    fn quietly(mut self, failure: Failure) {
        self.settle(failure.for_breaker(), failure.word());
    }

    fn settle(&mut self, outcome: Outcome, word: &'static str) {
        if std::mem::replace(&mut self.is_settled, true) {
            return;
        }
        let Some(account) = &self.account else { return };
        account.state.count("upstream_attempts", word);
        account
            .state
            .isolate
            .borrow_mut()
            .finish(account.pass, outcome, whole_now_ms());
        breaker_client::flush(&account.state);
    }

    fn note(&self, event: &str, failure: Option<&str>) {
        let mut line = json!({
            "event": event, "operation": self.kind.operation(), "target": self.target,
            "elapsed_ms": self.elapsed_ms(), "request_id": self.request_id,
        });
        put_some(&mut line, "failure", failure.map(Value::from));
        log::info(&line);
    }
}

/// What only an operator can mend, in a word for the log.
fn alarm(failure: Failure) -> Option<&'static str> {
    match failure {
        Failure::Credential => Some("credential_refused"),
        Failure::PlaceRefused => Some("place_refused"),
        Failure::QuotaExhausted => Some("quota_exhausted"),
        _ => None,
    }
}

/// Keeps the present request running until the sender is dropped.
fn hold() -> oneshot::Sender<()> {
    let (hold, dropped) = oneshot::channel();
    spawn(async {
        let _ = dropped.await;
    });
    hold
}

impl Drop for AttemptRecord {
    /// An attempt that nobody settled was given up because the client left.
    fn drop(&mut self) {
        if !self.is_settled {
            self.note("attempt_abandoned", None);
            self.settle(Outcome::Excluded, "abandoned");
        }
    }
}
