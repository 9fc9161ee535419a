//! Ogg: pages with right checksums, a codec that is audio, and at least one packet of sound. A file that stops
//! between two pages passes, as recorders leave it; one that stops inside a page does not.

use super::walked::{Fault, Walked};
use crate::audio::bytes;
use crate::audio::ogg::{OggError, OggEvent, OggPage, OggReader, PageFinder, SyncError};
use crate::audio::opus::{HeadError, SAMPLES_PER_SECOND};

const PIECE_BYTES: usize = 1 << 16;

pub(super) fn walk_opus(file: &[u8]) -> Walked {
    let (mut reader, mut events) = (OggReader::new(), Vec::new());
    let (mut samples, mut unheard_samples) = (0u64, 0u64);
    for piece in file.chunks(PIECE_BYTES) {
        reader.feed(piece, &mut events).map_err(fault)?;
        for event in events.drain(..) {
            match event {
                OggEvent::Head(head) => unheard_samples += u64::from(head.pre_skip),
                OggEvent::Packet(packet) => samples += u64::from(packet.samples()),
                OggEvent::End { trim_samples } => unheard_samples += u64::from(trim_samples),
                OggEvent::PageEnd => {}
            }
        }
    }
    if reader.is_mid_page() {
        return Err(Fault::Truncated);
    }
    if reader.finish().is_damaged {
        return Err(Fault::Damaged);
    }
    if samples == 0 {
        return Err(Fault::NoSound);
    }
    Ok(Some(
        samples.saturating_sub(unheard_samples) * 1_000 / u64::from(SAMPLES_PER_SECOND),
    ))
}

fn fault(error: OggError) -> Fault {
    match error {
        OggError::NoOpus | OggError::Head(HeadError::Unsupported { .. }) => Fault::NoTrack,
        _ => Fault::Damaged,
    }
}

/// What is learnt of a stream that is not Opus.
#[derive(Default)]
struct OtherStream {
    sample_rate: Option<u32>,
    has_audio: bool,
    last_granule: u64,
}

pub(super) fn walk_other(file: &[u8]) -> Walked {
    let mut finder = PageFinder::default();
    let mut stream = OtherStream::default();
    let mut visit = |page: &OggPage<'_>| -> Result<(), SyncError> {
        if page.begins_stream() {
            let codec = identify(page.body);
            stream.has_audio |= codec.is_some();
            stream.sample_rate = stream.sample_rate.or(codec.flatten());
        } else {
            stream.last_granule = stream.last_granule.max(page.granule.unwrap_or_default());
        }
        Ok(())
    };
    for piece in file.chunks(PIECE_BYTES) {
        finder.feed(piece, &mut visit).map_err(|_| Fault::Damaged)?;
    }
    if finder.is_mid_page() {
        return Err(Fault::Truncated);
    }
    if finder.was_damaged() {
        return Err(Fault::Damaged);
    }
    if !stream.has_audio {
        return Err(Fault::NoTrack);
    }
    if stream.last_granule == 0 {
        return Err(Fault::NoSound);
    }
    let rate = stream.sample_rate.map(u64::from).filter(|&rate| rate > 0);
    Ok(rate.map(|rate| stream.last_granule.saturating_mul(1_000) / rate))
}

/// `Some` for an audio codec; inside it the sample rate, where the first packet tells it at a fixed place.
fn identify(packet: &[u8]) -> Option<Option<u32>> {
    if packet.starts_with(b"\x01vorbis") {
        return Some(bytes::u32_le(packet, 12));
    }
    if packet.starts_with(b"Speex   ") {
        return Some(bytes::u32_le(packet, 36));
    }
    if packet.starts_with(b"\x7FFLAC") {
        return Some(bytes::u32_be(packet, 27).map(|field| field >> 12));
    }
    packet.starts_with(b"OpusHead").then_some(None)
}
