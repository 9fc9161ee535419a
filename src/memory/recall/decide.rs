//! Whether a turn searches the memories at all.
//!
//! A pure greeting, thanks or backchannel searches nothing: no embedding, no query. The profile (name, language,
//! tone) is in the prompt either way. Everything else searches, also what answers a question and what asks to go
//! on, because there the memories matter.

use crate::memory::salience::decide::{SmallTalk, small_talk};
use crate::memory::salience::rules::{Rule, Rules};
use crate::wire::json::{object, words};

/// Whether to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Look for memories that fit.
    Search,
    /// Leave the search out; the profile stays.
    Skip,
}

words!(Search: Search "search", Skip "skip");

/// The decision and the rule behind it, under the names of [`Rule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recall {
    /// Search or skip.
    pub decision: Search,
    /// `default` or `answer` for a search, the class of small talk for a skip.
    pub rule: Rule,
}

object!(Recall: decision, rule);

/// Decides for one of the person's messages, given what the companion said before it.
pub fn decide(text: &str, previous_assistant: Option<&str>, rules: &Rules) -> Recall {
    let (decision, rule) = match small_talk(text, previous_assistant, rules) {
        // "Tell me more" is no fact, yet its answer needs what is known.
        SmallTalk::Skip(Rule::Continuer) => (Search::Search, Rule::Continuer),
        SmallTalk::Skip(rule) => (Search::Skip, rule),
        SmallTalk::Answer => (Search::Search, Rule::Answer),
        SmallTalk::No => (Search::Search, Rule::Default),
    };
    Recall { decision, rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pure_small_talk_leaves_the_search_out() {
        for (text, previous, expected) in [
            ("hi!", None, Search::Skip),
            (
                "thank you so much",
                Some("Your dentist is on Friday."),
                Search::Skip,
            ),
            ("ok cool", None, Search::Skip),
            ("tell me more", Some("Your sister called."), Search::Search),
            ("yes", Some("Shall I go on?"), Search::Search),
            ("ok", Some("Shall we talk about Ana?"), Search::Search),
            ("Hi, what did I say about Ana?", None, Search::Search),
            ("hola", None, Search::Search),
        ] {
            assert_eq!(
                decide(text, previous, &Rules::default()).decision,
                expected,
                "{text}"
            );
        }
    }
}
