//! Stage directions (`*smiles softly*`), which companions write and nobody says: not spoken.
//!
//! Emphasis looks the same, so only these count: a span in single asterisks that begins with one of [`VERBS`], or one
//! in lower case that stands where a sentence begins and is followed by a capital letter (`*lächelt sanft* Ich …`).

use super::lookahead::{self, Ahead};
use crate::wire::lower_case::lowered;

/// Farthest look for the closing asterisk.
const DIRECTION_CHARS_MAX: usize = 80;

/// What people do between two sentences.
const VERBS: &str = "smiles smiling nods nodding sighs sighing laughs laughing chuckles chuckling giggles giggling pauses \
    leans winks winking shrugs shrugging grins grinning hugs whispers whispering waves waving blushes gasps gasping \
    beams tilts looks gazes listens thinks sniffs coughs yawns clears takes pats rubs claps bows gently softly warmly \
    quietly lächelt lächelnd nickt seufzt lacht sourit soupire hoche sonríe suspira asiente sorride annuisce glimlacht \
    knikt zucht";

/// Length of the direction at a `*`.
pub(super) fn direction(rest: &[char], begins_sentence: bool, at_end: bool) -> Ahead {
    let word: String = rest
        .iter()
        .skip(1)
        .take(DIRECTION_CHARS_MAX)
        .take_while(|ch| ch.is_alphabetic())
        .collect();
    let letters = word.chars().count();
    if rest.len() <= 1 + letters && !at_end {
        return if letters < DIRECTION_CHARS_MAX {
            Ahead::Wait
        } else {
            Ahead::No
        };
    }
    let lower = lowered(&word);
    let is_verb = VERBS.split_ascii_whitespace().any(|verb| verb == lower);
    let is_lower = word == lower && word.chars().any(char::is_lowercase);
    let may_be_one = is_verb || begins_sentence && is_lower;
    if !may_be_one {
        return Ahead::No;
    }
    let end = match lookahead::until(rest, 1, &['*'], DIRECTION_CHARS_MAX, false, at_end) {
        Ahead::At(end) => end,
        other => return other,
    };
    let inside = rest.get(1..end).unwrap_or_default();
    if inside.iter().any(|ch| matches!(ch, '.' | ':' | '=' | '/')) || inside.last() == Some(&' ') {
        return Ahead::No;
    }
    let after = rest.iter().skip(end + 1).take(2);
    let next = after.copied().find(|ch| *ch != ' ');
    let is_known = next.is_some() || rest.len() > end + 2 || at_end;
    match next {
        _ if !is_known => Ahead::Wait,
        Some('*') if rest.get(end + 1) == Some(&'*') => Ahead::No,
        Some(next) if is_verb && (rest.get(end + 1) == Some(&' ') || !next.is_alphanumeric()) => {
            Ahead::At(end + 1)
        }
        Some(next) if next.is_uppercase() => Ahead::At(end + 1),
        None if is_verb => Ahead::At(end + 1),
        _ => Ahead::No,
    }
}
