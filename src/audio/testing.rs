//! What the tests of this room share: packets, Ogg files made of them, and small readers for what the muxers write,
//! written apart from the muxers so that a shared mistake does not hide.

use proptest::prelude::*;

use super::ogg::OggWriter;
use super::opus::{OpusHead, OpusPacket};

pub const MONO: OpusHead = OpusHead {
    channels: 1,
    pre_skip: 312,
    gain_q8: 0,
};

/// A CELT packet of 2.5, 5, 10 or 20 ms (step 0 to 3) with a body of so many bytes.
pub fn packet(step: u8, body_bytes: usize) -> OpusPacket {
    let toc = (16 + (step & 3)) << 3;
    let body = (0..body_bytes).map(|index| (index * 7 + body_bytes) as u8);
    OpusPacket::new(std::iter::once(toc).chain(body).collect()).unwrap()
}

pub fn packets() -> impl Strategy<Value = Vec<OpusPacket>> {
    let one = (0u8..4, 0usize..600).prop_map(|(step, bytes)| packet(step, bytes));
    prop::collection::vec(one, 1..30)
}

/// An Ogg Opus file with so many packets on a page.
pub fn ogg_file(head: OpusHead, packets: &[OpusPacket], per_page: usize, trim: u32) -> Vec<u8> {
    let (mut writer, mut out) = (OggWriter::new(), Vec::new());
    writer.header(&head, false, &mut out);
    let pages: Vec<_> = packets.chunks(per_page).collect();
    for (index, page) in pages.iter().enumerate() {
        let slices: Vec<_> = page
            .iter()
            .map(|packet| (packet.bytes(), packet.samples()))
            .collect();
        let is_last = index + 1 == pages.len();
        writer.packets(&slices, is_last.then_some(trim), &mut out);
    }
    out
}

/// Cuts bytes at arbitrary places.
pub fn cut<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    for &size in sizes
        .iter()
        .cycle()
        .take(if sizes.is_empty() { 0 } else { 20_000 })
    {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(size.clamp(1, rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// What a player learns from one of our streams.
#[derive(Debug, Default, PartialEq)]
pub struct Played {
    pub codec_private: Vec<u8>,
    /// WebM: CodecDelay in ns. MP4: the start of the edit list.
    pub delay: u64,
    /// Timestamp (ms in WebM, samples in MP4) and bytes.
    pub packets: Vec<(u64, Vec<u8>)>,
    /// WebM: DiscardPadding in ns. MP4: by how much the last sample is shorter than its packet.
    pub end_trim: u64,
    pub clusters: usize,
}

pub fn play_webm(stream: &[u8]) -> Played {
    fn element(input: &[u8]) -> (u32, &[u8], &[u8]) {
        let id_bytes = input[0].leading_zeros() as usize + 1;
        let id = input[..id_bytes]
            .iter()
            .fold(0, |id, &byte| id << 8 | u32::from(byte));
        let size_bytes = input[id_bytes].leading_zeros() as usize + 1;
        let size = &input[id_bytes..id_bytes + size_bytes];
        let marked = size
            .iter()
            .fold(0u64, |value, &byte| value << 8 | u64::from(byte));
        let mask = (1u64 << (7 * size_bytes)) - 1;
        let after = &input[id_bytes + size_bytes..];
        let length = if marked & mask == mask {
            after.len()
        } else {
            (marked & mask) as usize
        };
        (id, &after[..length], &after[length..])
    }
    fn number(body: &[u8]) -> u64 {
        body.iter().fold(0, |value, &byte| value << 8 | u64::from(byte))
    }
    fn walk(mut input: &[u8], cluster_ms: &mut u64, played: &mut Played) {
        while !input.is_empty() {
            let (id, body, rest) = element(input);
            input = rest;
            match id {
                0x1A45_DFA3 => assert!(body.windows(4).any(|name| name == b"webm")),
                0x1853_8067 | 0x1654_AE6B | 0xAE | 0xA0 => walk(body, cluster_ms, played),
                0x1F43_B675 => {
                    played.clusters += 1;
                    walk(body, cluster_ms, played);
                }
                0x63A2 => played.codec_private = body.to_vec(),
                0x56AA => played.delay = number(body),
                0x86 => assert_eq!(body, b"A_OPUS"),
                0xE7 => *cluster_ms = number(body),
                0x75A2 => {
                    assert!(body[0] < 0x80, "negative");
                    played.end_trim = number(body);
                }
                0xA3 | 0xA1 => {
                    assert_eq!(body[0], 0x81);
                    assert_eq!(body[3], if id == 0xA3 { 0x80 } else { 0 });
                    let offset = i16::from_be_bytes([body[1], body[2]]);
                    played.packets.push((
                        cluster_ms.checked_add_signed(offset.into()).unwrap(),
                        body[4..].to_vec(),
                    ));
                }
                _ => {}
            }
        }
    }
    let mut played = Played::default();
    walk(stream, &mut 0, &mut played);
    played
}

pub fn play_mp4(stream: &[u8]) -> Played {
    fn u32_at(body: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(body[at..at + 4].try_into().unwrap())
    }
    #[derive(Default)]
    struct Fragment {
        start: u64,
        shared: Option<u32>,
        sizes: Vec<(Option<u32>, usize)>,
        offset: usize,
    }
    fn walk<'a>(whole: &'a [u8], mut at: usize, end: usize, fragment: &mut Fragment, played: &mut Played) {
        while at < end {
            let size = u32_at(whole, at) as usize;
            let kind: &[u8; 4] = whole[at + 4..at + 8].try_into().unwrap();
            assert!(size >= 8 && at + size <= end, "box {kind:?}");
            let body: &'a [u8] = &whole[at + 8..at + size];
            match kind {
                b"moov" | b"trak" | b"edts" | b"mdia" | b"minf" | b"stbl" | b"traf" | b"moof" => {
                    walk(whole, at + 8, at + size, fragment, played);
                    if kind == b"moof" {
                        fragment.offset += at;
                    }
                }
                b"stsd" => walk(whole, at + 16, at + size, fragment, played),
                b"Opus" => {
                    assert_eq!(u32_at(body, 24), 48_000 << 16);
                    walk(whole, at + 8 + 28, at + size, fragment, played);
                }
                b"dOps" => played.codec_private = body.to_vec(),
                b"elst" => played.delay = u32_at(body, 12).into(),
                b"tfhd" => fragment.shared = (u32_at(body, 0) & 8 != 0).then(|| u32_at(body, 8)),
                b"tfdt" => fragment.start = u64::from_be_bytes(body[4..12].try_into().unwrap()),
                b"trun" => {
                    let flags = u32_at(body, 0);
                    let width = if flags & 0x100 != 0 { 8 } else { 4 };
                    fragment.offset = u32_at(body, 8) as usize;
                    let entries = body[12..].chunks(width).map(|entry| {
                        (
                            (width == 8).then(|| u32_at(entry, 0)),
                            u32_at(entry, width - 4) as usize,
                        )
                    });
                    fragment.sizes = entries.collect();
                    assert_eq!(fragment.sizes.len(), u32_at(body, 4) as usize);
                }
                b"mdat" => {
                    played.clusters += 1;
                    let (mut time, mut data_at) = (fragment.start, fragment.offset);
                    assert_eq!(data_at, at + 8);
                    for &(duration, bytes) in &fragment.sizes {
                        let packet = whole[data_at..data_at + bytes].to_vec();
                        let told = duration.or(fragment.shared).unwrap();
                        let full = crate::audio::opus::packet_samples(&packet).unwrap();
                        played.end_trim = u64::from(full - told);
                        played.packets.push((time, packet));
                        time += u64::from(told);
                        data_at += bytes;
                    }
                    assert_eq!(data_at, at + size);
                }
                _ => {}
            }
            at += size;
        }
    }
    let mut played = Played::default();
    walk(stream, 0, stream.len(), &mut Fragment::default(), &mut played);
    played
}
