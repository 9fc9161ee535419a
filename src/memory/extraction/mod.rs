//! From what a person said to what is remembered: waiting, asking the model, reading its answer, applying it. Pure.

pub mod apply;
pub mod buffer;
pub mod dates;
pub mod dedupe;
pub mod operations;
pub mod prompt;
