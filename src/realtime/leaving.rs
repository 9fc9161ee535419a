//! A client that has left: what it said last is written down and kept, and nobody is answered. Pure.

use super::dialogue::Dialogue;
use super::item::Item;
use super::request;
use super::response::Response;
use super::wire::Effect;

impl Dialogue {
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
    pub(super) fn keep_unanswered(&mut self, now_ms: u64) {
        let is_ready = !self.is_words() && !self.conversation.is_waiting() && self.keeps_left > 0;
        if is_ready && self.keep_said(now_ms) {
            self.keeps_left -= 1;
        }
    }

    /// Keeps what was said without a reply to it; false where there is nothing.
    pub(super) fn keep_said(&mut self, now_ms: u64) -> bool {
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
    pub(super) fn stop(&mut self, now_ms: u64) {
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
}
