//! The name of one breaker: `operation:provider:model`, which is also its Durable Object's name.
//!
//! Invariant: printing and parsing are inverse; operation and provider are free of `:`, a model may hold anything
//! printable (`@cf/baai/bge-small-en-v1.5`, `llama3:8b`).

use crate::wire::escapes::decoded;

/// What is asked of a provider; each operation has its own fallback chain and its own prefix of variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// A language model's answer; chain `LLM`.
    Chat,
    /// Synthesis; chain `TTS`.
    Speech,
    /// Hearing; chain `STT`.
    Transcription,
    /// Vectors; chain `EMBED`.
    Embeddings,
}

impl Operation {
    /// All operations, in the order of their chains.
    pub const ALL: [Self; 4] = [Self::Chat, Self::Speech, Self::Transcription, Self::Embeddings];

    /// The operation as a key's first part.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Speech => "speech",
            Self::Transcription => "transcription",
            Self::Embeddings => "embeddings",
        }
    }

    /// The variable of its fallback chain, and the prefix of its breaker's overrides.
    pub const fn chain(self) -> &'static str {
        match self {
            Self::Chat => "LLM",
            Self::Speech => "TTS",
            Self::Transcription => "STT",
            Self::Embeddings => "EMBED",
        }
    }
}

/// Longest key that is taken from outside, in bytes.
pub const KEY_BYTES_MAX: usize = 256;

/// One breaker's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What is asked.
    pub operation: Operation,
    /// Who is asked: `groq`, `elevenlabs`, ...
    pub provider: String,
    /// Which of its models.
    pub model: String,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.operation.name(), self.provider, self.model)
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
        let operation = Operation::ALL
            .into_iter()
            .find(|one| one.name() == operation)
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

impl Key {
    /// Reads a key from a URL's path segment, where any byte (in practice `:` and `/`) may be percent-encoded.
    pub fn from_path(segment: &str) -> Result<Self, KeyError> {
        if segment.len() > 3 * KEY_BYTES_MAX {
            return Err(KeyError);
        }
        decoded(segment).ok_or(KeyError)?.parse()
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
    fn path_segment_may_be_encoded_or_not() {
        let key = Key::from_path("embeddings%3Aworkers-ai%3a%40cf%2Fbaai%2Fbge").unwrap();
        assert_eq!(key.to_string(), "embeddings:workers-ai:@cf/baai/bge");
        assert_eq!(Key::from_path("embeddings:workers-ai:@cf/baai/bge").unwrap(), key);
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
        for path in ["chat%3", "chat:groq:%zz", "chat:groq:%ff", &"x".repeat(10_000)] {
            assert_eq!(Key::from_path(path), Err(KeyError), "{path:?}");
        }
    }
}
