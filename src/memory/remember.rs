//! Whether a message goes to extraction at once, later, or never.
//!
//! Owns the rules, their names and their switches. Invariant: `skip` is given only to messages that
//! [`closed::read`] covers from end to end and that do not answer the companion; whatever is not understood is
//! deferred, which costs a line in a batch and never a fact. Left out: what is extracted (the model's part).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::closed::{self, Class, Classes};
use super::tokens::clip;

/// How far into a message the `now` rules look, in bytes. What lies beyond is extracted all the same, with its batch.
const NOW_BYTES_MAX: usize = 16_384;

/// When a message is extracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// With whatever waits, at once.
    Now,
    /// With its batch.
    Defer,
    /// Never: it cannot carry a fact.
    Skip,
}

/// The rule that decided. The names are stable: logs, metrics and configuration use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// now: "remember that ...", "don't forget ...", "for the record"
    RememberRequest,
    /// now: "forget what I said about ..."
    ForgetRequest,
    /// now: danger to life or limb
    Safety,
    /// now: allergies, medication, chronic illness
    Health,
    /// now: "my name is ...", "call me ..."
    Name,
    /// now: "no, actually ...", "I meant ...", "not anymore"
    Correction,
    /// defer: everything else
    Default,
    /// defer: small talk that may be the answer to what the companion said
    Answer,
    /// skip: nothing but white space and punctuation
    Empty,
    /// skip
    Farewell,
    /// skip
    Greeting,
    /// skip
    Thanks,
    /// skip: "how are you?"
    Phatic,
    /// skip: "go on", "tell me more"
    Continuer,
    /// skip: "ok", "cool"
    Backchannel,
    /// skip: "yeah", "right" where nothing was asked or said about the person
    Assent,
    /// skip: "haha", "lol"
    Laughter,
    /// skip: friendly emoji
    Emoji,
}

/// Rules that can be switched off, under their stable names. `default` and `answer` cannot: they are what is left.
pub const SWITCHES: [(&str, Rule); 16] = [
    ("remember_request", Rule::RememberRequest),
    ("forget_request", Rule::ForgetRequest),
    ("safety", Rule::Safety),
    ("health", Rule::Health),
    ("name", Rule::Name),
    ("correction", Rule::Correction),
    ("empty", Rule::Empty),
    ("farewell", Rule::Farewell),
    ("greeting", Rule::Greeting),
    ("thanks", Rule::Thanks),
    ("phatic", Rule::Phatic),
    ("continuer", Rule::Continuer),
    ("backchannel", Rule::Backchannel),
    ("assent", Rule::Assent),
    ("laughter", Rule::Laughter),
    ("emoji", Rule::Emoji),
];

impl Rule {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Default => "default",
            Rule::Answer => "answer",
            other => SWITCHES
                .iter()
                .find(|(_, rule)| *rule == other)
                .map_or("default", |(name, _)| name),
        }
    }

    fn of(class: Class) -> Rule {
        match class {
            Class::Farewell => Rule::Farewell,
            Class::Greeting => Rule::Greeting,
            Class::Thanks => Rule::Thanks,
            Class::Phatic => Rule::Phatic,
            Class::Continuer => Rule::Continuer,
            Class::Backchannel => Rule::Backchannel,
            Class::Assent => Rule::Assent,
            Class::Laughter => Rule::Laughter,
            Class::Emoji => Rule::Emoji,
        }
    }
}

/// A name in the list of switched-off rules that no rule has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no rule {0:?}; the rules are remember_request, forget_request, safety, health, name, correction, empty, farewell, greeting, thanks, phatic, continuer, backchannel, assent, laughter, emoji"
)]
pub struct UnknownRule(pub String);

/// Which rules apply, and what the companion is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    off: BTreeSet<Rule>,
    names: Vec<String>,
}

impl Rules {
    /// Every rule except those named, comma-separated. A `now` rule that is off leaves its messages to `defer`; so
    /// does a `skip` rule.
    pub fn without(list: &str) -> Result<Rules, UnknownRule> {
        let named = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        let off = named.map(|name| {
            let found = SWITCHES.iter().find(|(known, _)| *known == name);
            found
                .map(|(_, rule)| *rule)
                .ok_or_else(|| UnknownRule(name.to_owned()))
        });
        Ok(Rules {
            off: off.collect::<Result<_, _>>()?,
            names: Vec::new(),
        })
    }

    /// The same rules for a companion that is called by these names ("hi Luna" is then a greeting).
    pub fn with_names(mut self, names: impl IntoIterator<Item = String>) -> Rules {
        self.names = names
            .into_iter()
            .map(|name| name.trim().to_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        self
    }

    /// True if `rule` applies.
    pub fn has(&self, rule: Rule) -> bool {
        !self.off.contains(&rule)
    }
}

/// What happens to a message, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When it is extracted.
    pub decision: When,
    /// The rule that says so.
    pub rule: Rule,
}

/// Decides about one of the person's messages. `previous_assistant` is what the companion said just before, if
/// anything: a small word after a question is an answer.
pub fn decide(text: &str, previous_assistant: Option<&str>, rules: &Rules) -> Decision {
    if let Some(rule) = now_rule(text, previous_assistant, rules) {
        return Decision {
            decision: When::Now,
            rule,
        };
    }
    let (decision, rule) = match small_talk(text, previous_assistant, rules) {
        SmallTalk::Skip(rule) => (When::Skip, rule),
        SmallTalk::Answer => (When::Defer, Rule::Answer),
        SmallTalk::No => (When::Defer, Rule::Default),
    };
    Decision { decision, rule }
}

/// A message as small talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SmallTalk {
    /// Nothing in it; the rule names what it is.
    Skip(Rule),
    /// Closed words, but they may answer the companion.
    Answer,
    /// More than closed words, or a rule that is off.
    No,
}

/// Reads a message as small talk, in the light of what the companion said before it.
pub(super) fn small_talk(text: &str, previous: Option<&str>, rules: &Rules) -> SmallTalk {
    let Some(classes) = closed::read(text, &rules.names) else {
        return SmallTalk::No;
    };
    let rule = classes.iter().next().map_or(Rule::Empty, Rule::of);
    let mut all = classes.iter().map(Rule::of).chain([rule]);
    if !all.all(|rule| rules.has(rule)) {
        return SmallTalk::No;
    }
    match previous.map_or(Said::Nothing, said) {
        Said::AskedForWords if !classes.is_empty() => SmallTalk::Answer,
        Said::Asked if !is_no_answer(text, classes) => SmallTalk::Answer,
        Said::AboutThem if classes.has(Class::Assent) => SmallTalk::Answer,
        _ => SmallTalk::Skip(rule),
    }
}

/// What the companion's last turn makes of a small word that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// Nothing that a small word could answer.
    Nothing,
    /// Something about the person ("you ..."), which "right" would confirm.
    AboutThem,
    /// A question or a request to tell.
    Asked,
    /// A question for a name, a word, a title: even "hello" may be the answer.
    AskedForWords,
}

/// Phrases that ask without a question mark.
const ASKING: &[&str] = &[
    "tell me",
    "let me know",
    "share",
    "describe",
    "explain",
    "i wonder",
    "wondering",
    "curious",
    "love to hear",
    "like to hear",
    "like to know",
    "love to know",
    "say",
    "give me",
    "name",
    "pick",
    "choose",
    "rate",
    "what about",
    "how about",
    "list",
    "remind me",
    "fill me in",
    "talk to me",
    "walk me through",
    "answer",
    "guess",
    "or not",
    "right",
    "isnt it",
    "arent you",
    "dont you",
    "please",
];

/// Words that open a question.
const OPENERS: &[&str] = &[
    "what", "whats", "who", "whos", "whom", "whose", "when", "where", "wheres", "which", "why", "how",
    "hows", "do", "does", "did", "are", "is", "was", "were", "am", "have", "has", "had", "can", "could",
    "would", "will", "shall", "should", "may", "might", "any",
];

/// Words of English that nearly every English sentence has one of. Without any, the turn was not understood, and
/// what is not understood may have been a question.
const ENGLISH: &[&str] = &[
    "the", "you", "your", "are", "to", "and", "that", "it", "of", "im", "youre", "thats", "its", "my", "can",
    "this", "have", "hi", "hello", "hey", "good", "great", "ok", "okay", "thanks", "thank", "welcome",
    "sure", "bye", "goodbye", "nice", "here", "well", "sounds", "at", "with", "from", "they", "when", "will",
    "by", "be", "not", "lot", "like", "there", "very", "some", "about", "people", "as", "has", "was",
];

fn said(previous: &str) -> Said {
    let plain = plain(previous);
    let has = |phrase: &str| contains(&plain, phrase);
    let question_mark = previous.contains(['?', '？', '؟', '¿', ';', '՞', '⸮', '፧']);
    let opened = previous
        .split(['.', '!', '\n', '…', ',', ':', '—'])
        .any(|sentence| {
            let first = sentence
                .split_whitespace()
                .map(plain_word)
                .find(|word| !matches!(word.as_str(), "and" | "so" | "but" | "then" | ""));
            first.is_some_and(|word| OPENERS.contains(&word.as_str()))
        });
    let foreign = !previous.trim().is_empty() && !ENGLISH.iter().any(|word| has(word));
    if question_mark || opened || foreign || ASKING.iter().any(|phrase| has(phrase)) {
        let words = [
            "name", "named", "called", "call", "song", "word", "words", "title", "say", "says", "said",
            "nickname", "phrase",
        ];
        return if foreign || words.iter().any(|word| has(word)) {
            Said::AskedForWords
        } else {
            Said::Asked
        };
    }
    let about = [
        "you", "your", "youre", "youve", "youd", "yours", "youll", "yourself",
    ];
    if about.iter().any(|word| has(word)) {
        Said::AboutThem
    } else {
        Said::Nothing
    }
}

/// True for small talk that answers no question: thanks, a greeting, laughter, and nothing else beside it.
fn is_no_answer(text: &str, classes: Classes) -> bool {
    if classes.is_empty() {
        return true;
    }
    let kinds = classes.iter().all(|class| {
        matches!(
            class,
            Class::Greeting | Class::Thanks | Class::Laughter | Class::Emoji
        )
    });
    let spoken = [Class::Greeting, Class::Thanks, Class::Laughter]
        .iter()
        .any(|class| classes.has(*class));
    // "Morning or evening?" - "evening"; "When are you free?" - "any time"; "Did it help?" - "very helpful".
    let telling = [
        "morning",
        "afternoon",
        "evening",
        "night",
        "day",
        "gm",
        "anytime",
        "any",
        "welcome",
        "problem",
        "prob",
        "np",
        "worries",
        "helpful",
        "helps",
        "helped",
        "pleasure",
        "kind",
        "back",
        "best",
        "again",
        "listening",
    ];
    let plain = plain(text);
    kinds && spoken && !telling.iter().any(|word| contains(&plain, word))
}

/// The `now` rule that a message meets, most urgent first.
fn now_rule(text: &str, previous: Option<&str>, rules: &Rules) -> Option<Rule> {
    let text = clip(text, NOW_BYTES_MAX);
    let plain = plain(text);
    let asked = previous.is_some_and(|previous| matches!(said(previous), Said::Asked | Said::AskedForWords));
    let met = |rule: Rule| match rule {
        Rule::Safety => any(&plain, SAFETY),
        Rule::Health => {
            any(&plain, HEALTH)
                || plain
                    .split(' ')
                    .any(|w| HEALTH_STEMS.iter().any(|s| w.starts_with(s)))
        }
        Rule::ForgetRequest => clauses(text).any(|clause| asks_to_forget(&clause)),
        Rule::RememberRequest => any(&plain, RECORD) || clauses(text).any(|clause| asks_to_remember(&clause)),
        Rule::Name => any(&plain, NAME),
        Rule::Correction => any(&plain, CORRECTION) || opens_with_correction(&plain, asked),
        _ => false,
    };
    [
        Rule::Safety,
        Rule::Health,
        Rule::ForgetRequest,
        Rule::RememberRequest,
        Rule::Name,
        Rule::Correction,
    ]
    .into_iter()
    .find(|rule| rules.has(*rule) && met(*rule))
}

const SAFETY: &[&str] = &[
    "kill myself",
    "killing myself",
    "suicide",
    "suicidal",
    "end my life",
    "ending my life",
    "end it all",
    "take my own life",
    "taking my own life",
    "want to die",
    "wanna die",
    "wish i was dead",
    "wish i were dead",
    "better off dead",
    "hurt myself",
    "hurting myself",
    "harm myself",
    "harming myself",
    "self harm",
    "selfharm",
    "cut myself",
    "cutting myself",
    "overdose",
    "overdosed",
    "dont want to live",
    "do not want to live",
    "dont want to be alive",
    "no reason to live",
    "not worth living",
    "cant go on",
    "hits me",
    "beats me",
    "abuses me",
    "abused me",
    "hit me again",
    "raped",
    "molested",
    "in danger",
    "threatened to kill",
    "going to hurt me",
    "afraid for my life",
    "call 911",
    "call an ambulance",
    "cant breathe",
    "chest pain",
    "selbstmord",
    "suizid",
    "umbringen",
    "quiero morir",
    "suicidarme",
    "suicidio",
    "me suicider",
    "veux mourir",
    "voglio morire",
];

const HEALTH: &[&str] = &[
    "blood type",
    "blood thinner",
    "blood thinners",
    "heart condition",
    "heart attack",
    "heart disease",
    "im pregnant",
    "i am pregnant",
    "pacemaker",
    "insulin",
    "epipen",
    "epi pen",
    "my medication",
    "my meds",
    "medication",
    "prescribed",
    "cant eat",
    "cannot eat",
    "intolerant",
    "intolerance",
    "celiac",
    "coeliac",
    "diagnosed",
];

/// Beginnings of words, so that "allergy", "allergies", "alérgica" and "Allergie" all count.
const HEALTH_STEMS: &[&str] = &[
    "allerg",
    "alerg",
    "alérg",
    "аллерг",
    "alergi",
    "anaphyla",
    "diabet",
    "epilep",
    "asthma",
    "asthmatic",
    "hemophil",
    "haemophil",
];

const NAME: &[&str] = &[
    "my name is",
    "my names",
    "call me",
    "i go by",
    "my nickname is",
    "my real name",
    "my full name",
    "change my name",
    "changed my name",
];

/// Set phrases that ask for a record wherever they stand.
const RECORD: &[&str] = &[
    "for the record",
    "for future reference",
    "for your records",
    "just so you know",
    "note to self",
    "please note",
    "take note",
    "make a note",
    "make note of",
    "take a note",
    "jot down",
    "jot this down",
    "jot that down",
    "write this down",
    "write that down",
    "write it down",
    "save this",
    "save that",
    "store this",
    "store that",
    "note this",
    "note that",
    "note down",
    "commit to memory",
    "commit this to memory",
    "to your memory",
    "in your memory",
    "add to memory",
    "you should know that",
    "you need to know that",
    "fyi",
    "remember this",
    "please remember",
    "pls remember",
    "plz remember",
    "want you to remember",
    "need you to remember",
    "like you to remember",
    "can you remember",
    "could you remember",
    "will you remember",
    "would you remember",
    "you must remember",
    "you should remember",
    "you need to remember",
    "you have to remember",
    "make sure to remember",
    "make sure you remember",
    "be sure to remember",
    "try to remember that",
    "remember for me",
    "remember it for",
    "want you to know that",
    "please dont forget",
    "please do not forget",
    "so dont forget",
    "dont you forget",
    "make sure you dont forget",
    "remember for next time",
    "remember for later",
    "remember it please",
    "remember that please",
    "memorize",
    "memorise",
];

const CORRECTION: &[&str] = &[
    "no actually",
    "actually no",
    "correction",
    "i meant",
    "i mean not",
    "thats wrong",
    "that is wrong",
    "thats not right",
    "that is not right",
    "thats not true",
    "that is not true",
    "thats incorrect",
    "that is incorrect",
    "thats not correct",
    "youre wrong",
    "you are wrong",
    "you got it wrong",
    "you got that wrong",
    "you have it wrong",
    "you misunderstood",
    "you misheard",
    "i misspoke",
    "i mistyped",
    "i made a mistake",
    "i was wrong",
    "i changed my mind",
    "ive changed my mind",
    "i take that back",
    "i take it back",
    "scratch that",
    "not anymore",
    "not any more",
    "no longer",
    "any longer",
    "thats outdated",
    "not my name",
    "wait no",
    "sorry i meant",
    "wrong its",
    "let me correct",
    "to correct",
    "i should correct",
    "thats not what i said",
    "i never said",
    "i didnt say",
    "i used to but",
    "anymore",
];

/// "No, my ..." and "Actually, I ..." at the start. After a question "no, I ..." is an answer, not a correction.
fn opens_with_correction(plain: &str, asked: bool) -> bool {
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).take(4).collect();
    let subject = |word: &&str| {
        [
            "i", "im", "ive", "my", "its", "it", "he", "hes", "she", "shes", "they", "theyre", "we", "were",
            "that", "thats", "the",
        ]
        .contains(word)
    };
    match words.as_slice() {
        ["actually", next, ..] => subject(next),
        ["no" | "nope" | "nah", next, ..] => !asked && subject(next),
        ["wrong", ..] => true,
        _ => false,
    }
}

/// Words that may stand before an imperative.
const LEAD: &[&str] = &[
    "please",
    "pls",
    "plz",
    "hey",
    "hi",
    "hello",
    "ok",
    "okay",
    "so",
    "and",
    "also",
    "but",
    "just",
    "oh",
    "now",
    "then",
    "well",
    "always",
    "kindly",
    "companion",
    "hearken",
    "lets",
    "to",
    "do",
    "yes",
    "no",
    "first",
    "alright",
    "right",
    "again",
];

/// An imperative "remember ..." or "don't forget ..." at the start of a clause, or "remember that" at its end.
fn asks_to_remember(clause: &Clause) -> bool {
    let words = clause.after_lead();
    match words.as_slice() {
        // "Remember when we met?" looks back; "remember my sister?" asks.
        [
            "remember",
            "when" | "how" | "me" | "us" | "him" | "her" | "them",
            ..,
        ] => false,
        ["remember", "the", "time" | "day" | "night", ..] => false,
        ["remember", ..] => !clause.asks,
        ["dont" | "never", "forget", "it"] => false,
        ["dont" | "never", "forget", "about", "it"] => false,
        ["dont" | "never", "forget", ..]
        | ["do", "not", "forget", ..]
        | ["not", "forget", ..]
        | ["dont", "you", "forget", ..] => true,
        ["keep" | "bear" | "have", "in", "mind" | "memory", ..] => true,
        ["keep" | "bear", _, "in", "mind" | "memory", ..] => true,
        ["keep" | "bear", _, _, "in", "mind" | "memory", ..] => true,
        ["note" | "reminder" | "memo", ..] if !clause.asks => words.len() > 2,
        _ => remembers_that(&words),
    }
}

/// "Luna remember that my ..." and "could you perhaps remember that": a request with words we do not know before it.
fn remembers_that(words: &[&str]) -> bool {
    const NOT_BEFORE: &[&str] = &[
        "i", "you", "we", "they", "he", "she", "to", "cant", "cannot", "dont", "didnt", "doesnt", "not",
        "never", "hardly", "barely", "still", "even", "always", "ill", "ive", "youll", "wont", "couldnt",
        "who", "people", "id", "suddenly", "vaguely", "also", "just",
    ];
    words
        .windows(3)
        .any(|three| matches!(three, [before, "remember", "that" | "this"] if !NOT_BEFORE.contains(before)))
}

/// "forget what I said", "delete that", "stop remembering".
fn asks_to_forget(clause: &Clause) -> bool {
    match clause.after_lead().as_slice() {
        ["forget", "it"] => false,
        [
            "forget",
            "what" | "that" | "about" | "everything" | "my" | "this" | "all" | "anything" | "the",
            ..,
        ] => true,
        [
            "delete" | "erase" | "remove" | "clear",
            "that" | "this" | "what" | "everything" | "my" | "all" | "any" | "the" | "it",
            ..,
        ] => true,
        [
            "dont" | "stop" | "never",
            "remember" | "remembering" | "store" | "storing" | "save" | "saving",
            ..,
        ] => true,
        ["do", "not", "remember" | "store" | "save", ..] => true,
        [
            "can" | "could" | "would" | "will",
            "you",
            "forget" | "delete" | "erase" | "remove",
            ..,
        ] => true,
        [
            "can" | "could" | "would" | "will",
            "you",
            "please",
            "forget" | "delete" | "erase" | "remove",
            ..,
        ] => true,
        [
            "i",
            "want" | "need",
            "you",
            "to",
            "forget" | "delete" | "erase" | "remove",
            ..,
        ] => true,
        _ => false,
    }
}

/// One clause in plain words.
struct Clause {
    words: Vec<String>,
    /// It ends with a question mark.
    asks: bool,
}

impl Clause {
    /// Its words after polite and joining ones.
    fn after_lead(&self) -> Vec<&str> {
        self.words
            .iter()
            .map(String::as_str)
            .skip_while(|word| LEAD.contains(word))
            .collect()
    }
}

/// The clauses of a text, between marks that end or divide a sentence.
fn clauses(text: &str) -> impl Iterator<Item = Clause> + '_ {
    text.split_inclusive(['.', '!', '?', '\n', '…', ';', ',', ':', '—', '–', '(', ')'])
        .map(|piece| Clause {
            words: plain(piece)
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
            asks: piece.ends_with('?'),
        })
        .filter(|clause| !clause.words.is_empty())
}

/// Lower-case ASCII-folded words with single spaces, without apostrophes and punctuation.
fn plain(text: &str) -> String {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '‘' | '`')))
        .map(plain_word)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn plain_word(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn any(plain: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| contains(plain, phrase))
}

/// True if `phrase` stands in `plain` between word boundaries.
fn contains(plain: &str, phrase: &str) -> bool {
    plain.match_indices(phrase).any(|(at, found)| {
        let before = plain
            .get(..at)
            .is_none_or(|head| head.is_empty() || head.ends_with(' '));
        let after = plain
            .get(at + found.len()..)
            .is_none_or(|tail| tail.is_empty() || tail.starts_with(' '));
        before && after
    })
}
