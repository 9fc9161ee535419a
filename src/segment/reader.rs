//! Reads the text of a reply as it arrives and gives what is spoken of it, character by character, with the place
//! in the text it came from.
//!
//! Not spoken: the marks of Markdown (emphasis, headings, bullets, quotes, rules, table lines, link addresses,
//! footnote marks), HTML tags and comments, emoji and other pictures, control characters. Spoken: link and image
//! texts, inline code without its backticks, list numbers, addresses written out, entities as their character.
//! A fenced code block is left out whole: read aloud it helps nobody, and the page shows it.
//!
//! The marks inside a line are read in `inline`.
//!
//! Invariant: the pieces depend on the text alone, not on its chunks; what is held back is bounded by the looks of
//! `lookahead`. Left out: indented code blocks (indistinguishable from nested lists while they arrive), setext
//! headings (their underline is skipped), reference definitions over several lines.

use super::lookahead::{self, Prefix};
use super::marks;

/// Most combining marks kept on one character. No orthography needs more; beyond it a phrase could not be bounded.
const COMBINING_MAX: usize = 8;
/// Equal punctuation marks kept in a row (`...`, `!!!`).
const REPEATS_MAX: usize = 3;
/// Longest line that may still close a code block.
const CLOSING_FENCE_CHARS_MAX: usize = 100;

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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// Inline code.
    Code,
    /// No phrase ends after it.
    Glue,
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
    pub(super) in_address: bool,
    /// Ends of link texts: character index and length of what is not spoken there.
    pub(super) link_tails: Vec<(usize, usize)>,
    pub(super) previous: Option<char>,
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
            position: 0,
            offset: 0,
            index: 0,
            mode: Mode::Text,
            is_line_start: true,
            is_table_row: false,
            is_heading: false,
            code_run: 0,
            in_address: false,
            link_tails: Vec::new(),
            previous: None,
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
        self.raw.extend(chunk.chars());
        self.read(false);
    }

    /// Settles what was held back, as if the text ended here.
    pub fn settle(&mut self) {
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
            }
        }
    }

    fn skip_line(&mut self) {
        let length = self.rest().iter().take_while(|ch| **ch != '\n').count();
        self.advance(length);
        if !self.rest().is_empty() {
            self.mode = Mode::Text;
        }
    }

    fn skip_until(&mut self, end: &'static str, at_end: bool) {
        let end: Vec<char> = end.chars().collect();
        let matches_at = |rest: &[char]| {
            rest.iter()
                .zip(&end)
                .all(|(ch, end)| ch.eq_ignore_ascii_case(end))
        };
        let found =
            (0..self.rest().len()).find(|start| matches_at(self.rest().get(*start..).unwrap_or_default()));
        match found {
            Some(start) if self.rest().len() >= start + end.len() => {
                self.advance(start + end.len());
                self.mode = Mode::Text;
            }
            Some(start) if !at_end => self.advance(start),
            _ => self.advance(self.rest().len()),
        }
    }

    fn read_fence(&mut self, mark: char, length: usize, is_line_start: bool, at_end: bool) {
        let line = self.rest().iter().take_while(|ch| **ch != '\n').count();
        let has_end = line < self.rest().len();
        if is_line_start {
            if !has_end && !at_end && line < CLOSING_FENCE_CHARS_MAX {
                return;
            }
            let text: String = self
                .rest()
                .iter()
                .take(line.min(CLOSING_FENCE_CHARS_MAX))
                .collect();
            let text = text.trim().trim_start_matches(['>', ' ']);
            if text.chars().count() >= length && text.chars().all(|ch| ch == mark) {
                self.advance(line);
                self.mode = Mode::Text;
                self.is_line_start = false;
                return;
            }
        }
        self.advance(line + usize::from(has_end));
        self.mode = Mode::Fence {
            mark,
            length,
            is_line_start: has_end,
        };
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
                self.in_address = false;
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
            _ if self.in_address && self.is_in_address(ch) => self.speak(ch, 1, Style::Plain),
            ':' | ';' | '=' | '<' if self.begins_word() && self.skip_emoticon(at_end) => {}
            '\\' => self.escape(at_end),
            '*' | '_' | '~' => self.emphasis(ch, at_end),
            '[' => self.bracket(starts_line, at_end),
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
            Prefix::Fence(mark, length) => {
                self.out.push(Piece::BlockBreak);
                self.advance(length);
                self.mode = Mode::Fence {
                    mark,
                    length,
                    is_line_start: false,
                };
            }
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
        self.in_address = false;
        self.is_line_start = true;
        self.repeats = 0;
        self.advance(1);
    }

    fn space(&mut self, ch: char) {
        self.in_address = false;
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

    /// Speaks `ch`, which `length` characters of the text stand for.
    pub(super) fn speak(&mut self, ch: char, length: usize, style: Style) {
        let start = self.offset;
        let previous = self.previous;
        self.advance(length);
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
        let is_combining = !ch.is_ascii() && !ch.is_alphanumeric() && super::joins_previous(ch);
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
