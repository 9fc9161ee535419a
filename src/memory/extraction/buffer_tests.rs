use super::*;
use crate::wire::json;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const LIMITS: BatchLimits = BatchLimits {
    batch_messages: 3,
    batch_bytes: 1_000,
    idle_ms: 60_000,
    lease_ms: 30_000,
};

fn message(id: &str, text: &str) -> Pending {
    Pending {
        seq: 0,
        message: id.into(),
        conversation: "c".into(),
        text: text.into(),
        previous_assistant: None,
        at_ms: 0,
        timezone: None,
        malformed: 0,
        parked: false,
    }
}

fn filled(ids: &[&str]) -> Buffer {
    let mut buffer = Buffer::default();
    for id in ids {
        assert!(buffer.append(message(id, "text"), false, 0));
    }
    buffer
}

fn ids(batch: &Batch) -> Vec<&str> {
    batch
        .messages
        .iter()
        .map(|message| message.message.as_str())
        .collect()
}

#[test]
fn count_bytes_idle_urgency_end_and_flush_make_a_batch_due() {
    assert_eq!(filled(&[]).due(0, &LIMITS), Due::Idle);
    assert_eq!(filled(&["a", "b"]).due(10, &LIMITS), Due::At(60_000));
    assert_eq!(
        filled(&["a", "b"]).due(60_000, &LIMITS),
        Due::Now(DueReason::Idle)
    );
    assert_eq!(
        filled(&["a", "b", "c"]).due(0, &LIMITS),
        Due::Now(DueReason::Count)
    );
    let mut large = filled(&["a"]);
    large.append(message("b", &"x".repeat(1_000)), false, 0);
    assert_eq!(large.due(0, &LIMITS), Due::Now(DueReason::Bytes));
    let mut urgent = filled(&["a"]);
    urgent.append(message("b", "remember"), true, 0);
    assert_eq!(urgent.due(0, &LIMITS), Due::At(URGENT_GATHER_MS));
    assert_eq!(urgent.due(URGENT_GATHER_MS, &LIMITS), Due::Now(DueReason::Urgent));
    let mut ended = filled(&["a"]);
    ended.end();
    assert_eq!(ended.due(0, &LIMITS), Due::Now(DueReason::Ended));
    let mut empty = filled(&[]);
    empty.flush();
    assert_eq!(empty.due(0, &LIMITS), Due::Idle);
}

#[test]
fn a_flush_goes_on_until_all_that_waited_is_gone() {
    let mut buffer = filled(&["a", "b", "c", "d"]);
    buffer.flush();
    let first = buffer.take(0, &LIMITS).unwrap();
    buffer.append(message("e", "later"), false, 0);
    buffer.ack(&first.id, first.attempt).unwrap();
    let second = buffer.take(0, &LIMITS).unwrap();
    assert_eq!((ids(&first), ids(&second)), (vec!["a", "b", "c"], vec!["d", "e"]));
    buffer.ack(&second.id, second.attempt).unwrap();
    assert_eq!(buffer.due(0, &LIMITS), Due::Idle);
}

#[test]
fn an_outage_keeps_the_order_and_backs_off_up_to_an_hour() {
    let mut buffer = filled(&["a", "b", "c"]);
    let (mut now_ms, mut delays) = (0, Vec::new());
    for _ in 0..14 {
        let batch = buffer.take(now_ms, &LIMITS).unwrap();
        assert_eq!(ids(&batch), ["a", "b", "c"]);
        buffer
            .fail(&batch.id, batch.attempt, ExtractionFailure::Unavailable, now_ms)
            .unwrap();
        let Due::At(at_ms) = buffer.due(now_ms, &LIMITS) else {
            panic!("must wait")
        };
        delays.push(at_ms - now_ms);
        now_ms = at_ms;
    }
    assert_eq!(delays[..3], [5_000, 10_000, 20_000]);
    assert_eq!(*delays.last().unwrap(), RETRY_MAX_MS);
    buffer
        .fail("x", 1, ExtractionFailure::Unavailable, 0)
        .unwrap_err();
    buffer.flush();
    assert_eq!(
        buffer.due(now_ms, &LIMITS),
        Due::Now(DueReason::Flush),
        "asking again does not wait"
    );
}

#[test]
fn what_a_model_cannot_digest_is_isolated_parked_and_tried_again_on_a_flush() {
    let mut buffer = filled(&["a", "poison", "b", "c"]);
    let (mut now_ms, mut done) = (0, Vec::new());
    for _ in 0..40 {
        now_ms += RETRY_MAX_MS;
        let Some(batch) = buffer.take(now_ms, &LIMITS) else {
            break;
        };
        if ids(&batch).contains(&"poison") {
            buffer
                .fail(&batch.id, batch.attempt, ExtractionFailure::Malformed, now_ms)
                .unwrap();
        } else {
            let gone = buffer.ack(&batch.id, batch.attempt).unwrap();
            done.extend(gone.into_iter().map(|message| message.message));
        }
    }
    assert_eq!(done, ["a", "b", "c"]);
    assert_eq!(buffer.waiting().count(), 1);
    assert_eq!(buffer.due(now_ms, &LIMITS), Due::Idle);
    buffer.flush();
    assert_eq!(ids(&buffer.take(now_ms, &LIMITS).unwrap()), ["poison"]);
}

#[test]
fn what_is_more_than_may_wait_is_given_up_what_was_set_aside_first() {
    let large = "x".repeat(WAITING_BYTES_MAX / 4);
    let mut buffer = Buffer::default();
    for id in ["a", "b", "c", "d"] {
        buffer.append(message(id, &large), false, 0);
        assert_eq!(buffer.make_room(), 0);
    }
    for waiting in &mut buffer.pending {
        waiting.parked = waiting.message == "c";
    }
    let leased = buffer.take(LIMITS.idle_ms, &LIMITS).unwrap();
    for (id, left, is_leased) in [("e", "abde", true), ("f", "bdef", false)] {
        buffer.append(message(id, &large), false, 0);
        assert_eq!(buffer.make_room(), 1);
        let waits: String = buffer.waiting().map(|one| one.message.as_str()).collect();
        assert_eq!((waits.as_str(), buffer.lease().is_some()), (left, is_leased));
    }
    // Whose message was given up may answer no more.
    assert_eq!(buffer.ack(&leased.id, leased.attempt), Err(Stale));
}

#[test]
fn a_late_answer_to_a_lost_lease_is_refused() {
    let mut buffer = filled(&["a", "b", "c"]);
    let lost = buffer.take(0, &LIMITS).unwrap();
    assert_eq!(buffer.take(1, &LIMITS), None, "one lease at a time");
    let again = buffer.take(LIMITS.lease_ms, &LIMITS).unwrap();
    assert_eq!((lost.id.as_str(), again.attempt), (again.id.as_str(), 2));
    assert_eq!(buffer.ack(&lost.id, lost.attempt), Err(Stale));
    assert_eq!(buffer.ack(&again.id, again.attempt).unwrap().len(), 3);
    assert_eq!(buffer.ack(&again.id, again.attempt), Err(Stale));
}

#[test]
fn forgetting_a_message_voids_the_lease_that_holds_it() {
    let mut buffer = filled(&["a", "b", "c"]);
    let batch = buffer.take(0, &LIMITS).unwrap();
    buffer.forget(|message| message.message == "b");
    assert_eq!(
        buffer.ack(&batch.id, batch.attempt),
        Err(Stale),
        "what it said must not come back"
    );
    assert_eq!(buffer.waiting().count(), 2);
}

#[test]
fn a_buffer_comes_back_from_its_rows_and_its_state() {
    let mut buffer = filled(&["a", "b", "c", "d"]);
    buffer.flush();
    buffer.take(0, &LIMITS).unwrap();
    let state = json::text(&buffer.state());
    assert!(!state.contains("\"text\""), "rows are not kept twice: {state}");
    let rows = buffer.waiting().cloned().collect();
    assert_eq!(Buffer::load(json::read(&state).unwrap(), rows), buffer);
}

/// One thing that may happen to the object.
#[derive(Clone, Debug)]
enum Step {
    Say(u8, bool),
    Wait(u32),
    Call,
    Answer,
    LateAnswer,
    Outage,
    Garbage,
    Crash,
    Flush,
    End,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u8..40, any::<bool>()).prop_map(|(id, urgent)| Step::Say(id, urgent)),
        2 => (0u32..100_000).prop_map(Step::Wait),
        4 => Just(Step::Call),
        3 => Just(Step::Answer),
        1 => Just(Step::LateAnswer),
        1 => Just(Step::Outage),
        1 => Just(Step::Garbage),
        2 => Just(Step::Crash),
        1 => Just(Step::Flush),
        1 => Just(Step::End),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// The disk holds the buffer, the message ids and what was applied; each step is one transaction or a crash.
    #[test]
    fn crashes_and_outages_anywhere_lose_nothing_and_apply_nothing_twice(steps in prop::collection::vec(step(), 1..120)) {
        let mut disk = String::from(r#"{"pending":[],"lease":null,"next_seq":0,"attempts":0,"through":null,"failures":0,"retry_at_ms":0,"appended_at_ms":0}"#);
        let mut known = BTreeSet::new();
        let mut applied: BTreeMap<String, u32> = BTreeMap::new();
        let mut calls: Vec<(String, u64)> = Vec::new();
        let mut now_ms = 0;
        let mut memory: Buffer = json::read(&disk).unwrap();
        for step in steps {
            match step {
                Step::Say(id, urgent) => {
                    let id = id.to_string();
                    if known.insert(id.clone()) {
                        prop_assert!(memory.append(message(&id, "t"), urgent, now_ms));
                    }
                }
                Step::Wait(ms) => now_ms += u64::from(ms),
                Step::Call => {
                    if let Some(batch) = memory.take(now_ms, &LIMITS) {
                        calls.push((batch.id, batch.attempt));
                    }
                }
                Step::Answer | Step::LateAnswer => {
                    let call = if matches!(step, Step::Answer) { calls.last() } else { calls.first() };
                    if let Some((id, attempt)) = call
                        && let Ok(gone) = memory.ack(id, *attempt)
                    {
                        for message in gone {
                            *applied.entry(message.message).or_default() += 1;
                        }
                    }
                }
                Step::Outage | Step::Garbage => {
                    let failure = if matches!(step, Step::Outage) { ExtractionFailure::Unavailable } else { ExtractionFailure::Malformed };
                    if let Some((id, attempt)) = calls.last() {
                        let _ = memory.fail(id, *attempt, failure, now_ms);
                    }
                }
                Step::Crash => memory = json::read::<Buffer>(&disk).unwrap().recover(),
                Step::Flush => memory.flush(),
                Step::End => memory.end(),
            }
            disk = json::text(&memory);
            let waiting = memory.waiting().count();
            prop_assert_eq!(waiting + applied.len(), known.len(), "lost or doubled");
        }
        // The provider comes back: everything is extracted, once.
        memory = memory.recover();
        memory.flush();
        for _ in 0..200 {
            let Some(batch) = memory.take(now_ms, &LIMITS) else { break };
            for message in memory.ack(&batch.id, batch.attempt).unwrap() {
                *applied.entry(message.message).or_default() += 1;
            }
        }
        prop_assert_eq!(applied.len(), known.len());
        prop_assert!(applied.values().all(|times| *times == 1));
    }
}
