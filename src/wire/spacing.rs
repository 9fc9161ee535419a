//! Scripts that have spaces between words, and those that have none. Pure.

/// A letter that is a word, or part of one that no space ends: Chinese and Japanese.
pub fn is_ideograph(char: char) -> bool {
    matches!(char, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
}

/// Where the words of a text begin.
pub fn words_begin(text: &str) -> impl Iterator<Item = usize> {
    let mut before = ' ';
    let begins = text.char_indices().filter(move |(_, char)| {
        let is_first = before.is_whitespace() && !char.is_whitespace();
        before = *char;
        is_first || is_ideograph(*char) && char.is_alphabetic()
    });
    begins.map(|(at, _)| at)
}

/// Whether a space belongs between a text that ends so and the one that follows.
pub fn needs_space(last: Option<char>, text: &str) -> bool {
    let is_spaced =
        |char: char| !char.is_whitespace() && !is_ideograph(char) && !matches!(char, '\u{e00}'..='\u{eff}');
    last.is_some_and(is_spaced) && text.chars().next().is_some_and(is_spaced)
}

/// One more phrase of a text.
pub fn append(text: &mut String, phrase: &str) {
    if needs_space(text.chars().next_back(), phrase) {
        text.push(' ');
    }
    text.push_str(phrase);
}

/// Phrases as one text.
pub fn joined<'a>(phrases: impl IntoIterator<Item = &'a str>) -> String {
    let mut all = String::new();
    phrases.into_iter().for_each(|phrase| append(&mut all, phrase));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_spaces_get_none() {
        for (phrases, expected) in [
            (["こんにちは。", "元気ですか？"], "こんにちは。元気ですか？"),
            (["Hallo.", "Gut."], "Hallo. Gut."),
            (["สวัสดี", "สบายดีไหม"], "สวัสดีสบายดีไหม"),
            (["안녕.", "잘."], "안녕. 잘."),
            (["", "Gut."], "Gut."),
        ] {
            assert_eq!(joined(phrases), expected);
        }
    }
}
