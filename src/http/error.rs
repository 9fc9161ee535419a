//! Every error that leaves hearken, in OpenAI's shape, and the status it travels under.
//!
//! Rooms below `http` speak of what went wrong in their own terms; this file alone knows statuses and error types.
//! A message never carries an upstream's body, host or key.

use serde::Serialize;

/// An error as the client sees it: a status and
/// `{"error":{"message","type","param","code"}}` (OpenAI API reference, "Errors").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status, 400 to 599.
    pub status: u16,
    /// One sentence for a person.
    pub message: String,
    /// The field of the request that is wrong, where one is.
    pub param: Option<String>,
    /// A stable word for programs, where one helps.
    pub code: Option<&'static str>,
    /// Seconds after which a new attempt makes sense; becomes `retry-after`.
    pub retry_after_s: Option<u32>,
    /// For 405: the methods that would have worked; becomes `allow`.
    pub allow: Option<&'static str>,
}

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    message: &'a str,
    r#type: &'static str,
    param: Option<&'a str>,
    code: Option<&'static str>,
}

impl ApiError {
    /// An error with only a status and a message.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            param: None,
            code: None,
            retry_after_s: None,
            allow: None,
        }
    }

    /// 400: `param` is wrong, and the message says how.
    pub fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self {
            param: Some(param.to_owned()),
            ..Self::new(400, message)
        }
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
        serde_json::to_string(&Body { error: inner }).unwrap_or_default()
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
}
