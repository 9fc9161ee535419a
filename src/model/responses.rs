//! OpenAI's Responses over chat completions: a request becomes the chat request that a turn takes, and the reply of that
//! turn becomes a response object or its events. Pure.

mod encoder;
mod fields;
mod ids;
mod items;
mod request;

pub use encoder::Encoder;
pub use ids::{PREFIX, response_of};
pub use items::references;
pub use request::{ResponsesRequest, check_metadata};

#[cfg(test)]
mod tests;
