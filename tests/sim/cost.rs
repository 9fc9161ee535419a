//! What one call costs an isolate beyond the call itself: the decision before it, the outcome after it, and its share of
//! a report. `SIM_COST=2000000 cargo test --release --test sim cost -- --nocapture` prints nanoseconds per call.

use std::time::Instant;

use hearken::config::breaker::BreakerConfig;
use hearken::upstream::breaker::Outcome;
use hearken::upstream::breaker::client::{BreakerClient, Verdict};
use hearken::upstream::breaker::coordinator::Coordinator;
use hearken::upstream::breaker::messages::{Reply, Request};

/// The gap between two calls, milliseconds.
const GAP_MS: u64 = 20;

/// The object is asked outside the time that is taken: nobody waits for it.
fn ask(object: &mut Coordinator, isolate: &mut BreakerClient, request: &Request, now_ms: u64) {
    let reply: Reply = object.handle(request, now_ms, || 0.5).reply;
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
        let Verdict::Go(ticket) = isolate.decide(now_ms).verdict else {
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
