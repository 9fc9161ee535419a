//! Words while somebody speaks, where a recogniser listens: told to the client, and the turn's when it is over. Pure.
//!
//! A recogniser hears one turn, from its beginning to its last words; nobody listens while nobody speaks. Invariants: the
//! client is told a word once it has stood still, and never another in its place; where the recogniser fails, or its last
//! words are late, the recording is written down instead.

use serde_json::Value;

use super::dialogue::Dialogue;
use super::input::wav;
use super::unfinished::{Awaited, Listening, Overlap};
use super::wire::Effect;
use crate::platform::random::new_id;
use crate::wire::json::json;

/// Of an item whose words a recogniser gives, or its whole recording in their place.
pub(super) const LISTENED: u32 = u32::MAX;

/// The words that two texts begin with; the last one may still grow.
fn common<'a>(one: &str, other: &'a str) -> &'a str {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let is_end = |at: usize| {
        other.is_char_boundary(at)
            && other
                .get(at..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let end = (0..=same).rev().find(|at| is_end(*at)).unwrap_or(0);
    other.get(..end).unwrap_or_default()
}

impl Dialogue {
    /// Somebody begins to speak, at this sample of the session's sound or where the buffer begins.
    pub(super) fn begin_listening(&mut self, item: &str, at: u64) {
        self.write_down_awaited();
        if self.listens_ms.is_none() {
            return;
        }
        self.listening = Listening {
            item: Some(item.to_owned()),
            at,
            overlap: self.listening.overlap.take(),
            ..Listening::default()
        };
        self.out.push(Effect::Listen {
            item: item.to_owned(),
        });
        self.listen();
    }

    /// Hands on what was said.
    pub(super) fn listen(&mut self) {
        let Some(item) = &self.listening.item else { return };
        if self.input.item.as_ref() == Some(item) || self.listening.is_over_reply(item) {
            let sound = self.input.since(self.listening.at);
            self.listening.at = self.input.total();
            if !sound.is_empty() {
                self.out.push(Effect::Sound(sound));
            }
        }
    }

    /// Whether something is said over a reply: its words say whether it is meant to stop it, as they come where somebody
    /// listens, and else once it pauses.
    pub(super) fn overlapped(&mut self) {
        let Some((from, pauses)) = self.input.overlap() else {
            if self.listening.overlap.take().is_some() {
                self.input.words = None;
            }
            return;
        };
        if self.listening.overlap.is_none() && self.input.item.is_none() {
            let item = new_id("item_");
            self.listening.overlap = Some(Overlap {
                item: item.clone(),
                has_paused: false,
            });
            self.begin_listening(&item, from);
            self.input.words = self.listens_ms.map(|_| String::new());
        }
        let Some(overlap) = &mut self.listening.overlap else {
            return;
        };
        if !pauses || std::mem::replace(&mut overlap.has_paused, true) {
            return;
        }
        let item = overlap.item.clone();
        match self.listening.item.is_some() {
            true => self.out.push(Effect::Settle),
            false => self.write_down(item, LISTENED, wav(&self.input.since(from))),
        }
    }

    /// Words of what is said over a reply.
    pub(super) fn said_over(&mut self, words: String, now_ms: u64) {
        let signals = self.input.reconsider(words);
        self.signals(signals, now_ms);
    }

    /// Words of what is being said.
    pub(super) fn words(&mut self, item: &str, words: String, is_all: bool, now_ms: u64) {
        if let Some(awaited) = self
            .listening
            .awaited
            .take_if(|awaited| awaited.item == item && is_all)
        {
            return self.heard(item, LISTENED, Ok(words), awaited.ms, now_ms);
        }
        if self.listening.is_over_reply(item) {
            return self.said_over(words, now_ms);
        }
        if self.listening.item.as_deref() != Some(item) || self.input.item.as_deref() != Some(item) {
            return;
        }
        if is_all && self.ahead.is_current {
            self.know(words.clone(), self.input.ms(), now_ms);
            if self.input.item.is_none() {
                return;
            }
        }
        let stable = if is_all {
            words.as_str()
        } else {
            common(&self.listening.last, &words)
        };
        let is_wanted = self
            .session
            .pointer("/audio/input/transcription")
            .is_some_and(Value::is_object);
        if let Some(delta) = stable
            .strip_prefix(self.listening.told.as_str())
            .filter(|delta| is_wanted && !delta.is_empty())
        {
            let event = json!({"item_id": item, "content_index": 0, "delta": delta});
            self.out
                .send("conversation.item.input_audio_transcription.delta", event);
            stable.clone_into(&mut self.listening.told);
        }
        self.listening.last = words;
    }

    /// An item is said; whether its words are the recogniser's.
    pub(super) fn listened(&mut self, item: &str, at_ms: u64, now_ms: u64) -> bool {
        let is_listening = self.listening.item.as_deref() == Some(item);
        if let (true, None, Some(late_ms)) = (is_listening, &self.ahead.words, self.listens_ms) {
            if !self.ahead.is_current {
                self.out.push(Effect::Settle);
            }
            let wav = self.input.until(at_ms);
            self.listening.awaited = Some(Awaited {
                item: item.to_owned(),
                ms: self.input.ms(),
                wav,
                until_ms: now_ms + late_ms,
            });
        }
        is_listening
    }

    /// Nobody listens any more.
    pub(super) fn deaf(&mut self, item: &str) {
        if self.listening.item.as_deref() != Some(item) {
            return;
        }
        self.listening.item = None;
        if self.listening.is_over_reply(item) {
            self.input.words = None;
        }
        self.write_down_awaited();
        if self.ahead.is_current && self.ahead.words.is_none() {
            // In the middle of a pause.
            self.ahead.is_current = false;
            self.paused(self.input.now_ms());
        }
    }

    /// Last words that are late are not waited for.
    pub(super) fn words_late(&mut self, now_ms: u64) {
        if self
            .listening
            .awaited
            .as_ref()
            .is_some_and(|awaited| awaited.until_ms <= now_ms)
        {
            self.write_down_awaited();
        }
    }

    /// Has the recording written down whose last words are to come.
    fn write_down_awaited(&mut self) {
        if let Some(Awaited { item, wav, .. }) = self.listening.awaited.take() {
            self.write_down(item, LISTENED, wav);
        }
    }

    /// Nobody speaks: nobody listens.
    pub(super) fn stop_listening(&mut self) {
        let is_over = self.input.item != self.listening.item
            && self.listening.awaited.is_none()
            && self.listening.overlap.is_none();
        if is_over && self.listening.item.take().is_some() {
            self.out.push(Effect::Unlisten);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn a_word_is_told_once_it_is_whole_and_stands_still() {
        for (one, other, told) in [
            ("", "what", ""),
            ("what", "what a", "what"),
            ("what a", "what a day", "what a"),
            ("what a d", "what a day", "what a"),
            ("what a day", "what a day", "what a day"),
            ("was für", "was füllt", "was"),
            ("海は静か", "海は静かです", ""),
        ] {
            assert_eq!(common(one, other), told, "{one}, {other}");
        }
    }
}
