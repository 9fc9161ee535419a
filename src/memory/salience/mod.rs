//! What is worth remembering: which of the person's messages go to extraction, and when. Pure.

pub mod decide;
mod do_not_store;
mod plain;
pub mod rules;
pub mod small_talk;
mod urgent;
mod words;
