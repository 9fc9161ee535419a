//! Whether an uploaded recording is whole, before a provider is paid to find out.
//!
//! Tells the container from the bytes and walks its outer structure once: sizes in headers are compared with what is
//! there, never believed. [`inspect`] answers in time linear in the size and allocates next to nothing. The walk is
//! lenient where real recorders are (open-ended sizes, no last page, tags) and says plainly what is broken
//! otherwise. Whether there is speech in it is not decided here.

mod ebml;
mod flac;
mod mp4;
mod ogg;
mod walked;
mod wav;

use super::mp3::Mp3Reader;
use super::sniff::{Container, Sniff, sniff_whole};
pub use walked::Fault;
use walked::Walked;

/// The largest upload, 25 MiB as OpenAI counts.
pub const UPLOAD_BYTES_MAX: usize = 25 << 20;

/// A recording that looks whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    /// Its media type and extension, to forward it with.
    pub container: Container,
    /// How long it plays, where the container tells cheaply.
    pub duration_ms: Option<u64>,
}

/// Why a recording is refused. Each displays as one sentence for the person who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// More than [`UPLOAD_BYTES_MAX`].
    #[error("the file has {bytes} bytes, more than {UPLOAD_BYTES_MAX}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Text or an unknown format.
    #[error("the file is not audio: send wav, mp3, ogg, webm, m4a or flac")]
    NotAudio,
    /// Audio of a kind that is not taken.
    #[error("{} is not supported: send wav, mp3, ogg, webm, m4a or flac", container.content_type())]
    Unsupported {
        /// What it is.
        container: Container,
    },
    /// The container is cut or damaged.
    #[error("the {} file is broken: {fault}", container.extension())]
    Broken {
        /// What it claims to be.
        container: Container,
        /// What is wrong.
        fault: Fault,
    },
}

/// Looks at a whole file.
pub fn inspect(file: &[u8]) -> Result<Upload, UploadError> {
    if file.is_empty() {
        return Err(UploadError::Empty);
    }
    if file.len() > UPLOAD_BYTES_MAX {
        return Err(UploadError::TooLarge { bytes: file.len() });
    }
    let Sniff::Audio(container) = sniff_whole(file) else {
        return Err(UploadError::NotAudio);
    };
    let walked = match container {
        Container::Wav => wav::walk(file),
        Container::Mp3 => walk_mp3(file),
        Container::OggOpus => ogg::walk_opus(file),
        Container::OggOther => ogg::walk_other(file),
        Container::Webm => ebml::walk(file),
        Container::Mp4 => mp4::walk(file),
        Container::Flac => flac::walk(file),
        Container::Matroska | Container::Adts => return Err(UploadError::Unsupported { container }),
    };
    match walked {
        Ok(duration_ms) => Ok(Upload {
            container,
            duration_ms,
        }),
        Err(fault) => Err(UploadError::Broken { container, fault }),
    }
}

/// Recorders stop MP3 anywhere: half a last frame is fine, no frame at all is not.
fn walk_mp3(file: &[u8]) -> Walked {
    let (mut reader, mut frames) = (Mp3Reader::new(), Vec::new());
    for piece in file.chunks(1 << 16) {
        reader.feed(piece, &mut frames).map_err(|_| Fault::Damaged)?;
        frames.clear();
    }
    reader.finish(&mut frames).map_err(|_| Fault::Damaged)?;
    match (reader.frames(), reader.is_truncated()) {
        (0, true) => Err(Fault::Truncated),
        (0, false) => Err(Fault::NoSound),
        _ => Ok(Some(reader.duration_ms())),
    }
}

#[cfg(test)]
mod tests;
