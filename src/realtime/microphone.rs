//! What the person says: when a turn begins and ends, and its words. Pure.

use std::rc::Rc;

use serde_json::Value;

use super::ask::ask;
use super::detection::Signal;
use super::dialogue::Dialogue;
use super::item::Item;
use super::listening::LISTENED;
use super::outcome::ResponseEnd;
use super::refusal::{EventError, kind_of};
use super::response::Response;
use super::unfinished::Unfinished;
use super::wire::Effect;
use crate::platform::random::new_id;
use crate::wire::json::{json, put};

/// Longest turn: what can be sent to be written down has an end.
const TURN_MS_MAX: u64 = 300_000;

impl Dialogue {
    pub(super) fn append(&mut self, audio: &str, now_ms: u64) -> Result<(), EventError> {
        let is_replying =
            self.is_playing(now_ms) || self.active.as_ref().is_some_and(|active| active.times.sound > 0);
        // Music goes on for ever.
        if self.input.item.is_some() && self.input.is_detecting && self.input.ms() >= TURN_MS_MAX {
            self.end_turn(now_ms);
        }
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

    pub(super) fn speech_started(&mut self, at_ms: u64, now_ms: u64) {
        let overlap = self.listening.overlap.take();
        let item = overlap.map_or_else(|| new_id("item_"), |overlap| overlap.item);
        self.input.begin(item.clone(), at_ms);
        self.drop_reply("resumed");
        self.ahead = Unfinished::default();
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

    pub(super) fn speech_stopped(&mut self, at_ms: u64, now_ms: u64) {
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
    pub(super) fn answer(&mut self, item: Option<String>, now_ms: u64) {
        self.pending = Some((self.automatic(now_ms), item));
    }

    /// A response that a turn's end asks for.
    pub(super) fn automatic(&self, now_ms: u64) -> Response {
        let ask = ask(&self.session, &Value::Null).unwrap_or_default();
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
    pub(super) fn commit(&mut self, id: &str, part: u32) {
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
    pub(super) fn add(&mut self, item: Item, previous: Option<&str>) -> Option<EventError> {
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
                        response.end(
                            &ResponseEnd::Failed(code, message),
                            &previous,
                            now_ms,
                            &mut self.out,
                        );
                    }
                }
            }
        } else if let Some(active) = self.active.as_mut().filter(|active| !active.is_begun) {
            active.times.heard = now_ms;
            if let Err((code, message)) = words {
                let id = active.id.clone();
                self.end(&id, &ResponseEnd::Failed(code, message), now_ms);
            }
        }
    }
}
