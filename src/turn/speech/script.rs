//! What a spoken turn is given, what happens in it, and what becomes of it.

use std::cell::Cell;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use futures::stream::LocalBoxStream;
use serde_json::Value;

use crate::care::answer::CareAnswer;
use crate::model::voiced::{ChunkEnvelope, Part, Voiced};
use crate::upstream::chain::AttemptRecord;
use crate::upstream::outcome::{Deadline, Failure};
use crate::voice::speech::Speech;

/// What happens in a turn, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum TurnEvent {
    /// The model has begun to answer: what the chunks of its reply have in common.
    Opened(ChunkEnvelope),
    /// What the person said, where it was a recording.
    InputTranscript(String),
    /// An event of the model's as its provider made it: text, reasoning, a tool call; at the end why it finished, its
    /// usage, and `[DONE]` where the provider sent it.
    Forwarded(String),
    /// The words of the event before.
    TextDelta(String),
    /// Bytes of the one stream of sound; with the phrase that begins with them.
    Audio {
        /// The phrase that begins.
        begins: Option<String>,
        /// What to send; may be empty.
        bytes: Vec<u8>,
    },
    /// A phrase could not be spoken by anybody, or broke off: why. Said once for a turn; the text goes on.
    SpeechFailed(Vec<Failure>),
    /// No more sound will come.
    Closing,
    /// The reply is whole, and all of it was told.
    Finished,
    /// The reply ended early: its provider broke off or failed, or the clock ran out.
    Failed(Option<Deadline>),
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnEnd {
    /// Whole.
    Finished,
    /// Early, and the listener was told.
    Failed,
    /// The listener left.
    Left,
}

/// What became of a spoken turn.
#[derive(Debug)]
pub struct Spoken {
    /// All that the model wrote.
    pub written: String,
    /// The calls of tools in it, as OpenAI's list.
    pub tool_calls: Option<Value>,
    /// What the model's provider says that the reply cost, in tokens.
    pub tokens: Option<u64>,
    /// What was said of it.
    pub speech: Speech,
    /// How it ended.
    pub end: TurnEnd,
}

impl Spoken {
    /// What a conversation should remember of the reply: all of it, or, when the person left, what can have been heard
    /// by then; where the voice had failed, the person had the text.
    pub fn remembered(&self) -> String {
        match self.end {
            TurnEnd::Left if !self.speech.has_failed => self.speech.text_within(self.speech.played_ms),
            _ => self.written.clone(),
        }
    }

    /// The same for who gets the sound alone: no more than what was spoken, and nothing where the answer was an error.
    pub fn remembered_of_sound(&self) -> String {
        match self.end {
            TurnEnd::Left => self.speech.text_within(self.speech.played_ms),
            TurnEnd::Finished if !self.speech.has_failed && !self.speech.begun.is_empty() => {
                self.written.clone()
            }
            _ => self.speech.text(),
        }
    }
}

/// An account that is shared by who opens it and who settles it.
pub(in crate::turn) type SharedAccount = Rc<Cell<Option<AttemptRecord>>>;

/// What is to be told and spoken.
pub struct Script {
    pub(in crate::turn) reading: LocalBoxStream<'static, Result<Vec<u8>, Failure>>,
    /// The model's account, once it is asked.
    pub(in crate::turn) record: SharedAccount,
    pub(in crate::turn) splitter: Voiced,
    /// What has come of the reply.
    pub(in crate::turn) parts: Vec<Part>,
    /// What the person said, where it was a recording.
    pub(in crate::turn) input_transcript: Option<String>,
    /// What is told and spoken before the reply.
    pub(in crate::turn) told: Option<Rc<CareAnswer>>,
    /// Nothing of the turn goes on beyond it.
    pub(in crate::turn) until_ms: f64,
    /// Of a reply that was begun before its turn is over: when that is. Until then no more is made than its beginning.
    pub(in crate::turn) committed: Option<LocalBoxFuture<'static, ()>>,
}

impl Script {
    /// The same of a turn that is over when `committed` is.
    pub fn until(self, committed: LocalBoxFuture<'static, ()>) -> Script {
        Script {
            committed: Some(committed),
            ..self
        }
    }
}
