//! Marks of citation, which are not spoken: `[1]`, `[[2]](https://…)`, `[citation:3]`, `【4:0†source】`,
//! `([site.org](https://…))`, and what stands between private-use characters. Each function looks at the unread characters.
//!
//! A number in brackets is ordinary writing, too. It is a citation right after a word or a mark (but `arr[0]`,
//! `x[1] = 5` are code), in a row of several, as a link, and after a space where its clause ends (but `see [4].`).
//!
//! Invariant, as in `lookahead`: an answer other than `Wait` never changes when more text comes.

use super::lookahead::{self, Link};
use super::marks;
use crate::wire::lower_case::lowered;

/// Longest citation in brackets; longest between private-use characters.
const CITATION_CHARS_MAX: usize = 60;
const PRIVATE_CHARS_MAX: usize = 300;
/// A row that is longer is left out in parts.
const ROW_CHARS_MAX: usize = 100;
/// Most digits of a number; four are a year.
const DIGITS_MAX: usize = 3;

/// Words after which a number in brackets is part of the sentence.
const REFERRING: &str = "see in from per by at of to and or with ref reference references source cf fig figure table step \
    item option number no note page line chapter section eq equation press choose type is are equals siehe aus quelle und \
    oder voir dans selon et ou ver en según y vedi secondo zie см";

/// Words before the number in a mark of citation.
const LABELS: &str = "citation: cite: web: source: src: ref: doc: news: cite_start cite_end";

/// Words that name arrays rather than say something.
const ARRAYS: &str = "arr array argv args nums vec tmp buf matrix";

/// Whether a citation stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Citation {
    Wait,
    No,
    /// Of this many characters.
    Length(usize),
}

/// What stands before the mark.
pub(super) struct Before<'a> {
    pub previous: Option<char>,
    /// The last character that is no space.
    pub mark: Option<char>,
    /// The last word.
    pub word: &'a str,
}

/// At a `[`.
pub(super) fn bracketed(rest: &[char], before: &Before<'_>, starts_line: bool, at_end: bool) -> Citation {
    let mut length = 0;
    let mut count = 0;
    let mut is_sure = false;
    let mut has_list = false;
    while rest.get(length) == Some(&'[') && length < ROW_CHARS_MAX {
        let is_double = rest.get(length + 1) == Some(&'[');
        let inner = length + 1 + usize::from(is_double);
        let (numbers, end) = match numbers(rest, inner, ']', at_end) {
            Numbers::Wait => return Citation::Wait,
            Numbers::No if count > 0 => break,
            Numbers::No => return Citation::No,
            Numbers::Some { count, end } => (count, end),
            Numbers::Source { end } => {
                is_sure = true;
                (1, end)
            }
        };
        let mut end = end + 1;
        if is_double {
            match rest.get(end) {
                None if !at_end => return Citation::Wait,
                Some(']') => end += 1,
                _ => return Citation::No,
            }
            is_sure = true;
        }
        match rest.get(end) {
            None if !at_end => return Citation::Wait,
            Some('(') => match lookahead::address_in_parentheses(rest, end, at_end) {
                None => return Citation::Wait,
                Some(0) => {}
                Some(address) => {
                    end += address;
                    is_sure = true;
                }
            },
            _ => {}
        }
        count += 1;
        has_list |= numbers > 1;
        length = end;
    }
    match rest.get(length) {
        None if !at_end => Citation::Wait,
        Some(':') if starts_line => Citation::No,
        _ if is_sure || count > 1 && before.previous.is_none_or(|ch| !ch.is_alphanumeric()) => {
            Citation::Length(length)
        }
        _ => plain(rest, before, length, has_list, at_end),
    }
}

/// A number or a list that may be text as well.
fn plain(rest: &[char], before: &Before<'_>, length: usize, has_list: bool, at_end: bool) -> Citation {
    let after = rest.get(length).copied();
    let after_that = rest.get(length + 1).copied();
    let yes_if = |is_citation: bool| {
        if is_citation {
            Citation::Length(length)
        } else {
            Citation::No
        }
    };
    match before.previous {
        // `arr[0]`, `x[1] = 5`, `f[2].name`
        Some(previous) if previous.is_alphanumeric() || previous == '_' => {
            let is_code = before.word.chars().count() < 2
                || before.word.contains(|ch: char| ch == '_' || ch.is_ascii_digit())
                || has_word(ARRAYS, before.word)
                || rest.get(1) == Some(&'0');
            match after {
                _ if is_code => Citation::No,
                Some('.' | ' ') if after_that.is_none() && !at_end => Citation::Wait,
                Some('.') => yes_if(after_that.is_none_or(|ch| !ch.is_alphanumeric())),
                Some(' ') => yes_if(!matches!(after_that, Some('=' | '+' | '<' | '>'))),
                Some(after) => yes_if(!after.is_alphanumeric() && !matches!(after, '(' | '[' | '=' | '_')),
                None => yes_if(true),
            }
        }
        Some(previous) if !previous.is_whitespace() => yes_if(
            marks::is_terminator(previous) || marks::is_closer(previous) || matches!(previous, ',' | '，'),
        ),
        _ if has_list || before.mark.is_none_or(|ch| ch == '\n') => Citation::No,
        _ if before.mark.is_some_and(marks::is_terminator) => Citation::Length(length),
        // One of a row: `[1] [2].`
        _ if after == Some(' ')
            && rest.len() <= length + 2
            && after_that.is_none_or(|ch| ch == '[')
            && !at_end =>
        {
            Citation::Wait
        }
        _ if after_that == Some('[') && rest.get(length + 2).is_some_and(char::is_ascii_digit) => {
            Citation::Length(length)
        }
        _ => {
            let ends_clause = after.is_none_or(|ch| ch == '\n' || ch == ',' || marks::is_terminator(ch));
            yes_if(ends_clause && !has_word(REFERRING, before.word))
        }
    }
}

fn has_word(list: &str, word: &str) -> bool {
    let word = lowered(word);
    list.split_ascii_whitespace().any(|entry| entry == word)
}

enum Numbers {
    Wait,
    No,
    /// So many numbers, closed at this index.
    Some {
        count: usize,
        end: usize,
    },
    /// A mark such as `4:0†source`.
    Source {
        end: usize,
    },
}

/// Numbers from `start` up to `close`.
fn numbers(rest: &[char], start: usize, close: char, at_end: bool) -> Numbers {
    let (mut count, mut digits, mut has_colon, mut is_source) = (0, 0, false, false);
    let Some(label) = label(rest, start, at_end) else {
        return Numbers::Wait;
    };
    let first = start + label;
    for (index, &ch) in rest.iter().enumerate().skip(first).take(CITATION_CHARS_MAX) {
        match ch {
            _ if ch == close && is_source => return Numbers::Source { end: index },
            // `[cite_start]` has no number.
            _ if ch == close && label > 0 && (digits > 0 || index == first) => {
                return Numbers::Source { end: index };
            }
            ' ' if label > 0 && index == first => {}
            _ if ch == close && digits > 0 && !has_colon => return Numbers::Some { count, end: index },
            '\n' | '[' | '【' => return Numbers::No,
            _ if is_source => {}
            '0'..='9' if digits < DIGITS_MAX => {
                count += usize::from(digits == 0);
                digits += 1;
            }
            '†' if digits > 0 => is_source = true,
            ':' if digits > 0 => (digits, has_colon) = (0, true),
            ',' | '-' | '–' if digits > 0 => digits = 0,
            ' ' if digits == 0 && count > 0 => {}
            _ => return Numbers::No,
        }
    }
    let is_far = rest.len() >= start + CITATION_CHARS_MAX;
    if at_end || is_far {
        Numbers::No
    } else {
        Numbers::Wait
    }
}

/// How many characters of a label stand at `start`; `None` to wait.
fn label(rest: &[char], start: usize, at_end: bool) -> Option<usize> {
    let here = rest.get(start..).unwrap_or_default();
    for label in LABELS.split_ascii_whitespace() {
        let mut matched = here.iter().zip(label.chars());
        if !matched.all(|(ch, expected)| ch.eq_ignore_ascii_case(&expected)) {
            continue;
        }
        match here.len() >= label.len() {
            true => return Some(label.len()),
            false if !at_end => return None,
            false => {}
        }
    }
    Some(0)
}

/// At a `【`.
pub(super) fn lenticular(rest: &[char], at_end: bool) -> Citation {
    match numbers(rest, 1, '】', at_end) {
        Numbers::Wait => Citation::Wait,
        Numbers::No => Citation::No,
        Numbers::Some { end, .. } | Numbers::Source { end } => known_after(rest, end + 1, at_end),
    }
}

/// At U+E200, which OpenAI's models write before a citation; U+E201 ends it.
pub(super) fn private(rest: &[char], at_end: bool) -> Citation {
    let mut look = rest.iter().enumerate().take(PRIVATE_CHARS_MAX);
    match look.find(|(_, ch)| matches!(ch, '\u{e201}' | '\n')) {
        Some((end, '\u{e201}')) => known_after(rest, end + 1, at_end),
        None if !at_end && rest.len() < PRIVATE_CHARS_MAX => Citation::Wait,
        _ => Citation::No,
    }
}

/// At a `(`: a link whose text is a site, alone in parentheses.
pub(super) fn parenthesised(rest: &[char], at_end: bool) -> Citation {
    match rest.get(1) {
        None if !at_end => return Citation::Wait,
        Some('[') => {}
        _ => return Citation::No,
    }
    let inner = rest.get(1..).unwrap_or_default();
    match lookahead::link(inner, false, at_end) {
        Link::Wait => Citation::Wait,
        Link::Text { text, tail } => {
            let name = inner.get(1..=text).unwrap_or_default();
            let is_site = name.contains(&'.') && !name.iter().any(|ch| ch.is_whitespace());
            let end = 2 + text + tail;
            match rest.get(end) {
                None if !at_end => Citation::Wait,
                Some(')') if is_site => known_after(rest, end + 1, at_end),
                _ => Citation::No,
            }
        }
        _ => Citation::No,
    }
}

fn known_after(rest: &[char], length: usize, at_end: bool) -> Citation {
    if rest.len() > length || at_end {
        Citation::Length(length)
    } else {
        Citation::Wait
    }
}
