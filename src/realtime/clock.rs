//! What happens in a session when nothing does: turns that stall, silences that are too long. Pure.

use serde_json::Value;

use super::dialogue::Dialogue;
use super::wire::Effect;
use crate::platform::random::new_id;
use crate::wire::json::json;

/// A microphone that falls silent in the middle of a turn without a word of it: so long after its last sound the turn is over.
const STALLED_MS: u64 = 1_500;

impl Dialogue {
    pub(super) fn tick(&mut self, now_ms: u64) {
        self.woken_ms = 0;
        self.words_late(now_ms);
        if self.is_leaving {
            return;
        }
        if self.stalled_at_ms().is_some_and(|at_ms| at_ms <= now_ms) {
            self.end_turn(now_ms);
        }
        if self.idle_at_ms().is_some_and(|at_ms| at_ms <= now_ms) {
            self.timed_out(now_ms);
        }
    }

    /// The turn is over though nobody has fallen silent.
    pub(super) fn end_turn(&mut self, now_ms: u64) {
        self.speech_stopped(self.input.now_ms(), now_ms);
        self.input.clear();
    }

    /// When a turn whose microphone fell silent is over.
    pub(super) fn stalled_at_ms(&self) -> Option<u64> {
        let turn_detection = self.session.pointer("/audio/input/turn_detection");
        let silence_ms = turn_detection
            .and_then(|one| one.get("silence_duration_ms"))
            .and_then(Value::as_f64);
        let is_detecting = turn_detection.is_some_and(Value::is_object);
        let hears = is_detecting && self.input.item.is_some();
        hears.then(|| self.input.appended_at_ms + silence_ms.unwrap_or(500.0) as u64 + STALLED_MS)
    }

    /// When nobody has said anything for too long.
    pub(super) fn idle_at_ms(&self) -> Option<u64> {
        let idle = self
            .session
            .pointer("/audio/input/turn_detection/idle_timeout_ms");
        let idle_ms = idle.and_then(Value::as_f64)? as u64;
        let is_quiet = self.active.is_none() && self.pending.is_none() && self.input.item.is_none();
        (is_quiet && self.playing_until_ms > 0).then_some(self.playing_until_ms + idle_ms)
    }

    /// Nobody has said anything for too long: the silence is an item, and is answered.
    pub(super) fn timed_out(&mut self, now_ms: u64) {
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

    pub(super) fn schedule(&mut self) {
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
