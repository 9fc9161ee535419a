//! What the Worker asks of a person's object and what it answers: JSON over the stub's `fetch`. Pure. What a client is to
//! see (memories, conversations, pages of them) is answered in its form ([`super::public`]).
//!
//! Every call is answered with its JSON, or with [`REFUSED`] and a [`CallRefusal`]. Both sides are one build, so there are no versions;
//! a call that was under way while a new build was deployed fails and is told as [`CallRefusal::Broken`].

mod budget;
mod turn;

pub use self::budget::*;
pub use self::turn::*;

use crate::config::Amounts;
use crate::memory::MemoryKind;
use crate::platform::log;
use crate::platform::sql::SqlError;
use crate::wire::json::{choice, object};

/// Of a statement's error, in a log.
const LOGGED_CHARS_MAX: usize = 200;

/// What stands before a refusal, and at the beginning of no JSON.
pub const REFUSED: char = '!';

/// Longest message that is kept; what is longer is cut.
pub const CONTENT_BYTES_MAX: usize = 256 * 1024;
/// Most messages that are shown of one conversation.
pub const MESSAGES_MAX: usize = 2_000;

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
        kind: MemoryKind,
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
        kind: Option<MemoryKind>,
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
    /// One conversation with its newest messages: [`Conversation`].
    Conversation {
        /// Which.
        id: String,
        /// Most messages.
        messages_max: usize,
    },
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
    /// Makes a conversation: the conversation.
    Create {
        /// Its id, which no other has.
        id: String,
        /// What was said in it.
        said: Vec<Said>,
        /// What is noted about it, as JSON.
        metadata: String,
    },
    /// Puts messages at the end of a conversation: their items.
    Extend {
        /// Which.
        id: String,
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
    /// Items of responses as JSON, in the order of their ids: `Vec<String>`; [`CallRefusal::NoItem`] if one is not there.
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

impl Call {
    /// One conversation with as many messages as are shown of one.
    pub fn conversation(id: String) -> Call {
        Call::Conversation {
            id,
            messages_max: MESSAGES_MAX,
        }
    }
}

choice!(Call or Call::SessionsSince =>
    Open(it), Close(it), Search(it), List(it), Get(it), History(it), Add { text, kind, key }, Append(it), Edit { id,
    text, kind }, Delete { id, everywhere }, DeleteAll, Flush, Conversations(it), Conversation { id, messages_max },
    DeleteConversation(it), Label { id, metadata }, ConversationItems { id, page, is_ascending }, ConversationItem { id, item }, DeleteItem { id, item }, Create { id, said, metadata }, Extend { id, said },
    Response(it), ResponseInput { id, page, is_ascending }, Items(it),
    DeleteResponse(it), Export { user, part, after }, Erase, Reserve(it), Settle { turn, used }, Usage, Reminded, EndSessions,
    SessionsSince
);

/// Why a call was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallRefusal {
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

choice!(CallRefusal or CallRefusal::Broken =>
    NotFound, NoItem(it), BadCursor, ModelFailed(it), ModelMalformed, Gone, Spent(it), Broken
);

impl From<SqlError> for CallRefusal {
    fn from(error: SqlError) -> CallRefusal {
        let error: String = error.0.chars().take(LOGGED_CHARS_MAX).collect();
        log::error(&crate::wire::json::json!({"event": "person_failed", "error": error}));
        CallRefusal::Broken
    }
}

/// A message from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What was said.
    pub said: Said,
    /// When, Unix milliseconds; `None` is now.
    pub at_ms: Option<u64>,
}

object!(Imported: said, at_ms);

impl From<StoredMessage> for Said {
    fn from(message: StoredMessage) -> Said {
        Said {
            role: message.role,
            content: message.content,
        }
    }
}

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
    pub messages: Vec<StoredMessage>,
}

/// A message as it is kept.
#[derive(Clone, Debug)]
pub struct StoredMessage {
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
