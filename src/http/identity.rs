//! Who is asking: API keys of trusted servers, session tokens of browsers. Pure; fails closed.
//!
//! A token is `hk1.PAYLOAD.TAG` ([`super::signed`]) under `SESSION_SECRET`: PAYLOAD is `{"u":person,"e":expiry in Unix
//! seconds,"i":made at, in Unix milliseconds,"a":"session"}`. A payload without `i` is older than every revocation, and any
//! other audience opens nothing here. Keys are compared in constant time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use super::error::ApiError;
use super::query;
use super::signed;
use crate::config::{ApiKey, Auth, Config};
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
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
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
mod tests {
    use super::*;

    fn config(pairs: &'static [(&'static str, &'static str)]) -> Config {
        Config::from_lookup(&|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, v)| (*v).to_owned())
        })
        .unwrap()
    }

    fn person_of(caller: &Caller, names: [Option<&str>; 2]) -> Result<Option<String>, ApiError> {
        caller.person(Auth::Required, names)
    }

    const REQUIRED: &[(&str, &str)] = &[("API_KEYS", "k1, k2"), ("SESSION_SECRET", "s3cret")];

    #[test]
    fn required_without_keys_is_closed_to_everyone() {
        let error = caller(&config(&[]), Some("Bearer x"), 0).unwrap_err();
        assert_eq!(error.status(), 503);
        assert!(error.message.contains("API_KEYS"), "{}", error.message);
    }

    #[test]
    fn keys_open_and_anything_else_does_not() {
        let config = config(REQUIRED);
        assert_eq!(caller(&config, Some("Bearer k2"), 0), Ok(Caller::Server));
        assert_eq!(caller(&config, Some("bearer  k1"), 0), Ok(Caller::Server));
        for header in [
            None,
            Some(""),
            Some("Bearer "),
            Some("Bearer k"),
            Some("Bearer k1,"),
            Some("Basic k1"),
            Some("k1"),
        ] {
            assert_eq!(
                caller(&config, header, 0).unwrap_err().status(),
                401,
                "{header:?}"
            );
        }
    }

    #[test]
    fn a_key_may_be_kept_as_its_digest_beside_the_next_one() {
        // The digest of "k1", as `printf %s k1 | sha256sum` gives it.
        const DIGEST: &str = "sha256:46d2a48dd0a9b9de6c84bd97c9d26c3a1a0f2a5e4d3e0d3e4b7a4f3c1bb1f9de";
        let hashed = format!("sha256:{}", crate::wire::hex::hex(&Sha256::digest("k1")));
        assert_eq!(hashed.len(), DIGEST.len());
        let lookup = |name: &str| match name {
            "API_KEYS" => Some(format!("{hashed}, k2")),
            _ => None,
        };
        let config = Config::from_lookup(&lookup).unwrap();
        for (credential, is_known) in [
            ("k1", true),
            ("k2", true),
            ("k3", false),
            (hashed.as_str(), false),
        ] {
            let caller = caller(&config, Some(&format!("Bearer {credential}")), 0);
            assert_eq!(caller.is_ok(), is_known, "{credential}");
        }
        for wrong in [
            "sha256:",
            "sha256:46d2",
            &format!("{DIGEST}00"),
            &DIGEST.replace('4', "g"),
        ] {
            let lookup = |name: &str| (name == "API_KEYS").then(|| format!("k1, {wrong}"));
            let error = Config::from_lookup(&lookup).err().unwrap().to_string();
            assert!(
                error.starts_with("API_KEYS ") && !error.contains("46d2"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_token_says_when_it_was_made_and_opens_nothing_for_another_audience() {
        let config = config(REQUIRED);
        let made = |token: &str| issued_at_ms(Some(&format!("Bearer {token}")));
        let good = sign("s3cret", "ann", 7, 100).unwrap();
        assert_eq!((made(&good), made("k1"), made("hk1.x")), (Some(7), None, None));
        let signed = |payload: &str| signed::sign("s3cret", "hk1.", payload.as_bytes()).unwrap();
        let opens = |token: &str| caller(&config, Some(&format!("Bearer {token}")), 1).is_ok();
        let old = signed(r#"{"u":"ann","e":100}"#);
        assert_eq!((opens(&old), made(&old)), (true, Some(0)));
        assert!(opens(&signed(r#"{"u":"ann","e":100,"i":1,"a":"session"}"#)));
        assert!(!opens(&signed(r#"{"u":"ann","e":100,"i":1,"a":"realtime"}"#)));
        assert!(!opens(&signed(r#"{"u":"ann","e":100,"i":1,"a":7}"#)));
    }

    #[test]
    fn a_token_is_one_person_until_it_expires() {
        let config = config(REQUIRED);
        let token = format!("Bearer {}", sign("s3cret", "ann", 7, 100).unwrap());
        let caller_at = |now_s| caller(&config, Some(&token), now_s);
        assert_eq!(caller_at(99), Ok(Caller::Person("ann".into())));
        assert!(caller_at(100).unwrap_err().message.contains("expired"));
        assert_eq!(
            person_of(&caller_at(99).unwrap(), [Some("bob"), None]).unwrap(),
            Some("ann".into())
        );
    }

    #[test]
    fn on_a_laptop_everyone_is_let_in_and_a_token_is_its_person() {
        let config = config(&[("AUTH", "local")]);
        for header in [None, Some("Bearer x"), Some("Basic x")] {
            assert_eq!(caller(&config, header, 0), Ok(Caller::Server), "{header:?}");
        }
        let token = sign(session_secret(&config).unwrap(), "ann", 7, 100).unwrap();
        let header = format!("Bearer {token}");
        assert_eq!(
            caller(&config, Some(&header), 99),
            Ok(Caller::Person("ann".into()))
        );
        assert_eq!(caller(&config, Some(&header), 100).unwrap_err().status(), 401);
    }

    #[test]
    fn a_token_of_another_secret_or_with_a_changed_byte_is_refused() {
        let config = config(REQUIRED);
        let good = sign("s3cret", "ann", 7, 100).unwrap();
        let mut tokens = vec![
            sign("other", "ann", 7, 100).unwrap(),
            "hk1.".into(),
            "hk1..".into(),
            "hk1.e30.AAAA".into(),
        ];
        for index in 4..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            tokens.push(String::from_utf8(bytes).unwrap());
        }
        for token in tokens {
            // The last character of a tag carries unused bits; a strict decoder refuses those, too.
            assert_eq!(
                caller(&config, Some(&format!("Bearer {token}")), 1)
                    .unwrap_err()
                    .status(),
                401,
                "{token}"
            );
        }
    }

    #[test]
    fn a_name_that_lost_its_bytes_on_the_way_is_nobody() {
        for name in ["Jos\u{fffd}", "\u{fffd}", &"x".repeat(PERSON_BYTES_MAX + 1)] {
            for names in [[Some(name), None], [None, Some(name)]] {
                let error = person_of(&Caller::Server, names).unwrap_err();
                assert_eq!(
                    (error.status(), error.param.as_deref()),
                    (400, Some("user")),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn a_request_is_about_the_first_name_that_says_something() {
        for (names, required, local) in [
            ([Some("José"), Some("ann")], Some("José"), "José"),
            ([Some(""), Some("ann")], Some("ann"), "ann"),
            ([Some("  "), Some("ann")], Some("ann"), "ann"),
            ([None, Some("ann")], Some("ann"), "ann"),
            ([Some("bob"), Some("")], Some("bob"), "bob"),
            ([None, None], None, LOCAL_PERSON),
            ([Some(" "), Some("")], None, LOCAL_PERSON),
        ] {
            assert_eq!(
                person_of(&Caller::Server, names).unwrap().as_deref(),
                required,
                "{names:?}"
            );
            let alone = Caller::Server.person(Auth::Local, names).unwrap();
            assert_eq!(alone.as_deref(), Some(local), "{names:?}");
            let token = Caller::Person("eve".into());
            assert_eq!(
                person_of(&token, names).unwrap().as_deref(),
                Some("eve"),
                "{names:?}"
            );
        }
    }

    #[test]
    fn a_session_is_asked_for_with_a_person_and_a_sane_life() {
        assert_eq!(
            session_ask(r#"{"user":"ann"}"#).unwrap(),
            SessionAsk {
                user: "ann".into(),
                ttl_s: 3_600,
                turnstile: None,
            }
        );
        assert_eq!(session_ask(r#"{"user":"a","ttl_seconds":60}"#).unwrap().ttl_s, 60);
        for (body, param) in [
            ("x", None),
            ("{}", Some("user")),
            (r#"{"user":""}"#, Some("user")),
            (r#"{"user":" "}"#, Some("user")),
            ("{\"user\":\"Jos\u{fffd}\"}", Some("user")),
            (r#"{"user":"a","ttl_seconds":0}"#, Some("ttl_seconds")),
            (r#"{"user":"a","ttl_seconds":"60"}"#, Some("ttl_seconds")),
        ] {
            assert_eq!(session_ask(body).unwrap_err().param.as_deref(), param, "{body}");
        }
    }
}
