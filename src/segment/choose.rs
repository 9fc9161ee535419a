//! Which of the possible ends a phrase takes: by length when it has outgrown its limit, by time when text has waited.

use super::boundary::{After, EndKind};
use super::{PhraseEnd, Segmenter, end_of, pace};
use crate::wire::boundaries::{is_between_graphemes, joins_previous};

/// A phrase that is due by time alone.
pub(super) struct TimedCut {
    pub at_ms: u64,
    pub position: usize,
    pub end: PhraseEnd,
}

impl Segmenter {
    /// Where to cut once the items have outgrown `size_max`: at the last sentence, else clause, else word, and with
    /// none of them only at the hard limit.
    pub(super) fn forced_cut(&self, size_max: usize) -> Option<(usize, PhraseEnd)> {
        let is_too_long = self.items.len() > self.chars_max || self.size(self.items.len()) > size_max;
        if !is_too_long {
            return None;
        }
        let fits =
            |position: usize| position <= self.chars_max && self.size(position) <= size_max && position > 0;
        let last_of = |wanted: fn(EndKind) -> bool| {
            self.ends
                .iter()
                .rev()
                .find(|(position, kind)| wanted(*kind) && fits(*position))
                .map(|(position, _)| *position)
        };
        let far = |position: &usize| self.size(*position) * 3 >= size_max;
        let sentence =
            last_of(|kind| kind == EndKind::Sentence).map(|position| (position, PhraseEnd::Sentence));
        let clause = last_of(|kind| kind != EndKind::Sentence).map(|position| (position, PhraseEnd::Clause));
        let word = self
            .last_word_gap(fits)
            .map(|position| (position, PhraseEnd::Word));
        sentence
            .or(clause.filter(|(position, _)| far(position)))
            .or(word)
            .or(clause)
            .or_else(|| self.last_gap(fits).map(|position| (position, PhraseEnd::Word)))
            .or_else(|| (self.items.len() > self.chars_max).then(|| (self.last_grapheme(), PhraseEnd::Word)))
    }

    /// The last clause, if the items have outgrown `clause_max`.
    pub(super) fn outgrown_clause(&self, clause_max: usize) -> Option<(usize, PhraseEnd)> {
        if self.size(self.items.len()) <= clause_max {
            return None;
        }
        let fits = |position: usize| self.size(position) <= clause_max && self.speaks(position);
        let mut ends = self.ends.iter().rev();
        ends.find(|(position, _)| fits(*position))
            .map(|(position, kind)| (*position, end_of(*kind)))
    }

    /// The last gap between words that may be cut: not after a stop that ends nothing, nor between a number and
    /// what it counts.
    fn last_word_gap(&self, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let ch = |index: usize| self.items.get(index).map(|item| item.ch);
        (1..self.items.len()).rev().find(|&index| {
            let is_gap = self
                .items
                .get(index)
                .is_some_and(|item| item.ch == ' ' && !item.glue);
            let before = ch(index - 1);
            let is_after_stop = before == Some('.') || before.is_some_and(char::is_numeric);
            let is_before_code = self.items.get(index + 1).is_some_and(|item| item.code)
                && self.items.get(index - 1).is_some_and(|item| item.code);
            is_gap && !is_after_stop && !is_before_code && fits(index)
        })
    }

    /// The last gap of any kind that fits: better than inside a word.
    fn last_gap(&self, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let is_gap = |index: usize| self.items.get(index).is_some_and(|item| item.ch == ' ');
        let is_outgrown = self.items.len() > self.chars_max;
        (1..self.items.len())
            .rev()
            .find(|&index| is_outgrown && is_gap(index) && fits(index))
    }

    /// The last end of a grapheme cluster within the hard limit; the limit itself if a cluster is longer.
    fn last_grapheme(&self) -> usize {
        let limit = self.chars_max;
        (limit / 2..=limit)
            .rev()
            .find(|position| self.is_between_graphemes(*position))
            .unwrap_or(limit)
    }

    /// Whether a mark that combines with the character before it stands at `position`.
    pub(super) fn is_inside_cluster(&self, position: usize) -> bool {
        self.items
            .get(position)
            .is_some_and(|item| !item.ch.is_ascii() && joins_previous(item.ch))
    }

    fn is_between_graphemes(&self, position: usize) -> bool {
        let (before, after) = self.items.split_at(position.min(self.items.len()));
        let mut before = before.iter().rev().map(|item| item.ch);
        after
            .first()
            .is_none_or(|item| is_between_graphemes(&mut before, item.ch))
    }

    /// When the items are due; `None` if they say nothing yet.
    pub(super) fn times(&self) -> Option<pace::Times> {
        let first_word = self.items.iter().find(|item| item.ch.is_alphanumeric())?;
        Some(self.pace.times(first_word.at_ms))
    }

    /// The next phrase by time alone.
    pub(super) fn timed_cut(&self) -> Option<TimedCut> {
        let times = self.times()?;
        let mut ends = self.ends.clone();
        self.scan_into(After::Pause, &mut ends);
        ends.retain(|(position, _)| {
            *position > 0 && self.speaks(*position) && self.may_cut_by_time(*position)
        });
        let aim = self.pace.aim(self.phrases, times.settle_ms);
        let whole = ends
            .iter()
            .copied()
            .rfind(|(position, kind)| *kind == EndKind::Sentence && self.size(*position) >= aim.sentence_min);
        let settled = whole.map(|(position, _)| TimedCut {
            at_ms: times.settle_ms,
            position,
            end: PhraseEnd::Sentence,
        });
        let clause = ends.last().map(|&(position, kind)| TimedCut {
            at_ms: times.clause_ms,
            position,
            end: end_of(kind),
        });
        let word = || {
            let position = self
                .last_word_gap(|position| self.speaks(position) && self.size(position) >= pace::WORD_MIN)?;
            Some(TimedCut {
                at_ms: times.word_ms,
                position,
                end: PhraseEnd::Word,
            })
        };
        [settled, clause.or_else(word)]
            .into_iter()
            .flatten()
            .min_by_key(|cut| cut.at_ms)
    }

    fn speaks(&self, position: usize) -> bool {
        self.items
            .iter()
            .take(position)
            .any(|item| item.ch.is_alphanumeric())
    }

    fn may_cut_by_time(&self, position: usize) -> bool {
        position <= self.chars_max && (position >= self.items.len() || self.is_between_graphemes(position))
    }
}
