//! What a response is made with: what is in force for its session, and over it what the client asks for. Pure.
//!
//! Source: OpenAI Realtime API reference, "response.create".

use serde_json::Value;

use super::audio_setup::audio;
use super::refusal::EventError;
use super::setup::conversation_field;
use crate::model::responses::check_metadata;
use crate::wire::json::{json, put};

/// What is in force for one response: the session's, and over it what the response says; `null` says nothing.
///
/// # Errors
/// The field that cannot be used.
pub fn ask(session: &Value, wanted: &Value) -> Result<Value, EventError> {
    if !(wanted.is_object() || wanted.is_null()) {
        return Err(EventError::unusable("response"));
    }
    let mut all = json!({"metadata": null, "conversation": "auto"});
    for name in [
        "instructions",
        "tools",
        "tool_choice",
        "output_modalities",
        "max_output_tokens",
        "parallel_tool_calls",
        "truncation",
        "reasoning",
    ] {
        put(&mut all, name, session.get(name).cloned().unwrap_or(Value::Null));
    }
    let output = session.pointer("/audio/output").cloned().unwrap_or(Value::Null);
    put(&mut all, "audio", json!({"output": output}));
    let fields = wanted.as_object().into_iter().flatten();
    for (name, value) in fields.filter(|(_, value)| !value.is_null()) {
        let renamed = |refusal: EventError| EventError {
            param: refusal
                .param
                .map(|param| param.replacen("session.", "response.", 1)),
            message: refusal.message.replace("session.", "response."),
            ..refusal
        };
        let value = match name.as_str() {
            "audio" => {
                audio(&mut all, value, false, false).map_err(renamed)?;
                continue;
            }
            "conversation" if value == "auto" || value == "none" => value.clone(),
            "conversation" => {
                let message = "response.conversation must be auto or none";
                return Err(EventError::invalid("response.conversation", message));
            }
            "input" if value.is_array() => value.clone(),
            "input" => {
                return Err(EventError::invalid(
                    "response.input",
                    "response.input must be a list of items",
                ));
            }
            "metadata" => metadata(value)?,
            _ => conversation_field(name, value).map_err(renamed)?,
        };
        put(&mut all, name, value);
    }
    Ok(all)
}

/// The rule is that of `/v1/responses`.
fn metadata(value: &Value) -> Result<Value, EventError> {
    let checked = check_metadata(value).map(|()| value.clone());
    checked.map_err(|bad| EventError::invalid("response.metadata", format!("response.{}", bad.message)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::setup::{conversation, update};

    #[test]
    fn a_response_overrides_its_session() {
        let mut session = conversation("sess_1", "companion", "alloy", 3_600);
        update(
            &mut session,
            &json!({"instructions": "Long.", "max_output_tokens": 99}),
            false,
        )
        .unwrap();
        let wanted = json!({
            "instructions": "Short.", "conversation": "none", "metadata": {"k": "v"}, "output_modalities": ["text"],
            "input": [], "audio": {"output": {"format": {"type": "audio/pcma"}}},
        });
        let all = ask(&session, &wanted).unwrap();
        assert_eq!(all["instructions"], "Short.");
        assert_eq!(all["max_output_tokens"], 99);
        assert_eq!(all["input"], json!([]));
        assert_eq!(all["audio"]["output"]["format"], json!({"type": "audio/pcma"}));
        assert_eq!(all["audio"]["output"]["voice"], "alloy");
        let nulls = json!({
            "instructions": null, "tools": null, "output_modalities": null, "max_output_tokens": null, "metadata": null,
            "conversation": null, "input": null, "audio": null,
        });
        let none = ask(&session, &Value::Null).unwrap();
        assert_eq!(ask(&session, &nulls).unwrap(), none);
        assert_eq!((&none["metadata"], none.get("input")), (&Value::Null, None));
        let refusal = ask(&session, &json!({"output_modalities": ["video"]})).unwrap_err();
        assert_eq!(refusal.param.as_deref(), Some("response.output_modalities"));
        for wrong in [
            json!({"metadata": {"k": {"a": 1}}}),
            json!({"metadata": 7}),
            json!("x"),
            json!([]),
        ] {
            assert!(ask(&session, &wrong).is_err(), "{wrong}");
        }
    }
}
