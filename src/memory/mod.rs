//! What is remembered about a person: the pure rules beside the person object and its caches.
//!
//! The files here decide; they never read a clock, a store or the network. The Durable Object and the KV store
//! load rows, call these functions, store what they return and answer. One invariant holds throughout: **what a
//! person said is never lost and never stored twice**, whatever crashes in between.
//!
//! | Question | File |
//! |---|---|
//! | Does this message go to extraction, and when? | [`remember`], on the vocabulary of [`closed`] |
//! | Does this turn search the memories, and with what words? | [`recall`], [`tokens`] |
//! | Which messages make the next extraction call, and what if it fails? | [`buffer`] |
//! | What is asked of the model, and what of its answer is accepted? | [`prompt`], [`answer`], [`same`] |
//! | What do the accepted operations change? | [`store`], [`schema`] |
//! | Which memories fit a query best? | [`vectors`], [`rank`] |
//! | Under which key may a result be cached? | [`recall_key`] |
//! | How do memories and history enter a prompt? | [`context`], [`dates`] |
//!
//! The whole design, with its guarantees and measured numbers, is in `docs/memory.md`.

pub mod answer;
#[cfg(target_arch = "wasm32")]
pub mod ask_fetch;
pub mod buffer;
pub mod closed;
pub mod context;
pub mod counts;
pub mod dates;
#[cfg(target_arch = "wasm32")]
pub mod embed_fetch;
#[cfg(target_arch = "wasm32")]
pub mod extract_fetch;
pub mod person_calls;
#[cfg(target_arch = "wasm32")]
pub mod person_change;
#[cfg(target_arch = "wasm32")]
pub mod person_client;
#[cfg(target_arch = "wasm32")]
pub mod person_do;
#[cfg(target_arch = "wasm32")]
pub mod person_live;
#[cfg(target_arch = "wasm32")]
pub mod person_recall;
#[cfg(target_arch = "wasm32")]
pub mod person_search;
#[cfg(target_arch = "wasm32")]
pub mod person_sql;
#[cfg(target_arch = "wasm32")]
pub mod person_summary;
#[cfg(target_arch = "wasm32")]
pub mod person_turn;
#[cfg(target_arch = "wasm32")]
pub mod person_work;
mod plain;
pub mod prompt;
pub mod rank;
pub mod recall;
pub mod recall_key;
#[cfg(target_arch = "wasm32")]
pub mod recall_kv;
pub mod remember;
pub mod same;
pub mod schema;
pub mod settings;
pub mod store;
pub mod tokens;
mod urgent;
pub mod vectors;
mod vocabulary;

use serde::{Deserialize, Serialize};

/// What a memory is about. The first three are the profile: they enter every prompt, searched for or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// How the person is called.
    Name,
    /// The language or languages the person wants to be spoken to in.
    Language,
    /// How the companion is to speak: short, gentle, formal.
    Tone,
    /// Anything lasting that no other kind names.
    Fact,
    /// A like or a dislike.
    Preference,
    /// A person or an animal in this person's life.
    Relationship,
    /// Something that happened at a time.
    Event,
    /// Something intended or due.
    Plan,
    /// The body: illness, allergy, medication.
    Health,
    /// A lasting mood or worry.
    Feeling,
}

impl Kind {
    /// Every kind, in the order in which the extraction prompt lists them.
    pub const ALL: [Kind; 10] = [
        Kind::Name,
        Kind::Language,
        Kind::Tone,
        Kind::Fact,
        Kind::Preference,
        Kind::Relationship,
        Kind::Event,
        Kind::Plan,
        Kind::Health,
        Kind::Feeling,
    ];

    /// The name in JSON, SQL and prompts.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Name => "name",
            Kind::Language => "language",
            Kind::Tone => "tone",
            Kind::Fact => "fact",
            Kind::Preference => "preference",
            Kind::Relationship => "relationship",
            Kind::Event => "event",
            Kind::Plan => "plan",
            Kind::Health => "health",
            Kind::Feeling => "feeling",
        }
    }

    /// The kind of that name, whatever its case; `None` for any other word.
    pub fn parse(name: &str) -> Option<Kind> {
        let name = name.trim();
        Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }

    /// True for what is in every prompt: name, language and tone.
    pub fn is_profile(self) -> bool {
        matches!(self, Kind::Name | Kind::Language | Kind::Tone)
    }
}
