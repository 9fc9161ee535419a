//! A session: what the client, the turn and the clock do to it, and what comes of that. Pure: time is an argument.
//!
//! Invariants: one response at a time belongs to the conversation; it begins when all that was said is written down;
//! whatever ends it ends it on the wire, too. What fails is told in an event, and the session goes on.

use std::rc::Rc;

use serde_json::Value;

use super::conversation::ItemList;
use super::input::Input;
use super::item::{ReplyStamp, text};
use super::outcome::ResponseEnd;
use super::refusal::EventError;
use super::response::Response;
use super::unfinished::{Listening, Unfinished};
use super::wire::{Effect, Out};
use crate::turn::speech::TurnEvent;
use crate::wire::escapes::whole_characters;
use crate::wire::json::json;

/// How often a client that is gone has its last words kept, where that fails.
const KEEPS_MAX: u32 = 3;

/// What happens to a session.
#[derive(Debug)]
pub enum Happened<'a> {
    /// The client sent text.
    Frame(&'a str),
    /// The client sent bytes.
    Binary,
    /// A recording is written down, or not: why.
    Heard {
        /// The item that holds it.
        item: &'a str,
        /// Which of its recordings.
        part: u32,
        /// What is said in it; empty for silence.
        words: Result<String, (String, String)>,
        /// How long it is, milliseconds.
        ms: u64,
    },
    /// A recogniser has heard words.
    Words {
        /// The item that is being said.
        item: &'a str,
        /// All of them.
        words: String,
        /// Whether these are all of what was said until the pause.
        is_all: bool,
    },
    /// A model has heard a pause.
    Judged {
        /// When that was.
        at_ms: u64,
        /// How likely the turn is over, 0 to 1.
        finished: f32,
    },
    /// Nobody listens any more: recordings are to be written down.
    Deaf {
        /// The item that was being said.
        item: &'a str,
    },
    /// What was said before a turn is kept.
    Opened {
        /// Its response.
        response: &'a str,
        /// Where it is kept.
        stamp: Option<ReplyStamp>,
        /// When it was opened.
        opened_at_ms: u64,
        /// `rate_limits`.
        limits: Value,
    },
    /// What was said before a turn could not be kept.
    Unkept {
        /// Its response.
        response: &'a str,
    },
    /// Somebody answers.
    Served {
        /// Its response.
        response: &'a str,
        /// `provider:model`.
        by: String,
    },
    /// What happens in a turn.
    Told {
        /// Its response.
        response: &'a str,
        /// What.
        event: TurnEvent,
    },
    /// A turn could not begin, or was lost: its code and sentence.
    Lost {
        /// Its response.
        response: &'a str,
        /// OpenAI's code, or ours.
        code: String,
        /// One sentence.
        message: String,
    },
    /// It may be later than something waits for.
    Tick,
    /// Its time is over.
    Expired,
}

/// A session.
pub struct Dialogue {
    /// What is in force, as the wire has it.
    pub session: Value,
    /// What was said.
    pub conversation: ItemList,
    /// Its id.
    pub conversation_id: String,
    /// The microphone.
    pub input: Input,
    /// Whether replies may begin before their turn is over (`SPECULATE`).
    pub speculates: bool,
    /// How long after the end of a voice its words may come, where somebody listens (`LISTEN`), milliseconds.
    pub listens_ms: Option<u64>,
    /// Whether a model hears the pauses of `semantic_vad`, too (`END_OF_TURN`).
    pub judges: bool,
    pub(super) listening: Listening,
    pub(super) ahead: Unfinished,
    pub(super) out: Out,
    pub(super) active: Option<Response>,
    /// The next of the conversation's own, which waits for words.
    pub(super) pending: Option<(Response, Option<String>)>,
    pub(super) others: Vec<Response>,
    pub(super) has_spoken: bool,
    /// Until when a listener plays what was sent, milliseconds since 1970.
    pub(super) playing_until_ms: u64,
    /// The item that is played, or was last.
    pub(super) playing: Option<String>,
    /// Where somebody spoke over it, milliseconds of its sound.
    pub(super) spoken_over: Option<u64>,
    pub(super) history_tokens: usize,
    /// Turns that are not open yet, and the items that are kept with them.
    pub(super) keeping: Vec<(String, Vec<String>)>,
    pub(super) woken_ms: u64,
    /// When the client was heard last, milliseconds since 1970.
    pub(super) framed_at_ms: u64,
    /// What is being written down: its item, which of its recordings, a WAV file.
    pub(super) recordings: Vec<(String, u32, Rc<Vec<u8>>)>,
    /// The client is gone; the last words are being written down.
    pub(super) is_leaving: bool,
    /// How often what was said may still be kept then.
    pub(super) keeps_left: u32,
}

impl Dialogue {
    /// A session that begins: `session` is in force.
    pub fn new(session: Value, conversation_id: String, history_tokens: usize) -> Dialogue {
        Dialogue {
            input: Input::new(&session, 0),
            session,
            conversation: ItemList::default(),
            conversation_id,
            speculates: true,
            listens_ms: None,
            judges: false,
            listening: Listening::default(),
            ahead: Unfinished::default(),
            out: Out::default(),
            active: None,
            pending: None,
            others: Vec::new(),
            has_spoken: false,
            playing_until_ms: 0,
            playing: None,
            spoken_over: None,
            history_tokens,
            keeping: Vec::new(),
            woken_ms: 0,
            framed_at_ms: 0,
            recordings: Vec::new(),
            is_leaving: false,
            keeps_left: KEEPS_MAX,
        }
    }

    /// Greets the client.
    pub fn greet(&mut self) -> Vec<Effect> {
        self.out
            .send("session.created", json!({ "session": self.session }));
        self.out.take()
    }

    /// Something happens; gives what is to be done, in order.
    pub fn step(&mut self, input: Happened<'_>, now_ms: u64) -> Vec<Effect> {
        if let Happened::Heard { item, part, .. } = &input {
            self.recordings
                .retain(|(other, of, _)| (other.as_str(), of) != (*item, part));
        }
        match input {
            Happened::Frame(_) | Happened::Binary | Happened::Expired if self.is_leaving => {}
            Happened::Frame(frame) => self.frame(frame, now_ms),
            Happened::Binary => {
                let message = "events are JSON in text frames: sound goes in input_audio_buffer.append";
                self.refuse(&EventError::of("invalid_event", message), None);
            }
            Happened::Heard {
                item,
                part,
                words,
                ms,
            } if self.input.item.as_deref() == Some(item) => {
                self.heard_so_far(part, words, ms, now_ms);
            }
            Happened::Heard { item, words, .. } if self.listening.is_over_reply(item) => {
                self.said_over(words.unwrap_or_default(), now_ms);
            }
            Happened::Heard {
                item,
                part,
                words,
                ms,
            } => self.heard(item, part, words, ms, now_ms),
            Happened::Words { item, words, is_all } => self.words(item, words, is_all, now_ms),
            Happened::Judged { at_ms, finished } => self.judged(at_ms, finished, now_ms),
            Happened::Deaf { item } => self.deaf(item),
            Happened::Opened {
                response,
                stamp,
                opened_at_ms,
                limits,
            } => {
                self.keeping.retain(|(id, _)| id != response);
                let mut held = None;
                if let Some(response) = self.response(response) {
                    response.stamp = stamp;
                    response.times.opened = opened_at_ms;
                    held = response.held.take();
                    let event = json!({ "rate_limits": limits });
                    self.out.send("rate_limits.updated", event);
                }
                for event in held.into_iter().flatten() {
                    self.told(response, event, now_ms);
                }
            }
            Happened::Unkept { response } => {
                let is_its = |(id, _): &(String, Vec<String>)| id == response;
                let place = self.keeping.iter().position(is_its);
                let ids = place.map(|place| self.keeping.remove(place).1);
                for item in &mut self.conversation.items {
                    item.is_kept &= !ids.iter().flatten().any(|id| id == item.id());
                }
            }
            Happened::Served { response, by } => self.served(response, by),
            Happened::Told { response, event } => self.told(response, event, now_ms),
            Happened::Lost {
                response,
                code,
                message,
            } if !self.lost_reply(response) => {
                self.end(response, &ResponseEnd::Failed(code, message), now_ms)
            }
            Happened::Lost { .. } => {}
            Happened::Tick => self.tick(now_ms),
            Happened::Expired => {
                let message = "Your session hit the maximum duration of 60 minutes.";
                self.stop(now_ms);
                self.refuse(&EventError::of("session_expired", message), None);
                self.out.push(Effect::Close(1_001, message));
            }
        }
        if self.is_leaving {
            self.keep_unanswered(now_ms);
        } else {
            self.advance(now_ms);
            self.look_ahead();
            self.begin_ahead(now_ms);
        }
        self.stop_listening();
        self.schedule();
        self.out.take()
    }

    fn frame(&mut self, frame: &str, now_ms: u64) {
        self.framed_at_ms = now_ms;
        let event = serde_json::from_str(frame);
        // Half a character, which a client that cuts texts sends, must not cost what stands around it.
        let event = event.or_else(|_| serde_json::from_str(&whole_characters(frame.to_owned())));
        let event: Value = event.unwrap_or_default();
        let event_id = event.get("event_id").and_then(Value::as_str).map(str::to_owned);
        let done = match event.is_object() {
            true => self.client(&event, now_ms),
            false => Err(EventError::of(
                "invalid_event",
                "an event must be one JSON object",
            )),
        };
        if let Err(refusal) = done {
            self.refuse(&refusal, event_id.as_deref());
        }
    }

    pub(super) fn refuse(&mut self, refusal: &EventError, event_id: Option<&str>) {
        self.out.send("error", json!({"error": refusal.value(event_id)}));
    }

    /// Whether the session gives words alone.
    pub(super) fn is_words(&self) -> bool {
        text(&self.session, "type") == "transcription"
    }

    /// A switch of the session's `turn_detection`.
    pub(super) fn detects(&self, name: &str) -> bool {
        let switch = self
            .session
            .pointer(&format!("/audio/input/turn_detection/{name}"));
        switch.and_then(Value::as_bool).unwrap_or(false)
    }

    pub(super) fn response(&mut self, id: &str) -> Option<&mut Response> {
        let mut all = self.active.iter_mut().chain(&mut self.others);
        all.find(|response| response.id == id)
    }

    fn served(&mut self, id: &str, by: String) {
        match &mut self.ahead.reply {
            Some(reply) if reply.turn.response == id => reply.served_by = by,
            _ => {
                if let Some(response) = self.response(id) {
                    response.served_by = by;
                }
            }
        }
    }
}
