//! Whether two memories say the same, told from their text alone.
//!
//! Used where a model need not be asked: before a call (a fact given twice, a message repeated) and after it (an
//! "add" of what is already known). Invariant: two texts that differ in a number, a date, a negation, a name or the
//! order of their words are never the same; the price is that some paraphrases are sent to the model.

use crate::memory::tokens::words;
use crate::wire::order::distinct;

/// How alike two texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// Equal but for case, spacing and punctuation.
    Exact,
    /// The same words in the same order but for articles and the like.
    Near,
    /// Anything else.
    Different,
}

/// Words whose presence changes no fact. Qualifiers ("always", "only", "used", "not", "very") are not here.
const EMPTY: &[&str] = &[
    "a", "an", "the", "that", "of", "user's", "user", "has", "have", "is", "are", "s",
];

/// Words that may be among [`EMPTY`] only if the rest still has something to compare.
const CONTENT_WORDS_MIN: usize = 2;

/// Lowest share of common words at which texts may be near; below it too much was left out to be sure.
const JACCARD_MIN: f64 = 0.6;

/// Compares two memory texts.
pub fn compare(one: &str, other: &str) -> Sameness {
    let (one, other) = (canonical(one), canonical(other));
    if one == other {
        return if one.is_empty() {
            Sameness::Different
        } else {
            Sameness::Exact
        };
    }
    let content = |all: &[String]| {
        all.iter()
            .filter(|word| !EMPTY.contains(&word.as_str()))
            .cloned()
            .collect::<Vec<_>>()
    };
    let (left, right) = (content(&one), content(&other));
    let near = left == right && left.len() >= CONTENT_WORDS_MIN && jaccard(&one, &other) >= JACCARD_MIN;
    if near { Sameness::Near } else { Sameness::Different }
}

/// The words that are compared: number signs and decimal marks stay with their digits.
pub fn canonical(text: &str) -> Vec<String> {
    // The canonical query text keeps "-5", "3.5", "50%" and "$5" apart from "5"; the words of it are compared.
    let query = crate::memory::tokens::Query::new(text);
    if query.text.len() >= crate::memory::tokens::QUERY_BYTES_MAX {
        return words(text).collect();
    }
    query
        .text
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Size of the intersection over size of the union of two sets of words; 0 when both are empty.
pub fn jaccard(one: &[String], other: &[String]) -> f64 {
    let (one, other) = (distinct(one), distinct(other));
    let common = one
        .iter()
        .filter(|word| other.binary_search(word).is_ok())
        .count();
    let union = one.len() + other.len() - common;
    if union == 0 {
        0.0
    } else {
        common as f64 / union as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wording_that_changes_no_fact_is_the_same() {
        assert_eq!(
            compare("The user has a cat.", "the user has a CAT"),
            Sameness::Exact
        );
        assert_eq!(
            compare("Has a dog called Rex", "Has the dog called Rex"),
            Sameness::Near
        );
    }

    #[test]
    fn a_number_date_negation_name_qualifier_or_order_makes_a_difference() {
        for (one, other) in [
            (
                "Has 2 cats and lives in the big city of Bern near the old river",
                "Has 3 cats and lives in the big city of Bern near the old river",
            ),
            ("The flight is on 2026-11-03", "The flight is on 2026-11-04"),
            ("Takes 3.5 mg a day", "Takes 35 mg a day"),
            ("Feels best at -5 degrees", "Feels best at 5 degrees"),
            ("Likes coffee", "Does not like coffee"),
            ("Can eat nuts", "Can't eat nuts"),
            ("Anna loves Bob", "Bob loves Anna"),
            ("Always takes the bus", "Never takes the bus"),
            ("Drinks only tea", "Drinks tea"),
            ("Lives in Paris", "Lived in Paris"),
            ("Has a sister", "Has a brother"),
            ("The user is a", "The user has a"),
            ("", ""),
        ] {
            assert_eq!(compare(one, other), Sameness::Different, "{one} / {other}");
        }
    }
}
