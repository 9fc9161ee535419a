//! The reply of a turn as a response: its chunks become items and events in the specification's order.
//!
//! Invariants: every event has the next `sequence_number` and is written whole; an item is added before anything is said
//! of it and done before the response ends; the response ends once; nothing of a provider's error is passed on.

use serde_json::{Map, Value};

use super::ids::PREFIX;
use super::items::STORED_BYTES_MAX;
use super::request::ResponsesRequest;
use crate::model::forms::{NO_ARGUMENTS, begins_another, text_at, value_of};
use crate::model::reply::{is_failure, is_reason, text_of_value};
use crate::wire::json::{json, put};
use crate::wire::sse::SseParser;

/// Longest output of a response; what is longer is cut, and the response incomplete.
pub(super) const OUTPUT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Refusal,
    Thought,
    /// A call of a function, by the provider's index.
    Call(u64),
}

#[derive(Clone, Debug)]
struct Item {
    kind: Kind,
    id: String,
    call_id: String,
    name: String,
    /// The text, or a call's arguments.
    text: String,
    is_open: bool,
}

impl Item {
    fn part(&self) -> Value {
        match self.kind {
            Kind::Thought => json!({"type": "summary_text", "text": self.text}),
            Kind::Refusal => json!({"type": "refusal", "refusal": self.text}),
            _ => json!({"type": "output_text", "text": self.text, "annotations": [], "logprobs": []}),
        }
    }

    /// The item as it is; without its parts where it is only now added.
    fn value(&self, status: &str, is_new: bool) -> Value {
        let parts = if is_new { json!([]) } else { json!([self.part()]) };
        match self.kind {
            Kind::Thought => json!({"id": self.id, "type": "reasoning", "summary": parts}),
            Kind::Call(_) => {
                json!({"id": self.id, "type": "function_call", "status": status, "call_id": self.call_id,
                "name": self.name, "arguments": self.text})
            }
            _ => {
                json!({"id": self.id, "type": "message", "status": status, "role": "assistant", "content": parts})
            }
        }
    }
}

/// Makes one response.
#[derive(Debug)]
pub struct Encoder {
    parser: SseParser,
    /// The response object, but for its output.
    response: Map<String, Value>,
    input: String,
    unique: String,
    items: Vec<Item>,
    reason: String,
    output_bytes: usize,
    /// Something of the reply could not be taken.
    is_cut: bool,
    sequence: u64,
    has_begun: bool,
    has_ended: bool,
    out: String,
}

/// How a response ended that did not end well: `code` and `message` of its error.
type Error<'a> = (&'a str, &'a str);

/// Of a reply whose provider gives a failure as the reason why it is over.
const UNFINISHED: Error = ("server_error", "the provider could not finish its reply");

impl Encoder {
    /// A response that has not begun; `unique` is the part of the ids that is random.
    pub fn new(ask: ResponsesRequest, unique: &str, model: &str, created_s: u64) -> Encoder {
        let mut response = ask.echo;
        let own = json!({"id": format!("{PREFIX}{unique}"), "object": "response", "created_at": created_s, "completed_at": null,
            "status": "in_progress", "incomplete_details": null, "model": model, "error": null, "usage": null,
            "background": false});
        if let Value::Object(own) = own {
            response.extend(own);
        }
        Encoder {
            // A whole completion may be one event.
            parser: SseParser::with_limit(crate::model::forms::EVENT_BYTES_MAX),
            response,
            input: ask.input,
            unique: unique.to_owned(),
            items: Vec::new(),
            reason: String::new(),
            output_bytes: 0,
            is_cut: false,
            sequence: 0,
            has_begun: false,
            has_ended: false,
            out: String::new(),
        }
    }

    /// Takes chunks of the reply, split anywhere; gives the events that are due.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.parser.push(bytes);
        self.begin();
        loop {
            match self.parser.next_event() {
                Ok(Some(event)) => {
                    if let Some(chunk) = value_of(&event.data) {
                        self.chunk(&chunk);
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    self.is_cut = true;
                    break;
                }
            }
        }
        std::mem::take(&mut self.out)
    }

    /// The reply is over; gives the events that are left.
    pub fn finish(&mut self, error: Option<Error>, now_s: u64) -> String {
        if self.has_ended {
            return String::new();
        }
        if error.is_none() {
            // Some servers leave out the empty line after the last event.
            self.out = self.push(b"\n\n");
        }
        self.has_ended = true;
        self.begin();
        let error = error.or(is_failure(&self.reason).then_some(UNFINISHED));
        let incomplete = match self.reason.as_str() {
            _ if self.is_cut => Some("max_output_tokens"),
            "length" => Some("max_output_tokens"),
            "content_filter" => Some("content_filter"),
            _ => None,
        };
        let status = match (error, incomplete) {
            (Some(_), _) => "failed",
            (None, Some(_)) => "incomplete",
            (None, None) => "completed",
        };
        let last = self.items.len().saturating_sub(1);
        for at in 0..self.items.len() {
            let is_whole = status == "completed" || at < last;
            self.close(at, if is_whole { "completed" } else { "incomplete" });
        }
        self.set("status", status.into());
        self.set(
            "completed_at",
            if status == "completed" {
                now_s.into()
            } else {
                Value::Null
            },
        );
        if let Some((code, message)) = error {
            // OpenAI has it flat, the specification in `error`.
            let error = json!({"type": "server_error", "code": code, "message": message, "param": null});
            self.emit(
                "error",
                json!({"code": code, "message": message, "param": null, "error": error}),
            );
            self.set("error", json!({"code": "server_error", "message": message}));
        } else if let Some(reason) = incomplete {
            self.set("incomplete_details", json!({ "reason": reason }));
        }
        self.emit(
            &format!("response.{status}"),
            json!({"response": self.response()}),
        );
        self.out.push_str("data: [DONE]\n\n");
        std::mem::take(&mut self.out)
    }

    /// The response object as it is.
    pub fn response(&self) -> Value {
        let mut response = self.response.clone();
        let last = self.items.len().saturating_sub(1);
        let is_whole = self
            .response
            .get("status")
            .is_some_and(|status| status == "completed");
        let output = self.items.iter().enumerate().map(|(at, item)| {
            let is_whole = is_whole || at < last;
            item.value(if is_whole { "completed" } else { "incomplete" }, false)
        });
        response.insert("output".to_owned(), output.collect());
        Value::Object(response)
    }

    /// The response and its input as they are stored. A response that is too large for that is empty; one that has not ended
    /// is cancelled, because its client has left.
    pub fn stored(&mut self) -> (String, String) {
        if !self.has_ended {
            self.set("status", "cancelled".into());
        }
        let mut response = self.response().to_string();
        if response.len() > STORED_BYTES_MAX {
            response.clear();
        }
        (response, std::mem::take(&mut self.input))
    }

    fn set(&mut self, name: &str, value: Value) {
        self.response.insert(name.to_owned(), value);
    }

    fn emit(&mut self, kind: &str, mut fields: Value) {
        put(&mut fields, "type", kind.into());
        put(&mut fields, "sequence_number", self.sequence.into());
        self.sequence += 1;
        self.out.push_str(&format!("event: {kind}\ndata: {fields}\n\n"));
    }

    fn begin(&mut self) {
        if !self.has_begun {
            self.has_begun = true;
            for kind in ["response.created", "response.in_progress"] {
                self.emit(kind, json!({"response": self.response()}));
            }
        }
    }

    fn chunk(&mut self, chunk: &Value) {
        // Groq's usage stands beside the last choice under a name of its own, too.
        let usage = chunk.get("usage").or_else(|| chunk.pointer("/x_groq/usage"));
        if let Some(usage) = usage.filter(|usage| usage.is_object()) {
            self.set("usage", usage_of(usage));
        }
        let choices = chunk.get("choices").and_then(Value::as_array);
        let is_first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        let Some(choice) = choices.and_then(|choices| choices.iter().find(is_first)) else {
            return;
        };
        if let Some(delta) = choice.get("delta") {
            self.delta(delta);
        }
        let reason = choice.get("finish_reason").and_then(Value::as_str);
        if let Some(reason) = reason.filter(|reason| is_reason(reason)) {
            self.reason = reason.to_owned();
        }
    }

    fn delta(&mut self, delta: &Value) {
        let word = |name: &str| delta.get(name).map(text_of_value).unwrap_or_default();
        let thought = Some(word("reasoning_content")).filter(|text| !text.is_empty());
        let thought = thought.unwrap_or_else(|| word("reasoning"));
        self.say(Kind::Thought, &thought);
        self.say(Kind::Text, &word("content"));
        self.say(Kind::Refusal, &word("refusal"));
        let calls = delta.get("tool_calls").and_then(Value::as_array);
        for call in calls.into_iter().flatten() {
            // Without an index each call comes in one piece.
            let index = call.get("index").and_then(Value::as_u64);
            let index = index.unwrap_or(self.items.len() as u64);
            let at = self.open(
                Kind::Call(index),
                text_at(call, "/id"),
                text_at(call, "/function/name"),
            );
            self.more(at, text_at(call, "/function/arguments"));
        }
    }

    fn say(&mut self, kind: Kind, text: &str) {
        if !text.is_empty() {
            let at = self.open(kind, "", "");
            self.more(at, text);
        }
    }

    /// The place of the open item of that kind, which is added where there is none. Calls may be interleaved; anything
    /// else is over when something else begins.
    fn open(&mut self, kind: Kind, call_id: &str, name: &str) -> usize {
        let open =
            |item: &Item| item.is_open && item.kind == kind && !begins_another(&item.call_id, call_id, name);
        if let Some(at) = self.items.iter().rposition(open) {
            return at;
        }
        for at in 0..self.items.len() {
            if self
                .items
                .get(at)
                .is_some_and(|item| !matches!(item.kind, Kind::Call(_)))
            {
                self.close(at, "completed");
            }
        }
        let at = self.items.len();
        let prefix = match kind {
            Kind::Thought => "rs",
            Kind::Call(_) => "fc",
            _ => "msg",
        };
        let id = format!("{prefix}_{}{at}", self.unique);
        let made = format!("call_{}{at}", self.unique);
        let item = Item {
            kind,
            id: id.clone(),
            call_id: if call_id.is_empty() {
                made
            } else {
                call_id.to_owned()
            },
            name: name.to_owned(),
            text: String::new(),
            is_open: true,
        };
        let added = json!({"output_index": at, "item": item.value("in_progress", true)});
        self.emit("response.output_item.added", added);
        self.part(&item, at, "added");
        self.items.push(item);
        at
    }

    /// Tells that an item's part has been added or is done; a call has none.
    fn part(&mut self, item: &Item, at: usize, what: &str) {
        let (kind, index) = match item.kind {
            Kind::Call(_) => return,
            Kind::Thought => ("reasoning_summary_part", "summary_index"),
            _ => ("content_part", "content_index"),
        };
        let fields = json!({"item_id": item.id, "output_index": at, index: 0, "part": item.part()});
        self.emit(&format!("response.{kind}.{what}"), fields);
    }

    fn more(&mut self, at: usize, text: &str) {
        self.output_bytes = self.output_bytes.saturating_add(text.len());
        self.is_cut |= self.output_bytes > OUTPUT_BYTES_MAX;
        let is_wanted = !self.is_cut && !text.is_empty();
        let Some(item) = self.items.get_mut(at).filter(|_| is_wanted) else {
            return;
        };
        item.text.push_str(text);
        let (kind, id) = (item.kind, item.id.clone());
        self.text_event(kind, &id, at, "delta", ("delta", text), "");
    }

    fn text_event(&mut self, kind: Kind, id: &str, at: usize, what: &str, text: (&str, &str), name: &str) {
        let mut fields = json!({"item_id": id, "output_index": at, (text.0): text.1});
        let (event, more) = match kind {
            Kind::Text => ("output_text", json!({"content_index": 0, "logprobs": []})),
            Kind::Refusal => ("refusal", json!({"content_index": 0})),
            Kind::Thought => ("reasoning_summary_text", json!({"summary_index": 0})),
            Kind::Call(_) if what == "done" => ("function_call_arguments", json!({ "name": name })),
            Kind::Call(_) => ("function_call_arguments", json!({})),
        };
        if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
            fields.extend(more);
        }
        self.emit(&format!("response.{event}.{what}"), fields);
    }

    fn close(&mut self, at: usize, status: &str) {
        let Some(item) = self.items.get_mut(at).filter(|item| item.is_open) else {
            return;
        };
        item.is_open = false;
        if matches!(item.kind, Kind::Call(_)) && status == "completed" && item.text.is_empty() {
            item.text.push_str(NO_ARGUMENTS);
        }
        let item = item.clone();
        let word = match item.kind {
            Kind::Text | Kind::Thought => "text",
            Kind::Refusal => "refusal",
            Kind::Call(_) => "arguments",
        };
        self.text_event(item.kind, &item.id, at, "done", (word, &item.text), &item.name);
        self.part(&item, at, "done");
        let done = json!({"output_index": at, "item": item.value(status, false)});
        self.emit("response.output_item.done", done);
    }
}

/// The usage of a completion as a response's.
fn usage_of(usage: &Value) -> Value {
    let count = |path: &str| usage.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let (input, output) = (count("/prompt_tokens"), count("/completion_tokens"));
    json!({
        "input_tokens": input,
        "input_tokens_details": {"cached_tokens": count("/prompt_tokens_details/cached_tokens")},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": count("/completion_tokens_details/reasoning_tokens")},
        "total_tokens": input.saturating_add(output),
    })
}
