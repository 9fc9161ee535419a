//! What a session sends and does: events on their way to the client, in order, and effects for its shell. Pure.

use std::rc::Rc;

use serde_json::Value;

use super::item::ReplyStamp;
use crate::model::spoken::VoiceAsk;
use crate::wire::json::put;

/// What the shell does, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Sends a text frame.
    Send(String),
    /// Has a recording written down, and tells its words.
    Hear {
        /// The item that holds it.
        item: String,
        /// Which of its recordings: 0 is the last one, others end at a pause.
        part: u32,
        /// A WAV file.
        wav: Rc<Vec<u8>>,
    },
    /// A recogniser is to hear an item as it is said.
    Listen {
        /// The item.
        item: String,
    },
    /// What it hears.
    Sound(Vec<i16>),
    /// The person is silent: all words are wanted.
    Settle,
    /// Nothing more is to be heard.
    Unlisten,
    /// Begins a turn.
    Begin(Box<TurnAsk>),
    /// The turn of one that was begun ahead is over: from here on it is as any other.
    Commit(Box<TurnAsk>),
    /// Ends one before its end.
    Stop {
        /// Its response.
        response: String,
    },
    /// The person's conversation has a reply as it now stands.
    Keep {
        /// Where.
        stamp: ReplyStamp,
        /// Its words.
        text: String,
        /// Its calls of tools, as OpenAI's list.
        tool_calls: Option<Value>,
    },
    /// Tells the time at this moment, or earlier.
    Wake(u64),
    /// Has a model say whether the turn is over whose last sound this is.
    Judge {
        /// When it paused.
        at_ms: u64,
        /// Of 24 kHz.
        sound: Vec<i16>,
    },
    /// Ends the session.
    Close(u16, &'static str),
}

/// A turn to begin.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnAsk {
    /// Its response.
    pub response: String,
    /// The chat request.
    pub body: String,
    /// For each of its messages, from the last back, whether it is new.
    pub is_new: Vec<bool>,
    /// Whether it belongs to the person's conversation.
    pub is_kept: bool,
    /// Whether what it answers may not be all: nothing of it is stored.
    pub is_ahead: bool,
    /// Where the client is gone: when it was heard last.
    pub lost_at_ms: Option<u64>,
    /// How it is spoken; `None` for text alone.
    pub voice: Option<VoiceAsk>,
    /// How fast.
    pub speed: Option<f64>,
}

/// Events and effects as they come to be.
#[derive(Debug, Default)]
pub struct Out {
    effects: Vec<Effect>,
    /// Events sent so far: their ids are made of it.
    pub sent: u64,
}

impl Out {
    /// Sends an event.
    pub fn send(&mut self, kind: &str, mut event: Value) {
        self.sent += 1;
        put(&mut event, "type", kind.into());
        put(&mut event, "event_id", format!("event_{}", self.sent).into());
        self.effects.push(Effect::Send(event.to_string()));
    }

    /// Does something else.
    pub fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Does several things.
    pub fn effects(&mut self, effects: impl IntoIterator<Item = Effect>) {
        self.effects.extend(effects);
    }

    /// What has come to be since the last call.
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}
