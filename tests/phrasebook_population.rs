//! A simulated population of first-time visitors: how often is a phrase of theirs already sound?
//!
//! The whole pure path runs: replies are cut by the real segmenter, counted by the real phrasebook (three different
//! people before anything is shared), cached within a byte budget and warmed by real plans of 50.
//!
//! Assumptions, all of them in this file:
//! - A visitor is new: each has an id of their own and takes one to four turns.
//! - What a first-time visitor gets is mostly the companion's small talk: 14 intents, by Zipf; each reply opens with
//!   one of the intent's openings (Zipf) and goes on with none to two of its follow-ups (Zipf), all in the model's
//!   words. None of these sentences is on the persona's list: the list is empty, so every hit was learned.
//! - A share of the turns (`personal`) is about the visitor's own matter: such a reply opens like the others and
//!   goes on with two sentences never said to anybody else. Those can never be hits: the share bounds the rate by
//!   phrase, whatever the cache does. The headline scenario has 5 % of such turns; the table printed below shows how
//!   the rate falls as the share grows.
//! - A miss is synthesised, and its clip is cached only if the phrase may be shared.
//!
//! Run with `cargo test --test phrasebook_population -- --nocapture` for the numbers.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use hearken::platform::sql::Sql as _;
use hearken::segment::{Options, Segmenter};
use hearken::voice::clip_key;
use hearken::voice::normalize::normalize;
use hearken::voice::phrasebook::distinct::Hasher;
use hearken::voice::phrasebook::{Book, Command, CommandResult, PHRASES_MAX, SaidPhrase, StoredClip, Terms};

/// What `support/sqlite.rs` finds above itself in the crate.
#[path = "support"]
mod sql {
    use hearken::platform::sql::{Row, Sql, SqlError, Value};

    #[path = "sqlite.rs"]
    pub mod sqlite;
}
use sql::sqlite::Sqlite;

const DAY_MS: u64 = 86_400_000;
const CLIP_LIFE_MS: u64 = 30 * DAY_MS;
const WARM_TOP: u64 = 50;
const BUDGET_BYTES: u64 = 8 * 1024 * 1024;
const PREFIX: &str = "p:";
const SECRET: &[u8] = b"population";

/// (openings, follow-ups) by intent, most frequent intent first.
const INTENTS: [(&[&str], &[&str]); 14] = [
    (
        &[
            "Hello! It's good to meet you.",
            "Hi there!",
            "Hey, welcome.",
            "Hello there.",
            "Hi! I'm glad you're here.",
        ],
        &[
            "What's on your mind today?",
            "How are you feeling right now?",
            "How has your day been so far?",
            "What would you like to talk about?",
        ],
    ),
    (
        &[
            "I'm doing well, thank you for asking.",
            "I'm good, thanks!",
            "Pretty good, thank you.",
            "All is well here.",
        ],
        &[
            "How about you?",
            "And how are you doing?",
            "How are you feeling today?",
        ],
    ),
    (
        &[
            "I'm a voice companion.",
            "Good question!",
            "I'm here to listen.",
            "Happy to tell you.",
        ],
        &[
            "You can talk to me about anything that's on your mind.",
            "I listen, I remember what matters to you, and I result out loud.",
            "You can interrupt me at any time.",
        ],
    ),
    (
        &[
            "I hear you.",
            "I'm sorry you're going through that.",
            "That sounds really hard.",
            "Oh no.",
            "That must feel heavy.",
        ],
        &[
            "Do you want to tell me more about it?",
            "What has been the hardest part?",
            "I'm here with you.",
            "Take all the time you need.",
        ],
    ),
    (
        &["You're welcome!", "Any time.", "Of course!", "Glad I could help."],
        &[
            "Is there anything else on your mind?",
            "I'm here whenever you need me.",
            "Shall we talk about something else?",
        ],
    ),
    (
        &["Sure!", "Of course.", "Absolutely.", "Gladly."],
        &[
            "Let's start with one small thing.",
            "Tell me a little more first.",
            "Where would you like to begin?",
        ],
    ),
    (
        &[
            "That's wonderful!",
            "I love that.",
            "How exciting!",
            "That's great to hear.",
            "Oh, nice!",
        ],
        &[
            "What made it so good?",
            "How did that feel?",
            "Tell me everything!",
        ],
    ),
    (
        &[
            "Hmm, let me think.",
            "Good question.",
            "Let me see.",
            "That's a tricky one.",
        ],
        &[
            "What do you think yourself?",
            "It depends on what matters most to you.",
            "There is no wrong result here.",
        ],
    ),
    (
        &[
            "Let's take a breath together.",
            "Okay, slow down with me.",
            "Let's do this gently.",
        ],
        &[
            "Breathe in for four seconds.",
            "Hold it for a moment.",
            "And breathe out slowly.",
            "How does that feel?",
        ],
    ),
    (
        &[
            "I didn't quite catch that.",
            "Sorry, could you say that again?",
            "I missed that.",
        ],
        &["Could you say it once more?", "The sound dropped for a second."],
    ),
    (
        &["Goodbye for now.", "Take care!", "Sleep well.", "See you soon."],
        &[
            "It was lovely to talk with you.",
            "Come back whenever you like.",
            "I'll remember what you told me.",
        ],
    ),
    (
        &["No, I'm not a person.", "I'm an AI, so no.", "Fair question."],
        &[
            "But I'm happy to listen.",
            "What you tell me stays between us.",
            "You can ask me to forget anything.",
        ],
    ),
    (
        &["Here's a short one.", "Okay, here goes.", "I know one!"],
        &[
            "Why did the scarecrow win a prize?",
            "Because he was outstanding in his field.",
            "Want another one?",
        ],
    ),
    (
        &[
            "I don't know that.",
            "I'm not sure, honestly.",
            "That's beyond me.",
        ],
        &[
            "I'd rather not guess.",
            "A professional can tell you more.",
            "Can I help with something else?",
        ],
    ),
];

/// SplitMix64: small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Zipf with exponent 1 over `0..end`.
    fn zipf(&mut self, end: usize) -> usize {
        let total: f64 = (1..=end).map(|rank| 1.0 / rank as f64).sum();
        let mut left = self.unit() * total;
        for rank in 1..=end {
            left -= 1.0 / rank as f64;
            if left <= 0.0 {
                return rank - 1;
            }
        }
        end - 1
    }
}

fn reply(random: &mut Random, personal: f64) -> String {
    let (openings, follow_ups) = INTENTS[random.zipf(INTENTS.len())];
    let mut sentences = vec![openings[random.zipf(openings.len())].to_owned()];
    if random.unit() < personal {
        for _ in 0..2 {
            sentences.push(format!(
                "About number {} and what you said there, I would wait a little longer.",
                random.next()
            ));
        }
    } else {
        let count = random.below(3);
        let first = random.zipf(follow_ups.len());
        sentences.extend(
            (0..count.min(follow_ups.len()))
                .map(|step| follow_ups[(first + step) % follow_ups.len()].to_owned()),
        );
    }
    sentences.join(" ")
}

/// The phrases of a reply, cut as it would arrive: token by token, with the listener's supply told.
fn phrases_of(reply: &str) -> Vec<String> {
    let mut segmenter = Segmenter::new(Options::default());
    let mut phrases = Vec::new();
    for token in reply.split_inclusive(' ') {
        segmenter.set_buffered(0, 0);
        phrases.extend(segmenter.push(token, 0));
    }
    phrases.extend(segmenter.finish(0));
    phrases
        .into_iter()
        .map(|phrase| normalize(&phrase.spoken))
        .collect()
}

#[derive(Default, Clone, Copy)]
struct Rate {
    hits: u32,
    all: u32,
}

impl Rate {
    fn count(&mut self, is_hit: bool) {
        self.hits += u32::from(is_hit);
        self.all += 1;
    }

    fn percent(self) -> f64 {
        100.0 * f64::from(self.hits) / f64::from(self.all.max(1))
    }
}

struct World {
    sql: Sqlite,
    terms: Terms,
    now_ms: u64,
    /// What an isolate knows to be shared.
    shared: BTreeSet<String>,
    /// The store; a clip is under its phrase.
    store: BTreeMap<String, u64>,
}

impl World {
    fn new() -> Self {
        let sql = Sqlite::new();
        Book::open(&sql, &[0; 32], PHRASES_MAX).unwrap();
        Self {
            sql,
            terms: Terms {
                people_min: 3,
                listed: vec![],
                budget_bytes: BUDGET_BYTES,
            },
            now_ms: 0,
            shared: BTreeSet::new(),
            store: BTreeMap::new(),
        }
    }

    /// Has the phrasebook run a command, and deletes from the store what it evicted.
    fn run(&mut self, command: &Command) -> CommandResult {
        let book = Book::new(&self.sql, Hasher::new(SECRET), PHRASES_MAX);
        let result = book.run(command, &self.terms, self.now_ms).unwrap();
        for key in &result.evicted {
            self.store.remove(key);
        }
        result
    }

    fn keep(&mut self, text: &str) {
        let key = clip_key::key(PREFIX, text).unwrap();
        // 32 kb/s Opus at 15 characters a second.
        let bytes = 270 * text.len() as u64;
        self.store.insert(key.clone(), bytes);
        self.run(&Command::Stored(StoredClip {
            key,
            text: text.into(),
            codec: "opus".into(),
            voice: "v".into(),
            bytes,
            expires_at_ms: self.now_ms + CLIP_LIFE_MS,
            saving_ms: 300,
        }));
    }

    fn visit(
        &mut self,
        visitor: usize,
        random: &mut Random,
        personal: f64,
        by_phrase: &mut Rate,
        by_first: &mut Rate,
    ) {
        for _ in 0..1 + random.below(4) {
            let mut said = Vec::new();
            for (index, phrase) in phrases_of(&reply(random, personal)).into_iter().enumerate() {
                let key = clip_key::key(PREFIX, &phrase).unwrap();
                let is_hit = self.store.contains_key(&key);
                by_phrase.count(is_hit);
                if index == 0 {
                    by_first.count(is_hit);
                }
                if !is_hit && self.shared.contains(&phrase) {
                    self.keep(&phrase);
                }
                said.push(SaidPhrase {
                    text: phrase,
                    person: format!("visitor {visitor}"),
                    clip_key: is_hit.then_some(key),
                });
            }
            let command = Command::Observe {
                said,
                wants_known: false,
            };
            let shared = self.run(&command).shared;
            let Command::Observe { said, .. } = command else {
                continue;
            };
            for (one, is_shared) in said.into_iter().zip(shared) {
                if is_shared {
                    self.shared.insert(one.text);
                }
            }
        }
    }

    fn warm(&mut self) {
        let plan = self.run(&Command::Plan {
            prefix: PREFIX.into(),
            limit: WARM_TOP,
            fresh_until_ms: self.now_ms + DAY_MS,
        });
        for item in plan.items {
            self.keep(&item.text);
        }
    }
}

/// (by phrase, by first phrase) for 500 first-time visitors after `days` days of 40 visitors each.
fn simulate(seed: u64, personal: f64, days: u64) -> (f64, f64) {
    let mut random = Random(seed);
    let mut world = World::new();
    let mut ignored = Rate::default();
    let mut visitor = 0;
    for day in 0..days {
        world.now_ms = day * DAY_MS;
        for _ in 0..40 {
            visitor += 1;
            let mut first = Rate::default();
            world.visit(visitor, &mut random, personal, &mut ignored, &mut first);
        }
        world.warm();
    }
    let (mut by_phrase, mut by_first) = (Rate::default(), Rate::default());
    world.now_ms = days * DAY_MS;
    for _ in 0..500 {
        visitor += 1;
        world.visit(visitor, &mut random, personal, &mut by_phrase, &mut by_first);
    }
    assert!(world.store.values().sum::<u64>() <= BUDGET_BYTES);
    (by_phrase.percent(), by_first.percent())
}

#[test]
fn first_time_visitors_hear_mostly_cached_phrases() {
    println!("personal turns | days learned | hits by phrase | by first phrase");
    for (personal, days) in [
        (0.0, 0),
        (0.0, 1),
        (0.0, 3),
        (0.05, 3),
        (0.05, 7),
        (0.1, 7),
        (0.2, 7),
        (0.4, 7),
        (0.6, 7),
    ] {
        let (by_phrase, by_first) = simulate(1, personal, days);
        println!(
            "{:>13.0}% | {days:>12} | {by_phrase:>13.1}% | {by_first:>14.1}%",
            personal * 100.0
        );
    }
    for seed in [1, 2, 3] {
        let (by_phrase, by_first) = simulate(seed, 0.05, 3);
        assert!(by_phrase > 80.0, "seed {seed}: {by_phrase:.1}% by phrase");
        assert!(by_first > 90.0, "seed {seed}: {by_first:.1}% by first phrase");
    }
}

#[test]
fn personal_sentences_are_never_cached() {
    let mut random = Random(9);
    let mut world = World::new();
    let mut rate = Rate::default();
    for visitor in 0..200 {
        let mut first = Rate::default();
        world.visit(visitor, &mut random, 0.5, &mut rate, &mut first);
    }
    world.warm();
    assert!(world.store.len() > 20);
    let texts = world.sql.rows("SELECT text FROM clip", vec![]).unwrap();
    assert_eq!(texts.len(), world.store.len());
    assert!(texts.iter().all(|row| !row.text(0).contains("About number")));
}
