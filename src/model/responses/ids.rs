//! Ids of responses, and of the items that belong to them.

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
