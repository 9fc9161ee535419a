//! Hostile frames for a session: seeds are changed at random and sent one after another, among what happens to it besides.

use serde_json::{Value, json};

use super::dialogue::{Dialogue, Happened};
use super::setup;
use super::wire::Effect;

#[path = "../../tests/support/fuzz.rs"]
mod support;
use support::{Random, changed};

const FRAMES: [&str; 12] = [
    r#"{"type":"session.update","session":{"type":"realtime","instructions":"Be kind.","output_modalities":["text"],"audio":{"input":{"format":{"type":"audio/pcmu"},"turn_detection":{"type":"semantic_vad","eagerness":"low"}},"output":{"voice":"marin","speed":1.2}}}}"#,
    r#"{"type":"session.update","session":{"audio":{"input":{"turn_detection":null,"transcription":{"model":"m","language":"de"}}}}}"#,
    r#"{"type":"input_audio_buffer.append","audio":"AAAAAAEAAgADAAQABQAGAAcACAAJAAoACwAMAA0ADgAPABAAEQASABMA"}"#,
    r#"{"type":"input_audio_buffer.commit","event_id":"e1"}"#,
    r#"{"type":"input_audio_buffer.clear"}"#,
    r#"{"type":"conversation.item.create","previous_item_id":"root","item":{"id":"i1","type":"message","role":"user","content":[{"type":"input_text","text":"Good evening."},{"type":"input_audio","audio":"AAAA"}]}}"#,
    r#"{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c1","output":"{\"a\":1}"}}"#,
    r#"{"type":"conversation.item.truncate","item_id":"i1","content_index":0,"audio_end_ms":1500}"#,
    r#"{"type":"conversation.item.retrieve","item_id":"i1"}"#,
    r#"{"type":"conversation.item.delete","item_id":"i1"}"#,
    r#"{"type":"response.create","response":{"conversation":"none","input":[{"type":"item_reference","id":"i1"}],"tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":"auto","max_output_tokens":20,"metadata":{"k":"v"}}}"#,
    r#"{"type":"response.cancel","response_id":"resp_1"}"#,
];
const RUNS: u64 = 1_500;
const FRAMES_MAX: usize = 12;

/// Carries out what a session wants, as its object would, with ends of both kinds.
fn carried_out(dialogue: &mut Dialogue, effects: Vec<Effect>, now_ms: u64, random: &mut Random) -> usize {
    let mut bytes = 0;
    let mut todo = effects;
    while let Some(effect) = todo.pop() {
        let more = match effect {
            Effect::Send(text) => {
                let event: Value = serde_json::from_str(&text).unwrap();
                assert!(
                    event["type"].is_string() && event["event_id"].is_string(),
                    "{text}"
                );
                bytes += text.len();
                Vec::new()
            }
            Effect::Hear { item, part, wav } => {
                let words = match random.below(3) {
                    0 => Err(("server_error".to_owned(), "nobody heard it".to_owned())),
                    1 => Ok(String::new()),
                    _ => Ok("Good evening.".to_owned()),
                };
                let ms = wav.len() as u64 / 48;
                dialogue.step(
                    Happened::Heard {
                        item: &item,
                        part,
                        words,
                        ms,
                    },
                    now_ms,
                )
            }
            Effect::Begin(turn) => {
                let response = turn.response.as_str();
                let opened_at_ms = now_ms;
                let mut more = dialogue.step(
                    Happened::Opened {
                        response,
                        stamp: None,
                        opened_at_ms,
                        limits: serde_json::json!([]),
                    },
                    now_ms,
                );
                if random.below(2) == 0 {
                    let (code, message) = ("server_error".to_owned(), "lost".to_owned());
                    more.extend(dialogue.step(
                        Happened::Lost {
                            response,
                            code,
                            message,
                        },
                        now_ms,
                    ));
                }
                more
            }
            _ => Vec::new(),
        };
        todo.extend(more);
    }
    bytes
}

#[test]
fn frames_of_any_kind_are_answered_in_events_and_in_proportion() {
    let seeds: Vec<Vec<u8>> = FRAMES.iter().map(|frame| frame.as_bytes().to_vec()).collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut refusals = 0;
    for run in 0..RUNS {
        let session = match run % 5 {
            0 => setup::transcription("sess", 0),
            _ => setup::conversation("sess", "companion", "v", 0),
        };
        let mut dialogue = Dialogue::new(session, "conv".to_owned(), 1_000);
        let mut now_ms = 1_000_000;
        let (mut came, mut went) = (0, 0);
        for _ in 0..=random.below(FRAMES_MAX) {
            now_ms += random.next() % 3_000;
            let seed = &seeds[random.below(seeds.len())];
            let frame = match random.below(4) {
                0 => seed.clone(),
                _ => changed(seed, &seeds, &mut random),
            };
            let frame = String::from_utf8_lossy(&frame).into_owned();
            let effects = match random.below(20) {
                0 => dialogue.step(Happened::Binary, now_ms),
                1 => dialogue.step(Happened::Tick, now_ms),
                _ => dialogue.step(Happened::Frame(&frame), now_ms),
            };
            let is_refused =
                |effect: &&Effect| matches!(effect, Effect::Send(text) if text.contains(r#""type":"error""#));
            refusals += effects.iter().filter(is_refused).count();
            came += frame.len();
            went += carried_out(&mut dialogue, effects, now_ms, &mut random);
        }
        dialogue.leave(now_ms);
        // Items and sessions are told again, whole, with their defaults.
        assert!(went <= 64 * 1024 + 40 * came, "{went} bytes of events for {came}");
    }
    assert!(
        refusals as u64 > RUNS,
        "most of what is broken is refused: {refusals}"
    );
    let mut dialogue = Dialogue::new(json!({}), "conv".to_owned(), 0);
    assert!(!dialogue.step(Happened::Frame(&"[".repeat(100_000)), 0).is_empty());
}
