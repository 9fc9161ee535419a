//! Hands what an isolate has gathered to a telemetry object, off the path: the first figure after a report sets a timer
//! that outlives its request, and the timer sends all that has come until then.
//!
//! Invariant: a report that was not acknowledged is sent again, unchanged, by whoever comes next. A timer that died with its
//! request is taken over by a later one.

use std::cell::{Cell, RefCell};

use super::metrics::{REQUEST_DURATION, REQUESTS_IN_FLIGHT};
use super::outbox::with;
use crate::platform::background::spawn;
use crate::platform::clock::{now_ms, sleep_ms, timeout_ms};
use crate::platform::{isolate, objects, random};

/// Objects that share the figures of all isolates. Each takes some hundred reports a second; an isolate sends one every few
/// seconds.
pub const SHARDS: u64 = 4;
/// The binding of the objects.
const BINDING: &str = "TELEMETRY";
/// How often a report is sent at once, and the pause between.
const SENDS_MAX: u32 = 3;
const RESEND_MS: u64 = 500;
/// How long an answer is waited for.
const ANSWER_MS: u64 = 2_000;
/// A timer that should have gone off so long ago has died with its request.
const LOST_MS: f64 = 10_000.0;

thread_local! {
    /// When the timer that is set goes off.
    static DUE_AT_MS: Cell<f64> = const { Cell::new(f64::INFINITY) };
    static IS_SET: Cell<bool> = const { Cell::new(false) };
    /// When the requests under way began.
    static UNDER_WAY: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

/// Sets the timer, unless it is set.
pub fn wake() {
    if IS_SET.replace(true) {
        return;
    }
    let flush_ms = isolate::config().map_or(0, |config| config.telemetry_flush_ms);
    DUE_AT_MS.set(now_ms() + f64::from(flush_ms));
    spawn(async move {
        sleep_ms(u64::from(flush_ms)).await;
        IS_SET.set(false);
        flush(SENDS_MAX).await;
    });
}

/// Sends what has come until now, `sends_max` times at most while nobody answers.
async fn flush(sends_max: u32) {
    let in_flight = UNDER_WAY.with_borrow_mut(|under_way| {
        // The platform ends some requests without a word to us.
        let turn_ms = isolate::config().map_or(0, |config| config.turn_total_ms);
        let oldest_ms = now_ms() - f64::from(turn_ms);
        under_way.retain(|began_at_ms| *began_at_ms >= oldest_ms);
        under_way.len()
    });
    with(|outbox| outbox.gauges.set(&REQUESTS_IN_FLIGHT, &[], in_flight as f64));
    for sent in 0..sends_max {
        if sent > 0 {
            sleep_ms(RESEND_MS).await;
        }
        let report = with(|outbox| Some((outbox.take(random::number)?, outbox.shard(SHARDS))));
        let Some((report, shard)) = report else { return };
        if let Some(answer) = say(shard, &format!("report\n{report}")).await {
            return with(|outbox| outbox.acknowledge(&answer));
        }
    }
}

/// Says something to one of the objects; its answer.
async fn say(shard: u64, text: &str) -> Option<String> {
    timeout_ms(
        ANSWER_MS,
        objects::tell(BINDING, &format!("telemetry {shard}"), text),
    )
    .await?
}

/// What all objects answer; nothing for one that does not.
pub async fn ask(command: &str) -> Vec<Option<String>> {
    // What this isolate knows should be in it. A scraper waits some ten seconds: objects that hang take four of them.
    flush(1).await;
    futures::future::join_all((0..SHARDS).map(|shard| say(shard, command))).await
}

/// Whether a turn is told to have been heard for the first time; `None` when its object does not answer.
pub async fn is_first(turn: &str) -> Option<bool> {
    let shard = turn.bytes().map(u64::from).sum::<u64>() % SHARDS;
    let answer = say(shard, &format!("heard {turn}")).await?;
    Some(answer == "1")
}

/// A request under way, until this is dropped.
pub struct InFlight {
    /// The address it came to, as the table of routes has it.
    pub route: &'static str,
    /// When it came.
    pub began_at_ms: f64,
}

impl InFlight {
    /// A request that comes now.
    pub fn new(began_at_ms: f64) -> InFlight {
        UNDER_WAY.with_borrow_mut(|under_way| under_way.push(began_at_ms));
        if began_at_ms > DUE_AT_MS.get() + LOST_MS {
            IS_SET.set(false);
        }
        InFlight {
            route: "none",
            began_at_ms,
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        UNDER_WAY.with_borrow_mut(|under_way| {
            if let Some(place) = under_way.iter().position(|began| *began == self.began_at_ms) {
                under_way.swap_remove(place);
            }
        });
        let took_ms = now_ms() - self.began_at_ms;
        with(|outbox| outbox.figures.observe(&REQUEST_DURATION, &[self.route], took_ms));
        wake();
    }
}
