//! What comes of walking a container's outer structure.

/// What is wrong with a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It stops before its own structure ends.
    #[error("it is cut off")]
    Truncated,
    /// Its structure makes no sense.
    #[error("its structure is damaged")]
    Damaged,
    /// A whole container without an audio track of a known kind.
    #[error("it has no audio track")]
    NoTrack,
    /// A whole container whose audio track is empty.
    #[error("it has no sound in it")]
    NoSound,
}

/// What a format's walk answers: a duration if it is known.
pub(super) type Walked = Result<Option<u64>, Fault>;
