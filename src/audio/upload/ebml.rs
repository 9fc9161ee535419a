//! WebM: a segment with an audio track and at least one block of it; nothing reaches past the end of the file.
//!
//! Segments, clusters and block groups are entered, all else is stepped over, so the walk needs no stack and no
//! recursion. Unknown sizes are fine where live recorders write them.

use super::walked::{Fault, Walked};
use crate::audio::bytes;
use crate::audio::opus::packet_samples;

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1F43_B675;
const BLOCK_GROUP: u32 = 0xA0;
const INFO: u32 = 0x1549_A966;
const TRACKS: u32 = 0x1654_AE6B;
const TIMESTAMP: u32 = 0xE7;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK: u32 = 0xA1;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const DURATION: u32 = 0x4489;
const TRACK_ENTRY: u32 = 0xAE;
const TRACK_NUMBER: u32 = 0xD7;
const TRACK_TYPE: u32 = 0x83;
const CODEC_ID: u32 = 0x86;
const AUDIO_TYPE: u64 = 2;

/// An element's head, and the bytes after it.
struct Head<'a> {
    id: u32,
    /// `None`: unknown.
    body_bytes: Option<usize>,
    rest: &'a [u8],
}

struct Recording {
    nanoseconds_per_tick: u64,
    told_ticks: Option<f64>,
    audio_track: Option<Track>,
    cluster_ticks: u64,
    blocks: u64,
    /// Where the last block of sound ends, in nanoseconds.
    end_ns: u64,
}

#[derive(Clone, Copy)]
struct Track {
    number: u64,
    is_opus: bool,
}

pub(super) fn walk(file: &[u8]) -> Walked {
    let mut recording = Recording {
        nanoseconds_per_tick: 1_000_000,
        told_ticks: None,
        audio_track: None,
        cluster_ticks: 0,
        blocks: 0,
        end_ns: 0,
    };
    let mut rest = file;
    while !rest.is_empty() {
        let head = head(rest)?;
        if head
            .body_bytes
            .is_some_and(|body_bytes| body_bytes > head.rest.len())
        {
            return Err(Fault::Truncated);
        }
        if matches!(head.id, SEGMENT | CLUSTER | BLOCK_GROUP) {
            rest = head.rest;
            continue;
        }
        let body_bytes = head.body_bytes.ok_or(Fault::Damaged)?;
        let (body, after) = head.rest.split_at_checked(body_bytes).ok_or(Fault::Truncated)?;
        recording.element(head.id, body)?;
        rest = after;
    }
    recording.answer()
}

impl Recording {
    fn element(&mut self, id: u32, body: &[u8]) -> Result<(), Fault> {
        match id {
            INFO => self.info(body)?,
            TRACKS => self.tracks(body)?,
            TIMESTAMP => self.cluster_ticks = unsigned(body),
            SIMPLE_BLOCK | BLOCK => self.block(body)?,
            _ => {}
        }
        Ok(())
    }

    fn info(&mut self, body: &[u8]) -> Result<(), Fault> {
        children(body, |id, body| match id {
            TIMESTAMP_SCALE => self.nanoseconds_per_tick = unsigned(body),
            DURATION => self.told_ticks = float(body),
            _ => {}
        })
    }

    fn tracks(&mut self, body: &[u8]) -> Result<(), Fault> {
        children(body, |id, entry| {
            let (mut number, mut kind, mut is_opus) = (0, 0, false);
            let read = children(entry, |id, body| match id {
                TRACK_NUMBER => number = unsigned(body),
                TRACK_TYPE => kind = unsigned(body),
                CODEC_ID => is_opus = body == b"A_OPUS",
                _ => {}
            });
            if id == TRACK_ENTRY && read.is_ok() && kind == AUDIO_TYPE {
                self.audio_track.get_or_insert(Track { number, is_opus });
            }
        })
    }

    fn block(&mut self, body: &[u8]) -> Result<(), Fault> {
        let (number, track_bytes) = vint(body).ok_or(Fault::Damaged)?;
        let offset = bytes::array(body, track_bytes)
            .map(i16::from_be_bytes)
            .ok_or(Fault::Damaged)?;
        let frame = bytes::tail(body, track_bytes + 3);
        if let Some(track) = self
            .audio_track
            .filter(|track| Some(track.number) == number && !frame.is_empty())
        {
            self.blocks += 1;
            let ticks = self.cluster_ticks.saturating_add_signed(i64::from(offset));
            let samples = if track.is_opus {
                packet_samples(frame).unwrap_or_default()
            } else {
                0
            };
            let lasts_ns = u64::from(samples) * 1_000_000 / 48;
            let end_ns = ticks
                .saturating_mul(self.nanoseconds_per_tick)
                .saturating_add(lasts_ns);
            self.end_ns = self.end_ns.max(end_ns);
        }
        Ok(())
    }

    fn answer(&self) -> Walked {
        if self.audio_track.is_none() {
            return Err(Fault::NoTrack);
        }
        if self.blocks == 0 {
            return Err(Fault::NoSound);
        }
        let told_ns = self
            .told_ticks
            .map(|ticks| ticks * self.nanoseconds_per_tick as f64);
        let duration_ns = told_ns
            .filter(|told| told.is_finite() && *told >= 1.0)
            .map_or(self.end_ns, |told| told as u64);
        Ok((duration_ns > 0).then_some(duration_ns / 1_000_000))
    }
}

/// Shows each child of an element that lies in memory whole.
fn children(body: &[u8], mut visit: impl FnMut(u32, &[u8])) -> Result<(), Fault> {
    let mut rest = body;
    while !rest.is_empty() {
        let head = head(rest)?;
        let (body, after) = head
            .body_bytes
            .and_then(|body_bytes| head.rest.split_at_checked(body_bytes))
            .ok_or(Fault::Damaged)?;
        visit(head.id, body);
        rest = after;
    }
    Ok(())
}

/// Identifier and size (RFC 8794 §5, §6).
fn head(input: &[u8]) -> Result<Head<'_>, Fault> {
    let first = *input.first().ok_or(Fault::Truncated)?;
    let id_bytes = first.leading_zeros() as usize + 1;
    if id_bytes > 4 {
        return Err(Fault::Damaged);
    }
    let id = input.get(..id_bytes).ok_or(Fault::Truncated)?;
    let id = id.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
    let after_id = bytes::tail(input, id_bytes);
    let first = *after_id.first().ok_or(Fault::Truncated)?;
    if first == 0 {
        return Err(Fault::Damaged);
    }
    let (size, size_bytes) = vint(after_id).ok_or(Fault::Truncated)?;
    let body_bytes = size.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
    Ok(Head {
        id,
        body_bytes,
        rest: bytes::tail(after_id, size_bytes),
    })
}

/// A variable-size integer and its length; the value is `None` when all its bits are ones: unknown.
fn vint(input: &[u8]) -> Option<(Option<u64>, usize)> {
    let first = *input.first()?;
    let length = first.leading_zeros() as usize + 1;
    let whole = input.get(..length).filter(|_| length <= 8)?;
    let marked = whole
        .iter()
        .fold(0u64, |value, &byte| value << 8 | u64::from(byte));
    let mask = (1u64 << (7 * length)) - 1;
    let value = marked & mask;
    Some(((value != mask).then_some(value), length))
}

fn unsigned(body: &[u8]) -> u64 {
    body.iter()
        .take(8)
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

fn float(body: &[u8]) -> Option<f64> {
    match body.len() {
        4 => bytes::array(body, 0).map(|array| f64::from(f32::from_be_bytes(array))),
        8 => bytes::array(body, 0).map(f64::from_be_bytes),
        _ => None,
    }
}
