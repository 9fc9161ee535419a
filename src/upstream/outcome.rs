//! What an attempt at a provider came to: classified once, here, before anything counts it or shows it. Pure.
//!
//! Sources: the vendors' error pages, collected in `docs/providers.md`; RFC 9110 §15 for plain statuses.

use serde_json::Value;

/// Why an attempt did not give what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it broke before headers.
    Connect,
    /// A deadline clock ran out.
    Timeout(Clock),
    /// 5xx, 408, 409, or another status that is the provider's own trouble.
    Status(u16),
    /// The body broke off, or its end never came.
    Cut,
    /// 200 with nothing in it.
    Empty,
    /// 200 with something else than was asked: HTML, JSON where sound should be, a container we cannot use.
    Unusable,
    /// The provider reported an error inside a 200.
    InBand,
    /// 429 and its kin: too much for now.
    Throttled {
        /// How long the provider asks us to wait, milliseconds.
        retry_after_ms: Option<u32>,
    },
    /// 401, 403, or a status that means the key or the credit is used up.
    Credential,
    /// The provider refused what was asked as wrong: the client's input, or a model or voice that is configured wrong.
    Refused(u16),
    /// The client has left.
    ClientLeft,
    /// hearken cannot ask this provider for it: no key, no binding.
    NotConfigured,
}

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
    /// A short word for logs and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Failure::Connect => "connect",
            Failure::Timeout(Clock::Headers) => "timeout_headers",
            Failure::Timeout(Clock::First) => "timeout_first",
            Failure::Timeout(Clock::Idle) => "timeout_idle",
            Failure::Timeout(Clock::Total) => "timeout_total",
            Failure::Status(_) => "status",
            Failure::Cut => "cut",
            Failure::Empty => "empty",
            Failure::Unusable => "unusable",
            Failure::InBand => "in_band",
            Failure::Throttled { .. } => "throttled",
            Failure::Credential => "credential",
            Failure::Refused(_) => "refused",
            Failure::ClientLeft => "client_left",
            Failure::NotConfigured => "not_configured",
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
    let words = error_words(body);
    let says = |word: &str| words.iter().any(|said| said.contains(word));
    match status {
        429 | 498 | 529 => Failure::Throttled { retry_after_ms },
        _ if says("concurrency_limited") => Failure::Throttled { retry_after_ms },
        401..=403 => Failure::Credential,
        408 | 409 | 424 => Failure::Status(status),
        400..=499 => Failure::Refused(status),
        _ => Failure::Status(status),
    }
}

/// The words a provider's error body uses for its kind: `error.code`, `error.type`, `detail.status`, `detail.code`,
/// `error_code`, `err_code`. ElevenLabs' `detail` may be an object, a list or a string.
fn error_words(body: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return Vec::new();
    };
    let paths = [
        "/error/code",
        "/error/type",
        "/detail/status",
        "/detail/code",
        "/error_code",
        "/err_code",
        "/detail",
    ];
    paths
        .iter()
        .filter_map(|path| value.pointer(path)?.as_str())
        .map(str::to_owned)
        .collect()
}

/// `retry-after-ms`, `x-ms-retry-after-ms` or `retry-after` in seconds, in that order, as milliseconds, at most a
/// minute (a longer wait is for the operator, not for a caller). An HTTP date is left out: it needs a clock.
pub fn retry_after_ms(header: &dyn Fn(&str) -> Option<String>) -> Option<u32> {
    const MAX_MS: f64 = 60_000.0;
    let number = |name: &str| {
        header(name)?
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|value| *value >= 0.0)
    };
    let wait_ms = number("retry-after-ms")
        .or_else(|| number("x-ms-retry-after-ms"))
        .or_else(|| number("retry-after").map(|seconds| seconds * 1000.0))?;
    Some(wait_ms.min(MAX_MS).ceil() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

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
                Failure::Credential,
            ),
            (403, "", Failure::Credential),
            (
                400,
                r#"{"error":{"code":"context_length_exceeded"}}"#,
                Failure::Refused(400),
            ),
            (404, "", Failure::Refused(404)),
            (
                422,
                r#"{"detail":[{"loc":[],"msg":"x","type":"y"}]}"#,
                Failure::Refused(422),
            ),
            (302, "", Failure::Status(302)),
        ] {
            assert_eq!(of_status(status, body, None), expected, "{status} {body}");
        }
    }

    #[test]
    fn retry_after_is_read_in_order_and_capped() {
        let with = |pairs: &'static [(&str, &str)]| {
            retry_after_ms(&move |name: &str| {
                pairs
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, v)| (*v).to_owned())
            })
        };
        assert_eq!(with(&[("retry-after", "7")]), Some(7_000));
        assert_eq!(with(&[("retry-after", "0.25")]), Some(250));
        assert_eq!(
            with(&[("retry-after", "5"), ("retry-after-ms", "120")]),
            Some(120)
        );
        assert_eq!(with(&[("retry-after", "86400")]), Some(60_000));
        assert_eq!(with(&[("retry-after", "-1")]), None);
        assert_eq!(with(&[]), None);
    }
}
