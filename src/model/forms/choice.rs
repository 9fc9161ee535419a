//! One choice of a stream, put together delta by delta.

use serde_json::{Map, Value};

use crate::model::reply;
use crate::wire::json::{json, put};

/// The arguments of a call that has none.
pub const NO_ARGUMENTS: &str = "{}";

/// One choice of a stream.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub index: u64,
    pub message: Map<String, Value>,
    pub logprobs: Vec<Value>,
    pub finish_reason: Option<String>,
}

impl Choice {
    /// Adds what a chunk says.
    pub fn take(&mut self, said: &Value) {
        let delta = said.get("delta").or_else(|| said.get("message"));
        if let Some(delta) = delta.and_then(Value::as_object) {
            merge(&mut self.message, delta);
        }
        let logprobs = said.pointer("/logprobs/content").and_then(Value::as_array);
        self.logprobs.extend(logprobs.into_iter().flatten().cloned());
        let reason = said.get("finish_reason").and_then(Value::as_str);
        if let Some(reason) = reason.filter(|reason| reply::is_reason(reason)) {
            self.finish_reason = Some(reason.to_owned());
        }
    }

    /// As a completion has it.
    pub fn whole(mut self) -> Value {
        self.message.entry("role").or_insert_with(|| "assistant".into());
        let has_calls = self.message.contains_key("tool_calls");
        let none = if has_calls { Value::Null } else { "".into() };
        self.message.entry("content").or_insert(none);
        let otherwise = if has_calls { "tool_calls" } else { "stop" };
        let reason = self.finish_reason.unwrap_or_else(|| otherwise.to_owned());
        whole_calls(self.message.get_mut("tool_calls"));
        let mut choice = json!({"index": self.index, "message": self.message, "finish_reason": reason});
        if !self.logprobs.is_empty() {
            put(&mut choice, "logprobs", json!({ "content": self.logprobs }));
        }
        choice
    }
}

/// Makes of calls what a completion has: without the index that only the deltas of a stream have, and with arguments, which
/// some models leave out where a function takes none; others refuse a conversation that lacks them.
pub(super) fn whole_calls(calls: Option<&mut Value>) {
    let calls = calls.and_then(Value::as_array_mut).into_iter().flatten();
    for call in calls.filter_map(Value::as_object_mut) {
        call.remove("index");
        let function = call.get_mut("function").and_then(Value::as_object_mut);
        let arguments = function.map(|function| function.entry("arguments").or_insert(Value::Null));
        if let Some(arguments) = arguments.filter(|said| said.is_null() || **said == "") {
            *arguments = NO_ARGUMENTS.into();
        }
    }
}

/// Adds a delta to what has come: texts are joined, calls of tools by their index.
fn merge(message: &mut Map<String, Value>, delta: &Map<String, Value>) {
    for (name, value) in delta {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("content", content) => append(message, name, &reply::text_of_value(content)),
            ("tool_calls", Value::Array(calls)) => {
                let known = message.entry("tool_calls").or_insert_with(|| json!([]));
                for call in calls {
                    merge_call(known, call);
                }
            }
            ("role", value) => {
                message.entry("role").or_insert_with(|| value.clone());
            }
            (_, Value::String(text)) => append(message, name, text),
            (_, value) => {
                message.insert(name.clone(), value.clone());
            }
        }
    }
}

fn append(fields: &mut Map<String, Value>, name: &str, text: &str) {
    match fields.get_mut(name) {
        Some(Value::String(known)) => known.push_str(text),
        _ => {
            fields.insert(name.to_owned(), text.into());
        }
    }
}

/// Whether a piece of a call begins another one than that which has come with the same index: some servers give all of them
/// the index 0 (Gemini's, Ollama's). Another id is not enough, because others make one up for every piece; they name it once.
pub fn begins_another(known_id: &str, id: &str, name: &str) -> bool {
    !id.is_empty() && !name.is_empty() && known_id != id
}

/// A string within a call, empty where there is none.
pub fn text_at<'a>(call: &'a Value, path: &str) -> &'a str {
    call.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn merge_call(known: &mut Value, piece: &Value) {
    let (Some(known), Some(new)) = (known.as_array_mut(), piece.as_object()) else {
        return;
    };
    // Without an index each call comes in one piece.
    let index = new.get("index").cloned().unwrap_or_else(|| known.len().into());
    let begun = known.iter().rposition(|call| {
        let is_another = begins_another(
            text_at(call, "/id"),
            text_at(piece, "/id"),
            text_at(piece, "/function/name"),
        );
        call.get("index") == Some(&index) && !is_another
    });
    let Some(at) = begun else {
        let mut call = new.clone();
        call.insert("index".to_owned(), index);
        known.push(call.into());
        return;
    };
    let Some(fields) = known.get_mut(at).and_then(Value::as_object_mut) else {
        return;
    };
    for (name, value) in new.iter().filter(|(name, _)| *name != "function") {
        fields.entry(name.clone()).or_insert_with(|| value.clone());
    }
    let function = fields.entry("function").or_insert_with(|| json!({}));
    let (Some(function), Some(new)) = (
        function.as_object_mut(),
        new.get("function").and_then(Value::as_object),
    ) else {
        return;
    };
    for (name, value) in new {
        match (name.as_str(), value) {
            ("arguments", Value::String(text)) => append(function, name, text),
            (_, Value::Null) => {}
            _ => {
                function.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}
