//! The marks inside a line: code, emphasis, links, images, tags, entities, escapes, table cells, emoticons, and the
//! addresses in which none of them counts.

use super::lookahead::{self, Link, Tag};
use super::marks;
use super::reader::{Mode, Piece, Reader, Style};

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
        if self.code_run == 0 {
            self.code_run = run;
        } else if self.code_run == run {
            self.code_run = 0;
        }
        self.advance(run);
    }

    pub(super) fn is_in_address(&self, ch: char) -> bool {
        // Emphasis around the address; where its next character is not known yet, `emphasis` waits for it.
        let ends_emphasis = matches!(ch, '*' | '~' | '_')
            && self
                .rest()
                .get(1)
                .is_none_or(|next| (*next == ch && ch != '_') || next.is_whitespace());
        !matches!(ch, '<' | '>' | '"' | ')' | ']' | '|') && !marks::is_cjk(ch) && !ends_emphasis
    }

    pub(super) fn colon(&mut self, at_end: bool) {
        match (self.rest().get(1), self.rest().get(2)) {
            (Some('/'), Some('/')) => self.in_address = true,
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

    pub(super) fn escape(&mut self, at_end: bool) {
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
        match lookahead::link(self.rest(), starts_line, at_end) {
            Link::Wait if starts_line => self.is_line_start = true,
            Link::Wait => {}
            Link::No => match self.citation() {
                Some(length) => self.advance(length),
                None => self.speak('[', 1, Style::Plain),
            },
            Link::Text { text, tail } => self.open_link(1, text, tail),
            Link::Footnote(length) => self.advance(length),
            Link::Definition => self.mode = Mode::SkipLine,
        }
    }

    /// Length of a citation such as `[12]` right after a mark (`arr[0]` and `see [2]` are text).
    fn citation(&self) -> Option<usize> {
        let is_after_mark = self
            .previous
            .is_some_and(|ch| marks::is_terminator(ch) || matches!(ch, ',' | '，'));
        let digits = self
            .rest()
            .iter()
            .skip(1)
            .take(4)
            .take_while(|ch| ch.is_ascii_digit())
            .count();
        (is_after_mark && digits > 0 && self.rest().get(digits + 1) == Some(&']')).then_some(digits + 2)
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
        match lookahead::tag(self.rest(), at_end) {
            Tag::Wait => {}
            Tag::No => self.speak('<', 1, Style::Plain),
            Tag::Inline { length } => self.advance(length),
            Tag::Block { length } => {
                self.out.push(Piece::BlockBreak);
                self.advance(length);
            }
            Tag::Hidden { length, name } => {
                self.advance(length);
                self.mode = Mode::SkipUntil(name);
            }
            Tag::Comment => {
                self.advance(4);
                self.mode = Mode::SkipUntil("-->");
            }
            Tag::Address { length } => {
                self.advance(1);
                for _ in 2..length {
                    let ch = self.rest().first().copied().unwrap_or(' ');
                    self.speak(ch, 1, Style::Plain);
                }
                self.advance(1);
            }
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
