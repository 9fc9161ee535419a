//! A session: what the client, the turn and the clock do to it, and what comes of that. Pure: time is an argument.
//!
//! Invariants: one response at a time belongs to the conversation; it begins when all that was said is written down;
//! whatever ends it ends it on the wire, too. What fails is told in an event, and the session goes on.

use std::rc::Rc;

use serde_json::Value;

use super::ahead::Ahead;
use super::conversation::{Conversation, call};
use super::detection::Signal;
use super::heard;
use super::input::Input;
use super::item::{Item, Stamp, put, text};
use super::listening::{LISTENED, Listening};
use super::refusal::{Refusal, kind_of};
use super::request;
use super::response::{End, Response};
use super::wire::{Effect, Out};
use crate::platform::random::new_id;
pub use crate::turn::speech::Event as Told;
use crate::wire::json::json;

/// Most responses beside the conversation's own.
const OTHERS_MAX: usize = 4;
/// What a listener has not played of what was sent.
const PLAYBACK_LAG_MS: u64 = 200;
/// A microphone that falls silent in the middle of a turn without a word of it: so long after its last sound the turn is over.
const STALLED_MS: u64 = 1_500;
/// How often a reply is kept while it is told.
const KEEP_EVERY_MS: u64 = 1_000;

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
        stamp: Option<Stamp>,
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
        event: Told,
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
    pub conversation: Conversation,
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
    pub(super) ahead: Ahead,
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
    woken_ms: u64,
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
            conversation: Conversation::default(),
            conversation_id,
            speculates: true,
            listens_ms: None,
            judges: false,
            listening: Listening::default(),
            ahead: Ahead::default(),
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
                self.refuse(&Refusal::of("invalid_event", message), None);
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
            } if !self.lost_reply(response) => self.end(response, &End::Failed(code, message), now_ms),
            Happened::Lost { .. } => {}
            Happened::Tick => self.tick(now_ms),
            Happened::Expired => {
                let message = "Your session hit the maximum duration of 60 minutes.";
                self.stop(now_ms);
                self.refuse(&Refusal::of("session_expired", message), None);
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

    /// The client is gone: what it can have heard is kept, and nobody is answered. It goes on until all that was said is
    /// written down ([`Dialogue::is_left`]), or until it is given up.
    pub fn leave(&mut self, now_ms: u64) -> Vec<Effect> {
        self.stop(now_ms);
        // Who is cut off in the middle of a turn has said it.
        if !self.is_words() {
            self.speech_stopped(self.input.now_ms(), now_ms);
        }
        self.is_leaving = true;
        self.pending = None;
        self.keep_unanswered(now_ms);
        self.stop_listening();
        self.schedule();
        self.out.take()
    }

    /// Whether a client that is gone has nothing more to come.
    #[must_use]
    pub fn is_left(&self) -> bool {
        !self.conversation.is_waiting() && self.keeping.is_empty()
    }

    /// What is not written down by now will not be.
    pub fn give_up(&mut self, now_ms: u64) -> Vec<Effect> {
        for item in &mut self.conversation.items {
            if item.is_unheard {
                item.put_words(None);
            }
        }
        self.keep_unanswered(now_ms);
        self.out.take()
    }

    /// Keeps what was said and not answered, once all of it is written down.
    fn keep_unanswered(&mut self, now_ms: u64) {
        let is_ready = !self.is_words() && !self.conversation.is_waiting() && self.keeps_left > 0;
        if is_ready && self.keep_said(now_ms) {
            self.keeps_left -= 1;
        }
    }

    /// Keeps what was said without a reply to it; false where there is nothing.
    fn keep_said(&mut self, now_ms: u64) -> bool {
        let lacks = |item: &Item| !item.is_kept && !item.words().is_empty();
        if !self.conversation.items.iter().any(lacks) {
            return false;
        }
        let turn = request::turn(self, &self.automatic(now_ms), None);
        self.mark_kept(&turn.response);
        self.out.push(Effect::Commit(Box::new(turn)));
        true
    }

    /// Ends all that is under way. A reply that has ended plays on at a client that is gone, as far as anybody knows: it stays
    /// whole, unless somebody spoke over it.
    fn stop(&mut self, now_ms: u64) {
        self.drop_reply("withdrawn");
        let item = self.active.as_ref().and_then(Response::item);
        if item.is_some() && item == self.playing.as_deref() {
            self.speak_over(now_ms);
        }
        self.cancel("client_cancelled", now_ms);
        while let Some(id) = self.others.first().map(|response| response.id.clone()) {
            self.cancel_other(&id, now_ms);
        }
        self.settle_spoken_over();
    }

    fn frame(&mut self, frame: &str, now_ms: u64) {
        let event: Value = serde_json::from_str(frame).unwrap_or(Value::Null);
        let event_id = event.get("event_id").and_then(Value::as_str).map(str::to_owned);
        let done = match event.is_object() {
            true => self.client(&event, now_ms),
            false => Err(Refusal::of("invalid_event", "an event must be one JSON object")),
        };
        if let Err(refusal) = done {
            self.refuse(&refusal, event_id.as_deref());
        }
    }

    pub(super) fn refuse(&mut self, refusal: &Refusal, event_id: Option<&str>) {
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

    fn response(&mut self, id: &str) -> Option<&mut Response> {
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

    fn is_playing(&self, now_ms: u64) -> bool {
        now_ms < self.playing_until_ms
    }

    // The microphone.

    pub(super) fn append(&mut self, audio: &str, now_ms: u64) -> Result<(), Refusal> {
        let is_replying =
            self.is_playing(now_ms) || self.active.as_ref().is_some_and(|active| active.times.sound > 0);
        let signals = self.input.append(audio, is_replying, now_ms)?;
        self.listen();
        self.signals(signals, now_ms);
        self.overlapped();
        Ok(())
    }

    pub(super) fn signals(&mut self, signals: Vec<Signal>, now_ms: u64) {
        for signal in signals {
            match signal {
                Signal::SpeechStarted { at_ms } => self.speech_started(at_ms, now_ms),
                Signal::SpeechStopped { at_ms } => self.speech_stopped(at_ms, now_ms),
                Signal::Pause { at_ms } => self.paused(at_ms),
                Signal::Resumed { .. } => self.resumed(),
                Signal::BargeIn { .. } => {}
            }
        }
    }

    fn speech_started(&mut self, at_ms: u64, now_ms: u64) {
        let overlap = self.listening.overlap.take();
        let item = overlap.map_or_else(|| new_id("item_"), |overlap| overlap.item);
        self.input.begin(item.clone(), at_ms);
        self.drop_reply("resumed");
        self.ahead = Ahead::default();
        // Who was heard over a reply is being listened to already.
        if self.listening.item.as_ref() != Some(&item) {
            self.begin_listening(&item, 0);
        }
        let event = json!({"item_id": item, "audio_start_ms": at_ms});
        self.out.send("input_audio_buffer.speech_started", event);
        if self.detects("interrupt_response") {
            self.speak_over(now_ms);
            self.cancel("turn_detected", now_ms);
        }
        // Whoever goes on was not done: the next response answers all of it.
        self.pending = None;
    }

    /// Notes how far the sound that is being played has come.
    fn speak_over(&mut self, now_ms: u64) {
        if !self.is_playing(now_ms) {
            return;
        }
        let id = self.playing.clone().unwrap_or_default();
        let active = self.active.as_ref().filter(|active| active.item() == Some(&id));
        let item = self.conversation.items.iter().find(|item| item.id() == id);
        let sound = active
            .map(|active| &active.sound)
            .or(item.and_then(|item| item.sound.as_ref()));
        if let Some(sound) = sound {
            let left_ms = self.playing_until_ms - now_ms + PLAYBACK_LAG_MS;
            self.spoken_over = Some(sound.ms().saturating_sub(left_ms));
        }
        self.playing_until_ms = now_ms;
    }

    fn speech_stopped(&mut self, at_ms: u64, now_ms: u64) {
        let Some(item) = self.input.item.clone() else {
            return;
        };
        let event = json!({"item_id": item, "audio_end_ms": at_ms});
        self.out.send("input_audio_buffer.speech_stopped", event);
        let listened = self.listened(&item, at_ms, now_ms);
        // What was said until the last pause is all of it.
        let is_current = self.ahead.is_current || listened;
        let part = if listened { LISTENED } else { self.ahead.part };
        let wav = (!is_current).then(|| self.input.until(at_ms));
        self.input.end(at_ms);
        match wav {
            Some(wav) => self.committed(&item, wav),
            None => self.commit(&item, part),
        }
        if self.detects("create_response") && !self.is_words() {
            self.answer(Some(item.clone()), now_ms);
        }
        if let (Some((words, ms)), true) = (self.ahead.words.take(), self.ahead.is_current) {
            self.heard(&item, part, Ok(words), ms, now_ms);
        }
    }

    /// An automatic response, to the words of an item.
    fn answer(&mut self, item: Option<String>, now_ms: u64) {
        self.pending = Some((self.automatic(now_ms), item));
    }

    /// A response that a turn's end asks for.
    pub(super) fn automatic(&self, now_ms: u64) -> Response {
        let ask = super::setup::response(&self.session, &Value::Null).unwrap_or_default();
        Response::new(ask, &self.conversation_id, true, now_ms)
    }

    /// What was said is an item, whose words come later.
    pub(super) fn committed(&mut self, id: &str, wav: Vec<u8>) {
        self.commit(id, 0);
        self.write_down(id.to_owned(), 0, wav);
    }

    /// Has a recording written down.
    pub(super) fn write_down(&mut self, item: String, part: u32, wav: Vec<u8>) {
        let wav = Rc::new(wav);
        let recording = (item.clone(), part, wav.clone());
        self.recordings.push(recording);
        self.out.push(Effect::Hear { item, part, wav });
    }

    /// The same where a recording of it is being written down already.
    fn commit(&mut self, id: &str, part: u32) {
        self.settle_spoken_over();
        let previous = self.conversation.last();
        let event = json!({"item_id": id, "previous_item_id": previous});
        self.out.send("input_audio_buffer.committed", event);
        let item = Item {
            part,
            told: std::mem::take(&mut self.listening.told),
            ..Item::of_speech(id)
        };
        self.add(item, None);
    }

    /// Puts an item into the conversation and tells of it.
    pub(super) fn add(&mut self, item: Item, previous: Option<&str>) -> Option<Refusal> {
        let value = item.value.clone();
        match self.conversation.insert(item, previous) {
            Err(refusal) => Some(refusal),
            Ok(previous) => {
                let event = json!({"item": value, "previous_item_id": previous});
                self.out.send("conversation.item.added", event.clone());
                self.out.send("conversation.item.done", event);
                None
            }
        }
    }

    pub(super) fn heard(
        &mut self,
        id: &str,
        part: u32,
        words: Result<String, (String, String)>,
        ms: u64,
        now_ms: u64,
    ) {
        let is_told = self
            .session
            .pointer("/audio/input/transcription")
            .is_some_and(Value::is_object);
        let told;
        let index = match self.conversation.items.iter_mut().find(|item| item.id() == id) {
            // Of an earlier pause.
            Some(item) if !item.is_unheard || item.part != part => return,
            Some(item) => {
                told = std::mem::take(&mut item.told);
                item.put_words(words.as_ref().ok().map(String::as_str))
            }
            // It was deleted meanwhile.
            None => return,
        };
        let about = json!({"item_id": id, "content_index": index});
        let mut event = about.clone();
        match &words {
            Ok(words) if is_told => {
                // What was told and is otherwise now cannot be taken back: the whole transcript follows.
                let rest = words.strip_prefix(&told).unwrap_or_default();
                if !rest.is_empty() {
                    put(&mut event, "delta", rest.into());
                    self.out
                        .send("conversation.item.input_audio_transcription.delta", event);
                }
                let mut event = about;
                put(&mut event, "transcript", words.as_str().into());
                put(
                    &mut event,
                    "usage",
                    json!({"type": "duration", "seconds": ms as f64 / 1_000.0}),
                );
                self.out
                    .send("conversation.item.input_audio_transcription.completed", event);
            }
            Err((code, message)) if is_told => {
                let error = json!({"type": kind_of(code), "code": code, "message": message, "param": null});
                put(&mut event, "error", error);
                self.out
                    .send("conversation.item.input_audio_transcription.failed", event);
            }
            _ => {}
        }
        if let Some((response, item)) = &mut self.pending
            && item.as_deref() == Some(id)
        {
            response.times.heard = now_ms;
            match words {
                // Nobody said anything: nobody is answered.
                Ok(words) if words.trim().is_empty() => self.pending = None,
                Ok(_) => {}
                // Beside another response it is none yet, and its item's failure was told.
                Err(_) if self.active.is_some() => self.pending = None,
                Err((code, message)) => {
                    if let Some((mut response, _)) = self.pending.take() {
                        let previous = |id: &str| self.conversation.before(id);
                        response.end(&End::Failed(code, message), &previous, now_ms, &mut self.out);
                    }
                }
            }
        } else if let Some(active) = self.active.as_mut().filter(|active| !active.is_begun) {
            active.times.heard = now_ms;
            if let Err((code, message)) = words {
                let id = active.id.clone();
                self.end(&id, &End::Failed(code, message), now_ms);
            }
        }
    }

    // Responses.

    /// Begins what can begin now.
    fn advance(&mut self, now_ms: u64) {
        let is_waiting = self.conversation.is_waiting();
        if self.active.is_none() && !is_waiting {
            self.active = self.pending.take().map(|(response, _)| response);
        }
        if self
            .active
            .as_ref()
            .is_some_and(|active| !active.is_begun && !is_waiting)
        {
            self.settle_spoken_over();
            self.begin(None, now_ms);
        }
        for place in 0..self.others.len() {
            let waits = |response: &Response| response.ask.get("input").is_none() && is_waiting;
            if self
                .others
                .get(place)
                .is_some_and(|response| !response.is_begun && !waits(response))
            {
                self.begin(Some(place), now_ms);
            }
        }
    }

    fn begin(&mut self, other: Option<usize>, now_ms: u64) {
        let mut response = match other {
            Some(place) if place < self.others.len() => self.others.remove(place),
            Some(_) => return,
            None => match self.active.take() {
                Some(active) => active,
                None => return,
            },
        };
        response.is_begun = true;
        let mut turn = request::turn(self, &response, None);
        let reply = match other {
            None => self.adopt(&response, &turn),
            Some(_) => None,
        };
        if let Some(reply) = &reply {
            response.id.clone_from(&reply.turn.response);
            response.served_by.clone_from(&reply.served_by);
            turn.response.clone_from(&response.id);
        }
        response.tell(&mut self.out);
        if response.conversation.is_some() {
            match response.ask.get("input") {
                None => self.mark_kept(&response.id),
                // Its model is not told what was said.
                Some(_) => {
                    self.keep_said(now_ms);
                }
            }
        }
        self.out.push(match reply {
            Some(reply) => {
                response.held = Some(reply.held);
                Effect::Commit(Box::new(turn))
            }
            None => Effect::Begin(Box::new(turn)),
        });
        match other {
            Some(place) => self.others.insert(place, response),
            None => self.active = Some(response),
        }
    }

    /// All that is not kept is so from here on, with this response, unless that fails.
    fn mark_kept(&mut self, response: &str) {
        let items = self.conversation.items.iter_mut();
        let new = items.filter_map(|item| {
            let was_kept = std::mem::replace(&mut item.is_kept, true);
            (!was_kept).then(|| item.id().to_owned())
        });
        let new = (response.to_owned(), new.collect());
        self.keeping.push(new);
    }

    /// A client asks for a response.
    pub(super) fn create(&mut self, ask: Value, now_ms: u64) -> Result<(), Refusal> {
        let mut response = Response::new(ask, &self.conversation_id, false, now_ms);
        if response.conversation.is_none() {
            if self.others.len() >= OTHERS_MAX {
                let message = format!("at most {OTHERS_MAX} responses may run beside the conversation");
                return Err(Refusal::of("too_many_responses", message));
            }
            response.tell(&mut self.out);
            self.others.push(response);
            return Ok(());
        }
        if let Some(active) = &self.active {
            let message = format!(
                "Conversation already has an active response in progress: {}",
                active.id
            );
            return Err(Refusal::of("conversation_already_has_active_response", message));
        }
        self.pending = None;
        response.tell(&mut self.out);
        self.active = Some(response);
        Ok(())
    }

    /// Cuts the conversation's response off; false where there is none.
    pub(super) fn cancel(&mut self, reason: &'static str, now_ms: u64) -> bool {
        let Some(id) = self.active.as_ref().map(|active| active.id.clone()) else {
            return false;
        };
        self.end(&id, &End::Cancelled(reason), now_ms);
        true
    }

    /// Cuts one off that is not the conversation's.
    pub(super) fn cancel_other(&mut self, id: &str, now_ms: u64) -> bool {
        let is_there = self.others.iter().any(|response| response.id == id);
        if is_there {
            self.end(id, &End::Cancelled("client_cancelled"), now_ms);
        }
        is_there
    }

    fn told(&mut self, id: &str, event: Told, now_ms: u64) {
        if let Some(reply) = self
            .ahead
            .reply
            .as_mut()
            .filter(|reply| reply.turn.response == id)
        {
            return reply.held.push(event);
        }
        let last = self.conversation.last();
        let is_active = self.active.as_ref().is_some_and(|active| active.id == id);
        // Field by field, so that the response and the events can be borrowed at once.
        let mut all = self.active.iter_mut().chain(&mut self.others);
        let Some(response) = all.find(|response| response.id == id) else {
            return;
        };
        if let Some(held) = &mut response.held {
            return held.push(event);
        }
        let out = &mut self.out;
        let previous = last.as_deref().filter(|_| response.conversation.is_some());
        let mut begun = Vec::new();
        let mut sound_ms = 0;
        match event {
            Told::Forwarded(data) => begun = response.forwarded(&data, previous, out),
            Told::TextDelta(words) => begun.extend(response.words(&words, previous, now_ms, out)),
            Told::Audio { begins, bytes } => {
                let before_ms = response.sound.ms();
                let samples = response.samples(&bytes);
                self.input.play(&samples, begins.as_deref().unwrap_or_default());
                begun.extend(response.sound(begins, &samples, previous, now_ms, out));
                sound_ms = response.sound.ms() - before_ms;
            }
            Told::Finished => {
                let end = response.own_end();
                return self.end(id, &end, now_ms);
            }
            Told::Failed(clock) => {
                let message = match clock {
                    Some(_) => "the model fell silent in the middle of its reply",
                    None => "the model's reply ended early",
                };
                let end = End::Failed("provider_failed".to_owned(), message.to_owned());
                return self.end(id, &end, now_ms);
            }
            Told::Opened(_) | Told::InputTranscript(_) | Told::SpeechFailed(_) | Told::Closing => {}
        }
        let kept = response.keep(now_ms, KEEP_EVERY_MS);
        let item = response.item().map(str::to_owned);
        if is_active {
            for item in begun {
                // A new id is never there already.
                let _ = self.conversation.insert(item, None);
            }
        }
        self.out.effects(kept);
        if sound_ms > 0 {
            self.has_spoken = true;
            self.playing_until_ms = self.playing_until_ms.max(now_ms) + sound_ms;
            self.playing = item;
        }
    }

    /// A response ends.
    fn end(&mut self, id: &str, end: &End, now_ms: u64) {
        let is_active = self.active.as_ref().is_some_and(|active| active.id == id);
        let response = match is_active {
            true => self.active.take(),
            false => {
                let place = self.others.iter().position(|response| response.id == id);
                place.map(|place| self.others.remove(place))
            }
        };
        let Some(mut response) = response else { return };
        let previous = |id: &str| self.conversation.before(id);
        let items = response.end(end, &previous, now_ms, &mut self.out);
        let is_cut = !matches!(end, End::Completed | End::Incomplete(_));
        if is_cut && response.is_begun {
            self.out.push(Effect::Stop {
                response: response.id.clone(),
            });
        }
        if response.conversation.is_none() {
            return;
        }
        let has_items = !items.is_empty();
        for value in items {
            let known = self.conversation.items.iter_mut();
            let Some(item) = known.into_iter().find(|item| item.id() == text(&value, "id")) else {
                continue;
            };
            item.stamp = response.stamp.clone();
            item.value = value;
            if item.kind() == "message" && response.is_spoken() {
                let sent = response.sound.heard(response.sound.ms());
                item.heard = is_cut.then(|| heard::as_written(response.written(), &sent));
                item.sound = Some(response.sound.clone());
            }
        }
        if has_items {
            self.keep(response.stamp);
        }
    }

    /// The person's conversation gets a reply as its items now stand.
    pub(super) fn keep(&mut self, stamp: Option<Stamp>) {
        let Some(stamp) = stamp else { return };
        let (mut words, mut calls) = (String::new(), Vec::new());
        for item in &self.conversation.items {
            if item.stamp.as_ref() != Some(&stamp) {
                continue;
            }
            match item.kind() {
                "message" => words = item.words(),
                _ if text(&item.value, "status") == "completed" => calls.push(call(item)),
                _ => {}
            }
        }
        self.out.push(Effect::Keep {
            stamp,
            text: words,
            tool_calls: (!calls.is_empty()).then(|| calls.into()),
        });
    }

    // What was heard.

    /// Cuts an item after what was heard of it.
    pub(super) fn cut(&mut self, id: &str, heard_ms: u64, is_told: bool) {
        let Some(item) = self.conversation.items.iter_mut().find(|item| item.id() == id) else {
            return;
        };
        let Some(sound) = &mut item.sound else { return };
        let written = text(
            item.value.pointer("/content/0").unwrap_or(&Value::Null),
            "transcript",
        )
        .to_owned();
        let is_whole = text(&item.value, "status") == "completed";
        let is_all = heard_ms >= sound.ms() && is_whole;
        let heard = heard::as_written(&written, &sound.heard(heard_ms));
        // What was taken back does not come back.
        let words = match is_all || (!is_whole && heard.len() > written.len()) {
            true => written,
            false => heard,
        };
        if is_told {
            if !is_all {
                put(&mut item.value, "status", "incomplete".into());
            }
            if let Some(part) = item.value.pointer_mut("/content/0") {
                put(part, "transcript", words.into());
            }
            item.heard = None;
            sound.samples = heard_ms * heard::SAMPLES_PER_MS;
        } else {
            item.heard = Some(words);
        }
        let stamp = item.stamp.clone();
        self.keep(stamp);
    }

    /// A client that does not say what it played of a reply over which somebody spoke is taken to have stopped there.
    fn settle_spoken_over(&mut self) {
        if let (Some(ms), Some(id)) = (self.spoken_over.take(), self.playing.clone()) {
            self.cut(&id, ms, false);
        }
    }

    // The clock.

    fn tick(&mut self, now_ms: u64) {
        self.woken_ms = 0;
        self.words_late(now_ms);
        if self.is_leaving {
            return;
        }
        if self.stalled_at_ms().is_some_and(|at_ms| at_ms <= now_ms) {
            let at_ms = self.input.now_ms();
            self.speech_stopped(at_ms, now_ms);
            self.input.clear();
        }
        if self.idle_at_ms().is_some_and(|at_ms| at_ms <= now_ms) {
            self.timed_out(now_ms);
        }
    }

    /// When a turn whose microphone fell silent is over.
    fn stalled_at_ms(&self) -> Option<u64> {
        let turn_detection = self.session.pointer("/audio/input/turn_detection");
        let silence_ms = turn_detection
            .and_then(|one| one.get("silence_duration_ms"))
            .and_then(Value::as_f64);
        let is_detecting = turn_detection.is_some_and(Value::is_object);
        let hears = is_detecting && self.input.item.is_some();
        hears.then(|| self.input.appended_at_ms + silence_ms.unwrap_or(500.0) as u64 + STALLED_MS)
    }

    /// When nobody has said anything for too long.
    fn idle_at_ms(&self) -> Option<u64> {
        let idle = self
            .session
            .pointer("/audio/input/turn_detection/idle_timeout_ms");
        let idle_ms = idle.and_then(Value::as_f64)? as u64;
        let is_quiet = self.active.is_none() && self.pending.is_none() && self.input.item.is_none();
        (is_quiet && self.playing_until_ms > 0).then_some(self.playing_until_ms + idle_ms)
    }

    /// Nobody has said anything for too long: the silence is an item, and is answered.
    fn timed_out(&mut self, now_ms: u64) {
        let item = new_id("item_");
        let end_ms = self.input.now_ms();
        let start_ms = end_ms.saturating_sub(now_ms.saturating_sub(self.playing_until_ms));
        let event = json!({"item_id": item, "audio_start_ms": start_ms, "audio_end_ms": end_ms});
        self.out.send("input_audio_buffer.timeout_triggered", event);
        self.commit(&item, 0);
        self.heard(&item, 0, Ok(String::new()), end_ms - start_ms, now_ms);
        self.answer(None, now_ms);
        // Once for each silence.
        self.playing_until_ms = 0;
    }

    fn schedule(&mut self) {
        let late_at_ms = self.listening.awaited.as_ref().map(|awaited| awaited.until_ms);
        // Nothing else is done for a client that is gone.
        let of_client =
            [self.stalled_at_ms(), self.idle_at_ms()].map(|at_ms| at_ms.filter(|_| !self.is_leaving));
        let due = of_client.into_iter().chain([late_at_ms]).flatten().min();
        if let Some(at_ms) = due
            && (self.woken_ms == 0 || at_ms < self.woken_ms)
        {
            self.woken_ms = at_ms;
            self.out.push(Effect::Wake(at_ms));
        }
    }
}
