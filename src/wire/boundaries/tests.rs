//! What Unicode's rules give, as the crate unicode-segmentation has them.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;

fn graphemes(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut graphemes: Vec<String> = Vec::new();
    for (at, char) in chars.iter().enumerate() {
        match graphemes.last_mut() {
            Some(grapheme) if !is_between_graphemes(&mut chars[..at].iter().rev().copied(), *char) => {
                grapheme.push(*char);
            }
            _ => graphemes.push(char.to_string()),
        }
    }
    graphemes
}

fn compare(text: &str) {
    let clusters: Vec<&str> = text.graphemes(true).collect();
    assert_eq!(graphemes(text), clusters, "{text:?}");
    // The crate takes a picture behind a joiner for a letter in some places, and for none in others.
    if !text.contains('\u{200d}') {
        let words: Vec<&str> = pieces(text).map(|(_, piece)| piece).collect();
        assert_eq!(words, text.split_word_bounds().collect::<Vec<_>>(), "{text:?}");
    }
}

/// One character of each kind, and two of those that come in pairs.
const KINDS: &str = "a\u{301}1 \u{3000}\r\n\u{85}\u{200d}\u{200c}\u{ad}א'\".,:;_ア字가각각🇫🇷👩❤\u{fe0f}🏽क\u{94d}ष\u{93e}\u{600}ไ☃\u{e0020}";

#[test]
fn three_characters_of_any_kinds_are_cut_where_unicode_says() {
    let kinds: Vec<char> = KINDS.chars().collect();
    for one in &kinds {
        for two in &kinds {
            for three in &kinds {
                compare(&String::from_iter([*one, *two, *three, 'b']));
            }
        }
    }
}

#[test]
fn every_character_is_of_the_kind_that_unicode_says() {
    // Without blocks of ideographs, of Hangul and of hieroglyphs, in which all are of one kind.
    let is_one_of_many = |char: &char| matches!(char, '\u{3400}'..='\u{9fff}' | '\u{ac80}'..='\u{d77f}' | '\u{12000}'..='\u{133ff}' | '\u{13500}'..='\u{15fff}' | '\u{17000}'..='\u{1abff}');
    let all = ('\0'..='\u{1fbff}').chain('\u{e0000}'..='\u{e01ff}');
    let all: Vec<char> = all.filter(|char| !is_one_of_many(char)).collect();
    for (before, after) in [
        ("a", "a"),
        ("1", "1"),
        ("א", "\u{301}ア"),
        ("क\u{94d}", "ᆨ"),
        ("👩\u{200d}", ""),
        ("ᄀ", "ᅡ"),
    ] {
        for some in all.chunks(64) {
            compare(
                &some
                    .iter()
                    .map(|char| format!("{before}{char}{after}\n"))
                    .collect::<String>(),
            );
        }
    }
    for char in all {
        let is_one = format!("a{char}").graphemes(true).count() == 1;
        assert_eq!(joins_previous(char), is_one, "{char:?}");
    }
}

#[test]
fn a_family_and_a_heart_are_one_word_each() {
    let text = "👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}\u{200d}🔥";
    let found: Vec<&str> = pieces(text).map(|(_, piece)| piece).collect();
    assert_eq!(found, ["👩\u{200d}👩\u{200d}👧", " ", "❤\u{fe0f}\u{200d}🔥"]);
}

proptest! {
    #[test]
    fn a_text_is_cut_where_unicode_says(kinds in prop::collection::vec(prop::sample::select(KINDS.chars().collect::<Vec<_>>()), 0..24), text in ".{0,12}") {
        compare(&String::from_iter(kinds));
        compare(&text);
    }
}
