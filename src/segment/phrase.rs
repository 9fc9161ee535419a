//! What comes out of the cutting, and what is asked of it.

use std::ops::Range;

use super::boundary::EndKind;

/// Most characters of a phrase by default: some 20 s of speech, well within every provider's limit.
pub const PHRASE_CHARS_MAX: usize = 300;
/// Least value of [`Options::phrase_chars_max`].
pub const PHRASE_CHARS_MAX_LEAST: usize = 16;

/// How to cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The text's language as a BCP 47 tag (`de`, `pt-BR`), if known: some abbreviations hold in one language only.
    pub language: Option<String>,
    /// Most characters of a phrase, at least [`PHRASE_CHARS_MAX_LEAST`] (a smaller value counts as that).
    pub phrase_chars_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            language: None,
            phrase_chars_max: PHRASE_CHARS_MAX,
        }
    }
}

/// A piece of a reply to be spoken in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// Place in the reply, from 0.
    pub index: usize,
    /// What is said: plain text without marks, in one line, without space around it; never empty.
    pub spoken: String,
    /// Bytes of the whole text (all chunks together) from the first to the last spoken character. Ranges of
    /// following phrases follow one another and do not overlap; marks between them belong to none.
    pub source: Range<usize>,
    /// What the phrase ends with.
    pub end: PhraseEnd,
}

/// What a phrase ends with: how long a pause sounds right after it, and how good its prosody can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhraseEnd {
    /// A whole sentence, list item, heading or the end of the text.
    Sentence,
    /// A comma, colon, dash or line break inside a sentence.
    Clause,
    /// Between two words (or, in writing without spaces, between two characters).
    Word,
}

pub(super) fn end_of(kind: EndKind) -> PhraseEnd {
    if kind == EndKind::Clause {
        PhraseEnd::Clause
    } else {
        PhraseEnd::Sentence
    }
}
