//! Whether a message goes to extraction at once, later, or never.
//!
//! Invariant: `skip` is given only to messages that [`small_talk::read`] covers from end to end and that do not answer
//! the companion, and to what the person asks not to keep; whatever is not understood is
//! deferred, which costs a line in a batch and never a fact. Left out: what is extracted (the model's part).

use crate::memory::salience::do_not_store;
use crate::memory::salience::plain::{any, plain};
use crate::memory::salience::rules::{Rule, Rules};
use crate::memory::salience::small_talk::{self, Class, Classes};
use crate::memory::salience::urgent;
use crate::memory::salience::words::items;
use crate::memory::tokens::clip_start;
use crate::wire::json::{object, words};
use crate::wire::lower_case::letters;

/// When a message is extracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// With whatever waits, at once.
    Now,
    /// With its batch.
    Defer,
    /// Never: it cannot carry a fact.
    Skip,
}

words!(When: Now "now", Defer "defer", Skip "skip");

/// What happens to a message, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When it is extracted.
    pub decision: When,
    /// The rule that says so.
    pub rule: Rule,
}

object!(Decision: decision, rule);

/// Decides about one of the person's messages. `previous_assistant` is what the companion said just before, if
/// anything: a small word after a question is an answer.
pub fn decide(text: &str, previous_assistant: Option<&str>, rules: &Rules) -> Decision {
    if do_not_store::asks(text) {
        return Decision {
            decision: When::Skip,
            rule: Rule::DoNotStore,
        };
    }
    let asked = previous_assistant
        .is_some_and(|previous| matches!(said(previous), Said::Asked | Said::AskedForWords));
    if let Some(rule) = urgent::rule(text, asked, rules) {
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
pub(in crate::memory) enum SmallTalk {
    /// Nothing in it; the rule names what it is.
    Skip(Rule),
    /// Closed words, but they may answer the companion.
    Answer,
    /// More than closed words, or a rule that is off.
    No,
}

/// Reads a message as small talk, in the light of what the companion said before it.
pub(in crate::memory) fn small_talk(text: &str, previous: Option<&str>, rules: &Rules) -> SmallTalk {
    let Some(classes) = small_talk::read(text, &rules.names) else {
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
        Said::Stated | Said::AboutThem if classes.has(Class::Assent) => SmallTalk::Answer,
        Said::AboutThem if items(TELLING_OF_THEM).any(|telling| telling == plain(text)) => SmallTalk::Answer,
        _ => SmallTalk::Skip(rule),
    }
}

/// What the companion's last turn makes of a small word that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// Nothing, or small talk.
    Nothing,
    /// Something that "exactly" would confirm ("Anna is pregnant.").
    Stated,
    /// Something about the person or theirs ("you ...", "so she ..."), which "fine" may judge, too.
    AboutThem,
    /// A question or a request to tell.
    Asked,
    /// A question for a name, a word, a title: even "hello" may be the answer.
    AskedForWords,
}

/// Phrases that ask without a question mark.
const ASKING: &str = "tell me, have you, have they, have we, let me know, share, describe, explain, i wonder, wondering, curious, love to hear, like to \
    hear, like to know, love to know, say, give me, name, pick, choose, rate, what about, how about, \
    list, remind me, fill me in, talk to me, walk me through, answer, guess, or not, right, isnt it, \
    arent you, dont you, please, hope, hopes, hoping, hopefully, whether, if you, how you, how your, how the, how it, \
    how its, how things, check in, checking in, thinking about, thinking of, worried about, heard about, i suggest, i propose, we could";

/// Words that ask for a word: then even "hello" may be the answer.
const WORD_QUESTIONS: &str = "name, named, names, called, call, song, word, words, title, say, says, said, nickname, phrase, \
    favorite, favourite, film, movie, show, book, band, game, greeting, initials, letter, letters, spell";

/// Words that open a question.
const OPENERS: &str = "what, whats, who, whos, whom, whose, when, where, wheres, which, why, how, hows, do, does, did, are, \
    is, was, were, am, has, had, can, could, would, will, shall, should, may, might, any";

/// Words of English that nearly every English sentence has one of. Without any, the turn was not understood, and
/// what is not understood may have been a question.
const ENGLISH: &str = "the, you, your, are, to, and, that, it, of, im, youre, thats, its, my, can, this, have, hi, hello, \
    hey, good, great, ok, okay, thanks, thank, welcome, sure, bye, goodbye, nice, here, well, sounds, \
    at, with, from, they, when, will, by, be, not, lot, like, there, very, some, about, people, as, has, \
    was";

/// Words of a statement about somebody, or of a guess: agreeing with it may confirm a fact.
const ABOUT: &str = "you, your, youre, youve, youd, yours, youll, yourself, he, she, they, his, her, him, their, them, hes, shes, \
    theyre, so, was, were, must, guess, assume, suppose, seems, seem, then, we, our, had";

/// What tells something after a statement about the person ("You started at the new school." - "meh").
const TELLING_OF_THEM: &str =
    "fine, meh, ugh, not bad at all, morning, afternoon, evening, night, later, well, very good, so good";

/// How much of the companion's turn is read, from its end, in bytes.
const PREVIOUS_BYTES_MAX: usize = 8_192;

fn said(previous: &str) -> Said {
    let previous = clip_start(previous, PREVIOUS_BYTES_MAX);
    let plain = plain(previous);
    let question_mark = previous.contains(['?', '？', '؟', '¿', ';', '՞', '⸮', '፧']);
    let opened = previous
        .split(['.', '!', '\n', '…', ',', ':', '—'])
        .any(|sentence| {
            let first = sentence
                .split_whitespace()
                .map(letters)
                .find(|word| !matches!(word.as_str(), "and" | "so" | "but" | "then" | ""));
            first.is_some_and(|word| items(OPENERS).any(|opener| opener == word))
        });
    let foreign = !previous.trim().is_empty() && !any(&plain, ENGLISH);
    if question_mark || opened || foreign || any(&plain, ASKING) {
        return if foreign || any(&plain, WORD_QUESTIONS) {
            Said::AskedForWords
        } else {
            Said::Asked
        };
    }
    if small_talk::read(previous, &[]).is_some() {
        Said::Nothing
    } else if any(&plain, ABOUT) {
        Said::AboutThem
    } else {
        Said::Stated
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
    // "Ty", "Ta" and "Ha" may be names.
    const TELLING: &str = "morning, mornin, afternoon, evening, night, day, gm, anytime, any, welcome, problem, prob, np, worries, \
        helpful, helps, helped, pleasure, kind, back, best, again, listening, ty, ta, yo, ha, heh, hah, kek, tx, rock, great, awesome, \
        too, same, most, advance, rest, long";
    kinds && spoken && !any(&plain(text), TELLING)
}
