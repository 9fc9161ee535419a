//! What is wrong with a request.

/// What is wrong with a request: the field, and a sentence that names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadField {
    /// The field's name as OpenAI's errors give it in `param`; `None` when the body as a whole is wrong.
    pub param: Option<&'static str>,
    /// The sentence.
    pub message: String,
}

impl BadField {
    /// A refusal of `param`; the message names it.
    pub fn of(param: &'static str, message: impl Into<String>) -> Self {
        Self {
            param: Some(param),
            message: message.into(),
        }
    }
}
