//! Text as plain words, for rules that look for phrases.
//!
//! Lower case, single spaces, no apostrophes, no punctuation: "I'm, well, OK!" is "im well ok".

use crate::memory::salience::words::items;
use crate::wire::lower_case::letters;

/// Lower-case ASCII-folded words with single spaces, without apostrophes and punctuation.
pub(super) fn plain(text: &str) -> String {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '‘' | '`')))
        .map(letters)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// True if one of the listed phrases stands in `plain`.
///
/// Hundreds of phrases are asked of every message: a phrase is looked for only where its first word may be among the
/// message's, which its first byte and then a small filter of their hashes tell.
pub(super) fn any(plain: &str, phrases: &'static str) -> bool {
    let mut seen = [false; WORD_SLOTS];
    let mut begun = [false; 256];
    for word in plain.split(' ') {
        if let Some(slot) = seen.get_mut(slot(word)) {
            *slot = true;
        }
        if let Some(begun) = begun.get_mut(first_byte(word)) {
            *begun = true;
        }
    }
    let may_begin = |phrase: &str| {
        if !begun.get(first_byte(phrase)).is_some_and(|begun| *begun) {
            return false;
        }
        let first = phrase.split(' ').next().unwrap_or_default();
        seen.get(slot(first)).is_some_and(|seen| *seen)
    };
    items(phrases).any(|phrase| may_begin(phrase) && contains(plain, phrase))
}

fn first_byte(word: &str) -> usize {
    word.bytes().next().map_or(0, usize::from)
}

/// Slots of the filter: a message of 200 different words fills a fifth of it.
const WORD_SLOTS: usize = 1024;

/// The slot of a word (FNV-1a).
fn slot(word: &str) -> usize {
    let hash = word.bytes().fold(0x811c_9dc5u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash as usize % WORD_SLOTS
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

/// True if one of the listed pieces, none of which is ASCII, stands anywhere in a text or its plain form, which has no
/// marks of tone.
pub(super) fn within(text: &str, plain: &str, pieces: &'static str) -> bool {
    !text.is_ascii() && items(pieces).any(|piece| plain.contains(piece) || text.contains(piece))
}
