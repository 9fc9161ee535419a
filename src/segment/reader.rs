//! Reads the text of a reply as it arrives and gives what is spoken of it, character by character, with the place
//! in the text it came from.
//!
//! Not spoken: the marks of Markdown (emphasis, headings, bullets, quotes, rules, table lines, link addresses,
//! footnote marks), HTML tags and comments, emoji and other pictures, control characters, citations, stage
//! directions, thoughts, and what leaked of a model's machinery. Spoken: link and image texts, inline code without its
//! backticks, list numbers, addresses as their host, entities as their character. Fenced code and formulas on a line
//! of their own are left out whole: read aloud they help nobody, and the page shows them.
//!
//! The marks inside a line are read in `inline`, with `tags`, `citation`, `formula`, `direction` and `address`.
//!
//! Invariant: the pieces depend on the text alone, not on its chunks; what is held back is bounded by the looks of
//! `lookahead`. Left out: indented code blocks (indistinguishable from nested lists while they arrive), setext
//! headings (their underline is skipped), reference definitions over several lines.

mod skipped;

use super::citation;
use super::lookahead::{self, Prefix};
use super::marks;
use crate::wire::boundaries::joins_previous;

/// Most combining marks kept on one character. No orthography needs more; beyond it a phrase could not be bounded.
const COMBINING_MAX: usize = 8;
/// Equal punctuation marks kept in a row (`...`, `!!!`).
const REPEATS_MAX: usize = 3;
/// Most letters of [`Reader::word`].
const WORD_CHARS_MAX: usize = 24;

/// One step of what is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Char {
        ch: char,
        start: usize,
        end: usize,
        style: Style,
    },
    /// White space, or something unspoken that parts words.
    Space,
    /// A picture that was left out: parts words, but leaves no space before a mark (`so 🎉!`).
    Picture,
    LineBreak,
    /// The end of a paragraph, heading, list item or table row.
    BlockBreak,
    CellBreak,
    /// What stands before this was not meant to be said.
    Forget,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// Inline code.
    Code,
    /// No phrase ends after it.
    Glue,
}

/// Where the reader is in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    Outside,
    /// One of another scheme: spoken whole, and no mark in it counts.
    Other,
    Host,
    /// Behind the host, so many parentheses deep: not spoken.
    Path(usize),
}

#[derive(Debug, Clone)]
pub(super) enum Mode {
    Text,
    /// Inside a fenced block; `is_line_start` while its closing fence may come.
    Fence {
        mark: char,
        length: usize,
        is_line_start: bool,
    },
    SkipLine,
    /// Skip up to and with this text.
    SkipUntil(&'static str),
}

#[derive(Debug, Clone)]
pub(super) struct Reader {
    raw: Vec<char>,
    /// A carriage return has come, and not yet what follows it.
    has_return: bool,
    position: usize,
    /// Byte offset in the whole text of `raw[position]`.
    offset: usize,
    /// Character index in the whole text of `raw[position]`.
    pub(super) index: usize,
    pub(super) mode: Mode,
    pub(super) is_line_start: bool,
    pub(super) is_table_row: bool,
    is_heading: bool,
    /// Backticks that opened inline code; 0 outside.
    pub(super) code_run: usize,
    pub(super) address: Address,
    /// Ends of link texts: character index and length of what is not spoken there.
    pub(super) link_tails: Vec<(usize, usize)>,
    pub(super) previous: Option<char>,
    /// The last character that is no space (a line's end counts), and the last word.
    pub(super) mark: Option<char>,
    pub(super) word: String,
    word_has_ended: bool,
    /// A picture was left out just before: joiners after it belong to it.
    after_picture: bool,
    repeats: usize,
    combining: usize,
    pub out: Vec<Piece>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            raw: Vec::new(),
            has_return: false,
            position: 0,
            offset: 0,
            index: 0,
            mode: Mode::Text,
            is_line_start: true,
            is_table_row: false,
            is_heading: false,
            code_run: 0,
            address: Address::Outside,
            link_tails: Vec::new(),
            previous: None,
            mark: None,
            word: String::new(),
            word_has_ended: false,
            after_picture: false,
            repeats: 0,
            combining: 0,
            out: Vec::new(),
        }
    }
}

impl Reader {
    /// Takes a chunk and appends what can be told of it to `out`.
    pub fn push(&mut self, chunk: &str) {
        self.raw.drain(..self.position);
        self.position = 0;
        for ch in chunk.chars() {
            self.end_return(ch);
            match ch {
                '\r' => self.has_return = true,
                ch => self.raw.push(ch),
            }
        }
        self.read(false);
    }

    /// A carriage return ends a line by itself, unless a line feed follows it.
    fn end_return(&mut self, next: char) {
        if std::mem::take(&mut self.has_return) {
            self.raw.push(if next == '\n' { '\r' } else { '\n' });
        }
    }

    /// Settles what was held back, as if the text ended here.
    pub fn settle(&mut self) {
        self.end_return(' ');
        self.read(true);
    }

    pub(super) fn rest(&self) -> &[char] {
        self.raw.get(self.position..).unwrap_or_default()
    }

    fn read(&mut self, at_end: bool) {
        while self.position < self.raw.len() {
            let before = self.position;
            match self.mode {
                Mode::Text => self.read_text(at_end),
                Mode::Fence {
                    mark,
                    length,
                    is_line_start,
                } => self.read_fence(mark, length, is_line_start, at_end),
                Mode::SkipLine => self.skip_line(),
                Mode::SkipUntil(end) => self.skip_until(end, at_end),
            }
            let is_waiting = self.position == before
                && matches!(self.mode, Mode::Text | Mode::Fence { .. } | Mode::SkipUntil(_));
            if is_waiting {
                return;
            }
        }
    }

    pub(super) fn advance(&mut self, count: usize) {
        for _ in 0..count {
            if let Some(ch) = self.raw.get(self.position) {
                self.offset += ch.len_utf8();
                self.index += 1;
                self.position += 1;
                self.previous = Some(*ch);
                if !ch.is_whitespace() || *ch == '\n' {
                    self.mark = Some(*ch);
                }
                if !ch.is_alphanumeric() && *ch != '_' {
                    self.word_has_ended = true;
                    continue;
                }
                if std::mem::take(&mut self.word_has_ended) {
                    self.word.clear();
                }
                if self.word.len() < WORD_CHARS_MAX {
                    self.word.push(*ch);
                }
            }
        }
    }

    fn read_text(&mut self, at_end: bool) {
        let starts_line = self.is_line_start;
        if starts_line && !self.read_prefix(at_end) {
            return;
        }
        if let Some(&(index, length)) = self.link_tails.last()
            && index <= self.index
        {
            self.link_tails.pop();
            if index == self.index {
                self.address = Address::Outside;
                self.advance(length);
            }
            return self.read_text(at_end);
        }
        let Some(&ch) = self.rest().first() else {
            return;
        };
        match ch {
            '\n' => self.end_line(),
            '`' => self.backticks(at_end),
            _ if self.code_run > 0 => self.speak(ch, 1, Style::Code),
            _ if ch.is_whitespace() || ch == '\u{85}' => self.space(ch),
            _ if self.read_address(ch, at_end) => {}
            'h' | 'H' | 'w' | 'W' if self.begins_address(at_end) => {}
            ':' | ';' | '=' | '<' if self.begins_word() && self.skip_emoticon(at_end) => {}
            '\\' | '$' => self.formula_or(ch, at_end),
            '*' | '_' | '~' => self.emphasis(ch, at_end),
            '[' | '◁' => self.bracket(starts_line, at_end),
            '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' if self.skip_note() => {}
            '(' => self.cited_or(ch, citation::parenthesised(self.rest(), at_end)),
            '【' => self.cited_or(ch, citation::lenticular(self.rest(), at_end)),
            '\u{e200}' => self.cited_or(ch, citation::private(self.rest(), at_end)),
            '!' if !self.previous.is_some_and(char::is_alphanumeric) => self.image(at_end),
            '<' => self.angle(at_end),
            '&' => self.ampersand(at_end),
            '|' => self.pipe(at_end),
            '#' if self.is_heading && self.previous.is_some_and(|ch| ch == ' ' || ch == '#') => {
                self.advance(1)
            }
            ':' if self.previous.is_some_and(|ch| ch.is_ascii_alphanumeric()) => self.colon(at_end),
            _ => self.speak(ch, 1, Style::Plain),
        }
    }

    /// Reads what a line begins with; false if the line's text is not reached (yet).
    fn read_prefix(&mut self, at_end: bool) -> bool {
        match lookahead::prefix(self.rest(), at_end) {
            Prefix::Wait => {}
            Prefix::Text => {
                self.is_line_start = false;
                return true;
            }
            Prefix::BlankLine => {
                self.out.push(Piece::BlockBreak);
                self.code_run = 0;
                self.link_tails.clear();
                self.advance(1);
            }
            Prefix::Skip(count) => self.advance(count),
            Prefix::Bullet(count) => {
                self.out.push(Piece::BlockBreak);
                self.advance(count);
            }
            Prefix::Number(count) => {
                self.out.push(Piece::BlockBreak);
                self.is_line_start = false;
                for _ in 0..count {
                    let ch = self.rest().first().copied().unwrap_or(' ');
                    self.speak(ch, 1, Style::Glue);
                }
                self.mark = None;
            }
            Prefix::Heading(count) => {
                self.out.push(Piece::BlockBreak);
                self.is_heading = true;
                self.is_line_start = false;
                self.advance(count);
            }
            Prefix::Rule => {
                self.out.push(Piece::BlockBreak);
                self.mode = Mode::SkipLine;
            }
            Prefix::TableRow => {
                self.out.push(Piece::BlockBreak);
                self.is_table_row = true;
                self.is_line_start = false;
                self.advance(1);
            }
            Prefix::Fence(mark, length) => self.open_fence(mark, length),
        }
        false
    }

    fn end_line(&mut self) {
        let ends_block = self.is_heading || self.is_table_row;
        self.out.push(if ends_block {
            Piece::BlockBreak
        } else {
            Piece::LineBreak
        });
        self.is_heading = false;
        self.is_table_row = false;
        self.address = Address::Outside;
        self.is_line_start = true;
        self.repeats = 0;
        self.advance(1);
    }

    fn space(&mut self, ch: char) {
        self.address = Address::Outside;
        if matches!(ch, '\u{a0}' | '\u{202f}' | '\u{2007}') {
            let (start, end) = (self.offset, self.offset + ch.len_utf8());
            self.out.push(Piece::Char {
                ch: ' ',
                start,
                end,
                style: Style::Glue,
            });
        } else {
            self.out.push(Piece::Space);
        }
        self.after_picture = false;
        self.repeats = 0;
        self.combining = 0;
        self.advance(1);
    }

    /// Speaks `said`, which `length` characters of the text stand for; no phrase ends inside it.
    pub(super) fn speak_as_code(&mut self, said: &str, length: usize) {
        let mut start = self.offset;
        let mut previous = self.previous;
        self.advance(length);
        for ch in said.trim().chars() {
            self.say(ch, previous, start, Style::Code);
            (previous, start) = (Some(ch), self.offset);
        }
    }

    /// Speaks `ch`, which `length` characters of the text stand for.
    pub(super) fn speak(&mut self, ch: char, length: usize, style: Style) {
        let (start, previous) = (self.offset, self.previous);
        self.advance(length);
        self.say(ch, previous, start, style);
    }

    /// Says `ch`, read from `start` up to here behind `previous`, if it is spoken.
    fn say(&mut self, ch: char, previous: Option<char>, start: usize, style: Style) {
        if ch.is_whitespace() || ch.is_control() || ch == '\u{fffd}' {
            self.out.push(Piece::Space);
            return;
        }
        if marks::is_picture(ch) {
            self.after_picture = true;
            self.out.push(Piece::Picture);
            return;
        }
        if marks::is_invisible(ch) || (ch == '\u{200d}' && self.after_picture) {
            return;
        }
        self.after_picture = false;
        let is_repeated = previous == Some(ch) && !ch.is_alphanumeric();
        self.repeats = if is_repeated { self.repeats + 1 } else { 0 };
        let is_combining = !ch.is_ascii() && !ch.is_alphanumeric() && joins_previous(ch);
        self.combining = if is_combining { self.combining + 1 } else { 0 };
        if self.repeats >= REPEATS_MAX && style != Style::Code || self.combining > COMBINING_MAX {
            return;
        }
        self.out.push(Piece::Char {
            ch,
            start,
            end: self.offset,
            style,
        });
    }
}

#[cfg(test)]
impl Reader {
    /// Characters read but not yet told.
    pub fn held(&self) -> usize {
        self.rest().len() + self.link_tails.len()
    }
}
