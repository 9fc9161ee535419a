//! The way to the phrasebook object (`PHRASEBOOK`).

use super::phrasebook::{CommandRequest, CommandResult};
use super::phrases_error::PhrasesError;
use crate::platform::clock::timeout_ms;
use crate::platform::objects;
use crate::wire::json;

/// The phrasebook's deadline.
const ANSWER_MS: u64 = 5_000;

/// Sends a command, and reads what came of it.
///
/// # Errors
/// The object cannot be reached, is late, or failed.
pub async fn send(request: &CommandRequest) -> Result<CommandResult, PhrasesError> {
    let command = json::text(request);
    let answer = timeout_ms(ANSWER_MS, objects::tell("PHRASEBOOK", "phrasebook", &command));
    let answer = answer.await.ok_or(PhrasesError::Late)?;
    let answer = answer.and_then(|answer| json::read(&answer));
    answer.ok_or_else(|| PhrasesError::Phrasebook("it did not answer".to_owned()))
}
