//! OpenAI's Responses over chat completions: a request becomes the chat request that a turn takes, and the reply of that
//! turn becomes a response object or its events. Pure.

mod encoder;
mod items;
mod request;

pub use encoder::Encoder;
pub use items::references;
pub use request::Ask;

/// What stands before a response's id.
pub const PREFIX: &str = "resp_";

#[cfg(test)]
mod tests;
