//! Workers AI's streams in OpenAI's shape. Pure.
//!
//! A model behind the `AI` binding streams `data: {"response":"tok"}` events and then `data: [DONE]`; newer models
//! stream OpenAI's chunks. The first kind is translated, the second and everything not understood pass as they are.
//! Source: Workers AI documentation, "Streaming responses".

use serde_json::Value;

use crate::wire::json::{json, put_some};
use crate::wire::sse::{SseEvent, SseParser};

/// Translates one reply.
#[derive(Debug)]
pub struct Translator {
    parser: SseParser,
    id: String,
    model: String,
    created_s: u64,
    role_sent: bool,
    has_spoken: bool,
    finished: bool,
}

impl Translator {
    /// `id` is the reply's id, `created_s` Unix seconds.
    pub fn new(id: String, model: String, created_s: u64) -> Self {
        Self {
            parser: SseParser::new(),
            id,
            model,
            created_s,
            role_sent: false,
            has_spoken: false,
            finished: false,
        }
    }

    /// Takes bytes of the provider's stream and gives bytes for the client.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.parser.push(bytes);
        let mut out = String::new();
        while let Ok(Some(event)) = self.parser.next_event() {
            self.translate(&event, &mut out);
        }
        out
    }

    fn translate(&mut self, event: &SseEvent, out: &mut String) {
        let value = serde_json::from_str::<Value>(&event.data).ok();
        let response = value
            .as_ref()
            .filter(|value| value.get("choices").is_none())
            .and_then(|value| value.get("response"));
        match response {
            Some(text) => {
                let text = text_of(text);
                let usage = value
                    .as_ref()
                    .and_then(|value| value.get("usage"))
                    .filter(|usage| !usage.is_null());
                self.chunk(&text, usage, out);
            }
            None if event.data == "[DONE]" => self.done(out),
            None => {
                if event.event != "message" {
                    out.push_str(&format!("event: {}\n", event.event));
                }
                for line in event.data.split('\n') {
                    out.push_str(&format!("data: {line}\n"));
                }
                out.push('\n');
                // A chunk of OpenAI's own brings its own role and end.
                self.role_sent = true;
                self.finished = true;
            }
        }
    }

    fn chunk(&mut self, text: &str, usage: Option<&Value>, out: &mut String) {
        self.has_spoken |= !text.is_empty();
        if !self.role_sent {
            self.role_sent = true;
            self.emit(json!({"role": "assistant", "content": ""}), None, None, out);
        }
        if !text.is_empty() || usage.is_some() {
            self.emit(json!({"content": text}), None, usage, out);
        }
    }

    fn done(&mut self, out: &mut String) {
        // Its events give no reason to finish: of a reply without a word nobody knows one.
        if !self.finished && self.has_spoken {
            self.finished = true;
            self.emit(json!({}), Some("stop"), None, out);
        }
        out.push_str("data: [DONE]\n\n");
    }

    fn emit(&self, delta: Value, finish_reason: Option<&str>, usage: Option<&Value>, out: &mut String) {
        let mut chunk = json!({
            "id": self.id, "object": "chat.completion.chunk", "created": self.created_s, "model": self.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        });
        put_some(&mut chunk, "usage", usage.cloned());
        out.push_str(&format!("data: {chunk}\n\n"));
    }
}

/// A whole answer of the binding, `{"response", "usage"?}` or OpenAI's own, as a `chat.completion`.
/// `None` when it is neither.
pub fn completion(answer: &Value, id: &str, model: &str, created_s: u64) -> Option<Value> {
    if answer.get("choices").is_some_and(Value::is_array) {
        return Some(answer.clone());
    }
    let text = text_of(answer.get("response")?);
    let calls: Vec<Value> = answer
        .get("tool_calls")
        .and_then(Value::as_array)
        .map(|calls| calls.iter().enumerate().filter_map(tool_call).collect())
        .unwrap_or_default();
    let reason = match (calls.is_empty(), text.is_empty()) {
        (false, _) => Value::from("tool_calls"),
        (true, false) => "stop".into(),
        // Nothing was said, and the binding does not say why.
        (true, true) => Value::Null,
    };
    let message = if calls.is_empty() {
        json!({"role": "assistant", "content": text})
    } else {
        json!({"role": "assistant", "content": text, "tool_calls": calls})
    };
    Some(json!({
        "id": id, "object": "chat.completion", "created": created_s, "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": answer.get("usage").cloned().unwrap_or(Value::Null),
    }))
}

/// A token that reads as a number comes as one, in JSON mode the binding gives an object, and beside tool calls null.
fn text_of(response: &Value) -> String {
    match response {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The binding's `{"name", "arguments": {...}}` in OpenAI's shape.
fn tool_call((index, call): (usize, &Value)) -> Option<Value> {
    let arguments = call.get("arguments").map(text_of).unwrap_or_default();
    let function = json!({"name": call.get("name")?.as_str()?, "arguments": arguments});
    Some(json!({"id": format!("call_{index}"), "type": "function", "function": function}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::observer::{Observer, ReplyEnd};

    fn translator() -> Translator {
        Translator::new("chatcmpl-1".into(), "m".into(), 1)
    }

    #[test]
    fn tokens_become_chunks_with_role_text_end_and_done() {
        let out = translator()
            .push(b"data: {\"response\":\"Hel\"}\n\ndata: {\"response\":\"lo\"}\n\ndata: [DONE]\n\n");
        let mut observer = Observer::new(1).keeping_reply();
        assert!(observer.feed(out.as_bytes()));
        assert_eq!(
            (observer.end(), observer.text().unwrap().as_str()),
            (ReplyEnd::Done, "Hello")
        );
        assert!(out.contains("\"role\":\"assistant\"") && out.contains("\"finish_reason\":\"stop\""));
    }

    #[test]
    fn openai_chunks_pass_and_get_no_second_end() {
        let chunk = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
        let out = translator().push(format!("{chunk}data: [DONE]\n\n").as_bytes());
        assert_eq!(out, format!("{chunk}data: [DONE]\n\n"));
    }

    #[test]
    fn a_reply_without_a_word_has_no_reason_to_finish() {
        use crate::model::observer::Opening;
        use crate::model::reply::{Meaning, whole_meaning};
        let out = translator().push(b"data: {\"response\":\"\"}\n\ndata: [DONE]\n\n");
        let mut observer = Observer::new(1);
        observer.feed(out.as_bytes());
        assert_eq!(observer.opening(), Opening::Empty);
        let whole = completion(&json!({"response": ""}), "i", "m", 1).unwrap();
        assert_eq!(whole_meaning(&whole.to_string()), Meaning::Done);
    }

    #[test]
    fn done_is_never_made_up() {
        assert!(
            !translator()
                .push(b"data: {\"response\":\"a\"}\n\n")
                .contains("[DONE]")
        );
    }

    #[test]
    fn a_number_is_a_token_and_null_is_none() {
        let out =
            translator().push(b"data: {\"response\":42}\n\ndata: {\"response\":null}\n\ndata: [DONE]\n\n");
        let mut observer = Observer::new(1).keeping_reply();
        observer.feed(out.as_bytes());
        assert_eq!(observer.text().unwrap(), "42");
    }

    #[test]
    fn tool_calls_become_openais() {
        let answer = json!({"response": null, "tool_calls": [{"name": "f", "arguments": {"x": 1}}]});
        let answer = completion(&answer, "i", "m", 1).unwrap();
        let at = |path: &str| answer.pointer(path).unwrap().as_str().unwrap().to_owned();
        assert_eq!(at("/choices/0/finish_reason"), "tool_calls");
        assert_eq!(at("/choices/0/message/tool_calls/0/function/name"), "f");
        assert_eq!(
            at("/choices/0/message/tool_calls/0/function/arguments"),
            r#"{"x":1}"#
        );
    }

    #[test]
    fn a_whole_answer_becomes_a_completion() {
        let answer = completion(&json!({"response": "Hi"}), "i", "m", 1).unwrap();
        assert_eq!(answer.pointer("/choices/0/message/content").unwrap(), "Hi");
        assert!(completion(&json!({"other": 1}), "i", "m", 1).is_none());
    }
}
