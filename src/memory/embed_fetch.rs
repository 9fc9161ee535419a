//! Asks the embedding chain for vectors.
//!
//! Vectors of different models do not compare, so only those targets of `EMBED` take over that name the same model
//! as the first. What is asked and what comes back: [`EmbeddingsRequest`].

use serde_json::Value;

use crate::config::{ChainKind, Target};
use crate::memory::recall::vectors::unit;
use crate::memory::settings;
use crate::model::embeddings::EmbeddingsRequest;
use crate::model::usage::Usage;
use crate::upstream::chain;
use crate::upstream::fetch::{self, Origin};
use crate::upstream::outcome::Failure;

/// 64 vectors of 4,096 dimensions in decimal.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Unit vectors of at most [`crate::memory::person::outside::EMBED_TEXTS_MAX`] texts, in order.
///
/// # Errors
/// Why each attempt failed; empty when the chain is off.
pub async fn embed(origin: Origin<'_>, texts: &[String]) -> Result<Vec<Vec<f32>>, Vec<Failure>> {
    let model = settings::embed_model(origin.config);
    let targets = origin.config.embed.targets.iter();
    let targets = targets.filter(|target| target.model == model).collect();
    let asked = |target| embedded(origin, target, texts);
    let (vectors, _, record) = chain::first(ChainKind::Embed, targets, origin.request_id, asked).await?;
    let chars = texts.iter().map(String::len).sum::<usize>() as u64;
    record.spend(Usage::estimated(chars, 0).numbers());
    record.succeed();
    Ok(vectors)
}

async fn embedded(origin: Origin<'_>, target: &Target, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
    let clocks = &origin.config.embed.clocks;
    let request = EmbeddingsRequest::of_texts(texts);
    let mut units = Vec::with_capacity(texts.len());
    for ask in request.asks(origin.config, target) {
        let answer = fetch::json(&ask, origin.around, clocks, ANSWER_BYTES_MAX).await?;
        let vectors = request.vectors(answer).ok_or(Failure::Unusable)?;
        for vector in &vectors {
            units.push(unit(&numbers(vector)).map_err(|_| Failure::Unusable)?);
        }
    }
    match units.len() == texts.len() {
        true => Ok(units),
        false => Err(Failure::Unusable),
    }
}

fn numbers(vector: &Value) -> Vec<f32> {
    let numbers = vector.as_array().into_iter().flatten();
    numbers
        .filter_map(|number| Some(number.as_f64()? as f32))
        .collect()
}
