//! What operations do to a person's memories, over the real tables.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use hearken::memory::MemoryKind;
use hearken::memory::extraction::apply::{Because, Cause, Memory, MemoryOrigin, Past};
use hearken::memory::extraction::operations::Operation;
use hearken::memory::person::protocol::{Call, OpenAsk, PageAsk, Said};
use hearken::memory::person::schema;
use hearken::memory::person::state::Live;
use hearken::platform::sql::Sql;
use proptest::prelude::*;

#[allow(dead_code)]
#[path = "support/person.rs"]
mod person;

use person::House;

fn live() -> Live {
    House::new(&[]).live()
}

fn add(text: &str, kind: MemoryKind) -> Operation {
    Operation::Add {
        text: text.into(),
        kind,
    }
}

fn update(id: &str, text: &str, kind: Option<MemoryKind>) -> Operation {
    Operation::Update {
        id: id.to_owned(),
        text: text.into(),
        kind,
    }
}

/// How many rows changed.
fn apply(live: &Live, operations: &[Operation], source: &str, now_ms: u64) -> usize {
    let sources = [source.to_owned()];
    let cause = Cause {
        sources: &sources,
        origin: MemoryOrigin::Extracted,
        said_at_ms: now_ms,
        now_ms,
    };
    let changes = live.apply(operations, &cause, &[], None).unwrap();
    changes.unwrap_or_default().len()
}

/// A field of each line of a part of an export.
fn exported(live: &Live, part: u32, field: &str) -> Vec<String> {
    let rows = live.db.export_rows(part, 0, 1_000).unwrap();
    let of = |(_, line): (i64, String)| {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        line[field].as_str().unwrap().to_owned()
    };
    rows.into_iter().map(of).collect()
}

fn memories(live: &Live) -> Vec<Memory> {
    let ids = exported(live, 1, "id").into_iter();
    ids.map(|id| live.db.memory(&id).unwrap().unwrap()).collect()
}

fn current(live: &Live) -> Vec<Memory> {
    let mut all = memories(live);
    all.retain(|memory| memory.valid_until_ms.is_none());
    all
}

fn texts(live: &Live) -> Vec<String> {
    current(live).into_iter().map(|memory| memory.text).collect()
}

fn history(live: &Live) -> Vec<Past> {
    let mut ids = exported(live, 2, "memory");
    ids.dedup();
    ids.iter().flat_map(|id| live.db.history(id).unwrap()).collect()
}

fn generation(live: &Live) -> u64 {
    live.db.generation().unwrap()
}

#[test]
fn an_update_keeps_the_id_and_what_was_said_before() {
    let live = live();
    apply(&live, &[add("Lives in Paris", MemoryKind::Fact)], "m1", 10);
    let id = current(&live)[0].id.clone();
    apply(&live, &[update(&id, "Lives in Rome", None)], "m2", 20);
    assert_eq!(texts(&live), ["Lives in Rome"]);
    let past = &history(&live)[0];
    assert_eq!(
        (
            past.text.as_str(),
            past.valid_from_ms,
            past.valid_until_ms,
            past.because
        ),
        ("Lives in Paris", 10, 20, Because::Updated)
    );
    assert_eq!((current(&live)[0].version, generation(&live)), (2, 2));
    apply(&live, &[Operation::Delete { id: id.clone() }], "m3", 30);
    assert!(
        texts(&live).is_empty() && history(&live).len() == 2,
        "retracted, not lost"
    );
    assert!(
        live.erase_memory(&id, false, 40).unwrap().is_some() && history(&live).is_empty(),
        "erased by the person"
    );
    assert!(live.erase_memory(&id, false, 50).unwrap().is_none());
    assert_eq!(generation(&live), 4);
}

#[test]
fn applying_a_batch_again_changes_nothing() {
    let live = live();
    let operations = [
        add("Has a cat", MemoryKind::Relationship),
        add("Is called Ada", MemoryKind::Name),
    ];
    apply(&live, &operations, "m1", 10);
    let before = (memories(&live), generation(&live));
    assert_eq!(apply(&live, &operations, "m1", 99), 0);
    assert_eq!((memories(&live), generation(&live)), before);
}

#[test]
fn what_is_known_is_not_added_and_what_differs_is() {
    let live = live();
    apply(
        &live,
        &[
            add("Has 2 cats", MemoryKind::Fact),
            add("has 2 cats.", MemoryKind::Fact),
        ],
        "m1",
        1,
    );
    assert_eq!(
        apply(&live, &[add("Has the 2 cats", MemoryKind::Fact)], "m2", 2),
        0
    );
    assert_eq!(generation(&live), 1);
    apply(
        &live,
        &[
            add("Has 3 cats", MemoryKind::Fact),
            add("Has not 2 cats", MemoryKind::Fact),
        ],
        "m3",
        3,
    );
    assert_eq!(texts(&live).len(), 3);
}

#[test]
fn a_memory_that_becomes_the_name_ends_the_name_there_was() {
    let live = live();
    apply(
        &live,
        &[
            add("Is called Bea", MemoryKind::Name),
            add("Likes figs", MemoryKind::Fact),
        ],
        "m1",
        10,
    );
    let fact = current(&live)
        .into_iter()
        .find(|memory| memory.kind == MemoryKind::Fact)
        .unwrap();
    apply(
        &live,
        &[update(&fact.id, "Is called Cy", Some(MemoryKind::Name))],
        "m2",
        20,
    );
    assert_eq!(texts(&live), ["Is called Cy"]);
    let mut before: Vec<String> = history(&live).into_iter().map(|past| past.text).collect();
    before.sort();
    assert_eq!(before, ["Is called Bea", "Likes figs"]);
}

#[test]
fn the_profile_has_one_name_and_the_old_one_is_history() {
    let live = live();
    apply(&live, &[add("Is called Ada", MemoryKind::Name)], "m1", 1);
    apply(
        &live,
        &[
            add("Is called Eve", MemoryKind::Name),
            add("Is called Zoe", MemoryKind::Name),
        ],
        "m2",
        2,
    );
    assert_eq!(texts(&live), ["Is called Zoe"]);
    assert_eq!(history(&live).len(), 2);
}

#[test]
fn what_the_person_erased_does_not_come_back_with_a_late_update() {
    let live = live();
    apply(&live, &[add("Lives in Paris", MemoryKind::Fact)], "m1", 1);
    let id = current(&live)[0].id.clone();
    live.erase_memory(&id, false, 2).unwrap();
    assert_eq!(apply(&live, &[update(&id, "Lives in Rome", None)], "m2", 3), 0);
    assert!(texts(&live).is_empty());
}

#[test]
fn export_lines_name_their_type_and_hold_all_that_is_known() {
    let live = live();
    apply(&live, &[add("Has a cat", MemoryKind::Fact)], "m1", 1);
    let (_, json) = live.db.export_rows(1, 0, 1).unwrap().remove(0);
    assert!(
        json.starts_with(r#"{"type":"memory","id":"mem_"#) && !json.contains('\n'),
        "{json}"
    );
    let mut read: serde_json::Value = serde_json::from_str(&json).unwrap();
    let memory = current(&live)[0].clone();
    assert_eq!(
        read.as_object_mut().unwrap().remove("id").unwrap(),
        memory.id.as_str()
    );
    assert_eq!(
        read,
        serde_json::json!({
            "type": "memory", "text": "Has a cat", "kind": "fact", "importance": 0.5, "sources": ["m1"], "origin": "extracted",
            "version": 1, "created_at_ms": 1, "updated_at_ms": 1, "valid_from_ms": 1, "valid_until_ms": null,
        })
    );
}

#[test]
fn an_older_object_opens_with_all_it_knew() {
    let house = House::new(&[]);
    let disk = &house.world.disk;
    // As the second version of the schema left it, points at an index outside the object and all.
    for migration in schema::MIGRATIONS.iter().take(2) {
        for statement in schema::statements(migration) {
            disk.run(statement, vec![]).unwrap();
        }
    }
    for statement in [
        "INSERT INTO meta VALUES ('schema_version', '2'), ('generation', '7'), ('epoch', 'e'), ('cache_key', 'k')",
        "INSERT INTO memories VALUES (1, 'mem_1', 'Has a parrot called Coco', 'fact', 0.5, '[]', 'given', 1, 1, 1, 1, NULL)",
        "INSERT INTO memories_fts (rowid, body) VALUES (1, 'has a parrot called coco')",
        "INSERT INTO indexed VALUES ('point', 'mem_1', 1, 'qdrant:memories/m', 5, '')",
    ] {
        disk.run(statement, vec![]).unwrap();
    }
    let ask = OpenAsk {
        query: Some("a parrot".into()),
        limit: 5,
        ..OpenAsk::default()
    };
    let opened = house.call(&Call::Open(ask)).unwrap();
    assert_eq!(
        opened["found"]["items"][0]["text"], "Has a parrot called Coco",
        "{opened}"
    );
    assert_eq!(opened["stamp"]["generation"], 7);
    let version = house.column("SELECT value FROM meta WHERE key = 'schema_version'");
    assert_eq!(version, [schema::MIGRATIONS.len().to_string()]);
    assert!(
        house
            .column("SELECT name FROM sqlite_schema WHERE name LIKE 'indexed%'")
            .is_empty()
    );
}

#[test]
fn a_turn_that_is_opened_ahead_leaves_nothing() {
    let house = House::new(&[]);
    let ask = |content: &str, is_ahead: bool| OpenAsk {
        conversation: Some("c".into()),
        said: vec![Said {
            role: "user".into(),
            content: content.into(),
        }],
        is_ahead,
        remember: !is_ahead,
        recall: true,
        limit: 5,
        ..OpenAsk::default()
    };
    let everything = || house.column("SELECT group_concat(content, '|') FROM messages");
    let empty = house.call(&Call::Open(ask("I moved to", true))).unwrap();
    assert_eq!(
        (&empty["turn"], everything()),
        (&serde_json::Value::Null, vec![String::new()])
    );
    assert!(house.column("SELECT id FROM conversations").is_empty());
    house.call(&Call::Open(ask("Hello", false))).unwrap();
    let before = everything();
    let ahead = house.call(&Call::Open(ask("I moved to Lima", true))).unwrap();
    assert_eq!(
        ahead["conversation"]["history"].as_array().unwrap().len(),
        1,
        "{ahead}"
    );
    assert_eq!(everything(), before);
    let kept = house.call(&Call::Open(ask("I moved to Lima.", false))).unwrap();
    assert!(kept["turn"].is_string());
    assert_eq!(everything(), ["Hello|I moved to Lima."]);
}

#[test]
fn who_is_erased_is_somebody_new_afterwards() {
    let house = House::new(&[]);
    let said = |content: &str| OpenAsk {
        conversation: Some("c".into()),
        said: vec![Said {
            role: "user".into(),
            content: content.into(),
        }],
        remember: true,
        recall: true,
        limit: 5,
        ..OpenAsk::default()
    };
    let before = house.call(&Call::Open(said("I moved to Lima"))).unwrap();
    house.call(&Call::Erase).unwrap();
    let after = house.call(&Call::Open(said("Hello"))).unwrap();
    assert_ne!(before["stamp"]["epoch"], after["stamp"]["epoch"]);
    assert_ne!(before["stamp"]["cache_key"], after["stamp"]["cache_key"]);
    assert_eq!(after["conversation"]["history"].as_array().unwrap().len(), 0);
    let page = PageAsk {
        limit: 10,
        after: None,
        ..PageAsk::default()
    };
    assert!(house.call(&Call::List(page)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_generation_grows_exactly_when_a_memory_changes(steps in prop::collection::vec((0u8..4, 0usize..4, 0u8..5), 1..25)) {
        let live = live();
        for (now_ms, (op, target, text)) in (1u64..).zip(steps) {
            let before = (memories(&live), history(&live), generation(&live));
            let id = before.0.get(target).map(|memory| memory.id.clone()).unwrap_or_default();
            let text = format!("Likes number {text}");
            let source = now_ms.to_string();
            match op {
                0 => { apply(&live, &[add(&text, MemoryKind::Preference)], &source, now_ms); }
                1 => { apply(&live, &[update(&id, &text, None)], &source, now_ms); }
                2 => { apply(&live, &[Operation::Delete { id }], &source, now_ms); }
                _ => { live.erase_memory(&id, false, now_ms).unwrap(); }
            }
            let (all, past) = (memories(&live), history(&live));
            let changed = all != before.0 || past != before.1;
            prop_assert_eq!(generation(&live), before.2 + u64::from(changed));
            // Every version of every memory there is, now or before, is kept; the words of current ones are indexed.
            for memory in &all {
                let kept = past.iter().filter(|past| past.memory == memory.id).count();
                prop_assert_eq!(kept as u32 + 1, memory.version);
            }
        }
    }
}
