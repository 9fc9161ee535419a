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
/// An echo is quieter than the reply by an amount that stays.
const LOSS_TOLERANCE_DB: f32 = 5.0;
const LOSS_FOLLOWS: f32 = 0.05;
/// Frames before a delay is believed, and the share of them that must agree.
const WEIGHT_MIN: f32 = 8.0;
const AGREEMENT_MIN: f32 = 0.75;
/// Another delay is taken where it agrees so much better.
const BETTER: f32 = 1.1;
/// A person is louder than the echo by so much.
const ABOVE_ECHO_DB: f32 = 5.0;

/// How the microphone follows the reply at one delay.
#[derive(Clone, Copy, Debug, Default)]
struct Follower {
    agreement: f32,
    loss_db: f32,
}

/// The reply's sound, and the microphone's beside it.
#[derive(Clone, Debug)]
pub struct Echo {
    played: Vec<Frame>,
    /// When the first of them was sent, by the microphone's clock.
    began_ms: u64,
    followers: [Follower; DELAYS],
    weight: f32,
    delay: Option<usize>,
}

impl Default for Echo {
    fn default() -> Self {
        Self {
            played: Vec::new(),
            began_ms: 0,
            followers: [Follower::default(); DELAYS],
            weight: 0.0,
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

    /// Whether this frame of the microphone is the reply and nothing louder. Quiet frames (not `is_loud`) teach nothing.
    pub fn hear(&mut self, frame: &Frame, is_loud: bool, now_ms: u64) -> bool {
        if self.played.is_empty() {
            return false;
        }
        let now = (now_ms.saturating_sub(self.began_ms) / FRAME_MS) as usize;
        if is_loud {
            self.follow(frame, now);
        }
        let Some((delay, follower)) = self
            .delay
            .and_then(|delay| Some((delay, self.followers.get(delay)?)))
        else {
            return false;
        };
        // The delay is no whole number of frames, and a room goes on sounding for a moment.
        let around = (0..3).filter_map(|off| self.played.get((now + 1).checked_sub(delay + off)?));
        let loudest_db = around.map(|frame| frame.level_db).fold(-120.0, f32::max);
        frame.level_db < loudest_db - follower.loss_db + ABOVE_ECHO_DB
    }

    fn follow(&mut self, frame: &Frame, now: usize) {
        let (mut best, mut best_agreement) = (0, -1.0);
        for (delay, follower) in self.followers.iter_mut().enumerate() {
            let played = now.checked_sub(delay).and_then(|at| self.played.get(at));
            let loss_db = played.map_or(-120.0, |played| played.level_db) - frame.level_db;
            if self.weight == 0.0 {
                follower.loss_db = loss_db;
            }
            let off_db = loss_db - follower.loss_db;
            let agrees = played
                .is_some_and(|played| played.level_db > SILENT_DB && same_pitch(played, frame))
                && off_db.abs() < LOSS_TOLERANCE_DB;
            // Where the echo is known, a person's voice must not be learned as part of it.
            if agrees || self.delay != Some(delay) {
                follower.loss_db +=
                    LOSS_FOLLOWS * off_db.clamp(-2.0 * LOSS_TOLERANCE_DB, 2.0 * LOSS_TOLERANCE_DB);
            }
            follower.agreement = follower.agreement * MEMORY + f32::from(u8::from(agrees));
            if follower.agreement > best_agreement {
                (best, best_agreement) = (delay, follower.agreement);
            }
        }
        self.weight = self.weight * MEMORY + 1.0;
        let known = self.delay.and_then(|delay| self.followers.get(delay));
        let is_better = match known {
            None => self.weight >= WEIGHT_MIN && best_agreement >= self.weight * AGREEMENT_MIN,
            Some(follower) => best_agreement > follower.agreement * BETTER,
        };
        if is_better {
            self.delay = Some(best);
        }
    }
}

/// Whether two frames have the same pitch, or one of them has none.
fn same_pitch(a: &Frame, b: &Frame) -> bool {
    let has_pitch = a.clarity >= CLARITY_MIN && b.clarity >= CLARITY_MIN;
    !has_pitch || (a.pitch_hz - b.pitch_hz).abs() < b.pitch_hz * PITCH_TOLERANCE
}
