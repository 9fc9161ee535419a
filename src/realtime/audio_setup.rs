//! The sound of a session, in and out, as the wire has it, and what a client may change of it. Pure.
//!
//! Source: OpenAI Realtime API reference, "session.update".

use serde_json::Value;

use super::item::{is_strings, text};
use super::refusal::EventError;
use crate::model::request::is_voice_id;
use crate::wire::json::{json, put};

/// How sound is coded on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coding {
    /// 24 kHz, 16-bit samples, little-endian.
    #[default]
    Pcm,
    /// G.711 mu-law, 8 kHz.
    Ulaw,
    /// G.711 A-law, 8 kHz.
    Alaw,
}

impl Coding {
    /// Of a `format` that was checked.
    pub fn of(format: Option<&Value>) -> Coding {
        match format.map(|format| text(format, "type")) {
            Some("audio/pcmu") => Coding::Ulaw,
            Some("audio/pcma") => Coding::Alaw,
            _ => Coding::Pcm,
        }
    }
}

/// When the other's turn begins, in OpenAI's defaults.
pub(super) fn server_vad() -> Value {
    json!({
        "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
        "idle_timeout_ms": null, "create_response": true, "interrupt_response": true,
    })
}

pub(super) fn semantic_vad() -> Value {
    json!({"type": "semantic_vad", "eagerness": "auto", "create_response": true, "interrupt_response": true})
}

pub(super) fn audio(
    session: &mut Value,
    update: &Value,
    is_words: bool,
    has_spoken: bool,
) -> Result<(), EventError> {
    let Some(sides) = update.as_object() else {
        return match update.is_null() {
            true => Ok(()),
            false => Err(EventError::unusable("session.audio")),
        };
    };
    for (side, fields) in sides {
        let param = format!("session.audio.{side}");
        if !(side == "input" || (side == "output" && !is_words)) {
            return Err(EventError::invalid(
                &param,
                format!("{param} is no field of this session"),
            ));
        }
        let Some(now) = session.pointer_mut(&format!("/audio/{side}")) else {
            continue;
        };
        if !(fields.is_object() || fields.is_null()) {
            return Err(EventError::unusable(&param));
        }
        for (name, value) in fields.as_object().into_iter().flatten() {
            let value = match side.as_str() {
                "input" => input_field(now, name, value),
                _ => output_field(now, name, value, has_spoken),
            }?;
            put(now, name, value);
        }
    }
    Ok(())
}

fn format(param: &str, value: &Value) -> Result<Value, EventError> {
    let rate = value.get("rate").filter(|rate| !rate.is_null());
    match text(value, "type") {
        "audio/pcm" if rate.is_none_or(|rate| rate == 24_000) => {
            Ok(json!({"type": "audio/pcm", "rate": 24_000}))
        }
        "audio/pcm" => Err(EventError::invalid(
            &format!("{param}.rate"),
            format!("{param}.rate must be 24000"),
        )),
        kind @ ("audio/pcmu" | "audio/pcma") => Ok(json!({"type": kind})),
        _ => {
            let message = format!("{param}.type must be audio/pcm, audio/pcmu or audio/pcma");
            Err(EventError::invalid(&format!("{param}.type"), message))
        }
    }
}

fn input_field(input: &Value, name: &str, value: &Value) -> Result<Value, EventError> {
    let param = format!("session.audio.input.{name}");
    match name {
        "format" => format(&param, value),
        "turn_detection" => turn_detection(input.get(name).unwrap_or(&Value::Null), value),
        "transcription" if value.is_object() => {
            let mut all = input.get(name).cloned().unwrap_or(Value::Null);
            if !all.is_object() {
                all = json!({"model": "companion", "language": null, "prompt": null});
            }
            for (field, value) in value.as_object().into_iter().flatten() {
                let is_list = ["languages", "keywords"].contains(&field.as_str());
                if !(value.is_null()
                    || if is_list {
                        is_strings(value)
                    } else {
                        value.is_string()
                    })
                {
                    return Err(EventError::unusable(&format!("{param}.{field}")));
                }
                put(&mut all, field, value.clone());
            }
            Ok(all)
        }
        "transcription" | "noise_reduction" if value.is_null() => Ok(Value::Null),
        "noise_reduction" if ["near_field", "far_field"].contains(&text(value, "type")) => Ok(value.clone()),
        "transcription" | "noise_reduction" => Err(EventError::unusable(&param)),
        _ => Err(EventError::invalid(
            &param,
            format!("{param} is no field of a session"),
        )),
    }
}

fn turn_detection(now: &Value, value: &Value) -> Result<Value, EventError> {
    const PARAM: &str = "session.audio.input.turn_detection";
    if value.is_null() {
        return Ok(Value::Null);
    }
    let fields = value.as_object().ok_or_else(|| EventError::unusable(PARAM))?;
    let kind = match fields.get("type") {
        // An update of some of its fields.
        None | Some(Value::Null) => text(now, "type"),
        Some(kind) => kind.as_str().unwrap_or_default(),
    };
    let default = match kind {
        "server_vad" => server_vad(),
        "semantic_vad" => semantic_vad(),
        _ => {
            let message = format!("{PARAM}.type must be server_vad or semantic_vad; null is none");
            return Err(EventError::invalid(&format!("{PARAM}.type"), message));
        }
    };
    let mut all = match text(now, "type") == kind {
        true => now.clone(),
        false => default.clone(),
    };
    for (name, value) in fields.iter().filter(|(name, _)| *name != "type") {
        let within = |least: f64, most: f64| {
            value
                .as_f64()
                .is_some_and(|number| (least..=most).contains(&number))
        };
        let is_good = match name.as_str() {
            "create_response" | "interrupt_response" => value.is_boolean(),
            "eagerness" => value
                .as_str()
                .is_some_and(|word| ["low", "medium", "high", "auto"].contains(&word)),
            "threshold" => within(0.0, 1.0),
            "prefix_padding_ms" => within(0.0, 5_000.0),
            "silence_duration_ms" => within(0.0, 10_000.0),
            "idle_timeout_ms" => value.is_null() || within(1_000.0, 600_000.0),
            _ => false,
        };
        // What one kind has, the other does not.
        if !default
            .as_object()
            .is_some_and(|fields| fields.contains_key(name))
        {
            let message = format!("{PARAM}.{name} is no field of {kind}");
            return Err(EventError::invalid(&format!("{PARAM}.{name}"), message));
        }
        match (is_good, value.is_null(), default.get(name)) {
            (true, ..) => put(&mut all, name, value.clone()),
            (false, true, Some(default)) => put(&mut all, name, default.clone()),
            _ => {
                let message = format!("{PARAM}.{name} is out of its range");
                return Err(EventError::invalid(&format!("{PARAM}.{name}"), message));
            }
        }
    }
    Ok(all)
}

fn output_field(output: &Value, name: &str, value: &Value, has_spoken: bool) -> Result<Value, EventError> {
    let param = format!("session.audio.output.{name}");
    match name {
        "format" => format(&param, value),
        "speed" if value.as_f64().is_some_and(|speed| (0.25..=1.5).contains(&speed)) => Ok(value.clone()),
        "speed" => Err(EventError::invalid(
            &param,
            format!("{param} must be a number from 0.25 to 1.5"),
        )),
        "voice" => {
            let id = voice_id(value)
                .ok_or_else(|| EventError::invalid(&param, format!("{param} must be a voice's id")))?;
            if has_spoken && output.get("voice").and_then(voice_id) != Some(id) {
                let message = "a session's voice cannot change once it has spoken";
                return Err(EventError {
                    param: Some(param),
                    ..EventError::of("cannot_update_voice", message)
                });
            }
            Ok(value.clone())
        }
        _ => Err(EventError::invalid(
            &param,
            format!("{param} is no field of a session"),
        )),
    }
}

/// `"id"` or `{"id": "id"}`.
pub fn voice_id(voice: &Value) -> Option<&str> {
    let id = voice.get("id").unwrap_or(voice).as_str()?;
    is_voice_id(id).then_some(id)
}
