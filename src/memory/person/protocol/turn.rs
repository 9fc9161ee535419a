//! A turn's part of the protocol: how it is opened, what it then knows of the person, and how it ends.

use super::budget::{ReserveAsk, Reserved};
use crate::memory::MemoryKind;
use crate::memory::recall::decide::Search as SearchDecision;
use crate::memory::recall::key::RecalledMemory;
use crate::memory::salience::decide::When;
use crate::memory::salience::rules::Rule;
use crate::wire::json::object;

/// The companion called tools: in a history the model must find its own message again, identifiers and all.
pub const CALL: &str = "call";
/// What a tool answered.
pub const RESULT: &str = "tool";

/// One message: of a conversation, or to a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// `user` or `assistant`; [`CALL`] or [`RESULT`]; to a model `system`, too.
    pub role: String,
    /// Its text; of a call and a result the whole message as JSON.
    pub content: String,
}

object!(Said: role, content);

impl Said {
    /// A message of that role.
    pub fn new(role: &str, content: impl Into<String>) -> Said {
        Said {
            role: role.to_owned(),
            content: content.into(),
        }
    }

    /// Whether it is the companion's.
    pub fn is_companions(&self) -> bool {
        self.role == "assistant" || self.role == CALL
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The generation it ran on.
    pub generation: u64,
    /// Best first.
    pub items: Vec<RecalledMemory>,
    /// A part was missing; such a result is not kept.
    pub degraded: bool,
}

object!(Found: generation, items, degraded);

/// Opens a turn.
#[derive(Clone, Debug, Default)]
pub struct OpenAsk {
    /// The conversation, if there is one; made if it is new.
    pub conversation: Option<String>,
    /// The response that this turn makes in it.
    pub response: Option<String>,
    /// The response that this one follows: [`super::CallRefusal::NotFound`] without it. The turn is then in that one's conversation,
    /// and in `conversation` only if that has gone on since.
    pub follows: Option<String>,
    /// The conversation is read up to this message, and nothing is kept.
    pub reads_through: Option<i64>,
    /// The last response whose items are among what is said; an empty word is the newest. Where all of that one's conversation is repeated and more is
    /// said, the turn is there, and what is repeated is not new.
    pub repeats: Option<String>,
    /// With a conversation: what is new. Without: the end of what the request holds.
    pub said: Vec<Said>,
    /// Whether what the person says may become memories.
    pub remember: bool,
    /// Nothing is kept: the person may still be speaking.
    pub is_ahead: bool,
    /// Of what nobody answers because the client is gone: when it was heard last. It may send all of it again.
    pub lost_at_ms: Option<u64>,
    /// Whether it is a turn with the companion: then hours are counted.
    pub talks: bool,
    /// Whether memories are wanted.
    pub recall: bool,
    /// Search for this instead of what was said, in the profile, too.
    pub query: Option<String>,
    /// Most memories wanted.
    pub limit: usize,
    /// What the Worker could find out beforehand.
    pub guess: Option<Guess>,
    /// The person's IANA time zone: their tomorrow begins there.
    pub timezone: Option<String>,
    /// As much of the conversation's last reply as was heard, where the client has stopped it.
    pub heard: Option<String>,
    /// What the turn may spend by itself, where that is counted: what is known of the person comes to it.
    pub reserve: Option<ReserveAsk>,
}

object!(OpenAsk:
    conversation, response, follows, repeats, said, remember, recall, query, limit, guess, timezone, heard, reserve,
    reads_through, is_ahead, lost_at_ms, talks
);

/// A query's text with its vector or the word that its result is at hand.
#[derive(Clone, Debug, Default)]
pub struct Guess {
    /// [`crate::memory::tokens::Query::text`] that this is about.
    pub query: String,
    /// `f32` little-endian in base64, of the configured embedding model.
    pub vector: Option<String>,
    /// The Worker has the result for this epoch and generation.
    pub held: Option<(String, u64)>,
}

object!(Guess: query, vector, held);

/// All that a turn needs to know of a person.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Generation, epoch and key of this person's cache entries.
    pub stamp: Stamp,
    /// Memories that are in every prompt.
    pub profile: Vec<(MemoryKind, String)>,
    /// Current memories besides those.
    pub memories: u64,
    /// Of the conversation.
    pub conversation: Option<OpenConversation>,
    /// Said in other conversations and not extracted yet, oldest first.
    pub waiting: Vec<String>,
    /// Whether and what to search for.
    pub plan: Plan,
    /// The result, where the object could search at once.
    pub found: Option<Found>,
    /// What happens to the newest message.
    pub remember: Option<(When, Rule)>,
    /// The message of the conversation that the reply will answer, or a name for the turn where nothing new was said.
    pub turn: Option<String>,
    /// What the turn may spend, where that is counted.
    pub reserved: Option<Reserved>,
    /// The person has talked for so long that a pause would do good.
    pub is_long: bool,
}

object!(Opened: stamp, profile, memories, conversation, waiting, plan, found, remember, turn, reserved, is_long);

/// What a conversation brings to a prompt.
#[derive(Clone, Debug)]
pub struct OpenConversation {
    /// Which it is.
    pub id: String,
    /// Of what is not in `history`.
    pub summary: Option<String>,
    /// Messages before the new ones, oldest first.
    pub history: Vec<Said>,
    /// How long it has been silent.
    pub quiet_ms: u64,
}

object!(OpenConversation: id, summary, history, quiet_ms);

/// Names the state a search ran on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Of the memories.
    pub generation: u64,
    /// Random, 32 hexadecimal digits.
    pub epoch: String,
    /// AES-256 key in base64; lives in the object alone.
    pub cache_key: String,
}

object!(Stamp: generation, epoch, cache_key);

/// Whether to search.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Search or skip.
    pub decision: SearchDecision,
    /// Why.
    pub rule: Rule,
    /// The text to search with.
    pub query: String,
}

object!(Plan: decision, rule, query);

/// Ends a turn.
#[derive(Clone, Debug)]
pub struct CloseAsk {
    /// The conversation.
    pub conversation: String,
    /// Of [`Stamp`]; another one means that the person was erased meanwhile.
    pub epoch: String,
    /// Of [`Opened`]; without that message there is nothing left to answer.
    pub turn: Option<String>,
    /// What the companion said.
    pub reply: Said,
    /// The response that says so, where there is one.
    pub response: Option<KeptResponse>,
}

object!(CloseAsk: conversation, epoch, turn, reply, response);

/// A response as it is stored.
#[derive(Clone, Debug, Default)]
pub struct KeptResponse {
    /// Its id.
    pub id: String,
    /// The response object as it was answered; nothing if it is too large to be stored.
    pub body: String,
    /// The items that it was asked, as a JSON array.
    pub input: String,
}

object!(KeptResponse: id, body, input);

/// A turn has ended.
#[derive(Clone, Debug)]
pub struct Closed {
    /// Messages in the conversation.
    pub messages: u64,
}

object!(Closed: messages);
