//! How long phrases should be and how long text may wait. Pure numbers; sizes count as `marks::weight` does, in
//! Latin letters (about 65 ms of speech each).
//!
//! By place in the reply: the first phrase is the first whole sentence, however short, or the first clause of at
//! least [`FIRST_CLAUSE_MIN`], or, once it has grown to [`FIRST_CLAUSE_MAX`], any clause; the ones after it grow, since each plays while the next is made, up to whole sentences
//! of at least [`SENTENCES_MIN`] together. By supply, where the caller tells it: with less than [`HUNGRY_MS`] of
//! sound ahead the early rule holds again. Phrases do not grow beyond that however much sound is ahead: the last one of
//! a reply is made when its text is over, and with 200 letters instead of 100 a turn of a
//! minute takes a sixth longer.
//!
//! By time: a sentence that has ended as far as can be told waits [`SETTLE_MS`] for what might prove otherwise; a
//! clause at hand waits [`CLAUSE_MS`] and words wait [`WORD_MS`], counted from when the first unspoken word came. Where
//! sound is known to be ahead, clauses and words wait until [`MARGIN_MS`] before it ends.

/// Least size of a clause that may be the first phrase: shorter ones sound torn off.
pub(super) const FIRST_CLAUSE_MIN: usize = 40;
/// Greatest size of the first phrase that has a clause to end with, however short.
pub(super) const FIRST_CLAUSE_MAX: usize = 90;
/// Greatest size of the first phrase (if it has a gap to cut at).
pub(super) const FIRST_MAX: usize = 120;
/// Least size of later phrases.
pub(super) const SENTENCES_MIN: usize = 100;
/// Greatest size of later phrases.
pub(super) const LATER_MAX: usize = 300;
/// Least size of a piece that ends at a space in Thai, Lao, Khmer or Burmese.
pub(super) const SPACE_CLAUSE_MIN: usize = 30;
/// Least size of a piece that time alone cuts between two words.
pub(super) const WORD_MIN: usize = 12;

/// How long a sentence end at the end of the text waits for the next character.
pub(super) const SETTLE_MS: u64 = 150;
/// How long text with a clause in it waits.
pub(super) const CLAUSE_MS: u64 = 600;
/// How long text without a clause in it waits.
pub(super) const WORD_MS: u64 = 1_500;
/// Less sound ahead than this is hunger.
pub(super) const HUNGRY_MS: u64 = 1_500;
/// What synthesis needs before sound runs out.
pub(super) const MARGIN_MS: u64 = 800;

const NEVER: usize = usize::MAX;

/// What is known of arrivals and of the listener's supply.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    last_text_ms: u64,
    sound_until_ms: Option<u64>,
}

/// Sizes a phrase aims at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim {
    /// A sentence of at least this size ends the phrase.
    pub sentence_min: usize,
    /// So does a clause of at least this size.
    pub clause_min: usize,
    /// Beyond it, any clause does.
    pub clause_max: usize,
    /// Beyond it, the phrase ends at the best place there is.
    pub size_max: usize,
}

/// When text that waits is given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub settle_ms: u64,
    pub clause_ms: u64,
    pub word_ms: u64,
}

impl Pace {
    pub fn text_arrived(&mut self, now_ms: u64) {
        self.last_text_ms = self.last_text_ms.max(now_ms);
    }

    pub fn set_buffered(&mut self, buffered_ms: u64, now_ms: u64) {
        self.sound_until_ms = Some(now_ms.saturating_add(buffered_ms));
    }

    /// The aim of phrase `index` at `now_ms`.
    pub fn aim(&self, index: usize, now_ms: u64) -> Aim {
        let ahead_ms = self
            .sound_until_ms
            .map(|until_ms| until_ms.saturating_sub(now_ms));
        let (sentence_min, clause_min, clause_max, size_max) = match (index, ahead_ms) {
            (0, _) => (1, FIRST_CLAUSE_MIN, FIRST_CLAUSE_MAX, FIRST_MAX),
            (_, Some(ahead_ms)) if ahead_ms < HUNGRY_MS => (20, 60, NEVER, LATER_MAX),
            (1, _) => (40, 100, NEVER, 200),
            (2, _) => (80, NEVER, NEVER, LATER_MAX),
            _ => (SENTENCES_MIN, NEVER, NEVER, LATER_MAX),
        };
        Aim {
            sentence_min,
            clause_min,
            clause_max,
            size_max,
        }
    }

    /// When text is due whose first word came at `oldest_ms`.
    pub fn times(&self, oldest_ms: u64) -> Times {
        let supplied_until_ms = self
            .sound_until_ms
            .map_or(0, |until_ms| until_ms.saturating_sub(MARGIN_MS));
        Times {
            settle_ms: self.last_text_ms.saturating_add(SETTLE_MS),
            clause_ms: oldest_ms.saturating_add(CLAUSE_MS).max(supplied_until_ms),
            word_ms: oldest_ms.saturating_add(WORD_MS).max(supplied_until_ms),
        }
    }
}
