//! The phrasebook: which phrases are said most, which may be shared between people, and which clips of them are
//! cached. Pure; one object holds it, stores it as JSON and feeds it in batches off the request path.
//!
//! - `sketch`: how often each phrase was said, in bounded memory with a known error.
//! - `people`: to how many different people, without knowing to whom.
//! - [`Phrasebook`] (here): both together, the sharing rule and the daily decay.
//! - `clips`: the index of cached clips and their byte budget.
//! - `warm`: what to synthesise ahead of need.
//! - `desk`: the questions that the rest of the house asks, and their answers.
//!
//! Privacy: a phrase is known by a keyed hash alone until it may be shared; its text is kept from the moment it has
//! been said to [`Rules::people_min`] different people, or if it is on the persona's list. People are keyed hashes
//! that differ from phrase to phrase, and are forgotten once they have been counted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub mod clips;
pub mod desk;
pub mod people;
pub mod sketch;
pub mod warm;

use people::{Hasher, People};
use sketch::TopSketch;

use super::normalize::normalize;

/// Phrases counted by default.
pub const PHRASES_MAX: usize = 2_000;
/// Longest phrase that is learned, in bytes of its normal form; longer ones are not said twice.
pub const PHRASE_BYTES_MAX: usize = 600;
/// Days after which nothing is left of a count (2^-60 of it).
const DECAY_DAYS_MAX: u64 = 60;

const DAY_MS: u64 = 86_400_000;

/// What the phrasebook goes by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Most phrases counted at once.
    pub phrases_max: usize,
    /// Different people a phrase must have been said to before it is shared (`PHRASE_MIN_PEOPLE`); 0 counts as 1.
    pub people_min: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            phrases_max: PHRASES_MAX,
            people_min: 3,
        }
    }
}

/// The phrasebook's state. Times are milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phrasebook {
    rules: Rules,
    sketch: TopSketch,
    /// By phrase id; its keys are those of the sketch.
    notes: BTreeMap<String, Note>,
    /// Normal forms on the persona's list.
    listed: BTreeSet<String>,
    decayed_to_day: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Note {
    /// The normal form, once it may be shared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    text: Option<String>,
    people: People,
}

/// A phrase that may be shared, as [`Phrasebook::top`] lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct TopPhrase {
    /// Its normal form.
    pub text: String,
    /// How often it was said, halved daily; too high by at most `count_error`.
    pub count: f64,
    /// The part of `count` that may be other phrases'.
    pub count_error: f64,
    /// Different people it was said to, counted up to [`Rules::people_min`].
    pub people: usize,
    /// On the persona's list.
    pub is_listed: bool,
}

impl Phrasebook {
    /// An empty phrasebook.
    pub fn new(rules: Rules) -> Self {
        Self {
            sketch: TopSketch::new(rules.phrases_max),
            rules,
            notes: BTreeMap::new(),
            listed: BTreeSet::new(),
            decayed_to_day: None,
        }
    }

    /// Changes the number of people a phrase must have been said to. A phrase that falls below it is not shared until
    /// enough more people have heard it.
    pub fn set_people_min(&mut self, people_min: usize) {
        self.rules.people_min = people_min;
    }

    /// Replaces the persona's list.
    pub fn set_listed<'a>(&mut self, phrases: impl IntoIterator<Item = &'a str>) {
        self.listed = phrases
            .into_iter()
            .map(normalize)
            .filter(|text| is_learnable(text))
            .collect();
    }

    /// Counts that `phrase` was said to `person` at `now_ms`. True if it may be shared from now on and could not
    /// before.
    pub fn observe(&mut self, hasher: &Hasher, phrase: &str, person: &str, now_ms: u64) -> bool {
        self.decay(now_ms);
        let text = normalize(phrase);
        if !is_learnable(&text) {
            return false;
        }
        let id = hasher.phrase_id(&text);
        if let Some(evicted) = self.sketch.observe(&id, 1.0) {
            self.notes.remove(&evicted);
        }
        let people_min = self.rules.people_min.max(1);
        let note = self.notes.entry(id.clone()).or_default();
        note.people.add(hasher.person_mark(&id, person), people_min);
        let may_share = note.people.count() >= people_min || self.listed.contains(&text);
        if may_share && note.text.is_none() {
            note.text = Some(text);
            return true;
        }
        false
    }

    /// Whether clips of `phrase` may be served to anybody: listed, or said to enough people.
    pub fn may_share(&self, hasher: &Hasher, phrase: &str) -> bool {
        let text = normalize(phrase);
        let is_said_enough = || {
            let note = self.notes.get(&hasher.phrase_id(&text));
            note.is_some_and(|note| note.people.count() >= self.rules.people_min.max(1))
        };
        self.listed.contains(&text) || is_said_enough()
    }

    /// The phrases that may be shared, most said first, at most `limit`. Listed phrases that were never said come
    /// last with a count of 0.
    pub fn top(&self, limit: usize) -> Vec<TopPhrase> {
        let mut top: Vec<TopPhrase> = Vec::new();
        let mut said = BTreeSet::new();
        for entry in self.sketch.entries() {
            let Some(note) = self.notes.get(entry.key) else {
                continue;
            };
            let Some(text) = &note.text else { continue };
            let is_listed = self.listed.contains(text);
            if !is_listed && note.people.count() < self.rules.people_min.max(1) {
                continue; // It was listed once.
            }
            said.insert(text.as_str());
            top.push(TopPhrase {
                text: text.clone(),
                count: entry.count,
                count_error: entry.error,
                people: note.people.count(),
                is_listed,
            });
        }
        let unsaid = self.listed.iter().filter(|text| !said.contains(text.as_str()));
        top.extend(unsaid.map(|text| TopPhrase {
            text: text.clone(),
            count: 0.0,
            count_error: 0.0,
            people: 0,
            is_listed: true,
        }));
        top.truncate(limit);
        top
    }

    /// Phrases counted now, shared or not.
    pub fn len(&self) -> usize {
        self.notes.len()
    }

    /// Whether nothing is counted.
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// Forgets all that was learned; the persona's list stays.
    pub fn clear(&mut self) {
        self.sketch = TopSketch::new(self.rules.phrases_max);
        self.notes.clear();
    }

    /// Halves all counts once for each UTC day since the last call.
    pub fn decay(&mut self, now_ms: u64) {
        let today = now_ms / DAY_MS;
        let days = today.saturating_sub(self.decayed_to_day.unwrap_or(today));
        for _ in 0..days.min(DECAY_DAYS_MAX) {
            self.sketch.halve();
        }
        self.decayed_to_day = Some(self.decayed_to_day.unwrap_or(today).max(today));
    }
}

fn is_learnable(text: &str) -> bool {
    !text.is_empty() && text.len() <= PHRASE_BYTES_MAX
}

#[cfg(test)]
mod tests;
