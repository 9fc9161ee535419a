//! Whether somebody speaks, has stopped, and whether it is now the other's turn. Pure: time is the sound itself.
//!
//! Owns the noise floor and the rules on loudness, silence and words. Invariants: `SpeechStarted` and `SpeechStopped`
//! take turns; between them `Pause` and `Resumed` take turns, and `SpeechStopped` ends a pause without a `Resumed`. The
//! signals do not depend on how the sound was cut, but for the moment at which words come.
//! Source: OpenAI "Voice activity detection (VAD)". Leaves out: who says the words, and what happens at a signal.

/// How a session finds the ends of turns: OpenAI's `turn_detection`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detection {
    /// By silence alone.
    ServerVad {
        /// 0 to 1: how much louder than the room a voice must be.
        threshold: f32,
        /// Sound before the voice that belongs to the turn, too.
        prefix_padding_ms: u32,
        /// Silence that ends a turn.
        silence_duration_ms: u32,
    },
    /// By silence and words.
    SemanticVad {
        /// How soon to answer.
        eagerness: Eagerness,
    },
    /// Not at all: the client says when.
    None,
}

/// How soon a `semantic_vad` takes a turn for ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eagerness {
    /// Lets people think for up to 8 s.
    Low,
    /// Up to 4 s.
    Medium,
    /// Up to 2 s.
    High,
    /// As medium.
    Auto,
}

/// What was heard. `at_ms` counts sound since the first sample of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A turn begins; `at_ms` is where its sound begins, padding included. While a reply is played it comes with `BargeIn`.
    SpeechStarted {
        /// The first sound that belongs to the turn.
        at_ms: u64,
    },
    /// The turn has ended.
    SpeechStopped {
        /// The end of the sound that belongs to the turn: the silence that ended it is in it.
        at_ms: u64,
    },
    /// A short silence: a provisional turn may begin.
    Pause {
        /// Now.
        at_ms: u64,
    },
    /// The pause was none.
    Resumed {
        /// Now.
        at_ms: u64,
    },
    /// What is said over a reply is meant to stop it.
    BargeIn {
        /// Now.
        at_ms: u64,
    },
}

/// Sound is looked at in frames of so many samples of 24 kHz.
const FRAME_SAMPLES: usize = 480;
const FRAME_MS: u64 = 20;

/// Nothing below this is a voice, however quiet the room: with automatic gain, speech is near -20 dB of full scale.
const VOICE_DB_MIN: f32 = -50.0;
/// Once begun, a voice may be so much quieter.
const HYSTERESIS_DB: f32 = 5.0;
/// The floor follows quieter frames at once and louder ones slowly, slower still while somebody speaks.
const FLOOR_DB_MIN: f32 = -80.0;
const FLOOR_DB_MAX: f32 = -35.0;
const FLOOR_DB_FIRST: f32 = -55.0;
const FLOOR_FALL_SHARE: f32 = 0.33;
const FLOOR_RISE_DB: f32 = 0.08;
const FLOOR_RISE_SPEAKING_DB: f32 = 0.04;

/// So much of the last half second must be a voice for a turn to begin; over a reply more.
const BEGIN_MS: u64 = 100;
const BARGE_IN_MS: u64 = 400;
const WINDOW: u32 = (1 << 25) - 1;
/// A silence of so long may be the end.
const PAUSE_MS: u64 = 240;
/// After a silence of so long a single loud frame is a click and no word.
const CLICK_AFTER_MS: u64 = 100;
const SEMANTIC_PADDING_MS: u64 = 300;
const SEMANTIC_SILENCE_MS: u64 = 500;

/// The ears of one session.
#[derive(Clone, Debug)]
pub struct Detector {
    detection: Detection,
    /// Samples that do not fill a frame yet.
    rest: Vec<i16>,
    now_ms: u64,
    floor_db: f32,
    /// Which of the latest frames were a voice, the newest in the lowest bit.
    recent: u32,
    is_hearing: bool,
    is_paused: bool,
    last_voice_ms: u64,
    /// The end of the turn before: its sound does not belong to the next one.
    last_stop_ms: u64,
}

impl Detector {
    /// Ears that have heard nothing.
    #[must_use]
    pub fn new(detection: Detection) -> Self {
        Self {
            detection,
            rest: Vec::new(),
            now_ms: 0,
            floor_db: FLOOR_DB_FIRST,
            recent: 0,
            is_hearing: false,
            is_paused: false,
            last_voice_ms: 0,
            last_stop_ms: 0,
        }
    }

    /// Another way of finding turns from here on. What is under way is dropped without a signal; time and room go on.
    pub fn set(&mut self, detection: Detection) {
        self.detection = detection;
        self.forget();
    }

    /// The turn is over without the ears (a commit, a clear): what is heard next may begin another.
    pub fn forget(&mut self) {
        (self.is_hearing, self.is_paused, self.recent) = (false, false, 0);
        self.last_stop_ms = self.now_ms;
    }

    /// Sound that was heard, in ms.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// The end of the last voice.
    #[must_use]
    pub fn last_voice_ms(&self) -> u64 {
        self.last_voice_ms
    }

    /// Hears `samples_24k`. `words` are the turn's so far where somebody writes them down; `replying` says that a reply
    /// is being played to the person.
    pub fn push(&mut self, samples_24k: &[i16], words: Option<&str>, replying: bool) -> Vec<Signal> {
        let mut signals = Vec::new();
        let mut left = samples_24k;
        while !left.is_empty() {
            let (part, after) = left.split_at((FRAME_SAMPLES - self.rest.len()).min(left.len()));
            self.rest.extend_from_slice(part);
            left = after;
            if self.rest.len() == FRAME_SAMPLES {
                let level_db = level_db(&self.rest);
                self.rest.clear();
                self.frame(level_db, words, replying, &mut signals);
            }
        }
        signals
    }

    fn frame(&mut self, level_db: f32, words: Option<&str>, replying: bool, signals: &mut Vec<Signal>) {
        self.now_ms += FRAME_MS;
        let (above_db, padding_ms) = match self.detection {
            Detection::ServerVad {
                threshold,
                prefix_padding_ms,
                ..
            } => (
                4.0 + 12.0 * threshold.clamp(0.0, 1.0),
                u64::from(prefix_padding_ms),
            ),
            Detection::SemanticVad { .. } => (10.0, SEMANTIC_PADDING_MS),
            Detection::None => return,
        };
        self.follow_floor(level_db);
        let wanted_db = (self.floor_db + above_db).max(VOICE_DB_MIN);
        let is_voice = level_db
            > if self.is_hearing {
                wanted_db - HYSTERESIS_DB
            } else {
                wanted_db
            };
        self.recent = (self.recent << 1 | u32::from(is_voice)) & WINDOW;
        if self.is_hearing {
            self.hearing(is_voice, words, signals);
            return;
        }
        let voiced_ms = u64::from(self.recent.count_ones()) * FRAME_MS;
        if voiced_ms < if replying { BARGE_IN_MS } else { BEGIN_MS } {
            return;
        }
        let window_ms = u64::from(32 - self.recent.leading_zeros()) * FRAME_MS;
        let at_ms = self
            .now_ms
            .saturating_sub(window_ms + padding_ms)
            .max(self.last_stop_ms);
        (self.is_hearing, self.last_voice_ms) = (true, self.now_ms);
        signals.push(Signal::SpeechStarted { at_ms });
        if replying {
            signals.push(Signal::BargeIn { at_ms: self.now_ms });
        }
    }

    fn hearing(&mut self, is_voice: bool, words: Option<&str>, signals: &mut Vec<Signal>) {
        let at_ms = self.now_ms;
        let goes_on = at_ms - self.last_voice_ms <= CLICK_AFTER_MS || (self.recent & 0xF).count_ones() >= 3;
        if is_voice && goes_on {
            self.last_voice_ms = at_ms;
            if std::mem::take(&mut self.is_paused) {
                signals.push(Signal::Resumed { at_ms });
            }
            return;
        }
        let silence_ms = at_ms - self.last_voice_ms;
        if silence_ms >= self.ending_silence_ms(words) {
            signals.push(Signal::SpeechStopped { at_ms });
            self.forget();
        } else if silence_ms >= PAUSE_MS && !self.is_paused {
            self.is_paused = true;
            signals.push(Signal::Pause { at_ms });
        }
    }

    fn ending_silence_ms(&self, _words: Option<&str>) -> u64 {
        match self.detection {
            Detection::ServerVad {
                silence_duration_ms, ..
            } => u64::from(silence_duration_ms),
            _ => SEMANTIC_SILENCE_MS,
        }
    }

    fn follow_floor(&mut self, level_db: f32) {
        let above_db = level_db - self.floor_db;
        let rise_db = if self.is_hearing {
            FLOOR_RISE_SPEAKING_DB
        } else {
            FLOOR_RISE_DB
        };
        let step_db = if above_db < 0.0 {
            above_db * FLOOR_FALL_SHARE
        } else {
            above_db.min(rise_db)
        };
        self.floor_db = (self.floor_db + step_db).clamp(FLOOR_DB_MIN, FLOOR_DB_MAX);
    }
}

/// Loudness in dB of full scale, without what does not move (a microphone's offset).
fn level_db(samples: &[i16]) -> f32 {
    let count = samples.len().max(1) as f32;
    let (mut sum, mut squares) = (0.0, 0.0);
    for sample in samples {
        let sample = f32::from(*sample) / 32_768.0;
        sum += sample;
        squares += sample * sample;
    }
    decibels(squares / count - (sum / count) * (sum / count))
}

/// 10 log10 of a power, to 0.03 dB: the exponent's bits and a parabola through the rest cost less than a logarithm.
fn decibels(power: f32) -> f32 {
    let bits = power.max(1e-12).to_bits();
    let exponent = (bits >> 23) as f32 - 127.0;
    let mantissa = f32::from_bits(bits & 0x007F_FFFF | 0x3F80_0000);
    3.0103 * (exponent + (2.041 - 0.347 * mantissa) * mantissa - 1.694)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SERVER: Detection = Detection::ServerVad {
        threshold: 0.5,
        prefix_padding_ms: 300,
        silence_duration_ms: 500,
    };

    /// So many ms of a tone with a peak of `peak`.
    fn tone(ms: usize, peak: f32) -> Vec<i16> {
        (0..ms * 24)
            .map(|at| ((at as f32 * 220.0 * std::f32::consts::TAU / 24_000.0).sin() * peak) as i16)
            .collect()
    }

    /// So many ms of a quiet room.
    fn room(ms: usize) -> Vec<i16> {
        let mut seed = 1_u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 26) as i16 - 32
        };
        (0..ms * 24).map(|_| noise()).collect()
    }

    fn heard(detection: Detection, parts: &[Vec<i16>], replying: bool) -> Vec<Signal> {
        Detector::new(detection).push(&parts.concat(), None, replying)
    }

    #[test]
    fn a_turn_begins_with_its_padding_and_ends_after_its_silence() {
        let got = heard(SERVER, &[room(1_000), tone(800, 8_000.0), room(1_000)], false);
        assert_eq!(
            got,
            [
                Signal::SpeechStarted { at_ms: 700 },
                Signal::Pause { at_ms: 2_040 },
                Signal::SpeechStopped { at_ms: 2_300 },
            ]
        );
    }

    #[test]
    fn a_sound_at_the_very_first_sample_is_heard() {
        let got = heard(SERVER, &[tone(500, 3_000.0), vec![0; 24_000]], false);
        assert_eq!(got.first(), Some(&Signal::SpeechStarted { at_ms: 0 }));
        assert_eq!(got.last(), Some(&Signal::SpeechStopped { at_ms: 1_000 }));
    }

    #[test]
    fn a_pause_that_is_none_is_taken_back() {
        let got = heard(
            SERVER,
            &[
                room(400),
                tone(600, 8_000.0),
                room(400),
                tone(600, 8_000.0),
                room(200),
            ],
            false,
        );
        assert_eq!(
            got,
            [
                Signal::SpeechStarted { at_ms: 100 },
                Signal::Pause { at_ms: 1_240 },
                Signal::Resumed { at_ms: 1_460 },
            ]
        );
    }

    #[test]
    fn silence_and_clicks_begin_nothing() {
        for parts in [
            vec![vec![0; 72_000]],
            vec![room(2_000)],
            vec![room(500), tone(60, 20_000.0), room(2_000)],
        ] {
            assert_eq!(heard(SERVER, &parts, false), []);
        }
    }

    #[test]
    fn a_click_in_a_silence_does_not_make_it_longer() {
        let got = heard(
            SERVER,
            &[
                room(400),
                tone(600, 8_000.0),
                room(300),
                tone(20, 8_000.0),
                room(400),
            ],
            false,
        );
        assert_eq!(got.last(), Some(&Signal::SpeechStopped { at_ms: 1_500 }));
    }

    #[test]
    fn over_a_reply_more_is_asked_of_a_voice() {
        assert_eq!(
            heard(SERVER, &[room(400), tone(300, 8_000.0), room(600)], true),
            []
        );
        let got = heard(SERVER, &[room(400), tone(600, 8_000.0)], true);
        assert_eq!(
            got,
            [
                Signal::SpeechStarted { at_ms: 100 },
                Signal::BargeIn { at_ms: 800 }
            ]
        );
    }

    #[test]
    fn a_threshold_asks_for_more_or_for_less() {
        // A room of -47 dB, and a voice 9 dB above it.
        let noise: Vec<i16> = room(1_000).iter().map(|sample| sample * 8).collect();
        let starts = |threshold| {
            let detection = Detection::ServerVad {
                threshold,
                prefix_padding_ms: 0,
                silence_duration_ms: 500,
            };
            heard(detection, &[noise.clone(), tone(800, 590.0)], false).len()
        };
        assert_eq!((starts(0.0), starts(1.0)), (1, 0));
    }

    #[test]
    fn none_hears_nothing() {
        assert_eq!(
            heard(Detection::None, &[tone(2_000, 8_000.0), room(2_000)], false),
            []
        );
    }

    #[test]
    fn decibels_are_near_a_logarithm() {
        for power in [1e-10_f32, 3.3e-7, 0.01, 0.5, 0.999, 1.0] {
            assert!(
                (decibels(power) - 10.0 * power.log10()).abs() < 0.05,
                "{power}: {}",
                decibels(power)
            );
        }
    }

    proptest! {
        #[test]
        fn signals_do_not_depend_on_how_the_sound_is_cut(
            lengths in prop::collection::vec((0..900_usize, prop::bool::ANY), 1..8),
            cut in 1..3_000_usize,
            replying in prop::bool::ANY,
        ) {
            let parts: Vec<Vec<i16>> =
                lengths.iter().map(|(ms, loud)| if *loud { tone(*ms, 8_000.0) } else { room(*ms) }).collect();
            let sound = parts.concat();
            let mut detector = Detector::new(SERVER);
            let got: Vec<Signal> =
                sound.chunks(cut).flat_map(|part| detector.push(part, None, replying)).collect();
            prop_assert_eq!(got, heard(SERVER, &parts, replying));
        }
    }
}
