//! Asks the embedding chain for vectors.
//!
//! Vectors of different models do not compare, so only those targets of `EMBED` take over that name the same model
//! as the first. Formats: OpenAI "Create embeddings"; Workers AI text embeddings (`{"text"}`, `{"data"}`).

use serde_json::{Value, json};

use crate::config::{ChainKind, Config, Provider, Target};
use crate::memory::recall::vectors::{BadVector, unit};
use crate::memory::settings;
use crate::model::usage::Usage;
use crate::upstream::chain;
use crate::upstream::fetch::{self, Surroundings};
use crate::upstream::outcome::Failure;
use crate::upstream::provider::{self, Ask, AskBody};
use crate::wire::order::sorted;

/// 64 vectors of 4,096 dimensions in decimal.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Unit vectors of at most [`crate::memory::person::outside::EMBED_TEXTS_MAX`] texts, in order.
///
/// # Errors
/// Why each attempt failed; empty when the chain is off.
pub async fn embed(
    config: &Config,
    around: &Surroundings,
    texts: &[String],
    request_id: &str,
) -> Result<Vec<Vec<f32>>, Vec<Failure>> {
    let model = settings::embed_model(config);
    let targets = config.embed.targets.iter();
    let targets = targets.filter(|target| target.model == model).collect();
    let (vectors, _, record) = chain::first(ChainKind::Embed, targets, request_id, |target| {
        embedded(config, around, target, texts)
    })
    .await?;
    let chars = texts.iter().map(String::len).sum::<usize>() as u64;
    record.spend(Usage::estimated(chars, 0).numbers());
    record.succeed();
    Ok(vectors)
}

async fn embedded(
    config: &Config,
    around: &Surroundings,
    target: &Target,
    texts: &[String],
) -> Result<Vec<Vec<f32>>, Failure> {
    let clocks = &config.embed.clocks;
    let answer = fetch::send(&ask(config, target, texts), around, clocks.headers_ms).await?;
    let text = answer
        .text(clocks.total_ms, clocks.idle_ms, ANSWER_BYTES_MAX)
        .await?;
    let value = serde_json::from_str(&text).map_err(|_| Failure::Unusable)?;
    let vectors = vectors(&value).filter(|vectors| vectors.len() == texts.len());
    let units = vectors.iter().flatten().map(|vector| unit(vector));
    let units: Result<Vec<Vec<f32>>, BadVector> = units.collect();
    units
        .ok()
        .filter(|units| units.len() == texts.len())
        .ok_or(Failure::Unusable)
}

fn ask(config: &Config, target: &Target, texts: &[String]) -> Ask {
    if target.provider == Provider::WorkersAi {
        return Ask {
            url: String::new(),
            headers: Vec::new(),
            body: AskBody::Binding {
                model: target.model.clone(),
                inputs: json!({"text": texts}).to_string(),
            },
        };
    }
    let body = json!({"model": target.model, "input": texts, "encoding_format": "float"});
    provider::json_ask(config, target.provider, "/embeddings", body.to_string())
}

/// Vectors in the order of their texts, from either form.
fn vectors(value: &Value) -> Option<Vec<Vec<f32>>> {
    let value = value.get("result").unwrap_or(value);
    let data = value.get("data")?.as_array()?;
    let mut placed: Vec<(u64, Vec<f32>)> = Vec::with_capacity(data.len());
    for (place, item) in (0u64..).zip(data) {
        let numbers = item.as_array().or_else(|| item.get("embedding")?.as_array())?;
        let vector: Option<Vec<f32>> = numbers
            .iter()
            .map(|number| Some(number.as_f64()? as f32))
            .collect();
        placed.push((
            item.get("index").and_then(Value::as_u64).unwrap_or(place),
            vector?,
        ));
    }
    let placed = sorted(placed, |one, other| one.0.cmp(&other.0));
    Some(placed.into_iter().map(|(_, vector)| vector).collect())
}
