use super::*;
use crate::memory::person::export::ExportLine;
use proptest::prelude::*;

fn sources(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn add(text: &str, kind: Kind) -> Operation {
    Operation::Add {
        text: text.into(),
        kind,
    }
}

fn apply(store: &mut Store, operations: &[Operation], source: &str, now_ms: u64) -> usize {
    let sources = sources(&[source]);
    let cause = Cause {
        sources: &sources,
        origin: Origin::Extracted,
        said_at_ms: now_ms,
        now_ms,
    };
    store.apply(operations, &cause).len()
}

fn texts(store: &Store) -> Vec<&str> {
    store.current().map(|memory| memory.text.as_str()).collect()
}

#[test]
fn an_update_keeps_the_id_and_what_was_said_before() {
    let mut store = Store::default();
    apply(&mut store, &[add("Lives in Paris", Kind::Fact)], "m1", 10);
    let id = store.current().next().unwrap().id.clone();
    apply(
        &mut store,
        &[Operation::Update {
            id: id.clone(),
            text: "Lives in Rome".into(),
            kind: None,
        }],
        "m2",
        20,
    );
    assert_eq!(texts(&store), ["Lives in Rome"]);
    let past = &store.history[0];
    assert_eq!(
        (
            past.text.as_str(),
            past.valid_from_ms,
            past.valid_until_ms,
            past.because
        ),
        ("Lives in Paris", 10, 20, Because::Updated)
    );
    assert_eq!((store.memories[&id].version, store.generation), (2, 2));
    apply(&mut store, &[Operation::Delete { id: id.clone() }], "m3", 30);
    assert!(
        texts(&store).is_empty() && store.history.len() == 2,
        "retracted, not lost"
    );
    assert!(
        store.erase(&id) && store.history.is_empty() && !store.erase(&id),
        "erased by the person"
    );
    assert_eq!(store.generation, 4);
}

#[test]
fn applying_a_batch_again_changes_nothing() {
    let mut store = Store::default();
    let operations = [
        add("Has a cat", Kind::Relationship),
        add("Is called Ada", Kind::Name),
    ];
    apply(&mut store, &operations, "m1", 10);
    let before = store.clone();
    assert_eq!(apply(&mut store, &operations, "m1", 99), 0);
    assert_eq!(store, before);
}

#[test]
fn what_is_known_is_not_added_and_what_differs_is() {
    let mut store = Store::default();
    apply(
        &mut store,
        &[add("Has 2 cats", Kind::Fact), add("has 2 cats.", Kind::Fact)],
        "m1",
        1,
    );
    assert_eq!(
        apply(&mut store, &[add("Has the 2 cats", Kind::Fact)], "m2", 2),
        0
    );
    assert_eq!(store.generation, 1);
    apply(
        &mut store,
        &[add("Has 3 cats", Kind::Fact), add("Has not 2 cats", Kind::Fact)],
        "m3",
        3,
    );
    assert_eq!(store.current().count(), 3);
}

#[test]
fn a_memory_that_becomes_the_name_ends_the_name_there_was() {
    let mut store = Store::default();
    apply(
        &mut store,
        &[add("Is called Bea", Kind::Name), add("Likes figs", Kind::Fact)],
        "m1",
        10,
    );
    let fact = store.current().find(|memory| memory.kind == Kind::Fact).unwrap();
    let update = Operation::Update {
        id: fact.id.clone(),
        text: "Is called Cy".into(),
        kind: Some(Kind::Name),
    };
    apply(&mut store, &[update], "m2", 20);
    assert_eq!(texts(&store), ["Is called Cy"]);
    let before: Vec<&str> = store.history.iter().map(|past| past.text.as_str()).collect();
    assert_eq!(before, ["Likes figs", "Is called Bea"]);
}

#[test]
fn the_profile_has_one_name_and_the_old_one_is_history() {
    let mut store = Store::default();
    apply(&mut store, &[add("Is called Ada", Kind::Name)], "m1", 1);
    apply(
        &mut store,
        &[add("Is called Eve", Kind::Name), add("Is called Zoe", Kind::Name)],
        "m2",
        2,
    );
    assert_eq!(texts(&store), ["Is called Zoe"]);
    assert_eq!(store.history.len(), 2);
}

#[test]
fn what_the_person_erased_does_not_come_back_with_a_late_update() {
    let mut store = Store::default();
    apply(&mut store, &[add("Lives in Paris", Kind::Fact)], "m1", 1);
    let id = store.current().next().unwrap().id.clone();
    store.erase(&id);
    assert_eq!(
        apply(
            &mut store,
            &[Operation::Update {
                id,
                text: "Lives in Rome".into(),
                kind: None
            }],
            "m2",
            2
        ),
        0
    );
    assert!(texts(&store).is_empty());
}

#[test]
fn export_lines_name_their_type_and_come_back() {
    let mut store = Store::default();
    apply(&mut store, &[add("Has a cat", Kind::Fact)], "m1", 1);
    let line = ExportLine::Memory(store.current().next().unwrap().clone());
    let json = serde_json::to_string(&line).unwrap();
    assert!(
        json.starts_with(r#"{"type":"memory","id":"mem_"#) && !json.contains('\n'),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<ExportLine>(&json).unwrap(), line);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn the_generation_grows_exactly_when_a_memory_changes(steps in prop::collection::vec((0u8..4, 0usize..4, 0u8..5), 1..40)) {
        let mut store = Store::default();
        for (now_ms, (op, target, text)) in (1u64..).zip(steps) {
            let before = store.clone();
            let id = store.memories.keys().nth(target).cloned().unwrap_or_default();
            let text = format!("Likes number {text}");
            match op {
                0 => { apply(&mut store, &[add(&text, Kind::Preference)], &now_ms.to_string(), now_ms); }
                1 => { apply(&mut store, &[Operation::Update { id, text, kind: None }], &now_ms.to_string(), now_ms); }
                2 => { apply(&mut store, &[Operation::Delete { id }], &now_ms.to_string(), now_ms); }
                _ => { store.erase(&id); }
            }
            let changed = store.memories != before.memories || store.history != before.history;
            prop_assert_eq!(store.generation, before.generation + u64::from(changed));
            // Every version of every memory there is, now or before, is kept.
            for memory in store.memories.values() {
                let kept = store.history.iter().filter(|past| past.memory == memory.id).count();
                prop_assert_eq!(kept as u32 + 1, memory.version);
            }
        }
    }
}
