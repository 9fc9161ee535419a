//! `GET /admin/breakers`, `GET` and `PUT /admin/breakers/{key}`: what every breaker says, and the operator's word.

use std::str::FromStr as _;

use futures::future::join_all;
use serde_json::Value;

use super::error::ApiError;
use super::exchange::Exchange;
use super::reply::Reply;
use crate::config::{ChainKind, Config, Target};
use crate::upstream::breaker::Key;
use crate::upstream::breaker::messages::{BreakerReply, Request};
use crate::upstream::breaker_client::{self, BreakerCall};
use crate::upstream::counts::Counters;
use crate::upstream::registry::{self, whole_now_ms};
use crate::wire::fields::Fields;
use crate::wire::json;

/// An operator waits longer than a request.
const WAIT_MS: u64 = 5_000;
const BODY_BYTES_MAX: u32 = 1024;

/// What an object says of itself.
pub struct BreakerState {
    /// The row of the contract, as the object wrote it.
    pub row: String,
    /// What was counted.
    pub counts: Counters,
    reply: BreakerReply,
}

impl BreakerState {
    fn read(text: &str) -> Option<BreakerState> {
        let fields = Fields::read(text)?;
        Some(BreakerState {
            row: fields.get("row")?.get().to_owned(),
            counts: json::read(fields.get("counts")?.get())?,
            reply: json::read(fields.get("reply")?.get())?,
        })
    }
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
async fn told(kind: ChainKind, target: &Target, request: Option<Request>) -> Option<BreakerState> {
    let upstreams = registry::upstreams()?;
    let state = upstreams.state(kind, target);
    let message = BreakerCall {
        key: state.key.clone(),
        request,
        counts: state.counts.borrow_mut().take(),
        row: true,
    };
    let asked_at_ms = whole_now_ms();
    let text = breaker_client::say(&message, WAIT_MS).await;
    let told = text.and_then(|text| BreakerState::read(&text));
    let Some(told) = told else {
        state.counts.borrow_mut().put_back(&message.counts);
        return None;
    };
    state
        .isolate
        .borrow_mut()
        .absorb(&told.reply, asked_at_ms, whole_now_ms());
    if let Some(Request::Mode { .. }) = message.request {
        upstreams.forgive(target.provider);
    }
    Some(told)
}

/// What each breaker says, with its key, in the order of the chains; nothing where its object does not answer.
pub async fn each(config: &Config) -> Vec<(String, Option<BreakerState>)> {
    let asked = configured(config).into_iter().map(|(kind, target)| async move {
        (
            registry::key(kind, target).to_string(),
            told(kind, target, None).await,
        )
    });
    join_all(asked).await
}

fn silent() -> ApiError {
    ApiError::unavailable("a breaker's object does not answer")
        .with_code("breaker_unreachable")
        .with_retry_after_s(1)
}

fn answer(body: String) -> Reply {
    Reply::json(200, body).header("cache-control", "no-store")
}

/// `GET /admin/breakers`.
///
/// # Errors
/// 403 for a session token, 503 when an object does not answer.
pub async fn list(exchange: Exchange) -> Result<Reply, ApiError> {
    exchange.authorized()?;
    let told = each(&exchange.config).await;
    let rows = told.into_iter().map(|(_, told)| told.map(|told| told.row));
    let rows = rows.collect::<Option<Vec<_>>>().ok_or_else(silent)?;
    Ok(answer(format!("{{\"data\":[{}]}}", rows.join(","))))
}

/// `GET` and `PUT /admin/breakers/{key}`.
///
/// # Errors
/// 403 for a session token, 404 for a key that no chain has, 400 for a mode that does not exist, 503 without an answer.
pub async fn one(exchange: Exchange, key: String) -> Result<Reply, ApiError> {
    exchange.authorized()?;
    let unknown = || {
        ApiError::not_found("no chain has this breaker: see GET /admin/breakers")
            .with_code("breaker_not_found")
    };
    let wanted = Key::from_str(&key).map_err(|_| unknown())?;
    let config = exchange.config.clone();
    let (kind, target) = configured(&config)
        .into_iter()
        .find(|(kind, target)| registry::key(*kind, target) == wanted)
        .ok_or_else(unknown)?;
    let request = match exchange.request.method().as_str() {
        "PUT" => Some(mode(&exchange.json_body(BODY_BYTES_MAX).await?)?),
        _ => None,
    };
    let told = told(kind, target, request).await.ok_or_else(silent)?;
    Ok(answer(told.row))
}

fn mode(body: &str) -> Result<Request, ApiError> {
    let bad = || ApiError::invalid("mode", "mode must be auto, forced_open or disabled");
    let mut body: Value =
        serde_json::from_str(body).map_err(|_| ApiError::bad_request("the body is not valid JSON"))?;
    let mode = json::of(json::field(&mut body, "mode")).ok_or_else(bad)?;
    Ok(Request::Mode { mode })
}
