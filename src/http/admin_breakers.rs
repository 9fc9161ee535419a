//! `GET /admin/breakers`, `GET` and `PUT /admin/breakers/{key}`: what every breaker says, and the operator's word.

use futures::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::ApiError;
use super::identity::Caller;
use super::reply::Reply;
use super::serve::Exchange;
use crate::config::{ChainKind, Config, Target};
use crate::upstream::breaker::Key;
use crate::upstream::breaker::messages::{Mode, Reply as Snapshot, Request};
use crate::upstream::breaker_client::{self, Adjustments, Message};
use crate::upstream::house::{self, whole_now_ms};

/// An operator waits longer than a request.
const WAIT_MS: u64 = 5_000;
const BODY_BYTES_MAX: u32 = 1024;

/// What an object says of itself.
#[derive(Deserialize)]
pub struct Told {
    /// The row of the contract, as the object wrote it.
    pub row: Box<RawValue>,
    /// `breaker_adjustments_total` by reason.
    pub adjustments: Adjustments,
    reply: Snapshot,
}

/// Every configured breaker, whether it has been called or not.
fn configured(config: &Config) -> Vec<(ChainKind, &Target)> {
    let mut all = Vec::new();
    for kind in ChainKind::ALL {
        for target in &config.chain(kind).targets {
            if !all.contains(&(kind, target)) {
                all.push((kind, target));
            }
        }
    }
    all
}

/// Asks the object of one breaker, and lets this isolate know what it says.
async fn told(kind: ChainKind, target: &Target, request: Option<Request>) -> Option<Told> {
    let message = Message {
        key: house::key(kind, target).to_string(),
        request,
        row: true,
    };
    let asked_at_ms = whole_now_ms();
    let text = breaker_client::say(&message, WAIT_MS).await?;
    let told: Told = serde_json::from_str(&text).ok()?;
    if let Some(house) = house::house() {
        let slot = house.slot(kind, target);
        slot.isolate
            .borrow_mut()
            .absorb(&told.reply, asked_at_ms, whole_now_ms());
        if let Some(Request::Mode { .. }) = message.request {
            house.forgive(target.provider);
        }
    }
    Some(told)
}

/// What all breakers say, in the order of the chains; for `/metrics`, too.
///
/// # Errors
/// 503 when one of them does not answer.
pub async fn all(config: &Config) -> Result<Vec<Told>, ApiError> {
    let configured = configured(config);
    let asked = configured.iter().map(|(kind, target)| told(*kind, target, None));
    join_all(asked)
        .await
        .into_iter()
        .map(|told| told.ok_or_else(silent))
        .collect()
}

fn silent() -> ApiError {
    ApiError::new(503, "a breaker's object does not answer")
        .with_code("breaker_unreachable")
        .with_retry_after_s(1)
}

fn authorized(exchange: &Exchange) -> Result<(), ApiError> {
    if exchange.caller == Caller::Server {
        return Ok(());
    }
    Err(ApiError::new(
        403,
        "a session token does not open /admin: use an API key",
    ))
}

fn answer(body: String) -> Reply {
    Reply::json(200, body).header("cache-control", "no-store")
}

#[derive(Serialize)]
struct List {
    data: Vec<Box<RawValue>>,
}

/// `GET /admin/breakers`.
///
/// # Errors
/// 403 for a session token, 503 when an object does not answer.
pub async fn list(exchange: Exchange) -> Result<Reply, ApiError> {
    authorized(&exchange)?;
    let all = all(&exchange.config).await?;
    let data = all.into_iter().map(|told| told.row).collect();
    let list = serde_json::to_string(&List { data }).map_err(|_| silent())?;
    Ok(answer(list))
}

/// `GET` and `PUT /admin/breakers/{key}`.
///
/// # Errors
/// 403 for a session token, 404 for a key that no chain has, 400 for a mode that does not exist, 503 without an answer.
pub async fn one(exchange: Exchange, key: &str) -> Result<Reply, ApiError> {
    authorized(&exchange)?;
    let unknown = || {
        ApiError::new(404, "no chain has this breaker: see GET /admin/breakers")
            .with_code("breaker_not_found")
    };
    let wanted = Key::from_path(key).map_err(|_| unknown())?;
    let config = exchange.config.clone();
    let (kind, target) = configured(&config)
        .into_iter()
        .find(|(kind, target)| house::key(*kind, target) == wanted)
        .ok_or_else(unknown)?;
    let request = match exchange.request.method().as_str() {
        "PUT" => Some(mode(&exchange.json_body(BODY_BYTES_MAX).await?)?),
        _ => None,
    };
    let told = told(kind, target, request).await.ok_or_else(silent)?;
    Ok(answer(told.row.get().to_owned()))
}

fn mode(body: &str) -> Result<Request, ApiError> {
    let bad = || ApiError::invalid("mode", "mode must be auto, forced_open or disabled");
    let body: Value =
        serde_json::from_str(body).map_err(|_| ApiError::new(400, "the body is not valid JSON"))?;
    let mode = body.get("mode").cloned().ok_or_else(bad)?;
    let mode: Mode = serde_json::from_value(mode).map_err(|_| bad())?;
    Ok(Request::Mode { mode })
}
