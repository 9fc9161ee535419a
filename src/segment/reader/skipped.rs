//! What is left out whole: fenced code, and what ends with a line or with a word of its own.

use super::{Mode, Piece, Reader};
use crate::segment::lookahead;

/// Longest run of backticks looked at in a code block.
const RUN_CHARS_MAX: usize = 64;

impl Reader {
    pub(super) fn skip_line(&mut self) {
        let length = self.rest().iter().take_while(|ch| **ch != '\n').count();
        self.advance(length);
        if !self.rest().is_empty() {
            self.mode = Mode::Text;
        }
    }

    pub(super) fn skip_until(&mut self, end: &'static str, at_end: bool) {
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

    pub(super) fn read_fence(&mut self, mark: char, length: usize, is_line_start: bool, at_end: bool) {
        let rest = self.rest();
        let first = rest.first().copied();
        let run = rest
            .iter()
            .take(RUN_CHARS_MAX)
            .take_while(|ch| **ch == mark)
            .count();
        let mut stays_line_start = first == Some('\n');
        let mut length_read = 1;
        if run >= length && (is_line_start || mark == '`') {
            let after = rest.get(run..).unwrap_or_default();
            let Some(closes) = lookahead::closes_fence(after, is_line_start, at_end) else {
                return;
            };
            if closes {
                self.advance(run);
                self.out.push(Piece::BlockBreak);
                self.previous = None;
                self.mode = Mode::Text;
                self.is_line_start = false;
                return;
            }
            length_read = run;
        } else if run > 0 {
            if run == rest.len() && !at_end {
                return;
            }
            length_read = run;
        } else if is_line_start && matches!(first, Some(' ' | '\t' | '>')) {
            stays_line_start = true;
        } else if !stays_line_start {
            length_read = rest.iter().take_while(|ch| **ch != mark && **ch != '\n').count();
        }
        self.advance(length_read);
        self.mode = Mode::Fence {
            mark,
            length,
            is_line_start: stays_line_start,
        };
    }

    pub(in crate::segment) fn open_fence(&mut self, mark: char, length: usize) {
        self.out.push(Piece::BlockBreak);
        self.advance(length);
        self.mode = Mode::Fence {
            mark,
            length,
            is_line_start: false,
        };
    }
}
