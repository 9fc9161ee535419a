//! Whether somebody speaks, has stopped, and whether it is now the other's turn. Pure: time is the sound itself.
//!
//! Owns the noise floor and the rules on loudness, silence and words. Invariants: `SpeechStarted` and `SpeechStopped`
//! take turns; between them `Pause` and `Resumed` take turns, and `SpeechStopped` ends a pause without a `Resumed`. The
//! signals do not depend on how the sound was cut, but for the moment at which words come.
//! Source: OpenAI "Voice activity detection (VAD)". Leaves out: who says the words, and what happens at a signal.

use super::echo::Echo;
use super::endings::{self, Backchannel};
use super::turn_detection::wait_ms;
pub use super::turn_detection::{Detection, Eagerness, Signal};
use crate::audio::frame::{FRAME_MS, FRAME_SAMPLES, Frame, Frames};

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
/// What is more than half a reply's echo says nothing of the floor.
const HALF_DB: f32 = 3.0;
/// A vowel repeats itself at least so well.
const CLARITY_MIN: f32 = 0.5;
/// The frames that are looked back on: half a second.
const WINDOW: u32 = (1 << 25) - 1;
/// So much of them must be loud for a turn to begin, and so much have a pitch, or else the loud part be longer: a door
/// and a cough are loud.
const BEGIN_MS: u64 = 100;
const BEGIN_PITCHED_MS: u64 = 40;
const BEGIN_WITHOUT_PITCH_MS: u64 = 300;
/// Over a reply: from the onset on so long, not yet silent for so long, and of it so much with a pitch and such a part loud.
const BARGE_IN_MS: u64 = 420;
const BARGE_IN_SILENT_FRAMES: u32 = 4;
/// Where words are written down, the sound waits for those of a short one: "okay" lasts some 450 ms. It still goes on then.
const BEFORE_WORDS_MS: u64 = 440;
const AFTER_A_WORD_SILENT_FRAMES: u32 = 6;
const BARGE_IN_PITCHED_MS: u64 = 80;
const BARGE_IN_LOUD_PART: f32 = 0.4;
/// What is said over a reply pauses: its words are wanted, and what comes then is measured by itself.
const OVERLAP_PAUSE_FRAMES: u32 = 8;
/// A sound through closed lips ("mm-hm") has at least so much of its power below 500 Hz.
const HUM_LOW_SHARE: f32 = 0.65;
const HUM_FOLLOWS: f32 = 0.15;
/// A voice has at least so much there: what rings higher (dishes, glass) has a pitch and is none.
const VOICE_LOW_SHARE_MIN: f32 = 0.05;
const SWING_DB_MIN: f32 = 1.5;
const SWING_FOLLOWS: f32 = 0.1;
/// Words may come so long after the voice that said them.
const WORDS_AFTER_MS: u64 = 1_500;
/// "Yeah, yeah" goes on no longer than this without becoming more.
const BACKCHANNEL_MS: u64 = 1_200;

/// A silence of so long may be the end: what was said is looked at.
const PAUSE_MS: u64 = 100;
/// Words that were there before the voice went on after so much silence say nothing of the next pause.
const STALE_AFTER_MS: u64 = 240;
/// After a silence of so long a single loud frame is a click and no word.
const CLICK_AFTER_MS: u64 = 100;
/// Words of a reply that are remembered.
const REPLY_WORDS_BYTES_MAX: usize = 16 * 1024;
const SEMANTIC_ABOVE_DB: f32 = 10.0;
const SEMANTIC_PADDING_MS: u64 = 300;

/// The ears of one session.
#[derive(Clone, Debug)]
pub struct Detector {
    detection: Detection,
    frames: Frames,
    now_ms: u64,
    floor_db: f32,
    /// Which of the latest frames were loud, and which of those had a pitch; the newest in the lowest bit.
    loud: u32,
    pitched: u32,
    /// `low_share` of frames with a pitch, each weighing less than the next.
    hum: f32,
    /// How loud the voice is, and how far it moves from that: speech goes up and down with its syllables, a motor does not.
    level_db: f32,
    swing_db: f32,
    /// Where the sound begins that may become a turn.
    onset_ms: Option<u64>,
    is_hearing: bool,
    is_paused: bool,
    last_voice_ms: u64,
    /// The end of the turn before: its sound does not belong to the next one.
    last_stop_ms: u64,
    /// Words as they were when the voice went on: they say nothing of the next pause.
    stale_words: String,
    /// What a model says of the latest pause.
    finished: Option<f32>,
    replying: bool,
    played: Frames,
    echo: Echo,
    reply_words: String,
}

impl Detector {
    /// Ears that have heard nothing.
    #[must_use]
    pub fn new(detection: Detection) -> Self {
        Self {
            detection,
            frames: Frames::default(),
            now_ms: 0,
            floor_db: FLOOR_DB_FIRST,
            loud: 0,
            pitched: 0,
            hum: 0.0,
            level_db: VOICE_DB_MIN,
            swing_db: 0.0,
            onset_ms: None,
            is_hearing: false,
            is_paused: false,
            last_voice_ms: 0,
            last_stop_ms: 0,
            stale_words: String::new(),
            finished: None,
            replying: false,
            played: Frames::default(),
            echo: Echo::default(),
            reply_words: String::new(),
        }
    }

    /// Another way of finding turns from here on, also of the one that is under way; where one begins or ends to be wanted,
    /// that is dropped without a signal. Time and room go on.
    pub fn set(&mut self, detection: Detection) {
        let goes_on = ![self.detection, detection].contains(&Detection::None);
        self.detection = detection;
        if !goes_on {
            self.forget();
        }
    }

    /// The turn is over without the ears (a commit, a clear): what is heard next may begin another.
    pub fn forget(&mut self) {
        (
            self.is_hearing,
            self.is_paused,
            self.loud,
            self.pitched,
            self.onset_ms,
        ) = (false, false, 0, 0, None);
        self.stale_words.clear();
        self.finished = None;
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

    /// A reply's sound and words as they are sent. What the microphone hears of them is no barge-in.
    pub fn play(&mut self, samples_24k: &[i16], words: &str) {
        if !self.replying {
            (self.echo, self.played, self.replying) = (Echo::default(), Frames::default(), true);
            self.reply_words.clear();
        }
        let frames = self.played.push(samples_24k);
        self.echo.play(&frames, self.now_ms);
        if self.reply_words.len() < REPLY_WORDS_BYTES_MAX {
            self.reply_words.push_str(words);
        }
    }

    /// How likely the turn has ended, 0 to 1, by a model that heard the present pause.
    pub fn judged(&mut self, finished: f32, words: Option<&str>) -> Vec<Signal> {
        let mut signals = Vec::new();
        if self.is_paused {
            self.finished = Some(finished);
            self.hearing(false, words, &mut signals);
        }
        signals
    }

    /// Hears `samples_24k`. `words` are the turn's so far where somebody writes them down; `replying` says that a reply
    /// is being played to the person.
    pub fn push(&mut self, samples_24k: &[i16], words: Option<&str>, replying: bool) -> Vec<Signal> {
        let mut signals = Vec::new();
        self.replying = replying;
        if self.detection == Detection::None {
            self.now_ms += samples_24k.len() as u64 * FRAME_MS / FRAME_SAMPLES as u64;
            return signals;
        }
        for frame in self.frames.push(samples_24k) {
            self.frame(&frame, words, &mut signals);
        }
        signals
    }

    fn frame(&mut self, frame: &Frame, words: Option<&str>, signals: &mut Vec<Signal>) {
        self.now_ms += FRAME_MS;
        let above_db = match self.detection {
            Detection::ServerVad { threshold, .. } => 4.0 + 12.0 * threshold.clamp(0.0, 1.0),
            Detection::SemanticVad { .. } => SEMANTIC_ABOVE_DB,
            Detection::None => return,
        };
        let padding_ms = self.padding_ms();
        let wanted_db = (self.floor_db + above_db).max(VOICE_DB_MIN);
        let whole_db = frame.level_db;
        let frame = &self.without_echo(frame, whole_db > wanted_db - HYSTERESIS_DB);
        self.follow_floor(whole_db, frame.level_db < whole_db - HALF_DB);
        let hysteresis_db = if self.is_hearing { HYSTERESIS_DB } else { 0.0 };
        let is_voice = frame.level_db > wanted_db - hysteresis_db;
        let is_pitched = frame.clarity >= CLARITY_MIN && frame.low_share >= VOICE_LOW_SHARE_MIN;
        self.loud = (self.loud << 1 | u32::from(is_voice)) & WINDOW;
        self.pitched = (self.pitched << 1 | u32::from(is_voice && is_pitched)) & WINDOW;
        if is_voice {
            let off_db = whole_db - self.level_db;
            self.level_db += off_db * SWING_FOLLOWS;
            self.swing_db += (off_db.abs() - self.swing_db) * SWING_FOLLOWS;
        }
        if is_voice && is_pitched {
            let follows = if self.onset_ms.is_none() { 1.0 } else { HUM_FOLLOWS };
            self.hum += (frame.low_share - self.hum) * follows;
        }
        match self.is_hearing {
            true => self.hearing(is_voice, words, signals),
            false => self.begin(words, padding_ms, signals),
        }
    }

    /// Begins a turn where what was heard is one.
    fn begin(&mut self, words: Option<&str>, padding_ms: u64, signals: &mut Vec<Signal>) {
        if !self.begins(words) {
            return;
        }
        let onset_ms = self.onset_ms.unwrap_or(self.now_ms);
        (self.is_hearing, self.last_voice_ms) = (true, self.now_ms);
        signals.push(Signal::SpeechStarted {
            at_ms: onset_ms.saturating_sub(padding_ms).max(self.last_stop_ms),
        });
        if self.replying {
            signals.push(Signal::BargeIn { at_ms: self.now_ms });
        }
    }

    /// Words have come: whether those over a reply stop it, and those before a pause end their turn.
    pub fn reconsider(&mut self, words: &str) -> Vec<Signal> {
        let mut signals = Vec::new();
        if self.is_paused {
            self.hearing(false, Some(words), &mut signals);
        } else if self.replying && !self.is_hearing && self.onset_ms.is_some() {
            self.begin(Some(words), self.padding_ms(), &mut signals);
        }
        signals
    }

    /// Where a voice over a reply begins of which it is not certain that it is meant to stop it, and whether it pauses.
    #[must_use]
    pub fn overlap(&self) -> Option<(u64, bool)> {
        let is_voice = self.pitched.count_ones() as u64 * FRAME_MS >= BEGIN_PITCHED_MS;
        let onset_ms = self.onset_ms.filter(|_| self.replying && !self.is_hearing)?;
        let is_long = self.last_voice_ms - onset_ms >= BEGIN_MS;
        (is_voice || is_long).then(|| (onset_ms, self.loud.trailing_zeros() >= OVERLAP_PAUSE_FRAMES))
    }

    fn padding_ms(&self) -> u64 {
        match self.detection {
            Detection::ServerVad {
                prefix_padding_ms, ..
            } => u64::from(prefix_padding_ms),
            _ => SEMANTIC_PADDING_MS,
        }
    }

    /// What is heard without the reply. What was heard until its way was known was the reply, too.
    fn without_echo(&mut self, frame: &Frame, is_loud: bool) -> Frame {
        if !self.replying {
            return *frame;
        }
        let was_known = self.echo.is_known();
        let left = self.echo.hear(frame, is_loud, self.now_ms);
        if self.echo.is_known() && !was_known && !self.is_hearing {
            (self.loud, self.pitched, self.onset_ms) = (0, 0, None);
        }
        left
    }

    /// Whether what was heard until now begins a turn.
    fn begins(&mut self, words: Option<&str>) -> bool {
        let ms = |frames: u32| u64::from(frames.count_ones()) * FRAME_MS;
        let (loud_ms, pitched_ms) = (ms(self.loud), ms(self.pitched));
        if loud_ms >= BEGIN_MS {
            if self.onset_ms.is_none() {
                let window_ms = u64::from(32 - self.loud.leading_zeros()) * FRAME_MS;
                self.onset_ms = Some(self.now_ms.saturating_sub(window_ms));
            }
            self.last_voice_ms = self.now_ms;
        } else if self.now_ms > self.last_voice_ms + WORDS_AFTER_MS {
            self.onset_ms = None;
        }
        let Some(onset_ms) = self.onset_ms else {
            return false;
        };
        if !self.replying {
            return loud_ms >= BEGIN_MS
                && (pitched_ms >= BEGIN_PITCHED_MS || loud_ms >= BEGIN_WITHOUT_PITCH_MS);
        }
        let since_ms = self.now_ms - onset_ms;
        let wanted_ms = since_ms.min(u64::from(WINDOW.count_ones()) * FRAME_MS) as f32 * BARGE_IN_LOUD_PART;
        let kind = words.map(endings::backchannel);
        let (long_ms, silent_frames) = match kind {
            Some(Backchannel::Begun) => (BEFORE_WORDS_MS, 1),
            Some(_) => (BARGE_IN_MS, AFTER_A_WORD_SILENT_FRAMES),
            None => (BARGE_IN_MS, BARGE_IN_SILENT_FRAMES),
        };
        let is_hum =
            self.hum >= HUM_LOW_SHARE && (since_ms <= BACKCHANNEL_MS || self.swing_db < SWING_DB_MIN);
        let is_long = run_ms(self.loud) >= long_ms
            && self.loud.trailing_zeros() < silent_frames
            && loud_ms as f32 >= wanted_ms
            && pitched_ms >= BARGE_IN_PITCHED_MS
            && !is_hum;
        let (Some(words), Some(kind)) = (words, kind) else {
            return is_long;
        };
        match (endings::repeated(words, &self.reply_words), kind) {
            // A single word of the reply may be anybody's: then the sound decides.
            (1, _) | (_, Backchannel::Begun) => is_long,
            (2.., _) => false,
            (_, Backchannel::Whole) => is_long && since_ms > BACKCHANNEL_MS,
            (_, Backchannel::No) => true,
        }
    }

    fn hearing(&mut self, is_voice: bool, words: Option<&str>, signals: &mut Vec<Signal>) {
        let at_ms = self.now_ms;
        let goes_on = at_ms - self.last_voice_ms <= CLICK_AFTER_MS || (self.loud & 0xF).count_ones() >= 3;
        if is_voice && goes_on {
            let silence_ms = at_ms - self.last_voice_ms;
            self.last_voice_ms = at_ms;
            self.finished = None;
            if std::mem::take(&mut self.is_paused) {
                if silence_ms > STALE_AFTER_MS {
                    words.unwrap_or_default().clone_into(&mut self.stale_words);
                }
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

    fn ending_silence_ms(&self, words: Option<&str>) -> u64 {
        match self.detection {
            Detection::ServerVad {
                silence_duration_ms, ..
            } => u64::from(silence_duration_ms),
            Detection::SemanticVad { eagerness } => {
                let words = words.filter(|words| !words.is_empty() && *words != self.stale_words);
                wait_ms(eagerness, words.map(endings::ending), self.finished)
            }
            Detection::None => u64::MAX,
        }
    }

    fn follow_floor(&mut self, level_db: f32, is_echo: bool) {
        let above_db = level_db - self.floor_db;
        let step_db = match (is_echo, self.is_hearing) {
            _ if above_db < 0.0 => above_db * FLOOR_FALL_SHARE,
            (true, _) => 0.0,
            (false, true) => above_db.min(FLOOR_RISE_SPEAKING_DB),
            (false, false) => above_db.min(FLOOR_RISE_DB),
        };
        self.floor_db = (self.floor_db + step_db).clamp(FLOOR_DB_MIN, FLOOR_DB_MAX);
    }
}

/// How long ago that began of which loud frames are the latest: a pause is before it.
fn run_ms(loud: u32) -> u64 {
    let (mut run, mut gap) = (0, 0);
    for at in 0..u32::BITS - loud.leading_zeros() {
        gap = if loud >> at & 1 == 1 { 0 } else { gap + 1 };
        match gap {
            0 => run = at + 1,
            OVERLAP_PAUSE_FRAMES.. => break,
            _ => {}
        }
    }
    u64::from(run) * FRAME_MS
}

#[cfg(test)]
mod tests;
