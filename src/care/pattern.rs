//! The patterns of the vocabularies, and where one stands in a sentence.
//!
//! A list is patterns divided by ", "; a pattern is elements divided by spaces; an element is words divided by "/" of
//! which one must stand there. `word*` is any word that begins so, `element?` may be missing, `_` is up to three words
//! of any kind, `^` the beginning of a sentence, `$` the end of a part of one, a capital letter one of the vocabulary's sets. Fillers
//! ("just", "really") may stand anywhere but at the beginning; `!` before a pattern makes it proof against idioms. Of scripts without spaces a pattern is pieces divided by
//! "~", which stands for a few letters.

use super::text::{Sentence, Word};
use super::words::{Sets, Vocabulary};

/// Words that `_` stands for at most.
const GAP_WORDS_MAX: usize = 3;
/// Letters that `~` stands for at most.
const GAP_CHARS_MAX: usize = 8;

/// Where a pattern stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The pattern.
    pub rule: &'static str,
    /// The first of its words, or bytes of the joined sentence.
    pub from: usize,
    /// After the last of them.
    pub to: usize,
}

/// The patterns of a list.
pub(super) fn patterns(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(", ")
        .map(str::trim)
        .filter(|pattern| !pattern.is_empty())
}

/// Whether an element may be missing.
pub(super) fn is_optional(element: &str) -> bool {
    element.split('/').any(|one| one.ends_with(['?', '$']))
}

/// The words of an element, its sets written out.
pub(super) fn words_of(element: &'static str, sets: Sets) -> impl Iterator<Item = &'static str> {
    element.split('/').flat_map(move |one| {
        let one = one.trim_end_matches('?');
        let is_set = one.len() == 1 && one.bytes().all(|byte| byte.is_ascii_uppercase());
        let set = sets.iter().filter(|_| is_set).find(|(name, _)| *name == one);
        set.map_or(one, |(_, words)| *words).split('/')
    })
}

/// A sentence in the light of one vocabulary.
pub(super) struct Reading<'a> {
    pub sentence: &'a Sentence,
    pub vocabulary: &'static Vocabulary,
}

impl Reading<'_> {
    /// Every place where a pattern stands.
    pub fn places(&self, rule: &'static str, found: &mut Vec<Match>) {
        if self.vocabulary.is_unspaced {
            return self.pieces(rule, found);
        }
        let elements = rule.trim_start_matches('!');
        for from in 0..self.sentence.words.len() {
            if let Some(to) = self.ends(elements, from, true) {
                found.push(Match { rule, from, to });
            }
        }
    }

    fn is_at(&self, element: &'static str, word: &Word) -> bool {
        words_of(element, self.vocabulary.sets).any(|wanted| same(wanted, &word.text))
    }

    /// Whether a part of the sentence ends before this word.
    fn is_end(&self, at: usize) -> bool {
        let words = &self.sentence.words;
        let clause = |at: usize| words.get(at).map(|word| word.clause);
        at.checked_sub(1)
            .is_some_and(|before| clause(before) != clause(at))
    }

    /// Where the pattern ends that begins at this word.
    fn ends(&self, rest: &'static str, at: usize, is_first: bool) -> Option<usize> {
        let (element, next) = rest.split_once(' ').unwrap_or((rest, ""));
        let words = &self.sentence.words;
        let go_on = |at: usize| {
            if next.is_empty() {
                Some(at)
            } else {
                self.ends(next, at, false)
            }
        };
        match element {
            "_" => (0..=GAP_WORDS_MAX).find_map(|skipped| {
                if at + skipped > words.len() {
                    None
                } else {
                    go_on(at + skipped)
                }
            }),
            "^" => {
                if at == 0 {
                    go_on(at)
                } else {
                    None
                }
            }
            _ => {
                let word = words.get(at);
                let here = word
                    .filter(|word| self.is_at(element, word))
                    .and_then(|_| go_on(at + 1));
                if here.is_some() {
                    return here;
                }
                let marks = element.contains(['?', '$']);
                let has = |mark: &str| marks && element.split('/').any(|one| one.ends_with(mark));
                if (has("?") || (has("$") && self.is_end(at)))
                    && let Some(end) = go_on(at)
                {
                    return Some(end);
                }
                let is_filler = |word: &Word| {
                    let mut fillers = self.vocabulary.fillers.split('/');
                    fillers.any(|filler| filler == word.text)
                };
                // A word said twice is a slip of the tongue or of the recogniser.
                let is_again = |word: &Word| {
                    at.checked_sub(1)
                        .and_then(|before| words.get(before))
                        .is_some_and(|before| before.text == word.text)
                };
                word.filter(|word| !is_first && (is_filler(word) || is_again(word)))
                    .and_then(|_| self.ends(rest, at + 1, false))
            }
        }
    }

    /// A pattern of pieces in the joined sentence.
    fn pieces(&self, rule: &'static str, found: &mut Vec<Match>) {
        let mut pieces = rule.split('~');
        let first = pieces.next().unwrap_or_default();
        let joined = &self.sentence.joined;
        for (from, _) in joined.match_indices(first) {
            let mut to = from + first.len();
            let mut is_whole = true;
            for piece in pieces.clone() {
                let rest = joined.get(to..).unwrap_or_default();
                let limit = rest
                    .char_indices()
                    .nth(GAP_CHARS_MAX)
                    .map_or(rest.len(), |(at, _)| at);
                match rest.find(piece) {
                    Some(at) if at <= limit => to += at + piece.len(),
                    _ => is_whole = false,
                }
            }
            if is_whole {
                found.push(Match { rule, from, to });
            }
        }
    }
}

/// Whether a word is the one that is wanted.
fn same(wanted: &str, word: &str) -> bool {
    if wanted.as_bytes().first() != word.as_bytes().first() {
        return false;
    }
    match wanted.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => wanted == word,
    }
}
