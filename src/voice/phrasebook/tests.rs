use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;

use futures::FutureExt as _;
use proptest::prelude::*;

use super::clips::EVICTED_MAX;
use super::protocol::{PHRASE_BYTES_MAX, WarmItem};
use super::warm::{ATTEMPTS_MAX, WARMING_MS, WarmLimits, make_all};
use super::*;
use crate::platform::sql::sqlite::Sqlite;
use crate::voice::clip_key;
use crate::wire::json;

const DAY: u64 = 86_400_000;
const SLACK: f64 = 1e-6;
const SECRET: [u8; 32] = [7; 32];

/// A phrasebook in a database of its own.
struct World {
    sql: Sqlite,
    phrases_max: u64,
    terms: Terms,
}

fn world(phrases_max: u64, people_min: u64) -> World {
    let sql = Sqlite::new();
    Book::open(&sql, &SECRET, phrases_max).unwrap();
    World {
        sql,
        phrases_max,
        terms: Terms {
            people_min,
            listed: vec![],
            budget_bytes: 1_000,
        },
    }
}

fn listing(world: &World) -> serde_json::Value {
    serde_json::from_str(&world.run(Command::List(100), 0).listing).unwrap()
}

impl World {
    fn book(&self) -> Book<'_> {
        Book::new(&self.sql, Hasher::new(&SECRET), self.phrases_max)
    }

    fn run(&self, command: Command, now_ms: u64) -> CommandResult {
        // What crosses the wire must survive it.
        let command: Command = json::read(&json::text(&command)).unwrap();
        let result = self.book().run(&command, &self.terms, now_ms).unwrap();
        json::read(&json::text(&result)).unwrap()
    }

    /// Whether the phrase may be shared, and whether it could not before.
    fn observe(&self, text: &str, person: &str, now_ms: u64) -> (bool, bool) {
        let result = self.run(observe(&[(text, person)]), now_ms);
        (result.shared == [true], !result.newly_shared.is_empty())
    }

    fn store(&self, key: &str, bytes: u64, expires_at_ms: u64, now_ms: u64) -> Vec<String> {
        let mut evicted = self
            .run(Command::Stored(clip(key, "x", bytes, expires_at_ms)), now_ms)
            .evicted;
        evicted.sort();
        evicted
    }

    fn top(&self) -> Vec<(String, f64, u64)> {
        self.book().top(100, &self.terms).unwrap()
    }

    fn plan(&self, fresh_until_ms: u64, now_ms: u64) -> CommandResult {
        let prefix = "p:".into();
        self.run(
            Command::Plan {
                prefix,
                limit: 10,
                fresh_until_ms,
            },
            now_ms,
        )
    }

    fn number(&self, query: &str) -> f64 {
        self.sql.first(query, vec![]).unwrap().unwrap().real(0)
    }
}

fn observe(said: &[(&str, &str)]) -> Command {
    let said = said.iter().map(|(text, person)| SaidPhrase {
        text: (*text).into(),
        person: (*person).into(),
        clip_key: None,
    });
    Command::Observe {
        said: said.collect(),
        wants_known: false,
    }
}

fn used(key: &str) -> Command {
    Command::Observe {
        said: vec![SaidPhrase {
            text: String::new(),
            person: "a".into(),
            clip_key: Some(key.into()),
        }],
        wants_known: true,
    }
}

fn clip(key: &str, text: &str, bytes: u64, expires_at_ms: u64) -> StoredClip {
    StoredClip {
        key: key.into(),
        text: text.into(),
        codec: "opus".into(),
        voice: "v".into(),
        bytes,
        expires_at_ms,
        saving_ms: 300,
    }
}

// --- counting

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The bounds in this module's doc, under any stream and any halvings.
    #[test]
    fn counting_keeps_its_bounds(
        stream in prop::collection::vec(any::<u8>(), 0..200),
        counters_max in 1u64..24,
        a_day in prop_oneof![Just(usize::MAX), 20usize..100],
    ) {
        let world = world(counters_max, 3);
        let mut truth: BTreeMap<Vec<u8>, f64> = BTreeMap::new();
        for (index, key) in stream.iter().enumerate() {
            if index > 0 && index % a_day == 0 {
                truth.values_mut().for_each(|weight| *weight /= 2.0);
            }
            // Low keys are frequent.
            let text = format!("{:02}", key.leading_zeros() * 8 + u32::from(key % 8));
            world.observe(&text, "a", DAY * (index / a_day) as u64);
            *truth.entry(world.book().hasher.phrase_id(&text)).or_default() += 1.0;
        }
        let bound = truth.values().sum::<f64>() / counters_max as f64 + SLACK;
        let rows = world.sql.rows("SELECT id, count, error FROM phrase", vec![]).unwrap();
        prop_assert!(rows.len() as u64 <= counters_max);
        for row in &rows {
            let (weight, count, error) = (truth.remove(&row.blob(0)).unwrap_or_default(), row.real(1), row.real(2));
            prop_assert!(error <= bound, "{error} > {bound}");
            prop_assert!(count + SLACK >= weight && count - error <= weight + SLACK, "{count} {error} {weight}");
        }
        let least = rows.iter().map(|row| row.real(1)).fold(f64::INFINITY, f64::min);
        for weight in truth.values() {
            prop_assert!(*weight <= least + SLACK && *weight <= bound, "{weight} has no counter");
        }
    }
}

#[test]
fn counts_halve_daily_and_an_evicted_phrase_starts_anew() {
    let world = world(2, 2);
    for person in ["a", "b", "c", "d"] {
        world.observe("Often.", person, 0);
    }
    world.observe("", "a", 2 * DAY + 5);
    assert_eq!(world.top(), [("Often.".into(), 1.0, 2)]);
    world.observe("", "a", DAY);
    world.observe("", "a", 2 * DAY);
    assert_eq!(world.top()[0].1, 1.0, "the clock went back and on again");
    for index in 0..20 {
        world.observe(&format!("Number {index}."), "a", 2 * DAY);
        assert!(world.number("SELECT COUNT(*) FROM phrase") <= 2.0);
    }
    assert_eq!(
        world.observe("Often.", "e", 2 * DAY),
        (false, false),
        "it lost its place and its people"
    );
    world.observe("", "a", u64::MAX / 2);
    assert!(world.number("SELECT MAX(count) FROM phrase") < 1e-9);
}

#[test]
fn too_long_and_empty_phrases_are_not_learned() {
    let world = world(10, 0);
    assert_eq!(world.observe(" \n", "a", 0), (false, false));
    assert_eq!(
        world.observe(&"x".repeat(PHRASE_BYTES_MAX + 1), "a", 0),
        (false, false)
    );
    assert_eq!(world.number("SELECT COUNT(*) FROM phrase"), 0.0);
    let longest = "x".repeat(PHRASE_BYTES_MAX);
    assert_eq!(
        world.observe(&longest, "a", 0),
        (true, true),
        "0 people counts as 1"
    );
}

#[test]
fn a_batch_is_counted_up_to_its_bound() {
    let world = world(10, 1);
    let said = vec![("Again.", "a"); SAID_MAX + 1];
    assert_eq!(world.run(observe(&said), 0).shared.len(), SAID_MAX);
    assert_eq!(world.top()[0].1, SAID_MAX as f64);
}

// --- sharing

#[test]
fn a_phrase_is_shared_once_enough_different_people_heard_it() {
    let world = world(10, 3);
    for person in ["a", "a", "b", "a", "b"] {
        assert_eq!(world.observe("I hear you.", person, 0), (false, false));
    }
    assert!(world.top().is_empty());
    assert_eq!(
        world.observe("I  hear you.", "c", 0),
        (true, true),
        "said to the third person"
    );
    assert_eq!(
        world.observe("I hear you. ", "d", 0),
        (true, false),
        "new only once"
    );
    assert_eq!(world.top(), [("I hear you.".into(), 7.0, 3)]);
}

#[test]
fn a_phrase_below_a_higher_threshold_is_not_shared_until_enough_more_people_heard_it() {
    let mut world = world(10, 2);
    world.observe("Hi.", "a", 0);
    assert_eq!(world.observe("Hi.", "b", 0), (true, true));
    world.terms.people_min = 3;
    assert!(world.top().is_empty());
    for person in ["a", "b"] {
        assert_eq!(world.observe("Hi.", person, 0), (false, false));
    }
    assert_eq!(world.observe("Hi.", "c", 0), (true, false));
}

#[test]
fn a_listed_phrase_is_shared_at_once_and_only_while_listed() {
    let mut world = world(10, 3);
    world.terms.listed = vec![
        "Hello there!".into(),
        "Tell me more.".into(),
        "Tell me  more.".into(),
    ];
    assert_eq!(world.observe("Hello there!", "a", 0), (true, true));
    let unsaid = ("Tell me more.".into(), 0.0, 0);
    assert_eq!(world.top(), [("Hello there!".into(), 1.0, 1), unsaid]);
    world.terms.listed.clear();
    assert!(world.top().is_empty());
    assert_eq!(world.observe("Hello there!", "a", 0), (false, false));
}

#[test]
fn the_tables_hold_neither_people_nor_unshared_text() {
    let world = world(10, 3);
    world.observe("My PIN is 1234.", "ada@example.com", 0);
    world.observe("My PIN is 1234.", "bob@example.com", 0);
    let rows = world.sql.rows("SELECT * FROM phrase", vec![]).unwrap();
    for value in &rows[0].0 {
        let bytes = match value {
            Value::Text(text) => text.clone().into_bytes(),
            Value::Blob(bytes) => bytes.clone(),
            _ => continue,
        };
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("1234") && !text.contains("ada") && !text.contains("bob"));
    }
    assert_eq!(world.number("SELECT LENGTH(marks) FROM phrase"), 16.0);
    world.observe("My PIN is 1234.", "cleo", 0);
    assert_eq!(
        world.number("SELECT LENGTH(marks) FROM phrase"),
        0.0,
        "forgotten once counted"
    );
}

#[test]
fn marks_differ_by_phrase_person_and_secret() {
    let (one, other) = (Hasher::new(b"secret"), Hasher::new(b"other"));
    let id = one.phrase_id("Hi.");
    assert_eq!((id.len(), one.person_mark(&id, "a").len()), (16, 8));
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
fn the_secret_stays_and_an_older_phrasebook_begins_anew() {
    let sql = Sqlite::new();
    sql.run("CREATE TABLE kept (name TEXT, part INTEGER, value TEXT)", vec![])
        .unwrap();
    let id = |random: u8| {
        Book::open(&sql, &[random; 32], 10)
            .unwrap()
            .hasher
            .phrase_id("Hi.")
    };
    assert_eq!(id(1), id(2));
    assert!(sql.rows("SELECT * FROM kept", vec![]).is_err());
}

#[test]
fn a_command_that_fails_leaves_nothing() {
    let world = world(10, 1);
    let book = world.book();
    for statement in 0..4 {
        world.sql.fail_after.set(Some(statement));
        assert!(
            book.run(&observe(&[("One.", "a"), ("Two.", "a")]), &world.terms, 0)
                .is_err()
        );
        assert_eq!(world.number("SELECT COUNT(*) FROM phrase"), 0.0, "{statement}");
    }
    assert_eq!(world.observe("One.", "a", 0), (true, true));
}

// --- clips

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn clips_never_exceed_the_budget(
        steps in prop::collection::vec((0u8..20, 0u64..400, 0u8..6), 0..80),
        budget_bytes in 0u64..2_000,
    ) {
        let mut world = world(10, 1);
        world.terms.budget_bytes = budget_bytes;
        let mut stored: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (time, (key, bytes, action)) in steps.into_iter().enumerate() {
            let (key, now_ms) = (format!("k{key:02}"), time as u64 * 3_600_000);
            let evicted = match action {
                0 => world.run(Command::List(1), now_ms).evicted,
                1 => world.run(used(&key), now_ms).evicted,
                2 => {
                    world.terms.budget_bytes = bytes * 5;
                    world.run(Command::List(1), now_ms).evicted
                }
                _ => {
                    stored.insert(key.clone(), (bytes, now_ms + DAY));
                    world.store(&key, bytes, now_ms + DAY, now_ms)
                }
            };
            if action != 1 {
                stored.retain(|_, (_, expires_at_ms)| *expires_at_ms > now_ms);
            }
            for key in evicted {
                prop_assert!(stored.remove(&key).is_some(), "evicted what was not there");
            }
            let (entries, total) = world.book().clip_totals().unwrap();
            prop_assert!(total <= world.terms.budget_bytes);
            prop_assert_eq!(total, stored.values().map(|(bytes, _)| bytes).sum::<u64>());
            prop_assert_eq!(entries, stored.len() as u64);
        }
    }
}

#[test]
fn the_clip_that_saves_least_for_its_room_goes_first() {
    let world = world(10, 1);
    for key in ["a", "b", "c"] {
        assert!(world.store(key, 300, DAY, 0).is_empty());
    }
    world.run(used("a"), 10);
    world.run(used("c"), 10);
    assert_eq!(world.store("d", 200, DAY, 20), ["b"]);
    assert_eq!(world.store("huge", 1_001, DAY, 20), ["huge"]);
    let listing = listing(&world);
    assert_eq!((&listing["bytes"], &listing["entries"]), (&800.into(), &3.into()));
    assert_eq!(listing["evictions"], 1, "what never fitted was not evicted");
}

#[test]
fn old_uses_count_less() {
    let mut world = world(10, 1);
    world.terms.budget_bytes = 500;
    world.store("old", 250, 100 * DAY, 0);
    for _ in 0..5 {
        world.run(used("old"), 0);
    }
    world.store("new", 250, 100 * DAY, 10 * DAY);
    assert_eq!(world.store("next", 250, 100 * DAY, 10 * DAY), ["old"]);
}

#[test]
fn expired_clips_are_neither_known_nor_counted() {
    let world = world(10, 1);
    world.store("a", 100, 50, 0);
    world.store("b", 100, 60, 0);
    assert_eq!(world.run(used("a"), 50).known, Some(vec![clip_key::mark("b")]));
    assert_eq!(
        world.run(Command::List(1), 50).evicted,
        [""; 0],
        "the store drops them by itself"
    );
    assert_eq!(world.book().clip_totals().unwrap(), (1, 100));
}

#[test]
fn a_listing_shows_shared_phrases_with_their_clips() {
    let mut world = world(10, 2);
    world.terms.listed = vec!["Hello there!".into()];
    world.observe("Private.", "a", 0);
    world.observe("Hello there!", "a", 0);
    world.run(Command::Stored(clip("k", "Hello there!", 400, 90_000)), 0);
    let expected = serde_json::json!({
        "data": [{"text": "Hello there!", "count": 1.0, "people": 1,
            "cached": [{"codec": "opus", "voice": "v", "bytes": 400, "expires_at": 90}]}],
        "entries": 1, "bytes": 400, "budget_bytes": 1_000, "evictions": 0,
    });
    assert_eq!(listing(&world), expected);
}

#[test]
fn an_answer_names_no_more_keys_than_can_be_deleted_at_once_and_none_that_is_stored_again() {
    let world = world(10, 1);
    for index in 0..EVICTED_MAX + 2 {
        world.store(&format!("{index:04}"), 1, DAY, 0);
    }
    let first = world.run(Command::Clear, 0).evicted;
    assert_eq!(first.len() as u64, EVICTED_MAX);
    let left: Vec<String> = (0..EVICTED_MAX + 2).map(|index| format!("{index:04}")).collect();
    let left: Vec<String> = left.into_iter().filter(|key| !first.contains(key)).collect();
    assert_eq!(world.store(&left[0], 1, DAY, 0), left[1..]);
    assert!(world.run(Command::List(1), 0).evicted.is_empty());
}

#[test]
fn clearing_forgets_phrases_and_names_every_clip() {
    let world = world(10, 1);
    world.observe("Hi.", "a", 0);
    world.store("a", 700, DAY, 0);
    assert_eq!(
        world.store("b", 700, DAY, 0),
        ["a"],
        "as valuable, and of the smaller key"
    );
    assert_eq!(world.run(Command::Clear, 0).evicted, ["b"]);
    let listing = listing(&world);
    assert_eq!(
        (&listing["bytes"], &listing["data"]),
        (&0.into(), &serde_json::json!([]))
    );
}

// --- warming

#[test]
fn a_plan_takes_missing_and_soon_expiring_clips_in_order_and_gives_each_to_one() {
    let mut world = world(10, 1);
    world.terms.listed = vec!["d".into()];
    for (text, count) in [("a", 3), ("b", 2), ("c", 1)] {
        world.run(observe(&vec![(text, "x"); count]), 0);
    }
    let key = |text: &str| clip_key::key("p:", text).unwrap();
    world.store(&key("a"), 10, 1_000, 0);
    world.store(&key("b"), 10, 500, 0);
    let plan = world.plan(500, 0);
    let texts: Vec<_> = plan.items.iter().map(|item| item.text.as_str()).collect();
    assert_eq!((texts, plan.skipped), (vec!["b", "c", "d"], 1));
    assert_eq!(plan.items[0].clip_key, key("b"));
    let other = world.plan(500, 1);
    assert_eq!((other.items.len(), other.skipped), (0, 4));
    world.store(&key("b"), 10, 600, 2);
    let later = world.plan(500, WARMING_MS);
    assert_eq!(
        later.items.len(),
        4,
        "all have expired, and nobody makes them any more"
    );
}

#[test]
fn what_could_not_be_made_is_given_out_again_at_once() {
    let world = world(10, 1);
    world.observe("Hi.", "a", 0);
    let items = world.plan(0, 0).items;
    assert_eq!(world.plan(0, 1).skipped, 1);
    world.run(
        Command::Release(items.into_iter().map(|item| item.clip_key).collect()),
        2,
    );
    assert_eq!(world.plan(0, 3).items.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_warm_run_keeps_its_limits_and_ends(
        count in 0usize..30,
        concurrency_max in 0usize..5,
        outcomes in prop::collection::vec((any::<bool>(), 0u8..3), 60),
        deadline_at_ms in 0u64..80,
    ) {
        let items: Vec<WarmItem> = (0..count)
            .map(|index| WarmItem { text: format!("Phrase {index}."), clip_key: index.to_string() })
            .collect();
        let (now_ms, in_flight) = (Cell::new(0), Cell::new(0));
        let starts = RefCell::new(Vec::new());
        let outcomes = RefCell::new(outcomes.into_iter());
        let limits = WarmLimits { concurrency_max, deadline_at_ms };
        let unmade = make_all(&items, limits, || now_ms.get(), |item| {
            assert!(now_ms.get() < deadline_at_ms, "begun too late");
            let (is_made, mut polls) = outcomes.borrow_mut().next().unwrap();
            starts.borrow_mut().push((item.clip_key.clone(), is_made));
            in_flight.set(in_flight.get() + 1);
            assert!(in_flight.get() <= concurrency_max.max(1));
            let (in_flight, now_ms) = (&in_flight, &now_ms);
            poll_fn(move |context| {
                if polls > 0 {
                    polls -= 1;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                in_flight.set(in_flight.get() - 1);
                now_ms.set(now_ms.get() + 1);
                Poll::Ready(is_made)
            })
        });
        let mut run = Box::pin(unmade);
        let unmade = (0..10_000).find_map(|_| (&mut run).now_or_never()).expect("it ends");
        let starts = starts.borrow();
        for item in &items {
            let own = || starts.iter().filter(|(key, _)| *key == item.clip_key);
            prop_assert!(own().count() <= ATTEMPTS_MAX as usize);
            prop_assert_eq!(unmade.contains(&item.clip_key), !own().any(|(_, is_made)| *is_made));
        }
        let firsts: Vec<_> = starts.iter().take(count).map(|(key, _)| key.clone()).collect();
        let expected: Vec<_> = items.iter().map(|item| item.clip_key.clone()).take(firsts.len()).collect();
        prop_assert_eq!(firsts, expected, "all once, in order, before any is tried again");
    }
}
