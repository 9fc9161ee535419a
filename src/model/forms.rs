//! The two forms of a reply, a stream of events and a whole completion, and each made from the other: a provider is taken
//! at what it sends, not at what it calls it or at what it was asked for. Pure.

mod choice;

use serde_json::{Map, Value};

use self::choice::{Choice, whole_calls};
pub use self::choice::{NO_ARGUMENTS, begins_another, text_at};
use super::reply::{self, Meaning};
use crate::upstream::outcome::{self, Failure};
use crate::wire::escapes::whole_characters;
use crate::wire::json::{json, put_some};
use crate::wire::order::sorted;
use crate::wire::sse::{SseEvent, SseParser};

/// Longest event of a stream that is put together: a whole completion may be one event.
pub const EVENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a body is, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyForm {
    /// Server-sent events.
    Events,
    /// A JSON object.
    Whole,
    /// A page, or text.
    Other,
}

/// Tells the form of a body; `None` while too little of it has come. `says_events`: its label calls it events, so that
/// whatever is no object and no page is one.
pub fn form(bytes: &[u8], says_events: bool) -> Option<BodyForm> {
    const NAMES: [&[u8]; 5] = [b"data", b"event", b"id", b"retry", b""];
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    match text.first() {
        None => return None,
        Some(b'{') => return Some(BodyForm::Whole),
        Some(b'<') => return Some(BodyForm::Other),
        Some(_) if says_events => return Some(BodyForm::Events),
        Some(_) => {}
    }
    let end = text.iter().position(|byte| matches!(byte, b':' | b'\n' | b'\r'));
    let name = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    match end {
        Some(_) if NAMES.contains(&name) => Some(BodyForm::Events),
        None if NAMES.iter().any(|known| known.starts_with(name)) => None,
        _ => Some(BodyForm::Other),
    }
}

/// JSON as it was meant, halves of characters replaced.
pub fn value_of(text: &str) -> Option<Value> {
    let read = |text: &str| serde_json::from_str(text).ok();
    read(text).or_else(|| read(&whole_characters(text.to_owned())))
}

/// A whole completion as the events of a stream, `[DONE]` included; `None` for what is no completion.
pub fn events_of(completion: &str, with_usage: bool) -> Option<String> {
    let completion = value_of(completion)?;
    let choices = completion.get("choices")?.as_array()?;
    let mut out = String::new();
    let mut emit = |choices: Value, usage: Option<&Value>| {
        let mut chunk = json!({"object": "chat.completion.chunk", "choices": choices});
        for name in ["id", "created", "model", "system_fingerprint", "service_tier"] {
            put_some(&mut chunk, name, completion.get(name).cloned());
        }
        put_some(&mut chunk, "usage", usage.cloned());
        out.push_str(&format!("data: {chunk}\n\n"));
    };
    for (at, choice) in choices.iter().enumerate() {
        let index = choice.get("index").cloned().unwrap_or_else(|| at.into());
        let mut delta = choice.get("message").cloned().unwrap_or_else(|| json!({}));
        let calls = delta.get_mut("tool_calls").and_then(Value::as_array_mut);
        for (at, call) in calls.into_iter().flatten().enumerate() {
            if let Some(fields) = call.as_object_mut() {
                fields.entry("index").or_insert_with(|| at.into());
            }
        }
        let mut said = json!({"index": index, "delta": delta, "finish_reason": null});
        put_some(&mut said, "logprobs", choice.get("logprobs").cloned());
        emit(json!([said]), None);
        let reason = choice.get("finish_reason").and_then(Value::as_str);
        let reason = reason.filter(|reason| reply::is_reason(reason)).unwrap_or("stop");
        emit(
            json!([{"index": index, "delta": {}, "finish_reason": reason}]),
            None,
        );
    }
    let usage = completion
        .get("usage")
        .filter(|usage| usage.is_object() && with_usage);
    if usage.is_some() {
        emit(json!([]), usage);
    }
    out.push_str("data: [DONE]\n\n");
    Some(out)
}

/// The whole completion that some servers send as the one event of a stream.
pub fn whole_event(events: &[u8]) -> Option<String> {
    let mut parser = SseParser::with_limit(EVENT_BYTES_MAX);
    parser.push(events);
    parser.push(b"\n\n");
    while let Ok(Some(event)) = parser.next_event() {
        if reply::whole_meaning(&event.data) == Meaning::Content {
            return Some(event.data);
        }
    }
    None
}

/// A stream of events as a whole completion.
///
/// # Errors
/// What the stream said of its failure, or that it broke off, or that there was nothing in it.
pub fn completion_of(events: &str) -> Result<String, Failure> {
    let mut whole = Whole::default();
    whole.push(events.as_bytes());
    whole.completion().map(|completion| completion.to_string())
}

/// What a completion, or a chunk of one, says that all of it cost, in tokens. Groq has it under a name of its own.
pub fn tokens_of(completion: &Map<String, Value>) -> Option<u64> {
    let groq = completion.get("x_groq").and_then(|groq| groq.get("usage"));
    let usage = completion
        .get("usage")
        .filter(|usage| usage.is_object())
        .or(groq)?;
    let count = |name: &str| usage.get(name).and_then(Value::as_u64);
    count("total_tokens").or_else(|| Some(count("prompt_tokens")? + count("completion_tokens")?))
}

/// What a reply's first choice comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplyMessage {
    /// Its text, as the model wrote it.
    pub text: String,
    /// Its calls of tools, as OpenAI's list.
    pub tool_calls: Option<Value>,
}

impl ReplyMessage {
    /// The message of a whole completion's first choice.
    pub fn of_completion(completion: &str) -> ReplyMessage {
        let value = value_of(completion).unwrap_or_default();
        let choices = value.get("choices").and_then(Value::as_array);
        let is_first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        let first = choices.into_iter().flatten().find(is_first);
        first
            .and_then(|choice| choice.get("message")?.as_object())
            .map_or_else(ReplyMessage::default, ReplyMessage::of)
    }

    fn of(message: &Map<String, Value>) -> ReplyMessage {
        let calls = message.get("tool_calls").filter(|calls| {
            let calls = calls.as_array();
            calls.is_some_and(|calls| !calls.is_empty())
        });
        let mut calls = calls.cloned();
        whole_calls(calls.as_mut());
        ReplyMessage {
            text: message
                .get("content")
                .map(reply::text_of_value)
                .unwrap_or_default(),
            tool_calls: calls,
        }
    }
}

/// Puts a stream together.
#[derive(Debug)]
pub struct Whole {
    parser: SseParser,
    /// The fields around the choices.
    around: Map<String, Value>,
    choices: Vec<Choice>,
    is_done: bool,
    error: Option<Failure>,
}

impl Default for Whole {
    fn default() -> Self {
        Self {
            parser: SseParser::with_limit(EVENT_BYTES_MAX),
            around: Map::new(),
            choices: Vec::new(),
            is_done: false,
            error: None,
        }
    }
}

impl Whole {
    /// Takes bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        self.parser.push(bytes);
        while let Ok(Some(event)) = self.parser.next_event() {
            if self.is_done {
                return;
            }
            self.event(&event);
        }
    }

    fn event(&mut self, event: &SseEvent) {
        match reply::read(event).meaning {
            Meaning::Done => self.is_done = true,
            Meaning::Error => self.error = Some(outcome::of_event(&event.data)),
            _ => {
                // Of a chunk with a number beyond any range the words are left.
                let chunk = value_of(&event.data).or_else(|| {
                    let words = reply::words(&event.data)?;
                    Some(json!({"choices": [{"index": 0, "delta": {"content": words}}]}))
                });
                if let Some(Value::Object(chunk)) = chunk {
                    self.chunk(chunk);
                }
            }
        }
    }

    /// Takes one chunk.
    pub fn chunk(&mut self, chunk: Map<String, Value>) {
        for (name, value) in chunk {
            match (name.as_str(), value) {
                ("choices", Value::Array(choices)) => {
                    for choice in choices {
                        self.choice(&choice);
                    }
                }
                (_, Value::Null) => {}
                ("usage", usage) => {
                    self.around.insert(name, usage);
                }
                (_, value) => {
                    self.around.entry(name).or_insert(value);
                }
            }
        }
    }

    fn choice(&mut self, said: &Value) {
        let index = said.get("index").and_then(Value::as_u64).unwrap_or(0);
        if !self.choices.iter().any(|choice| choice.index == index) {
            self.choices.push(Choice {
                index,
                ..Choice::default()
            });
        }
        let known = self.choices.iter_mut().find(|choice| choice.index == index);
        known.into_iter().for_each(|choice| choice.take(said));
    }

    /// What the provider says that all of it cost, in tokens.
    pub fn tokens(&self) -> Option<u64> {
        tokens_of(&self.around)
    }

    /// All that was said and thought, every choice's, as JSON.
    pub fn said(&self) -> String {
        let messages: Vec<&Map<String, Value>> = self.choices.iter().map(|choice| &choice.message).collect();
        serde_json::to_string(&messages).unwrap_or_default()
    }

    /// The message of the first choice so far.
    pub fn message(&self) -> ReplyMessage {
        let first = self.choices.iter().find(|choice| choice.index == 0);
        first.map_or_else(ReplyMessage::default, |choice| ReplyMessage::of(&choice.message))
    }

    /// All of it as a completion.
    ///
    /// # Errors
    /// As [`completion_of`].
    fn completion(mut self) -> Result<Value, Failure> {
        self.parser.push(b"\n\n");
        self.push(b"");
        if let Some(failure) = self.error {
            return Err(failure);
        }
        let has_finished = |choice: &Choice| choice.finish_reason.is_some();
        if self.choices.is_empty() {
            return Err(if self.is_done {
                Failure::Empty
            } else {
                Failure::Unusable
            });
        }
        if !self.is_done && !self.choices.iter().all(has_finished) {
            return Err(Failure::Cut);
        }
        let choices = sorted(self.choices, |one, other| one.index.cmp(&other.index));
        let choices: Vec<Value> = choices.into_iter().map(Choice::whole).collect();
        let mut completion = self.around;
        completion.insert("object".to_owned(), "chat.completion".into());
        completion.insert("choices".to_owned(), choices.into());
        Ok(completion.into())
    }
}

#[cfg(test)]
mod tests;
