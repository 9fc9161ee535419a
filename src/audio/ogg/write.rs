//! Opus packets into one Ogg stream, page by page, while they are made (RFC 7845).
//!
//! One logical stream from the first byte to the last: one serial number, running page numbers, granules that count
//! every sample including the pre-skip. A page never splits a packet.

use super::page::{BEGINS, ENDS, NO_GRANULE, PAGE_BYTES_MAX, PAGE_HEADER_BYTES, PAGE_SEGMENTS_MAX, crc};
use crate::audio::mark;
use crate::audio::opus::{OpusHead, PACKET_BYTES_MAX};

/// Any number will do: streams written here are never multiplexed or chained.
const SERIAL: u32 = u32::from_be_bytes(*b"hear");
const VENDOR: &[u8] = b"hearken";

// A packet alone always fits on a page.
const _: () = assert!(PACKET_BYTES_MAX / 255 < PAGE_SEGMENTS_MAX && PACKET_BYTES_MAX < PAGE_BYTES_MAX);

/// Writes pages; the queue of packets belongs to the caller.
#[derive(Debug)]
pub(in crate::audio) struct OggWriter {
    sequence: u32,
    granule: u64,
}

impl OggWriter {
    pub fn new() -> Self {
        Self {
            sequence: 0,
            granule: 0,
        }
    }

    /// The two header pages.
    pub fn header(&mut self, head: &OpusHead, is_marked: bool, out: &mut Vec<u8>) {
        let head = head.to_bytes();
        self.page(BEGINS, &[head.as_slice()], out);
        let mut tags = b"OpusTags".to_vec();
        text(VENDOR, &mut tags);
        tags.extend_from_slice(&u32::from(is_marked).to_le_bytes());
        if is_marked {
            text(mark::LINE.as_bytes(), &mut tags);
        }
        self.page(0, &[tags.as_slice()], out);
    }

    /// As many pages as the packets need, usually one. `end_trim` makes the last of them the end of the stream, also
    /// when there are no packets.
    pub fn packets(&mut self, packets: &[(&[u8], u32)], end_trim: Option<u32>, out: &mut Vec<u8>) {
        let mut rest = packets;
        loop {
            let (page, after) = rest.split_at_checked(fitting(rest)).unwrap_or((rest, &[]));
            rest = after;
            self.granule += page.iter().map(|&(_, samples)| u64::from(samples)).sum::<u64>();
            let bodies: Vec<&[u8]> = page.iter().map(|&(bytes, _)| bytes).collect();
            match (rest.is_empty(), end_trim) {
                // No packet ends on an empty last page, so it has no granule (RFC 7845 §4).
                (true, Some(_)) if bodies.is_empty() => {
                    self.granule = NO_GRANULE;
                    self.page(ENDS, &bodies, out);
                }
                (true, Some(trim)) => {
                    self.granule = self.granule.saturating_sub(u64::from(trim));
                    self.page(ENDS, &bodies, out);
                }
                (true, None) if bodies.is_empty() => {}
                _ => self.page(0, &bodies, out),
            }
            if rest.is_empty() {
                return;
            }
        }
    }

    fn page(&mut self, flags: u8, packets: &[&[u8]], out: &mut Vec<u8>) {
        let start = out.len();
        let segments: usize = packets.iter().map(|packet| packet.len() / 255 + 1).sum();
        let body_bytes: usize = packets.iter().map(|packet| packet.len()).sum();
        out.reserve(PAGE_HEADER_BYTES + segments + body_bytes);
        out.extend_from_slice(b"OggS\0");
        out.push(flags);
        out.extend_from_slice(&self.granule.to_le_bytes());
        out.extend_from_slice(&SERIAL.to_le_bytes());
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.push(u8::try_from(segments).unwrap_or(u8::MAX));
        for packet in packets {
            out.extend(std::iter::repeat_n(255, packet.len() / 255));
            out.push(u8::try_from(packet.len() % 255).unwrap_or_default());
        }
        for packet in packets {
            out.extend_from_slice(packet);
        }
        let checksum = crc(0, out.get(start..).unwrap_or_default());
        for (place, byte) in out.iter_mut().skip(start + 22).zip(checksum.to_le_bytes()) {
            *place = byte;
        }
        self.sequence = self.sequence.wrapping_add(1);
    }
}

/// A text of a header, after its length.
fn text(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or_default().to_le_bytes());
    out.extend_from_slice(bytes);
}

/// How many of the packets fit on one page.
fn fitting(packets: &[(&[u8], u32)]) -> usize {
    let mut segments = 0;
    packets
        .iter()
        .take_while(|(bytes, _)| {
            segments += bytes.len() / 255 + 1;
            segments <= PAGE_SEGMENTS_MAX
        })
        .count()
}
