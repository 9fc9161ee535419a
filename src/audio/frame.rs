//! What 20 ms of sound are like: how loud, and whether there is a voice in it. Pure.
//!
//! Owns the 40 ms in which a pitch is looked for. A voice repeats itself 70 to 400 times a second; a cough, a door, a
//! fan and a keyboard do not. Source: Rabiner, "On the use of autocorrelation analysis for pitch detection" (1977).

/// Samples of 24 kHz in a frame.
pub const FRAME_SAMPLES: usize = 480;
/// Milliseconds of a frame.
pub const FRAME_MS: u64 = 20;

/// A pitch is looked for at 4 kHz: a sixth of the samples.
const DECIMATION: usize = 6;
const LOW_SAMPLES: usize = FRAME_SAMPLES / DECIMATION;
/// Periods of 400 down to 70 Hz, in samples of 4 kHz.
const PERIOD_MIN: usize = 10;
const PERIOD_MAX: usize = 57;
/// Octaves in which the power is told: what is above 4.4 kHz, down to what is below 270 Hz.
pub const BANDS: usize = 6;
/// The lowest has fewer samples than this: 480, 238, 117, 57, 27, 12.
const LOWEST_SAMPLES: usize = 13;
/// Below it nobody looks for a voice.
const VOICE_DB_MIN: f32 = -60.0;

/// What one frame is like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Frame {
    /// Loudness in dB of full scale, without what does not move (a microphone's offset).
    pub level_db: f32,
    /// How well the sound repeats itself, 0 to 1: a vowel is near 1, noise near 0.3.
    pub clarity: f32,
    /// Repetitions in a second where `clarity` says that there are any.
    pub pitch_hz: f32,
    /// The share of the power below some 500 Hz: near 1 for a hum through closed lips.
    pub low_share: f32,
    /// The power in each octave, the highest first; all of it together is 1 at full scale.
    pub bands: [f32; BANDS],
}

/// Frames out of samples.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// Samples that do not fill a frame yet.
    rest: Vec<i16>,
    /// The frame before and the latest one at 4 kHz.
    low: Vec<f32>,
}

impl Frames {
    /// The frames that `samples_24k` complete.
    pub fn push(&mut self, samples_24k: &[i16]) -> Vec<Frame> {
        let mut frames = Vec::with_capacity(samples_24k.len() / FRAME_SAMPLES + 1);
        let mut left = samples_24k;
        while !left.is_empty() {
            let missing = FRAME_SAMPLES.saturating_sub(self.rest.len());
            let (part, after) = left.split_at(missing.min(left.len()));
            self.rest.extend_from_slice(part);
            left = after;
            if self.rest.len() >= FRAME_SAMPLES {
                frames.push(self.frame());
                self.rest.clear();
            }
        }
        frames
    }

    fn frame(&mut self) -> Frame {
        let count = FRAME_SAMPLES as f32;
        let mean = self.rest.iter().map(|sample| f32::from(*sample)).sum::<f32>() / count;
        let power = self
            .rest
            .iter()
            .map(|sample| square(f32::from(*sample) - mean))
            .sum::<f32>()
            / count;
        self.low.drain(..self.low.len().saturating_sub(LOW_SAMPLES));
        for part in self.rest.chunks_exact(DECIMATION) {
            let sum: i32 = part.iter().map(|sample| i32::from(*sample)).sum();
            self.low.push(sum as f32 / DECIMATION as f32 - mean);
        }
        let latest = self
            .low
            .get(self.low.len().saturating_sub(LOW_SAMPLES)..)
            .unwrap_or_default();
        let lowest = latest
            .windows(4)
            .map(|four| square(four.iter().sum::<f32>() / 4.0))
            .sum::<f32>()
            / (LOW_SAMPLES - 3) as f32;
        let level_db = decibels(power / (32_768.0 * 32_768.0));
        let (clarity, period) = match level_db > VOICE_DB_MIN {
            true => repetition(&self.low),
            false => (0.0, PERIOD_MAX as f32),
        };
        Frame {
            level_db,
            clarity,
            pitch_hz: (24_000 / DECIMATION) as f32 / period,
            low_share: (lowest / power.max(1.0)).min(1.0),
            bands: octaves(&self.rest),
        }
    }
}

/// The power of each octave: a binomial filter takes the lower half of what is there, of which every second sample is
/// enough, and what it leaves is the upper one.
fn octaves(samples: &[i16]) -> [f32; BANDS] {
    let mut left: Vec<f32> = samples
        .iter()
        .map(|sample| f32::from(*sample) / 32_768.0)
        .collect();
    let mut bands = [0.0; BANDS];
    for band in &mut bands {
        if left.len() < LOWEST_SAMPLES {
            let mean = left.iter().sum::<f32>() / left.len() as f32;
            *band = left.iter().map(|sample| square(sample - mean)).sum::<f32>() / left.len() as f32;
            break;
        }
        let from = |at: usize| left.get(at..).unwrap_or_default();
        let ends = from(0).iter().zip(from(4)).map(|(a, e)| a + e);
        let beside = from(1).iter().zip(from(3)).map(|(b, d)| b + d);
        let five = ends.zip(beside).zip(from(2));
        let lower: Vec<f32> = five
            .map(|((ae, bd), c)| (ae + 4.0 * bd + 6.0 * c) / 16.0)
            .collect();
        let upper = from(2).iter().zip(&lower).map(|(c, low)| square(c - low));
        *band = upper.sum::<f32>() / lower.len() as f32;
        left = lower.into_iter().step_by(2).collect();
    }
    bands
}

fn square(value: f32) -> f32 {
    value * value
}

/// How well the samples repeat themselves, and after how many: the shortest period that is nearly the best.
fn repetition(low: &[f32]) -> (f32, f32) {
    let mut at = [0.0_f32; PERIOD_MAX + 2];
    let Some(span) = low.len().checked_sub(PERIOD_MAX + 3) else {
        return (0.0, PERIOD_MAX as f32);
    };
    let first = low.get(..span).unwrap_or_default();
    let own: f32 = first.iter().map(|sample| sample * sample).sum();
    let mut other = own;
    for (period, value) in at.iter_mut().enumerate() {
        let shifted = low.get(period..).unwrap_or_default();
        if period >= PERIOD_MIN - 1 {
            // Four sums at once: each waits for its own last addition alone.
            let (mut sums, fours) = ([0.0_f32; 4], first.as_chunks::<4>().0);
            for ([a, b, c, d], [e, f, g, h]) in fours.iter().zip(shifted.as_chunks::<4>().0) {
                let [w, x, y, z] = sums;
                sums = [w + a * e, x + b * f, y + c * g, z + d * h];
            }
            *value = sums.iter().sum::<f32>() / (own * other.max(0.0) + 1.0).sqrt();
        }
        // What leaves the span, and what comes into it.
        if let (Some(gone), Some(new)) = (shifted.first(), shifted.get(span)) {
            other += new * new - gone * gone;
        }
    }
    let mut best = 0.0_f32;
    let mut peaks = [(0.0_f32, 0.0_f32); PERIOD_MAX];
    for ((period, three), peak) in at.windows(3).enumerate().zip(&mut peaks).skip(PERIOD_MIN - 1) {
        if let [before, here, after] = three
            && here >= before
            && here >= after
        {
            // A parabola through the three finds the period between two samples.
            let bend = before - 2.0 * here + after;
            let shift = if bend < 0.0 {
                0.5 * (before - after) / bend
            } else {
                0.0
            };
            *peak = (*here, (period + 1) as f32 + shift);
            best = best.max(*here);
        }
    }
    let is_nearly_best = |(clarity, _): &&(f32, f32)| *clarity > 0.0 && *clarity >= best * 0.9;
    peaks
        .iter()
        .find(is_nearly_best)
        .copied()
        .unwrap_or((0.0, PERIOD_MAX as f32))
}

/// 10 log10 of a power, to 0.03 dB: the exponent's bits and a parabola through the rest cost less than a logarithm.
pub fn decibels(power: f32) -> f32 {
    let bits = power.max(1e-12).to_bits();
    let exponent = (bits >> 23) as f32 - 127.0;
    let mantissa = f32::from_bits(bits & 0x007F_FFFF | 0x3F80_0000);
    3.0103 * (exponent + (2.041 - 0.347 * mantissa) * mantissa - 1.694)
}

/// The power of so many decibels, to 0.3 dB: a straight line between powers of two costs no function of a library.
pub fn power(decibels: f32) -> f32 {
    f32::from_bits(((decibels / 3.0103 + 127.0).max(0.0) * 8_388_608.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, samples: usize) -> Vec<i16> {
        (0..samples)
            .map(|at| ((at as f32 * hz * std::f32::consts::TAU / 24_000.0).sin() * 8_000.0) as i16)
            .collect()
    }

    fn noise(samples: usize) -> Vec<i16> {
        let mut seed = 1_u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 16) as i16) / 8
        };
        (0..samples).map(|_| next()).collect()
    }

    /// Pulses as vocal cords give them, and their echo in a throat.
    fn vowel(hz: f32, samples: usize) -> Vec<i16> {
        let mut out = vec![0_f32; samples];
        let period = 24_000.0 / hz;
        for pulse in 0..(samples as f32 / period) as usize {
            let from = (pulse as f32 * period) as usize;
            for (at, sample) in out.iter_mut().enumerate().skip(from).take(300) {
                let t = (at - from) as f32 / 24_000.0;
                *sample += 6_000.0 * (-t * 300.0).exp() * (t * 700.0 * std::f32::consts::TAU).sin();
            }
        }
        out.into_iter().map(|sample| sample as i16).collect()
    }

    #[test]
    fn a_pitch_is_found_within_two_percent() {
        for hz in [80.0, 100.0, 145.0, 210.0, 333.0] {
            for sound in [tone(hz, 4_800), vowel(hz, 4_800)] {
                let frame = Frames::default().push(&sound)[5];
                assert!(frame.clarity > 0.85, "{hz}: {frame:?}");
                assert!((frame.pitch_hz / hz - 1.0).abs() < 0.02, "{hz}: {frame:?}");
            }
        }
    }

    #[test]
    fn noise_and_silence_have_no_voice() {
        let frames = Frames::default().push(&noise(24_000));
        let mean = frames.iter().map(|frame| frame.clarity).sum::<f32>() / frames.len() as f32;
        assert!(mean < 0.4, "{mean}");
        let silence = Frames::default().push(&[7; 4_800]);
        assert!(
            silence
                .iter()
                .all(|frame| frame.clarity == 0.0 && frame.level_db < -100.0),
            "{silence:?}"
        );
    }

    #[test]
    fn a_level_is_that_of_the_sound_without_its_offset() {
        let shifted: Vec<i16> = tone(200.0, 4_800).iter().map(|sample| sample + 5_000).collect();
        let wanted_db = 10.0 * ((8_000.0_f32 / 32_768.0).powi(2) / 2.0).log10();
        for frame in Frames::default().push(&shifted) {
            assert!((frame.level_db - wanted_db).abs() < 0.3, "{frame:?}");
        }
    }

    #[test]
    fn an_octave_has_its_own_power_and_little_of_it_is_lost() {
        for (hz, band) in [
            (9_000.0, 0),
            (3_100.0, 1),
            (1_550.0, 2),
            (780.0, 3),
            (390.0, 4),
            (150.0, 5),
        ] {
            let frame = Frames::default().push(&tone(hz, 4_800))[5];
            let (all, most) = (frame.bands.iter().sum::<f32>(), frame.bands[band]);
            assert!(frame.bands.iter().all(|power| *power <= most), "{hz}: {frame:?}");
            assert!((decibels(all) - frame.level_db).abs() < 6.0, "{hz}: {frame:?}");
        }
    }

    #[test]
    fn decibels_are_near_a_logarithm() {
        for power in [1e-10_f32, 3.3e-7, 0.01, 0.5, 0.999, 1.0] {
            assert!(
                (decibels(power) - 10.0 * power.log10()).abs() < 0.05,
                "{power}: {}",
                decibels(power)
            );
            let again = super::power(decibels(power));
            assert!((again / power - 1.0).abs() < 0.08, "{power}: {again}");
        }
    }
}
