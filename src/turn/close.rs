//! After the reply: what the companion said goes into the history.

use super::open::Turn;
use crate::memory::person_calls::{Call, CloseAsk, Closed, Refusal};
use crate::memory::person_client::Lost;

/// How often a reply is handed to the person's object before it is given up.
const TRIES: u32 = 3;
/// Between two tries; doubled each time.
const RETRY_MS: u64 = 100;

/// Keeps the reply, or as much of it as the person got. To be run in `wait_until`; without a conversation, or with
/// nothing said, there is nothing to do.
pub async fn close(turn: Turn, reply: String) {
    let Some(place) = turn.place.filter(|_| !reply.trim().is_empty()) else {
        return;
    };
    let call = Call::Close(CloseAsk {
        conversation: place.conversation,
        epoch: place.epoch,
        reply,
    });
    for attempt in 0..TRIES {
        match place.person.call::<Closed>(&call).await {
            // A call that was late may still arrive, and a second one would be a second message.
            Ok(_) | Err(Lost::Refused(Refusal::Gone) | Lost::Late) => return,
            Err(lost) => {
                worker::console_log!(
                    "{}",
                    serde_json::json!({"event": "close_failed", "why": format!("{lost:?}")})
                );
                worker::Delay::from(std::time::Duration::from_millis(RETRY_MS << attempt)).await;
            }
        }
    }
}
