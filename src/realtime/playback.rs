//! How far a reply has been heard, and what was not heard of it. Pure.

use serde_json::Value;

use super::dialogue::Dialogue;
use super::heard;
use super::item::text;
use crate::wire::json::put;

/// What a listener has not played of what was sent.
const PLAYBACK_LAG_MS: u64 = 200;

impl Dialogue {
    pub(super) fn is_playing(&self, now_ms: u64) -> bool {
        now_ms < self.playing_until_ms
    }

    /// Notes how far the sound that is being played has come.
    pub(super) fn speak_over(&mut self, now_ms: u64) {
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
    pub(super) fn settle_spoken_over(&mut self) {
        if let (Some(ms), Some(id)) = (self.spoken_over.take(), self.playing.clone()) {
            self.cut(&id, ms, false);
        }
    }
}
