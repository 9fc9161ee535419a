//! Asks the chain of models whether a turn is over.

use super::end_of_turn::{ask, audio, probability};
use crate::audio::wav::PcmFormat;
use crate::config::{ChainKind, Target};
use crate::upstream::chain;
use crate::upstream::fetch::{self, Origin};
use crate::upstream::outcome::Failure;

const ANSWER_BYTES_MAX: usize = 4_096;

/// How likely the turn is over, 0 to 1, that ends with these samples of [`PcmFormat::SPEECH`].
///
/// # Errors
/// Why each attempt failed; empty when the chain is off.
pub async fn finished(origin: Origin<'_>, samples: &[i16]) -> Result<f32, Vec<Failure>> {
    let audio = audio(samples);
    let targets = origin.config.end_of_turn.targets.iter().collect();
    let asked = |target| asked(origin, target, &audio);
    let (finished, _, record) = chain::first(ChainKind::EndOfTurn, targets, origin.request_id, asked).await?;
    record.spend([
        samples.len() as f64 / f64::from(PcmFormat::SPEECH.sample_rate),
        0.0,
    ]);
    record.succeed();
    Ok(finished)
}

async fn asked(origin: Origin<'_>, target: &Target, audio: &str) -> Result<f32, Failure> {
    let clocks = &origin.config.end_of_turn.clocks;
    let answer = fetch::send(&ask(target, audio), origin.around, clocks.headers_ms).await?;
    let text = answer.text(clocks, ANSWER_BYTES_MAX).await?;
    probability(&text).ok_or(Failure::Unusable)
}
