//! Formulas in TeX's notation. One on its own (`$$…$$`, `\[…\]`) is left out, as code is: read aloud it helps nobody, and
//! the page shows it. One inside a sentence (`$…$`, `\(…\)`) is part of what is said: its text is spoken without
//! delimiters and braces, commands as their sign or their name.
//!
//! Dollars are money first: `$5` never begins a formula, and what stands between two dollars is one only if it looks
//! like one.

use super::lookahead::{self, Ahead};

/// Farthest look for the end of a formula.
const DISPLAY_CHARS_MAX: usize = 400;
const INLINE_CHARS_MAX: usize = 120;

/// What stands at a `$` or `\`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Formula {
    Wait,
    No,
    /// Left out.
    Display {
        length: usize,
    },
    /// Spoken; `mark` characters on each side are its delimiters.
    Inline {
        length: usize,
        mark: usize,
    },
}

pub(super) fn formula(rest: &[char], previous: Option<char>, at_end: bool) -> Formula {
    let (close, is_display): (&[char], bool) = match (rest.first(), rest.get(1)) {
        (_, None) if !at_end => return Formula::Wait,
        (Some('\\'), Some('[')) => (&['\\', ']'], true),
        (Some('\\'), Some('(')) => (&['\\', ')'], false),
        (Some('$'), Some('$')) => (&['$', '$'], true),
        (Some('$'), Some('_' | '^')) => (&['$'], false),
        (Some('$'), Some(next)) if next.is_alphabetic() || matches!(next, '\\' | '(' | '|') => {
            // `H$_2$O` is one behind a letter, `US$x` is none.
            if previous.is_some_and(char::is_alphanumeric) {
                return Formula::No;
            }
            (&['$'], false)
        }
        _ => return Formula::No,
    };
    let mark = close.len();
    let chars_max = if is_display {
        DISPLAY_CHARS_MAX
    } else {
        INLINE_CHARS_MAX
    };
    let inside = match lookahead::until(rest, mark, close, chars_max, is_display, at_end) {
        Ahead::Wait => return Formula::Wait,
        Ahead::No => return Formula::No,
        Ahead::At(end) => rest.get(mark..end).unwrap_or_default(),
    };
    let length = inside.len() + 2 * mark;
    let is_math = inside
        .iter()
        .any(|ch| matches!(ch, '\\' | '^' | '_' | '=' | '+' | '{' | '<'));
    if is_display {
        return if is_math {
            Formula::Display { length }
        } else {
            Formula::No
        };
    }
    if close == ['$'] {
        // Pandoc's rule: no space before the closing mark, no digit after it.
        match rest.get(length) {
            None if !at_end => return Formula::Wait,
            Some(after) if after.is_alphanumeric() && !matches!(inside.first(), Some('_' | '^')) => {
                return Formula::No;
            }
            _ if inside.last().is_some_and(|ch| ch.is_whitespace()) => return Formula::No,
            _ => {}
        }
    }
    if is_math || inside.iter().filter(|ch| !ch.is_whitespace()).count() <= 2 {
        Formula::Inline { length, mark }
    } else {
        Formula::No
    }
}

/// Signs of commands. Any other command is its own name (`\alpha`), or nothing if it only sets type.
const SIGNS: &str = "times × cdot · div ÷ pm ± le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ infty ∞ sum ∑ prod ∏ int ∫ \
    sqrt √ circ ° dots … ldots … cdots …";
const SILENT: &str = "text textbf textit mathrm mathbf mathit mathbb mathcal mathsf operatorname left right big Big bigl \
    bigr displaystyle quad qquad limits frac dfrac tfrac binom begin end";

/// What is said of a formula.
pub(super) fn spoken(inside: &[char]) -> String {
    let mut said = String::new();
    let mut index = 0;
    while let Some(&ch) = inside.get(index) {
        let next = inside.get(index + 1).copied();
        index += 1;
        match (ch, next) {
            ('\\', Some(next)) if next.is_ascii_alphabetic() => {
                let name: String = inside
                    .iter()
                    .skip(index)
                    .take_while(|ch| ch.is_ascii_alphabetic())
                    .collect();
                index += name.len();
                let mut signs = SIGNS.split_ascii_whitespace();
                said.push(' ');
                match signs.find(|sign| *sign == name).and_then(|_| signs.next()) {
                    Some(sign) => said.push_str(sign),
                    None if SILENT.split_ascii_whitespace().any(|entry| entry == name) => {}
                    None => said.push_str(&name),
                }
                said.push(' ');
            }
            ('\\', _) => {
                said.push(' ');
                index += 1;
            }
            // The two parts of a fraction.
            ('}', Some('{')) => said.push_str(" / "),
            ('^', Some('2')) => {
                said.push('²');
                index += 1;
            }
            ('^', Some('3')) => {
                said.push('³');
                index += 1;
            }
            ('{' | '}', _) => {}
            ('_', Some('0'..='9')) | ('^', Some('\\')) => {}
            ('_' | '~' | '&', _) => said.push(' '),
            (ch, _) => said.push(ch),
        }
    }
    said
}
