//! What a person's object needs beyond its tables: models, time, and an end.
//!
//! [`super::object`] brings the platform's, tests bring scripts.

use futures::future::LocalBoxFuture;

use crate::memory::person::protocol::Said;
use crate::platform::sql::SqlError;
use crate::upstream::outcome::Failure;

/// Most texts in one request for vectors; OpenAI takes 2,048, Workers AI 100.
pub const EMBED_TEXTS_MAX: usize = 64;

/// What a model's answer must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerForm {
    /// The operations of an extraction, in JSON.
    Json,
    /// Plain text.
    Text,
}

/// The world around one person's object.
pub trait Outside {
    /// Now, Unix milliseconds.
    fn now_ms(&self) -> u64;

    /// What clocks show in an IANA time zone at that moment, as if it were UTC; `None` for a zone that is not known.
    fn local_ms(&self, timezone: &str, at_ms: u64) -> Option<u64>;

    /// Waits.
    fn sleep_ms(&self, ms: u64) -> LocalBoxFuture<'_, ()>;

    /// The first text that the chain of language models gives, or why each attempt failed.
    fn complete<'a>(
        &'a self,
        turns: &'a [Said],
        form: AnswerForm,
        request_id: &'a str,
    ) -> LocalBoxFuture<'a, Result<String, Vec<Failure>>>;

    /// Unit vectors of at most [`EMBED_TEXTS_MAX`] texts, in order; `None` when they could not be had.
    fn embed<'a>(&'a self, texts: &'a [String]) -> LocalBoxFuture<'a, Option<Vec<Vec<f32>>>>;

    /// Deletes all that is stored, and the alarm.
    fn erase(&self) -> LocalBoxFuture<'_, Result<(), SqlError>>;
}
