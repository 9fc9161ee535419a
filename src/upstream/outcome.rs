//! What an attempt at a provider came to: classified once, here, before anything counts it or shows it. Pure.
//!
//! Sources: the vendors' error pages, collected in `docs/providers.md`; RFC 9110 §15 for plain statuses.

use serde_json::Value;

use super::breaker::Outcome;
use super::reason::{self, Refusal};

/// Why an attempt did not give what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it broke before headers.
    Connect,
    /// A deadline clock ran out.
    Timeout(Clock),
    /// 5xx, 408, 409, or another status that is the provider's own trouble.
    Status(u16),
    /// 5xx that says when to come back. A failure like any other; its retry waits for so long.
    Unavailable {
        /// How long the provider asks us to wait, milliseconds.
        retry_after_ms: u32,
    },
    /// The body broke off, or its end never came.
    Cut,
    /// 200 with nothing in it.
    Empty,
    /// A reply that has finished and holds nothing, for a reason of the model's own: nobody's failure, and no proof of
    /// health.
    SaidNothing,
    /// 200 with something else than was asked: HTML, JSON where sound should be, a container we cannot use.
    Unusable,
    /// The provider reported an error inside a 200 that is not the client's fault and no pause.
    InBand,
    /// 429 and its kin, or the quota is used up: too much for now.
    Throttled {
        /// How long the provider asks us to wait, milliseconds.
        retry_after_ms: Option<u32>,
    },
    /// What is paid for is used up: no passing load, somebody has to pay.
    QuotaExhausted,
    /// 401 or 403: the key is wrong, or may not do this.
    Credential,
    /// The provider does not serve the place from which it was asked: where the Worker runs is the operator's to say.
    PlaceRefused,
    /// The provider refused what was asked as wrong: the client's input, or a model or voice that is configured wrong.
    Refused(Refusal),
    /// The client has left.
    ClientLeft,
    /// The person's budget of the day does not allow it: nothing was asked.
    BudgetSpent {
        /// When the next day begins, seconds.
        retry_after_s: u32,
    },
    /// hearken cannot ask this provider for it: no key, no binding.
    NotConfigured,
    /// Nothing was asked: the breaker is open, or the provider wants a pause.
    Denied {
        /// When asking again may help, milliseconds; `None` while an operator keeps it open.
        retry_after_ms: Option<u32>,
    },
}

/// How long a provider whose quota is used up is left alone, where the breaker's longest pause allows it, milliseconds.
const QUOTA_PAUSE_MS: u32 = 3_600_000;

/// The clock that ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Until headers.
    Headers,
    /// Until the first useful byte.
    First,
    /// Between two chunks.
    Idle,
    /// For everything.
    Total,
}

impl Failure {
    /// A refusal without a reason.
    pub const fn refused(status: u16) -> Failure {
        Failure::Refused(Refusal::of(status))
    }

    /// Whether the provider does not have the model that the configuration names.
    pub fn is_a_lost_model(self) -> bool {
        let code = match self {
            Failure::Refused(refusal) => refusal.reason.map(|reason| reason.code),
            _ => None,
        };
        code == Some(reason::MODEL_NOT_FOUND)
    }

    /// A short word for logs and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Failure::Connect => "connect",
            Failure::Timeout(Clock::Headers) => "timeout_headers",
            Failure::Timeout(Clock::First) => "timeout_first",
            Failure::Timeout(Clock::Idle) => "timeout_idle",
            Failure::Timeout(Clock::Total) => "timeout_total",
            Failure::Status(_) | Failure::Unavailable { .. } => "status",
            Failure::Cut => "cut",
            Failure::Empty => "empty",
            Failure::SaidNothing => "said_nothing",
            Failure::Unusable => "unusable",
            Failure::InBand => "in_band",
            Failure::Throttled { .. } => "throttled",
            Failure::QuotaExhausted => "quota_exhausted",
            Failure::Credential => "credential",
            Failure::PlaceRefused => "place_refused",
            Failure::Refused(_) => "refused",
            Failure::ClientLeft => "client_left",
            Failure::BudgetSpent { .. } => "budget_spent",
            Failure::NotConfigured => "not_configured",
            Failure::Denied { .. } => "denied",
        }
    }

    /// What the failed call tells the breaker about the provider. Our own mistakes, a key's and a client's tell
    /// nothing; neither does 501, which says that the provider never does this.
    pub fn for_breaker(self) -> Outcome {
        match self {
            Failure::Connect
            | Failure::Timeout(_)
            | Failure::Cut
            | Failure::Empty
            | Failure::Unusable
            | Failure::Unavailable { .. }
            | Failure::InBand => Outcome::Fail,
            Failure::Status(501) => Outcome::Excluded,
            Failure::Status(_) => Outcome::Fail,
            Failure::Throttled { retry_after_ms } => Outcome::Throttled {
                retry_after_ms: retry_after_ms.map(u64::from),
            },
            Failure::QuotaExhausted => Outcome::Throttled {
                retry_after_ms: Some(u64::from(QUOTA_PAUSE_MS)),
            },
            Failure::Credential
            | Failure::PlaceRefused
            | Failure::SaidNothing
            | Failure::Refused(_)
            | Failure::ClientLeft
            | Failure::BudgetSpent { .. }
            | Failure::NotConfigured
            | Failure::Denied { .. } => Outcome::Excluded,
        }
    }

    /// The same for a text that was to be spoken: where there is no word in it, silence is no fault of the provider's, and
    /// must not open its breaker for those who have something to say.
    pub fn of_saying(self, text: &str) -> Failure {
        match self {
            Failure::Empty if !text.chars().any(char::is_alphanumeric) => Failure::refused(400),
            failure => failure,
        }
    }

    /// Whether the same provider may do better a moment later. A deadline that ran out has cost enough.
    pub fn is_worth_another_try(self) -> bool {
        match self {
            Failure::Connect | Failure::Cut | Failure::Empty | Failure::Unavailable { .. } => true,
            Failure::Status(status) => matches!(status, 408 | 409 | 424 | 500 | 502..=599),
            _ => false,
        }
    }

    /// How long the provider asked to be left alone, milliseconds.
    pub fn retry_after_ms(self) -> Option<u32> {
        match self {
            Failure::Unavailable { retry_after_ms } => Some(retry_after_ms),
            Failure::Throttled { retry_after_ms } => retry_after_ms,
            Failure::QuotaExhausted => Some(QUOTA_PAUSE_MS),
            _ => None,
        }
    }

    /// Whether another provider may do better. A request that one provider refuses as wrong may be fine for the next,
    /// whose limits and voices differ; only a client that has left ends the chain.
    pub fn falls_back(self) -> bool {
        self != Failure::ClientLeft
    }
}

/// What a status other than 2xx means, with the beginning of its body and its `retry-after` in milliseconds.
pub fn of_status(status: u16, body: &str, retry_after_ms: Option<u32>) -> Failure {
    let codes = reason::codes(body);
    let says = |word: &str| codes.iter().any(|said| said.contains(word));
    match status {
        // OpenAI says 429 when the credits are used up, ElevenLabs 401, Deepgram and OpenRouter 402, Anthropic 400.
        402 => Failure::QuotaExhausted,
        400..=499 if reason::is_about_the_quota(body) => Failure::QuotaExhausted,
        429 | 498 | 529 => Failure::Throttled { retry_after_ms },
        _ if says("concurrency_limited") => Failure::Throttled { retry_after_ms },
        400 | 403 if reason::is_about_the_place(body) => Failure::PlaceRefused,
        // ElevenLabs' plans gate voices and formats; the key is good for others.
        403 if says("only_for_") => Failure::refused(status),
        401 => Failure::Credential,
        400 if reason::is_about_the_key(body) => Failure::Credential,
        403 => match reason::refusal(status, body) {
            // A filter says 403, too: the key was good enough to be read.
            refusal if refusal.reason.is_some() => Failure::Refused(refusal),
            _ => Failure::Credential,
        },
        408 | 409 | 424 => Failure::Status(status),
        400..=499 => Failure::Refused(reason::refusal(status, body)),
        500 | 502..=599 => match retry_after_ms {
            Some(retry_after_ms) => Failure::Unavailable { retry_after_ms },
            None => Failure::Status(status),
        },
        _ => Failure::Status(status),
    }
}

/// What an error that came inside a 200 means, from its JSON. One that tells its status (Groq's `status_code`, OpenRouter's
/// numeric `code`) or that the request was at fault means what that status would: else whoever sends requests that a
/// model stumbles over or a filter stops could open the breaker for all.
pub fn of_event(data: &str) -> Failure {
    let value = serde_json::from_str::<Value>(data).unwrap_or_default();
    let number = |place: &str| value.pointer(place)?.as_u64();
    let places = [
        "/error/status_code",
        "/error/status",
        "/error/code",
        "/status_code",
    ];
    let status = places.into_iter().find_map(number);
    let codes = reason::codes(data);
    let says = |kinds: &[&str]| codes.iter().any(|said| kinds.contains(&said.as_str()));
    let status = match status.and_then(|status| u16::try_from(status).ok()) {
        Some(status) => status,
        None if says(&["rate_limit_exceeded", "rate_limit_error", "overloaded_error"]) => 429,
        None if says(&["invalid_request_error"]) || reason::refusal(400, data).reason.is_some() => 400,
        None if reason::is_about_the_quota(data) => 429,
        None => return Failure::InBand,
    };
    match of_status(status, data, None) {
        // The key was good enough to be answered: 403 is how some say that a filter stopped it.
        Failure::Credential => Failure::refused(status),
        neutral @ (Failure::Refused(_) | Failure::Throttled { .. } | Failure::QuotaExhausted) => neutral,
        _ => Failure::InBand,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without the reason: what reasons there are is told in `reason`.
    fn plain(failure: Failure) -> Failure {
        match failure {
            Failure::Refused(refusal) => Failure::refused(refusal.status),
            other => other,
        }
    }

    #[test]
    fn statuses_mean_what_the_vendors_say() {
        let throttled = Failure::Throttled { retry_after_ms: None };
        for (status, body, expected) in [
            (500, "", Failure::Status(500)),
            (503, "<html>", Failure::Status(503)),
            (408, "", Failure::Status(408)),
            (
                429,
                r#"{"detail":{"status":"too_many_concurrent_requests"}}"#,
                throttled,
            ),
            (498, "", throttled),
            (529, "", throttled),
            (400, r#"{"error_code":"concurrency_limited"}"#, throttled),
            (
                401,
                r#"{"detail":{"status":"quota_exceeded"}}"#,
                Failure::QuotaExhausted,
            ),
            (
                429,
                r#"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#,
                Failure::QuotaExhausted,
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}"#,
                Failure::QuotaExhausted,
            ),
            (
                403,
                r#"{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported"}}"#,
                Failure::PlaceRefused,
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}"#,
                Failure::PlaceRefused,
            ),
            (
                401,
                r#"{"detail":{"status":"invalid_api_key"}}"#,
                Failure::Credential,
            ),
            (
                400,
                r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#,
                Failure::Credential,
            ),
            (402, "", Failure::QuotaExhausted),
            (403, "", Failure::Credential),
            (
                403,
                r#"{"detail":{"status":"only_for_creator+"}}"#,
                Failure::refused(403),
            ),
            (
                400,
                r#"{"error":{"code":"context_length_exceeded"}}"#,
                Failure::refused(400),
            ),
            (404, "", Failure::refused(404)),
            (
                422,
                r#"{"detail":[{"loc":[],"msg":"x","type":"y"}]}"#,
                Failure::refused(422),
            ),
            (302, "", Failure::Status(302)),
        ] {
            assert_eq!(plain(of_status(status, body, None)), expected, "{status} {body}");
        }
    }

    #[test]
    fn silence_is_a_fault_only_where_there_is_a_word_to_say() {
        for text in ["...", "\u{1f642}", "\u{bf}?"] {
            assert_eq!(Failure::Empty.of_saying(text), Failure::refused(400), "{text}");
            assert_eq!(Failure::Cut.of_saying(text), Failure::Cut, "{text}");
        }
        for text in ["Hm.", "7", "\u{306f}\u{3044}"] {
            assert_eq!(Failure::Empty.of_saying(text), Failure::Empty, "{text}");
        }
    }

    #[test]
    fn an_error_inside_a_200_means_what_its_status_would() {
        let throttled = Failure::Throttled { retry_after_ms: None };
        for (data, expected) in [
            (
                r#"{"error":{"message":"x","type":"server_error","code":"internal_error"}}"#,
                Failure::InBand,
            ),
            (r#"{"error":{"message":"x","code":502}}"#, Failure::InBand),
            (r#"{"error":{"message":"x","code":408}}"#, Failure::InBand),
            (r#"{"error":{"message":"x","code":7}}"#, Failure::InBand),
            (r#"{"x_groq":{"error":"over capacity"}}"#, Failure::InBand),
            ("not JSON", Failure::InBand),
            ("[]", Failure::InBand),
            (
                r#"{"error":{"type":"invalid_request_error","code":"tool_use_failed"}}"#,
                Failure::refused(400),
            ),
            (r#"{"error":{"status_code":413}}"#, Failure::refused(413)),
            (r#"{"error":{"code":"content_filter"}}"#, Failure::refused(400)),
            (
                r#"{"error":{"code":403,"message":"moderation"}}"#,
                Failure::refused(403),
            ),
            (r#"{"error":{"code":401}}"#, Failure::refused(401)),
            (r#"{"error":{"code":429}}"#, throttled),
            (
                r#"{"error":{"type":"tokens","code":"rate_limit_exceeded"}}"#,
                throttled,
            ),
            (
                r#"{"type":"error","error":{"type":"overloaded_error"}}"#,
                throttled,
            ),
            (r#"{"type":"error","done":true,"status_code":429}"#, throttled),
        ] {
            assert_eq!(plain(of_event(data)), expected, "{data}");
        }
    }

    #[test]
    fn a_5xx_that_says_when_to_come_back_is_a_failure_that_knows_it() {
        let soon = Failure::Unavailable {
            retry_after_ms: 2_000,
        };
        for status in [500, 502, 503, 504, 599] {
            assert_eq!(of_status(status, "", Some(2_000)), soon, "{status}");
        }
        assert_eq!(soon.for_breaker(), Outcome::Fail);
        assert!(soon.is_worth_another_try());
        assert_eq!(soon.retry_after_ms(), Some(2_000));
        // 501 is for ever, and a client's own mistake is not cured by time.
        assert_eq!(of_status(501, "", Some(2_000)), Failure::Status(501));
        assert_eq!(of_status(404, "", Some(2_000)), Failure::refused(404));
    }

    #[test]
    fn each_failure_has_one_meaning_for_the_breaker() {
        use Failure::*;
        for failure in [
            Connect,
            Timeout(Clock::First),
            Status(500),
            Cut,
            Empty,
            Unusable,
            InBand,
        ] {
            assert_eq!(failure.for_breaker(), Outcome::Fail, "{failure:?}");
        }
        for failure in [
            Credential,
            Failure::refused(404),
            ClientLeft,
            NotConfigured,
            Status(501),
        ] {
            assert_eq!(failure.for_breaker(), Outcome::Excluded, "{failure:?}");
        }
        let pause = Throttled {
            retry_after_ms: Some(7),
        };
        let expected = Outcome::Throttled {
            retry_after_ms: Some(7),
        };
        assert_eq!(pause.for_breaker(), expected);
    }

    #[test]
    fn only_what_may_pass_at_once_is_tried_again() {
        use Failure::*;
        let again = [Connect, Status(500), Status(503), Status(408), Cut, Empty];
        let not = [
            Timeout(Clock::First),
            Status(501),
            Status(302),
            Failure::refused(400),
            Credential,
            ClientLeft,
            InBand,
            Unusable,
            Throttled { retry_after_ms: None },
        ];
        assert!(again.into_iter().all(Failure::is_worth_another_try));
        assert!(!not.into_iter().any(Failure::is_worth_another_try));
    }
}
