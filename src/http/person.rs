//! What an answer says of its turn.

use super::error::ApiError;
use super::person_resource::lost;
use super::reply::Reply;
use crate::memory::person::recall::Status;
use crate::turn::open::{Turn, Unopened};

/// A turn that could not begin.
pub fn unopened(reason: Unopened) -> ApiError {
    match reason {
        Unopened::Nobody => ApiError::invalid(
            "user",
            "a conversation belongs to a person: name them in user or the header x-user",
        ),
        Unopened::Lost(why) => lost(why),
    }
}

/// What the answer's headers tell of a turn.
pub struct Told {
    recall: Status,
    conversation: Option<String>,
}

impl Told {
    /// Of a turn that has begun.
    pub fn of(turn: &Turn) -> Told {
        Told {
            recall: turn.recall,
            conversation: turn.conversation.clone(),
        }
    }

    /// Adds `x-recall` and `x-conversation-id`.
    pub fn on(self, reply: Reply) -> Reply {
        let reply = reply.header("x-recall", self.recall.as_str());
        match self.conversation {
            Some(id) => reply.header("x-conversation-id", id),
            None => reply,
        }
    }
}
