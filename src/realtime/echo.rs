//! Whether what the microphone hears is the reply that is being played. Pure.
//!
//! Owns the loudness and the pitch of the reply's sound, and how well the microphone's follow them at every delay that a
//! network and a loudspeaker may cause. Once the delay is known, the reply says how loud its echo must be: what is
//! louder is a person. Leaves out cancelling: the sound itself stays as it is.

use crate::audio::frame::{FRAME_MS, Frame};

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
/// A person is louder than the echo by so much, or has a pitch that the reply has not.
const ABOVE_ECHO_DB: f32 = 4.0;

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
}

impl Default for Echo {
    fn default() -> Self {
        Self {
            played: Vec::new(),
            began_ms: 0,
            followers: [Follower::default(); DELAYS],
            delay: None,
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

    /// Whether this frame of the microphone is the reply and nothing louder. Quiet ones (not `is_loud`) say what it is not.
    pub fn hear(&mut self, frame: &Frame, is_loud: bool, now_ms: u64) -> bool {
        if self.played.is_empty() {
            return false;
        }
        let now = (now_ms.saturating_sub(self.began_ms) / FRAME_MS) as usize;
        self.follow(frame, is_loud, now);
        let Some((delay, follower)) = self
            .delay
            .and_then(|delay| Some((delay, self.followers.get(delay)?)))
        else {
            return false;
        };
        // The delay is no whole number of frames, and a room goes on sounding for a moment.
        let around = || (0..3).filter_map(|off| self.played.get((now + 1).checked_sub(delay + off)?));
        let loudest_db = around().map(|frame| frame.level_db).fold(-120.0, f32::max);
        let has_own_pitch = frame.clarity >= CLARITY_MIN && !around().any(|played| same_pitch(played, frame));
        let above_db = if has_own_pitch { 0.0 } else { ABOVE_ECHO_DB };
        frame.level_db < loudest_db - follower.loss_db + above_db
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
                follower.loss_db += follows * 0.0_f32.clamp(least_db, most_db);
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
        }
    }
}

/// Whether two frames have the same pitch, or one of them has none. A room's walls may double what is found.
fn same_pitch(a: &Frame, b: &Frame) -> bool {
    let has_pitch = a.clarity >= CLARITY_MIN && b.clarity >= CLARITY_MIN;
    let is_near = |times: f32| (a.pitch_hz * times - b.pitch_hz).abs() < b.pitch_hz * PITCH_TOLERANCE;
    !has_pitch || is_near(1.0) || is_near(2.0) || is_near(0.5)
}
