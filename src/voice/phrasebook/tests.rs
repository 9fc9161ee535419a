use std::collections::BTreeMap;

use proptest::prelude::*;

use super::clips::{Clip, ClipIndex};
use super::sketch::TopSketch;
use super::warm::{ATTEMPTS_MAX, Limits, WarmRun, WarmTally};
use super::*;

const DAY: u64 = 86_400_000;
const SLACK: f64 = 1e-6;

fn hasher() -> Hasher {
    Hasher::new(b"secret")
}

fn clip(text: &str, bytes: u64, expires_at_ms: u64) -> Clip {
    Clip {
        text: text.into(),
        codec: "opus".into(),
        voice: "v".into(),
        bytes,
        expires_at_ms,
        saving_ms: 300,
    }
}

// --- sketch

/// (true weight by key, sketch) of a stream.
fn counted(stream: &[u8], counters_max: usize, halve_every: usize) -> (BTreeMap<String, f64>, TopSketch) {
    let mut sketch = TopSketch::new(counters_max);
    let mut truth: BTreeMap<String, f64> = BTreeMap::new();
    for (index, key) in stream.iter().enumerate() {
        // Low keys are frequent.
        let key = format!("{:02}", key.leading_zeros() * 8 + u32::from(key % 8));
        sketch.observe(&key, 1.0);
        *truth.entry(key).or_default() += 1.0;
        if halve_every > 0 && index % halve_every == halve_every - 1 {
            sketch.halve();
            truth.values_mut().for_each(|weight| *weight /= 2.0);
        }
    }
    (truth, sketch)
}

fn check_bounds(truth: &BTreeMap<String, f64>, sketch: &TopSketch, counters_max: usize) {
    let total: f64 = truth.values().sum();
    assert!((sketch.total() - total).abs() < SLACK);
    let bound = total / counters_max as f64 + SLACK;
    let entries = sketch.entries();
    assert!(entries.len() <= counters_max);
    assert!(
        sketch.absent_max() <= bound,
        "absent {} > {bound}",
        sketch.absent_max()
    );
    for entry in &entries {
        let weight = truth.get(entry.key).copied().unwrap_or_default();
        assert!(entry.error <= bound, "{entry:?} > {bound}");
        assert!(
            entry.count + SLACK >= weight && entry.count - entry.error <= weight + SLACK,
            "{entry:?} {weight}"
        );
    }
    for (key, weight) in truth {
        assert!(
            sketch.contains(key) || *weight <= sketch.absent_max() + SLACK,
            "{key} {weight}"
        );
        assert!(
            sketch.contains(key) || *weight <= bound,
            "{key} {weight} > {bound}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn sketch_keeps_its_bounds(
        stream in prop::collection::vec(any::<u8>(), 0..400),
        counters_max in 1usize..24,
        halve_every in prop_oneof![Just(0usize), 20usize..100],
    ) {
        let (truth, sketch) = counted(&stream, counters_max, halve_every);
        check_bounds(&truth, &sketch, counters_max);
    }

    #[test]
    fn merged_sketches_keep_the_bounds_and_go_on_counting(
        streams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 2..5),
        counters_max in 1usize..24,
        more in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let (mut truth, mut merged) = counted(&[], counters_max, 0);
        for stream in &streams {
            let (part_truth, part) = counted(stream, counters_max, 30);
            merged.merge(&part);
            for (key, weight) in part_truth {
                *truth.entry(key).or_default() += weight;
            }
            check_bounds(&truth, &merged, counters_max);
        }
        for key in &more {
            let key = format!("{key:02}");
            merged.observe(&key, 1.0);
            *truth.entry(key).or_default() += 1.0;
        }
        check_bounds(&truth, &merged, counters_max);
    }

    #[test]
    fn clips_never_exceed_the_budget(
        steps in prop::collection::vec((0u8..20, 0u64..400, 0u8..6), 0..120),
        budget_bytes in 0u64..2_000,
    ) {
        let mut index = ClipIndex::new(budget_bytes);
        let mut stored: BTreeMap<String, u64> = BTreeMap::new();
        for (time, (key, bytes, action)) in steps.into_iter().enumerate() {
            let (key, now_ms) = (format!("k{key}"), time as u64 * 3_600_000);
            let gone = match action {
                0 => index.expire(now_ms),
                1 => { index.used(&key, now_ms); Vec::new() }
                2 => { index.set_budget(bytes * 5, now_ms) }
                _ => {
                    stored.insert(key.clone(), bytes);
                    index.insert(&key, clip("x", bytes, now_ms + DAY), now_ms)
                }
            };
            for key in gone {
                prop_assert!(stored.remove(&key).is_some(), "evicted what was not there");
            }
            prop_assert!(index.bytes() <= index.budget_bytes());
            prop_assert_eq!(index.bytes(), stored.values().sum::<u64>());
            prop_assert_eq!(index.len(), stored.len());
        }
    }

    #[test]
    fn a_warm_run_keeps_its_limits_and_ends(
        phrases in 0usize..30,
        concurrency_max in 1usize..5,
        syntheses_max in 1usize..12,
        outcomes in prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(2)], 400),
    ) {
        let phrases: Vec<TopPhrase> = (0..phrases).map(|index| top(&format!("Phrase {index}."))).collect();
        let mut run = WarmRun::plan(&phrases, &ClipIndex::new(0), 0, |text| text.to_owned());
        let limits = Limits { concurrency_max, syntheses_max, deadline_at_ms: 1_000 };
        let mut outcomes = outcomes.into_iter();
        let mut starts: BTreeMap<String, u32> = BTreeMap::new();
        for wake_up in 0.. {
            prop_assert!(wake_up < 200, "never ends");
            let mut started = 0;
            let mut in_flight: Vec<String> = Vec::new();
            'wake_up: loop {
                while let Some(item) = run.next(&limits, 0) {
                    started += 1;
                    *starts.entry(item.clip_key.clone()).or_default() += 1;
                    in_flight.push(item.clip_key);
                    prop_assert!(in_flight.len() <= concurrency_max && started <= syntheses_max);
                }
                let Some(key) = in_flight.pop() else { break };
                match outcomes.next().unwrap_or(1) {
                    2 => break 'wake_up, // The cron was cut off.
                    outcome => run.report(&key, outcome == 1),
                }
            }
            if run.is_done() {
                break;
            }
            let stored = serde_json::to_string(&run).unwrap();
            run = serde_json::from_str(&stored).unwrap();
            run.resume();
        }
        prop_assert!(starts.values().all(|starts| *starts <= ATTEMPTS_MAX));
        let WarmTally { warmed, skipped, failed } = run.tally();
        prop_assert_eq!((warmed + failed, skipped), (phrases.len(), 0));
    }
}

fn top(text: &str) -> TopPhrase {
    TopPhrase {
        text: text.into(),
        count: 1.0,
        count_error: 0.0,
        people: 3,
        is_listed: false,
    }
}

#[test]
fn merging_two_full_sketches_keeps_the_heavy_keys() {
    let mut one = TopSketch::new(3);
    let mut other = TopSketch::new(3);
    for _ in 0..100 {
        one.observe("both", 1.0);
        other.observe("both", 1.0);
        other.observe("other", 1.0);
    }
    for key in ["a", "b", "c", "d", "e"] {
        one.observe(key, 1.0);
        other.observe(key, 1.0);
    }
    one.merge(&other);
    let entries = one.entries();
    assert_eq!((entries[0].key, entries[1].key), ("both", "other"));
    assert!(entries[0].count >= 200.0 && entries[0].count - entries[0].error <= 200.0);
}

#[test]
fn bad_weights_are_ignored() {
    let mut sketch = TopSketch::new(3);
    for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        sketch.observe("a", weight);
    }
    assert!(sketch.entries().is_empty() && sketch.total() == 0.0);
}

// --- sharing

#[test]
fn a_phrase_is_shared_once_enough_different_people_heard_it() {
    let mut book = Phrasebook::new(Rules {
        phrases_max: 10,
        people_min: 3,
    });
    for person in ["a", "a", "b", "a", "b"] {
        assert!(!book.observe(&hasher(), "I hear you.", person, 0));
    }
    assert!(!book.may_share(&hasher(), "I hear you."));
    assert!(book.top(10).is_empty());
    assert!(
        book.observe(&hasher(), "I  hear you.", "c", 0),
        "said to the third person"
    );
    assert!(!book.observe(&hasher(), "I hear you.", "d", 0), "told once");
    assert!(book.may_share(&hasher(), "I hear you.  "));
    let top = book.top(10);
    assert_eq!(
        (top[0].text.as_str(), top[0].count, top[0].people),
        ("I hear you.", 7.0, 3)
    );
}

#[test]
fn a_listed_phrase_is_shared_at_once_and_only_while_listed() {
    let mut book = Phrasebook::new(Rules {
        phrases_max: 10,
        people_min: 3,
    });
    book.set_listed(["Hello there!", "Tell me more."]);
    assert!(book.may_share(&hasher(), "Hello there!"));
    assert!(book.observe(&hasher(), "Hello there!", "a", 0));
    let texts: Vec<_> = book
        .top(10)
        .into_iter()
        .map(|phrase| (phrase.text, phrase.count))
        .collect();
    assert_eq!(
        texts,
        [
            ("Hello there!".to_owned(), 1.0),
            ("Tell me more.".to_owned(), 0.0)
        ]
    );
    book.set_listed([]);
    assert!(!book.may_share(&hasher(), "Hello there!"));
    assert!(book.top(10).is_empty());
}

#[test]
fn the_stored_book_holds_neither_people_nor_unshared_text() {
    let mut book = Phrasebook::new(Rules {
        phrases_max: 10,
        people_min: 3,
    });
    book.observe(&hasher(), "My PIN is 1234.", "ada@example.com", 0);
    book.observe(&hasher(), "My PIN is 1234.", "bob@example.com", 0);
    let stored = serde_json::to_string(&book).unwrap();
    assert!(
        !stored.contains("1234") && !stored.contains("ada") && !stored.contains("bob"),
        "{stored}"
    );
    assert_eq!(serde_json::from_str::<Phrasebook>(&stored).unwrap(), book);
}

#[test]
fn marks_differ_by_phrase_person_and_secret() {
    let (one, other) = (hasher(), Hasher::new(b"other"));
    let id = one.phrase_id("Hi.");
    assert_eq!(id.len(), 32);
    assert_ne!(id, other.phrase_id("Hi."));
    assert_ne!(one.person_mark(&id, "a"), one.person_mark(&id, "b"));
    assert_ne!(
        one.person_mark(&id, "a"),
        one.person_mark(&one.phrase_id("Ho."), "a")
    );
    assert_ne!(one.person_mark(&id, "a"), other.person_mark(&id, "a"));
    assert_eq!(format!("{one:?}"), "Hasher(secret)");
}

#[test]
fn counts_halve_daily_and_an_evicted_phrase_starts_anew() {
    let mut book = Phrasebook::new(Rules {
        phrases_max: 2,
        people_min: 2,
    });
    for person in ["a", "b", "c", "d"] {
        book.observe(&hasher(), "Often.", person, 0);
    }
    book.decay(2 * DAY + 5);
    assert_eq!(book.top(1)[0].count, 1.0);
    book.decay(DAY); // The clock went back.
    assert_eq!(book.top(1)[0].count, 1.0);
    for index in 0..20 {
        book.observe(&hasher(), &format!("Number {index}."), "a", 2 * DAY);
        assert!(book.len() <= 2);
    }
    assert!(
        !book.may_share(&hasher(), "Often."),
        "it lost its place and its people"
    );
    book.decay(u64::MAX);
    assert!(!book.is_empty());
}

#[test]
fn too_long_and_empty_phrases_are_not_learned() {
    let mut book = Phrasebook::new(Rules {
        phrases_max: 10,
        people_min: 0,
    });
    assert!(!book.observe(&hasher(), " \n", "a", 0));
    assert!(!book.observe(&hasher(), &"x".repeat(PHRASE_BYTES_MAX + 1), "a", 0));
    assert!(book.is_empty());
    assert!(
        book.observe(&hasher(), &"x".repeat(PHRASE_BYTES_MAX), "a", 0),
        "0 people counts as 1"
    );
}

// --- clips

#[test]
fn the_clip_that_saves_least_for_its_room_goes_first() {
    let mut index = ClipIndex::new(1_000);
    for key in ["a", "b", "c"] {
        assert!(index.insert(key, clip(key, 300, DAY), 0).is_empty());
    }
    index.used("a", 10);
    index.used("c", 10);
    assert_eq!(index.insert("d", clip("d", 200, DAY), 20), ["b"]);
    assert_eq!(index.insert("huge", clip("h", 1_001, DAY), 20), ["huge"]);
    assert_eq!((index.bytes(), index.len(), index.evictions()), (800, 3, 1));
}

#[test]
fn old_uses_count_less() {
    let mut index = ClipIndex::new(500);
    index.insert("old", clip("old", 250, 100 * DAY), 0);
    for _ in 0..5 {
        index.used("old", 0);
    }
    index.insert("new", clip("new", 250, 100 * DAY), 10 * DAY);
    assert_eq!(
        index.insert("next", clip("next", 250, 100 * DAY), 10 * DAY),
        ["old"]
    );
}

#[test]
fn expired_clips_leave_the_index() {
    let mut index = ClipIndex::new(500);
    index.insert("a", clip("a", 100, 50), 0);
    index.insert("b", clip("b", 100, 60), 0);
    assert_eq!(index.expire(50), ["a"]);
    assert!(!index.used("a", 50));
    assert_eq!((index.bytes(), index.get("a")), (100, None));
    assert!(index.forget("b") && !index.forget("b"));
    assert!(index.is_empty());
}

// --- warming

#[test]
fn a_plan_takes_missing_and_soon_expiring_clips_in_order() {
    let mut index = ClipIndex::new(10_000);
    index.insert("k:fresh", clip("fresh", 10, 1_000), 0);
    index.insert("k:stale", clip("stale", 10, 500), 0);
    let phrases = ["missing", "fresh", "stale", "missing"].map(top);
    let mut run = WarmRun::plan(&phrases, &index, 500, |text| format!("k:{text}"));
    let limits = Limits {
        concurrency_max: 10,
        syntheses_max: 10,
        deadline_at_ms: 100,
    };
    assert_eq!(run.next(&limits, 100), None, "the deadline has come");
    let texts: Vec<_> = std::iter::from_fn(|| run.next(&limits, 0))
        .map(|item| item.text)
        .collect();
    assert_eq!(texts, ["missing", "stale"]);
    run.report("k:missing", true);
    run.report("k:unknown", true);
    run.report("k:stale", false);
    assert!(!run.is_done());
    let again = run.next(&limits, 0).unwrap();
    assert_eq!((again.text.as_str(), again.attempts), ("stale", 2));
    run.report("k:stale", false);
    assert!(run.is_done());
    assert_eq!(
        run.tally(),
        WarmTally {
            warmed: 1,
            skipped: 1,
            failed: 1
        }
    );
}
