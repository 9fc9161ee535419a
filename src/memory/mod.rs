//! What is remembered about a person: the pure rules beside the person object and its caches.
//!
//! The files here decide; they never read a clock, a store or the network. The Durable Object and the KV store
//! load rows, call these functions, store what they return and answer. One invariant holds throughout: **what a
//! person said is never lost and never stored twice**, whatever crashes in between.
//!
//! | Question | Where |
//! |---|---|
//! | Does this message go to extraction, and when? | [`salience`] |
//! | Which messages make the next call, what is asked of the model, and what do its operations change? | [`extraction`] |
//! | Does this turn search, with what words, what fits best, and how does it enter the prompt? | [`recall`], [`tokens`] |
//! | Who does it, and where is it kept? | [`person`] |
//!
//! The whole design, with its guarantees and measured numbers, is in `docs/memory.md`.

#[cfg(target_arch = "wasm32")]
pub mod embed_fetch;
#[cfg(target_arch = "wasm32")]
pub mod extract_fetch;
pub mod extraction;
pub mod person;
pub mod recall;
pub mod salience;
pub mod settings;
pub mod tokens;

use crate::wire::json::words;

/// What a memory is about. The first three are the profile: they enter every prompt, searched for or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemoryKind {
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

words!(MemoryKind:
    Name "name", Language "language", Tone "tone", Fact "fact", Preference "preference", Relationship "relationship",
    Event "event", Plan "plan", Health "health", Feeling "feeling"
);

impl MemoryKind {
    /// Every kind, in the order in which the extraction prompt lists them.
    pub const ALL: [MemoryKind; 10] = [
        MemoryKind::Name,
        MemoryKind::Language,
        MemoryKind::Tone,
        MemoryKind::Fact,
        MemoryKind::Preference,
        MemoryKind::Relationship,
        MemoryKind::Event,
        MemoryKind::Plan,
        MemoryKind::Health,
        MemoryKind::Feeling,
    ];

    /// The kind of that name, whatever its case; `None` for any other word.
    pub fn parse(name: &str) -> Option<MemoryKind> {
        let name = name.trim();
        MemoryKind::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }

    /// True for what is in every prompt: name, language and tone.
    pub fn is_profile(self) -> bool {
        matches!(self, MemoryKind::Name | MemoryKind::Language | MemoryKind::Tone)
    }
}
