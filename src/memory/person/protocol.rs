//! What the Worker asks of a person's object and what it answers: JSON over the stub's `fetch`. Pure. What a client is to
//! see (memories, conversations, pages of them) is answered in its form ([`super::public`]).
//!
//! Every call is answered with its JSON, or with [`REFUSED`] and a [`Refusal`]. Both sides are one build, so there are no versions;
//! a call that was under way while a new build was deployed fails and is told as [`Refusal::Broken`].

use crate::config::Amounts;
use crate::memory::Kind;
use crate::memory::person::ledger::{ReserveAsk, Reserved};
use crate::memory::recall::decide::Search as SearchDecision;
use crate::memory::recall::key::Item;
use crate::memory::salience::decide::When;
use crate::memory::salience::rules::Rule;
use crate::platform::log;
use crate::platform::sql::SqlError;
use crate::wire::json::{choice, object};

/// Of a statement's error, in a log.
const LOGGED_CHARS_MAX: usize = 200;

/// What stands before a refusal, and at the beginning of no JSON.
pub const REFUSED: char = '!';

/// A call.
#[derive(Clone, Debug)]
pub enum Call {
    /// Opens a turn: [`Opened`].
    Open(OpenAsk),
    /// Ends one: [`Closed`].
    Close(CloseAsk),
    /// Searches the memories: [`Found`].
    Search(SearchAsk),
    /// A page of memories, newest first: [`Page`] of [`Memory`].
    List(PageAsk),
    /// One memory: [`Memory`].
    Get(String),
    /// What it was before, oldest first: `Vec<Past>`.
    History(String),
    /// Stores a fact as it stands: [`Memory`].
    Add {
        /// The fact.
        text: String,
        /// What it is about.
        kind: Kind,
        /// Equal for repetitions of one request.
        key: String,
    },
    /// Puts messages in the buffer: [`Appended`].
    Append(Vec<Imported>),
    /// Writes over a memory: [`Memory`].
    Edit {
        /// Which.
        id: String,
        /// What it is to say.
        text: String,
        /// What it is about, if that changes.
        kind: Option<Kind>,
    },
    /// Erases one memory with its history: how many messages went with it.
    Delete {
        /// Which.
        id: String,
        /// Also what was said of it in conversations, and the summaries that may tell of it.
        everywhere: bool,
    },
    /// Erases all memories and what waits to become one: how many memories.
    DeleteAll,
    /// Extracts what waits, now: [`Flushed`].
    Flush,
    /// A page of conversations, newest first: [`Page`] of [`Conversation`].
    Conversations(PageAsk),
    /// One conversation with its messages: [`Conversation`].
    Conversation(String),
    /// Notes something about a conversation, a JSON object in the place of what was noted: [`Conversation`].
    Label {
        /// Which.
        id: String,
        /// A JSON object.
        metadata: String,
    },
    /// A page of what was said in a conversation, as items, the newest first or in order.
    ConversationItems {
        /// Which.
        id: String,
        /// Which page.
        page: PageAsk,
        /// Oldest first.
        is_ascending: bool,
    },
    /// One of those items.
    ConversationItem {
        /// Of which.
        id: String,
        /// The item's.
        item: String,
    },
    /// Takes one of them out: the conversation.
    DeleteItem {
        /// Of which.
        id: String,
        /// The item's.
        item: String,
    },
    /// Puts messages at the end of a conversation: their items.
    Extend {
        /// Which.
        id: String,
        /// It is made where there is none.
        may_be_new: bool,
        /// What was said.
        said: Vec<Said>,
    },
    /// Erases a conversation: `()`.
    DeleteConversation(String),
    /// A response as it was answered: the object itself.
    Response(String),
    /// A page of what a response was asked, in order or, as OpenAI has it, backwards.
    ResponseInput {
        /// Which.
        id: String,
        /// Which page.
        page: PageAsk,
        /// Oldest first.
        is_ascending: bool,
    },
    /// Items of responses as JSON, in the order of their ids: `Vec<String>`; [`Refusal::NoItem`] if one is not there.
    Items(Vec<String>),
    /// Erases a response with what was said in it: `()`.
    DeleteResponse(String),
    /// Lines of an export: `Vec<String>`, empty at the end.
    Export {
        /// As the caller names the person.
        user: String,
        /// Which part, from 0.
        part: u32,
        /// Rows after this one.
        after: i64,
    },
    /// Erases the person: `()`.
    Erase,
    /// Reserves what is to be spent without a turn's opening: [`Reserved`].
    Reserve(ReserveAsk),
    /// What was reserved is over: `()`.
    Settle {
        /// As in [`ReserveAsk`].
        turn: String,
        /// What was spent.
        used: Amounts,
    },
    /// The day so far, as the client gets it.
    Usage,
    /// The person was told that a pause would do good: `()`.
    Reminded,
    /// Tokens made until now open nothing any more: when that is, as [`Call::SessionsSince`].
    EndSessions,
    /// Unix milliseconds; a token that was made then, or before, opens nothing.
    SessionsSince,
}

choice!(Call or Call::SessionsSince =>
    Open(it), Close(it), Search(it), List(it), Get(it), History(it), Add { text, kind, key }, Append(it), Edit { id,
    text, kind }, Delete { id, everywhere }, DeleteAll, Flush, Conversations(it), Conversation(it),
    DeleteConversation(it), Label { id, metadata }, ConversationItems { id, page, is_ascending }, ConversationItem { id, item }, DeleteItem { id, item }, Extend { id, said, may_be_new },
    Response(it), ResponseInput { id, page, is_ascending }, Items(it),
    DeleteResponse(it), Export { user, part, after }, Erase, Reserve(it), Settle { turn, used }, Usage, Reminded, EndSessions,
    SessionsSince
);

/// Why a call was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing.
    NotFound,
    /// There is no item of that id.
    NoItem(String),
    /// The cursor names nothing.
    BadCursor,
    /// The model could not be asked; what waits is kept. Holds why, in the words of `upstream::outcome`.
    ModelFailed(String),
    /// The model's answers could not be used; what waits is kept.
    ModelMalformed,
    /// The person was erased while the call was under way.
    Gone,
    /// The day's budget of this name is used up.
    Spent(String),
    /// The object failed; its log says how.
    Broken,
}

choice!(Refusal or Refusal::Broken =>
    NotFound, NoItem(it), BadCursor, ModelFailed(it), ModelMalformed, Gone, Spent(it), Broken
);

impl From<SqlError> for Refusal {
    fn from(error: SqlError) -> Refusal {
        let error: String = error.0.chars().take(LOGGED_CHARS_MAX).collect();
        log::error(&serde_json::json!({"event": "person_failed", "error": error}));
        Refusal::Broken
    }
}

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// `user` or `assistant`; [`CALL`] or [`RESULT`].
    pub role: String,
    /// Its text; of a call and a result the whole message as JSON.
    pub content: String,
}

object!(Said: role, content);

/// A message from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What was said.
    pub said: Said,
    /// When, Unix milliseconds; `None` is now.
    pub at_ms: Option<u64>,
}

object!(Imported: said, at_ms);

/// The companion called tools: in a history the model must find its own message again, identifiers and all.
pub const CALL: &str = "call";
/// What a tool answered.
pub const RESULT: &str = "tool";

impl Said {
    /// Whether it is the companion's.
    pub fn is_companions(&self) -> bool {
        self.role == "assistant" || self.role == CALL
    }
}

impl From<Message> for Said {
    fn from(message: Message) -> Said {
        Said {
            role: message.role,
            content: message.content,
        }
    }
}

/// Opens a turn.
#[derive(Clone, Debug, Default)]
pub struct OpenAsk {
    /// The conversation, if there is one; made if it is new.
    pub conversation: Option<String>,
    /// The response that this turn makes in it.
    pub response: Option<String>,
    /// The response that this one follows: [`Refusal::NotFound`] without it. The turn is then in that one's conversation,
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
    reads_through, is_ahead, talks
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
    pub profile: Vec<(Kind, String)>,
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
    /// The message of the conversation that the reply will answer.
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

/// Searches the memories.
#[derive(Clone, Debug)]
pub struct SearchAsk {
    /// What for.
    pub query: String,
    /// As in [`Guess`]; `None` where there is no embedding.
    pub vector: Option<String>,
    /// Most memories wanted.
    pub limit: usize,
    /// Whether the profile is searched, too.
    pub profile: bool,
}

object!(SearchAsk: query, vector, limit, profile);

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The generation it ran on.
    pub generation: u64,
    /// Best first.
    pub items: Vec<Item>,
    /// A part was missing; such a result is not kept.
    pub degraded: bool,
}

object!(Found: generation, items, degraded);

/// Asks for a page.
#[derive(Clone, Debug, Default)]
pub struct PageAsk {
    /// Most rows.
    pub limit: usize,
    /// Rows that come after this id.
    pub after: Option<String>,
    /// Of conversations, those in which each of these words stands.
    pub query: Option<String>,
}

object!(PageAsk: limit, after, query);

/// A page.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// In order.
    pub data: Vec<T>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A conversation; `messages` only where one was asked for.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// Its summary, if it was summarised.
    pub summary: Option<String>,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// Unix milliseconds.
    pub updated_at_ms: u64,
    /// What a client noted about it, a JSON object.
    pub metadata: String,
    /// The beginning of what the person said first.
    pub beginning: Option<String>,
    /// How many messages it has.
    pub count: u64,
    /// Oldest first.
    pub messages: Vec<Message>,
}

/// A message as it is kept.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// `user`, `assistant`, [`CALL`] or [`RESULT`].
    pub role: String,
    /// Its text.
    pub content: String,
    /// Unix milliseconds.
    pub at_ms: u64,
}

/// Messages were taken into the buffer.
#[derive(Clone, Debug)]
pub struct Appended {
    /// How many of them wait now.
    pub accepted: usize,
    /// How many cannot carry a fact.
    pub skipped: usize,
    /// How many wait in all.
    pub pending: usize,
}

object!(Appended: accepted, skipped, pending);

/// What waited was extracted.
#[derive(Clone, Debug, Default)]
pub struct Flushed {
    /// Messages that were read.
    pub messages: usize,
    /// Memories that were added, changed or ended.
    pub changes: usize,
    /// What still waits.
    pub pending: usize,
    /// Of the memories, afterwards.
    pub generation: u64,
}

object!(Flushed: messages, changes, pending, generation);
