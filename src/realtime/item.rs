//! One item of a conversation, as the wire has it, and what a model is told of it. Pure.
//!
//! Source: OpenAI Realtime API reference, "conversation.item.create".

use serde_json::Value;

use super::heard::ReplySound;
use super::refusal::EventError;
use crate::wire::base64::STANDARD;
use crate::wire::json::{json, put};
use crate::wire::spacing::joined;

/// Longest id of an item, bytes.
const ID_BYTES_MAX: usize = 128;
/// Most text of one item, bytes.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// Where a reply is kept: the message of the person's conversation that it answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplyStamp {
    /// Of the person's memory; another one means that the person was erased.
    pub epoch: String,
    /// The message.
    pub turn: Option<String>,
}

/// An item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// As the wire has it, without recordings.
    pub value: Value,
    /// A recording of it is still being written down.
    pub is_unheard: bool,
    /// Which of its recordings that is.
    pub part: u32,
    /// What of its words the client was told while they were said.
    pub told: String,
    /// The person's conversation has it already.
    pub is_kept: bool,
    /// Of a reply that was spoken.
    pub sound: Option<ReplySound>,
    /// Of a reply: where it is kept.
    pub stamp: Option<ReplyStamp>,
    /// Of a reply: how much of it was heard, where that is less than all, and the client has not said so.
    pub heard: Option<String>,
}

impl Item {
    /// What a client made: the item, and the recording in it.
    ///
    /// # Errors
    /// The field that cannot be used.
    pub fn of_client(item: &Value, new_id: String) -> Result<(Item, Option<Vec<u8>>), EventError> {
        let fields = item
            .as_object()
            .ok_or_else(|| EventError::invalid("item", "item must be an object"))?;
        let id = match fields.get("id") {
            None | Some(Value::Null) => new_id,
            Some(Value::String(id)) if (1..=ID_BYTES_MAX).contains(&id.len()) => id.clone(),
            Some(_) => {
                let message = format!("item.id must be a string of 1 to {ID_BYTES_MAX} bytes");
                return Err(EventError::invalid("item.id", message));
            }
        };
        let mut recording = None;
        let value = match text(item, "type") {
            "message" => {
                let role = text(item, "role");
                if !["system", "user", "assistant"].contains(&role) {
                    return Err(EventError::invalid(
                        "item.role",
                        "item.role must be system, user or assistant",
                    ));
                }
                json!({
                    "id": id, "object": "realtime.item", "type": "message", "status": "completed", "role": role,
                    "content": content(item, role, &mut recording)?,
                })
            }
            "function_call" => json!({
                "id": id, "object": "realtime.item", "type": "function_call", "status": "completed",
                "call_id": needed(item, "call_id")?, "name": needed(item, "name")?,
                "arguments": written(item, "arguments").unwrap_or_default(),
            }),
            "function_call_output" => {
                let output = written(item, "output").ok_or_else(|| EventError::missing("item.output"))?;
                json!({
                    "id": id, "object": "realtime.item", "type": "function_call_output", "status": "completed",
                    "call_id": needed(item, "call_id")?, "output": output,
                })
            }
            _ => {
                let message = "item.type must be message, function_call or function_call_output";
                return Err(EventError::invalid("item.type", message));
            }
        };
        if value.to_string().len() > TEXT_BYTES_MAX {
            return Err(EventError::invalid(
                "item",
                format!("item must be at most {TEXT_BYTES_MAX} bytes"),
            ));
        }
        let item = Item {
            value,
            is_unheard: recording.is_some(),
            ..Item::default()
        };
        Ok((item, recording))
    }

    /// What the person said, whose words are not known yet.
    pub fn of_speech(id: &str) -> Item {
        Item {
            // Some clients fail on a part without the field.
            value: json!({
                "id": id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user",
                "content": [{"type": "input_audio", "transcript": null}],
            }),
            is_unheard: true,
            ..Item::default()
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        text(&self.value, "id")
    }

    /// Its type.
    pub fn kind(&self) -> &str {
        text(&self.value, "type")
    }

    /// Its role, for a message.
    pub fn role(&self) -> &str {
        text(&self.value, "role")
    }

    /// The words of its recording are known: the part's index in its content.
    pub fn put_words(&mut self, words: Option<&str>) -> usize {
        self.is_unheard = false;
        let parts = self.value.get_mut("content").and_then(Value::as_array_mut);
        for (index, part) in parts.into_iter().flatten().enumerate() {
            if text(part, "type") == "input_audio" && part.get("transcript").is_none_or(Value::is_null) {
                if let Some(words) = words {
                    put(part, "transcript", words.into());
                }
                return index;
            }
        }
        0
    }

    /// All its words.
    pub fn words(&self) -> String {
        if let Some(heard) = &self.heard {
            return heard.clone();
        }
        let parts = self.value.get("content").and_then(Value::as_array);
        let words = parts.into_iter().flatten().filter_map(|part| {
            let text = part.get("text").or_else(|| part.get("transcript"));
            text.and_then(Value::as_str)
                .filter(|text| !text.trim().is_empty())
        });
        joined(words)
    }

    /// What a chat model gets for the content of a user's message: words, or parts where there are images.
    pub fn chat_content(&self) -> Value {
        let parts = self.value.get("content").and_then(Value::as_array);
        let parts = parts.map(Vec::as_slice).unwrap_or_default();
        if !parts.iter().any(|part| text(part, "type") == "input_image") {
            return self.words().into();
        }
        let chat = |part: &Value| match text(part, "type") {
            "input_image" => {
                let mut image = json!({"url": part.get("image_url")});
                if let Some(detail) = part.get("detail").filter(|detail| detail.is_string()) {
                    put(&mut image, "detail", detail.clone());
                }
                json!({"type": "image_url", "image_url": image})
            }
            "input_audio" => json!({"type": "text", "text": text(part, "transcript")}),
            _ => json!({"type": "text", "text": text(part, "text")}),
        };
        parts.iter().map(chat).collect()
    }
}

/// A string of an object, or an empty one.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn needed<'a>(item: &'a Value, name: &str) -> Result<&'a str, EventError> {
    Some(text(item, name))
        .filter(|text| !text.is_empty())
        .ok_or_else(|| EventError::missing(&format!("item.{name}")))
}

/// A text that is JSON more often than not: some clients send the JSON itself.
fn written(item: &Value, name: &str) -> Option<String> {
    match item.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        json => Some(json.to_string()),
    }
}

/// The parts of a message. Clients give the companion's words by several names.
fn content(item: &Value, role: &str, recording: &mut Option<Vec<u8>>) -> Result<Vec<Value>, EventError> {
    let bad = |message: &str| EventError::invalid("item.content", format!("item.content {message}"));
    let parts = item.get("content").and_then(Value::as_array);
    let parts = parts.ok_or_else(|| bad("must be a list of parts"))?;
    let mut out = Vec::new();
    for part in parts {
        let words = |name: &str| match part.get(name) {
            Some(Value::String(words)) => Ok(words.clone()),
            _ => Err(bad(&format!("has a part without {name}"))),
        };
        out.push(match (text(part, "type"), role) {
            ("input_text" | "output_text" | "text", "assistant") => {
                json!({"type": "output_text", "text": words("text")?})
            }
            ("output_audio" | "audio", "assistant")
                if part.get("audio").is_some_and(|audio| !audio.is_null()) =>
            {
                return Err(bad("of an assistant cannot have audio: send its transcript"));
            }
            ("output_audio" | "audio", "assistant") => {
                json!({"type": "output_text", "text": words("transcript")?})
            }
            ("input_text" | "text", _) => json!({"type": "input_text", "text": words("text")?}),
            ("input_image", "user") => {
                let mut image = json!({"type": "input_image", "image_url": words("image_url")?});
                if let Some(detail) = part.get("detail").filter(|detail| detail.is_string()) {
                    put(&mut image, "detail", detail.clone());
                }
                image
            }
            ("input_audio", "user") => {
                let transcript = part.get("transcript").filter(|words| words.is_string());
                if transcript.is_none() {
                    if recording.is_some() {
                        return Err(bad("may hold one recording"));
                    }
                    let bytes = STANDARD
                        .decode(words("audio")?)
                        .ok_or_else(|| bad("has audio that is not valid base64"))?;
                    *recording = Some(bytes);
                }
                json!({"type": "input_audio", "transcript": transcript})
            }
            _ => {
                return Err(bad(&format!(
                    "has a part that a message of the role {role} cannot have"
                )));
            }
        });
    }
    Ok(out)
}

/// Whether a value is a list of strings.
pub(super) fn is_strings(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|all| all.iter().all(Value::is_string))
}
