//! Who is asking: API keys of trusted servers, session tokens of browsers. Pure; fails closed.
//!
//! A token is `hk1.PAYLOAD.TAG` ([`super::signed`]) under `SESSION_SECRET`: PAYLOAD is `{"u":person,"e":expiry in Unix
//! seconds,"i":made at, in Unix milliseconds,"a":"session"}`. A payload without `i` is older than every revocation, and any
//! other audience opens nothing here. Keys are compared in constant time.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use super::error::ApiError;
use super::query;
use super::signed;
use crate::config::{ApiKey, Auth, Config};
use crate::wire::base64::URL_SAFE_NO_PAD;
use crate::wire::fields::Fields;
use crate::wire::json::{self, object};
use crate::wire::order::distinct;

/// Longest name of a person, bytes.
pub const PERSON_BYTES_MAX: usize = 256;
/// Shortest and longest life of a session token, seconds: one, thirty days.
pub const TTL_S: std::ops::RangeInclusive<u64> = 1..=2_592_000;
/// Life of a token for which none was asked, seconds.
pub const TTL_S_DEFAULT: u64 = 3_600;

/// What every token begins with.
const PREFIX: &str = "hk1.";
/// Whoever is alone on a laptop.
pub const LOCAL_PERSON: &str = "local";

/// Who is asking, as far as the credentials tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A trusted server (or anyone under `AUTH=local`): it names the person it speaks for.
    Server,
    /// A browser with a token: this person and no other.
    Person(String),
}

impl Caller {
    /// Who has shown nothing.
    pub fn nobody() -> Caller {
        Caller::Person(String::new())
    }

    /// The person a request is about: the token's; else the first of `names` (the body's `user`, the header `x-user`)
    /// that says something; else `local` under `AUTH=local`. A server that names nobody speaks for nobody: its callers
    /// must not share a memory.
    ///
    /// # Errors
    /// 400 when the name is too long, or is not the one that was sent.
    pub fn person(&self, auth: Auth, names: [Option<&str>; 2]) -> Result<Option<String>, ApiError> {
        if let Caller::Person(person) = self {
            return Ok(Some(person.clone()));
        }
        match names.into_iter().flatten().find(|name| !name.trim().is_empty()) {
            Some(name) => sound_name(name).map(|name| Some(name.to_owned())),
            None => Ok((auth == Auth::Local).then(|| LOCAL_PERSON.to_owned())),
        }
    }
}

/// The name of a person that can be told from all others. Bytes that are no UTF-8 become U+FFFD on their way in, all of
/// them the same one, so two people whose names differ in such bytes would share a memory.
fn sound_name(name: &str) -> Result<&str, ApiError> {
    let problem = if name.trim().is_empty() || name.len() > PERSON_BYTES_MAX {
        format!("user must be a string of 1 to {PERSON_BYTES_MAX} bytes that says something")
    } else if name.contains(char::REPLACEMENT_CHARACTER) {
        "user must be UTF-8: name the person in the body, or encode the header x-user as UTF-8".to_owned()
    } else {
        return Ok(name);
    };
    Err(ApiError::invalid("user", problem))
}

/// What signs tokens. On a laptop everyone may be anyone, so a secret that everyone knows takes nothing from nobody.
pub fn session_secret(config: &Config) -> Option<&str> {
    let open = (config.auth == Auth::Local).then_some("local");
    config.session_secret.as_deref().or(open)
}

/// Reads the `Authorization` header. Under `AUTH=local` only a token says anything.
///
/// # Errors
/// 503 when `AUTH=required` has no keys to compare with, 401 when the credentials are missing, wrong or expired.
pub fn caller(config: &Config, authorization: Option<&str>, now_s: u64) -> Result<Caller, ApiError> {
    if let Some(gap) = config.identity_gap() {
        let message = format!("hearken cannot tell who is asking: {gap}");
        return Err(ApiError::not_configured(message));
    }
    let credential = authorization.and_then(bearer);
    if let Some(token) = credential.filter(|credential| credential.starts_with(PREFIX)) {
        let secret =
            session_secret(config).ok_or_else(|| ApiError::unauthorized("the session token is not valid"))?;
        return verify(secret, token, now_s)
            .map(Caller::Person)
            .map_err(ApiError::unauthorized);
    }
    if config.auth == Auth::Local {
        return Ok(Caller::Server);
    }
    let Some(credential) = credential else {
        return Err(ApiError::unauthorized(
            "an API key or a session token is needed: Authorization: Bearer ...",
        ));
    };
    // Every key is compared, so that the time taken says nothing.
    let known = config
        .api_keys
        .iter()
        .fold(false, |known, key| known | key.is(credential));
    if known {
        Ok(Caller::Server)
    } else {
        Err(ApiError::unauthorized("the API key is not valid"))
    }
}

/// The credential of an `Authorization` header.
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, credential) = header.trim().split_once(' ')?;
    let credential = credential.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !credential.is_empty()).then_some(credential)
}

impl ApiKey {
    /// Compares digests of equal length, so that neither content nor length shows in the time.
    fn is(&self, credential: &str) -> bool {
        self.digest().ct_eq(&Sha256::digest(credential)).into()
    }
}

/// Whom a token of `POST /v1/sessions` is for.
const AUDIENCE: &str = "session";

struct Payload {
    u: String,
    e: u64,
    i: u64,
    a: Option<String>,
}

object!(Payload: u, e, a; i);

impl Payload {
    /// Nothing is named twice: of two persons none is meant.
    fn read(bytes: &[u8]) -> Option<Payload> {
        let text = std::str::from_utf8(bytes).ok()?;
        let fields = Fields::read(text)?.0;
        let names = distinct(fields.iter().map(|(name, _)| name)).len();
        (names == fields.len()).then(|| json::read(text)).flatten()
    }
}

/// When the session token of an `Authorization` header, which [`caller`] has let in, was made, Unix milliseconds; `None`
/// for what is no such token.
pub fn issued_at_ms(authorization: Option<&str>) -> Option<u64> {
    let token = bearer(authorization?)?.strip_prefix(PREFIX)?;
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').next()?)?;
    let payload = Payload::read(&payload)?;
    Some(payload.i)
}

/// A token for `person`, made at `issued_at_ms`, until `expires_at_s`; `None` only if the person cannot be written as JSON,
/// which does not occur.
pub fn sign(secret: &str, person: &str, issued_at_ms: u64, expires_at_s: u64) -> Option<String> {
    let payload = json::text(&Payload {
        u: person.to_owned(),
        e: expires_at_s,
        i: issued_at_ms,
        a: Some(AUDIENCE.to_owned()),
    });
    signed::sign(secret, PREFIX, payload.as_bytes())
}

fn verify(secret: &str, token: &str, now_s: u64) -> Result<String, &'static str> {
    const NOT_VALID: &str = "the session token is not valid";
    let payload = signed::verified(secret, PREFIX, token).ok_or(NOT_VALID)?;
    let payload = Payload::read(&payload).ok_or(NOT_VALID)?;
    let is_for_another = payload.a.is_some_and(|audience| audience != AUDIENCE);
    if payload.u.is_empty() || payload.u.len() > PERSON_BYTES_MAX || is_for_another {
        // Nobody was ever given such a token for this.
        return Err(NOT_VALID);
    }
    if now_s < payload.e {
        Ok(payload.u)
    } else {
        Err("the session token has expired")
    }
}

/// `POST /v1/sessions`: the person and the life of a token.
#[derive(Debug, PartialEq, Eq)]
pub struct SessionAsk {
    /// Whom the token is for.
    pub user: String,
    /// How long it lives, seconds.
    pub ttl_s: u64,
    /// A visitor's answer to a challenge.
    pub turnstile: Option<String>,
}

/// Reads `{"user","ttl_seconds"?,"turnstile"?}`.
///
/// # Errors
/// 400 with the field that is wrong.
pub fn session_ask(body: &str) -> Result<SessionAsk, ApiError> {
    let value = query::object(body)?;
    let turnstile = query::string(&value, "turnstile", usize::MAX)?;
    let user = value
        .get("user")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    let user = sound_name(user)?;
    let ttl_s = match value.get("ttl_seconds") {
        None | Some(serde_json::Value::Null) => TTL_S_DEFAULT,
        Some(ttl) => ttl.as_u64().filter(|ttl| TTL_S.contains(ttl)).ok_or_else(|| {
            let message = format!(
                "ttl_seconds must be a whole number from {} to {}",
                TTL_S.start(),
                TTL_S.end()
            );
            ApiError::invalid("ttl_seconds", message)
        })?,
    };
    Ok(SessionAsk {
        user: user.to_owned(),
        ttl_s,
        turnstile,
    })
}

#[cfg(test)]
mod tests;
