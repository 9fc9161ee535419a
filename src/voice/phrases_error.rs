//! Why something of the phrase cache could not be done.

/// Why something of the phrase cache could not be done. Details are for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhrasesError {
    /// Switched off.
    #[error("the phrase cache is switched off (PHRASE_CACHE=off)")]
    Off,
    /// No binding.
    #[error("the KV namespace PHRASES is not bound")]
    NoStore,
    /// Nothing can be warmed.
    #[error("no provider of the TTS chain can make Opus, the form in which phrases are cached")]
    NoOpus,
    /// Larger than a clip may be.
    #[error("the clip is too large")]
    TooLarge,
    /// The store failed.
    #[error("the phrase store failed")]
    Store(String),
    /// The phrasebook failed.
    #[error("the phrasebook cannot be reached")]
    Phrasebook(String),
    /// The phrasebook did not answer in time.
    #[error("the phrasebook did not answer in time")]
    Late,
}

impl PhrasesError {
    /// The error with its detail, for the log.
    pub fn problem(&self) -> String {
        match self {
            PhrasesError::Store(detail) | PhrasesError::Phrasebook(detail) => format!("{self}: {detail}"),
            _ => self.to_string(),
        }
    }
}
