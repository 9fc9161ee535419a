//! What became of a reply's speech: what was sent of it, and what a listener has heard.

use super::clip_key::Codec;
use super::phrase_cache::Heard;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::{AUDIO_BYTES_SAVED, AUDIO_SECONDS};
use crate::wire::spacing::joined;

/// What became of a reply's speech.
#[derive(Debug, Default)]
pub struct Speech {
    /// Phrases whose sound was begun, in order, each with the sound that was sent of it, milliseconds.
    pub begun: Vec<(String, u64)>,
    /// Phrases that were sent, in order, with what is worth keeping of them.
    pub heard: Vec<Heard>,
    /// Whether a phrase could not be spoken, or broke off.
    pub has_failed: bool,
    /// When the first sound was sent, milliseconds since 1970.
    pub sound_at_ms: Option<f64>,
    /// What a listener has played who plays from the first sound on without a pause, milliseconds.
    pub played_ms: u64,
    /// Bytes of sound that were sent.
    pub sent_bytes: u64,
}

impl Speech {
    /// Counts its sound, of which clips have this form.
    pub fn count(&self, codec: Option<Codec>) {
        count_sound(self.sound_ms(), self.sent_bytes, codec == Some(Codec::Opus));
    }

    /// How much sound was sent, milliseconds.
    pub fn sound_ms(&self) -> u64 {
        self.begun.iter().map(|(_, sound_ms)| sound_ms).sum()
    }

    /// What was said.
    pub fn text(&self) -> String {
        joined(self.begun.iter().map(|(text, _)| text.as_str()))
    }

    /// What was said in the first `heard_ms` of the sound, to its last whole word.
    pub fn text_within(&self, mut heard_ms: u64) -> String {
        let mut words: Vec<&str> = Vec::new();
        for (text, sound_ms) in &self.begun {
            let of_phrase: Vec<&str> = text.split_whitespace().collect();
            let count = match sound_ms {
                0 => 0,
                // Where in a phrase a word is, nobody says; they are taken as equally long.
                _ => of_phrase.len() as u64 * heard_ms.min(*sound_ms) / sound_ms,
            };
            words.extend(of_phrase.iter().take(count as usize));
            if heard_ms < *sound_ms {
                break;
            }
            heard_ms -= sound_ms;
        }
        words.join(" ")
    }
}

/// MP3 at 128 kbit/s, which providers send where nothing else is asked for.
const MP3_BYTES_PER_MS: u64 = 16;

/// Counts sound that was sent.
pub fn count_sound(sound_ms: u64, bytes: u64, is_opus: bool) {
    count(&AUDIO_SECONDS, &["out"], sound_ms as f64 / 1_000.0);
    if is_opus {
        let saved_bytes = (sound_ms * MP3_BYTES_PER_MS).saturating_sub(bytes);
        count(&AUDIO_BYTES_SAVED, &[], saved_bytes as f64);
    }
}
