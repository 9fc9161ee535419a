//! What one call costs an isolate beyond the call itself: the decision before it, the outcome after it, and its share of
//! a report. `SIM_COST=2000000 cargo test --release --test sim cost -- --nocapture` prints nanoseconds per call.

use std::time::Instant;

use hearken::config::breaker::BreakerConfig;
use hearken::telemetry::figures::Figures;
use hearken::telemetry::metrics::{
    CACHE_LOOKUPS, COST, FIRST_BYTE, PEOPLE_ACTIVE, PROVIDER_DURATION, PROVIDER_FIRST, REQUEST_DURATION,
    REQUESTS, RETRIEVAL, STEP_DURATION, TOKEN_GAP, TOKENS, TURN_DURATION,
};
use hearken::upstream::breaker::Outcome;
use hearken::upstream::breaker::client::{BreakerClient, CallVerdict};
use hearken::upstream::breaker::coordinator::Coordinator;
use hearken::upstream::breaker::messages::{BreakerReply, Request};

/// The gap between two calls, milliseconds.
const GAP_MS: u64 = 20;

/// The object is asked outside the time that is taken: nobody waits for it.
fn ask(object: &mut Coordinator, isolate: &mut BreakerClient, request: &Request, now_ms: u64) {
    let reply: BreakerReply = object.handle(request, now_ms, || 0.5).reply;
    isolate.absorb(&reply, now_ms, now_ms);
}

#[test]
#[allow(clippy::disallowed_methods)] // A stopwatch is what this is for; nothing is decided by it.
fn cost_of_a_call_on_the_happy_path() {
    let calls = std::env::var("SIM_COST")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(2_000);
    let config = BreakerConfig::default();
    let mut object = Coordinator::new(config.clone());
    let mut isolate = BreakerClient::new(config, 7);
    ask(&mut object, &mut isolate, &Request::Snapshot, 1_000);
    let (mut spent_ns, mut reports) = (0, 0);
    for call in 0..calls {
        let now_ms = 1_000 + call * GAP_MS;
        let begun = Instant::now();
        let CallVerdict::Go(ticket) = isolate.decide(now_ms).verdict else {
            panic!("a good provider was denied");
        };
        isolate.finish(ticket, Outcome::Ok, now_ms + 5);
        let report = isolate.report(now_ms + 5);
        spent_ns += begun.elapsed().as_nanos();
        if let Some(report) = report {
            reports += 1;
            ask(&mut object, &mut isolate, &Request::Report(report), now_ms + 5);
        }
    }
    println!("ns_per_call {} reports {reports}", spent_ns / u128::from(calls));
    let waiting = isolate.outbox().len() as u64;
    assert_eq!(
        object.breaker().samples(),
        (calls - waiting).min(100),
        "every outcome arrived or waits"
    );
}

/// Events of a reply.
const EVENTS: u64 = 64;

#[test]
#[allow(clippy::disallowed_methods)]
fn cost_of_what_a_turn_tells_telemetry() {
    let turns = std::env::var("SIM_COST")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(200);
    let target = &["chat", "groq", "openai/gpt-oss-120b"];
    let route = &["/v1/chat/completions"];
    let mut figures = Figures::new();
    let begun = Instant::now();
    for turn in 0..turns {
        let ms = (turn % 700) as f64;
        for step in [
            "hearing",
            "context",
            "opening",
            "recall",
            "prompt",
            "reply",
            "speech",
            "remembering",
        ] {
            figures.observe(&STEP_DURATION, &[step], ms);
        }
        for event in 0..EVENTS {
            figures.observe(&TOKEN_GAP, &[], (event % 40) as f64);
        }
        for family in [&PROVIDER_FIRST, &PROVIDER_DURATION] {
            figures.observe(family, target, ms);
        }
        for family in [&REQUEST_DURATION, &FIRST_BYTE] {
            figures.observe(family, route, ms);
        }
        figures.observe(&TURN_DURATION, &["text"], ms);
        figures.observe(&RETRIEVAL, &[], ms);
        figures.add(&REQUESTS, &["/v1/chat/completions", "200"], 1.0);
        figures.add(&CACHE_LOOKUPS, &["recall", "isolate", "miss"], 1.0);
        figures.add(&COST, target, 0.000_1);
        for direction in ["in", "out"] {
            figures.add(&TOKENS, &[direction], 64.0);
        }
        figures.mark(&PEOPLE_ACTIVE, (turn % 50) as u16);
    }
    println!("ns_per_turn {}", begun.elapsed().as_nanos() / u128::from(turns));
    assert_eq!(
        figures.sum(&REQUESTS, &["/v1/chat/completions", "200"]),
        turns as f64
    );
    assert_eq!(figures.durations(&TOKEN_GAP, &[]).count(), turns * EVENTS);
}
