//! Visitors of the page without a key: who they are, and whether they have solved their challenge. Pure.
//!
//! A visitor's name is random and made by their browser, which alone knows it: whoever knows it is that visitor.

use serde_json::Value;

use super::error::ApiError;
use super::identity::{SessionAsk, TTL_S_DEFAULT, session_ask};
use crate::wire::fields;

/// What every visitor's name begins with, before 32 hexadecimal digits.
const PREFIX: &str = "visitor_";
const DIGITS: usize = 32;
/// Longest answer to a challenge, as Cloudflare documents it.
const ANSWER_BYTES_MAX: usize = 2_048;

/// `POST /v1/sessions` without a key: what is asked for, and the answer to a challenge.
///
/// # Errors
/// 400 with the field that is wrong.
pub fn ask(body: &str) -> Result<(SessionAsk, String), ApiError> {
    let mut ask = session_ask(body)?;
    let digits = ask.user.strip_prefix(PREFIX).unwrap_or_default();
    let is_digit = |one: u8| one.is_ascii_digit() || (b'a'..=b'f').contains(&one);
    if digits.len() != DIGITS || !digits.bytes().all(is_digit) {
        let message = "without an API key user must be visitor_ and 32 random hexadecimal digits";
        return Err(ApiError::invalid("user", message));
    }
    if ask.ttl_s > TTL_S_DEFAULT {
        let message = format!("without an API key ttl_seconds must be at most {TTL_S_DEFAULT}");
        return Err(ApiError::invalid("ttl_seconds", message));
    }
    let is_one = |answer: &String| (1..=ANSWER_BYTES_MAX).contains(&answer.len());
    let needed = || ApiError::invalid("turnstile", "turnstile must be the answer to a challenge");
    let answer = ask.turnstile.take().filter(is_one).ok_or_else(needed)?;
    Ok((ask, answer))
}

/// Reads what Cloudflare says of an answer.
///
/// # Errors
/// 403 for one that is not good, 503 where nobody can say.
pub fn passed(said: &str) -> Result<(), ApiError> {
    let value: Value = fields::json(said.as_bytes()).unwrap_or_default();
    if value.get("success") == Some(&Value::Bool(true)) {
        return Ok(());
    }
    let says = |code: &str| said.contains(&format!("\"{code}\""));
    let refused = |message, code| {
        Err(ApiError::forbidden(message)
            .with_param("turnstile")
            .with_code(code))
    };
    if says("timeout-or-duplicate") {
        let message = "the challenge was used before, or is older than five minutes: solve another";
        refused(message, "challenge_expired")
    } else if says("invalid-input-response") {
        refused(
            "the answer to the challenge is not valid: solve another",
            "challenge_failed",
        )
    } else if says("invalid-input-secret") {
        Err(ApiError::not_configured(
            "TURNSTILE_SECRET_KEY is not the one of TURNSTILE_SITE_KEY",
        ))
    } else {
        Err(ApiError::unavailable(
            "the challenge cannot be verified now: try again",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "visitor_0123456789abcdef0123456789abcdef";

    #[test]
    fn a_visitor_has_a_random_name_a_short_session_and_a_challenge() {
        let (ask, answer) = ask(&format!(r#"{{"user":"{NAME}","turnstile":"XXXX"}}"#)).unwrap();
        assert_eq!(
            (ask.user.as_str(), ask.ttl_s, answer.as_str()),
            (NAME, 3_600, "XXXX")
        );
    }

    #[test]
    fn err_names_the_field() {
        let long = "x".repeat(2_049);
        for (body, param) in [
            (r#"{"turnstile":"x"}"#.to_owned(), "user"),
            (r#"{"user":"ann","turnstile":"x"}"#.to_owned(), "user"),
            (
                format!(r#"{{"user":"{}","turnstile":"x"}}"#, NAME.to_uppercase()),
                "user",
            ),
            (format!(r#"{{"user":"{NAME}0","turnstile":"x"}}"#), "user"),
            (
                format!(r#"{{"user":"{NAME}","turnstile":"x","ttl_seconds":3601}}"#),
                "ttl_seconds",
            ),
            (format!(r#"{{"user":"{NAME}"}}"#), "turnstile"),
            (format!(r#"{{"user":"{NAME}","turnstile":""}}"#), "turnstile"),
            (format!(r#"{{"user":"{NAME}","turnstile":7}}"#), "turnstile"),
            (
                format!(r#"{{"user":"{NAME}","turnstile":"{long}"}}"#),
                "turnstile",
            ),
        ] {
            let error = ask(&body).unwrap_err();
            assert_eq!(
                (error.status(), error.param.as_deref()),
                (400, Some(param)),
                "{body}"
            );
        }
    }

    #[test]
    fn only_success_lets_in() {
        assert_eq!(passed(r#"{"success":true,"hostname":"h"}"#), Ok(()));
        for (said, status, code) in [
            (
                r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#,
                403,
                "challenge_expired",
            ),
            (
                r#"{"success":false,"error-codes":["invalid-input-response"]}"#,
                403,
                "challenge_failed",
            ),
            (
                r#"{"success":false,"error-codes":["invalid-input-secret"]}"#,
                503,
                "not_configured",
            ),
            (r#"{"success":false,"error-codes":["internal-error"]}"#, 503, ""),
            (r#"{"success":"true"}"#, 503, ""),
            ("<html>", 503, ""),
            ("", 503, ""),
        ] {
            let error = passed(said).unwrap_err();
            assert_eq!(error.status(), status, "{said}");
            assert!(error.body().contains(code), "{said}: {}", error.body());
        }
    }
}
