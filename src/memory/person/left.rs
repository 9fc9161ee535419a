//! What somebody said whose session was lost before anybody answered. Their client may send it again, whole, in a turn of
//! its own: a conversation does not hold the beginning of a sentence beside the sentence. Pure.
//!
//! Such a message is marked by its id, and no other goes: in two turns that both were answered somebody may say "yes" and
//! then "yes, and". Whichever of the two comes first, the whole one stays.

use super::protocol::{Said, StoredMessage};
use crate::wire::boundaries;
use crate::wire::lower_case::lowered;
use crate::wire::spacing::joined;

/// What the id of such a message begins with.
pub(super) const LEFT: &str = "msg_left_";
/// So long a client may be without a network until it sends again what it has recorded.
const AGAIN_MS_MAX: u64 = 600_000;

/// Whether `whole` begins with the words of `begun`, the last of which may have been cut off; a single one may not.
fn begins(whole: &str, begun: &str) -> bool {
    let words = |text: &str| boundaries::words(text).map(lowered).collect::<Vec<_>>();
    let (whole, begun) = (words(whole), words(begun));
    let Some((last, before)) = begun.split_last() else {
        return false;
    };
    let is_last = |word: &String| word == last || (!before.is_empty() && word.starts_with(last.as_str()));
    whole.starts_with(before) && whole.get(before.len()).is_some_and(is_last)
}

/// From where on the messages of a conversation are the beginning of what is said now.
pub(super) fn begun(kept: &[(i64, StoredMessage)], said: &[Said], now_ms: u64) -> usize {
    let is_left = |(_, one): &&(i64, StoredMessage)| {
        one.id.starts_with(LEFT) && now_ms.saturating_sub(one.at_ms) <= AGAIN_MS_MAX
    };
    let first = kept.len() - kept.iter().rev().take_while(is_left).count();
    let whole = said.iter().find(|one| one.role == "user");
    let is_begun = |from: &usize| {
        let left = kept.iter().skip(*from).map(|(_, one)| one.content.as_str());
        whole.is_some_and(|whole| begins(&whole.content, &joined(left)))
    };
    (first..kept.len()).find(is_begun).unwrap_or(kept.len())
}

/// What of `said` was not said whole since its session was lost.
pub(super) fn unsaid<'a>(kept: &[(i64, StoredMessage)], said: &'a [Said], lost_at_ms: u64) -> &'a [Said] {
    let is_whole = |from: &usize| {
        let left = joined(said.iter().skip(*from).map(|one| one.content.as_str()));
        let mut since = kept.iter().rev().take_while(|(_, one)| one.at_ms >= lost_at_ms);
        since.any(|(_, one)| one.role == "user" && begins(&one.content, &left))
    };
    let end = (0..said.len()).find(is_whole).unwrap_or(said.len());
    said.get(..end).unwrap_or(said)
}

#[cfg(test)]
mod tests {
    use super::begins;

    #[test]
    fn a_sentence_begins_with_its_words_whatever_their_marks() {
        for (whole, begun, is_so) in [
            ("I went to the market.", "I went to the", true),
            ("I went to the market.", "i went. To the mar", true),
            ("I went to the market.", "I went to the market", true),
            ("I went to the market.", "I went to a", false),
            ("I went", "I went to the", false),
            ("Yes, and then we left.", "Yes.", true),
            ("Nothing else, thanks.", "No.", false),
            ("I like coffee.", "I like tea.", false),
            ("今天下雨，我们走吧。", "今天下雨", true),
            ("今天下雨。", "明天下雨。", false),
            ("Yes.", "", false),
            ("", "Yes.", false),
        ] {
            assert_eq!(begins(whole, begun), is_so, "{whole}: {begun}");
        }
    }
}
