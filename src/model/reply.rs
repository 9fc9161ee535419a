//! What a streamed reply says: whether an event carries content, whether the reply is complete, and what it held.
//!
//! [`Observer`] sees every byte of a reply and changes none. It is cheap on the way (once content has come, events are
//! skimmed, and parsed only where they may matter); the text itself is put together once, by [`Observer::text`], and only
//! where somebody will ask for it.
//! Formats: OpenAI's chat completion chunks, and Groq's ways of reporting an error inside a stream. Pure.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::skim::Skim;
use crate::upstream::outcome::{self, Failure};
use crate::wire::escapes::whole_characters;
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
    let Some(fields) = Fields::read(&event.data) else {
        return Meaning::Other;
    };
    if has_error(&fields) {
        return Meaning::Error;
    }
    let choices = choices(&fields);
    let delta = |choice: &Fields| {
        choice
            .object("delta")
            .is_some_and(|delta| carries_content(&delta))
    };
    if choices.iter().any(delta) {
        return Meaning::Content;
    }
    let finish = choices.iter().find_map(|choice| choice.string("finish_reason"));
    finish.map_or(Meaning::Other, Meaning::Finished)
}

/// What a reply that is not streamed means: [`Meaning::Content`] to hand it on, [`Meaning::Finished`] to hand it on
/// although nothing was said, for a reason of the model's own (a filter, a length of zero); [`Meaning::Error`];
/// [`Meaning::Done`] when nothing was said; [`Meaning::Other`] when it is no completion.
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
    let choices = choices(&fields);
    let message = |choice: &Fields| {
        choice
            .object("message")
            .is_some_and(|said| carries_content(&said))
    };
    if choices.iter().any(message) {
        return Meaning::Content;
    }
    let mut reasons = choices.iter().filter_map(|choice| choice.string("finish_reason"));
    let own_reason = reasons.find(|reason| reason != "stop");
    own_reason.map_or(Meaning::Done, Meaning::Finished)
}

/// The text of a whole completion's first choice; `None` for anything else, such as a tool call alone.
pub fn whole_text(completion: &str) -> Option<String> {
    let value: Value = serde_json::from_str(completion).ok()?;
    let text = value.pointer("/choices/0/message/content")?.as_str()?;
    Some(text.to_owned())
}

/// `{"error": ...}`, or `x_groq.error` inside a chunk.
fn has_error(fields: &Fields) -> bool {
    fields.has("error") || fields.object("x_groq").is_some_and(|groq| groq.has("error"))
}

fn choices<'a>(fields: &Fields<'a>) -> Vec<Fields<'a>> {
    let list = fields.get("choices").map(RawValue::get);
    let list: Vec<&'a RawValue> = list
        .and_then(|list| serde_json::from_str(list).ok())
        .unwrap_or_default();
    list.into_iter()
        .filter_map(|one| Fields::read(one.get()))
        .collect()
}

/// Any field of a delta besides its role that is not empty counts: text, reasoning under its various names, tool calls.
fn carries_content(delta: &Fields) -> bool {
    delta.0.iter().any(|(name, value)| {
        let text = value.get();
        let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
        let filled = match text.as_bytes().first() {
            Some(b'"') => !inner.is_empty(),
            Some(b'[' | b'{') => !inner.trim_ascii().is_empty(),
            _ => false,
        };
        filled && name != "role"
    })
}

/// A JSON object whose values are only read where they are needed: what a provider adds, a number beyond any range or
/// half of a surrogate pair, must not make its event unreadable.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Fields<'a> {
    fn read(text: &'a str) -> Option<Fields<'a>> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let fields = json.deserialize_map(Object).ok()?;
        json.end().ok().map(|()| fields)
    }

    /// The last field of that name wins, as in JavaScript; `null` counts as absent.
    fn get(&self, name: &str) -> Option<&'a RawValue> {
        let found = self.0.iter().rev().find(|(field, _)| field == name);
        found
            .map(|(_, value)| *value)
            .filter(|value| value.get() != "null")
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn object(&self, name: &str) -> Option<Fields<'a>> {
        Fields::read(self.get(name)?.get())
    }

    fn string(&self, name: &str) -> Option<String> {
        let text = self.get(name)?.get();
        let read = |text: &str| serde_json::from_str(text).ok();
        read(text).or_else(|| read(&whole_characters(text.to_owned())))
    }
}

/// The text of the first choice in a chunk, empty where it has none, however odd the chunk's other fields are; `None` for
/// what is no JSON object.
pub fn words(data: &str) -> Option<String> {
    let fields = Fields::read(data)?;
    let index = |choice: &Fields| choice.get("index").map_or("0", RawValue::get) == "0";
    let first = choices(&fields).into_iter().find(index);
    let text = first.and_then(|choice| choice.object("delta")?.string("content"));
    Some(text.unwrap_or_default())
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
    skim: Skim,
    /// The reply's bytes for [`Observer::text`]; `None` where nobody wants it, or once it is too long.
    kept: Option<Vec<u8>>,
    opening: Option<Opening>,
    finish_reason: Option<String>,
    done: bool,
    error: Option<Failure>,
    /// The parser gave up (an event beyond its limit): the end is told from the last bytes alone.
    blind: bool,
    tail: Vec<u8>,
}

impl Observer {
    /// An observer of a reply that has not begun, whose text nobody will ask for.
    pub fn new() -> Self {
        Self {
            parser: SseParser::new(),
            skim: Skim::default(),
            kept: None,
            opening: None,
            finish_reason: None,
            done: false,
            error: None,
            blind: false,
            tail: Vec::new(),
        }
    }

    /// The same for a reply whose text is wanted at its end.
    pub fn keeping_text() -> Self {
        Self {
            kept: Some(Vec::new()),
            ..Self::new()
        }
    }

    /// Takes what has arrived. Returns true when the reply is complete and nothing more needs to be read.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        self.keep(bytes);
        self.remember_tail(bytes);
        if !self.blind {
            self.read(bytes);
        }
        if self.blind && ends_with_done(&self.tail) {
            self.done = true;
        }
        self.is_complete()
    }

    fn keep(&mut self, bytes: &[u8]) {
        let length = |kept: &Vec<u8>| kept.len() + bytes.len();
        self.kept = self.kept.take().filter(|kept| length(kept) <= KEPT_BYTES_MAX);
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(bytes);
        }
    }

    /// Once content has come, only what may matter is parsed.
    fn read(&mut self, bytes: &[u8]) {
        if self.opening == Some(Opening::Content) && self.parser.is_between_events() {
            let Some(bytes) = self.skim.pass(bytes) else {
                return;
            };
            self.parser.push(&bytes);
        } else {
            self.parser.push(bytes);
        }
        self.read_events();
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
                self.error = Some(outcome::of_event(&event.data));
            }
            return;
        }
        match meaning(event) {
            Meaning::Content => self.opening = Some(Opening::Content),
            Meaning::Finished(reason) => self.finish_reason = Some(reason),
            Meaning::Error => {
                self.error = Some(outcome::of_event(&event.data));
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

    /// What the provider's error event means.
    pub fn failure(&self) -> Failure {
        self.error.unwrap_or(Failure::InBand)
    }

    /// Whether `[DONE]` has come with all of its line end: what ends in CR may still get its LF.
    pub fn is_complete(&self) -> bool {
        self.done && !self.tail.ends_with(b"\r")
    }

    /// How the reply ended, if it ends here.
    pub fn end(&self) -> End {
        if self.error.is_some() {
            End::ErrorSeen
        } else if self.done || self.last_event_is_done() {
            End::Done
        } else {
            End::Cut
        }
    }

    /// Some servers leave out the empty line after the last event; clients take it for complete all the same.
    fn last_event_is_done(&self) -> bool {
        if self.blind || !self.parser.is_mid_event() {
            return false;
        }
        let mut parser = self.parser.clone();
        parser.push(b"\n\n");
        matches!(parser.next_event(), Ok(Some(event)) if event.data == "[DONE]")
    }

    /// What must stand before an appended event, so that an unfinished one does not swallow it.
    pub fn separator(&self) -> &'static str {
        let ends = [b"\n\n".as_slice(), b"\r\r", b"\r\n\r\n"];
        let at_boundary = self.tail.is_empty() || ends.iter().any(|end| self.tail.ends_with(end));
        if at_boundary { "" } else { "\n\n" }
    }

    /// The text of the first choice; `None` when it was not kept, or the reply was longer than [`KEPT_BYTES_MAX`].
    pub fn text(&self) -> Option<String> {
        let mut parser = SseParser::with_limit(KEPT_BYTES_MAX);
        parser.push(self.kept.as_deref()?);
        let mut text = String::new();
        while let Ok(Some(event)) = parser.next_event() {
            if event.data == "[DONE]" {
                break;
            }
            let Some(fields) = Fields::read(&event.data) else {
                continue;
            };
            let first = choices(&fields).into_iter().next();
            let content = first.and_then(|choice| choice.object("delta")?.string("content"));
            text.push_str(content.as_deref().unwrap_or_default());
        }
        Some(text)
    }
}

/// Whether the bytes end in a complete line that is `[DONE]`: the words may also stand inside a longer line.
fn ends_with_done(tail: &[u8]) -> bool {
    let line = tail.trim_ascii_end();
    let before = [b"data: [DONE]".as_slice(), b"data:[DONE]"]
        .into_iter()
        .find_map(|done| line.strip_suffix(done));
    line.len() < tail.len() && before.is_some_and(|before| matches!(before.last(), Some(b'\n' | b'\r')))
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
        let mut observer = Observer::keeping_text();
        observer.feed(stream.as_bytes());
        observer
    }

    const ROLE: &str = r#"{"role":"assistant","content":""}"#;

    #[test]
    fn what_no_reader_of_numbers_or_surrogates_takes_is_content_all_the_same() {
        for delta in [r#"{"content":"x","score":1e999}"#, r#"{"content":"\ud83c"}"#] {
            assert_eq!(observe(&chunk(delta)).opening(), Opening::Content, "{delta}");
        }
        let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        let stream = chunk(&format!(r#"{{"content":"x","deep":{deep}}}"#));
        assert_eq!(observe(&stream).opening(), Opening::Content);
    }

    #[test]
    fn halves_of_pairs_cost_their_chunk_nothing_of_its_text() {
        let stream = chunk(r#"{"content":"Hello \ud83d"}"#) + &chunk(r#"{"content":"\ude00 you"}"#);
        assert_eq!(observe(&stream).text().unwrap(), "Hello \u{fffd}\u{fffd} you");
    }

    #[test]
    fn a_last_event_without_its_empty_line_still_ends_the_reply() {
        let text = chunk(r#"{"content":"x"}"#);
        for end in ["data: [DONE]", "data: [DONE]\n", "data:[DONE]\r\n"] {
            assert_eq!(observe(&format!("{text}{end}")).end(), End::Done, "{end:?}");
        }
        for end in ["data: [DONE", "data: x\ndata: [DONE]", "[DONE]\n"] {
            assert_eq!(observe(&format!("{text}{end}")).end(), End::Cut, "{end:?}");
        }
    }

    #[test]
    fn what_is_appended_joins_no_unfinished_event() {
        let text = chunk(r#"{"content":"x"}"#);
        for (end, separator) in [
            ("", ""),
            ("data: half", "\n\n"),
            ("data: a line\n", "\n\n"),
            ("event: ping\n", "\n\n"),
            (": comment\n\n", ""),
            ("data: x\r\n\r\n", ""),
            ("data: x\r\r", ""),
            ("data: x\r\n", "\n\n"),
        ] {
            assert_eq!(observe(&format!("{text}{end}")).separator(), separator, "{end:?}");
        }
    }

    #[test]
    fn after_an_event_too_long_to_read_only_a_whole_line_is_the_end() {
        let long = chunk(&format!(r#"{{"content":"{}"}}"#, "x".repeat(300_000)));
        let mut observer = observe(&(chunk(r#"{"content":"x"}"#) + &long));
        assert!(!observer.feed(b"data: {\"choices\":[{\"delta\":{\"content\":\"data: [DONE]"));
        assert!(!observer.feed(b"\"}}]}\n\n"));
        assert_eq!(observer.end(), End::Cut);
        assert!(observer.feed(b"data: [DONE]\n\n"));
        assert_eq!(observer.end(), End::Done);
    }

    #[test]
    fn a_whole_reply_means_what_a_stream_of_it_would() {
        let with = |message: &str, reason: &str| {
            whole_meaning(&format!(
                r#"{{"choices":[{{"message":{message},"finish_reason":"{reason}"}}],"n":1e999}}"#
            ))
        };
        assert_eq!(
            with(r#"{"role":"assistant","content":"x"}"#, "stop"),
            Meaning::Content
        );
        assert_eq!(
            with(r#"{"content":null,"tool_calls":[{}]}"#, "tool_calls"),
            Meaning::Content
        );
        assert_eq!(
            with(r#"{"role":"assistant","content":""}"#, "stop"),
            Meaning::Done
        );
        assert_eq!(
            with(r#"{"content":""}"#, "length"),
            Meaning::Finished("length".into())
        );
        assert_eq!(whole_meaning(r#"{"choices":[]}"#), Meaning::Done);
        assert_eq!(
            whole_meaning(r#"{"choices":[],"error":{"message":"x"}}"#),
            Meaning::Error
        );
        for text in ["", "[]", "{}", "{\"choices\":[", "<html>"] {
            assert_eq!(whole_meaning(text), Meaning::Other, "{text}");
        }
    }

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
    fn an_end_in_crlf_is_complete_with_its_lf() {
        let mut observer = observe(&chunk(r#"{"content":"x"}"#));
        assert!(!observer.feed(b"data: [DONE]\r\n\r"));
        assert_eq!(observer.end(), End::Done);
        assert!(observer.feed(b"\n"));
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
        assert!(!observer.is_complete());
        assert!(observer.feed(b"\n\ndata: [DONE]\n\n"));
        assert_eq!(observer.end(), End::Done);
    }

    /// What the end of a stream is when every event of it is parsed.
    fn end_by_parsing_all(stream: &str) -> End {
        let mut parser = SseParser::new();
        parser.push(format!("{stream}\n\n").as_bytes());
        let events: Vec<_> = std::iter::from_fn(|| parser.next_event().unwrap()).collect();
        let meanings: Vec<_> = events.iter().map(meaning).collect();
        let done = meanings.iter().position(|one| *one == Meaning::Done);
        let seen = &meanings[..done.unwrap_or(meanings.len())];
        match (seen.contains(&Meaning::Error), done) {
            (true, _) => End::ErrorSeen,
            (false, Some(_)) => End::Done,
            (false, None) => End::Cut,
        }
    }

    const PIECES: [&str; 12] = [
        "data: {\"choices\":[{\"delta\":{\"content\":\"mirror [D\"}}]}",
        "data: {\"choices\":[{\"delta\":{\"content\":\"error [DONE] \"}}]}",
        "data: {\"error\":{\"message\":\"x\"}}",
        "data: {\"x_groq\":{\"error\":\"full\"}}",
        "event: error\ndata: {\"message\":\"x\"}",
        "event: error",
        "event: delta\ndata: {}",
        ": error",
        "data: [DONE]",
        "data:[DONE]",
        "data: {\"id\":1}\ndata: [DONE]",
        "",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn skimming_overlooks_nothing(
            pieces in prop::collection::vec((0usize..12, 0usize..3), 0..6),
            cuts in prop::collection::vec(0usize..400, 0..8),
        ) {
            let mut stream = chunk(r#"{"content":"x"}"#);
            for (piece, line_end) in pieces {
                let line_end = ["\n", "\r\n", "\r"][line_end];
                stream.push_str(&format!("{}{line_end}{line_end}", PIECES[piece].replace('\n', line_end)));
            }
            let bytes = stream.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut observer = Observer::new();
            for pair in cuts.windows(2) {
                if observer.feed(&bytes[pair[0]..pair[1]]) {
                    break;
                }
            }
            prop_assert_eq!(observer.end(), end_by_parsing_all(&stream), "{}", stream);
        }
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
            let mut observer = Observer::keeping_text();
            for pair in cuts.windows(2) {
                observer.feed(&bytes[pair[0]..pair[1]]);
            }
            prop_assert_eq!(observer.end(), End::Done);
            prop_assert_eq!(observer.text().unwrap(), "h\u{e9} \u{1f600}llo");
        }
    }
}
