//! What a stream is to be, what its clips must have in common, and what becomes of each.

use crate::audio::clip::Clip;
use crate::audio::mp3::{FrameHeader, Mp3Error};
use crate::audio::mux::OpusContainer;
use crate::audio::ogg::OggError;
use crate::audio::opus::OpusHead;
use crate::audio::sniff::Container;
use crate::audio::wav::{PcmFormat, WavError};

/// What the listener gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamTarget {
    /// Opus in a container.
    Opus(OpusContainer),
    /// MP3 frames.
    Mp3,
    /// WAV of unknown length, in the format of the first clip.
    Wav,
    /// Raw samples, [`PcmFormat::SPEECH`].
    Pcm,
    /// Clips of this container as they come: several of ADTS, whose frames stand by themselves, one of any other.
    Whole(Container),
}

impl StreamTarget {
    /// The media type to declare.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Opus(container) => container.content_type(),
            Self::Mp3 => Container::Mp3.content_type(),
            Self::Wav => Container::Wav.content_type(),
            Self::Pcm => "audio/pcm;rate=24000;channels=1",
            Self::Whole(container) => container.content_type(),
        }
    }
}

/// Why a clip cannot go on. Nothing is lost: what was made before the error comes with the next flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RemuxError {
    /// The body is JSON, HTML or other text.
    #[error("the body is text, not audio")]
    Text,
    /// The body is no container known here.
    #[error("the body is not audio")]
    NotAudio,
    /// Audio, but of a kind that cannot become the target.
    #[error("the audio is {}, which cannot become what was asked for", got.content_type())]
    Unexpected {
        /// What it is.
        got: Container,
    },
    /// The clip ended without any sound.
    #[error("the body has no audio in it")]
    NoAudio,
    /// The clip does not fit the stream that was begun: another number of channels, rate or gain.
    #[error("the clip does not fit the stream it is to continue")]
    Differs,
    /// The samples are in another format than the target has.
    #[error("the samples are {} Hz with {} channels", got.sample_rate, got.channels)]
    PcmFormat {
        /// What they are.
        got: PcmFormat,
    },
    /// A broken Ogg stream.
    #[error(transparent)]
    Ogg(#[from] OggError),
    /// A broken MP3 stream.
    #[error(transparent)]
    Mp3(#[from] Mp3Error),
    /// A broken WAV stream.
    #[error(transparent)]
    Wav(#[from] WavError),
}

/// What all clips of a stream must have in common, because its head tells it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Of Opus.
    Opus {
        /// 1 or 2.
        channels: u8,
        /// The head's output gain, as RFC 7845 §5.1 has it.
        gain_q8: i16,
    },
    /// Of MP3: rate and channels.
    Mp3(FrameHeader),
}

impl Likeness {
    /// Of a clip with this head.
    #[must_use]
    pub fn of(head: OpusHead) -> Self {
        Self::Opus {
            channels: head.channels,
            gain_q8: head.gain_q8,
        }
    }

    /// Whether both can be in one stream.
    #[must_use]
    pub fn fits(&self, other: &Likeness) -> bool {
        match (self, other) {
            (Self::Mp3(one), Self::Mp3(other)) => one.fits(other),
            _ => self == other,
        }
    }
}

/// What became of a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipReport {
    /// Bytes to send now.
    pub bytes: Vec<u8>,
    /// The container stopped before its end (an Ogg stream without its last page, half an MP3 frame, ...) or
    /// parts of it were damaged. Never keep such a clip.
    pub is_truncated: bool,
    /// How long it plays.
    pub duration_ms: u64,
    /// Its packets, if [`super::Remuxer::collect_clips`] was asked for and the clip is Opus, complete and not too large.
    pub clip: Option<Clip>,
}
