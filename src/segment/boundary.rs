//! Where a phrase may end: judges one character by what stands before and after it.
//!
//! Invariant: a verdict other than `Wait` never changes when more text comes. That is what makes the phrases
//! independent of the chunks the text arrived in.
//!
//! One profile for all languages (see `abbreviations` for the words): a `.` ends a sentence before a gap unless the
//! word before it is an abbreviation, an initial or a list number, or the next word is in lower case. Semicolons and
//! colons are clauses, not sentences; a doubtful stop is left inside, since a phrase too long costs little and a cut
//! inside `U.S. Senate` is heard.

mod next;

use super::marks::{self, Mark};

/// Closing and ending marks read after the first one; more than this is decoration.
const RUN_CHARS_MAX: usize = 8;
/// Longest word read before or after a stop; abbreviations and sentence openings are shorter.
pub(super) const WORD_CHARS_MAX: usize = 24;

/// One character to be spoken.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpokenChar {
    pub ch: char,
    /// Bytes `source_start..source_end` of the text it was read from; empty for a mark that was added.
    pub source_start: usize,
    pub source_end: usize,
    pub at_ms: u64,
    /// Speech size of the reply up to and with this character.
    pub size_total: usize,
    /// A space that stands for a line or block break.
    pub line_break: Option<EndKind>,
    /// Inside inline code: nothing ends between two such characters.
    pub code: bool,
    /// No phrase ends here: the dot of a list number, a no-break space.
    pub glue: bool,
}

impl SpokenChar {
    pub fn is_gap(&self) -> bool {
        self.ch == ' '
    }
}

/// How strong an end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EndKind {
    Clause,
    /// A space in a script whose spaces part clauses and sentences alike.
    Space,
    Sentence,
}

/// What is known of the text after the last item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// More may come: wait for it where it matters.
    Unknown,
    /// Nothing came for a while: judge as if a gap followed, but leave doubtful stops alone.
    Pause,
    /// Nothing will come.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndVerdict {
    Wait,
    No,
    /// A phrase may end before the item at this index.
    End(usize, EndKind),
}

/// What the next word begins with.
#[derive(PartialEq)]
pub(super) enum Next {
    Wait,
    End,
    Upper,
    Lower,
    Uncased,
    Digit,
    Other,
}

/// What the judge knows beside the characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub language: Option<&'a str>,
    /// The writer begins sentences in lower case.
    pub lower_case_style: bool,
    /// `«` has been written: `»` after a space may close (`« Oui. »`).
    pub has_guillemets: bool,
    pub after: After,
}

pub(super) struct Judge<'a> {
    pub items: &'a [SpokenChar],
    pub context: Context<'a>,
}

impl Judge<'_> {
    /// Whether a phrase may end at or after the item at `index`.
    pub fn verdict(&self, index: usize) -> EndVerdict {
        let Some(item) = self.items.get(index) else {
            return EndVerdict::Wait;
        };
        if let Some(kind) = item.line_break {
            return EndVerdict::End(index, kind);
        }
        if item.glue {
            return EndVerdict::No;
        }
        if item.code {
            match self.items.get(index + 1) {
                Some(next) if next.code => return EndVerdict::No,
                None if self.context.after == After::Unknown => return EndVerdict::Wait,
                _ => {}
            }
        }
        match marks::mark_of(item.ch) {
            Mark::None if item.is_gap() => self.gap(index),
            Mark::None => EndVerdict::No,
            Mark::Stop | Mark::Call | Mark::Wide | Mark::Ellipsis => self.terminator(index),
            Mark::Comma => self.comma(index, item.ch),
            Mark::WideComma => self.wide_comma(index),
            Mark::Dash => self.dash(index),
            Mark::Hyphen => self.hyphen(index),
        }
    }

    pub fn ch(&self, index: usize) -> Option<char> {
        self.items.get(index).map(|item| item.ch)
    }

    pub fn before(&self, index: usize) -> Option<char> {
        self.ch(index.checked_sub(1)?)
    }

    fn is_gap_or_end(&self, index: usize) -> bool {
        self.items.get(index).is_none_or(SpokenChar::is_gap)
    }

    fn waits_at(&self, index: usize) -> bool {
        self.context.after == After::Unknown && index >= self.items.len()
    }

    fn gap(&self, index: usize) -> EndVerdict {
        let parts_clauses = self.before(index).is_some_and(marks::spaces_part_clauses);
        if !parts_clauses {
            return EndVerdict::No;
        }
        match self.ch(index + 1) {
            Some(next) if marks::spaces_part_clauses(next) => EndVerdict::End(index, EndKind::Space),
            None if self.context.after == After::Unknown => EndVerdict::Wait,
            _ => EndVerdict::No,
        }
    }

    fn comma(&self, index: usize, ch: char) -> EndVerdict {
        if self.waits_at(index + 1) {
            return EndVerdict::Wait;
        }
        let before = self.before(index);
        if index + 1 >= self.items.len() && before.is_some_and(|before| before.is_numeric()) {
            return EndVerdict::No; // `3,` may become `3,50`.
        }
        // The quotation that a comma closes: "Yes," she said.
        let closers = self.items.iter().skip(index + 1).take(RUN_CHARS_MAX);
        let end = index + 1 + closers.take_while(|item| marks::is_closer(item.ch)).count();
        if self.waits_at(end) {
            return EndVerdict::Wait;
        }
        if !self.is_gap_or_end(end) {
            return EndVerdict::No;
        }
        let is_full_stop = match ch {
            ';' | '\u{37e}' => before.is_some_and(marks::is_greek),
            ':' => before.is_some_and(marks::is_armenian),
            _ => false,
        };
        EndVerdict::End(
            end,
            if is_full_stop {
                EndKind::Sentence
            } else {
                EndKind::Clause
            },
        )
    }

    fn wide_comma(&self, index: usize) -> EndVerdict {
        if self.waits_at(index + 1) {
            return EndVerdict::Wait;
        }
        let is_number = |ch: Option<char>| ch.is_some_and(char::is_numeric);
        if is_number(self.before(index)) && is_number(self.ch(index + 1)) {
            return EndVerdict::No;
        }
        if self.ch(index + 1).is_some_and(marks::is_closer) {
            return EndVerdict::No;
        }
        EndVerdict::End(index + 1, EndKind::Clause)
    }

    fn dash(&self, index: usize) -> EndVerdict {
        match self.ch(index + 1) {
            None if self.context.after == After::Unknown => EndVerdict::Wait,
            Some(next) if marks::mark_of(next) == Mark::Dash || marks::is_closer(next) => EndVerdict::No,
            _ if index == 0 => EndVerdict::No,
            _ => EndVerdict::End(index + 1, EndKind::Clause),
        }
    }

    fn hyphen(&self, index: usize) -> EndVerdict {
        if self.waits_at(index + 1) {
            return EndVerdict::Wait;
        }
        let between_spaces = self.before(index) == Some(' ') && self.is_gap_or_end(index + 1);
        // `7 - 3` is a sum, not a pause.
        let after_number = index
            .checked_sub(2)
            .and_then(|index| self.ch(index))
            .is_some_and(char::is_numeric);
        if between_spaces && !after_number {
            EndVerdict::End(index + 1, EndKind::Clause)
        } else {
            EndVerdict::No
        }
    }

    fn terminator(&self, index: usize) -> EndVerdict {
        let Some(run) = self.run(index) else {
            return EndVerdict::Wait;
        };
        match run.mark {
            Mark::Wide => self.wide(index, &run),
            _ if self.is_address_so_far(index, run.end) => EndVerdict::No,
            _ if !self.is_gap_or_end(run.end) && !self.ch(run.end).is_some_and(marks::is_cjk) => {
                EndVerdict::No
            }
            _ if self
                .items
                .get(run.end)
                .is_some_and(|item| item.line_break.is_some()) =>
            {
                EndVerdict::End(run.end, EndKind::Sentence)
            }
            Mark::Stop => self.stop(index, &run),
            Mark::Call if !run.is_closed => EndVerdict::End(run.end, EndKind::Sentence),
            _ => self.by_next_letter(&run, true),
        }
    }

    /// After a pause right behind its mark, `https://a.` may become `https://a.b`, and `jo@x.` `jo@x.org`.
    fn is_address_so_far(&self, index: usize, end: usize) -> bool {
        if self.context.after != After::Pause || end < self.items.len() {
            return false;
        }
        let before = self.items.iter().take(index).rev();
        let word: String = before
            .map(|item| item.ch)
            .take_while(|ch| !ch.is_whitespace())
            .collect();
        word.contains("//:") || word.contains('@') || word.ends_with("www")
    }

    /// Reads the ending and closing marks from `index`; `None` to wait for more.
    fn run(&self, index: usize) -> Option<MarkRun> {
        let mut run = MarkRun {
            end: index,
            mark: Mark::None,
            is_closed: false,
        };
        let mut dots = 0;
        while let Some(ch) = self.ch(run.end) {
            let is_early = run.end - index < RUN_CHARS_MAX;
            if is_early && !run.is_closed && marks::is_terminator(ch) {
                let mark = marks::mark_of(ch);
                dots += usize::from(mark == Mark::Stop);
                run.mark = match (run.mark, mark) {
                    (Mark::Wide, _) | (_, Mark::Wide) => Mark::Wide,
                    (Mark::Call, _) | (_, Mark::Call) => Mark::Call,
                    (_, Mark::Stop) if dots > 1 => Mark::Ellipsis,
                    (Mark::Ellipsis, _) => Mark::Ellipsis,
                    (_, mark) => mark,
                };
            } else if is_early && (marks::is_closer(ch) || self.is_closing_quote(run.end)?) {
                run.is_closed = true;
            } else if is_early && ch == ' ' && self.closes_after_gap(run.end)? {
                run.is_closed = true;
                run.end += 1;
            } else {
                return Some(run);
            }
            run.end += 1;
        }
        (self.context.after != After::Unknown).then_some(run)
    }

    /// `“` after a stop closes if a gap follows it; `None` to wait for more.
    fn is_closing_quote(&self, index: usize) -> Option<bool> {
        if !self.ch(index).is_some_and(marks::is_either_quote) {
            return Some(false);
        }
        (!self.waits_at(index + 1)).then(|| self.is_gap_or_end(index + 1))
    }

    /// Whether the gap at `index` stands before a `»` that closes, as French has it; `None` to wait for more.
    fn closes_after_gap(&self, index: usize) -> Option<bool> {
        let is_sure = self.items.get(index).is_some_and(|gap| gap.line_break.is_none());
        if !is_sure || !self.context.has_guillemets {
            return Some(false);
        }
        match (self.ch(index + 1), self.ch(index + 2)) {
            (Some('»'), Some(after)) => Some(!after.is_alphanumeric() && !marks::is_opener(after)),
            (Some('»'), None) | (None, _) if self.context.after == After::Unknown => None,
            (next, _) => Some(next == Some('»')),
        }
    }

    fn wide(&self, index: usize, run: &MarkRun) -> EndVerdict {
        let is_number = |ch: Option<char>| ch.is_some_and(char::is_numeric);
        if self.ch(index) == Some('．') && is_number(self.before(index)) && is_number(self.ch(run.end)) {
            return EndVerdict::No;
        }
        // 「…。」と言った: the quotation goes on as part of its sentence.
        let kind = match self.ch(run.end) {
            Some(next) if run.is_closed && marks::is_hiragana(next) => EndKind::Clause,
            _ => EndKind::Sentence,
        };
        EndVerdict::End(run.end, kind)
    }
}

/// Ending and closing marks that stand together.
pub(super) struct MarkRun {
    /// Index after the last of them.
    pub end: usize,
    pub mark: Mark,
    pub is_closed: bool,
}
