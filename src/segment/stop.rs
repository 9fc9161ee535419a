//! Whether a full stop ends a sentence: abbreviations, initials, list numbers, ordinals and their surroundings.

use super::abbreviations::{self, Habit};
use super::boundary::{After, EndKind, EndVerdict, Judge, MarkRun, Next, SpokenChar, WORD_CHARS_MAX};
use super::marks::{self, Mark};
use crate::wire::lower_case::{lower, lowered};

/// What stands before the stop.
enum Stand {
    Ordinary,
    ListNumber,
    /// Whether the word before it tells that it is one.
    Ordinal(bool),
    Abbreviation(Habit),
}

impl Judge<'_> {
    /// The verdict on the stop at `index`, whose run of marks is `run`.
    pub fn stop(&self, index: usize, run: &MarkRun) -> EndVerdict {
        // Thai, Lao, Khmer and Burmese have the dot in abbreviations alone.
        if self.before(index).is_some_and(marks::spaces_part_clauses) {
            return EndVerdict::No;
        }
        // After a pause `v1.` may become `v1.2`.
        if self.before(index).is_some_and(char::is_numeric) && self.pauses_at(run.end) {
            return EndVerdict::No;
        }
        let word = self.word_before(index);
        match self.habit_before(index, &word) {
            Stand::Ordinary => self.by_next_letter(run, self.context.lower_case_style),
            Stand::ListNumber | Stand::Abbreviation(Habit::GoesOn) => EndVerdict::No,
            Stand::Abbreviation(_) if self.pauses_at(run.end) => {
                // Said alone, "No." is an answer.
                let is_whole = index == word.chars().count() && word == "no";
                if is_whole {
                    EndVerdict::End(run.end, EndKind::Sentence)
                } else {
                    EndVerdict::No
                }
            }
            Stand::Abbreviation(Habit::BeforeNumber) => match self.next_letter(run.end) {
                Next::Wait => EndVerdict::Wait,
                Next::Digit => EndVerdict::No,
                Next::Upper if self.next_char(run.end).is_some_and(abbreviations::is_roman_digit) => {
                    self.unless(run, abbreviations::is_roman)
                }
                _ => self.by_next_letter(run, self.context.lower_case_style),
            },
            Stand::Abbreviation(Habit::OftenEnds) => match self.next_letter(run.end) {
                Next::Wait => EndVerdict::Wait,
                Next::Upper => self.unless(run, |next| {
                    let is_all_capitals = next.chars().count() > 1 && next.chars().all(char::is_uppercase);
                    is_all_capitals || abbreviations::goes_on_after_time(&lowered(next))
                }),
                Next::Uncased | Next::End => EndVerdict::End(run.end, EndKind::Sentence),
                Next::Lower | Next::Digit | Next::Other => EndVerdict::No,
            },
            Stand::Abbreviation(Habit::SeldomEnds) => {
                // Ursula K. Le Guin
                let named = self.follows_capital(index, &word);
                let is_name = if named {
                    self.next_is_name_of_words(run.end)
                } else {
                    Some(false)
                };
                match is_name {
                    None => EndVerdict::Wait,
                    Some(true) => EndVerdict::No,
                    Some(false) => self.unless(run, |next| !abbreviations::is_starter(&lowered(next))),
                }
            }
            Stand::Ordinal(is_told) => self.ordinal(run, is_told),
        }
    }

    /// Whether the word before the stop (an initial, a title) belongs to a name: it begins the text or its sentence, or
    /// stands behind a capital letter.
    fn follows_capital(&self, index: usize, word: &str) -> bool {
        let start = index.saturating_sub(word.chars().count());
        let mut before = self
            .items
            .iter()
            .take(start)
            .rev()
            .map(|item| item.ch)
            .skip_while(|ch| *ch == ' ');
        let letters: Vec<char> = before
            .by_ref()
            .take_while(|ch| ch.is_alphabetic() || *ch == '.')
            .collect();
        let is_lower = letters.last().is_some_and(|ch| ch.is_lowercase());
        // A title leads on, wherever it stands; an initial is one only behind a name (not `vitamin C.`).
        !is_lower || word.chars().count() > 1
    }

    /// After a number: `3. Oktober` goes on, `in 1990. Then` ends.
    fn ordinal(&self, run: &MarkRun, is_told: bool) -> EndVerdict {
        if self.next_letter(run.end) == Next::Upper {
            let dotted = is_told && self.context.language.is_none()
                || abbreviations::has_dotted_ordinals(self.context.language);
            return self.unless(run, |next| {
                let next = lowered(next);
                abbreviations::is_month(&next) || dotted && !abbreviations::is_starter(&next)
            });
        }
        self.by_next_letter(run, self.context.lower_case_style)
    }

    fn pauses_at(&self, index: usize) -> bool {
        self.context.after == After::Pause && self.items.iter().skip(index).all(SpokenChar::is_gap)
    }

    pub fn by_next_letter(&self, run: &MarkRun, lower_may_begin: bool) -> EndVerdict {
        match self.next_letter(run.end) {
            Next::Wait => EndVerdict::Wait,
            Next::Lower if !lower_may_begin || run.is_closed || run.mark == Mark::Ellipsis => {
                EndVerdict::End(run.end, EndKind::Clause)
            }
            _ => EndVerdict::End(run.end, EndKind::Sentence),
        }
    }

    /// A sentence end unless `goes_on` holds for the next word.
    fn unless(&self, run: &MarkRun, goes_on: impl Fn(&str) -> bool) -> EndVerdict {
        match self.next_word(run.end) {
            None => EndVerdict::Wait,
            // After a pause inside the next word, it is not known yet.
            Some(next) if !next.is_empty() && self.may_go_on(run.end, &next) => EndVerdict::No,
            Some(next) if next.is_empty() => match self.next_letter(run.end) {
                Next::End if self.context.after == After::End => EndVerdict::End(run.end, EndKind::Sentence),
                Next::Uncased => EndVerdict::End(run.end, EndKind::Sentence),
                _ => EndVerdict::No,
            },
            Some(next) if goes_on(&next) => EndVerdict::No,
            Some(next)
                if next.chars().next().is_some_and(char::is_lowercase) && !self.context.lower_case_style =>
            {
                EndVerdict::No
            }
            Some(_) => EndVerdict::End(run.end, EndKind::Sentence),
        }
    }

    fn may_go_on(&self, index: usize, next: &str) -> bool {
        let end = self.next_start(index) + next.chars().count();
        self.context.after == After::Pause && end >= self.items.len()
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
            .map(lower)
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
        let word_before = |letters: usize| self.word_before(index.saturating_sub(letters + 1));
        if is_numeric && letters <= 2 {
            return Stand::Ordinal(abbreviations::leads_to_ordinal(&word_before(letters)));
        }
        // 5 Mio. Euro; elsewhere it is Italian and means mine.
        if word == "mio" && word_before(letters).ends_with(char::is_numeric) {
            return Stand::Abbreviation(Habit::SeldomEnds);
        }
        if word.contains('.') {
            // `J.-P.` has an empty part.
            let mut parts = word.split(['.', '-']);
            let is_short = |part: &str| part.chars().count() <= 4 && part.chars().all(char::is_alphabetic);
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
        stands_alone
            && (letter.is_uppercase()
                || letter.is_lowercase() && !is_known()
                || marks::is_arabic_or_hebrew(letter))
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
}
