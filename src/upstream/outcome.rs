//! What an attempt at a provider came to: classified once, here, before anything counts it or shows it. Pure.
//!
//! Sources: the vendors' error pages, collected in `docs/providers.md`; RFC 9110 §15 for plain statuses.

use serde_json::Value;

use super::breaker::Outcome;
use super::reason::{self, ProviderRefusal};

/// Why an attempt did not give what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it broke before headers.
    Connect,
    /// A deadline clock ran out.
    Timeout(Deadline),
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
    Refused(ProviderRefusal),
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
pub enum Deadline {
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
        Failure::Refused(ProviderRefusal::of(status))
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
            Failure::Timeout(Deadline::Headers) => "timeout_headers",
            Failure::Timeout(Deadline::First) => "timeout_first",
            Failure::Timeout(Deadline::Idle) => "timeout_idle",
            Failure::Timeout(Deadline::Total) => "timeout_total",
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
        400..=499 if reason::QUOTA.stands_in(body) => Failure::QuotaExhausted,
        429 | 498 | 529 => Failure::Throttled { retry_after_ms },
        _ if says("concurrency_limited") => Failure::Throttled { retry_after_ms },
        400 | 403 if reason::PLACE.stands_in(body) => Failure::PlaceRefused,
        // ElevenLabs' plans gate voices and formats; the key is good for others.
        403 if says("only_for_") => Failure::refused(status),
        401 => Failure::Credential,
        400 if reason::KEY.stands_in(body) => Failure::Credential,
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
        None if reason::QUOTA.stands_in(data) => 429,
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
mod tests;
