//! The marks inside a line: code, emphasis, links, images, tags, entities, escapes, table cells, emoticons, and the
//! addresses in which none of them counts.

use super::citation::{self, Before, Citation};
use super::direction;
use super::formula::{self, Formula};
use super::lookahead::{self, Ahead, Link, Prefix};
use super::marks;
use super::reader::Address;
use super::reader::{Mode, Piece, Reader, Style};
use super::tags::{self, Bracket, Tag};

/// Longest run of equal marks read as one.
const RUN_CHARS_MAX: usize = 64;

impl Reader {
    pub(super) fn backticks(&mut self, at_end: bool) {
        let run = self
            .rest()
            .iter()
            .take(RUN_CHARS_MAX)
            .take_while(|ch| **ch == '`')
            .count();
        if run == self.rest().len() && !at_end {
            return;
        }
        if self.code_run == 0 && run >= 3 {
            match lookahead::fence(self.rest(), '`', run, at_end) {
                Prefix::Wait => return,
                Prefix::Fence(mark, length) => return self.open_fence(mark, length),
                _ => {}
            }
        }
        if self.code_run == 0 {
            self.code_run = run;
        } else if self.code_run == run {
            self.code_run = 0;
        }
        self.advance(run);
    }

    pub(super) fn colon(&mut self, at_end: bool) {
        match (self.rest().get(1), self.rest().get(2)) {
            (Some('/'), Some('/')) => self.address = Address::Other,
            (None, _) | (Some('/'), None) if !at_end => return,
            _ => {}
        }
        self.speak(':', 1, Style::Plain);
    }

    pub(super) fn begins_word(&self) -> bool {
        self.previous
            .is_none_or(|ch| ch.is_whitespace() || ch == '\u{85}')
    }

    /// Skips an emoticon; true as well while it must wait for more.
    pub(super) fn skip_emoticon(&mut self, at_end: bool) -> bool {
        match lookahead::emoticon(self.rest(), at_end) {
            None => true,
            Some(0) => false,
            Some(length) => {
                self.out.push(Piece::Picture);
                self.advance(length);
                true
            }
        }
    }

    /// `$` and `\\`: a formula, an escape or itself.
    pub(super) fn formula_or(&mut self, ch: char, at_end: bool) {
        match formula::formula(self.rest(), self.previous, at_end) {
            Formula::Wait => {}
            Formula::No if ch == '\\' => self.escape(at_end),
            Formula::No => self.speak(ch, 1, Style::Plain),
            Formula::Display { length } => {
                self.out.push(Piece::Picture);
                self.advance(length);
            }
            Formula::Inline { length, mark } => {
                let inside = self.rest().get(mark..length - mark).unwrap_or_default();
                let said = formula::spoken(inside);
                self.speak_as_code(&said, length);
            }
        }
    }

    fn escape(&mut self, at_end: bool) {
        match self.rest().get(1).copied() {
            None if !at_end => {}
            Some(next) if next.is_ascii_punctuation() => self.speak(next, 2, Style::Plain),
            Some('\n') => self.advance(1),
            _ => self.speak('\\', 1, Style::Plain),
        }
    }

    /// `*`, `_` and `~`: unspoken, except where they stand for themselves (`2 * 3`, `snake_case`, `~5`).
    pub(super) fn emphasis(&mut self, mark: char, at_end: bool) {
        let run = self
            .rest()
            .iter()
            .take(RUN_CHARS_MAX)
            .take_while(|ch| **ch == mark)
            .count();
        let Some(after) = self.rest().get(run).copied().or(at_end.then_some('\n')) else {
            return;
        };
        let before = self.previous.unwrap_or('\n');
        if mark == '*' && run == 1 && after.is_alphabetic() && !before.is_alphanumeric() {
            let begins_sentence = self
                .mark
                .is_none_or(|mark| mark == '\n' || marks::is_terminator(mark));
            match direction::direction(self.rest(), begins_sentence, at_end) {
                Ahead::Wait => return,
                Ahead::At(length) => return self.skip_unsaid(length),
                Ahead::No => {}
            }
        }
        let is_word = |ch: char| ch.is_alphanumeric();
        let is_kept = match mark {
            '*' if run <= 2 && before.is_ascii_digit() => after.is_ascii_digit(),
            '*' => run == 1 && before == ' ' && after == ' ',
            '_' => is_word(before) && is_word(after),
            _ => run == 1,
        };
        if is_kept {
            for _ in 0..run {
                self.speak(mark, 1, Style::Plain);
            }
        } else if before.is_whitespace() && after.is_whitespace() {
            self.out.push(Piece::Space);
            self.advance(run);
        } else {
            self.advance(run);
            self.previous = Some(before);
        }
    }

    pub(super) fn bracket(&mut self, starts_line: bool, at_end: bool) {
        match tags::bracket(self.rest(), at_end) {
            Bracket::Wait => return self.is_line_start = starts_line,
            Bracket::No => {}
            Bracket::Mark(length) => return self.advance(length),
            Bracket::EndOfThought(length) => return self.end_thought(length),
            Bracket::Call(length) => {
                self.advance(length);
                self.mode = Mode::SkipLine;
                return;
            }
            Bracket::Thought(length, end) => {
                self.advance(length);
                self.mode = Mode::SkipUntil(end);
                return;
            }
        }
        if self.rest().first() != Some(&'[') {
            return self.speak('◁', 1, Style::Plain);
        }
        let before = Before {
            previous: self.previous,
            mark: self.mark,
            word: &self.word,
        };
        match citation::bracketed(self.rest(), &before, starts_line, at_end) {
            Citation::Wait => return self.is_line_start = starts_line,
            Citation::Length(length) => return self.skip_unsaid(length),
            Citation::No => {}
        }
        match lookahead::link(self.rest(), starts_line, at_end) {
            Link::Wait => self.is_line_start = starts_line,
            Link::No => self.speak('[', 1, Style::Plain),
            Link::Text { text, tail } => self.open_link(1, text, tail),
            Link::Footnote(length) => self.advance(length),
            Link::Definition => self.mode = Mode::SkipLine,
        }
    }

    /// Numbers of notes behind a sentence (`¹²`), which are not spoken; behind a word they are powers (`m²`).
    pub(super) fn skip_note(&mut self) -> bool {
        let is_behind = |ch: char| marks::is_terminator(ch) || marks::is_closer(ch) || ch == ',';
        if !self.previous.is_some_and(is_behind) {
            return false;
        }
        let (previous, mark) = (self.previous, self.mark);
        self.advance(1);
        (self.previous, self.mark) = (previous, mark);
        true
    }

    /// At a character that is text unless a citation stands there.
    pub(super) fn cited_or(&mut self, ch: char, citation: Citation) {
        match citation {
            Citation::Wait => {}
            Citation::Length(length) => self.skip_unsaid(length),
            Citation::No => self.speak(ch, 1, Style::Plain),
        }
    }

    /// Leaves out what stands between words or behind one; where it stood, no space is left before a mark.
    fn skip_unsaid(&mut self, length: usize) {
        let (previous, mark) = (self.previous, self.mark);
        let parts_words = previous.is_none_or(char::is_whitespace)
            || self.rest().get(length).is_some_and(|ch| ch.is_alphanumeric());
        if parts_words {
            self.out.push(Piece::Picture);
        }
        self.advance(length);
        (self.previous, self.mark) = (previous, mark);
    }

    /// A thought ends here that did not begin: nothing before it was meant to be said.
    fn end_thought(&mut self, length: usize) {
        self.advance(length);
        self.code_run = 0;
        self.link_tails.clear();
        self.out.push(Piece::Forget);
    }

    pub(super) fn image(&mut self, at_end: bool) {
        match self.rest().get(1) {
            None if !at_end => return,
            Some('[') => {}
            _ => return self.speak('!', 1, Style::Plain),
        }
        match lookahead::link(self.rest().get(1..).unwrap_or_default(), false, at_end) {
            Link::Wait => {}
            Link::Text { text, tail } => self.open_link(2, text, tail),
            _ => self.speak('!', 1, Style::Plain),
        }
    }

    fn open_link(&mut self, head: usize, text: usize, tail: usize) {
        self.link_tails.push((self.index + head + text, tail));
        let before = self.previous;
        self.advance(head);
        self.previous = before;
    }

    pub(super) fn angle(&mut self, at_end: bool) {
        match tags::tag(self.rest(), at_end) {
            Tag::Wait => {}
            Tag::No => self.speak('<', 1, Style::Plain),
            Tag::Inline { length } => self.advance(length),
            Tag::Block { length } => {
                self.out.push(Piece::BlockBreak);
                self.advance(length);
            }
            Tag::Hidden { length, end } => {
                self.advance(length);
                self.mode = Mode::SkipUntil(end);
            }
            Tag::EndOfThought { length } => self.end_thought(length),
            Tag::Comment => {
                self.advance(4);
                self.mode = Mode::SkipUntil("-->");
            }
            Tag::Address { length } => self.open_link(1, length - 2, 1),
        }
    }

    pub(super) fn ampersand(&mut self, at_end: bool) {
        match lookahead::entity(self.rest(), at_end) {
            None => {}
            Some(None) => self.speak('&', 1, Style::Plain),
            Some(Some((ch, length))) => self.speak(ch, length, Style::Plain),
        }
    }

    pub(super) fn pipe(&mut self, at_end: bool) {
        match self.rest().get(1) {
            None if !at_end => return,
            _ if self.is_table_row => self.out.push(Piece::CellBreak),
            // A table without outer pipes.
            Some(' ') if self.previous == Some(' ') => self.out.push(Piece::CellBreak),
            _ => return self.speak('|', 1, Style::Plain),
        }
        self.advance(1);
    }
}
