//! Where a phrase may end: judges one character by what stands before and after it.
//!
//! Invariant: a verdict other than `Wait` never changes when more text comes. That is what makes the phrases
//! independent of the chunks the text arrived in.
//!
//! One profile for all languages (see `abbreviations` for the words): a `.` ends a sentence before a gap unless the
//! word before it is an abbreviation, an initial or a list number, or the next word is in lower case. Semicolons and
//! colons are clauses, not sentences; a doubtful stop is left inside, since a phrase too long costs little and a cut
//! inside `U.S. Senate` is heard.

use super::abbreviations::{self, Habit};
use super::marks::{self, Mark};

/// Closing and ending marks read after the first one; more than this is decoration.
const RUN_CHARS_MAX: usize = 8;
/// Longest word read before or after a stop; abbreviations and sentence openings are shorter.
const WORD_CHARS_MAX: usize = 24;

/// One character to be spoken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub ch: char,
    /// Bytes `source_start..source_end` of the text it was read from; empty for a mark that was added.
    pub source_start: usize,
    pub source_end: usize,
    pub at_ms: u64,
    /// Speech size of the reply up to and with this character.
    pub size_total: usize,
    /// A space that stands for a line or block break.
    pub line_break: Option<Kind>,
    /// Inside inline code: nothing ends between two such characters.
    pub code: bool,
    /// No phrase ends here: the dot of a list number, a no-break space.
    pub glue: bool,
}

impl Item {
    fn is_gap(&self) -> bool {
        self.ch == ' '
    }
}

/// How strong an end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
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
pub(super) enum Verdict {
    Wait,
    No,
    /// A phrase may end before the item at this index.
    End(usize, Kind),
}

/// What the judge knows beside the characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub language: Option<&'a str>,
    /// The writer begins sentences in lower case.
    pub lower_case_style: bool,
    pub after: After,
}

pub(super) struct Judge<'a> {
    pub items: &'a [Item],
    pub context: Context<'a>,
}

impl Judge<'_> {
    /// Whether a phrase may end at or after the item at `index`.
    pub fn verdict(&self, index: usize) -> Verdict {
        let Some(item) = self.items.get(index) else {
            return Verdict::Wait;
        };
        if let Some(kind) = item.line_break {
            return Verdict::End(index, kind);
        }
        if item.glue {
            return Verdict::No;
        }
        if item.code {
            match self.items.get(index + 1) {
                Some(next) if next.code => return Verdict::No,
                None if self.context.after == After::Unknown => return Verdict::Wait,
                _ => {}
            }
        }
        match marks::mark_of(item.ch) {
            Mark::None if item.is_gap() => self.gap(index),
            Mark::None => Verdict::No,
            Mark::Stop | Mark::Call | Mark::Wide | Mark::Ellipsis => self.terminator(index),
            Mark::Comma => self.comma(index, item.ch),
            Mark::WideComma => self.wide_comma(index),
            Mark::Dash => self.dash(index),
            Mark::Hyphen => self.hyphen(index),
        }
    }

    fn ch(&self, index: usize) -> Option<char> {
        self.items.get(index).map(|item| item.ch)
    }

    fn before(&self, index: usize) -> Option<char> {
        self.ch(index.checked_sub(1)?)
    }

    fn is_gap_or_end(&self, index: usize) -> bool {
        self.items.get(index).is_none_or(Item::is_gap)
    }

    fn waits_at(&self, index: usize) -> bool {
        self.context.after == After::Unknown && index >= self.items.len()
    }

    fn gap(&self, index: usize) -> Verdict {
        let parts_clauses = self.before(index).is_some_and(marks::spaces_part_clauses);
        if !parts_clauses {
            return Verdict::No;
        }
        match self.ch(index + 1) {
            Some(next) if marks::spaces_part_clauses(next) => Verdict::End(index, Kind::Space),
            None if self.context.after == After::Unknown => Verdict::Wait,
            _ => Verdict::No,
        }
    }

    fn comma(&self, index: usize, ch: char) -> Verdict {
        if self.waits_at(index + 1) {
            return Verdict::Wait;
        }
        let before = self.before(index);
        if index + 1 >= self.items.len() && before.is_some_and(|before| before.is_numeric()) {
            return Verdict::No; // `3,` may become `3,50`.
        }
        if !self.is_gap_or_end(index + 1) {
            return Verdict::No;
        }
        let is_full_stop = match ch {
            ';' | '\u{37e}' => before.is_some_and(marks::is_greek),
            ':' => before.is_some_and(marks::is_armenian),
            _ => false,
        };
        Verdict::End(
            index + 1,
            if is_full_stop {
                Kind::Sentence
            } else {
                Kind::Clause
            },
        )
    }

    fn wide_comma(&self, index: usize) -> Verdict {
        if self.waits_at(index + 1) {
            return Verdict::Wait;
        }
        let is_number = |ch: Option<char>| ch.is_some_and(char::is_numeric);
        if is_number(self.before(index)) && is_number(self.ch(index + 1)) {
            return Verdict::No;
        }
        if self.ch(index + 1).is_some_and(marks::is_closer) {
            return Verdict::No;
        }
        Verdict::End(index + 1, Kind::Clause)
    }

    fn dash(&self, index: usize) -> Verdict {
        match self.ch(index + 1) {
            None if self.context.after == After::Unknown => Verdict::Wait,
            Some(next) if marks::mark_of(next) == Mark::Dash || marks::is_closer(next) => Verdict::No,
            _ if index == 0 => Verdict::No,
            _ => Verdict::End(index + 1, Kind::Clause),
        }
    }

    fn hyphen(&self, index: usize) -> Verdict {
        if self.waits_at(index + 1) {
            return Verdict::Wait;
        }
        let between_spaces = self.before(index) == Some(' ') && self.is_gap_or_end(index + 1);
        // `7 - 3` is a sum, not a pause.
        let after_number = index
            .checked_sub(2)
            .and_then(|index| self.ch(index))
            .is_some_and(char::is_numeric);
        if between_spaces && !after_number {
            Verdict::End(index + 1, Kind::Clause)
        } else {
            Verdict::No
        }
    }

    fn terminator(&self, index: usize) -> Verdict {
        let Some(run) = self.run(index) else {
            return Verdict::Wait;
        };
        match run.mark {
            Mark::Wide => self.wide(index, &run),
            _ if !self.is_gap_or_end(run.end) && !self.ch(run.end).is_some_and(marks::is_cjk) => Verdict::No,
            _ if self
                .items
                .get(run.end)
                .is_some_and(|item| item.line_break.is_some()) =>
            {
                Verdict::End(run.end, Kind::Sentence)
            }
            Mark::Stop => self.stop(index, &run),
            Mark::Call if !run.is_closed => Verdict::End(run.end, Kind::Sentence),
            _ => self.by_next_letter(&run, true),
        }
    }

    /// Reads the ending and closing marks from `index`; `None` to wait for more.
    fn run(&self, index: usize) -> Option<Run> {
        let mut run = Run {
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

    fn wide(&self, index: usize, run: &Run) -> Verdict {
        let is_number = |ch: Option<char>| ch.is_some_and(char::is_numeric);
        if self.ch(index) == Some('．') && is_number(self.before(index)) && is_number(self.ch(run.end)) {
            return Verdict::No;
        }
        // 「…。」と言った: the quotation goes on as part of its sentence.
        let kind = match self.ch(run.end) {
            Some(next) if run.is_closed && marks::is_hiragana(next) => Kind::Clause,
            _ => Kind::Sentence,
        };
        Verdict::End(run.end, kind)
    }

    fn stop(&self, index: usize, run: &Run) -> Verdict {
        // Thai, Lao, Khmer and Burmese have the dot in abbreviations alone.
        if self.before(index).is_some_and(marks::spaces_part_clauses) {
            return Verdict::No;
        }
        // After a pause `v1.` may become `v1.2`.
        if self.before(index).is_some_and(char::is_numeric) && self.pauses_at(run.end) {
            return Verdict::No;
        }
        let word = self.word_before(index);
        match self.habit_before(index, &word) {
            Stand::Ordinary => self.by_next_letter(run, self.context.lower_case_style),
            Stand::ListNumber | Stand::Abbreviation(Habit::GoesOn) => Verdict::No,
            Stand::Abbreviation(_) if self.pauses_at(run.end) => {
                // Said alone, "No." is an answer.
                let is_whole = index == word.chars().count() && word == "no";
                if is_whole {
                    Verdict::End(run.end, Kind::Sentence)
                } else {
                    Verdict::No
                }
            }
            Stand::Abbreviation(Habit::BeforeNumber) => match self.next_letter(run.end) {
                Next::Wait => Verdict::Wait,
                Next::Digit => Verdict::No,
                _ => self.by_next_letter(run, self.context.lower_case_style),
            },
            Stand::Abbreviation(Habit::OftenEnds) => match self.next_letter(run.end) {
                Next::Wait => Verdict::Wait,
                Next::Upper => self.unless(run, |next| {
                    let is_all_capitals = next.chars().count() > 1 && next.chars().all(char::is_uppercase);
                    is_all_capitals || abbreviations::goes_on_after_time(&next.to_lowercase())
                }),
                Next::Uncased | Next::End => Verdict::End(run.end, Kind::Sentence),
                Next::Lower | Next::Digit | Next::Other => Verdict::No,
            },
            Stand::Abbreviation(Habit::SeldomEnds) => {
                self.unless(run, |next| !abbreviations::is_starter(&next.to_lowercase()))
            }
            Stand::Ordinal => self.ordinal(run),
        }
    }

    /// After a number: `3. Oktober` goes on, `in 1990. Then` ends.
    fn ordinal(&self, run: &Run) -> Verdict {
        if self.next_letter(run.end) == Next::Upper {
            let dotted = abbreviations::has_dotted_ordinals(self.context.language);
            return self.unless(run, |next| {
                let next = next.to_lowercase();
                abbreviations::is_month(&next) || dotted && !abbreviations::is_starter(&next)
            });
        }
        self.by_next_letter(run, self.context.lower_case_style)
    }

    fn pauses_at(&self, index: usize) -> bool {
        self.context.after == After::Pause && self.items.iter().skip(index).all(Item::is_gap)
    }

    fn by_next_letter(&self, run: &Run, lower_may_begin: bool) -> Verdict {
        match self.next_letter(run.end) {
            Next::Wait => Verdict::Wait,
            Next::Lower if !lower_may_begin || run.is_closed || run.mark == Mark::Ellipsis => {
                Verdict::End(run.end, Kind::Clause)
            }
            _ => Verdict::End(run.end, Kind::Sentence),
        }
    }

    /// A sentence end unless `goes_on` holds for the next word.
    fn unless(&self, run: &Run, goes_on: impl Fn(&str) -> bool) -> Verdict {
        match self.next_word(run.end) {
            None => Verdict::Wait,
            Some(next) if next.is_empty() => match self.next_letter(run.end) {
                Next::End if self.context.after == After::End => Verdict::End(run.end, Kind::Sentence),
                Next::Uncased => Verdict::End(run.end, Kind::Sentence),
                _ => Verdict::No,
            },
            Some(next) if goes_on(&next) => Verdict::No,
            Some(next)
                if next.chars().next().is_some_and(char::is_lowercase) && !self.context.lower_case_style =>
            {
                Verdict::No
            }
            Some(_) => Verdict::End(run.end, Kind::Sentence),
        }
    }

    /// The word before a stop, in lower case, with its inner dots.
    fn word_before(&self, index: usize) -> String {
        let chars: Vec<char> = self
            .items
            .iter()
            .take(index)
            .rev()
            .map(|item| item.ch)
            .take(WORD_CHARS_MAX)
            .take_while(|ch| ch.is_alphanumeric() || matches!(ch, '.' | '-' | '№' | '/' | ':' | '_' | '@'))
            .collect();
        chars
            .into_iter()
            .rev()
            .flat_map(char::to_lowercase)
            .collect::<String>()
            .trim_matches(['-', '_'])
            .to_owned()
    }

    fn habit_before(&self, index: usize, word: &str) -> Stand {
        let letters = word.chars().count();
        let is_numeric = !word.is_empty() && word.chars().all(char::is_numeric);
        if is_numeric && letters <= 3 && self.begins_clause(index.saturating_sub(letters)) {
            return Stand::ListNumber;
        }
        if is_numeric && letters <= 2 {
            return Stand::Ordinal;
        }
        if word.contains('.') {
            let mut parts = word.split(['.', '-']);
            let is_short =
                |part: &str| (1..=4).contains(&part.chars().count()) && part.chars().all(char::is_alphabetic);
            return if parts.all(is_short) {
                Stand::Abbreviation(abbreviations::dotted_habit_of(word))
            } else {
                Stand::Ordinary
            };
        }
        if self.is_initial(index, letters) {
            return Stand::Abbreviation(Habit::SeldomEnds);
        }
        // Goethestr. 5
        if word.ends_with("str") && letters > 3 {
            return Stand::Abbreviation(Habit::BeforeNumber);
        }
        if let Some(habit) = abbreviations::habit_of(word, self.context.language) {
            return Stand::Abbreviation(habit);
        }
        Stand::Ordinary
    }

    /// One letter standing alone (not the end of `f=x` or `°C`), in capitals or unknown to the tables.
    fn is_initial(&self, index: usize, letters: usize) -> bool {
        let Some(letter) = self.before(index).filter(|_| letters == 1) else {
            return false;
        };
        let before = self.before(index.saturating_sub(1));
        let stands_alone = before.is_none_or(|before| before == ' ' || marks::is_opener(before));
        let is_known =
            || abbreviations::habit_of(letter.encode_utf8(&mut [0; 4]), self.context.language).is_some();
        stands_alone && (letter.is_uppercase() || letter.is_lowercase() && !is_known())
    }

    /// Whether the word at `start` is the first after an end or a colon.
    fn begins_clause(&self, start: usize) -> bool {
        let mut before = self
            .items
            .iter()
            .take(start)
            .rev()
            .skip_while(|item| item.ch == '(');
        match before.next() {
            None => true,
            Some(gap) if gap.line_break.is_some() => true,
            Some(gap) if gap.is_gap() => before.next().is_none_or(|item| {
                marks::is_terminator(item.ch) || matches!(item.ch, ':' | '：' | ';' | '；')
            }),
            Some(_) => false,
        }
    }

    /// What the next word after a gap begins with.
    fn next_letter(&self, index: usize) -> Next {
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

    fn next_start(&self, index: usize) -> usize {
        let skipped = self.items.iter().skip(index).take(RUN_CHARS_MAX);
        index
            + skipped
                .take_while(|item| item.is_gap() || marks::is_opener(item.ch))
                .count()
    }

    /// The next word whole; empty for an initial or no word; `None` to wait for more.
    fn next_word(&self, index: usize) -> Option<String> {
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

/// Ending and closing marks that stand together.
struct Run {
    /// Index after the last of them.
    end: usize,
    mark: Mark,
    is_closed: bool,
}

enum Stand {
    Ordinary,
    ListNumber,
    Ordinal,
    Abbreviation(Habit),
}

#[derive(PartialEq)]
enum Next {
    Wait,
    End,
    Upper,
    Lower,
    Uncased,
    Digit,
    Other,
}
