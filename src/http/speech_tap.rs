//! Changes the container of speech on its way through `relay.js`, and keeps what is whole.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::provider_error;
use super::relay::RelayEnd;
use crate::audio::{CLIP_BYTES_MAX, Clip, RemuxError, Remuxer};
use crate::telemetry::collector::count;
use crate::telemetry::metrics::CLIENT_ABORTS;
use crate::upstream::chain::AttemptRecord;
use crate::voice::phrase_cache::CachedClip;
use crate::voice::speech::count_sound;
use crate::wire::base64::STANDARD;

/// The event that ends sound in events.
pub(super) const DONE_EVENT: &[u8] = b"data: {\"type\":\"speech.audio.done\"}\n\n";

/// An event with these bytes of sound.
pub(super) fn delta_event(audio: &[u8]) -> Vec<u8> {
    let event = crate::wire::json::json!({"type": "speech.audio.delta", "audio": STANDARD.encode(audio)});
    format!("data: {event}\n\n").into_bytes()
}

/// Changes the container of a clip on its way through `relay.js`.
#[wasm_bindgen]
pub struct SpeechTap {
    /// Gets the sound once it is whole.
    pub(super) made: Rc<RefCell<Option<CachedClip>>>,
    /// Frames so far, where they are to be kept.
    pub(super) frames: Option<Vec<u8>>,
    pub(super) clip: Option<Clip>,
    pub(super) remuxer: Remuxer,
    pub(super) is_opus: bool,
    pub(super) sent_bytes: usize,
    pub(super) is_sse: bool,
    pub(super) is_whole: bool,
    pub(super) record: Option<AttemptRecord>,
}

impl SpeechTap {
    pub(super) fn wrap(&self, audio: Vec<u8>) -> Vec<u8> {
        if !self.is_sse || audio.is_empty() {
            return audio;
        }
        delta_event(&audio)
    }

    fn keep_frames(&mut self, bytes: &[u8]) {
        if let Some(frames) = self
            .frames
            .as_mut()
            .filter(|frames| frames.len() <= CLIP_BYTES_MAX)
        {
            frames.extend_from_slice(bytes);
        }
    }

    /// The sound is whole; `last` is the end of it.
    fn keep(&mut self, last: &[u8]) {
        self.keep_frames(last);
        let frames = self.frames.take().filter(|frames| frames.len() <= CLIP_BYTES_MAX);
        *self.made.borrow_mut() = match (self.clip.take(), frames) {
            (Some(clip), _) => Some(CachedClip::Opus(Rc::new(clip))),
            (None, Some(frames)) => Some(CachedClip::Mp3(Rc::new(frames))),
            (None, None) => None,
        };
    }

    /// Tells the account how the sound ended.
    fn settle(&mut self, reason: RelayEnd, whole: bool) {
        let Some(record) = self.record.take() else { return };
        match (reason, whole) {
            (_, true) => record.succeed(),
            (RelayEnd::Client, false) => {
                count(&CLIENT_ABORTS, &[], 1.0);
                drop(record);
            }
            (reason, false) => record.fail(reason.failure()),
        }
    }

    /// The end of the clip, and whether it really is one.
    fn end(&mut self, reason: RelayEnd) -> (Vec<u8>, bool) {
        if reason != RelayEnd::End {
            return (self.remuxer.flush(), false);
        }
        let (mut bytes, whole) = match self.remuxer.end_clip() {
            Ok(report) => {
                self.clip = report.clip;
                (report.bytes, !report.is_truncated)
            }
            // The clip was ended while peeking.
            Err(RemuxError::NoAudio) if self.remuxer.has_sound() => (Vec::new(), true),
            Err(_) => (self.remuxer.flush(), false),
        };
        if whole {
            self.keep(&bytes);
            bytes.extend(self.remuxer.finish().unwrap_or_default());
        }
        (bytes, whole)
    }
}

#[wasm_bindgen]
impl SpeechTap {
    /// Takes the provider's bytes, gives the client's. Bytes that cannot be used break the stream off.
    pub fn transform(&mut self, bytes: &[u8]) -> Result<Uint8Array, JsError> {
        let out = self
            .remuxer
            .feed(bytes)
            .map_err(|error| JsError::new(&error.to_string()))?;
        self.keep_frames(&out);
        self.sent_bytes += out.len();
        Ok(Uint8Array::from(&self.wrap(out)[..]))
    }

    /// Sound has no end mark that could come before the end of the body.
    pub fn is_complete(&self) -> bool {
        false
    }

    /// Called once, when no more bytes will come: the rest of the sound, or in a stream of events what went wrong.
    pub fn finish(&mut self, reason: &str) -> Option<Uint8Array> {
        let reason = RelayEnd::parse(reason);
        let (bytes, whole) = self.end(reason);
        let sent_bytes = (self.sent_bytes + bytes.len()) as u64;
        count_sound(self.remuxer.sound_ms(), sent_bytes, self.is_opus);
        let mut last = self.wrap(bytes);
        self.settle(reason, whole);
        self.is_whole = whole || self.is_sse;
        if self.is_sse && reason != RelayEnd::Client {
            last.extend(match whole {
                true => DONE_EVENT.to_vec(),
                false => provider_error::interrupted(reason.clock()).event().into(),
            });
        }
        (!last.is_empty()).then(|| Uint8Array::from(&last[..]))
    }

    /// False breaks the client's stream off, because a clean end would pass for the whole.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }
}
