//! How a response ends, and why, and what is told of it then: its items, its status, its usage, its timings. Pure.
//!
//! Invariant: every response that was told of ends with `response.done`.

use serde_json::{Map, Value};

use super::audio_setup::{Coding, voice_id};
use super::item::text;
use super::refusal::kind_of;
use super::response::Response;
use super::wire::Out;
use crate::audio::g711::{alaw_encode, ulaw_encode};
use crate::upstream::outcome::Failure;
use crate::wire::json::{json, put};

/// Most characters of a value of `metadata`.
const METADATA_CHARS_MAX: usize = 512;

/// How a response ended.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseEnd {
    /// Whole.
    Completed,
    /// Cut off, for OpenAI's reason: `turn_detected` or `client_cancelled`.
    Cancelled(&'static str),
    /// By a limit: `max_output_tokens` or `content_filter`.
    Incomplete(&'static str),
    /// An error: its code and sentence.
    Failed(String, String),
}

impl ResponseEnd {
    fn status(&self) -> &'static str {
        match self {
            ResponseEnd::Completed => "completed",
            ResponseEnd::Cancelled(_) => "cancelled",
            ResponseEnd::Incomplete(_) => "incomplete",
            ResponseEnd::Failed(..) => "failed",
        }
    }

    fn details(&self) -> Value {
        match self {
            ResponseEnd::Completed => Value::Null,
            ResponseEnd::Cancelled(reason) | ResponseEnd::Incomplete(reason) => {
                json!({"type": self.status(), "reason": reason})
            }
            ResponseEnd::Failed(code, message) => {
                json!({"type": "failed", "error": {"type": kind_of(code), "code": code, "message": message}})
            }
        }
    }
}

/// Why nobody in a chain gave what was asked: a code, and a sentence of hearken's own.
pub(super) fn why(what: &str, failures: &[Failure]) -> (String, String) {
    let reason = failures.iter().find_map(|failure| match failure {
        Failure::Refused(refusal) => refusal.reason,
        _ => None,
    });
    if let Some(reason) = reason {
        return (reason.code.to_owned(), reason.sentence.to_owned());
    }
    let all = |kind: fn(&Failure) -> bool| !failures.is_empty() && failures.iter().all(kind);
    let (code, what_happened) = if all(|one| matches!(one, Failure::BudgetSpent { .. })) {
        (
            "budget_exhausted",
            "is not asked: what is left of the day's budget is too little",
        )
    } else if all(|one| matches!(one, Failure::Denied { .. })) {
        ("no_upstream_available", "is not available now")
    } else if all(|one| matches!(one, Failure::Throttled { .. } | Failure::QuotaExhausted)) {
        ("provider_busy", "is busy")
    } else if all(|one| matches!(one, Failure::Timeout(_))) {
        ("provider_timeout", "did not answer in time")
    } else if all(|one| matches!(one, Failure::NotConfigured)) {
        ("not_configured", "is not set up")
    } else {
        ("provider_failed", "failed")
    };
    (code.to_owned(), format!("the {what} provider {what_happened}"))
}

impl Response {
    /// How it ended by itself.
    pub fn own_end(&self) -> ResponseEnd {
        match self.finish.as_str() {
            "length" => ResponseEnd::Incomplete("max_output_tokens"),
            "content_filter" => ResponseEnd::Incomplete("content_filter"),
            _ => ResponseEnd::Completed,
        }
    }

    /// Tells its end; `previous` gives the item before one. Gives its items as they now stand.
    pub fn end(
        &mut self,
        end: &ResponseEnd,
        previous: &dyn Fn(&str) -> Option<String>,
        now_ms: u64,
        out: &mut Out,
    ) -> Vec<Value> {
        self.tell(out);
        let mut items = Vec::new();
        let is_whole = *end == ResponseEnd::Completed;
        let status = if is_whole { "completed" } else { "incomplete" };
        if self.message.is_some() {
            items.push(self.end_message(status, out));
        }
        for call in &mut self.calls {
            if is_whole && call.arguments.is_empty() {
                // A model that leaves them out means none; clients parse them.
                call.arguments.push_str("{}");
            }
            let item = call.value(status);
            if is_whole {
                let mut event = call.event(&self.id);
                put(&mut event, "name", call.name.as_str().into());
                put(&mut event, "arguments", call.arguments.as_str().into());
                out.send("response.function_call_arguments.done", event);
            }
            items.push((call.output_index, item));
        }
        for (index, item) in &items {
            if self.conversation.is_some() {
                let event = json!({"item": item, "previous_item_id": previous(text(item, "id"))});
                out.send("conversation.item.done", event);
            }
            let event = json!({"response_id": self.id, "output_index": index, "item": item});
            out.send("response.output_item.done", event);
        }
        let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
        let timings = self.timings(now_ms);
        let response = self.value(end.status(), end.details(), items.clone(), Some(timings));
        out.send("response.done", json!({ "response": response }));
        items
    }

    pub(super) fn end_message(&mut self, status: &str, out: &mut Out) -> (usize, Value) {
        if status == "completed" {
            self.sound.end();
        }
        let coded = match &mut self.coder {
            Some((Coding::Alaw, resampler)) => alaw_encode(&resampler.finish()),
            Some((_, resampler)) => ulaw_encode(&resampler.finish()),
            None => Vec::new(),
        };
        self.frame(&coded, out);
        let written = self.written().to_owned();
        let (content, part) = match self.is_spoken() {
            true => {
                out.send("response.output_audio.done", self.part_event(json!({})));
                let event = self.part_event(json!({ "transcript": written }));
                out.send("response.output_audio_transcript.done", event);
                (
                    json!({"type": "output_audio", "transcript": written}),
                    json!({"type": "audio", "transcript": written}),
                )
            }
            false => {
                out.send(
                    "response.output_text.done",
                    self.part_event(json!({ "text": written })),
                );
                (
                    json!({"type": "output_text", "text": written}),
                    json!({"type": "text", "text": written}),
                )
            }
        };
        out.send(
            "response.content_part.done",
            self.part_event(json!({ "part": part })),
        );
        let (id, index) = match &self.message {
            Some(message) => (message.item.as_str(), message.output_index),
            None => ("", 0),
        };
        let item = json!({
            "id": id, "object": "realtime.item", "type": "message", "status": status, "role": "assistant",
            "content": [content],
        });
        (index, item)
    }

    /// The response as the wire has it.
    pub(super) fn value(
        &self,
        status: &str,
        details: Value,
        output: Vec<Value>,
        timings: Option<String>,
    ) -> Value {
        let mut metadata = self.ask.get("metadata").cloned().unwrap_or(Value::Null);
        if let Some(timings) = timings {
            if !metadata.is_object() {
                metadata = Value::Object(Map::new());
            }
            put(&mut metadata, "hearken", timings.into());
        }
        let audio = self.ask.pointer("/audio/output");
        let audio = json!({"output": {
            "format": audio.and_then(|audio| audio.get("format")),
            "voice": audio.and_then(|audio| voice_id(audio.get("voice")?)),
        }});
        let mut value = json!({
            "id": self.id, "object": "realtime.response", "status": status, "status_details": details, "output": output,
            "output_modalities": self.ask.get("output_modalities"), "audio": audio, "conversation_id": self.conversation,
            "metadata": metadata, "max_output_tokens": self.ask.get("max_output_tokens"),
        });
        if status != "in_progress" {
            put(&mut value, "usage", usage(self.usage.as_ref()));
        }
        value
    }

    /// The turn's timings: what each step took, milliseconds. And what no event of the protocol tells.
    pub(super) fn timings(&self, now_ms: u64) -> String {
        let times = &self.times;
        let mut all = json!({"total_ms": now_ms.saturating_sub(times.asked)});
        for (name, from, to) in [
            ("hearing_ms", times.asked, times.heard),
            ("opening_ms", times.heard.max(times.asked), times.opened),
            ("first_text_ms", times.asked, times.text),
            ("first_audio_ms", times.asked, times.sound),
        ] {
            if to > 0 {
                put(&mut all, name, to.saturating_sub(from).into());
            }
        }
        if !self.served_by.is_empty() {
            put(&mut all, "served_by", self.served_by.as_str().into());
        }
        if let Some(code) = &self.unspoken {
            put(&mut all, "audio_error", code.as_str().into());
        }
        let text = all.to_string();
        match text.chars().count() <= METADATA_CHARS_MAX {
            true => text,
            false => "{}".to_owned(),
        }
    }
}

/// OpenAI's usage of a chat completion as the wire has it; zeros where nothing is known.
fn usage(usage: Option<&Value>) -> Value {
    let count = |path: &str| {
        let count = usage.and_then(|usage| usage.pointer(path));
        count.and_then(Value::as_u64).unwrap_or(0)
    };
    let (input, output) = (count("/prompt_tokens"), count("/completion_tokens"));
    let cached = count("/prompt_tokens_details/cached_tokens");
    json!({
        "total_tokens": input + output, "input_tokens": input, "output_tokens": output,
        "input_token_details": {
            "text_tokens": input, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": cached,
            "cached_tokens_details": {"text_tokens": cached, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": output, "audio_tokens": 0},
    })
}
