//! What is known of a turn that is not over: its words, and the reply that is begun on them.

use super::wire::TurnAsk;
use crate::turn::speech::TurnEvent;

/// What is known of a turn that is not over.
#[derive(Default)]
pub(super) struct Unfinished {
    /// How many of its recordings were given away; the number of the latest.
    pub part: u32,
    /// Whether the latest holds all that was said.
    pub is_current: bool,
    /// Its words, and how long it is in milliseconds, once they are known.
    pub words: Option<(String, u64)>,
    /// How many replies were begun on them.
    pub begun: u32,
    pub reply: Option<BegunReply>,
    /// The present pause, which a model is asked about.
    pub paused_at_ms: Option<u64>,
}

/// A reply that was begun.
pub(super) struct BegunReply {
    /// The item that it answers.
    pub item: String,
    pub turn: TurnAsk,
    pub served_by: String,
    /// What has come of it.
    pub held: Vec<TurnEvent>,
}

/// What is being listened to.
#[derive(Default)]
pub(super) struct Listening {
    /// The item that is being said.
    pub item: Option<String>,
    /// What the recogniser has heard of the session's sound, samples.
    pub at: u64,
    /// The words before the latest.
    pub last: String,
    /// What the client was told of them.
    pub told: String,
    /// An item that was said, and whose last words are to come.
    pub awaited: Option<Awaited>,
    /// What is said over a reply, and may be meant to stop it or not.
    pub overlap: Option<Overlap>,
}

/// What is said over a reply: the turn it will be if it is one.
pub(super) struct Overlap {
    pub item: String,
    /// Its words are wanted, or were.
    pub has_paused: bool,
}

impl Listening {
    /// Whether an item is what is said over a reply.
    pub fn is_over_reply(&self, item: &str) -> bool {
        self.overlap.as_ref().is_some_and(|overlap| overlap.item == item)
    }
}

/// An item whose last words are to come.
pub(super) struct Awaited {
    pub item: String,
    /// Its recording.
    pub wav: Vec<u8>,
    pub ms: u64,
    /// Then it is written down instead.
    pub until_ms: u64,
}
