//! Claims on what clients ask of a session while something is under way.

use serde_json::{Value, json};

use crate::realtime::ahead::tests::{Run, replying, server, sound};
use crate::realtime::dialogue::Happened;
use crate::realtime::item::text;
use crate::realtime::wire::Effect;
use crate::wire::base64::STANDARD;

/// The latest event of a type.
fn event(run: &Run, kind: &str) -> Value {
    let mut effects = run.effects.iter().rev();
    let event = effects.find_map(|effect| match effect {
        Effect::Send(frame) => {
            let event: Value = serde_json::from_str(frame).unwrap();
            (text(&event, "type") == kind).then_some(event)
        }
        _ => None,
    });
    event.unwrap_or_default()
}

#[test]
fn a_response_that_waits_for_words_is_cancelled_as_any_other() {
    let mut run = server();
    run.dialogue.speculates = false;
    run.say(600);
    run.silence(600);
    assert_eq!(
        (run.count("input_audio_buffer.committed"), run.count("BEGIN")),
        (1, 0)
    );
    run.client(json!({"type": "response.cancel"}));
    let done = event(&run, "response.done");
    assert_eq!(
        done["response"]["status_details"],
        json!({"type": "cancelled", "reason": "client_cancelled"})
    );
    run.answer("What a day.");
    assert_eq!(
        (
            run.count("BEGIN"),
            run.count("response.created"),
            run.count("error")
        ),
        (0, 1, 0)
    );
    run.client(json!({"type": "response.create"}));
    assert!(run.begun()[0].body.contains("What a day."), "what was said stays");
}

#[test]
fn a_change_of_the_session_in_the_middle_of_a_turn_loses_nothing_of_it() {
    for input in [
        json!({"turn_detection": {"type": "semantic_vad"}}),
        json!({"turn_detection": {"type": "server_vad", "silence_duration_ms": 900}}),
        json!({"noise_reduction": {"type": "near_field"}}),
    ] {
        let mut run = server();
        run.silence(400);
        run.say(600);
        let update = json!({"type": "realtime", "audio": {"input": input}});
        run.client(json!({"type": "session.update", "session": update}));
        run.say(400);
        run.silence(1_200);
        for name in ["speech_started", "speech_stopped", "committed"] {
            assert_eq!(run.count(&format!("input_audio_buffer.{name}")), 1, "{input}");
        }
        let started_ms = event(&run, "input_audio_buffer.speech_started")["audio_start_ms"].as_u64();
        let stopped_ms = event(&run, "input_audio_buffer.speech_stopped")["audio_end_ms"].as_u64();
        assert!(started_ms < Some(200) && stopped_ms > Some(1_800), "{input}");
    }
}

#[test]
fn sound_in_another_format_goes_on_with_the_turn() {
    let mut run = server();
    run.silence(400);
    run.say(600);
    let update = json!({"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcmu"}}}});
    run.client(json!({"type": "session.update", "session": update}));
    // A second of digital silence.
    run.client(json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode(vec![0xff; 8_000])}));
    assert_eq!(run.count("input_audio_buffer.speech_stopped"), 1);
}

#[test]
fn what_cannot_be_truncated_leaves_the_reply_alone() {
    let mut run = replying(None);
    let id = event(&run, "response.output_item.added")["item"]["id"].clone();
    let truncate = |ms: u64| json!({"type": "conversation.item.truncate", "item_id": id, "content_index": 0, "audio_end_ms": ms});
    run.client(truncate(99_000));
    assert_eq!(
        text(&event(&run, "error")["error"], "message"),
        "Audio content of 3000 ms is already shorter than 99000 ms"
    );
    assert_eq!(run.count("response.done"), 0);
    run.client(truncate(1_000));
    assert_eq!(
        (
            run.count("response.done"),
            run.count("conversation.item.truncated")
        ),
        (1, 1)
    );
}

#[test]
fn a_turn_that_never_falls_silent_ends_before_there_is_too_much_of_it() {
    let mut run = server();
    run.dialogue.speculates = false;
    run.say(400);
    let second: Vec<u8> = sound(1_000, 8_000.0)
        .into_iter()
        .flat_map(i16::to_le_bytes)
        .collect();
    let append = json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode(&second)});
    for _ in 0..310 {
        run.now_ms += 1_000;
        run.client(append.clone());
    }
    assert_eq!(run.count("error"), 0);
    assert_eq!(
        (
            run.count("input_audio_buffer.speech_started"),
            run.count("input_audio_buffer.committed")
        ),
        (2, 1)
    );
}

#[test]
fn a_voice_that_is_an_object_is_told_by_its_id() {
    let mut run = server();
    run.client(
        json!({"type": "response.create", "response": {"audio": {"output": {"voice": {"id": "v2"}}}}}),
    );
    let created = event(&run, "response.created");
    assert_eq!(created["response"]["audio"]["output"]["voice"], "v2");
}

#[test]
fn a_field_of_another_type_is_named_and_not_taken_for_one_that_is_left_out() {
    let mut run = replying(None);
    let item = event(&run, "response.output_item.added")["item"]["id"].clone();
    let said =
        json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Yes."}]});
    for (wrong, param) in [
        (
            json!({"type": "response.cancel", "response_id": 7}),
            "response_id",
        ),
        (
            json!({"type": "conversation.item.create", "previous_item_id": 7, "item": said}),
            "previous_item_id",
        ),
        (
            json!({"type": "conversation.item.delete", "item_id": 7}),
            "item_id",
        ),
        (json!({"type": "input_audio_buffer.append", "audio": 7}), "audio"),
        (
            json!({"type": "conversation.item.truncate", "item_id": item, "content_index": "0", "audio_end_ms": 0}),
            "content_index",
        ),
    ] {
        run.client(wrong);
        let error = &event(&run, "error")["error"];
        assert_eq!(
            (text(error, "code"), text(error, "param")),
            ("invalid_value", param)
        );
    }
    assert_eq!(run.count("response.done"), 0);
    assert_eq!(run.count("conversation.item.truncated"), 0);
}

#[test]
fn half_a_character_costs_nothing_of_what_stands_around_it() {
    let mut run = server();
    run.dialogue.step(
        Happened::Frame(
            r#"{"type":"conversation.item.create","item":{"id":"u","type":"message","role":"user","content":[{"type":"input_text","text":"Half \ud83d"}]}}"#,
        ),
        0,
    );
    run.client(json!({"type": "conversation.item.retrieve", "item_id": "u"}));
    assert_eq!(
        event(&run, "conversation.item.retrieved")["item"]["content"][0]["text"],
        "Half \u{fffd}"
    );
}

#[test]
fn arguments_that_come_as_json_are_kept() {
    let mut run = server();
    run.client(
        json!({"type": "conversation.item.create", "item": {"type": "function_call", "call_id": "c", "name": "f", "arguments": {"a": 1}}}),
    );
    assert_eq!(
        event(&run, "conversation.item.added")["item"]["arguments"],
        r#"{"a":1}"#
    );
}
