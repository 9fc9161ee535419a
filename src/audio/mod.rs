//! Containers of encoded audio: Opus packets in and out of Ogg, WebM and MP4; MP3 frames; WAV; recognition. Pure.
//!
//! | File | What it knows |
//! |---|---|
//! | `sniff` | which container a body is, from its first bytes |
//! | `opus` | packets, their durations, the stream header |
//! | `ogg` | packets out of Ogg, pages into it |
//! | `mux` | packets into Ogg, WebM or fragmented MP4 while they are made |
//! | `mark` | what containers say of sound that is made |
//! | `mp3` | MPEG audio frames |
//! | `wav` | 16-bit PCM in and out of WAV |
//! | `clip` | one utterance as bare packets, the form in which speech is kept |
//! | `remux` | a provider's bytes into one stream for a listener: what the rest of the house uses |
//! | `adpcm` | samples in a quarter of their bytes, to be kept |
//! | `g711` | µ-law and A-law, the codes of telephones |
//! | `resample` | samples at another rate |
//! | `upload` | whether an uploaded recording is whole |
//!
//! What is compressed is never decoded or encoded. All input is hostile: nothing panics, every buffer has a bound, every reader
//! gives the same output however its input is cut.

pub mod adpcm;
mod bytes;
mod clip;
pub mod frame;
pub mod g711;
mod mark;
pub mod mp3;
mod mux;
pub mod ogg;
pub mod opus;
mod remux;
pub mod resample;
mod sniff;
#[cfg(test)]
mod testing;
pub mod upload;
pub mod wav;

pub use clip::{CLIP_BYTES_MAX, CLIP_VERSION, Clip, ClipBuilder, ClipError};
pub use mux::{OpusContainer, OpusMuxer};
pub use remux::{ClipReport, Likeness, RemuxError, Remuxer, StreamTarget};
pub use sniff::{Container, SNIFF_BYTES_MAX, Sniff, sniff, sniff_whole};
