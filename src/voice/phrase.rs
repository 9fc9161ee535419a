//! One phrase of a reply: what is to be said, what becomes of it, and who speaks it.

use futures::channel::mpsc::UnboundedSender;
use futures::future::LocalBoxFuture;

use super::clip_key::Codec;
use super::phrase_cache::CachedClip;
use crate::audio::StreamTarget;
use crate::upstream::chain::AttemptRecord;
use crate::upstream::outcome::Failure;

/// One phrase to be spoken.
#[derive(Clone, Debug, PartialEq)]
pub struct Say {
    /// The words.
    pub text: String,
    /// What was said just before; such sound fits only here, so it is never kept.
    pub previous_text: Option<String>,
}

/// What becomes of a phrase.
pub enum PhraseOutcome {
    /// Bytes of its sound.
    Bytes(Vec<u8>),
    /// All of its sound: it was kept.
    Kept {
        /// The sound.
        kept: CachedClip,
        /// Where it lies.
        key: String,
    },
    /// All bytes have come. Whether the sound is whole, its container tells.
    Whole(Made),
    /// It broke off after its sound had begun.
    Broken(Failure),
    /// Nobody could speak it: why each attempt failed.
    Unspoken(Vec<Failure>),
}

/// How a phrase was made.
pub struct Made {
    /// To be settled by whoever reads the container.
    pub record: AttemptRecord,
    /// From the request to the first sound, milliseconds.
    pub first_ms: u32,
    /// Where its clip may be kept: by the preferred provider, and without regard to what came before it.
    pub keep_as: Option<KeepAs>,
}

/// Where a clip may be kept.
pub struct KeepAs {
    /// The key.
    pub key: String,
    /// The voice as the provider knows it.
    pub voice: String,
}

/// Speaks the phrases of one reply.
pub trait PhraseVoice {
    /// The stream that they become.
    fn stream(&self) -> StreamTarget;

    /// In what form their clips may be kept, if they may.
    fn kept_codec(&self) -> Option<Codec>;

    /// Most characters of one phrase.
    fn phrase_chars_max(&self) -> usize;

    /// Whether nothing is to be spoken.
    fn is_mute(&self) -> bool {
        false
    }

    /// Whether the stream says that it is made.
    fn is_marked(&self) -> bool {
        true
    }

    /// What a provider should be told of what came before `text`.
    fn previous_text(&self, said: &str, text: &str) -> Option<String>;

    /// Speaks one phrase; `out` gets everything that becomes of it, tagged with `index`, its end last.
    fn speak(
        &self,
        index: usize,
        say: Say,
        out: UnboundedSender<(usize, PhraseOutcome)>,
    ) -> LocalBoxFuture<'_, ()>;
}
