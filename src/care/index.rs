//! Which patterns a sentence may hold, by its words: of each pattern its rarest element is indexed, so that ordinary talk
//! is asked hardly any of the three thousand. Built once, from the vocabularies.

use std::sync::OnceLock;

use super::pattern::{is_optional, patterns, words_of};
use super::text::Sentence;
use super::words::{ALL, LISTS, List};

/// Bytes of a word, and letters of a script without spaces, that make a key.
const KEY_BYTES: usize = 4;
const KEY_CHARS: usize = 2;

/// Slots for the keys of a sentence.
const SEEN: usize = 1024;

/// A pattern and where it comes from.
pub(super) struct Entry {
    /// Place in [`ALL`].
    pub vocabulary: usize,
    pub list: List,
    pub rule: &'static str,
}

/// All patterns.
pub(super) struct Index {
    entries: Vec<Entry>,
    /// Sorted: a key and the place of an entry.
    keys: Vec<(u32, u16)>,
}

/// The index.
pub(super) fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(Index::build)
}

impl Index {
    fn build() -> Index {
        let mut index = Index {
            entries: Vec::new(),
            keys: Vec::new(),
        };
        for (at, vocabulary) in ALL.iter().enumerate() {
            for list in LISTS {
                for rule in patterns(vocabulary.list(list)) {
                    let place = index.entries.len() as u16;
                    if vocabulary.is_unspaced {
                        let piece = rule.split('~').next().unwrap_or_default();
                        index.keys.push((of_chars(piece), place));
                    } else {
                        for word in words_of(anchor(rule, vocabulary.sets), vocabulary.sets) {
                            index
                                .keys
                                .push((of_bytes(word.trim_end_matches('*').as_bytes()), place));
                        }
                    }
                    index.entries.push(Entry {
                        vocabulary: at,
                        list,
                        rule,
                    });
                }
            }
        }
        index.keys.sort_unstable();
        index
    }

    /// The patterns that a sentence may hold: it has a word of each of their elements, as far as the keys tell.
    pub fn candidates(&self, sentence: &Sentence) -> Vec<&Entry> {
        let mut places = Vec::new();
        let mut seen = [false; SEEN];
        for word in &sentence.words {
            let bytes = word.text.as_bytes();
            for length in 1..=bytes.len().min(KEY_BYTES) {
                let key = of_bytes(bytes.get(..length).unwrap_or_default());
                self.add(key, &mut places);
                if let Some(seen) = seen.get_mut(key as usize % SEEN) {
                    *seen = true;
                }
            }
        }
        if sentence.is_unspaced {
            for (at, c) in sentence.joined.char_indices() {
                let rest = sentence.joined.get(at..).unwrap_or_default();
                self.add(of_chars(rest), &mut places);
                self.add(of_chars(c.encode_utf8(&mut [0; 4])), &mut places);
            }
        }
        places.sort_unstable();
        places.dedup();
        let all = places
            .into_iter()
            .filter_map(|place| self.entries.get(usize::from(place)));
        let is_seen = |word: &str| {
            let key = of_bytes(word.trim_end_matches('*').as_bytes());
            seen.get(key as usize % SEEN).is_some_and(|seen| *seen)
        };
        all.filter(|entry| {
            let vocabulary = ALL.get(entry.vocabulary);
            vocabulary.is_some_and(|vocabulary| {
                let mut elements = firm(entry.rule);
                vocabulary.is_unspaced || elements.all(|one| words_of(one, vocabulary.sets).any(is_seen))
            })
        })
        .collect()
    }

    fn add(&self, key: u32, places: &mut Vec<u16>) {
        let from = self.keys.partition_point(|(one, _)| *one < key);
        let rest = self.keys.get(from..).unwrap_or_default();
        places.extend(
            rest.iter()
                .take_while(|(one, _)| *one == key)
                .map(|(_, place)| *place),
        );
    }
}

/// FNV-1a of what is looked at of a word.
fn of_bytes(word: &[u8]) -> u32 {
    let hash = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    word.iter().take(KEY_BYTES).fold(0x811c_9dc5, hash)
}

fn of_chars(piece: &str) -> u32 {
    let end = piece
        .char_indices()
        .nth(KEY_CHARS)
        .map_or(piece.len(), |(at, _)| at);
    piece
        .bytes()
        .take(end)
        .fold(7, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The elements that must be there.
fn firm(rule: &'static str) -> impl Iterator<Item = &'static str> {
    let elements = rule.trim_start_matches('!').split(' ');
    elements.filter(|element| !is_optional(element) && !matches!(*element, "_" | "^"))
}

/// The element that ordinary talk has least often: few and long words.
fn anchor(rule: &'static str, sets: super::words::Sets) -> &'static str {
    let weight = |word: &str| match word.len() {
        0..=2 => 50,
        3 => 10,
        4 => 3,
        _ => 1,
    };
    firm(rule)
        .min_by_key(|element| words_of(element, sets).map(weight).sum::<usize>())
        .unwrap_or_default()
}
