//! Where graphemes and words end: all rules of Unicode 17's Annex 29. Pure.
//!
//! The tables of the crate that the tests compare with would be 15 KB of the Worker (gzip). Here a letter is what the standard
//! library says it is, and `kinds.txt` tells what else there is in 1.7.

use std::sync::LazyLock;

/// What a character is to graphemes: Grapheme_Cluster_Break, and Indic_Conjunct_Break's consonants.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Other,
    Cr,
    Lf,
    Control,
    Extend,
    Joiner,
    Spacing,
    Prepend,
    Consonant,
    Picture,
    Flag,
    /// Of Hangul: a syllable's beginning, middle and end, and whole ones without an end and with one.
    L,
    V,
    T,
    Lv,
    Lvt,
}

/// What it is to words: Word_Break.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Other,
    LineEnd,
    /// Belongs to what is before it: marks, and what is not seen.
    Extend,
    Letter,
    Hebrew,
    Katakana,
    Number,
    /// Stands within words, within numbers, within both.
    MidLetter,
    MidNumber,
    MidBoth,
    Quote,
    DoubleQuote,
    /// The underscore and its like.
    Connector,
    Space,
    Flag,
}

use Role::{Connector, DoubleQuote, Hebrew, Katakana, Letter, MidBoth, MidLetter, MidNumber, Number, Quote};

/// Where characters of another kind begin, and which. The file has all characters in a row: how many (hexadecimal, none is one),
/// then their kind as [`Kinds::of`] reads it.
static RUNS: LazyLock<Vec<(u32, u8)>> = LazyLock::new(|| {
    let (mut runs, mut start, mut count) = (Vec::new(), 0, 0);
    for byte in include_bytes!("boundaries/kinds.txt") {
        match char::from(*byte).to_digit(16) {
            Some(digit) => count = count * 16 + digit,
            None if byte.is_ascii_alphabetic() => {
                runs.push((start, *byte));
                start += count.max(1);
                count = 0;
            }
            None => {}
        }
    }
    runs
});

#[derive(Clone, Copy)]
struct Kinds {
    part: Part,
    role: Role,
}

impl Kinds {
    fn of(char: char) -> Kinds {
        let code = u32::from(char);
        let after = RUNS.partition_point(|(start, _)| *start <= code);
        let kind = RUNS.get(after.wrapping_sub(1)).map_or(b'y', |(_, kind)| *kind);
        let part = match kind {
            b'g' => Part::Cr,
            b'v' => Part::Lf,
            b't' | b'u' | b'z' => Part::Control,
            b'x' => Part::Extend,
            b'Z' => Part::Joiner,
            b's' | b'S' => Part::Spacing,
            b'r' | b'q' | b'R' => Part::Prepend,
            b'i' | b'j' => Part::Consonant,
            b'p' => Part::Picture,
            b'G' => Part::Flag,
            b'J' => Part::L,
            b'V' => Part::V,
            b'T' => Part::T,
            // Each beginning and middle has one syllable without an end, and 27 with one.
            b'H' if (code - 0xac00) % 28 == 0 => Part::Lv,
            b'H' => Part::Lvt,
            _ => Part::Other,
        };
        let role = match kind {
            b'g' | b'v' | b'z' => Role::LineEnd,
            b'x' | b's' | b'm' | b't' | b'Z' => Role::Extend,
            b'l' | b'R' => Letter,
            b'h' => Hebrew,
            b'k' => Katakana,
            b'n' | b'q' => Number,
            b'L' => MidLetter,
            b'N' => MidNumber,
            b'M' => MidBoth,
            b'Q' => Quote,
            b'O' => DoubleQuote,
            b'U' => Connector,
            b'w' => Role::Space,
            b'G' => Role::Flag,
            b'o' | b'u' | b'j' | b'S' => Role::Other,
            _ if char.is_alphabetic() => Letter,
            _ => Role::Other,
        };
        Kinds { part, role }
    }
}

/// Whether `char` forms one grapheme with any character that stands before it.
pub fn joins_previous(char: char) -> bool {
    matches!(Kinds::of(char).part, Part::Extend | Part::Joiner | Part::Spacing)
}

/// Whether a grapheme ends before `next`; `before` has what stands there, the nearest first.
pub fn is_between_graphemes(before: &mut dyn Iterator<Item = char>, next: char) -> bool {
    use Part::{
        Consonant, Control, Cr, Extend, Flag, Joiner, L, Lf, Lv, Lvt, Picture, Prepend, Spacing, T, V,
    };
    let Some(last) = before.next() else {
        return true;
    };
    let next = Kinds::of(next).part;
    match (Kinds::of(last).part, next) {
        (Cr, Lf) => false,
        (Control | Cr | Lf, _) | (_, Control | Cr | Lf) => true,
        (L, L | V | Lv | Lvt) | (Lv | V, V | T) | (Lvt | T, T) => false,
        (_, Extend | Joiner | Spacing) | (Prepend, _) => false,
        (Joiner, Picture) => {
            let base = before
                .map(|char| Kinds::of(char).part)
                .find(|part| *part != Extend);
            base != Some(Picture)
        }
        (Flag, Flag) => before.take_while(|char| Kinds::of(*char).part == Flag).count() % 2 == 1,
        (_, Consonant) => {
            let mut is_linked = false;
            let mut chars = std::iter::once(last).chain(before);
            let base = chars.find(|char| {
                is_linked |= is_linker(*char);
                !matches!(Kinds::of(*char).part, Extend | Joiner) || *char == '\u{200c}'
            });
            !(is_linked && base.is_some_and(|base| Kinds::of(base).part == Consonant))
        }
        _ => true,
    }
}

/// Joins two consonants (Indic_Conjunct_Break=Linker).
fn is_linker(char: char) -> bool {
    "\u{94d}\u{9cd}\u{acd}\u{b4d}\u{c4d}\u{d4d}\u{1039}\u{17d2}\u{1a60}\u{1b44}\u{1bab}\u{a9c0}\u{aaf6}\u{10a3f}\u{11133}\u{113d0}\u{1193e}\u{11a47}\u{11a99}\u{11f42}"
        .contains(char)
}

/// A text in its words and all that is between them, each with where it begins.
pub fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut begin = 0;
    std::iter::from_fn(move || {
        let rest = text.get(begin..).filter(|rest| !rest.is_empty())?;
        let piece = rest.get(..first_end(rest)).unwrap_or(rest);
        let at = begin;
        begin += piece.len();
        Some((at, piece))
    })
}

/// The words of a text: the pieces with a letter or a digit.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let pieces = pieces(text).map(|(_, piece)| piece);
    pieces.filter(|piece| piece.chars().any(char::is_alphanumeric))
}

/// Where the piece ends that a text begins with.
fn first_end(text: &str) -> usize {
    let mut chars = text.char_indices().map(|(at, char)| (at, char, Kinds::of(char)));
    let Some((_, mut last_char, first)) = chars.next() else {
        return 0;
    };
    // Marks belong to what is before them: both are the last two that are none.
    let (mut before, mut last) = (Role::Other, first.role);
    let mut is_spaces = last == Role::Space;
    let mut flags = usize::from(last == Role::Flag);
    for (at, char, kinds) in chars {
        let next = kinds.role;
        let goes_on = match (last, next) {
            (Role::LineEnd, _) | (_, Role::LineEnd) => last_char == '\r' && char == '\n',
            (_, Role::Extend) => true,
            _ if last_char == '\u{200d}' && kinds.part == Part::Picture => true,
            (Role::Space, Role::Space) => is_spaces,
            (Role::Flag, Role::Flag) => flags % 2 == 1,
            (Hebrew, Quote) => true,
            (Letter | Hebrew, MidLetter | MidBoth | Quote) => {
                matches!(after_marks(text, at), Some(Letter | Hebrew))
            }
            (MidLetter | MidBoth | Quote, Letter | Hebrew) if matches!(before, Letter | Hebrew) => true,
            (Hebrew, DoubleQuote) => after_marks(text, at) == Some(Hebrew),
            (DoubleQuote, Hebrew) => before == Hebrew,
            (Number, MidNumber | MidBoth | Quote) => after_marks(text, at) == Some(Number),
            (MidNumber | MidBoth | Quote, Number) => before == Number,
            (Letter | Hebrew | Number, Letter | Hebrew | Number) | (Katakana, Katakana) => true,
            (Letter | Hebrew | Number | Katakana | Connector, Connector) => true,
            (Connector, Letter | Hebrew | Number | Katakana) => true,
            _ => false,
        };
        if !goes_on {
            return at;
        }
        last_char = char;
        is_spaces &= next == Role::Space;
        if next != Role::Extend {
            flags += usize::from(next == Role::Flag);
            (before, last) = (last, next);
        }
    }
    text.len()
}

/// What stands after the character at `at` and the marks that belong to it.
fn after_marks(text: &str, at: usize) -> Option<Role> {
    let mut roles = text.get(at..)?.chars().skip(1).map(|char| Kinds::of(char).role);
    roles.find(|role| *role != Role::Extend)
}

#[cfg(test)]
mod tests;
