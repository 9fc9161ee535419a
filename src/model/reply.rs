//! What a streamed reply says: whether an event carries content, whether the reply is complete, and what it held.
//!
//! [`Observer`] sees every byte of a reply and changes none. It is cheap on the way (events are looked at as text and
//! parsed as JSON only where they may matter); the text itself is put together once, by [`Observer::text`].
//! Formats: OpenAI's chat completion chunks, and Groq's ways of reporting an error inside a stream. Pure.

use serde_json::Value;

use crate::wire::sse::{SseEvent, SseParser};

/// Most bytes of a reply that are kept for its text; a reply is some kilobytes, and an isolate has 128 MB for all.
pub const KEPT_BYTES_MAX: usize = 1 << 20;

/// What one event means to a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Something the person is waiting for: text, reasoning, a refusal, a tool call.
    Content,
    /// The model has finished and says why (`stop`, `length`, ...).
    Finished(String),
    /// The provider reports that the reply failed.
    Error,
    /// `[DONE]`.
    Done,
    /// A preamble, usage, or an event that we do not understand.
    Other,
}

/// What an event means. An event that is not JSON, or of another shape, is [`Meaning::Other`].
pub fn meaning(event: &SseEvent) -> Meaning {
    if event.data == "[DONE]" {
        return Meaning::Done;
    }
    if event.event == "error" {
        return Meaning::Error;
    }
    let Ok(value) = serde_json::from_str::<Value>(&event.data) else {
        return Meaning::Other;
    };
    if has_error(&value) {
        return Meaning::Error;
    }
    let choices = value
        .get("choices")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if choices
        .iter()
        .filter_map(|choice| choice.get("delta"))
        .any(carries_content)
    {
        return Meaning::Content;
    }
    let finish = choices
        .iter()
        .find_map(|choice| choice.get("finish_reason").and_then(Value::as_str));
    finish.map_or(Meaning::Other, |reason| Meaning::Finished(reason.to_owned()))
}

/// `{"error": ...}`, or `x_groq.error` inside a chunk.
fn has_error(value: &Value) -> bool {
    let set = |error: Option<&Value>| error.is_some_and(|error| !error.is_null());
    set(value.get("error")) || set(value.get("x_groq").and_then(|groq| groq.get("error")))
}

/// Any field of a delta besides its role that is not empty counts: text, reasoning under its various names, tool calls.
fn carries_content(delta: &Value) -> bool {
    let Some(fields) = delta.as_object() else {
        return false;
    };
    fields
        .iter()
        .filter(|(name, _)| *name != "role")
        .any(|(_, value)| match value {
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            _ => false,
        })
}

/// How far a reply has come while nothing has been sent to the client yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Nothing to go by yet.
    Waiting,
    /// Content has come: commit to this provider.
    Content,
    /// The reply is whole and short, or ended for a reason of its own (a filter, a length of zero): commit.
    Whole,
    /// The provider reported an error before any content: the next one can take over.
    Failed,
    /// `[DONE]` came without any content: nothing was said, the next one can take over.
    Empty,
}

/// How a reply ended, once no more bytes will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With `[DONE]`.
    Done,
    /// With an error event of the provider's own, which the client has received.
    ErrorSeen,
    /// With neither: the client must be told.
    Cut,
}

impl Default for Observer {
    fn default() -> Self {
        Self::new()
    }
}

/// Sees a whole reply go by.
#[derive(Debug)]
pub struct Observer {
    parser: SseParser,
    kept: Vec<u8>,
    kept_whole: bool,
    opening: Option<Opening>,
    finish_reason: Option<String>,
    done: bool,
    error: bool,
    /// The parser gave up (an event beyond its limit): the end is told from the last bytes alone.
    blind: bool,
    tail: Vec<u8>,
    bytes: u64,
}

const DONE_LINE: &[u8] = b"data: [DONE]";

impl Observer {
    /// An observer of a reply that has not begun.
    pub fn new() -> Self {
        Self {
            parser: SseParser::new(),
            kept: Vec::new(),
            kept_whole: true,
            opening: None,
            finish_reason: None,
            done: false,
            error: false,
            blind: false,
            tail: Vec::new(),
            bytes: 0,
        }
    }

    /// Takes what has arrived. Returns true when the reply is complete and nothing more needs to be read.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        self.bytes += bytes.len() as u64;
        if self.kept.len() + bytes.len() <= KEPT_BYTES_MAX {
            self.kept.extend_from_slice(bytes);
        } else {
            self.kept_whole = false;
        }
        self.remember_tail(bytes);
        if !self.blind {
            self.parser.push(bytes);
            self.read_events();
        }
        if self.blind && ends_with_done(&self.tail) {
            self.done = true;
        }
        self.done
    }

    fn remember_tail(&mut self, bytes: &[u8]) {
        const TAIL_BYTES: usize = 64;
        self.tail.extend_from_slice(
            bytes
                .get(bytes.len().saturating_sub(TAIL_BYTES)..)
                .unwrap_or(bytes),
        );
        let surplus = self.tail.len().saturating_sub(TAIL_BYTES);
        self.tail.drain(..surplus);
    }

    fn read_events(&mut self) {
        while !self.done {
            match self.parser.next_event() {
                Ok(Some(event)) => self.see(&event),
                Ok(None) => return,
                Err(_) => {
                    self.blind = true;
                    return;
                }
            }
        }
    }

    /// Once content has come, an event is parsed only if it may be an error: the word must stand in it.
    fn see(&mut self, event: &SseEvent) {
        if self.opening == Some(Opening::Content) {
            if event.data == "[DONE]" {
                self.done = true;
            } else if (event.event == "error" || event.data.contains("error"))
                && meaning(event) == Meaning::Error
            {
                self.error = true;
            }
            return;
        }
        match meaning(event) {
            Meaning::Content => self.opening = Some(Opening::Content),
            Meaning::Finished(reason) => self.finish_reason = Some(reason),
            Meaning::Error => {
                self.error = true;
                self.opening = Some(Opening::Failed);
            }
            Meaning::Done => {
                self.done = true;
                if self.opening.is_none() {
                    let why = self.finish_reason.as_deref();
                    let own_reason = why.is_some_and(|reason| reason != "stop");
                    self.opening = Some(if own_reason {
                        Opening::Whole
                    } else {
                        Opening::Empty
                    });
                }
            }
            Meaning::Other => {}
        }
    }

    /// How far the reply has come.
    pub fn opening(&self) -> Opening {
        self.opening.unwrap_or(Opening::Waiting)
    }

    /// Whether `[DONE]` has come.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// How the reply ended, if it ends here.
    pub fn end(&self) -> End {
        match (self.done, self.error) {
            (_, true) => End::ErrorSeen,
            (true, false) => End::Done,
            (false, false) => End::Cut,
        }
    }

    /// What must stand before an appended event, so that an unfinished one does not swallow it.
    pub fn separator(&self) -> &'static str {
        let at_boundary = self.tail.is_empty() || (!self.blind && !self.parser.is_mid_event());
        if at_boundary { "" } else { "\n\n" }
    }

    /// Bytes seen so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The text of the first choice, or `None` when the reply was longer than [`KEPT_BYTES_MAX`].
    pub fn text(&self) -> Option<String> {
        if !self.kept_whole {
            return None;
        }
        let mut parser = SseParser::with_limit(KEPT_BYTES_MAX);
        parser.push(&self.kept);
        let mut text = String::new();
        while let Ok(Some(event)) = parser.next_event() {
            if event.data == "[DONE]" {
                break;
            }
            let Ok(value) = serde_json::from_str::<Value>(&event.data) else {
                continue;
            };
            if let Some(content) = value.pointer("/choices/0/delta/content").and_then(Value::as_str) {
                text.push_str(content);
            }
        }
        Some(text)
    }
}

fn ends_with_done(tail: &[u8]) -> bool {
    let trimmed = tail.trim_ascii_end();
    trimmed.ends_with(DONE_LINE) || trimmed.ends_with(b"data:[DONE]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(delta: &str) -> String {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}]}}\n\n")
    }

    fn finish(reason: &str) -> String {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]}}\n\n")
    }

    fn observe(stream: &str) -> Observer {
        let mut observer = Observer::new();
        observer.feed(stream.as_bytes());
        observer
    }

    const ROLE: &str = r#"{"role":"assistant","content":""}"#;

    #[test]
    fn a_role_alone_is_not_content_and_anything_said_is() {
        assert_eq!(observe(&chunk(ROLE)).opening(), Opening::Waiting);
        for delta in [
            r#"{"content":"Hi"}"#,
            r#"{"role":"assistant","content":"Hi"}"#,
            r#"{"reasoning":"hm"}"#,
            r#"{"refusal":"no"}"#,
            r#"{"tool_calls":[{"index":0}]}"#,
        ] {
            assert_eq!(observe(&chunk(delta)).opening(), Opening::Content, "{delta}");
        }
    }

    #[test]
    fn all_four_ways_a_stream_dies_are_seen() {
        let begun = chunk(r#"{"content":"Hi"}"#);
        for (name, rest) in [
            (
                "error object",
                "data: {\"error\":{\"message\":\"x\"}}\n\n".to_owned(),
            ),
            (
                "error event",
                "event: error\ndata: {\"message\":\"x\"}\n\n".to_owned(),
            ),
            (
                "groq",
                "data: {\"choices\":[],\"x_groq\":{\"error\":\"over capacity\"}}\n\n".to_owned(),
            ),
        ] {
            assert_eq!(observe(&format!("{begun}{rest}")).end(), End::ErrorSeen, "{name}");
            assert_eq!(observe(&rest).opening(), Opening::Failed, "{name} first");
            assert_eq!(
                observe(&format!("{}{rest}", chunk(ROLE))).opening(),
                Opening::Failed,
                "{name} after a role"
            );
        }
        assert_eq!(observe(&begun).end(), End::Cut);
        assert_eq!(observe(&format!("{begun}data: [DONE]\n\n")).end(), End::Done);
    }

    #[test]
    fn a_reply_that_says_nothing_is_empty_unless_it_says_why() {
        let empty = format!("{}{}data: [DONE]\n\n", chunk(ROLE), finish("stop"));
        assert_eq!(observe(&empty).opening(), Opening::Empty);
        assert_eq!(observe("data: [DONE]\n\n").opening(), Opening::Empty);
        let filtered = format!("{}{}data: [DONE]\n\n", chunk(ROLE), finish("content_filter"));
        assert_eq!(observe(&filtered).opening(), Opening::Whole);
    }

    #[test]
    fn the_word_error_in_a_reply_is_not_an_error() {
        let talk = format!(
            "{}{}data: [DONE]\n\n",
            chunk(r#"{"content":"an error"}"#),
            chunk(r#"{"content":"error: {\"error\":1}"}"#)
        );
        assert_eq!(observe(&talk).end(), End::Done);
        assert_eq!(observe(&talk).text().unwrap(), "an errorerror: {\"error\":1}");
    }

    #[test]
    fn a_malformed_event_does_not_end_a_good_stream() {
        let stream = format!(
            "{}data: {{broken\n\n{}data: [DONE]\n\n",
            chunk(r#"{"content":"a"}"#),
            chunk(r#"{"content":"b"}"#)
        );
        let observer = observe(&stream);
        assert_eq!(
            (observer.end(), observer.text().unwrap().as_str()),
            (End::Done, "ab")
        );
    }

    #[test]
    fn an_appended_event_is_kept_apart_from_an_unfinished_one() {
        assert_eq!(observe(&chunk(r#"{"content":"a"}"#)).separator(), "");
        assert_eq!(observe("data: {\"choi").separator(), "\n\n");
        assert_eq!(observe("data: {}\n").separator(), "\n\n");
        assert_eq!(observe("").separator(), "");
    }

    #[test]
    fn an_endless_event_blinds_the_observer_but_not_to_the_end() {
        let mut observer = Observer::new();
        observer.feed(chunk(r#"{"content":"a"}"#).as_bytes());
        observer.feed(&vec![b'x'; 300 * 1024]);
        assert!(!observer.is_done());
        assert!(observer.feed(b"\n\ndata: [DONE]\n\n"));
        assert_eq!(observer.end(), End::Done);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn how_the_bytes_were_split_makes_no_difference(cuts in prop::collection::vec(0usize..400, 0..8)) {
            let stream = format!("\u{feff}{}: c\r\n{}{}data: [DONE]\r\n\r\n", chunk(ROLE), chunk(r#"{"content":"hé 😀"}"#), chunk(r#"{"content":"llo"}"#));
            let bytes = stream.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut observer = Observer::new();
            for pair in cuts.windows(2) {
                observer.feed(&bytes[pair[0]..pair[1]]);
            }
            prop_assert_eq!(observer.end(), End::Done);
            prop_assert_eq!(observer.text().unwrap(), "h\u{e9} \u{1f600}llo");
        }
    }
}
