//! What chains of providers there are.

/// What a chain of providers is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChainKind {
    /// Chat completions.
    Llm,
    /// Speech synthesis.
    Tts,
    /// Transcription.
    Stt,
    /// Embeddings.
    Embed,
    /// Words while somebody speaks.
    Listen,
    /// Whether a turn is over, by its sound.
    EndOfTurn,
}

impl ChainKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [ChainKind; 6] = [
        ChainKind::Llm,
        ChainKind::Tts,
        ChainKind::Stt,
        ChainKind::Embed,
        ChainKind::Listen,
        ChainKind::EndOfTurn,
    ];

    /// The chain's own variable, and the prefix of its others.
    pub const fn variable(self) -> &'static str {
        match self {
            ChainKind::Llm => "LLM",
            ChainKind::Tts => "TTS",
            ChainKind::Stt => "STT",
            ChainKind::Embed => "EMBED",
            ChainKind::Listen => "LISTEN",
            ChainKind::EndOfTurn => "END_OF_TURN",
        }
    }

    /// What is asked of its providers: the operation's name in breaker keys, logs and metrics.
    pub const fn operation(self) -> &'static str {
        match self {
            ChainKind::Llm => "chat",
            ChainKind::Tts => "speech",
            ChainKind::Stt => "transcription",
            ChainKind::Embed => "embeddings",
            ChainKind::Listen => "listening",
            ChainKind::EndOfTurn => "end_of_turn",
        }
    }

    /// Whether a chain may be `off`.
    pub const fn can_be_off(self) -> bool {
        matches!(self, ChainKind::Embed | ChainKind::Listen | ChainKind::EndOfTurn)
    }
}
