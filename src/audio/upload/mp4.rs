//! MP4 and M4A: boxes that fit in the file, a movie with a sound track, and media data for it, in one piece or in
//! fragments. A recording whose recorder died has no movie box and is called cut off.

use super::walked::{Fault, Walked};
use crate::audio::bytes;

/// One box.
struct Box4<'a> {
    kind: [u8; 4],
    body: &'a [u8],
}

#[derive(Default)]
struct Movie {
    sound: Option<SoundTrack>,
    has_movie: bool,
    media_bytes: usize,
    fragment_ticks: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct SoundTrack {
    id: u32,
    ticks_per_second: u32,
    ticks: u64,
    default_ticks: u32,
}

pub(super) fn walk(file: &[u8]) -> Walked {
    let mut movie = Movie::default();
    for item in Boxes(file) {
        let Box4 { kind, body } = item?;
        match &kind {
            b"moov" => movie.read(body)?,
            b"moof" => movie.fragment(body)?,
            b"mdat" => movie.media_bytes = movie.media_bytes.saturating_add(body.len()),
            _ => {}
        }
    }
    if !movie.has_movie {
        return Err(Fault::Truncated);
    }
    let sound = movie.sound.ok_or(Fault::NoTrack)?;
    if movie.media_bytes == 0 {
        return Err(Fault::NoSound);
    }
    let ticks = sound.ticks.max(movie.fragment_ticks);
    let duration = ticks
        .saturating_mul(1_000)
        .checked_div(u64::from(sound.ticks_per_second));
    Ok(duration.filter(|&duration_ms| duration_ms > 0))
}

impl Movie {
    fn read(&mut self, moov: &[u8]) -> Result<(), Fault> {
        self.has_movie = true;
        for item in Boxes(moov) {
            let Box4 { kind, body } = inside(item)?;
            if &kind == b"trak" && self.sound.is_none() {
                self.sound = sound_track(body)?;
            }
        }
        let Some(sound) = &mut self.sound else {
            return Ok(());
        };
        let Some(mvex) = find(moov, b"mvex")? else {
            return Ok(());
        };
        for item in Boxes(mvex) {
            let Box4 { kind, body } = inside(item)?;
            if &kind == b"trex" && bytes::u32_be(body, 4) == Some(sound.id) {
                sound.default_ticks = bytes::u32_be(body, 12).unwrap_or_default();
            }
        }
        Ok(())
    }

    fn fragment(&mut self, moof: &[u8]) -> Result<(), Fault> {
        let Some(sound) = self.sound else { return Ok(()) };
        for item in Boxes(moof) {
            let Box4 { kind, body } = inside(item)?;
            if &kind == b"traf" {
                let ticks = traf_ticks(body, sound)?;
                self.fragment_ticks = self.fragment_ticks.saturating_add(ticks);
            }
        }
        Ok(())
    }
}

fn sound_track(trak: &[u8]) -> Result<Option<SoundTrack>, Fault> {
    let (Some(tkhd), Some(mdia)) = (find(trak, b"tkhd")?, find(trak, b"mdia")?) else {
        return Ok(None);
    };
    let (Some(mdhd), Some(hdlr)) = (find(mdia, b"mdhd")?, find(mdia, b"hdlr")?) else {
        return Ok(None);
    };
    if bytes::array(hdlr, 8) != Some(*b"soun") {
        return Ok(None);
    }
    // Version 1 has 64-bit times.
    let id_at = if tkhd.first() == Some(&1) { 20 } else { 12 };
    let (rate, ticks) = match mdhd.first() {
        Some(1) => (bytes::u32_be(mdhd, 20), bytes::u64_be(mdhd, 24)),
        _ => (bytes::u32_be(mdhd, 12), bytes::u32_be(mdhd, 16).map(u64::from)),
    };
    let (Some(id), Some(ticks_per_second), Some(ticks)) = (bytes::u32_be(tkhd, id_at), rate, ticks) else {
        return Err(Fault::Damaged);
    };
    // All ones means unknown.
    let ticks = if ticks == u64::from(u32::MAX) || ticks == u64::MAX {
        0
    } else {
        ticks
    };
    Ok(Some(SoundTrack {
        id,
        ticks_per_second,
        ticks,
        default_ticks: 0,
    }))
}

/// How long one fragment of the sound track is; 0 for another track.
fn traf_ticks(traf: &[u8], sound: SoundTrack) -> Result<u64, Fault> {
    let Some(tfhd) = find(traf, b"tfhd")? else {
        return Err(Fault::Damaged);
    };
    if bytes::u32_be(tfhd, 4) != Some(sound.id) {
        return Ok(0);
    }
    let flags = bytes::u32_be(tfhd, 0).unwrap_or_default();
    // Base offset and description index may stand before the duration.
    let duration_at = 8 + if flags & 1 != 0 { 8 } else { 0 } + if flags & 2 != 0 { 4 } else { 0 };
    let told = bytes::u32_be(tfhd, duration_at).filter(|_| flags & 8 != 0);
    let default_ticks = u64::from(told.unwrap_or(sound.default_ticks));
    let mut ticks = 0u64;
    for item in Boxes(traf) {
        let Box4 { kind, body } = inside(item)?;
        if &kind == b"trun" {
            ticks = ticks.saturating_add(trun_ticks(body, default_ticks).ok_or(Fault::Damaged)?);
        }
    }
    Ok(ticks)
}

fn trun_ticks(trun: &[u8], default_ticks: u64) -> Option<u64> {
    let flags = bytes::u32_be(trun, 0)?;
    let samples = bytes::u32_be(trun, 4)?;
    if flags & 0x100 == 0 {
        return Some(default_ticks.saturating_mul(u64::from(samples)));
    }
    let entries_at = 8 + if flags & 1 != 0 { 4 } else { 0 } + if flags & 4 != 0 { 4 } else { 0 };
    let entry_bytes = 4 * (flags & 0xF00).count_ones() as usize;
    let entries = bytes::tail(trun, entries_at).chunks_exact(entry_bytes);
    let there = entries.len() as u64;
    // The durations are summed from what is there; the count in the header only has to agree.
    let ticks = entries
        .filter_map(|entry| bytes::u32_be(entry, 0))
        .map(u64::from)
        .sum();
    (there == u64::from(samples)).then_some(ticks)
}

/// The first box of a kind.
fn find<'a>(parent: &'a [u8], wanted: &[u8; 4]) -> Result<Option<&'a [u8]>, Fault> {
    for item in Boxes(parent) {
        let Box4 { kind, body } = inside(item)?;
        if &kind == wanted {
            return Ok(Some(body));
        }
    }
    Ok(None)
}

/// Inside another box, a box that does not fit is damage: the parent did fit.
fn inside<'a>(item: Result<Box4<'a>, Fault>) -> Result<Box4<'a>, Fault> {
    item.map_err(|_| Fault::Damaged)
}

/// The boxes that follow each other in some bytes.
struct Boxes<'a>(&'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<Box4<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let item = split_box(self.0);
        self.0 = item.as_ref().map_or(&[], |&(_, rest)| rest);
        Some(item.map(|(found, _)| found))
    }
}

fn split_box(input: &[u8]) -> Result<(Box4<'_>, &[u8]), Fault> {
    let told = bytes::u32_be(input, 0).ok_or(Fault::Truncated)?;
    let kind = bytes::array(input, 4).ok_or(Fault::Truncated)?;
    let (size, header_bytes) = match told {
        0 => (input.len(), 8), // To the end of the file.
        1 => (
            usize::try_from(bytes::u64_be(input, 8).ok_or(Fault::Truncated)?).unwrap_or(usize::MAX),
            16,
        ),
        told => (usize::try_from(told).unwrap_or(usize::MAX), 8),
    };
    if size < header_bytes {
        return Err(Fault::Damaged);
    }
    let whole = input.get(..size).ok_or(Fault::Truncated)?;
    Ok((
        Box4 {
            kind,
            body: bytes::tail(whole, header_bytes),
        },
        bytes::tail(input, size),
    ))
}
