//! IMA ADPCM: speech samples in a quarter of their bytes, at some 25 dB and more of signal to noise. Pure.
//!
//! The form in which clips are kept for listeners of bare samples: an Opus decoder would cost every isolate 79 KB of
//! wasm (gzip) and 2.5 ms for each second. Layout: the number of samples as u32, little endian, then a nibble for each,
//! the first in the lower half of its byte. Source: IMA "Recommended practices for enhancing digital audio
//! compatibility in multimedia systems" (1992), table 2 and §6.

const HEADER_BYTES: usize = 4;
const STEPS: [i32; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88,
    97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658,
    724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660,
    4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818,
    18500, 20350, 22385, 24623, 27086, 29794, 32767,
];

/// What encoder and decoder both know: the last sample as it was decoded, and how large steps are.
#[derive(Default)]
struct Predictor {
    sample: i32,
    index: usize,
}

impl Predictor {
    fn step(&self) -> i32 {
        STEPS.get(self.index).copied().unwrap_or(32_767)
    }

    /// The next sample by its nibble: a sign and three bits of the difference in eighths of two steps.
    fn take(&mut self, nibble: u8) -> i16 {
        let (step, size) = (self.step(), i32::from(nibble & 7));
        // Each bit by itself, as the practice has it: what is shifted out is lost.
        let mut difference = step >> 3;
        for (bit, part) in [(4, step), (2, step >> 1), (1, step >> 2)] {
            if size & bit != 0 {
                difference += part;
            }
        }
        let signed = if nibble & 8 != 0 { -difference } else { difference };
        self.sample = (self.sample + signed).clamp(i32::from(i16::MIN), i32::from(i16::MAX));
        self.index = match size {
            0..=3 => self.index.saturating_sub(1),
            _ => (self.index + 2 * (size as usize - 3)).min(STEPS.len() - 1),
        };
        self.sample as i16
    }

    /// The nibble that comes nearest to a sample.
    fn nibble(&self, sample: i16) -> u8 {
        let difference = i32::from(sample) - self.sample;
        let size = (difference.abs() * 4 / self.step()).min(7) as u8;
        size | if difference < 0 { 8 } else { 0 }
    }
}

/// Samples in their kept form.
#[must_use]
pub fn encode(samples: &[i16]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(HEADER_BYTES + samples.len().div_ceil(2));
    kept.extend_from_slice(&(samples.len() as u32).to_le_bytes());
    let mut predictor = Predictor::default();
    for pair in samples.chunks(2) {
        let mut byte = 0;
        for (half, sample) in pair.iter().enumerate() {
            let nibble = predictor.nibble(*sample);
            predictor.take(nibble);
            byte |= nibble << (4 * half);
        }
        kept.push(byte);
    }
    kept
}

/// How many samples are kept; `None` if this is not the kept form.
#[must_use]
pub fn sample_count(kept: &[u8]) -> Option<usize> {
    let (count, nibbles) = kept.split_first_chunk::<HEADER_BYTES>()?;
    let count = u32::from_le_bytes(*count) as usize;
    (count.div_ceil(2) == nibbles.len()).then_some(count)
}

/// The samples of a kept form; none if it is not one.
#[must_use]
pub fn decode(kept: &[u8]) -> Vec<i16> {
    let count = sample_count(kept).unwrap_or_default();
    let mut predictor = Predictor::default();
    let nibbles = kept
        .iter()
        .skip(HEADER_BYTES)
        .flat_map(|byte| [byte & 15, byte >> 4]);
    nibbles.take(count).map(|nibble| predictor.take(nibble)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nibbles_are_those_of_the_practice() {
        // By hand: from 0 with a step of 7, 100 asks for the largest nibble, which gives 7/8 + 7 + 3 + 1 = 11.
        assert_eq!(encode(&[100, 100, -100]), [3, 0, 0, 0, 0x77, 0x0F]);
        assert_eq!(decode(&[3, 0, 0, 0, 0x77, 0x0F]), [11, 41, -22]);
    }

    #[test]
    fn speech_comes_back_at_25_db_and_more() {
        // A vowel: the multiples of 140 Hz, fainter the higher they are, swelling four times a second.
        let sample = |at: usize| {
            let turns = at as f64 * std::f64::consts::TAU / 24_000.0;
            let vowel: f64 = (1..20)
                .map(|n| (turns * 140.0 * f64::from(n)).sin() / f64::from(n))
                .sum();
            (vowel * (1.0 - (turns * 4.0).cos()) * 4_000.0) as i16
        };
        let samples: Vec<i16> = (0..48_000).map(sample).collect();
        let kept = encode(&samples);
        assert_eq!(
            kept.len(),
            4 + 24_000,
            "a quarter of 96,000 bytes for two seconds"
        );
        let power =
            |values: &mut dyn Iterator<Item = i32>| values.map(|value| f64::from(value).powi(2)).sum::<f64>();
        let signal = power(&mut samples.iter().map(|sample| i32::from(*sample)));
        let noise = power(
            &mut samples
                .iter()
                .zip(decode(&kept))
                .map(|(a, b)| i32::from(*a) - i32::from(b)),
        );
        assert!(
            10.0 * (signal / noise).log10() > 25.0,
            "{}",
            10.0 * (signal / noise).log10()
        );
    }

    #[test]
    fn what_is_not_whole_is_no_clip() {
        let kept = encode(&[1; 101]);
        assert_eq!((sample_count(&kept), decode(&kept).len()), (Some(101), 101));
        for broken in [&kept[..kept.len() - 1], &kept[..3], &[]] {
            assert_eq!((sample_count(broken), decode(broken)), (None, vec![]));
        }
    }

    proptest! {
        #[test]
        fn any_samples_keep_their_number_and_do_not_wrap(samples in prop::collection::vec(any::<i16>(), 0..300)) {
            prop_assert_eq!(decode(&encode(&samples)).len(), samples.len());
        }

        #[test]
        fn any_bytes_decode(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(decode(&bytes).len(), sample_count(&bytes).unwrap_or_default());
        }
    }
}
