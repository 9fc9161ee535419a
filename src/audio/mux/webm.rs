//! Opus packets into WebM (RFC 9559, and its Opus mapping) while they are made.
//!
//! A segment of unknown size, then one cluster of known size for each flush, so that a player can use a cluster as
//! soon as it is there. Timestamps are whole milliseconds and start at 0 with the pre-skip; `CodecDelay` tells the
//! player to drop it. The end trim is a `DiscardPadding` on the last block. No cues and no duration: this is live.

use crate::audio::mark;
use crate::audio::opus::{OpusHead, SAMPLES_PER_SECOND};

/// 80 ms of decoding bring a decoder up to speed after a seek (RFC 7845 §4.6).
const SEEK_PRE_ROLL_NS: u64 = 80_000_000;
/// Block timestamps are 16 bits relative to their cluster: 32 s would fit, 5 s leaves room and keeps seeking good.
const CLUSTER_SAMPLES_MAX: u64 = 5 * SAMPLES_PER_SECOND as u64;
const APP: &[u8] = b"hearken";

mod id {
    pub const EBML: &[u8] = &[0x1A, 0x45, 0xDF, 0xA3];
    pub const EBML_VERSION: &[u8] = &[0x42, 0x86];
    pub const EBML_READ_VERSION: &[u8] = &[0x42, 0xF7];
    pub const EBML_MAX_ID_LENGTH: &[u8] = &[0x42, 0xF2];
    pub const EBML_MAX_SIZE_LENGTH: &[u8] = &[0x42, 0xF3];
    pub const DOC_TYPE: &[u8] = &[0x42, 0x82];
    pub const DOC_TYPE_VERSION: &[u8] = &[0x42, 0x87];
    pub const DOC_TYPE_READ_VERSION: &[u8] = &[0x42, 0x85];
    pub const SEGMENT: &[u8] = &[0x18, 0x53, 0x80, 0x67];
    pub const INFO: &[u8] = &[0x15, 0x49, 0xA9, 0x66];
    pub const TIMESTAMP_SCALE: &[u8] = &[0x2A, 0xD7, 0xB1];
    pub const MUXING_APP: &[u8] = &[0x4D, 0x80];
    pub const WRITING_APP: &[u8] = &[0x57, 0x41];
    pub const TRACKS: &[u8] = &[0x16, 0x54, 0xAE, 0x6B];
    pub const TRACK_ENTRY: &[u8] = &[0xAE];
    pub const TRACK_NUMBER: &[u8] = &[0xD7];
    pub const TRACK_UID: &[u8] = &[0x73, 0xC5];
    pub const TRACK_TYPE: &[u8] = &[0x83];
    pub const FLAG_LACING: &[u8] = &[0x9C];
    pub const CODEC_ID: &[u8] = &[0x86];
    pub const CODEC_PRIVATE: &[u8] = &[0x63, 0xA2];
    pub const CODEC_DELAY: &[u8] = &[0x56, 0xAA];
    pub const SEEK_PRE_ROLL: &[u8] = &[0x56, 0xBB];
    pub const AUDIO: &[u8] = &[0xE1];
    pub const SAMPLING_FREQUENCY: &[u8] = &[0xB5];
    pub const CHANNELS: &[u8] = &[0x9F];
    pub const TAGS: &[u8] = &[0x12, 0x54, 0xC3, 0x67];
    pub const TAG: &[u8] = &[0x73, 0x73];
    pub const TARGETS: &[u8] = &[0x63, 0xC0];
    pub const SIMPLE_TAG: &[u8] = &[0x67, 0xC8];
    pub const TAG_NAME: &[u8] = &[0x45, 0xA3];
    pub const TAG_STRING: &[u8] = &[0x44, 0x87];
    pub const CLUSTER: &[u8] = &[0x1F, 0x43, 0xB6, 0x75];
    pub const TIMESTAMP: &[u8] = &[0xE7];
    pub const SIMPLE_BLOCK: &[u8] = &[0xA3];
    pub const BLOCK_GROUP: &[u8] = &[0xA0];
    pub const BLOCK: &[u8] = &[0xA1];
    pub const DISCARD_PADDING: &[u8] = &[0x75, 0xA2];
}

/// Writes clusters; the queue of packets belongs to the caller.
#[derive(Debug)]
pub(super) struct WebmWriter {
    samples: u64,
}

impl WebmWriter {
    pub fn new() -> Self {
        Self { samples: 0 }
    }

    /// Everything before the first cluster.
    pub fn header(&mut self, head: &OpusHead, is_marked: bool, out: &mut Vec<u8>) {
        let mut ebml = Vec::new();
        unsigned(id::EBML_VERSION, 1, &mut ebml);
        unsigned(id::EBML_READ_VERSION, 1, &mut ebml);
        unsigned(id::EBML_MAX_ID_LENGTH, 4, &mut ebml);
        unsigned(id::EBML_MAX_SIZE_LENGTH, 8, &mut ebml);
        element(id::DOC_TYPE, b"webm", &mut ebml);
        unsigned(id::DOC_TYPE_VERSION, 4, &mut ebml); // 4 brought CodecDelay, SeekPreRoll and DiscardPadding.
        unsigned(id::DOC_TYPE_READ_VERSION, 2, &mut ebml);
        element(id::EBML, &ebml, out);

        out.extend_from_slice(id::SEGMENT);
        out.extend_from_slice(&[0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]); // Size unknown.

        let mut info = Vec::new();
        unsigned(id::TIMESTAMP_SCALE, 1_000_000, &mut info); // Timestamps in ms.
        element(id::MUXING_APP, APP, &mut info);
        element(id::WRITING_APP, APP, &mut info);
        element(id::INFO, &info, out);

        let mut entry = Vec::new();
        track(head, &mut entry);
        let mut tracks = Vec::new();
        element(id::TRACK_ENTRY, &entry, &mut tracks);
        element(id::TRACKS, &tracks, out);
        if is_marked {
            tags(out);
        }
    }

    /// One cluster, or several when the packets are long.
    pub fn packets(&mut self, packets: &[(&[u8], u32)], end_trim: Option<u32>, out: &mut Vec<u8>) {
        let mut rest = packets;
        while !rest.is_empty() {
            let mut cluster_samples = 0;
            let cluster_packets = rest
                .iter()
                .take_while(|&&(_, samples)| {
                    cluster_samples += u64::from(samples);
                    cluster_samples <= CLUSTER_SAMPLES_MAX
                })
                .count();
            let (now, later) = rest
                .split_at_checked(cluster_packets.max(1))
                .unwrap_or((rest, &[]));
            let trim = end_trim.filter(|_| later.is_empty()).unwrap_or_default();
            self.cluster(now, trim, out);
            rest = later;
        }
    }

    fn cluster(&mut self, packets: &[(&[u8], u32)], end_trim: u32, out: &mut Vec<u8>) {
        let bytes: usize = packets.iter().map(|(packet, _)| packet.len() + 16).sum();
        let start_ms = milliseconds(self.samples);
        let mut cluster = Vec::with_capacity(bytes + 32);
        unsigned(id::TIMESTAMP, start_ms, &mut cluster);
        for (index, &(packet, samples)) in packets.iter().enumerate() {
            let offset_ms = u16::try_from(milliseconds(self.samples) - start_ms).unwrap_or_default();
            let is_trimmed = end_trim > 0 && index + 1 == packets.len();
            if is_trimmed {
                let mut group = Vec::with_capacity(packet.len() + 32);
                block(id::BLOCK, offset_ms, 0, packet, &mut group);
                unsigned_signed(id::DISCARD_PADDING, nanoseconds(end_trim), &mut group);
                element(id::BLOCK_GROUP, &group, &mut cluster);
            } else {
                block(id::SIMPLE_BLOCK, offset_ms, 0x80, packet, &mut cluster); // 0x80: a key frame, as all are.
            }
            self.samples += u64::from(samples);
        }
        element(id::CLUSTER, &cluster, out);
    }
}

fn track(head: &OpusHead, out: &mut Vec<u8>) {
    unsigned(id::TRACK_NUMBER, 1, out);
    unsigned(id::TRACK_UID, 1, out);
    unsigned(id::TRACK_TYPE, 2, out); // Audio.
    unsigned(id::FLAG_LACING, 0, out);
    element(id::CODEC_ID, b"A_OPUS", out);
    element(id::CODEC_PRIVATE, &head.to_bytes(), out);
    unsigned(id::CODEC_DELAY, nanoseconds(u32::from(head.pre_skip)), out);
    unsigned(id::SEEK_PRE_ROLL, SEEK_PRE_ROLL_NS, out);
    let mut audio = Vec::new();
    element(
        id::SAMPLING_FREQUENCY,
        &f64::from(SAMPLES_PER_SECOND).to_be_bytes(),
        &mut audio,
    );
    unsigned(id::CHANNELS, u64::from(head.channels), &mut audio);
    element(id::AUDIO, &audio, out);
}

/// The mark, of the whole segment.
fn tags(out: &mut Vec<u8>) {
    let mut pair = Vec::new();
    element(id::TAG_NAME, mark::NAME.as_bytes(), &mut pair);
    element(id::TAG_STRING, mark::TERM.as_bytes(), &mut pair);
    let mut tag = Vec::new();
    element(id::TARGETS, &[], &mut tag);
    element(id::SIMPLE_TAG, &pair, &mut tag);
    let mut tags = Vec::new();
    element(id::TAG, &tag, &mut tags);
    element(id::TAGS, &tags, out);
}

/// To the nearest.
fn milliseconds(samples: u64) -> u64 {
    (samples + 24) / 48
}

/// To the nearest.
fn nanoseconds(samples: u32) -> u64 {
    (u64::from(samples) * 1_000_000_000 + 24_000) / u64::from(SAMPLES_PER_SECOND)
}

fn block(id: &[u8], offset_ms: u16, flags: u8, packet: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(id);
    size(packet.len() + 4, out);
    out.push(0x81); // Track 1.
    out.extend_from_slice(&offset_ms.to_be_bytes());
    out.push(flags);
    out.extend_from_slice(packet);
}

fn element(id: &[u8], body: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(id);
    size(body.len(), out);
    out.extend_from_slice(body);
}

/// As few bytes as the value needs, at least one.
fn unsigned(id: &[u8], value: u64, out: &mut Vec<u8>) {
    let bytes = value.to_be_bytes();
    let skipped = bytes.iter().take(7).take_while(|&&byte| byte == 0).count();
    element(id, bytes.get(skipped..).unwrap_or_default(), out);
}

/// A signed element whose value is not negative: its first bit must be 0.
fn unsigned_signed(id: &[u8], value: u64, out: &mut Vec<u8>) {
    let bytes = value.to_be_bytes();
    let skipped = bytes
        .windows(2)
        .take_while(|pair| matches!(pair, [0, next] if *next < 0x80))
        .count();
    element(id, bytes.get(skipped..).unwrap_or_default(), out);
}

/// A data size in as few bytes as it needs (RFC 8794 §4); all ones would mean unknown.
fn size(value: usize, out: &mut Vec<u8>) {
    let value = value as u64;
    let length = (1u32..8)
        .find(|&length| value < (1u64 << (7 * length)) - 1)
        .unwrap_or(8);
    let marked = value | 1u64 << (7 * length);
    let bytes = marked.to_be_bytes();
    out.extend_from_slice(bytes.get(8 - length as usize..).unwrap_or_default());
}
