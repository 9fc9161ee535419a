//! Care for somebody in danger of their life: whether a person's words say so, in which language, and what is answered
//! before any model is asked. Pure, and known to every room.
//!
//! | Question | Where |
//! |---|---|
//! | What is said, in text and sound? | [`answer`], `care/` |
//! | What is said of the companion itself, where and when? | [`notice`] |
//! | Do these words say it, by which rule? | [`find`] |
//! | How is a text read, whatever its spelling? | [`text`] |
//! | What does a rule look like? | [`pattern`] |
//! | Which rules are asked of a sentence? | [`index`] |
//! | The closed vocabularies, one file for a family of languages | `words/` |
//!
//! Invariant: a rule is a pattern that a reader can check; no model decides, nothing is learned, nothing is stored.

pub mod answer;
pub mod find;
#[cfg(test)]
mod find_tests;
mod index;
pub mod notice;
mod pattern;
mod text;
mod words;
