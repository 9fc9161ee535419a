//! What a reply says: what one event of a stream means, what a whole completion means, and what of both are words.
//!
//! Formats: OpenAI's chat completion chunks with what others make of them
//! (Groq's errors inside a chunk, Mistral's lists of parts, empty reasons to finish). Pure.

mod thoughts;

use serde_json::Value;

pub(super) use thoughts::Aloud;
pub use thoughts::without_thoughts;

use crate::wire::fields::{self, Fields};
use crate::wire::raw::{self, Raw};
use crate::wire::sse::SseEvent;

/// What one event means to a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Something the person is waiting for: text, a refusal, a tool call.
    Content,
    /// What a model thinks aloud in a field of its own, and nothing else.
    Thought,
    /// A choice has finished, and nothing is said beside it.
    Finished,
    /// The provider reports that the reply failed.
    Error,
    /// `[DONE]`.
    Done,
    /// A preamble, usage, or an event that we do not understand.
    Other,
}

/// One event, as far as it is understood: not JSON, or of another shape, is [`Meaning::Other`].
#[derive(Debug)]
pub struct Read {
    /// What it means.
    pub meaning: Meaning,
    /// The choices that say in it why they are over.
    pub finished: Vec<u64>,
    /// A choice gives `error` as the reason why it is over.
    pub has_failed: bool,
}

/// Reads an event.
pub fn read(event: &SseEvent) -> Read {
    let plain = |meaning| Read {
        meaning,
        finished: Vec::new(),
        has_failed: false,
    };
    if event.data == "[DONE]" {
        return plain(Meaning::Done);
    }
    if event.event == "error" {
        return plain(Meaning::Error);
    }
    let Some(fields) = Fields::read(&event.data) else {
        return plain(Meaning::Other);
    };
    if has_error(&fields) {
        return plain(Meaning::Error);
    }
    of_choices(&fields, "delta")
}

/// What the choices of a chunk or a completion say; what they say stands under `name`.
fn of_choices(fields: &Fields, name: &str) -> Read {
    let mut read = Read {
        meaning: Meaning::Other,
        finished: Vec::new(),
        has_failed: false,
    };
    for choice in fields.objects("choices") {
        match choice.object(name).map(|said| meaning(&said)) {
            Some(said @ (Meaning::Content | Meaning::Thought)) if read.meaning != Meaning::Content => {
                read.meaning = said;
            }
            _ => {}
        }
        match choice.string("finish_reason").filter(|reason| is_reason(reason)) {
            Some(reason) if is_failure(&reason) => read.has_failed = true,
            Some(_) => read.finished.push(index(&choice)),
            None => {}
        }
    }
    if read.meaning == Meaning::Other && !read.finished.is_empty() {
        read.meaning = Meaning::Finished;
    }
    read
}

/// Whether a `finish_reason` is one: some servers send an empty one, or their language's word for none, with every chunk.
pub fn is_reason(reason: &str) -> bool {
    let reason = reason.trim();
    !["", "null", "none", "undefined", "nil"]
        .iter()
        .any(|none| reason.eq_ignore_ascii_case(none))
}

/// Whether a reason to finish says that the server could not go on (DeepSeek's, GLM's, OpenRouter's words).
pub fn is_failure(reason: &str) -> bool {
    [
        "error",
        "network_error",
        "server_error",
        "insufficient_system_resource",
    ]
    .iter()
    .any(|failure| reason.eq_ignore_ascii_case(failure))
}

/// What a reply that is not streamed means: [`Meaning::Content`] to hand it on, [`Meaning::Thought`] and
/// [`Meaning::Finished`] to hand it on although nothing was said; [`Meaning::Error`]; [`Meaning::Done`] when nothing was said and nothing finished;
/// [`Meaning::Other`] when it is no completion.
pub fn whole_meaning(text: &str) -> Meaning {
    let Some(fields) = Fields::read(text) else {
        return Meaning::Other;
    };
    if has_error(&fields) {
        return Meaning::Error;
    }
    if !fields.has("choices") {
        return Meaning::Other;
    }
    let read = of_choices(&fields, "message");
    match read.meaning {
        _ if read.has_failed => Meaning::Error,
        Meaning::Other => Meaning::Done,
        meaning => meaning,
    }
}

/// The text of a whole completion's first choice; `None` for anything else, such as a tool call alone.
pub fn whole_text(completion: &str) -> Option<String> {
    let fields = Fields::read(completion)?;
    let content = first(&fields)?.object("message")?.get("content").map(text_of)?;
    Some(content).filter(|content| !content.is_empty())
}

/// Whether the first choice of a whole completion ended because there was no room for more.
pub fn is_cut_off(completion: &str) -> bool {
    let fields = Fields::read(completion);
    let reason = fields.and_then(|fields| first(&fields)?.string("finish_reason"));
    reason.as_deref() == Some("length")
}

/// The text of the first choice in a chunk, empty where it has none, however odd the chunk's other fields are; `None` for
/// what is no JSON object.
pub fn words(data: &str) -> Option<String> {
    let fields = Fields::read(data)?;
    let content = first(&fields).and_then(|choice| choice.object("delta")?.get("content").map(text_of));
    Some(content.unwrap_or_default())
}

/// Of several choices the first is spoken and kept.
fn first<'a>(fields: &Fields<'a>) -> Option<Fields<'a>> {
    fields
        .objects("choices")
        .into_iter()
        .find(|choice| index(choice) == 0)
}

fn index(choice: &Fields) -> u64 {
    let index = choice.get("index").map(Raw::get);
    index.and_then(|index| index.parse().ok()).unwrap_or(0)
}

/// The words of a `content`: a string, or a list of parts of which those of the type `text` are words (Mistral puts its
/// thinking beside them).
fn text_of(content: Raw) -> String {
    if let Some(text) = fields::text(content) {
        return text;
    }
    let parts = raw::list(content.get()).unwrap_or_default();
    let parts = parts.into_iter().filter_map(|part| Fields::read(part.get()));
    let texts = parts.filter(|part| part.string("type").is_none_or(|kind| kind == "text"));
    texts.filter_map(|part| part.string("text")).collect()
}

/// The same of a value that has been read.
pub fn text_of_value(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let is_text = |part: &&Value| part.get("type").is_none_or(|kind| kind == "text");
            let texts = parts.iter().filter(is_text);
            texts.filter_map(|part| part.get("text")?.as_str()).collect()
        }
        _ => String::new(),
    }
}

/// `{"error": ...}`, vLLM's bare `{"object":"error", ...}`, or `x_groq.error` inside a chunk.
fn has_error(fields: &Fields) -> bool {
    let is_bare = || fields.string("object").is_some_and(|object| object == "error");
    fields.has("error") || is_bare() || fields.object("x_groq").is_some_and(|groq| groq.has("error"))
}

/// What a delta brings. Any field besides its role that is not empty counts: text, reasoning under its various names, tool
/// calls.
fn meaning(delta: &Fields) -> Meaning {
    let mut meaning = Meaning::Other;
    for (name, value) in &delta.0 {
        let text = value.get();
        let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
        let is_filled = match text.as_bytes().first() {
            Some(b'"') => !inner.is_empty(),
            Some(b'[' | b'{') => !inner.trim_ascii().is_empty(),
            _ => false,
        };
        if !is_filled || name == "role" {
            continue;
        }
        let is_parts = name == "content" && text.starts_with('[');
        let is_thought = name.starts_with("reasoning") || name.starts_with("thinking");
        if is_thought || (is_parts && text_of(*value).is_empty()) {
            meaning = Meaning::Thought;
        } else {
            return Meaning::Content;
        }
    }
    meaning
}

#[cfg(test)]
mod tests;
