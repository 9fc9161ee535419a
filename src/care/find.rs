//! Whether a message says that somebody is in danger of their life.
//!
//! Conservative: what says it directly counts, unless an idiom, a negation that belongs to it, a quotation, a story, or a
//! time long past takes it back; after distress in the same talk stories and quotations take nothing back. What only
//! hints ("it will be over soon") counts beside words of distress, in the message or before it.

use std::cell::Cell;

use super::index::{IndexEntry, index};
use super::pattern::{Match, Reading};
use super::text::{Sentence, sentences};
use super::words::{ALL, List, Vocabulary};

/// What was found, the most urgent last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DangerKind {
    /// Somebody close to the person is in danger.
    Supporter,
    /// The person thinks of ending their life, or of hurting themselves.
    Crisis,
    /// A body in danger, or violence.
    Emergency,
    /// It is being done, or was done just now.
    Act,
}

impl DangerKind {
    /// The label of `care_total`.
    pub fn as_str(self) -> &'static str {
        match self {
            DangerKind::Supporter => "supporter",
            DangerKind::Crisis => "crisis",
            DangerKind::Emergency => "emergency",
            DangerKind::Act => "act",
        }
    }
}

/// What a message says, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of what kind.
    pub kind: DangerKind,
    /// The language of the words, ISO 639-1.
    pub language: &'static str,
    /// The pattern.
    pub rule: &'static str,
}

/// Most of the earlier messages that are looked at.
const EARLIER_MAX: usize = 6;
/// Words before a match that may negate it.
const NEGATION_WORDS_MAX: usize = 6;
/// Words before a match in which its subject is looked for.
const SUBJECT_WORDS_MAX: usize = 7;
/// Words before an object, in whatever language.
const OBJECT_MARKERS: &str = "to/for/with/from/about/than/mit/fur/von/zu/an/para/con/por/avec/pour/chez/per/com/voor/met/aan/dla/od/для/от/к";
/// Fewer words than this around a quotation make it the person's own.
const QUOTED_BY_WORDS_MIN: usize = 2;

/// What the newest message says. `earlier` are the person's messages before it, oldest first.
pub fn find(text: &str, earlier: &[&str]) -> Option<Finding> {
    let said = sentences(text);
    let (best, is_open) = read(&said, false);
    if !is_open || best.is_some_and(|best| best.kind >= DangerKind::Crisis) {
        return best;
    }
    let from = earlier.len().saturating_sub(EARLIER_MAX);
    let is_distressed = earlier
        .iter()
        .skip(from)
        .any(|text| has_distress(&sentences(text)));
    if is_distressed { read(&said, true).0 } else { best }
}

/// The most urgent of what these sentences say, and whether distress before them would change it.
fn read(sentences: &[Sentence], is_distressed: bool) -> (Option<Finding>, bool) {
    let (mut best, mut is_open) = (None, false);
    for message in messages(sentences, is_distressed) {
        best = more_urgent(best, message.best());
        is_open |= message.is_open.get();
    }
    (best, is_open)
}

/// Whether the earlier words say it, or that somebody suffers.
fn has_distress(sentences: &[Sentence]) -> bool {
    messages(sentences, false).into_iter().any(|message| {
        message.any(List::Distress)
            || message
                .best()
                .is_some_and(|found| found.kind >= DangerKind::Crisis)
    })
}

/// The message in the light of each vocabulary that it may be in.
fn messages(sentences: &[Sentence], is_distressed: bool) -> Vec<Message<'_>> {
    let candidates: Vec<_> = sentences.iter().map(|one| index().candidates(one)).collect();
    let mut messages: Vec<Message> = Vec::new();
    for (at, vocabulary) in ALL.into_iter().enumerate() {
        // Most messages hold nothing of most vocabularies.
        let is_own = |one: &&IndexEntry| one.vocabulary == at;
        if candidates.iter().flatten().any(is_own) && may_be(vocabulary, sentences) {
            let own = |all: &Vec<&'static IndexEntry>| all.iter().copied().filter(is_own).collect();
            let candidates = candidates.iter().map(own).collect();
            messages.push(Message {
                sentences,
                candidates,
                vocabulary,
                is_distressed,
                is_open: Cell::new(false),
            });
        }
    }
    messages
}

/// Whether a text may be in a language, by its letters. What Chinese and Japanese share in writing, they do not share in
/// meaning.
fn may_be(vocabulary: &Vocabulary, sentences: &[Sentence]) -> bool {
    let has = |from: char, to: char| {
        sentences
            .iter()
            .any(|one| one.joined.contains(|c| (from..=to).contains(&c)))
    };
    match vocabulary.language {
        "ru" | "uk" => has('а', 'ґ'),
        "ar" => has('\u{621}', '\u{6d3}'),
        "ko" => has('ㄱ', 'ㅣ') || has('가', '힣'),
        "ja" => has('ぁ', 'ヺ') || has('一', '龥'),
        "zh" => has('一', '龥') && !has('ぁ', 'ヺ'),
        "hi" => has('\u{900}', '\u{97f}') || has('a', 'z'),
        _ => has('a', 'z'),
    }
}

fn before_word(sentence: &Sentence, at: usize) -> Option<&str> {
    sentence.words.get(at).map(|word| word.text.as_str())
}

fn more_urgent(one: Option<Finding>, other: Option<Finding>) -> Option<Finding> {
    if other.map(|one| one.kind) > one.map(|one| one.kind) {
        other
    } else {
        one
    }
}

/// A message in the light of one vocabulary.
struct Message<'a> {
    sentences: &'a [Sentence],
    /// What each sentence may hold.
    candidates: Vec<Vec<&'static IndexEntry>>,
    vocabulary: &'static Vocabulary,
    /// Distress came before it.
    is_distressed: bool,
    /// Distress before it would count something that does not count so.
    is_open: Cell<bool>,
}

/// Whose words a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    Own,
    SomebodyClose,
    Nobody,
}

impl Message<'_> {
    fn best(&self) -> Option<Finding> {
        let lists = [
            (List::Act, DangerKind::Act),
            (List::Emergency, DangerKind::Emergency),
            (List::Crisis, DangerKind::Crisis),
            (List::Friend, DangerKind::Supporter),
        ];
        let mut best = None;
        for (list, kind) in lists {
            for (at, found) in self.all(list) {
                let kind = match self.speaker(at, &found) {
                    Speaker::Own => kind,
                    Speaker::SomebodyClose if kind != DangerKind::Emergency => DangerKind::Supporter,
                    Speaker::SomebodyClose => kind,
                    Speaker::Nobody => continue,
                };
                best = more_urgent(best, Some(self.finding(kind, found.rule)));
            }
        }
        if best.is_some_and(|best| best.kind >= DangerKind::Crisis) {
            return best;
        }
        let mut hints: Vec<(usize, Match)> = Vec::new();
        for (at, found) in self.all(List::Hints) {
            if self.speaker(at, &found) == Speaker::Own {
                let place = hints.partition_point(|(other, hint)| (*other, hint.from) <= (at, found.from));
                hints.insert(place, (at, found));
            }
        }
        // Two that share a word are one.
        hints.dedup_by(|next, kept| next.0 == kept.0 && next.1.from < kept.1.to);
        self.is_open.set(self.is_open.get() || !hints.is_empty());
        let Some((_, hint)) = hints.first() else {
            return best;
        };
        let is_enough = hints.len() > 1 || self.is_distressed || self.any(List::Distress);
        more_urgent(
            best,
            is_enough.then(|| self.finding(DangerKind::Crisis, hint.rule)),
        )
    }

    fn finding(&self, kind: DangerKind, rule: &'static str) -> Finding {
        Finding {
            kind,
            language: self.vocabulary.language,
            rule,
        }
    }

    /// Every place where a pattern of the list stands, with its sentence.
    fn all(&self, list: List) -> Vec<(usize, Match)> {
        let mut all = Vec::new();
        for at in 0..self.sentences.len() {
            all.extend(self.all_in(at, list).into_iter().map(|one| (at, one)));
        }
        all
    }

    /// Every place in one sentence.
    fn all_in(&self, at: usize, list: List) -> Vec<Match> {
        let mut found = Vec::new();
        if let (Some(sentence), Some(candidates)) = (self.sentences.get(at), self.candidates.get(at)) {
            let reading = Reading {
                sentence,
                vocabulary: self.vocabulary,
            };
            for entry in candidates.iter().filter(|entry| entry.list == list) {
                reading.places(entry.rule, &mut found);
            }
        }
        found
    }

    /// Whether a pattern of the list stands anywhere.
    fn any(&self, list: List) -> bool {
        !self.all(list).is_empty()
    }

    /// Whose words a match is, once everything that takes it back was asked.
    fn speaker(&self, at: usize, found: &Match) -> Speaker {
        let words = self.vocabulary;
        let Some(sentence) = self.sentences.get(at) else {
            return Speaker::Nobody;
        };
        let is_sure = found.rule.starts_with('!');
        let is_idiom = || {
            let mut calm = self.all_in(at, List::Calm).into_iter();
            calm.any(|calm| calm.from < found.to && found.from < calm.to)
        };
        if self.is_negated(sentence, found) || (!is_sure && is_idiom()) {
            return Speaker::Nobody;
        }
        let subject = if is_sure {
            Speaker::Own
        } else {
            self.subject(sentence, found)
        };
        if self.is_distressed {
            return subject;
        }
        let has = |at: usize, list: List| !self.all_in(at, list).is_empty();
        let part = |at: usize| sentence.words.get(at).map(|word| word.clause);
        let beside = |list: List| {
            let mut all = self.all_in(at, list).into_iter();
            all.any(|one| words.is_unspaced || part(one.from) == part(found.from))
        };
        let is_fiction =
            has(at, List::Fiction) || at.checked_sub(1).is_some_and(|before| has(before, List::Fiction));
        let is_past = || (beside(List::Past) || has(at, List::Recovery)) && !beside(List::Now);
        let is_quoted = self.is_quoted(sentence, found);
        let speaker = match subject {
            Speaker::Own if is_quoted && self.mentions_somebody_close(sentence) => Speaker::SomebodyClose,
            _ if is_quoted || is_fiction || is_past() => Speaker::Nobody,
            subject => subject,
        };
        self.is_open.set(self.is_open.get() || speaker != subject);
        speaker
    }

    /// A negation before a match, or inside it, with nothing but linking words between.
    fn is_negated(&self, sentence: &Sentence, found: &Match) -> bool {
        if self.vocabulary.is_unspaced {
            return false;
        }
        let has = |list: &'static str, word: &str| list.split('/').any(|one| one == word);
        let clause = sentence.words.get(found.from).map(|word| word.clause);
        let is_own = |word: &str| found.rule.split([' ', '/', '?', '!']).any(|one| one == word);
        let inside = sentence.words.get(found.from..found.to).unwrap_or_default();
        let in_sets = |word: &str| {
            let sets = self.vocabulary.sets.iter();
            sets.filter(|(name, _)| is_own(name))
                .any(|(_, set)| has(set, word))
        };
        if inside.iter().any(|word| {
            has(self.vocabulary.negation, &word.text) && !is_own(&word.text) && !in_sets(&word.text)
        }) {
            return true;
        }
        let before = sentence.words.get(..found.from).unwrap_or_default();
        for word in before.iter().rev().take(NEGATION_WORDS_MAX) {
            if Some(word.clause) != clause {
                return false;
            }
            if has(self.vocabulary.negation, &word.text) {
                return true;
            }
            if !has(self.vocabulary.links, &word.text) && !has(self.vocabulary.fillers, &word.text) {
                return false;
            }
        }
        false
    }

    /// Who is said to be in danger: the nearest person before the match.
    fn subject(&self, sentence: &Sentence, found: &Match) -> Speaker {
        let words = self.vocabulary;
        if words.is_unspaced {
            let before = sentence.joined.get(..found.from).unwrap_or_default();
            let last = |list: &'static str| {
                list.split('/')
                    .filter(|one| !one.is_empty())
                    .filter_map(|one| before.rfind(one))
                    .max()
            };
            let (own, close, others) = (last(words.own), last(words.friends), last(words.others));
            return match (own, close.max(others)) {
                (own, other) if other.is_none() || own > other => Speaker::Own,
                (_, other) if other == close => Speaker::SomebodyClose,
                _ => Speaker::Nobody,
            };
        }
        let has = |list: &'static str, word: &str| list.split('/').any(|one| one == word);
        let before = sentence.words.get(..found.from).unwrap_or_default();
        let clause = sentence.words.get(found.from).map(|word| word.clause);
        for (at, word) in before.iter().enumerate().rev().take(SUBJECT_WORDS_MAX) {
            if Some(word.clause) != clause {
                break;
            }
            // "I said goodbye to everyone and ...": an object is no subject.
            let marker = at.checked_sub(1).and_then(|before| before_word(sentence, before));
            if marker.is_some_and(|marker| has(OBJECT_MARKERS, marker)) {
                continue;
            }
            if has(words.own, &word.text) {
                return Speaker::Own;
            }
            if has(words.friends, &word.text) {
                return Speaker::SomebodyClose;
            }
            if has(words.others, &word.text) {
                return Speaker::Nobody;
            }
        }
        Speaker::Own
    }

    fn mentions_somebody_close(&self, sentence: &Sentence) -> bool {
        let close = || self.vocabulary.friends.split('/').filter(|one| !one.is_empty());
        match self.vocabulary.is_unspaced {
            true => close().any(|one| sentence.joined.contains(one)),
            false => {
                let mut words = sentence.words.iter().filter(|word| !word.is_quoted);
                words.any(|word| close().any(|one| one == word.text))
            }
        }
    }

    /// A quotation of somebody else's words: it stands among others, and the person does not say that it is their own.
    fn is_quoted(&self, sentence: &Sentence, found: &Match) -> bool {
        let is_unspaced = self.vocabulary.is_unspaced;
        let piece = found.rule.split('~').next().unwrap_or_default();
        let words = &sentence.words;
        let is_quoted = match is_unspaced {
            true => words
                .iter()
                .any(|word| word.is_quoted && word.text.contains(piece)),
            false => {
                let mut words = words.get(found.from..found.to).unwrap_or_default().iter();
                words.all(|word| word.is_quoted)
            }
        };
        let around = self
            .sentences
            .iter()
            .flat_map(|one| &one.words)
            .filter(|word| !word.is_quoted);
        let is_among = around.count() >= if is_unspaced { 1 } else { QUOTED_BY_WORDS_MIN };
        is_quoted && is_among && !self.any(List::QuotingOneself)
    }
}
