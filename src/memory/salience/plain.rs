//! Text as plain words, for rules that look for phrases.
//!
//! Lower case, single spaces, no apostrophes, no punctuation: "I'm, well, OK!" is "im well ok".

use crate::memory::salience::words::items;

/// Lower-case ASCII-folded words with single spaces, without apostrophes and punctuation.
pub(super) fn plain(text: &str) -> String {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '‘' | '`')))
        .map(plain_word)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A single word made plain.
pub(super) fn plain_word(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// True if one of the listed phrases stands in `plain`.
pub(super) fn any(plain: &str, phrases: &'static str) -> bool {
    items(phrases).any(|phrase| contains(plain, phrase))
}

/// True if `phrase` stands in `plain` between word boundaries.
pub(super) fn contains(plain: &str, phrase: &str) -> bool {
    plain.match_indices(phrase).any(|(at, found)| {
        let before = plain
            .get(..at)
            .is_none_or(|head| head.is_empty() || head.ends_with(' '));
        let after = plain
            .get(at + found.len()..)
            .is_none_or(|tail| tail.is_empty() || tail.starts_with(' '));
        before && after
    })
}

/// True if one of the listed pieces stands anywhere in a text or its plain form, which has no marks of tone.
pub(super) fn within(text: &str, plain: &str, pieces: &'static str) -> bool {
    items(pieces).any(|piece| plain.contains(piece) || text.contains(piece))
}
