//! What of a reply's sound was heard, to the word. Pure.
//!
//! A reply is spoken phrase by phrase, and where each begins in the sound is known; inside a phrase words are found by
//! their share of its letters, over the part of its sound that is not silence. Milliseconds count this reply's own sound.

use crate::memory::person::heard::cut;
use crate::segment::speech_ms;
use crate::wire::boundaries;
use crate::wire::spacing::append;

/// Samples in a millisecond of what is spoken.
pub const SAMPLES_PER_MS: u64 = 24;
/// A word counts as heard when this much of it was, percent.
const HEARD_PERCENT: u64 = 60;
/// Louder than this is voice: silence between phrases is digital, or close to it.
const VOICED: u16 = 160;

/// One phrase in the sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhraseMark {
    /// Its words.
    pub text: String,
    /// Where it begins, samples.
    pub from: u64,
    /// Where its voice begins and ends, samples; equal while nothing was heard of it.
    pub voiced: (u64, u64),
    /// Whether all of its sound is there.
    pub is_whole: bool,
}

/// The sound of a reply, as far as it was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplySound {
    /// Its phrases, in order.
    pub marks: Vec<PhraseMark>,
    /// All of it, samples.
    pub samples: u64,
}

impl ReplySound {
    /// A phrase begins.
    pub fn begin(&mut self, text: String) {
        self.end();
        self.marks.push(PhraseMark {
            text,
            from: self.samples,
            voiced: (self.samples, self.samples),
            is_whole: false,
        });
    }

    /// More of the present phrase.
    pub fn push(&mut self, samples: &[i16]) {
        let is_voice = |sample: &i16| sample.unsigned_abs() > VOICED;
        if let Some(mark) = self.marks.last_mut()
            && let Some(first) = samples.iter().position(is_voice)
            && let Some(last) = samples.iter().rposition(is_voice)
        {
            if mark.voiced.0 == mark.voiced.1 {
                mark.voiced.0 = self.samples + first as u64;
            }
            mark.voiced.1 = self.samples + last as u64 + 1;
        }
        self.samples += samples.len() as u64;
    }

    /// No more sound will come.
    pub fn end(&mut self) {
        if let Some(mark) = self.marks.last_mut() {
            mark.is_whole = true;
        }
    }

    /// All of it, milliseconds.
    pub fn ms(&self) -> u64 {
        self.samples / SAMPLES_PER_MS
    }

    /// The words that were heard by somebody who heard so many milliseconds of it.
    pub fn heard(&self, ms: u64) -> String {
        let at = ms.saturating_mul(SAMPLES_PER_MS);
        let mut heard = String::new();
        for (index, mark) in self.marks.iter().enumerate() {
            let end = self.marks.get(index + 1).map_or(self.samples, |next| next.from);
            let said = mark.heard(at, end);
            if said.is_empty() {
                break;
            }
            append(&mut heard, said);
            if said.len() < mark.text.len() {
                break;
            }
        }
        heard
    }
}

impl PhraseMark {
    /// The beginning of the phrase that was heard up to a sample; `end` is where the next one begins.
    fn heard(&self, at: u64, end: u64) -> &str {
        let (mut from, mut to) = self.voiced;
        if from == to {
            // Nothing of it is loud: all of it may be voice.
            (from, to) = (self.from, end);
        }
        if !self.is_whole {
            // What is still to come is guessed.
            to = to.max(from + speech_ms(&self.text) * SAMPLES_PER_MS);
        }
        if at <= from {
            return "";
        }
        let letters = self.text.chars().filter(|c| c.is_alphanumeric()).count() as u64;
        if at >= to || letters == 0 {
            return &self.text;
        }
        // In hundredths of a letter.
        let heard = (at - from) * letters * 100 / (to - from).max(1);
        let (mut end, mut before) = (0, 0);
        for (place, word) in boundaries::pieces(&self.text) {
            let length = word.chars().filter(|c| c.is_alphanumeric()).count() as u64;
            if length == 0 {
                // A mark belongs to the word before it, a space to nobody.
                if !word.trim().is_empty() && place == end && end > 0 {
                    end = place + word.len();
                }
                continue;
            }
            if before * 100 + length * HEARD_PERCENT > heard {
                break;
            }
            before += length;
            end = place + word.len();
        }
        self.text.get(..end).unwrap_or_default()
    }
}

/// The beginning of what was written that was heard; where it was spoken in other words, those.
pub fn as_written(written: &str, heard: &str) -> String {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    match cut(written, heard) {
        Some(kept) => kept.to_owned(),
        None if letters(written) == letters(heard) => written.to_owned(),
        None => heard.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(phrases: &[(&str, usize, usize, usize)]) -> ReplySound {
        let mut sound = ReplySound::default();
        for (text, lead_ms, voiced_ms, trail_ms) in phrases {
            sound.begin((*text).to_owned());
            sound.push(&vec![0; lead_ms * 24]);
            sound.push(&vec![4_000; voiced_ms * 24]);
            sound.push(&vec![0; trail_ms * 24]);
        }
        sound.end();
        sound
    }

    #[test]
    fn a_phrase_is_heard_word_by_word_and_its_silence_says_nothing() {
        // 12 letters in 1,200 ms of voice behind 100 ms of silence.
        let sound = sound(&[("one two, three.", 100, 1_100, 300), ("Four five.", 0, 800, 0)]);
        assert_eq!(sound.ms(), 2_300);
        for (ms, heard) in [
            (0, ""),
            (100, ""),
            (279, ""),
            (290, "one"),
            (400, "one"),
            (590, "one two,"),
            (1_000, "one two, three."),
            (1_400, "one two, three."),
            (1_499, "one two, three."),
            (1_800, "one two, three. Four"),
            (2_300, "one two, three. Four five."),
            (99_999, "one two, three. Four five."),
        ] {
            assert_eq!(sound.heard(ms), heard, "at {ms} ms");
        }
    }

    #[test]
    fn a_phrase_that_is_still_coming_is_not_taken_for_whole() {
        let mut sound = ReplySound::default();
        sound.begin("That is a rather long sentence, all in all.".to_owned());
        sound.push(&vec![4_000; 500 * 24]);
        let heard = sound.heard(500);
        assert!("That is a".starts_with(&heard) && !heard.is_empty(), "{heard}");
        sound.end();
        assert_eq!(sound.heard(500), "That is a rather long sentence, all in all.");
    }

    #[test]
    fn words_are_found_without_spaces_too() {
        let sound = sound(&[("海は静かです。行きましょう。", 0, 1_200, 0)]);
        let heard = sound.heard(600);
        assert!("海は静かです。行きましょう。".starts_with(&heard) && !heard.is_empty());
        assert!(heard.chars().count() < 10, "{heard}");
    }

    #[test]
    fn phrases_of_a_script_without_spaces_get_none_between_them() {
        for phrases in [
            ["海は静かです。", "行きましょう。"],
            ["今天下雨。", "我们走吧。"],
            ["ฝนตก", "ไปกันเถอะ"],
        ] {
            let sound = sound(&phrases.map(|text| (text, 0, 600, 0)));
            assert_eq!(sound.heard(1_200), phrases.concat());
        }
    }

    #[test]
    fn a_phrase_that_is_nowhere_loud_is_heard_by_its_length() {
        let sound = sound(&[("one two", 600, 0, 0), ("three", 0, 500, 0)]);
        assert_eq!(
            [0, 170, 310, 600, 1_100].map(|ms| sound.heard(ms)),
            ["", "", "one", "one two", "one two three"]
        );
    }
}
