//! The responses of a session: when each begins, what is told in it, and how it ends. Pure.

use serde_json::Value;

use super::conversation::call;
use super::dialogue::Dialogue;
use super::heard;
use super::item::{ReplyStamp, text};
use super::outcome::{ResponseEnd, why};
use super::refusal::EventError;
use super::request;
use super::response::Response;
use super::wire::Effect;
use crate::turn::speech::TurnEvent;

/// Most responses beside the conversation's own.
const OTHERS_MAX: usize = 4;
/// How often a reply is kept while it is told.
const KEEP_EVERY_MS: u64 = 1_000;

impl Dialogue {
    /// Begins what can begin now.
    pub(super) fn advance(&mut self, now_ms: u64) {
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

    pub(super) fn begin(&mut self, other: Option<usize>, now_ms: u64) {
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
    pub(super) fn mark_kept(&mut self, response: &str) {
        let items = self.conversation.items.iter_mut();
        let new = items.filter_map(|item| {
            let was_kept = std::mem::replace(&mut item.is_kept, true);
            (!was_kept).then(|| item.id().to_owned())
        });
        let new = (response.to_owned(), new.collect());
        self.keeping.push(new);
    }

    /// A client asks for a response.
    pub(super) fn create(&mut self, ask: Value, now_ms: u64) -> Result<(), EventError> {
        let mut response = Response::new(ask, &self.conversation_id, false, now_ms);
        if response.conversation.is_none() {
            if self.others.len() >= OTHERS_MAX {
                let message = format!("at most {OTHERS_MAX} responses may run beside the conversation");
                return Err(EventError::of("too_many_responses", message));
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
            return Err(EventError::of(
                "conversation_already_has_active_response",
                message,
            ));
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
        self.end(&id, &ResponseEnd::Cancelled(reason), now_ms);
        true
    }

    /// Cuts off the one that waits for words: the client knows that it comes.
    pub(super) fn cancel_pending(&mut self, now_ms: u64) -> bool {
        let Some((mut response, _)) = self.pending.take() else {
            return false;
        };
        let end = ResponseEnd::Cancelled("client_cancelled");
        response.end(&end, &|_| None, now_ms, &mut self.out);
        true
    }

    /// Cuts one off that is not the conversation's.
    pub(super) fn cancel_other(&mut self, id: &str, now_ms: u64) -> bool {
        let is_there = self.others.iter().any(|response| response.id == id);
        if is_there {
            self.end(id, &ResponseEnd::Cancelled("client_cancelled"), now_ms);
        }
        is_there
    }

    pub(super) fn told(&mut self, id: &str, event: TurnEvent, now_ms: u64) {
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
            TurnEvent::Forwarded(data) => begun = response.forwarded(&data, previous, out),
            TurnEvent::TextDelta(words) => begun.extend(response.words(&words, previous, now_ms, out)),
            TurnEvent::Audio { begins, bytes } => {
                let before_ms = response.sound.ms();
                let samples = response.samples(&bytes);
                self.input.play(&samples, begins.as_deref().unwrap_or_default());
                begun.extend(response.sound(begins, &samples, previous, now_ms, out));
                sound_ms = response.sound.ms() - before_ms;
            }
            TurnEvent::Finished => {
                let end = response.own_end();
                return self.end(id, &end, now_ms);
            }
            TurnEvent::Failed(clock) => {
                let message = match clock {
                    Some(_) => "the model fell silent in the middle of its reply",
                    None => "the model's reply ended early",
                };
                let end = ResponseEnd::Failed("provider_failed".to_owned(), message.to_owned());
                return self.end(id, &end, now_ms);
            }
            TurnEvent::SpeechFailed(failures) => response.unspoken = Some(why("speech", &failures).0),
            TurnEvent::Opened(_) | TurnEvent::InputTranscript(_) | TurnEvent::Closing => {}
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
    pub(super) fn end(&mut self, id: &str, end: &ResponseEnd, now_ms: u64) {
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
        let is_cut = !matches!(end, ResponseEnd::Completed | ResponseEnd::Incomplete(_));
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
    pub(super) fn keep(&mut self, stamp: Option<ReplyStamp>) {
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
}
