//! A streamed reply on the voice path: which events the client gets at once, what of them is spoken, and what waits
//! until the last sound has been sent. Pure.
//!
//! Invariants: every event that carries text, reasoning or a tool call passes as the provider made it, at once; the
//! reason why the model finished and its usage come after the sound, because clients take them for the end.
//! `[DONE]` is never made up, and nothing of a provider's error reaches the client.

use serde_json::Value;

use super::forms::{Whole, tokens_of};
use super::reply::{self, Meaning, is_reason, text_of_value, words};
use super::usage::Usage;
use crate::upstream::outcome::{self, Failure};
use crate::wire::fields::Fields;
use crate::wire::json::{json, put};
use crate::wire::sse::{SseEvent, SseParser};

/// What to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The data of an event for the client.
    Forward(String),
    /// Text to speak; its event was forwarded before it.
    Say(String),
    /// A tool call has begun, or the model has said why it finished: what was said so far will not go on.
    Pause,
    /// The reply is whole: with `[DONE]`, or without it after every choice had its reason to finish.
    Done,
    /// The provider reports that the reply failed, and of what.
    Failed(Failure),
}

/// What the chunks of one reply have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkEnvelope {
    id: Value,
    created: Value,
    model: Value,
}

impl ChunkEnvelope {
    /// Of a reply whose provider has not said anything yet.
    pub fn new(id: &str, model: &str, created_s: u64) -> Self {
        Self {
            id: id.into(),
            created: created_s.into(),
            model: model.into(),
        }
    }

    fn learn(&mut self, chunk: &Value) {
        for (name, slot) in [
            ("id", &mut self.id),
            ("created", &mut self.created),
            ("model", &mut self.model),
        ] {
            if let Some(value) = chunk.get(name).filter(|value| !value.is_null()) {
                *slot = value.clone();
            }
        }
    }

    /// A chunk that says the same in each of so many choices, or why each of them is finished.
    fn chunk_of(&self, choices: usize, delta: &Value, reason: Option<&str>) -> Value {
        let choice = |index| json!({"index": index, "delta": delta, "finish_reason": reason});
        let choices: Vec<Value> = (0..choices.clamp(1, CHOICES_MAX)).map(choice).collect();
        let mut chunk = self.chunk(Value::Null);
        put(&mut chunk, "choices", choices.into());
        chunk
    }

    /// The end of a reply that no provider goes on with, as bytes of a stream.
    pub fn end(&self, choices: usize) -> Vec<u8> {
        let last = self.chunk_of(choices, &json!({}), Some("stop"));
        format!("data: {last}\n\ndata: [DONE]\n\n").into_bytes()
    }

    /// A chunk with this delta.
    pub fn chunk(&self, delta: Value) -> Value {
        json!({
            "id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": null}],
        })
    }
}

/// Most choices that are begun; OpenAI allows as many.
const CHOICES_MAX: usize = 128;

/// Reads one reply.
#[derive(Debug)]
pub struct Voiced {
    parser: SseParser,
    /// For chunks of our own.
    pub envelope: ChunkEnvelope,
    /// Data of the events that come after the sound.
    last: Vec<String>,
    is_over: bool,
    /// `[DONE]` has come.
    has_done: bool,
    /// How many choices were asked for, and those that have finished.
    choices: usize,
    finished: Vec<u64>,
    /// Puts the calls of tools together.
    calls: Whole,
    /// What the provider says that the reply cost, once it has.
    pub tokens: Option<u64>,
}

impl Voiced {
    /// At the start of a reply.
    pub fn new(envelope: ChunkEnvelope) -> Self {
        Self {
            parser: SseParser::new(),
            envelope,
            last: Vec::new(),
            is_over: false,
            has_done: false,
            choices: 1,
            finished: Vec::new(),
            calls: Whole::default(),
            tokens: None,
        }
    }

    /// The same of a reply of so many choices.
    pub fn of_choices(self, choices: usize) -> Self {
        Self { choices, ..self }
    }

    /// A chunk of our own that begins every choice with a text.
    pub fn said(&self, text: &str) -> String {
        let delta = json!({"role": "assistant", "content": text});
        self.envelope.chunk_of(self.choices, &delta, None).to_string()
    }

    /// Takes bytes of the reply. An event that is too long to be read ends the reply as failed.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Part> {
        let mut parts = Vec::new();
        self.parser.push(bytes);
        while !self.is_over {
            match self.parser.next_event() {
                Ok(Some(event)) => self.event(event, &mut parts),
                Ok(None) => break,
                Err(_) => self.end(Part::Failed(Failure::InBand), &mut parts),
            }
        }
        parts
    }

    /// No more bytes will come. Some servers leave out the empty line after the last event, and many leave out `[DONE]`:
    /// clients take both for the end all the same, and what is told after the last reason belongs to it. Any other event that
    /// was not ended is none (HTML Standard, "Interpreting an event stream").
    pub fn finish(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut is_clean = true;
        if self.parser.is_mid_event() && !self.is_over {
            let have_finished = self.finished.len() >= self.choices;
            let ends = |event: &SseEvent| {
                let has_more = have_finished && Fields::read(&event.data).is_some();
                event.data == "[DONE]" || has_more || !reply::read(event).finished.is_empty()
            };
            self.parser.push(b"\n\n");
            match self.parser.next_event() {
                Ok(Some(event)) if ends(&event) => self.event(event, &mut parts),
                Ok(None) => {}
                _ => is_clean = false,
            }
        }
        if is_clean && !self.is_over && self.finished.len() >= self.choices {
            self.end(Part::Done, &mut parts);
        }
        parts
    }

    /// The calls of tools so far, as OpenAI's list.
    pub fn tool_calls(&self) -> Option<Value> {
        self.calls.message().tool_calls
    }

    /// What the provider says of the tokens, once it has.
    pub fn usage(&self) -> Option<Usage> {
        self.last.iter().rev().find_map(|event| Usage::read(event))
    }

    /// What closes the reply: the events that were held back for the end, and `[DONE]` if it has come.
    pub fn closing(&mut self) -> Vec<String> {
        let mut closing = std::mem::take(&mut self.last);
        closing.extend(self.has_done.then(|| "[DONE]".to_owned()));
        closing
    }

    fn end(&mut self, part: Part, parts: &mut Vec<Part>) {
        self.is_over = true;
        parts.push(part);
    }

    fn event(&mut self, event: SseEvent, parts: &mut Vec<Part>) {
        let read = reply::read(&event);
        match read.meaning {
            Meaning::Done => {
                self.has_done = true;
                return self.end(Part::Done, parts);
            }
            Meaning::Error => return self.end(Part::Failed(outcome::of_event(&event.data)), parts),
            _ => {}
        }
        for index in read.finished {
            if self.finished.len() < self.choices && !self.finished.contains(&index) {
                self.finished.push(index);
            }
        }
        let Ok(mut chunk) = serde_json::from_str::<Value>(&event.data) else {
            // A number beyond any range, half a surrogate pair: JSON all the same. Of what is none the client's parser
            // would stumble, and there is nothing in it for anybody.
            if let Some(text) = words(&event.data) {
                parts.push(Part::Forward(event.data));
                parts.extend((!text.is_empty()).then_some(Part::Say(text)));
            }
            return;
        };
        self.envelope.learn(&chunk);
        // Of several choices the first is spoken; all of them are shown.
        let is_first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        let first = choices(&chunk).iter().find(is_first);
        let delta = first.and_then(|choice| choice.get("delta"));
        let text = delta
            .and_then(|delta| delta.get("content"))
            .map(text_of_value)
            .unwrap_or_default();
        let calls_tool = delta
            .and_then(|delta| delta.get("tool_calls"))
            .and_then(Value::as_array)
            .is_some_and(|calls| !calls.is_empty());
        let has_finished = first.is_some_and(finished);
        if calls_tool && let Value::Object(fields) = &chunk {
            self.calls.chunk(fields.clone());
        }
        self.tokens = chunk.as_object().and_then(tokens_of).or(self.tokens);
        if is_closing(&chunk) {
            if says_something(&chunk) {
                // The last words and the end in one event: the words go now, the end later.
                let mut words = chunk.clone();
                set_all(&mut words, "finish_reason", &Value::Null);
                // What it cost is told once, with the end.
                if let Some(fields) = words.as_object_mut() {
                    fields.remove("usage");
                }
                parts.push(Part::Forward(words.to_string()));
                set_all(&mut chunk, "delta", &json!({}));
                self.last.push(chunk.to_string());
            } else {
                self.last.push(event.data);
            }
        } else {
            parts.push(Part::Forward(event.data));
        }
        if !text.is_empty() {
            parts.push(Part::Say(text));
        }
        if calls_tool || has_finished {
            parts.push(Part::Pause);
        }
        if read.has_failed {
            self.end(Part::Failed(Failure::InBand), parts);
        }
    }
}

fn choices(chunk: &Value) -> &[Value] {
    chunk
        .get("choices")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// An event that says why the model finished, or what it cost and nothing else. (Azure's first has neither choices nor
/// a cost.)
fn is_closing(chunk: &Value) -> bool {
    let choices = choices(chunk);
    choices.iter().any(finished) || (choices.is_empty() && chunk.get("usage").is_some_and(Value::is_object))
}

fn finished(choice: &Value) -> bool {
    let reason = choice.get("finish_reason").and_then(Value::as_str);
    reason.is_some_and(is_reason)
}

fn says_something(chunk: &Value) -> bool {
    let is_said = |delta: &Value| {
        let fields = delta.as_object().into_iter().flatten();
        fields
            .filter(|(name, _)| *name != "role")
            .any(|(_, value)| !matches!(value, Value::Null) && *value != "" && *value != json!([]))
    };
    choices(chunk)
        .iter()
        .filter_map(|choice| choice.get("delta"))
        .any(is_said)
}

fn set_all(chunk: &mut Value, name: &str, value: &Value) {
    let choices = chunk.get_mut("choices").and_then(Value::as_array_mut);
    for choice in choices.into_iter().flatten() {
        put(choice, name, value.clone());
    }
}

/// The chunk that goes before a text and begins every choice of it; `held` is the beginning of the reply.
pub fn told_chunk(held: &[u8], envelope: ChunkEnvelope, choices: usize, text: &str) -> String {
    let mut reply = Voiced::new(envelope).of_choices(choices);
    reply.push(held);
    format!("data: {}\n\n", reply.said(text))
}

/// A first chunk that tells what was heard: the id and model of the reply whose first bytes are `held`.
pub fn heard_chunk(held: &[u8], envelope: ChunkEnvelope, transcript: &str) -> String {
    let mut reply = Voiced::new(envelope);
    reply.push(held);
    let mut chunk = reply.envelope.chunk(json!({"role": "assistant", "content": ""}));
    put(&mut chunk, "input_transcript", transcript.into());
    format!("data: {chunk}\n\n")
}

#[cfg(test)]
mod tests;
