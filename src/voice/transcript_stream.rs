//! A transcript that its provider streams: OpenAI's events in, hearken's own out. Pure.
//!
//! Source: OpenAI "Create transcription", streaming (`transcript.text.delta`, `transcript.text.done`). Invariants: nothing of
//! a provider's error reaches the client; `done` is never made up.

use serde_json::Value;

use crate::wire::json::{json, put_some};
use crate::wire::sse::SseParser;

/// Most bytes of the whole text; an hour of speech is some 60 kB.
const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// How far the stream has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// No words yet.
    #[default]
    Silent,
    /// Words have come.
    Begun,
    /// All of it has come.
    Done,
    /// The provider says that it failed, or sends what cannot be read.
    Failed,
}

/// Reads the stream of one transcript.
#[derive(Debug, Default)]
pub struct TranscriptStream {
    parser: SseParser,
    text: String,
    /// How far it has come.
    pub progress: Progress,
}

impl TranscriptStream {
    /// Takes bytes and gives the events for the client.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.parser.push(bytes);
        let mut out = String::new();
        while !self.is_over() {
            match self.parser.next_event() {
                Ok(Some(event)) => self.event(&event.data, &mut out),
                Ok(None) => break,
                Err(_) => self.progress = Progress::Failed,
            }
        }
        out
    }

    /// No more bytes will come: the last event may lack its empty line.
    pub fn finish(&mut self) -> String {
        if self.is_over() || !self.parser.is_mid_event() {
            return String::new();
        }
        self.push(b"\n\n")
    }

    /// The whole text of a stream that has come to its end where none was asked for.
    pub fn text_of(events: &str) -> Option<String> {
        let mut stream = TranscriptStream::default();
        stream.push(events.as_bytes());
        stream.finish();
        (stream.progress == Progress::Done).then_some(stream.text)
    }

    /// Whether nothing that comes matters any more.
    pub fn is_over(&self) -> bool {
        matches!(self.progress, Progress::Done | Progress::Failed)
    }

    fn event(&mut self, data: &str, out: &mut String) {
        let Ok(event) = serde_json::from_str::<Value>(data) else {
            return;
        };
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let own = match text("type") {
            Some("transcript.text.delta") => {
                let delta = text("delta").unwrap_or_default();
                self.text.push_str(delta);
                self.progress = match self.text.len() > TEXT_BYTES_MAX {
                    true => Progress::Failed,
                    false => Progress::Begun,
                };
                json!({"type": "transcript.text.delta", "delta": delta})
            }
            Some("transcript.text.done") => {
                self.progress = Progress::Done;
                self.text = text("text").map_or_else(|| std::mem::take(&mut self.text), str::to_owned);
                let mut own = json!({"type": "transcript.text.done", "text": self.text});
                put_some(&mut own, "usage", event.get("usage").cloned());
                own
            }
            Some("error") => return self.progress = Progress::Failed,
            _ if event.get("error").is_some_and(|error| !error.is_null()) => {
                return self.progress = Progress::Failed;
            }
            _ => return,
        };
        out.push_str("data: ");
        out.push_str(&own.to_string());
        out.push_str("\n\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELTA: &str = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hi \",\"logprobs\":[1]}\n\n";
    const DONE: &str = "event: transcript.text.done\r\ndata: {\"type\":\"transcript.text.done\",\"text\":\"Hi you\",\"usage\":{\"total_tokens\":3}}\r\n\r\n";

    #[test]
    fn deltas_come_as_they_are_and_done_once() {
        let mut stream = TranscriptStream::default();
        assert_eq!(stream.push(b": hi\n\n"), "");
        assert_eq!(stream.progress, Progress::Silent);
        assert_eq!(
            stream.push(DELTA.as_bytes()),
            "data: {\"delta\":\"Hi \",\"type\":\"transcript.text.delta\"}\n\n"
        );
        assert_eq!(stream.progress, Progress::Begun);
        let (head, tail) = DONE.split_at(60);
        assert_eq!(stream.push(head.as_bytes()), "");
        let done = "data: {\"text\":\"Hi you\",\"type\":\"transcript.text.done\",\"usage\":{\"total_tokens\":3}}\n\n";
        assert_eq!(stream.push(tail.as_bytes()), done);
        assert_eq!(stream.push(DELTA.as_bytes()), "", "nothing follows the end");
        assert_eq!(stream.progress, Progress::Done);
    }

    #[test]
    fn a_last_event_without_its_empty_line_counts_and_half_of_one_does_not() {
        for (end, progress) in [
            (DONE.trim_end(), Progress::Done),
            ("data: {\"type\":\"transcript.text.do", Progress::Begun),
            ("", Progress::Begun),
        ] {
            let mut stream = TranscriptStream::default();
            stream.push(DELTA.as_bytes());
            stream.push(end.as_bytes());
            stream.finish();
            assert_eq!(stream.progress, progress, "{end:?}");
        }
    }

    #[test]
    fn a_stream_that_has_ended_is_a_text_and_half_of_one_is_none() {
        let all = format!("{DELTA}{DONE}");
        assert_eq!(TranscriptStream::text_of(&all).as_deref(), Some("Hi you"));
        assert_eq!(
            TranscriptStream::text_of(all.trim_end()).as_deref(),
            Some("Hi you")
        );
        for other in [DELTA, "", "Hi you", "<html>"] {
            assert_eq!(TranscriptStream::text_of(other), None, "{other}");
        }
    }

    #[test]
    fn an_error_ends_it_without_its_words() {
        for error in [
            r#"{"error":{"message":"our key"}}"#,
            r#"{"type":"error","message":"our key"}"#,
        ] {
            let mut stream = TranscriptStream::default();
            let out = stream.push(format!("data: {error}\n\n").as_bytes());
            assert_eq!((out.as_str(), stream.progress), ("", Progress::Failed));
        }
        let mut stream = TranscriptStream::default();
        stream.push(b"data: [DONE]\n\ndata: nonsense\n\ndata: {\"error\":null}\n\n");
        assert_eq!(stream.progress, Progress::Silent);
    }
}
