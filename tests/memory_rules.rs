//! The remember and recall rules against labelled turns written by hand (`tests/fixtures/memory/`).

#![allow(clippy::unwrap_used)]

use hearken::config::memory::RULES;
use hearken::memory::recall::{self, decide::Search};
use hearken::memory::salience::decide::{When, decide};
use hearken::memory::salience::rules::Rules;
use serde_json::Value;

/// Text and what the companion said before it.
fn rows(file: &str) -> Vec<(String, Option<String>)> {
    let path = format!("{}/tests/fixtures/memory/{file}", env!("CARGO_MANIFEST_DIR"));
    let field = |line: &Value, name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|line| (field(&line, "text").unwrap(), field(&line, "previous_assistant")))
        .collect()
}

/// Rows of a file whose outcome is not one of `wanted`.
fn wrong(file: &str, wanted: &[When]) -> (Vec<String>, usize) {
    let rows = rows(file);
    let total = rows.len();
    let mut wrong = Vec::new();
    for (text, previous) in rows {
        let made = decide(&text, previous.as_deref(), &Rules::default());
        if !wanted.contains(&made.decision) {
            wrong.push(format!("{text:?} after {previous:?}: {made:?}"));
        }
    }
    (wrong, total)
}

#[test]
fn no_labelled_fact_is_skipped() {
    let (lost, total) = wrong("facts.jsonl", &[When::Now, When::Defer]);
    assert!(
        total >= 200 && lost.is_empty(),
        "{} of {total} lost:\n{}",
        lost.len(),
        lost.join("\n")
    );
}

#[test]
fn every_labelled_trivial_turn_is_skipped() {
    let (kept, total) = wrong("trivial.jsonl", &[When::Skip]);
    assert!(
        total >= 150 && kept.is_empty(),
        "{} of {total} kept:\n{}",
        kept.len(),
        kept.join("\n")
    );
}

#[test]
fn requests_corrections_safety_and_health_are_extracted_now() {
    let (late, total) = wrong("now.jsonl", &[When::Now]);
    assert!(
        total >= 60 && late.is_empty(),
        "{} of {total} late:\n{}",
        late.len(),
        late.join("\n")
    );
}

#[test]
fn what_is_not_to_be_kept_never_is_whatever_else_it_says() {
    let (kept, total) = wrong("never.jsonl", &[When::Skip]);
    assert!(total >= 10 && kept.is_empty(), "{}", kept.join("\n"));
    let off = Rules::without(RULES.into_iter());
    for (text, previous) in rows("never.jsonl") {
        let made = decide(&text, previous.as_deref(), &off);
        assert_eq!(made.rule.as_str(), "do_not_store", "{text}");
    }
}

#[test]
fn reminiscing_is_not_a_request_to_remember() {
    let (eager, total) = wrong("not_now.jsonl", &[When::Defer]);
    assert!(total >= 10 && eager.is_empty(), "{}", eager.join("\n"));
}

#[test]
fn every_labelled_fact_is_searched_for_and_most_trivial_turns_are_not() {
    let search = |(text, previous): &(String, Option<String>)| {
        recall::decide::decide(text, previous.as_deref(), &Rules::default()).decision == Search::Search
    };
    let missed: Vec<_> = rows("facts.jsonl")
        .into_iter()
        .filter(|row| !search(row))
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    let trivial = rows("trivial.jsonl");
    let searched: Vec<_> = trivial.iter().filter(|row| search(row)).collect();
    assert!(
        searched.len() * 20 < trivial.len(),
        "only the ones that ask to go on: {searched:?}"
    );
}

#[test]
fn a_small_turn_around_a_fact_never_hides_it() {
    for (fact, _) in rows("facts.jsonl").iter().filter(|(fact, previous)| {
        previous.is_none() && fact.len() > 6 && !["my friend", "handsome"].contains(&fact.as_str())
    }) {
        for (small, _) in rows("trivial.jsonl").iter().step_by(23) {
            for text in [
                format!("{small} {fact}"),
                format!("{fact}. {small}"),
                format!("{small}\n{fact}"),
            ] {
                let made = decide(&text, None, &Rules::default());
                assert_ne!(made.decision, When::Skip, "{text}");
            }
        }
    }
}

#[test]
fn every_rule_can_be_switched_off_and_its_turns_are_then_deferred() {
    let examples = [
        ("remember_request", "remember that my desk is green"),
        ("forget_request", "forget what I said"),
        ("safety", "I want to die"),
        ("health", "I'm allergic to nuts"),
        ("name", "my name is Ada"),
        ("correction", "Actually, I live in Bern"),
        ("empty", "..."),
        ("farewell", "bye"),
        ("greeting", "hi"),
        ("thanks", "thanks"),
        ("phatic", "how are you?"),
        ("continuer", "go on"),
        ("backchannel", "cool"),
        ("assent", "yeah"),
        ("laughter", "lol"),
        ("emoji", "😊"),
    ];
    assert_eq!(
        examples.map(|(name, _)| name),
        RULES,
        "there is an example for each"
    );
    for (name, text) in examples {
        let on = decide(text, None, &Rules::default());
        assert_eq!(on.rule.as_str(), name, "{text}");
        assert_ne!(on.decision, When::Defer, "{text}");
        let off = decide(text, None, &Rules::without([name].into_iter()));
        assert_eq!(off.decision, When::Defer, "{text} without {name}");
    }
}

#[test]
fn what_is_done_to_a_body_is_remembered_at_once_in_every_language_of_care() {
    let folder = format!("{}/tests/fixtures/care", env!("CARGO_MANIFEST_DIR"));
    let mut languages = std::collections::BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.splitn(3, '|').collect();
            if ["act", "emergency"].contains(&fields[1]) {
                let made = decide(fields[2], None, &Rules::default());
                assert_eq!(made.decision, When::Now, "{line}");
                languages.insert(fields[0].to_owned());
            }
        }
    }
    assert!(languages.len() >= 15, "{languages:?}");
}
