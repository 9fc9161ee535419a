//! What of the microphone's sound is the reply that is being played, and what is not. Pure.
//!
//! Owns the loudness and the pitch of the reply's sound, and how well the microphone's follow them at every delay that a
//! network and a loudspeaker may cause. Once the delay is known, the reply says how much power its echo must have in each
//! octave: what is left is a person, whose "s" is heard over the reply's vowels though it is no louder. Leaves out
//! cancelling: the sound itself stays as it is.

use crate::audio::frame::{BANDS, FRAME_MS, Frame, decibels, power};

/// From sending a sample to hearing it again: 2 s. What is sent faster than it is played is counted by its own length.
const DELAYS: usize = 100;
/// Frames of a reply that are remembered: two minutes. What is played after them is taken for a person's voice.
const FRAMES_MAX: usize = 6_000;
/// Each frame weighs so much of the one after it: two thirds of a second decide.
const MEMORY: f32 = 0.97;
/// Frames without a voice in them, of the reply.
const SILENT_DB: f32 = -60.0;
/// Below it a frame has no pitch.
const CLARITY_MIN: f32 = 0.6;
const PITCH_TOLERANCE: f32 = 0.05;
/// An echo is quieter than the reply was sent, by an amount that stays.
const LOSS_DB_MIN: f32 = 1.0;
const LOSS_TOLERANCE_DB: f32 = 5.0;
const LOSS_FOLLOWS: f32 = 0.05;
/// Frames before a delay is believed, and the share of them that must agree.
const WEIGHT_MIN: f32 = 8.0;
const AGREEMENT_MIN: f32 = 0.75;
/// Another delay is taken where it agrees so much better.
const BETTER: f32 = 1.1;
/// Where the echo is known, so much louder than it is a person.
const ABOVE_ECHO_DB: f32 = 4.0;
/// The echo of an octave may be so many times what is expected; beside a pitch that the reply has not it is not.
const MARGIN: f32 = 3.0;
/// A room's echo dies away by this with each frame: 60 dB in a quarter of a second.
const DECAY: f32 = 0.3;
/// A frame of which so much goes with the echo was nothing else.
const ECHO_DB: f32 = 6.0;
/// Octaves from here on are below 1,100 Hz: a voice has some of its power there.
const LOW_FROM: usize = 3;
/// Power that an octave has before it has heard any: little, so that it soon counts no more.
const FIRST_POWER: f32 = 1e-3;

/// How much of an octave comes back: small loudspeakers and rooms favour some.
#[derive(Clone, Copy, Debug, Default)]
struct Octave {
    /// What was sent and what was heard of it, the latest counting most.
    sent: f32,
    heard: f32,
    expected: f32,
}

impl Octave {
    fn of(loss_db: f32) -> Self {
        Self {
            sent: FIRST_POWER,
            heard: FIRST_POWER * power(-loss_db),
            expected: 0.0,
        }
    }

    /// The power that is expected of two frames of the reply.
    fn expect(&mut self, [new, old]: [f32; 2]) -> f32 {
        let echo = new.max(old) * self.heard / self.sent.max(f32::MIN_POSITIVE);
        self.expected = echo.max(self.expected * DECAY);
        self.expected
    }

    fn learn(&mut self, [new, old]: [f32; 2], heard: f32) {
        self.sent = self.sent * MEMORY + (new + old) / 2.0;
        self.heard = self.heard * MEMORY + heard;
    }
}

/// How the microphone follows the reply at one delay.
#[derive(Clone, Copy, Debug, Default)]
struct Follower {
    agreement: f32,
    /// Frames that said anything of it.
    weight: f32,
    loss_db: f32,
}

impl Follower {
    /// The share of the frames that agree; nothing while they are few.
    fn share(&self) -> f32 {
        match self.weight >= WEIGHT_MIN {
            true => self.agreement / self.weight,
            false => 0.0,
        }
    }
}

/// The reply's sound, and the microphone's beside it.
#[derive(Clone, Debug)]
pub struct Echo {
    played: Vec<Frame>,
    /// When the first of them was sent, by the microphone's clock.
    began_ms: u64,
    followers: [Follower; DELAYS],
    delay: Option<usize>,
    octaves: [Octave; BANDS],
}

impl Default for Echo {
    fn default() -> Self {
        Self {
            played: Vec::new(),
            began_ms: 0,
            followers: [Follower::default(); DELAYS],
            delay: None,
            octaves: [Octave::default(); BANDS],
        }
    }
}

impl Echo {
    /// Frames of a reply that were sent to be played.
    pub fn play(&mut self, frames: &[Frame], now_ms: u64) {
        if self.played.is_empty() {
            self.began_ms = now_ms;
        }
        let room = FRAMES_MAX.saturating_sub(self.played.len());
        self.played.extend(frames.iter().take(room));
    }

    /// Whether the way from the loudspeaker to the microphone is known.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.delay.is_some()
    }

    /// What is left of a frame of the microphone without the reply. Quiet frames (not `is_loud`) say what the reply is not.
    pub fn hear(&mut self, frame: &Frame, is_loud: bool, now_ms: u64) -> Frame {
        if self.played.is_empty() {
            return *frame;
        }
        let now = (now_ms.saturating_sub(self.began_ms) / FRAME_MS) as usize;
        self.follow(frame, is_loud, now);
        let Some(delay) = self.delay else { return *frame };
        // The delay is no whole number of frames: what is heard lies between two of them.
        let played = |off: usize| self.played.get(now.checked_sub(delay + off)?).copied();
        let [new, old] = [0, 1].map(|off| played(off).unwrap_or_default());
        let has_own_pitch =
            frame.clarity >= CLARITY_MIN && !same_pitch(&new, frame) && !same_pitch(&old, frame);
        let margin = if has_own_pitch { 1.0 } else { MARGIN };
        let mut sent = [[0.0; 2]; BANDS];
        for (pair, both) in sent.iter_mut().zip(new.bands.into_iter().zip(old.bands)) {
            *pair = both.into();
        }
        let (mut left, mut left_low) = (0.0, 0.0);
        for (index, ((octave, heard), sent)) in self.octaves.iter_mut().zip(frame.bands).zip(sent).enumerate()
        {
            let person = (heard - margin * octave.expect(sent)).max(0.0);
            left += person;
            left_low += if index >= LOW_FROM { person } else { 0.0 };
        }
        let level_db = decibels(left).min(frame.level_db);
        // What is mostly a person's says nothing of the echo.
        if level_db < frame.level_db - ECHO_DB {
            for ((octave, heard), sent) in self.octaves.iter_mut().zip(frame.bands).zip(sent) {
                octave.learn(sent, heard);
            }
        }
        Frame {
            level_db,
            low_share: frame.low_share.min(left_low / left.max(f32::MIN_POSITIVE)),
            ..*frame
        }
    }

    fn follow(&mut self, frame: &Frame, is_loud: bool, now: usize) {
        let played = |delay: usize| now.checked_sub(delay).and_then(|at| self.played.get(at));
        for (delay, follower) in self.followers.iter_mut().enumerate() {
            // The delay is no whole number of frames: what is heard lies between two of them.
            let (Some(new), old) = (played(delay), played(delay + 1)) else {
                continue;
            };
            let old = old.unwrap_or(new);
            let wanted_db = frame.level_db + follower.loss_db;
            let least_db = new.level_db.min(old.level_db) - wanted_db;
            let most_db = new.level_db.max(old.level_db) - wanted_db;
            // What is not heard says only that the way takes at least so much.
            if !is_loud && least_db < LOSS_TOLERANCE_DB {
                continue;
            }
            let is_played = new.level_db.max(old.level_db) > SILENT_DB;
            // Where the echo is known, what is louder than it is a person and says nothing of it.
            if self.delay == Some(delay) && most_db < -ABOVE_ECHO_DB {
                continue;
            }
            let agrees = is_loud
                && is_played
                && follower.loss_db > LOSS_DB_MIN
                && least_db < LOSS_TOLERANCE_DB
                && most_db > -LOSS_TOLERANCE_DB
                && (same_pitch(new, frame) || same_pitch(old, frame));
            // Where the echo is known, a person's voice must not be learned as part of it.
            if is_played && (agrees || self.delay != Some(delay)) {
                let follows = LOSS_FOLLOWS.max(1.0 / (follower.weight + 1.0));
                follower.loss_db += follows * least_db.max(0.0).min(most_db);
            }
            follower.agreement = follower.agreement * MEMORY + f32::from(u8::from(agrees));
            follower.weight = follower.weight * MEMORY + 1.0;
        }
        let (mut best, mut most) = (0, 0.0);
        for (delay, follower) in self.followers.iter().enumerate() {
            if follower.share() > most {
                (best, most) = (delay, follower.share());
            }
        }
        let known = self.delay.and_then(|delay| self.followers.get(delay));
        let is_better = match known {
            None => most >= AGREEMENT_MIN,
            Some(known) => most > known.share() * BETTER,
        };
        if is_better {
            self.delay = Some(best);
            let loss_db = self.followers.get(best).map_or(0.0, |follower| follower.loss_db);
            self.octaves = [Octave::of(loss_db); BANDS];
        }
    }
}

/// Whether two frames have the same pitch, or one of them has none. A room's walls may double what is found.
fn same_pitch(a: &Frame, b: &Frame) -> bool {
    let has_pitch = a.clarity >= CLARITY_MIN && b.clarity >= CLARITY_MIN;
    let is_near = |times: f32| (a.pitch_hz * times - b.pitch_hz).abs() < b.pitch_hz * PITCH_TOLERANCE;
    !has_pitch || is_near(1.0) || is_near(2.0) || is_near(0.5)
}
