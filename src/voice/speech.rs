//! What became of a reply's speech: what was sent of it, and what a listener has heard.

use super::clip_key::Codec;
use super::phrase_cache::HeardPhrase;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::{AUDIO_BYTES_SAVED, AUDIO_SECONDS};
use crate::wire::spacing::{joined, words_begin};

/// What became of a reply's speech.
#[derive(Debug, Default)]
pub struct Speech {
    /// Phrases whose sound was begun, in order, each with the sound that was sent of it, milliseconds.
    pub begun: Vec<(String, u64)>,
    /// Phrases that were sent, in order, with what is worth keeping of them.
    pub heard: Vec<HeardPhrase>,
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
        let mut heard = Vec::new();
        for (text, sound_ms) in &self.begun {
            let ends: Vec<usize> = words_begin(text).skip(1).chain([text.len()]).collect();
            // Where in a phrase a word is, nobody says; they are taken as equally long.
            let count = (ends.len() as u64 * heard_ms.min(*sound_ms)).checked_div(*sound_ms);
            let last = count.and_then(|count| (count as usize).checked_sub(1));
            let end = last.and_then(|last| ends.get(last)).copied().unwrap_or(0);
            heard.push(text.get(..end).unwrap_or_default().trim_end());
            if heard_ms < *sound_ms {
                break;
            }
            heard_ms -= sound_ms;
        }
        joined(heard)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_ends_with_a_whole_word_in_any_script() {
        for (phrases, heard_ms, expected) in [
            (["Good evening, Ann.", "How are you?"], 700, "Good evening,"),
            (
                ["Good evening, Ann.", "How are you?"],
                1_350,
                "Good evening, Ann. How",
            ),
            (["It costs $3.50.", "Fine."], 999, "It costs"),
            (["今天天气很好。", "走吧。"], 500, "今天天"),
            (["今天天气很好。", "走吧。"], 2_000, "今天天气很好。走吧。"),
            (["…", "“Yes.”"], 0, ""),
        ] {
            let speech = Speech {
                begun: phrases.map(|phrase| (phrase.to_owned(), 1_000)).into(),
                ..Speech::default()
            };
            assert_eq!(speech.text_within(heard_ms), expected, "{phrases:?}");
        }
    }
}
