//! The way to the phrasebook object (`PHRASEBOOK`).

use super::phrasebook::{CommandRequest, CommandResult};
use super::phrases::PhrasesError;
use crate::platform::clock::timeout_ms;
use crate::platform::objects;

/// The phrasebook's deadline.
const ANSWER_MS: u64 = 5_000;

/// Sends a command, and reads what came of it.
///
/// # Errors
/// The object cannot be reached, is late, or failed.
pub async fn send(request: &CommandRequest) -> Result<CommandResult, PhrasesError> {
    let failed = |error: serde_json::Error| PhrasesError::Phrasebook(error.to_string());
    let command = serde_json::to_string(request).map_err(failed)?;
    let answer = timeout_ms(ANSWER_MS, objects::tell("PHRASEBOOK", "phrasebook", &command));
    let answer = answer.await.ok_or(PhrasesError::Late)?;
    let answer = answer.ok_or_else(|| PhrasesError::Phrasebook("it did not answer".to_owned()))?;
    serde_json::from_str(&answer).map_err(failed)
}
