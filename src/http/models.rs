//! The small resources: `GET /health`, `GET /v1/models`.

use super::error::ApiError;
use super::reply::Reply;
use crate::config::{Auth, COMPANION, Chain, ChainKind, Config};
use crate::upstream::registry;
use crate::wire::json::json;

/// Liveness and what is configured; no secrets. `talks` says whether realtime sessions have an object.
pub fn health(config: &Config, talks: bool, head: bool) -> Reply {
    let names = |chain: &Chain| chain.targets.iter().map(ToString::to_string).collect::<Vec<_>>();
    let gap = config.identity_gap();
    let body = json!({
        "status": if gap.is_none() { "ok" } else { "misconfigured" },
        "problem": gap,
        "version": env!("CARGO_PKG_VERSION"),
        "auth": if config.auth == Auth::Local { "local" } else { "required" },
        "llm": names(&config.llm), "tts": names(&config.tts), "stt": names(&config.stt), "embed": names(&config.embed),
        "listen": names(&config.listen),
        "end_of_turn": names(&config.end_of_turn),
        "persona": config.personas.name,
        "personas": config.personas.choices().map(|(id, name)| json!({"id": id, "name": name})).collect::<Vec<_>>(),
        "care": if config.care { "on" } else { "off" },
        "turnstile": config.turnstile.as_ref().filter(|_| config.takes_visitors()).map(|turnstile| &turnstile.site_key),
        "transcription": {"available": config.transcription},
        "realtime": {"available": talks},
        "memory": {"available": config.memory.on},
        "warnings": registry::upstreams().map(|upstreams| upstreams.lost_models()).unwrap_or_default(),
    });
    let reply = Reply::json(200, if head { String::new() } else { body.to_string() });
    reply.header("cache-control", "no-store")
}

/// `companion` first, then the chain's own models, then the operator's names.
fn ids(config: &Config) -> Vec<String> {
    let mut ids = vec![COMPANION.to_owned()];
    ids.extend(config.llm.targets.iter().map(ToString::to_string));
    ids.extend(config.alias_names().map(str::to_owned));
    ids
}

fn model(id: &str) -> serde_json::Value {
    let owner = id.split_once(':').map_or("hearken", |(provider, _)| provider);
    json!({"id": id, "object": "model", "created": 0, "owned_by": owner})
}

/// `GET /v1/models`.
pub fn list(config: &Config) -> Reply {
    let data: Vec<_> = ids(config).iter().map(|id| model(id)).collect();
    Reply::json(200, json!({"object": "list", "data": data}).to_string())
}

/// `GET /v1/models/{id}`, for every name that a door takes.
///
/// # Errors
/// 404.
pub fn one(config: &Config, id: &str) -> Result<Reply, ApiError> {
    if ChainKind::ALL
        .iter()
        .any(|kind| config.model(*kind, id).is_some())
    {
        Ok(Reply::json(200, model(id).to_string()))
    } else {
        Err(ApiError::model_not_found(
            "the model does not exist: see GET /v1/models",
        ))
    }
}
