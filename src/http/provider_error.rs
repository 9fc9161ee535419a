//! From what providers did to what the client is told. Pure.

use super::error::ApiError;
use crate::model::spoken::INPUT_PARAM;
use crate::upstream::outcome::{Deadline, Failure};
use crate::upstream::reason::ProviderRefusal;

/// The answer when nobody in a chain could give what was asked. `failures` is in the order of the attempts.
///
/// Where all failed alike the status says how (4xx the input, 429 too much, 504 too slow, 503 not set up); where they
/// differ it is 502. Providers that were not asked, because their breakers deny, count only where nobody was asked: 503.
pub fn exhausted(what: &str, failures: &[Failure]) -> ApiError {
    let spent = failures.iter().find_map(|failure| match failure {
        Failure::BudgetSpent { retry_after_s } => Some(*retry_after_s),
        _ => None,
    });
    if let Some(retry_after_s) = spent {
        return ApiError::budget_spent("characters", retry_after_s);
    }
    let asked: Vec<Failure> = failures
        .iter()
        .copied()
        .filter(|failure| !matches!(failure, Failure::Denied { .. }))
        .collect();
    if asked.is_empty() && !failures.is_empty() {
        return unavailable(what, failures);
    }
    // One that is not set up says nothing beside one that was really asked.
    let mut really_asked = asked.clone();
    really_asked.retain(|failure| *failure != Failure::NotConfigured);
    let failures = if really_asked.is_empty() {
        asked.as_slice()
    } else {
        really_asked.as_slice()
    };
    let all = |kind: fn(&Failure) -> bool| !failures.is_empty() && failures.iter().all(kind);
    if let Some(refusal) = common_refusal(failures) {
        return refused(what, refusal);
    }
    if all(|failure| *failure == Failure::QuotaExhausted) {
        return ApiError::too_many_requests(format!("what the {what} provider was paid for is used up"))
            .with_code("provider_exhausted")
            .with_retry_after_s(wait_s(WAIT_MS_MAX));
    }
    if all(|failure| matches!(failure, Failure::Throttled { .. } | Failure::QuotaExhausted)) {
        let waits = failures.iter().filter_map(|failure| failure.retry_after_ms());
        let wait_s = wait_s(waits.min().unwrap_or(1_000));
        return ApiError::too_many_requests(format!("the {what} provider is busy: try again in {wait_s} s"))
            .with_code("provider_busy")
            .with_retry_after_s(wait_s);
    }
    if all(|failure| matches!(failure, Failure::Timeout(_))) {
        return ApiError::timeout(format!("the {what} provider did not answer in time"))
            .with_code("provider_timeout");
    }
    if all(|failure| matches!(failure, Failure::Status(501))) {
        return ApiError::not_implemented(format!("the {what} provider cannot do this"));
    }
    if all(|failure| matches!(failure, Failure::NotConfigured)) {
        return ApiError::not_configured(format!("no {what} provider is set up")).with_retry_after_s(30);
    }
    let failed = ApiError::bad_gateway(format!("the {what} provider failed")).with_code("provider_failed");
    // Whoever of them comes back first can serve; one that did not say may be back at any time.
    let waits: Option<Vec<u32>> = failures.iter().map(|failure| failure.retry_after_ms()).collect();
    match waits.and_then(|waits| waits.into_iter().min()) {
        Some(wait_ms) => failed.with_retry_after_s(wait_s(wait_ms)),
        None => failed,
    }
}

/// The same of what a turn asks for beside its words. What a provider refuses there is a field of hearken's own request: it is
/// told by the client's field that it came from, or not at all.
pub fn exhausted_beside(what: &str, failures: &[Failure]) -> ApiError {
    let mut error = exhausted(what, failures);
    let param = match (what, error.param.as_deref()) {
        ("speech", Some("voice")) => Some("audio.voice"),
        ("transcription", Some("file")) => Some(INPUT_PARAM),
        _ => None,
    };
    error.param = param.map(str::to_owned);
    error
}

/// Nobody may be asked now; the first breaker to let a call through says when to come back.
fn unavailable(what: &str, denials: &[Failure]) -> ApiError {
    let waits = denials.iter().filter_map(|denial| match denial {
        Failure::Denied { retry_after_ms } => *retry_after_ms,
        _ => None,
    });
    let wait_s = wait_s(waits.min().unwrap_or(OPERATOR_WAIT_MS));
    ApiError::unavailable(format!(
        "no {what} provider is available: try again in {wait_s} s"
    ))
    .with_code("no_upstream_available")
    .with_retry_after_s(wait_s)
}

/// What an operator keeps open has no end that is known.
const OPERATOR_WAIT_MS: u32 = 60_000;
/// A provider may ask for days; a client is not sent away for longer than a breaker's longest pause.
const WAIT_MS_MAX: u32 = 300_000;

fn wait_s(wait_ms: u32) -> u32 {
    wait_ms.min(WAIT_MS_MAX).div_ceil(1_000).max(1)
}

/// 4xx for the client only when every attempt that came to the request was refused for its input. A model or a path that
/// the provider does not know, a key, a place are our configuration, not the client's fault, and say nothing about it.
fn common_refusal(failures: &[Failure]) -> Option<ProviderRefusal> {
    let mut found: Option<ProviderRefusal> = None;
    for failure in failures {
        match failure {
            Failure::Credential | Failure::PlaceRefused => {}
            Failure::Refused(refusal) if refusal.is_about_the_model() => {}
            Failure::Refused(refusal)
                if refusal.reason.is_some() || matches!(refusal.status, 400 | 413 | 415 | 422) =>
            {
                // Of several refusals the first that says why.
                let has_reason = |known: &ProviderRefusal| known.reason.is_some() || refusal.reason.is_none();
                found = found.filter(has_reason).or(Some(*refusal));
            }
            _ => return None,
        }
    }
    found
}

/// The provider's reason in our words.
fn refused(what: &str, refusal: ProviderRefusal) -> ApiError {
    let status = refusal.status;
    let error = match refusal.reason {
        Some(reason) => ApiError::refused(status, reason.sentence).with_code(reason.code),
        None => ApiError::refused(
            status,
            format!("the {what} provider refused the request as invalid"),
        )
        .with_code("provider_refused"),
    };
    let is_too_long = matches!(
        error.code,
        Some("string_above_max_length" | "context_length_exceeded")
    );
    let param = match what {
        // They have no other text.
        "speech" | "embeddings" if is_too_long => Some("input"),
        _ => refusal.param,
    };
    match param {
        Some(param) => error.with_param(param),
        None => error,
    }
}

/// The event that ends a stream whose upstream did not end it; `None` when the upstream's own words were the end.
pub fn interrupted(clock: Option<Deadline>) -> ApiError {
    match clock {
        Some(Deadline::Idle) => {
            ApiError::timeout("the provider fell silent in the middle of its reply").with_code("stream_idle")
        }
        Some(_) => ApiError::timeout("the reply took longer than its deadline").with_code("stream_deadline"),
        None => ApiError::bad_gateway("the provider's reply ended early").with_code("stream_interrupted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_cause_has_its_status_and_a_mixed_one_is_502() {
        use Failure::*;
        let throttled = |ms| Throttled { retry_after_ms: ms };
        let denied = |ms| Denied { retry_after_ms: ms };
        let unavailable = |retry_after_ms| Unavailable { retry_after_ms };
        for (failures, status, retry_after_s) in [
            (vec![], 502, None),
            (vec![Connect], 502, None),
            (vec![unavailable(2_500)], 502, Some(3)),
            (vec![unavailable(2_500), throttled(Some(900))], 502, Some(1)),
            (vec![unavailable(2_500), Connect], 502, None),
            (vec![NotConfigured, unavailable(9_000_000)], 502, Some(300)),
            (vec![Status(500), Cut], 502, None),
            (
                vec![Timeout(Deadline::Headers), Timeout(Deadline::First)],
                504,
                None,
            ),
            (vec![Timeout(Deadline::Headers), Connect], 502, None),
            (vec![throttled(Some(2_500)), throttled(Some(900))], 429, Some(1)),
            (vec![throttled(None)], 429, Some(1)),
            (vec![Failure::refused(422)], 422, None),
            (vec![Failure::refused(400), Failure::refused(413)], 400, None),
            (vec![Failure::refused(400), Status(500)], 502, None),
            (vec![Failure::refused(404)], 502, None),
            (vec![Credential], 502, None),
            (vec![NotConfigured, Timeout(Deadline::Headers)], 504, None),
            (vec![Status(501)], 501, None),
            (vec![NotConfigured], 503, Some(30)),
            (vec![denied(Some(4_200)), denied(Some(90))], 503, Some(1)),
            (vec![denied(Some(4_200)), denied(None)], 503, Some(5)),
            (vec![denied(None)], 503, Some(60)),
            (vec![denied(Some(9)), Status(500)], 502, None),
            (
                vec![BudgetSpent {
                    retry_after_s: 40_000,
                }],
                429,
                Some(40_000),
            ),
            (vec![denied(Some(9)), Timeout(Deadline::First)], 504, None),
            (vec![throttled(Some(86_400_000))], 429, Some(300)),
            (vec![QuotaExhausted], 429, Some(300)),
            (vec![QuotaExhausted, throttled(Some(900))], 429, Some(1)),
            (vec![PlaceRefused], 502, None),
            (vec![Failure::refused(400), Failure::refused(404)], 400, None),
            (vec![Credential, Failure::refused(422)], 422, None),
            (vec![Failure::refused(400), Timeout(Deadline::First)], 502, None),
        ] {
            let error = exhausted("chat", &failures);
            assert_eq!(
                (error.status(), error.retry_after_s),
                (status, retry_after_s),
                "{failures:?}"
            );
        }
    }

    #[test]
    fn the_reason_of_a_refusal_reaches_the_client_in_our_words() {
        use crate::upstream::outcome::of_status;
        let said = |bodies: &[(u16, &str)]| {
            let failures: Vec<_> = bodies
                .iter()
                .map(|(status, body)| of_status(*status, body, None))
                .collect();
            exhausted("chat", &failures)
        };
        let long = (
            400,
            r#"{"error":{"message":"secret: maximum context length is 8"}}"#,
        );
        let gone = (404, r#"{"error":{"code":"model_not_found"}}"#);
        for bodies in [
            vec![long],
            vec![gone, long],
            vec![long, gone],
            vec![(400, ""), long],
        ] {
            let error = said(&bodies);
            assert_eq!(
                (error.status(), error.code, error.param.as_deref()),
                (400, Some("context_length_exceeded"), Some("messages")),
            );
            assert!(!error.message.contains("secret"));
        }
        let filtered = said(&[(
            403,
            r#"{"error":{"message":"your input was flagged","code":403}}"#,
        )]);
        assert_eq!((filtered.status(), filtered.code), (400, Some("content_filter")));
        let unknown = said(&[(422, r#"{"error":{"code":"secret"}}"#)]);
        assert_eq!((unknown.status(), unknown.code), (422, Some("provider_refused")));
        assert_eq!(said(&[gone]).status(), 502);
        let long = of_status(
            400,
            r#"{"detail":{"status":"max_character_limit_exceeded"}}"#,
            None,
        );
        assert_eq!(exhausted("speech", &[long]).param.as_deref(), Some("input"));
        assert_eq!(exhausted("chat", &[long]).param, None);
    }

    #[test]
    fn a_field_is_told_by_its_name_at_the_door() {
        use crate::upstream::outcome::of_status;
        type Told = fn(&str, &[Failure]) -> ApiError;
        let tokens =
            r#"{"error":{"message":"This model's maximum context length is 8 tokens","param":"messages"}}"#;
        let voice = r#"{"error":{"code":"voice_not_found"}}"#;
        let file = r#"{"error":{"param":"file"}}"#;
        let speed = r#"{"error":{"param":"speed"}}"#;
        for (told, what, body, param) in [
            (exhausted as Told, "chat", tokens, Some("messages")),
            (exhausted, "embeddings", tokens, Some("input")),
            (exhausted, "speech", tokens, Some("input")),
            (exhausted, "speech", voice, Some("voice")),
            (exhausted, "transcription", file, Some("file")),
            (exhausted_beside, "speech", voice, Some("audio.voice")),
            (exhausted_beside, "speech", speed, None),
            (exhausted_beside, "transcription", file, Some("messages")),
        ] {
            let error = told(what, &[of_status(400, body, None)]);
            assert_eq!(
                (error.status(), error.param.as_deref()),
                (400, param),
                "{what}: {body}"
            );
        }
    }
}
