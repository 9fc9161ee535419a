//! Why a client's event was not done: the `error` event. Pure.

use serde_json::{Value, json};

/// An error, as the wire has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// OpenAI's type.
    pub kind: &'static str,
    /// OpenAI's code, where it has one.
    pub code: Option<&'static str>,
    /// The field that is wrong.
    pub param: Option<String>,
    /// One sentence.
    pub message: String,
}

impl Refusal {
    /// The client's fault, with a code.
    pub fn of(code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            kind: "invalid_request_error",
            code: Some(code),
            param: None,
            message: message.into(),
        }
    }

    /// A field that cannot be used.
    pub fn invalid(param: &str, message: impl Into<String>) -> Refusal {
        Refusal {
            param: Some(param.to_owned()),
            ..Refusal::of("invalid_value", message)
        }
    }

    /// A field that is not there.
    pub fn missing(param: &str) -> Refusal {
        Refusal {
            param: Some(param.to_owned()),
            ..Refusal::of("missing_required_parameter", format!("{param} is missing"))
        }
    }

    /// The event's `error`; `event_id` is the client's.
    pub fn value(&self, event_id: Option<&str>) -> Value {
        json!({"type": self.kind, "code": self.code, "message": self.message, "param": self.param, "event_id": event_id})
    }
}
