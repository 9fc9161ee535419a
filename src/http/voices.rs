//! `GET /v1/audio/voices` and `GET /v1/audio/models`, as interfaces of OpenAI-compatible servers ask for them.

use serde_json::Value;

use super::error::ApiError;
use super::exchange::Exchange;
use super::provider_error;
use super::reply::Reply;
use crate::config::{COMPANION, Provider, Target};
use crate::upstream::fetch;
use crate::upstream::outcome::Failure;
use crate::upstream::provider::ProviderRequest;
use crate::voice::voices::{self, Voice};
use crate::wire::json::json;

/// Some thousand voices with their descriptions.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The voices of the preferred target of `TTS`.
///
/// # Errors
/// What [`provider_error::exhausted`] says of a provider that does not give its list.
pub async fn list(exchange: Exchange) -> Result<Reply, ApiError> {
    let config = &exchange.config;
    let can_ask = |target: &&Target| config.can_ask(target.provider);
    let targets = &config.tts.targets;
    let Some(target) = targets.iter().find(can_ask).or_else(|| targets.first()) else {
        return Ok(json_reply(&[]));
    };
    let voices = match voices::voices_ask(config, target.provider) {
        None => voices::known(config, target),
        Some(ask) => match asked(&exchange, &ask).await {
            Ok(voices) => voices,
            // Not every compatible server has a list.
            Err(_) if target.provider == Provider::OpenAi => voices::known(config, target),
            Err(failure) => return Err(provider_error::exhausted("speech", &[failure])),
        },
    };
    Ok(json_reply(&voices))
}

async fn asked(exchange: &Exchange, ask: &ProviderRequest) -> Result<Vec<Voice>, Failure> {
    let clocks = exchange.config.tts.clocks;
    let around = exchange.surroundings(None);
    let answer = fetch::json(ask, &around, &clocks, ANSWER_BYTES_MAX).await?;
    voices::read(&answer).ok_or(Failure::Unusable)
}

fn json_reply(voices: &[Voice]) -> Reply {
    let voices: Vec<Value> = voices
        .iter()
        .map(|voice| json!({"id": voice.id, "name": voice.name}))
        .collect();
    Reply::json(200, json!({"voices": voices}).to_string())
}

/// The names that `model` takes for speech.
pub fn models(exchange: &Exchange) -> Reply {
    let targets = exchange.config.tts.targets.iter().map(ToString::to_string);
    let ids = std::iter::once(COMPANION.to_owned()).chain(targets);
    let models: Vec<Value> = ids.map(|id| json!({"id": id})).collect();
    Reply::json(200, json!({"models": models}).to_string())
}
