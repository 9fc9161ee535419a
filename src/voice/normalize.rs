//! The normalised phrase: two phrases with the same normal form sound the same, so they share one cached clip.
//!
//! Folded: white space (runs, no-break and line breaks become one space; none at the ends, none before `!` or `?`),
//! typographic quotes and apostrophes, `…` and longer dots, repeated `!` and `?`, hyphens, invisible characters.
//! Kept, because it changes how a phrase is said: letter case (`US`/`us`, `Polish`/`polish`), `.` `!` `?` and no mark
//! at the end, commas and dashes, accents, digits, joiners inside words.
//!
//! Invariant: idempotent. Limit: no Unicode normalisation (its tables cost more wasm than this whole room), so a
//! letter written as one code point and as base and accent are two phrases: a miss, never a wrong clip.

/// The normal form of `phrase`. Never longer than three times its bytes.
pub fn normalize(phrase: &str) -> String {
    let mut normal = String::with_capacity(phrase.len());
    for ch in phrase.chars() {
        match fold(ch) {
            Fold::Drop => {}
            Fold::Space => {
                if !normal.is_empty() && !normal.ends_with(' ') {
                    normal.push(' ');
                }
            }
            Fold::Dots => (0..3).for_each(|_| push_dot(&mut normal)),
            Fold::Keep('.') => push_dot(&mut normal),
            Fold::Keep(mark @ ('!' | '?')) => {
                if normal.ends_with(' ') {
                    normal.pop();
                }
                if !normal.ends_with(mark) {
                    normal.push(mark);
                }
            }
            Fold::Keep(ch) => normal.push(ch),
        }
    }
    normal.truncate(normal.trim_end().len());
    normal
}

enum Fold {
    Keep(char),
    Space,
    Dots,
    Drop,
}

fn fold(ch: char) -> Fold {
    match ch {
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}' => Fold::Drop,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' => Fold::Drop,
        _ if ch.is_whitespace() => Fold::Space,
        _ if ch.is_control() => Fold::Drop,
        '‘' | '’' | '‚' | '‛' | 'ʼ' | '′' => Fold::Keep('\''),
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => Fold::Keep('"'),
        '‐' | '‑' => Fold::Keep('-'),
        '―' => Fold::Keep('—'),
        '…' => Fold::Dots,
        _ => Fold::Keep(ch),
    }
}

fn push_dot(normal: &mut String) {
    if !normal.ends_with("...") {
        normal.push('.');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::normalize;

    #[test]
    fn ok_folds_what_sounds_the_same() {
        for (phrase, normal) in [
            ("  I  hear\u{a0}you.\n", "I hear you."),
            ("I’m here.", "I'm here."),
            ("“Yes,” she said.", "\"Yes,\" she said."),
            ("«Oui.»", "\"Oui.\""),
            ("Well… now.....", "Well... now..."),
            ("Wow!!! Really???", "Wow! Really?"),
            ("Bonjour\u{202f}! Ça va ?", "Bonjour! Ça va?"),
            ("co‑operate\u{ad}d", "co-operated"),
            ("", ""),
            (" \u{feff}\t", ""),
        ] {
            assert_eq!(normalize(phrase), normal, "{phrase:?}");
        }
    }

    #[test]
    fn ok_keeps_what_sounds_different() {
        for (one, other) in [
            ("It is for us.", "It is for US."),
            ("Ready.", "Ready?"),
            ("Ready.", "Ready!"),
            ("Ready", "Ready."),
            ("No, thanks.", "No thanks."),
            ("résumé", "resume"),
            ("What?!", "What?"),
            ("می‌خواهم", "میخواهم"),
        ] {
            assert_ne!(normalize(one), normalize(other));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn is_idempotent_and_bounded(phrase in "(\\PC|[ .!?…’\u{a0}\u{ad}\n]){0,60}") {
            let once = normalize(&phrase);
            prop_assert_eq!(normalize(&once), once.clone());
            prop_assert!(once.len() <= 3 * phrase.len());
        }

        #[test]
        fn letters_and_digits_are_kept(phrase in "\\PC{0,60}") {
            let of = |text: &str| -> String { text.chars().filter(|ch| ch.is_ascii_alphanumeric()).collect() };
            prop_assert_eq!(of(&normalize(&phrase)), of(&phrase));
        }
    }
}
