//! OpenAI's Responses over chat completions: a request becomes the chat request that a turn takes, and the reply of that
//! turn becomes a response object or its events. Pure.

mod encoder;
mod items;
mod request;

pub use encoder::Encoder;
pub use request::Ask;

use crate::model::request::is_conversation_id;

/// What stands before a response's id.
pub const PREFIX: &str = "resp_";

/// A response's id, which carries the conversation that keeps it; without one nothing can follow it. `unique` is made of
/// letters and digits.
pub fn id_of(unique: &str, conversation: Option<&str>) -> String {
    match conversation {
        Some(conversation) => format!("{PREFIX}{unique}.{conversation}"),
        None => format!("{PREFIX}{unique}"),
    }
}

/// The conversation that keeps a response.
pub fn conversation_of(id: &str) -> Option<&str> {
    let (_, conversation) = id.strip_prefix(PREFIX)?.split_once('.')?;
    Some(conversation).filter(|conversation| is_conversation_id(conversation))
}

#[cfg(test)]
mod tests;
