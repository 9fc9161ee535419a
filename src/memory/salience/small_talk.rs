//! The closed class: the few English turns that cannot carry a fact, recognised word by word.
//!
//! Owns the vocabulary and the reading of a message as a row of its phrases. Invariant: a message is read as closed
//! only if **every** character of it belongs to a listed phrase, a listed emoji, an emoticon or plain punctuation.
//! One unknown word, digit, symbol or letter of another script and [`read`] answers `None`. There is no guessing by
//! length and none by question mark: both lose facts (see `docs/memory.md`).
//!
//! Left out on purpose: other languages ("danke" is not skipped, it waits in the buffer like everything else),
//! names (a name may be the answer), feelings ("sad", a crying face), plain "yes" and "no".

use crate::memory::salience::words::{
    self, ADDRESSES, EMOJI_ASSENT, EMOJI_FRIENDLY, EMOTICONS, TAILS, items,
};
use crate::wire::lower_case::lowered;

/// Longest text that may be closed, in bytes. Longer small talk exists, but nobody needs it skipped.
pub const CLOSED_BYTES_MAX: usize = 240;

/// What a phrase of the closed class does in a conversation. The order is the order in which a mixed message is
/// named: "ok, thanks, bye" is a farewell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// "see you", "good night"
    Farewell,
    /// "hi there", "good morning"
    Greeting,
    /// "thanks a lot", "you're welcome"
    Thanks,
    /// "how are you?"
    Phatic,
    /// "tell me more", "go on"
    Continuer,
    /// "ok", "cool", "i see", "wow"
    Backchannel,
    /// "yeah", "sure", "right": agreement, which may confirm what was just said
    Assent,
    /// "haha", "lol"
    Laughter,
    /// Friendly emoji and emoticons
    Emoji,
}

/// What a closed message is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes(u16);

impl Classes {
    /// Adds one.
    pub fn insert(&mut self, class: Class) {
        self.0 |= 1 << class as u16;
    }

    /// True if the message has a phrase of that class.
    pub fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u16) != 0
    }

    /// The classes present, in the order of [`Class`].
    pub fn iter(self) -> impl Iterator<Item = Class> {
        let all = PHRASES.into_iter().map(|(class, _)| class);
        all.filter(move |class| self.has(*class))
    }

    /// True for a message of punctuation only.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Phrases by class, in the order of [`Class`].
const PHRASES: [(Class, &str); 9] = [
    (Class::Farewell, words::FAREWELL),
    (Class::Greeting, words::GREETING),
    (Class::Thanks, words::THANKS),
    (Class::Phatic, words::PHATIC),
    (Class::Continuer, words::CONTINUER),
    (Class::Backchannel, words::BACKCHANNEL),
    (Class::Assent, words::ASSENT),
    (Class::Laughter, words::LAUGHTER),
    (Class::Emoji, words::EMOJI),
];

/// The classes of a message that is closed from end to end; `None` if anything in it is not. `names` are what the
/// companion is called, lower case: "hi Luna" is a greeting when Luna is she.
pub fn read(text: &str, names: &[String]) -> Option<Classes> {
    if text.len() > CLOSED_BYTES_MAX {
        return None;
    }
    let mut classes = Classes::default();
    for sentence in text.split(['.', '!', '?', '\n', '…']) {
        let words = words(sentence, &mut classes)?;
        cover(&words, names, &mut classes)?;
    }
    Some(classes)
}

/// The words of a sentence, emoticons and emoji taken out and counted. `None` at the first foreign character.
fn words(sentence: &str, classes: &mut Classes) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for chunk in sentence.split(|c: char| c.is_whitespace() || c == ',') {
        let lower = lowered(chunk);
        let mut rest = strip_emoji(&lower, classes);
        // "thanks:)" and ":) hi": emoticons at the end of a chunk, or the whole of it.
        if let Some(found) = items(EMOTICONS)
            .filter(|e| rest.ends_with(e))
            .max_by_key(|e| e.len())
        {
            // A bare word such as "xd" is a word, and a letter before "o/" is not an arm.
            let head = rest.strip_suffix(found).unwrap_or("");
            let letters_only = found.chars().all(char::is_alphabetic);
            let glued = head.ends_with(char::is_alphanumeric) && found.starts_with(char::is_alphabetic);
            if !letters_only && !glued {
                classes.insert(Class::Emoji);
                rest = head.to_owned();
            }
        }
        for part in rest.split([';', '-', '–', '—', '~', '*', '"', '“', '”']) {
            let word = fold_word(part);
            if word.chars().any(|c| !c.is_ascii_alphanumeric()) {
                return None;
            }
            // One digit is known: the one in "g2g".
            if word.chars().any(|c| c.is_ascii_digit()) && word != "g2g" {
                return None;
            }
            if !word.is_empty() {
                words.push(word);
            }
        }
    }
    Some(words)
}

/// The chunk without listed emoji, their skin tones and variation marks.
fn strip_emoji(chunk: &str, classes: &mut Classes) -> String {
    let mut seen = false;
    chunk
        .chars()
        .filter(|c| {
            if EMOJI_FRIENDLY.contains(*c) {
                classes.insert(Class::Emoji);
                seen = true;
                return false;
            }
            if EMOJI_ASSENT.contains(*c) {
                classes.insert(Class::Assent);
                seen = true;
                return false;
            }
            // Modifiers are dropped only after an emoji that is known.
            !(seen && matches!(u32::from(*c), 0xfe0f | 0x1f3fb..=0x1f3ff))
        })
        .collect()
}

/// A word without apostrophes.
fn fold_word(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '\'' | '’' | '‘' | '`'))
        .collect()
}

/// Reads words as a row of phrases and tails; the classes are added to. `None` if they cannot be covered.
fn cover(words: &[String], names: &[String], classes: &mut Classes) -> Option<()> {
    let mut rest = words;
    let mut last = None;
    while let Some(first) = rest.first() {
        // Longest first: "see you later" before "see you". Greedy is enough for this vocabulary and cannot loop.
        let phrase = longest(rest);
        let length = phrase.map_or(0, |(length, _)| length);
        let tail = last.map_or(0, |class| tail(rest, class, names));
        if length.max(tail) == 0 {
            return None;
        }
        if let Some((_, class)) = phrase.filter(|_| length >= tail) {
            classes.insert(class);
            // "I see you", "love that man": after these a tail would be an object.
            last = (!["i", "love", "like"].contains(&first.as_str())).then_some(class);
        }
        rest = rest.get(length.max(tail)..)?;
    }
    Some(())
}

/// The longest phrase at the start of `words`.
fn longest(words: &[String]) -> Option<(usize, Class)> {
    let mut best: Option<(usize, Class)> = None;
    for (class, phrases) in PHRASES {
        for phrase in items(phrases) {
            let length = starts_with(words, phrase);
            if length > best.map_or(0, |(length, _)| length) {
                best = Some((length, class));
            }
        }
    }
    match best {
        None if words.first().is_some_and(|word| is_laughter(word)) => Some((1, Class::Laughter)),
        best => best,
    }
}

/// How many words the longest tail at the start of `words` takes, after a phrase of `class`.
fn tail(words: &[String], class: Class, names: &[String]) -> usize {
    let addressed = matches!(
        class,
        Class::Greeting | Class::Farewell | Class::Thanks | Class::Phatic
    );
    let addresses = items(ADDRESSES).filter(|_| addressed);
    let listed = items(TAILS).chain(addresses).map(|tail| starts_with(words, tail));
    let named = names.iter().map(|name| starts_with(words, name));
    listed.chain(named).max().unwrap_or(0)
}

/// The number of words of `phrase` if `words` begin with it, else 0.
fn starts_with(words: &[String], phrase: &str) -> usize {
    // However long letters are held, the first is the first.
    if words.first().and_then(|word| word.bytes().next()) != phrase.bytes().next() {
        return 0;
    }
    let mut count = 0;
    for expected in phrase.split(' ') {
        match words.get(count) {
            Some(word) if same_word(word, expected) => count += 1,
            _ => return 0,
        }
    }
    count
}

/// Equal, or equal but for letters held long: "hiiii", "thankssss", "okkk".
fn same_word(word: &str, expected: &str) -> bool {
    word == expected || (is_drawn_out(word) && squeeze(word) == squeeze(expected))
}

/// True with a letter three times in a row, or the last one doubled.
fn is_drawn_out(word: &str) -> bool {
    let bytes = word.as_bytes();
    let doubled_end = matches!(bytes, [.., a, b] if a == b);
    doubled_end
        || bytes
            .windows(3)
            .any(|w| matches!(w, [a, b, c] if a == b && b == c))
}

/// The word with every run of a letter cut to one.
fn squeeze(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if !out.ends_with(c) {
            out.push(c);
        }
    }
    out
}

/// "haha", "hahahah", "hehe", "hihihi", "lolololol", "ahahaha".
fn is_laughter(word: &str) -> bool {
    let only = |letters: [char; 2]| {
        word.chars().all(|c| letters.contains(&c)) && letters.iter().all(|c| word.contains(*c))
    };
    let long = word.len() >= 3;
    long && (only(['h', 'a'])
        || (word.len() >= 4 && (only(['h', 'e']) || only(['h', 'i']) || only(['h', 'o'])))
        || (only(['l', 'o']) && word.starts_with("lol")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(text: &str) -> Option<Vec<Class>> {
        read(text, &[]).map(|classes| classes.iter().collect())
    }

    #[test]
    fn phrases_are_stored_the_way_words_are_read() {
        for phrase in PHRASES
            .into_iter()
            .flat_map(|(_, phrases)| items(phrases))
            .chain(items(TAILS))
            .chain(items(ADDRESSES))
        {
            let mut ignored = Classes::default();
            let words = words(phrase, &mut ignored).unwrap();
            assert_eq!(words.join(" "), phrase);
        }
    }

    #[test]
    fn drawn_out_words_and_decorations_are_read_through() {
        assert_eq!(classes("hiiii"), Some(vec![Class::Greeting]));
        assert_eq!(classes("heyyy there!!"), Some(vec![Class::Greeting]));
        assert_eq!(classes("thx!!"), Some(vec![Class::Thanks]));
        assert_eq!(
            classes("good morning :)"),
            Some(vec![Class::Greeting, Class::Emoji])
        );
        assert_eq!(classes("thanks:)"), Some(vec![Class::Thanks, Class::Emoji]));
        assert_eq!(classes("Hahahahaha"), Some(vec![Class::Laughter]));
        assert_eq!(classes("👍🏽"), Some(vec![Class::Assent]));
        assert_eq!(classes("❤️❤️"), Some(vec![Class::Emoji]));
        assert_eq!(classes("..."), Some(vec![]));
    }

    #[test]
    fn one_foreign_word_digit_or_symbol_opens_the_class() {
        for text in [
            "hi Anna",
            "thanks 2",
            "ok :(",
            "😢",
            "👶",
            "danke",
            "спасибо",
            "谢谢",
            "good morning from Rome",
            "hi I'm Tom",
            "cool, vegan",
            "yes",
            "no",
            "nope",
            "thanks, 7",
            "ok $5",
            "hey @tom",
            "👨‍👩‍👧",
            "🇫🇷",
            "you",
            "friend",
            "love",
            "today",
            "there",
            "Ann",
            "Lee",
            "Al",
            "nah",
            "c++",
        ] {
            assert_eq!(classes(text), None, "{text}");
        }
    }

    #[test]
    fn the_companions_own_name_is_a_tail_once_it_is_configured() {
        assert_eq!(classes("hi Luna"), None);
        assert!(read("hi Luna!", &["luna".to_owned()]).is_some());
        assert!(
            read("Luna", &["luna".to_owned()]).is_none(),
            "a bare name may be an answer"
        );
    }
}
