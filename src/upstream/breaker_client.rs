//! Talks to the breakers' objects: snapshots, reports and leases.
//!
//! Invariant: a request waits for an object only for a lease, and then no longer than `BREAKER_OBJECT_TIMEOUT_MS`;
//! everything else goes on behind it. A lease that arrives when nobody waits any more is given back.

use std::rc::Rc;

use futures::channel::oneshot;

use super::breaker::Outcome;
use super::breaker::client::{CallDecision, CallVerdict};
use super::breaker::messages::{BreakerReply, Request};
use super::breaker::view::View;
use super::counts::Counters;
use super::registry::{UpstreamState, whole_now_ms};
use crate::platform::background::spawn;
use crate::platform::clock::timeout_ms;
use crate::platform::objects;
use crate::wire::json::{self, object, written};

/// How long an answer is waited for where nobody waits with us. Late news are news all the same.
const BEHIND_MS: u64 = 2_000;
/// Reports that one ended call sends at most: what gathered while the first was under way follows it.
const REPORTS_MAX: u32 = 4;

/// What is said to an object.
pub struct BreakerCall {
    /// Whose breaker it is.
    pub key: String,
    /// The protocol's request; nothing for a look.
    pub request: Option<Request>,
    /// What the isolate has counted since its last report.
    pub counts: Counters,
    /// Whether the operators' row is wanted, and what was counted.
    pub row: bool,
}

object!(BreakerCall: key; request, counts, row);

/// What an object says.
pub struct BreakerAnswer {
    /// The protocol's reply.
    pub reply: Option<BreakerReply>,
    /// The row of `GET /admin/breakers`.
    pub row: Option<View>,
    /// What was counted, for `/metrics`.
    pub counts: Option<Counters>,
}

written!(BreakerAnswer: ; reply, row, counts);

/// Says something to an object; its answer's text, or nothing after `wait_ms`.
pub async fn say(message: &BreakerCall, wait_ms: u64) -> Option<String> {
    let text = json::text(message);
    timeout_ms(wait_ms, objects::tell("BREAKER", &message.key, &text)).await?
}

async fn ask(state: &UpstreamState, request: Request, counts: Counters) -> Option<BreakerReply> {
    let message = BreakerCall {
        key: state.key.clone(),
        request: Some(request),
        counts,
        row: false,
    };
    let text = say(&message, BEHIND_MS).await?;
    json::of(json::field(&mut serde_json::from_str(&text).ok()?, "reply"))
}

/// Renews the snapshot behind the request; the receiver hears when it is there (or will not come).
pub fn refresh(state: &Rc<UpstreamState>) -> oneshot::Receiver<()> {
    let (done, heard) = oneshot::channel();
    let state = state.clone();
    spawn(async move {
        learn(&state).await;
        let _ = done.send(());
        // Outcomes may have waited for the first snapshot.
        report(&state).await;
    });
    heard
}

async fn learn(state: &UpstreamState) -> bool {
    let asked_at_ms = whole_now_ms();
    let counts = state.counts.borrow_mut().take();
    let reply = ask(state, Request::Snapshot, counts.clone()).await;
    let mut isolate = state.isolate.borrow_mut();
    match &reply {
        Some(reply) => isolate.absorb(reply, asked_at_ms, whole_now_ms()),
        None => {
            state.counts.borrow_mut().put_back(&counts);
            isolate.refresh_failed();
        }
    }
    reply.is_some()
}

/// Sends the outcomes that are due, behind the request.
pub fn flush(state: &Rc<UpstreamState>) {
    if state.isolate.borrow().is_report_due(whole_now_ms()) {
        let state = state.clone();
        spawn(async move { report(&state).await });
    }
}

async fn report(state: &UpstreamState) {
    for _ in 0..REPORTS_MAX {
        let now_ms = whole_now_ms();
        if !state.isolate.borrow().is_report_due(now_ms) {
            return;
        }
        // The epoch of the calls must be known before they can be reported.
        if state.isolate.borrow().snapshot(now_ms).is_none() && !learn(state).await {
            return;
        }
        let asked_at_ms = whole_now_ms();
        let Some(due) = state.isolate.borrow_mut().report(asked_at_ms) else {
            return;
        };
        let seq = due.seq;
        let counts = state.counts.borrow_mut().with_report(seq);
        let reply = ask(state, Request::Report(due), counts).await;
        let mut isolate = state.isolate.borrow_mut();
        match reply {
            Some(reply) => isolate.absorb(&reply, asked_at_ms, whole_now_ms()),
            None => return isolate.report_failed(seq),
        }
    }
}

/// Asks for a lease and waits for it, at most the object's timeout.
pub async fn lease(state: &Rc<UpstreamState>) -> CallDecision {
    state.count("upstream_lease_waits", "");
    let wait_ms = state.config.object_timeout_ms;
    let asked_at_ms = whole_now_ms();
    state.asking_until_ms.set(asked_at_ms.saturating_add(wait_ms));
    let request = state.isolate.borrow_mut().acquire();
    let (sender, receiver) = oneshot::channel();
    let behind = state.clone();
    spawn(async move {
        let reply = ask(&behind, request, Counters::default()).await;
        if let Err(Some(unheard)) = sender.send(reply) {
            give_back(&behind, &unheard, asked_at_ms);
        }
    });
    let answered = timeout_ms(wait_ms, receiver).await;
    let reply = answered.and_then(Result::ok).flatten();
    state.asking_until_ms.set(0);
    state
        .isolate
        .borrow_mut()
        .answered(reply.as_ref(), asked_at_ms, whole_now_ms())
}

/// Nobody waits for this answer any more: its lease is free for others.
fn give_back(state: &Rc<UpstreamState>, reply: &BreakerReply, asked_at_ms: u64) {
    let now_ms = whole_now_ms();
    {
        let mut isolate = state.isolate.borrow_mut();
        let decision = isolate.answered(Some(reply), asked_at_ms, now_ms);
        if let CallVerdict::Go(pass) = decision.verdict
            && pass.lease.is_some()
        {
            isolate.finish(pass, Outcome::Excluded, now_ms);
        }
    }
    flush(state);
}
