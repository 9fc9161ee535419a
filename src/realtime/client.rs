//! What a client asks of a session, event by event. Pure.
//!
//! Source: OpenAI Realtime API reference, "Client events".

use serde_json::Value;

use super::ask::ask;
use super::dialogue::Dialogue;
use super::heard::ReplySound;
use super::item::{Item, text};
use super::refusal::EventError;
use super::setup;
use crate::platform::random::new_id;
use crate::wire::json::json;

/// So much beyond the end of its sound a client may be wrong about what it played.
const BEYOND_MS: u64 = 250;

impl Dialogue {
    /// Does what a client's event says.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn client(&mut self, event: &Value, now_ms: u64) -> Result<(), EventError> {
        let kind = text(event, "type");
        if self.is_words() && kind.starts_with("response.") {
            return Err(EventError::of(
                "invalid_event",
                "a transcription session has no responses",
            ));
        }
        if ["input_audio_buffer.append", "input_audio_buffer.commit"].contains(&kind) {
            self.may_hear()?;
        }
        match kind {
            "input_audio_buffer.append" => self.append(needed(event, "audio")?, now_ms),
            "input_audio_buffer.commit" => {
                let id = self.input.item.clone().unwrap_or_else(|| new_id("item_"));
                let wav = self.input.commit()?;
                self.committed(&id, wav);
                Ok(())
            }
            "input_audio_buffer.clear" => {
                self.input.clear();
                self.out.send("input_audio_buffer.cleared", json!({}));
                Ok(())
            }
            "session.update" => self.update(event.get("session").unwrap_or(&Value::Null)),
            "conversation.item.create" => self.create_item(event),
            "conversation.item.retrieve" => {
                let item = self
                    .conversation
                    .find(needed(event, "item_id")?, "item_retrieve_invalid_item_id")?;
                let item = json!({ "item": item.value });
                self.out.send("conversation.item.retrieved", item);
                Ok(())
            }
            "conversation.item.delete" => self.delete_item(needed(event, "item_id")?),
            "conversation.item.truncate" => self.truncate(event, now_ms),
            "response.create" => {
                let ask = ask(&self.session, event.get("response").unwrap_or(&Value::Null))?;
                self.check_input(&ask)?;
                self.create(ask, now_ms)
            }
            "response.cancel" => {
                let id = word(event, "response_id")?.unwrap_or_default();
                self.cancel_response(id, now_ms)
            }
            "" => Err(EventError::missing("type")),
            "output_audio_buffer.clear" => {
                let message =
                    "output_audio_buffer.clear is for WebRTC: over a WebSocket the client plays the sound";
                Err(EventError::of("invalid_event", message))
            }
            unknown => {
                let unknown: String = unknown.chars().take(64).collect();
                Err(EventError::invalid(
                    "type",
                    format!("there is no client event {unknown:?}"),
                ))
            }
        }
    }

    fn may_hear(&self) -> Result<(), EventError> {
        let bytes = self.recordings.iter().map(|(_, _, wav)| wav.len()).sum();
        self.conversation.may_hear(bytes)
    }

    fn update(&mut self, update: &Value) -> Result<(), EventError> {
        let before = self.session.pointer("/audio/input").cloned();
        setup::update(&mut self.session, update, self.has_spoken)?;
        let input = self.session.pointer("/audio/input");
        let changes =
            |name: &str| input.and_then(|now| now.get(name)) != before.as_ref().and_then(|one| one.get(name));
        if changes("format") || changes("turn_detection") {
            self.input.set_up(&self.session);
        }
        self.out
            .send("session.updated", json!({ "session": self.session }));
        Ok(())
    }

    fn create_item(&mut self, event: &Value) -> Result<(), EventError> {
        let item = event.get("item").ok_or_else(|| EventError::missing("item"))?;
        let previous = word(event, "previous_item_id")?;
        let (item, recording) = Item::of_client(item, new_id("item_"))?;
        if recording.is_some() {
            self.may_hear()?;
        }
        self.conversation.may_hold(&item)?;
        let id = item.id().to_owned();
        if let Some(refusal) = self.add(item, previous) {
            return Err(refusal);
        }
        self.conversation.know_again();
        if let Some(bytes) = recording {
            let wav = self.input.recording(&bytes);
            self.write_down(id, 0, wav);
        }
        Ok(())
    }

    /// A response's own context must be one.
    fn check_input(&mut self, ask: &Value) -> Result<(), EventError> {
        let input = ask.get("input").and_then(Value::as_array);
        for (index, item) in input.into_iter().flatten().enumerate() {
            let param = format!("response.input[{index}]");
            let recording = match text(item, "type") {
                "item_reference" => {
                    let found = self.conversation.find(text(item, "id"), "invalid_value");
                    found.map(|_| None)
                }
                _ => Item::of_client(item, String::new()).map(|(_, recording)| recording),
            };
            let recording = recording.map_err(|refusal| EventError {
                param: Some(param.clone()),
                ..refusal
            })?;
            if recording.is_some() {
                let message = format!("{param} cannot be a recording: put it into the conversation first");
                return Err(EventError::invalid(&param, message));
            }
        }
        Ok(())
    }

    fn delete_item(&mut self, id: &str) -> Result<(), EventError> {
        let item = self.conversation.find(id, "item_delete_invalid_item_id")?;
        let stamp = item.stamp.clone();
        self.conversation.items.retain(|item| item.id() != id);
        if self
            .pending
            .as_ref()
            .is_some_and(|(_, item)| item.as_deref() == Some(id))
        {
            self.pending = None;
        }
        self.keep(stamp);
        self.out
            .send("conversation.item.deleted", json!({ "item_id": id }));
        Ok(())
    }

    fn truncate(&mut self, event: &Value, now_ms: u64) -> Result<(), EventError> {
        let id = needed(event, "item_id")?.to_owned();
        let asked_ms = event.get("audio_end_ms").and_then(Value::as_u64);
        let asked_ms = asked_ms.ok_or_else(|| {
            EventError::invalid("audio_end_ms", "audio_end_ms must be a whole number, 0 or more")
        })?;
        let index = event.get("content_index").filter(|index| !index.is_null());
        if index.is_some_and(|index| *index != 0) {
            return Err(EventError::invalid(
                "content_index",
                "content_index must be 0: there is one part of sound",
            ));
        }
        let active = self.active.as_ref().filter(|active| active.item() == Some(&id));
        let sound = match active {
            Some(active) => active.is_spoken().then_some(&active.sound),
            None => {
                let item = self.conversation.find(&id, "item_truncate_invalid_item_id")?;
                item.sound.as_ref()
            }
        };
        let Some(sound_ms) = sound.map(ReplySound::ms) else {
            let message = "Only model output audio messages can be truncated";
            return Err(EventError::invalid("item_id", message));
        };
        if asked_ms > sound_ms + BEYOND_MS {
            let message = format!("Audio content of {sound_ms} ms is already shorter than {asked_ms} ms");
            return Err(EventError::invalid("audio_end_ms", message));
        }
        if active.is_some() {
            self.cancel("client_cancelled", now_ms);
        }
        let heard_ms = asked_ms.min(sound_ms);
        if self.playing.as_deref() == Some(&id) {
            // The client knows better than the clock, and plays no more of it.
            self.spoken_over = None;
            self.playing_until_ms = self.playing_until_ms.min(now_ms);
        }
        let event = json!({"item_id": id, "content_index": 0, "audio_end_ms": heard_ms});
        self.out.send("conversation.item.truncated", event);
        self.cut(&id, heard_ms, true);
        Ok(())
    }

    fn cancel_response(&mut self, id: &str, now_ms: u64) -> Result<(), EventError> {
        let is_active = self
            .active
            .as_ref()
            .is_some_and(|active| id.is_empty() || active.id == id);
        let is_done = match is_active {
            true => self.cancel("client_cancelled", now_ms),
            false if id.is_empty() => self.cancel_pending(now_ms),
            false => self.cancel_other(id, now_ms),
        };
        match is_done {
            true => Ok(()),
            false => {
                let message = "Cancellation failed: no active response found";
                Err(EventError::of("response_cancel_not_active", message))
            }
        }
    }
}

/// A string of an event.
fn word<'a>(event: &'a Value, name: &str) -> Result<Option<&'a str>, EventError> {
    match event.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(word)) => Ok(Some(word)),
        Some(_) => Err(EventError::invalid(name, format!("{name} must be a string"))),
    }
}

fn needed<'a>(event: &'a Value, name: &str) -> Result<&'a str, EventError> {
    word(event, name)?.ok_or_else(|| EventError::missing(name))
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
