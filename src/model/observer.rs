//! Sees a whole streamed reply go by and changes nothing: how far it has come, and how it ended.
//!
//! It is cheap on the way (once content has come, events are skimmed, and parsed only where they may matter); the reply
//! itself is put together once, by [`Observer::reply`], and only where somebody will ask for it.

use super::forms;
use super::reply::{Aloud, Meaning, read, words};
use super::skim::{self, Skim};
use super::usage::Usage;
use crate::upstream::outcome::{self, Failure};
use crate::wire::fields::Fields;
use crate::wire::sse::{SseEvent, SseParser};

/// Most bytes of a reply that are kept for its text; a reply is some kilobytes, and an isolate has 128 MB for all.
pub const KEPT_BYTES_MAX: usize = 1 << 20;
/// Most choices that are told apart; OpenAI allows as many.
const CHOICES_MAX: usize = 128;

/// How far a reply has come while nothing has been sent to the client yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Nothing to go by yet.
    Waiting,
    /// The model thinks aloud: commit to this provider, and wait on for the first word.
    Thought,
    /// Content has come: commit to this provider.
    Content,
    /// The reply is finished and holds nothing, for a reason of the model's own: commit.
    Whole,
    /// The provider reported an error before any content: the next one can take over.
    Failed,
    /// `[DONE]` came without any content or reason: nothing was said, the next one can take over.
    Empty,
}

/// How a reply ended, once no more bytes will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyEnd {
    /// With `[DONE]`.
    Done,
    /// Without it, after every choice had its reason to finish: many servers end so, and it is whole.
    Finished,
    /// With an error event of the provider's own, which the client has received.
    ErrorSeen,
    /// With none of these: the client must be told.
    Cut,
}

/// What a whole reply tells about its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyVerdict {
    /// It answered.
    Answered,
    /// It finished and said nothing: nobody's failure.
    SaidNothing,
    /// It failed and said so.
    Failed(Failure),
    /// It broke off.
    Cut,
}

impl Default for Observer {
    fn default() -> Self {
        Self::new(1)
    }
}

/// Sees a whole reply go by.
#[derive(Debug)]
pub struct Observer {
    parser: SseParser,
    skim: Skim,
    /// The reply's bytes for [`Observer::reply`]; `None` where nobody wants it, or once it is too long.
    kept: Option<Vec<u8>>,
    opening: Option<Opening>,
    aloud: Aloud,
    /// How many choices were asked for, and those that have finished.
    choices: usize,
    finished: Vec<u64>,
    done: bool,
    error: Option<Failure>,
    /// A choice gave `error` as its reason.
    has_failed: bool,
    /// The parser gave up (an event beyond its limit): the end is told from the last bytes alone.
    blind: bool,
    tail: Vec<u8>,
    bytes: u64,
}

impl Observer {
    /// An observer of a reply of so many choices that has not begun, whose text nobody will ask for.
    pub fn new(choices: usize) -> Self {
        Self {
            parser: SseParser::new(),
            skim: Skim::default(),
            kept: None,
            opening: None,
            aloud: Aloud::default(),
            choices: choices.clamp(1, CHOICES_MAX),
            finished: Vec::new(),
            done: false,
            error: None,
            has_failed: false,
            blind: false,
            tail: Vec::new(),
            bytes: 0,
        }
    }

    /// The same for a reply that is wanted at its end.
    pub fn keeping_reply(self) -> Self {
        Self {
            kept: Some(Vec::new()),
            ..self
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

    /// The last events, in which the usage stands.
    fn remember_tail(&mut self, bytes: &[u8]) {
        const TAIL_BYTES: usize = 2_048;
        self.bytes += bytes.len() as u64;
        let last = bytes.get(bytes.len().saturating_sub(TAIL_BYTES)..);
        self.tail.extend_from_slice(last.unwrap_or(bytes));
        // Moved now and then, not with every event.
        if self.tail.len() > 4 * TAIL_BYTES {
            self.tail.drain(..self.tail.len() - TAIL_BYTES);
        }
    }

    /// The tokens of the reply, as its provider says, else as its size makes likely.
    pub fn usage(&self, bytes_in: u64) -> Usage {
        let last = String::from_utf8_lossy(&self.tail);
        Usage::read(&last).unwrap_or_else(|| Usage::of_events(bytes_in, self.bytes, &last))
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

    /// Once content has come, an event is read only if a word that matters stands in it.
    fn see(&mut self, event: &SseEvent) {
        let has_content = self.opening == Some(Opening::Content);
        if has_content && event.event != "error" && !skim::matters(event.data.as_bytes()) {
            return;
        }
        let said = read(event);
        for index in said.finished {
            if self.finished.len() < self.choices && !self.finished.contains(&index) {
                self.finished.push(index);
            }
        }
        self.has_failed |= said.has_failed;
        match said.meaning {
            Meaning::Content | Meaning::Thought if has_content => {}
            Meaning::Content => {
                let text = words(&event.data).unwrap_or_default();
                let is_thought = self.aloud.is_thought(&text);
                self.opening = Some(if is_thought {
                    Opening::Thought
                } else {
                    Opening::Content
                });
            }
            Meaning::Thought => self.opening = Some(Opening::Thought),
            Meaning::Error => {
                self.error = Some(outcome::of_event(&event.data));
                self.opening.get_or_insert(Opening::Failed);
            }
            Meaning::Done => {
                self.done = true;
                let silent = match (self.has_failed, self.finished.is_empty()) {
                    (true, _) => Opening::Failed,
                    (false, false) => Opening::Whole,
                    (false, true) => Opening::Empty,
                };
                self.opening.get_or_insert(silent);
            }
            // Nothing was said, and nothing will be.
            _ if said.has_failed => {
                self.opening.get_or_insert(Opening::Failed);
            }
            Meaning::Finished | Meaning::Other => {}
        }
    }

    /// How far the reply has come.
    pub fn opening(&self) -> Opening {
        self.opening.unwrap_or(Opening::Waiting)
    }

    /// Whether the model has thought aloud and said nothing yet.
    pub fn is_thinking(&self) -> bool {
        self.opening == Some(Opening::Thought)
    }

    /// What the provider's error means.
    pub fn failure(&self) -> Failure {
        self.error.unwrap_or(Failure::InBand)
    }

    /// How many signs of life have come that say nothing: comments, as some servers send while a model thinks.
    pub fn signs_of_life(&self) -> u64 {
        self.parser.comments()
    }

    /// Whether `[DONE]` has come with all of its line end: what ends in CR may still get its LF.
    pub fn is_complete(&self) -> bool {
        self.done && !self.tail.ends_with(b"\r")
    }

    /// How the reply ended, if it ends here.
    pub fn end(&self) -> ReplyEnd {
        let (is_done, finished) = self.last_event();
        if self.error.is_some() {
            ReplyEnd::ErrorSeen
        } else if self.done || is_done {
            ReplyEnd::Done
        } else if finished >= self.choices && !self.has_failed && !self.blind {
            ReplyEnd::Finished
        } else {
            ReplyEnd::Cut
        }
    }

    /// What a reply that ended here tells about its provider.
    pub fn verdict(&self) -> ReplyVerdict {
        match self.end() {
            ReplyEnd::ErrorSeen => ReplyVerdict::Failed(self.failure()),
            ReplyEnd::Cut => ReplyVerdict::Cut,
            ReplyEnd::Done | ReplyEnd::Finished if self.has_failed => ReplyVerdict::Failed(Failure::InBand),
            ReplyEnd::Done | ReplyEnd::Finished if self.opening == Some(Opening::Content) => {
                ReplyVerdict::Answered
            }
            ReplyEnd::Done | ReplyEnd::Finished => ReplyVerdict::SaidNothing,
        }
    }

    /// Some servers leave out the empty line after the last event; clients take it for complete all the same. Whether it
    /// is `[DONE]`, and how many choices have finished with it.
    fn last_event(&self) -> (bool, usize) {
        let finished = self.finished.len();
        let held = self.skim.held();
        if self.blind || !(self.parser.is_mid_event() || held.contains(&b'd')) {
            return (false, finished);
        }
        let mut parser = self.parser.clone();
        parser.push(held);
        parser.push(b"\n\n");
        match parser.next_event() {
            Ok(Some(event)) if event.data == "[DONE]" => (true, finished),
            Ok(Some(event)) if Fields::read(&event.data).is_some() => {
                let said = read(&event);
                let new = said
                    .finished
                    .iter()
                    .filter(|index| !self.finished.contains(index));
                match said.meaning {
                    Meaning::Error => (false, 0),
                    _ => (false, finished + new.count()),
                }
            }
            Ok(None) => (false, finished),
            // Half an event: it broke off.
            _ => (false, 0),
        }
    }

    /// What must stand before an appended event, so that an unfinished one does not swallow it.
    pub fn separator(&self) -> &'static str {
        let ends = [b"\n\n".as_slice(), b"\r\r", b"\r\n\r\n"];
        let at_boundary = self.tail.is_empty() || ends.iter().any(|end| self.tail.ends_with(end));
        if at_boundary { "" } else { "\n\n" }
    }

    /// The reply put together; `None` when it was not kept, or was longer than [`KEPT_BYTES_MAX`].
    pub fn whole(&self) -> Option<forms::Whole> {
        let mut whole = forms::Whole::default();
        whole.push(self.kept.as_deref()?);
        Some(whole)
    }

    /// The message of the first choice, where the reply was kept.
    pub fn reply(&self) -> Option<forms::ReplyMessage> {
        self.whole().map(|whole| whole.message())
    }

    /// The text of the first choice.
    pub fn text(&self) -> Option<String> {
        self.reply().map(|message| message.text)
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
