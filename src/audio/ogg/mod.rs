//! Ogg (RFC 3533) and Opus inside it (RFC 7845): pages, finding them in a stream of bytes, packets out of them and
//! packets into them.

mod page;
mod read;
mod sync;
mod write;

pub(super) use page::OggPage;
pub use read::{OggError, OggEvent, OggReader, OggSummary};
pub(super) use sync::PageFinder;
pub use sync::SyncError;
pub(super) use write::OggWriter;

#[cfg(test)]
mod tests;
