//! Native FLAC (RFC 9639): stream information first, metadata blocks that fit, then a frame.

use super::walked::{Fault, Walked};
use crate::audio::bytes;

const STREAM_INFO_BYTES: usize = 34;

pub(super) fn walk(file: &[u8]) -> Walked {
    let mut rest = bytes::tail(file, 4);
    let mut duration_ms = None;
    let mut is_first = true;
    loop {
        let header = bytes::u32_be(rest, 0).ok_or(Fault::Truncated)?;
        let (is_last, kind, length) = (
            header >> 31 == 1,
            (header >> 24) & 0x7F,
            (header & 0x00FF_FFFF) as usize,
        );
        let body = rest.get(4..4 + length).ok_or(Fault::Truncated)?;
        rest = bytes::tail(rest, 4 + length);
        if is_first {
            if kind != 0 || length != STREAM_INFO_BYTES {
                return Err(Fault::Damaged);
            }
            duration_ms = stream_info(body)?;
            is_first = false;
        }
        if is_last {
            break;
        }
    }
    match rest {
        [] => Err(Fault::NoSound),
        [_] => Err(Fault::Truncated),
        // The sync code of a frame, fixed or variable block size.
        [0xFF, 0xF8 | 0xF9, ..] => Ok(duration_ms),
        _ => Err(Fault::Damaged),
    }
}

/// 20 bits of sample rate, 3 of channels, 5 of depth, 36 of sample count stand 10 bytes in.
fn stream_info(body: &[u8]) -> Walked {
    let fields = bytes::u64_be(body, 10).ok_or(Fault::Damaged)?;
    let sample_rate = fields >> 44;
    let samples = fields & 0xF_FFFF_FFFF;
    if sample_rate == 0 {
        return Err(Fault::Damaged);
    }
    Ok((samples > 0).then(|| samples * 1_000 / sample_rate))
}
