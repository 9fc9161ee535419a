//! Why a client's event was not done: the `error` event. Pure.

use crate::wire::json::json;
use serde_json::Value;

/// An error, as the wire has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventError {
    /// OpenAI's type.
    pub kind: &'static str,
    /// OpenAI's code, where it has one.
    pub code: Option<&'static str>,
    /// The field that is wrong.
    pub param: Option<String>,
    /// One sentence.
    pub message: String,
}

/// OpenAI's type of what went wrong on this side of the socket, by its code.
pub fn kind_of(code: &str) -> &'static str {
    match code {
        "budget_exhausted" => "insufficient_quota",
        "rate_limit_exceeded" => "rate_limit_error",
        "invalid_value" | "invalid_audio" => "invalid_request_error",
        _ => "server_error",
    }
}

impl EventError {
    /// The client's fault, with a code.
    pub fn of(code: &'static str, message: impl Into<String>) -> EventError {
        EventError {
            kind: "invalid_request_error",
            code: Some(code),
            param: None,
            message: message.into(),
        }
    }

    /// A field that cannot be used.
    pub fn invalid(param: &str, message: impl Into<String>) -> EventError {
        EventError {
            param: Some(param.to_owned()),
            ..EventError::of("invalid_value", message)
        }
    }

    /// A field whose value is of another kind than it has.
    pub fn unusable(param: &str) -> EventError {
        EventError::invalid(param, format!("{param} cannot have this value"))
    }

    /// A field that is not there.
    pub fn missing(param: &str) -> EventError {
        EventError {
            param: Some(param.to_owned()),
            ..EventError::of("missing_required_parameter", format!("{param} is missing"))
        }
    }

    /// The event's `error`; `event_id` is the client's.
    pub fn value(&self, event_id: Option<&str>) -> Value {
        json!({"type": self.kind, "code": self.code, "message": self.message, "param": self.param, "event_id": event_id})
    }
}
