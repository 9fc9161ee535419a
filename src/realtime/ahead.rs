//! Before a turn is over: its words at each pause, and a reply that is begun on them. Pure.
//!
//! A pause may be the end. What was said until then is written down at once, so that the words can say whether it is one,
//! and so that they are there when it was. Where they sound whole, the reply begins, too, and whatever comes of it is held
//! here: it becomes the turn's if nothing more is said, and is dropped without a trace if the person goes on.
//! Invariants: at most [`BEGUN_MAX`] replies for a turn, one at a time; nothing of one is sent or stored before the turn
//! is over, and none is taken for a turn whose words, or whatever else its model is told, are others.

use super::dialogue::Dialogue;
use super::endings::{Ending, ending};
use super::heard::SAMPLES_PER_MS;
use super::item::Item;
use super::request;
use super::response::Response;
use super::unfinished::BegunReply;
use super::wire::{Effect, TurnAsk};
use crate::telemetry::collector::count;
use crate::telemetry::metrics::SPECULATIVE;
use crate::voice::end_of_turn::HEARD_MS;
use crate::wire::lower_case::letters;

/// Most replies that are begun for a turn before it is over.
const BEGUN_MAX: u32 = 3;
/// Most recordings of a turn that are written down before it is over.
const PAUSES_MAX: u32 = 8;
/// Words that sound whole may be answered at once, others after so much silence; the last reply always waits so long.
const SILENCE_MS: u64 = 240;

impl Dialogue {
    /// The person may be done.
    pub(super) fn paused(&mut self, at_ms: u64) {
        let Some(item) = self.input.item.clone() else {
            return;
        };
        if self.judges && self.is_semantic() {
            self.ahead.paused_at_ms = Some(at_ms);
            let from = self.input.total().saturating_sub(HEARD_MS * SAMPLES_PER_MS);
            self.out.push(Effect::Judge {
                at_ms,
                sound: self.input.since(from),
            });
        }
        if self.listening.item.is_some() {
            self.ahead.is_current = true;
            return self.out.push(Effect::Settle);
        }
        if !(self.may_begin() || self.is_semantic()) || self.ahead.part >= PAUSES_MAX {
            return;
        }
        self.ahead.part += 1;
        (self.ahead.is_current, self.ahead.words) = (true, None);
        let wav = self.input.until(at_ms);
        self.write_down(item, self.ahead.part, wav);
    }

    /// The person goes on.
    pub(super) fn resumed(&mut self) {
        (self.ahead.is_current, self.ahead.words, self.input.words) = (false, None, None);
        self.ahead.paused_at_ms = None;
        self.drop_reply("resumed");
    }

    /// A model has heard a pause.
    pub(super) fn judged(&mut self, at_ms: u64, finished: f32, now_ms: u64) {
        if self.ahead.paused_at_ms == Some(at_ms) {
            let signals = self.input.judged(finished);
            self.signals(signals, now_ms);
        }
    }

    /// What was said until a pause is written down.
    pub(super) fn heard_so_far(
        &mut self,
        part: u32,
        words: Result<String, (String, String)>,
        ms: u64,
        now_ms: u64,
    ) {
        if part != self.ahead.part || !self.ahead.is_current {
            return;
        }
        match words {
            Ok(words) => self.know(words, ms, now_ms),
            // At the end it is tried again.
            Err(_) => self.ahead.is_current = false,
        }
    }

    /// What was said until the present pause.
    pub(super) fn know(&mut self, words: String, ms: u64, now_ms: u64) {
        self.ahead.words = Some((words.clone(), ms));
        let signals = self.input.reconsider(words);
        self.signals(signals, now_ms);
    }

    fn is_semantic(&self) -> bool {
        let kind = self.session.pointer("/audio/input/turn_detection/type");
        kind.is_some_and(|kind| kind == "semantic_vad")
    }

    fn may_begin(&self) -> bool {
        self.speculates && self.detects("create_response") && !self.is_words()
    }

    /// Begins a reply where what was said may be all.
    pub(super) fn begin_ahead(&mut self, now_ms: u64) {
        let (Some(item), Some((words, _))) = (&self.input.item, &self.ahead.words) else {
            return;
        };
        let is_busy = self.active.is_some() || self.pending.is_some() || self.conversation.is_waiting();
        if self.ahead.reply.is_some() || self.ahead.begun >= BEGUN_MAX || is_busy || !self.may_begin() {
            return;
        }
        let silence_ms = match ending(words) {
            _ if words.trim().is_empty() => return,
            Ending::Finished if self.ahead.begun + 1 < BEGUN_MAX => 0,
            Ending::Hesitant | Ending::Unfinished if self.is_semantic() => return,
            _ => SILENCE_MS,
        };
        if self.input.silence_ms() < silence_ms {
            return;
        }
        let mut said = Item::of_speech(item);
        said.put_words(Some(words));
        let response = self.automatic(now_ms);
        let turn = TurnAsk {
            is_ahead: true,
            ..request::turn(self, &response, Some(&said))
        };
        self.ahead.begun += 1;
        self.out.push(Effect::Begin(Box::new(turn.clone())));
        self.ahead.reply = Some(BegunReply {
            item: item.clone(),
            turn,
            served_by: String::new(),
            held: Vec::new(),
        });
    }

    /// The reply that was begun for a turn as it is now: its response, and what has come of it.
    pub(super) fn adopt(&mut self, response: &Response, turn: &TurnAsk) -> Option<BegunReply> {
        let begun = &self.ahead.reply.as_ref()?.turn;
        let is_same = response.is_auto
            && !response.is_told
            && (begun.voice.as_ref(), begun.speed, begun.is_kept)
                == (turn.voice.as_ref(), turn.speed, turn.is_kept)
            && begun.is_new == turn.is_new
            // Other marks make no other turn.
            && letters(&begun.body) == letters(&turn.body);
        if !is_same {
            self.drop_reply("changed");
            return None;
        }
        count(&SPECULATIVE, &["used"], 1.0);
        self.ahead.reply.take()
    }

    /// It could not begin.
    pub(super) fn lost_reply(&mut self, response: &str) -> bool {
        let is_ahead = self.is_ahead(response);
        if is_ahead {
            self.drop_reply("failed");
            self.ahead.begun = BEGUN_MAX;
        }
        is_ahead
    }

    /// Whether a response was begun before its turn is over.
    pub(super) fn is_ahead(&self, response: &str) -> bool {
        let reply = self.ahead.reply.as_ref();
        reply.is_some_and(|reply| reply.turn.response == response)
    }

    /// Drops a reply whose turn is none any more.
    pub(super) fn look_ahead(&mut self) {
        let Some(reply) = &self.ahead.reply else { return };
        let item = Some(&reply.item);
        let awaits = |(_, answered): &(Response, Option<String>)| answered.as_ref() == item;
        if self.input.item.as_ref() != item && !self.pending.as_ref().is_some_and(awaits) {
            self.drop_reply("withdrawn");
        }
    }

    pub(super) fn drop_reply(&mut self, outcome: &'static str) {
        let Some(reply) = self.ahead.reply.take() else {
            return;
        };
        count(&SPECULATIVE, &[outcome], 1.0);
        self.out.push(Effect::Stop {
            response: reply.turn.response,
        });
    }
}

#[cfg(test)]
#[path = "ahead_tests.rs"]
pub(super) mod tests;
