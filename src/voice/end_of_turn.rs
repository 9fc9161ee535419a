//! How a model is asked whether a turn is over, by its sound: melody and tempo, whatever the words are. Pure.
//!
//! Source: Workers AI "smart-turn-v2": `audio` is samples of 16 kHz, 32-bit floats in base64, of which the last eight
//! seconds count.

use serde_json::Value;

use crate::audio::resample::Resampler;
use crate::audio::wav::PcmFormat;
use crate::config::Target;
use crate::upstream::provider::ProviderRequest;
use crate::wire::base64::STANDARD;
use crate::wire::json::json;

/// What a model hears of a turn: its last seconds.
pub const HEARD_MS: u64 = 8_000;
const MODEL_RATE_HZ: u32 = 16_000;

/// Samples as a model takes them.
pub fn audio(samples: &[i16]) -> String {
    let mut resampler = Resampler::new(PcmFormat::SPEECH.sample_rate, MODEL_RATE_HZ);
    let samples = [resampler.push(samples), resampler.finish()].concat();
    let bytes = |sample: i16| (f32::from(sample) / 32_768.0).to_le_bytes();
    STANDARD.encode(samples.into_iter().flat_map(bytes).collect::<Vec<u8>>())
}

/// The request about [`audio`].
pub fn ask(target: &Target, audio: &str) -> ProviderRequest {
    ProviderRequest::binding(
        &target.model,
        json!({"audio": audio, "dtype": "float32"}).to_string(),
    )
}

/// How likely the turn is over, 0 to 1.
pub fn probability(answer: &str) -> Option<f32> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    let probability = answer.get("probability")?.as_f64()? as f32;
    (0.0..=1.0).contains(&probability).then_some(probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_sixteen_thousand_floats() {
        let bytes = STANDARD.decode(audio(&[16_384; 24_000])).unwrap();
        let samples: Vec<f32> = bytes
            .chunks_exact(4)
            .map(|part| f32::from_le_bytes(part.try_into().unwrap()))
            .collect();
        assert_eq!(samples.len(), 16_000);
        assert!((samples[8_000] - 0.5).abs() < 0.001, "{}", samples[8_000]);
    }

    #[test]
    fn an_answer_without_a_probability_is_none() {
        assert_eq!(
            probability(r#"{"is_complete": true, "probability": 0.97}"#),
            Some(0.97)
        );
        for text in [
            "",
            "{}",
            r#"{"probability": "0.9"}"#,
            r#"{"probability": 1.2}"#,
            r#"{"probability": null}"#,
        ] {
            assert_eq!(probability(text), None, "{text}");
        }
    }
}
