//! Finding pages in bytes that arrive in pieces.
//!
//! Every page is handed out once, in order, only with a right checksum, and where the pieces were cut makes no
//! difference. Damage is skipped, within bounds: a stream that is not Ogg fails on its first bytes, one that loses
//! its way fails after [`SKIPPED_BYTES_MAX`] bytes or [`CORRUPT_PAGES_MAX`] broken pages. Memory: one page.

use super::page::{self, CAPTURE, OggPage, PAGE_BYTES_MAX, Parsed};
use crate::audio::bytes;

/// The most bytes between pages that are forgiven, over a whole stream. A damaged page is at most 65,307.
pub(super) const SKIPPED_BYTES_MAX: usize = 2 * PAGE_BYTES_MAX;
/// The most pages with a wrong checksum, which also bounds the work spent on them.
pub(super) const CORRUPT_PAGES_MAX: u32 = 8;

/// Why no more pages can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// The first bytes are not a page.
    #[error("not an Ogg stream")]
    NotOgg,
    /// Too much damage.
    #[error("the Ogg stream is damaged: {skipped_bytes} bytes outside pages, {corrupt_pages} corrupt pages")]
    Lost {
        /// Bytes that belong to no page.
        skipped_bytes: usize,
        /// Pages with a wrong checksum.
        corrupt_pages: u32,
    },
}

/// Holds the bytes of the page that is not complete yet.
#[derive(Debug, Default)]
pub(in crate::audio) struct PageFinder {
    buffer: Vec<u8>,
    /// No page can be told before the buffer has so many bytes.
    needed_bytes: usize,
    found_any: bool,
    skipped_bytes: usize,
    corrupt_pages: u32,
}

impl PageFinder {
    /// Takes the next bytes and shows every page they complete. Stops at the first error, ours or the visitor's.
    pub fn feed<E: From<SyncError>>(
        &mut self,
        input: &[u8],
        visit: &mut impl FnMut(&OggPage<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.buffer.extend_from_slice(input);
        if self.buffer.len() < self.needed_bytes {
            return Ok(());
        }
        let buffer = std::mem::take(&mut self.buffer);
        let mut used = 0;
        let result = self.walk(&buffer, &mut used, visit);
        self.buffer = buffer;
        self.buffer.drain(..used.min(self.buffer.len()));
        result
    }

    fn walk<E: From<SyncError>>(
        &mut self,
        buffer: &[u8],
        used: &mut usize,
        visit: &mut impl FnMut(&OggPage<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let rest = bytes::tail(buffer, *used);
            match page::parse(rest) {
                Parsed::NeedBytes(needed) => {
                    self.needed_bytes = needed;
                    return Ok(());
                }
                Parsed::Page(page, page_bytes) => {
                    self.found_any = true;
                    *used += page_bytes;
                    visit(&page)?;
                }
                Parsed::Corrupt => {
                    self.corrupt_pages += 1;
                    *used += self.skip_to_next(rest)?;
                }
                Parsed::Nothing if !self.found_any && self.corrupt_pages == 0 => {
                    return Err(SyncError::NotOgg.into());
                }
                Parsed::Nothing => *used += self.skip_to_next(rest)?,
            }
        }
    }

    /// How many bytes to pass over until something looks like a page again, at least one.
    fn skip_to_next(&mut self, rest: &[u8]) -> Result<usize, SyncError> {
        let distance = (1..rest.len()).find(|&at| {
            let here = bytes::tail(rest, at);
            CAPTURE.starts_with(here) || here.starts_with(&CAPTURE)
        });
        let distance = distance.unwrap_or(rest.len());
        self.skipped_bytes += distance;
        if self.skipped_bytes > SKIPPED_BYTES_MAX || self.corrupt_pages > CORRUPT_PAGES_MAX {
            let (skipped_bytes, corrupt_pages) = (self.skipped_bytes, self.corrupt_pages);
            return Err(SyncError::Lost {
                skipped_bytes,
                corrupt_pages,
            });
        }
        Ok(distance)
    }

    /// Whether anything had to be passed over.
    pub fn was_damaged(&self) -> bool {
        self.skipped_bytes > 0
    }

    /// Whether part of a page is still waiting for its end.
    pub fn is_mid_page(&self) -> bool {
        !self.buffer.is_empty()
    }
}
