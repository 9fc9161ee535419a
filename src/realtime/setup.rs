//! The session object: what is in force, as the wire has it, and what a client may change of it. Pure.
//!
//! Invariant: every field of it has a value, defaults among them, because clients read there what they did not set. Only
//! fields that an update names change, and an update with one bad field changes nothing.
//!
//! Source: OpenAI Realtime API reference, "session.update".

use serde_json::Value;

use super::audio_setup::{audio, server_vad};
use super::item::{is_strings, text};
use super::refusal::EventError;
use crate::wire::json::{json, put};

/// Longest instructions and definitions of tools, bytes.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// Longest session, bytes: it is told whole with each change.
const SESSION_BYTES_MAX: usize = 768 * 1024;
/// Most tools.
const TOOLS_MAX: usize = 128;
/// Longest name of one.
const NAME_BYTES_MAX: usize = 64;
/// Most tokens of a reply.
const TOKENS_MAX: u64 = 4_096;

/// A new session of a conversation.
pub fn conversation(id: &str, model: &str, voice: &str, expires_at_s: u64) -> Value {
    json!({
        "id": id, "object": "realtime.session", "type": "realtime", "model": model, "expires_at": expires_at_s,
        "output_modalities": ["audio"], "instructions": "", "tools": [], "tool_choice": "auto",
        "max_output_tokens": "inf", "parallel_tool_calls": true, "truncation": "auto", "tracing": null, "prompt": null,
        "include": null,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000}, "noise_reduction": null, "transcription": null,
                "turn_detection": server_vad(),
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24_000}, "voice": voice, "speed": 1.0},
        },
    })
}

/// A new session that gives words alone.
pub fn transcription(id: &str, expires_at_s: u64) -> Value {
    json!({
        "id": id, "object": "realtime.transcription_session", "type": "transcription", "expires_at": expires_at_s,
        "include": null,
        "audio": {"input": {
            "format": {"type": "audio/pcm", "rate": 24_000}, "noise_reduction": null,
            "transcription": {"model": "companion", "language": null, "prompt": null},
            "turn_detection": server_vad(),
        }},
    })
}

/// Changes a session as an update says; `has_spoken`: its voice stays what it is.
///
/// # Errors
/// The field that cannot be used; nothing has changed then.
pub fn update(session: &mut Value, update: &Value, has_spoken: bool) -> Result<(), EventError> {
    let fields = update.as_object().ok_or_else(|| EventError::missing("session"))?;
    let mut next = session.clone();
    let is_words = text(session, "type") == "transcription";
    for (name, value) in fields {
        match name.as_str() {
            "type" if value.as_str() == session.get("type").and_then(Value::as_str) => {}
            "type" => {
                let message = format!("session.type must be {}: it cannot change", text(session, "type"));
                return Err(EventError::invalid("session.type", message));
            }
            "audio" => audio(&mut next, value, is_words, has_spoken)?,
            "include" if value.is_null() || is_strings(value) => put(&mut next, name, value.clone()),
            "include" => return Err(EventError::unusable("session.include")),
            "model" if !(value.is_string() || value.is_null()) => {
                return Err(EventError::unusable("session.model"));
            }
            // Repeated by clients that send back what they got.
            "id" | "object" | "model" | "expires_at" | "client_secret" => {}
            _ if is_words => {
                let message = format!("session.{name} is no field of a transcription session");
                return Err(EventError::invalid(&format!("session.{name}"), message));
            }
            _ => {
                let checked = conversation_field(name, value)?;
                put(&mut next, name, checked);
            }
        }
    }
    if next.to_string().len() > SESSION_BYTES_MAX {
        let message = format!("session must be at most {SESSION_BYTES_MAX} bytes");
        return Err(EventError::invalid("session", message));
    }
    *session = next;
    Ok(())
}

/// A field of a conversation's session, or of a response that overrides it.
pub(super) fn conversation_field(name: &str, value: &Value) -> Result<Value, EventError> {
    let param = format!("session.{name}");
    let bad = |what: &str| Err(EventError::invalid(&param, format!("{param} {what}")));
    match name {
        "output_modalities" => match modalities(value) {
            Some(modalities) => return Ok(modalities),
            None => return bad("must be [\"audio\"] or [\"text\"]"),
        },
        "instructions" if value.is_null() => return Ok("".into()),
        "instructions" if value.as_str().is_some_and(|text| text.len() <= TEXT_BYTES_MAX) => {}
        "instructions" => return bad(&format!("must be a string of at most {TEXT_BYTES_MAX} bytes")),
        "tools" if value.is_null() => return Ok(json!([])),
        "tools" => return tools(value),
        "tool_choice" => return tool_choice(value),
        "max_output_tokens" if value.is_null() => return Ok("inf".into()),
        "max_output_tokens" => {
            let is_count = value
                .as_u64()
                .is_some_and(|count| (1..=TOKENS_MAX).contains(&count));
            if !is_count && value != "inf" {
                return bad(&format!(
                    "must be a whole number from 1 to {TOKENS_MAX}, or \"inf\""
                ));
            }
        }
        "truncation" => match value {
            Value::Null => return Ok("auto".into()),
            Value::String(word) if ["auto", "disabled"].contains(&word.as_str()) => {}
            Value::Object(_) if text(value, "type") == "retention_ratio" => {
                let ratio = value.get("retention_ratio").and_then(Value::as_f64);
                if !ratio.is_some_and(|ratio| (0.0..=1.0).contains(&ratio)) {
                    return bad("must have a retention_ratio from 0 to 1");
                }
                let limit = value.pointer("/token_limits/post_instructions");
                if limit.is_some_and(|limit| !(limit.is_u64() || limit.is_null())) {
                    return bad("must have whole numbers for token_limits");
                }
            }
            _ => return bad("must be \"auto\", \"disabled\" or a retention_ratio"),
        },
        "parallel_tool_calls" if value.is_boolean() || value.is_null() => {}
        "parallel_tool_calls" => return bad("must be true or false"),
        "tracing" if value == "auto" => {}
        "tracing" | "prompt" | "reasoning" if value.is_object() || value.is_null() => {}
        "tracing" | "prompt" | "reasoning" => return bad("cannot have this value"),
        _ => return bad("is no known field"),
    }
    Ok(value.clone())
}

fn modalities(value: &Value) -> Option<Value> {
    match value.as_array()?.as_slice() {
        [one] if *one == "audio" || *one == "text" => Some(value.clone()),
        _ => None,
    }
}

fn tools(value: &Value) -> Result<Value, EventError> {
    let bad = |what: String| EventError::invalid("session.tools", format!("session.tools {what}"));
    let tools = value.as_array().filter(|tools| tools.len() <= TOOLS_MAX);
    let tools = tools.ok_or_else(|| bad(format!("must be a list of at most {TOOLS_MAX} tools")))?;
    if value.to_string().len() > TEXT_BYTES_MAX {
        return Err(bad(format!("must be at most {TEXT_BYTES_MAX} bytes")));
    }
    for tool in tools {
        if text(tool, "type") != "function" {
            return Err(bad("must be functions: no other kind is served".to_owned()));
        }
        let name = text(tool, "name");
        let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || b"_-".contains(&letter);
        if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(is_letter) {
            return Err(bad(format!(
                "must have names of 1 to {NAME_BYTES_MAX} letters, digits, _ and -"
            )));
        }
        let is_known = |(name, field): (&String, &Value)| match name.as_str() {
            "description" => field.is_string() || field.is_null(),
            "parameters" => field.is_object() || field.is_null(),
            _ => true,
        };
        if !tool.as_object().is_some_and(|fields| fields.iter().all(is_known)) {
            return Err(bad(
                "must have strings for description and objects for parameters".to_owned(),
            ));
        }
    }
    Ok(value.clone())
}

fn tool_choice(value: &Value) -> Result<Value, EventError> {
    match value {
        Value::Null => Ok("auto".into()),
        Value::String(word) if ["auto", "none", "required"].contains(&word.as_str()) => Ok(value.clone()),
        Value::Object(_) if text(value, "type") == "function" && !text(value, "name").is_empty() => {
            Ok(value.clone())
        }
        _ => {
            let message = "session.tool_choice must be auto, none, required or a function";
            Err(EventError::invalid("session.tool_choice", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Value {
        conversation("sess_1", "companion", "alloy", 3_600)
    }

    fn refused(change: Value) -> Option<String> {
        let mut session = session();
        let before = session.clone();
        let refusal = update(&mut session, &change, false).unwrap_err();
        assert_eq!(session, before, "nothing has changed");
        refusal.param
    }

    #[test]
    fn only_what_an_update_names_changes() {
        let mut session = session();
        let change = json!({
            "type": "realtime", "instructions": "Be kind.", "output_modalities": ["text"],
            "audio": {"input": {"turn_detection": {"type": "semantic_vad"}, "format": {"type": "audio/pcmu"}, "transcription": {"model": "whisper-1"}}},
        });
        update(&mut session, &change, false).unwrap();
        update(
            &mut session,
            &json!({"type": "realtime", "tracing": "auto"}),
            false,
        )
        .unwrap();
        assert_eq!(session["instructions"], "Be kind.");
        assert_eq!(session["output_modalities"], json!(["text"]));
        assert_eq!(session["audio"]["input"]["format"], json!({"type": "audio/pcmu"}));
        assert_eq!(
            session["audio"]["input"]["turn_detection"],
            json!({"type": "semantic_vad", "eagerness": "auto", "create_response": true, "interrupt_response": true})
        );
        assert_eq!(
            session["audio"]["input"]["transcription"],
            json!({"model": "whisper-1", "language": null, "prompt": null})
        );
        assert_eq!(
            session["audio"]["output"]["format"],
            json!({"type": "audio/pcm", "rate": 24_000})
        );
        update(
            &mut session,
            &json!({"audio": {"input": {"turn_detection": null}}}),
            false,
        )
        .unwrap();
        assert_eq!(session["audio"]["input"]["turn_detection"], Value::Null);
        assert_eq!(session["audio"]["input"]["noise_reduction"], Value::Null);
        update(
            &mut session,
            &json!({"audio": {"input": {"turn_detection": {"type": "server_vad"}}}}),
            false,
        )
        .unwrap();
        let before = session.clone();
        update(
            &mut session,
            &json!({"audio": {"input": {"turn_detection": {"type": null}}}}),
            false,
        )
        .unwrap();
        assert_eq!(session, before, "its type stays");
    }

    #[test]
    fn err_names_the_field_and_changes_nothing() {
        for (change, param) in [
            (json!({"type": "transcription"}), "session.type"),
            (
                json!({"output_modalities": ["audio", "text"]}),
                "session.output_modalities",
            ),
            (json!({"output_modalities": []}), "session.output_modalities"),
            (
                json!({"instructions": "x", "tools": [{"type": "mcp"}]}),
                "session.tools",
            ),
            (json!({"tool_choice": "maybe"}), "session.tool_choice"),
            (json!({"max_output_tokens": 0}), "session.max_output_tokens"),
            (json!({"max_output_tokens": 4_097}), "session.max_output_tokens"),
            (
                json!({"truncation": {"type": "retention_ratio", "retention_ratio": 2}}),
                "session.truncation",
            ),
            (
                json!({"truncation": {"type": "retention_ratio", "retention_ratio": 0.5, "token_limits": {"post_instructions": "many"}}}),
                "session.truncation",
            ),
            (
                json!({"tools": [{"type": "function", "name": "not a name"}]}),
                "session.tools",
            ),
            (
                json!({"tools": [{"type": "function", "name": "f", "parameters": "{}"}]}),
                "session.tools",
            ),
            (
                json!({"tools": [{"type": "function", "name": "f", "description": 7}]}),
                "session.tools",
            ),
            (
                json!({"audio": {"input": {"turn_detection": "server_vad"}}}),
                "session.audio.input.turn_detection",
            ),
            (
                json!({"audio": {"input": {"turn_detection": {"type": 7}}}}),
                "session.audio.input.turn_detection.type",
            ),
            (json!({"model": 7}), "session.model"),
            (json!({"nonsense": 1}), "session.nonsense"),
            (json!({"tracing": 7}), "session.tracing"),
            (json!({"prompt": "p"}), "session.prompt"),
            (json!({"reasoning": "low"}), "session.reasoning"),
            (json!({"include": [7]}), "session.include"),
            (
                json!({"prompt": {"variables": {"v": "x".repeat(SESSION_BYTES_MAX)}}}),
                "session",
            ),
            (json!({"metadata": {"of": "a response"}}), "session.metadata"),
            (json!({"audio": 7}), "session.audio"),
            (json!({"audio": {"input": "x"}}), "session.audio.input"),
            (
                json!({"audio": {"input": {"noise_reduction": {"type": "all"}}}}),
                "session.audio.input.noise_reduction",
            ),
            (
                json!({"audio": {"input": {"transcription": {"language": 7}}}}),
                "session.audio.input.transcription.language",
            ),
            (
                json!({"audio": {"input": {"transcription": {"keywords": "x"}}}}),
                "session.audio.input.transcription.keywords",
            ),
            (
                json!({"audio": {"input": {"format": {"type": "audio/opus"}}}}),
                "session.audio.input.format.type",
            ),
            (
                json!({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16_000}}}}),
                "session.audio.input.format.rate",
            ),
            (
                json!({"audio": {"input": {"turn_detection": {"type": "magic"}}}}),
                "session.audio.input.turn_detection.type",
            ),
            (
                json!({"audio": {"input": {"turn_detection": {"type": "server_vad", "eagerness": "low"}}}}),
                "session.audio.input.turn_detection.eagerness",
            ),
            (
                json!({"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 1.5}}}}),
                "session.audio.input.turn_detection.threshold",
            ),
            (
                json!({"audio": {"output": {"speed": 2}}}),
                "session.audio.output.speed",
            ),
            (
                json!({"audio": {"output": {"voice": "../x"}}}),
                "session.audio.output.voice",
            ),
        ] {
            assert_eq!(refused(change.clone()).as_deref(), Some(param), "{change}");
        }
    }

    #[test]
    fn a_voice_stays_once_it_has_spoken() {
        let mut session = session();
        let other = json!({"audio": {"output": {"voice": "marin"}}});
        assert_eq!(
            update(&mut session, &other, true).unwrap_err().code,
            Some("cannot_update_voice")
        );
        update(
            &mut session,
            &json!({"audio": {"output": {"voice": "alloy"}}}),
            true,
        )
        .unwrap();
        update(&mut session, &other, false).unwrap();
    }

    #[test]
    fn words_alone_have_no_reply() {
        let mut session = transcription("sess_1", 0);
        let change = json!({"type": "transcription", "audio": {"input": {"transcription": {"model": "m", "language": "de"}, "turn_detection": null}}});
        update(&mut session, &change, false).unwrap();
        assert_eq!(session["audio"]["input"]["transcription"]["language"], "de");
        for change in [
            json!({"instructions": "x"}),
            json!({"audio": {"output": {}}}),
            json!({"type": "realtime"}),
        ] {
            assert!(update(&mut session, &change, false).is_err(), "{change}");
        }
    }
}
