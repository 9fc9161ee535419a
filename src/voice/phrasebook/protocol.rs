//! What the phrasebook is asked and answers, as its object is sent it.

use crate::voice::normalize::normalize;
use crate::wire::json::{choice, object};

/// Longest phrase that is learned, in bytes of its normal form; longer ones are not said twice.
pub const PHRASE_BYTES_MAX: usize = 600;
/// Most phrases of one batch that are counted.
pub const SAID_MAX: usize = 500;

/// What the deployment has configured; sent along, so that a change holds from the next command on (a smaller budget
/// from the next clip, listing or warming on).
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// `PHRASE_MIN_PEOPLE`; 0 counts as 1.
    pub people_min: u64,
    /// The persona's phrases.
    pub listed: Vec<String>,
    /// `PHRASE_CACHE_BYTES`
    pub budget_bytes: u64,
}

object!(Terms: people_min, listed, budget_bytes);

impl Terms {
    pub(super) fn people_min(&self) -> u64 {
        self.people_min.max(1)
    }

    /// Normal forms of the persona's phrases, without double ones.
    pub(super) fn listed(&self) -> Vec<String> {
        let mut listed: Vec<String> = Vec::new();
        for phrase in &self.listed {
            let text = normalize(phrase);
            if is_learnable(&text) && !listed.contains(&text) {
                listed.push(text);
            }
        }
        listed
    }
}

/// A phrase that somebody heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidPhrase {
    /// The words.
    pub text: String,
    /// Who heard them.
    pub person: String,
    /// The key of the clip that was played, if one was.
    pub clip_key: Option<String>,
}

object!(SaidPhrase: text, person, clip_key);

/// What the object is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// What was said.
    Observe {
        /// In the order in which it was said; at most [`SAID_MAX`].
        said: Vec<SaidPhrase>,
        /// Whether the marks of all clips are wanted.
        wants_known: bool,
    },
    /// A clip was put into the store.
    Stored(StoredClip),
    /// What should be synthesised ahead of need.
    Plan {
        /// The profile's, see [`crate::voice::clip_key::Profile::prefix`].
        prefix: String,
        /// How many phrases, most said first.
        limit: u64,
        /// A clip that expires before is made anew.
        fresh_until_ms: u64,
    },
    /// Clips with these keys will not be made now, though [`Command::Plan`] gave them out: the next plan may again.
    Release(Vec<String>),
    /// What is known and cached: at most so many phrases.
    List(u64),
    /// Forget everything.
    Clear,
}

choice!(Command or Command::Clear =>
    Observe { said, wants_known }, Stored(it), Plan { prefix, limit, fresh_until_ms }, Release(it), List(it), Clear
);

/// A command as it is sent to the object.
pub struct CommandRequest {
    /// What is configured.
    pub terms: Terms,
    /// What it is to do.
    pub command: Command,
}

object!(CommandRequest: terms, command);

/// What came of a command; what it does not concern is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommandResult {
    /// Of [`Command::Observe`]: whether each phrase may be shared.
    pub shared: Vec<bool>,
    /// Of [`Command::Observe`]: phrases that may be shared from now on, and could not before.
    pub newly_shared: Vec<String>,
    /// Of [`Command::Observe`], where wanted: the marks of all clips ([`crate::voice::clip_key::mark`]).
    pub known: Option<Vec<u64>>,
    /// Of [`Command::Plan`]: clips to make, most wanted first.
    pub items: Vec<WarmItem>,
    /// Of [`Command::Plan`]: phrases whose clip is good for long enough, or being made by another run.
    pub skipped: u64,
    /// Of [`Command::List`]: the body of `GET /admin/phrases`.
    pub listing: String,
    /// Keys to delete from the store.
    pub evicted: Vec<String>,
}

object!(CommandResult: shared, newly_shared, known, items, skipped, listing, evicted);

/// A clip in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClip {
    /// Its key there.
    pub key: String,
    /// The normalised phrase it says.
    pub text: String,
    /// Codec and voice, as the listing shows them.
    pub codec: String,
    /// See `codec`.
    pub voice: String,
    /// Its size.
    pub bytes: u64,
    /// When the store drops it.
    pub expires_at_ms: u64,
    /// Synthesis time one use saves (as measured when the clip was made).
    pub saving_ms: u64,
}

object!(StoredClip: key, text, codec, voice, bytes, expires_at_ms, saving_ms);

/// One clip to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmItem {
    /// What is to be said.
    pub text: String,
    /// Where the clip will be stored.
    pub clip_key: String,
}

object!(WarmItem: text, clip_key);

/// Whether a phrase in its normal form is learned.
pub(super) fn is_learnable(text: &str) -> bool {
    !text.is_empty() && text.len() <= PHRASE_BYTES_MAX
}
