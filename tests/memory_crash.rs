//! The person's object over SQLite, with a failure at every statement and a death at every call to the model.
//!
//! Whatever fails, the process is gone with it; what survives is the disk, which changes only by whole transactions. The
//! model is a script that answers each message with one fact, in a new wording each time it is asked, as models do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::cell::Cell;
use std::rc::Rc;

use hearken::memory::person::protocol::{Call, Imported, Said};

#[allow(dead_code)]
#[path = "support/person.rs"]
mod person;

use person::House;

const MESSAGES: usize = 7;
const VARS: &[(&str, &str)] = &[("EXTRACT_BATCH_MESSAGES", "3")];
/// More statements than an extraction of all of them has.
const STATEMENTS_MAX: u32 = 400;

fn append() -> Call {
    let said = |number| Imported {
        said: Said {
            role: "user".into(),
            content: format!("My lucky number {number} is {number}"),
        },
        at_ms: None,
    };
    Call::Append((0..MESSAGES).map(said).collect())
}

/// One fact for each message that is new; `asked` varies the wording.
fn facts(turns: &[Said], asked: usize) -> String {
    let prompt = &turns.last().unwrap().content;
    let new: Vec<String> = (0..MESSAGES)
        .filter(|number| prompt.contains(&format!("My lucky number {number} is {number}\"")))
        .map(|number| {
            format!(
                r#"{{"op":"add","text":"My lucky number {number} is {number} (told {asked})","kind":"fact"}}"#
            )
        })
        .collect();
    format!("```json\n{{\"operations\":[{}]}}\n```", new.join(","))
}

/// A person with all that was said waiting; the model dies at the calls of these numbers.
fn house(deaths: &'static [usize]) -> House {
    let house = House::new(VARS);
    house.call(&append()).unwrap();
    let asked = Rc::new(Cell::new(0));
    house.model(move |turns| {
        asked.set(asked.get() + 1);
        (!deaths.contains(&asked.get())).then(|| Ok(facts(turns, asked.get())))
    });
    house
}

/// Starts anew until nothing waits any more.
fn finish(house: &mut House) {
    for _ in 0..20 {
        house.restart();
        house.world.now_ms.set(house.world.now_ms.get() + 3_600_000);
        house.run();
    }
}

fn check(house: &House, case: &str) {
    let texts = house.column("SELECT text FROM memories WHERE valid_until_ms IS NULL");
    assert_eq!(texts.len(), MESSAGES, "{case}: {texts:?}");
    for number in 0..MESSAGES {
        let fact = format!("My lucky number {number} is");
        let times = texts.iter().filter(|text| text.starts_with(&fact)).count();
        assert_eq!(times, 1, "{case}: {fact}");
    }
    assert!(house.column("SELECT message FROM pending").is_empty(), "{case}");
    let words = house.column("SELECT count(*) || '' FROM memories_fts");
    assert_eq!(words, [MESSAGES.to_string()], "{case}");
}

#[test]
fn a_statement_that_fails_anywhere_loses_no_fact_and_stores_none_twice() {
    let mut undisturbed = 0;
    for first in 0..STATEMENTS_MAX {
        for second in [None, Some(13)] {
            let mut house = house(&[]);
            house.restart();
            house.world.now_ms.set(house.world.now_ms.get() + 3_600_000);
            house.world.disk.fail_after.set(Some(first));
            house.run();
            undisturbed += u32::from(house.world.disk.fail_after.take().is_some());
            if second.is_some() {
                house.restart();
                house.world.now_ms.set(house.world.now_ms.get() + 3_600_000);
                house.world.disk.fail_after.set(second);
                house.run();
                house.world.disk.fail_after.set(None);
            }
            finish(&mut house);
            check(&house, &format!("statements {first} and {second:?}"));
        }
        if undisturbed > 0 {
            // All statements of a run have failed once.
            return;
        }
    }
    panic!("an extraction has more than {STATEMENTS_MAX} statements");
}

#[test]
fn a_process_that_dies_while_the_model_is_asked_loses_no_fact_and_stores_none_twice() {
    for deaths in [&[1][..], &[2], &[3], &[1, 2], &[1, 3], &[2, 3], &[1, 2, 3]] {
        let mut house = house(deaths);
        house.run();
        finish(&mut house);
        check(&house, &format!("deaths at {deaths:?}"));
        let asked = house.world.asked.borrow().len();
        assert_eq!(asked, 3 + deaths.len(), "each death asks once more");
    }
}

#[test]
fn an_answer_that_outlives_its_lease_changes_nothing() {
    let house = house(&[]);
    let live = house.live();
    live.hurry().unwrap();
    let slow = live.take(house.world.now_ms.get()).unwrap().unwrap();
    // Another process takes the same batch over and finishes it.
    assert!(house.run());
    let before = house.column("SELECT text FROM memories ORDER BY row");
    let late = house.live();
    let sources = ["m".to_owned()];
    let cause = hearken::memory::extraction::apply::Cause {
        sources: &sources,
        origin: hearken::memory::extraction::apply::MemoryOrigin::Extracted,
        said_at_ms: 0,
        now_ms: 0,
    };
    let operation = hearken::memory::extraction::operations::Operation::Add {
        text: "Is late".into(),
        kind: hearken::memory::MemoryKind::Fact,
    };
    let lease = Some((slow.id.as_str(), slow.attempt));
    let applied = late.apply(&[operation], &cause, &[], lease).unwrap();
    assert!(applied.is_none(), "the lease is gone");
    assert_eq!(house.column("SELECT text FROM memories ORDER BY row"), before);
}
