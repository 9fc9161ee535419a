//! Which patterns a sentence may hold, by its words: of each pattern its rarest element is indexed, so that ordinary talk
//! is asked hardly any of the three thousand. Built once, from the vocabularies.

use std::sync::OnceLock;

use super::pattern::{is_optional, patterns, words_of};
use super::text::Sentence;
use super::words::{ALL, LISTS, List, Vocabulary};

/// Bytes of a word, and letters of a script without spaces, that make a key.
const KEY_BYTES: usize = 4;
const KEY_CHARS: usize = 2;

/// Slots for the keys of a sentence.
const SEEN: usize = 1024;

/// A pattern and where it comes from.
pub(super) struct IndexEntry {
    /// Place in [`ALL`].
    pub vocabulary: usize,
    pub list: List,
    pub rule: &'static str,
    /// The keys of what must be there: of each element all its words, or the number of a set, then [`NEXT`].
    needs: Vec<u32>,
}

/// Ends an element in the needs of a pattern.
const NEXT: u32 = u32::MAX;
/// Numbers of sets; keys are larger.
const SETS_MAX: usize = 32 * 26;

/// All patterns.
pub(super) struct Index {
    entries: Vec<IndexEntry>,
    /// A key, the place of an entry, and how many keys there were when the next of its bucket came.
    keys: Vec<(u32, u16, u16)>,
    /// How many keys there were when the last of each bucket had come.
    buckets: Vec<u16>,
    /// The keys of each set's words, by its number.
    sets: Vec<Vec<u32>>,
}

/// Keys with the same highest bits are chained.
const BUCKETS: usize = 4096;

/// Most patterns, in words of bits.
const ENTRIES_MAX: usize = 64 * 64;

fn bucket(key: u32) -> usize {
    (key >> 20) as usize
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
            buckets: vec![0; BUCKETS],
            sets: vec![Vec::new(); SETS_MAX],
        };
        for (at, vocabulary) in ALL.iter().enumerate() {
            for (name, words) in vocabulary.sets {
                if let Some(keys) = index.sets.get_mut(number(at, name)) {
                    keys.extend(words.split('/').map(of_word));
                }
            }
            for list in LISTS {
                for rule in patterns(vocabulary.list(list)) {
                    let place = index.entries.len() as u16;
                    if vocabulary.is_unspaced {
                        let piece = rule.split('~').next().unwrap_or_default();
                        index.key(of_chars(piece), place);
                    } else {
                        for word in words_of(anchor(rule, vocabulary.sets), vocabulary.sets) {
                            index.key(of_word(word), place);
                        }
                    }
                    index.entries.push(IndexEntry {
                        vocabulary: at,
                        list,
                        rule,
                        needs: needs(rule, at, vocabulary),
                    });
                }
            }
        }
        index
    }

    fn key(&mut self, key: u32, place: u16) {
        if let Some(last) = self.buckets.get_mut(bucket(key)) {
            self.keys.push((key, place, *last));
            *last = self.keys.len() as u16;
        }
    }

    /// The patterns that a sentence may hold: it has a word of each of their elements, as far as the keys tell.
    pub fn candidates(&self, sentence: &Sentence) -> Vec<&IndexEntry> {
        let mut places = [0; ENTRIES_MAX / 64];
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
        let is_seen = |key: u32| seen.get(key as usize % SEEN).is_some_and(|seen| *seen);
        let mut sets: [Option<bool>; SETS_MAX] = [None; SETS_MAX];
        let mut has = |need: u32| match sets.get_mut(need as usize) {
            None => is_seen(need),
            Some(known) => *known.get_or_insert_with(|| {
                let keys = self.sets.get(need as usize);
                keys.is_some_and(|keys| keys.iter().any(|key| is_seen(*key)))
            }),
        };
        let mut found = Vec::new();
        for (entries, bits) in self.entries.chunks(64).zip(places).filter(|(_, bits)| *bits != 0) {
            for (at, entry) in entries.iter().enumerate() {
                let mut elements = entry.needs.split(|need| *need == NEXT);
                if bits >> at & 1 == 1
                    && elements.all(|element| element.is_empty() || element.iter().any(|need| has(*need)))
                {
                    found.push(entry);
                }
            }
        }
        found
    }

    fn add(&self, key: u32, places: &mut [u64]) {
        let mut at = self.buckets.get(bucket(key)).map_or(0, |last| usize::from(*last));
        while let Some((one, place, before)) = at.checked_sub(1).and_then(|at| self.keys.get(at)) {
            let place = usize::from(*place);
            if *one == key
                && let Some(bits) = places.get_mut(place / 64)
            {
                *bits |= 1 << (place % 64);
            }
            at = usize::from(*before);
        }
    }
}

/// What must be there of a pattern.
fn needs(rule: &'static str, at: usize, vocabulary: &Vocabulary) -> Vec<u32> {
    let mut needs = Vec::new();
    for element in firm(rule).filter(|_| !vocabulary.is_unspaced) {
        for word in element.split('/') {
            let is_set = vocabulary.sets.iter().any(|(name, _)| *name == word);
            needs.push(if is_set {
                number(at, word) as u32
            } else {
                of_word(word)
            });
        }
        needs.push(NEXT);
    }
    needs
}

/// The number of a vocabulary's set.
fn number(vocabulary: usize, name: &str) -> usize {
    let letter = name.bytes().next().unwrap_or(b'A').wrapping_sub(b'A');
    vocabulary * 26 + usize::from(letter)
}

/// The key of a word, or of the stem of words; above all numbers of sets.
fn of_word(word: &str) -> u32 {
    of_bytes(word.trim_end_matches('*').as_bytes())
}

/// FNV-1a of what is looked at of a word.
fn of_bytes(word: &[u8]) -> u32 {
    let hash = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    word.iter()
        .take(KEY_BYTES)
        .fold(0x811c_9dc5, hash)
        .clamp(SETS_MAX as u32, NEXT - 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_has_its_bit_and_every_key_its_number() {
        assert!(index().entries.len() <= ENTRIES_MAX);
        assert!(index().keys.len() <= usize::from(u16::MAX));
    }
}
