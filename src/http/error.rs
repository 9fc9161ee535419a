//! Every error that leaves hearken, in OpenAI's shape, and the status it travels under.
//!
//! Rooms below `http` speak of what went wrong in their own terms; this file alone knows statuses and error types.
//! A message never carries an upstream's body, host or key.

use crate::wire::json::{self, written};

/// An error as the client sees it: a status and
/// `{"error":{"message","type","param","code"}}` (OpenAI API reference, "Errors").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status, 400 to 599.
    status: u16,
    /// One sentence for a person.
    pub message: String,
    /// The field of the request that is wrong, where one is.
    pub param: Option<String>,
    /// A stable word for programs, where one helps.
    pub code: Option<&'static str>,
    /// Seconds after which a new attempt makes sense; becomes `retry-after`.
    pub retry_after_s: Option<u32>,
    /// For 405: the methods that would have worked; becomes `allow`.
    pub allow: Option<String>,
}

struct Body<'a> {
    error: Inner<'a>,
}

written!(Body<'_>: error);

struct Inner<'a> {
    message: &'a str,
    r#type: &'static str,
    param: Option<&'a str>,
    code: Option<&'static str>,
}

written!(Inner<'_>: message, r#type, param, code);

impl ApiError {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            param: None,
            code: None,
            retry_after_s: None,
            allow: None,
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// 400: the request as a whole cannot be read.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// 400: `param` is wrong, and the message says how.
    pub fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self::new(400, message).with_param(param)
    }

    /// What a provider refused with `status` for what the client sent: 413, 415 and 422 stay, all others are 400.
    pub fn refused(status: u16, message: impl Into<String>) -> Self {
        let is_kept = matches!(status, 413 | 415 | 422);
        Self::new(if is_kept { status } else { 400 }, message)
    }

    /// 401: the credentials are missing, wrong or expired.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, message).with_code("invalid_api_key")
    }

    /// 403: the credentials are good, but not for this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    /// 404 for a name in `model`.
    pub fn model_not_found(message: impl Into<String>) -> Self {
        Self::new(404, message)
            .with_param("model")
            .with_code("model_not_found")
    }

    /// 405 with the methods that exist.
    pub fn method_not_allowed(allow: String) -> Self {
        let error = Self::new(405, format!("this address takes {allow}")).with_code("method_not_allowed");
        Self {
            allow: Some(allow),
            ..error
        }
    }

    /// 413.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(413, message)
    }

    /// 415.
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(415, message)
    }

    /// 429.
    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self::new(429, message)
    }

    /// 429 until the minute is over: the caller asks too often.
    pub fn rate_limited(retry_after_s: u32) -> Self {
        Self::too_many_requests("too many requests: see RATE_PER_MINUTE")
            .with_code("rate_limit_exceeded")
            .with_retry_after_s(retry_after_s)
    }

    /// 429 until the next day begins: too little is left of the person's budget of this name.
    pub fn budget_spent(budget: &str, retry_after_s: u32) -> Self {
        Self::too_many_requests(format!(
            "what is left of today's budget of {} is too little for this: it begins anew at midnight UTC",
            budget.replace('_', " ")
        ))
        .with_code("budget_exhausted")
        .with_retry_after_s(retry_after_s)
    }

    /// Whether no second try helps for now: clients that retry 429 and 5xx by themselves are told so.
    pub fn is_final(&self) -> bool {
        self.status == 501 || matches!(self.code, Some("budget_exhausted" | "nothing_to_speak"))
    }

    /// 500: hearken itself failed.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, message)
    }

    /// 501: nobody who is configured can do this.
    pub fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(501, message).with_code("not_implemented")
    }

    /// 502: whom hearken asked failed.
    pub fn bad_gateway(message: impl Into<String>) -> Self {
        Self::new(502, message)
    }

    /// 503: not now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(503, message)
    }

    /// 503 until the operator has set what the message names.
    pub fn not_configured(message: impl Into<String>) -> Self {
        Self::unavailable(message).with_code("not_configured")
    }

    /// 504: whom hearken asked was too slow.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(504, message)
    }

    /// Adds a stable word for programs.
    pub fn with_code(self, code: &'static str) -> Self {
        Self {
            code: Some(code),
            ..self
        }
    }

    /// Adds the field that is wrong.
    pub fn with_param(self, param: &str) -> Self {
        Self {
            param: Some(param.to_owned()),
            ..self
        }
    }

    /// Adds `retry-after`.
    pub fn with_retry_after_s(self, seconds: u32) -> Self {
        Self {
            retry_after_s: Some(seconds),
            ..self
        }
    }

    /// OpenAI's error type for the status.
    pub fn kind(&self) -> &'static str {
        match self.status {
            401 => "authentication_error",
            403 => "permission_error",
            429 if self.is_final() => "insufficient_quota",
            429 => "rate_limit_error",
            400..=499 => "invalid_request_error",
            503 => "service_unavailable_error",
            504 => "timeout_error",
            _ => "server_error",
        }
    }

    /// The JSON body.
    pub fn body(&self) -> String {
        let inner = Inner {
            message: &self.message,
            r#type: self.kind(),
            param: self.param.as_deref(),
            code: self.code,
        };
        json::text(&Body { error: inner })
    }

    /// The error as the last event of a stream that has begun.
    pub fn event(&self) -> String {
        format!("data: {}\n\n", self.body())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_all_four_fields_of_openais_shape() {
        let error = ApiError::invalid("input", "input must not be empty").with_code("empty_input");
        assert_eq!(
            error.body(),
            r#"{"error":{"message":"input must not be empty","type":"invalid_request_error","param":"input","code":"empty_input"}}"#
        );
    }

    #[test]
    fn an_event_is_one_data_line() {
        let event = ApiError::new(502, "the upstream ended early\nhere").event();
        assert!(event.starts_with("data: {\"error\":{") && event.ends_with("}}\n\n"));
        assert_eq!(event.matches('\n').count(), 2);
    }

    #[test]
    fn types_follow_the_status() {
        for (status, kind) in [
            (400, "invalid_request_error"),
            (401, "authentication_error"),
            (404, "invalid_request_error"),
            (429, "rate_limit_error"),
            (502, "server_error"),
            (503, "service_unavailable_error"),
            (504, "timeout_error"),
        ] {
            assert_eq!(ApiError::new(status, "").kind(), kind);
        }
    }

    #[test]
    fn a_budget_that_is_used_up_is_a_quota_and_final() {
        let error = ApiError::budget_spent("heard_seconds", 60);
        assert_eq!(
            (error.status(), error.kind(), error.code, error.retry_after_s),
            (429, "insufficient_quota", Some("budget_exhausted"), Some(60))
        );
        assert!(error.is_final() && error.message.contains("heard seconds"));
        assert!(!ApiError::too_many_requests("").is_final());
        assert!(ApiError::not_implemented("").is_final() && !ApiError::bad_gateway("").is_final());
    }
}
