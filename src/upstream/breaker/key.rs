//! The name of one breaker: `operation:provider:model`, which is also its Durable Coordinator's name.
//!
//! Invariant: printing and parsing are inverse; operation and provider are free of `:`, a model may hold anything
//! printable (`@cf/baai/bge-small-en-v1.5`, `llama3:8b`).

use crate::config::{ChainKind, MODEL_BYTES_MAX};

/// Longest key that is taken from outside, in bytes.
pub const KEY_BYTES_MAX: usize = 256;
const _: () = assert!(MODEL_BYTES_MAX + "transcription:elevenlabs:".len() <= KEY_BYTES_MAX);

/// One breaker's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What is asked.
    pub operation: ChainKind,
    /// Who is asked: `groq`, `elevenlabs`, ...
    pub provider: String,
    /// Which of its models.
    pub model: String,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}:{}:{}",
            self.operation.operation(),
            self.provider,
            self.model
        )
    }
}

/// Text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a breaker's key is operation:provider:model, where operation is chat, speech, transcription or embeddings"
)]
pub struct KeyError;

impl std::str::FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.len() > KEY_BYTES_MAX || text.chars().any(char::is_control) {
            return Err(KeyError);
        }
        let mut parts = text.splitn(3, ':');
        let (Some(operation), Some(provider), Some(model)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(KeyError);
        };
        let operation = ChainKind::ALL
            .into_iter()
            .find(|one| one.operation() == operation)
            .ok_or(KeyError)?;
        if provider.is_empty() || model.is_empty() {
            return Err(KeyError);
        }
        Ok(Self {
            operation,
            provider: provider.to_owned(),
            model: model.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_prints_what_it_was_parsed_from() {
        for text in [
            "chat:groq:llama-3.3-70b",
            "embeddings:workers-ai:@cf/baai/bge",
            "chat:ollama:llama3:8b",
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn broken_keys_are_refused() {
        for text in [
            "",
            "chat",
            "chat:groq",
            "chat::m",
            "chat:groq:",
            "paint:groq:m",
            "chat:groq:a\nb",
        ] {
            assert_eq!(text.parse::<Key>(), Err(KeyError), "{text:?}");
        }
    }
}
