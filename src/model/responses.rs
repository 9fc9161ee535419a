//! OpenAI's Responses over chat completions: a request becomes the chat request that a turn takes, and the reply of that
//! turn becomes a response object or its events. Pure.

mod encoder;
mod items;
mod request;

pub use encoder::Encoder;
pub use items::references;
pub use request::{Ask, check_metadata};

/// What stands before a response's id.
pub const PREFIX: &str = "resp_";
/// Random digits of a response's id, which stand in the ids of its items, too.
const DIGITS: usize = 24;

/// The id of the response that an item belongs to, if its id is one of those.
pub fn response_of(item: &str) -> Option<String> {
    let digits = item.split_once('_')?.1.get(..DIGITS)?;
    let is_one = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_one.then(|| format!("{PREFIX}{digits}"))
}

#[cfg(test)]
mod tests;
