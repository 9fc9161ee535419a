//! The closed class: the few English turns that cannot carry a fact, recognised word by word.
//!
//! Owns the vocabulary and the reading of a message as a row of its phrases. Invariant: a message is read as closed
//! only if **every** character of it belongs to a listed phrase, a listed emoji, an emoticon or plain punctuation.
//! One unknown word, digit, symbol or letter of another script and [`read`] answers `None`. There is no guessing by
//! length and none by question mark: both lose facts (see `docs/memory.md`).
//!
//! Left out on purpose: other languages ("danke" is not skipped, it waits in the buffer like everything else),
//! names (a name may be the answer), feelings ("sad", a crying face), plain "yes" and "no".

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
        ALL.into_iter().filter(move |class| self.has(*class))
    }

    /// True for a message of punctuation only.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

const ALL: [Class; 9] = [
    Class::Farewell,
    Class::Greeting,
    Class::Thanks,
    Class::Phatic,
    Class::Continuer,
    Class::Backchannel,
    Class::Assent,
    Class::Laughter,
    Class::Emoji,
];

/// Phrases by class. Words as [`fold_word`] leaves them: lower case, no apostrophes, no hyphens.
const PHRASES: &[(Class, &[&str])] = &[
    (
        Class::Farewell,
        &[
            "bye",
            "goodbye",
            "good bye",
            "bye bye",
            "bubye",
            "farewell",
            "good night",
            "goodnight",
            "night night",
            "nite",
            "gnite",
            "gn",
            "see you",
            "see ya",
            "see u",
            "cya",
            "see you later",
            "see ya later",
            "later",
            "laters",
            "talk later",
            "talk to you later",
            "talk to you soon",
            "talk soon",
            "speak soon",
            "ttyl",
            "see you soon",
            "see you around",
            "see you tomorrow",
            "see you again",
            "till next time",
            "until next time",
            "take care",
            "have a good one",
            "have a nice day",
            "have a good day",
            "have a great day",
            "have a good night",
            "have a good evening",
            "have a nice evening",
            "have a great evening",
            "have a nice night",
            "sleep well",
            "sweet dreams",
            "gotta go",
            "got to go",
            "gtg",
            "g2g",
            "brb",
            "cheerio",
            "so long",
            "thats all",
            "thats all for now",
            "bye for now",
            "catch you later",
        ],
    ),
    (
        Class::Greeting,
        &[
            "hi",
            "hii",
            "hiya",
            "hey",
            "heya",
            "hello",
            "hullo",
            "helo",
            "yo",
            "howdy",
            "greetings",
            "hi hi",
            "good morning",
            "goodmorning",
            "morning",
            "gm",
            "good afternoon",
            "afternoon",
            "good evening",
            "evening",
            "good day",
            "gday",
            "hey hey",
            "welcome back",
            "long time no see",
            "nice to meet you",
            "nice to meet you too",
            "pleased to meet you",
            "good to meet you",
            "great to meet you",
            "lovely to meet you",
            "good to see you",
            "nice to see you",
            "great to see you",
            "good to see you again",
            "nice to see you again",
            "hello again",
            "hi again",
            "hey again",
            "good to hear from you",
        ],
    ),
    (
        Class::Thanks,
        &[
            "thanks",
            "thank you",
            "thank u",
            "thankyou",
            "thx",
            "thanx",
            "thnx",
            "thks",
            "tnx",
            "tx",
            "ty",
            "tysm",
            "tyvm",
            "tyty",
            "thank you so much",
            "thanks so much",
            "thank you very much",
            "thanks very much",
            "thanks a lot",
            "thank you a lot",
            "thanks a bunch",
            "thanks a million",
            "thanks a ton",
            "many thanks",
            "much appreciated",
            "appreciated",
            "appreciate it",
            "thanks again",
            "thank you again",
            "thanks anyway",
            "thank you anyway",
            "thanks for that",
            "thank you for that",
            "thanks for this",
            "thanks for the help",
            "thanks for your help",
            "thank you for your help",
            "thanks for helping",
            "thanks for listening",
            "thank you for listening",
            "thank you kindly",
            "thanks for everything",
            "thank you for everything",
            "thanks for the info",
            "thanks for the tip",
            "thanks for the advice",
            "cheers",
            "ta",
            "youre welcome",
            "ur welcome",
            "you are welcome",
            "yw",
            "no problem",
            "no prob",
            "np",
            "no worries",
            "my pleasure",
            "dont mention it",
            "anytime",
            "any time",
            "thats very kind",
            "thats kind",
            "thats so kind",
            "how kind",
            "so kind of you",
            "thats very kind of you",
            "thats so kind of you",
            "bless you",
            "youre the best",
            "you are the best",
            "youre awesome",
            "youre great",
            "you rock",
            "very helpful",
            "super helpful",
            "thats helpful",
            "thats very helpful",
            "so helpful",
            "helpful",
            "that helps",
            "that helps a lot",
            "that was helpful",
        ],
    ),
    (
        Class::Phatic,
        &[
            "how are you",
            "how are u",
            "how r u",
            "how r you",
            "how are ya",
            "hru",
            "how are you doing",
            "how you doing",
            "how are you today",
            "how are you doing today",
            "how are you this morning",
            "how are you this evening",
            "how are you tonight",
            "how is it going",
            "hows it going",
            "hows it going today",
            "how goes it",
            "hows everything",
            "how is everything",
            "how are things",
            "how are things going",
            "hows life",
            "how do you do",
            "how have you been",
            "howve you been",
            "how you been",
            "how was your day",
            "how is your day",
            "hows your day",
            "hows your day going",
            "hows your day been",
            "how is your day going",
            "whats up",
            "wassup",
            "whassup",
            "whatsup",
            "sup",
            "whats new",
            "whats going on",
            "what is up",
            "what are you up to",
            "what are you doing",
            "wyd",
            "and you",
            "and yourself",
            "how about you",
            "how about yourself",
            "what about you",
            "hbu",
            "wbu",
            "are you there",
            "you there",
            "u there",
            "anyone there",
            "anybody there",
            "is anyone there",
            "is anybody there",
            "are you still there",
            "still there",
            "can you hear me",
            "do you hear me",
            "how are you feeling",
            "how are you feeling today",
            "did you sleep well",
            "you ok",
            "are you ok",
            "everything ok",
            "is everything ok",
        ],
    ),
    (
        Class::Continuer,
        &[
            "go on",
            "go ahead",
            "please go on",
            "please continue",
            "continue",
            "carry on",
            "keep going",
            "tell me more",
            "please tell me more",
            "and then",
            "and",
            "then what",
            "what then",
            "what else",
            "anything else",
            "such as",
            "like what",
            "how so",
            "why",
            "why not",
            "meaning",
            "what do you mean",
            "what does that mean",
            "say more",
            "say that again",
            "come again",
            "pardon",
            "sorry",
            "sorry what",
            "what",
            "huh",
            "eh",
            "hm",
            "hmm",
            "one more time",
            "can you repeat that",
            "could you repeat that",
            "please repeat that",
            "please repeat",
            "really",
            "seriously",
            "for real",
            "is that so",
            "is it",
            "how come",
            "wdym",
        ],
    ),
    (
        Class::Backchannel,
        &[
            "ok",
            "okay",
            "okie",
            "okey",
            "oki",
            "okie dokie",
            "okey dokey",
            "okey doke",
            "okays",
            "k",
            "kk",
            "kay",
            "mkay",
            "mmkay",
            "alright",
            "alrighty",
            "all right",
            "aight",
            "cool",
            "cool cool",
            "cool beans",
            "nice",
            "nice one",
            "very nice",
            "so nice",
            "neat",
            "sweet",
            "great",
            "thats great",
            "sounds great",
            "sounds good",
            "sounds nice",
            "sounds cool",
            "good",
            "good good",
            "very good",
            "good to know",
            "good one",
            "good point",
            "good idea",
            "great idea",
            "nice idea",
            "awesome",
            "amazing",
            "wonderful",
            "excellent",
            "perfect",
            "brilliant",
            "fantastic",
            "fabulous",
            "lovely",
            "beautiful",
            "super",
            "superb",
            "terrific",
            "fab",
            "lit",
            "epic",
            "dope",
            "noice",
            "fair",
            "fair enough",
            "fair point",
            "interesting",
            "very interesting",
            "how interesting",
            "thats interesting",
            "fascinating",
            "impressive",
            "incredible",
            "unbelievable",
            "whoa",
            "woah",
            "wow",
            "wowza",
            "omg",
            "oh my",
            "oh my god",
            "oh my gosh",
            "oh my goodness",
            "my god",
            "my goodness",
            "goodness",
            "gosh",
            "gee",
            "jeez",
            "yikes",
            "yay",
            "yayy",
            "woo",
            "woohoo",
            "woot",
            "hooray",
            "hurray",
            "yippee",
            "bravo",
            "well done",
            "good job",
            "great job",
            "nice job",
            "good work",
            "great work",
            "nice work",
            "way to go",
            "good for you",
            "congrats",
            "congratulations",
            "good luck",
            "thats cool",
            "thats nice",
            "thats good",
            "thats awesome",
            "thats amazing",
            "thats wonderful",
            "thats lovely",
            "thats sweet",
            "thats so sweet",
            "thats funny",
            "thats hilarious",
            "funny",
            "so funny",
            "very funny",
            "hilarious",
            "that is great",
            "that is cool",
            "that is nice",
            "that is good",
            "that is awesome",
            "that is amazing",
            "that is interesting",
            "that is funny",
            "how nice",
            "how cool",
            "how lovely",
            "how sweet",
            "how funny",
            "got it",
            "gotcha",
            "understood",
            "noted",
            "roger",
            "roger that",
            "copy",
            "copy that",
            "i see",
            "oh i see",
            "ah i see",
            "ic",
            "makes sense",
            "that makes sense",
            "makes total sense",
            "that makes total sense",
            "oh",
            "oh well",
            "ah",
            "aah",
            "ahh",
            "aha",
            "oho",
            "ooh",
            "oooh",
            "ohh",
            "oh wow",
            "oh nice",
            "oh cool",
            "oh ok",
            "oh okay",
            "aw",
            "aww",
            "awww",
            "mm",
            "mmm",
            "hmm ok",
            "hm ok",
            "um",
            "uh",
            "er",
            "erm",
            "umm",
            "well",
            "so",
            "anyway",
            "anyways",
            "anyhow",
            "whatever you say",
            "if you say so",
            "as you wish",
            "no way",
            "you dont say",
            "oh dear",
            "oops",
            "ooops",
            "whoops",
            "ouch",
            "phew",
            "whew",
            "meh",
            "ugh",
            "tada",
            "voila",
            "ready",
            "lets go",
            "lets start",
            "lets begin",
            "lets do it",
            "lets do this",
            "there you go",
            "here we go",
            "fine",
            "not bad at all",
            "no rush",
            "take your time",
            "love it",
            "love that",
            "like that",
            "bless",
            "wicked",
            "ace",
            "legend",
            "sick one",
            "smart",
            "clever",
            "thats clever",
            "thats smart",
            "so cool",
            "so sweet",
            "so good",
            "so true",
            "very true",
            "very cool",
            "pretty cool",
            "pretty nice",
            "pretty good",
            "really cool",
            "really nice",
            "too funny",
            "too cute",
            "cute",
            "so cute",
            "how cute",
            "thats cute",
            "wait",
            "hold on",
            "one moment",
            "one sec",
            "one second",
            "just a sec",
            "just a moment",
            "just a second",
            "a moment please",
        ],
    ),
    (
        Class::Assent,
        &[
            "yeah",
            "yea",
            "yeh",
            "ya",
            "yah",
            "yep",
            "yup",
            "yeap",
            "uh huh",
            "uhuh",
            "uhhuh",
            "mhm",
            "mmhm",
            "mm hm",
            "mmhmm",
            "mm hmm",
            "sure",
            "sure thing",
            "for sure",
            "of course",
            "ofc",
            "naturally",
            "certainly",
            "absolutely",
            "definitely",
            "totally",
            "exactly",
            "exactly right",
            "precisely",
            "indeed",
            "right",
            "oh right",
            "ah right",
            "thats right",
            "right on",
            "right right",
            "true",
            "thats true",
            "correct",
            "thats correct",
            "agreed",
            "quite",
            "quite so",
            "quite right",
            "obviously",
            "you bet",
            "aye",
            "oh yeah",
            "oh sure",
            "yeah yeah",
            "yeah sure",
            "yeah right",
            "ikr",
            "true that",
            "fo sho",
            "word",
            "please",
            "please do",
            "yeah please",
            "sure please",
            "sure why not",
            "i know right",
            "you know",
            "oh no",
            "no thanks",
            "no thank you",
        ],
    ),
    (
        Class::Laughter,
        &[
            "lol", "lols", "lolz", "lolol", "lmao", "lmfao", "rofl", "roflmao", "xd", "hee hee", "tee hee",
            "teehee", "ha",
        ],
    ),
    (Class::Emoji, &["xoxo", "xox", "xx", "xxx"]),
];

/// Words that may follow a phrase in its sentence: whom it is said to, or how much.
const TAILS: &[&str] = &[
    "there",
    "you",
    "again",
    "all",
    "yall",
    "everyone",
    "everybody",
    "folks",
    "guys",
    "friend",
    "my friend",
    "my dear",
    "my love",
    "buddy",
    "pal",
    "mate",
    "man",
    "dude",
    "bro",
    "bruh",
    "dear",
    "love",
    "darling",
    "sweetie",
    "sweetheart",
    "honey",
    "hon",
    "bestie",
    "companion",
    "hearken",
    "bot",
    "assistant",
    "robot",
    "sir",
    "maam",
    "madam",
    "then",
    "now",
    "too",
    "so much",
    "very much",
    "a lot",
    "lots",
    "loads",
    "a bunch",
    "for now",
    "today",
    "indeed",
    "though",
    "tho",
    "already",
    "to you",
    "to you too",
    "you too",
    "as always",
    "as ever",
    "once again",
    "sunshine",
    "stranger",
    "beautiful",
    "gorgeous",
    "handsome",
    "kindly",
];

/// Emoticons that greet, thank, laugh or soften. Sad ones (":(") are left out: a feeling may be a fact.
const EMOTICONS: &[&str] = &[
    ":)", ":-)", ":))", ":)))", "=)", ":d", ":-d", "=d", "xd", ";)", ";-)", ";d", ":p", ":-p", ";p", "=p",
    "<3", "^^", "^_^", "^-^", "(:", "c:", "\\o/", "o/", "\\o", ":3", ":]", "=]",
];

/// Friendly emoji that tell nothing. Sad, ill, or telling ones (a ring, a baby, a flag) are left out.
const EMOJI: &[char] = &[
    '😀', '😃', '😄', '😁', '😆', '😅', '🤣', '😂', '🙂', '🙃', '😉', '😊', '😇', '🥰', '😍', '🤩', '😘',
    '😗', '☺', '😚', '😙', '😋', '😛', '😜', '🤪', '😝', '🤗', '🤭', '😎', '😏', '😺', '😸', '😹', '😻',
    '👋', '🙏', '👌', '🙌', '👏', '💪', '🎉', '🎊', '✨', '🌟', '⭐', '💯', '🔥', '❤', '💕', '💖', '💗',
    '💓', '💞', '💙', '💚', '💛', '💜', '🧡', '🤍', '🌞', '☀', '🌸', '🌹', '🌻', '🌈', '🤝', '🫶', '😌',
    '🥳', '🤓', '😮', '😲', '🤯', '👀', '🌙',
];

/// Emoji that say yes.
const EMOJI_ASSENT: &[char] = &['👍', '✅', '✔', '☑', '🆗'];

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
        let lower = chunk.to_lowercase();
        let mut rest = strip_emoji(&lower, classes);
        // "thanks:)" and ":) hi": emoticons at the end of a chunk, or the whole of it.
        if let Some(found) = EMOTICONS
            .iter()
            .filter(|e| rest.ends_with(**e))
            .max_by_key(|e| e.len())
        {
            let head = rest.strip_suffix(found).unwrap_or("");
            // A bare word such as "xd" is a word, and a letter before "o/" is not an arm.
            let letters_only = found.chars().all(char::is_alphabetic);
            if !letters_only
                && !(head.ends_with(char::is_alphanumeric) && found.starts_with(char::is_alphabetic))
            {
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
    let rest = chunk
        .chars()
        .filter(|c| {
            if EMOJI.contains(c) {
                classes.insert(Class::Emoji);
                seen = true;
                return false;
            }
            if EMOJI_ASSENT.contains(c) {
                classes.insert(Class::Assent);
                seen = true;
                return false;
            }
            // Modifiers are dropped only after an emoji that is known.
            !(seen && matches!(u32::from(*c), 0xfe0f | 0x1f3fb..=0x1f3ff))
        })
        .collect();
    rest
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
    let mut spoken = false;
    while !rest.is_empty() {
        // Longest first: "see you later" before "see you". Greedy is enough for this vocabulary and cannot loop.
        let (length, class) = longest(rest).unwrap_or((0, Class::Emoji));
        let tail = if spoken { tail(rest, names) } else { 0 };
        if length == 0 && tail == 0 {
            return None;
        }
        if length >= tail {
            classes.insert(class);
            spoken = true;
        }
        rest = rest.get(length.max(tail)..)?;
    }
    Some(())
}

/// The longest phrase at the start of `words`.
fn longest(words: &[String]) -> Option<(usize, Class)> {
    let mut best: Option<(usize, Class)> = None;
    for (class, phrases) in PHRASES {
        for phrase in *phrases {
            let length = starts_with(words, phrase);
            if length > best.map_or(0, |(length, _)| length) {
                best = Some((length, *class));
            }
        }
    }
    match best {
        None if words.first().is_some_and(|word| is_laughter(word)) => Some((1, Class::Laughter)),
        best => best,
    }
}

/// How many words the longest tail at the start of `words` takes.
fn tail(words: &[String], names: &[String]) -> usize {
    let listed = TAILS.iter().map(|tail| starts_with(words, tail));
    let named = names.iter().map(|name| starts_with(words, name));
    listed.chain(named).max().unwrap_or(0)
}

/// The number of words of `phrase` if `words` begin with it, else 0.
fn starts_with(words: &[String], phrase: &str) -> usize {
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
        for phrase in PHRASES.iter().flat_map(|(_, phrases)| *phrases).chain(TAILS) {
            let mut ignored = Classes::default();
            let words = words(phrase, &mut ignored).unwrap();
            assert_eq!(words.join(" "), *phrase);
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
