//! What a person did not hear of a reply is taken back from the conversation. Pure, but for the row that it changes.

use super::state::Live;
use super::tables::SqlError;
use crate::wire::boundaries;

impl Live {
    /// Cuts the conversation's last message after `heard`, if it is a reply that begins so; a reply of which nothing was
    /// heard goes. `through` is where the summary ends: what is told of there is not cut any more.
    pub(super) fn cut_unheard(&self, conversation: &str, through: i64, heard: &str) -> Result<(), SqlError> {
        let last = self.db.newest(conversation, through, 1)?.pop();
        let Some((_, mut reply)) = last.filter(|(_, message)| message.role == "assistant") else {
            return Ok(());
        };
        match cut(&reply.content, heard) {
            None => Ok(()),
            Some("") => self.db.erase_message(&reply.id).map(|_| ()),
            Some(kept) => {
                reply.content = kept.to_owned();
                self.db.put_message(conversation, &reply)
            }
        }
    }
}

/// The beginning of `reply` that `heard` says, to its last whole word; `None` where `reply` does not begin so, or is no
/// longer. Only letters and digits are compared: what is spoken has no Markdown and other spaces.
pub fn cut<'a>(reply: &'a str, heard: &str) -> Option<&'a str> {
    let counts = |c: &char| c.is_alphanumeric();
    let mut heard = heard.chars().filter(counts).peekable();
    let mut end = 0;
    let mut is_over = heard.peek().is_none();
    for (at, word) in boundaries::pieces(reply) {
        let mut letters = word.chars().filter(counts).peekable();
        let is_mark = letters.peek().is_none() && !word.trim().is_empty();
        if is_over && !(is_mark && end == at && end > 0) {
            return reply.get(..end).map(str::trim_end);
        }
        for letter in letters {
            match heard.next() {
                Some(said) if said == letter => {}
                Some(_) => return None,
                // In the middle of a word: it was not heard.
                None => return reply.get(..end).map(str::trim_end),
            }
        }
        is_over = heard.peek().is_none();
        end = at + word.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_cut_after_the_last_whole_word_that_was_heard() {
        for (reply, heard, kept) in [
            (
                "The sea is calm. Shall we go?",
                "The sea is calm.",
                Some("The sea is calm."),
            ),
            (
                "The sea is calm. Shall we go?",
                "The sea is ca",
                Some("The sea is"),
            ),
            (
                "The sea is **calm** today.",
                "The sea  is calm",
                Some("The sea is **calm**"),
            ),
            (
                "It isn't well-known, no.",
                "It isn't well",
                Some("It isn't well-"),
            ),
            ("It isn't well-known, no.", "It isn", Some("It")),
            (
                "海は静かです。行きましょう。",
                "海は静かです。",
                Some("海は静かです。"),
            ),
            ("**The sea** is calm.", "", Some("")),
            ("The sea is calm.", "Th", Some("")),
            ("The sea is calm.", " \n", Some("")),
            // Never made longer, and no other reply is cut.
            ("The sea is calm.", "The sea is calm.", None),
            ("The sea is calm.", "The sea is calm. Shall we go?", None),
            ("The sea is calm.", "The lake", None),
        ] {
            assert_eq!(cut(reply, heard), kept, "{reply:?} after {heard:?}");
        }
    }
}
