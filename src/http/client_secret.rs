//! Client secrets: what a trusted server gives a browser to open realtime sessions with. Pure; nothing is stored.
//!
//! A secret is `ek_PAYLOAD.TAG` ([`super::signed`]) under `SESSION_SECRET`: PAYLOAD is `{"u":person or null,"i":made at, in Unix
//! milliseconds,"e":expiry in Unix seconds,"s":session}`. It opens any number of sessions until it expires,
//! each set up as it says. Clients let a browser use no key but one that begins so.

use serde_json::Value;

use super::error::ApiError;
use super::identity::{bearer, session_secret};
use super::signed;
use crate::config::Config;
use crate::wire::fields;
use crate::wire::json::json;

/// What every secret begins with.
const PREFIX: &str = "ek_";
/// Life of a secret, seconds, and of one for which none was asked.
const TTL_S: std::ops::RangeInclusive<u64> = 10..=7_200;
const TTL_S_DEFAULT: u64 = 600;
/// Longest configuration: the secret travels in a header, of which some clients send 16 KiB.
const SESSION_BYTES_MAX: usize = 8 * 1024;

/// What a secret says.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientSecret {
    /// Whose sessions it opens; `None` is nobody's.
    pub person: Option<String>,
    /// When it was made, Unix milliseconds: what ends a person's tokens ends their secrets.
    pub issued_at_ms: u64,
    /// When it expires, Unix seconds.
    pub expires_at_s: u64,
    /// How they are set up: a `session.update`, or null.
    pub session: Value,
}

impl ClientSecret {
    /// What a request asks for: `{"expires_after"?, "session"?}`.
    ///
    /// # Errors
    /// 400 with the field.
    pub fn ask(body: &Value, person: Option<String>, now_ms: u64) -> Result<ClientSecret, ApiError> {
        let given = |name: &str| {
            body.get("expires_after")?
                .get(name)
                .filter(|value| !value.is_null())
        };
        match body.get("expires_after") {
            None | Some(Value::Null | Value::Object(_)) => {}
            Some(_) => {
                return Err(ApiError::invalid(
                    "expires_after",
                    "expires_after must be an object",
                ));
            }
        }
        if given("anchor").is_some_and(|anchor| anchor != "created_at") {
            let message = "expires_after.anchor must be created_at";
            return Err(ApiError::invalid("expires_after.anchor", message));
        }
        let ttl_s = match given("seconds") {
            None => TTL_S_DEFAULT,
            Some(seconds) => seconds
                .as_u64()
                .filter(|seconds| TTL_S.contains(seconds))
                .ok_or_else(|| {
                    let message = format!(
                        "expires_after.seconds must be a whole number from {} to {}",
                        TTL_S.start(),
                        TTL_S.end()
                    );
                    ApiError::invalid("expires_after.seconds", message)
                })?,
        };
        let session = body.get("session").cloned().unwrap_or(Value::Null);
        if !(session.is_object() || session.is_null()) {
            return Err(ApiError::invalid("session", "session must be an object"));
        }
        if session.to_string().len() > SESSION_BYTES_MAX {
            let message = format!(
                "session must be at most {SESSION_BYTES_MAX} bytes: send the rest in a session.update"
            );
            return Err(ApiError::invalid("session", message));
        }
        Ok(ClientSecret {
            person,
            issued_at_ms: now_ms,
            expires_at_s: now_ms / 1_000 + ttl_s,
            session,
        })
    }

    /// The secret as clients have it; `None` without a key to sign with, which does not occur.
    pub fn sign(&self, key: &str) -> Option<String> {
        let payload =
            json!({"u": self.person, "i": self.issued_at_ms, "e": self.expires_at_s, "s": self.session})
                .to_string();
        signed::sign(key, PREFIX, payload.as_bytes())
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// 401.
    pub fn verify(key: &str, secret: &str, now_s: u64) -> Result<ClientSecret, ApiError> {
        let not_valid = || ApiError::unauthorized("the client secret is not valid");
        let payload: Option<Value> =
            signed::verified(key, PREFIX, secret).and_then(|payload| fields::json(&payload));
        let payload = payload.ok_or_else(not_valid)?;
        let secret = ClientSecret {
            person: payload.get("u").and_then(Value::as_str).map(str::to_owned),
            issued_at_ms: payload.get("i").and_then(Value::as_u64).unwrap_or(0),
            expires_at_s: payload.get("e").and_then(Value::as_u64).ok_or_else(not_valid)?,
            session: payload.get("s").cloned().unwrap_or_default(),
        };
        match now_s < secret.expires_at_s {
            true => Ok(secret),
            false => Err(ApiError::unauthorized("the client secret has expired")),
        }
    }
}

/// An `Authorization` of the token among the protocols that a browser offers, which can send no header.
pub fn offered(protocols: &str) -> Option<String> {
    let mut offered = protocols.split(',').map(str::trim);
    let token = offered.find_map(|protocol| protocol.strip_prefix("openai-insecure-api-key."));
    token.map(|token| format!("Bearer {token}"))
}

/// The secret of an `Authorization`, where it is one.
///
/// # Errors
/// 401.
pub fn read(
    config: &Config,
    authorization: Option<&str>,
    now_s: u64,
) -> Result<Option<ClientSecret>, ApiError> {
    let secret = authorization
        .and_then(bearer)
        .filter(|credential| credential.starts_with(PREFIX));
    let Some(secret) = secret else {
        return Ok(None);
    };
    let key = session_secret(config);
    let key = key.ok_or_else(|| ApiError::unauthorized("the client secret is not valid"))?;
    ClientSecret::verify(key, secret, now_s).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_its_person_and_its_session_until_it_expires() {
        let body = json!({"expires_after": {"anchor": "created_at", "seconds": 60}, "session": {"type": "realtime", "instructions": "Hé."}});
        let secret = ClientSecret::ask(&body, Some("ann".to_owned()), 100_000).unwrap();
        let signed = secret.sign("key").unwrap();
        assert!(signed.starts_with("ek_"));
        assert!(
            signed
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)),
            "a protocol's name"
        );
        assert_eq!(ClientSecret::verify("key", &signed, 159), Ok(secret));
        for (key, signed, now_s) in [
            ("key", signed.as_str(), 160),
            ("other", &signed, 100),
            ("key", "ek_", 0),
            ("key", "ek_.", 0),
            ("key", "", 0),
        ] {
            assert_eq!(
                ClientSecret::verify(key, signed, now_s).unwrap_err().status(),
                401,
                "{signed}"
            );
        }
        let mut changed = signed.into_bytes();
        changed[9] ^= 1;
        assert!(ClientSecret::verify("key", &String::from_utf8(changed).unwrap(), 100).is_err());
    }

    #[test]
    fn err_what_no_secret_can_be() {
        for (body, param) in [
            (json!({"expires_after": {"seconds": 9}}), "expires_after.seconds"),
            (
                json!({"expires_after": {"seconds": 7_201}}),
                "expires_after.seconds",
            ),
            (json!({"expires_after": 600}), "expires_after"),
            (
                json!({"expires_after": {"anchor": {}, "seconds": 600}}),
                "expires_after.anchor",
            ),
            (json!({"session": 7}), "session"),
            (
                json!({"session": {"instructions": "x".repeat(SESSION_BYTES_MAX)}}),
                "session",
            ),
        ] {
            assert_eq!(
                ClientSecret::ask(&body, None, 0).unwrap_err().param.as_deref(),
                Some(param)
            );
        }
        assert_eq!(ClientSecret::ask(&json!({}), None, 0).unwrap().expires_at_s, 600);
    }

    #[test]
    fn a_browser_offers_its_token_as_a_protocol() {
        assert_eq!(
            offered("realtime, openai-insecure-api-key.ek_a.b, openai-agents-sdk.1"),
            Some("Bearer ek_a.b".to_owned())
        );
        assert_eq!(offered("realtime"), None);
    }
}
