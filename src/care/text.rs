//! A text as the rules read it: sentences of folded words.
//!
//! Lower case, no marks of tone, no apostrophes, digits and signs that stand for letters read as letters ("su1c1de"),
//! spelt-out words joined ("k i l l"), drawn-out letters shortened ("dieee").

use crate::wire::lower_case::lower;

/// Longest part of a message that is read from its beginning and from its end each, bytes.
const BYTES_MAX: usize = 32_768;

/// One word of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Folded.
    pub text: String,
    /// Which part of the sentence it is in, between commas and the like.
    pub clause: usize,
    /// It stands between quotation marks.
    pub is_quoted: bool,
}

/// One sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sentence {
    /// Its words.
    pub words: Vec<Word>,
    /// Its words without spaces, for scripts that use none, or loosely.
    pub joined: String,
    /// A letter of it is not Latin: the unspaced vocabularies may apply.
    pub is_unspaced: bool,
}

/// The sentences of a message; of a very long one the beginning and the end.
pub(super) fn sentences(text: &str) -> Vec<Sentence> {
    if text.len() <= 2 * BYTES_MAX {
        return read(text);
    }
    let (mut head, mut tail) = (BYTES_MAX, text.len() - BYTES_MAX);
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    let mut all = read(text.get(..head).unwrap_or_default());
    all.extend(read(text.get(tail..).unwrap_or_default()));
    all
}

fn read(text: &str) -> Vec<Sentence> {
    let mut reader = Reader::default();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        reader.take(before, c, next);
        before = c;
    }
    reader.end_sentence();
    reader.sentences
}

/// What French and Italian write before an apostrophe.
const ELIDED: &str = "j/d/l/m/n/s/t/c/qu/un/dell/all/nell/dall/sull/quell/jusqu/lorsqu/quelqu";

#[derive(Default)]
struct Reader {
    sentences: Vec<Sentence>,
    sentence: Sentence,
    word: String,
    clause: usize,
    /// The mark that closes the quotation that is open.
    quote: Option<char>,
}

impl Reader {
    fn take(&mut self, before: char, c: char, next: char) {
        let within = before.is_alphanumeric() && next.is_alphanumeric();
        match c {
            // "j'ai", "l'idea": two words; "don't": one.
            '\'' | '’' | '`' | '´' if within && ELIDED.split('/').any(|one| one == self.word) => {
                self.end_word()
            }
            '\'' | '’' | '‘' | '`' | '´' | 'ʼ' if within => {}
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | 'ـ' => {}
            '!' | '|' if within && before.is_alphabetic() && next.is_alphabetic() => self.word.push('i'),
            '@' if within && before.is_alphabetic() && next.is_alphabetic() => self.word.push('a'),
            '$' if next.is_alphabetic() && !before.is_numeric() => self.word.push('s'),
            '*' if before.is_alphabetic() && (next.is_alphabetic() || next == '*') => self.word.push('*'),
            '*' if before == '*' && next.is_alphabetic() => self.word.push('*'),
            _ if c.is_alphanumeric() || is_mark(c) => self.letter(c),
            '.' if next.is_alphanumeric() => self.end_word(),
            '.' | '!' | '?' | '\n' | '…' | ';' | '。' | '！' | '？' | '؟' | '।' | '¡' | '¿' | '．' | '؛' =>
            {
                self.end_sentence();
            }
            ',' | ':' | '—' | '–' | '(' | ')' | '،' | '、' | '，' | '：' | '[' | ']' => {
                self.end_word();
                self.clause += 1;
            }
            '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」' | '『' | '』' | '‹' | '›' | '‘' | '’' | '\''
            | '《' | '》' => {
                self.end_word();
                self.quotation(before, c, next);
            }
            _ => self.end_word(),
        }
    }

    fn letter(&mut self, c: char) {
        fold(lower(c), &mut self.word);
    }

    /// Opens a quotation, or closes the one that is open.
    fn quotation(&mut self, before: char, c: char, next: char) {
        let closing = match c {
            '"' | '\'' => c,
            '“' | '„' => '”',
            '«' => '»',
            '»' => '«',
            '「' => '」',
            '『' => '』',
            '‹' => '›',
            '‘' => '’',
            '《' => '》',
            _ => c,
        };
        match self.quote {
            Some(open) if open == c || (open == '”' && matches!(c, '“' | '"')) => self.quote = None,
            Some(_) => {}
            None if !before.is_alphanumeric() && !next.is_whitespace() => self.quote = Some(closing),
            None => {}
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let mut text = shortened(&std::mem::take(&mut self.word));
        if text.contains('*') {
            text = uncovered(&text);
        }
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits && text.is_ascii() && text.bytes().any(|byte| byte.is_ascii_digit()) {
            text = text.chars().map(letter_for).collect();
        }
        self.sentence.joined.push_str(&text);
        self.sentence.is_unspaced |= !text.is_ascii();
        self.sentence.words.push(Word {
            text,
            clause: self.clause,
            is_quoted: self.quote.is_some(),
        });
    }

    fn end_sentence(&mut self) {
        self.end_word();
        let mut sentence = std::mem::take(&mut self.sentence);
        self.clause = 0;
        if !sentence.words.is_empty() {
            sentence.words = spelt(sentence.words);
            self.sentences.push(sentence);
        }
        if self.sentences.len().is_multiple_of(8) {
            // A quotation that is never closed is a stray mark.
            self.quote = None;
        }
    }
}

/// Marks that belong to a letter of Indic and other scripts, or stand over one.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{670}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}'
        | '\u{981}'..='\u{983}' | '\u{9bc}'..='\u{9cd}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{5b0}'..='\u{5c7}')
}

/// A lower-case letter without its marks.
fn fold(c: char, out: &mut String) {
    // Letters that have a mark, in groups of base letter and its forms.
    const FORMS: [&str; 24] = [
        "aàáâãäåāăąǎạảấầẩẫậắằẳẵặ",
        "cçćĉċč",
        "dďđð",
        "eèéêëēĕėęěẹẻẽếềểễệ",
        "gĝğġģ",
        "hĥħ",
        "iìíîïĩīĭįıǐỉị",
        "jĵ",
        "kķ",
        "lĺļľŀł",
        "nñńņňŉŋ",
        "oòóôõöøōŏőơọỏốồổỗộớờởỡợǒ",
        "rŕŗř",
        "sśŝşšș",
        "tţťŧț",
        "uùúûüũūŭůűųưụủứừửữựǔ",
        "wŵ",
        "yýÿŷỳỵỷỹ",
        "zźżž",
        "её",
        "اأإآٱ",
        "يىی",
        "هة",
        "كک",
    ];
    match c {
        'a'..='z' | '0'..='9' => out.push(c),
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'ａ'..='ｚ' => out.extend(char::from_u32(c as u32 - 'ａ' as u32 + 'a' as u32)),
        '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{670}' | '\u{93c}' | '\u{5b0}'..='\u{5c7}' => {}
        '\u{958}'..='\u{95f}' => {
            const PLAIN: [char; 8] = ['क', 'ख', 'ग', 'ज', 'ड', 'ढ', 'फ', 'य'];
            out.extend(PLAIN.get(c as usize - 0x958));
        }
        // Candrabindu and anusvara are written for one another.
        '\u{901}' => out.push('\u{902}'),
        _ if (c as u32) < 0x700 || matches!(c, '\u{1ea0}'..='\u{1ef9}') => {
            let group = FORMS.iter().find(|group| group.contains(c));
            out.push(group.and_then(|group| group.chars().next()).unwrap_or(c));
        }
        _ => out.push(c),
    }
}

/// The letter that a digit stands for inside a word.
fn letter_for(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        c => c,
    }
}

/// The word behind stars ("k*ll"), where it is one of a few.
fn uncovered(word: &str) -> String {
    const COVERED: &str =
        "kill/die/dead/death/suicide/suicidal/myself/hang/shoot/killing/dying/selbstmord/mourir/morir";
    let fits = |one: &&str| {
        let mut letters = one.chars().zip(word.chars());
        one.len() == word.len() && letters.all(|(a, b)| a == b || b == '*')
    };
    let found = COVERED.split('/').find(fits);
    found.map_or_else(|| word.replace('*', ""), str::to_owned)
}

/// Three and more of one letter become one.
fn shortened(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let chars: Vec<char> = word.chars().collect();
    for run in chars.chunk_by(|a, b| a == b) {
        let Some(first) = run.first() else { continue };
        let is_drawn_out = run.len() > 2 && first.is_alphabetic();
        let count = if is_drawn_out { 1 } else { run.len() };
        out.extend(std::iter::repeat_n(*first, count));
    }
    out
}

/// Words that are spelt out, letter by letter, put together: three single letters and more in a row.
fn spelt(words: Vec<Word>) -> Vec<Word> {
    const LETTERS_MIN: usize = 3;
    let is_letter =
        |word: &Word| word.text.len() == 1 && word.text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut out: Vec<Word> = Vec::with_capacity(words.len());
    let mut run: Vec<Word> = Vec::new();
    for word in words.into_iter().map(Some).chain([None]) {
        if let Some(word) = &word
            && is_letter(word)
        {
            run.push(word.clone());
            continue;
        }
        if run.len() >= LETTERS_MIN {
            // "I k i l l": the pronoun before it is a word of its own.
            let is_pronoun = run.len() > LETTERS_MIN && run.first().is_some_and(|first| first.text == "i");
            let letters = run.split_off(usize::from(is_pronoun));
            out.append(&mut run);
            let text: String = letters.iter().map(|word| word.text.as_str()).collect();
            out.extend(letters.into_iter().next().map(|first| Word { text, ..first }));
        } else {
            out.append(&mut run);
        }
        out.extend(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let all = sentences(text).into_iter();
        let lines = all.map(|one| {
            one.words
                .into_iter()
                .map(|word| word.text)
                .collect::<Vec<_>>()
                .join(" ")
        });
        lines.collect()
    }

    #[test]
    fn spelling_is_folded_away() {
        for (text, expected) in [
            ("I'm SO tired… Dieee!", vec!["im so tired", "die"]),
            ("k i l l myself, k.i.l.l", vec!["kill myself kill"]),
            ("I k i l l", vec!["i kill"]),
            (
                "su1c1de k!ll d13 un@live k*ll",
                vec!["suicide kill die unalive kill"],
            ),
            (
                "Ölmek istiyorum. Chcę się zabić",
                vec!["olmek istiyorum", "chce sie zabic"],
            ),
            ("ＤＩＥ straße ещё أُريدُ", vec!["die strasse еще اريد"]),
            ("I am 15", vec!["i am 15"]),
        ] {
            assert_eq!(words(text), expected);
        }
    }

    #[test]
    fn quotations_are_seen_and_apostrophes_are_none() {
        let read = sentences("she said \"I want\" and don't 'go away' now “here” there");
        let quoted: Vec<&str> = read[0]
            .words
            .iter()
            .filter(|word| word.is_quoted)
            .map(|word| word.text.as_str())
            .collect();
        assert_eq!(quoted, ["i", "want", "go", "away", "here"]);
    }

    #[test]
    fn of_a_very_long_message_both_ends_are_read() {
        let long = format!("first. {} last", "ä ".repeat(100_000));
        let read = sentences(&long);
        assert_eq!(read[0].words[0].text, "first");
        assert!(read.last().unwrap().words.last().unwrap().text == "last");
    }
}
