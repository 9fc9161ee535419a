//! The tables of a telemetry object over SQLite: reports that are lost, late, repeated, reordered and interrupted.

use proptest::prelude::*;

use super::super::figures::Figures;
use super::super::metrics::{CACHE_ENTRIES, PEOPLE_ACTIVE, TOKENS};
use super::super::outbox::{Outbox, Report};
use super::*;
use crate::platform::sql::sqlite::Sqlite;

const NOW_MS: u64 = 1_700_000_000_000;

fn figures(text: &str) -> Figures {
    let mut figures = Figures::new();
    figures.absorb(text, |_| true);
    figures
}

fn tokens(db: &Sqlite, now_ms: u64) -> f64 {
    let text = Store::open(db).unwrap().totals(now_ms).unwrap();
    figures(&text).sum(&TOKENS, &[])
}

fn tell(db: &Sqlite, text: &str, now_ms: u64) -> Result<u64, SqlError> {
    Store::open(db)?.report(Report::parse(text).unwrap(), now_ms)
}

fn isolate(number: u64) -> impl Fn() -> u64 {
    move || number
}

#[test]
fn a_report_counts_once_however_often_it_comes() {
    let db = Sqlite::new();
    assert_eq!(tell(&db, "7 1\n\nhearken_tokens\t3\n", NOW_MS), Ok(1));
    assert_eq!(tell(&db, "7 1\n\nhearken_tokens\t3\n", NOW_MS), Ok(1));
    assert_eq!(tell(&db, "7 2\n\nhearken_tokens\t4\n", NOW_MS), Ok(2));
    assert_eq!(
        tell(&db, "7 1\n\nhearken_tokens\t3\n", NOW_MS),
        Ok(2),
        "late, and known"
    );
    assert_eq!(
        tell(&db, "8 1\n\nhearken_tokens\t5\n", NOW_MS),
        Ok(1),
        "another isolate"
    );
    assert_eq!(tokens(&db, NOW_MS), 12.0);
}

#[test]
fn a_transaction_that_fails_keeps_nothing_of_the_report() {
    let db = Sqlite::new();
    tell(&db, "7 1\n\nhearken_tokens\t3\n", NOW_MS).unwrap();
    // Three statements open the tables; every one after them fails once, in the same slot and in a later one.
    for (round, now_ms) in [(1, NOW_MS), (2, NOW_MS + SLOT_MS), (3, NOW_MS + 2 * SLOT_MS)] {
        let text = format!("7 {}\n\nhearken_tokens\t4\n", round + 1);
        for statement in 3.. {
            db.fail_after.set(Some(statement));
            let done = tell(&db, &text, now_ms);
            db.fail_after.set(None);
            if done.is_ok() {
                break;
            }
            let before = 3.0 + 4.0 * f64::from(round - 1);
            assert_eq!(tokens(&db, now_ms), before, "statement {statement}");
        }
        tell(&db, &text, now_ms).unwrap();
        assert_eq!(tokens(&db, now_ms), 3.0 + 4.0 * f64::from(round));
    }
}

#[test]
fn slots_are_told_apart_and_old_ones_forgotten_but_not_their_sum() {
    let db = Sqlite::new();
    for seq in 1..=400 {
        let now_ms = NOW_MS + seq * SLOT_MS;
        tell(&db, &format!("7 {seq}\n\nhearken_tokens\t1\n"), now_ms).unwrap();
    }
    let now_ms = NOW_MS + 400 * SLOT_MS;
    assert_eq!(tokens(&db, now_ms), 400.0);
    let store = Store::open(&db).unwrap();
    let hour = store.slots(SLOT_MS, now_ms - HOUR_MS).unwrap();
    assert_eq!(
        figures(&hour).sum(&TOKENS, &[]),
        13.0,
        "twelve slots and the one under way"
    );
    let day = store.slots(HOUR_MS, now_ms - 24 * HOUR_MS).unwrap();
    let told = figures(&day).sum(&TOKENS, &[]);
    assert!((288.0..=300.0).contains(&told), "{told}");
    let rows = db
        .first("SELECT COUNT(*) FROM kept", Vec::new())
        .unwrap()
        .unwrap();
    assert!(
        rows.count(0) <= 1 + SLOTS_MAX + 1 + HOURS_MAX + 1,
        "{}",
        rows.count(0)
    );
}

#[test]
fn what_is_now_is_the_last_word_of_isolates_that_live() {
    let db = Sqlite::new();
    let gauge = |isolate: u64, seq: u64, entries: u64, at_ms: u64| {
        let text = format!(
            "{isolate} {seq}\n{}\u{1f}recall\t{entries}\n\nhearken_tokens\t1\n",
            CACHE_ENTRIES.name
        );
        tell(&db, &text, at_ms).unwrap();
    };
    gauge(1, 1, 5, NOW_MS);
    gauge(1, 2, 6, NOW_MS);
    gauge(2, 1, 10, NOW_MS + GAUGE_LIFE_MS);
    let entries = |now_ms| {
        let text = Store::open(&db).unwrap().totals(now_ms).unwrap();
        figures(text.split_once("\n\n").unwrap().1).sum(&CACHE_ENTRIES, &[])
    };
    assert_eq!(entries(NOW_MS + GAUGE_LIFE_MS), 16.0);
    assert_eq!(entries(NOW_MS + GAUGE_LIFE_MS + 1), 10.0);
}

#[test]
fn people_are_those_of_the_last_two_slots() {
    let db = Sqlite::new();
    for (seq, element) in [(1, 3), (2, 4), (3, 3)] {
        let mut outbox = Outbox::new();
        outbox.figures.mark(&PEOPLE_ACTIVE, element);
        let text = outbox
            .take(isolate(9))
            .unwrap()
            .replacen(" 1\n", &format!(" {seq}\n"), 1);
        tell(&db, &text, NOW_MS + seq * SLOT_MS).unwrap();
    }
    let people = |now_ms| {
        let text = Store::open(&db).unwrap().totals(now_ms).unwrap();
        figures(&text).durations(&PEOPLE_ACTIVE, &[]).0.len()
    };
    assert_eq!(people(NOW_MS + 3 * SLOT_MS), 2);
    assert_eq!(people(NOW_MS + 5 * SLOT_MS), 0);
}

#[test]
fn a_turn_is_heard_once() {
    let db = Sqlite::new();
    let store = Store::open(&db).unwrap();
    let first = |turn, now_ms| store.is_first(turn, now_ms).unwrap();
    assert!(first("a", NOW_MS) && !first("a", NOW_MS + HEARD_LIFE_MS) && first("b", NOW_MS));
    first("c", NOW_MS + HEARD_LIFE_MS + 1);
    let rows = db
        .first("SELECT COUNT(*) FROM heard", Vec::new())
        .unwrap()
        .unwrap();
    assert_eq!(rows.count(0), 1, "the old ones are forgotten");
}

/// What becomes of one sending of a report.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    Lost,
    AnswerLost,
    Late,
    Breaks,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Arrives),
        1 => Just(Fate::Lost),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::Late),
        1 => Just(Fate::Breaks),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_is_told_twice(fates in prop::collection::vec((0usize..3, 1u32..9, fate(), 0u64..400_000), 1..60)) {
        let db = Sqlite::new();
        let mut outboxes = [Outbox::new(), Outbox::new(), Outbox::new()];
        let (mut told, mut now_ms, mut late) = (0.0, NOW_MS, Vec::new());
        for (which, amount, fate, pause_ms) in fates {
            now_ms += pause_ms;
            let outbox = &mut outboxes[which];
            outbox.figures.add(&TOKENS, &["in"], f64::from(amount));
            told += f64::from(amount);
            let report = outbox.take(isolate(which as u64 + 1)).unwrap();
            match fate {
                Fate::Arrives => outbox.acknowledge(&tell(&db, &report, now_ms).unwrap().to_string()),
                Fate::AnswerLost => drop(tell(&db, &report, now_ms)),
                Fate::Late => late.push(report),
                Fate::Breaks => {
                    db.fail_after.set(Some(4));
                    let answer = tell(&db, &report, now_ms);
                    db.fail_after.set(None);
                    if let Ok(seq) = answer {
                        outbox.acknowledge(&seq.to_string());
                    }
                }
                Fate::Lost => {}
            }
        }
        for outbox in &mut outboxes {
            while let Some(report) = outbox.take(isolate(99)) {
                outbox.acknowledge(&tell(&db, &report, now_ms).unwrap().to_string());
            }
        }
        // Whatever was on its way arrives after all, in any order.
        for report in late.iter().rev() {
            tell(&db, report, now_ms).unwrap();
        }
        prop_assert_eq!(tokens(&db, now_ms), told);
        prop_assert_eq!(tokens(&db, now_ms + 3 * HOUR_MS), told);
    }
}
