//! After the reply: what the companion said goes into the history.

use super::open::{Place, Turn};
use super::timing::{Ending, Entry};
use crate::memory::person::client::Lost;
use crate::memory::person::protocol::{Call, CloseAsk, Closed, Refusal};
use crate::platform::clock::{now_ms, sleep_ms};

/// How often a reply is handed to the person's object before it is given up.
const TRIES: u32 = 3;
/// Between two tries; doubled each time.
const RETRY_MS: u64 = 100;

/// The step `remembering`: keeps the reply, or as much of it as the person got. To be run in `wait_until`. Then the turn
/// is over and its steps are logged, unless there was nothing to log: a text that was only passed on.
pub async fn close(turn: Turn, reply: String) {
    let Turn {
        place,
        timings,
        request_id,
        ..
    } = turn;
    let is_kept = place.is_some();
    let began_at_ms = now_ms();
    let ending = match place {
        None => Ending::Skipped("no_conversation"),
        Some(_) if reply.trim().is_empty() => Ending::Skipped("nothing_said"),
        Some(place) => keep(place, reply).await,
    };
    if !is_kept && !timings.has_worked() {
        return;
    }
    timings.add(Entry {
        name: "remembering",
        duration_ms: now_ms() - began_at_ms,
        ending,
    });
    worker::console_log!(
        "{}",
        serde_json::json!({"event": "turn", "steps": timings.header(), "request_id": request_id})
    );
}

async fn keep(place: Place, reply: String) -> Ending {
    let call = Call::Close(CloseAsk {
        conversation: place.conversation,
        epoch: place.epoch,
        turn: place.turn,
        reply,
    });
    for attempt in 0..TRIES {
        match place.person.call::<Closed>(&call).await {
            Ok(_) => return Ending::Done,
            Err(Lost::Refused(Refusal::Gone)) => return Ending::Degraded("gone"),
            // It may still arrive.
            Err(Lost::Late) => return Ending::Degraded("late"),
            Err(lost) => {
                worker::console_log!(
                    "{}",
                    serde_json::json!({"event": "close_failed", "why": format!("{lost:?}")})
                );
                sleep_ms(RETRY_MS << attempt).await;
            }
        }
    }
    Ending::Degraded("failed")
}
