//! `replay breaker`, line by line as documented.

use serde_json::{Value, json};

use super::breaker::handler;

/// Runs lines through a fresh door.
fn replay(lines: &[Value]) -> Vec<Result<Value, String>> {
    let mut handle = handler();
    lines.iter().map(&mut handle).collect()
}

fn answers(lines: &[Value]) -> Vec<Value> {
    replay(lines).into_iter().map(|answer| answer.unwrap()).collect()
}

fn at(at_ms: u64, event: &str) -> Value {
    json!({ "at_ms": at_ms, "event": event })
}

#[test]
fn documented_example_holds_literally() {
    let lines = [
        r#"{"breaker_strategy":"consecutive_adaptive","breaker_threshold":3}"#,
        r#"{"at_ms":0,"event":"fail"}"#,
        r#"{"at_ms":0,"event":"fail"}"#,
        r#"{"at_ms":0,"event":"fail"}"#,
        r#"{"at_ms":4999,"event":"acquire"}"#,
        r#"{"at_ms":5000,"event":"acquire"}"#,
        r#"{"at_ms":5010,"event":"acquire"}"#,
        r#"{"at_ms":5020,"event":"fail","lease":1}"#,
        r#"{"at_ms":15019,"event":"acquire"}"#,
        r#"{"at_ms":15020,"event":"acquire"}"#,
    ];
    let expected = [
        r#"{"state":"closed","threshold":3}"#,
        r#"{"state":"closed","threshold":3,"success_rate":0.0}"#,
        r#"{"state":"closed","threshold":3,"success_rate":0.0}"#,
        r#"{"state":"open","threshold":3,"success_rate":0.0}"#,
        r#"{"state":"open","granted":false,"retry_after_ms":1,"threshold":3,"success_rate":0.0}"#,
        r#"{"state":"half_open","granted":true,"lease":1,"threshold":3,"success_rate":0.0}"#,
        r#"{"state":"half_open","granted":false,"retry_after_ms":29990,"threshold":3,"success_rate":0.0}"#,
        r#"{"state":"open","threshold":3,"success_rate":0.0}"#,
        r#"{"state":"open","granted":false,"retry_after_ms":1,"threshold":3,"success_rate":0.0}"#,
        r#"{"state":"half_open","granted":true,"lease":2,"threshold":3,"success_rate":0.0}"#,
    ];
    let parsed = |text: &&str| serde_json::from_str::<Value>(text).unwrap();
    let lines: Vec<_> = lines.iter().map(parsed).collect();
    assert_eq!(answers(&lines), expected.iter().map(parsed).collect::<Vec<_>>());
}

#[test]
fn a_configuration_starts_afresh_and_leases_count_from_it() {
    let config =
        json!({"breaker_strategy":"consecutive_adaptive","breaker_threshold":1,"breaker_threshold_min":1});
    let run = [
        at(9_000, "fail"),
        at(14_000, "acquire"),
        config.clone(),
        at(0, "fail"),
        at(5_000, "acquire"),
    ];
    let given = answers(&[&[config][..], &run].concat());
    assert_eq!(given[2]["lease"], 1);
    assert_eq!(given[3], json!({"state":"closed","threshold":1}));
    assert_eq!(given[5]["lease"], 1);
}

#[test]
fn an_empty_line_of_configuration_means_the_defaults() {
    assert_eq!(answers(&[json!({})]), [json!({"state":"closed","threshold":4})]);
}

#[test]
fn adjusted_says_from_to_and_reason_and_nothing_more() {
    let mut lines = vec![json!({"breaker_strategy":"consecutive_adaptive"})];
    lines.extend((0..20).map(|i| at(i, "ok")));
    let given = answers(&lines);
    assert_eq!(
        given[19],
        json!({"state":"closed","threshold":5,"success_rate":1.0})
    );
    let adjusted = json!({"from":5,"to":6,"reason":"success_rate_above"});
    assert_eq!(
        given[20],
        json!({"state":"closed","threshold":6,"success_rate":1.0,"adjusted":adjusted})
    );
}

#[test]
fn refused_lines_change_nothing_not_even_the_time() {
    let config = json!({"breaker_strategy":"consecutive_adaptive","breaker_threshold":3});
    let refused = [
        json!({"at_ms": 1.5, "event": "fail"}),
        json!({"at_ms": -1, "event": "fail"}),
        json!({"at_ms": "7", "event": "fail"}),
        json!({"at_ms": 1e30, "event": "fail"}),
        json!({"event": "fail"}),
        json!({"at_ms": 900_000, "event": "explode"}),
        json!({"at_ms": 900_000, "event": null}),
        json!({"at_ms": 900_000, "event": 7}),
        json!({"at_ms": 900_000, "event": "fail", "lease": "1"}),
        json!({"at_ms": 900_000, "event": "throttled", "retry_after_ms": -5}),
    ];
    let mut lines = vec![config, at(1_000, "fail"), at(1_000, "fail")];
    lines.extend(refused.iter().cloned());
    lines.extend([at(1_000, "fail"), at(1_000, "acquire")]);
    let given = replay(&lines);
    for answer in &given[3..3 + refused.len()] {
        assert!(answer.is_err(), "{answer:?}");
    }
    assert_eq!(given.last().unwrap().as_ref().unwrap()["retry_after_ms"], 5_000);
}

#[test]
fn whole_numbers_may_be_written_with_a_point_or_an_exponent() {
    let given = answers(&[
        json!({"breaker_open_ms": 5000.0}),
        json!({"at_ms": 1e3, "event": "throttled", "retry_after_ms": 2000.0}),
        json!({"at_ms": 1500.0, "event": "acquire", "lease": null}),
    ]);
    assert_eq!(given[2]["retry_after_ms"], 1_500);
}

#[test]
fn after_a_refused_configuration_every_event_is_an_error_until_a_good_one() {
    let bad = json!({"breaker_threshold": 0});
    let given = replay(&[
        at(0, "ok"),
        json!({}),
        at(0, "ok"),
        bad,
        at(0, "ok"),
        json!({}),
        at(0, "ok"),
    ]);
    let good: Vec<_> = given.iter().map(Result::is_ok).collect();
    assert_eq!(good, [false, true, true, false, false, true, true]);
    let message = given[3].as_ref().unwrap_err();
    assert!(
        message.contains("BREAKER_THRESHOLD") && message.contains("breaker_threshold"),
        "{message}"
    );
}

#[test]
fn shadow_answers_as_documented() {
    let given = answers(&[
        json!({"breaker_strategy":"consecutive_adaptive","breaker_threshold":3,"breaker_enforce":"shadow"}),
        at(0, "fail"),
        at(0, "fail"),
        at(0, "fail"),
        at(1, "acquire"),
        at(5_000, "acquire"),
        at(5_000, "acquire"),
        at(5_000, "force_open"),
        at(5_000, "acquire"),
    ]);
    let keep = |i: usize| {
        (
            given[i]["state"].clone(),
            given[i]["granted"].clone(),
            given[i].get("lease").cloned(),
        )
    };
    assert_eq!(keep(4), (json!("open"), json!(true), None));
    assert_eq!(keep(5), (json!("half_open"), json!(true), Some(json!(1))));
    assert_eq!(keep(6), (json!("half_open"), json!(true), None));
    assert_eq!(keep(8), (json!("forced_open"), json!(false), None));
    assert_eq!(given[8].get("retry_after_ms"), None);
}

#[test]
fn jitter_when_asked_for_stays_within_a_fifth() {
    for round in 0..20 {
        let mut lines = vec![json!({"breaker_open_jitter":"on"})];
        lines.extend((0..4 + round).map(|_| at(0, "fail")));
        lines.push(at(0, "acquire"));
        let given = answers(&lines);
        let wait = given.last().unwrap()["retry_after_ms"].as_u64().unwrap();
        assert!((5_000..=6_000).contains(&wait), "{wait}");
    }
}
