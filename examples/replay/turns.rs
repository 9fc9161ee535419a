//! `replay turns`: `{"audio": base64 of PCM16 at 24 kHz, "detection", "words"?, "played"?, "reply"?, "replying"?}` is one sound,
//! heard in pieces of 20 ms. `detection` is OpenAI's `turn_detection`, or has the type `none`; `words` lists `[at_ms, text so far]`; `played` is the
//! reply's sound in base64, sent whole at `replying[0]` with its words `reply`, and `replying` is when it is played,
//! `[from_ms, to_ms]`; `judged` lists `[at_ms, probability of an end]` of a model. The answer lists the signals as `[name, at_ms]`; with `frames` it lists
//! what each 20 ms of the sound are like instead: `[level_db, clarity, pitch_hz, low_share, powers of the octaves]`.

use hearken::audio::frame::{Frame, Frames};
use hearken::realtime::detection::{Detection, Detector, Eagerness, Signal};
use serde_json::{Value, json};

use super::Answer;
use hearken::wire::base64::STANDARD;

const PIECE_SAMPLES: usize = 480;
const PIECE_MS: u64 = 20;

/// One handler for a run; each line is a sound of its own.
pub fn handler() -> Box<dyn FnMut(&Value) -> Answer> {
    Box::new(turns)
}

fn turns(line: &Value) -> Answer {
    let sound = samples(line.get("audio")).ok_or("audio must be PCM16 in base64")?;
    if line.get("frames").is_some() {
        let frame = |frame: &Frame| {
            json!([
                frame.level_db,
                frame.clarity,
                frame.pitch_hz,
                frame.low_share,
                frame.bands
            ])
        };
        return Ok(Frames::default().push(&sound).iter().map(frame).collect());
    }
    let mut detector = Detector::new(detection(line.get("detection").unwrap_or(&Value::Null))?);
    let words: Vec<(u64, &str)> = list(line, "words")
        .iter()
        .filter_map(|entry| Some((entry.get(0)?.as_u64()?, entry.get(1)?.as_str()?)))
        .collect();
    let judged: Vec<(u64, f64)> = list(line, "judged")
        .iter()
        .filter_map(|entry| Some((entry.get(0)?.as_u64()?, entry.get(1)?.as_f64()?)))
        .collect();
    let (from_ms, to_ms) = match list(line, "replying") {
        [from, to] => (from.as_u64().unwrap_or(u64::MAX), to.as_u64().unwrap_or(0)),
        _ => (u64::MAX, 0),
    };
    let mut played = samples(line.get("played"));
    let reply = line.get("reply").and_then(Value::as_str).unwrap_or_default();
    let listens = line.get("words").is_some();
    let mut signals = Vec::new();
    for (index, piece) in sound.chunks(PIECE_SAMPLES).enumerate() {
        let now_ms = index as u64 * PIECE_MS;
        let said = words.iter().rev().find(|(at_ms, _)| *at_ms <= now_ms + PIECE_MS);
        let replying = (from_ms..to_ms).contains(&now_ms);
        if replying && let Some(played) = played.take() {
            detector.play(&played, reply);
        }
        let said = listens.then_some(said.map_or("", |(_, text)| text));
        signals.extend(detector.push(piece, said, replying));
        for (_, finished) in judged
            .iter()
            .filter(|(at_ms, _)| at_ms / PIECE_MS == index as u64)
        {
            signals.extend(detector.judged(*finished as f32, said));
        }
    }
    let told = |signal: &Signal| match signal {
        Signal::SpeechStarted { at_ms } => json!(["started", at_ms]),
        Signal::SpeechStopped { at_ms } => json!(["stopped", at_ms]),
        Signal::Pause { at_ms } => json!(["pause", at_ms]),
        Signal::Resumed { at_ms } => json!(["resumed", at_ms]),
        Signal::BargeIn { at_ms } => json!(["barge_in", at_ms]),
    };
    Ok(signals.iter().map(told).collect())
}

fn list<'a>(line: &'a Value, name: &str) -> &'a [Value] {
    line.get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn samples(value: Option<&Value>) -> Option<Vec<i16>> {
    let bytes = STANDARD.decode(value?.as_str()?)?;
    let (pairs, _) = bytes.as_chunks::<2>();
    Some(pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect())
}

fn detection(value: &Value) -> Result<Detection, String> {
    let number = |name: &str, default: f64| value.get(name).and_then(Value::as_f64).unwrap_or(default);
    match value.get("type").and_then(Value::as_str) {
        Some("server_vad") | None => Ok(Detection::ServerVad {
            threshold: number("threshold", 0.5) as f32,
            prefix_padding_ms: number("prefix_padding_ms", 300.0) as u32,
            silence_duration_ms: number("silence_duration_ms", 500.0) as u32,
        }),
        Some("semantic_vad") => Ok(Detection::SemanticVad {
            eagerness: match value.get("eagerness").and_then(Value::as_str) {
                Some("low") => Eagerness::Low,
                Some("high") => Eagerness::High,
                Some("auto") => Eagerness::Auto,
                _ => Eagerness::Medium,
            },
        }),
        Some("none") => Ok(Detection::None),
        Some(other) => Err(format!("detection.type is {other}")),
    }
}
