//! `POST /v1/sessions`, `DELETE /v1/sessions`: tokens with which browsers speak for one person, and their end; and the
//! shield that counts each caller's requests.
//!
//! Until when tokens were revoked is in the person's object; an isolate asks it once in [`SINCE_MS`], so a revoked token may
//! open doors for that long where it was seen before. Where the object does not answer the token is taken: what it guards
//! is in the same object.

use std::cell::RefCell;

use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

use super::error::ApiError;
use super::exchange::Exchange;
use super::identity::{self, Caller};
use super::person_resource::{answer, lost, optional_body};
use super::reply::Reply;
use super::visitor;
use crate::config::Config;
use crate::memory::person::client::PersonClient;
use crate::memory::person::protocol::Call;
use crate::platform::clock::now_ms;
use crate::platform::lru::{Bounds, Lru};
use crate::platform::rate;
use crate::wire::hex::hex;
use crate::wire::json::json;

/// How long an isolate goes by what it knows of a person's revocations.
const SINCE_MS: u64 = 30_000;
const BODY_BYTES_MAX: u32 = 8 * 1024;

thread_local! {
    /// By the names of people's objects: eight bytes of milliseconds.
    static SINCE: RefCell<Lru<[u8; 8]>> = RefCell::new(Lru::new(Bounds { entries_max: 4_096, bytes_max: 512 << 10, ttl_ms: SINCE_MS }));
}

/// A token with which a browser speaks for one person, for a trusted server or for a visitor who solved a challenge.
///
/// # Errors
/// 403 for a caller that has only a token itself or has not solved it, 503 without `SESSION_SECRET`, 400 for the input.
pub async fn create(exchange: Exchange) -> Result<Reply, ApiError> {
    let turnstile = exchange.config.turnstile.as_ref();
    let ask = match turnstile.filter(|_| exchange.caller == Caller::nobody()) {
        Some(turnstile) => {
            let (ask, answer) = visitor::ask(&exchange.json_body(BODY_BYTES_MAX).await?)?;
            let said = verified(&turnstile.verify_url, &turnstile.secret_key, &answer).await;
            // Silence is no answer either.
            visitor::passed(&said.ok().and_then(|said| said.as_string()).unwrap_or_default())?;
            ask
        }
        None => {
            exchange.authorized()?;
            identity::session_ask(&exchange.json_body(BODY_BYTES_MAX).await?)?
        }
    };
    let missing = || ApiError::not_configured("no session secret is set: add the secret SESSION_SECRET");
    let secret = identity::session_secret(&exchange.config).ok_or_else(missing)?;
    // One that follows a revocation in the same millisecond is younger.
    let since_ms = PersonClient::of(&exchange.config, &ask.user)
        .ok()
        .and_then(|person| known_since(&person.name));
    let issued_at_ms = (now_ms() as u64).max(since_ms.map_or(0, |since_ms| since_ms + 1));
    let expires_at_s = (exchange.began_at_ms / 1000.0) as u64 + ask.ttl_s;
    let token = identity::sign(secret, &ask.user, issued_at_ms, expires_at_s).ok_or_else(missing)?;
    let body = json!({"token": token, "expires_at": expires_at_s, "user": ask.user});
    Ok(Reply::json(200, body.to_string()).header("cache-control", "no-store"))
}

/// Ends all tokens of a person that were made until now.
///
/// # Errors
/// 403 for a caller that has only a token itself, 400 without a person, 503.
pub async fn revoke(exchange: Exchange) -> Result<Reply, ApiError> {
    exchange.authorized()?;
    let person = optional_body(&exchange).await?;
    let since_ms: u64 = person.call(&Call::EndSessions).await.map_err(lost)?;
    know(&person.name, since_ms);
    Ok(answer(json!({"object": "sessions.deleted", "deleted": true})))
}

/// Refuses a token that was revoked.
///
/// # Errors
/// 401.
pub async fn check(config: &Config, person: &str, issued_at_ms: u64) -> Result<(), ApiError> {
    let Ok(person) = PersonClient::of(config, person) else {
        return Ok(());
    };
    let since_ms = match known_since(&person.name) {
        Some(since_ms) => since_ms,
        None => match person.call(&Call::SessionsSince).await {
            Ok(since_ms) => {
                know(&person.name, since_ms);
                since_ms
            }
            Err(_) => 0,
        },
    };
    if since_ms > 0 && issued_at_ms <= since_ms {
        return Err(ApiError::unauthorized("the session token was revoked"));
    }
    Ok(())
}

fn known_since(name: &str) -> Option<u64> {
    SINCE.with_borrow_mut(|since| {
        since
            .get(name, now_ms() as u64)
            .map(|bytes| u64::from_le_bytes(*bytes))
    })
}

/// This isolate knows of a revocation.
pub fn know(name: &str, since_ms: u64) {
    SINCE.with_borrow_mut(|since| since.put(name, since_ms.to_le_bytes(), now_ms() as u64));
}

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn verified(url: &str, secret: &str, response: &str) -> Result<JsValue, JsValue>;
}

/// Lets a caller in who does not ask too often.
///
/// # Errors
/// 429; 503 where the deployment lacks the binding.
pub async fn admit(key: &str) -> Result<(), ApiError> {
    match rate::admitted(key).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(ApiError::rate_limited(rate::reset_s() as u32)),
        Err(rate::Unbound) => Err(ApiError::not_configured(
            "RATE_PER_MINUTE needs the binding RATE: see wrangler.toml",
        )),
    }
}

/// By what a caller is counted: a token's person; a visitor's address; else a key, with the person in `x-user` where one is named.
pub fn counted_as(caller: &Caller, authorization: Option<&str>, named: &str, address: &str) -> String {
    let key = match caller {
        Caller::Person(person) if person.is_empty() => Sha256::digest(format!("address/{address}")),
        Caller::Person(person) => Sha256::digest(format!("person/{person}")),
        Caller::Server => {
            let key = Sha256::digest(authorization.unwrap_or_default());
            Sha256::new().chain_update(key).chain_update(named).finalize()
        }
    };
    hex(&key)
}
