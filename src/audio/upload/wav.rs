//! RIFF WAVE of any encoding: a format chunk that makes sense, then samples that are really there.

use super::walked::{Fault, Walked};
use crate::audio::bytes;
use crate::audio::wav::{FormatChunk, OPEN_ENDED_BYTES_MIN};

/// Encodings whose duration follows from their size: PCM, float, A-law and mu-law.
const FIXED_RATE_TAGS: [u16; 4] = [1, 3, 6, 7];

/// How much more than is there a header may tell: writers that count the file instead of the samples are off by their
/// header (44 bytes, more with metadata). A recording that lacks more was cut off on its way.
const EXCESS_BYTES_MAX: usize = 512;

pub(super) fn walk(file: &[u8]) -> Walked {
    let mut rest = bytes::tail(file, 12);
    let mut format = None;
    loop {
        let Some((header, body)) = rest.split_at_checked(8) else {
            return Err(Fault::Truncated);
        };
        let told_bytes = bytes::u32_le(header, 4).unwrap_or_default();
        let chunk_bytes = usize::try_from(told_bytes).unwrap_or(usize::MAX);
        if header.starts_with(b"data") {
            let format = format.ok_or(Fault::Damaged)?;
            let is_open = told_bytes == 0 || told_bytes >= OPEN_ENDED_BYTES_MIN;
            return samples(format, if is_open { None } else { Some(chunk_bytes) }, body.len());
        }
        let whole = body.get(..chunk_bytes).ok_or(Fault::Truncated)?;
        if header.starts_with(b"fmt ") {
            format = Some(FormatChunk::parse(whole).ok_or(Fault::Damaged)?);
        }
        // An odd chunk is padded (RIFF specification), which some writers forget.
        let is_unpadded = [b"data", b"fmt "]
            .iter()
            .any(|name| bytes::tail(body, chunk_bytes).starts_with(*name));
        let padding = usize::from(chunk_bytes & 1 == 1 && !is_unpadded);
        rest = bytes::tail(body, chunk_bytes.saturating_add(padding));
    }
}

fn samples(format: FormatChunk, told_bytes: Option<usize>, there_bytes: usize) -> Walked {
    let frame_bytes = usize::from(format.frame_bytes);
    let told_bytes = told_bytes.unwrap_or(there_bytes);
    let data_bytes = told_bytes.min(there_bytes);
    if data_bytes < frame_bytes {
        return Err(Fault::NoSound);
    }
    if told_bytes - data_bytes > EXCESS_BYTES_MAX {
        return Err(Fault::Truncated);
    }
    let frames = (data_bytes / frame_bytes) as u64;
    let is_fixed_rate = FIXED_RATE_TAGS.contains(&format.tag);
    Ok(is_fixed_rate.then(|| frames * 1_000 / u64::from(format.sample_rate)))
}
