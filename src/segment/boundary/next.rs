//! What comes after a mark: the next word, and what it begins with.

use super::{After, Judge, Next, RUN_CHARS_MAX, WORD_CHARS_MAX};
use crate::segment::{abbreviations, marks};
use crate::wire::lower_case::lowered;

impl Judge<'_> {
    /// What the next word after a gap begins with.
    pub fn next_letter(&self, index: usize) -> Next {
        let start = self.next_start(index);
        let Some(ch) = self.ch(start) else {
            return if self.context.after == After::Unknown {
                Next::Wait
            } else {
                Next::End
            };
        };
        match ch {
            _ if ch.is_uppercase() => Next::Upper,
            _ if ch.is_lowercase() => Next::Lower,
            _ if ch.is_numeric() => Next::Digit,
            _ if ch.is_alphabetic() => Next::Uncased,
            _ => Next::Other,
        }
    }

    /// Whether the next words are a name that begins with a particle (`Le Guin`, `De la Cruz`); `None` to wait.
    pub fn next_is_name_of_words(&self, index: usize) -> Option<bool> {
        let mut start = self.next_start(index);
        let mut particles = 0;
        loop {
            let word = self
                .items
                .iter()
                .skip(start)
                .take(WORD_CHARS_MAX)
                .map(|item| item.ch);
            let word: String = word.take_while(|ch| ch.is_alphabetic()).collect();
            let end = start + word.chars().count();
            let is_name = particles > 0 && word.chars().next().is_some_and(char::is_uppercase);
            if is_name || !abbreviations::is_name_particle(&lowered(&word)) {
                let is_open = word.is_empty() && end >= self.items.len();
                return (!is_open || self.context.after != After::Unknown).then_some(is_name);
            }
            match self.ch(end) {
                None if self.context.after == After::Unknown => return None,
                Some(' ') => {}
                _ => return Some(false),
            }
            particles += 1;
            start = end + 1;
        }
    }

    /// What the next word begins with, if that is known.
    pub fn next_char(&self, index: usize) -> Option<char> {
        self.ch(self.next_start(index))
    }

    /// Where the next word begins.
    pub fn next_start(&self, index: usize) -> usize {
        let skipped = self.items.iter().skip(index).take(RUN_CHARS_MAX);
        index
            + skipped
                .take_while(|item| item.is_gap() || marks::is_opener(item.ch))
                .count()
    }

    /// The next word whole; empty for an initial or no word; `None` to wait for more.
    pub fn next_word(&self, index: usize) -> Option<String> {
        let start = self.next_start(index);
        let word: String = self
            .items
            .iter()
            .skip(start)
            .take(WORD_CHARS_MAX)
            .map(|item| item.ch)
            .take_while(|ch| ch.is_alphabetic() || matches!(ch, '\'' | '’'))
            .collect();
        let end = start + word.chars().count();
        match self.ch(end) {
            None if self.context.after == After::Unknown => None,
            Some('.') if word.chars().count() <= 1 => Some(String::new()),
            _ => Some(word),
        }
    }
}
